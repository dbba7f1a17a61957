/*
 * anchor - has others vouch for the ledger's newest checkpoint: authorities,
 * that it was there (RFC 3161), and witnesses, that the ledger only grew
 * (witness.h). What they say goes into receipts, and into the branch with the
 * next commit.
 *
 * A release asks before its receipts are written. Whatever else is in the
 * ledger is stamped within a day, and shown to witnesses within an hour.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_ANCHOR_H
#define JUDGE_ANCHOR_H

#include "judge/desk.h"
#include "ledger/anchor.h"

/*
 * anchor_newest has the newest checkpoint vouched for; *out lives in the
 * arena. Others that are away, or say nothing good, are logged and passed
 * over. A release demands the quorum of witnesses: WITNESS-QUORUM.
 */
bool	anchor_newest(struct desk *, bool release, struct arena *,
	    struct anchored *out, struct err *) MUST_USE;

/*
 * anchor_passes logs what somebody else did wrong, and tells if the desk can
 * go on; false, with *e, when it is the courier that is gone.
 */
bool	anchor_passes(struct desk *, const char *what, const struct err *why,
	    struct err *) MUST_USE;

/* anchor_due tells if a ledger that began at first (ms) waits since a day. */
bool	anchor_due(const struct ledger_anchored *, uint64_t size,
	    int64_t first, int64_t now);

/* anchor_pass does what is due by itself, once in a pass. */
bool	anchor_pass(struct desk *, struct err *) MUST_USE;

#endif
