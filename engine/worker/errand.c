/* errand - see errand.h. */
#include <sys/stat.h>

#include "base/helper.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "worker/check.h"
#include "worker/errand.h"

static bool
file_look(int fd, struct stat *out, struct err *e)
{
	return (fstat(fd, out) == 0 && out->st_size >= 0) || err_errno(e,
	    ERR_SYSTEM_READ, "cannot look at a descriptor of the job");
}

static bool
file_rope(struct errand *w, int fd, struct rope *out, struct err *e)
{
	struct stat st;

	return file_look(fd, &st, e) &&
	    rope_file(w->arena, fd, 0, (uint64_t)st.st_size, out, e);
}

static bool
input_open(struct errand *w, struct err *e)
{
	struct stat st;

	if (!file_look(w->fds[JOB_INPUT], &st, e))
		return false;
	w->input_time = st.st_ctim;
	return rope_file(w->arena, w->fds[JOB_INPUT], 0, (uint64_t)st.st_size,
	    &w->input, e);
}

/* What is done here is bounded before the first byte of the artifact is. */
static bool
limits_lower(struct errand *w, struct err *e)
{
	uint64_t most = job_file(&w->job, w->input.len);

	w->scratch.limit = w->job.limit_unpacked < most ?
	    w->job.limit_unpacked : most;
	return sandbox_lower(job_cpu(w->input.len), most, e);
}

/* Who is trusted, and what is revoked: of signers and of authorities. */
static bool
trust_of(const struct job *j, const struct span *roots, size_t count,
    struct trust **out, struct err *e)
{
	CLEANUP(trust_done) struct trust *t = count > 0 ? trust_new() : NULL;

	for (size_t i = 0; i < count; i++)
		if (!trust_add(t, roots[i], e))
			return err_at(e, "root %zu", i + 1);
	for (size_t i = 0; t != NULL && i < j->revocation_count; i++)
		if (!trust_add_crl(t, j->revocations[i], e))
			return err_at(e, "revocation list %zu", i + 1);
	for (size_t i = 0; t != NULL && i < j->response_count; i++)
		if (!trust_add_ocsp(t, j->responses[i], e))
			return err_at(e, "OCSP response %zu", i + 1);
	*out = TAKE(t);
	return true;
}

static bool
directive_take(struct errand *w, struct err *e)
{
	struct reader r = rd_open(w->job.directive);

	w->directed = w->job.directive.len > 0;
	return !w->directed || (directive_read(&r, w->arena,
	    &w->directive) && rd_end(&r)) || wire_malformed(e, "directive");
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
	w->ahead = j->now == 0 ? 0 : j->now - clock_monotonic();
	return input_open(w, e) && limits_lower(w, e) &&
	    directive_take(w, e) && (j->configuration.len == 0 ||
	    element_read(j->configuration, w->arena, &w->configuration, e)) &&
	    trust_of(j, j->roots, j->root_count, &w->roots, e) &&
	    trust_of(j, j->timestamp_roots, j->timestamp_root_count,
	    &w->timestamp_roots, e);
}

int64_t
errand_now(const struct errand *w)
{
	return w->ahead == 0 ? 0 : clock_monotonic() + w->ahead;
}

void
errand_done(struct errand *w)
{
	/* It may still read what goes now. */
	helper_drop();
	digest_trail_free(w->trail);
	trust_free(w->roots);
	trust_free(w->timestamp_roots);
	arena_free(w->arena);
}

/* Jobs that tell of files of others: what is old is told, not refused. */
static const bool of_others[JOB_VERBS] = {
	[JOB_INSPECT] = true, [JOB_VERIFY] = true, [JOB_CATALOG] = true,
};

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
		.judge = { w->roots, w->timestamp_roots, w->job.now,
		    of_others[w->job.verb] },
		.identity = &w->job.identity,
		.arena = w->arena,
		.scratch = &w->scratch,
		.unhashed = w->job.undigested,
		.thorough = w->job.told,
		.begins = w->job.verb == JOB_VERIFY,
		.sifts = w->job.verb == JOB_VERIFY && w->job.undigested,
		.lenient = w->job.lenient,
		.trail = w->trail,
	};
}

bool
errand_resolve(struct errand *w, struct part **out, struct err *e)
{
	struct resolve_terms terms = errand_terms(w);

	return part_resolve(&w->input, &terms, out, e);
}

bool
errand_hear(struct errand *w, enum worker_phase phase,
    enum worker_message type, struct message *out, struct err *e)
{
	w->channel->phase = phase;
	bool ok = stream_expect(w->channel, (uint8_t)type,
	    WORKER_MESSAGE_LIMIT, out, CLOCK_NEVER, e);
	w->channel->phase = WORKER_ASKED;
	return ok;
}

bool
errand_say(struct errand *w, enum worker_message type, const struct buf *body,
    struct err *e)
{
	return stream_send(w->channel, (uint8_t)type, buf_span(body), NULL, 0,
	    CLOCK_NEVER, e);
}

static bool
issued_hear(struct errand *w, struct err *e)
{
	struct message m;

	if (!w->job.early)
		return true;
	if (!errand_hear(w, WORKER_FORESEEN, WORKER_ISSUED, &m, e))
		return false;
	bool ok = issued_read(buf_span(&m.body), w->arena, &w->job.issued,
	    &w->job.issued_count, e);
	message_done(&m);
	return ok;
}

/*
 * The input is read once and relied on later, and on the command line it is
 * somebody's file. No program can set the time of the last change back.
 */
static bool
input_unchanged(const struct errand *w, struct err *e)
{
	struct stat st;

	if (!file_look(w->fds[JOB_INPUT], &st, e))
		return false;
	return ((uint64_t)st.st_size == w->input.len &&
	    st.st_ctim.tv_sec == w->input_time.tv_sec &&
	    st.st_ctim.tv_nsec == w->input_time.tv_nsec) ||
	    err_set(e, ERR_FILE_CHANGED, "%s was changed while it was being "
	    "signed", text_show(w->job.name).text);
}

static struct account_terms
account_terms(struct errand *w)
{
	struct account_terms terms = {
		.resolve = errand_terms(w),
		.certificate = w->job.identity.certificate,
		.issued = w->job.issued,
		.issued_count = w->job.issued_count,
	};

	/* It compares bytes; but for the tree, no digest leaves it. */
	terms.resolve.unhashed = !w->job.told;
	return terms;
}

/* What is inside, as this process sees it: for whoever has shown it before. */
static bool
tree_tell(const struct errand *w, const struct part *root, struct digest *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(json_done) struct json *v = NULL;

	if (!w->job.told)
		return true;
	v = resolved_json(root->node);
	if (!canonical_write(v, &text, e))
		return false;
	*out = digest_of(DIGEST_SHA256, buf_span(&text));
	return true;
}

bool
errand_check(struct errand *w, struct outcome *out, struct err *e)
{
	struct account_terms terms = account_terms(w);
	struct rope signed_file;
	struct part *root;

	if (!account_foresee(&w->input, &terms, &root, e) ||
	    !tree_tell(w, root, &out->sha256, e) || !issued_hear(w, e))
		return false;
	terms = account_terms(w);
	if (!file_rope(w, w->fds[JOB_OUTPUT], &signed_file, e))
		return false;
	bool good = account_output(root, &signed_file, &terms, e);
	if (!input_unchanged(w, e) || !good)
		return false;
	out->yes = true;
	return true;
}
