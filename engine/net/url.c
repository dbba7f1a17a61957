/* url - see url.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "net/url.h"

static const struct {
	const char	*prefix;
	bool		 secure;
	uint16_t	 port;
} schemes[] = {
	{ "https://",	true,	443 },
	{ "http://",	false,	80 },
};

struct shown
url_shown(struct span text)
{
	size_t end = span_find(text, SPAN_TEXT("?"));

	text.len = end < text.len ? end : text.len;
	return text_show(text);
}

static bool
malformed(struct span text, const char *why, struct err *e)
{
	return err_set(e, ERR_NET_URL, "URL '%s' %s", url_shown(text).text,
	    why);
}

static bool
scheme_take(struct span *rest, struct url *u)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (span_starts(*rest, schemes[i].prefix)) {
			*rest = span_from(*rest, strlen(schemes[i].prefix));
			u->secure = schemes[i].secure;
			u->port = schemes[i].port;
			return true;
		}
	return false;
}

/* authority_take cuts off what ends at the first '/' or '?'. */
static struct span
authority_take(struct span *rest)
{
	struct span out = { rest->ptr, 0 };

	while (out.len < rest->len && rest->ptr[out.len] != '/' &&
	    rest->ptr[out.len] != '?')
		out.len++;
	*rest = span_from(*rest, out.len);
	return out;
}

/* host_cut splits "host:port" and "[address]:port". */
static bool
host_cut(struct span authority, struct span *host, struct span *port)
{
	bool bracket = span_starts(authority, "[");
	size_t end = span_find(authority, SPAN_TEXT(bracket ? "]" : ":"));

	*port = (struct span){ 0 };
	if (!bracket && end == SIZE_MAX) {
		*host = authority;
		return true;
	}
	if (end == SIZE_MAX || !span_cut(authority, bracket, end - bracket,
	    host))
		return false;
	struct span rest = span_from(authority, end + bracket);
	if (rest.len == 0)
		return bracket;
	*port = span_from(rest, 1);
	return span_starts(rest, ":") && port->len > 0;
}

static bool
host_set(struct span host, bool bracket, struct url *u)
{
	if (host.len == 0 || host.len >= sizeof(u->host))
		return false;
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.ptr[i];
		bool fits = bracket ? isxdigit(c) || c == ':' || c == '.' :
		    (c < 0x80 && isalnum(c)) || c == '-' || c == '.';

		if (!fits)
			return false;
		u->host[i] = (char)tolower(c);
	}
	u->host[host.len] = '\0';
	return !span_starts(host, ".") && !span_ends(host, ".") &&
	    !span_starts(host, "-");
}

static bool
port_set(struct span port, struct url *u)
{
	uint64_t value;

	if (port.len == 0)
		return true;
	if (!text_u64(port, &value) || value == 0 || value > UINT16_MAX)
		return false;
	u->port = (uint16_t)value;
	return true;
}

/* Characters that a path or query may hold as they are (RFC 3986, 3.3). */
static bool
character_fits(uint8_t c)
{
	return c > ' ' && c < 0x7f && strchr("\"#<>\\^`{|}", c) == NULL;
}

/* octet_fits: what an escape may stand for; not what cuts segments. */
static bool
octet_fits(uint8_t c)
{
	return c >= ' ' && c != 0x7f && c != '/' && c != '.' && c != '\\' &&
	    c != '%';
}

static bool
escapes_fit(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		struct span digits;
		char lower[2];
		uint8_t octet;

		if (!character_fits(s.ptr[i]))
			return false;
		if (s.ptr[i] != '%')
			continue;
		if (!span_cut(s, i + 1, 2, &digits))
			return false;
		for (size_t k = 0; k < 2; k++)
			lower[k] = (char)tolower(digits.ptr[k]);
		if (!text_unhex(SPAN(lower), &octet, 1) || !octet_fits(octet))
			return false;
	}
	return true;
}

/* path_fits: "" or "/" or "/a/b" or "/a/b/", no segment empty or dots. */
static bool
path_fits(struct span path)
{
	struct span rest = span_from(path, 1), segment;

	if (!escapes_fit(path))
		return false;
	while (span_split(&rest, '/', &segment))
		if (segment.len == 0 || span_is(segment, ".") ||
		    span_is(segment, ".."))
			return false;
	return true;
}

bool
url_parse(struct span text, struct url *out, struct err *e)
{
	struct url u = { .port = 0 };
	struct span rest = text, host, port;

	if (!scheme_take(&rest, &u))
		return malformed(text, "is neither https:// nor http://", e);
	struct span authority = authority_take(&rest);
	if (span_find(authority, SPAN_TEXT("@")) != SIZE_MAX)
		return malformed(text, "holds a user name", e);
	if (!host_cut(authority, &host, &port) ||
	    !host_set(host, span_starts(authority, "["), &u) ||
	    !port_set(port, &u))
		return malformed(text, "has no plain host and port", e);
	size_t mark = span_find(rest, SPAN_TEXT("?"));
	u.path = rest;
	if (mark != SIZE_MAX) {
		u.path.len = mark;
		u.query = span_from(rest, mark + 1);
	}
	if (!path_fits(u.path))
		return malformed(text, "has a path that can be read in two "
		    "ways", e);
	for (size_t i = 0; i < u.query.len; i++)
		if (!character_fits(u.query.ptr[i]))
			return malformed(text, "has an illegal query", e);
	*out = u;
	return true;
}

bool
url_below(const struct url *u, const struct url *prefix)
{
	struct span base = prefix->path, head;

	if (u->secure != prefix->secure || u->port != prefix->port ||
	    strcmp(u->host, prefix->host) != 0)
		return false;
	if (span_ends(base, "/"))
		base.len--;
	if (!span_cut(u->path, 0, base.len, &head) || !span_eq(head, base))
		return false;
	return u->path.len == base.len ||
	    span_starts(span_from(u->path, base.len), "/");
}

bool
url_allowed(const char *text, const char *const *prefixes, struct err *e)
{
	struct url u, prefix;

	if (!url_parse(SPAN_TEXT(text), &u, e))
		return false;
	for (; *prefixes != NULL; prefixes++) {
		if (!url_parse(SPAN_TEXT(*prefixes), &prefix, e))
			return false;
		if (url_below(&u, &prefix))
			return true;
	}
	return err_set(e, ERR_NET_URL_OUTSIDE, "URL '%s' lies below none of "
	    "the declared ones", url_shown(SPAN_TEXT(text)).text);
}

bool
url_at(const struct url *u, struct span entry)
{
	char plain[sizeof(u->host) + 3], exact[sizeof(plain) + 8];
	bool v6 = strchr(u->host, ':') != NULL;

	snprintf(plain, sizeof(plain), v6 ? "[%s]" : "%s", u->host);
	snprintf(exact, sizeof(exact), "%s:%u", plain, u->port);
	const char *const spellings[] = { plain, exact };
	for (size_t i = 0; i < COUNT(spellings); i++)
		if (entry.len == strlen(spellings[i]) && strncasecmp(
		    (const char *)entry.ptr, spellings[i], entry.len) == 0)
			return true;
	return false;
}
