/* commits - see commits.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "git/history.h"
#include "git/merge.h"
#include "git/object.h"
#include "git/tree.h"
#include "judge/chain_pin.h"
#include "judge/commits.h"
#include "ledger/table.h"

#define MEMO_MEMORY	((size_t)128 << 20)

/* One commit, as far as the others need to know. */
struct commit_row {
	struct object_id	id;
	struct object_id	tree;
	struct object_id	parents[2];
	size_t			parent_count;
	size_t			fact;		/* index */
	size_t			set;		/* see struct branch */
};

/* What is known of one commit, whoever asks and whenever. */
struct known_commit {
	struct repository	*repository;
	struct commit_row	 row;
	struct signature_fact	 signature;
};

struct commit_memo {
	struct arena	*arena;
	struct table	 by_id;
};

struct walk {
	struct repository	*repository;
	struct signers		*signers;
	int64_t			 seen;
	struct arena		*arena;
	struct commit_row	*rows;		/* sorted by id */
	struct commit_list	*out;
};

static int
row_cmp(const void *a, const void *b)
{
	const struct commit_row *x = a, *y = b;

	return object_id_cmp(&x->id, &y->id);
}

static struct commit_row *
row_find(const struct walk *w, const struct object_id *id)
{
	struct commit_row key = { .id = *id };

	return bsearch(&key, w->rows, w->out->count, sizeof(key), row_cmp);
}

/* ---- what is known already ---- */

static struct commit_memo *
memo_new(void)
{
	struct commit_memo *m = xcalloc(1, sizeof(*m));

	m->arena = arena_new(MEMO_MEMORY);
	return m;
}

void
commit_memo_free(struct commit_memo *m)
{
	if (m == NULL)
		return;
	table_done(&m->by_id);
	arena_free(m->arena);
	free(m);
}

/* The memo is gone with the next state: what is asked for is copied. */
static bool
fact_copy(struct arena *a, const struct signature_fact *from,
    struct signature_fact *to)
{
	struct signature_fact f = *from;

	if (f.why != NULL && (f.why = arena_text(a, span_text(f.why))) == NULL)
		return false;
	if (!arena_copy(a, from->key, &f.key))
		return false;
	*to = f;
	return true;
}

static bool
recall(struct walk *w, const struct object_id *id, size_t i)
{
	struct commit_memo *m = w->signers->memo;
	struct signature_fact *f = &w->out->items[i].signature;
	const struct known_commit *k = m == NULL ? NULL :
	    table_find(&m->by_id, (struct span){ id->bytes, OBJECT_ID_SIZE });

	if (k == NULL || k->repository != w->repository ||
	    !fact_copy(w->arena, &k->signature, f))
		return false;
	f->first_seen = w->seen;
	w->rows[i] = k->row;
	w->rows[i].fact = i;
	return true;
}

/*
 * Only what does not change with time: OpenPGP keys and certificates expire by
 * themselves, and new keys may have to wait. Without room for more, the rest is
 * read again.
 */
static void
memorise(struct walk *w, const struct object_signature *s, size_t i)
{
	const struct signature_fact *f = &w->out->items[i].signature;
	struct commit_memo *m = w->signers->memo;
	struct known_commit *k;
	struct span id;

	if ((s->armor != ARMOR_SSH && s->armor != ARMOR_NONE) ||
	    f->dated || w->signers->delay_count > 0)
		return;
	if (m == NULL)
		m = w->signers->memo = memo_new();
	k = ARENA_NEW(m->arena, struct known_commit);
	if (k == NULL || !arena_copy(m->arena, (struct span){
	    w->rows[i].id.bytes, OBJECT_ID_SIZE }, &id))
		return;
	*k = (struct known_commit){ .repository = w->repository,
	    .row = w->rows[i] };
	if (!fact_copy(m->arena, f, &k->signature))
		return;
	if (table_find(&m->by_id, id) == NULL)
		table_put(&m->by_id, id, k);
}

/* A commit that cannot be read as one is a commit that nobody signed. */
static bool
read_one(struct walk *w, const struct object_id *id, size_t i, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_fact *f = &w->out->items[i];
	struct object_id_hex hex = object_id_hex(id);
	struct commit_object c;
	struct err why;

	w->rows[i] = (struct commit_row){ .id = *id, .fact = i };
	if (!arena_copy(w->arena, SPAN_TEXT(hex.text), &f->id))
		return err_budget(e, w->arena);
	if (recall(w, id, i))
		return true;
	if (!object_read(w->repository, id, OBJECT_COMMIT,
	    LIMIT_SIGNED_OBJECT, &raw, &why) ||
	    !commit_parse(buf_span(&raw), scratch, &c, &why)) {
		if (why.what->kind == ERR_KIND_SYSTEM) {
			*e = why;
			return false;
		}
		f->signature.why = arena_text(w->arena, SPAN_TEXT(why.text));
		f->signature.cause = why.what;
		return f->signature.why != NULL || err_budget(e, w->arena);
	}
	w->rows[i].tree = c.tree;
	w->rows[i].parent_count = c.parent_count;
	for (size_t k = 0; k < c.parent_count && k < 2; k++)
		w->rows[i].parents[k] = c.parents[k];
	if (!signers_look(w->signers, &c.signature, "git", w->seen, w->arena,
	    &f->signature, e))
		return false;
	memorise(w, &c.signature, i);
	return true;
}

/* What comes next of the commits that are read. */
struct coming {
	const struct walk	*walk;
	const struct object_id	*ids;
};

static void
tell_ahead(void *arg, size_t i)
{
	const struct coming *c = arg;
	const struct walk *w = c->walk;
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	struct span id = { c->ids[i].bytes, OBJECT_ID_SIZE };
	struct err none;

	if ((w->signers->memo == NULL ||
	    table_find(&w->signers->memo->by_id, id) == NULL) &&
	    commit_load(w->repository, &c->ids[i], &r, &none))
		signers_ahead(w->signers, &r.object.signature, w->seen);
}

static bool
read_all(struct walk *w, const struct object_id *ids, size_t count,
    struct err *e)
{
	struct coming coming = { w, ids };
	struct lookahead ahead = { tell_ahead, &coming, count, 0 };

	for (size_t i = 0; i < count; i++) {
		signers_look_ahead(w->signers, &ahead, i);
		if (!read_one(w, &ids[i], i, e))
			return false;
	}
	return true;
}

/* ---- reviews ---- */

/* A branch that was merged: its tip, and the number of what it brought in. */
struct branch {
	struct object_id	tip;
	size_t			set;
};

static bool
is_second(const struct walk *w, const struct commit_fact *f)
{
	const struct config *c = w->signers->config;
	const struct person *first = f->signature.good ?
	    config_key_holder(c, f->signature.key, NULL) : NULL;
	const struct person *second = f->review.good ?
	    config_key_holder(c, f->review.key, NULL) : NULL;

	return second != NULL && second != first;
}

/*
 * All that came in by a merge's second parent, and was not there before.
 * limit: what came in is part of the whole, so no more than that.
 */
static bool
bring_in(struct walk *w, const struct commit_row *merge, size_t set,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_TREE_MEMORY);
	const struct object_id *ids;
	size_t count, from = merge->set;

	if (!history_between(w->repository, &merge->parents[0],
	    &merge->parents[1], LIMIT_RELEASE_COMMITS, scratch, &ids, &count,
	    e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct commit_row *row = row_find(w, &ids[i]);

		if (row == NULL || row->set != from)
			continue;
		row->set = set;
		if (!is_second(w, &w->out->items[row->fact]))
			w->out->items[row->fact].review =
			    w->out->items[merge->fact].signature;
	}
	return true;
}

/* A branch by its first parents; what is merged there is looked at later. */
static bool
review_branch(struct walk *w, struct branch *all, size_t i, size_t *count,
    struct err *e)
{
	const struct commit_row *row = row_find(w, &all[i].tip);

	while (row != NULL && row->set == all[i].set) {
		if (row->parent_count == 2 &&
		    w->out->items[row->fact].signature.good) {
			if (!bring_in(w, row, *count, e))
				return false;
			all[*count] = (struct branch){ row->parents[1],
			    *count };
			++*count;
		}
		row = row->parent_count == 0 ? NULL :
		    row_find(w, &row->parents[0]);
	}
	return true;
}

static bool
clean_find(const struct walk *w, const struct commit_row *m, bool *clean,
    struct err *e)
{
	struct merge_trees t = { .merged = m->tree };
	struct object_id base;
	bool found;

	*clean = false;
	if (!merge_base(w->repository, &m->parents[0], &m->parents[1], &base,
	    &found, e))
		return false;
	return !found || (commit_tree(w->repository, &base, &t.base, e) &&
	    commit_tree(w->repository, &m->parents[0], &t.ours, e) &&
	    commit_tree(w->repository, &m->parents[1], &t.theirs, e) &&
	    merge_is_clean(w->repository, &t, clean, e));
}

/* What is too large or too odd to be compared is not clean. */
static bool
merges_compare(struct walk *w, struct err *e)
{
	for (size_t i = 0; i < w->out->count; i++) {
		bool *clean = &w->out->items[w->rows[i].fact].clean;
		struct err why;

		if (w->rows[i].parent_count != 2 ||
		    clean_find(w, &w->rows[i], clean, &why))
			continue;
		*clean = false;
		if (why.what->kind == ERR_KIND_SYSTEM) {
			*e = why;
			return false;
		}
	}
	return true;
}

static bool
review_all(struct walk *w, const struct object_id *to, struct err *e)
{
	CLEANUP(free_done) struct branch *all = xcalloc(w->out->count + 1,
	    sizeof(*all));
	size_t count = 1;

	all[0].tip = *to;
	for (size_t i = 0; i < count; i++)
		if (!review_branch(w, all, i, &count, e))
			return false;
	return merges_compare(w, e);
}

static bool
gather_authors(struct walk *w, struct err *e)
{
	struct config_list *list = (void *)&w->out->authors;
	const struct config *c = w->signers->config;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];
		bool found = false;
		struct span *grown;

		for (size_t k = 0; k < w->out->count && !found; k++)
			found = w->out->items[k].signature.good &&
			    config_key_holder(c, w->out->items[k].
			    signature.key, NULL) == p;
		if (!found)
			continue;
		grown = arena_grow(w->arena, list->items, list->count,
		    sizeof(*grown));
		if (grown == NULL || !arena_copy(w->arena, p->slug,
		    &grown[list->count]))
			return err_budget(e, w->arena);
		list->items = grown;
		list->count++;
	}
	return true;
}

/* Too long a history is one commit that says so: policy refuses it. */
static bool
too_many(struct walk *w, const struct object_id *to, const struct err *why,
    struct err *e)
{
	struct object_id_hex hex = object_id_hex(to);
	struct commit_fact *f = ARENA_NEW(w->arena, struct commit_fact);

	if (f == NULL || !arena_copy(w->arena, SPAN_TEXT(hex.text), &f->id))
		return err_budget(e, w->arena);
	f->signature.why = arena_text(w->arena, SPAN_TEXT(why->text));
	f->signature.cause = why->what;
	if (f->signature.why == NULL)
		return err_budget(e, w->arena);
	w->out->items = f;
	w->out->count = 1;
	return true;
}

bool
commits_read(struct repository *repository, struct signers *signers,
    const struct object_id *from, const struct object_id *to, int64_t seen,
    bool reviews, struct arena *arena, struct commit_list *out,
    struct err *e)
{
	struct walk w = { repository, signers, seen, arena, NULL, out };
	const struct object_id *ids;
	size_t count;
	struct err why;

	*out = (struct commit_list){ 0 };
	if (!history_between(repository, from, to, LIMIT_RELEASE_COMMITS,
	    arena, &ids, &count, &why)) {
		if (err_is(&why, ERR_GIT_TOO_MANY))
			return too_many(&w, to, &why, e);
		*e = why;
		return false;
	}
	CLEANUP(free_done) struct commit_row *rows = w.rows =
	    xcalloc(count + 1, sizeof(*rows));
	out->items = ARENA_ARRAY(arena, struct commit_fact, count + 1);
	if (out->items == NULL)
		return err_budget(e, arena);
	if (!read_all(&w, ids, count, e))
		return false;
	out->count = count;
	qsort(rows, count, sizeof(*rows), row_cmp);
	return (!reviews || review_all(&w, to, e)) && gather_authors(&w, e);
}
