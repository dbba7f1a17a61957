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
local_job(const struct job *job, const int fds[JOB_FDS], struct arena *a,
    struct job_result *out, struct err *e)
{
	CLEANUP(local_done) struct local worker = LOCAL_NONE;
	struct stat st;

	if (fstat(fds[JOB_INPUT], &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "cannot look at the file");
	if (!local_worker(job->verb, &worker, e))
		return false;
	if (!seal_ask(&worker.channel, job, fds,
	    job_wait((uint64_t)st.st_size), a, out, e))
		return local_failed(&worker, e);
	return local_end(&worker, ENDING, e);
}
