/* errand - see errand.h. */
#include <sys/stat.h>

#include "base/limits.h"
#include "worker/check.h"
#include "worker/errand.h"

static bool
file_rope(struct errand *w, int fd, struct rope *out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return err_errno(e, ERR_SYSTEM_READ,
		    "cannot look at a descriptor of the job");
	return rope_file(w->arena, fd, 0, (uint64_t)st.st_size, out, e);
}

static bool
trust_of(const struct span *roots, size_t count, struct trust **out,
    struct err *e)
{
	CLEANUP(trust_done) struct trust *t = count > 0 ? trust_new() : NULL;

	for (size_t i = 0; i < count; i++)
		if (!trust_add(t, roots[i], e))
			return err_at(e, "root %zu", i + 1);
	*out = TAKE(t);
	return true;
}

static bool
directive_take(struct errand *w, struct err *e)
{
	struct reader r = rd_open(w->job.directive);

	w->directed = w->job.directive.len > 0;
	return !w->directed || (directive_read(&r, &w->directive) &&
	    rd_end(&r)) || wire_malformed(e, "directive");
}

bool
errand_open(struct errand *w, const struct message *m, struct err *e)
{
	struct job *j = &w->job;

	for (size_t i = 0; i < JOB_FDS; i++)
		w->fds[i] = m->fds[i];
	w->scratch.fd = w->fds[JOB_SCRATCH];
	if (!job_read(buf_span(&m->body), w->arena, j, e))
		return false;
	w->scratch.limit = j->limit_unpacked;
	return file_rope(w, w->fds[JOB_INPUT], &w->input, e) &&
	    directive_take(w, e) && (j->configuration.len == 0 ||
	    element_read(j->configuration, w->arena, &w->configuration, e)) &&
	    trust_of(j->roots, j->root_count, &w->roots, e) &&
	    trust_of(j->timestamp_roots, j->timestamp_root_count,
	    &w->timestamp_roots, e);
}

void
errand_done(struct errand *w)
{
	trust_free(w->roots);
	trust_free(w->timestamp_roots);
	arena_free(w->arena);
}

struct resolve_terms
errand_terms(struct errand *w)
{
	return (struct resolve_terms){
		.name = w->job.name,
		.element = w->configuration,
		.directive = w->directed ? &w->directive : NULL,
		.limits = { w->job.limit_entries, w->job.limit_unpacked,
		    w->job.limit_ratio },
		.depth = w->job.limit_depth,
		.judge = { w->roots, w->timestamp_roots, w->job.now },
		.arena = w->arena,
		.scratch = &w->scratch,
		.unhashed = w->job.undigested,
	};
}

bool
errand_resolve(struct errand *w, struct part **out, struct err *e)
{
	struct resolve_terms terms = errand_terms(w);

	return part_resolve(&w->input, &terms, out, e);
}

bool
errand_check(struct errand *w, struct outcome *out, struct err *e)
{
	struct account_terms terms = {
		.resolve = errand_terms(w),
		.certificate = w->job.identity.certificate,
		.issued = w->job.issued,
		.issued_count = w->job.issued_count,
	};
	struct rope signed_file;

	/* It compares bytes; no digest of a file leaves it. */
	terms.resolve.unhashed = true;
	if (!file_rope(w, w->fds[JOB_OUTPUT], &signed_file, e) ||
	    !account(&w->input, &signed_file, &terms, e))
		return false;
	out->yes = true;
	return true;
}
