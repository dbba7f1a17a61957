/*
 * seal_round - an artifact on its way, as seal.c and seal_stamp.c see it.
 *
 * Includes: base, wire, judge/seal.h.
 */
#ifndef JUDGE_SEAL_ROUND_H
#define JUDGE_SEAL_ROUND_H

#include "judge/seal.h"

struct sealing {
	const struct seal_terms	*terms;
	struct arena		*arena;
	enum seal_state		 state;
	struct err		 err;		/* of SEAL_FAILED */
	struct job_result	*result;
	struct seal_progress	 progress;
	uint32_t		 tries;		/* of all authorities */
	bool			 shown;		/* there was a tree */
	unsigned		 levels;	/* there were so many */
	int64_t			 left;		/* ms to wait for the worker */
	bool			 stamping;	/* JOB_STAMP: no key is used */

	/* What is known of one level while it is being signed. */
	struct level		 level;
	struct sealed_item	*sealed;
	uint32_t		*authority;	/* who stamped each item */
	bool			 bare;		/* the key was not used yet */
	uint32_t		*which;		/* items to be stamped now */
	size_t			 count;		/* of those */
	const struct bad_timestamp *bad;	/* why again, or NULL */
};

/* sealing_fail ends it with an error that was set. It gives false. */
bool	sealing_fail(struct sealing *, const struct err *);

/* sealing_tell shows how far it is. */
void	sealing_tell(const struct sealing *);

/*
 * stamp_all asks for the stamps that artifacts wait for, all at once. One that
 * gets none fails; those that do not wait are passed over.
 */
void	stamp_all(struct sealing *const *, size_t count);

#endif
