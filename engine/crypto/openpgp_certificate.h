/*
 * openpgp_certificate - one OpenPGP certificate (RFC 9580, 10.1): a primary
 * key, whom it names, its subkeys, and what binds them together.
 *
 * What the primary key signed itself is checked, all of it: a certificate with
 * one bad self-signature is refused as a whole. What others signed is kept and
 * says nothing here.
 */
#ifndef CRYPTO_OPENPGP_CERTIFICATE_H
#define CRYPTO_OPENPGP_CERTIFICATE_H

#include "crypto/openpgp_packet.h"
#include "crypto/openpgp_signature.h"

#define OPENPGP_PARTS		64	/* of one certificate */
#define OPENPGP_SELF		256	/* signatures by its own key */
#define OPENPGP_NEVER		INT64_MAX

/* The primary key, a user id, a user attribute or a subkey. */
struct openpgp_part {
	uint8_t				 tag;	/* enum openpgp_tag */
	struct span			 body;
	struct openpgp_v4_key		 key;	/* of keys */
	struct openpgp_signature	*signatures;
	size_t				 count;
	/* By the primary key; NULL: there is none. Places in the array. */
	const struct openpgp_signature	*self;	/* the newest */
	const struct openpgp_signature	*revoked;
};

/* The first part is the primary key. */
struct openpgp_certificate {
	struct openpgp_part	parts[OPENPGP_PARTS];
	size_t			count;
};

/*
 * openpgp_certificate_read reads a file with one certificate, armored or not.
 * What it gives lies in the arena or borrows from the file. Errors:
 * OPENPGP-KEY-MALFORMED, OPENPGP-KEY-SECRET, OPENPGP-SEVERAL, OPENPGP-VERSION,
 * OPENPGP-SIGNATURE, OPENPGP-BACK-SIGNATURE, OPENPGP-DATE (a signature is older
 * than its key), OPENPGP-USER-ID (nobody is named), DIGEST-WEAK,
 * ALGORITHM-UNKNOWN, LIMIT-SIZE, those of key_rules_hold.
 */
bool	openpgp_certificate_read(struct arena *, struct span file,
	    struct openpgp_certificate *out, struct err *) MUST_USE;

/* openpgp_certificate_write appends its packets. */
void	openpgp_certificate_write(const struct openpgp_certificate *,
	    struct buf *out);

/*
 * openpgp_part_ends is when a key or subkey expires, OPENPGP_NEVER, or 0 if
 * nothing binds it; of the certificate it is that of part 0.
 */
int64_t	openpgp_part_ends(const struct openpgp_certificate *, size_t part);

/* openpgp_primary_name is the user id that is shown first; NULL: none. */
const struct openpgp_part *openpgp_primary_name(
	    const struct openpgp_certificate *);

/*
 * openpgp_signing_key is the part whose key this is, if it may sign and is not
 * revoked; NULL: there is none. Expiry is not looked at.
 */
const struct openpgp_part *openpgp_signing_key(
	    const struct openpgp_certificate *, struct span spki);

/* openpgp_part_object is what signatures of a part are over. */
void	openpgp_part_object(const struct openpgp_certificate *, size_t part,
	    struct buf *out);

/*
 * openpgp_part_add puts a signature behind a part, after checking it as
 * openpgp_certificate_read does.
 */
bool	openpgp_part_add(struct openpgp_certificate *, size_t part,
	    struct span body, struct arena *, struct err *) MUST_USE;

/*
 * openpgp_is_hard tells of a revocation that signatures from before it are not
 * to be trusted either (RFC 9580, 5.2.3.31).
 */
bool	openpgp_is_hard(const struct openpgp_signature *);

#endif
