/* rules_approvals - what was approved, and what rests on it: see fold.h. */
#include "ledger/fold_state.h"

static bool
impossible(struct err *e, const char *why)
{
	return err_set(e, ERR_LEDGER_STATE, "%s", why);
}

/* Who withdraws takes back all own approvals of the request. */
bool
approvals_withdrawn(struct fold *f, struct fold_request *q,
    const struct event *ev, struct err *e)
{
	bool found = false;

	(void)f;
	for (size_t i = 0; i < q->approval_count; i++) {
		struct fold_approval *a = &q->approvals[i];

		if (!span_eq(a->person, event_text(ev, "person")))
			continue;
		a->withdrawn = true;
		found = true;
	}
	return found || impossible(e, "the person had not approved");
}

static const struct fold_approval *
approval_find(const struct fold_request *q, const struct json *named)
{
	int64_t n = json_integer_of(json_member(named, "event"));

	for (size_t i = 0; i < q->approval_count; i++)
		if (n >= 0 && q->approvals[i].n == (uint64_t)n)
			return &q->approvals[i];
	return NULL;
}

static bool
named_before(const struct json *list, size_t at)
{
	int64_t n = json_integer_of(json_member(json_item(list, at), "event"));

	for (size_t i = 0; i < at; i++)
		if (json_integer_of(json_member(json_item(list, i),
		    "event")) == n)
			return true;
	return false;
}

/*
 * Each one that is named was counted, is named once, and stands: a further
 * attempt rests on what stood at the first one.
 */
static bool
statement_stands(const struct fold_request *q, const struct event *ev,
    const struct json *list, size_t at)
{
	const struct json *named = json_item(list, at);
	const struct fold_approval *a = approval_find(q, named);

	return a != NULL && !named_before(list, at) && !a->withdrawn &&
	    span_eq(a->statement, json_span(json_member(named,
	    "statement_sha256"))) && (q->attempt > 0 || a->expires == 0 ||
	    a->expires > ev->at);
}

bool
approvals_stand(const struct fold_request *q, const struct event *ev,
    struct err *e)
{
	const struct json *list = json_member(ev->json, "approvals");

	for (size_t i = 0; i < json_count(list); i++)
		if (!statement_stands(q, ev, list, i))
			return impossible(e, "an approval that it names was "
			    "not counted, or counts no more");
	return q->attempt > 0 || json_count(list) >= event_integer(ev,
	    "approvals_needed") || impossible(e, "fewer approvals than are "
	    "needed");
}
