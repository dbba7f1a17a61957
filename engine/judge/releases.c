/* releases - see releases.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "judge/releases.h"
#include "judge/request_build.h"
#include "judge/standing.h"
#include "judge/urls.h"
#include "sys/clock.h"
#include "sys/random.h"

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
	const struct fold_request *last = standing_completed(d->memory.fold,
	    r->project, policy);

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

	if (!r->is_new || !out->facts.signature.good)
		return true;
	text_hex(SPAN(out->payload_sha256), &hex);
	out->facts.asked = standing_asked(d->memory.fold, r->project, r->name,
	    buf_span(&hex));
	return arena_copy(a, out->facts.asked, &out->facts.asked) ||
	    err_budget(e, a);
}

/* The branches that a release may be reachable from. */
static bool
branches_find(struct desk *d, const struct release_ref *r, struct arena *a,
    struct release_look *look, struct err *e)
{
	const struct project *p = config_project(chain_config(d->chain),
	    r->project);
	struct ref_list list = { 0 };
	struct urls urls;
	bool differ;

	if (p != NULL && (!urls_of(d, p, a, &urls, e) ||
	    !urls_branches(d, &urls, &list, &differ, e)))
		return false;
	look->branches = list.items;
	look->branch_count = list.count;
	return true;
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
	    .seen = seen != 0 ? seen : clock_now() };
	struct object_id base;
	bool found;

	if (!branches_find(d, r, a, &look, e) ||
	    !release_read(repository, signers, &look, a, out, e))
		return false;
	if (out->facts.manifest != NULL) {
		if (!base_find(d, r, out->manifest.policy, &base, &found, e))
			return false;
		look.base = &base;
		if (found && !release_read(repository, signers, &look, a, out,
		    e))
			return false;
	}
	out->facts.now = record_time(d->record);
	out->facts.provenance_later = r->provenance_later;
	out->facts.provenance.items = r->provenance.items;
	out->facts.provenance.count = r->provenance.count;
	return asked_find(d, r, a, out, e) &&
	    release_decide(c, &out->facts, a, decision, e);
}

static struct json *
created(struct json *body, const char *id, struct span submitter)
{
	struct json *v = json_map();

	json_put_text(v, "request", id);
	event_person(v, "actor", submitter);
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
	if (decision->submitter.len > 0)
		event_person(v, "actor", decision->submitter);
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
	const struct request_rules rules = request_rules_of(d);
	uint8_t nonce[REQUEST_NONCE];
	char id[REQUEST_ID_SIZE];
	struct json *body;

	random_bytes(nonce, sizeof(nonce));
	if (!request_build(&rules, &source, release->facts.now, nonce,
	    &body, e))
		return false;
	if (!request_id(body, id, e)) {
		json_release(body);
		return false;
	}
	*out = created(body, id, decision->submitter);
	return true;
}

/* An object of a release, unless it is the release itself, or too large. */
static bool
object_keep(struct desk *d, struct json *event, const struct release_ref *r,
    const struct object_id *id, enum object_kind kind, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct repository *repository = r->site->repository;
	enum object_kind found;
	uint64_t size;

	if (object_id_eq(id, &r->object))
		return true;
	if (!object_stat(repository, id, &found, &size, e))
		return false;
	return size > LIMIT_SIGNED_OBJECT ||
	    (object_read(repository, id, kind, LIMIT_SIGNED_OBJECT, &raw, e) &&
	    event_evidence(d, event, object_kind_names[kind], id,
	    buf_span(&raw), e));
}

/* What was asked for is known even if the host throws it away. */
static bool
objects_keep(struct desk *d, struct json *event, const struct release_ref *r,
    const struct release *release, struct err *e)
{
	struct object_id tree;

	return commit_tree(r->site->repository, &release->commit, &tree, e) &&
	    object_keep(d, event, r, &release->commit, OBJECT_COMMIT, e) &&
	    object_keep(d, event, r, &tree, OBJECT_TREE, e);
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
	if (!no && !objects_keep(d, event, r, release, e))
		return false;
	return record_add(d->record, no ? "request.refused" :
	    "request.created", TAKE(event), NULL, e);
}

bool
release_refuse(struct desk *d, const struct release_ref *r,
    const struct err *why, struct err *e)
{
	struct json *v = refusal(r);
	struct event_list findings = { 0 };

	event_list_add(&findings, event_finding(why->what->code,
	    span_text(why->text)));
	json_put(v, "findings", findings.json);
	event_rules(d, v);
	return record_add(d->record, "request.refused", v, NULL, e);
}
