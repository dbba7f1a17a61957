/*
 * chain_keys - keys that their owners changed alone: what is new counts after
 * key-change-delay, and what was before can be brought back until then.
 *
 * Private to judge/.
 */
#ifndef JUDGE_CHAIN_KEYS_H
#define JUDGE_CHAIN_KEYS_H

#include "judge/chain.h"

/* How an entry was, and until when it may be brought back. */
struct key_undo {
	struct key_before	before;
	int64_t			until;	/* milliseconds */
};

/* Zero-initialise; the entries live in the arena. */
struct key_changes {
	struct arena		*arena;
	struct key_delay	*delays;
	size_t			 delay_count;
	struct key_undo		*undo;
	size_t			 undo_count;
};

void	key_changes_done(struct key_changes *);

/*
 * key_changes_note tells of a commit that was accepted: the states before and
 * after it, and when it was first seen. Errors: a spent arena.
 */
bool	key_changes_note(struct key_changes *, const struct config *before,
	    const struct config *after, const struct chain_decision *,
	    int64_t seen, struct err *) MUST_USE;

/*
 * key_changes_facts tells the policy what is so at a time: facts->before and
 * facts->waiting, in the arena given.
 */
bool	key_changes_facts(const struct key_changes *, const struct config *,
	    int64_t seen, struct arena *, struct chain_facts *, struct err *)
	    MUST_USE;

#endif
