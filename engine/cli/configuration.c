/* configuration - see configuration.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/configuration.h"
#include "cli/repo.h"
#include "config/config.h"
#include "config/parameters.h"
#include "sys/file.h"

#define PARAMETERS	64

static bool
read_parameters(const struct invocation *in, struct named_text *out,
    size_t *count, struct err *e)
{
	const char *text;

	for (*count = 0; (text = option_nth(in, "parameter", *count)) != NULL;
	    ++*count) {
		struct span rest = span_text(text), name;

		if (*count == PARAMETERS)
			return err_set(e, ERR_USAGE, "more than %d parameters",
			    PARAMETERS);
		if (strchr(text, '=') == NULL ||
		    !span_split(&rest, '=', &name))
			return err_set(e, ERR_USAGE, "--parameter '%s' is not "
			    "NAME=VALUE", text_show(span_text(text)).text);
		out[*count] = (struct named_text){ .name = name,
		    .value = rest };
	}
	return true;
}

static bool
read_file(const char *path, struct arena *a,
    struct artifact_configuration *out, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct span kept;

	if (!file_load(path, LIMIT_YAML_SIZE, &bytes, e))
		return false;
	if (!arena_copy(a, buf_span(&bytes), &kept))
		return err_budget(e, a);
	return artifact_file_parse(&(struct config_file){ path, kept }, a,
	    out, &errors) || repo_errors(&errors, e);
}

bool
configuration_load(const struct invocation *in, struct cli_job *w,
    struct element **tree, struct err *e)
{
	CLEANUP(buf_done) struct buf wire = { 0 };
	struct named_text given[PARAMETERS];
	struct artifact_configuration c;
	struct parameter *parameters;
	size_t count, n;
	const char *path;

	if (!option_need(in, "configuration", &path, e) ||
	    !read_parameters(in, given, &count, e) ||
	    !read_file(path, w->arena, &c, e) ||
	    !parameters_apply(&c, given, count, w->arena, &parameters, &n,
	    e) || !element_expand(c.root, parameters, n, w->arena, tree, e))
		return false;
	element_write(*tree, &wire);
	return arena_copy(w->arena, buf_span(&wire), &w->job.configuration) ||
	    err_budget(e, w->arena);
}
