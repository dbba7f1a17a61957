/* clock: milliseconds, deadlines, and what poll(2) wants of them. */
#include <limits.h>
#include <time.h>

#include "sys/clock.h"
#include "test.h"

static void
now_is_milliseconds_of_this_century(void **state)
{
	int64_t seconds = (int64_t)time(NULL);

	(void)state;
	assert_in_range(clock_now(), (seconds - 1) * 1000,
	    (seconds + 60) * 1000);
}

static void
the_monotonic_clock_never_goes_back(void **state)
{
	int64_t last = clock_monotonic();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t next = clock_monotonic();

		assert_true(next >= last);
		last = next;
	}
}

static void
a_deadline_leaves_what_poll_understands(void **state)
{
	(void)state;
	assert_int_equal(clock_left(CLOCK_NEVER), -1);
	assert_int_equal(clock_left(clock_monotonic() - 1), 0);
	assert_int_equal(clock_left(0), 0);
	assert_int_equal(clock_left(INT64_MIN), 0);
	assert_int_equal(clock_left(CLOCK_NEVER - 1), INT_MAX);
	assert_in_range(clock_left(clock_in(60000)), 1, 60000);
	assert_true(clock_in(INT64_MAX) == CLOCK_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(now_is_milliseconds_of_this_century),
		TEST(the_monotonic_clock_never_goes_back),
		TEST(a_deadline_leaves_what_poll_understands),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
