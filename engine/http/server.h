/*
 * http - a small HTTP/1.1 listener over libmicrohttpd: routes are a table.
 *
 * The server runs in the caller's thread, one request after the other. TLS is
 * somebody else's job (a reverse proxy in front of us): what we serve is
 * signed or public anyway.
 *
 * Includes: base, sys, crypto.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct http_request {
	const char	*method;
	const char	*path;
	const char	*content_type;	/* "" if the client says none */
	struct span	 body;
};

struct http_reply {
	unsigned	 status;
	const char	*content_type;
	struct buf	 body;		/* freed by the server */
};

struct http_route {
	const char	*method;	/* "GET" */
	const char	*path;		/* compared whole, without the query */
	size_t		 body_limit;	/* bytes; more is answered with 413 */

	/* handle fills in the reply, which begins as 200 and empty. */
	void		(*handle)(void *arg, const struct http_request *,
			    struct http_reply *);
};

struct http_server;

/*
 * http_listen opens a socket on "127.0.0.1:8460" or "[::1]:8460"; port 0 takes
 * any free one (http_port tells). Routes end with method NULL; they and arg
 * must outlive the server.
 */
bool	http_listen(const char *address, const struct http_route *, void *arg,
	    struct http_server **out, struct err *) MUST_USE;
uint16_t http_port(const struct http_server *);

/*
 * http_wait serves what has come in and waits at most milliseconds for more;
 * false when the poll itself failed. wake is a descriptor whose becoming
 * readable ends the wait, or -1.
 */
bool	http_wait(struct http_server *, int wake, uint64_t milliseconds,
	    struct err *) MUST_USE;

void	http_close(struct http_server *);
DEFINE_CLEANUP(struct http_server, http_done, http_close);

#endif
