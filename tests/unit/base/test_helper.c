/* helper: its work is done beside other work, once, or not taken. */
#include <stdatomic.h>
#include <unistd.h>

#include "base/helper.h"
#include "test.h"

static atomic_int	gate;		/* 1: work may end */
static atomic_int	runs;

static void
wait_at_gate(void *arg)
{
	atomic_int *seen = arg;

	atomic_store(seen, 1);
	while (atomic_load(&gate) == 0)
		usleep(100);
	atomic_fetch_add(&runs, 1);
}

static void
run_until_dropped(void *arg)
{
	(void)arg;
	while (!helper_dropped())
		usleep(100);
	atomic_fetch_add(&runs, 1);
}

static void
nobody_helps_before_it_is_started(void **state)
{
	(void)state;
	assert_false(helper_begin(run_until_dropped, NULL));
	assert_false(helper_idle());
	helper_wait(NULL);
	helper_drop();
	assert_int_equal(atomic_load(&runs), 0);
}

/* Work that waits for us ends: so it does not run in our thread. */
static void
one_work_at_a_time_is_done_beside(void **state)
{
	atomic_int seen = 0;

	(void)state;
	helper_start();
	helper_start();
	assert_true(helper_idle());
	assert_true(helper_begin(wait_at_gate, &seen));
	while (atomic_load(&seen) == 0)
		usleep(100);
	assert_false(helper_begin(wait_at_gate, &seen));
	assert_false(helper_idle());
	helper_wait(&gate);
	assert_int_equal(atomic_load(&runs), 0);
	atomic_store(&gate, 1);
	helper_wait(&seen);
	assert_int_equal(atomic_load(&runs), 1);
	assert_true(helper_begin(wait_at_gate, &seen));
	helper_wait(&seen);
	assert_int_equal(atomic_load(&runs), 2);
}

static void
work_that_is_dropped_is_told_so(void **state)
{
	(void)state;
	atomic_store(&runs, 0);
	helper_start();
	for (int i = 1; i < 4; i++) {
		assert_false(helper_dropped());
		assert_true(helper_begin(run_until_dropped, NULL));
		helper_drop();
		assert_int_equal(atomic_load(&runs), i);
	}
	assert_false(helper_dropped());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_helps_before_it_is_started),
		TEST(one_work_at_a_time_is_done_beside),
		TEST(work_that_is_dropped_is_told_so),
	};

	return cmocka_run_group_tests_name("helper", tests, NULL, NULL);
}
