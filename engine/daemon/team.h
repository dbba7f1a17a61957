/*
 * team - the supervisor: starts the processes, connects them, starts one again
 * that died, and stops them all.
 *
 * What there is to start is a table of the caller's: members, who talks to
 * whom, and servants that a member may ask for. The supervisor itself decides
 * nothing and reads nothing from the outside; what a member sends it are two
 * small requests (wire/team.h). A member that dies is started again, later
 * each time; its peers get a new channel to it. A servant (worker, checker,
 * verifier) is never started again: it ends with its job, and with the member
 * that it serves. A member may be there for one piece of work only (once).
 *
 * Includes: base, sys, wire.
 */
#ifndef DAEMON_TEAM_H
#define DAEMON_TEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"

#define TEAM_MEMBERS	8	/* rows at most */
#define TEAM_SERVANTS	64	/* at work, or ended and not yet asked about */

struct team_member {
	const char		*role;
	int			 program;	/* as in sys/process.h */
	const char *const	*arguments;	/* NULL at the end, or NULL */
	const char *const	*keep;		/* variables (sys/process.h) */
	const char *const	*servants;	/* roles that it may ask for */
	struct span		 settings;	/* its part of engine.yaml */
	bool			 leads;		/* the team ends with it */
	bool			 once;		/* and never starts it again */
};

/* These two have a channel to each other. */
struct team_link {
	const char	*one;
	const char	*other;
};

struct team_servant {
	const char		*role;
	int			 program;	/* as in sys/process.h */
	const char *const	*arguments;
	const char *const	*keep;
	struct span		 settings;	/* a file at PROCESS_FIRST_FD;
						 * ptr NULL: none */
};

struct team_plan {
	const struct team_member *members;	/* started in this order, */
	size_t			 member_count;	/* stopped in the other */
	const struct team_link	*links;
	size_t			 link_count;
	const struct team_servant *servants;
	size_t			 servant_count;
	int64_t			 patience;	/* ms for a member to stop */
	int64_t			 pause;		/* ms before the second start */
	const struct log	*log;
};

/*
 * team_run starts all and works until SIGTERM or SIGINT comes (then *code is
 * 0), or a member that leads ends with 0 or TEAM_STAY_DOWN (then its code). A
 * member that is stopped and does not end in time is killed.
 *
 * With a member that runs once, the team ends with it however it ends, and
 * *code is its exit code; 5 (the system's fault) if a signal came first, it was
 * killed, it could not be started, or a member that it may wait for stays down.
 */
bool	team_run(const struct team_plan *, int *code, struct err *) MUST_USE;

/* A role's own main: argv[0] is "tagseal", argv[1] "@role". */
struct role_main {
	const char	*role;
	int		(*run)(int argc, char **argv);
};

/*
 * team_role runs the role that this program was started in, if it was, and
 * gives true; *code is what main returns. An unknown role gives 2.
 */
bool	team_role(const struct role_main *, size_t count, int argc,
	    char **argv, int *code);

#endif
