/*
 * process - one of our programs, in a role.
 *
 * A role is started by fork and exec of its program (program.h), so it begins
 * with a clean address space; its first argument is "@" and its name. It
 * inherits the descriptors that it is given, at numbers of the starter's
 * choice, and nothing else: standard input and output are /dev/null, standard
 * error is ours, the environment is a short list. It dies with the thread that
 * started it, and leads a process group of its own.
 */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

/* The channel to the starter is here; further descriptors follow. */
#define PROCESS_CHANNEL		3
#define PROCESS_FIRST_FD	4

/* Descriptor from of ours becomes descriptor to of the new process. */
struct inherit {
	int	from;
	int	to;
};

struct process_plan {
	const char		*role;		/* "worker" */
	const struct inherit	*inherit;
	size_t			 count;		/* of inherit, at most 16 */
	const char *const	*arguments;	/* NULL at the end, or NULL */
	/* Names of environment variables to hand on besides the short list. */
	const char *const	*keep;		/* NULL at the end, or NULL */
	int			 program;	/* of program_open; 0: opened
						 * and closed here */
};

struct process {
	pid_t		 pid;
	int		 pidfd;		/* readable when it has ended */
	const char	*role;
};

/*
 * process_start starts a role. The descriptors in plan->inherit stay open
 * here: close those that only the new process needs. plan->role must outlive
 * *out. Errors: PROCESS-START.
 */
bool		process_start(const struct process_plan *, struct process *out,
		    struct err *) MUST_USE;

/* How a process ended. */
struct process_end {
	int	code;		/* exit code, or -1: killed by a signal */
	int	signal;
};

/*
 * process_wait waits for the end of a process and forgets it (pid 0).
 * Errors: PROCESS-SLOW when it still runs at the deadline.
 */
bool		process_wait(struct process *, int64_t deadline,
		    struct process_end *out, struct err *) MUST_USE;

/* process_signal sends a signal to the process, if it still runs. */
void		process_signal(const struct process *, int number);

/* process_kill ends a process and its whole group at once, and reaps it. */
void		process_kill(struct process *);

/* process_end_text says it in words: "exit code 3", "killed by ...". */
struct shown	process_end_text(const struct process_end *);

/*
 * process_role gives the role that a program was started in ("worker"), or
 * NULL when a person started it. main() asks first of all.
 */
const char	*process_role(int argc, char *const *argv);

#endif
