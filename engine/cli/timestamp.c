/*
 * timestamp - puts a timestamp on signatures that are there: a worker takes
 * the file apart, a courier asks an authority, a second worker judges what was
 * made before it is written. The courier is one for all files.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/outputs.h"
#include "cli/passage.h"
#include "daemon/local_job.h"
#include "sys/file.h"

#define ENDING	10000	/* ms for a worker that is done */

/* What all files share. */
struct stamping {
	const struct invocation	*in;
	struct cli_job		 common;	/* roots; no descriptors */
	struct authorities	 authorities;
	struct buf		 signature;	/* a detached one */
};

/* What one file needs besides. */
struct stamping_file {
	int		 reader, scratch;	/* the judge's */
	struct buf	 signature;		/* a detached one, stamped */
};

static void
stamping_done(struct stamping *s)
{
	authorities_done(&s->authorities);
	cli_job_done(&s->common);
	buf_done(&s->signature);
}

static void
done(struct passage *p)
{
	struct stamping_file *f = p->own;

	if (f == NULL)
		return;
	fd_done(&f->reader);
	fd_done(&f->scratch);
	buf_done(&f->signature);
	free(f);
}

/* ---- one file */

static bool
open_file(struct passage *p, struct err *e)
{
	const struct stamping *s = p->shared;
	struct stamping_file *f = xcalloc(1, sizeof(*f));

	f->reader = f->scratch = -1;
	p->own = f;
	if (!cli_job_open(p->file, JOB_STAMP, &p->work, e) ||
	    !cli_job_output(&p->work, p->output, e))
		return false;
	p->work.job.timestamp_roots = s->common.job.timestamp_roots;
	p->work.job.timestamp_root_count = s->common.job.timestamp_root_count;
	p->work.job.detached = buf_span(&s->signature);
	p->work.job.nested = s->common.job.nested;
	p->work.job.identity.imprint = DIGEST_SHA256;
	return true;
}

static bool
start(struct passage *p, struct err *e)
{
	return local_worker(JOB_STAMP, &p->worker, e);
}

static void
on_passed(void *arg, struct span url, const struct err *why)
{
	struct passage *p = arg;
	struct stamping *s = p->shared;

	authorities_passed(&s->authorities, &p->passed_over, url, why);
}

static bool
send_file(struct passage *p, struct err *e)
{
	struct stamping *s = p->shared;

	(void)e;
	p->terms.hooks = (struct seal_hooks){ .passed = on_passed, .arg = p };
	authorities_terms(&s->authorities, &p->terms);
	return true;
}

/* What the judge reads: a file with its signature in it, or one beside it. */
static bool
judge_fds(struct passage *p, int fds[JOB_FDS], struct err *e)
{
	struct stamping_file *f = p->own;

	if (!file_reader(p->work.fds[JOB_OUTPUT], &f->reader, e) ||
	    !cli_job_scratch(&f->scratch, e))
		return false;
	fds[JOB_INPUT] = f->reader;
	fds[JOB_OUTPUT] = fds[JOB_SCRATCH] = f->scratch;
	if (p->work.job.detached.len == 0)
		return true;
	fds[JOB_INPUT] = p->work.fds[JOB_INPUT];
	return file_load_fd(f->reader, p->output, p->result.size,
	    &f->signature, e);
}

/* The one that wrote the output parsed hostile bytes: another one reads it. */
static bool
sealed(struct passage *p, struct err *e)
{
	struct stamping_file *f = p->own;
	struct job job = p->work.job;
	int fds[JOB_FDS];

	if (!judge_fds(p, fds, e) ||
	    !local_worker(JOB_VERIFY, &p->second, e))
		return false;
	job.verb = JOB_VERIFY;
	job.undigested = true;
	job.detached = buf_span(&f->signature);
	job.timestamp_root_count = 0;
	return seal_question(&p->second.channel, &job, fds,
	    job_wait(p->result.size), e) || local_failed(&p->second, e);
}

static bool
judged(struct passage *p, struct err *e)
{
	struct job_result result;

	if (!seal_answer(&p->second.channel, job_wait(p->result.size),
	    p->work.arena, &result, e))
		return local_failed(&p->second, e);
	return local_end(&p->second, ENDING, e) && (result.yes || err_set(e,
	    ERR_CHECK_SIGNATURE, "the stamped file was not found to be good"));
}

static bool
answer(const struct passage *p, struct json **out, struct err *e)
{
	struct json *v = NULL;

	if (!json_parse(p->result.json, &v, e))
		return false;
	json_put_text(v, "output", p->output);
	json_put_int(v, "size", (int64_t)p->result.size);
	json_put_hex(v, "sha256", digest_span(&p->result.sha256));
	*out = v;
	return true;
}

static void
print(const struct invocation *in, const struct done_file *d)
{
	const struct json *t = json_member(d->answer, "timestamp");

	(void)in;
	cli_show(span_text(d->file));
	printf(": timestamped%s\n", json_truth(json_member(d->answer,
	    "replaced")) ? ", in place of an older timestamp" : "");
	cli_member(d->answer, "signer", "signer", 2);
	cli_member(t, "time", "timestamp", 2);
	cli_member(t, "authority", "authority", 2);
	printf("wrote %s (%s)\n", d->output, text_show_size(d->size).text);
}

static const struct passage_verbs verbs = {
	.open		= open_file,
	.start		= start,
	.send		= send_file,
	.sealed		= sealed,
	.judged		= judged,
	.answer		= answer,
	.done		= done,
};

/* ---- all files */

static bool
launch(void *shared, struct err *e)
{
	struct stamping *s = shared;

	return authorities_start(&s->authorities, e);
}

static bool
ready(void *shared, struct err *e)
{
	(void)shared;
	(void)e;
	return true;
}

/* A detached signature is what is stamped, and not its file. */
static bool
signature_load(struct stamping *s, struct err *e)
{
	const char *path = option_text(s->in, "signature");

	if (path == NULL)
		return true;
	if (s->in->count != 1 || !option_given(s->in, "output"))
		return err_set(e, ERR_USAGE, "--signature is for one file, "
		    "and wants --output");
	return file_load(path, 2 * LIMIT_CMS_SIZE, &s->signature, e);
}

static bool
nested_read(struct stamping *s, struct err *e)
{
	const char *text = option_text(s->in, "nested");
	uint64_t n = 0;

	if (text != NULL && (!text_u64(span_text(text), &n) ||
	    n > LIMIT_NESTED_SIGNATURES))
		return err_set(e, ERR_USAGE, "--nested '%s' is not a number "
		    "from 0 to %d", text_show(span_text(text)).text,
		    LIMIT_NESTED_SIGNATURES);
	s->common.job.nested = (uint32_t)n;
	return true;
}

static bool
stamp_all(struct stamping *s, struct report *r, struct err *e)
{
	struct passage_plan plan = { .verbs = &verbs, .in = s->in,
	    .shared = s, .launch = launch, .ready = ready };
	const char *url;

	return option_need(s->in, "tsa", &url, e) &&
	    nested_read(s, e) && signature_load(s, e) &&
	    outputs_plan(s->in, "", s->common.arena, &plan.outputs, e) &&
	    passage_jobs(s->in, &plan.jobs, e) &&
	    authorities_read(s->in, "tsa", &s->authorities, &s->common, e) &&
	    passage_run(&plan, r, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(stamping_done) struct stamping s = { .in = in,
	    .common = CLI_JOB_NONE, .authorities = AUTHORITIES_NONE };
	CLEANUP(report_done) struct report *r = report_new(in, print);

	s.common.arena = arena_new(LIMIT_WORKER_ARENA);
	return stamp_all(&s, r, e) ? report_end(r, e) : -1;
}

static const struct option_row options[] = {
	{ "tsa", 0, "URL", "timestamp authority; the next one serves if it "
	    "fails", true },
	{ "tsa-roots", 0, "FILE", "roots that its timestamps must lead to",
	    false },
	{ "nested", 0, "N", "stamp the N-th nested signature, as verify lists "
	    "them; 0: the outermost", false },
	{ "signature", 0, "FILE", "stamp this detached signature (CMS) of the "
	    "file", false },
	{ "output", 'o', "OUT", "where what is stamped goes: of one FILE "
	    "only", false },
	OUTPUTS_OPTIONS,
	JOBS_OPTION,
	{ NULL, 0, NULL, NULL, false },
};

const struct command timestamp_command = {
	.name = "timestamp",
	.summary = "put a timestamp on signatures that are there",
	.arguments = "FILE...",
	.least = 1,
	.most = -1,
	.options = options,
	.details = "No key is used. Every signature in the file must be good "
	    "over its bytes; the outermost\none (of an EFI program: the "
	    "first), or with --nested the N-th of those nested in it,\ngets "
	    "the timestamp, in place of those it had, also those of the kind "
	    "before RFC 3161.\nIts certificate must still be valid: a later "
	    "timestamp would make the signature\nworthless. Among several "
	    "nested ones it may get another place. OUT is there in full or\n"
	    "not at all, and may be FILE itself.\n\n"
	    "Several files go to --output-folder, or are replaced with "
	    "--in-place. One that fails\ndoes not stop the others, but "
	    "authorities that do not answer do.",
	.example = "tagseal timestamp --tsa http://127.0.0.1:8318/ -o "
	    "setup.exe setup.exe\n"
	    "tagseal timestamp --tsa http://127.0.0.1:8318/ --in-place "
	    "bin/*.exe\n"
	    "tagseal timestamp --tsa http://127.0.0.1:8318/ --signature "
	    "notes.txt.p7s \\\n    -o notes.txt.p7s notes.txt",
	.json = true,
	.run = run,
};
