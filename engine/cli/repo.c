/* repo - see repo.h. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/repo.h"
#include "git/object.h"
#include "sys/file.h"

DEFINE_CLEANUP(FTS, fts_done, fts_close);

bool
repo_object(struct repository *r, const char *name, struct object_id *out,
    struct err *e)
{
	static const char *const prefixes[] = { "refs/heads/", "refs/tags/",
		"refs/remotes/" };

	if (object_id_parse(SPAN_TEXT(name), out))
		return true;
	if (strcmp(name, "HEAD") == 0 || strncmp(name, "refs/", 5) == 0)
		return ref_read(r, name, out, e);
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		CLEANUP(buf_done) struct buf full = { 0 };

		buf_printf(&full, "%s%s", prefixes[i], name);
		if (ref_read(r, buf_cstr(&full), out, e))
			return true;
		if (!err_is(e, ERR_GIT_REF_MISSING))
			return false;
	}
	return err_set(e, ERR_GIT_REF_MISSING, "there is no branch or tag "
	    "\"%s\" in %s", text_show(SPAN_TEXT(name)).text,
	    repository_path(r));
}

bool
repo_commit(struct repository *r, const char *name, struct object_id *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	enum object_kind kind;
	struct tag_object tag;
	uint64_t size;

	if (!repo_object(r, name, out, e) ||
	    !object_stat(r, out, &kind, &size, e))
		return false;
	if (kind != OBJECT_TAG)
		return true;
	if (!object_read(r, out, OBJECT_TAG, LIMIT_SIGNED_OBJECT, &raw, e) ||
	    !tag_parse(buf_span(&raw), arena, &tag, e))
		return false;
	*out = tag.target;
	return true;
}

bool
repo_tree(struct repository *r, const struct object_id *commit,
    struct object_id *tree, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;

	if (!object_read(r, commit, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT, &raw,
	    e) || !commit_parse(buf_span(&raw), arena, &c, e))
		return false;
	*tree = c.tree;
	return true;
}

bool
repo_head(const struct invocation *in, struct repository **r,
    struct config **c, struct chain_pin *pin, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	const char *folder = option_text(in, "repo");
	struct object_id commit, tree;

	if (!repository_find(folder == NULL ? "." : folder, r, e) ||
	    !repo_commit(*r, "HEAD", &commit, e) ||
	    !repo_tree(*r, &commit, &tree, e))
		return false;
	if (!config_load(*r, &tree, c, &errors))
		return repo_errors(&errors, e);
	return chain_pin_of(*r, &commit, pin, e);
}

/* ---- working folders ---- */
struct gathered {
	struct arena		*arena;
	struct config_file	*files;
	size_t			 count;
	size_t			 root;	/* length of the folder's name, and / */
};

static bool
gather_file(struct gathered *g, const FTSENT *f, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span path = span_from(span_text(f->fts_path), g->root);
	struct config_file file;

	if (!config_knows(path))
		return true;
	if (f->fts_info != FTS_F)
		return err_set(e, ERR_CONFIG_FILE_UNKNOWN, "%s: links have no "
		    "place in a config repo", text_show(path).text);
	if (!file_load(f->fts_accpath, LIMIT_YAML_SIZE, &b, e))
		return false;
	file.path = arena_text(g->arena, path);
	if (file.path == NULL || !arena_copy(g->arena, buf_span(&b),
	    &file.bytes))
		return err_budget(e, g->arena);
	struct config_file *grown = arena_grow(g->arena, g->files, g->count,
	    sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, g->arena);
	g->files = grown;
	g->files[g->count++] = file;
	return true;
}

static bool
gather_folder(struct gathered *g, FTS *walk, struct err *e)
{
	FTSENT *f;

	while ((f = fts_read(walk)) != NULL) {
		if (f->fts_level > 0 && strcmp(f->fts_name, ".git") == 0) {
			fts_set(walk, f, FTS_SKIP);
			continue;
		}
		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR ||
		    f->fts_info == FTS_NS) {
			errno = f->fts_errno;
			return err_errno(e, ERR_FILE_MISSING, "%s",
			    text_show(span_text(f->fts_path)).text);
		}
		if ((f->fts_info == FTS_F || f->fts_info == FTS_SL ||
		    f->fts_info == FTS_SLNONE) && !gather_file(g, f, e))
			return false;
	}
	return true;
}

bool
repo_folder(const char *folder, struct config **out,
    struct config_errors *errors, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_CONFIG_ARENA);
	char *copy = arena_text(arena, span_text(folder));
	char *roots[] = { copy, NULL };
	struct gathered g = { .arena = arena };

	if (copy == NULL)
		return err_budget(e, arena);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	g.root = strlen(copy) + (strcmp(copy, "/") == 0 ? 0 : 1);
	CLEANUP(fts_done) FTS *walk = fts_open(roots,
	    FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (walk == NULL)
		return err_errno(e, ERR_FILE_MISSING, "%s", folder);
	return gather_folder(&g, walk, e) &&
	    config_parse(g.files, g.count, out, errors);
}
