/* fold - see fold.h. */
#include <stdlib.h>

#include "ledger/fold_state.h"

#define FOLD_ARENA	((size_t)2 << 30)	/* bytes */
#define PREFIX_LEAST	7			/* "sr-" and 4 digits */

static const struct {
	const char	*name;
	bool		 final;
} states[REQUEST_STATES] = {
	[REQUEST_CREATED] = { "created", false },
	[REQUEST_WAITING] = { "waiting", false },
	[REQUEST_AUTHORISED] = { "authorised", false },
	[REQUEST_SIGNING] = { "signing", false },
	[REQUEST_VERIFIED] = { "verified", false },
	[REQUEST_PUBLISHED] = { "published", false },
	[REQUEST_COMPLETED] = { "completed", true },
	[REQUEST_REFUSED] = { "refused", true },
	[REQUEST_DENIED] = { "denied", true },
	[REQUEST_EXPIRED] = { "expired", true },
	[REQUEST_CANCELLED] = { "cancelled", true },
	[REQUEST_FAILED] = { "failed", true },
};

const char *
request_state_name(enum request_state s)
{
	return states[s].name;
}

bool
request_state_final(enum request_state s)
{
	return states[s].final;
}

struct fold *
fold_new(void)
{
	struct fold *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new(FOLD_ARENA);
	return f;
}

static bool
alarms_copy(struct fold *f, const struct things *from, struct err *e)
{
	f->alarms.list = arena_regrow(f->arena, from->list, from->count,
	    sizeof(*from->list));
	if (f->alarms.list == NULL)
		return err_budget(e, f->arena);
	for (size_t i = 0; i < from->count; i++) {
		struct fold_alarm *a = ARENA_NEW(f->arena, struct fold_alarm);

		if (a == NULL)
			return err_budget(e, f->arena);
		*a = *(const struct fold_alarm *)from->list[i];
		f->alarms.list[f->alarms.count++] = a;
	}
	return true;
}

bool
fold_branch(const struct fold *trunk, struct fold **out, struct err *e)
{
	CLEANUP(fold_done) struct fold *f = fold_new();

	f->trunk = trunk;
	f->size = trunk->size;
	f->config_commit = trunk->config_commit;
	f->config_manifest = trunk->config_manifest;
	f->epoch = trunk->epoch;
	f->key_uses = trunk->key_uses;
	f->open_intents = trunk->open_intents;
	f->open_alarms = trunk->open_alarms;
	f->stops = trunk->stops;
	if (!alarms_copy(f, &trunk->alarms, e))
		return false;
	*out = TAKE(f);
	return true;
}

static bool
request_copy(struct arena *a, const struct fold_request *from,
    struct fold_request *to)
{
	*to = *from;
	to->approvals = arena_regrow(a, from->approvals,
	    from->approval_count, sizeof(*to->approvals));
	to->intents = arena_regrow(a, from->intents, from->intent_count,
	    sizeof(*to->intents));
	to->artifacts = arena_regrow(a, from->artifacts,
	    from->artifact_count, sizeof(*to->artifacts));
	return to->approvals != NULL && to->intents != NULL &&
	    to->artifacts != NULL;
}

bool
fold_own_request(struct fold *f, struct span id, struct fold_request **out,
    struct err *e)
{
	const struct fold_request *there = f->trunk == NULL ? NULL :
	    table_find(&f->trunk->by_id, id);

	*out = table_find(&f->by_id, id);
	if (*out != NULL || there == NULL)
		return true;
	*out = ARENA_NEW(f->arena, struct fold_request);
	if (*out == NULL || !request_copy(f->arena, there, *out))
		return err_budget(e, f->arena);
	table_put(&f->by_id, there->id, *out);
	return true;
}

bool
fold_own_ref(struct fold *f, struct span key, struct fold_ref **out,
    struct err *e)
{
	const struct fold_ref *there = f->trunk == NULL ? NULL :
	    table_find(&f->trunk->by_ref, key);

	*out = table_find(&f->by_ref, key);
	if (*out != NULL || there == NULL)
		return true;
	*out = ARENA_NEW(f->arena, struct fold_ref);
	if (*out == NULL)
		return err_budget(e, f->arena);
	**out = *there;
	table_put(&f->by_ref, key, *out);
	return true;
}

void
fold_key(struct buf *out, const struct span *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_u8(out, '\n');
		buf_put(out, parts[i]);
	}
}

void
fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	table_done(&f->by_id);
	table_done(&f->by_ref);
	table_done(&f->by_payload);
	table_done(&f->refused);
	arena_free(f->arena);
	free(f);
}

uint64_t
fold_size(const struct fold *f)
{
	return f->size;
}

void
fold_pass(struct fold *f, uint64_t n)
{
	f->size = n;
}

static const void *
thing_at(const struct things *t, size_t i)
{
	return i < t->count ? t->list[i] : NULL;
}

const struct fold_request *
fold_request_at(const struct fold *f, size_t i)
{
	return thing_at(&f->requests, i);
}

const struct fold_ref *
fold_ref_at(const struct fold *f, size_t i)
{
	return thing_at(&f->refs, i);
}

const struct fold_alarm *
fold_alarm_at(const struct fold *f, size_t i)
{
	return thing_at(&f->alarms, i);
}

const struct fold_request *
fold_request(const struct fold *f, struct span id)
{
	return table_find(&f->by_id, id);
}

const struct fold_request *
fold_request_prefix(const struct fold *f, struct span prefix, bool *several)
{
	const struct fold_request *found = NULL;
	struct span head;

	*several = false;
	for (size_t i = 0; prefix.len >= PREFIX_LEAST &&
	    i < f->requests.count; i++) {
		const struct fold_request *q = f->requests.list[i];

		if (!span_cut(q->id, 0, prefix.len, &head) ||
		    !span_eq(head, prefix))
			continue;
		*several = found != NULL;
		if (*several)
			return NULL;
		found = q;
	}
	return found;
}

const struct fold_ref *
fold_ref(const struct fold *f, struct span project, struct span ref)
{
	CLEANUP(buf_done) struct buf key = { 0 };

	fold_key(&key, (struct span[]){ project, ref }, 2);
	return table_find(&f->by_ref, buf_span(&key));
}

struct span
fold_config_commit(const struct fold *f)
{
	return f->config_commit;
}

struct span
fold_config_manifest(const struct fold *f)
{
	return f->config_manifest;
}

const struct fold_recovery *
fold_recovery_at(const struct fold *f, size_t i)
{
	return thing_at(&f->recoveries, i);
}

uint64_t
fold_epoch(const struct fold *f)
{
	return f->epoch;
}

static bool
may_use(const struct fold_request *q)
{
	return q->state == REQUEST_AUTHORISED || q->state == REQUEST_SIGNING;
}

/* What is authorised, and was not told of by an intent. */
static uint64_t
uses_left(const struct fold_request *q)
{
	const struct fold_intent *open = fold_open_intent(q);
	uint64_t spent = fold_key_spent(q) + (open == NULL ? 0 : open->count);

	return may_use(q) && q->signatures_max > spent ?
	    q->signatures_max - spent : 0;
}

static uint64_t
uses_since(const struct fold_request *q, int64_t since)
{
	uint64_t uses = 0;

	if (!may_use(q) && q->last_at < since)
		return 0;
	for (size_t i = 0; i < q->intent_count; i++)
		if (q->intents[i].at >= since)
			uses += q->intents[i].count;
	return uses;
}

uint64_t
fold_certificate_uses(const struct fold *f, struct span certificate,
    int64_t since, const struct fold_request *anew)
{
	uint64_t uses = 0;

	for (size_t i = 0; i < f->requests.count; i++) {
		const struct fold_request *q = f->requests.list[i];

		if (span_eq(q->certificate, certificate))
			uses += uses_since(q, since) + (q == anew ? 0 :
			    uses_left(q));
	}
	return uses;
}

uint64_t
fold_key_uses(const struct fold *f)
{
	return f->key_uses;
}

size_t
fold_open_intents(const struct fold *f)
{
	return f->open_intents;
}

int64_t
fold_open_since(const struct fold *f)
{
	int64_t since = 0;

	for (size_t i = 0; f->open_intents > 0 && i < f->requests.count; i++) {
		const struct fold_intent *in =
		    fold_open_intent(f->requests.list[i]);

		if (in != NULL && (since == 0 || in->at < since))
			since = in->at;
	}
	return since;
}

size_t
fold_open_alarms(const struct fold *f)
{
	return f->open_alarms;
}

const struct fold_alarm *
fold_alarm(const struct fold *f, uint64_t n)
{
	for (size_t i = 0; i < f->alarms.count; i++) {
		const struct fold_alarm *a = f->alarms.list[i];

		if (a->n == n)
			return a;
	}
	return NULL;
}

const struct fold_alarm *
fold_stop(const struct fold *f)
{
	for (size_t i = 0; f->stops > 0 && i < f->alarms.count; i++) {
		const struct fold_alarm *a = f->alarms.list[i];

		if (a->stops && !a->acknowledged)
			return a;
	}
	return NULL;
}
