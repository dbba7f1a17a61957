/* timestamp: many items, several authorities, bounded and in order. */
#include "base/text.h"
#include "net/timestamp.h"
#include "server.h"

#define ITEMS	24

struct asked {
	struct timestamp_item	items[ITEMS];
	struct span		requests[ITEMS][2];
	char			texts[ITEMS][16];
};

static void
asked_open(struct asked *q)
{
	*q = (struct asked){ .items = { { .passed = 0 } } };
	for (size_t i = 0; i < ITEMS; i++) {
		snprintf(q->texts[i], sizeof(q->texts[i]), "item %zu", i);
		q->requests[i][0] = SPAN_TEXT(q->texts[i]);
		q->requests[i][1] = SPAN_TEXT("another form");
		q->items[i].requests = q->requests[i];
	}
}

static void
asked_done(struct asked *q)
{
	for (size_t i = 0; i < ITEMS; i++)
		buf_done(&q->items[i].reply);
}

static void
expect(const struct asked *q, size_t item, const char *authority)
{
	char due[64];

	snprintf(due, sizeof(due), "%s:item %zu", authority, item);
	if (q->items[item].err.what != NULL)
		fail_msg("item %zu: %s", item, q->items[item].err.text);
	assert_true(span_is(buf_span(&q->items[item].reply), due));
}

#define RULES	{ .private_addresses = true, .total = 10 }
static const struct http_rules each[] = { RULES, RULES, RULES, RULES };

static struct timestamp_plan
plan_of(const char *const *authorities, size_t count)
{
	return (struct timestamp_plan){
		.rules = each,
		.authorities = authorities,
		.authority_count = count,
	};
}

static void
the_next_authority_takes_over(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *broken = server_url(s, "/broken");
	CLEANUP(free_done) char *wrong = server_url(s, "/echo");
	CLEANUP(free_done) char *good = server_url(s, "/tsa/0/good");
	const char *const authorities[] = { broken, "http://127.0.0.1:1/",
	    wrong, good };
	struct timestamp_plan plan = plan_of(authorities, 4);
	CLEANUP(asked_done) struct asked q;
	struct err e;

	asked_open(&q);
	q.items[5].passed = 7;
	assert_ok(timestamp_fetch(&plan, q.items, ITEMS, &e), &e);
	for (size_t i = 0; i < ITEMS; i++) {
		expect(&q, i, "good");
		assert_int_equal(q.items[i].authority, 3);
	}
}

/* highest asks the server how many requests were there at once. */
static uint64_t
highest(const struct server *s)
{
	CLEANUP(free_done) char *url = server_url(s, "/highest");
	char path[128];
	uint64_t n = 0;
	struct err e;

	snprintf(path, sizeof(path), "%s/highest", s->folder);
	CLEANUP(fd_done) int fd = open(path, O_RDWR | O_CREAT, 0600);
	const struct http_rules rules = { .private_addresses = true };
	assert_ok(http_get_file(&rules, url, 100, fd, &e), &e);
	char text[16];
	ssize_t len = pread(fd, text, sizeof(text), 0);
	assert_true(len > 0);
	assert_true(text_u64((struct span){ (const uint8_t *)text,
	    (size_t)len }, &n));
	return n;
}

static void
many_at_once_but_not_too_many(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *slow = server_url(s, "/tsa/50/slow");
	const char *const authorities[] = { slow };
	struct timestamp_plan plan = plan_of(authorities, 1);
	CLEANUP(asked_done) struct asked q;
	struct err e;

	asked_open(&q);
	static const uint32_t six = 6;
	plan.parallel = &six;
	assert_ok(timestamp_fetch(&plan, q.items, ITEMS, &e), &e);
	for (size_t i = 0; i < ITEMS; i++)
		expect(&q, i, "slow");
	assert_true(highest(s) > 1);
	assert_true(highest(s) <= 6);
}

/* Takes replies of the second authority only. */
static bool
second_only(void *arg, size_t item, struct span reply, struct err *e)
{
	size_t *asked = arg;

	(void)item;
	++*asked;
	return span_starts(reply, "two:") ||
	    err_set(e, ERR_NET_CUT, "reply is not good");
}

static void
a_reply_that_the_caller_refuses_goes_on(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *one = server_url(s, "/tsa/0/one");
	CLEANUP(free_done) char *two = server_url(s, "/tsa/0/two");
	const char *const both[] = { one, two };
	struct timestamp_plan plan = plan_of(both, 2);
	CLEANUP(asked_done) struct asked q;
	size_t asked = 0;
	struct err e;

	asked_open(&q);
	plan.check = second_only;
	plan.arg = &asked;
	assert_ok(timestamp_fetch(&plan, q.items, ITEMS, &e), &e);
	for (size_t i = 0; i < ITEMS; i++)
		expect(&q, i, "two");
	/* After a few the other one is asked first. */
	assert_true(asked >= ITEMS + 2 && asked < 2 * ITEMS);
	plan.authority_count = 1;
	assert_ok(timestamp_fetch(&plan, q.items, 1, &e), &e);
	assert_true(q.items[0].err.what != NULL);
	assert_non_null(strstr(q.items[0].err.text, "/tsa/0/one"));
}

static void
a_second_round_comes_after_a_pause(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *twice = server_url(s, "/twice");
	const char *const authorities[] = { twice };
	struct timestamp_plan plan = plan_of(authorities, 1);
	CLEANUP(asked_done) struct asked q;
	struct err e;

	asked_open(&q);
	assert_ok(timestamp_fetch(&plan, q.items, 1, &e), &e);
	assert_err(&q.items[0].err, ERR_NET_STATUS);
	plan.rounds = 2;
	plan.pause = 20;
	assert_ok(timestamp_fetch(&plan, q.items + 1, ITEMS - 1, &e), &e);
	for (size_t i = 1; i < ITEMS; i++)
		expect(&q, i, "twice");
}

static void
tells_how_each_did(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *broken = server_url(s, "/broken");
	CLEANUP(free_done) char *good = server_url(s, "/tsa/0/good");
	CLEANUP(free_done) char *other = server_url(s, "/tsa/0/other");
	const char *const authorities[] = { other, broken, good };
	static const uint32_t order[] = { 1, 2, 0 }, one[] = { 1, 1, 1 };
	struct timestamp_plan plan = plan_of(authorities, 3);
	struct timestamp_try tries[3];
	CLEANUP(asked_done) struct asked q;
	struct err e;

	asked_open(&q);
	q.items[7].passed = 4;
	q.items[9].passed = 7;
	plan.order = order;
	plan.parallel = one;
	plan.tries = tries;
	plan.rounds = 2;
	assert_ok(timestamp_fetch(&plan, q.items, ITEMS, &e), &e);
	for (size_t i = 0; i < ITEMS; i++)
		if (i != 9)
			expect(&q, i, i == 7 ? "other" : "good");
	assert_err(&q.items[9].err, ERR_NET_UNREACHABLE);
	/* After two failures in a row the others come first. */
	assert_int_equal(tries[1].failed, 2);
	assert_int_equal(tries[1].answered, 0);
	assert_err(&tries[1].err, ERR_NET_STATUS);
	assert_int_equal(tries[2].answered, ITEMS - 2);
	assert_int_equal(tries[2].failed, 0);
	assert_null(tries[2].err.what);
	assert_int_equal(tries[0].answered, 1);
}

/* One that fails all the time is asked all the same if nobody is left. */
static void
nobody_gives_up_while_one_was_not_asked(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *broken = server_url(s, "/broken");
	CLEANUP(free_done) char *twice = server_url(s, "/twice");
	const char *const authorities[] = { broken, twice };
	static const uint32_t one[] = { 1, 1 };
	struct timestamp_plan plan = plan_of(authorities, 2);
	struct timestamp_try tries[2];
	CLEANUP(asked_done) struct asked q;
	struct err e;

	asked_open(&q);
	plan.parallel = one;
	plan.tries = tries;
	plan.rounds = 3;
	assert_ok(timestamp_fetch(&plan, q.items, ITEMS, &e), &e);
	for (size_t i = 0; i < ITEMS; i++)
		expect(&q, i, "twice");
	assert_int_equal(tries[1].answered, ITEMS);
	assert_true(tries[1].failed > 0);
}

/* Each authority gets the form of the request that is its own. */
static void
forms_differ_by_authority(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *broken = server_url(s, "/broken");
	CLEANUP(free_done) char *good = server_url(s, "/tsa/0/good");
	const char *const authorities[] = { broken, good };
	static const uint32_t form[] = { 0, 1 };
	struct timestamp_plan plan = plan_of(authorities, 2);
	struct asked q;
	struct err e;

	asked_open(&q);
	plan.form = form;
	assert_ok(timestamp_fetch(&plan, q.items, 1, &e), &e);
	assert_true(span_is(buf_span(&q.items[0].reply),
	    "good:another form"));
	asked_done(&q);
}

static void
without_an_authority_nothing_is_asked(void **state)
{
	struct timestamp_plan plan = plan_of(NULL, 0);
	struct timestamp_item item = { .passed = 0 };
	struct err e;

	(void)state;
	assert_false(timestamp_fetch(&plan, &item, 1, &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(the_next_authority_takes_over),
		SERVER_TEST(many_at_once_but_not_too_many),
		SERVER_TEST(a_reply_that_the_caller_refuses_goes_on),
		SERVER_TEST(a_second_round_comes_after_a_pause),
		SERVER_TEST(tells_how_each_did),
		SERVER_TEST(nobody_gives_up_while_one_was_not_asked),
		SERVER_TEST(forms_differ_by_authority),
		TEST(without_an_authority_nothing_is_asked),
	};

	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
