/*
 * seal_run against a worker and a courier that play by a script: what is
 * signed, what is stamped, and who is asked again when a stamp is bad.
 */
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/timestamp.h"
#include "judge/seal.h"
#include "sys/clock.h"
#include "test.h"
#include "wire/courier.h"

#define WAIT	5000	/* ms */

/* What the two peers do, and what they saw. */
struct play {
	struct channel	worker, courier;	/* the peers' ends */
	bool		bad_once;	/* the first stamp is bad */
	bool		bad_always;
	bool		fails;		/* the worker fails after TREE */
	enum err_code	failure;	/* with this code, or of a file */
	bool		twice;		/* the worker says TREE again */
	bool		empty;		/* its level has no items */
	bool		foreign;	/* it wants another's stamped */
	bool		no_stamps;	/* it complains of no stamp at all */
	uint32_t	stuck_at;	/* 1: the courier goes back to the
					 * first authority; or its number */
	bool		alone;		/* there is no courier */
	bool		mute;		/* the worker says nothing at all */
	bool		endless;	/* it wants one level after the other */
	uint32_t	passed[128];	/* authorities, per question */
	uint32_t	order[128];	/* the first that is tried */
	struct stamp_memory *memory;
	size_t		told;		/* authorities that were passed over */
	struct err	why;		/* the last */
	uint32_t	failing;	/* those that do not answer: bits */
	size_t		questions;
	struct sealed_item last;	/* what the worker got in the end */
	struct arena	*arena;
	const char	*policy;	/* of the second authority; or NULL */
};

static void
receive(struct channel *c, struct message *m)
{
	struct err e;

	assert_ok(stream_receive(c, 1 << 20, m, clock_in(WAIT), &e), &e);
}

static void
say(struct channel *c, uint8_t type, struct buf *body)
{
	struct err e;

	assert_ok(stream_send(c, type, buf_span(body), NULL, 0, clock_in(WAIT),
	    &e), &e);
	buf_done(body);
}

static void
say_failed(struct channel *c, uint8_t type, enum err_code code)
{
	struct buf b = { 0 };
	struct err e;

	err_set(&e, code, "cut");
	wire_put_err(&b, &e);
	say(c, type, &b);
}

static void
say_bad_stamp(struct channel *c)
{
	struct bad_timestamp bad = { .item = 0 };
	struct buf b = { 0 };

	err_set(&bad.err, ERR_SIGNATURE_BAD, "the authority lies");
	timestamps_write(&bad, 1, &b);
	say(c, WORKER_TIMESTAMPS, &b);
}

static void
take_sealed(struct play *p)
{
	struct sealed_item *items;
	struct message m;
	struct err e;
	size_t n;

	receive(&p->worker, &m);
	assert_int_equal(m.type, WORKER_SEALED);
	assert_ok(sealed_read(buf_span(&m.body), p->arena, &items, &n, &e),
	    &e);
	assert_int_equal(n, 1);
	p->last = items[0];
	message_done(&m);
}

static void *
play_worker(void *arg)
{
	struct play *p = arg;
	struct level_item item = { SPAN_TEXT("a.exe"),
	    { .kind = SIGNATURE_RSA_PKCS1_SHA256,
	    .digest = digest_of(DIGEST_SHA256, span_text("a")) }, true,
	    DIGEST_SHA256, { 0 } };
	struct job_result done = { 3, digest_of(DIGEST_SHA256, span_text("")),
	    true, false, SPAN_TEXT("{}") };
	struct buf b = { 0 };
	struct message m;

	receive(&p->worker, &m);
	message_done(&m);
	if (p->mute)
		return NULL;
	buf_text(&b, "tree");
	say(&p->worker, WORKER_TREE, &b);
	receive(&p->worker, &m);
	message_done(&m);
	for (uint32_t i = 0; p->endless && i <= LIMIT_LEVELS; i++) {
		level_write(&(struct level){ i, &item, 1 }, &b);
		say(&p->worker, WORKER_LEVEL, &b);
		if (i < LIMIT_LEVELS)
			take_sealed(p);
	}
	if (p->endless)
		return NULL;
	if (p->fails) {
		say_failed(&p->worker, WORKER_FAILED, p->failure);
		return NULL;
	}
	if (p->twice) {
		buf_text(&b, "tree");
		say(&p->worker, WORKER_TREE, &b);
		return NULL;
	}
	if (p->foreign)
		item.value = span_text("a signature of others");
	level_write(&(struct level){ 0, &item, p->empty ? 0 : 1 }, &b);
	say(&p->worker, WORKER_LEVEL, &b);
	if (p->alone || p->empty || p->foreign)
		return NULL;
	take_sealed(p);
	if (p->no_stamps) {
		timestamps_write(NULL, 0, &b);
		say(&p->worker, WORKER_TIMESTAMPS, &b);
		return NULL;
	}
	for (int i = 0; p->bad_always && i < 2; i++) {
		say_bad_stamp(&p->worker);
		if (i == 0 && p->stuck_at == 0)
			take_sealed(p);
		else
			break;
	}
	if (p->bad_always)
		return NULL;
	if (p->bad_once) {
		say_bad_stamp(&p->worker);
		take_sealed(p);
	}
	result_write(&done, &b);
	say(&p->worker, WORKER_DONE, &b);
	return NULL;
}

/* Whom a courier asks, and how the authorities did. */
static uint32_t
next_of(const struct play *p, const struct stamp_request *q,
    struct stamped_try *tries)
{
	for (size_t i = 0; i < q->authority_count; i++) {
		uint32_t who = q->order[i];

		if ((q->items[0].passed & 1U << who) != 0)
			continue;
		if ((p->failing & 1U << who) == 0) {
			tries[who].answered = 1;
			tries[who].latency = 20;
			return who;
		}
		tries[who].failed = 1;
		err_set(&tries[who].err, ERR_NET_STATUS, "HTTP 500");
	}
	fail_msg("nobody is left to be asked");
	return 0;
}

static void *
play_courier(void *arg)
{
	struct play *p = arg;
	struct message m;
	struct err e;

	while (channel_receive(&p->courier, &m, clock_in(WAIT), &e)) {
		struct stamp_request q;
		struct stamped_try tries[2] = { { .answered = 0 } };
		struct stamped_item answer = { 0 };
		struct buf b = { 0 };

		assert_int_equal(m.type, COURIER_STAMP);
		assert_ok(stamp_read(buf_span(&m.body), p->arena, &q, &e), &e);
		p->passed[p->questions] = q.items[0].passed;
		p->order[p->questions++] = q.order[0];
		answer.authority = p->stuck_at == 0 || p->questions == 1 ?
		    next_of(p, &q, tries) : p->stuck_at - 1;
		answer.reply = SPAN_TEXT(answer.authority == 0 ? "first" :
		    "second");
		stamped_write(&(struct stamped){ &answer, 1, tries, 2 }, &b);
		message_done(&m);
		say(&p->courier, COURIER_STAMPED, &b);
	}
	return NULL;
}

static bool
sign(void *arg, const struct level *l, struct span *values, struct arena *a,
    struct err *e)
{
	(void)a;
	(void)e;
	assert_non_null(arg);
	for (size_t i = 0; i < l->count; i++)
		values[i] = SPAN_TEXT("value");
	return true;
}

/* What the worker took, as the hook was told; one level in these plays. */
static struct {
	int	levels;
	uint8_t	reply;		/* its first byte */
} taken;

static bool
sealed(void *arg, const struct level *l, const struct sealed_item *items,
    struct err *e)
{
	(void)e;
	assert_non_null(arg);
	assert_true(l->count > 0);
	taken.levels++;
	taken.reply = items[0].reply.ptr[0];
	return true;
}

static void
passed(void *arg, struct span url, const struct err *why)
{
	struct play *p = arg;

	p->told++;
	p->why = *why;
	assert_true(span_starts(url, "http://"));
}

static bool
run(struct play *p, struct err *e)
{
	struct stamp_authority authorities[] = {
	    { SPAN_TEXT("http://a/"), 0, true, 0 },
	    { SPAN_TEXT("http://b/"), 0, true, p->policy == NULL ? 0 : 1 } };
	struct span oids[] = { { NULL, 0 },
	    span_text(p->policy == NULL ? "" : p->policy) };
	int worker[2], courier[2];
	pthread_t threads[2];
	struct job_result out;

	assert_ok(channel_pair(worker, e), e);
	assert_ok(channel_pair(courier, e), e);
	p->arena = arena_new(1 << 20);
	p->worker = channel_open(worker[1], "judge", worker_requests,
	    worker_request_count);
	p->worker.phase = CHANNEL_ANY;
	p->courier = channel_open(courier[1], "judge", courier_requests,
	    courier_request_count);
	struct channel w = channel_open(worker[0], "worker", worker_answers,
	    worker_answer_count);
	struct channel c = channel_open(courier[0], "courier",
	    courier_answers, courier_answer_count);
	int fds[JOB_FDS] = { scratch_file(SPAN_TEXT("in")),
	    scratch_file(SPAN_TEXT("")), scratch_file(SPAN_TEXT("")) };
	struct seal_terms t = { &w, p->alone ? NULL : &c, authorities, 2,
	    { .sign = sign, .sealed = sealed, .passed = passed, .arg = p },
	    WAIT, p->mute ? 50 : WAIT, p->memory,
	    { oids, p->policy == NULL ? 0 : 2 } };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);

	taken.levels = 0;
	pthread_create(&threads[0], NULL, play_worker, p);
	pthread_create(&threads[1], NULL, play_courier, p);
	bool ok = seal_run(&t, &(struct job){ .verb = JOB_SIGN,
	    .name = SPAN_TEXT("a.exe") }, fds, a, &out, e);
	channel_done(&w);
	channel_done(&c);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	channel_done(&p->worker);
	channel_done(&p->courier);
	for (size_t i = 0; i < COUNT(fds); i++)
		fd_done(&fds[i]);
	return ok;
}

static void
values_and_stamps_reach_the_worker(void **state)
{
	struct play p = { 0 };
	struct err e;

	(void)state;
	assert_ok(run(&p, &e), &e);
	assert_span_equal(p.last.signature, SPAN_TEXT("value"));
	assert_span_equal(p.last.reply, SPAN_TEXT("first"));
	assert_true(p.last.request.len > 40);
	assert_int_equal(p.questions, 1);
	assert_int_equal(taken.levels, 1);
	assert_int_equal(taken.reply, 'f');
	arena_free(p.arena);
}

static void
a_bad_stamp_means_the_next_authority(void **state)
{
	struct play p = { .bad_once = true };
	struct err e;

	(void)state;
	assert_ok(run(&p, &e), &e);
	assert_int_equal(p.questions, 2);
	assert_int_equal(p.passed[0], 0);
	assert_int_equal(p.passed[1], 1);
	assert_int_equal(p.told, 1);
	assert_err(&p.why, ERR_SIGNATURE_BAD);
	assert_span_equal(p.last.reply, SPAN_TEXT("second"));
	assert_int_equal(taken.levels, 1);
	assert_int_equal(taken.reply, 's');
	arena_free(p.arena);
}

static void
no_good_authority_left_is_an_error(void **state)
{
	struct play p = { .bad_always = true };
	struct err e;

	(void)state;
	assert_false(run(&p, &e));
	assert_err(&e, ERR_SEAL_TIMESTAMP);
	assert_string_equal(e.text, "timestamp: http://a/: SIGNATURE-BAD: "
	    "the authority lies; http://b/: SIGNATURE-BAD: the authority "
	    "lies");
	assert_int_equal(taken.levels, 0);
	arena_free(p.arena);
}

/* One that does not answer is told of, and comes last the next time. */
static void
who_fails_is_told_and_comes_later(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();
	struct play p = { .memory = m, .failing = 1 };
	struct play again = { .memory = m, .bad_once = true };
	struct err e;

	(void)state;
	assert_ok(run(&p, &e), &e);
	assert_int_equal(p.order[0], 0);
	assert_int_equal(p.told, 1);
	assert_err(&p.why, ERR_NET_STATUS);
	assert_span_equal(p.last.reply, SPAN_TEXT("second"));
	arena_free(p.arena);
	/* What was kept is bad: dropped, and no fault of the authority's. */
	assert_ok(run(&again, &e), &e);
	assert_int_equal(again.told, 0);
	assert_int_equal(again.questions, 1);
	assert_int_equal(again.order[0], 1);
	assert_int_equal(again.passed[0], 0);
	arena_free(again.arena);
}

/* The same value once more: its stamp is there, with its own question. */
static void
a_stamp_for_the_same_value_is_not_asked_for_again(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();
	struct play p = { .memory = m }, again = { .memory = m };
	struct play other = { .memory = NULL };
	struct err e;

	(void)state;
	assert_ok(run(&p, &e), &e);
	assert_ok(run(&again, &e), &e);
	assert_int_equal(again.questions, 0);
	assert_span_equal(again.last.reply, p.last.reply);
	assert_span_equal(again.last.request, p.last.request);
	assert_ok(run(&other, &e), &e);
	assert_int_equal(other.questions, 1);
	arena_free(p.arena);
	arena_free(again.arena);
	arena_free(other.arena);
}

/* The policy stands in what is sent to those that have it, and only there. */
static void
a_policy_is_asked_for(void **state)
{
	CLEANUP(stamp_memory_done) struct stamp_memory *m =
	    memory_of_stamps();
	struct play p = { .memory = m, .failing = 1, .policy =
	    "\x06\x03\x2a\x03\x04" };
	struct play again = p, other = p, none = { .failing = 0 };
	struct timestamp_request q;
	struct err e;

	(void)state;
	other.policy = "\x06\x03\x2a\x03\x05";
	assert_ok(run(&p, &e), &e);
	assert_ok(timestamp_request_parse(p.last.request, &q, &e), &e);
	assert_span_equal(q.policy, span_text(p.policy));
	/* What was kept is of use only under the same policy. */
	assert_ok(run(&again, &e), &e);
	assert_int_equal(again.questions, 0);
	assert_ok(run(&other, &e), &e);
	assert_int_equal(other.questions, 1);
	assert_ok(timestamp_request_parse(other.last.request, &q, &e), &e);
	assert_span_equal(q.policy, span_text(other.policy));
	none.policy = p.policy;
	assert_ok(run(&none, &e), &e);
	assert_span_equal(none.last.reply, SPAN_TEXT("first"));
	assert_ok(timestamp_request_parse(none.last.request, &q, &e), &e);
	assert_int_equal(q.policy.len, 0);
	arena_free(p.arena);
	arena_free(again.arena);
	arena_free(other.arena);
	arena_free(none.arena);
}

static void
a_stamp_is_wanted_but_nobody_brings_one(void **state)
{
	struct play p = { .alone = true };
	struct err e;

	(void)state;
	assert_false(run(&p, &e));
	assert_err(&e, ERR_TIMESTAMP_NO_AUTHORITY);
	assert_int_equal(p.questions, 0);
	arena_free(p.arena);
}

static void
fails_with(struct play p, enum err_code code)
{
	struct err e;

	assert_false(run(&p, &e));
	assert_err(&e, code);
	arena_free(p.arena);
}

static void
the_workers_error_comes_through(void **state)
{
	(void)state;
	fails_with((struct play){ .fails = true,
	    .failure = ERR_FILE_TRUNCATED }, ERR_FILE_TRUNCATED);
}

/* A worker that a file took over must not stop what others wait for. */
static void
a_worker_raises_no_alarm_and_speaks_for_no_channel(void **state)
{
	static const enum err_code codes[] = { ERR_LEDGER_REWIND,
	    ERR_CHANNEL_TIMEOUT, ERR_CHANNEL_CLOSED, ERR_RECORD_CONFLICT };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		fails_with((struct play){ .fails = true,
		    .failure = codes[i] }, ERR_ARTIFACT_WIRE);
}

static void
a_worker_cannot_go_on_without_end(void **state)
{
	(void)state;
	fails_with((struct play){ .twice = true }, ERR_ARTIFACT_WIRE);
	fails_with((struct play){ .empty = true }, ERR_ARTIFACT_WIRE);
	fails_with((struct play){ .no_stamps = true }, ERR_ARTIFACT_WIRE);
}

/* Its silence is not that of somebody whom all rely on. */
static void
a_worker_that_says_nothing_is_lost(void **state)
{
	(void)state;
	fails_with((struct play){ .mute = true }, ERR_WORKER_LOST);
	fails_with((struct play){ .endless = true }, ERR_ARTIFACT_WIRE);
}

/* Only a job that uses no key stamps what is there. */
static void
a_worker_that_signs_shows_no_signatures_of_others(void **state)
{
	(void)state;
	fails_with((struct play){ .foreign = true }, ERR_ARTIFACT_WIRE);
}

static void
the_courier_does_not_go_back_to_an_authority(void **state)
{
	(void)state;
	fails_with((struct play){ .bad_always = true, .stuck_at = 1 },
	    ERR_PROCESS_PROTOCOL);
	fails_with((struct play){ .bad_always = true, .stuck_at = UINT32_MAX },
	    ERR_PROCESS_PROTOCOL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_and_stamps_reach_the_worker),
		TEST(a_bad_stamp_means_the_next_authority),
		TEST(no_good_authority_left_is_an_error),
		TEST(who_fails_is_told_and_comes_later),
		TEST(a_stamp_for_the_same_value_is_not_asked_for_again),
		TEST(a_policy_is_asked_for),
		TEST(a_stamp_is_wanted_but_nobody_brings_one),
		TEST(the_workers_error_comes_through),
		TEST(a_worker_raises_no_alarm_and_speaks_for_no_channel),
		TEST(a_worker_cannot_go_on_without_end),
		TEST(a_worker_that_signs_shows_no_signatures_of_others),
		TEST(a_worker_that_says_nothing_is_lost),
		TEST(the_courier_does_not_go_back_to_an_authority),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
