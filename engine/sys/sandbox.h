/*
 * sandbox - what each process may do, as one table.
 *
 * A role narrows itself before it reads its first foreign byte: Landlock for
 * paths and TCP, seccomp for system calls, resource limits, a user of its own
 * when started as root; not dumpable, no new privileges. What a library reads
 * lazily (OpenSSL's settings, time zones) must be loaded before.
 *
 * A role that parses hostile bytes is killed when it asks for what it may not
 * have; in the others the call fails with EACCES.
 */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"

enum sandbox_role {
	SANDBOX_SUPERVISOR,
	SANDBOX_COURIER,
	SANDBOX_JUDGE,
	SANDBOX_VERIFIER,
	SANDBOX_WORKER,
	SANDBOX_CHECKER,
	SANDBOX_SIGNER,
	SANDBOX_COMMAND,
	SANDBOX_ROLES
};

/* What this start adds to the role's row. Zero means: as the row says. */
struct sandbox_terms {
	const char *const *read;	/* files and folders, NULL at the end */
	const char *const *write;	/* the same, may be changed too */
	const uint16_t	*connect;	/* TCP ports, 0 at the end */
	bool		 unix_sockets;	/* may connect to them (pcscd) */
	const char	*user;		/* NULL: stay who we are */
	bool		 where_possible; /* go on where the kernel lacks it */
	uint64_t	 memory;	/* bytes of address space */
	uint64_t	 file_size;	/* bytes of one file written */
	uint64_t	 cpu;		/* seconds of processor time */
};

/* What is in force. */
struct sandbox_report {
	enum sandbox_role role;
	int		 landlock;	/* ABI version, 0: not in force */
	bool		 seccomp;
	bool		 kills;		/* a forbidden call is the end */
	char		 user[64];
	uint64_t	 memory;	/* bytes, 0: not limited */
	uint64_t	 file_size;
	uint64_t	 cpu;		/* seconds, 0: not limited */
};

/* sandbox_name gives a role's name ("worker"). */
const char	*sandbox_name(enum sandbox_role);

/* sandbox_find looks a role's name up. */
bool		 sandbox_find(const char *name, enum sandbox_role *out)
		    MUST_USE;

/*
 * sandbox_arguments reads what a worker, checker or verifier is told besides
 * its role, and puts it into the terms (the user borrows from argv):
 *
 *	@worker [required|where-possible [USER]]
 *
 * Errors: PROCESS-PROTOCOL.
 */
bool		 sandbox_arguments(int argc, char *const *argv,
		    struct sandbox_terms *, struct err *) MUST_USE;

/*
 * sandbox_enter narrows this process to a role, for good. Call it with one
 * thread running. Paths that do not exist are passed over.
 * Errors: SANDBOX-UNSUPPORTED (and not where_possible), SANDBOX-USER,
 * SANDBOX-FAILED.
 */
bool		 sandbox_enter(enum sandbox_role, const struct sandbox_terms *,
		    struct sandbox_report *, struct err *) MUST_USE;

/*
 * sandbox_lower lowers two limits further, for one piece of work: seconds of
 * processor time since the process began, bytes of one file. One that is lower
 * already stays. Errors: SANDBOX-FAILED.
 */
bool		 sandbox_lower(uint64_t cpu, uint64_t file_size, struct err *)
		    MUST_USE;

/* sandbox_log writes the report as one line ("process.sandboxed"). */
void		 sandbox_log(const struct log *, const struct sandbox_report *);

/*
 * sandbox_describe tells what is in force in this process: process (the role),
 * build (build.h), landlock (0: none), seccomp ("kills", "refuses" or "none").
 * The caller frees it.
 */
struct json	*sandbox_describe(const struct sandbox_report *);

#endif
