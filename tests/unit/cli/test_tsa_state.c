/* tsa_state: no number twice, no time that goes back, whatever happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/tsa_state.h"
#include "sys/file.h"
#include "test.h"

#define NOW	INT64_C(1767225600000)

static char folder[64];

static int
setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test-tsa-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static struct tsa_state
opened(int64_t now)
{
	struct tsa_state s;
	struct err e;

	assert_ok(tsa_state_open(&s, folder, now, &e), &e);
	return s;
}

/* The counter of the next number. */
static uint64_t
next(struct tsa_state *s, int64_t now)
{
	uint8_t serial[TSA_SERIAL];
	struct err e;

	assert_ok(tsa_state_next(s, now, serial, &e), &e);
	struct reader r = rd_open(SPAN(serial));
	return rd_u64be(&r);
}

static void
refuses(struct tsa_state *s, int64_t now, enum err_code code)
{
	uint8_t serial[TSA_SERIAL];
	struct err e;

	assert_false(tsa_state_next(s, now, serial, &e));
	assert_err(&e, code);
}

static void
numbers_rise_over_the_edge_of_what_is_reserved(void **state)
{
	struct tsa_state s = opened(NOW);

	(void)state;
	for (uint64_t i = 1; i <= 2500; i++)
		assert_int_equal(next(&s, NOW), i);
	tsa_state_done(&s);
}

/* A crash: nothing is said at the end. */
static void
a_crash_repeats_nothing(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		int64_t now = NOW + i * INT64_C(10000);
		struct tsa_state s = opened(now);
		uint64_t n = next(&s, now);

		assert_true(n > before);
		before = next(&s, now + 10);
		tsa_state_done(&s);
	}
}

static void
a_clean_end_leaves_no_gap_and_no_wait(void **state)
{
	struct tsa_state s = opened(NOW);
	struct err e;

	(void)state;
	assert_int_equal(next(&s, NOW), 1);
	assert_ok(tsa_state_end(&s, &e), &e);
	tsa_state_done(&s);
	s = opened(NOW);
	assert_int_equal(next(&s, NOW), 2);
	tsa_state_done(&s);
}

static void
time_does_not_go_back(void **state)
{
	struct tsa_state s = opened(NOW);

	(void)state;
	assert_int_equal(next(&s, NOW), 1);
	refuses(&s, NOW - 1, ERR_TSA_CLOCK_BACK);
	assert_int_equal(next(&s, NOW), 2);
	assert_int_equal(next(&s, NOW + 4000), 3);
	tsa_state_done(&s);
	/* After a crash: what may have been stated is waited for. */
	s = opened(NOW + 4001);
	refuses(&s, NOW + 4001, ERR_TSA_CLOCK_BACK);
	refuses(&s, NOW + 4999, ERR_TSA_CLOCK_BACK);
	assert_true(next(&s, NOW + 5000) > 3);
	/* Time is reserved anew when it is used up. */
	next(&s, NOW + 60000);
	tsa_state_done(&s);
	s = opened(NOW);
	refuses(&s, NOW + 64999, ERR_TSA_CLOCK_BACK);
	tsa_state_done(&s);
}

static void
without_a_folder_numbers_begin_with_the_time(void **state)
{
	struct tsa_state s;
	struct err e;

	(void)state;
	assert_ok(tsa_state_open(&s, NULL, NOW, &e), &e);
	uint64_t first = next(&s, NOW);
	assert_int_equal(next(&s, NOW), first + 1);
	refuses(&s, NOW - 1, ERR_TSA_CLOCK_BACK);
	assert_ok(tsa_state_end(&s, &e), &e);
	tsa_state_done(&s);
	assert_ok(tsa_state_open(&s, NULL, NOW + 1, &e), &e);
	assert_true(next(&s, NOW + 1) > first + 1);
	tsa_state_done(&s);
}

static void
two_do_not_share_a_folder(void **state)
{
	struct tsa_state s = opened(NOW), other;
	struct err e;

	(void)state;
	assert_false(tsa_state_open(&other, folder, NOW, &e));
	assert_err(&e, ERR_FILE_LOCKED);
	tsa_state_done(&other);
	tsa_state_done(&s);
}

static void
a_file_that_was_changed_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "tagseal-tsa 1\n", "tagseal-tsa 1\nnext 5\ntime 5",
		"tagseal-tsa 2\nnext 5\ntime 5\n",
		"tagseal-tsa 1\nnext -5\ntime 5\n",
		"tagseal-tsa 1\nnext 05\ntime 5\n",
		"tagseal-tsa 1\nnext 5\ntime 5\n\n",
		"tagseal-tsa 1\nnext 99999999999999999999\ntime 5\n",
		"tagseal-tsa 1\nnext 18446744073709551615\ntime 5\n",
	};
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/serials", folder);
	for (size_t i = 0; i <= COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf text = { 0 };
		struct tsa_state s;
		struct err e;

		if (i < COUNT(bad))
			buf_text(&text, bad[i]);
		else
			buf_zero(&text, 5000);
		assert_ok(file_replace_span(path, buf_span(&text), FILE_PLAIN,
		    &e), &e);
		assert_false(tsa_state_open(&s, folder, NOW, &e));
		assert_err(&e, ERR_TSA_STATE);
		tsa_state_done(&s);
	}
	unlink(path);
	struct tsa_state s = opened(NOW);
	assert_int_equal(next(&s, NOW), 1);
	tsa_state_done(&s);
}

/* A number that cannot be kept is not given. */
static void
a_folder_that_is_gone_ends_it(void **state)
{
	struct tsa_state s = opened(NOW);
	char moved[80];

	(void)state;
	assert_int_equal(next(&s, NOW), 1);
	snprintf(moved, sizeof(moved), "%s-moved", folder);
	assert_int_equal(rename(folder, moved), 0);
	for (uint64_t i = 2; i <= 1000; i++)
		assert_int_equal(next(&s, NOW), i);
	refuses(&s, NOW, ERR_FILE_MISSING);
	assert_int_equal(rename(moved, folder), 0);
	assert_int_equal(next(&s, NOW), 1001);
	tsa_state_done(&s);
}

static void
a_clock_is_exact_enough_or_not(void **state)
{
	struct err e;

	(void)state;
	assert_ok(tsa_clock_fits(0, 1000, &e), &e);
	assert_ok(tsa_clock_fits(1000, 1000, &e), &e);
	assert_false(tsa_clock_fits(1001, 1000, &e));
	assert_err(&e, ERR_TSA_CLOCK_LOOSE);
	assert_false(tsa_clock_fits(-1, 1000, &e));
	assert_err(&e, ERR_TSA_CLOCK_LOOSE);
}

#define KEPT(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KEPT(numbers_rise_over_the_edge_of_what_is_reserved),
		KEPT(a_crash_repeats_nothing),
		KEPT(a_clean_end_leaves_no_gap_and_no_wait),
		KEPT(time_does_not_go_back),
		KEPT(without_a_folder_numbers_begin_with_the_time),
		KEPT(two_do_not_share_a_folder),
		KEPT(a_file_that_was_changed_is_refused),
		KEPT(a_folder_that_is_gone_ends_it),
		TEST(a_clock_is_exact_enough_or_not),
	};

	return cmocka_run_group_tests_name("tsa state", tests, NULL, NULL);
}
