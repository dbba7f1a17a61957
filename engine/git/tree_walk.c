/*
 * tree_walk - two trees side by side: what differs, and (with an empty tree on
 * one side) all that is there. See tree.h.
 */
#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "git/tree_order.h"

struct walk {
	struct repository	*repository;
	struct arena		*arena;
	struct tree_difference	*found;
	size_t			 count;
	size_t			 visited;	/* entries, folders too */
	size_t			 entries_before, entries_after;
};

/* One folder of the walk. Either side may be absent. */
struct level {
	struct span		path;	/* of the folder; empty at the top */
	const struct object_id	*before, *after;
	size_t			 depth;
};

static bool	level_walk(struct walk *, struct level, struct err *);

static bool
path_join(struct walk *w, struct span folder, struct span name,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_put(&path, folder);
	if (folder.len > 0)
		buf_u8(&path, '/');
	buf_put(&path, name);
	return arena_copy(w->arena, buf_span(&path), out) ? true :
	    err_budget(e, w->arena);
}

static bool
difference_add(struct walk *w, struct span path,
    const struct tree_entry *before, const struct tree_entry *after,
    struct err *e)
{
	w->found = arena_grow(w->arena, w->found, w->count,
	    sizeof(*w->found));
	if (w->found == NULL)
		return err_budget(e, w->arena);
	struct tree_difference *d = &w->found[w->count++];
	*d = (struct tree_difference){ .path = path };
	if (before != NULL) {
		d->old_mode = before->mode;
		d->old_id = before->id;
	}
	if (after != NULL) {
		d->new_mode = after->mode;
		d->new_id = after->id;
	}
	return true;
}

/* entry_walk has the same name on both sides, or one side without it. */
static bool
entry_walk(struct walk *w, const struct level *l,
    const struct tree_entry *before, const struct tree_entry *after,
    struct err *e)
{
	const struct tree_entry *any = before != NULL ? before : after;
	struct span path;

	w->entries_before += before != NULL;
	w->entries_after += after != NULL;
	if (++w->visited > LIMIT_TREE_ENTRIES)
		return err_set(e, ERR_GIT_TOO_MANY,
		    "tree has more than %d entries", LIMIT_TREE_ENTRIES);
	if (before != NULL && after != NULL && before->mode == after->mode &&
	    object_id_eq(&before->id, &after->id))
		return true;
	if (!path_join(w, l->path, any->name, &path, e))
		return false;
	if (any->mode != TREE_FOLDER)
		return difference_add(w, path, before, after, e);
	return level_walk(w, (struct level){ path,
	    before == NULL ? NULL : &before->id,
	    after == NULL ? NULL : &after->id, l->depth + 1 }, e);
}

static bool
side_read(struct walk *w, const struct object_id *id, struct tree *out,
    struct err *e)
{
	*out = (struct tree){ NULL, 0 };
	return id == NULL || tree_read(w->repository, id, w->arena, out, e);
}

/* level_walk merges two sorted folders. */
static bool
level_walk(struct walk *w, struct level l, struct err *e)
{
	struct tree before, after;
	size_t i = 0, k = 0;

	if (l.depth > LIMIT_TREE_DEPTH)
		return err_set(e, ERR_GIT_TOO_MANY, "folder '%s' is deeper "
		    "than %d levels", text_show(l.path).text,
		    LIMIT_TREE_DEPTH);
	if (!side_read(w, l.before, &before, e) ||
	    !side_read(w, l.after, &after, e))
		return err_at(e, "'%s'", text_show(l.path).text);
	while (i < before.count || k < after.count) {
		int order = i == before.count ? 1 : k == after.count ? -1 :
		    tree_entry_cmp(&before.entries[i], &after.entries[k]);

		if (!entry_walk(w, &l,
		    order <= 0 ? &before.entries[i] : NULL,
		    order >= 0 ? &after.entries[k] : NULL, e))
			return false;
		i += order <= 0;
		k += order >= 0;
	}
	return true;
}

bool
tree_changes_find(struct repository *r, const struct object_id *before,
    const struct object_id *after, struct arena *a, struct tree_changes *out,
    struct err *e)
{
	struct walk w = { .repository = r, .arena = a };
	struct level top = { .before = before, .after = after };
	bool same = before != NULL && after != NULL &&
	    object_id_eq(before, after);

	if (!same && !level_walk(&w, top, e))
		return false;
	*out = (struct tree_changes){ w.found, w.count, w.entries_before,
	    w.entries_after };
	return true;
}

bool
tree_compare(struct repository *r, const struct object_id *before,
    const struct object_id *after, struct arena *a,
    const struct tree_difference **out, size_t *count, struct err *e)
{
	struct tree_changes changes;

	if (!tree_changes_find(r, before, after, a, &changes, e))
		return false;
	*out = changes.items;
	*count = changes.count;
	return true;
}

bool
tree_walk(struct repository *r, const struct object_id *tree, struct arena *a,
    const struct tree_file **out, size_t *count, struct err *e)
{
	const struct tree_difference *all;
	size_t n;

	if (!tree_compare(r, NULL, tree, a, &all, &n, e))
		return false;
	struct tree_file *files = ARENA_ARRAY(a, struct tree_file, n);
	if (files == NULL && n > 0)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++)
		files[i] = (struct tree_file){ all[i].path, all[i].new_mode,
		    all[i].new_id };
	*out = files;
	*count = n;
	return true;
}
