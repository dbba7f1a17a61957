/*
 * seal_round - an artifact on its way, as seal.c and seal_stamp.c see it.
 *
 * Includes: base, wire, judge/seal.h.
 */
#ifndef JUDGE_SEAL_ROUND_H
#define JUDGE_SEAL_ROUND_H

#include "judge/seal.h"

/* Where the stamp of an item comes from. */
struct stamp_state {
	struct digest	imprint;
	uint32_t	passed;		/* who is not asked any more: bits */
	uint32_t	authority;	/* who gave the reply */
	bool		recalled;	/* it was given before */
	struct span	*requests;	/* to be sent: one of each form */
};

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
	struct stamp_state	*stamps;	/* of each item */
	bool			 bare;		/* the key was not used yet */
	uint32_t		*which;		/* items to be stamped now */
	size_t			 count;		/* of those */
	int64_t			 due;		/* when the answer is */
	const char		*why[STAMP_AUTHORITIES]; /* each failed last:
						 * for people; or NULL */
};

/* sealing_fail ends it with an error that was set. It gives false. */
bool	sealing_fail(struct sealing *, const struct err *);

/* sealing_tell shows how far it is. */
void	sealing_tell(const struct sealing *);

/*
 * stamp_ask asks for the stamps that artifacts are SEAL_WANTS for, all in one
 * question: then they are SEAL_STAMPS. stamp_take gives them the answer. One
 * that gets no stamp fails; those that ask for none are passed over.
 */
void	stamp_ask(struct sealing *const *, size_t count);
void	stamp_take(struct sealing *const *, size_t count);

/*
 * stamp_refused takes what the worker says of stamps: false if nobody is left
 * to be asked for one. stamp_accepted: it took all of the level.
 */
bool	stamp_refused(struct sealing *, const struct bad_timestamp *,
	    size_t count, struct err *) MUST_USE;
void	stamp_accepted(const struct sealing *);

#endif
