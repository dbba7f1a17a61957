/*
 * audit - everything that can be checked of a ledger from a bare clone: the
 * chain of commits and their signatures, the Merkle tree and its checkpoints,
 * canonical events, blobs, order and time, that each event can follow from
 * those before it, and that uses of keys and files fit each other one by one.
 * All faults that can be named are, not only the first.
 */
#ifndef LEDGER_AUDIT_H
#define LEDGER_AUDIT_H

#include "ledger/anchor.h"
#include "ledger/fold.h"
#include "ledger/log.h"

#define AUDIT_FAULTS	1000	/* that are listed */

/* Zero-initialise it. */
struct audit {
	uint64_t		commits;
	uint64_t		size;		/* events */
	struct merkle_hash	root;
	uint64_t		covered;	/* by the newest checkpoint */
	struct ledger_anchored	anchored;
	uint64_t		key_uses;
	size_t			open_intents;
	int64_t			open_since;	/* of the oldest, ms; or 0 */
	size_t			open_alarms;
	uint64_t		new_signers;	/* began to count anew */
	bool			trusted;	/* the log's key was given */
	uint64_t		resumed;	/* events verified before */
	struct ledger_sound	sound;		/* before the first fault */
	uint64_t		fault_count;
	struct json		*faults;	/* the first ones, see
						 * fault_json */
};

/* What was verified before, as bytes: see snapshot.h. */
struct audit_memory {
	struct span	before;		/* empty: nothing */
	struct buf	after;		/* for the next time, if all is sound */
};

/*
 * audit_run reads a ledger from genesis to head, or from where the memory
 * stands if it fits: if head comes after it, the same key is trusted, and
 * nothing before it was pinned. If head does not, the ledger must all the same
 * have what the memory has (LEDGER-REWIND). On error *out tells how far it is
 * good and what is wrong, and the error is the first fault, with commit and
 * event. The memory may be NULL.
 */
bool	audit_run(struct repository *, const struct object_id *head,
	    const struct ledger_trust *, struct audit_memory *,
	    struct audit *out, struct err *) MUST_USE;
void	audit_done(struct audit *);

/* audit_json gives the figures; the caller releases them. */
struct json	*audit_json(const struct audit *);

#endif
