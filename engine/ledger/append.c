/* append - see append.h. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "git/tree.h"
#include "git/write.h"
#include "ledger/append.h"
#include "ledger/state.h"
#include "ledger/story.h"
#include "ledger/table.h"

void
ledger_draft_done(struct ledger_draft *d)
{
	buf_done(&d->payload);
}

/* The files that a commit adds or replaces. */
struct files {
	struct ledger		*ledger;
	struct arena		*arena;
	struct tree_change	*list;
	size_t			 count;
	struct table		 cited;		/* paths of blobs */
};

static bool
add_file(struct files *f, const char *path, struct span bytes, struct err *e)
{
	struct tree_change c = { .mode = TREE_FILE };
	char *copy = arena_text(f->arena, span_text(path));

	f->list = arena_grow(f->arena, f->list, f->count, sizeof(*f->list));
	if (copy == NULL || f->list == NULL)
		return err_budget(e, f->arena);
	c.path = span_text(copy);
	if (!object_write(f->ledger->repo, OBJECT_BLOB, bytes, &c.id, e))
		return false;
	f->list[f->count++] = c;
	return true;
}

/*
 * Evidence that is there already is not added again, nor is any that no event
 * cites.
 */
static bool
add_blob(struct files *f, struct span bytes, struct err *e)
{
	struct digest d = digest_of(DIGEST_SHA256, bytes);
	char path[LEDGER_PATH_SIZE];
	struct tree_entry entry;
	struct err missing;

	ledger_blob_path(span_text(digest_hex(&d).text), path);
	if (table_find(&f->cited, span_text(path)) == NULL)
		return true;
	for (size_t i = 0; i < f->count; i++)
		if (span_is(f->list[i].path, path))
			return true;
	if (tree_lookup(f->ledger->repo, &f->ledger->tree_id, span_text(path),
	    &entry, &missing))
		return true;
	return add_file(f, path, bytes, e);
}

static bool
remember(void *files, const char *where, struct span hex)
{
	struct files *f = files;
	char path[LEDGER_PATH_SIZE];

	(void)where;
	ledger_blob_path(hex, path);
	if (table_find(&f->cited, span_text(path)) != NULL)
		return true;
	char *copy = arena_text(f->arena, span_text(path));
	if (copy != NULL)
		table_put(&f->cited, span_text(copy), copy);
	return copy != NULL;
}

/* add_event checks an event as readers will, and takes it into draft. */
static bool
add_event(struct files *f, struct span bytes, struct merkle_frontier *frontier,
    int64_t *last, struct story *story, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	char path[LEDGER_PATH_SIZE];
	struct event ev;

	if (!event_parse(bytes, frontier->size, &json, &ev, e))
		return err_at(e, "event %llu",
		    (unsigned long long)frontier->size);
	if (ev.at < *last)
		return err_set(e, ERR_LEDGER_TIME, "event %llu: its time is "
		    "before that of the event before it",
		    (unsigned long long)ev.n);
	if (!ledger_event_path(ev.n, path))
		return err_set(e, ERR_LEDGER_LAYOUT, "the ledger is full");
	story_add(story, &ev);
	if (!event_cites(&ev, remember, f))
		return err_budget(e, f->arena);
	struct merkle_hash leaf = merkle_leaf(bytes);
	merkle_append(frontier, &leaf);
	*last = ev.at;
	return add_file(f, path, bytes, e);
}

static struct merkle_frontier
frontier_of(const struct ledger *l)
{
	struct merkle_frontier f = { .size = l->tree.size };
	size_t peak = 0;

	for (unsigned level = MERKLE_LEVELS; level-- > 0; ) {
		struct reader r = rd_open(buf_span(&l->tree.levels[level]));

		if (!(f.size >> level & 1))
			continue;
		rd_seek(&r, r.in.len - MERKLE_SIZE);
		if (merkle_read(rd_take(&r, MERKLE_SIZE), &f.peaks[peak]))
			peak++;
	}
	return f;
}

static bool
add_checkpoint(struct files *f, struct span note, struct err *e)
{
	struct ledger *l = f->ledger;
	struct checkpoint c;

	if (note.len == 0)
		return l->checkpoint_size == l->tree.size ||
		    err_set(e, ERR_LEDGER_CHECKPOINT, "the checkpoint of %llu "
		    "events must come with the next commit",
		    (unsigned long long)l->tree.size);
	if (!checkpoint_verify(note, &l->format.log, &c, e))
		return false;
	struct merkle_hash root = ledger_root(l, l->tree.size);
	if (c.size != l->tree.size || !merkle_eq(&c.root, &root))
		return err_set(e, ERR_LEDGER_CHECKPOINT, "the checkpoint is "
		    "not of these %llu events",
		    (unsigned long long)l->tree.size);
	return add_file(f, "checkpoint", note, e);
}

/* A checkpoint that is being anchored. */
struct anchoring {
	struct files		*files;
	struct checkpoint	 checkpoint;
	struct note		 note;
	struct buf		 alone;		/* as it lies in the branch */
};

/* What is there stays. */
static bool
add_beside(struct anchoring *g, const char *name, struct span bytes,
    struct err *e)
{
	struct files *f = g->files;
	char path[LEDGER_PATH_SIZE];
	struct tree_entry entry;
	struct err missing;

	if (!anchor_path(g->checkpoint.size, name, path))
		return err_set(e, ERR_LEDGER_LAYOUT, "%s is no anchor of a "
		    "checkpoint", name);
	for (size_t i = 0; i < f->count; i++)
		if (span_is(f->list[i].path, path))
			return true;
	return tree_lookup(f->ledger->repo, &f->ledger->tree_id,
	    span_text(path), &entry, &missing) || add_file(f, path, bytes, e);
}

/* Another engine's note of the same size may be there, signed once more. */
static bool
add_anchored_note(struct anchoring *g, struct span note, struct err *e)
{
	struct ledger *l = g->files->ledger;
	char path[LEDGER_PATH_SIZE];
	struct err none;

	if (anchor_path(g->checkpoint.size, "checkpoint", path) &&
	    ledger_read_file(l, &l->tree_id, path, LIMIT_EVENT, &g->alone,
	    &none))
		return true;
	return anchor_note(note, &l->format.log, &g->alone, e) &&
	    add_beside(g, "checkpoint", buf_span(&g->alone), e);
}

static bool
add_lines(struct anchoring *g, struct err *e)
{
	for (size_t i = 0; i < g->note.count; i++) {
		const struct note_line *l = &g->note.lines[i];
		CLEANUP(buf_done) struct buf line = { 0 };
		char name[LEDGER_PATH_SIZE];

		if (note_line_by(l, &g->files->ledger->format.log))
			continue;
		anchor_line_name(l, name);
		note_line_write(&(struct note_key){ .name = l->name,
		    .id = l->id }, l->signature, &line);
		if (!add_beside(g, name, buf_span(&line), e))
			return false;
	}
	return true;
}

static bool
add_tokens(struct anchoring *g, const struct ledger_anchor *a, struct err *e)
{
	struct ledger *l = g->files->ledger;

	for (size_t i = 0; i < a->token_count; i++) {
		char name[LEDGER_PATH_SIZE];
		struct ledger_fault early;
		struct err unfit;
		int64_t time;

		if (!anchor_token_check(a->tokens[i], buf_span(&g->alone),
		    NULL, &time, &unfit) || !anchor_time_check(l, NULL,
		    g->checkpoint.size, time, &early))
			continue;
		anchor_token_name(a->tokens[i], name);
		if (!add_beside(g, name, a->tokens[i], e))
			return false;
	}
	return true;
}

static bool
add_anchor(struct files *f, const struct ledger_anchor *a, struct err *e)
{
	struct anchoring g = { .files = f };
	struct ledger *l = f->ledger;

	if (!checkpoint_verify(a->note, &l->format.log, &g.checkpoint, e) ||
	    !note_parse(f->arena, a->note, &g.note, e))
		return false;
	const struct checkpoint *c = &g.checkpoint;
	struct merkle_hash root = ledger_root(l, c->size > l->tree.size ? 0 :
	    c->size);
	if (!merkle_eq(&c->root, &root) || c->size == 0)
		return err_set(e, ERR_LEDGER_CHECKPOINT, "the checkpoint to be "
		    "anchored, of %llu events, is not of this ledger",
		    (unsigned long long)c->size);
	bool ok = add_anchored_note(&g, a->note, e) && add_lines(&g, e) &&
	    add_tokens(&g, a, e);
	buf_done(&g.alone);
	return ok;
}

static bool
add_events(struct files *f, const struct ledger_transaction *t,
    struct ledger_draft *d, struct buf *message, struct err *e)
{
	CLEANUP(story_done) struct story story = { .count = 0 };
	struct merkle_frontier frontier = frontier_of(f->ledger);
	int64_t last = f->ledger->last_time;

	for (size_t i = 0; i < t->event_count; i++)
		if (!add_event(f, t->events[i], &frontier, &last, &story, e))
			return false;
	story_write(&story, f->ledger->tree.size, message);
	d->size = frontier.size;
	d->root = merkle_root(&frontier);
	return true;
}

static bool
compose(struct files *f, struct span message, int64_t at,
    struct ledger_draft *d, struct err *e)
{
	struct ledger *l = f->ledger;
	struct new_commit c = { .parents = &l->head,
	    .parent_count = l->commits > 0 ? 1 : 0, .message = message,
	    .author = { STORY_AUTHOR, STORY_EMAIL, at / 1000 } };

	d->payload.len = 0;
	return tree_write(l->repo, l->commits > 0 ? &l->tree_id : NULL,
	    f->list, f->count, &c.tree, e) &&
	    commit_compose(&c, &d->payload, e);
}

static bool
add_all(struct files *f, const struct ledger_transaction *t,
    struct ledger_draft *d, struct buf *message, struct err *e)
{
	if (!add_checkpoint(f, t->checkpoint, e) ||
	    !add_events(f, t, d, message, e))
		return false;
	for (size_t i = 0; i < t->blob_count; i++)
		if (!add_blob(f, t->blobs[i], e))
			return false;
	for (size_t i = 0; i < t->anchor_count; i++)
		if (!add_anchor(f, &t->anchors[i], e))
			return false;
	return true;
}

bool
ledger_prepare(struct ledger *l, const struct ledger_transaction *t,
    int64_t at, struct ledger_draft *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(COMMIT_ARENA);
	CLEANUP(buf_done) struct buf message = { 0 };
	struct files f = { .ledger = l, .arena = a };

	if (l->commits == 0)
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger has no "
		    "genesis yet");
	bool ok = add_all(&f, t, d, &message, e) &&
	    compose(&f, buf_span(&message), at, d, e);
	table_done(&f.cited);
	return ok;
}

bool
ledger_prepare_genesis(struct ledger *l, const struct ledger_format *format,
    struct span created, int64_t at, struct ledger_draft *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(COMMIT_ARENA);
	CLEANUP(buf_done) struct buf text = { 0 }, readme = { 0 };
	CLEANUP(buf_done) struct buf message = { 0 };
	struct ledger_transaction t = { .events = &created, .event_count = 1 };
	struct files f = { .ledger = l, .arena = a };

	if (l->commits > 0)
		return err_set(e, ERR_LEDGER_ORDER, "the ledger has a genesis "
		    "already");
	ledger_format_write(format, &text);
	ledger_readme_write(format, &readme);
	bool ok = add_file(&f, "format", buf_span(&text), e) &&
	    add_file(&f, "README.md", buf_span(&readme), e) &&
	    add_events(&f, &t, d, &message, e) &&
	    compose(&f, buf_span(&message), at, d, e);
	table_done(&f.cited);
	return ok;
}

bool
ledger_finish(struct ledger *l, const struct ledger_draft *d,
    struct span armor, struct object_id *commit, struct err *e)
{
	CLEANUP(buf_done) struct buf object = { 0 };

	return commit_attach(buf_span(&d->payload), armor, &object, e) &&
	    object_write(l->repo, OBJECT_COMMIT, buf_span(&object), commit,
	    e);
}

struct json *
ledger_created(const struct ledger_format *f, const char *config_repo,
    const char *version)
{
	struct json *v = json_map();
	CLEANUP(buf_done) struct buf b = { 0 };

	ssh_key_line(&f->commits, "", &b);
	json_put_span(v, "commit_key", buf_span(&b));
	b.len = 0;
	note_key_write(&f->log, &b);
	json_put_span(v, "origin", f->origin);
	json_put_span(v, "log_key", buf_span(&b));
	json_put_text(v, "config_repo", config_repo);
	json_put_text(v, "version", version);
	return v;
}
