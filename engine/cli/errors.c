/* errors - explains an error code. */
#include "base/text.h"
#include "cli/cli.h"

static struct json *
row_json(const struct err_row *row)
{
	struct json *v = json_map();

	json_put_text(v, "code", row->code);
	json_put_text(v, "kind", err_kind_name(row->kind));
	json_put_int(v, "exit_code", err_exit_code(row->kind));
	json_put_text(v, "reason", row->reason);
	json_put_text(v, "advice", row->advice);
	return v;
}

static int
list_all(const struct invocation *in)
{
	struct json *list = json_list();

	for (size_t i = 1; i < ERR_CODES; i++) {
		if (!in->json)
			printf("%-28s %s\n", err_rows[i].code,
			    err_rows[i].reason);
		json_add(list, row_json(&err_rows[i]));
	}
	if (in->json)
		cli_answer(list);
	else
		json_release(list);
	return EXIT_YES;
}

static bool
unknown_code(const char *code, struct err *e)
{
	const char *names[ERR_CODES];

	for (size_t i = 1; i < ERR_CODES; i++)
		names[i - 1] = err_rows[i].code;
	names[ERR_CODES - 1] = NULL;
	const char *near = text_nearest(span_text(code), names);
	err_set(e, ERR_ERROR_UNKNOWN, "there is no error code '%s'",
	    text_show(span_text(code)).text);
	if (near != NULL)
		err_hint(e, "did you mean %s?", near);
	return false;
}

static int
run(const struct invocation *in, struct err *e)
{
	if (in->count == 0)
		return list_all(in);
	const struct err_row *row = err_find(in->arguments[0]);
	if (row == NULL) {
		unknown_code(in->arguments[0], e);
		return -1;
	}
	if (in->json)
		cli_answer(row_json(row));
	else
		help_errors_row(stdout, row, in->colour);
	return EXIT_YES;
}

const struct command errors_command = {
	.name = "errors",
	.summary = "explain an error code, or list them all",
	.arguments = "[CODE]",
	.least = 0,
	.most = 1,
	.details = "Every error that Tagseal prints begins with a code. The "
	    "code never changes:\nscripts may rely on it.",
	.example = "tagseal errors FILE-TRUNCATED",
	.json = true,
	.run = run,
};
