/* inspect - says what a file is and what is inside it. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/finding.h"
#include "cli/job.h"
#include "cli/more.h"

static bool
print_fact(void *arg, const char *key, const struct json *value,
    struct err *e)
{
	const int *indent = arg;

	(void)e;
	printf("%*s%-*s ", *indent, "", 18, key);
	cli_show(json_span(value));
	putchar('\n');
	return true;
}

/* As deep as containers are nested: the worker bounds it. */
static bool
print_tree(const struct json *v, const struct palette *p, int indent,
    struct err *e)
{
	const struct json *signatures = json_member(v, "signatures");
	const struct json *contents = json_member(v, "contents");
	const struct json *facts = json_member(v, "facts");
	int inner = indent + 2;

	printf("%*s%s", indent, "", p->bold);
	cli_show(json_span(json_member(v, "path")));
	printf("%s\n%*s", p->plain, inner, "");
	cli_show(json_span(json_member(v, "title")));
	printf(", %s\n", text_show_size((uint64_t)json_integer_of(
	    json_member(v, "size"))).text);
	cli_member(v, "sha256", "sha256", inner);
	if (facts != NULL && !json_each(facts, print_fact, &inner, e))
		return false;
	for (size_t i = 0; i < json_count(signatures); i++)
		finding_print(json_item(signatures, i), p, inner);
	for (size_t i = 0; i < json_count(contents); i++)
		if (!print_tree(json_item(contents, i), p, inner, e))
			return false;
	return true;
}

static int
inspect(const struct invocation *in, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	CLEANUP(json_done) struct json *answer = NULL;
	struct palette p = palette_for(in->colour);
	struct job_result result;

	if (!cli_job_open(in->arguments[0], JOB_INSPECT, &w, e) ||
	    !cli_job_run(&w, &result, &answer, e))
		return -1;
	if (in->json) {
		cli_answer(TAKE(answer));
		return EXIT_YES;
	}
	return print_tree(answer, &p, 0, e) ? EXIT_YES : -1;
}

static int
run(const struct invocation *in, struct err *e)
{
	if (option_given(in, "suggest"))
		return more.suggest(in, e);
	if (!option_given(in, "output") && !option_given(in, "force"))
		return inspect(in, e);
	err_set(e, ERR_USAGE, "--output and --force are for --suggest");
	return -1;
}

static const struct option_row options[] = {
	{ "suggest", 0, NULL, "write an artifact configuration for files like "
	    "this one", false },
	{ "output", 'o', "OUT", "where the configuration goes (default: "
	    "standard output)", false },
	{ "force", 0, NULL, "replace OUT", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command inspect_command = {
	.name = "inspect",
	.summary = "show what a file is and what is inside it",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "Prints kind, size and SHA-256 of the file and of each file "
	    "inside it, what\nprograms say of themselves (the names are those "
	    "of `where` in an artifact\nconfiguration), and the signatures, "
	    "without judging whether their signers are\nto be trusted.",
	.example = "tagseal inspect setup.zip\n"
	    "tagseal inspect --json setup.exe\n"
	    "tagseal inspect --suggest -o default.yaml acme-app-1.2.3.zip",
	.json = true,
	.run = run,
};
