/*
 * git_program - private to net/: Git's pack protocol with a program that runs
 * here, on a socket (git_local.h, git_ssh.h). What follows a listing goes on
 * in the same conversation.
 */
#ifndef NET_GIT_PROGRAM_H
#define NET_GIT_PROGRAM_H

#include <git2/sys/transport.h>
#include <sys/types.h>

#include "base/err.h"

struct git_program;

/* What differs from one kind of program to another. */
struct git_program_kind {
	const char	*name;		/* "git": in errors */

	/*
	 * start runs the service ("upload-pack", "receive-pack") of a URL, by
	 * git_program_run.
	 */
	bool		(*start)(struct git_program *, const char *service,
			    const char *url, struct err *);

	/* refuse says that it ended early, from its words on stderr. */
	bool		(*refuse)(struct span words, struct err *);
	unsigned	 grace;		/* seconds to end by itself; 0: as long
					 * as a byte may take */
};

struct git_program {
	git_smart_subtransport		 base;	/* first: libgit2 casts */
	git_smart_subtransport_stream	 stream;
	const struct git_program_kind	*kind;
	void				*settings;	/* of the kind */
	struct err			*failure;	/* of a stream */
	unsigned			 patience;	/* seconds for a byte */
	uint64_t			 limit;		/* of bytes; 0: none */
	uint64_t			 taken;
	uint64_t			 sent;
	int64_t				 deadline;	/* sys/clock.h */
	int				 fd;	/* -1: nothing runs */
	int				 words;	/* what it says on stderr */
	pid_t				 pid;
};

/* git_program_open makes a subtransport of *terms, with all but the ends. */
int	git_program_open(git_smart_subtransport **,
	    const struct git_program *terms);

/*
 * git_program_run starts a program (looked up in PATH), its standard input and
 * output on our socket. Errors: NET-GIT.
 */
bool	git_program_run(struct git_program *, char *const *arguments,
	    char *const *environment, struct err *) MUST_USE;

#endif
