/* trust - see trust.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/trust.h"
#include "sys/file.h"

static bool
load(const char *path, struct arena *arena, struct trust_file *out,
    struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct span kept;

	if (!file_load(path, LIMIT_YAML_SIZE, &bytes, e))
		return false;
	if (!arena_copy(arena, buf_span(&bytes), &kept))
		return err_budget(e, arena);
	if (trust_file_parse(&(struct config_file){ path, kept }, arena, out,
	    &errors))
		return true;
	*e = errors.items[0].e;
	return false;
}

bool
trust_read(const char *path, struct arena *arena, struct trust_file *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf own = { 0 };
	const char *home = getenv("HOME");
	struct trust_file none = { .version = 0 };

	*out = none;
	if (path != NULL)
		return load(path, arena, out, e);
	if (home == NULL || home[0] != '/')
		return true;
	buf_printf(&own, "%s/.config/tagseal/trust.yaml", home);
	if (load(buf_cstr(&own), arena, out, e))
		return true;
	*out = none;
	return err_is(e, ERR_FILE_MISSING);
}

bool
trust_pin(const struct trust_file *trust, struct chain_pin *out,
    struct err *e)
{
	const struct config_root *root = &trust->config.root;

	if (!object_id_parse(root->commit, &out->commit))
		return err_set(e, ERR_CHAIN_ROOT, "config.root.commit of "
		    "trust.yaml is no full id: '%s'",
		    text_show(root->commit).text);
	memcpy(out->payload_sha256, root->payload_sha256, 32);
	memcpy(out->manifest_sha256, root->manifest_sha256, 32);
	return true;
}

struct recovery_trust
trust_recovery(const struct trust_file *t, const struct chain_pin *root)
{
	return (struct recovery_trust){ .keys = t->recovery.keys.items,
	    .count = t->recovery.keys.count,
	    .threshold = t->recovery.threshold, .config = t->config.id,
	    .root = *root };
}
