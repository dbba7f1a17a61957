/*
 * url - addresses of artifacts, repositories and authorities, read strictly.
 *
 *	scheme "://" host [":" port] ["/" path] ["?" query]	(RFC 3986)
 *
 * What two programs could read differently is refused: user names, fragments,
 * "." and ".." segments, encoded '/', '.' and '\', empty segments, control
 * characters, a host with anything but letters, digits, '-', '.' (or an IPv6
 * address in brackets). So a prefix that the config declares means the same
 * here and at the server.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/text.h"

struct url {
	bool		secure;		/* https */
	char		host[256];	/* lower case; IPv6 without brackets */
	uint16_t	port;
	struct span	path;		/* with its first '/', or empty */
	struct span	query;		/* without '?' */
};

/*
 * url_shown is a URL for errors and logs, without its query: that may hold what
 * only its receiver should know (signed URLs, addresses of webhooks).
 */
struct shown	url_shown(struct span text);

/* url_parse borrows text. Errors: NET-URL. */
bool	url_parse(struct span text, struct url *, struct err *) MUST_USE;

/*
 * url_below tells whether a URL lies below a prefix: same scheme, host and
 * port, and its path is the prefix's or begins with all segments of it. A
 * prefix's query is not looked at.
 */
bool	url_below(const struct url *, const struct url *prefix);

/*
 * url_allowed demands that a URL lies below one of the prefixes (NULL at the
 * end). Errors: NET-URL, NET-URL-OUTSIDE.
 */
bool	url_allowed(const char *text, const char *const *prefixes,
	    struct err *) MUST_USE;

/*
 * url_at tells whether a URL is at a host as engine.yaml names them:
 * "git.example" is that host on any port, "git.example:8443" on that one.
 */
bool	url_at(const struct url *, struct span entry);

#endif
