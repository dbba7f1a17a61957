/*
 * signature - the two phases of every signature: what is to be signed, and
 * the bare value that comes back.
 *
 * Nothing in the code holds a private key object. A plan says what must be
 * signed by which algorithm; whoever holds the key answers with the value in
 * the form of the table below.
 */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"

/*
 * A signature algorithm with its digest. Values: RSA as in RFC 8017 (length
 * of the modulus), ECDSA as r || s, each of the curve's size, big-endian (the
 * form of PKCS#11; RFC 5753's DER is made where a format needs it), Ed25519
 * as in RFC 8032 (64 bytes).
 */
enum signature_kind {
	SIGNATURE_RSA_PKCS1_SHA256,
	SIGNATURE_RSA_PKCS1_SHA384,
	SIGNATURE_RSA_PKCS1_SHA512,
	SIGNATURE_RSA_PSS_SHA256,	/* MGF1, salt: the same hash */
	SIGNATURE_RSA_PSS_SHA384,
	SIGNATURE_RSA_PSS_SHA512,
	SIGNATURE_ECDSA_SHA256,
	SIGNATURE_ECDSA_SHA384,
	SIGNATURE_ECDSA_SHA512,
	SIGNATURE_ED25519,		/* signs the message itself */
	SIGNATURE_KINDS,		/* that are made, and relied on */

	/* What others made long ago: it can be read, and has no name. */
	SIGNATURE_RSA_PKCS1_SHA1 = SIGNATURE_KINDS,
	SIGNATURE_ROWS
};

enum key_kind { KEY_RSA, KEY_EC, KEY_ED25519 };

/*
 * What stands before the 32 bytes of an Ed25519 key in its DER, which has one
 * form only (RFC 8410, 4). A C string with its own zero at the end.
 */
#define ED25519_SPKI	"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21"
#define ED25519_KEY	32	/* bytes */

struct signature_row {
	const char		*name;	/* "rsa-pkcs1-sha256": config, ledger */
	enum key_kind		 key;
	enum digest_kind	 digest;	/* unused for Ed25519 */
	bool			 pss;
	bool			 whole_message;	/* no digest is made first */
};

extern const struct signature_row signature_rows[SIGNATURE_ROWS];

bool	signature_find(struct span name, enum signature_kind *out) MUST_USE;

/*
 * signature_for picks the kind for a key and a digest: PKCS#1 v1.5 for RSA.
 */
bool	signature_for(enum key_kind, enum digest_kind,
	    enum signature_kind *out) MUST_USE;

/* What one use of a key is to sign. */
struct to_be_signed {
	enum signature_kind	kind;
	struct digest		digest;	/* of it, unless whole_message */
	struct span		message;	/* for whole_message: at most
					 * LIMIT_SIGNED_MESSAGE bytes */
};

/* What can be said of a public key. */
struct public_key {
	enum key_kind	kind;
	unsigned	bits;		/* modulus, or order of the curve */
	size_t		field_size;	/* EC: bytes of r and of s; else 0 */
};

/*
 * public_key_parse looks at the DER of a SubjectPublicKeyInfo and refuses what
 * signature_check would refuse: ERR_KEY_WEAK, ERR_KEY_UNFIT.
 */
bool	public_key_parse(struct span spki, struct public_key *out,
	    struct err *) MUST_USE;

/*
 * signature_check verifies a value against a public key (DER of the
 * SubjectPublicKeyInfo). A bad signature is ERR_SIGNATURE_BAD; a key of the
 * wrong kind or below the least size is ERR_KEY_WEAK or ERR_KEY_UNFIT.
 */
bool	signature_check(struct span public_key, const struct to_be_signed *,
	    struct span value, struct err *) MUST_USE;

/* ECDSA between r || s and the DER SEQUENCE { r, s } of RFC 3279. */
bool	signature_ecdsa_to_der(struct span raw, struct buf *out) MUST_USE;
bool	signature_ecdsa_from_der(struct span der, size_t field_size,
	    struct buf *raw) MUST_USE;

#endif
