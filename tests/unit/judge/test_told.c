/* told: how far webhooks were told, and when they are told again. */
#include <string.h>

#include "judge/told.h"
#include "test.h"

#define NOW	INT64_C(1800000000000)

static void
a_status_says_what_becomes_of_an_event(void **state)
{
	static const struct {
		uint32_t		status;
		enum told_answer	answer;
	} cases[] = {
		{ 200, TOLD_TAKEN }, { 204, TOLD_TAKEN }, { 299, TOLD_TAKEN },
		{ 408, TOLD_LATER }, { 429, TOLD_LATER }, { 500, TOLD_LATER },
		{ 503, TOLD_LATER }, { 599, TOLD_LATER }, { 400, TOLD_REFUSED },
		{ 401, TOLD_REFUSED }, { 404, TOLD_REFUSED },
		{ 410, TOLD_REFUSED }, { 499, TOLD_REFUSED },
		{ 300, TOLD_REFUSED }, { 0, TOLD_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(told_answer(cases[i].status),
		    cases[i].answer);
}

static const struct err_row *
row_of(enum err_code code)
{
	return &err_rows[code];
}

static int64_t
fails(struct told *t, uint32_t retry_after, uint32_t chance)
{
	return told_bad(t, row_of(ERR_NOTICE_ANSWER), NOW, retry_after,
	    chance);
}

/* Each pause is twice the one before, an hour at most, less by chance. */
static void
pauses_grow_and_are_not_all_the_same(void **state)
{
	struct told t = { .next = 7 };
	int64_t want = 5000;

	(void)state;
	for (int i = 0; i < 40; i++) {
		struct told other = t;

		assert_int_equal(fails(&t, 0, 0), want);
		int64_t less = fails(&other, 0, (uint32_t)want / 4 - 1);
		assert_true(less > want * 3 / 4 - 2 && less < want);
		assert_true(fails(&other, 0, UINT32_MAX) > 0);
		want = want * 2 < 3600000 ? want * 2 : 3600000;
	}
	assert_int_equal(t.tries, 40);
	assert_int_equal(t.since, NOW);
	assert_int_equal(t.next, 7);
	told_good(&t);
	assert_int_equal(t.next, 8);
	assert_int_equal(t.tries, 0);
	assert_int_equal(fails(&t, 0, 0), 5000);
}

/* It may ask for patience, but not for more than an hour of it. */
static void
a_receiver_may_ask_for_patience(void **state)
{
	struct told t = { .next = 0 };

	(void)state;
	assert_int_equal(fails(&t, 70, 0), 70000);
	assert_int_equal(fails(&t, 1, 0), 10000);
	assert_int_equal(fails(&t, UINT32_MAX, 0), 3600000);
}

static void
only_what_is_refused_is_given_up(void **state)
{
	struct told t = { .next = 3 };

	(void)state;
	for (unsigned i = 1; i <= 2 * TOLD_TRIES; i++) {
		fails(&t, 0, 0);
		assert_int_equal(told_hopeless(&t, TOLD_REFUSED),
		    i >= TOLD_TRIES);
		assert_false(told_hopeless(&t, TOLD_LATER));
	}
}

static void
file_of(const struct told *t, struct buf *out)
{
	struct json *list = json_list();

	json_add(list, told_write(t));
	told_file(list, out);
}

static void
the_file_is_read_back(void **state)
{
	char url[] = "https://a.example/?x=\"1\"";
	const struct told all[] = {
		{ .url = url, .next = 12 },
		{ .url = url, .next = 0, .tries = 3, .since = NOW,
		    .why = row_of(ERR_NET_TIMEOUT) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		CLEANUP(json_done) struct json *file = NULL;
		struct told got = { .due = 5 };
		struct err e;

		file_of(&all[i], &b);
		assert_ok(told_read(buf_span(&b), &file, &e), &e);
		assert_false(told_find(file, SPAN_TEXT("https://b.example"),
		    &got));
		assert_true(told_find(file, SPAN_TEXT(url), &got));
		assert_int_equal(got.next, all[i].next);
		assert_int_equal(got.tries, all[i].tries);
		assert_int_equal(got.since, all[i].since);
		assert_ptr_equal(got.why, all[i].why);
		assert_int_equal(got.due, 5);
	}
}

/* Its bad siblings: cut, of another version, of other kinds. */
static void
a_file_that_is_damaged_is_found(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "{}", "7",
	    "{\"v\":2,\"webhooks\":[]}", "{\"v\":1}",
	    "{\"v\":1,\"webhooks\":{}}", "{\"webhooks\":[]}" };
	struct json *file = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(told_read(SPAN_TEXT(bad[i]), &file, &e));
		assert_err(&e, ERR_NOTICE_STATE);
		assert_null(file);
	}
}

static void
an_entry_that_is_damaged_is_none(void **state)
{
	static const char *const bad[] = {
		"{\"v\":1,\"webhooks\":[{\"url\":\"u\"}]}",
		"{\"v\":1,\"webhooks\":[{\"url\":\"u\",\"next\":-1}]}",
		"{\"v\":1,\"webhooks\":[{\"url\":\"u\",\"next\":\"1\"}]}",
		("{\"v\":1,\"webhooks\":[{\"next\":1,\"tries\":-1,"
		    "\"url\":\"u\"}]}"),
		"{\"v\":1,\"webhooks\":[7,null,{\"next\":1}]}",
	};
	struct told got = { .next = 99 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(json_done) struct json *file = NULL;

		assert_ok(told_read(SPAN_TEXT(bad[i]), &file, &e), &e);
		assert_false(told_find(file, SPAN_TEXT("u"), &got));
		assert_int_equal(got.next, 99);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_status_says_what_becomes_of_an_event),
		TEST(pauses_grow_and_are_not_all_the_same),
		TEST(a_receiver_may_ask_for_patience),
		TEST(only_what_is_refused_is_given_up),
		TEST(the_file_is_read_back),
		TEST(a_file_that_is_damaged_is_found),
		TEST(an_entry_that_is_damaged_is_none),
	};

	return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
