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

#endif
