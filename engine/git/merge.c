/* merge - see merge.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "git/history.h"
#include "git/merge.h"
#include "git/object.h"
#include "git/tree.h"

#define ENDS_MOST	16	/* places where one side leaves the other */

/* ---- the base ---- */

/* What only theirs has, and where that ends: commits that ours has too. */
struct parting {
	const struct object_id	*own;	/* sorted */
	size_t			 count;
	struct object_id	 ends[ENDS_MOST];
	size_t			 end_count;
};

static int
id_order(const void *a, const void *b)
{
	return object_id_cmp(a, b);
}

static bool
is_own(const struct parting *p, const struct object_id *id)
{
	return bsearch(id, p->own, p->count, sizeof(*id), id_order) != NULL;
}

/* false: there are too many ends. */
static bool
end_add(struct parting *p, const struct object_id *id)
{
	for (size_t i = 0; i < p->end_count; i++)
		if (object_id_eq(&p->ends[i], id))
			return true;
	if (p->end_count == ENDS_MOST)
		return false;
	p->ends[p->end_count++] = *id;
	return true;
}

static bool
ends_find(struct repository *r, struct parting *p, bool *few, struct err *e)
{
	*few = true;
	for (size_t i = 0; i < p->count && *few; i++) {
		CLEANUP(arena_done) struct arena *a =
		    arena_new(LIMIT_OBJECT_MEMORY);
		CLEANUP(buf_done) struct buf raw = { 0 };
		struct commit_object c;

		if (!object_read(r, &p->own[i], OBJECT_COMMIT,
		    LIMIT_SIGNED_OBJECT, &raw, e) ||
		    !commit_parse(buf_span(&raw), a, &c, e))
			return false;
		for (size_t k = 0; k < c.parent_count && *few; k++)
			*few = is_own(p, &c.parents[k]) ||
			    end_add(p, &c.parents[k]);
	}
	return true;
}

/* The end that reaches all the others is the base. */
static bool
nearest(struct repository *r, const struct parting *p, struct object_id *base,
    bool *found, struct err *e)
{
	*found = p->end_count > 0;
	for (size_t i = 0; i < p->end_count && *found; i++) {
		bool below, above = false;

		if (i == 0)
			*base = p->ends[0];
		if (!history_reaches(r, base, &p->ends[i], &below, e) ||
		    (!below && !history_reaches(r, &p->ends[i], base, &above,
		    e)))
			return false;
		if (above)
			*base = p->ends[i];
		*found = below || above;
	}
	return true;
}

bool
merge_base(struct repository *r, const struct object_id *ours,
    const struct object_id *theirs, struct object_id *base, bool *found,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	struct parting p = { .own = NULL };
	const struct object_id *ids;
	struct object_id *sorted;
	bool few;

	*found = false;
	if (!history_between(r, ours, theirs, LIMIT_RELEASE_COMMITS, a, &ids,
	    &p.count, e))
		return false;
	if (p.count == 0) {
		*base = *theirs;
		*found = true;
		return true;
	}
	sorted = ARENA_ARRAY(a, struct object_id, p.count);
	if (sorted == NULL)
		return err_budget(e, a);
	memcpy(sorted, ids, p.count * sizeof(*sorted));
	qsort(sorted, p.count, sizeof(*sorted), id_order);
	p.own = sorted;
	return ends_find(r, &p, &few, e) && (!few ||
	    nearest(r, &p, base, found, e));
}

/* ---- the trees ---- */

/* The paths in which one tree differs from the base, and how far we are. */
struct side {
	const struct tree_difference	*items;
	size_t				 count;
	size_t				 at;
};

static const struct tree_difference *
next(const struct side *s)
{
	return s->at < s->count ? &s->items[s->at] : NULL;
}

/* The side's change of a path, if it has one there. */
static const struct tree_difference *
take(struct side *s, struct span path)
{
	const struct tree_difference *d = next(s);

	if (d == NULL || !span_eq(d->path, path))
		return NULL;
	s->at++;
	return d;
}

static bool
same_change(const struct tree_difference *a, const struct tree_difference *b)
{
	return a->new_mode == b->new_mode && (a->new_mode == 0 ||
	    object_id_eq(&a->new_id, &b->new_id));
}

static struct span
first_path(const struct side *a, const struct side *b)
{
	const struct tree_difference *x = next(a), *y = next(b);

	if (x == NULL || y == NULL)
		return x != NULL ? x->path : y->path;
	return span_cmp(x->path, y->path) <= 0 ? x->path : y->path;
}

static bool
sides_agree(struct side *ours, struct side *theirs, struct side *merged)
{
	while (next(ours) != NULL || next(theirs) != NULL) {
		struct span path = first_path(ours, theirs);
		const struct tree_difference *a = take(ours, path);
		const struct tree_difference *b = take(theirs, path);
		const struct tree_difference *m = take(merged, path);

		if (m == NULL || (a != NULL && !same_change(a, m)) ||
		    (b != NULL && !same_change(b, m)))
			return false;
	}
	return next(merged) == NULL;
}

bool
merge_is_clean(struct repository *r, const struct merge_trees *t,
    bool *clean, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	struct side ours = { 0 }, theirs = { 0 }, merged = { 0 };

	if (!tree_compare(r, &t->base, &t->ours, a, &ours.items, &ours.count,
	    e) || !tree_compare(r, &t->base, &t->theirs, a, &theirs.items,
	    &theirs.count, e) || !tree_compare(r, &t->base, &t->merged, a,
	    &merged.items, &merged.count, e))
		return false;
	*clean = sides_agree(&ours, &theirs, &merged);
	return true;
}
