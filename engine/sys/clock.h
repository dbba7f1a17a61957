/*
 * clock - what time it is, and how long to wait.
 *
 * A deadline is a time of clock_monotonic(), so that setting the machine's
 * clock neither ends a wait nor prolongs it.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

/* The deadline that never comes. */
#define CLOCK_NEVER	INT64_MAX

/* clock_now is the wall clock in milliseconds since 1970-01-01T00:00:00Z. */
int64_t	clock_now(void);

/* clock_monotonic is milliseconds since some start; it never goes back. */
int64_t	clock_monotonic(void);

/*
 * clock_running is the same, and goes on while the machine sleeps: what the
 * wall clock should have done meanwhile.
 */
int64_t	clock_running(void);

/* clock_in is the deadline so many milliseconds from now. */
int64_t	clock_in(int64_t ms);

/*
 * clock_error is how wrong the wall clock may be, in milliseconds, as the
 * kernel was told by what keeps it (adjtimex(2)); -1: nothing keeps it.
 */
int64_t	clock_error(void);

/*
 * clock_left is what poll(2) wants: the milliseconds to a deadline, 0 when it
 * has passed, -1 for CLOCK_NEVER.
 */
int	clock_left(int64_t deadline);

#endif
