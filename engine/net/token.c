/* token - see token.h. */
#include <string.h>

#include "base/text.h"
#include "net/token.h"

static bool
host_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 ||
	    strcmp(host, "localhost") == 0;
}

/* token_fits: the engine's file names the host, and nobody can listen in. */
static bool
token_fits(const struct http_rules *r, const struct url *u)
{
	bool open = r->proxy != NULL || !host_loopback(u->host);

	if (r->token_hosts == NULL || (!u->secure && open))
		return false;
	for (const char *const *host = r->token_hosts; *host != NULL; host++)
		if (url_at(u, SPAN_TEXT(*host)))
			return true;
	return false;
}

bool
http_token_check(const struct http_rules *r, const char *url, struct err *e)
{
	struct url u;

	if (r->token == NULL)
		return true;
	if (!url_parse(SPAN_TEXT(url), &u, e))
		return false;
	return token_fits(r, &u) || err_set(e, ERR_COURIER_CREDENTIAL_HOST,
	    "the credential may not be sent to '%s'",
	    url_shown(SPAN_TEXT(url)).text);
}

/* RFC 6750, 2.1; RFC 7617. */
bool
token_value(const struct http_rules *r, const struct url *u,
    const char **header, struct buf *out)
{
	CLEANUP(buf_done) struct buf pair = { 0 };
	bool basic = r->token_user != NULL;

	if (r->token == NULL || !token_fits(r, u))
		return false;
	*header = basic || r->token_header == NULL ? "Authorization" :
	    r->token_header;
	if (!basic) {
		buf_text(out, r->token_scheme == NULL ? "Bearer " :
		    r->token_scheme);
		buf_text(out, r->token);
		return true;
	}
	buf_printf(&pair, "%s:%s", r->token_user, r->token);
	buf_text(out, "Basic ");
	text_base64(buf_span(&pair), out);
	return true;
}
