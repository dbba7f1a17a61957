/*
 * load - see load.h. Nothing is read from a working folder.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "config/load.h"
#include "config/reading.h"

/* The files that were read, and what holds their bytes. */
struct gathered {
	struct config_file	*files;
	size_t			 count;
};

/* A link outside of our folders may lead into them where files are copied. */
static bool
is_file(const struct tree_file *f)
{
	return f->mode == TREE_FILE || f->mode == TREE_EXECUTABLE;
}

static bool
gather_one(struct repository *repo, const struct tree_file *f,
    struct arena *arena, struct gathered *g, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct config_file *out = &g->files[g->count];

	out->path = arena_text(arena, f->path);
	if (!is_file(f))
		return err_set(e, ERR_CONFIG_FILE_UNKNOWN,
		    "links and submodules have no place in a config repo");
	if (!object_read(repo, &f->id, OBJECT_BLOB, LIMIT_YAML_SIZE, &b, e))
		return false;
	if (out->path == NULL || !arena_copy(arena, buf_span(&b),
	    &out->bytes))
		return err_budget(e, arena);
	g->count++;
	return true;
}

static void
gather_complain(struct config_errors *errors, struct arena *arena,
    struct span path, struct err *e)
{
	const char *name = arena_text(arena, path);
	struct place at = { name != NULL ? name : "?", 0, 0 };

	err_at(e, "%s", at.file);
	config_errors_add(errors, at, e);
}

bool
config_load(struct repository *repo, const struct object_id *tree,
    struct config **out, struct config_errors *errors)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_CONFIG_ARENA);
	CLEANUP(free_done) struct config_file *files = NULL;
	const struct tree_file *list;
	struct gathered g = { NULL, 0 };
	size_t count;
	struct err e;

	if (!tree_walk(repo, tree, arena, &list, &count, &e)) {
		gather_complain(errors, arena, SPAN_TEXT("."), &e);
		return false;
	}
	g.files = files = xcalloc(count, sizeof(*files));
	for (size_t i = 0; i < count; i++)
		if ((!is_file(&list[i]) || config_knows(list[i].path)) &&
		    !gather_one(repo, &list[i], arena, &g, &e))
			gather_complain(errors, arena, list[i].path, &e);
	return config_parse(g.files, g.count, out, errors);
}
