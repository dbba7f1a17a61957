/* seal_worker - see seal_worker.h, and seal.h for jobs that ask nothing. */
#include "judge/seal.h"
#include "judge/seal_worker.h"
#include "sys/clock.h"

/*
 * What goes wrong on a worker's channel is the worker's doing and a matter of
 * its job: it must not look like the channel of somebody whom all rely on.
 */
static const struct {
	enum err_code	said;
	enum err_code	means;
} worker_faults[] = {
	{ ERR_CHANNEL_TIMEOUT,		ERR_WORKER_LOST },
	{ ERR_MESSAGE_SHORT,		ERR_ARTIFACT_WIRE },
	{ ERR_MESSAGE_LONG,		ERR_ARTIFACT_WIRE },
	{ ERR_MESSAGE_UNKNOWN,		ERR_ARTIFACT_WIRE },
	{ ERR_MESSAGE_PHASE,		ERR_ARTIFACT_WIRE },
	{ ERR_MESSAGE_DESCRIPTORS,	ERR_ARTIFACT_WIRE },
	{ ERR_PROCESS_PROTOCOL,		ERR_ARTIFACT_WIRE },
};

bool
worker_fault(struct err *e)
{
	const struct err why = *e;

	for (size_t i = 0; i < COUNT(worker_faults); i++)
		if (err_is(&why, worker_faults[i].said))
			return err_set(e, worker_faults[i].means, "%s",
			    why.text);
	return false;
}

bool
worker_malformed(const char *message, struct err *e)
{
	return wire_malformed(e, message) || worker_fault(e);
}

bool
worker_send(struct channel *c, enum worker_message type, struct span body,
    const int *fds, int64_t patience, struct err *e)
{
	return stream_send(c, (uint8_t)type, body, fds, fds == NULL ? 0 :
	    JOB_FDS, clock_in(patience), e) || worker_fault(e);
}

bool
worker_hear(struct channel *c, int64_t patience, struct message *out,
    struct err *e)
{
	return stream_receive(c, WORKER_MESSAGE_LIMIT, out,
	    clock_in(patience), e) || worker_fault(e);
}

/* Time that others take, such as authorities, is not the worker's. */

bool
peer_says(const struct message *m, struct err *e)
{
	struct reader r = rd_open(buf_span(&m->body));

	if (!wire_get_err(&r, e) || !rd_end(&r) || e->what == NULL)
		return wire_malformed(e, "failed");
	return false;
}

/*
 * It parses hostile bytes: what it says ends its own request, and is nothing
 * that speaks of a channel or of the ledger. Only a checker is there to raise
 * alarms.
 */
static bool
servant_failed(const struct message *m, bool may_alarm, struct err *e)
{
	static const enum err_code ours[] = { ERR_CHANNEL_TIMEOUT,
	    ERR_CHANNEL_CLOSED, ERR_RECORD_CONFLICT };
	bool bad = !peer_says(m, e) && !may_alarm &&
	    e->what->kind == ERR_KIND_ALARM;

	if (err_is(e, ERR_PROCESS_PROTOCOL))
		return worker_fault(e);
	for (size_t i = 0; i < COUNT(ours); i++)
		bad = bad || err_is(e, ours[i]);
	if (bad) {
		const struct err said = *e;

		err_set(e, ERR_ARTIFACT_WIRE, "it says %s: %s",
		    said.what->code, said.text);
	}
	return false;
}

bool
worker_failed(const struct message *m, struct err *e)
{
	return servant_failed(m, false, e);
}

/* Who starts a worker takes a closed channel for the worker's: not this one. */
bool
peer_failed(struct err *e)
{
	const struct err why = *e;

	return err_is(&why, ERR_CHANNEL_CLOSED) &&
	    err_set(e, ERR_PROCESS_DIED, "%s", why.text);
}

bool
worker_job(struct channel *worker, const struct job *job,
    const int fds[JOB_FDS], int64_t patience, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	job_write(job, &body);
	return worker_send(worker, WORKER_JOB, buf_span(&body), fds, patience,
	    e);
}

/* The answer of a job that asks nothing back. */
static bool
last_answer(const struct message *m, bool may_alarm, struct arena *a,
    struct job_result *out, struct err *e)
{
	if (m->type == WORKER_FAILED)
		return servant_failed(m, may_alarm, e);
	if (m->type != WORKER_DONE)
		return worker_malformed("answer", e);
	return result_read(buf_span(&m->body), a, out, e) || worker_fault(e);
}

static bool
wait_last(struct channel *worker, int64_t patience, bool may_alarm,
    struct arena *a, struct job_result *out, struct err *e)
{
	struct message m;

	if (!worker_hear(worker, patience, &m, e))
		return false;
	bool ok = last_answer(&m, may_alarm, a, out, e);
	message_done(&m);
	return ok;
}

/*
 * One that failed before it was told all has said why, and no longer listens.
 * When it ends with our message unread, the kernel tells of that first
 * (unix(7), ECONNRESET), and only then gives what it said.
 */
bool
seal_answer(struct channel *worker, int64_t patience, struct arena *a,
    struct job_result *out, struct err *e)
{
	return wait_last(worker, patience, true, a, out, e) ||
	    (err_is(e, ERR_CHANNEL_CLOSED) &&
	    wait_last(worker, patience, true, a, out, e));
}

bool
seal_question(struct channel *worker, const struct job *job,
    const int fds[JOB_FDS], int64_t patience, struct err *e)
{
	return worker_job(worker, job, fds, patience, e);
}

bool
seal_ask(struct channel *worker, const struct job *job,
    const int fds[JOB_FDS], int64_t patience, struct arena *a,
    struct job_result *out, struct err *e)
{
	return worker_job(worker, job, fds, patience, e) &&
	    wait_last(worker, patience, true, a, out, e);
}

bool
seal_foresee(struct channel *checker, const struct job *job,
    const int fds[JOB_FDS], int64_t patience, struct err *e)
{
	struct job early = *job;

	early.verb = JOB_CHECK;
	early.early = true;
	return worker_job(checker, &early, fds, patience, e);
}

bool
seal_account(struct channel *checker, const struct issued_item *items,
    size_t count, int64_t patience, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	issued_write(items, count, &body);
	return worker_send(checker, WORKER_ISSUED, buf_span(&body), NULL,
	    patience, e);
}

bool
seal_issued(struct channel *checker, const struct issued_item *items,
    size_t count, int64_t patience, struct arena *a, struct job_result *out,
    struct err *e)
{
	struct err deaf = { 0 };
	bool heard = seal_account(checker, items, count, patience, &deaf);

	return seal_answer(checker, patience, a, out, e) &&
	    (heard || worker_malformed("answer", e));
}

bool
seal_plan(struct channel *worker, const struct job *job,
    const int fds[JOB_FDS], int64_t patience, struct arena *a,
    struct span *tree, struct job_result *out, struct err *e)
{
	struct message m;

	if (!worker_job(worker, job, fds, patience, e) ||
	    !worker_hear(worker, patience, &m, e))
		return false;
	bool ok = m.type == WORKER_FAILED ? worker_failed(&m, e) :
	    m.type != WORKER_TREE ? worker_malformed("answer", e) :
	    arena_copy(a, buf_span(&m.body), tree) || err_budget(e, a);
	message_done(&m);
	return ok && wait_last(worker, patience, false, a, out, e);
}
