/* job - see job.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/job.h"
#include "crypto/x509.h"
#include "daemon/local_job.h"
#include "sys/clock.h"
#include "sys/file.h"

static const char *
scratch_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

bool
cli_job_scratch(int *fd, struct err *e)
{
	return file_scratch(scratch_folder(), fd, e);
}

/* The last part of the path, in a form that every process takes. */
static bool
name_of(const char *path, struct arena *a, struct span *out, struct err *e)
{
	struct span rest = span_text(path), last = rest;
	struct shown shown;

	while (span_split(&rest, '/', &last))
		continue;
	if (!text_utf8(last)) {
		shown = text_show(last);
		last = span_text(shown.text);
	}
	return arena_copy(a, last, out) || err_budget(e, a);
}

/* Most jobs write nothing: theirs is the scratch file once more. */
static bool
no_output(struct cli_job *w, struct err *e)
{
	w->fds[JOB_OUTPUT] = fcntl(w->fds[JOB_SCRATCH], F_DUPFD_CLOEXEC, 0);
	return w->fds[JOB_OUTPUT] >= 0 || err_errno(e, ERR_SYSTEM_WRITE,
	    "cannot open a scratch file once more");
}

static bool
open_all(const char *path, struct cli_job *w, struct err *e)
{
	if (!file_open(path, &w->fds[JOB_INPUT], &w->size, e))
		return false;
	if (w->size > LIMIT_ARTIFACT_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "'%s' has %s, at most %s are "
		    "taken", text_show(span_text(path)).text,
		    text_show_size(w->size).text,
		    text_show_size(LIMIT_ARTIFACT_SIZE).text);
	return cli_job_scratch(&w->fds[JOB_SCRATCH], e) && no_output(w, e) &&
	    name_of(path, w->arena, &w->job.name, e);
}

bool
cli_job_open(const char *path, enum job_verb verb, struct cli_job *out,
    struct err *e)
{
	struct cli_job w = {
		.arena = arena_new(LIMIT_WORKER_ARENA),
		.fds = { -1, -1, -1 },
		.worker = LOCAL_NONE,
		.job = {
			.verb = verb,
			.now = clock_now(),
			.limit_entries = LIMIT_ENTRIES,
			.limit_unpacked = 2 * LIMIT_ARTIFACT_SIZE,
			.limit_ratio = LIMIT_EXPANSION_RATIO,
			.limit_depth = LIMIT_NESTED_DEPTH,
		},
	};

	if (!open_all(path, &w, e)) {
		cli_job_done(&w);
		return false;
	}
	*out = w;
	return true;
}

void
cli_job_done(struct cli_job *w)
{
	local_done(&w->worker);
	for (size_t i = 0; i < JOB_FDS; i++)
		fd_done(&w->fds[i]);
	arena_free(TAKE(w->arena));
}

/* What is wrong with the folder is told when the output is placed. */
bool
cli_job_output(struct cli_job *w, const char *path, struct err *e)
{
	int fd;

	if (!file_scratch_beside(path, &fd, e) && !cli_job_scratch(&fd, e))
		return false;
	fd_done(&w->fds[JOB_OUTPUT]);
	w->fds[JOB_OUTPUT] = fd;
	return true;
}

bool
cli_job_place(const struct cli_job *w, const struct job_result *r,
    const char *path, struct err *e)
{
	return file_place(path, w->fds[JOB_OUTPUT], r->size, FILE_PLAIN, e);
}

bool
cli_job_start(struct cli_job *w, struct err *e)
{
	return local_worker(w->job.verb, &w->worker, e);
}

bool
cli_job_ask(struct cli_job *w, struct err *e)
{
	return local_job_ask(&w->worker, &w->job, w->fds, w->size, e);
}

/* Its words are read while it ends. */
bool
cli_job_hear(struct cli_job *w, struct job_result *result,
    struct json **answer, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;

	if (!local_job_hear(&w->worker, w->size, w->arena, result, e) ||
	    !json_parse(result->json, &v, e) || !local_job_end(&w->worker, e))
		return false;
	*answer = TAKE(v);
	return true;
}

bool
cli_job_run(struct cli_job *w, struct job_result *result,
    struct json **answer, struct err *e)
{
	return cli_job_start(w, e) && cli_job_ask(w, e) &&
	    cli_job_hear(w, result, answer, e);
}

bool
cli_roots(struct arena *a, const char *path, struct span **out, size_t *count,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span kept;

	if (!file_load(path, LIMIT_TRUSTED * LIMIT_CERTIFICATE, &text, e))
		return false;
	if (!arena_copy(a, buf_span(&text), &kept))
		return err_budget(e, a);
	return certificates_parse(kept, a, out, count, e) ||
	    err_at(e, "%s", text_show(span_text(path)).text);
}

void
cli_show(struct span text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_visible(text, &b);
	fputs(buf_cstr(&b), stdout);
}

void
cli_member(const struct json *v, const char *member, const char *title,
    int indent)
{
	struct span text = json_span(json_member(v, member));

	if (text.ptr == NULL || text.len == 0)
		return;
	printf("%*s%-*s", indent, "", CLI_TITLE, title);
	cli_show(text);
	putchar('\n');
}
