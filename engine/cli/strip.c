/* strip - takes the signatures out of files. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/job.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "sys/ahead.h"

#define LARGE	(8 * MIB)	/* bytes of a file: below it, that is no gain */

static void
print(const struct invocation *in, const struct done_file *d)
{
	(void)in;
	cli_show(span_text(d->file));
	printf(d->outcome == OUTCOME_DONE ? ": signatures taken out\n" :
	    ": not signed, nothing was written\n");
}

static struct json *
answer(const struct job_result *r)
{
	struct json *v = json_map();

	json_put_bool(v, "changed", r->yes);
	if (r->yes) {
		json_put_int(v, "size", (int64_t)r->size);
		json_put_hex(v, "sha256", digest_span(&r->sha256));
	}
	return v;
}

/* A large output goes to the disk while the worker still writes it. */
static bool
work(struct cli_job *w, struct job_result *result, struct json **details,
    struct err *e)
{
	struct ahead *ahead = NULL;

	if (w->size >= LARGE && !ahead_start(w->fds[JOB_INPUT], 0,
	    w->fds[JOB_OUTPUT], &ahead, e))
		return false;
	bool good = cli_job_ask(w, e) && cli_job_hear(w, result, details, e);
	ahead_end(ahead);
	return good;
}

static bool
strip(const struct invocation *in, const char *file, const char *output,
    struct done_file *out, struct err *e)
{
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	CLEANUP(json_done) struct json *details = NULL;
	struct job_result result;

	if (!cli_job_open(file, JOB_STRIP, &w, e) || !cli_job_start(&w, e) ||
	    !cli_job_output(&w, output, e))
		return false;
	w.job.undigested = !in->json;
	if (!work(&w, &result, &details, e) ||
	    (result.yes && !cli_job_place(&w, &result, output, e)))
		return false;
	*out = (struct done_file){ .output = output, .size = result.size,
	    .answer = answer(&result),
	    .outcome = result.yes ? OUTCOME_DONE : OUTCOME_NOTHING };
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	CLEANUP(report_done) struct report *r = report_new(in, print);
	const char *const *outputs;
	struct done_file done;
	struct err why;

	if (!outputs_plan(in, "", a, &outputs, e))
		return -1;
	for (size_t i = 0; i < (size_t)in->count && !report_stopped(r); i++)
		if (strip(in, in->arguments[i], outputs[i], &done, &why))
			report_file(r, i, &done);
		else
			report_failed(r, i, &why);
	return report_end(r, e);
}

static const struct option_row options[] = {
	{ "output", 'o', "OUT", "where the file without signatures goes: "
	    "of one FILE only", false },
	OUTPUTS_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command strip_command = {
	.name = "strip",
	.summary = "take the signatures out of files",
	.arguments = "FILE...",
	.least = 1,
	.most = -1,
	.options = options,
	.details = "OUT is there in full or not at all, and may be FILE "
	    "itself. A file that carries no\nsignature is left alone: exit "
	    "code 3. Several files go to --output-folder, or are\nreplaced "
	    "with --in-place.",
	.example = "tagseal strip -o plain.exe signed.exe\n"
	    "tagseal strip --in-place bin/*.dll",
	.json = true,
	.run = run,
};
