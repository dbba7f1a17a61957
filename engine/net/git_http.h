/*
 * git_http - Git's smart HTTP protocol on libcurl (gitprotocol-http).
 *
 * What is sent is collected, what comes back goes to a file in memory or in a
 * folder, and libgit2 reads from there: so each exchange has the bounds of
 * net/http.h and nothing of libgit2 waits on a socket.
 */
#ifndef NET_GIT_HTTP_H
#define NET_GIT_HTTP_H

#include "net/http.h"

struct git_smart_subtransport;
struct git_transport;

struct git_http {
	struct http_rules rules;
	uint64_t	 limit;		/* bytes of one reply */
	const char	*folder;	/* for large replies; NULL: memory */
	struct err	 failure;	/* why a stream failed */
};

/* git_http_open is a git_smart_subtransport_cb; arg is a struct git_http. */
int	git_http_open(struct git_smart_subtransport **,
	    struct git_transport *, void *arg);

#endif
