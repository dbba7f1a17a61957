/* certificate_slug - see certificate.h: which file a config repo names. */
#include <string.h>

#include "base/limits.h"
#include "cli/certificate.h"
#include "config/yaml.h"
#include "sys/file.h"

#define FOLDER	"certificates"

static bool
file_named(const char *yaml, struct arena *a, const char **path,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *slash = strrchr(yaml, '/');
	int folder = slash == NULL ? 0 : (int)(slash - yaml) + 1;
	const struct yaml_node *name;
	struct yaml_node *root;
	struct place where;

	if (!file_load(yaml, LIMIT_YAML_SIZE, &b, e) ||
	    !yaml_parse(yaml, buf_span(&b), a, &root, &where, e))
		return false;
	name = root->kind == YAML_MAP ? yaml_member(root, "certificate") :
	    NULL;
	if (name == NULL || name->kind != YAML_SCALAR || name->text.len == 0)
		return err_set(e, ERR_CERTIFICATE_NONE, "%s: it names no file "
		    "by 'certificate'", yaml);
	*path = arena_printf(a, "%.*s%.*s", folder, yaml,
	    (int)name->text.len, (const char *)name->text.ptr);
	return *path != NULL || err_budget(e, a);
}

bool
certificate_declared(const char *config, const char *argument,
    struct arena *a, const char **path, struct err *e)
{
	const char *yaml = argument;

	if (strpbrk(argument, "./") == NULL)
		yaml = arena_printf(a, "%s/" FOLDER "/%s.yaml", config,
		    argument);
	if (yaml == NULL)
		return err_budget(e, a);
	if (span_ends(span_text(yaml), ".yaml"))
		return file_named(yaml, a, path, e);
	*path = argument;
	return true;
}
