/*
 * single - files and messages that are read by themselves.
 */
#include <string.h>

#include "artifact/glob.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/reading.h"

/* Reads bytes of a shape into out, which lives in the arena. */
static bool
read_single(enum shape shape, const char *path, struct span bytes,
    struct arena *arena, void *out, struct config_errors *errors)
{
	const char *name = arena_text(arena, SPAN_TEXT(path));
	struct reading r;

	reading_init(&r, arena, errors);
	bool good = name != NULL ? read_file(&r, shape, name, bytes, out) :
	    complain_budget(&r, (struct place){ path, 0, 0 });
	reading_done(&r);
	return good;
}

bool
config_check_file(enum config_kind kind, const struct config_file *file,
    struct config_errors *errors)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_CONFIG_ARENA);
	void *out = arena_alloc(arena, shape_rows[kind_rows[kind].shape].size);

	return read_single(kind_rows[kind].shape, file->path, file->bytes,
	    arena, out, errors);
}

bool
engine_file_parse(const struct config_file *file, struct arena *arena,
    struct engine_file *out, struct config_errors *errors)
{
	*out = (struct engine_file){ .version = 0 };
	return read_single(SHAPE_ENGINE, file->path, file->bytes, arena, out,
	    errors);
}

bool
trust_file_parse(const struct config_file *file, struct arena *arena,
    struct trust_file *out, struct config_errors *errors)
{
	*out = (struct trust_file){ .version = 0 };
	return read_single(SHAPE_TRUST, file->path, file->bytes, arena, out,
	    errors);
}

bool
artifact_file_parse(const struct config_file *file,
    const struct config_file *others, size_t count, struct arena *arena,
    struct artifact_configuration *out, struct config_errors *errors)
{
	static const struct config_file none;
	const char *name = arena_text(arena, SPAN_TEXT(file->path));
	struct reading r;

	*out = (struct artifact_configuration){ .root = NULL };
	reading_init(&r, arena, errors);
	r.files = count > 0 ? others : &none;
	r.file_count = count;
	r.used = xcalloc(count + 1, sizeof(*r.used));
	bool good = name != NULL ? read_file(&r,
	    SHAPE_ARTIFACT, name, file->bytes, out) :
	    complain_budget(&r, (struct place){ file->path, 0, 0 });
	reading_done(&r);
	return good;
}

/* A signed message is judged as a whole: its first error is the answer. */
static bool
read_message(enum shape shape, const char *name, struct span yaml,
    struct arena *arena, void *out, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };

	if (read_single(shape, name, yaml, arena, out, &errors))
		return true;
	*e = errors.items[0].e;
	return false;
}

static bool
names_are_distinct(const struct manifest *m, struct err *e)
{
	for (size_t i = 0; i < m->artifacts.count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct manifest_artifact *a =
			    &m->artifacts.items[i];

			if (!glob_same(a->name, m->artifacts.items[k].name,
			    GLOB_IGNORE_CASE))
				continue;
			return err_set(e, ERR_CONFIG_TWICE,
			    "manifest:%u:%u: the name \"%s\" stands twice",
			    a->at.line, a->at.column,
			    text_show(a->name).text);
		}
	return true;
}

bool
manifest_parse(struct span yaml, struct arena *arena, struct manifest *out,
    struct err *e)
{
	struct manifest m = { .version = 0 };

	if (yaml.len > LIMIT_MANIFEST)
		return err_set(e, ERR_MANIFEST_SIZE, "the manifest has %zu "
		    "bytes, more than %llu", yaml.len,
		    (unsigned long long)LIMIT_MANIFEST);
	if (!read_message(SHAPE_MANIFEST, "manifest", yaml, arena, &m, e) ||
	    !names_are_distinct(&m, e))
		return false;
	*out = m;
	return true;
}

bool
statement_parse(struct span yaml, struct arena *arena, struct statement *out,
    struct err *e)
{
	struct statement s = { .version = 0 };

	if (yaml.len > LIMIT_MANIFEST)
		return err_set(e, ERR_MANIFEST_SIZE, "the statement has %zu "
		    "bytes, more than %llu", yaml.len,
		    (unsigned long long)LIMIT_MANIFEST);
	if (!read_message(SHAPE_STATEMENT, "statement", yaml, arena, &s, e))
		return false;
	*out = s;
	return true;
}

bool
recovery_parse(struct span yaml, struct arena *arena,
    struct recovery_statement *out, struct err *e)
{
	struct recovery_statement s = { .version = 0 };

	if (!read_message(SHAPE_RECOVERY_STATEMENT, "recovery statement", yaml,
	    arena, &s, e))
		return false;
	*out = s;
	return true;
}

bool
manifest_cut(struct span message, struct span *yaml, struct err *e)
{
	struct span rest = message, line, found = { NULL, 0 };

	while (span_line(&rest, &line))
		if (span_is(line, "---"))
			found = rest.ptr != NULL ? rest :
			    (struct span){ message.ptr, 0 };
	if (found.ptr == NULL)
		return err_set(e, ERR_MANIFEST_MISSING,
		    "the message has no manifest");
	if (found.len > LIMIT_MANIFEST)
		return err_set(e, ERR_MANIFEST_SIZE, "the manifest has %zu "
		    "bytes, more than %llu", found.len,
		    (unsigned long long)LIMIT_MANIFEST);
	rest = found;
	while (span_line(&rest, &line))
		if (span_starts(line, "#"))
			return err_set(e, ERR_MANIFEST_COMMENT,
			    "the manifest has the line \"%s\"",
			    text_show(line).text);
	*yaml = found;
	return true;
}
