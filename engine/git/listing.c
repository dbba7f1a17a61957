/* listing - see listing.h. */
#include "base/limits.h"
#include "base/text.h"
#include "git/listing.h"

/* A listing while it is put together from another one and differences. */
struct making {
	struct repository	*repository;
	uint64_t		 limit;
	struct arena		*arena;
	struct tree_file	*files;
	struct digest		*digests;
	size_t			 count;
};

static bool
put(struct making *m, const struct tree_file *file, const struct digest *d,
    struct err *e)
{
	struct tree_file *to = &m->files[m->count];

	*to = *file;
	m->digests[m->count] = *d;
	m->count++;
	return arena_copy(m->arena, file->path, &to->path) ||
	    err_budget(e, m->arena);
}

static bool
put_new(struct making *m, const struct tree_difference *d, struct err *e)
{
	const struct tree_file file = { d->path, d->new_mode, d->new_id };
	CLEANUP(buf_done) struct buf blob = { 0 };

	if (file.mode == 0)
		return true;
	if (file.mode == TREE_SUBMODULE)
		return err_set(e, ERR_GIT_TREE_SUBMODULE, "'%s' is a "
		    "submodule: its contents are not in this repository",
		    text_show(file.path).text);
	if (!object_read(m->repository, &file.id, OBJECT_BLOB, m->limit,
	    &blob, e))
		return err_at(e, "'%s'", text_show(file.path).text);
	struct digest sha256 = digest_of(DIGEST_SHA256, buf_span(&blob));
	return put(m, &file, &sha256, e);
}

/* Both are sorted by path: what differs takes the place of what was there. */
static bool
merge(struct making *m, const struct tree_listing *before,
    const struct tree_difference *list, size_t count, struct err *e)
{
	size_t i = 0, k = 0;

	while (i < before->count || k < count) {
		int order = i == before->count ? 1 : k == count ? -1 :
		    span_cmp(before->files[i].path, list[k].path);

		if (order < 0 ? !put(m, &before->files[i],
		    &before->digests[i], e) : !put_new(m, &list[k], e))
			return false;
		i += order <= 0;
		k += order >= 0;
	}
	return true;
}

static bool
make(struct making *m, const struct tree_listing *before,
    const struct tree_changes *changes, struct err *e)
{
	size_t most = before->count + changes->count;

	m->files = ARENA_ARRAY(m->arena, struct tree_file, most + 1);
	m->digests = ARENA_ARRAY(m->arena, struct digest, most + 1);
	if (m->files == NULL || m->digests == NULL)
		return err_budget(e, m->arena);
	return merge(m, before, changes->items, changes->count, e);
}

bool
tree_listing_read(struct repository *r, const struct object_id *tree,
    const struct tree_listing *before, uint64_t limit,
    struct tree_listing *out, struct err *e)
{
	static const struct tree_listing empty;
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_TREE_MEMORY);
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_TREE_MEMORY);
	struct making m = { r, limit, arena, NULL, NULL, 0 };
	struct tree_changes changes;

	if (!tree_changes_find(r, before == NULL ? NULL : &before->tree, tree,
	    scratch, &changes, e))
		return false;
	if (before == NULL)
		before = &empty;
	size_t entries = before->entries + changes.entries_after -
	    changes.entries_before;
	if (entries > LIMIT_TREE_ENTRIES)
		return err_set(e, ERR_GIT_TOO_MANY,
		    "tree has more than %d entries", LIMIT_TREE_ENTRIES);
	if (!make(&m, before, &changes, e))
		return false;
	*out = (struct tree_listing){ TAKE(arena), *tree, m.files, m.digests,
	    m.count, entries };
	return true;
}

void
tree_listing_done(struct tree_listing *l)
{
	arena_free(l->arena);
	*l = (struct tree_listing){ 0 };
}

void
tree_listing_lines(const struct tree_listing *l, struct buf *out)
{
	for (size_t i = 0; i < l->count; i++) {
		buf_printf(out, "%06o %s ", l->files[i].mode,
		    digest_hex(&l->digests[i]).text);
		buf_put(out, l->files[i].path);
		buf_u8(out, '\n');
	}
}

struct digest
tree_listing_manifest(const struct tree_listing *l)
{
	CLEANUP(buf_done) struct buf lines = { 0 };

	tree_listing_lines(l, &lines);
	return digest_of(DIGEST_SHA256, buf_span(&lines));
}

/* ---- of a tree by itself (tree.h) ---- */

bool
tree_manifest(struct repository *r, const struct object_id *tree,
    uint64_t limit, struct buf *out, struct err *e)
{
	CLEANUP(tree_listing_done) struct tree_listing l = { 0 };

	if (!tree_listing_read(r, tree, NULL, limit, &l, e))
		return false;
	tree_listing_lines(&l, out);
	return true;
}

bool
tree_manifest_digest(struct repository *r, const struct object_id *tree,
    uint64_t limit, struct digest *out, struct err *e)
{
	CLEANUP(buf_done) struct buf lines = { 0 };

	if (!tree_manifest(r, tree, limit, &lines, e))
		return false;
	*out = digest_of(DIGEST_SHA256, buf_span(&lines));
	return true;
}
