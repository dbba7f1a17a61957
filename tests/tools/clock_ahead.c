/*
 * clock_ahead - a judge whose clock is eight minutes ahead: more than it may
 * be behind the ledger, and less than timestamp authorities may differ.
 */
#include "sys/clock.h"

#define AHEAD	INT64_C(480000)	/* ms */

int64_t	__real_clock_now(void);
int64_t	__wrap_clock_now(void);

int64_t
__wrap_clock_now(void)
{
	return __real_clock_now() + AHEAD;
}
