/*
 * load - see load.h. Nothing is read from a working folder.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "config/load.h"
#include "config/parsed.h"
#include "config/reading.h"

/* What is being loaded, and from where. */
struct loading {
	struct repository	*repository;
	struct parsed_files	 before;	/* borrowed */
	struct parsed_files	 files;
	size_t			 bytes;		/* of all files so far */
	struct config_errors	*errors;
};

/* A link outside of our folders may lead into them where files are copied. */
static bool
is_file(const struct tree_file *f)
{
	return f->mode == TREE_FILE || f->mode == TREE_EXECUTABLE;
}

static void
complain_at(struct loading *l, const char *path, struct err *e)
{
	struct place at = { path, 0, 0 };

	err_at(e, "%s", at.file);
	config_errors_add(l->errors, at, e);
}

static struct parsed_file *
file_load(struct loading *l, const struct tree_file *f, const char *path,
    struct err *e)
{
	struct parsed_file *known = parsed_find(&l->before, path);
	CLEANUP(buf_done) struct buf b = { 0 };

	if (known != NULL && object_id_eq(&known->id, &f->id))
		return parsed_hold(known);
	if (!object_read(l->repository, &f->id, OBJECT_BLOB, LIMIT_YAML_SIZE,
	    &b, e))
		return NULL;
	return parsed_new(path, &f->id, buf_span(&b));
}

static bool
gather_one(struct loading *l, const struct tree_file *f, const char *path,
    struct err *e)
{
	if (!is_file(f))
		return err_set(e, ERR_CONFIG_FILE_UNKNOWN,
		    "links and submodules have no place in a config repo");
	struct parsed_file *file = file_load(l, f, path, e);
	if (file == NULL)
		return false;
	l->files.items[l->files.count++] = file;
	l->bytes += file->bytes.len;
	return l->bytes <= LIMIT_CONFIG_ARENA || err_set(e, ERR_LIMIT_MEMORY,
	    "the config repo needs more memory than it may");
}

static void
gather(struct loading *l, const struct tree_file *list, size_t count)
{
	l->files.items = xcalloc(count, sizeof(*l->files.items));
	for (size_t i = 0; i < count && l->bytes <= LIMIT_CONFIG_ARENA; i++) {
		CLEANUP(buf_done) struct buf path = { 0 };
		struct err e;

		if (is_file(&list[i]) && !config_knows(list[i].path))
			continue;
		buf_put(&path, list[i].path);
		if (!gather_one(l, &list[i], buf_cstr(&path), &e))
			complain_at(l, buf_cstr(&path), &e);
	}
}

static bool
load(struct repository *r, const struct tree_file *list, size_t count,
    const struct config *before, struct config **out,
    struct config_errors *errors)
{
	struct loading l = { .repository = r, .errors = errors };

	if (before != NULL)
		l.before = (struct parsed_files){ before->files,
		    before->file_count };
	gather(&l, list, count);
	return config_build(&l.files, out, errors);
}

bool
config_load_listed(struct repository *r, const struct tree_listing *listing,
    const struct config *before, struct config **out,
    struct config_errors *errors)
{
	return load(r, listing->files, listing->count, before, out, errors);
}

bool
config_load(struct repository *r, const struct object_id *tree,
    struct config **out, struct config_errors *errors)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_CONFIG_ARENA);
	struct loading l = { .errors = errors };
	const struct tree_file *list;
	size_t count;
	struct err e;

	if (!tree_walk(r, tree, arena, &list, &count, &e)) {
		complain_at(&l, ".", &e);
		return false;
	}
	return load(r, list, count, NULL, out, errors);
}
