/* weigh - see weigh.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "judge/fresh.h"
#include "judge/request_build.h"
#include "judge/standing.h"
#include "judge/urls.h"
#include "judge/weigh.h"
#include "sys/clock.h"

#define HEARING_MEMORY	((size_t)256 << 20)
#define REASONS_MOST	200	/* of one event: it has 64 KiB */
#define REASON_TEXT	200	/* bytes of one */
#define PERSON		"person/"
#define IGNORED_MOST	200	/* told in one transaction */

/* ---- what was said ---- */

static bool
branch_head(const struct desk *d, struct object_id *head)
{
	const struct approval_refs *r =
	    &chain_config(d->chain)->organization.approvals;
	CLEANUP(buf_done) struct buf name = { 0 };

	buf_text(&name, "refs/heads/");
	buf_put(&name, r->branch);
	const struct ref *ref = refs_find(&d->config_refs, buf_span(&name));
	if (ref != NULL)
		*head = ref->id;
	return ref != NULL;
}

#define ID_START	"sr-"

/* What is said of a request that has ended changes nothing any more. */
static bool
is_open(void *memory, struct span about)
{
	const struct fold *f = ((const struct memory *)memory)->fold;
	CLEANUP(buf_done) struct buf id = { 0 };
	bool several = false;

	if (!span_starts(about, ID_START))
		buf_text(&id, ID_START);
	buf_put(&id, about);
	const struct fold_request *q = fold_request(f, buf_span(&id));
	if (q == NULL)
		q = fold_request_prefix(f, buf_span(&id), &several);
	return several || (q != NULL && !request_state_final(q->state));
}

bool
hearing_open(struct desk *d, struct hearing *h, struct err *e)
{
	const struct approval_refs *r =
	    &chain_config(d->chain)->organization.approvals;
	struct approval_look look = { .now = clock_now(),
	    .first_seen = memory_seen, .said_before = memory_said_at,
	    .wanted = is_open, .arg = &d->memory };
	struct object_id head;
	struct ref_list tags;

	h->arena = arena_new(HEARING_MEMORY);
	if (!refs_below(&d->config_refs, r->ref_prefix, h->arena, &tags, e))
		return false;
	look.tags = tags.items;
	look.tag_count = tags.count;
	look.branch = branch_head(d, &head) ? &head : NULL;
	return approvals_read(d->config_repo, chain_signers(d->chain), &look,
	    h->arena, &h->list, e);
}

void
hearing_done(struct hearing *h)
{
	arena_free(h->arena);
	h->arena = NULL;
}

/* The n-th statement about a request, as approvals_of counts them. */
static const struct approval *
statement_at(const struct hearing *h, struct span request, size_t n)
{
	for (size_t i = 0; i < h->list.count; i++) {
		const struct approval *a = &h->list.items[i];

		if (approval_concerns(a, request) && n-- == 0)
			return a;
	}
	return NULL;
}

/* ---- the decision ---- */

/*
 * Why a request ends though nobody denied it, if it does. The release
 * itself is judged again just before a key may be used: since it came in, a
 * key may have been revoked or a person disabled.
 */
static bool
cancels(struct desk *d, const struct fold_request *q, struct dossier *f,
    bool allowed, struct weighed *out, struct err *e)
{
	const struct config *c = chain_config(d->chain);
	const struct request_rules rules = request_rules_of(d);
	bool current;

	if (!request_current(&rules, f->body, &current, e))
		return false;
	if (!standing_ref(d->memory.fold, q)) {
		out->cancels = "the ref was moved or deleted";
		out->code = ERR_REF_MOVED;
	} else if (!current) {
		out->cancels = "a file of the config repo that it rests on "
		    "has changed";
		out->code = ERR_REQUEST_CONFIG_CHANGED;
	} else if (!standing_runs(q) && !standing_certificate(c, q->project,
	    q->policy, f->certificate, out->at)) {
		out->cancels = "the successor of its certificate has taken "
		    "over";
		out->code = ERR_REQUEST_CERTIFICATE;
	}
	/* What has failed for good ends by that; it is not asked for again. */
	if (out->cancels != NULL || !allowed || f->broken)
		return true;
	if (!dossier_judge(d, f, e))
		return false;
	if (f->decision.outcome == OUTCOME_REFUSED)
		out->cancels = "its release would be refused by now";
	return true;
}

static void
denial_find(const struct hearing *h, const struct fold_request *q,
    struct weighed *w)
{
	for (size_t i = 0; i < w->decision.said.count; i++) {
		const struct said_fact *s = &w->decision.said.items[i];

		if (s->said != SAID_DENIED)
			continue;
		w->denial = statement_at(h, q->id, i);
		w->denier = s->person;
		return;
	}
}

bool
weigh_fits(const struct desk *d, const struct dossier *f, struct err *e)
{
	const struct certificate *x = config_certificate(
	    chain_config(d->chain), f->certificate);
	uint64_t most = x == NULL ? 0 : x->rules.signatures_per_day;
	uint64_t need = f->ready ? dossier_signatures(f) : 0;

	return most == 0 || need <= most || err_set(e, ERR_REQUEST_SIGNATURES,
	    "%llu signatures are to be made, certificate %s may make %llu a "
	    "day", (unsigned long long)need, text_show(x->slug).text,
	    (unsigned long long)most);
}

bool
weigh_request(struct desk *d, struct hearing *h, const struct fold_request *q,
    struct dossier *f, struct weighed *out, struct err *e)
{
	struct request_facts facts = { .id = q->id, .project = q->project,
	    .policy = q->policy, .submitter = f->submitter,
	    .authors = f->release.authors, .created = f->created,
	    .now = record_time(d->record), .authorised = standing_runs(q),
	    .again = standing_again(q), .certificate = f->certificate,
	    .signatures = dossier_signatures(f) };

	facts.used = fold_certificate_uses(d->memory.fold, f->certificate,
	    policy_day(facts.now), q);
	*out = (struct weighed){ .at = facts.now };
	if (!approvals_of(&h->list, q->id, h->arena, &facts, e) ||
	    !request_decide(chain_config(d->chain), &facts, h->arena,
	    &out->decision, e))
		return false;
	out->outcome = out->decision.outcome;
	if (out->outcome == OUTCOME_AUTHORISED && !standing_runs(q))
		out->held = urls_hold(d, q->project, q->ref);
	if (!cancels(d, q, f, out->outcome == OUTCOME_AUTHORISED &&
	    !standing_runs(q) && out->held == NULL, out, e))
		return false;
	if (out->outcome == OUTCOME_DENIED)
		denial_find(h, q, out);
	else if (out->cancels != NULL)
		out->outcome = OUTCOME_REFUSED;
	else if (out->held != NULL)
		out->outcome = OUTCOME_WAITING;
	out->stale = !standing_runs(q) && fresh_stops(d, out->decision.policy);
	if (out->stale && out->outcome == OUTCOME_AUTHORISED)
		out->outcome = OUTCOME_WAITING;
	return true;
}

/* ---- the ledger ---- */

static const char *const said_events[] = {
	[SAID_COUNTED]		= "approval.counted",
	[SAID_WITHDRAWN]	= "approval.withdrawn",
	[SAID_DENIED]		= NULL,		/* request.denied says it */
	[SAID_IGNORED]		= "approval.ignored",
};

/* Two people may sign the same bytes: each of them says something. */
static bool
is_told(const struct desk *d, const char *type, struct span request,
    const struct approval *a, struct span person)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_printf(&what, "%s ", type);
	buf_put(&what, request);
	buf_text(&what, " ");
	text_hex(SPAN(a->payload_sha256), &what);
	buf_text(&what, person.len > 0 ? " person/" : " ");
	buf_put(&what, person);
	return memory_said(&d->memory, buf_span(&what));
}

void
statement_members(struct json *v, const struct approval *a,
    struct span person)
{
	if (person.len > 0)
		event_person(v, "person", person);
	json_put_hex(v, "statement_sha256", SPAN(a->payload_sha256));
}

static void
said_members(struct json *v, const struct approval *a,
    const struct said_fact *s, const struct decision *decision)
{
	struct json *findings;
	char at[TEXT_TIME_SIZE];

	if (s->said == SAID_COUNTED) {
		text_time(s->expires, at);
		json_put_text(v, "carrier", approval_carrier_name(a->carrier));
		json_put_text(v, "rule", "quorum");
		json_put_text(v, "expires", at);
	}
	if (s->said != SAID_IGNORED)
		return;
	const struct finding *why = &decision->findings.items[s->finding];
	findings = json_list();
	json_add(findings, event_reason(why));
	json_put(v, "findings", findings);
}

bool
statement_evidence(struct desk *d, struct json *v, const struct approval *a,
    struct err *e)
{
	return event_evidence(d, v, "approval", &a->object, a->raw, e) &&
	    (a->signature.len == 0 || event_evidence(d, v,
	    "approval signature", &a->signature_object, a->signature, e));
}

bool
weigh_news(const struct desk *d, const struct hearing *h,
    const struct fold_request *q, const struct weighed *w)
{
	for (size_t i = 0; i < w->decision.said.count; i++) {
		const struct approval *a = statement_at(h, q->id, i);
		const struct said_fact *s = &w->decision.said.items[i];
		const char *type = said_events[s->said];

		if (a != NULL && type != NULL &&
		    !is_told(d, type, q->id, a, s->person))
			return true;
	}
	return false;
}

static bool
said_record(struct desk *d, const struct fold_request *q,
    const struct approval *a, const struct said_fact *s,
    const struct decision *decision, uint64_t *n, struct err *e)
{
	const char *type = said_events[s->said];
	CLEANUP(json_done) struct json *v = NULL;

	if (type == NULL || is_told(d, type, q->id, a, s->person))
		return true;
	v = json_map();
	json_put_span(v, "request", q->id);
	statement_members(v, a, s->person);
	said_members(v, a, s, decision);
	event_rules(d, v);
	return statement_evidence(d, v, a, e) &&
	    record_add(d->record, type, TAKE(v), n, e);
}

/* The event that the ledger has of a statement that counts; 0: none. */
static uint64_t
counted_before(const struct fold_request *q, const struct approval *a,
    struct span person)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	uint64_t n = 0;

	text_hex(SPAN(a->payload_sha256), &hex);
	for (size_t i = 0; i < q->approval_count; i++) {
		const struct fold_approval *f = &q->approvals[i];

		if (span_eq(f->statement, buf_span(&hex)) &&
		    span_starts(f->person, PERSON) && span_eq(span_from(
		    f->person, strlen(PERSON)), person))
			n = f->n;
	}
	return n;
}

/*
 * Anybody who can push can say a lot that does not count: it is told in
 * portions, so that no flood of it keeps a request from being decided. What
 * comes after the decision is none of it: the ledger takes no more of it.
 */
bool
weigh_record(struct desk *d, const struct hearing *h,
    const struct fold_request *q, struct weighed *w, struct err *e)
{
	size_t before = record_pending(d->record);

	w->numbers = ARENA_ARRAY(h->arena, uint64_t, w->decision.said.count +
	    1);
	if (w->numbers == NULL)
		return err_budget(e, h->arena);
	for (size_t i = 0; i < w->decision.said.count &&
	    !standing_runs(q); i++) {
		const struct approval *a = statement_at(h, q->id, i);
		const struct said_fact *s = &w->decision.said.items[i];

		if (a == NULL || (s->said == SAID_IGNORED &&
		    record_pending(d->record) - before >= IGNORED_MOST))
			continue;
		if (!said_record(d, q, a, s, &w->decision, &w->numbers[i], e))
			return false;
	}
	return true;
}

/* ---- for events ---- */

static struct json *
wanted_text(const struct wanted *w)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%llu of ", (unsigned long long)w->missing);
	for (size_t i = 0; i < w->of.count; i++) {
		buf_text(&b, i == 0 ? "" : " or ");
		buf_put(&b, w->of.items[i]);
	}
	return json_text(buf_span(&b));
}

/* Approvals first; without any, the other reasons for waiting. */
struct json *
weigh_missing(const struct decision *decision)
{
	struct json *list = json_list();

	for (size_t i = 0; i < decision->wanted.count; i++)
		json_add(list, wanted_text(&decision->wanted.items[i]));
	if (decision->not_before > 0) {
		CLEANUP(buf_done) struct buf b = { 0 };
		char at[TEXT_TIME_SIZE];

		text_time(decision->not_before, at);
		buf_put(&b, decision->until);
		buf_printf(&b, ", until %s", at);
		json_add(list, json_text(buf_span(&b)));
	}
	return list;
}

uint64_t
weigh_needed(const struct decision *decision)
{
	const struct policy *p = decision->policy;
	uint64_t needed = 0;

	for (size_t i = 0; p != NULL && i < p->approvals.quorum.count; i++)
		needed += p->approvals.quorum.items[i].count;
	return needed;
}

/* Another attempt rests on what counted for the first one. */
struct json *
weigh_statements(const struct hearing *h, const struct fold_request *q,
    const struct weighed *w)
{
	struct json *list = json_list();

	for (size_t i = 0; i < w->decision.said.count; i++) {
		const struct approval *a = statement_at(h, q->id, i);
		const struct said_fact *s = &w->decision.said.items[i];
		uint64_t n = w->numbers[i];
		struct json *v;

		if (a == NULL || s->said != SAID_COUNTED)
			continue;
		if (n == 0)
			n = counted_before(q, a, s->person);
		if (n == 0)
			continue;
		v = json_map();
		json_put_int(v, "event", (int64_t)n);
		json_put_hex(v, "statement_sha256", SPAN(a->payload_sha256));
		json_add(list, v);
	}
	return list;
}

static void
reasons_add(struct json *list, const struct decision *decision)
{
	for (size_t i = 0; i < decision->findings.count &&
	    json_count(list) < REASONS_MOST; i++) {
		const struct finding *f = &decision->findings.items[i];
		CLEANUP(buf_done) struct buf text = { 0 };
		struct json *v;

		if (!f->met)
			continue;
		text_visible((struct span){ f->text.ptr, f->text.len <
		    REASON_TEXT ? f->text.len : REASON_TEXT }, &text);
		v = json_map();
		json_put_text(v, "rule", f->rule);
		json_put_bool(v, "met", true);
		json_put_span(v, "text", buf_span(&text));
		json_add(list, v);
	}
}

struct json *
weigh_reasons(const struct decision *release,
    const struct decision *approvals)
{
	struct json *list = json_list();

	reasons_add(list, release);
	reasons_add(list, approvals);
	return list;
}
