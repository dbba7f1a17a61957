/*
 * stamp - one timestamp over bytes of ours: the question, and whether the
 * answer is good. No transport.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_STAMP_H
#define JUDGE_STAMP_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"

#define STAMP_NONCE	8	/* bytes: 64 bits are what authorities expect */

/* What was asked. */
struct stamp {
	struct digest	imprint;
	uint8_t		nonce[STAMP_NONCE];
};

/* stamp_ask_for begins a question about some bytes. */
void	stamp_ask_for(struct span bytes, struct stamp *out);

/*
 * stamp_question appends it (TimeStampReq, DER), under a policy (whole OID
 * element; empty: any).
 */
void	stamp_question(const struct stamp *, struct span policy,
	    struct buf *out);

/*
 * stamp_judge demands of a reply (TimeStampResp, DER) that it answers the
 * question, under that policy, now, by a certificate that leads to one of the
 * roots (PEM). The token lives in the arena. Errors: those of
 * timestamp_reply_check.
 */
bool	stamp_judge(const struct stamp *, struct span policy,
	    struct span reply, struct span roots, struct arena *,
	    struct span *token, struct err *) MUST_USE;

#endif
