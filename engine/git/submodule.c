/*
 * submodule - the folders of a tree whose contents lie elsewhere: see tree.h.
 * Whole repositories are looked through, so nothing is kept of what is none.
 */
#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"

struct search {
	struct repository	*repository;
	struct arena		*arena;
	struct span		*paths;
	size_t			 count;
	size_t			 visited;	/* folders */
};

static void
join(struct buf *out, struct span folder, struct span name)
{
	buf_put(out, folder);
	buf_text(out, folder.len > 0 ? "/" : "");
	buf_put(out, name);
}

static bool
found(struct search *s, struct span path, struct err *e)
{
	if (s->count == LIMIT_SUBMODULES)
		return err_set(e, ERR_GIT_TOO_MANY,
		    "the tree has more than %d submodules", LIMIT_SUBMODULES);
	s->paths = arena_grow(s->arena, s->paths, s->count,
	    sizeof(*s->paths));
	return (s->paths != NULL && arena_copy(s->arena, path,
	    &s->paths[s->count++])) || err_budget(e, s->arena);
}

static bool
folder_search(struct search *s, const struct object_id *id, struct span path,
    size_t depth, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	struct tree tree;

	if (depth > LIMIT_RELEASE_DEPTH ||
	    ++s->visited > LIMIT_RELEASE_FOLDERS)
		return err_set(e, ERR_GIT_TOO_MANY, "more than %d folders, or "
		    "%d of them in each other", LIMIT_RELEASE_FOLDERS,
		    LIMIT_RELEASE_DEPTH);
	if (!tree_read(s->repository, id, a, &tree, e))
		return err_at(e, "'%s'", text_show(path).text);
	for (size_t i = 0; i < tree.count; i++) {
		const struct tree_entry *t = &tree.entries[i];
		CLEANUP(buf_done) struct buf below = { 0 };

		if (t->mode != TREE_SUBMODULE && t->mode != TREE_FOLDER)
			continue;
		join(&below, path, t->name);
		if (!(t->mode == TREE_SUBMODULE ? found(s, buf_span(&below),
		    e) : folder_search(s, &t->id, buf_span(&below), depth + 1,
		    e)))
			return false;
	}
	return true;
}

bool
tree_submodules(struct repository *r, const struct object_id *tree,
    struct arena *a, const struct span **out, size_t *count, struct err *e)
{
	struct search s = { .repository = r, .arena = a };

	if (!folder_search(&s, tree, (struct span){ 0 }, 0, e))
		return false;
	*out = s.paths;
	*count = s.count;
	return true;
}
