/*
 * audit - everything that can be checked of a ledger from a bare clone: the
 * chain of commits and their signatures, the Merkle tree and its checkpoints,
 * canonical events, blobs, order and time, and that each event can follow from
 * those before it (so each keys.used has its keys.intended).
 */
#ifndef LEDGER_AUDIT_H
#define LEDGER_AUDIT_H

#include "ledger/anchor.h"
#include "ledger/fold.h"
#include "ledger/log.h"

struct audit {
	uint64_t		commits;
	uint64_t		size;		/* events */
	struct merkle_hash	root;
	uint64_t		covered;	/* by the newest checkpoint */
	struct ledger_anchored	anchored;
	uint64_t		key_uses;
	size_t			open_intents;
	size_t			open_alarms;
	bool			trusted;	/* the log's key was given */
};

/*
 * audit_run reads a ledger from genesis to head. On error *out tells how far
 * it is good, and the error names commit and event.
 */
bool	audit_run(struct repository *, const struct object_id *head,
	    const struct ledger_trust *, struct audit *out, struct err *)
	    MUST_USE;

/* audit_json gives the figures; the caller releases them. */
struct json	*audit_json(const struct audit *);

#endif
