/*
 * timestamp - puts a timestamp on a signature that is there: a worker takes
 * the file apart, a courier asks an authority, a second worker judges what was
 * made before it is written.
 */
#include "base/limits.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "daemon/local_job.h"
#include "judge/seal.h"
#include "sys/file.h"

#define ENDING	10000	/* ms for a worker that is done */

struct stamping {
	const struct invocation	*in;
	const char		*output;
	struct cli_job		 work;
	struct authorities	 authorities;
	struct local		 worker;
	struct buf		 signature;	/* a detached one */
};

static void
stamping_done(struct stamping *s)
{
	local_done(&s->worker);
	authorities_done(&s->authorities);
	cli_job_done(&s->work);
	buf_done(&s->signature);
}

static bool
prepare(struct stamping *s, struct err *e)
{
	const char *detached = option_text(s->in, "signature"), *url;

	if (!option_need(s->in, "tsa", &url, e) ||
	    !option_need(s->in, "output", &s->output, e) ||
	    !cli_job_open(s->in->arguments[0], JOB_STAMP, &s->work, e))
		return false;
	cli_job_output(&s->work, s->output);
	if (detached != NULL && !file_load(detached, 2 * LIMIT_CMS_SIZE,
	    &s->signature, e))
		return false;
	s->work.job.detached = buf_span(&s->signature);
	s->work.job.identity.imprint = DIGEST_SHA256;
	return authorities_read(s->in, "tsa", &s->authorities, &s->work, e) &&
	    local_worker(JOB_STAMP, &s->worker, e) &&
	    authorities_start(&s->authorities, e);
}

static bool
stamp(struct stamping *s, struct job_result *result, struct err *e)
{
	struct seal_terms terms = { .worker = &s->worker.channel,
	    .worker_patience = job_wait(s->work.size) };

	authorities_terms(&s->authorities, &terms);
	return seal_run(&terms, &s->work.job, s->work.fds, s->work.arena,
	    result, e) ? local_end(&s->worker, ENDING, e) :
	    local_failed(&s->worker, e);
}

/* The one that wrote the output parsed hostile bytes: another one reads it. */
static bool
judge(struct stamping *s, const struct job_result *made, struct err *e)
{
	CLEANUP(fd_done) int reader = -1, scratch = -1;
	CLEANUP(buf_done) struct buf signature = { 0 };
	struct job job = s->work.job;
	int fds[JOB_FDS] = { s->work.fds[JOB_INPUT], -1, -1 };
	struct job_result result;

	if (!file_reader(s->work.fds[JOB_OUTPUT], &reader, e) ||
	    !cli_job_scratch(&scratch, e))
		return false;
	if (job.detached.len == 0)
		fds[JOB_INPUT] = reader;
	else if (!file_load_fd(reader, s->output, made->size, &signature, e))
		return false;
	job.verb = JOB_VERIFY;
	job.undigested = true;
	job.detached = buf_span(&signature);
	job.timestamp_root_count = 0;
	fds[JOB_OUTPUT] = fds[JOB_SCRATCH] = scratch;
	if (!local_job(&job, fds, s->work.arena, &result, e))
		return false;
	return result.yes || err_set(e, ERR_CHECK_SIGNATURE,
	    "the stamped file was not found to be good");
}

static bool
answer(const struct stamping *s, const struct job_result *result,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	const struct json *t;

	if (!json_parse(result->json, &v, e))
		return false;
	if (s->in->json) {
		json_put_text(v, "output", s->output);
		json_put_int(v, "size", (int64_t)result->size);
		json_put_hex(v, "sha256", digest_span(&result->sha256));
		cli_answer(TAKE(v));
		return true;
	}
	t = json_member(v, "timestamp");
	cli_show(span_text(s->in->arguments[0]));
	printf(": timestamped%s\n", json_truth(json_member(v, "replaced")) ?
	    ", in place of an older timestamp" : "");
	cli_member(v, "signer", "signer", 2);
	cli_member(t, "time", "timestamp", 2);
	cli_member(t, "authority", "authority", 2);
	printf("wrote %s (%s)\n", s->output,
	    text_show_size(result->size).text);
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(stamping_done) struct stamping s = { .in = in,
	    .work = CLI_JOB_NONE, .authorities = AUTHORITIES_NONE,
	    .worker = LOCAL_NONE };
	struct job_result result;

	if (!prepare(&s, e) || !stamp(&s, &result, e) ||
	    !judge(&s, &result, e) ||
	    !cli_job_place(&s.work, &result, s.output, e) ||
	    !answer(&s, &result, e))
		return -1;
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "tsa", 0, "URL", "timestamp authority; the next one serves if it "
	    "fails", true },
	{ "tsa-roots", 0, "FILE", "roots that its timestamps must lead to",
	    false },
	{ "signature", 0, "FILE", "stamp this detached signature (CMS) of the "
	    "file", false },
	{ "output", 'o', "OUT", "where what is stamped goes", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command timestamp_command = {
	.name = "timestamp",
	.summary = "put a timestamp on a signature that is there",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "No key is used. Every signature in the file must be good "
	    "over its bytes; the outermost\none (of an EFI program: the first) "
	    "gets the timestamp, in place of those it had, also\nthose of the "
	    "kind before RFC 3161. Its certificate must still be valid: a "
	    "later\ntimestamp would make the signature worthless. OUT is there "
	    "in full or not at all, and\nmay be FILE itself.",
	.example = "tagseal timestamp --tsa http://127.0.0.1:8318/ -o "
	    "setup.exe setup.exe\n"
	    "tagseal timestamp --tsa http://127.0.0.1:8318/ --signature "
	    "notes.txt.p7s \\\n    -o notes.txt.p7s notes.txt",
	.json = true,
	.run = run,
};
