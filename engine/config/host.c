/*
 * host - what the engine's host lets the config repo name: local folders.
 */
#include "base/text.h"
#include "config/reading.h"

/* Whole segments: /srv/git holds /srv/git/a, not /srv/github. */
static bool
below(struct span path, const struct text_list *folders)
{
	for (size_t i = 0; i < folders->count; i++) {
		struct span folder = folders->items[i], head;

		if (span_cut(path, 0, folder.len, &head) &&
		    span_eq(head, folder) && (path.len == folder.len ||
		    path.ptr[folder.len] == '/'))
			return true;
	}
	return false;
}

static bool
has_dots(struct span path)
{
	struct span part;

	while (span_split(&path, '/', &part))
		if (span_is(part, "..") || span_is(part, "."))
			return true;
	return false;
}

static void
check_path(struct config_errors *errors, struct place at, struct span path,
    const struct text_list *folders, const char *key)
{
	struct err e;

	if (!span_starts(path, "/") || (below(path, folders) &&
	    !has_dots(path)))
		return;
	err_set(&e, ERR_CONFIG_PATH_OUTSIDE, "%s:%u:%u: \"%s\" lies below "
	    "none of the %s of engine.yaml", at.file, at.line, at.column,
	    text_show(path).text, key);
	config_errors_add(errors, at, &e);
}

bool
config_check_host(const struct config *c, const struct engine_file *host,
    struct config_errors *errors)
{
	size_t before = errors->count;

	for (size_t i = 0; i < host->config.urls.count; i++)
		check_path(errors, host->config.at, host->config.urls.items[i],
		    &host->repositories, "repositories");
	check_path(errors, c->organization.ledger.at,
	    c->organization.ledger.url, &host->repositories, "repositories");
	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];

		for (size_t k = 0; k < p->repository.count; k++)
			check_path(errors, p->at, p->repository.items[k],
			    &host->repositories, "repositories");
		for (size_t k = 0; k < p->outputs.count; k++)
			check_path(errors, p->outputs.items[k].at,
			    p->outputs.items[k].directory, &host->outputs,
			    "outputs");
	}
	return errors->count == before;
}
