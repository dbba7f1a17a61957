/* releases - see releases.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "judge/guard.h"
#include "judge/releases.h"
#include "judge/request_build.h"
#include "sys/clock.h"

#define BATCH		256	/* refs of one transaction */
#define BRANCHES	"refs/heads/"
#define NAME_MOST	1000	/* bytes of a ref's name: events hold it */

/* ---- the release before ---- */

static bool
commit_of(struct desk *d, const struct fold_request *q,
    struct object_id *out, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!ledger_event_read(record_ledger(d->record), q->created, &bytes,
	    &json, &ev, e))
		return false;
	const struct json *body = json_member(ev.json, "body");
	return object_id_parse(json_span(json_member(body, "commit")), out) ||
	    err_set(e, ERR_LEDGER_EVENT, "a request names no commit");
}

/* The last completed release of a policy: only commits after it are new. */
static bool
base_find(struct desk *d, const struct release_ref *r, struct span policy,
    struct object_id *out, bool *found, struct err *e)
{
	const struct fold_request *q, *last = NULL;

	for (size_t i = 0; (q = fold_request_at(d->memory.fold, i)) != NULL;
	    i++)
		if (q->state == REQUEST_COMPLETED &&
		    span_eq(q->repo, r->site->url) &&
		    span_eq(q->project, r->project) &&
		    span_eq(q->policy, policy))
			last = q;
	*found = last != NULL;
	return last == NULL || commit_of(d, last, out, e);
}

/* ---- judging ---- */

/*
 * What these signed bytes were judged as before. Those that nobody known has
 * signed are worth nothing: they could not ask for anything.
 */
static bool
asked_find(const struct desk *d, const struct release_ref *r, struct arena *a,
    struct release *out, struct err *e)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	const struct fold_request *q;

	if (!r->is_new || !out->facts.signature.good)
		return true;
	text_hex(SPAN(out->payload_sha256), &hex);
	q = fold_asked(d->memory.fold, r->project, buf_span(&hex));
	if (q != NULL)
		out->facts.asked = q->id;
	else if (fold_refused(d->memory.fold, r->project, r->name,
	    buf_span(&hex)))
		out->facts.asked = SPAN_TEXT("it was refused");
	return arena_copy(a, out->facts.asked, &out->facts.asked) ||
	    err_budget(e, a);
}

/*
 * The base depends on the policy, and the policy stands in the manifest: the
 * ref is read once to learn it, and once more only if there is a base.
 */
bool
release_judge(struct desk *d, const struct release_ref *r, struct arena *a,
    struct release *out, struct decision *decision, struct err *e)
{
	const struct config *c = chain_config(d->chain);
	struct signers *signers = chain_signers(d->chain);
	struct repository *repository = r->site->repository;
	int64_t seen = memory_seen(&d->memory, &r->object);
	struct release_look look = { .project = r->project, .ref = r->name,
	    .object = r->object, .seen_object = r->seen_object,
	    .branches = r->site->refs.items,
	    .branch_count = r->site->refs.count,
	    .seen = seen != 0 ? seen : clock_now() };
	struct object_id base;
	bool found;

	if (!release_read(repository, signers, &look, a, out, e))
		return false;
	if (out->facts.manifest != NULL) {
		if (!base_find(d, r, out->manifest.policy, &base, &found, e))
			return false;
		look.base = &base;
		if (found && !release_read(repository, signers, &look, a, out,
		    e))
			return false;
	}
	return asked_find(d, r, a, out, e) &&
	    release_decide(c, &out->facts, a, decision, e);
}

static struct json *
created(struct json *body, const char *id, struct span submitter)
{
	CLEANUP(buf_done) struct buf actor = { 0 };
	struct json *v = json_map();

	buf_text(&actor, "person/");
	buf_put(&actor, submitter);
	json_put_text(v, "request", id);
	json_put_text(v, "actor", buf_cstr(&actor));
	json_put(v, "body", body);
	return v;
}

static struct json *
refusal(const struct release_ref *r)
{
	struct json *v = json_map();

	json_put_span(v, "repo", r->site->url);
	json_put_span(v, "ref", r->name);
	json_put_text(v, "object_id", object_id_hex(&r->object).text);
	json_put_span(v, "project", r->project);
	return v;
}

static struct json *
refused(const struct release_ref *r, const struct release *release,
    const struct decision *decision)
{
	struct json *v = refusal(r);
	struct event_list findings = { 0 };

	if (release->facts.signature.good)
		json_put_hex(v, "payload_sha256",
		    SPAN(release->payload_sha256));

	event_unmet(decision, &findings);
	json_put(v, "findings", findings.json);
	return v;
}

static bool
accept(struct desk *d, const struct release_ref *r,
    const struct release *release, const struct decision *decision,
    struct json **out, struct err *e)
{
	const struct request_source source = { release, decision,
	    r->site->url, r->name, r->object };
	char id[REQUEST_ID_SIZE];
	struct json *body;

	if (!request_build(d, &source, clock_now(), &body, e))
		return false;
	if (!request_id(body, id, e)) {
		json_release(body);
		return false;
	}
	*out = created(body, id, decision->submitter);
	return true;
}

/* An object that is too large to be read is no evidence either. */
bool
release_record(struct desk *d, const struct release_ref *r,
    const struct release *release, const struct decision *decision,
    struct err *e)
{
	bool no = decision->outcome == OUTCOME_REFUSED;
	CLEANUP(json_done) struct json *event = no ? refused(r, release,
	    decision) : NULL;

	if (!no && !accept(d, r, release, decision, &event, e))
		return false;
	event_rules(d, event);
	if (release->raw.len > 0 && !event_evidence(d, event, "release",
	    &r->object, release->raw, e))
		return false;
	return record_add(d->record, no ? "request.refused" :
	    "request.created", TAKE(event), NULL, e);
}

/* ---- one ref ---- */

static struct json *
ref_event(const struct site *s, struct span name)
{
	struct json *v = json_map();

	json_put_span(v, "repo", s->url);
	json_put_span(v, "ref", name);
	return v;
}

static bool
seen_record(struct desk *d, const struct release_ref *r, struct err *e)
{
	struct json *v = ref_event(r->site, r->name);

	json_put_text(v, "object_id", object_id_hex(&r->object).text);
	json_put_span(v, "project", r->project);
	return record_add(d->record, "ref.seen", v, NULL, e);
}

static bool
moved_record(struct desk *d, const struct release_ref *r, struct span old,
    struct err *e)
{
	struct json *v = ref_event(r->site, r->name);

	json_put_span(v, "old_id", old);
	json_put_text(v, "object_id", object_id_hex(&r->object).text);
	return record_add(d->record, "ref.moved", v, NULL, e);
}

/* Another project with the same repository may be the one that is meant. */
static bool
is_anothers(const struct desk *d, const struct release_ref *r,
    const struct release *release)
{
	const struct config *c = chain_config(d->chain);
	const struct project *p;

	if (release->facts.manifest == NULL ||
	    span_eq(release->manifest.project, r->project))
		return false;
	p = config_project(c, release->manifest.project);
	for (size_t i = 0; p != NULL && i < p->repository.count; i++)
		if (span_eq(p->repository.items[i], r->site->url))
			return true;
	return false;
}

static bool
ref_judge(struct desk *d, struct release_ref *r, const struct fold_ref *known,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CHAIN_MEMORY);
	bool branch = span_starts(r->name, BRANCHES);
	struct decision decision;
	struct release release;

	if (known != NULL && !branch)
		r->seen_object = known->first_id;
	r->is_new = true;
	if (!release_judge(d, r, a, &release, &decision, e))
		return false;
	/* A branch grows by commits that are no releases. */
	if ((branch && release.facts.manifest == NULL) ||
	    is_anothers(d, r, &release))
		return true;
	if (known == NULL ? !seen_record(d, r, e) :
	    !moved_record(d, r, known->object_id, e))
		return false;
	return release_record(d, r, &release, &decision, e);
}

/* What was signed for must stay: a branch grows, a tag does not change. */
static bool
guard(struct desk *d, const struct release_ref *r,
    const struct fold_ref *known, bool same, struct err *e)
{
	return span_starts(r->name, BRANCHES) ?
	    guard_branch(d, r->site->repository, known, &r->object, e) :
	    guard_changed(d, known, same ? "made again" : "another object", e);
}

static bool
ref_take(struct desk *d, struct release_ref *r, struct err *e)
{
	const struct fold_ref *known = fold_ref(d->memory.fold, r->site->url,
	    r->name);
	struct object_id_hex hex = object_id_hex(&r->object);
	bool same = known != NULL && span_is(known->object_id, hex.text);

	if (same && !known->deleted)
		return true;
	if (known != NULL && !guard(d, r, known, same, e))
		return false;
	return same ? moved_record(d, r, known->object_id, e) :
	    ref_judge(d, r, known, e);
}

/* What can be judged, but not be told as it is, is refused with the reason. */
static bool
ref_refuse(struct desk *d, const struct release_ref *r, const struct err *why,
    struct err *e)
{
	const struct fold_ref *known = fold_ref(d->memory.fold, r->site->url,
	    r->name);
	CLEANUP(json_done) struct json *v = refusal(r);
	struct event_list findings = { 0 };

	event_list_add(&findings, event_finding(why->what->code,
	    span_text(why->text)));
	json_put(v, "findings", findings.json);
	event_rules(d, v);
	return (known == NULL ? seen_record(d, r, e) :
	    moved_record(d, r, known->object_id, e)) &&
	    record_add(d->record, "request.refused", TAKE(v), NULL, e);
}

/* What is wrong with one ref is no matter of the others. */
static bool
ref_alone(struct desk *d, struct release_ref *r, size_t *missed,
    struct err *e)
{
	struct record_mark mark = record_mark(d->record);
	struct err why;

	if (ref_take(d, r, &why))
		return true;
	record_back(d->record, &mark);
	if (why.what->kind == ERR_KIND_ALARM) {
		*e = why;
		return false;
	}
	log_err(&d->log, "ref.failed", &why);
	if (why.what->kind != ERR_KIND_SYSTEM)
		return ref_refuse(d, r, &why, e);
	++*missed;
	return true;
}

/* The ledger is UTF-8; a name that is not would be another one in there. */
static bool
can_be_told(const struct desk *d, struct span name)
{
	if (name.len <= NAME_MOST && text_utf8(name))
		return true;
	LOG(&d->log, LOG_LEVEL_WARN, "ref.ignored",
	    { "ref", text_show(name).text },
	    { "text", "its name is too long, or is not UTF-8" });
	return false;
}

/* ---- one repository ---- */

static bool
batch_end(struct desk *d, size_t most, struct err *e)
{
	return record_pending(d->record) < most ||
	    record_commit(d->record, e);
}

static bool
refs_take(struct desk *d, const struct project *p, struct site *s,
    size_t *missed, struct err *e)
{
	for (size_t i = 0; i < s->refs.count; i++) {
		struct release_ref r = { .site = s, .project = p->slug,
		    .name = s->refs.items[i].name,
		    .object = s->refs.items[i].id };

		if (!release_wanted(p, r.name) || !can_be_told(d, r.name))
			continue;
		if (!ref_alone(d, &r, missed, e) || !batch_end(d, BATCH, e))
			return false;
	}
	return batch_end(d, 1, e);
}

/* Refs that were seen and are not there any more. */
static bool
refs_miss(struct desk *d, struct site *s, struct err *e)
{
	const struct fold_ref *known;

	for (size_t i = 0; (known = fold_ref_at(d->memory.fold, i)) != NULL;
	    i++) {
		if (known->deleted || !span_eq(known->repo, s->url) ||
		    refs_find(&s->refs, known->ref) != NULL)
			continue;
		if (!guard_changed(d, known, "gone", e))
			return false;
		struct json *v = ref_event(s, known->ref);
		json_put_span(v, "old_id", known->object_id);
		if (!record_add(d->record, "ref.deleted", v, NULL, e) ||
		    !batch_end(d, BATCH, e))
			return false;
	}
	return batch_end(d, 1, e);
}

/* ---- all of them ---- */

/* Calls what is to be done for each repository of each project. */
static bool
sites_each(struct desk *d, bool (*visit)(struct desk *, const struct project *,
    struct site *, void *arg, struct err *), void *arg, struct err *e)
{
	const struct config *c = chain_config(d->chain);

	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];

		for (size_t k = 0; k < p->repository.count; k++)
			if (!visit(d, p, site_of(d, p->repository.items[k]),
			    arg, e))
				return false;
	}
	return true;
}

/* *late counts those that are still under way, or have to wait for a place. */
static bool
visit_fetch(struct desk *d, const struct project *p, struct site *s,
    void *late, struct err *e)
{
	(void)p;
	(void)e;
	site_settle(d, s);
	site_start(d, s);
	*(size_t *)late += !s->fresh && !s->failed;
	return true;
}

static bool
visit_look(struct desk *d, const struct project *p, struct site *s,
    void *missed, struct err *e)
{
	struct err why;

	*(size_t *)missed += !s->fresh;
	if (!s->fresh || (refs_take(d, p, s, missed, &why) &&
	    refs_miss(d, s, &why)))
		return true;
	record_drop(d->record);
	if (why.what->kind == ERR_KIND_ALARM) {
		*e = why;
		return false;
	}
	err_at(&why, "%s", text_show(s->url).text);
	log_err(&d->log, "repository.failed", &why);
	++*(size_t *)missed;
	return true;
}

bool
releases_look(struct desk *d, int64_t patience, size_t *missed,
    struct err *e)
{
	int64_t deadline = clock_in(patience);
	size_t late = 1;

	sites_stale(d);
	/* Also those that no project has any more: nobody else takes them. */
	sites_settle(d);
	while (late > 0 && !d->stopped) {
		late = 0;
		if (!sites_each(d, visit_fetch, &late, e) || (late > 0 &&
		    clock_left(deadline) == 0))
			break;
		if (late > 0 && !desk_wait(d, deadline, e))
			return false;
	}
	*missed = 0;
	return sites_each(d, visit_look, missed, e);
}
