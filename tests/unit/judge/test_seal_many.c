/*
 * seal_serve for two artifacts at once: what both wait for is got in one go,
 * and what goes wrong with one is no matter of the other, unless it is the
 * token. Peers have said what they say before they are asked.
 */
#include "judge/seal.h"
#include "sys/clock.h"
#include "test.h"
#include "wire/courier.h"

#define WAIT	5000	/* ms */
#define MANY	2

struct stage {
	struct arena	*arena;
	struct channel	 worker[MANY], courier;		/* our ends */
	struct channel	 far_worker[MANY], far_courier;	/* the peers' */
	struct stamp_authority authority;
	struct seal_terms terms[MANY];
	struct sealing	*all[MANY];
	struct job_result result[MANY];
	enum err_code	 refusal[MANY];		/* of the key */
	int		 keys_used;
};

static struct stage stage;

static bool
sign(void *arg, const struct level *l, struct span *values, struct arena *a,
    struct err *e)
{
	const enum err_code *refusal = arg;

	(void)a;
	if (*refusal != ERR_NONE)
		return err_set(e, *refusal, "no");
	stage.keys_used++;
	for (size_t i = 0; i < l->count; i++)
		values[i] = SPAN_TEXT("value");
	return true;
}

static void
pair(struct channel *near, struct channel *far, const char *peer,
    const struct message_row *answers, size_t answer_count,
    const struct message_row *requests, size_t request_count)
{
	struct err e;
	int ends[2];

	assert_ok(channel_pair(ends, &e), &e);
	*near = channel_open(ends[0], peer, answers, answer_count);
	*far = channel_open(ends[1], "judge", requests, request_count);
	far->phase = CHANNEL_ANY;
}

static void
say(struct channel *c, uint8_t type, struct buf *body)
{
	struct err e;

	assert_ok(stream_send(c, type, buf_span(body), NULL, 0, clock_in(WAIT),
	    &e), &e);
	buf_done(body);
}

/* Brings one artifact to where it wants a signature and a timestamp. */
static void
begin(size_t i)
{
	struct level_item item = { SPAN_TEXT("a.exe"),
	    { .kind = SIGNATURE_RSA_PKCS1_SHA256,
	    .digest = digest_of(DIGEST_SHA256, span_text("a")) }, true,
	    DIGEST_SHA256, { 0 } };
	int fds[JOB_FDS] = { 0, 1, 2 };
	struct buf b = { 0 };
	struct message m;
	struct err e;

	pair(&stage.worker[i], &stage.far_worker[i], "worker", worker_answers,
	    worker_answer_count, worker_requests, worker_request_count);
	stage.terms[i] = (struct seal_terms){ &stage.worker[i],
	    &stage.courier, &stage.authority, 1,
	    { .sign = sign, .arg = &stage.refusal[i] }, WAIT, WAIT,
	    NULL, { NULL, 0 } };
	assert_ok(seal_begin(&stage.terms[i], &(struct job){
	    .verb = JOB_SIGN, .name = SPAN_TEXT("a.exe") }, fds, stage.arena,
	    &stage.result[i], &stage.all[i], &e), &e);
	assert_ok(stream_receive(&stage.far_worker[i], 1 << 20, &m,
	    clock_in(WAIT), &e), &e);
	message_done(&m);
	level_write(&(struct level){ 0, &item, 1 }, &b);
	say(&stage.far_worker[i], WORKER_LEVEL, &b);
	assert_int_equal(seal_hear(stage.all[i]), SEAL_WANTS);
	assert_false(seal_used(stage.all[i]));
}

static int
setup(void **state)
{
	(void)state;
	stage = (struct stage){ .arena = arena_new(1 << 20),
	    .authority = { SPAN_TEXT("http://a/"), 0, true, 0 } };
	pair(&stage.courier, &stage.far_courier, "courier", courier_answers,
	    courier_answer_count, courier_requests, courier_request_count);
	for (size_t i = 0; i < MANY; i++)
		begin(i);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		channel_done(&stage.worker[i]);
		channel_done(&stage.far_worker[i]);
	}
	channel_done(&stage.courier);
	channel_done(&stage.far_courier);
	arena_free(stage.arena);
	return 0;
}

static void
courier_will_say(struct stamped_item *items, size_t count)
{
	struct buf b = { 0 };

	stamped_write(&(struct stamped){ items, count, NULL, 0 }, &b);
	say(&stage.far_courier, COURIER_STAMPED, &b);
}

/* How many stamps the courier was asked for, in one question; 0: in none. */
static size_t
stamps_asked(void)
{
	struct stamp_request q;
	struct message m;
	struct err e;

	if (!stream_receive(&stage.far_courier, 1 << 20, &m, clock_in(0), &e))
		return 0;
	assert_ok(stamp_read(buf_span(&m.body), stage.arena, &q, &e), &e);
	message_done(&m);
	assert_false(stream_receive(&stage.far_courier, 1 << 20, &m,
	    clock_in(0), &e));
	return q.count;
}

static void
worker_got(size_t i, const char *reply)
{
	struct sealed_item *items;
	struct message m;
	struct err e;
	size_t n;

	assert_int_equal(seal_state(stage.all[i]), SEAL_HEARS);
	assert_ok(stream_expect(&stage.far_worker[i], WORKER_SEALED, 1 << 20,
	    &m, clock_in(WAIT), &e), &e);
	assert_ok(sealed_read(buf_span(&m.body), stage.arena, &items, &n, &e),
	    &e);
	message_done(&m);
	assert_int_equal(n, 1);
	assert_span_equal(items[0].signature, SPAN_TEXT("value"));
	assert_span_equal(items[0].reply, span_text(reply));
}

static void
failed_with(size_t i, enum err_code code)
{
	struct err e;

	assert_int_equal(seal_state(stage.all[i]), SEAL_FAILED);
	assert_false(seal_failed(stage.all[i], &e));
	assert_err(&e, code);
}

static void
serve_all(void)
{
	seal_serve(stage.all, MANY);
	seal_stamped(stage.all, MANY);
}

static void
both_get_their_stamps_in_one_question(void **state)
{
	struct stamped_item items[] = { { .reply = SPAN_TEXT("one") },
	    { .reply = SPAN_TEXT("two") } };

	(void)state;
	seal_serve(stage.all, MANY);
	assert_int_equal(seal_state(stage.all[0]), SEAL_STAMPS);
	assert_int_equal(seal_state(stage.all[1]), SEAL_STAMPS);
	assert_int_equal(stamps_asked(), 2);
	courier_will_say(items, 2);
	seal_stamped(stage.all, MANY);
	worker_got(0, "one");
	worker_got(1, "two");
	assert_true(seal_used(stage.all[0]));
}

static void
one_without_a_stamp_fails_alone(void **state)
{
	struct stamped_item items[] = { { .authority = 0 },
	    { .reply = SPAN_TEXT("two") } };

	(void)state;
	err_set(&items[0].err, ERR_NET_TIMEOUT, "slow");
	courier_will_say(items, 2);
	serve_all();
	failed_with(0, ERR_NET_TIMEOUT);
	worker_got(1, "two");
}

static void
an_answer_that_is_too_short_is_none(void **state)
{
	struct stamped_item item = { .reply = SPAN_TEXT("one") };

	(void)state;
	courier_will_say(&item, 1);
	serve_all();
	failed_with(0, ERR_PROCESS_PROTOCOL);
	failed_with(1, ERR_PROCESS_PROTOCOL);
}

static void
a_courier_that_is_gone_fails_both(void **state)
{
	(void)state;
	channel_done(&stage.far_courier);
	serve_all();
	failed_with(0, ERR_PROCESS_DIED);
	failed_with(1, ERR_PROCESS_DIED);
}

static void
a_key_that_is_refused_for_one_serves_the_other(void **state)
{
	struct stamped_item item = { .reply = SPAN_TEXT("two") };

	(void)state;
	stage.refusal[0] = ERR_KEY_USAGE;
	courier_will_say(&item, 1);
	serve_all();
	assert_int_equal(stamps_asked(), 1);
	failed_with(0, ERR_KEY_USAGE);
	worker_got(1, "two");
}

/* It is not asked again: that may be the last attempt before it locks. */
static void
a_token_that_is_gone_is_not_asked_for_the_other(void **state)
{
	(void)state;
	stage.refusal[0] = ERR_TOKEN_ABSENT;
	serve_all();
	assert_int_equal(stamps_asked(), 0);
	assert_int_equal(stage.keys_used, 0);
	failed_with(0, ERR_TOKEN_ABSENT);
	assert_int_equal(seal_state(stage.all[1]), SEAL_WANTS);
	assert_false(seal_used(stage.all[1]));
}

/* What was signed before that is finished. */
static void
who_was_signed_before_gets_its_stamp(void **state)
{
	struct stamped_item item = { .reply = SPAN_TEXT("one") };

	(void)state;
	stage.refusal[1] = ERR_TOKEN_ABSENT;
	courier_will_say(&item, 1);
	serve_all();
	worker_got(0, "one");
	failed_with(1, ERR_TOKEN_ABSENT);
}

#define STAGED(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(both_get_their_stamps_in_one_question),
		STAGED(one_without_a_stamp_fails_alone),
		STAGED(an_answer_that_is_too_short_is_none),
		STAGED(a_courier_that_is_gone_fails_both),
		STAGED(a_key_that_is_refused_for_one_serves_the_other),
		STAGED(a_token_that_is_gone_is_not_asked_for_the_other),
		STAGED(who_was_signed_before_gets_its_stamp),
	};

	return cmocka_run_group_tests_name("seal many", tests, NULL, NULL);
}
