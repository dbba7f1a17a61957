/* worker - see worker.h. */
#include "base/limits.h"
#include "crypto/start.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "worker/errand.h"
#include "worker/worker.h"

/* What each verb is done by, and in which role. */
static const struct {
	enum sandbox_role	role;
	bool			(*run)(struct errand *, struct outcome *,
				    struct err *);
} verbs[JOB_VERBS] = {
	[JOB_SIGN]	= { SANDBOX_WORKER,	errand_sign },
	[JOB_PLAN]	= { SANDBOX_WORKER,	errand_plan },
	[JOB_CHECK]	= { SANDBOX_CHECKER,	errand_check },
	[JOB_INSPECT]	= { SANDBOX_WORKER,	errand_inspect },
	[JOB_VERIFY]	= { SANDBOX_WORKER,	errand_verify },
	[JOB_STRIP]	= { SANDBOX_WORKER,	errand_strip },
	[JOB_MEMBER]	= { SANDBOX_WORKER,	errand_member },
	[JOB_CATALOG]	= { SANDBOX_WORKER,	errand_catalog },
	[JOB_STAMP]	= { SANDBOX_WORKER,	errand_stamp },
};

static bool
output_write(struct errand *w, const struct outcome *o,
    struct job_result *result, struct err *e)
{
	result->sha256 = o->sha256.len > 0 ? o->sha256 :
	    digest_of(DIGEST_SHA256, (struct span){ 0 });
	if (!o->written)
		return true;
	result->size = o->output.len;
	if (o->over)
		return rope_write_over(&o->output, w->fds[JOB_OUTPUT],
		    w->fds[JOB_INPUT], e);
	return rope_write(&o->output, w->fds[JOB_OUTPUT], e);
}

static bool
outcome_say(struct errand *w, const struct outcome *o, struct err *e)
{
	struct job_result result = { .yes = o->yes, .nothing = o->nothing };
	CLEANUP(buf_done) struct buf json = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 };

	if (!output_write(w, o, &result, e))
		return false;
	if (o->json != NULL)
		json_write(o->json, &json);
	result.json = buf_span(&json);
	result_write(&result, &body);
	return stream_send(w->channel, WORKER_DONE, buf_span(&body), NULL, 0,
	    CLOCK_NEVER, e);
}

static bool
job_do(struct errand *w, enum sandbox_role role, const struct message *m,
    struct err *e)
{
	struct outcome o = { 0 };

	if (!errand_open(w, m, e))
		return false;
	if (verbs[w->job.verb].role != role)
		return err_set(e, ERR_PROCESS_PROTOCOL, "this job is not for "
		    "the %s", sandbox_name(role));
	bool ok = verbs[w->job.verb].run(w, &o, e) && outcome_say(w, &o, e);
	json_done(&o.json);
	return ok;
}

/* Narrow first: what comes next was made by strangers. */
static bool
serve(struct channel *c, enum sandbox_role role,
    const struct sandbox_terms *terms, struct err *e)
{
	struct sandbox_report report;
	struct errand w = { .channel = c };
	struct message m;

	crypto_start();
	if (!sandbox_enter(role, terms, &report, e) ||
	    !stream_expect(c, WORKER_JOB, WORKER_MESSAGE_LIMIT, &m,
	    CLOCK_NEVER, e))
		return false;
	c->phase = WORKER_ASKED;
	w.arena = arena_new(LIMIT_WORKER_ARENA);
	bool ok = job_do(&w, role, &m, e);
	errand_done(&w);
	message_done(&m);
	return ok;
}

static bool
failure_say(struct channel *c, const struct err *why)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct err e;

	wire_put_err(&body, why);
	return stream_send(c, WORKER_FAILED, buf_span(&body), NULL, 0,
	    CLOCK_NEVER, &e);
}

static int
role_main(enum sandbox_role role, int argc, char **argv)
{
	struct sandbox_terms terms = { 0 };
	CLEANUP(channel_done) struct channel c = channel_open(PROCESS_CHANNEL,
	    "asker", worker_requests, worker_request_count);
	struct err e;

	return (sandbox_arguments(argc, argv, &terms, &e) &&
	    serve(&c, role, &terms, &e)) || failure_say(&c, &e) ? 0 : 1;
}

int
worker_main(int argc, char **argv)
{
	return role_main(SANDBOX_WORKER, argc, argv);
}

int
checker_main(int argc, char **argv)
{
	return role_main(SANDBOX_CHECKER, argc, argv);
}
