/*
 * git_ssh - Git over SSH, by the system's own ssh (PROTOCOL of OpenSSH,
 * gitprotocol-pack).
 *
 * Nobody's settings count, no agent and no other key are asked, and the host
 * must show a key that is known already. libgit2's own transport would know
 * neither time-outs nor new signatures of RSA keys.
 */
#ifndef NET_GIT_SSH_H
#define NET_GIT_SSH_H

#include <stdbool.h>

#include "net/url.h"

struct git_smart_subtransport;
struct git_transport;

/* An address: ssh://[user@]host[:port]/path. */
struct ssh_url {
	struct url	at;		/* host, port (or 22) and path */
	char		user[64];	/* without one: "git" */
};

/*
 * ssh_url_parse refuses what ssh, a shell or another program could take for
 * something else: a user or host that begins with '-', a path with anything
 * but letters, digits, '.', '_', '~', '+', '-' and '/', or with empty, "." and
 * ".." segments. Errors: NET-URL.
 */
bool	ssh_url_parse(struct span text, struct ssh_url *, struct err *)
	    MUST_USE;

struct git_ssh {
	const char	*key;		/* file of the private key */
	const char	*known_hosts;	/* file of the host's keys */
	uint64_t	 limit;		/* bytes that the host may send */
	unsigned	 patience;	/* seconds without a byte; 0: 60 */
	unsigned	 total;		/* seconds in all */
	struct err	 failure;	/* why a stream failed */
};

/*
 * git_ssh_open is a git_smart_subtransport_cb; arg is a struct git_ssh. Errors
 * of its streams: NET-URL, NET-HOST-KEY, NET-SSH, NET-GIT, NET-TIMEOUT,
 * NET-LARGE, LIMIT-SIZE.
 */
int	git_ssh_open(struct git_smart_subtransport **,
	    struct git_transport *, void *arg);

#endif
