/* stream: an answer belongs to the question that was asked, or to none. */
#include "sys/clock.h"
#include "test.h"
#include "wire/stream.h"

enum { ASK = 0, ANSWER = 1, OTHER = 3, FAILED = 5 };

static const struct message_row rows[] = {
	{ ASK, "ask", CHANNEL_ANY, 0 }, { ANSWER, "answer", CHANNEL_ANY, 0 },
	{ OTHER, "other", CHANNEL_ANY, 0 }, { FAILED, "failed", CHANNEL_ANY, 0 },
	WIRE_PART_ROW,
};

struct ends {
	struct channel	ours, theirs;
	struct buf	answer;
};

static int
ends_open(void **state)
{
	static struct ends ends;
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	ends = (struct ends){ CHANNEL(pair[0], "peer", rows),
	    CHANNEL(pair[1], "us", rows), { 0 } };
	*state = &ends;
	return 0;
}

static int
ends_close(void **state)
{
	struct ends *n = *state;

	channel_done(&n->ours);
	channel_done(&n->theirs);
	buf_done(&n->answer);
	return 0;
}

static void
say(struct ends *n, uint8_t type, const char *text)
{
	struct err e;

	assert_ok(stream_send(&n->theirs, type, span_text(text), NULL, 0,
	    clock_in(1000), &e), &e);
}

static bool
ask(struct ends *n, int64_t patience, struct err *e)
{
	const struct stream_question q = { ASK, ANSWER, FAILED, 1000, patience,
	    NULL, 0 };

	return stream_ask(&n->ours, &q, SPAN_TEXT("?"), &n->answer, e);
}

static void
answers_come_one_after_the_other(void **state)
{
	struct ends *n = *state;
	struct err e;

	say(n, ANSWER, "a");
	assert_ok(ask(n, 1000, &e), &e);
	say(n, ANSWER, "b");
	assert_ok(ask(n, 1000, &e), &e);
	assert_span_equal(buf_span(&n->answer), SPAN_TEXT("ab"));
}

static void
an_answer_that_is_late_is_not_the_next_ones(void **state)
{
	struct ends *n = *state;
	struct err e;

	assert_false(ask(n, 1, &e));
	assert_err(&e, ERR_CHANNEL_TIMEOUT);
	say(n, ANSWER, "to the first");
	assert_false(ask(n, 1000, &e));
	assert_err(&e, ERR_CHANNEL_TIMEOUT);
	assert_int_equal(n->answer.len, 0);
}

static void
after_another_answer_than_the_one_due_nothing_is_asked(void **state)
{
	struct ends *n = *state;
	struct err e;

	say(n, OTHER, "");
	assert_false(ask(n, 1000, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
	say(n, ANSWER, "to the first");
	assert_false(ask(n, 1000, &e));
	assert_err(&e, ERR_CHANNEL_TIMEOUT);
}

static void
a_refusal_is_an_answer(void **state)
{
	struct ends *n = *state;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err why, e;

	err_set(&why, ERR_CHANNEL_TIMEOUT, "of the peer's own");
	wire_put_err(&b, &why);
	assert_ok(stream_send(&n->theirs, FAILED, buf_span(&b), NULL, 0,
	    clock_in(1000), &e), &e);
	assert_false(ask(n, 1000, &e));
	assert_string_equal(e.text, "of the peer's own");
	say(n, ANSWER, "a");
	assert_ok(ask(n, 1000, &e), &e);
}

/* So the limit on a message is one on the number of its frames, too. */
static void
a_part_is_full(void **state)
{
	struct ends *n = *state;
	struct message m;
	struct err e;

	assert_ok(channel_send(&n->theirs, WIRE_PART, SPAN_TEXT("a"), NULL, 0,
	    clock_in(1000), &e), &e);
	say(n, ANSWER, "b");
	assert_false(stream_receive(&n->ours, 1000, &m, clock_in(1000), &e));
	assert_err(&e, ERR_MESSAGE_SHORT);
}

#define ENDS_TEST(function) \
	cmocka_unit_test_setup_teardown(function, ends_open, ends_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ENDS_TEST(answers_come_one_after_the_other),
		ENDS_TEST(an_answer_that_is_late_is_not_the_next_ones),
		ENDS_TEST(after_another_answer_than_the_one_due_nothing_is_asked),
		ENDS_TEST(a_refusal_is_an_answer),
		ENDS_TEST(a_part_is_full),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
