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

void
fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	table_done(&f->by_id);
	table_done(&f->by_ref);
	arena_free(f->arena);
	free(f);
}

uint64_t
fold_size(const struct fold *f)
{
	return f->size;
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
fold_ref(const struct fold *f, struct span repo, struct span ref)
{
	CLEANUP(buf_done) struct buf key = { 0 };

	buf_put(&key, repo);
	buf_u8(&key, '\n');
	buf_put(&key, ref);
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

size_t
fold_open_alarms(const struct fold *f)
{
	return f->open_alarms;
}
