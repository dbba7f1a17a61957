/* local_job - see local_job.h. */
#include <sys/stat.h>

#include "daemon/local_job.h"
#include "judge/seal.h"

#define ENDING	10000	/* ms after the answer */

bool
local_worker(enum job_verb verb, struct local *out, struct err *e)
{
	return local_start(&(struct local_terms){
		.role = verb == JOB_CHECK ? "checker" : "worker",
		.rows = worker_answers,
		.row_count = worker_answer_count,
	}, out, e);
}

bool
local_job_ask(struct local *worker, const struct job *job,
    const int fds[JOB_FDS], uint64_t size, struct err *e)
{
	return seal_question(&worker->channel, job, fds, job_wait(size), e) ||
	    local_failed(worker, e);
}

bool
local_job_hear(struct local *worker, uint64_t size, struct arena *a,
    struct job_result *out, struct err *e)
{
	return seal_answer(&worker->channel, job_wait(size), a, out, e) ||
	    local_failed(worker, e);
}

bool
local_job_end(struct local *worker, struct err *e)
{
	return local_end(worker, ENDING, e);
}

bool
local_job(const struct job *job, const int fds[JOB_FDS], struct arena *a,
    struct job_result *out, struct err *e)
{
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	struct stat st;

	if (fstat(fds[JOB_INPUT], &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "cannot look at the file");
	uint64_t size = (uint64_t)st.st_size;
	return local_worker(job->verb, &worker, e) &&
	    local_job_ask(&worker, job, fds, size, e) &&
	    local_job_hear(&worker, size, a, out, e) &&
	    local_job_end(&worker, e);
}
