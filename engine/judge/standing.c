/* standing - see standing.h. */
#include "judge/standing.h"

const struct fold_request *
standing_completed(const struct fold *f, struct span project,
    struct span policy)
{
	const struct fold_request *q, *last = NULL;

	for (size_t i = 0; (q = fold_request_at(f, i)) != NULL; i++)
		if (q->state == REQUEST_COMPLETED &&
		    span_eq(q->project, project) &&
		    span_eq(q->policy, policy) &&
		    (last == NULL || q->last > last->last))
			last = q;
	return last;
}

struct span
standing_asked(const struct fold *f, struct span project, struct span ref,
    struct span payload)
{
	const struct fold_request *q = fold_asked(f, project, payload);

	if (q != NULL)
		return q->id;
	return fold_refused(f, project, ref, payload) ?
	    SPAN_TEXT("it was refused") : (struct span){ 0 };
}

bool
standing_runs(const struct fold_request *q)
{
	return q->state != REQUEST_CREATED && q->state != REQUEST_WAITING;
}

bool
standing_again(const struct fold_request *q)
{
	return q->state == REQUEST_SIGNING;
}

bool
standing_certificate(const struct config *c, struct span project,
    struct span policy, struct span certificate, int64_t at)
{
	const struct project *p = config_project(c, project);
	const struct policy *rules = p == NULL ? NULL :
	    project_policy(p, policy);
	const struct certificate *x = rules == NULL ? NULL :
	    policy_certificate(c, rules, at);

	return x != NULL && span_eq(x->slug, certificate);
}

bool
standing_ref(const struct fold *f, const struct fold_request *q)
{
	const struct fold_ref *r = fold_ref(f, q->project, q->ref);

	return span_starts(q->ref, "refs/heads/") || r == NULL ||
	    (!r->deleted && span_eq(r->object_id, q->tag_id));
}
