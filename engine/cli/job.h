/*
 * job - what the commands share that have an artifact looked at: the command
 * line opens files and never parses them; a worker does.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "base/json.h"
#include "daemon/local.h"
#include "wire/worker.h"

struct cli_job {
	struct arena	*arena;
	int		 fds[JOB_FDS];	/* output and scratch have no name */
	uint64_t	 size;		/* bytes of the input */
	struct job	 job;		/* limits and time are set */
	struct local	 worker;	/* who does it, if it was started */
};

#define CLI_JOB_NONE	{ .fds = { -1, -1, -1 }, .worker = LOCAL_NONE }

/*
 * cli_job_open opens an artifact for a job. Errors: FILE-MISSING, FILE-ACCESS,
 * FILE-KIND, LIMIT-SIZE. cli_job_done closes all.
 */
bool	cli_job_open(const char *path, enum job_verb, struct cli_job *out,
	    struct err *) MUST_USE;
void	cli_job_done(struct cli_job *);

/* cli_job_scratch makes one more scratch file, for another process. */
bool	cli_job_scratch(int *fd, struct err *) MUST_USE;

/*
 * cli_job_output makes an output for a job that writes one: where it will
 * stay, if that can be. cli_job_place gives it its name when nobody can write
 * to it any more.
 */
bool	cli_job_output(struct cli_job *, const char *path, struct err *)
	    MUST_USE;
bool	cli_job_place(const struct cli_job *, const struct job_result *,
	    const char *path, struct err *) MUST_USE;

/*
 * cli_job_run has a job done that asks nothing back; *answer is the worker's
 * JSON (json_done it). In steps, for whoever has other things to do meanwhile:
 * cli_job_start starts its worker (there is none yet), cli_job_ask tells it
 * what to do, cli_job_hear waits for the answer and the worker's end.
 */
bool	cli_job_start(struct cli_job *, struct err *) MUST_USE;
bool	cli_job_ask(struct cli_job *, struct err *) MUST_USE;
bool	cli_job_hear(struct cli_job *, struct job_result *,
	    struct json **answer, struct err *) MUST_USE;
bool	cli_job_run(struct cli_job *, struct job_result *, struct json **answer,
	    struct err *) MUST_USE;

/* cli_roots reads certificates, PEM or DER, from the file of an option. */
bool	cli_roots(struct arena *, const char *path, struct span **out,
	    size_t *count, struct err *) MUST_USE;

#define CLI_TITLE	12	/* columns of a title */

/* cli_show prints a text of strangers: nothing in it moves the cursor. */
void	cli_show(struct span);

/* cli_member is cli_show of a member with a title before it, if it is there. */
void	cli_member(const struct json *, const char *member, const char *title,
	    int indent);

#endif
