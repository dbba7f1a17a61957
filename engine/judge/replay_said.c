/* replay_said - what was said about requests, once more: see replay.h. */
#include <string.h>

#include "base/text.h"
#include "judge/replay_state.h"
#include "judge/request_build.h"
#include "judge/standing.h"

/* ---- the decision ---- */

/* Who made the commits of a release may be nobody who approves it. */
static bool
authors_find(struct hearing *h, struct request_facts *f, struct err *e)
{
	struct replay *r = h->replay;
	const struct project *p = config_project(chain_config(r->chain),
	    f->project);
	const struct policy *policy = p == NULL ? NULL :
	    project_policy(p, f->policy);
	struct decision decision;
	struct release release;
	bool done, apart;

	if (policy == NULL || !policy_needs_authors(policy))
		return true;
	if (!replay_again(r, h->request, &release, &decision, &done, &apart,
	    e))
		return false;
	if (done && !apart)
		f->authors = release.authors;
	return true;
}

/* What is to be signed, and what was on that day: for the certificate. */
static void
uses_find(struct hearing *h, const struct event *ev, const struct event *asked,
    struct request_facts *f)
{
	const struct fold_request *q = h->request;
	uint64_t most = event_integer(ev, "signatures_max");
	uint64_t spent = fold_key_spent(q);
	const struct json *c = json_member(json_member(asked->json, "body"),
	    "certificate");

	f->certificate = json_span(json_member(c, "slug"));
	f->signatures = most > spent ? most - spent : 0;
	f->used = fold_certificate_uses(h->replay->memory.fold,
	    f->certificate, policy_day(f->now), q);
}

static bool
decide(struct hearing *h, const struct event *ev, struct decision *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct replay *r = h->replay;
	const struct fold_request *q = h->request;
	struct request_facts facts = { .id = q->id, .project = q->project,
	    .policy = q->policy, .now = r->now,
	    .authorised = standing_runs(q), .again = standing_again(q) };
	struct event asked;

	if (!replay_asked(r, q, &bytes, &json, &asked, e) ||
	    !arena_copy(r->scratch, replay_slug(event_text(&asked, "actor")),
	    &facts.submitter))
		return false;
	facts.created = asked.at;
	uses_find(h, ev, &asked, &facts);
	return authors_find(h, &facts, e) &&
	    approvals_of(&h->list, q->id, r->scratch, &facts, e) &&
	    request_decide(chain_config(r->chain), &facts, r->scratch, out,
	    e);
}

/* Finds the request and decides; *done is false where that cannot be. */
static bool
decide_again(struct replay *r, const struct event *ev, bool statement,
    struct hearing *h, struct decision *out, bool *done, struct err *e)
{
	*done = false;
	*h = (struct hearing){ .replay = r, .request = fold_request(
	    r->memory.fold, event_text(ev, "request")) };
	if (h->request == NULL || !replay_in_force(r, ev))
		return true;
	if (!replay_hear(h, statement ? ev : NULL, r->now, e) ||
	    !decide(h, ev, out, e))
		return false;
	*done = r->verdict != REPLAY_UNKNOWN;
	return true;
}

/* ---- approval.* ---- */

static const struct {
	const char	*type;
	enum said	 said;
} saids[] = {
	{ "approval.counted", SAID_COUNTED },
	{ "approval.withdrawn", SAID_WITHDRAWN },
	{ "approval.ignored", SAID_IGNORED },
};

static const char *
said_name(enum said said)
{
	for (size_t i = 0; i < COUNT(saids); i++)
		if (saids[i].said == said)
			return saids[i].type;
	return "a denial";
}

static void
said_compare(struct replay *r, const struct event *ev,
    const struct said_fact *s)
{
	struct span told = replay_slug(event_text(ev, "person"));

	if (strcmp(said_name(s->said), ev->type->name) != 0)
		replay_note(r, REPLAY_DIFFERENT, "made again, it is %s",
		    said_name(s->said));
	if (!span_eq(told, s->person))
		replay_note(r, REPLAY_DIFFERENT, "%s said it, not %s",
		    text_show(s->person).text, text_show(told).text);
}

bool
replay_said(struct replay *r, const struct event *ev, struct err *e)
{
	struct decision decision;
	struct hearing h;
	bool done;

	if (!decide_again(r, ev, true, &h, &decision, &done, e))
		return false;
	if (!done)
		return true;
	long i = replay_told_last(&h);
	if (i < 0 || (size_t)i >= decision.said.count)
		replay_note(r, REPLAY_DIFFERENT, "it speaks of another "
		    "request");
	else
		said_compare(r, ev, &decision.said.items[i]);
	return true;
}

/* ---- ends ---- */

static const struct {
	const char	*type;
	enum outcome	 outcome;
	bool		 statement;	/* it tells of one itself */
} ends[] = {
	{ "request.denied", OUTCOME_DENIED, true },
	{ "request.expired", OUTCOME_EXPIRED, false },
	{ "request.authorised", OUTCOME_AUTHORISED, false },
};

static bool
end_compare(struct replay *r, const struct event *ev, struct hearing *h,
    struct decision *decision, bool *done, struct err *e)
{
	size_t i = 0;

	while (strcmp(ends[i].type, ev->type->name) != 0)
		i++;
	if (!decide_again(r, ev, ends[i].statement, h, decision, done, e))
		return false;
	if (*done && decision->outcome != ends[i].outcome)
		replay_note(r, REPLAY_DIFFERENT, "made again, it is %s",
		    outcome_name(decision->outcome));
	return true;
}

bool
replay_ended(struct replay *r, const struct event *ev, struct err *e)
{
	struct decision decision;
	struct hearing h;
	bool done;

	return end_compare(r, ev, &h, &decision, &done, e);
}

/* ---- request.authorised ---- */

static bool
lists(const struct json *list, struct span text)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (span_eq(json_span(json_member(json_item(list, i),
		    "statement_sha256")), text))
			return true;
	return false;
}

/* The statements that counted, each of them and no other. */
static void
approvals_compare(struct replay *r, const struct event *ev,
    const struct hearing *h, const struct decision *d)
{
	const struct json *told = json_member(ev->json, "approvals");
	size_t n = 0, counted = 0;

	for (size_t i = 0; i < h->list.count; i++) {
		CLEANUP(buf_done) struct buf hex = { 0 };
		const struct approval *a = &h->list.items[i];

		if (!approval_concerns(a, h->request->id))
			continue;
		if (n >= d->said.count ||
		    d->said.items[n++].said != SAID_COUNTED)
			continue;
		text_hex(SPAN(a->payload_sha256), &hex);
		counted++;
		if (!lists(told, buf_span(&hex)))
			replay_note(r, REPLAY_DIFFERENT, "it does not name "
			    "statement %.12s, which counts", buf_cstr(&hex));
	}
	if (counted != json_count(told))
		replay_note(r, REPLAY_DIFFERENT, "it names %zu statements, "
		    "%zu count", json_count(told), counted);
}

/* Before the first attempt, a successor takes over; after it, no more. */
static void
certificate_compare(struct replay *r, const struct event *ev,
    const struct fold_request *q)
{
	struct span slug = event_text(ev, "certificate");

	if (!standing_runs(q) && !standing_certificate(chain_config(r->chain),
	    q->project, q->policy, slug, r->now))
		replay_note(r, REPLAY_DIFFERENT, "its policy does not sign "
		    "with certificate %s then", text_show(slug).text);
}

static bool
release_compare(struct replay *r, const struct fold_request *q,
    struct err *e)
{
	struct decision decision;
	struct release release;
	bool done, apart;

	if (!replay_again(r, q, &release, &decision, &done, &apart, e))
		return false;
	for (size_t i = 0; done && i < decision.findings.count; i++) {
		const struct finding *f = &decision.findings.items[i];

		if (!f->met)
			replay_note(r, REPLAY_DIFFERENT, "made again, its "
			    "release is refused: %s: %s", f->row->code,
			    text_show(f->text).text);
	}
	return true;
}

bool
replay_authorised(struct replay *r, const struct event *ev, struct err *e)
{
	struct decision decision;
	struct hearing h;
	bool done;

	replay_time(r, ev, event_text(ev, "decided"));
	if (!end_compare(r, ev, &h, &decision, &done, e))
		return false;
	if (!done)
		return true;
	certificate_compare(r, ev, h.request);
	approvals_compare(r, ev, &h, &decision);
	return release_compare(r, h.request, e);
}

/* ---- request.cancelled ---- */

static bool
rests_compare(struct replay *r, const struct fold_request *q, bool *current,
    bool *named, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const struct request_rules rules = { .repository = r->terms->objects,
	    .chain = r->chain };
	struct event ev;
	struct err why;

	*current = *named = true;
	if (!replay_asked(r, q, &bytes, &json, &ev, e))
		return false;
	const struct json *body = json_member(ev.json, "body");
	*named = standing_certificate(chain_config(r->chain), q->project,
	    q->policy, json_span(json_member(json_member(body, "certificate"),
	    "slug")), r->now);
	return request_current(&rules, body, current, &why) ||
	    replay_trouble(r, &why, e);
}

bool
replay_cancelled(struct replay *r, const struct event *ev, struct err *e)
{
	const struct fold_request *q = fold_request(r->memory.fold,
	    event_text(ev, "request"));
	struct decision decision;
	struct release release;
	bool current, named, done, apart;

	if (q == NULL || !replay_in_force(r, ev))
		return true;
	if (!rests_compare(r, q, &current, &named, e))
		return false;
	if (!current || !standing_ref(r->memory.fold, q) || !named)
		return true;
	if (!replay_again(r, q, &release, &decision, &done, &apart, e))
		return false;
	if (done && decision.outcome != OUTCOME_REFUSED)
		replay_note(r, REPLAY_DIFFERENT, "made again, nothing stands "
		    "against it");
	return true;
}
