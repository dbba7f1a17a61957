/*
 * tsa_state - what a timestamp authority must not forget: the serial numbers
 * that it gave, and the last time that it stated.
 *
 * A number is a counter, and 64 random bits behind it. The counter is reserved
 * ahead in a file, a thousand at a time, before the first of them is used: a
 * crash skips numbers and repeats none. The random bits keep numbers apart
 * when a folder was lost, or came back from an old copy. The time is reserved
 * the same way, five seconds ahead: after a crash no timestamp is given until
 * that time has passed.
 *
 * Includes: base, sys.
 */
#ifndef CLI_TSA_STATE_H
#define CLI_TSA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define TSA_SERIAL	16	/* bytes, big-endian */

struct tsa_state {
	const char	*folder;	/* NULL: it is forgotten at the end */
	int		 lock;
	uint64_t	 next, end;	/* of the counter: reserved are those
					 * from next, without end */
	int64_t		 last;		/* ms since 1970 UTC: the last stated */
	int64_t		 until;		/* reserved */
};

#define TSA_STATE_NONE	{ .lock = -1 }

/*
 * tsa_state_open reads the folder, which it makes if need be, and keeps others
 * out. NULL: nothing is kept, and numbers begin with the time.
 * Errors: FILE-LOCKED, FILE-ACCESS, TSA-STATE.
 */
bool	tsa_state_open(struct tsa_state *, const char *folder, int64_t now,
	    struct err *) MUST_USE;

/*
 * tsa_state_next gives a number that was never given before, for a timestamp
 * of now. Errors: TSA-CLOCK-BACK, those of file_replace.
 */
bool	tsa_state_next(struct tsa_state *, int64_t now,
	    uint8_t serial[TSA_SERIAL], struct err *) MUST_USE;

/* tsa_state_end gives back what was reserved and not used. */
bool	tsa_state_end(struct tsa_state *, struct err *) MUST_USE;
void	tsa_state_done(struct tsa_state *);

/*
 * tsa_clock_fits: a clock that may be wrong by so many ms (-1: it is not
 * synchronised) is exact enough. Errors: TSA-CLOCK-LOOSE.
 */
bool	tsa_clock_fits(int64_t error, int64_t accuracy, struct err *) MUST_USE;

#endif
