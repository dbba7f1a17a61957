/* fold_state - what fold.c and rules.c share: a fold from inside. */
#ifndef LEDGER_FOLD_STATE_H
#define LEDGER_FOLD_STATE_H

#include "base/arena.h"
#include "ledger/fold.h"
#include "ledger/table.h"

/* Pointers to things in the order of their making. */
struct things {
	void	**list;
	size_t	  count;
};

/* Who asked last for what a payload names. */
struct asked {
	struct span	request;	/* id */
};

struct fold {
	const struct fold *trunk;	/* it goes on from there; NULL: none */
	struct arena	*arena;
	uint64_t	 size;
	struct table	 by_id;
	struct table	 by_ref;
	struct table	 by_payload;	/* struct asked */
	struct table	 refused;	/* keys only */
	struct things	 requests, refs, alarms, recoveries;
	struct span	 config_commit, config_manifest;
	uint64_t	 epoch;		/* of the last recovery */
	uint64_t	 key_uses;
	size_t		 open_intents, open_alarms;
	size_t		 stops;		/* open alarms that stop signing */
};

/*
 * What the next event may change: the fold's own, or a copy of the trunk's
 * that is its own from now on. *out is NULL if there is none.
 */
bool	fold_own_request(struct fold *, struct span id,
	    struct fold_request **out, struct err *) MUST_USE;
/* fold_key joins texts by newlines, to a key of a table. */
void	fold_key(struct buf *, const struct span *parts, size_t count);
/*
 * asked_note remembers a new request for what was signed. Error: LEDGER-STATE
 * (there is one that could use a key, or has). asked_refused remembers what
 * request.refused says of a payload.
 */
bool	asked_note(struct fold *, const struct fold_request *, struct err *)
	    MUST_USE;
bool	asked_refused(struct fold *, const struct event *, struct err *)
	    MUST_USE;
/* fold_may_sign: no alarm stops it. Error: LEDGER-STATE. */
bool	fold_may_sign(const struct fold *, struct err *) MUST_USE;
/* fold_open_intent is the one intent of a request that is open, or NULL. */
const struct fold_intent *fold_open_intent(const struct fold_request *);
/*
 * The rules of keys.intended, keys.used and keys.unknown. Errors: LEDGER-STATE,
 * LEDGER-ENGINE, LEDGER-COUNT.
 */
bool	keys_intended(struct fold *, struct fold_request *,
	    const struct event *, struct err *) MUST_USE;
bool	keys_used(struct fold *, struct fold_request *,
	    const struct event *, struct err *) MUST_USE;
bool	keys_unknown(struct fold *, struct fold_request *,
	    const struct event *, struct err *) MUST_USE;
/* The rule of approval.withdrawn. Error: LEDGER-STATE. */
bool	approvals_withdrawn(struct fold *, struct fold_request *,
	    const struct event *, struct err *) MUST_USE;
/*
 * approvals_stand: those that a decision names are enough, and were counted.
 * Error: LEDGER-STATE.
 */
bool	approvals_stand(const struct fold_request *, const struct event *,
	    struct err *) MUST_USE;
/* The key (project, newline, ref) must live as long as the fold. */
bool	fold_own_ref(struct fold *, struct span key, struct fold_ref **out,
	    struct err *) MUST_USE;

#endif
