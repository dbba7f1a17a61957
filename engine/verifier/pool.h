/*
 * pool - private to verifier/: pieces of work, several at once.
 *
 * Each is done by a process of its own, forked from this one, which says a few
 * bytes and ends. One that breaks off or takes too long is ended with all that
 * it started, and harms no other.
 */
#ifndef VERIFIER_POOL_H
#define VERIFIER_POOL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

#define POOL_JOBS	32		/* at once, at most */
#define POOL_SAID	PIPE_BUF	/* bytes that a job may say */

struct pool_job {
	pid_t		pid;		/* 0: this place is free */
	int		fd;		/* what it says comes from here */
	int64_t		deadline;
	uint32_t	number;		/* the caller's own */
};

/* Zero-initialise but for patience. */
struct pool {
	int64_t		patience;	/* ms that a job may take */
	struct pool_job	jobs[POOL_JOBS];
};

/* What became of a job. */
struct pool_outcome {
	uint32_t	number;
	bool		good;		/* it said something */
	struct buf	said;
	struct err	why;		/* GIT-VERIFIER, if it did not */
};

void	pool_outcome_done(struct pool_outcome *);

/* pool_place finds a free place. */
bool	pool_place(const struct pool *, size_t *place);

/*
 * pool_start has a job done at a free place: work appends what there is to say
 * to a buffer, at most POOL_SAID bytes and not none. It runs in a copy of this
 * process. Errors: GIT-VERIFIER.
 */
bool	pool_start(struct pool *, size_t place, uint32_t number,
	    void (*work)(void *arg, struct buf *), void *arg, struct err *)
	    MUST_USE;

/*
 * pool_wait waits until a descriptor can be read (fd -1: there is none) or a
 * job is over.
 */
bool	pool_wait(struct pool *, int fd, bool *readable, struct err *)
	    MUST_USE;

/*
 * pool_take gives what became of one job that is over, and frees its place;
 * false: none is. Call pool_outcome_done on it.
 */
bool	pool_take(struct pool *, struct pool_outcome *);

/* pool_done ends all jobs. */
void	pool_done(struct pool *);

#endif
