/* replay_release - what became of release refs, once more: see replay.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "judge/provenance.h"
#include "judge/replay_state.h"
#include "judge/request_build.h"
#include "judge/standing.h"

/* Rules about what lies behind a release, in the project's repository. */
static const char *const behind[] = {
	"branch", "submodules", "signed-commits", "reviewed-by-second-person",
};

static bool
is_behind(const struct finding *f)
{
	for (size_t i = 0; i < COUNT(behind); i++)
		if (strcmp(f->rule, behind[i]) == 0)
			return true;
	return false;
}

/* ---- judging ---- */

/* The last completed release of a policy: only commits after it are new. */
static bool
base_find(struct replay *r, const struct replay_release *what,
    struct span policy, struct object_id *out, bool *found, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const struct fold_request *last = standing_completed(r->memory.fold,
	    what->project, policy);
	struct event ev;

	*found = last != NULL;
	if (last == NULL)
		return true;
	if (!replay_asked(r, last, &bytes, &json, &ev, e))
		return false;
	*found = object_id_parse(json_span(json_member(json_member(ev.json,
	    "body"), "commit")), out);
	return true;
}

static bool
read_with_base(struct replay *r, const struct replay_release *what,
    struct release_look *look, struct release *out, struct err *e)
{
	struct signers *signers = chain_signers(r->chain);
	struct object_id base;
	bool found;

	if (!release_read(r->terms->objects, signers, look, r->scratch, out,
	    e))
		return false;
	if (look->apart || out->facts.manifest == NULL)
		return true;
	if (!base_find(r, what, out->manifest.policy, &base, &found, e))
		return false;
	look->base = found ? &base : NULL;
	bool ok = !found || release_read(r->terms->objects, signers, look,
	    r->scratch, out, e);
	look->base = NULL;
	return ok;
}

/* The history behind it may be elsewhere. */
static bool
read_release(struct replay *r, const struct replay_release *what,
    struct release *out, bool *done, bool *apart, struct err *e)
{
	struct release_look look = { .project = what->project,
	    .ref = what->ref, .object = what->object,
	    .seen_object = what->seen_object, .seen = what->seen,
	    .branches = r->terms->branches,
	    .branch_count = r->terms->branch_count };
	struct err why;

	*apart = false;
	*done = read_with_base(r, what, &look, out, &why);
	if (!*done && err_is(&why, ERR_GIT_OBJECT_MISSING)) {
		look.apart = *apart = true;
		*done = read_with_base(r, what, &look, out, &why);
	}
	if (!*done)
		return replay_trouble(r, &why, e);
	return true;
}

/* A branch may have been moved since. */
static bool
is_left_out(const struct finding *f, bool apart)
{
	return is_behind(f) && (apart || f->row == &err_rows[ERR_REF_BRANCH]);
}

/* What depends on the history is left out where nobody looked at that. */
static bool
leave_out(struct replay *r, struct decision *d, bool apart, struct err *e)
{
	struct finding *kept = ARENA_ARRAY(r->scratch, struct finding,
	    d->findings.count + 1);
	size_t n = 0;

	if (kept == NULL)
		return err_budget(e, r->scratch);
	d->outcome = OUTCOME_WAITING;
	for (size_t i = 0; i < d->findings.count; i++) {
		const struct finding *f = &d->findings.items[i];

		if (is_left_out(f, apart)) {
			replay_note(r, REPLAY_PARTLY, apart ? "the history "
			    "behind it is not here" : "no branch has it now");
			continue;
		}
		if (!f->met)
			d->outcome = OUTCOME_REFUSED;
		kept[n++] = *f;
	}
	d->findings.items = kept;
	d->findings.count = n;
	return true;
}

bool
replay_judge(struct replay *r, const struct replay_release *what,
    struct release *out, struct decision *decision, bool *done, bool *apart,
    struct err *e)
{
	if (!read_release(r, what, out, done, apart, e) || !*done)
		return !*done;
	out->facts.now = r->now;
	out->facts.provenance_later = !what->attested;
	out->facts.provenance.items = what->provenance;
	out->facts.provenance.count = what->provenance_count;
	out->facts.asked = what->asked;
	if (!release_decide(chain_config(r->chain), &out->facts, r->scratch,
	    decision, e))
		return false;
	return true;
}

static const struct finding *
first_unmet(const struct decision *d)
{
	for (size_t i = 0; i < d->findings.count; i++)
		if (!d->findings.items[i].met)
			return &d->findings.items[i];
	return NULL;
}

/* ---- request.created ---- */

/* The release that an event speaks of. */
static bool
release_of(const struct replay *r, const struct event *ev,
    const struct json *from, struct replay_release *out)
{
	const struct json *tag = json_member(from, "tag");
	const struct fold_ref *known;
	struct span id = tag != NULL ? json_span(json_member(tag, "id")) :
	    json_span(json_member(from, "object_id"));

	*out = (struct replay_release){
	    .project = json_span(json_member(from, "project")),
	    .ref = json_span(json_member(from, "ref")) };
	if (!object_id_parse(id, &out->object))
		return false;
	known = fold_ref(r->memory.fold, out->project, out->ref);
	if (known != NULL && !span_starts(out->ref, "refs/heads/"))
		out->seen_object = known->first_id;
	out->seen = memory_seen((void *)(uintptr_t)&r->memory, &out->object);
	if (out->seen == 0)
		out->seen = ev->at;
	return true;
}

/*
 * The same signed bytes ask once; only what a request rests on that has just
 * ended is judged anew, right behind that event.
 */
static void
asked_before(const struct replay *r, const struct event *ev,
    struct span payload, struct replay_release *what)
{
	if (payload.len > 0 && (r->cancelled == 0 ||
	    ev->n != r->cancelled + 1))
		what->asked = standing_asked(r->memory.fold, what->project,
		    what->ref, payload);
}

static bool
has_repository(const struct project *p, struct span url)
{
	for (size_t i = 0; i < p->repository.count; i++)
		if (span_eq(p->repository.items[i], url))
			return true;
	return false;
}

static bool
body_again(struct replay *r, const struct json *body,
    const struct release *release, const struct decision *d,
    const struct object_id *object, struct json **out, struct err *e)
{
	const struct request_rules rules = { .repository = r->terms->objects,
	    .chain = r->chain,
	    .config_repo = chain_config(r->chain)->organization.id,
	    .engine = json_span(json_member(body, "engine")) };
	const struct request_source source = { release, d,
	    json_span(json_member(body, "repo")),
	    json_span(json_member(body, "ref")), *object };
	uint8_t nonce[REQUEST_NONCE];

	if (!text_unhex(json_span(json_member(body, "nonce")), nonce,
	    sizeof(nonce)))
		return err_set(e, ERR_LEDGER_EVENT, "its body has no nonce");
	return request_build(&rules, &source, r->now, nonce, out, e);
}

/* The same files, artifacts, certificate, times: byte for byte. */
static bool
body_compare(struct replay *r, const struct json *body,
    const struct release *release, const struct decision *d,
    const struct object_id *object, struct err *e)
{
	CLEANUP(buf_done) struct buf then = { 0 }, now = { 0 };
	CLEANUP(json_done) struct json *again = NULL;
	struct span repo = json_span(json_member(body, "repo"));
	struct err why;

	if (!has_repository(d->project, repo))
		replay_note(r, REPLAY_DIFFERENT, "the project has no "
		    "repository %s", text_show(repo).text);
	if (!body_again(r, body, release, d, object, &again, &why))
		return replay_trouble(r, &why, e);
	if (!canonical_write(body, &then, e) ||
	    !canonical_write(again, &now, e))
		return false;
	if (!span_eq(buf_span(&then), buf_span(&now)))
		replay_note(r, REPLAY_DIFFERENT, "made again, the request is "
		    "another one");
	return true;
}

static void
created_compare(struct replay *r, const struct event *ev,
    const struct decision *d)
{
	const struct finding *f = first_unmet(d);
	CLEANUP(buf_done) struct buf actor = { 0 };

	if (f != NULL)
		replay_note(r, REPLAY_DIFFERENT, "made again, it is refused: "
		    "%s: %s", f->row->code, text_show(f->text).text);
	buf_text(&actor, "person/");
	buf_put(&actor, d->submitter);
	if (!span_eq(buf_span(&actor), event_text(ev, "actor")))
		replay_note(r, REPLAY_DIFFERENT, "%s submitted it, not %s",
		    buf_cstr(&actor), text_show(event_text(ev,
		    "actor")).text);
}

bool
replay_created(struct replay *r, const struct event *ev, struct err *e)
{
	const struct json *body = json_member(ev->json, "body");
	struct replay_release what;
	struct decision decision;
	struct release release;
	bool done, apart;

	if (!replay_in_force(r, ev) || !release_of(r, ev, body, &what))
		return true;
	replay_time(r, ev, json_span(json_member(body, "created")));
	asked_before(r, ev, json_span(json_member(json_member(body, "tag"),
	    "payload_sha256")), &what);
	if (!replay_judge(r, &what, &release, &decision, &done, &apart, e))
		return false;
	if (!done)
		return true;
	if (!leave_out(r, &decision, apart, e))
		return false;
	created_compare(r, ev, &decision);
	return decision.project == NULL || decision.policy == NULL ||
	    body_compare(r, body, &release, &decision, &what.object, e);
}

/* ---- request.refused ---- */

/* Refused since the object itself cannot be read: it still cannot. */
static void
unread_compare(struct replay *r, const struct event *ev)
{
	const struct json *first = json_item(json_member(ev->json,
	    "findings"), 0);
	struct span code = json_span(json_member(first, "code"));

	if (r->cause != NULL && span_is(code, r->cause->code))
		r->verdict = REPLAY_SAME;
}

/* What the rules allow, but an event cannot hold, is refused, too. */
static bool
did_not_fit(struct replay *r, const struct event *ev)
{
	const struct json *first = json_item(json_member(ev->json,
	    "findings"), 0);

	if (!span_is(json_span(json_member(first, "code")),
	    err_rows[ERR_LEDGER_EVENT_SIZE].code))
		return false;
	replay_note(r, REPLAY_PARTLY, "the ledger could not hold it");
	return true;
}

bool
replay_refused(struct replay *r, const struct event *ev, struct err *e)
{
	struct replay_release what;
	struct decision decision;
	struct release release;
	bool done, apart;

	if (!replay_in_force(r, ev) || !release_of(r, ev, ev->json, &what))
		return true;
	asked_before(r, ev, event_text(ev, "payload_sha256"), &what);
	if (!replay_judge(r, &what, &release, &decision, &done, &apart, e))
		return false;
	if (!done)
		unread_compare(r, ev);
	else if (apart)
		replay_note(r, REPLAY_PARTLY, "the history behind it is not "
		    "here");
	else if (decision.outcome == OUTCOME_REFUSED || !did_not_fit(r, ev))
		replay_refusals(r, ev, &decision);
	return true;
}

/* ---- once more, for a request ---- */

bool
replay_asked(struct replay *r, const struct fold_request *q,
    struct buf *bytes, struct json **json, struct event *ev, struct err *e)
{
	return ledger_event_read(r->terms->ledger, q->created, bytes, json,
	    ev, e);
}

/* Which artifact of the manifest an event is about. */
static size_t
artifact_of(const struct manifest *m, struct span name)
{
	size_t i = 0;

	while (i < m->artifacts.count &&
	    !span_eq(m->artifacts.items[i].name, name))
		i++;
	return i;
}

static bool
attestation_take(struct replay *r, const struct json *evidence,
    struct attested_file *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (!ledger_blob(r->terms->ledger, json_span(json_member(evidence,
	    "raw_sha256")), &raw, e))
		return false;
	out->place = SPAN_TEXT("the ledger");
	return arena_copy(r->scratch, buf_span(&raw), &out->bytes) ||
	    err_budget(e, r->scratch);
}

/* What came beside an input, when that came. */
static bool
attested_event(struct replay *r, uint64_t n, const struct release *release,
    const struct policy *p, int64_t created, struct provenance_facts *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const struct manifest *m = &release->manifest;
	struct event ev;

	if (!ledger_event_read(r->terms->ledger, n, &bytes, &json, &ev, e))
		return false;
	size_t artifact = artifact_of(m, event_text(&ev, "name"));
	const struct json *list = json_member(ev.json, "evidence");
	for (size_t i = 0; i < json_count(list) &&
	    artifact < m->artifacts.count; i++) {
		struct attested_file file = { { 0 }, { 0 } };

		if (!attestation_take(r, json_item(list, i), &file, e) ||
		    !provenance_read(chain_config(r->chain),
		    &p->origin.provenance, artifact, &file, 1, created,
		    r->scratch, out, e))
			return false;
	}
	return true;
}

static bool
attested_all(struct replay *r, const struct fold_request *q,
    const struct release *release, const struct policy *p, int64_t created,
    struct provenance_facts *out, struct err *e)
{
	const struct told *list = table_find(&r->attested, q->id);

	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (!attested_event(r, list->events[i], release, p, created,
		    out, e))
			return false;
	return true;
}

bool
replay_again(struct replay *r, const struct fold_request *q,
    struct release *release, struct decision *decision, bool *done,
    bool *apart, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct provenance_facts facts = { 0 };
	struct replay_release what;
	struct event ev;

	*done = false;
	if (!replay_asked(r, q, &bytes, &json, &ev, e) ||
	    !replay_evidence(r, &ev, e))
		return false;
	what = (struct replay_release){ .project = q->project, .ref = q->ref };
	if (!object_id_parse(q->tag_id, &what.object))
		return true;
	what.seen = memory_seen(&r->memory, &what.object);
	if (!replay_judge(r, &what, release, decision, done, apart, e))
		return false;
	if (*done && decision->policy != NULL &&
	    decision->policy->origin.provenance.required) {
		if (!attested_all(r, q, release, decision->policy, ev.at,
		    &facts, e))
			return false;
		what.attested = true;
		what.provenance = facts.items;
		what.provenance_count = facts.count;
		if (!replay_judge(r, &what, release, decision, done, apart, e))
			return false;
	}
	return !*done || leave_out(r, decision, *apart, e);
}
