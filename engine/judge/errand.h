/*
 * errand - one request to a courier of its own, which nobody waits for: a slow
 * host holds up nothing but what needs it.
 *
 *	struct errand x = ERRAND_NONE;
 *
 *	errand_start(d, &x, ...)	a courier is started and asked
 *	errand_ready(&x)		is its answer there?
 *	errand_take(d, &x, ...)		the answer, and the courier ends
 *
 * desk_wait wakes up when any of them is ready, but those that are aside: no
 * pass waits for one. Inside of judge/ only.
 */
#ifndef JUDGE_ERRAND_H
#define JUDGE_ERRAND_H

#include "judge/desk.h"

#define ERRANDS_MOST	32	/* at once: a courier each */

struct errand {
	struct errand		*next;		/* of all under way */
	struct servant		 servant;
	enum courier_message	 due;
	int64_t			 deadline;	/* when it is given up */
	bool			 busy;		/* under way */
	bool			 aside;		/* nothing waits for it */
	bool			 stays;		/* its courier is kept for the
						 * next question */
};

#define ERRAND_NONE	{ .servant = { .channel = { .fd = -1 } } }

/*
 * errand_start asks for something, with a descriptor or -1, to be done within
 * patience (ms). With ERRANDS_MOST under way nothing is started, which is no
 * error: busy stays false, so ask again later.
 */
bool	errand_start(struct desk *, struct errand *, enum courier_message,
	    enum courier_message due, struct span body, int fd,
	    int64_t patience, struct err *) MUST_USE;

/* errand_ready: the answer is there, or will not come any more. */
bool	errand_ready(const struct errand *);

/*
 * errand_take gives the answer of one that is ready. A courier that stays is
 * asked again by errand_start; after an error it has ended. Errors: what the
 * courier says, NET-TIMEOUT, PROCESS-DIED.
 */
bool	errand_take(struct desk *, struct errand *, struct buf *answer,
	    struct err *) MUST_USE;

/* errand_drop gives up what is under way, and a courier that stayed. */
void	errand_drop(struct desk *, struct errand *);

/*
 * desk_wait waits for an order, for an errand that is ready, or until the
 * deadline, and takes orders as desk_orders does.
 */
bool	desk_wait(struct desk *, int64_t deadline, struct err *) MUST_USE;

/*
 * desk_rest is desk_wait for those aside, and for others too or not;
 * desk_called tells that it is time for more than those aside.
 */
bool	desk_rest(struct desk *, bool others, int64_t deadline, struct err *)
	    MUST_USE;
bool	desk_called(const struct desk *);

#endif
