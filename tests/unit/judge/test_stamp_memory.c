/* stamp_memory: whom to try first, and what was given before. */
#include <stdlib.h>
#include <string.h>

#include "judge/stamp_memory.h"
#include "test.h"

#define SECOND	INT64_C(1000)
#define MINUTE	(60 * SECOND)

static const struct span urls[] = {
	{ (const uint8_t *)"http://a/", 9 },
	{ (const uint8_t *)"http://b/", 9 },
	{ (const uint8_t *)"http://c/", 9 },
};

/* The order in letters. */
static void
expect(const struct stamp_memory *m, int64_t now, const char *letters)
{
	uint32_t order[3];
	char got[4] = "";

	health_order(m, urls, 3, now, order);
	for (size_t i = 0; i < 3; i++)
		got[i] = (char)('a' + order[i]);
	assert_string_equal(got, letters);
}

static void
those_that_nobody_knows_stand_as_they_are(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();

	(void)state;
	expect(NULL, 0, "abc");
	expect(m, 0, "abc");
	health_bad(NULL, urls[0], 0);
	health_good(NULL, urls[0]);
	health_answered(NULL, urls[0], 1, 0);
}

static void
a_failure_counts_for_a_while_and_grows(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();
	int64_t now = MINUTE;

	(void)state;
	health_bad(m, urls[0], now);
	expect(m, now, "bca");
	expect(m, now + 29 * SECOND, "bca");
	expect(m, now + 30 * SECOND, "abc");
	now += 30 * SECOND;
	health_bad(m, urls[0], now);
	expect(m, now + 59 * SECOND, "bca");
	expect(m, now + 60 * SECOND, "abc");
	/* Two that wait: whose time is over first. */
	health_bad(m, urls[1], now);
	expect(m, now + SECOND, "cba");
	health_good(m, urls[0]);
	expect(m, now + SECOND, "acb");
	health_bad(m, urls[0], now);
	expect(m, now + 30 * SECOND, "abc");
}

static void
back_off_has_an_end(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();

	(void)state;
	for (int i = 0; i < 100; i++)
		health_bad(m, urls[0], 0);
	expect(m, 60 * MINUTE - 1, "bca");
	expect(m, 60 * MINUTE, "abc");
}

static void
one_that_is_far_slower_comes_later_and_heals(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();

	(void)state;
	health_answered(m, urls[0], 8000, 0);
	expect(m, 0, "abc");
	health_answered(m, urls[1], 3000, 0);
	expect(m, 0, "abc");
	health_answered(m, urls[2], 40, 0);
	expect(m, 0, "bca");
	/* One quick answer is not enough, several are. */
	health_answered(m, urls[0], 40, 1);
	expect(m, 1, "bca");
	for (int64_t i = 2; i < 8; i++)
		health_answered(m, urls[0], 40, i);
	expect(m, 8, "abc");
	health_answered(m, urls[0], 60000, 9);
	expect(m, 9, "bca");
	/* Nor is it held against it for ever. */
	expect(m, 40 * MINUTE, "abc");
	expect(m, INT64_C(1) << 50, "abc");
}

static void
many_authorities_do_not_fill_the_memory(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();

	(void)state;
	health_bad(m, urls[0], 0);
	health_bad(m, urls[1], 0);
	for (int i = 0; i < 1000; i++) {
		char url[32];

		snprintf(url, sizeof(url), "http://%d/", i);
		health_bad(m, span_text(url), 0);
		health_answered(m, urls[0], 1, 0);
	}
	expect(m, 1, "bca");
}

static struct digest
imprint(int n)
{
	return digest_of(DIGEST_SHA256, (struct span){
	    (const uint8_t *)&n, sizeof(n) });
}

static void
keep(struct stamp_memory *m, int n, const char *reply, int64_t now)
{
	struct digest d = imprint(n);

	stamp_keep(m, &d, &(struct stamp_kept){ urls[n % 3],
	    SPAN_TEXT("question"), span_text(reply) }, now);
}

static bool
recalls(const struct stamp_memory *m, int n, int64_t now, const char *reply)
{
	struct digest d = imprint(n);
	struct stamp_kept k;

	return stamp_recall(m, &d, now, &k) && span_is(k.reply, reply) &&
	    span_is(k.request, "question") && span_eq(k.url, urls[n % 3]);
}

static void
what_was_given_is_found_for_a_while(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();
	struct digest one = imprint(1);

	(void)state;
	keep(m, 1, "one", 5);
	keep(m, 2, "two", 6);
	assert_true(recalls(m, 1, 5, "one"));
	assert_true(recalls(m, 2, 6, "two"));
	assert_false(recalls(m, 3, 6, "three"));
	assert_false(recalls(NULL, 1, 5, "one"));
	assert_true(recalls(m, 1, 5 + STAMPS_AGE, "one"));
	assert_false(recalls(m, 1, 6 + STAMPS_AGE, "one"));
	keep(m, 1, "another", 7);
	assert_true(recalls(m, 1, 7, "another"));
	stamp_drop(m, &one);
	assert_false(recalls(m, 1, 7, "another"));
	assert_true(recalls(m, 2, 7, "two"));
	keep(NULL, 1, "one", 5);
}

static void
what_is_kept_is_bounded(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();
	size_t size = STAMPS_BYTES / 4;
	char *large = xcalloc(1, STAMPS_BYTES + 1);

	(void)state;
	for (int i = 0; i < STAMPS_KEPT + 1; i++)
		keep(m, i, "small", 0);
	assert_false(recalls(m, 0, 0, "small"));
	assert_true(recalls(m, 1, 0, "small"));
	memset(large, 'x', size);
	for (int i = 1000; i < 1004; i++)
		keep(m, i, large, 0);
	assert_false(recalls(m, 1000, 0, large));
	for (int i = 1001; i < 1004; i++)
		assert_true(recalls(m, i, 0, large));
	memset(large, 'x', STAMPS_BYTES);
	keep(m, 2000, large, 0);
	assert_false(recalls(m, 2000, 0, large));
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_that_nobody_knows_stand_as_they_are),
		TEST(a_failure_counts_for_a_while_and_grows),
		TEST(back_off_has_an_end),
		TEST(one_that_is_far_slower_comes_later_and_heals),
		TEST(many_authorities_do_not_fill_the_memory),
		TEST(what_was_given_is_found_for_a_while),
		TEST(what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests_name("stamp memory", tests, NULL, NULL);
}
