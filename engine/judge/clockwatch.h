/*
 * clockwatch - what the engine's clock does, and whether keys may be used by
 * it. Approvals that run out, keys and certificates that count from a day on,
 * all rest on the time; and the ledger never goes back in it.
 *
 *	against the ledger	the clock is behind the last event
 *	against the machine	it went otherwise than the machine counts on
 *				by itself: somebody or something set it
 */
#ifndef JUDGE_CLOCKWATCH_H
#define JUDGE_CLOCKWATCH_H

#include "base/json.h"
#include "judge/record.h"

#define CLOCK_STEP	INT64_C(60000)	/* ms that are no step yet */
#define CLOCK_BEHIND	INT64_C(300000)	/* ms behind the ledger: no signing */

/* Where the clock stood, against what the machine counts by itself. */
struct clock_watch {
	bool	begun;
	bool	told;		/* that it is behind the ledger */
	int64_t	apart;		/* ms */
};

/*
 * clockwatch_stepped gives the ms that the clock went ahead (or, negative,
 * back) of what the machine counted since clockwatch_set; 0: no step.
 */
void	clockwatch_set(struct clock_watch *, int64_t clock, int64_t running);
int64_t	clockwatch_stepped(const struct clock_watch *, int64_t clock,
	    int64_t running);

/*
 * clockwatch_tell writes clock.step for each step that was not told yet. It
 * wants an empty record; engine: who we are. Errors: those of record_commit.
 */
bool	clockwatch_tell(struct clock_watch *, struct span engine,
	    struct record *, struct err *) MUST_USE;

/*
 * clockwatch_may_sign: the clock is not behind the ledger. Error: CLOCK-BEHIND.
 * clockwatch_missing is what a request waits for then, in words that stay the
 * same; NULL: nothing.
 */
bool	clockwatch_may_sign(struct record *, struct err *) MUST_USE;
struct json *clockwatch_missing(struct record *);

#endif
