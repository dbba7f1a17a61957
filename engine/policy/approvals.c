/*
 * approvals - who counts, what is still wanted, when it is too late.
 */
#include <string.h>

#include "base/text.h"
#include "config/quorum.h"
#include "policy/certificates.h"

#define RULE	"approvals"

struct request {
	struct judging			 j;
	const struct request_facts	*f;
	const struct policy		*policy;
	const struct person		**approved;	/* who counts now */
	int64_t				*since;		/* when, of each */
	size_t				 count;
	bool				 denied;
};

static bool
list_has(const struct text_list *list, struct span slug)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_eq(list->items[i], slug))
			return true;
	return false;
}

/* Persons only: a machine's key may be in anybody's hands. */
static bool
may_approve(const struct request *r, const struct person *p)
{
	const struct policy_approvals *a = &r->policy->approvals;

	if (p->kind != PERSON_HUMAN || p->disabled)
		return false;
	for (size_t i = 0; i < a->quorum.count; i++)
		for (size_t k = 0; k < a->quorum.items[i].of.count; k++)
			if (principal_holds(r->j.config,
			    a->quorum.items[i].of.items[k], p))
				return true;
	return false;
}

static const char *
excluded_as(const struct request *r, const struct person *p)
{
	unsigned excludes = policy_excludes(r->policy);

	if ((excludes & EXCLUDE_SUBMITTER) != 0 &&
	    span_eq(p->slug, r->f->submitter))
		return "the submitter";
	if ((excludes & EXCLUDE_AUTHORS) != 0 &&
	    list_has(&r->f->authors, p->slug))
		return "an author";
	return NULL;
}

/* Who said it, if that person may say anything here. */
static const struct person *
speaker(struct request *r, const struct approval_fact *a)
{
	const struct person *p = signature_judge(&r->j, RULE, &a->signature);
	struct shown slug;

	if (p == NULL)
		return NULL;
	slug = text_show(p->slug);
	if (a->statement == NULL)
		finding_unmet(&r->j, RULE, a->error != NULL &&
		    err_is(a->error, ERR_APPROVAL_REQUEST) ?
		    ERR_APPROVAL_REQUEST : ERR_APPROVAL_STATEMENT, "%s: %s",
		    slug.text, a->error != NULL ? a->error->text :
		    "no statement");
	else if (!span_eq(a->statement->request, r->f->id))
		finding_unmet(&r->j, RULE, ERR_APPROVAL_REQUEST, "%s speaks "
		    "of request %.15s, this is %.15s", slug.text,
		    text_show(a->statement->request).text,
		    text_show(r->f->id).text);
	else if (p->kind != PERSON_HUMAN)
		finding_unmet(&r->j, RULE, ERR_APPROVAL_MACHINE,
		    "%s is a machine", slug.text);
	else if (!may_approve(r, p))
		finding_unmet(&r->j, RULE, ERR_APPROVAL_NOT_APPROVER,
		    "%s is no approver of policy \"%s\"", slug.text,
		    text_show(r->policy->slug).text);
	else
		return p;
	return NULL;
}

static size_t
place_of(const struct request *r, const struct person *p)
{
	size_t i = 0;

	while (i < r->count && r->approved[i] != p)
		i++;
	return i;
}

static bool
has_expired(const struct request *r, int64_t seen)
{
	uint64_t age = r->f->now > seen ? (uint64_t)(r->f->now - seen) : 0;

	return age / 1000 >= r->policy->approvals.expire_after;
}

/* When an approval that came in at a time counts no more. */
static int64_t
expiry_of(const struct request *r, int64_t seen)
{
	uint64_t after = r->policy->approvals.expire_after;

	return after > (uint64_t)(INT64_MAX - seen) / 1000 ? INT64_MAX :
	    seen + (int64_t)after * 1000;
}

/*
 * A younger approval of the same person does not replace an older one that
 * still counts; after that one has expired it stands for itself.
 */
static enum said
take_approve(struct request *r, const struct approval_fact *a,
    const struct person *p)
{
	const char *excluded = excluded_as(r, p);
	struct shown slug = text_show(p->slug);
	size_t i = place_of(r, p);

	if (excluded != NULL) {
		finding_unmet(&r->j, RULE, ERR_APPROVAL_EXCLUDED, "%s is %s, "
		    "whom the policy excludes", slug.text, excluded);
		return SAID_IGNORED;
	}
	if (!r->f->again && has_expired(r, a->seen)) {
		finding_unmet(&r->j, RULE, ERR_APPROVAL_EXPIRED, "the "
		    "approval of %s has expired", slug.text);
		return SAID_IGNORED;
	}
	if (i < r->count) {
		finding_unmet(&r->j, RULE, ERR_APPROVAL_AGAIN, "%s has "
		    "approved already", slug.text);
		return SAID_IGNORED;
	}
	r->approved[r->count] = p;
	r->since[r->count++] = a->seen;
	return SAID_COUNTED;
}

static enum said
take_withdraw(struct request *r, const struct approval_fact *a,
    const struct person *p)
{
	size_t i = place_of(r, p);

	(void)a;
	if (r->f->authorised || i == r->count) {
		finding_unmet(&r->j, RULE, ERR_APPROVAL_WITHDRAWN,
		    r->f->authorised ? "%s withdraws after the request was "
		    "authorised" : "%s withdraws, but had not approved",
		    text_show(p->slug).text);
		return SAID_IGNORED;
	}
	memmove(&r->approved[i], &r->approved[i + 1],
	    (r->count - i - 1) * sizeof(*r->approved));
	memmove(&r->since[i], &r->since[i + 1],
	    (r->count - i - 1) * sizeof(*r->since));
	r->count--;
	finding_unmet(&r->j, RULE, ERR_APPROVAL_WITHDRAWN,
	    "%s has withdrawn the approval", text_show(p->slug).text);
	return SAID_WITHDRAWN;
}

static enum said
take_deny(struct request *r, const struct approval_fact *a,
    const struct person *p)
{
	r->denied = true;
	finding_unmet(&r->j, RULE, ERR_REQUEST_DENIED, "%s has denied the "
	    "request: %s", text_show(p->slug).text,
	    a->statement->reason.len > 0 ?
	    text_show(a->statement->reason).text : "no reason given");
	return SAID_DENIED;
}

static enum said (*const takes[])(struct request *,
    const struct approval_fact *, const struct person *) = {
	[WORD_APPROVE]	= take_approve,
	[WORD_DENY]	= take_deny,
	[WORD_WITHDRAW]	= take_withdraw,
};

static void
take_statement(struct request *r, const struct approval_fact *a)
{
	const struct person *p = speaker(r, a);
	const struct person *holder = !a->signature.good ? NULL :
	    config_key_holder(r->j.config, a->signature.key, NULL);
	struct said_fact said = { .said = SAID_IGNORED };

	if (p != NULL)
		said.said = takes[a->statement->decision](r, a, p);
	if (holder != NULL)
		said.person = holder->slug;
	if (said.said == SAID_COUNTED)
		said.expires = expiry_of(r, a->seen);
	if (said.said == SAID_IGNORED)
		said.finding = r->j.decision->findings.count - 1;
	judging_push(&r->j, &r->j.decision->said, &said, sizeof(said));
}

/* ---- what is still wanted ---- */
/* The people of a row who could approve and have not. */
static void
list_people(struct request *r, const struct quorum *row, struct wanted *w)
{
	const struct config *c = r->j.config;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];
		bool fits = false;

		for (size_t k = 0; k < row->of.count; k++)
			fits |= principal_holds(c, row->of.items[k], p);
		if (fits && p->kind == PERSON_HUMAN && !p->disabled &&
		    excluded_as(r, p) == NULL && place_of(r, p) == r->count)
			judging_push(&r->j, &w->people, &p->slug,
			    sizeof(p->slug));
	}
}

static void
list_wanted(struct request *r, const struct quorum_result *result)
{
	const struct policy_approvals *a = &r->policy->approvals;

	for (size_t i = 0; i < a->quorum.count; i++) {
		const struct quorum *row = &a->quorum.items[i];
		struct wanted w = { .count = row->count, .of = row->of,
		    .missing = row->count - result->row_filled[i] };

		if (w.missing == 0)
			continue;
		list_people(r, row, &w);
		judging_push(&r->j, &r->j.decision->wanted, &w, sizeof(w));
		finding_unmet(&r->j, "quorum", ERR_QUORUM_WAITING, "%llu of "
		    "%llu approvals are missing%s",
		    (unsigned long long)w.missing,
		    (unsigned long long)w.count, w.people.count < w.missing ?
		    ", and too few people are left to give them" : "");
	}
}

/* The quorum was reached when the last one it needed came. */
static int64_t
quorum_time(const struct request *r)
{
	int64_t reached = r->f->created;

	for (size_t n = 1; n <= r->count; n++) {
		struct quorum_result result;

		reached = r->since[n - 1] > reached ? r->since[n - 1] :
		    reached;
		if (quorum_match(r->j.config, &r->policy->approvals,
		    r->approved, n, &result))
			break;
	}
	return reached;
}

/* The certificate's own rules come last: they change by the hour. */
static enum outcome
weigh_certificate(struct request *r)
{
	const struct certificate *x = config_certificate(r->j.config,
	    r->f->certificate);

	bool begun = r->f->authorised && !r->f->again;

	return x == NULL || begun || certificate_judge_use(&r->j, r->f, x) ?
	    OUTCOME_AUTHORISED : OUTCOME_WAITING;
}

/* The answer of `wait`: least time between quorum and authorisation. */
static enum outcome
weigh_time(struct request *r)
{
	struct decision *d = r->j.decision;
	int64_t wait = r->policy->approvals.wait > INT64_MAX / 2000 ?
	    INT64_MAX / 2 : (int64_t)r->policy->approvals.wait * 1000;

	d->quorum_at = r->policy->approvals.quorum.count == 0 ?
	    r->f->created : quorum_time(r);
	if (r->f->now - d->quorum_at < wait) {
		d->not_before = d->quorum_at + wait;
		d->until = SPAN_TEXT("time to object");
		finding_unmet(&r->j, "wait", ERR_REQUEST_WAIT, "the quorum is "
		    "reached; the policy waits another %s", text_show_duration(
		    (uint64_t)(d->not_before - r->f->now + 999) / 1000).text);
		return OUTCOME_WAITING;
	}
	finding_met(&r->j, "wait", "the time to object is over");
	return weigh_certificate(r);
}

static enum outcome
weigh(struct request *r)
{
	struct quorum_result result;
	uint64_t age = r->f->now > r->f->created ?
	    (uint64_t)(r->f->now - r->f->created) / 1000 : 0;

	if (r->denied)
		return OUTCOME_DENIED;
	if (r->f->config_changed) {
		finding_unmet(&r->j, "config", ERR_REQUEST_CONFIG_CHANGED,
		    "a file that the request rests on has changed");
		return OUTCOME_REFUSED;
	}
	if (!r->f->authorised && age >= r->policy->requests.expire_after) {
		finding_unmet(&r->j, "expiry", ERR_REQUEST_EXPIRED,
		    "the request waited for more than %s", text_show_duration(
		    r->policy->requests.expire_after).text);
		return OUTCOME_EXPIRED;
	}
	if (r->f->again) {
		finding_met(&r->j, "quorum", "another attempt rests on the "
		    "approvals of the first");
		return weigh_certificate(r);
	}
	if (!quorum_match(r->j.config, &r->policy->approvals, r->approved,
	    r->count, &result)) {
		list_wanted(r, &result);
		return OUTCOME_WAITING;
	}
	finding_met(&r->j, "quorum", "all %zu approvals are there",
	    result.places);
	return weigh_time(r);
}

static void
list_approved(struct request *r)
{
	for (size_t i = 0; i < r->count; i++)
		finding_met(&r->j, RULE, "%s (%s) approved",
		    text_show(r->approved[i]->slug).text,
		    text_show(r->approved[i]->name).text);
}

/* The policy in force now decides; it may be gone. */
static bool
policy_find(struct request *r)
{
	const struct project *p = config_project(r->j.config, r->f->project);

	r->policy = p == NULL ? NULL : project_policy(p, r->f->policy);
	r->j.decision->project = p;
	r->j.decision->policy = r->policy;
	if (r->policy != NULL)
		return true;
	return finding_unmet(&r->j, "policy", ERR_REF_POLICY_UNKNOWN,
	    "there is no policy \"%s\" of project \"%s\" any more",
	    text_show(r->f->policy).text, text_show(r->f->project).text);
}

bool
request_decide(const struct config *c, const struct request_facts *f,
    struct arena *arena, struct decision *out, struct err *e)
{
	CLEANUP(free_done) const struct person **approved =
	    xcalloc(f->approvals.count, sizeof(struct person *));
	CLEANUP(free_done) int64_t *since = xcalloc(f->approvals.count,
	    sizeof(*since));
	struct decision d = { .outcome = OUTCOME_REFUSED,
	    .submitter = f->submitter };
	struct request r = { .j = { c, arena, &d, false }, .f = f,
	    .approved = approved, .since = since };

	if (policy_find(&r)) {
		for (size_t i = 0; i < f->approvals.count; i++)
			take_statement(&r, &f->approvals.items[i]);
		list_approved(&r);
		d.outcome = weigh(&r);
	}
	if (r.j.no_memory)
		return err_budget(e, arena);
	*out = d;
	return true;
}
