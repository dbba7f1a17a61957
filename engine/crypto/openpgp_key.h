/*
 * openpgp_key - public keys of version 4 (RFC 9580, 5.5.2.2) and the same keys
 * as SubjectPublicKeyInfo.
 *
 *	4, time of creation (4 bytes, seconds), algorithm, then
 *	RSA	n, e
 *	ECDSA	curve (OID without its tag), point
 *	EdDSA	curve, 0x40 and the 32 bytes of RFC 8032
 *
 * Version 4 and not 6: gpg of Debian 12 reads no other. The fingerprint covers
 * the time of creation, so the same key made into a certificate with another
 * time is another one.
 */
#ifndef CRYPTO_OPENPGP_KEY_H
#define CRYPTO_OPENPGP_KEY_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/signature.h"

#define OPENPGP_FINGERPRINT	20	/* bytes: SHA-1, by version 4 */
#define OPENPGP_KEY_ID		8	/* its last bytes */

/* Algorithms of keys that sign (RFC 9580, 9.1). */
enum openpgp_algorithm {
	OPENPGP_RSA	= 1,
	OPENPGP_ECDSA	= 19,
	OPENPGP_EDDSA	= 22,	/* what gpg writes */
	OPENPGP_ED25519	= 27,	/* what RFC 9580 prefers: is read only */
};

struct openpgp_v4_key {
	struct span		body;		/* of its packet */
	struct span		spki;		/* DER; empty: a subkey that
						 * signs nothing we know */
	struct public_key	about;		/* if there is a spki */
	int64_t			created;	/* ms since 1970 UTC */
	uint8_t			algorithm;
	uint8_t			fingerprint[OPENPGP_FINGERPRINT];
};

/*
 * openpgp_key_make makes the packet of a key. Errors: OPENPGP-DATE (the time
 * has no form in 32 bits), those of key_rules_hold.
 */
bool	openpgp_key_make(struct span spki, int64_t created, struct arena *,
	    struct openpgp_v4_key *out, struct err *) MUST_USE;

/*
 * openpgp_key_read reads the body of a packet; spans borrow from it, or lie in
 * the arena. Errors: OPENPGP-KEY-MALFORMED, OPENPGP-VERSION, those of
 * key_rules_hold.
 */
bool	openpgp_key_read(struct span body, struct arena *,
	    struct openpgp_v4_key *out, struct err *) MUST_USE;

struct span	openpgp_fingerprint(const struct openpgp_v4_key *);
struct span	openpgp_key_id(const struct openpgp_v4_key *);

#endif
