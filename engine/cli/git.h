/*
 * git - stock git, as the person at the keyboard uses it: with their keys,
 * credentials and settings. Its words go over as they are, never by a shell.
 */
#ifndef CLI_GIT_H
#define CLI_GIT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct git_call {
	const char		*folder;	/* NULL: the current one */
	const char *const	*words;		/* after "git"; NULL ends */
	int			 input;		/* descriptor, or -1: ours;
						 * with told, nothing */
	struct buf		*told;		/* gets its standard error,
						 * and its answer is dropped;
						 * NULL: people see both */
	int64_t			 deadline;	/* CLOCK_NEVER: none */
};

/*
 * git_run runs git and waits; *code is its exit code, or -1: a signal ended
 * it. With told it runs in a session of its own: it and what it starts can
 * ask nobody for a passphrase, and are stopped together at the deadline. What
 * it told may come from the other side: show it by git_told. Errors:
 * PROCESS-START, PROCESS-SLOW (it was stopped at the deadline).
 */
bool	git_run(const struct git_call *, int *code, struct err *) MUST_USE;

/* git_told is what git told, fit for one line of an error. */
void	git_told(struct span told, struct buf *out);

#endif
