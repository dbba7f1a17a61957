/* record - see record.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "crypto/digest.h"
#include "git/write.h"
#include "judge/record_state.h"
#include "sys/clock.h"

#define KEYS_MEMORY	((size_t)1 << 20)

void
record_drop(struct record *r)
{
	arena_free(r->pending.arena);
	r->pending = (struct pending){ .arena = arena_new(RECORD_MEMORY),
	    .base = ledger_size(r->ledger),
	    .at = ledger_last_time(r->ledger) };
}

struct record_mark
record_mark(const struct record *r)
{
	const struct pending *p = &r->pending;

	return (struct record_mark){ p->base, p->event_count, p->blob_count,
	    p->at };
}

void
record_back(struct record *r, const struct record_mark *m)
{
	struct pending *p = &r->pending;

	if (p->base != m->base || p->event_count < m->events ||
	    p->blob_count < m->blobs) {
		record_drop(r);
		return;
	}
	p->event_count = m->events;
	p->blob_count = m->blobs;
	p->at = m->at;
}

size_t
record_pending(const struct record *r)
{
	return r->pending.event_count;
}

void
record_free(struct record *r)
{
	if (r == NULL)
		return;
	arena_free(r->pending.arena);
	arena_free(r->keys);
	arena_free(r->said.arena);
	buf_done(&r->checkpoint);
	buf_done(&r->signer);
	ledger_free(r->ledger);
	repository_free(r->store);
	free(r);
}

struct ledger *
record_ledger(struct record *r)
{
	return r->ledger;
}

/* store_read reads the engine's own copy: no host can take it back. */
static bool
store_read(struct record *r, struct err *e)
{
	struct object_id head;

	if (ref_read(r->store, r->terms->ref, &head, e))
		return ledger_advance(r->ledger, &head, e);
	return err_is(e, ERR_GIT_REF_MISSING);
}

/* Who wants to begin is told by record_begin that others have begun. */
static bool
settle(struct record *r, struct err *e)
{
	if (ledger_head(r->ledger) == NULL || r->terms->begins)
		return true;
	return record_keys_check(r, e) &&
	    record_checkpoint(r, e);
}

bool
record_rejoin(struct record *r, struct err *e)
{
	return (record_keys_open(r, e) && settle(r, e)) ||
	    err_at(e, "ledger");
}

struct span
record_note(struct record *r)
{
	return r->checkpoint.len > 0 ? buf_span(&r->checkpoint) :
	    ledger_checkpoint(r->ledger);
}

bool
record_open(const struct record_terms *terms, struct record **out,
    struct err *e)
{
	CLEANUP(record_done) struct record *r = xcalloc(1, sizeof(*r));

	r->terms = terms;
	r->keys = arena_new(KEYS_MEMORY);
	if (!repository_init(terms->store, &r->store, e))
		return false;
	r->ledger = ledger_new(r->store, &terms->trust, &terms->reader);
	if (!record_keys_open(r, e) || !store_read(r, e) ||
	    !record_sync(r, e) || !settle(r, e))
		return err_at(e, "ledger");
	record_drop(r);
	*out = TAKE(r);
	return true;
}

/* usable: no alarm, and it is known where the branch is. */
static bool
usable(struct record *r, struct err *e)
{
	if (r->alarm.what != NULL) {
		*e = r->alarm;
		return false;
	}
	return !r->unsure || record_sync(r, e);
}

bool
record_is_lost(const struct record *r)
{
	return r->alarm.what != NULL && r->lost;
}

/* What a host did may be mended by now: it is asked again. */
bool
record_refresh(struct record *r, struct err *e)
{
	if (!r->lost)
		r->alarm.what = NULL;
	return usable(r, e) && record_sync(r, e);
}

/* Time never goes back in a ledger, whatever the machine's clock does. */
static int64_t
next_time(const struct record *r)
{
	int64_t now = clock_now();

	return now > r->pending.at ? now : r->pending.at;
}

int64_t
record_time(const struct record *r)
{
	return next_time(r);
}

static bool
list_add(struct arena *a, struct span **list, size_t *count,
    struct span bytes, struct err *e)
{
	struct span *more = arena_grow(a, *list, *count, sizeof(**list));

	if (more == NULL || !arena_copy(a, bytes, &more[*count]))
		return err_budget(e, a);
	*list = more;
	++*count;
	return true;
}

/* What is known of the request is said in each of its events. */
static void
about_add(struct record *r, const char *type, struct json *members)
{
	struct span request = json_span(json_member(members, "request"));
	struct event_about about;

	if (request.len > 0 && r->terms->about != NULL &&
	    r->terms->about(r->terms->reader.arg, request, &about))
		event_about_put(type, &about, members);
}

bool
record_add(struct record *r, const char *type, struct json *members,
    uint64_t *n, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct pending *p = &r->pending;
	int64_t at = next_time(r);
	uint64_t number = p->base + p->event_count;

	if (p->event_count == RECORD_EVENTS) {
		json_release(members);
		return err_set(e, ERR_LEDGER_EVENT, "more than %d events in "
		    "one transaction", RECORD_EVENTS);
	}
	about_add(r, type, members);
	if (r->terms->common != NULL)
		r->terms->common(r->terms->common_arg, type, members);
	if (!event_make(type, number, at, r->terms->engine, members, &b, e) ||
	    !list_add(p->arena, &p->events, &p->event_count, buf_span(&b), e))
		return false;
	p->at = at;
	if (n != NULL)
		*n = number;
	return true;
}

bool
record_evidence(struct record *r, struct span bytes,
    struct digest_hex *sha256, struct err *e)
{
	struct pending *p = &r->pending;
	struct digest d = digest_of(DIGEST_SHA256, bytes);

	if (!list_add(p->arena, &p->blobs, &p->blob_count, bytes, e))
		return false;
	*sha256 = digest_hex(&d);
	return true;
}

/* A draft becomes a signed commit at the host, and is read back from there. */
static bool
draft_publish(struct record *r, const struct ledger_draft *d, struct err *e)
{
	struct object_id commit;

	return record_finish(r, d, &commit, e) && record_push(r, &commit, e);
}

static bool
fits(struct fold *trial, struct span bytes, uint64_t n, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;
	struct err why;

	if (!event_parse(bytes, n, &json, &ev, e))
		return false;
	if (fold_event(trial, &ev, &why))
		return true;
	*e = why;
	return (err_is(&why, ERR_LEDGER_STATE) ||
	    err_is(&why, ERR_LEDGER_ENGINE) ||
	    err_is(&why, ERR_LEDGER_COUNT)) &&
	    err_set(e, ERR_RECORD_UNFIT, "%s", why.text);
}

/* Nobody could read on after an event that cannot follow: none goes out. */
static bool
pending_fits(struct record *r, struct err *e)
{
	CLEANUP(fold_done) struct fold *trial = NULL;
	const struct pending *p = &r->pending;

	if (r->terms->fold == NULL)
		return true;
	if (!fold_branch(r->terms->fold, &trial, e))
		return false;
	for (size_t i = 0; i < p->event_count; i++)
		if (!fits(trial, p->events[i], p->base + i, e))
			return false;
	return true;
}

static bool
tokens_keep(struct arena *a, const struct ledger_anchor *given,
    struct ledger_anchor *out, struct err *e)
{
	struct span *tokens = ARENA_ARRAY(a, struct span,
	    given->token_count + 1);

	if (tokens == NULL || !arena_copy(a, given->note, &out->note))
		return err_budget(e, a);
	for (size_t i = 0; i < given->token_count; i++)
		if (!arena_copy(a, given->tokens[i], &tokens[i]))
			return err_budget(e, a);
	out->tokens = tokens;
	out->token_count = given->token_count;
	return true;
}

bool
record_anchor(struct record *r, const struct ledger_anchor *given,
    struct err *e)
{
	struct said *s = &r->said;

	if (s->arena == NULL)
		s->arena = arena_new(SAID_MEMORY);
	struct ledger_anchor *more = arena_grow(s->arena, s->items, s->count,
	    sizeof(*more));
	if (more == NULL)
		return err_budget(e, s->arena);
	s->items = more;
	if (!tokens_keep(s->arena, given, &more[s->count], e))
		return false;
	s->count++;
	return true;
}

static void
said_drop(struct said *s)
{
	arena_free(s->arena);
	*s = (struct said){ .arena = NULL };
}

static bool
pending_commit(struct record *r, struct err *e)
{
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	const struct pending *p = &r->pending;
	const struct ledger_transaction t = { .events = p->events,
	    .event_count = p->event_count, .blobs = p->blobs,
	    .blob_count = p->blob_count, .anchors = r->said.items,
	    .anchor_count = r->said.count,
	    .checkpoint = buf_span(&r->checkpoint) };

	if (p->base != ledger_size(r->ledger))
		return err_set(e, ERR_RECORD_CONFLICT,
		    "others wrote to the ledger since this was decided");
	if (!record_keys_check(r, e) || !pending_fits(r, e) ||
	    !ledger_prepare(r->ledger, &t, next_time(r), &d, e) ||
	    !draft_publish(r, &d, e))
		return false;
	said_drop(&r->said);
	return record_checkpoint(r, e);
}

bool
record_commit(struct record *r, struct err *e)
{
	bool ok = usable(r, e) && record_checkpoint(r, e) &&
	    pending_commit(r, e);

	record_drop(r);
	return ok;
}

bool
record_begin(struct record *r, struct span origin, const char *config_repo,
    struct err *e)
{
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	CLEANUP(buf_done) struct buf created = { 0 };
	struct ledger_format f;
	int64_t at = next_time(r);

	if (!usable(r, e) || !record_format(r, origin, &f, e) ||
	    !event_make("ledger.created", 0, at, r->terms->engine,
	    ledger_created(&f, config_repo, TAGSEAL_VERSION), &created, e) ||
	    !ledger_prepare_genesis(r->ledger, &f, buf_span(&created), at, &d,
	    e) || !draft_publish(r, &d, e))
		return false;
	record_drop(r);
	return record_checkpoint(r, e);
}
