/*
 * seal - signs a resolved artifact from the inside out, level by level, in
 * two phases: what is to be signed goes out, signatures and timestamps come
 * in. Pure: no processes, no channels.
 */
#ifndef WORKER_SEAL_H
#define WORKER_SEAL_H

#include "crypto/timestamp.h"
#include "wire/worker.h"
#include "worker/part.h"

struct seal_terms {
	const struct signing_identity	*identity;
	const struct trust		*timestamp_roots; /* NULL: not judged */
	struct arena			*arena;
	struct spool			*scratch;
	int64_t			 ahead;		/* of clock_monotonic is the
						 * time, ms; 0: timestamps may
						 * be of any time */
	bool				 undigested; /* no SHA-256 of files */
	struct digest_trail		*trail;	/* of the artifact, or NULL */
};

/* One signature that was made. */
struct seal_row {
	struct part		*part;
	const struct directive	*directive;
	struct to_be_signed	 to_be_signed;
	struct digest		 signature_sha256;	/* of the bare value */
	int64_t			 timestamp;	/* ms since 1970, 0: none */
};

struct seal;

/* seal_new begins; the parts and all in the terms outlive it. */
struct seal	*seal_new(struct part *root, const struct seal_terms *);
void		 seal_free(struct seal *);
DEFINE_CLEANUP(struct seal, seal_done, seal_free);

/*
 * seal_next plans all that can be signed now: files whose contents are done,
 * one directive each. A level of no items: all is done.
 */
bool	seal_next(struct seal *, struct level *out, struct err *) MUST_USE;

/*
 * seal_put embeds what came back for the level, in its order. If timestamps
 * are bad, *bad_count is not 0, nothing was embedded, and seal_put is due once
 * more. A bad signature is an error: SIGNATURE-BAD.
 */
bool	seal_put(struct seal *, const struct sealed_item *, size_t count,
	    struct bad_timestamp **bad, size_t *bad_count, struct err *)
	    MUST_USE;

/*
 * seal_stamp takes the token out of an authority's reply: it answers the
 * request, is over this value (octets as the file stores them), is of now (ms
 * since 1970 UTC; 0: any time) and leads to the roots (NULL: not judged).
 * Errors: SEAL-TIMESTAMP, those of timestamp_reply_check and timestamp_check.
 */
bool	seal_stamp(const struct sealed_item *, struct span value,
	    const struct trust *roots, int64_t now, struct arena *,
	    struct span *token, struct timestamp *out, struct err *) MUST_USE;

/*
 * seal_output gives the signed artifact; for a lone detached signature that
 * is the signature.
 */
struct rope	seal_output(const struct seal *);

/* What seal_new was given. */
const struct part	*seal_root(const struct seal *);
const struct seal_terms	*seal_terms_of(const struct seal *);

/* seal_output_sha256 is its digest, of one pass however often it is asked. */
bool	seal_output_sha256(struct seal *, struct digest *out, struct err *)
	    MUST_USE;

/* seal_rows is every signature made, in the order of its making. */
const struct seal_row *seal_rows(const struct seal *, size_t *count);

#endif
