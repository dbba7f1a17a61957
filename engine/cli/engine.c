/* engine - run the engine, until it is told to stop or for one pass. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/engine_file.h"

static const struct {
	const char	*name;
	enum log_form	 form;
} log_forms[] = {
	{ "text", LOG_FORM_TEXT },
	{ "json", LOG_FORM_JSON },
};

/* The command line wins over engine.yaml. */
static bool
read_log_form(const struct invocation *in, enum log_form *out, struct err *e)
{
	const char *text = option_text(in, "log");

	if (text == NULL)
		return true;
	for (size_t i = 0; i < COUNT(log_forms); i++)
		if (strcmp(log_forms[i].name, text) == 0) {
			*out = log_forms[i].form;
			return true;
		}
	return err_set(e, ERR_USAGE, "--log '%s' is neither text nor json",
	    text_show(span_text(text)).text);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ENGINE_FILE_MEMORY);
	const char *path = option_text(in, "engine");
	struct engine_terms terms = {
		.once = option_given(in, "once"),
		.begins = option_given(in, "begin"),
	};
	struct engine_file file;
	int code;

	if (!engine_file_load(path == NULL ? ENGINE_FILE_DEFAULT : path, a,
	    &file, e) || !read_log_form(in, &file.log, e) ||
	    !engine_file_run(&file, &terms, &code, e))
		return -1;
	return code;
}

static const struct option_row options[] = {
	{ "engine", 0, "FILE", "the engine host's file (default "
	    ENGINE_FILE_DEFAULT ")", false },
	{ "once", 0, NULL, "look at everything once, then end", false },
	{ "begin", 0, NULL, "write the first event of the ledger, then end",
	    false },
	{ "log", 0, "FORM", "text or json (default: as the file says)",
	    false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command engine_command = {
	.name = "engine",
	.summary = "run the engine",
	.arguments = "",
	.options = options,
	.details = "Starts courier, signer and judge, and works until SIGTERM "
	    "or SIGINT comes. Started\nas root, each becomes the user that "
	    "the file names for it. The log goes to\nstandard error. The file "
	    "must be root's or yours, and nobody else may write it.\n"
	    "With --once the exit code is the judge's: 0, or what went wrong. "
	    "--begin does what\n'tagseal init engine' ends with, once more "
	    "after it failed. Exit code 78: another\nstart would not help "
	    "before somebody looks at the log.",
	.example = "tagseal engine\n"
	    "tagseal engine --engine engine.yaml --once --log json",
	.run = run,
};
