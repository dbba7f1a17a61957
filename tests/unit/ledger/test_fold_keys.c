/* fold: which uses of keys can follow, and whose they are. */
#include <stdio.h>
#include <stdlib.h>

#include "ledger_maker.h"
#include "test.h"

#define HEX40	"0123456789abcdef0123456789abcdef01234567"
#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DAY	INT64_C(1767225600000)	/* of all events: 2026-01-01 */
#define OTHER	"6f1c0d2e-0000-4000-8000-000000000002"

/* A fold with one request in it. */
struct play {
	struct fold	*fold;
	char		 id[REQUEST_ID_SIZE];
	struct err	 e;
};

/* An event as some engine says it; false: it cannot follow. */
static bool
told(struct play *p, const char *engine, const char *type,
    struct json *members)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(json_done) struct json *v = NULL;
	uint64_t n = fold_size(p->fold);
	struct event ev;

	assert_ok(event_make(type, n, DAY, engine, members, &b,
	    &p->e), &p->e);
	assert_ok(event_parse(buf_span(&b), n, &v, &ev, &p->e), &p->e);
	return fold_event(p->fold, &ev, &p->e);
}

static bool
said(struct play *p, const char *engine, const char *type,
    struct json *members)
{
	json_put_text(members, "request", p->id);
	event_about_put(type, &(struct event_about){ SPAN_TEXT("app"),
	    SPAN_TEXT("release"), SPAN_TEXT("refs/tags/v1") }, members);
	return told(p, engine, type, members);
}

static void
unfit(struct play *p, const char *engine, const char *type,
    struct json *members, enum err_code code)
{
	uint64_t n = fold_size(p->fold);

	assert_false(said(p, engine, type, members));
	assert_err(&p->e, code);
	assert_int_equal(fold_size(p->fold), n);
}

static struct json *
parsed(struct play *p, const char *text)
{
	struct json *v = NULL;

	assert_ok(json_parse(span_text(text), &v, &p->e), &p->e);
	return v;
}

static struct json *
authorised(struct play *p, int attempt)
{
	struct json *v = parsed(p, "{\"reasons\":[],\"approvals\":[],"
	    "\"approvals_needed\":0,"
	    "\"decided\":\"2026-01-01T00:00:00.000Z\","
	    "\"certificate\":\"c\",\"spki_sha256\":\"" HEX64 "\","
	    "\"signatures_max\":4}");

	json_put_int(v, "attempt", attempt);
	return v;
}

static struct json *
intended(struct play *p, int attempt, int count, int before)
{
	struct json *v = parsed(p, "{\"level\":0," MAKER_HOLDER("c")
	    ",\"root_sha256\":\"" HEX64 "\","
	    "\"list_sha256\":\"" HEX64 "\"}");

	json_put_int(v, "attempt", attempt);
	json_put_int(v, "count", count);
	json_put_int(v, "signer_count", before);
	return v;
}

static struct json *
used(struct play *p, uint64_t intent, int count, int after)
{
	struct json *v = parsed(p, "{" MAKER_HOLDER("c")
	    ",\"uses_sha256\":\"" HEX64 "\"}");

	json_put_int(v, "intended", (int64_t)intent);
	json_put_int(v, "count", count);
	json_put_int(v, "made", count);
	json_put_int(v, "failed", 0);
	json_put_int(v, "signer_count", after);
	return v;
}

/* As used, where some items have no signature. */
static struct json *
partly(struct play *p, uint64_t intent, int made, int failed)
{
	struct json *v = used(p, intent, 3, 3);

	json_put_int(v, "made", made);
	json_put_int(v, "failed", failed);
	return v;
}

static struct json *
body_of(struct play *p)
{
	struct json *body = parsed(p, "{\"artifacts\":[{"
	    "\"configuration\":\"d\",\"name\":\"a\",\"sha256\":\"" HEX64
	    "\",\"size\":1}],\"certificate\":"
	    "{\"slug\":\"c\",\"spki_sha256\":\"" HEX64 "\"},\"commit\":\""
	    HEX40 "\",\"config\":{\"commit\":\"" HEX40 "\","
	    "\"manifest_sha256\":\"" HEX64 "\",\"files\":{}},\"config_repo\":"
	    "\"0b7e\",\"created\":\"2026-01-01T00:00:00.000Z\",\"engine\":"
	    "\"e\",\"expires\":\"2026-01-31T00:00:00.000Z\","
	    "\"manifest_sha256\":\"" HEX64 "\",\"nonce\":\"n\","
	    "\"parameters\":{},\"policy\":\"release\",\"project\":\"app\","
	    "\"ref\":\"refs/tags/v1\",\"repo\":\"https://a.example/a.git\","
	    "\"tag\":{\"id\":\"" HEX40 "\",\"payload_sha256\":\"" HEX64
	    "\"},\"v\":1}");

	assert_ok(request_id(body, p->id, &p->e), &p->e);
	return body;
}

/* Event 0 asks, event 1 authorises four signatures. */
static int
begin(void **state)
{
	struct play *p = xcalloc(1, sizeof(*p));
	struct json *v = json_map();

	p->fold = fold_new();
	json_put(v, "body", body_of(p));
	assert_ok(said(p, MAKER_ENGINE, "request.created", v), &p->e);
	assert_ok(said(p, MAKER_ENGINE, "request.authorised",
	    authorised(p, 1)), &p->e);
	*state = p;
	return 0;
}

static int
end(void **state)
{
	struct play *p = *state;

	fold_free(p->fold);
	free(p);
	return 0;
}

/* ---- tests ---- */

static void
only_the_engine_that_decided_uses_keys(void **state)
{
	struct play *p = *state;

	unfit(p, OTHER, "keys.intended", intended(p, 1, 2, 0),
	    ERR_LEDGER_ENGINE);
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 0)),
	    &p->e);
	unfit(p, OTHER, "keys.used", used(p, 2, 2, 2), ERR_LEDGER_ENGINE);
	assert_ok(said(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, 2)), &p->e);
	/* Whose decision the next attempt is, uses keys in it. */
	assert_ok(said(p, OTHER, "request.authorised", authorised(p, 2)),
	    &p->e);
	unfit(p, MAKER_ENGINE, "keys.intended", intended(p, 2, 2, 2),
	    ERR_LEDGER_ENGINE);
	assert_ok(said(p, OTHER, "keys.intended", intended(p, 2, 2, 2)), &p->e);
}

/* The signer counts what it lets through to a key, and the ledger says it. */
static void
the_signers_count_grows_by_what_was_intended(void **state)
{
	static const int wrong[] = { 0, 7, 8, 10, 11, 2 };
	struct play *p = *state;

	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 7)),
	    &p->e);
	for (size_t i = 0; i < COUNT(wrong); i++)
		unfit(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, wrong[i]),
		    ERR_LEDGER_COUNT);
	assert_ok(said(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, 9)), &p->e);
	/* Where the memory was lost, it says nothing of what was before. */
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 9)),
	    &p->e);
	struct json *v = parsed(p, "{" MAKER_HOLDER("c") ",\"intended\":4,\"count\":2,"
	    "\"signer_count\":0,\"reason\":\"crash\"}");
	assert_ok(said(p, MAKER_ENGINE, "keys.unknown", v), &p->e);
}

/* What failed is known as well: it is no use, and spends what is allowed. */
static void
some_of_a_list_may_fail(void **state)
{
	struct play *p = *state;

	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 3, 0)),
	    &p->e);
	unfit(p, MAKER_ENGINE, "keys.used", partly(p, 2, 2, 0),
	    ERR_LEDGER_STATE);
	unfit(p, MAKER_ENGINE, "keys.used", partly(p, 2, 3, 1),
	    ERR_LEDGER_STATE);
	unfit(p, MAKER_ENGINE, "keys.used", partly(p, 2, 0, 2),
	    ERR_LEDGER_STATE);
	unfit(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, 2),
	    ERR_LEDGER_STATE);
	assert_ok(said(p, MAKER_ENGINE, "keys.used", partly(p, 2, 2, 1)),
	    &p->e);
	const struct fold_request *q = fold_request(p->fold,
	    span_text(p->id));
	assert_int_equal(q->signatures, 2);
	assert_int_equal(q->signatures_failed, 1);
	assert_int_equal(fold_key_uses(p->fold), 2);
	assert_int_equal(fold_open_intents(p->fold), 0);
	/* Three of four are spent. */
	unfit(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 3),
	    ERR_LEDGER_STATE);
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 1, 3)),
	    &p->e);
}

/* What one event says of its request is what the request says. */
static void
no_event_is_about_something_else(void **state)
{
	static const char *const members[] = { "project", "policy", "ref" };
	struct play *p = *state;

	for (size_t i = 0; i < COUNT(members); i++) {
		struct json *v = intended(p, 1, 2, 0);

		json_put_text(v, members[i], "refs/tags/other");
		unfit(p, MAKER_ENGINE, "keys.intended", v, ERR_LEDGER_STATE);
	}
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 0)),
	    &p->e);
}

static bool
raise(struct play *p, const char *severity)
{
	struct json *v = parsed(p, "{\"code\":\"LEDGER-REWIND\",\"text\":\"x\","
	    "\"size\":7,\"root_sha256\":\"" HEX64 "\"}");

	json_put_text(v, "severity", severity);
	return told(p, OTHER, "alarm.raised", v);
}

static bool
acknowledge(struct play *p, int raised)
{
	struct json *v = parsed(p, "{\"by\":[\"person/carol\"],"
	    "\"commit_id\":\"" HEX40 "\",\"reason\":\"seen\"}");

	json_put_int(v, "raised", raised);
	return told(p, OTHER, "alarm.acknowledged", v);
}

/* No decision and no intent goes out, on any engine. */
static void
stopped(struct play *p, uint64_t by)
{
	CLEANUP(fold_done) struct fold *branch = NULL;

	unfit(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 1, 2),
	    ERR_LEDGER_STATE);
	unfit(p, MAKER_ENGINE, "request.authorised", authorised(p, 2),
	    ERR_LEDGER_STATE);
	unfit(p, OTHER, "request.authorised", authorised(p, 2),
	    ERR_LEDGER_STATE);
	assert_int_equal(fold_stop(p->fold)->n, by);
	assert_ok(fold_branch(p->fold, &branch, &p->e), &p->e);
	assert_int_equal(fold_stop(branch)->n, by);
}

/* What was begun is recorded; nothing else begins. */
static void
an_alarm_that_stops_keeps_keys_away(void **state)
{
	struct play *p = *state;

	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 0)),
	    &p->e);						/* 2 */
	assert_false(raise(p, "stopp"));
	assert_true(raise(p, "warning") && raise(p, "alarm"));	/* 3, 4 */
	assert_null(fold_stop(p->fold));
	assert_true(raise(p, "stop") && raise(p, "stop"));	/* 5, 6 */
	assert_ok(said(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, 2)), &p->e);
	stopped(p, 5);
	assert_false(acknowledge(p, 3));
	assert_true(acknowledge(p, 4) && acknowledge(p, 6));
	stopped(p, 5);
	assert_false(acknowledge(p, 6));
	assert_true(acknowledge(p, 5));
	assert_null(fold_stop(p->fold));
	assert_int_equal(fold_open_alarms(p->fold), 0);
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 1, 2)),
	    &p->e);
}

#define ONES	"11111111111111111111111111111111"
#define TWOS	"22222222222222222222222222222222"
#define ONE	"\"" ONES ONES "\""
#define TWO	"\"" TWOS TWOS "\""

/* A fold in which a request waits, and nothing is authorised. */
static int
begin_waiting(void **state)
{
	struct play *p;
	struct json *created;

	assert_int_equal(begin(state), 0);
	p = *state;
	fold_free(p->fold);
	p->fold = fold_new();
	created = json_map();
	json_put(created, "body", body_of(p));
	assert_ok(said(p, MAKER_ENGINE, "request.created", created), &p->e);
	return 0;
}

static void
counted(struct play *p, const char *person, const char *statement,
    const char *expires)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"person\":\"%s\","
	    "\"statement_sha256\":%s,\"carrier\":\"tag\",\"rule\":\"q\","
	    "\"expires\":\"%s\"}", person, statement, expires);
	assert_ok(said(p, MAKER_ENGINE, "approval.counted", parsed(p, text)),
	    &p->e);
}

#define AT(n, statement)						\
	"{\"event\":" n ",\"statement_sha256\":" statement "}"

static struct json *
resting_on(struct play *p, const char *list, int needed)
{
	struct json *v = authorised(p, 1);

	json_put(v, "approvals", parsed(p, list));
	json_put_int(v, "approvals_needed", needed);
	return v;
}

/* The events of these tests are of 2026-01-01. */
static void
a_decision_rests_on_approvals_that_stand(void **state)
{
	static const struct {
		const char	*list;
		int		 needed;
	} bad[] = {
		{ "[]", 1 }, { "[" AT("1", ONE) "]", 2 },
		{ "[" AT("1", ONE) "," AT("1", ONE) "]", 2 },
		{ "[" AT("1", ONE) "," AT("9", "\"" HEX64 "\"") "]", 1 },
		{ "[" AT("2", TWO) "]", 1 },
		{ "[" AT("1", TWO) "]", 1 }, { "[" AT("2", ONE) "]", 1 },
		{ "[" AT("0", ONE) "]", 1 },
	};
	struct play *p = *state;

	counted(p, "person/b", ONE, "2026-01-08T00:00:00.000Z");
	counted(p, "person/c", TWO, "2026-01-01T00:00:00.000Z");
	for (size_t i = 0; i < COUNT(bad); i++)
		unfit(p, MAKER_ENGINE, "request.authorised",
		    resting_on(p, bad[i].list, bad[i].needed),
		    ERR_LEDGER_STATE);
	/* Two people may say the same in the same bytes. */
	counted(p, "person/d", ONE, "2026-01-08T00:00:00.000Z");
	assert_ok(said(p, MAKER_ENGINE, "approval.withdrawn", parsed(p,
	    "{\"person\":\"person/b\",\"statement_sha256\":" ONE "}")),
	    &p->e);
	unfit(p, MAKER_ENGINE, "request.authorised", resting_on(p,
	    "[" AT("3", ONE) "," AT("1", ONE) "]", 2), ERR_LEDGER_STATE);
	counted(p, "person/e", ONE, "2026-01-08T00:00:00.000Z");
	assert_ok(said(p, MAKER_ENGINE, "request.authorised", resting_on(p,
	    "[" AT("3", ONE) "," AT("5", ONE) "]", 2)), &p->e);
}

static struct json *
verified(struct play *p, int signatures)
{
	struct json *v = parsed(p, "{\"name\":\"a\",\"artifact_sha256\":\""
	    HEX64 "\",\"input_sha256\":\"" HEX64 "\",\"size\":1,"
	    "\"tree_sha256\":\"" HEX64 "\"}");

	json_put_int(v, "signatures", signatures);
	return v;
}

/* signed_once uses the key twice, and publishes with as many accounted for. */
static void
signed_once(struct play *p, int accounted)
{
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 0)),
	    &p->e);
	assert_ok(said(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, 2)), &p->e);
	assert_ok(said(p, MAKER_ENGINE, "artifact.verified",
	    verified(p, accounted)), &p->e);
	assert_ok(said(p, MAKER_ENGINE, "artifact.published", parsed(p,
	    "{\"name\":\"a\",\"artifact_sha256\":\"" HEX64 "\","
	    "\"where\":\"/x\"}")), &p->e);
}

static void
what_is_completed_is_all_of_it(void **state)
{
	struct play *p = *state;

	signed_once(p, 2);
	unfit(p, MAKER_ENGINE, "request.completed", parsed(p,
	    "{\"artifacts\":2}"), ERR_LEDGER_STATE);
	assert_ok(said(p, MAKER_ENGINE, "request.completed", parsed(p,
	    "{\"artifacts\":1}")), &p->e);
}

static void
each_signature_made_is_accounted_for(void **state)
{
	struct play *p = *state;

	signed_once(p, 1);
	unfit(p, MAKER_ENGINE, "request.completed", parsed(p,
	    "{\"artifacts\":1}"), ERR_LEDGER_STATE);
}

/* Another file than the one that was published is still to come. */
static void
what_was_not_published_is_not_completed(void **state)
{
	struct play *p = *state;

	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 2, 0)),
	    &p->e);
	assert_ok(said(p, MAKER_ENGINE, "keys.used", used(p, 2, 2, 2)), &p->e);
	assert_ok(said(p, MAKER_ENGINE, "artifact.verified", verified(p, 2)),
	    &p->e);
	struct json *b = verified(p, 0);
	json_put_text(b, "name", "b");
	assert_ok(said(p, MAKER_ENGINE, "artifact.verified", b), &p->e);
	assert_ok(said(p, MAKER_ENGINE, "artifact.published", parsed(p,
	    "{\"name\":\"a\",\"artifact_sha256\":\"" HEX64 "\","
	    "\"where\":\"/x\"}")), &p->e);
	unfit(p, MAKER_ENGINE, "request.completed", parsed(p,
	    "{\"artifacts\":2}"), ERR_LEDGER_STATE);
}

static void
keys_serve_the_certificate_that_was_authorised(void **state)
{
	struct play *p = *state;
	struct json *v = intended(p, 1, 2, 0);

	json_put_text(v, "certificate", "other");
	unfit(p, MAKER_ENGINE, "keys.intended", v, ERR_LEDGER_STATE);
}

static void
counts(struct play *p, const char *slug, int64_t since, uint64_t uses)
{
	assert_int_equal(fold_certificate_uses(p->fold, span_text(slug),
	    since, NULL), uses);
}

/* Those that are authorised count before they are made; what failed counts. */
static void
uses_of_a_certificate_are_counted(void **state)
{
	struct play *p = *state;

	counts(p, "c", DAY, 4);
	counts(p, "other", DAY, 0);
	assert_ok(said(p, MAKER_ENGINE, "keys.intended", intended(p, 1, 3, 0)),
	    &p->e);
	counts(p, "c", DAY, 4);
	counts(p, "c", DAY + 1, 1);
	assert_ok(said(p, MAKER_ENGINE, "keys.used", partly(p, 2, 2, 1)),
	    &p->e);
	counts(p, "c", DAY, 4);
	/* For itself it needs what it made already, and as much anew. */
	assert_int_equal(fold_certificate_uses(p->fold, SPAN_TEXT("c"), DAY,
	    fold_request_at(p->fold, 0)), 3);
	assert_int_equal(fold_certificate_uses(p->fold, SPAN_TEXT("c"),
	    DAY + 1, fold_request_at(p->fold, 0)), 0);
	/* What has ended needs no more. */
	assert_ok(said(p, MAKER_ENGINE, "request.failed", parsed(p,
	    "{\"findings\":[]}")), &p->e);
	counts(p, "c", DAY, 3);
	counts(p, "c", DAY + 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)
		CASE(only_the_engine_that_decided_uses_keys),
		CASE(the_signers_count_grows_by_what_was_intended),
		CASE(some_of_a_list_may_fail),
		CASE(no_event_is_about_something_else),
		CASE(an_alarm_that_stops_keeps_keys_away),
		cmocka_unit_test_setup_teardown(
		    a_decision_rests_on_approvals_that_stand, begin_waiting,
		    end),
		CASE(what_is_completed_is_all_of_it),
		CASE(each_signature_made_is_accounted_for),
		CASE(what_was_not_published_is_not_completed),
		CASE(keys_serve_the_certificate_that_was_authorised),
		CASE(uses_of_a_certificate_are_counted),
	};

	return cmocka_run_group_tests_name("fold_keys", tests, NULL, NULL);
}
