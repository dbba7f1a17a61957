/* pool: jobs that say something, break off, hang, or fill all places. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/channel.h"
#include "sys/clock.h"
#include "test.h"
#include "verifier/pool.h"

#define PATIENCE	3000	/* ms */

enum what { SAYS, CRASHES, ENDS, HANGS };

struct task {
	enum what	what;
	uint32_t	number;
};

static void
sleep_for(long ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void
work(void *arg, struct buf *said)
{
	const struct task *t = arg;

	/* Those that are asked later are done first. */
	sleep_for(40 - 10 * (long)(t->number % 4));
	switch (t->what) {
	case SAYS:
		buf_u32be(said, t->number);
		return;
	case CRASHES:
		kill(getpid(), SIGKILL);
		return;
	case ENDS:
		_exit(0);
	case HANGS:
		buf_u32be(said, fork() == 0);
		pause();
		_exit(1);
	}
}

static void
start(struct pool *p, const struct task *t)
{
	size_t place;
	struct err e;

	assert_true(pool_place(p, &place));
	assert_ok(pool_start(p, place, t->number, work, (void *)t, &e), &e);
}

/* A job's group is gone when nobody of it can get a signal. */
static bool
is_gone(pid_t group)
{
	for (int i = 0; i < 100; i++) {
		if (kill(-group, 0) != 0 && errno == ESRCH)
			return true;
		sleep_for(20);
	}
	return false;
}

static struct pool_outcome
next(struct pool *p)
{
	struct pool_outcome o;
	bool readable;
	struct err e;

	while (!pool_take(p, &o)) {
		assert_ok(pool_wait(p, -1, &readable, &e), &e);
		assert_false(readable);
	}
	return o;
}

/* What one of four is that has this number. */
static enum what
kind_of(uint32_t number)
{
	static const enum what kinds[] = { SAYS, CRASHES, SAYS, ENDS };

	return kinds[number % COUNT(kinds)];
}

static void
each_job_is_told_by_its_number(void **state)
{
	struct pool p = { .patience = 60000 };
	bool seen[12] = { false };

	(void)state;
	for (uint32_t i = 0; i < COUNT(seen); i++)
		start(&p, &(struct task){ kind_of(i), i });
	for (size_t i = 0; i < COUNT(seen); i++) {
		CLEANUP(pool_outcome_done) struct pool_outcome o = next(&p);
		struct reader r = rd_open(buf_span(&o.said));

		assert_in_range(o.number, 0, COUNT(seen) - 1);
		assert_false(seen[o.number]);
		seen[o.number] = true;
		assert_int_equal(o.good, kind_of(o.number) == SAYS);
		if (o.good) {
			assert_int_equal(rd_u32be(&r), o.number);
			assert_true(rd_end(&r));
		} else {
			assert_err(&o.why, ERR_GIT_VERIFIER);
			assert_non_null(strstr(o.why.text, kind_of(o.number) ==
			    ENDS ? "exit code 0" : "signal 9"));
		}
	}
}

static void
one_that_hangs_is_ended_with_all_that_it_started(void **state)
{
	struct pool p = { .patience = PATIENCE };
	int64_t began = clock_monotonic();
	struct pool_outcome o;

	(void)state;
	start(&p, &(struct task){ HANGS, 0 });
	pid_t group = p.jobs[0].pid;
	for (uint32_t i = 1; i < 6; i++)
		start(&p, &(struct task){ SAYS, i });
	for (size_t i = 1; i < 6; i++) {
		o = next(&p);
		assert_true(o.good);
		assert_int_not_equal(o.number, 0);
		pool_outcome_done(&o);
	}
	assert_int_equal(kill(-group, 0), 0);
	o = next(&p);
	assert_int_equal(o.number, 0);
	assert_false(o.good);
	assert_err(&o.why, ERR_GIT_VERIFIER);
	assert_non_null(strstr(o.why.text, "within 3000 ms"));
	assert_true(clock_monotonic() - began >= PATIENCE);
	assert_true(is_gone(group));
	assert_false(pool_take(&p, &o));
}

static void
places_are_limited_and_come_free(void **state)
{
	struct pool p = { .patience = 60000 };
	pid_t groups[POOL_JOBS];
	struct pool_outcome o;
	size_t place;

	(void)state;
	start(&p, &(struct task){ SAYS, 0 });
	for (uint32_t i = 1; i < POOL_JOBS; i++)
		start(&p, &(struct task){ HANGS, i });
	assert_false(pool_place(&p, &place));
	o = next(&p);
	assert_int_equal(o.number, 0);
	pool_outcome_done(&o);
	assert_true(pool_place(&p, &place));
	assert_int_equal(place, 0);
	for (size_t i = 1; i < POOL_JOBS; i++)
		groups[i] = p.jobs[i].pid;
	pool_done(&p);
	for (size_t i = 1; i < POOL_JOBS; i++)
		assert_true(is_gone(groups[i]));
}

/* Who waits for jobs hears of what is asked meanwhile. */
static void
a_descriptor_is_waited_for_as_well(void **state)
{
	struct pool p = { .patience = 60000 };
	bool readable = false;
	struct err e;
	int ends[2];

	(void)state;
	assert_ok(channel_pair(ends, &e), &e);
	start(&p, &(struct task){ HANGS, 1 });
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_ok(pool_wait(&p, ends[0], &readable, &e), &e);
	assert_true(readable);
	pool_done(&p);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_job_is_told_by_its_number),
		TEST(one_that_hangs_is_ended_with_all_that_it_started),
		TEST(places_are_limited_and_come_free),
		TEST(a_descriptor_is_waited_for_as_well),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
