/*
 * tamper FOLDER: for a ledger that write-stories left in FOLDER, writes one
 * branch bad/NAME for each way to tamper with it that tamper_rows.c knows, and
 * prints a line for each, tabs between:
 *
 *	NAME CODE EVENT PATH SOUND PIN
 *
 * the fault that must be named: its code, event and path ("-": none), up to
 * what size the ledger is sound, and "pin" if only who saw the ledger before
 * can know. CODE "sound": nothing is wrong.
 *
 * The last stories are taken apart into transactions, changed, and put
 * together again. What they are signed with is the variant:
 *
 *	kept	the signature of the commit that was there
 *	none	no signature
 *	other	a key of somebody else
 *	commit	the engine's key for commits, the old checkpoints
 *	both	that, and new checkpoints by the log's key
 */
#include <git2.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/object.h"
#include "ledger/state.h"
#include "tamper.h"
#include "test.h"

static const char *const variants[] = { "kept", "none", "other", "commit",
    "both" };

/* ---- taking it apart */

static struct span
read_blob(struct world *w, const struct object_id *id)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span out;
	struct err e;

	assert_ok(object_read(w->m.repo, id, OBJECT_BLOB, LIMIT_LEDGER_BLOB,
	    &b, &e), &e);
	assert_true(arena_copy(w->m.arena, buf_span(&b), &out));
	return out;
}

static void
apart(struct world *w, const struct object_id *before,
    const struct object_id *id, struct transaction *t)
{
	struct object_id old = maker_tree(&w->m, before);
	struct object_id new = maker_tree(&w->m, id);
	const struct tree_difference *d;
	size_t count;
	struct err e;

	*t = (struct transaction){ .id = *id };
	assert_ok(tree_compare(w->m.repo, &old, &new, w->m.arena, &d, &count,
	    &e), &e);
	for (size_t i = 0; i < count; i++) {
		struct span bytes = read_blob(w, &d[i].new_id);

		if (span_is(d[i].path, "checkpoint"))
			t->checkpoint = bytes;
		else if (span_starts(d[i].path, "events/"))
			t->event[t->event_count++] = bytes;
		else
			t->file[t->file_count++] = (struct file){ arena_text(
			    w->m.arena, d[i].path), bytes, TREE_FILE };
	}
}

static bool
count_leaf(void *world, const struct event *ev, struct err *e)
{
	struct world *w = world;
	struct merkle_hash leaf = merkle_leaf(ev->bytes);

	(void)e;
	merkle_append(&w->frontier, &leaf);
	return true;
}

static void
load(struct world *w)
{
	const struct ledger_reader reader = { count_leaf, w };
	struct object_id ids[COMMITS + 1];
	struct commit_object c;
	struct err e;

	assert_ok(repository_open("ledger.git", &w->m.repo, &e), &e);
	assert_ok(ref_read(w->m.repo, MAKER_REF, &ids[COMMITS], &e), &e);
	for (size_t i = COMMITS; i > 0; i--) {
		assert_ok(reading_commit(w->m.repo, &ids[i], w->m.arena, &c,
		    &e), &e);
		ids[i - 1] = c.parents[0];
	}
	w->base = ids[0];
	w->m.ledger = ledger_new(w->m.repo, &w->m.trust, &reader);
	ledger_threads(w->m.ledger, 0);
	assert_ok(ledger_advance(w->m.ledger, &w->base, &e), &e);
	w->m.format = *ledger_format(w->m.ledger);
	w->base_size = ledger_size(w->m.ledger);
	w->m.at = ledger_last_time(w->m.ledger) + 3600000;
	for (size_t i = 0; i < COMMITS; i++)
		apart(w, &ids[i], &ids[i + 1], &w->honest.list[i]);
	w->honest.count = COMMITS;
}

/* ---- putting it together */

static struct tree_change
change_of(struct world *w, const struct file *f)
{
	struct tree_change c = { .path = span_text(f->path), .mode = f->mode };
	struct err e;

	if (f->mode != 0)
		assert_ok(object_write(w->m.repo, OBJECT_BLOB, f->bytes, &c.id,
		    &e), &e);
	return c;
}

static struct object_id
sign_as(struct world *w, enum variant v, const struct transaction *t,
    const struct tree_change *changes, size_t count,
    const struct object_id *parent)
{
	CLEANUP(buf_done) struct buf raw = { 0 }, object = { 0 };
	struct object_id tree = maker_tree(&w->m, parent), id;
	const struct object_id parents[] = { *parent, w->base };
	struct err e;

	if (v == COMMIT || v == BOTH || v == OTHER)
		return maker_forge(&w->m, v == OTHER ? w->stranger :
		    w->m.commit_key, &tree, changes, count, parents,
		    t->merge ? 2 : 1);
	assert_ok(tree_write(w->m.repo, &tree, changes, count, &tree, &e),
	    &e);
	assert_ok(object_read(w->m.repo, &t->id, OBJECT_COMMIT, 1 << 20, &raw,
	    &e), &e);
	/* The two first lines are of fixed length. */
	buf_printf(&object, "tree %s\nparent %s\n", object_id_hex(&tree).text,
	    object_id_hex(parent).text);
	struct span rest = span_from(buf_span(&raw), object.len);
	size_t at = span_find(rest, span_text("gpgsig "));
	size_t end = span_find(rest, span_text("\n\n"));
	struct span head = { rest.ptr, v == NONE ? at : end + 1 };
	buf_put(&object, head);
	buf_put(&object, span_from(rest, end + 1));
	if (v == NONE && head.len == 0)
		abort();
	assert_ok(object_write(w->m.repo, OBJECT_COMMIT, buf_span(&object),
	    &id, &e), &e);
	return id;
}

struct building {
	struct merkle_frontier	 tree;
	uint64_t		 next;		/* number of the next event */
	struct object_id	 head;
	bool			 changed;	/* from what was there */
};

/* The empty event is one that is missing; its number stays free. */
static size_t
event_changes(struct world *w, struct building *b,
    const struct transaction *t, struct tree_change *changes)
{
	char path[LEDGER_PATH_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < t->event_count; i++) {
		struct merkle_hash leaf = merkle_leaf(t->event[i]);

		if (!ledger_event_path(b->next++, path))
			abort();
		if (t->event[i].len == 0)
			continue;
		merkle_append(&b->tree, &leaf);
		const struct file f = { arena_text(w->m.arena,
		    span_text(path)), t->event[i], TREE_FILE };
		changes[count++] = change_of(w, &f);
	}
	return count;
}

static void
build_one(struct world *w, struct building *b, const struct transaction *t,
    enum variant v)
{
	struct tree_change changes[2 * FILES + 1];
	CLEANUP(buf_done) struct buf note = { 0 };
	struct merkle_hash root = merkle_root(&b->tree);
	struct span checkpoint = t->checkpoint;

	if (v == BOTH && checkpoint.len > 0) {
		maker_note(&w->m, w->m.log_key, b->tree.size, &root, &note);
		checkpoint = buf_span(&note);
	}
	size_t count = event_changes(w, b, t, changes);
	for (size_t i = 0; i < t->file_count; i++)
		changes[count++] = change_of(w, &t->file[i]);
	const struct file f = { "checkpoint", checkpoint, TREE_FILE };
	if (checkpoint.len > 0)
		changes[count++] = change_of(w, &f);
	b->head = sign_as(w, v, t, changes, count, &b->head);
}

static bool
same(const struct transaction *a, const struct transaction *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* What comes before the first change stays as it is. Gives its size. */
static uint64_t
build(struct world *w, const struct story *s, enum variant v,
    struct object_id *head)
{
	struct building b = { .tree = w->frontier, .next = w->base_size,
	    .head = w->base };
	uint64_t sound = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct transaction *t = &s->list[i];
		struct tree_change unused[FILES];

		if (!b.changed && same(t, &w->honest.list[i])) {
			event_changes(w, &b, t, unused);
			b.head = t->id;
			continue;
		}
		if (!b.changed)
			sound = b.next;
		b.changed = true;
		build_one(w, &b, t, v);
	}
	*head = b.head;
	return b.changed ? sound : b.next;
}

/* ---- telling */

static uint64_t
number_of(const struct world *w, const struct story *s, size_t commit)
{
	uint64_t n = w->base_size;

	for (size_t i = 0; i < commit; i++)
		n += s->list[i].event_count;
	return n;
}

static void
branch(struct world *w, const char *name, const struct object_id *id)
{
	char ref[128];
	struct err e;

	snprintf(ref, sizeof(ref), "refs/heads/bad/%s", name);
	assert_ok(ref_update(w->m.repo, ref, NULL, id, &e), &e);
}

static void
tell(const struct world *w, const struct row *r, const char *name,
    uint64_t sound, const struct story *s)
{
	bool pin = strcmp(r->code, "LEDGER-REWIND") == 0;
	const char *path = r->path == NULL || r->edit == in_blob ? "-" :
	    r->path;
	size_t commit = r->commit + 1;

	for (int i = 0; i < r->late && commit <= s->count; i++)
		sound = number_of(w, s, commit++);
	if (r->late < 0)
		sound = 0;
	printf("%s\t%s\t", name, r->code);
	if (r->at == NOWHERE)
		printf("-");
	else
		printf("%" PRIu64, number_of(w, s, r->commit) + r->event +
		    (uint64_t)r->at);
	printf("\t%s\t%" PRIu64 "\t%s\n", path, sound, pin ? "pin" : "-");
}

static void
make(struct world *w, const struct row *r, enum variant v)
{
	static struct story s;
	struct object_id head;
	char name[64];

	s = w->honest;
	r->edit(w, &s, r);
	uint64_t sound = build(w, &s, v, &head);
	snprintf(name, sizeof(name), "%s.%s", r->name, variants[v]);
	branch(w, name, &head);
	tell(w, r, name, sound, &s);
}

/* The whole tree with no history: signed by the engine's own key. */
static void
second_root(struct world *w)
{
	struct object_id old = maker_tree(&w->m, &w->honest.list[8].id);
	struct object_id id = maker_forge(&w->m, w->m.commit_key, &old, NULL,
	    0, NULL, 0);

	branch(w, "second-root.commit", &id);
	printf("second-root.commit\tLEDGER-ORDER\t-\t-\t0\t-\n");
}

int
main(int argc, char **argv)
{
	static struct world w;

	if (argc != 2 || chdir(argv[1]) != 0)
		return 2;
	w.m.arena = arena_new((size_t)1 << 30);
	w.m.commit_key = soft_key_load("commit.pem");
	w.m.log_key = soft_key_load("log.pem");
	w.stranger = soft_key_new("ed25519");
	pki_world_make(&w.pki);
	load(&w);
	assert_int_equal(git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0), 0);
	for (size_t i = 0; i < tamper_row_count; i++)
		for (enum variant v = KEPT; v <= BOTH; v++)
			if (tamper_rows[i].variants >> v & 1)
				make(&w, &tamper_rows[i], v);
	second_root(&w);
	branch(&w, "base", &w.base);
	return 0;
}
