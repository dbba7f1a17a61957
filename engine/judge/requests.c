/* requests - see requests.h. */
#include "judge/requests.h"

/* What is so, as bits. */
enum {
	DENIED		= 1 << OUTCOME_DENIED,
	EXPIRED		= 1 << OUTCOME_EXPIRED,
	REFUSED		= 1 << OUTCOME_REFUSED,
	ALLOWED		= 1 << OUTCOME_AUTHORISED,
	TOLD		= 1 << 8,
	BUSY		= 1 << 9,
	BROKEN		= 1 << 10,
	INPUTS		= 1 << 11,
	RESULTS		= 1 << 12,
	INTENT		= 1 << 13,	/* one is open */
	AGAIN		= 1 << 14,	/* attempts are left */
	OUT		= 1 << 15,	/* all results are published */
	ELSEWHERE	= 1 << 16,	/* another engine carries it on */
	STOPPED		= 1 << 17,	/* keys are not to be used */
	LATER		= 1 << 18,	/* the next attempt has its time */
};

static unsigned
outcome_bit(enum outcome outcome)
{
	return 1u << outcome;
}

static bool
all_published(const struct fold_request *q)
{
	for (size_t i = 0; i < q->artifact_count; i++)
		if (!q->artifacts[i].published)
			return false;
	return q->artifact_count > 0;
}

static unsigned
facts_of(const struct fold_request *q, const struct request_now *now)
{
	const struct fold_intent *last = q->intent_count == 0 ? NULL :
	    &q->intents[q->intent_count - 1];

	return outcome_bit(now->outcome) | (now->told ? TOLD : 0u) |
	    (now->busy ? BUSY : 0u) | (now->broken ? BROKEN : 0u) |
	    (now->inputs ? INPUTS : 0u) | (now->results ? RESULTS : 0u) |
	    (last != NULL && last->state == INTENT_OPEN ? INTENT : 0u) |
	    (q->attempt < REQUEST_ATTEMPTS ? AGAIN : 0u) |
	    (all_published(q) ? OUT : 0u) | (now->elsewhere ? ELSEWHERE : 0u) |
	    (now->stopped ? STOPPED : 0u) | (now->later ? LATER : 0u);
}

#define IN(state)	(1u << REQUEST_##state)
#define OPEN		(IN(CREATED) | IN(WAITING))
#define RUNNING		(IN(AUTHORISED) | IN(SIGNING) | IN(VERIFIED) |	\
			    IN(PUBLISHED))

/* The first row that fits decides; none: wait. */
static const struct row {
	unsigned		states;
	unsigned		with;		/* all of these */
	unsigned		without;	/* and none of these */
	enum request_step	step;
} rows[] = {
	/* Whoever is at work on it comes back with a result or an error. */
	{ OPEN | RUNNING, BUSY, 0, STEP_WAIT },
	{ RUNNING, ELSEWHERE, 0, STEP_WAIT },

	{ OPEN, DENIED, 0, STEP_DENY },
	{ OPEN, EXPIRED, 0, STEP_EXPIRE },
	{ OPEN, REFUSED, 0, STEP_CANCEL },
	{ OPEN, BROKEN, 0, STEP_FAIL },
	/* Approvers want to see what is in it: inputs come before them. */
	{ OPEN, 0, INPUTS, STEP_RETRIEVE },
	{ OPEN, ALLOWED, STOPPED, STEP_AUTHORISE },
	{ OPEN, 0, TOLD, STEP_TELL },

	/* Nothing is guessed about keys: an intent ends before all else. */
	{ IN(SIGNING), INTENT, 0, STEP_UNKNOWN },
	{ IN(AUTHORISED) | IN(SIGNING), DENIED, 0, STEP_FAIL },
	{ IN(AUTHORISED) | IN(SIGNING), REFUSED, 0, STEP_FAIL },
	{ RUNNING, BROKEN, 0, STEP_FAIL },
	{ IN(AUTHORISED) | IN(SIGNING), STOPPED, 0, STEP_WAIT },
	{ IN(SIGNING), AGAIN, INPUTS, STEP_RETRIEVE },
	{ IN(SIGNING), AGAIN | LATER, 0, STEP_WAIT },
	{ IN(SIGNING), AGAIN, 0, STEP_AUTHORISE },
	{ IN(SIGNING), 0, 0, STEP_FAIL },
	{ IN(AUTHORISED), 0, INPUTS, STEP_RETRIEVE },
	{ IN(AUTHORISED), 0, 0, STEP_SEAL },

	{ IN(PUBLISHED), OUT, 0, STEP_COMPLETE },
	{ IN(VERIFIED) | IN(PUBLISHED), RESULTS, 0, STEP_PUBLISH },
	{ IN(VERIFIED) | IN(PUBLISHED), 0, 0, STEP_FAIL },
};

enum request_step
requests_next(const struct fold_request *q, const struct request_now *now)
{
	unsigned facts = facts_of(q, now);

	for (size_t i = 0; i < COUNT(rows); i++)
		if ((rows[i].states & (1u << q->state)) != 0 &&
		    (rows[i].with & ~facts) == 0 &&
		    (rows[i].without & facts) == 0)
			return rows[i].step;
	return STEP_WAIT;
}

enum err_code
requests_failure(const struct fold_request *q, const struct request_now *now)
{
	unsigned facts = facts_of(q, now);

	if ((facts & DENIED) != 0)
		return ERR_REQUEST_DENIED;
	if ((facts & REFUSED) != 0)
		return ERR_REQUEST_CONFIG_CHANGED;
	return q->state == REQUEST_SIGNING && (facts & AGAIN) == 0 ?
	    ERR_REQUEST_ATTEMPTS : ERR_REQUEST_LOST;
}

static const struct {
	const char	*name;
	const char	*event;
} steps[REQUEST_STEPS] = {
	[STEP_WAIT] = { "wait", NULL },
	[STEP_RETRIEVE] = { "retrieve", NULL },
	[STEP_TELL] = { "tell", "request.waiting" },
	[STEP_DENY] = { "deny", "request.denied" },
	[STEP_EXPIRE] = { "expire", "request.expired" },
	[STEP_CANCEL] = { "cancel", "request.cancelled" },
	[STEP_AUTHORISE] = { "authorise", "request.authorised" },
	[STEP_UNKNOWN] = { "unknown", "keys.unknown" },
	[STEP_SEAL] = { "seal", NULL },
	[STEP_PUBLISH] = { "publish", NULL },
	[STEP_COMPLETE] = { "complete", "request.completed" },
	[STEP_FAIL] = { "fail", "request.failed" },
};

const char *
request_step_name(enum request_step step)
{
	return steps[step].name;
}

const char *
request_step_event(enum request_step step)
{
	return steps[step].event;
}
