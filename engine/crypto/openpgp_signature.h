/*
 * openpgp_signature - signatures of version 4 (RFC 9580, 5.2), read, checked
 * and made in two phases.
 *
 *	4, type, key algorithm, digest algorithm	\
 *	length (2 bytes), subpackets			/ hashed
 *	length (2 bytes), subpackets that are not hashed
 *	first two bytes of the digest, numbers of the value
 *
 * Hashed is what is signed (a key, a key and a user id, a file ...), then the
 * part above, then 4, 0xff and the length of that part.
 */
#ifndef CRYPTO_OPENPGP_SIGNATURE_H
#define CRYPTO_OPENPGP_SIGNATURE_H

#include "crypto/openpgp_key.h"

/* RFC 9580, 5.2.1. */
enum openpgp_type {
	OPENPGP_BINARY		= 0x00,	/* of a file */
	OPENPGP_CERTIFY		= 0x10,	/* to 0x13: of a user id */
	OPENPGP_POSITIVE	= 0x13,
	OPENPGP_BINDING		= 0x18,	/* of a subkey, by the primary key */
	OPENPGP_BACK		= 0x19,	/* of a primary key, by the subkey */
	OPENPGP_DIRECT		= 0x1f,	/* of a key */
	OPENPGP_REVOKE_KEY	= 0x20,
	OPENPGP_REVOKE_SUBKEY	= 0x28,
	OPENPGP_REVOKE_NAME	= 0x30,
};

/* RFC 9580, 5.2.3.7. */
enum openpgp_subpacket {
	OPENPGP_SIGNED_AT	= 2,
	OPENPGP_SIGNATURE_ENDS	= 3,
	OPENPGP_EXPORTABLE	= 4,
	OPENPGP_TRUSTS		= 5,
	OPENPGP_EXPRESSION	= 6,
	OPENPGP_REVOCABLE	= 7,
	OPENPGP_KEY_ENDS	= 9,
	OPENPGP_CIPHERS		= 11,
	OPENPGP_REVOKERS	= 12,
	OPENPGP_ISSUER_ID	= 16,
	OPENPGP_NOTATION	= 20,
	OPENPGP_HASHES		= 21,
	OPENPGP_COMPRESSIONS	= 22,
	OPENPGP_SERVER		= 23,
	OPENPGP_SERVER_URL	= 24,
	OPENPGP_PRIMARY_NAME	= 25,
	OPENPGP_POLICY_URL	= 26,
	OPENPGP_FLAGS		= 27,
	OPENPGP_SIGNER_NAME	= 28,
	OPENPGP_REASON		= 29,
	OPENPGP_FEATURES	= 30,
	OPENPGP_TARGET		= 31,
	OPENPGP_EMBEDDED	= 32,
	OPENPGP_ISSUER		= 33,
	OPENPGP_SUBPACKETS	= 128,
};

/* OPENPGP_FLAGS: what a key is for. */
#define OPENPGP_MAY_CERTIFY	0x01
#define OPENPGP_MAY_SIGN	0x02

/* OPENPGP_REASON: why something is revoked (RFC 9580, 5.2.3.31). */
enum openpgp_reason {
	OPENPGP_NO_REASON	= 0,
	OPENPGP_SUPERSEDED	= 1,
	OPENPGP_COMPROMISED	= 2,
	OPENPGP_RETIRED		= 3,
};

/* A signature as it stands in a file; all of it borrows. */
struct openpgp_signature {
	struct span	body;		/* of its packet */
	struct span	hashed;		/* of the body */
	struct span	subpackets;	/* of that */
	struct span	left;		/* two bytes of the digest */
	struct span	numbers;
	struct span	issuer;		/* fingerprint, or empty */
	struct span	issuer_id;	/* or empty */
	struct span	reason_text;
	struct span	embedded;	/* body of a back signature, or
					 * empty */
	int64_t		created;	/* ms */
	uint32_t	key_ends;	/* seconds from the key's creation; 0:
					 * never */
	uint32_t	ends;		/* seconds from its own; 0: never */
	uint8_t		version;	/* others than 4: nothing else is set */
	uint8_t		type;
	uint8_t		algorithm;
	uint8_t		digest;
	uint8_t		flags;		/* the first byte */
	bool		flagged;	/* it says what the key is for */
	uint8_t		reason;		/* enum openpgp_reason */
	bool		primary;	/* of the primary user id */
	bool		strange;	/* critical, and not known here */
};

/*
 * openpgp_signature_read reads the body of a packet. Errors:
 * OPENPGP-KEY-MALFORMED.
 */
bool	openpgp_signature_read(struct span body,
	    struct openpgp_signature *out, struct err *) MUST_USE;

/* openpgp_issued_by tells that a signature names this key as its issuer. */
bool	openpgp_issued_by(const struct openpgp_signature *,
	    const struct openpgp_v4_key *);

/*
 * openpgp_may_sign tells that the key that it is about may sign: nothing is
 * said of what it is for, or this is (RFC 9580, 5.2.3.29).
 */
bool	openpgp_may_sign(const struct openpgp_signature *);

/*
 * openpgp_signature_check verifies it by a key over an object. Errors:
 * OPENPGP-SIGNATURE, DIGEST-WEAK (SHA-1, MD5), ALGORITHM-UNKNOWN.
 */
bool	openpgp_signature_check(const struct openpgp_signature *,
	    const struct openpgp_v4_key *by, struct span object, struct err *)
	    MUST_USE;

/*
 * What is hashed before the signature: a key; a user id or a user attribute
 * behind its key.
 */
void	openpgp_object_key(const struct openpgp_v4_key *, struct buf *out);
void	openpgp_object_name(struct span, bool attribute, struct buf *out);

/* Subpackets to be signed. */
void	openpgp_put_seconds(uint8_t subpacket, int64_t seconds,
	    struct buf *out);
void	openpgp_put_bytes(uint8_t subpacket, struct span, struct buf *out);

/*
 * openpgp_put_others copies subpackets, but not those whose rows are set in
 * without.
 */
void	openpgp_put_others(struct span subpackets,
	    const bool without[OPENPGP_SUBPACKETS], struct buf *out);

/* A signature to come; what it points to lives in the arena of the plan. */
struct openpgp_draft {
	const struct openpgp_v4_key *by;
	struct span		  hashed;
	struct to_be_signed	  what;
	struct digest		  digest;
};

/*
 * openpgp_digest_for picks the digest for a key: the one asked for, or the
 * least that RFC 9580, 5.2.3.2 allows; not below SHA-256. Errors: KEY-UNFIT
 * (the one asked for is shorter than that).
 */
bool	openpgp_digest_for(const struct openpgp_v4_key *,
	    const enum digest_kind *asked, enum digest_kind *out, struct err *)
	    MUST_USE;

/*
 * openpgp_signature_plan says what the key signs; issuer and time come to the
 * subpackets. openpgp_signature_finish makes the packet's body of the value,
 * which it checks.
 */
bool	openpgp_signature_plan(uint8_t type, const struct openpgp_v4_key *by,
	    enum digest_kind, int64_t created, struct span subpackets,
	    struct span object, struct arena *, struct openpgp_draft *out,
	    struct err *) MUST_USE;
bool	openpgp_signature_finish(const struct openpgp_draft *,
	    struct span value, struct arena *, struct span *body,
	    struct err *) MUST_USE;

#endif
