/* replay - see replay.h. */
#include <stdarg.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/write.h"
#include "judge/expiring.h"
#include "judge/replay_state.h"

#define OPERATOR	"engine.yaml"	/* who vouches for a root */
#define MEMORY		((size_t)256 << 20)
#define WHY_MOST	500	/* bytes of a reason */
#define DECIDING	INT64_C(3600000) /* ms from a decision to its event */

_Static_assert(MEMORY >= 2 * EXPIRING_MEMORY, "what was told is told again");

const char *
replay_verdict_name(enum replay_verdict v)
{
	static const char *const names[REPLAY_VERDICTS] = {
		[REPLAY_SAME] = "same",
		[REPLAY_PARTLY] = "partly",
		[REPLAY_UNKNOWN] = "unknown",
		[REPLAY_DIFFERENT] = "different",
	};

	return names[v];
}

/* ---- verdicts ---- */

void
replay_note(struct replay *r, enum replay_verdict v, const char *fmt, ...)
{
	char text[WHY_MOST];
	va_list list;

	if (v <= r->verdict)
		return;
	va_start(list, fmt);
	vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	r->verdict = v;
	r->why.len = 0;
	buf_text(&r->why, text);
}

bool
replay_trouble(struct replay *r, const struct err *why, struct err *e)
{
	if (why->what->kind == ERR_KIND_SYSTEM &&
	    !err_is(why, ERR_GIT_OBJECT_MISSING)) {
		*e = *why;
		return false;
	}
	r->cause = why->what;
	replay_note(r, REPLAY_UNKNOWN, "%s: %s", why->what->code, why->text);
	return true;
}

/* Deciding takes a while, but no time of the engine's own choice. */
void
replay_time(struct replay *r, const struct event *ev, struct span said)
{
	int64_t at;

	if (!text_untime(said, &at) || at > ev->at || ev->at - at > DECIDING)
		replay_note(r, REPLAY_DIFFERENT, "it was decided for %s, and "
		    "told much later or before", text_show(said).text);
	else
		r->now = at;
}

/* ---- evidence ---- */

/* Its id tells of which kind it is; what has no id is no object. */
static bool
object_put(struct replay *r, struct span id, struct span raw, struct err *e)
{
	struct object_id want, written;

	if (!object_id_parse(id, &want) ||
	    object_exists(r->terms->objects, &want))
		return true;
	for (enum object_kind k = 0; k < OBJECT_KINDS; k++) {
		struct object_id is = object_id_of(k, raw);

		if (object_id_eq(&is, &want))
			return object_write(r->terms->objects, k, raw,
			    &written, e);
	}
	replay_note(r, REPLAY_DIFFERENT, "its evidence is not object %.12s",
	    text_show(id).text);
	return true;
}

bool
replay_evidence(struct replay *r, const struct event *ev, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");

	for (size_t i = 0; i < json_count(list); i++) {
		CLEANUP(buf_done) struct buf raw = { 0 };
		const struct json *one = json_item(list, i);
		struct span id = json_span(json_member(one, "object_id"));

		if (!ledger_blob(r->terms->ledger,
		    json_span(json_member(one, "raw_sha256")), &raw, e) ||
		    !object_put(r, id, buf_span(&raw), e))
			return false;
	}
	return true;
}

/* ---- the config repo ---- */

static bool
pin_of(const struct event *ev, struct chain_pin *out)
{
	return object_id_parse(event_text(ev, "commit_id"), &out->commit) &&
	    text_unhex(event_text(ev, "payload_sha256"), out->payload_sha256,
	    32) && text_unhex(event_text(ev, "manifest_sha256"),
	    out->manifest_sha256, 32);
}

/* The engine was in this state, however it came there. */
static bool
chain_begin(struct replay *r, const struct event *ev, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct chain_pin pin;
	struct err why;

	chain_free(TAKE(r->chain));
	if (!pin_of(ev, &pin))
		return true;
	return chain_open(r->terms->objects, &pin, r->terms->source,
	    &r->chain, &errors, &why) || replay_trouble(r, &why, e);
}

/* Nobody but the operator vouches for a root, unless it is pinned here too. */
static bool
root_take(struct replay *r, const struct event *ev, struct err *e)
{
	const struct chain_pin *root = r->terms->root;
	struct chain_pin pin = { 0 };

	if (root == NULL)
		replay_note(r, REPLAY_UNKNOWN, "the engine's operator pinned "
		    "this root, and nobody did here");
	else if (!pin_of(ev, &pin) || !object_id_eq(&pin.commit,
	    &root->commit) || memcmp(pin.payload_sha256, root->payload_sha256,
	    32) != 0 || memcmp(pin.manifest_sha256, root->manifest_sha256,
	    32) != 0)
		replay_note(r, REPLAY_UNKNOWN, "the engine's operator pinned "
		    "this root, here %.12s is pinned",
		    object_id_hex(&root->commit).text);
	return chain_begin(r, ev, e);
}

/* Endorsements that were told of before, and those of this event. */
static bool
endorsements_of(struct replay *r, const struct event *ev,
    struct chain_look *out, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");
	const struct memory *m = &r->memory;
	size_t most = m->endorsement_count + json_count(list), n = 0;
	struct object_id *ids = ARENA_ARRAY(r->scratch, struct object_id,
	    most + 1);

	if (ids == NULL)
		return err_budget(e, r->scratch);
	for (size_t i = 0; i < m->endorsement_count; i++)
		if (object_exists(r->terms->objects, &m->endorsements[i]))
			ids[n++] = m->endorsements[i];
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_item(list, i);

		if (span_is(json_span(json_member(one, "what")),
		    "endorsement") && object_id_parse(json_span(json_member(
		    one, "object_id")), &ids[n]))
			n++;
	}
	out->endorsements = ids;
	out->endorsement_count = n;
	return true;
}

/* Judges the commit of an event as on that day; *v is NULL: unknown. */
static bool
commit_judge(struct replay *r, const struct event *ev,
    const struct chain_verdict **v, struct err *e)
{
	struct chain_look look = { .now = ev->at, .first_seen = memory_seen,
	    .accepted = memory_accepted, .arg = &r->memory };
	const struct chain_verdict *all;
	struct err why;
	size_t count;

	*v = NULL;
	if (!object_id_parse(event_text(ev, "commit_id"), &look.head))
		return true;
	if (memory_seen(&r->memory, &look.head) == 0 &&
	    !text_untime(event_text(ev, "first_seen"), &look.now))
		return true;
	if (!endorsements_of(r, ev, &look, e))
		return false;
	if (!chain_advance(r->chain, &look, &why))
		return replay_trouble(r, &why, e);
	all = chain_verdicts(r->chain, &count);
	for (size_t i = 0; i < count; i++)
		if (object_id_eq(&all[i].commit, &look.head))
			*v = &all[i];
	if (*v == NULL)
		replay_note(r, REPLAY_DIFFERENT, "the chain does not come to "
		    "this commit");
	else if ((*v)->error != NULL &&
	    err_is((*v)->error, ERR_GIT_OBJECT_MISSING)) {
		replay_note(r, REPLAY_UNKNOWN, "%s", (*v)->error->text);
		*v = NULL;
	}
	return true;
}

static const char *
why_not(const struct chain_verdict *v)
{
	for (size_t i = 0; i < v->decision.findings.count; i++)
		if (!v->decision.findings.items[i].met)
			return v->decision.findings.items[i].row->code;
	return v->error != NULL ? v->error->what->code :
	    chain_outcome_name(v->outcome);
}

/* An event has as many of the changes as fit. */
static void
changes_compare(struct replay *r, const struct event *ev,
    const struct chain_verdict *v)
{
	const struct json *told = json_member(ev->json, "changes");

	for (size_t i = 0; i < json_count(told); i++) {
		const struct json *one = json_item(told, i);
		struct span path = json_span(json_member(one, "path"));
		struct span rule = json_span(json_member(one, "rule"));

		if (i >= v->paths.count ||
		    !span_eq(path, v->paths.items[i].path) ||
		    !span_is(rule, chain_rule(v, i)))
			replay_note(r, REPLAY_DIFFERENT, "%s is told to be "
			    "allowed by %s, which is not so",
			    text_show(path).text, text_show(rule).text);
	}
}

static void
accepted_compare(struct replay *r, const struct event *ev,
    const struct chain_verdict *v)
{
	CLEANUP(buf_done) struct buf signer = { 0 };

	if (v->outcome != CHAIN_ALLOWED) {
		replay_note(r, REPLAY_DIFFERENT, "made again, the commit is "
		    "%s: %s", chain_outcome_name(v->outcome), why_not(v));
		return;
	}
	buf_text(&signer, "person/");
	buf_put(&signer, v->signer);
	if (!span_eq(buf_span(&signer), event_text(ev, "signer")))
		replay_note(r, REPLAY_DIFFERENT, "%s signed it, not %s",
		    buf_cstr(&signer), text_show(event_text(ev,
		    "signer")).text);
	changes_compare(r, ev, v);
}

static bool
on_accepted(struct replay *r, const struct event *ev, struct err *e)
{
	const struct chain_verdict *v;

	if (span_is(event_text(ev, "signer"), OPERATOR))
		return root_take(r, ev, e);
	if (r->chain == NULL) {
		replay_note(r, REPLAY_UNKNOWN, "the state before it is not "
		    "known");
		return chain_begin(r, ev, e);
	}
	if (!commit_judge(r, ev, &v, e))
		return false;
	if (v != NULL)
		accepted_compare(r, ev, v);
	return r->verdict == REPLAY_SAME || chain_begin(r, ev, e);
}

static struct span
code_at(const struct event *ev, size_t i)
{
	const struct json *list = json_member(ev->json, "findings");

	return i >= json_count(list) ? (struct span){ 0 } :
	    json_span(json_member(json_item(list, i), "code"));
}

/* A host that held objects back then may have them now. */
static bool
was_held_back(const struct event *ev)
{
	return span_is(code_at(ev, 0),
	    err_rows[ERR_GIT_OBJECT_MISSING].code);
}

static bool
on_refused(struct replay *r, const struct event *ev, struct err *e)
{
	const struct chain_verdict *v;
	struct chain_pin before;
	struct err why;

	if (r->chain == NULL || was_held_back(ev)) {
		replay_note(r, REPLAY_UNKNOWN, r->chain == NULL ? "the state "
		    "before it is not known" : "a host held objects back "
		    "then");
		return true;
	}
	if (!chain_pin_of(r->terms->objects, chain_commit(r->chain), &before,
	    &why))
		return replay_trouble(r, &why, e);
	if (!commit_judge(r, ev, &v, e))
		return false;
	if (v != NULL && v->outcome == CHAIN_ALLOWED)
		replay_note(r, REPLAY_DIFFERENT, "made again, the commit is "
		    "allowed");
	if (object_id_eq(chain_commit(r->chain), &before.commit))
		return true;
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	chain_free(TAKE(r->chain));
	return chain_open(r->terms->objects, &before, r->terms->source,
	    &r->chain, &errors, &why) || replay_trouble(r, &why, e);
}

static bool
on_recovered(struct replay *r, const struct event *ev, struct err *e)
{
	struct fold_recovery told = { .n = ev->n, .seen = ev->at,
	    .epoch = event_integer(ev, "epoch"),
	    .engine = event_text(ev, "engine"),
	    .leaves = event_text(ev, "leaves"),
	    .commit = event_text(ev, "commit_id"),
	    .statement = event_text(ev, "statement_sha256") };
	struct err why;

	if (r->chain == NULL || r->terms->recovery == NULL)
		replay_note(r, REPLAY_UNKNOWN, r->chain == NULL ? "the state "
		    "before it is not known" : "no recovery keys are pinned "
		    "here");
	else if (!text_untime(event_text(ev, "first_seen"), &told.seen) ||
	    !recovery_redo(r->chain, &(struct recovery_past){ r->memory.fold,
	    r->terms->ledger, *r->terms->recovery }, &told, NULL, &why)) {
		if (!replay_trouble(r, &why, e))
			return false;
		replay_note(r, REPLAY_DIFFERENT, "%s: %s", why.what->code,
		    why.text);
	}
	return r->verdict == REPLAY_SAME || chain_begin(r, ev, e);
}

bool
replay_in_force(struct replay *r, const struct event *ev)
{
	struct span commit = json_span(json_member(json_member(ev->json,
	    "config"), "commit_id"));

	if (r->chain == NULL) {
		replay_note(r, REPLAY_UNKNOWN, "the state of the config repo "
		    "is not known");
		return false;
	}
	if (commit.len == 0 || span_is(commit,
	    object_id_hex(chain_commit(r->chain)).text))
		return true;
	replay_note(r, REPLAY_DIFFERENT, "it was decided by commit %.12s, but "
	    "%.12s was in force", text_show(commit).text,
	    object_id_hex(chain_commit(r->chain)).text);
	return false;
}

/* What is told of a branch was so then: branches move. */
static bool
is_branch(struct replay *r, struct span code)
{
	if (!span_is(code, err_rows[ERR_REF_BRANCH].code))
		return false;
	replay_note(r, REPLAY_PARTLY, "its branches may have moved since");
	return true;
}

/* The code of the next unmet finding, or an empty one. */
static struct span
unmet_next(struct replay *r, const struct decision *d, size_t *i)
{
	while (*i < d->findings.count) {
		const struct finding *f = &d->findings.items[(*i)++];
		struct span code = f->met ? (struct span){ 0 } :
		    span_text(f->row->code);

		if (code.len > 0 && !is_branch(r, code))
			return code;
	}
	return (struct span){ 0 };
}

void
replay_refusals(struct replay *r, const struct event *ev,
    const struct decision *d)
{
	size_t told = json_count(json_member(ev->json, "findings"));
	size_t at = 0;

	for (size_t i = 0; i < told; i++) {
		struct span then = code_at(ev, i), now;

		if (is_branch(r, then))
			continue;
		now = unmet_next(r, d, &at);
		if (!span_eq(then, now))
			replay_note(r, REPLAY_DIFFERENT, "made again, %s "
			    "stands where %s is told", now.len == 0 ?
			    "nothing" : text_show(now).text,
			    text_show(then).text);
	}
	/* An event holds as many as fit: what is over is no difference. */
	if (told == 0)
		replay_note(r, REPLAY_DIFFERENT, "it tells no reason");
}

/* ---- the events ---- */

static const struct row {
	const char	*type;
	const char	*about;		/* member: what it is about */
	bool		(*redo)(struct replay *, const struct event *,
			    struct err *);
} rows[] = {
	{ "config.accepted", "commit_id", on_accepted },
	{ "config.refused", "commit_id", on_refused },
	{ "config.recovered", "commit_id", on_recovered },
	{ "engine.declared", "declared", replay_declared },
	{ "engine.retired", "retired", replay_retired },
	{ "certificate.added", "certificate", replay_certificate },
	{ "certificate.changed", "certificate", replay_certificate },
	{ "certificate.removed", "certificate", replay_removed },
	{ "certificate.revoked", "certificate", replay_certificate },
	{ "certificate.expiring", "thing", replay_expiring },
	{ "request.created", "request", replay_created },
	{ "request.refused", "ref", replay_refused },
	{ "approval.counted", "request", replay_said },
	{ "approval.withdrawn", "request", replay_said },
	{ "approval.ignored", "request", replay_said },
	{ "request.denied", "request", replay_ended },
	{ "request.expired", "request", replay_ended },
	{ "request.cancelled", "request", replay_cancelled },
	{ "request.authorised", "request", replay_authorised },
};

static bool
decision_take(struct replay *r, const struct row *row,
    const struct event *ev, struct replay_sum *sum, struct err *e)
{
	r->verdict = REPLAY_SAME;
	r->now = ev->at;
	r->why.len = 0;
	r->cause = NULL;
	arena_free(r->scratch);
	r->scratch = arena_new(MEMORY);
	bool ok = replay_evidence(r, ev, e) && row->redo(r, ev, e);
	repository_forget(r->terms->objects);
	if (!ok)
		return err_at(e, "event %llu", (unsigned long long)ev->n);
	sum->counts[r->verdict]++;
	r->terms->tell(r->terms->arg, &(struct replayed){ .n = ev->n,
	    .type = ev->type, .about = event_text(ev, row->about),
	    .verdict = r->verdict, .why = buf_cstr(&r->why) });
	return true;
}

static bool
told_add(struct replay *r, struct table *t, struct span key, uint64_t n,
    struct err *e)
{
	struct told *list = table_find(t, key);
	uint64_t *grown;

	if (list == NULL) {
		list = ARENA_NEW(r->arena, struct told);
		if (list == NULL || !arena_copy(r->arena, key, &key))
			return err_budget(e, r->arena);
		*list = (struct told){ 0 };
		table_put(t, key, list);
	}
	grown = arena_grow(r->arena, list->events, list->count,
	    sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, r->arena);
	list->events = grown;
	grown[list->count++] = n;
	return true;
}

/* What later decisions rest on is found by its request. */
static bool
event_keep(struct replay *r, const struct event *ev, struct err *e)
{
	struct span request = event_text(ev, "request");

	if (strcmp(ev->type->name, "request.cancelled") == 0)
		r->cancelled = ev->n;
	if (request.len > 0 && strncmp(ev->type->name, "approval.", 9) == 0)
		return told_add(r, &r->told, request, ev->n, e);
	if (request.len > 0 &&
	    strcmp(ev->type->name, "artifact.retrieved") == 0)
		return told_add(r, &r->attested, request, ev->n, e);
	return true;
}

static bool
event_take(struct replay *r, uint64_t n, struct replay_sum *sum,
    struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!ledger_event_read(r->terms->ledger, n, &bytes, &json, &ev, e))
		return false;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].type, ev.type->name) == 0 &&
		    !decision_take(r, &rows[i], &ev, sum, e))
			return false;
	return memory_event(&r->memory, &ev, e) && event_keep(r, &ev, e);
}

bool
replay_run(const struct replay_terms *t, struct replay_sum *sum,
    struct err *e)
{
	struct replay r = { .terms = t, .arena = arena_new(MEMORY),
	    .scratch = arena_new(MEMORY) };
	bool ok = true;

	*sum = (struct replay_sum){ { 0 } };
	memory_init(&r.memory);
	for (uint64_t n = 0; ok && n < ledger_size(t->ledger); n++)
		ok = event_take(&r, n, sum, e);
	chain_free(r.chain);
	memory_done(&r.memory);
	table_done(&r.told);
	table_done(&r.attested);
	arena_free(r.arena);
	arena_free(r.scratch);
	buf_done(&r.why);
	return ok;
}
