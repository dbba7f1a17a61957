/* import - turns configurations of other systems into ours. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/signpath.h"
#include "sys/file.h"

#define IMPORT_MEMORY	((size_t)64 << 20)	/* bytes of all that is read */

struct import {
	struct arena		*arena;
	const char		*name;		/* of the file, for people */
	const char		*output;	/* or NULL */
	struct buf		 yaml;
	struct signpath_note	*notes;
};

static void
import_done(struct import *w)
{
	buf_done(&w->yaml);
	arena_done(&w->arena);
}

/* A path says where the file lay on one machine: its last part is its name. */
static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static bool
convert(struct import *w, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct signpath *s;

	w->arena = arena_new(IMPORT_MEMORY);
	w->name = arena_printf(w->arena, "%s",
	    text_show(span_text(base_name(path))).text);
	if (w->name == NULL)
		return err_budget(e, w->arena);
	return file_load(path, LIMIT_YAML_SIZE, &bytes, e) &&
	    signpath_read(w->name, buf_span(&bytes), w->arena, &s, e) &&
	    signpath_write(w->name, s, w->arena, &w->yaml, &w->notes, e);
}

static bool
complete(const struct import *w)
{
	const struct signpath_note *n = w->notes;

	while (n != NULL && !n->left_out)
		n = n->next;
	return n == NULL;
}

static struct json *
notes_json(const struct signpath_note *n, bool left_out)
{
	struct json *list = json_list();

	for (; n != NULL; n = n->next) {
		struct json *v;

		if (n->left_out != left_out)
			continue;
		v = json_map();
		json_put_int(v, "line", n->line);
		json_put_text(v, "text", n->text);
		json_add(list, v);
	}
	return list;
}

static void
answer_json(const struct import *w)
{
	struct json *v = json_map();

	json_put_text(v, "source", w->name);
	json_put_bool(v, "complete", complete(w));
	json_put(v, "left_out", notes_json(w->notes, true));
	json_put(v, "remarks", notes_json(w->notes, false));
	if (w->output != NULL)
		json_put_text(v, "output", w->output);
	else
		json_put_span(v, "configuration", buf_span(&w->yaml));
	cli_answer(v);
}

static void
answer(const struct import *w)
{
	for (const struct signpath_note *n = w->notes; n != NULL; n = n->next)
		fprintf(stderr, "%s:%u: %s%s\n", w->name, n->line,
		    n->left_out ? "not carried over: " : "", n->text);
	if (w->output == NULL)
		fwrite(w->yaml.ptr, 1, w->yaml.len, stdout);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(import_done) struct import w = { 0 };

	w.output = option_text(in, "output");
	if (!convert(&w, in->arguments[0], e))
		return -1;
	if (w.output != NULL && !file_replace_span(w.output,
	    buf_span(&w.yaml), 0, e))
		return -1;
	(in->json ? answer_json : answer)(&w);
	return complete(&w) ? EXIT_YES : EXIT_NO;
}

static const struct option_row options[] = {
	{ "output", 'o', "OUT", "where the artifact configuration goes, if "
	    "not to standard output", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command import_signpath_command = {
	.name = "import signpath",
	.summary = "turn an artifact configuration of SignPath into ours",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "FILE is an artifact configuration of SignPath (XML, "
	    "version 1); what comes out is one\nof ours (YAML), for "
	    "projects/NAME/artifacts. What cannot be carried over is said, "
	    "with\nits line, and stands in the result as a comment. Exit "
	    "code 0: all was carried over, 1: not\nall, 2: FILE is no such "
	    "configuration, or has an error.",
	.example = "tagseal import signpath acme.xml -o "
	    "projects/acme-app/artifacts/default.yaml",
	.json = true,
	.run = run,
};
