/* memory: what events tell the judge, and what they do not. */
#include <stdlib.h>

#include "judge/memory.h"
#include "test.h"

#define ENGINE	"6f1c0d2e-0000-4000-8000-000000000001"
#define REPO	"/srv/git/app.git"
#define COMMIT	"1111111111111111111111111111111111111111"
#define TAG	"2222222222222222222222222222222222222222"
#define ENDORSE	"3333333333333333333333333333333333333333"
#define SHA	"4444444444444444444444444444444444444444444444444444444444444444"
#define SEEN	INT64_C(1800000000000)	/* 2027-01-15T08:00:00.000Z */

struct world {
	struct memory	memory;
	uint64_t	n;
};

static int
world_open(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	memory_init(&w->memory);
	*state = w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	memory_done(&w->memory);
	free(w);
	return 0;
}

/* The next event, an hour after the one before. */
static void
tell(struct world *w, const char *type, const char *members)
{
	CLEANUP(json_done) struct json *json = NULL, *in = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;
	struct err e;

	assert_ok(json_parse(span_text(members), &in, &e), &e);
	assert_ok(event_make(type, w->n, SEEN + (int64_t)w->n * 3600000,
	    ENGINE, TAKE(in), &bytes, &e), &e);
	assert_ok(event_parse(buf_span(&bytes), w->n, &json, &ev, &e), &e);
	assert_ok(memory_event(&w->memory, &ev, &e), &e);
	w->n++;
}

static int64_t
seen(struct world *w, const char *hex)
{
	struct object_id id;

	assert_true(object_id_parse(span_text(hex), &id));
	return memory_seen(&w->memory, &id);
}

static void
a_commit_was_first_seen_when_its_event_says(void **state)
{
	struct world *w = *state;

	assert_int_equal(seen(w, COMMIT), 0);
	tell(w, "config.refused", "{\"commit_id\":\"" COMMIT "\","
	    "\"first_seen\":\"2026-12-31T00:00:00.000Z\",\"findings\":[]}");
	assert_true(seen(w, COMMIT) == INT64_C(1798675200000));
	assert_true(memory_said(&w->memory,
	    SPAN_TEXT("config.refused " COMMIT)));
	assert_false(memory_said(&w->memory,
	    SPAN_TEXT("config.accepted " COMMIT)));
}

static void
a_ref_was_first_seen_at_its_event_whatever_comes_later(void **state)
{
	struct world *w = *state;

	tell(w, "ref.seen", "{\"project\":\"app\",\"repo\":\"" REPO "\",\"ref\":\"refs/tags/v1\","
	    "\"object_id\":\"" TAG "\"}");
	tell(w, "ref.moved", "{\"project\":\"app\",\"repo\":\"" REPO "\",\"ref\":\"refs/tags/v1\","
	    "\"old_id\":\"" TAG "\",\"object_id\":\"" COMMIT "\"}");
	tell(w, "ref.moved", "{\"project\":\"app\",\"repo\":\"" REPO "\",\"ref\":\"refs/tags/v1\","
	    "\"old_id\":\"" COMMIT "\",\"object_id\":\"" TAG "\"}");
	assert_true(seen(w, TAG) == SEEN);
	assert_true(seen(w, COMMIT) == SEEN + 3600000);
}

static void
endorsements_that_a_commit_rests_on_are_kept(void **state)
{
	struct world *w = *state;

	tell(w, "config.accepted", "{\"commit_id\":\"" COMMIT "\","
	    "\"payload_sha256\":\"" SHA "\",\"manifest_sha256\":\"" SHA "\","
	    "\"signer\":\"person/cem\","
	    "\"first_seen\":\"2026-12-31T00:00:00.000Z\",\"evidence\":["
	    "{\"what\":\"commit\",\"object_id\":\"" COMMIT "\","
	    "\"raw_sha256\":\"" SHA "\"},"
	    "{\"what\":\"endorsement\",\"object_id\":\"" ENDORSE "\","
	    "\"raw_sha256\":\"" SHA "\"}]}");
	assert_true(seen(w, COMMIT) == INT64_C(1798675200000));
	assert_int_equal(w->memory.endorsement_count, 1);
	assert_string_equal(object_id_hex(&w->memory.endorsements[0]).text,
	    ENDORSE);
	assert_true(seen(w, ENDORSE) == SEEN);
	assert_span_equal(fold_config_commit(w->memory.fold),
	    SPAN_TEXT(COMMIT));
}

#define ACCEPTED(commit) "{\"commit_id\":\"" commit "\","		\
	"\"payload_sha256\":\"" SHA "\",\"manifest_sha256\":\"" SHA "\","	\
	"\"signer\":\"person/cem\","					\
	"\"first_seen\":\"2026-12-31T00:00:00.000Z\"}"
#define CONFIRMED(number, said, seen) "{\"heartbeat\":" number ","	\
	"\"commit_id\":\"" COMMIT "\",\"signer\":\"person/cem\","	\
	"\"said\":\"" said "\",\"first_seen\":\"" seen "\"}"

static void
a_state_is_as_new_as_its_acceptance_or_heartbeat(void **state)
{
	struct world *w = *state;

	struct object_id commit, other;

	assert_true(object_id_parse(SPAN_TEXT(COMMIT), &commit));
	assert_true(object_id_parse(SPAN_TEXT(TAG), &other));
	assert_false(memory_accepted(&w->memory, &commit));
	tell(w, "config.accepted", ACCEPTED(COMMIT));
	assert_true(memory_accepted(&w->memory, &commit));
	assert_false(memory_accepted(&w->memory, &other));
	assert_true(w->memory.renewed == SEEN);
	/* What was said long ago renews nothing, however late it comes. */
	tell(w, "config.confirmed", CONFIRMED("7", "2027-01-14T00:00:00.000Z",
	    "2027-02-01T00:00:00.000Z"));
	assert_true(w->memory.renewed == SEEN);
	assert_int_equal(w->memory.heartbeat, 7);
	tell(w, "config.confirmed", CONFIRMED("8", "2027-01-16T08:00:00.000Z",
	    "2027-02-01T00:00:00.000Z"));
	assert_true(w->memory.renewed == SEEN + 86400000);
	/* A clock that is ahead does not make it newer than it was seen. */
	tell(w, "config.confirmed", CONFIRMED("9", "2099-01-01T00:00:00.000Z",
	    "2027-01-17T08:00:00.000Z"));
	assert_true(w->memory.renewed == SEEN + 2 * 86400000);
	assert_int_equal(w->memory.heartbeat, 9);
}

static void
a_commit_that_was_recovered_to_was_in_force(void **state)
{
	struct world *w = *state;
	struct object_id other;

	assert_true(object_id_parse(SPAN_TEXT(TAG), &other));
	tell(w, "config.accepted", ACCEPTED(COMMIT));
	assert_false(memory_accepted(&w->memory, &other));
	tell(w, "config.recovered", "{\"epoch\":1,\"leaves\":\"" COMMIT
	    "\",\"commit_id\":\"" TAG "\",\"payload_sha256\":\"" SHA
	    "\",\"manifest_sha256\":\"" SHA "\",\"statement_sha256\":\"" SHA
	    "\",\"first_seen\":\"2026-12-31T00:00:00.000Z\",\"keys\":[\"SHA256:x\"],\"reason\":\"lost\"}");
	assert_true(memory_accepted(&w->memory, &other));
	assert_true(w->memory.renewed == SEEN + 3600000);
	assert_span_equal(fold_config_commit(w->memory.fold), SPAN_TEXT(TAG));
}

static void
a_warning_is_no_alarm_that_stays_open(void **state)
{
	struct world *w = *state;

	tell(w, "alarm.raised", "{\"code\":\"CHAIN-STALE\","
	    "\"severity\":\"warning\",\"text\":\"old\"}");
	assert_true(memory_said(&w->memory,
	    SPAN_TEXT("alarm.raised CHAIN-STALE old")));
	assert_int_equal(fold_open_alarms(w->memory.fold), 0);
	tell(w, "alarm.raised", "{\"code\":\"CHAIN-STALE\","
	    "\"severity\":\"alarm\",\"text\":\"older\"}");
	assert_int_equal(fold_open_alarms(w->memory.fold), 1);
}

static void
an_alarm_is_known_by_code_and_text(void **state)
{
	struct world *w = *state;

	tell(w, "alarm.raised", "{\"code\":\"REF-MOVED\","
	    "\"severity\":\"alarm\",\"text\":\"v1 is gone\"}");
	assert_true(memory_said(&w->memory,
	    SPAN_TEXT("alarm.raised REF-MOVED v1 is gone")));
	assert_false(memory_said(&w->memory,
	    SPAN_TEXT("alarm.raised REF-MOVED v2 is gone")));
}

/* What the fold refuses is not remembered either. */
static void
an_event_out_of_order_is_refused(void **state)
{
	struct world *w = *state;
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;
	struct err e;

	struct json *v = json_map();
	json_put_text(v, "reason", "x");
	assert_ok(event_make("engine.stopped", 5, SEEN, ENGINE, v, &bytes,
	    &e), &e);
	assert_ok(event_parse(buf_span(&bytes), 5, &json, &ev, &e), &e);
	assert_false(memory_event(&w->memory, &ev, &e));
	assert_err(&e, ERR_LEDGER_STATE);
}

#define WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

/* The last word on a certificate is the one that counts. */
static void
certificates_are_as_last_told(void **state)
{
	struct world *w = *state;
	const struct memory_certificate *c;

	assert_null(table_find(&w->memory.certificates, SPAN_TEXT("a")));
	tell(w, "certificate.added", "{\"certificate\":\"a\",\"kind\":"
	    "\"x509\",\"purpose\":\"test\",\"state\":\"standby\","
	    "\"certificate_sha256\":\"" SHA "\",\"commit_id\":\"" COMMIT
	    "\"}");
	c = table_find(&w->memory.certificates, SPAN_TEXT("a"));
	assert_non_null(c);
	assert_true(span_is(c->state, "standby") && span_is(c->sha256, SHA));
	tell(w, "certificate.changed", "{\"certificate\":\"a\",\"state\":"
	    "\"active\",\"commit_id\":\"" COMMIT "\"}");
	assert_true(span_is(c->state, "active") && span_is(c->sha256, SHA));
	tell(w, "certificate.revoked", "{\"certificate\":\"a\","
	    "\"certificate_sha256\":\"" SHA "\",\"since\":"
	    "\"2026-12-31T00:00:00.000Z\",\"reason\":\"lost\","
	    "\"commit_id\":\"" COMMIT "\"}");
	assert_true(span_is(c->state, "revoked") && span_is(c->sha256, SHA));
	assert_null(table_find(&w->memory.certificates, SPAN_TEXT("b")));
	assert_ptr_equal(w->memory.newest, c);
	assert_null(c->older);
	tell(w, "certificate.removed", "{\"certificate\":\"a\","
	    "\"certificate_sha256\":\"" SHA "\",\"state\":\"revoked\","
	    "\"commit_id\":\"" COMMIT "\"}");
	assert_true(c->sha256.len == 0 && c->state.len == 0);
	tell(w, "certificate.added", "{\"certificate\":\"a\",\"kind\":"
	    "\"x509\",\"purpose\":\"test\",\"state\":\"active\","
	    "\"certificate_sha256\":\"" SHA "\",\"commit_id\":\"" COMMIT
	    "\"}");
	assert_true(span_is(c->state, "active") && span_is(c->sha256, SHA));
	assert_null(w->memory.newest->older);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(a_commit_was_first_seen_when_its_event_says),
		WORLD(a_ref_was_first_seen_at_its_event_whatever_comes_later),
		WORLD(endorsements_that_a_commit_rests_on_are_kept),
		WORLD(a_state_is_as_new_as_its_acceptance_or_heartbeat),
		WORLD(a_commit_that_was_recovered_to_was_in_force),
		WORLD(a_warning_is_no_alarm_that_stays_open),
		WORLD(an_alarm_is_known_by_code_and_text),
		WORLD(an_event_out_of_order_is_refused),
		WORLD(certificates_are_as_last_told),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
