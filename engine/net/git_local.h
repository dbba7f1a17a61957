/*
 * git_local - repositories on this machine, through git's own programs.
 *
 * "git upload-pack" and "git receive-pack" run as subprocesses and speak the
 * pack protocol over a socket, so hooks run and a ref moves only from the
 * value that was advertised.
 */
#ifndef NET_GIT_LOCAL_H
#define NET_GIT_LOCAL_H

#include <stdbool.h>

#include "base/err.h"

struct git_smart_subtransport;
struct git_transport;

struct git_local {
	/* The only folders below which repositories may lie; ends with NULL. */
	const char *const *folders;
	unsigned	 patience;	/* seconds without a byte; 0: 60 */
	struct err	 failure;	/* why a stream failed */
};

/*
 * git_local_allowed demands that a path ("/srv/git/a.git", "file:///...")
 * lies below one of the folders once links are resolved. Errors:
 * NET-PATH-OUTSIDE, NET-UNREACHABLE (no such path).
 */
bool	git_local_allowed(const char *url, const char *const *folders,
	    struct err *) MUST_USE;

/* git_local_open is a git_smart_subtransport_cb; arg is a struct git_local. */
int	git_local_open(struct git_smart_subtransport **,
	    struct git_transport *, void *arg);

#endif
