/* clock - see clock.h. */
#include <limits.h>
#include <sys/timex.h>
#include <time.h>

#include "sys/clock.h"

static int64_t
milliseconds(clockid_t clock)
{
	struct timespec t = { 0 };

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return milliseconds(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

int64_t
clock_running(void)
{
	return milliseconds(CLOCK_BOOTTIME);
}

int64_t
clock_error(void)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	if (state < 0 || state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		return -1;
	return (t.maxerror + 999) / 1000;
}

int64_t
clock_in(int64_t ms)
{
	int64_t deadline;

	return __builtin_add_overflow(clock_monotonic(), ms, &deadline) ?
	    CLOCK_NEVER : deadline;
}

int
clock_left(int64_t deadline)
{
	if (deadline == CLOCK_NEVER)
		return -1;
	int64_t now = clock_monotonic(), left;
	if (deadline <= now || __builtin_sub_overflow(deadline, now, &left))
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
