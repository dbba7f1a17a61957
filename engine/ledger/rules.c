/* rules - what each event does to the state: see fold.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ledger/fold_state.h"

static bool
impossible(struct err *e, const char *why)
{
	return err_set(e, ERR_LEDGER_STATE, "%s", why);
}

/* Copies a member's text into the fold's own memory. */
static bool
take(struct fold *f, const struct event *ev, const char *member,
    struct span *out, struct err *e)
{
	return arena_copy(f->arena, event_text(ev, member), out) ||
	    err_budget(e, f->arena);
}

static bool
take_span(struct fold *f, struct span s, struct span *out, struct err *e)
{
	return arena_copy(f->arena, s, out) || err_budget(e, f->arena);
}

static bool
remember(struct fold *f, struct things *t, void *thing, struct err *e)
{
	t->list = arena_grow(f->arena, t->list, t->count, sizeof(*t->list));
	if (t->list == NULL || thing == NULL)
		return err_budget(e, f->arena);
	t->list[t->count++] = thing;
	return true;
}

static int64_t
time_of(struct span s)
{
	int64_t ms;

	return s.len > 0 && text_untime(s, &ms) ? ms : 0;
}

/* ---- refs, config, alarms */

static bool
ref_key(struct fold *f, const struct event *ev, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	fold_key(&b, (struct span[]){ event_text(ev, "project"),
	    event_text(ev, "ref") }, 2);
	return take_span(f, buf_span(&b), out, e);
}

static bool
on_ref_seen(struct fold *f, struct fold_request *none, const struct event *ev,
    struct err *e)
{
	struct fold_ref *r = ARENA_NEW(f->arena, struct fold_ref), *known;
	struct span key;

	(void)none;
	if (!ref_key(f, ev, &key, e) || !fold_own_ref(f, key, &known, e))
		return false;
	if (known != NULL)
		return impossible(e, "the ref was seen before");
	if (!remember(f, &f->refs, r, e) ||
	    !take(f, ev, "project", &r->project, e) ||
	    !take(f, ev, "repo", &r->repo, e) ||
	    !take(f, ev, "ref", &r->ref, e) ||
	    !take(f, ev, "object_id", &r->object_id, e))
		return false;
	r->first_id = r->object_id;
	r->seen = ev->n;
	table_put(&f->by_ref, key, r);
	return true;
}

static bool
ref_of(struct fold *f, const struct event *ev, struct fold_ref **out,
    struct err *e)
{
	struct span key;

	if (!ref_key(f, ev, &key, e) || !fold_own_ref(f, key, out, e))
		return false;
	return *out != NULL || impossible(e, "the ref was never seen");
}

static bool
on_ref_moved(struct fold *f, struct fold_request *none,
    const struct event *ev, struct err *e)
{
	struct fold_ref *r;

	(void)none;
	if (!ref_of(f, ev, &r, e))
		return false;
	r->moved = true;
	r->deleted = false;
	return take(f, ev, "object_id", &r->object_id, e);
}

static bool
on_ref_deleted(struct fold *f, struct fold_request *none,
    const struct event *ev, struct err *e)
{
	struct fold_ref *r;

	(void)none;
	if (!ref_of(f, ev, &r, e))
		return false;
	r->moved = r->deleted = true;
	return true;
}

/* The engine refuses refs; a request only until somebody may use a key. */
static bool
on_refused(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	struct fold_ref *r;

	if (!ref_of(f, ev, &r, e) || !asked_refused(f, ev, e))
		return false;
	r->refused = true;
	r->refused_by = ev->n;
	if (q == NULL)
		return true;
	if (q->state != REQUEST_CREATED && q->state != REQUEST_WAITING)
		return impossible(e, "the request is not open any more");
	q->state = REQUEST_REFUSED;
	q->last = ev->n;
	q->last_at = ev->at;
	return true;
}

static bool
on_config(struct fold *f, struct fold_request *none, const struct event *ev,
    struct err *e)
{
	(void)none;
	return take(f, ev, "commit_id", &f->config_commit, e) &&
	    take(f, ev, "manifest_sha256", &f->config_manifest, e);
}

/* Who may write is for administrators to say: by the config in force. */
static bool
on_engine(struct fold *f, struct fold_request *none, const struct event *ev,
    struct err *e)
{
	(void)none;
	return (f->config_commit.len > 0 && span_eq(event_text(ev,
	    "commit_id"), f->config_commit)) || impossible(e,
	    "the config that says so is not the one in force");
}

static bool
recovery_take(struct fold *f, const struct event *ev, struct err *e)
{
	struct fold_recovery *r = ARENA_NEW(f->arena, struct fold_recovery);

	if (!remember(f, &f->recoveries, r, e) ||
	    !take(f, ev, "engine", &r->engine, e) ||
	    !take(f, ev, "leaves", &r->leaves, e) ||
	    !take(f, ev, "commit_id", &r->commit, e) ||
	    !take(f, ev, "statement_sha256", &r->statement, e))
		return false;
	r->n = ev->n;
	r->seen = time_of(event_text(ev, "first_seen"));
	r->epoch = f->epoch = event_integer(ev, "epoch");
	return true;
}

/* Who signed it is for those who know the recovery keys. */
static bool
on_recovered(struct fold *f, struct fold_request *none,
    const struct event *ev, struct err *e)
{
	if (!span_eq(event_text(ev, "leaves"), f->config_commit))
		return impossible(e, "it leaves another commit than the one "
		    "in force");
	if (event_integer(ev, "epoch") <= f->epoch)
		return impossible(e, "its epoch is not above the last one");
	return recovery_take(f, ev, e) && on_config(f, none, ev, e);
}

static bool
on_alarm(struct fold *f, struct fold_request *none, const struct event *ev,
    struct err *e)
{
	struct fold_alarm *a = ARENA_NEW(f->arena, struct fold_alarm);

	struct span severity = event_text(ev, "severity");

	(void)none;
	if (span_is(severity, "warning"))
		return true;
	if (!span_is(severity, "alarm") && !span_is(severity, "stop"))
		return impossible(e, "there is no such severity");
	if (!remember(f, &f->alarms, a, e) ||
	    !take(f, ev, "code", &a->code, e) ||
	    !take(f, ev, "text", &a->text, e))
		return false;
	a->n = ev->n;
	a->at = ev->at;
	a->stops = span_is(severity, "stop");
	f->open_alarms++;
	f->stops += a->stops;
	return true;
}

/* Behind the ledger, an event has the time of the one before it. */
static bool
on_clock_step(struct fold *f, struct fold_request *none,
    const struct event *ev, struct err *e)
{
	bool back = span_is(event_text(ev, "direction"), "back");
	bool ledger = span_is(event_text(ev, "against"), "ledger");
	uint64_t by = event_integer(ev, "milliseconds");
	int64_t clock = time_of(event_text(ev, "clock"));

	(void)f;
	(void)none;
	if ((!back && !span_is(event_text(ev, "direction"), "forward")) ||
	    (!ledger && !span_is(event_text(ev, "against"), "machine")))
		return impossible(e, "there is no such step");
	return (by > 0 && clock <= ev->at && (!ledger || (back &&
	    (uint64_t)(ev->at - clock) == by))) ||
	    impossible(e, "its times do not make such a step");
}

static bool
on_acknowledged(struct fold *f, struct fold_request *none,
    const struct event *ev, struct err *e)
{
	uint64_t raised = event_integer(ev, "raised");

	(void)none;
	if (json_count(json_member(ev->json, "by")) == 0)
		return impossible(e, "nobody acknowledged it");
	for (size_t i = 0; i < f->alarms.count; i++) {
		struct fold_alarm *a = f->alarms.list[i];

		if (a->n != raised || a->acknowledged)
			continue;
		a->acknowledged = true;
		f->open_alarms--;
		f->stops -= a->stops;
		return true;
	}
	return impossible(e, "no such alarm is open");
}

bool
fold_may_sign(const struct fold *f, struct err *e)
{
	const struct fold_alarm *a = fold_stop(f);

	return a == NULL || err_set(e, ERR_LEDGER_STATE, "alarm %llu (%s) "
	    "stops signing and is open", (unsigned long long)a->n,
	    text_show(a->code).text);
}

/* ---- requests */

static bool
take_body(struct fold *f, const struct json *body, struct fold_request *q,
    struct err *e)
{
	const struct json *tag = json_member(body, "tag");

	q->inputs = json_count(json_member(body, "artifacts"));
	q->expires = time_of(json_span(json_member(body, "expires")));
	return take_span(f, json_span(json_member(body, "project")),
	    &q->project, e) &&
	    take_span(f, json_span(json_member(body, "policy")), &q->policy,
	    e) &&
	    take_span(f, json_span(json_member(body, "repo")), &q->repo, e) &&
	    take_span(f, json_span(json_member(body, "ref")), &q->ref, e) &&
	    take_span(f, json_span(json_member(tag, "id")), &q->tag_id, e) &&
	    take_span(f, json_span(json_member(tag, "payload_sha256")),
	    &q->payload, e);
}

static bool
on_created(struct fold *f, struct fold_request *known,
    const struct event *ev, struct err *e)
{
	struct fold_request *q = ARENA_NEW(f->arena, struct fold_request);

	if (known != NULL)
		return impossible(e, "the request is there already");
	if (!remember(f, &f->requests, q, e) ||
	    !take(f, ev, "request", &q->id, e) ||
	    !take_body(f, json_member(ev->json, "body"), q, e) ||
	    !asked_note(f, q, e))
		return false;
	q->created = q->last = ev->n;
	q->last_at = ev->at;
	table_put(&f->by_id, q->id, q);
	return true;
}

static bool
on_waiting(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	(void)f;
	(void)e;
	q->waiting = ev->n;
	return true;
}

static bool
on_resolved(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	(void)f;
	(void)ev;
	(void)e;
	q->resolved++;
	return true;
}

static bool
nothing_more(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	(void)f;
	(void)q;
	(void)ev;
	(void)e;
	return true;
}

/* Two people may have signed the same bytes. */
static struct fold_approval *
approval_of(struct fold_request *q, const struct event *ev)
{
	struct span statement = event_text(ev, "statement_sha256");
	struct span person = event_text(ev, "person");

	for (size_t i = 0; i < q->approval_count; i++)
		if (span_eq(q->approvals[i].statement, statement) &&
		    span_eq(q->approvals[i].person, person))
			return &q->approvals[i];
	return NULL;
}

static bool
on_counted(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	struct fold_approval a = { .n = ev->n,
	    .expires = time_of(event_text(ev, "expires")) };

	if (approval_of(q, ev) != NULL)
		return impossible(e, "the statement was counted before");
	q->approvals = arena_grow(f->arena, q->approvals, q->approval_count,
	    sizeof(a));
	if (q->approvals == NULL)
		return err_budget(e, f->arena);
	if (!take(f, ev, "person", &a.person, e) ||
	    !take(f, ev, "statement_sha256", &a.statement, e))
		return false;
	q->approvals[q->approval_count++] = a;
	return true;
}

static bool
on_authorised(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	uint64_t attempt = event_integer(ev, "attempt");

	if (!fold_may_sign(f, e))
		return false;
	if (attempt != q->attempt + 1 || attempt > REQUEST_ATTEMPTS)
		return impossible(e, "not the next attempt, or one too many");
	if (fold_open_intent(q) != NULL)
		return impossible(e, "an intent is still open");
	if (!approvals_stand(q, ev, e))
		return false;
	q->attempt = attempt;
	q->attempt_made = 0;
	q->authorised = ev->n;
	q->signatures_max = event_integer(ev, "signatures_max");
	return take(f, ev, "engine", &q->engine, e) &&
	    take(f, ev, "certificate", &q->certificate, e) &&
	    take(f, ev, "spki_sha256", &q->spki_sha256, e);
}

static bool
no_open_intent(struct fold *f, struct fold_request *q,
    const struct event *ev, struct err *e)
{
	(void)f;
	(void)ev;
	return fold_open_intent(q) == NULL ||
	    impossible(e, "an intent is still open");
}

static bool
on_verified(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	struct fold_artifact a = { .verified = ev->n,
	    .signatures = event_integer(ev, "signatures") };

	q->artifacts = arena_grow(f->arena, q->artifacts, q->artifact_count,
	    sizeof(a));
	if (q->artifacts == NULL)
		return err_budget(e, f->arena);
	if (!no_open_intent(f, q, ev, e) || !take(f, ev, "name", &a.name, e) ||
	    !take(f, ev, "artifact_sha256", &a.sha256, e))
		return false;
	q->artifacts[q->artifact_count++] = a;
	return true;
}

static bool
on_published(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	(void)f;
	for (size_t i = q->artifact_count; i > 0; i--) {
		struct fold_artifact *a = &q->artifacts[i - 1];

		if (!span_eq(a->name, event_text(ev, "name")) ||
		    !span_eq(a->sha256, event_text(ev, "artifact_sha256")))
			continue;
		a->published = true;
		return true;
	}
	return impossible(e, "the artifact was not verified");
}

/* All that was asked for is out, and each signature is in one of them. */
static bool
on_completed(struct fold *f, struct fold_request *q, const struct event *ev,
    struct err *e)
{
	uint64_t signatures = 0;

	(void)f;
	for (size_t i = 0; i < q->artifact_count; i++) {
		if (!q->artifacts[i].published)
			return impossible(e, "an artifact was not published");
		signatures += q->artifacts[i].signatures;
	}
	if (q->artifact_count != q->inputs ||
	    q->artifact_count != event_integer(ev, "artifacts"))
		return impossible(e, "other artifacts than were asked for");
	return signatures == q->attempt_made || impossible(e, "more or fewer "
	    "signatures in the artifacts than were made");
}

#define IN(state)	(1U << REQUEST_##state)
#define OPEN		(IN(CREATED) | IN(WAITING))
#define RUNNING		(IN(AUTHORISED) | IN(SIGNING) | IN(VERIFIED) |	\
			    IN(PUBLISHED))
#define ALONE		0		/* concerns no request */
#define AS_IT_WAS	REQUEST_STATES

/* What each type does to the state; types that are not here do nothing. */
static const struct rule {
	const char		*type;
	unsigned		 from;	/* states in which it can come */
	enum request_state	 to;
	bool			(*apply)(struct fold *, struct fold_request *,
				    const struct event *, struct err *);
} rules[] = {
	{ "ref.seen", ALONE, AS_IT_WAS, on_ref_seen },
	{ "ref.moved", ALONE, AS_IT_WAS, on_ref_moved },
	{ "ref.deleted", ALONE, AS_IT_WAS, on_ref_deleted },
	{ "config.accepted", ALONE, AS_IT_WAS, on_config },
	{ "config.recovered", ALONE, AS_IT_WAS, on_recovered },
	{ "engine.declared", ALONE, AS_IT_WAS, on_engine },
	{ "engine.retired", ALONE, AS_IT_WAS, on_engine },
	{ "clock.step", ALONE, AS_IT_WAS, on_clock_step },
	{ "alarm.raised", ALONE, AS_IT_WAS, on_alarm },
	{ "alarm.acknowledged", ALONE, AS_IT_WAS, on_acknowledged },
	{ "request.created", ALONE, AS_IT_WAS, on_created },
	{ "request.refused", ALONE, AS_IT_WAS, on_refused },
	{ "request.waiting", OPEN, REQUEST_WAITING, on_waiting },
	{ "approval.counted", OPEN, AS_IT_WAS, on_counted },
	{ "approval.withdrawn", OPEN, AS_IT_WAS, approvals_withdrawn },
	{ "request.denied", OPEN, REQUEST_DENIED, nothing_more },
	{ "request.expired", OPEN, REQUEST_EXPIRED, nothing_more },
	{ "request.cancelled", OPEN, REQUEST_CANCELLED, nothing_more },
	{ "artifact.retrieved", OPEN | RUNNING, AS_IT_WAS, nothing_more },
	{ "artifact.resolved", OPEN | RUNNING, AS_IT_WAS, on_resolved },
	{ "request.authorised", OPEN | IN(SIGNING), REQUEST_AUTHORISED,
	    on_authorised },
	{ "keys.intended", IN(AUTHORISED) | IN(SIGNING), REQUEST_SIGNING,
	    keys_intended },
	{ "keys.used", IN(SIGNING), AS_IT_WAS, keys_used },
	{ "keys.unknown", IN(SIGNING), AS_IT_WAS, keys_unknown },
	{ "artifact.verified", IN(AUTHORISED) | IN(SIGNING) | IN(VERIFIED),
	    REQUEST_VERIFIED, on_verified },
	{ "artifact.published", IN(VERIFIED) | IN(PUBLISHED),
	    REQUEST_PUBLISHED, on_published },
	{ "request.completed", IN(PUBLISHED), REQUEST_COMPLETED,
	    on_completed },
	{ "request.failed", OPEN | RUNNING, REQUEST_FAILED, no_open_intent },
};

static const struct rule *
rule_of(const struct event *ev)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (strcmp(rules[i].type, ev->type->name) == 0)
			return &rules[i];
	return NULL;
}

/* Each event of a request says what that is about, and says the truth. */
static bool
about_same(const struct fold_request *q, const struct event *ev,
    struct err *e)
{
	const struct {
		const char	*member;
		struct span	 want;
	} about[] = { { "project", q->project }, { "policy", q->policy },
	    { "ref", q->ref } };

	for (size_t i = 0; i < COUNT(about); i++) {
		struct span is = event_text(ev, about[i].member);

		if (is.len > 0 && !span_eq(is, about[i].want))
			return err_set(e, ERR_LEDGER_STATE, "its %s is '%s', "
			    "that of the request is '%s'", about[i].member,
			    text_show(is).text, text_show(about[i].want).text);
	}
	return true;
}

static bool
apply(struct fold *f, const struct rule *r, const struct event *ev,
    struct err *e)
{
	struct fold_request *q;

	if (!fold_own_request(f, event_text(ev, "request"), &q, e))
		return false;
	if (q != NULL && !about_same(q, ev, e))
		return false;
	if (r->from == ALONE)
		return r->apply(f, q, ev, e);
	if (q == NULL)
		return impossible(e, "there is no such request");
	if (!(r->from >> q->state & 1))
		return err_set(e, ERR_LEDGER_STATE, "the request is %s",
		    request_state_name(q->state));
	if (!r->apply(f, q, ev, e))
		return false;
	if (r->to != AS_IT_WAS)
		q->state = r->to;
	q->last = ev->n;
	q->last_at = ev->at;
	return true;
}

bool
fold_event(void *fold, const struct event *ev, struct err *e)
{
	struct fold *f = fold;
	const struct rule *r = rule_of(ev);

	if (ev->n != f->size)
		return impossible(e, "not the next event");
	if (r != NULL && !apply(f, r, ev, e))
		return err_at(e, "%s", ev->type->name);
	f->size++;
	return true;
}
