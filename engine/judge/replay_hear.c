/* replay_hear - what people said, from evidence: see replay.h. */
#include <string.h>

#include "base/text.h"
#include "git/tree.h"
#include "git/write.h"
#include "judge/replay_state.h"

#define ID_START	"sr-"
#define ABOUT_DIGITS	12	/* of a request's id in the name of a tag */

struct span
replay_slug(struct span name)
{
	static const char start[] = "person/";

	return span_starts(name, start) ? span_from(name, strlen(start)) :
	    name;
}

/* ---- evidence ---- */

static void
carrier_take(const struct json *evidence, struct statement_told *t)
{
	struct span what = json_span(json_member(evidence, "what"));
	struct span id = json_span(json_member(evidence, "object_id"));
	bool known;

	if (span_is(what, "approval"))
		known = object_id_parse(id, &t->object);
	else if (span_is(what, "approval signature"))
		known = object_id_parse(id, &t->signature);
	else
		known = false;
	(void)known;
}

static bool
statement_add(struct hearing *h, const struct event *ev, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");
	struct arena *a = h->replay->scratch;
	struct statement_told *grown = arena_grow(a, h->told, h->count,
	    sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, a);
	h->told = grown;
	struct statement_told *t = &grown[h->count++];
	*t = (struct statement_told){ .found = false };
	if (!arena_copy(a, event_text(ev, "statement_sha256"), &t->payload) ||
	    !arena_copy(a, replay_slug(event_text(ev, "person")), &t->person))
		return err_budget(e, a);
	for (size_t i = 0; i < json_count(list); i++)
		carrier_take(json_item(list, i), t);
	return replay_evidence(h->replay, ev, e);
}

static bool
statements_before(struct hearing *h, struct err *e)
{
	const struct told *t = table_find(&h->replay->told, h->request->id);

	for (size_t i = 0; t != NULL && i < t->count; i++) {
		CLEANUP(json_done) struct json *json = NULL;
		CLEANUP(buf_done) struct buf bytes = { 0 };
		struct event ev;

		if (!ledger_event_read(h->replay->terms->ledger, t->events[i],
		    &bytes, &json, &ev, e) || !statement_add(h, &ev, e))
			return false;
	}
	return true;
}

/* ---- where approvals_read finds them ---- */

/* As if they had just been pushed: tags, and a branch with the others. */
struct pushed {
	struct hearing		*hearing;
	struct ref		*tags;
	size_t			 tag_count;
	struct tree_change	*files;		/* detached ones */
	size_t			 file_count;
	struct object_id	*commits;
	size_t			 commit_count;
};

#define SHORT_ID(h)							\
	ABOUT_DIGITS, (const char *)(h)->request->id.ptr + strlen(ID_START)

/* The name only matters where nobody can read what a tag says. */
static bool
tag_push(struct pushed *p, const struct statement_told *t, struct err *e)
{
	struct arena *a = p->hearing->replay->scratch;
	const char *name = arena_printf(a, "refs/tags/approve/%.*s/%zu",
	    SHORT_ID(p->hearing), p->tag_count);

	if (name == NULL)
		return err_budget(e, a);
	p->tags[p->tag_count++] = (struct ref){ span_text(name), t->object };
	return true;
}

static bool
file_push(struct pushed *p, const char *suffix, const struct object_id *id,
    struct err *e)
{
	struct arena *a = p->hearing->replay->scratch;
	struct span request = p->hearing->request->id;
	const char *path = arena_printf(a, "approvals/%.*s/%zu.yaml%s",
	    (int)request.len, (const char *)request.ptr, p->file_count / 2,
	    suffix);

	if (path == NULL)
		return err_budget(e, a);
	p->files[p->file_count++] = (struct tree_change){ span_text(path),
	    TREE_FILE, *id };
	return true;
}

static bool
detached_push(struct pushed *p, const struct statement_told *t,
    struct err *e)
{
	return file_push(p, "", &t->object, e) &&
	    file_push(p, ".sig", &t->signature, e);
}

static bool
commit_push(struct pushed *p, const struct statement_told *t, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < p->commit_count; i++)
		if (object_id_eq(&p->commits[i], &t->object))
			return true;
	p->commits[p->commit_count++] = t->object;
	return true;
}

static const struct {
	enum object_kind	kind;
	bool			(*push)(struct pushed *,
				    const struct statement_told *,
				    struct err *);
} carriers[] = {
	{ OBJECT_TAG, tag_push },
	{ OBJECT_COMMIT, commit_push },
	{ OBJECT_BLOB, detached_push },
};

static bool
statement_push(struct pushed *p, const struct statement_told *t,
    struct err *e)
{
	enum object_kind kind;
	struct err unused;
	uint64_t size;

	if (!object_stat(p->hearing->replay->terms->objects, &t->object,
	    &kind, &size, &unused))
		return true;
	for (size_t i = 0; i < COUNT(carriers); i++)
		if (carriers[i].kind == kind)
			return carriers[i].push(p, t, e);
	return true;
}

/* Nobody signs for the head: it only brings files. */
static bool
branch_make(struct pushed *p, struct object_id *out, struct err *e)
{
	struct repository *objects = p->hearing->replay->terms->objects;
	struct new_commit c = { .parents = p->commits,
	    .parent_count = p->commit_count,
	    .author = { "replay", "replay@localhost", 0 },
	    .message = SPAN_TEXT("What was said\n") };
	CLEANUP(buf_done) struct buf raw = { 0 };

	return tree_write(objects, NULL, p->files, p->file_count, &c.tree,
	    e) && commit_compose(&c, &raw, e) &&
	    object_write(objects, OBJECT_COMMIT, buf_span(&raw), out, e);
}

static bool
push_all(struct pushed *p, struct err *e)
{
	const struct hearing *h = p->hearing;
	struct arena *a = h->replay->scratch;

	p->tags = ARENA_ARRAY(a, struct ref, h->count + 1);
	p->files = ARENA_ARRAY(a, struct tree_change, 2 * h->count + 1);
	p->commits = ARENA_ARRAY(a, struct object_id, h->count + 1);
	if (p->tags == NULL || p->files == NULL || p->commits == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < h->count; i++)
		if (!statement_push(p, &h->told[i], e))
			return false;
	return true;
}

/* ---- the list ---- */

static bool
is_persons(const struct hearing *h, const struct approval *a,
    const struct statement_told *t)
{
	const struct signature_fact *f = &a->fact.signature;
	const struct person *p = f->good ? config_key_holder(
	    chain_config(h->replay->chain), f->key, NULL) : NULL;
	CLEANUP(buf_done) struct buf hex = { 0 };

	text_hex(SPAN(a->payload_sha256), &hex);
	return span_eq(t->payload, buf_span(&hex)) && span_eq(t->person,
	    p == NULL ? (struct span){ 0 } : p->slug);
}

/* By its objects; or the same words of the same person in others. */
static struct statement_told *
told_find(struct hearing *h, const struct approval *a)
{
	for (size_t i = 0; i < h->count; i++)
		if (object_id_eq(&h->told[i].object, &a->object) &&
		    object_id_eq(&h->told[i].signature, &a->signature_object))
			return &h->told[i];
	for (size_t i = 0; i < h->count; i++)
		if (is_persons(h, a, &h->told[i]))
			return &h->told[i];
	return NULL;
}

/* A commit stands on others, which may bring more: that was not heard. */
static void
only_told(struct hearing *h)
{
	struct approval_list *l = &h->list;
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct statement_told *t = told_find(h, &l->items[i]);

		if (t == NULL)
			continue;
		t->found = true;
		l->items[n] = l->items[i];
		if (l->items[n].fact.statement != NULL)
			l->items[n].fact.statement = &l->items[n].statement;
		n++;
	}
	l->count = n;
}

/* Two carriers of the same words by the same person count as one. */
static void
missing_note(struct hearing *h)
{
	for (size_t i = 0; i < h->count; i++) {
		bool found = h->told[i].found;

		for (size_t k = 0; k < h->list.count && !found; k++)
			found = is_persons(h, &h->list.items[k], &h->told[i]);
		if (!found)
			replay_note(h->replay, REPLAY_UNKNOWN, "statement "
			    "%.12s is not here",
			    text_show(h->told[i].payload).text);
	}
}

/* ev: the event that is judged, if it tells of a statement, or NULL. */
bool
replay_hear(struct hearing *h, const struct event *ev, int64_t now,
    struct err *e)
{
	struct replay *r = h->replay;
	struct approval_look look = { .now = now, .first_seen = memory_seen,
	    .said_before = memory_said_at, .arg = &r->memory };
	struct pushed p = { .hearing = h };
	struct object_id head;
	struct err why;

	if (!statements_before(h, e) || (ev != NULL &&
	    !statement_add(h, ev, e)) || !push_all(&p, e) ||
	    !branch_make(&p, &head, e))
		return false;
	look.tags = p.tags;
	look.tag_count = p.tag_count;
	look.branch = &head;
	if (!approvals_read(r->terms->objects, chain_signers(r->chain), &look,
	    r->scratch, &h->list, &why))
		return replay_trouble(r, &why, e);
	only_told(h);
	missing_note(h);
	return true;
}

/* What became of the last statement that was told; -1: it is not there. */
long
replay_told_last(struct hearing *h)
{
	const struct statement_told *last = &h->told[h->count - 1];
	size_t n = 0;

	for (size_t i = 0; i < h->list.count; i++) {
		const struct approval *a = &h->list.items[i];

		if (!approval_concerns(a, h->request->id))
			continue;
		if (told_find(h, a) == last || is_persons(h, a, last))
			return (long)n;
		n++;
	}
	return -1;
}
