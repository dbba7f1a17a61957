/*
 * http - small exchanges and large downloads over HTTP and HTTPS.
 *
 * TLS 1.2 at least, certificates always checked, no proxies from the
 * environment, no redirects, no cookies. An address that is not public is
 * refused after the name was resolved, unless the caller's rules say that this
 * host was declared. Every exchange has a bound in bytes and in time.
 *
 * With a proxy it is the proxy that resolves names: it must refuse those that
 * lead inside. What is plain to see (an address, "localhost") is refused here.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rope.h"

struct http_header {
	const char	*name;
	const char	*value;
};

struct http_rules {
	const char	*ca_file;	/* PEM; NULL: the system's roots */
	const char	*certificate;	/* PEM; shown to the host, or NULL */
	const char	*key;		/* PEM; its key */
	const char	*proxy;		/* URL; NULL: none */
	bool		 private_addresses;	/* declared: may be reached */
	uint32_t	 connect;	/* seconds; 0: LIMIT_HTTP_CONNECT */
	uint32_t	 total;		/* seconds; 0: no bound (downloads) */
	uint32_t	 stall;		/* seconds below 1 KiB/s; 0: 30 */
	uint32_t	 tries;		/* 0 and 1: once */
	uint32_t	 pause;		/* ms before the second try, doubling */
	const char	*accept;	/* Accept of a GET, or NULL */
	const struct http_header *headers;	/* more of them */
	size_t		 header_count;
	const char **doubt;		/* of a file: gets why the body may be
					 * none, for people, or ""; NULL:
					 * nobody asks */
	struct buf	*moved;		/* gets where a redirect leads, which
					 * is NET-REDIRECT; NULL: nobody asks */
	const char	*token;		/* or NULL */
	const char	*token_user;	/* whose password it is (Basic); NULL:
					 * it is a token by itself */
	const char	*token_header;	/* that it goes into; NULL:
					 * Authorization */
	const char	*token_scheme;	/* what stands before it there, with a
					 * space; NULL: "Bearer " */
	const char *const *token_hosts;	/* the only hosts it is sent to, and
					 * by https only, unless it is
					 * loopback without a proxy;
					 * "host:port" is that port only */
};

/*
 * http_token_check demands that the rules let their token, if there is one, go
 * to a URL. Errors: NET-URL, COURIER-CREDENTIAL-HOST.
 */
bool	http_token_check(const struct http_rules *, const char *url,
	    struct err *) MUST_USE;

/* Who takes the bytes of a reply. begin is called before each try. */
struct http_sink {
	bool	(*begin)(void *arg, struct err *);
	bool	(*take)(void *arg, struct span, struct err *);
	void	*arg;
};

/*
 * http_get hands the body of a 200 reply to the sink: at most limit bytes.
 * Errors: NET-URL, NET-UNREACHABLE, NET-TIMEOUT, NET-TLS, NET-STATUS,
 * NET-CUT, NET-LARGE, NET-TYPE (too large, and a web page), NET-REDIRECT,
 * NET-PRIVATE; those of the sink.
 */
bool	http_get(const struct http_rules *, const char *url, uint64_t limit,
	    const struct http_sink *, struct err *) MUST_USE;

/*
 * http_get_file writes the body to a descriptor, from its beginning. A try
 * that broke off is gone on with where the server names the file by a strong
 * ETag and it is still the same; the bytes are not to be trusted for that.
 */
bool	http_get_file(const struct http_rules *, const char *url,
	    uint64_t limit, int fd, struct err *) MUST_USE;

struct http_post {
	const char	*type;		/* Content-Type */
	const char	*accept;	/* Accept, or NULL */
	struct span	 body;
	const char	*answer_type;	/* Content-Type due, or NULL */
	long		*status;	/* gets it: any that is no redirect is
					 * an answer. NULL: only a good one */
	bool		 deaf;		/* with status: that is all of the
					 * answer, the body is passed over */
	uint32_t	*retry_after;	/* gets the seconds of Retry-After, or
					 * 0; NULL: nobody asks */
};

/* http_post sends a small body; the reply's is appended to out. */
bool	http_post(const struct http_rules *, const char *url,
	    const struct http_post *, uint64_t limit, struct buf *out,
	    struct err *) MUST_USE;

/* http_put uploads a rope; the reply must be 200, 201 or 204. */
bool	http_put(const struct http_rules *, const char *url,
	    const struct rope *, struct err *) MUST_USE;

#endif
