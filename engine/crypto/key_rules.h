/*
 * key_rules - which public keys may sign for somebody.
 *
 * Stricter than public_key_parse, which says what others' signatures are
 * checked with: a key that we make, import or sign with must not be one of
 * those that are known to fall. Nothing here needs the private half.
 *
 *	RSA	2048 bits to use and 3072 to make; the exponent odd, above 2^16
 *		and below 2^256 (FIPS 186-5, 5.1); the modulus odd, without
 *		small factors, not of the structure of CVE-2017-15361 (ROCA),
 *		and not of two primes close together (CVE-2022-26320)
 *	EC	P-256, P-384, P-521; the point is on its curve
 *	Ed25519	the bytes are a point (RFC 8032, 5.1.3), not of small order
 */
#ifndef CRYPTO_KEY_RULES_H
#define CRYPTO_KEY_RULES_H

#include "crypto/signature.h"

enum key_aim {
	KEY_TO_USE,		/* there is a certificate for it already */
	KEY_TO_MAKE,		/* it begins its life here */
};

/*
 * key_rules_hold looks at the DER of a SubjectPublicKeyInfo; *out is what can
 * be said of it. Errors: KEY-WEAK, KEY-UNFIT, KEY-EXPONENT, KEY-MODULUS,
 * KEY-ROCA, KEY-POINT.
 */
bool	key_rules_hold(struct span spki, enum key_aim, struct public_key *out,
	    struct err *) MUST_USE;

#endif
