/*
 * asked - what was judged already, by the SHA-256 of what its signer signed: a
 * signature can be written in several ways, and an object pushed as often as
 * somebody likes. See fold.h.
 */
#include "ledger/fold_state.h"

static const struct asked *
asked_find(const struct fold *f, struct span key)
{
	const struct asked *own = table_find(&f->by_payload, key);

	return own != NULL || f->trunk == NULL ? own :
	    table_find(&f->trunk->by_payload, key);
}

static bool
asked_own(struct fold *f, struct span key, struct fold_request **out,
    struct err *e)
{
	const struct asked *a = asked_find(f, key);

	*out = NULL;
	return a == NULL || fold_own_request(f, a->request, out, e);
}

bool
asked_note(struct fold *f, const struct fold_request *q, struct err *e)
{
	struct span parts[] = { q->project, q->payload };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct fold_request *last;
	struct asked *a;
	struct span key;

	fold_key(&b, parts, COUNT(parts));
	if (!asked_own(f, buf_span(&b), &last, e))
		return false;
	if (last != NULL && last->state != REQUEST_CANCELLED &&
	    last->state != REQUEST_REFUSED)
		return err_set(e, ERR_LEDGER_STATE,
		    "this was asked for before");
	a = table_find(&f->by_payload, buf_span(&b));
	if (a == NULL) {
		a = ARENA_NEW(f->arena, struct asked);
		if (a == NULL || !arena_copy(f->arena, buf_span(&b), &key))
			return err_budget(e, f->arena);
		table_put(&f->by_payload, key, a);
	}
	a->request = q->id;
	return true;
}

bool
asked_refused(struct fold *f, const struct event *ev, struct err *e)
{
	struct span parts[] = { event_text(ev, "project"),
	    event_text(ev, "ref"), event_text(ev, "payload_sha256") };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span key;

	if (parts[2].len == 0)
		return true;
	fold_key(&b, parts, COUNT(parts));
	if (table_find(&f->refused, buf_span(&b)) != NULL)
		return true;
	if (!arena_copy(f->arena, buf_span(&b), &key))
		return err_budget(e, f->arena);
	table_put(&f->refused, key, f);
	return true;
}

const struct fold_request *
fold_asked(const struct fold *f, struct span project, struct span payload)
{
	CLEANUP(buf_done) struct buf key = { 0 };

	fold_key(&key, (struct span[]){ project, payload }, 2);
	const struct asked *a = asked_find(f, buf_span(&key));
	return a == NULL ? NULL : fold_request(f, a->request);
}

bool
fold_refused(const struct fold *f, struct span project, struct span ref,
    struct span payload)
{
	CLEANUP(buf_done) struct buf key = { 0 };

	fold_key(&key, (struct span[]){ project, ref, payload }, 3);
	return table_find(&f->refused, buf_span(&key)) != NULL;
}
