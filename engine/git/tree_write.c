/*
 * tree_write - the tree that a base tree becomes by changed paths, written
 * bottom-up. See write.h.
 *
 * Sorted by path, the changes below one folder stand side by side, and the one
 * of a name itself ("a") stands before those below it ("a/b"). So one pass
 * over a folder's share of the list makes the folder.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "git/tree_order.h"
#include "git/write.h"

struct folder {
	struct repository	*repository;
	struct arena		*arena;
	struct tree_entry	*entries;
	size_t			 count;
};

static bool	folder_write(struct folder *, const struct object_id *base,
		    const struct tree_change *, size_t count, size_t skip,
		    struct object_id *, bool *empty, struct err *);

static int
change_order(const void *a, const void *b)
{
	const struct tree_change *x = a, *y = b;

	return span_cmp(x->path, y->path);
}

static int
entry_order(const void *a, const void *b)
{
	return tree_entry_cmp(a, b);
}

static bool
path_illegal(struct span path, const char *why, struct err *e)
{
	return err_set(e, ERR_GIT_PATH_ILLEGAL, "path '%s' %s",
	    text_show(path).text, why);
}

/* entry_at gives the place of a name, or count if it is not there. */
static size_t
entry_at(const struct folder *f, struct span name)
{
	size_t i = 0;

	while (i < f->count && !span_eq(f->entries[i].name, name))
		i++;
	return i;
}

static bool
entry_put(struct folder *f, struct tree_entry entry, struct err *e)
{
	size_t at = entry_at(f, entry.name);

	if (at == f->count) {
		f->entries = arena_grow(f->arena, f->entries, f->count,
		    sizeof(*f->entries));
		if (f->entries == NULL)
			return err_budget(e, f->arena);
		f->count++;
	}
	f->entries[at] = entry;
	return true;
}

static void
entry_drop(struct folder *f, struct span name)
{
	size_t at = entry_at(f, name);

	if (at < f->count)
		f->entries[at] = f->entries[--f->count];
}

/* file_change sets or removes a file of this folder. */
static bool
file_change(struct folder *f, const struct tree_change *c, struct span name,
    struct err *e)
{
	size_t at = entry_at(f, name);

	if (c->mode == 0) {
		entry_drop(f, name);
		return true;
	}
	if (at < f->count && f->entries[at].mode == TREE_FOLDER)
		return path_illegal(c->path, "is a folder", e);
	return entry_put(f, (struct tree_entry){ c->mode, name, c->id }, e);
}

/* folder_change makes the folder that some changes lie below. */
static bool
folder_change(struct folder *f, const struct tree_change *changes,
    size_t count, size_t skip, struct span name, struct err *e)
{
	size_t at = entry_at(f, name);
	bool there = at < f->count, empty;
	struct object_id base, id;

	if (there && f->entries[at].mode != TREE_FOLDER)
		return path_illegal(changes->path, "lies below a file", e);
	if (there)
		base = f->entries[at].id;
	struct folder below = { f->repository, f->arena, NULL, 0 };
	if (!folder_write(&below, there ? &base : NULL, changes, count,
	    skip + name.len + 1, &id, &empty, e))
		return false;
	if (empty) {
		entry_drop(f, name);
		return true;
	}
	return entry_put(f, (struct tree_entry){ TREE_FOLDER, name, id }, e);
}

/* share counts the changes that begin with the same folder as the first. */
static size_t
share(const struct tree_change *changes, size_t count, struct span folder)
{
	size_t n = 1;
	struct span head;

	while (n < count &&
	    span_cut(changes[n].path, 0, folder.len, &head) &&
	    span_eq(head, folder))
		n++;
	return n;
}

static bool
folder_store(struct folder *f, struct object_id *id, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (f->count > 0)
		qsort(f->entries, f->count, sizeof(*f->entries), entry_order);
	for (size_t i = 0; i < f->count; i++) {
		buf_printf(&raw, "%o ", f->entries[i].mode);
		buf_put(&raw, f->entries[i].name);
		buf_u8(&raw, 0);
		buf_put(&raw, SPAN(f->entries[i].id.bytes));
	}
	return object_write(f->repository, OBJECT_TREE, buf_span(&raw), id,
	    e);
}

static bool
folder_load(struct folder *f, const struct object_id *base, struct err *e)
{
	struct tree t;

	if (base == NULL)
		return true;
	if (!tree_read(f->repository, base, f->arena, &t, e))
		return false;
	for (size_t i = 0; i < t.count; i++) {
		f->entries = arena_grow(f->arena, f->entries, i,
		    sizeof(*f->entries));
		if (f->entries == NULL)
			return err_budget(e, f->arena);
		f->entries[i] = t.entries[i];
	}
	f->count = t.count;
	return true;
}

/* folder_write applies changes whose paths agree in their first skip bytes. */
static bool
folder_write(struct folder *f, const struct object_id *base,
    const struct tree_change *changes, size_t count, size_t skip,
    struct object_id *id, bool *empty, struct err *e)
{
	if (!folder_load(f, base, e))
		return false;
	for (size_t i = 0; i < count; ) {
		struct span rest = span_from(changes[i].path, skip), name;
		struct span folder;

		if (!span_split(&rest, '/', &name))
			return path_illegal(changes[i].path, "is empty", e);
		if (rest.len == 0) {
			if (!file_change(f, &changes[i++], name, e))
				return false;
			continue;
		}
		if (!span_cut(changes[i].path, 0, skip + name.len + 1,
		    &folder))
			return path_illegal(changes[i].path, "is cut", e);
		size_t n = share(&changes[i], count - i, folder);
		if (!folder_change(f, &changes[i], n, skip, name, e))
			return false;
		i += n;
	}
	*empty = f->count == 0;
	return folder_store(f, id, e);
}

static bool
mode_writable(uint32_t mode)
{
	return mode == 0 || mode == TREE_FILE || mode == TREE_EXECUTABLE ||
	    mode == TREE_LINK;
}

static bool
changes_check(const struct tree_change *changes, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (!tree_path_legal(changes[i].path))
			return path_illegal(changes[i].path,
			    "cannot stand in a tree", e);
		if (!mode_writable(changes[i].mode))
			return path_illegal(changes[i].path,
			    "has no mode of a file", e);
		if (i > 0 && span_eq(changes[i - 1].path, changes[i].path))
			return path_illegal(changes[i].path,
			    "is changed twice", e);
	}
	return true;
}

bool
tree_write(struct repository *r, const struct object_id *base,
    const struct tree_change *changes, size_t count, struct object_id *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	struct tree_change *sorted = ARENA_ARRAY(a, struct tree_change,
	    count + 1);
	struct folder top = { r, a, NULL, 0 };
	bool empty;

	if (sorted == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		sorted[i] = changes[i];
	qsort(sorted, count, sizeof(*sorted), change_order);
	return changes_check(sorted, count, e) &&
	    folder_write(&top, base, sorted, count, 0, out, &empty, e);
}
