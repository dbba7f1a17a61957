/*
 * record_sync - the ledger's branch at its host: fetched, followed, pushed.
 *
 * A fetch lands in the courier's mirror. What the ledger goes on is copied
 * into the store: objects first, then what refers to them, so that whatever
 * the store has, it has with all below.
 */
#include <string.h>

#include "git/history.h"
#include "git/write.h"
#include "judge/copy.h"
#include "judge/record_state.h"
#include "wire/courier.h"

#define COMMITS_MOST	((size_t)1 << 24)	/* of one fetch */
#define COMMITS_MEMORY	((size_t)1 << 30)

static bool
courier_ask(struct record *r, enum courier_message request,
    enum courier_message due, struct span body, struct buf *answer,
    struct err *e)
{
	const struct stream_question q = { (uint8_t)request, (uint8_t)due,
	    COURIER_FAILED, COURIER_MESSAGE_LIMIT, r->terms->patience,
	    NULL, 0 };

	return stream_ask(r->terms->courier, &q, body, answer, e);
}

/* A host that offers another branch is not followed one step. */
static bool
chain_list(struct record *r, struct repository *mirror,
    const struct object_id *to, struct arena *a,
    const struct object_id **ids, size_t *count, struct err *e)
{
	const struct object_id *head = ledger_head(r->ledger);

	if (head == NULL)
		return history_between(mirror, NULL, to, COMMITS_MOST, a, ids,
		    count, e);
	if (history_chain(mirror, head, to, COMMITS_MOST, a, ids, count, e))
		return true;
	if (!err_is(e, ERR_GIT_HISTORY_APART))
		return false;
	return err_set(e, ERR_LEDGER_REWIND, "the ledger at its host went "
	    "from %s to %s, which does not follow it",
	    object_id_hex(head).text, object_id_hex(to).text);
}

/* record_copy brings the commits up to one from the mirror to the store. */
static bool
record_copy(struct record *r, const struct object_id *to, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(COMMITS_MEMORY);
	CLEANUP(repository_done) struct repository *mirror = NULL;
	const struct object_id *ids;
	size_t count;

	if (!repository_open_objects(r->terms->mirror, &mirror, e) ||
	    !repository_borrow(mirror, r->terms->store, e) ||
	    !chain_list(r, mirror, to, a, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!copy_commit(mirror, r->store, &ids[i], e))
			return err_at(e, "copy of the ledger");
	return true;
}

bool
record_follow(struct record *r, const struct object_id *head, struct err *e)
{
	struct object_id before;
	const struct object_id *old = ledger_head(r->ledger);

	if (old != NULL)
		before = *old;
	if (!ledger_advance(r->ledger, head, e))
		return false;
	r->checkpoint.len = 0;
	return ref_update(r->store, r->terms->ref, old == NULL ? NULL : &before,
	    head, e);
}

/* remote_head asks where the branch is; a zero id: it is not there. */
static bool
remote_head(struct record *r, struct object_id *out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(
	    2 * COURIER_MESSAGE_LIMIT);
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	struct span url = r->terms->url;
	struct moved_ref *refs;
	size_t count;

	fetch_write(&(struct fetch_request){ .mirror = r->terms->mirror_name,
	    .urls = &url, .url_count = 1, .credential = r->terms->credential,
	    .all = true }, &body);
	if (!courier_ask(r, COURIER_FETCH, COURIER_FETCHED, buf_span(&body),
	    &answer, e) || !fetched_read(buf_span(&answer), a, &refs, &count,
	    e))
		return false;
	*out = (struct object_id){ { 0 } };
	for (size_t i = 0; i < count; i++)
		if (span_is(refs[i].name, r->terms->ref) &&
		    !object_id_parse(refs[i].after, out))
			return wire_malformed(e, "fetched");
	return true;
}

static bool
branch_gone(const struct record *r, struct err *e)
{
	if (ledger_head(r->ledger) == NULL && r->terms->begins)
		return true;
	return err_set(e, ERR_LEDGER_REWIND, "the host has no branch "
	    "%s", r->terms->ref);
}

static bool
sync_once(struct record *r, struct err *e)
{
	const struct object_id *mine = ledger_head(r->ledger);
	struct object_id head;

	if (!remote_head(r, &head, e))
		return false;
	if (object_id_zero(&head))
		return branch_gone(r, e);
	if (mine != NULL && object_id_eq(mine, &head))
		return true;
	if (!record_copy(r, &head, e))
		return false;
	if (record_follow(r, &head, e))
		return true;
	r->lost = e->what->kind == ERR_KIND_ALARM;
	return false;
}

bool
record_alarm(struct record *r, struct err *e)
{
	const struct record_terms *t = r->terms;

	if (e->what->kind != ERR_KIND_ALARM)
		return false;
	r->alarm = *e;
	if (t->alarmed == NULL)
		r->lost = true;
	else if (ledger_head(r->ledger) != NULL &&
	    !t->alarmed(t->alarmed_arg, r->ledger, e))
		r->lost = true;
	return false;
}

bool
record_sync(struct record *r, struct err *e)
{
	if (sync_once(r, e)) {
		r->unsure = false;
		return true;
	}
	return record_alarm(r, e);
}

static bool
push_ask(struct record *r, const struct object_id *commit, struct err *e)
{
	static const struct object_id nothing;
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	const struct object_id *head = ledger_head(r->ledger);
	struct object_id_hex before = object_id_hex(head == NULL ? &nothing :
	    head), after = object_id_hex(commit);

	push_write(&(struct push_request){
	    .repository = span_text(r->terms->store), .url = r->terms->url,
	    .ref = SPAN_TEXT(r->terms->ref), .before = span_text(before.text),
	    .after = span_text(after.text),
	    .credential = r->terms->credential }, &body);
	return courier_ask(r, COURIER_PUSH, COURIER_PUSHED, buf_span(&body),
	    &answer, e);
}

/*
 * A push that was not confirmed may have arrived all the same: what the host
 * shows decides, and until it was asked nothing else is written.
 */
bool
record_push(struct record *r, const struct object_id *commit, struct err *e)
{
	uint64_t size = ledger_commits(r->ledger);
	struct err why;

	r->unsure = true;
	if (push_ask(r, commit, &why)) {
		r->unsure = false;
		return record_follow(r, commit, e);
	}
	if (!record_sync(r, e)) {
		if (r->alarm.what == NULL)
			*e = why;
		return false;
	}
	const struct object_id *head = ledger_head(r->ledger);
	if (head != NULL && object_id_eq(head, commit))
		return true;
	if (ledger_commits(r->ledger) != size)
		return err_set(e, ERR_RECORD_CONFLICT, "the ledger went on to "
		    "%s in the meantime", object_id_hex(head).text);
	*e = why;
	return false;
}
