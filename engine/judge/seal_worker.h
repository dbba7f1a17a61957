/*
 * seal_worker - one end of a worker's channel: what is said on it, and what
 * goes wrong on it.
 *
 * Includes: base, sys, wire.
 */
#ifndef JUDGE_SEAL_WORKER_H
#define JUDGE_SEAL_WORKER_H

#include "sys/channel.h"
#include "wire/worker.h"

/*
 * worker_fault makes of an error of the channel one of the job, if it is the
 * worker's doing. It gives false, as do those below.
 */
bool	worker_fault(struct err *);

/* worker_malformed: a message is not as its table says. */
bool	worker_malformed(const char *message, struct err *);

/* worker_failed is what a worker says in FAILED; peer_says, anybody else. */
bool	worker_failed(const struct message *, struct err *);
bool	peer_says(const struct message *, struct err *);

/* peer_failed: a channel that is closed is not always a worker's. */
bool	peer_failed(struct err *);

/* worker_send sends a message (fds: JOB_FDS of them, or NULL). */
bool	worker_send(struct channel *, enum worker_message, struct span body,
	    const int *fds, int64_t patience, struct err *) MUST_USE;

/* worker_job sends JOB. */
bool	worker_job(struct channel *, const struct job *,
	    const int fds[JOB_FDS], int64_t patience, struct err *) MUST_USE;

/* worker_hear waits so many ms for a message (message_done it). */
bool	worker_hear(struct channel *, int64_t patience, struct message *out,
	    struct err *) MUST_USE;

#endif
