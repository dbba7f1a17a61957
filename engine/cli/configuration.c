/* configuration - see configuration.h. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/configuration.h"
#include "cli/repo.h"
#include "config/config.h"
#include "sys/file.h"

#define PARAMETERS	64
#define TRUST		"trust"

DEFINE_CLEANUP(DIR, dir_done, closedir);

/* What --parameter gives; what a release would know of itself, apart. */
struct given {
	struct named_text	items[PARAMETERS];
	size_t			count;
	struct release_names	names;
};

static bool
parameter_take(struct given *g, const char *text, struct err *e)
{
	struct span rest = span_text(text), name, *known;

	if (strchr(text, '=') == NULL || !span_split(&rest, '=', &name))
		return err_set(e, ERR_USAGE, "--parameter '%s' is not "
		    "NAME=VALUE", text_show(span_text(text)).text);
	known = release_name_find(&g->names, name);
	if (known != NULL) {
		*known = rest;
		return true;
	}
	if (g->count == PARAMETERS)
		return err_set(e, ERR_USAGE, "more than %d parameters",
		    PARAMETERS);
	g->items[g->count++] = (struct named_text){ .name = name,
	    .value = rest };
	return true;
}

static bool
read_parameters(const struct invocation *in, struct given *out,
    struct err *e)
{
	const char *text;

	*out = (struct given){ .count = 0 };
	for (size_t i = 0; (text = option_nth(in, "parameter", i)) != NULL;
	    i++)
		if (!parameter_take(out, text, e))
			return false;
	return true;
}

/* ---- the files of trust/ that a `verify` may name ---- */

struct others {
	struct config_file	*items;
	size_t			 count;
	struct arena		*arena;
};

static bool
load_kept(const char *path, uint64_t limit, struct arena *a, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	return file_load(path, limit, &bytes, e) &&
	    (arena_copy(a, buf_span(&bytes), out) || err_budget(e, a));
}

static bool
other_add(struct others *o, const char *folder, const char *name,
    struct err *e)
{
	const char *path = arena_printf(o->arena, "%s/%s", folder, name);
	struct config_file *grown = arena_grow(o->arena, o->items, o->count,
	    sizeof(*grown));

	if (path == NULL || grown == NULL)
		return err_budget(e, o->arena);
	o->items = grown;
	grown[o->count].path = arena_printf(o->arena, TRUST "/%s", name);
	return (grown[o->count].path != NULL || err_budget(e, o->arena)) &&
	    load_kept(path, LIMIT_CONFIG_BLOB, o->arena,
	    &grown[o->count++].bytes, e);
}

static int
path_order(const void *a, const void *b)
{
	const struct config_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The PEM files of one folder. */
static bool
others_load(struct others *o, const char *folder, DIR *dir, struct err *e)
{
	const struct dirent *n;

	while ((n = readdir(dir)) != NULL)
		if (span_ends(span_text(n->d_name), ".pem") &&
		    !other_add(o, folder, n->d_name, e))
			return false;
	if (o->count > 0)
		qsort(o->items, o->count, sizeof(*o->items), path_order);
	return true;
}

/*
 * In a clone of the config repo, trust/ stands three folders above the
 * configuration (projects/NAME/artifacts); elsewhere, it may stand beside it.
 */
static bool
others_find(struct others *o, const char *path, struct err *e)
{
	static const char *const up[] = { "", "../../../" };
	const char *slash = strrchr(path, '/');
	int len = slash == NULL ? 0 : (int)(slash - path) + 1;

	for (size_t i = 0; i < COUNT(up); i++) {
		const char *folder = arena_printf(o->arena, "%.*s%s" TRUST,
		    len, path, up[i]);
		CLEANUP(dir_done) DIR *dir = folder == NULL ? NULL :
		    opendir(folder);

		if (dir != NULL)
			return others_load(o, folder, dir, e);
	}
	return true;
}

static bool
read_file(const char *path, struct arena *a,
    struct artifact_configuration *out, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct others others = { .arena = a };
	struct span bytes;

	return load_kept(path, LIMIT_YAML_SIZE, a, &bytes, e) &&
	    others_find(&others, path, e) &&
	    (artifact_file_parse(&(struct config_file){ path, bytes },
	    others.items, others.count, a, out, &errors) ||
	    repo_errors(&errors, e));
}

bool
configuration_apply(const struct artifact_configuration *c,
    const struct named_text *given, size_t count,
    const struct release_names *names, struct cli_job *w,
    struct element **tree, struct err *e)
{
	CLEANUP(buf_done) struct buf wire = { 0 };
	struct parameter *parameters;
	size_t n;

	if (!parameters_apply(c, given, count, names, w->arena, &parameters,
	    &n, e) || !element_expand(c->root, parameters, n, w->arena, tree,
	    e))
		return false;
	element_write(*tree, &wire);
	return arena_copy(w->arena, buf_span(&wire), &w->job.configuration) ||
	    err_budget(e, w->arena);
}

bool
configuration_load(const struct invocation *in, struct cli_job *w,
    struct element **tree, struct err *e)
{
	struct artifact_configuration c;
	struct given given;
	const char *path;

	return option_need(in, "configuration", &path, e) &&
	    read_parameters(in, &given, e) &&
	    read_file(path, w->arena, &c, e) &&
	    configuration_apply(&c, given.items, given.count, &given.names, w,
	    tree, e);
}
