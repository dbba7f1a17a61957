/* strip - takes the signatures out of a file. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/job.h"

static void
answer(const struct invocation *in, const struct job_result *r)
{
	if (in->json) {
		struct json *v = json_map();

		json_put_bool(v, "changed", r->yes);
		if (r->yes) {
			json_put_int(v, "size", (int64_t)r->size);
			json_put_hex(v, "sha256", digest_span(&r->sha256));
		}
		cli_answer(v);
		return;
	}
	cli_show(span_text(in->arguments[0]));
	printf(r->yes ? ": signatures taken out\n" :
	    ": not signed, nothing was written\n");
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	CLEANUP(json_done) struct json *details = NULL;
	struct job_result result;
	const char *output;

	if (!option_need(in, "output", &output, e) ||
	    !cli_job_open(in->arguments[0], JOB_STRIP, &w, e))
		return -1;
	cli_job_output(&w, output);
	if (!cli_job_run(&w, &result, &details, e) ||
	    (result.yes && !cli_job_place(&w, &result, output, e)))
		return -1;
	answer(in, &result);
	return result.yes ? EXIT_YES : EXIT_NOTHING;
}

static const struct option_row options[] = {
	{ "output", 'o', "OUT", "where the file without signatures goes",
	    false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command strip_command = {
	.name = "strip",
	.summary = "take the signatures out of a file",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "OUT is there in full or not at all, and may be FILE "
	    "itself. A file that carries no\nsignature is left alone: exit "
	    "code 3.",
	.example = "tagseal strip -o plain.exe signed.exe",
	.json = true,
	.run = run,
};
