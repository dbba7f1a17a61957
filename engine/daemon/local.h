/*
 * local - one process in a role, for the command line: start it, talk to it,
 * end it. The command line has no supervisor: it starts what it needs itself,
 * and parses nothing foreign.
 *
 *	CLEANUP(local_done) struct local worker = LOCAL_NONE;
 *
 *	if (!local_start(&(struct local_terms){ .role = "worker",
 *	    .rows = worker_answers, .row_count = worker_answer_count },
 *	    &worker, e))
 *		return false;
 *	if (!seal_ask(&worker.channel, ...))
 *		return local_failed(&worker, e);
 *
 * Includes: base, sys, wire.
 */
#ifndef DAEMON_LOCAL_H
#define DAEMON_LOCAL_H

#include "sys/channel.h"
#include "sys/process.h"

struct local_terms {
	const char		*role;		/* "worker": a row in main.c */
	const char *const	*arguments;	/* NULL at the end, or NULL */
	const char *const	*keep;		/* variables (sys/process.h) */
	const struct inherit	*inherit;	/* besides the channel, from */
	size_t			 inherit_count;	/* PROCESS_FIRST_FD on */
	const struct message_row *rows;		/* what it may answer */
	size_t			 row_count;
};

struct local {
	struct process	process;
	struct channel	channel;
};

#define LOCAL_NONE	{ .channel = { .fd = -1 } }

/* local_start starts a role; *out outlives nothing in the terms but rows. */
bool	local_start(const struct local_terms *, struct local *out,
	    struct err *) MUST_USE;

/*
 * local_failed is for an error that the channel gave: if the process is dead,
 * *e says how it died (worker_died). It gives false.
 */
bool	local_failed(struct local *, struct err *e);

/*
 * local_end closes the channel and waits until the process has ended: with
 * anything but exit code 0 it is as worker_died says, and after patience (ms)
 * PROCESS-SLOW. In the end it is gone.
 */
bool	local_end(struct local *, int64_t patience, struct err *) MUST_USE;

/* local_done kills it if it still runs. */
void	local_done(struct local *);

#endif
