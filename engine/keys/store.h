/* store - what every kind of key store begins with (inside of keys/ only). */
#ifndef KEYS_STORE_H
#define KEYS_STORE_H

#include "keys/keys.h"

struct keystore {
	const struct keystore_kind	*kind;
};

struct key {
	struct key_facts	facts;
};

extern const struct keystore_kind pkcs11_keystore;

#endif
