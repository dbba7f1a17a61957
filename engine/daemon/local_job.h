/*
 * local_job - one job of a worker or checker for the command line.
 *
 * Includes: base, sys, wire, judge.
 */
#ifndef DAEMON_LOCAL_JOB_H
#define DAEMON_LOCAL_JOB_H

#include "base/arena.h"
#include "daemon/local.h"
#include "wire/worker.h"

/* local_worker starts the process that does jobs of this verb. */
bool	local_worker(enum job_verb, struct local *out, struct err *) MUST_USE;

/*
 * local_job has a job done that asks nothing back (all but JOB_SIGN, JOB_STAMP
 * and JOB_PLAN) by a process of its own, which is gone afterwards. What is in
 * *out lies in the arena. Errors: what the worker says, WORKER-DIED,
 * WORKER-LOST, ARTIFACT-WIRE.
 */
bool	local_job(const struct job *, const int fds[JOB_FDS], struct arena *,
	    struct job_result *out, struct err *) MUST_USE;

/*
 * The same in steps, of a process that local_worker started: it loads while
 * others are at work. size is that of the input, which sets how long it may
 * take. local_job_end waits until it is gone.
 */
bool	local_job_ask(struct local *, const struct job *,
	    const int fds[JOB_FDS], uint64_t size, struct err *) MUST_USE;
bool	local_job_hear(struct local *, uint64_t size, struct arena *,
	    struct job_result *out, struct err *) MUST_USE;
bool	local_job_end(struct local *, struct err *) MUST_USE;

#endif
