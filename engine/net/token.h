/*
 * token - private to net/: to whom a token may be sent, and how.
 */
#ifndef NET_TOKEN_H
#define NET_TOKEN_H

#include "net/http.h"
#include "net/url.h"

/*
 * token_value gives the name and appends the value of the header that carries
 * the token; false: there is no token, or it is not for this address.
 */
bool	token_value(const struct http_rules *, const struct url *,
	    const char **header, struct buf *out);

#endif
