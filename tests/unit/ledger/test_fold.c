/* fold: each event only where it can follow, and what is so afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_maker.h"
#include "test.h"

#define HEX40	"0123456789abcdef0123456789abcdef01234567"
#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REPO	"https://a.example/app.git"
#define EVENTS	64

/* A fold alone, without a ledger around it, and what it has taken. */
struct play {
	struct fold	*fold;
	struct buf	 taken[EVENTS];
	char		 id[REQUEST_ID_SIZE];
	const char	*ref;
	struct err	 e;
};

static int
begin(void **state)
{
	struct play *p = xcalloc(1, sizeof(*p));

	p->fold = fold_new();
	snprintf(p->id, sizeof(p->id), "sr-%s", HEX64);
	p->ref = "refs/tags/v1";
	*state = p;
	return 0;
}

static bool
take_bytes(struct fold *f, struct span bytes, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	uint64_t size = fold_size(f);
	struct event ev;

	assert_ok(event_parse(bytes, size, &v, &ev, e), e);
	bool taken = fold_event(f, &ev, e);
	assert_int_equal(fold_size(f), size + (taken ? 1 : 0));
	return taken;
}

/* What a branch of the fold says to an event. */
static bool
would_take(const struct play *p, struct span bytes)
{
	CLEANUP(fold_done) struct fold *branch = NULL;
	struct err e;

	assert_ok(fold_branch(p->fold, &branch, &e), &e);
	return take_bytes(branch, bytes, &e);
}

static void
same_request(const struct fold_request *a, const struct fold_request *b)
{
	assert_non_null(b);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->approval_count, b->approval_count);
	for (size_t i = 0; i < a->approval_count; i++)
		assert_int_equal(a->approvals[i].withdrawn,
		    b->approvals[i].withdrawn);
	assert_int_equal(a->intent_count, b->intent_count);
	for (size_t i = 0; i < a->intent_count; i++)
		assert_int_equal(a->intents[i].state, b->intents[i].state);
	assert_int_equal(a->artifact_count, b->artifact_count);
	for (size_t i = 0; i < a->artifact_count; i++)
		assert_int_equal(a->artifacts[i].published,
		    b->artifacts[i].published);
}

/* Branched off after some events, a fold says the same in the end. */
static void
branches_at(const struct play *p, uint64_t after)
{
	CLEANUP(fold_done) struct fold *trunk = fold_new(), *branch = NULL;
	uint64_t size = fold_size(p->fold);
	struct err e;

	for (uint64_t i = 0; i < after; i++)
		assert_true(take_bytes(trunk, buf_span(&p->taken[i]), &e));
	assert_ok(fold_branch(trunk, &branch, &e), &e);
	for (uint64_t i = after; i < size; i++)
		assert_true(take_bytes(branch, buf_span(&p->taken[i]), &e));
	assert_int_equal(fold_size(trunk), after);
	assert_int_equal(fold_open_alarms(branch), fold_open_alarms(p->fold));
	assert_int_equal(fold_key_uses(branch), fold_key_uses(p->fold));
	assert_int_equal(fold_open_intents(branch),
	    fold_open_intents(p->fold));
	const struct fold_request *q = fold_request(branch, span_text(p->id));
	if (q != NULL)
		same_request(q, fold_request(p->fold, span_text(p->id)));
}

/* Whatever a test has played, branches agree on it. */
static int
end(void **state)
{
	struct play *p = *state;

	for (uint64_t i = 0; i <= fold_size(p->fold); i++)
		branches_at(p, i);
	for (uint64_t i = 0; i < fold_size(p->fold); i++)
		buf_done(&p->taken[i]);
	fold_free(p->fold);
	free(p);
	return 0;
}

static bool
play_json(struct play *p, const char *type, struct json *members)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	uint64_t n = fold_size(p->fold);

	assert_true(n < EVENTS);
	if (json_member(members, "request") != NULL)
		event_about_put(type, &(struct event_about){ SPAN_TEXT("app"),
		    SPAN_TEXT("release"), span_text(p->ref) }, members);
	assert_ok(event_make(type, n, 1767225600000, MAKER_ENGINE, members,
	    &b, &p->e), &p->e);
	bool foreseen = would_take(p, buf_span(&b));
	bool taken = take_bytes(p->fold, buf_span(&b), &p->e);
	assert_int_equal(foreseen, taken);
	if (taken)
		buf_put(&p->taken[n], buf_span(&b));
	else
		assert_err(&p->e, ERR_LEDGER_STATE);
	return taken;
}

/* Members as JSON text, with @ for the request's id. */
static bool
play(struct play *p, const char *type, const char *members)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct json *v = NULL;

	for (; *members != '\0'; members++)
		if (*members == '@')
			buf_printf(&b, "\"request\":\"%s\"", p->id);
		else
			buf_u8(&b, (uint8_t)*members);
	assert_ok(json_parse(buf_span(&b), &v, &p->e), &p->e);
	return play_json(p, type, v);
}

/* A request's body; its id is p->id from now on. */
static struct json *
body_of(struct play *p, const char *nonce, const char *ref)
{
	static const char body[] = "{\"artifacts\":[{"
	    "\"configuration\":\"d\",\"name\":\"a\",\"sha256\":\"" HEX64
	    "\",\"size\":1}],\"certificate\":"
	    "{\"slug\":\"c\",\"spki_sha256\":\"" HEX64 "\"},\"commit\":\""
	    HEX40 "\",\"config\":{\"commit\":\"" HEX40 "\","
	    "\"manifest_sha256\":\"" HEX64 "\",\"files\":{}},\"config_repo\":"
	    "\"0b7e\",\"created\":\"2026-01-01T00:00:00.000Z\",\"engine\":"
	    "\"e\",\"expires\":\"2026-01-31T00:00:00.000Z\","
	    "\"manifest_sha256\":\"" HEX64 "\","
	    "\"parameters\":{},\"policy\":\"release\",\"project\":\"app\","
	    "\"repo\":\"" REPO "\",\"tag\":{\"id\":\""
	    HEX40 "\",\"payload_sha256\":\"" HEX64 "\"},\"v\":1}";
	struct json *b = NULL;

	assert_ok(json_parse(span_text(body), &b, &p->e), &p->e);
	json_put_text(b, "nonce", nonce);
	json_put_text(b, "ref", ref);
	p->ref = ref;
	assert_ok(request_id(b, p->id, &p->e), &p->e);
	return b;
}

static bool
create_as(struct play *p, const char *nonce, const char *ref)
{
	struct json *v = json_map(), *b = body_of(p, nonce, ref);

	json_put_text(v, "request", p->id);
	json_put(v, "body", b);
	return play_json(p, "request.created", v);
}

static bool
create(struct play *p)
{
	return create_as(p, "n", "refs/tags/v1");
}

#define AUTHORISE(attempt)						\
	"{@,\"attempt\":" attempt ",\"reasons\":[],\"approvals\":[],"	\
	"\"approvals_needed\":0,\"decided\":\"2026-01-01T00:00:00.000Z\","	\
	"\"certificate\":\"c\",\"spki_sha256\":\"" HEX64 "\","		\
	"\"signatures_max\":4}"
#define OF(count)	MAKER_HOLDER("c") ",\"count\":" count
#define INTEND(attempt, count)						\
	"{@,\"attempt\":" attempt ",\"level\":0," OF(count) ","		\
	"\"root_sha256\":\"" HEX64 "\",\"list_sha256\":\"" HEX64 "\","	\
	"\"signer_count\":0}"
#define USED(intent, count)						\
	"{@,\"intended\":" intent "," OF(count) ",\"made\":" count ","	\
	"\"failed\":0,\"uses_sha256\":\"" HEX64 "\","			\
	"\"signer_count\":" count "}"
#define UNKNOWN(intent, count)						\
	"{@,\"intended\":" intent "," OF(count) ",\"reason\":\"crash\","	\
	"\"signer_count\":0}"
#define VERIFIED							\
	"{@,\"name\":\"a\",\"artifact_sha256\":\"" HEX64 "\","		\
	"\"input_sha256\":\"" HEX64 "\",\"size\":1,\"signatures\":4,"	\
	"\"tree_sha256\":\"" HEX64 "\"}"
#define PUBLISHED(name)							\
	"{@,\"name\":\"" name "\",\"artifact_sha256\":\"" HEX64 "\","	\
	"\"where\":\"/x\"}"

static enum request_state
state_of(struct play *p)
{
	return fold_request(p->fold, span_text(p->id))->state;
}

static void
an_ended_request_stays_ended(void **state)
{
	static const struct {
		const char		*type, *members;
		enum request_state	 then;
	} ends[] = {
		{ "request.denied", "{@,\"person\":\"p\",\"statement_sha256\""
		    ":\"" HEX64 "\",\"reason\":\"no\"}", REQUEST_DENIED },
		{ "request.expired", "{@,\"reason\":\"30d\"}",
		    REQUEST_EXPIRED },
		{ "request.cancelled", "{@,\"reason\":\"x\"}",
		    REQUEST_CANCELLED },
		{ "request.failed", "{@,\"findings\":[]}", REQUEST_FAILED },
	};

	for (size_t i = 0; i < COUNT(ends); i++) {
		assert_int_equal(begin(state), 0);
		struct play *p = *state;
		assert_true(create(p));
		assert_true(play(p, ends[i].type, ends[i].members));
		assert_int_equal(state_of(p), ends[i].then);
		assert_true(request_state_final(ends[i].then));
		assert_false(play(p, "request.authorised", AUTHORISE("1")));
		assert_false(play(p, "request.waiting",
		    "{@,\"missing\":[]}"));
		for (size_t k = 0; k < COUNT(ends); k++)
			assert_false(play(p, ends[k].type, ends[k].members));
		assert_false(create(p));
		end(state);
	}
}

static void
keys_are_used_only_as_intended(void **state)
{
	struct play *p = *state;

	assert_false(play(p, "keys.intended", INTEND("1", "2")) ||
	    play(p, "request.waiting", "{@,\"missing\":[]}"));
	assert_true(create(p));				/* 0 */
	assert_false(play(p, "keys.intended", INTEND("1", "2")));
	assert_false(play(p, "request.authorised", AUTHORISE("2")));
	assert_true(play(p, "request.authorised", AUTHORISE("1")));	/* 1 */
	assert_false(play(p, "keys.used", USED("1", "2")));
	assert_false(play(p, "keys.intended", INTEND("2", "2")));
	assert_false(play(p, "keys.intended", INTEND("1", "5")));
	assert_true(play(p, "keys.intended", INTEND("1", "3")));	/* 2 */
	assert_false(play(p, "keys.intended", INTEND("1", "1")));
	assert_int_equal(fold_open_intents(p->fold), 1);
	assert_false(play(p, "keys.used", USED("1", "3")));
	assert_false(play(p, "artifact.verified", VERIFIED));
	assert_false(play(p, "request.failed", "{@,\"findings\":[]}"));
	assert_true(play(p, "keys.used", USED("2", "3")));		/* 3 */
	assert_false(play(p, "keys.used", USED("2", "3")));
	assert_false(play(p, "keys.intended", INTEND("1", "2")));
	assert_true(play(p, "keys.intended", INTEND("1", "1")));	/* 4 */
	assert_false(play(p, "request.authorised", AUTHORISE("2")));
	assert_true(play(p, "keys.used", USED("4", "1")));
	assert_int_equal(fold_open_intents(p->fold), 0);
	assert_int_equal(fold_key_uses(p->fold), 4);
	assert_true(play(p, "artifact.verified", VERIFIED));
	assert_false(play(p, "artifact.published", PUBLISHED("b")));
	assert_false(play(p, "request.completed", "{@,\"artifacts\":1}"));
	assert_true(play(p, "artifact.published", PUBLISHED("a")));
	assert_true(play(p, "request.completed", "{@,\"artifacts\":1}"));
	assert_int_equal(state_of(p), REQUEST_COMPLETED);
}

static void
a_count_that_differs_is_no_use(void **state)
{
	struct play *p = *state;

	assert_true(create(p));
	assert_true(play(p, "request.authorised", AUTHORISE("1")));
	assert_true(play(p, "keys.intended", INTEND("1", "2")));
	assert_false(play(p, "keys.used", USED("2", "1")));
}

static void
a_crash_is_told_and_tried_again(void **state)
{
	struct play *p = *state;

	assert_true(create(p));
	assert_true(play(p, "request.authorised", AUTHORISE("1")));
	assert_true(play(p, "keys.intended", INTEND("1", "1")));	/* 2 */
	assert_true(play(p, "keys.unknown", UNKNOWN("2", "1")));
	assert_true(play(p, "request.authorised", AUTHORISE("2")));
	assert_true(play(p, "keys.intended", INTEND("2", "1")));	/* 5 */
	assert_false(play(p, "request.authorised", AUTHORISE("3")));
	assert_true(play(p, "keys.used", USED("5", "1")));
	assert_true(play(p, "request.authorised", AUTHORISE("3")));
	/* Known and unknown ones count: four are allowed, two are spent. */
	assert_false(play(p, "keys.intended", INTEND("3", "3")));
	assert_true(play(p, "keys.intended", INTEND("3", "2")));	/* 8 */
	assert_true(play(p, "keys.unknown", UNKNOWN("8", "2")));
	assert_false(play(p, "request.authorised", AUTHORISE("4")));
	assert_int_equal(fold_request(p->fold, span_text(p->id))
	    ->signatures_unknown, 3);
	assert_true(play(p, "request.failed", "{@,\"findings\":[]}"));
}

static void
a_statement_counts_once(void **state)
{
	struct play *p = *state;
	char one[1024];

	snprintf(one, sizeof(one), "{@,\"person\":\"person/b\","
	    "\"statement_sha256\":\"" HEX64 "\",\"carrier\":\"tag\","
	    "\"rule\":\"q\",\"expires\":\"2026-01-08T00:00:00.000Z\"}");
	assert_true(create(p));
	assert_false(play(p, "approval.withdrawn", "{@,\"person\":"
	    "\"person/b\",\"statement_sha256\":\"" HEX64 "\"}"));
	assert_true(play(p, "approval.counted", one));
	assert_false(play(p, "approval.counted", one));
	assert_true(play(p, "approval.counted", "{@,\"person\":"
	    "\"person/c\",\"statement_sha256\":\"" HEX64 "\","
	    "\"carrier\":\"detached\",\"rule\":\"quorum\","
	    "\"expires\":\"2026-01-08T00:00:00.000Z\"}"));
	const struct fold_request *q = fold_request(p->fold,
	    span_text(p->id));
	assert_int_equal(q->approval_count, 2);
	assert_int_equal(q->approvals[0].expires, 1767830400000);
	assert_true(play(p, "approval.withdrawn", "{@,\"person\":"
	    "\"person/b\",\"statement_sha256\":\"" HEX64 "\"}"));
	assert_true(q->approvals[0].withdrawn);
	assert_false(q->approvals[1].withdrawn);
}

#define RESOLVED(name)							\
	"{@,\"name\":\"" name "\",\"artifact_sha256\":\"" HEX64 "\","	\
	"\"files\":3,\"signatures\":2,\"tree_sha256\":\"" HEX64 "\"}"
#define WAITING	"{@,\"missing\":[]}"

static void
what_a_request_lacks_is_found_again(void **state)
{
	struct play *p = *state;

	assert_true(create(p));						/* 0 */
	const struct fold_request *q = fold_request(p->fold,
	    span_text(p->id));
	assert_int_equal(q->waiting, 0);
	assert_int_equal(q->resolved, 0);
	assert_true(play(p, "artifact.resolved", RESOLVED("a")));	/* 1 */
	assert_true(play(p, "request.waiting", WAITING));		/* 2 */
	assert_true(play(p, "artifact.resolved", RESOLVED("b")));	/* 3 */
	assert_true(play(p, "request.waiting", WAITING));		/* 4 */
	assert_int_equal(q->waiting, 4);
	assert_int_equal(q->resolved, 2);
	assert_true(play(p, "request.authorised", AUTHORISE("1")));
	assert_true(play(p, "artifact.resolved", RESOLVED("a")));
	assert_int_equal(q->waiting, 4);
	assert_int_equal(q->resolved, 3);
}

#define APP	"\"project\":\"app\","
#define SEEN	"{" APP "\"repo\":\"" REPO "\",\"ref\":\"refs/tags/v1\","	\
	"\"object_id\":\"" HEX40 "\"}"
#define REFUSED	"{" REFUSED_MEMBERS
#define REFUSED_REQUEST	"{@," REFUSED_MEMBERS
#define REFUSED_MEMBERS	APP						\
	"\"repo\":\"" REPO "\",\"ref\":\"refs/tags/v1\","		\
	"\"object_id\":\"" HEX40 "\","					\
	"\"findings\":[{\"code\":\"X\",\"text\":\"y\"}]}"

static void
refs_are_remembered_as_first_seen(void **state)
{
	struct play *p = *state;

	assert_false(play(p, "ref.moved", "{" APP "\"repo\":\"" REPO "\",\"ref\":"
	    "\"refs/tags/v1\",\"old_id\":\"" HEX40 "\",\"object_id\":\""
	    HEX40 "\"}"));
	assert_true(play(p, "ref.seen", SEEN));
	assert_false(play(p, "ref.seen", SEEN));
	/* Another address of the project has the same refs. */
	assert_false(play(p, "ref.seen", "{" APP "\"repo\":\"https://b/\","
	    "\"ref\":\"refs/tags/v1\",\"object_id\":\"" HEX40 "\"}"));
	const struct fold_ref *r = fold_ref(p->fold, SPAN_TEXT("app"),
	    span_text("refs/tags/v1"));
	assert_int_equal(r->refused_by, 0);
	assert_true(play(p, "request.refused", REFUSED));		/* 1 */
	assert_int_equal(r->refused_by, 1);
	assert_true(play(p, "request.refused", REFUSED));		/* 2 */
	assert_int_equal(r->refused_by, 2);
	assert_true(play(p, "ref.moved", "{" APP "\"repo\":\"" REPO "\",\"ref\":"
	    "\"refs/tags/v1\",\"old_id\":\"" HEX40 "\",\"object_id\":\""
	    "ffffffffffffffffffffffffffffffffffffffff\"}"));
	assert_true(play(p, "ref.deleted", "{" APP "\"repo\":\"" REPO "\",\"ref\":"
	    "\"refs/tags/v1\",\"old_id\":\"" HEX40 "\"}"));
	assert_true(r->refused && r->moved && r->deleted);
	assert_true(span_is(r->first_id, HEX40));
	assert_ptr_equal(fold_ref_at(p->fold, 0), r);
	assert_null(fold_ref_at(p->fold, 1));
	assert_null(fold_ref(p->fold, SPAN_TEXT("app"), span_text("other")));
}

static void
a_request_is_refused_while_it_is_open(void **state)
{
	struct play *p = *state;

	assert_true(play(p, "ref.seen", SEEN));
	assert_true(create(p));
	const struct fold_request *q = fold_request(p->fold,
	    span_text(p->id));
	assert_true(play(p, "request.waiting", WAITING));
	assert_true(play(p, "request.refused", REFUSED_REQUEST));	/* 3 */
	assert_int_equal(q->state, REQUEST_REFUSED);
	assert_int_equal(q->last, 3);
	assert_false(play(p, "request.refused", REFUSED_REQUEST));
	/* The ref may be judged again: that is no word on the request. */
	assert_true(play(p, "request.refused", REFUSED));
	assert_int_equal(q->last, 3);
}

#define PAYLOAD	"\"payload_sha256\":\"" HEX64 "\","

/* What a person signed once; by another ref and nonce it is the same. */
static void
what_was_signed_is_asked_for_once(void **state)
{
	struct play *p = *state;
	struct span app = SPAN_TEXT("app"), payload = SPAN_TEXT(HEX64);

	assert_null(fold_asked(p->fold, app, payload));
	assert_true(create(p));
	assert_ptr_equal(fold_asked(p->fold, app, payload),
	    fold_request(p->fold, span_text(p->id)));
	assert_null(fold_asked(p->fold, SPAN_TEXT("other"), payload));
	assert_false(create_as(p, "m", "refs/heads/release"));
	json_release(body_of(p, "n", "refs/tags/v1"));
	assert_true(play(p, "request.cancelled", "{@,\"reason\":\"x\"}"));
	assert_true(create_as(p, "m", "refs/heads/release"));
	assert_ptr_equal(fold_asked(p->fold, app, payload),
	    fold_request(p->fold, span_text(p->id)));
	assert_false(create_as(p, "o", "refs/tags/v1"));
	json_release(body_of(p, "m", "refs/heads/release"));
	assert_true(play(p, "request.failed", "{@,\"findings\":[]}"));
	assert_false(create_as(p, "o", "refs/tags/v1"));
}

static void
what_was_refused_is_known_by_its_payload(void **state)
{
	struct play *p = *state;
	struct span app = SPAN_TEXT("app"), v1 = SPAN_TEXT("refs/tags/v1");
	struct span payload = SPAN_TEXT(HEX64);

	assert_true(play(p, "ref.seen", SEEN));
	assert_true(play(p, "request.refused", REFUSED));
	assert_false(fold_refused(p->fold, app, v1, payload));
	assert_true(play(p, "request.refused", "{" PAYLOAD REFUSED_MEMBERS));
	assert_true(play(p, "request.refused", "{" PAYLOAD REFUSED_MEMBERS));
	assert_true(fold_refused(p->fold, app, v1, payload));
	assert_false(fold_refused(p->fold, app, SPAN_TEXT("refs/tags/v2"),
	    payload));
	assert_false(fold_refused(p->fold, SPAN_TEXT("other"), v1, payload));
}

#define BY	"\"person/carol\""
#define ACKNOWLEDGED(n, by)						\
	"{\"raised\":" n ",\"by\":[" by "],\"commit_id\":\"" HEX40	\
	"\",\"reason\":\"seen\"}"

static void
alarms_stay_until_acknowledged(void **state)
{
	struct play *p = *state;

	assert_true(play(p, "alarm.raised", "{\"code\":\"LEDGER-REWIND\","
	    "\"severity\":\"alarm\",\"text\":\"x\"}"));
	assert_int_equal(fold_open_alarms(p->fold), 1);
	assert_false(play(p, "alarm.acknowledged", ACKNOWLEDGED("7", BY)));
	assert_false(play(p, "alarm.acknowledged", ACKNOWLEDGED("0", "")));
	assert_true(play(p, "alarm.acknowledged", ACKNOWLEDGED("0", BY)));
	assert_int_equal(fold_open_alarms(p->fold), 0);
	assert_true(fold_alarm_at(p->fold, 0)->acknowledged);
	assert_false(play(p, "alarm.acknowledged", ACKNOWLEDGED("0", BY)));
	assert_ptr_equal(fold_alarm(p->fold, 0), fold_alarm_at(p->fold, 0));
	assert_null(fold_alarm(p->fold, 1));
}

static void
requests_are_found_by_prefix(void **state)
{
	struct play *p = *state;
	struct span id;
	bool several;

	assert_true(create(p));
	id = span_text(p->id);
	assert_non_null(fold_request_prefix(p->fold, id, &several));
	id.len = 15;
	assert_non_null(fold_request_prefix(p->fold, id, &several));
	id.len = 6;
	assert_null(fold_request_prefix(p->fold, id, &several));
	assert_null(fold_request_prefix(p->fold, span_text("sr-zzzz"),
	    &several));
	assert_false(several);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, begin, end)

#define NEXT40	"1123456789abcdef0123456789abcdef01234567"
#define RECOVERED(epoch, leaves, to)					\
	"{\"epoch\":" epoch ",\"leaves\":\"" leaves "\",\"commit_id\":\""	\
	to "\",\"payload_sha256\":\"" HEX64 "\",\"manifest_sha256\":\""	\
	HEX64 "\",\"first_seen\":\"2026-01-01T00:00:00.000Z\","		\
	"\"statement_sha256\":\"" HEX64 "\",\"keys\":[],"			\
	"\"reason\":\"lost\"}"

/* It leaves what is in force, and its epoch is above all before. */
static void
a_recovery_follows_the_state_in_force(void **state)
{
	struct play *p = *state;
	const struct fold_recovery *r;

	assert_false(play(p, "config.recovered", RECOVERED("1", HEX40,
	    NEXT40)));
	assert_true(play(p, "config.accepted", "{\"commit_id\":\"" HEX40
	    "\",\"payload_sha256\":\"" HEX64 "\",\"manifest_sha256\":\""
	    HEX64 "\",\"signer\":\"person/a\",\"first_seen\":"
	    "\"2026-01-01T00:00:00.000Z\"}"));
	assert_false(play(p, "config.recovered", RECOVERED("0", HEX40,
	    NEXT40)));
	assert_false(play(p, "config.recovered", RECOVERED("1", NEXT40,
	    HEX40)));
	assert_int_equal(fold_epoch(p->fold), 0);
	assert_null(fold_recovery_at(p->fold, 0));
	assert_true(play(p, "config.recovered", RECOVERED("4", HEX40,
	    NEXT40)));
	assert_span_equal(fold_config_commit(p->fold), SPAN_TEXT(NEXT40));
	assert_false(play(p, "config.recovered", RECOVERED("4", NEXT40,
	    HEX40)));
	assert_true(play(p, "config.recovered", RECOVERED("5", NEXT40,
	    HEX40)));
	assert_int_equal(fold_epoch(p->fold), 5);
	r = fold_recovery_at(p->fold, 0);
	assert_int_equal(r->n, 1);
	assert_int_equal(r->epoch, 4);
	assert_true(r->seen == INT64_C(1767225600000));
	assert_span_equal(r->leaves, SPAN_TEXT(HEX40));
	assert_span_equal(r->commit, SPAN_TEXT(NEXT40));
	assert_span_equal(r->statement, SPAN_TEXT(HEX64));
	assert_span_equal(r->engine, SPAN_TEXT(MAKER_ENGINE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_ended_request_stays_ended),
		CASE(keys_are_used_only_as_intended),
		CASE(a_count_that_differs_is_no_use),
		CASE(a_crash_is_told_and_tried_again),
		CASE(a_statement_counts_once),
		CASE(what_a_request_lacks_is_found_again),
		CASE(refs_are_remembered_as_first_seen),
		CASE(a_request_is_refused_while_it_is_open),
		CASE(what_was_signed_is_asked_for_once),
		CASE(what_was_refused_is_known_by_its_payload),
		CASE(alarms_stay_until_acknowledged),
		CASE(a_recovery_follows_the_state_in_force),
		CASE(requests_are_found_by_prefix),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
