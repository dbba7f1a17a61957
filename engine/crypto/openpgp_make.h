/*
 * openpgp_make - an OpenPGP certificate for keys in a token, made or renewed
 * part by part. Each signature comes in two phases: a plan gives a draft,
 * whoever holds the key signs it, openpgp_make_put puts it in.
 */
#ifndef CRYPTO_OPENPGP_MAKE_H
#define CRYPTO_OPENPGP_MAKE_H

#include "crypto/openpgp_certificate.h"

#define OPENPGP_NAME	255	/* bytes of a user id */
#define OPENPGP_WHY	255	/* bytes of a reason's text */

/* What the signatures of one round say. */
struct openpgp_terms {
	int64_t				 at;	/* ms: when they are made */
	int64_t				 ends;	/* ms: when keys expire */
	const enum digest_kind		*digest; /* NULL: by the key */
	uint8_t				 flags;	/* of a new primary key */
	struct span			 back;	/* of a new subkey: body of
						 * its signature */
};

/*
 * openpgp_name_check takes "Name <mail>" in UTF-8 without control characters.
 * Errors: OPENPGP-USER-ID.
 */
bool	openpgp_name_check(struct span, struct err *) MUST_USE;

/* openpgp_make_begin begins a certificate of a primary key and nothing else. */
void	openpgp_make_begin(const struct openpgp_v4_key *,
	    struct openpgp_certificate *out);

/*
 * openpgp_make_name and openpgp_make_subkey add a part without signatures and
 * give its place. Errors: OPENPGP-USER-ID, OPENPGP-SUBKEY (it is there
 * already), LIMIT-SIZE, LIMIT-MEMORY.
 */
bool	openpgp_make_name(struct openpgp_certificate *, struct span name,
	    struct arena *, size_t *part, struct err *) MUST_USE;
bool	openpgp_make_subkey(struct openpgp_certificate *,
	    const struct openpgp_v4_key *, size_t *part, struct err *) MUST_USE;

/*
 * openpgp_make_back plans the signature of a subkey over the primary key;
 * openpgp_make_self that of the primary key over a part. What the newest one
 * said of flags and preferences stays; a new user id says what the primary one
 * does.
 */
bool	openpgp_make_back(const struct openpgp_certificate *, size_t part,
	    const struct openpgp_terms *, struct arena *,
	    struct openpgp_draft *, struct err *) MUST_USE;
bool	openpgp_make_self(const struct openpgp_certificate *, size_t part,
	    const struct openpgp_terms *, struct arena *,
	    struct openpgp_draft *, struct err *) MUST_USE;

/*
 * openpgp_goes_on tells that a renewal of the certificate is one of this part:
 * it is in force, and no subkey that was meant to end before.
 */
bool	openpgp_goes_on(const struct openpgp_certificate *, size_t part);

/*
 * openpgp_make_revocation plans the revocation of the primary key or a subkey.
 * Errors: OPENPGP-REASON (the text), those of the plan.
 */
bool	openpgp_make_revocation(const struct openpgp_certificate *,
	    size_t part, const struct openpgp_terms *, enum openpgp_reason,
	    struct span text, struct arena *, struct openpgp_draft *,
	    struct err *) MUST_USE;

/*
 * openpgp_make_put puts the signature in, checked; one that binds a part takes
 * the place of those before it by the same key.
 */
bool	openpgp_make_put(struct openpgp_certificate *, size_t part,
	    const struct openpgp_draft *, struct span value, struct arena *,
	    struct err *) MUST_USE;

/*
 * openpgp_revocation_write appends a file with a revocation of the primary key
 * (the packet's body), which nobody imports by mistake: a colon stands before
 * its armor. openpgp_revocation_read takes it, with or without the colon, and
 * checks it by the certificate. Errors: OPENPGP-KEY-MALFORMED,
 * OPENPGP-SIGNATURE.
 */
void	openpgp_revocation_write(const struct openpgp_certificate *,
	    struct span body, struct buf *out);
bool	openpgp_revocation_read(const struct openpgp_certificate *,
	    struct span file, struct arena *, struct span *body,
	    struct err *) MUST_USE;

/* openpgp_newest is when the newest signature by its own key was made. */
int64_t	openpgp_newest(const struct openpgp_certificate *);

#endif
