/*
 * material - a private key that comes in a file, for the one moment in which it
 * is put into a token (inside of keys/ only).
 *
 * Its numbers lie in arrays of this struct, and OpenSSL's own copies are gone
 * when material_read returns; material_wipe overwrites the rest.
 */
#ifndef KEYS_MATERIAL_H
#define KEYS_MATERIAL_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/signature.h"

#define MATERIAL_NUMBER	2048	/* bytes: RSA-16384 */

struct material_number {
	uint8_t		bytes[MATERIAL_NUMBER];
	size_t		len;
};

enum material_part {
	MATERIAL_MODULUS,		/* RSA */
	MATERIAL_EXPONENT,
	MATERIAL_PRIVATE,		/* exponent, scalar, or seed */
	MATERIAL_PRIME_1,
	MATERIAL_PRIME_2,
	MATERIAL_EXPONENT_1,
	MATERIAL_EXPONENT_2,
	MATERIAL_COEFFICIENT,
	MATERIAL_PARTS
};

struct material {
	struct public_key	about;
	struct buf		spki;		/* DER; the public half */
	struct material_number	parts[MATERIAL_PARTS];
};

/*
 * material_read reads PKCS#12, or PEM with exactly one private key: PKCS#8,
 * encrypted or not, and what OpenSSL wrote before. passphrase is one line, or
 * empty for none. The key must be one by key_rules_hold, and its halves must
 * belong together. Errors: KEY-FILE, KEY-PASSPHRASE, those of key_rules_hold.
 */
bool	material_read(struct span file, struct span passphrase,
	    struct material *out, struct err *) MUST_USE;
void	material_wipe(struct material *);

#endif
