/* steps - see steps.h. */
#include "base/limits.h"
#include "base/text.h"
#include "judge/alarms.h"
#include "judge/deliver.h"
#include "judge/fresh.h"
#include "judge/provenance.h"
#include "judge/request_build.h"
#include "judge/requests.h"
#include "judge/retrieve.h"
#include "judge/seal_request.h"
#include "judge/standing.h"
#include "judge/steps.h"
#include "judge/urls.h"
#include "judge/weigh.h"
#include "sys/clock.h"

#define STEPS_MOST	64	/* of one request in one pass */
#define LOST_MOST	3	/* workers over one request */
#define REASON_MOST	1000	/* bytes of one in an event */

/* One request in one pass. */
struct turn {
	struct desk			*desk;
	struct hearing			*hearing;
	const struct fold_request	*request;
	struct dossier			*dossier;
	struct weighed			 weighed;
};

static struct json *
request_event(const struct turn *t)
{
	struct json *v = json_map();

	json_put_span(v, "request", t->request->id);
	return v;
}

/* Puts what is new of statements aside. */
static bool
put_said(struct turn *t, struct err *e)
{
	if (weigh_record(t->desk, t->hearing, t->request, &t->weighed, e))
		return true;
	record_drop(t->desk->record);
	return false;
}

static bool
put_alone(struct turn *t, const char *type, struct json *v, struct err *e)
{
	if (record_add(t->desk->record, type, v, NULL, e))
		return true;
	record_drop(t->desk->record);
	return false;
}

/* Puts an event beside those of new statements. */
static bool
put(struct turn *t, const char *type, struct json *v, struct err *e)
{
	if (put_said(t, e))
		return put_alone(t, type, v, e);
	json_release(v);
	return false;
}

static bool
commit(struct turn *t, const char *type, struct json *v, struct err *e)
{
	return put(t, type, v, e) && record_commit(t->desk->record, e);
}

/* ---- waiting ---- */

static bool
list_same(const struct json *a, const struct json *b)
{
	if (json_count(a) != json_count(b))
		return false;
	for (size_t i = 0; i < json_count(a); i++)
		if (!span_eq(json_span(json_item(a, i)),
		    json_span(json_item(b, i))))
			return false;
	return true;
}

/* Does the ledger say already that it waits for just this? */
static bool
is_told(const struct turn *t, const struct json *missing, bool *told,
    struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	uint64_t n = t->request->waiting;
	struct event ev;

	*told = false;
	if (n == 0 || t->request->state != REQUEST_WAITING)
		return true;
	if (!ledger_event_read(record_ledger(t->desk->record), n, &bytes,
	    &json, &ev, e))
		return false;
	*told = list_same(json_member(ev.json, "missing"), missing);
	return true;
}

/* What holds an input up is what a request waits for, too. */
static struct json *
missing_of(const struct turn *t)
{
	const struct dossier *f = t->dossier;
	struct json *list = weigh_missing(&t->weighed.decision);

	if (t->weighed.held != NULL)
		json_add(list, json_text(span_text(t->weighed.held)));
	if (t->weighed.stale)
		json_add(list, fresh_missing(t->desk));
	json_add(list, alarms_missing(t->desk));
	json_add(list, clockwatch_missing(t->desk->record));
	if (!f->ready && f->failure.what != NULL) {
		CLEANUP(buf_done) struct buf b = { 0 };

		buf_printf(&b, "%s: ", f->failure.what->code);
		text_visible(span_text(f->failure.text), &b);
		json_add(list, json_text(buf_span(&b)));
	}
	return list;
}

/* What is missing is told when it changes; statements, whenever one comes. */
static bool
do_tell(struct turn *t, struct err *e)
{
	CLEANUP(json_done) struct json *missing = missing_of(t);
	struct record *r = t->desk->record;
	struct json *v;
	bool told;

	if (!is_told(t, missing, &told, e))
		return false;
	if (!told) {
		v = request_event(t);
		json_put(v, "missing", TAKE(missing));
		return commit(t, "request.waiting", v, e);
	}
	return weigh_record(t->desk, t->hearing, t->request, &t->weighed, e) &&
	    (record_pending(r) == 0 || record_commit(r, e));
}

/* What a worker got wrong, or lies about, is a matter of its request alone. */
static bool
is_alarm(const struct err *why)
{
	return why->what->kind == ERR_KIND_ALARM &&
	    !err_is(why, ERR_ARTIFACT_WIRE);
}

/*
 * A worker that was killed, or not done in time, may have met a bad moment of
 * the machine; one artifact that does it again and again is to blame.
 */
static bool
for_good(struct dossier *f, const struct err *why)
{
	return why->what->kind != ERR_KIND_SYSTEM ||
	    (err_is(why, ERR_WORKER_LOST) && ++f->lost >= LOST_MOST);
}

static bool
do_retrieve(struct turn *t, struct err *e)
{
	struct dossier *f = t->dossier;
	struct err why;

	if (retrieve_inputs(t->desk, t->request, f, &why)) {
		f->failure.what = NULL;
		if (!weigh_fits(t->desk, f, &why))
			dossier_failed(f, &why, true);
		return true;
	}
	if (is_alarm(&why) || err_is(&why, ERR_RECORD_CONFLICT)) {
		*e = why;
		return false;
	}
	log_err(&t->desk->log, "request.retrieve", &why);
	bool passes = !for_good(f, &why);
	dossier_failed(f, &why, !passes);
	/* Who waits for it should know why nothing happens. */
	return !passes || t->request->attempt > 0 || do_tell(t, e);
}

/* ---- the end ---- */

/* It may be as long as a statement; all of it is in the evidence. */
static void
reason_visible(const struct approval *a, struct buf *out)
{
	struct span reason = a->fact.statement == NULL ? (struct span){ 0 } :
	    a->fact.statement->reason;

	if (reason.len > REASON_MOST)
		reason.len = REASON_MOST;
	text_visible(reason, out);
}

static bool
do_deny(struct turn *t, struct err *e)
{
	const struct approval *a = t->weighed.denial;
	CLEANUP(json_done) struct json *v = request_event(t);
	CLEANUP(buf_done) struct buf reason = { 0 };

	if (a == NULL)
		return err_set(e, ERR_REQUEST_DENIED, "nobody's denial");
	statement_members(v, a, t->weighed.denier);
	reason_visible(a, &reason);
	json_put_span(v, "reason", reason.len > 0 ? buf_span(&reason) :
	    SPAN_TEXT("no reason given"));
	return statement_evidence(t->desk, v, a, e) &&
	    commit(t, "request.denied", TAKE(v), e);
}

static bool
do_expire(struct turn *t, struct err *e)
{
	struct json *v = request_event(t);

	json_put_text(v, "reason", "not enough approvals in time");
	return commit(t, "request.expired", v, e);
}

/* The release is judged anew, unless its ref is not there any more. */
static bool
judge_anew(struct turn *t, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CHAIN_MEMORY);
	const struct fold_ref *known = fold_ref(t->desk->memory.fold,
	    t->request->project, t->request->ref);
	struct release_ref ref = t->dossier->ref;
	struct site *now = urls_site(t->desk, t->request->project,
	    t->request->repo);
	struct decision decision;
	struct release release;

	if (known == NULL || known->deleted ||
	    !span_eq(known->object_id, t->request->tag_id))
		return true;
	ref.provenance_later = true;
	/* Its address may be what has changed. */
	if (now->repository != NULL)
		ref.site = now;
	return release_judge(t->desk, &ref, a, &release, &decision, e) &&
	    release_record(t->desk, &ref, &release, &decision, e);
}

/*
 * What it rests on has changed: it ends. That and what follows are one commit:
 * a ref that was seen is not looked at again.
 */
static struct json *
cancel_list(const struct turn *t)
{
	const struct weighed *w = &t->weighed;
	struct event_list list = { 0 };

	if (w->code == ERR_NONE) {
		event_unmet(&t->dossier->decision, &list);
		return list.json;
	}
	list.json = json_list();
	json_add(list.json, event_finding(err_rows[w->code].code,
	    span_text(w->cancels)));
	return list.json;
}

static bool
do_cancel(struct turn *t, struct err *e)
{
	struct json *v = request_event(t);

	json_put_text(v, "reason", t->weighed.cancels);
	json_put(v, "findings", cancel_list(t));
	if (!put(t, "request.cancelled", v, e))
		return false;
	if (judge_anew(t, e))
		return record_commit(t->desk->record, e);
	record_drop(t->desk->record);
	return false;
}

static struct json *
failure_list(const struct turn *t, const struct request_now *now)
{
	const struct dossier *f = t->dossier;
	enum err_code code = requests_failure(t->request, now);
	struct json *list = json_list();

	if (t->weighed.cancels != NULL) {
		json_add(list, event_finding(err_rows[code].code,
		    span_text(t->weighed.cancels)));
		return list;
	}
	if (!now->broken)
		json_add(list, event_finding(err_rows[code].code,
		    span_text(err_rows[code].reason)));
	if (f->failure.what != NULL && (f->ready ||
	    !provenance_reasons(&f->decision, list)))
		json_add(list, event_finding(f->failure.what->code,
		    span_text(f->failure.text)));
	return list;
}

static bool
fail(struct turn *t, const struct request_now *now, struct err *e)
{
	const struct dossier *f = t->dossier;
	struct json *v = request_event(t);

	json_put(v, "findings", failure_list(t, now));
	for (size_t i = 0; i < f->count && !f->ready; i++)
		if (!provenance_evidence(t->desk, &f->inputs[i], v, e)) {
			json_release(v);
			return false;
		}
	return record_add(t->desk->record, "request.failed", v, NULL, e) &&
	    record_commit(t->desk->record, e);
}

/* ---- on the way ---- */

static bool
do_authorise(struct turn *t, struct err *e)
{
	const struct fold_request *q = t->request;
	const struct json *certificate = json_member(t->dossier->body,
	    "certificate");
	struct json *v;

	/* Its approvals are named by their events: they come first. */
	if (!put_said(t, e))
		return false;
	v = request_event(t);
	json_put_int(v, "attempt", (int64_t)q->attempt + 1);
	json_put(v, "reasons", weigh_reasons(&t->dossier->decision,
	    &t->weighed.decision));
	json_put(v, "approvals", weigh_statements(t->hearing, q,
	    &t->weighed));
	json_put_int(v, "approvals_needed", (int64_t)weigh_needed(
	    &t->weighed.decision));
	json_put_span(v, "certificate", json_span(json_member(certificate,
	    "slug")));
	json_put_span(v, "spki_sha256", json_span(json_member(certificate,
	    "spki_sha256")));
	json_put_int(v, "signatures_max", (int64_t)(fold_key_spent(q) +
	    dossier_signatures(t->dossier)));
	json_put_time(v, "decided", t->weighed.at);
	event_rules(t->desk, v);
	return put_alone(t, "request.authorised", v, e) &&
	    record_commit(t->desk->record, e);
}

static bool
do_unknown(struct turn *t, struct err *e)
{
	return unknown_record(t->desk, t->request,
	    "the engine stopped while the key was in use", e);
}

/* What passes is tried again; if a key was used, that is one attempt less. */
static bool
do_seal(struct turn *t, struct err *e)
{
	struct dossier *f = t->dossier;
	struct err why;

	if (seal_request(t->desk, t->request, f, &why))
		return true;
	if (is_alarm(&why)) {
		*e = why;
		return false;
	}
	log_err(&t->desk->log, "request.seal", &why);
	bool open = t->request->state == REQUEST_AUTHORISED ||
	    t->request->state == REQUEST_SIGNING;
	dossier_failed(f, &why, for_good(f, &why) && open);
	return !err_is(&why, ERR_CHANNEL_TIMEOUT) || (*e = why, false);
}

/*
 * What is signed is not given up because a folder or a server is not as it
 * should be: whoever runs the engine can mend that. A name stays as it is.
 */
static bool
do_publish(struct turn *t, struct err *e)
{
	struct dossier *f = t->dossier;
	struct err why;

	if (deliver_request(t->desk, t->request, &why))
		return true;
	if (why.what->kind == ERR_KIND_ALARM ||
	    err_is(&why, ERR_RECORD_CONFLICT)) {
		*e = why;
		return false;
	}
	log_err(&t->desk->log, "request.publish", &why);
	dossier_failed(f, &why, err_is(&why, ERR_OUTPUT_NAME));
	return true;
}

static bool
do_complete(struct turn *t, struct err *e)
{
	struct json *v = request_event(t);

	json_put_int(v, "artifacts", (int64_t)t->request->artifact_count);
	return record_add(t->desk->record, "request.completed", v, NULL, e) &&
	    record_commit(t->desk->record, e);
}

static bool (*const steps[REQUEST_STEPS])(struct turn *, struct err *) = {
	[STEP_RETRIEVE]		= do_retrieve,
	[STEP_TELL]		= do_tell,
	[STEP_DENY]		= do_deny,
	[STEP_EXPIRE]		= do_expire,
	[STEP_CANCEL]		= do_cancel,
	[STEP_AUTHORISE]	= do_authorise,
	[STEP_UNKNOWN]		= do_unknown,
	[STEP_SEAL]		= do_seal,
	[STEP_PUBLISH]		= do_publish,
	[STEP_COMPLETE]		= do_complete,
};

/* ---- one turn ---- */

static bool
may_sign(const struct desk *d)
{
	struct err why;

	return alarms_may_sign(d, &why) && clockwatch_may_sign(d->record, &why);
}

static bool
now_of(struct turn *t, struct request_now *out, struct err *e)
{
	const struct fold_request *q = t->request;
	struct dossier *f = t->dossier;
	bool signed_now = q->state == REQUEST_VERIFIED ||
	    q->state == REQUEST_PUBLISHED;
	CLEANUP(json_done) struct json *missing = NULL;
	struct request_now now = { .inputs = f->ready, .broken = f->broken,
	    .stopped = !may_sign(t->desk),
	    .busy = dossier_busy(f), .elsewhere = q->attempt > 0 &&
	    !span_eq(q->engine, t->desk->given.engine) };

	if (!weigh_request(t->desk, t->hearing, q, f, &t->weighed, e))
		return false;
	missing = missing_of(t);
	if (!is_told(t, missing, &now.told, e))
		return false;
	now.told = now.told && !weigh_news(t->desk, t->hearing, q,
	    &t->weighed);
	now.outcome = t->weighed.outcome;
	now.later = standing_again(q) && now.outcome == OUTCOME_WAITING;
	now.results = signed_now && results_here(t->desk, q);
	*out = now;
	return true;
}

/* What rests on others, and is tried again after a while when it failed. */
static const bool may_fail[REQUEST_STEPS] = {
	[STEP_RETRIEVE]		= true,
	[STEP_SEAL]		= true,
	[STEP_PUBLISH]		= true,
};

static bool
must_pause(const struct turn *t, enum request_step step)
{
	return step == STEP_WAIT || (may_fail[step] &&
	    t->dossier->failure.what != NULL &&
	    clock_left(t->dossier->retry_at) > 0);
}

/* Why nothing is done, where the ledger does not say so. */
static void
pause_tell(const struct turn *t, const struct request_now *now)
{
	if (now->elsewhere)
		dossier_elsewhere(t->dossier, t->request);
	if (now->later && now->inputs)
		dossier_later(t->dossier, &t->weighed.decision);
}

static bool
step_take(struct turn *t, enum request_step step,
    const struct request_now *now, struct err *e)
{
	return step == STEP_FAIL ? fail(t, now, e) : steps[step](t, e);
}

static bool
turn_take(struct turn *t, struct err *e)
{
	for (unsigned i = 0; i < STEPS_MOST &&
	    !request_state_final(t->request->state); i++) {
		struct request_now now;

		if (!now_of(t, &now, e))
			return false;
		enum request_step step = requests_next(t->request, &now);
		pause_tell(t, &now);
		if (must_pause(t, step))
			return true;
		bool ok = step_take(t, step, &now, e);
		/* Another engine was faster: look again at what is so now. */
		if (!ok && err_is(e, ERR_RECORD_CONFLICT)) {
			record_drop(t->desk->record);
			continue;
		}
		if (!ok)
			return err_at(e, "%s", request_step_name(step));
		/* Begun, but there is no place for it yet. */
		if (step == STEP_RETRIEVE && !t->dossier->ready &&
		    t->dossier->failure.what == NULL &&
		    !dossier_busy(t->dossier))
			return true;
	}
	return true;
}

static bool
request_take(struct desk *d, struct hearing *h, const struct fold_request *q,
    struct err *e)
{
	struct turn t = { .desk = d, .hearing = h, .request = q };

	if (!dossier_of(d, q, &t.dossier, e) || !turn_take(&t, e))
		return err_at(e, "%.15s", text_show(q->id).text);
	return true;
}

/* What ended leaves nothing behind. */
static void
request_close(struct desk *d, const struct fold_request *q)
{
	dossier_close(d, q->id);
	results_drop(d, q);
}

static bool
stops_all(const struct err *why)
{
	return why->what->kind == ERR_KIND_ALARM ||
	    err_is(why, ERR_CHANNEL_TIMEOUT);
}

bool
requests_advance(struct desk *d, size_t *failed, struct err *e)
{
	CLEANUP(hearing_done) struct hearing h = { .arena = NULL };
	const struct fold_request *q;

	*failed = 0;
	if (!hearing_open(d, &h, e))
		return false;
	for (size_t i = 0; (q = fold_request_at(d->memory.fold, i)) != NULL &&
	    !d->stopped; i++) {
		struct err why;

		if (request_state_final(q->state)) {
			dossier_close(d, q->id);	/* another's work */
			continue;
		}
		if (!desk_orders(d, clock_in(0), e))
			return false;
		if (request_take(d, &h, q, &why)) {
			if (request_state_final(q->state))
				request_close(d, q);
			continue;
		}
		record_drop(d->record);
		if (stops_all(&why)) {
			*e = why;
			return false;
		}
		log_err(&d->log, "request.held", &why);
		++*failed;
	}
	return true;
}
