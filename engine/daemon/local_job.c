/* local_job - see local_job.h. */
#include "daemon/local_job.h"
#include "judge/seal.h"

/* A worker's processor time is limited, and ends before this. */
#define PATIENCE	(INT64_C(3600) * 1000)	/* ms for one answer */
#define ENDING		10000			/* ms after the answer */

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
local_job(const struct job *job, const int fds[JOB_FDS], struct arena *a,
    struct job_result *out, struct err *e)
{
	CLEANUP(local_done) struct local worker = LOCAL_NONE;

	if (!local_worker(job->verb, &worker, e))
		return false;
	if (!seal_ask(&worker.channel, job, fds, PATIENCE, a, out, e))
		return local_failed(&worker, e);
	return local_end(&worker, ENDING, e);
}
