/*
 * confine - the mechanisms behind sandbox.c: rows of roles, Landlock, seccomp.
 *
 * Private to sys/.
 */
#ifndef SYS_CONFINE_H
#define SYS_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/sandbox.h"

/* Groups of system calls (seccomp.c). */
enum call_group {
	CALLS_CORE	= 1,	/* memory, time, descriptors it was given */
	CALLS_FILES	= 2,	/* files; Landlock says which */
	CALLS_LOAD	= 4,	/* executable memory: dlopen, programs */
	CALLS_THREADS	= 8,
	CALLS_PROCESSES	= 16,	/* fork, exec, wait, kill */
	CALLS_NETWORK	= 32,	/* sockets of every kind */
	CALLS_UNIX	= 64,	/* sockets of this machine */
	CALLS_TCP	= 128,	/* outgoing connections; Landlock says where */
	CALLS_QUIET	= 256,	/* what libraries probe for: EACCES, no kill */
};

struct sandbox_row {
	const char	*name;
	unsigned	 calls;		/* enum call_group; 0: no filter */
	bool		 kills;		/* else EACCES */
	bool		 files;		/* Landlock: only the paths given */
	bool		 network;	/* Landlock leaves TCP alone */
	bool		 powerless;	/* gives up all capabilities */
	const char *const *programs;	/* may be read and run */
	const char *const *reads;	/* may be read at every start */
	/* Limits: 0 is none. */
	uint64_t	 memory;	/* bytes of address space */
	uint64_t	 file_size;	/* bytes */
	uint64_t	 cpu;		/* seconds */
	uint64_t	 descriptors;
	bool		 alone;		/* RLIMIT_NPROC 0 */
	bool		 silent;	/* standard error is /dev/null */
	bool		 helped;	/* by one more thread */
};

/* landlock_version is the ABI that the kernel has, 0 for none. */
int	landlock_version(void);

/*
 * landlock_prepare makes a rule set of a row and terms; landlock_enter puts it
 * in force. Between the two a process can change its user.
 */
bool	landlock_prepare(const struct sandbox_row *,
	    const struct sandbox_terms *, int *rules, struct err *) MUST_USE;
bool	landlock_enter(int rules, struct err *) MUST_USE;

/*
 * seccomp_enter puts the filter of some groups of calls in force: in the
 * calling thread, or in all threads that there are, or not at all.
 */
bool	seccomp_enter(unsigned groups, bool kills, bool every, struct err *)
	    MUST_USE;

/* seccomp_unknown_call gives a name in the tables that is none, or NULL. */
const char	*seccomp_unknown_call(void);

#endif
