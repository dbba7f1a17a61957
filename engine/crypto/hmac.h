/*
 * hmac - what only who knows a secret can make of bytes (RFC 2104).
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "crypto/digest.h"

/* hmac_of makes it with a hash function and a key of any length. */
struct digest	hmac_of(enum digest_kind, struct span key, struct span bytes);

#endif
