/* hop - see hop.h. */
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/hop.h"

#define TRIES	3
#define PAUSE	500	/* ms before the second try, doubling */
#define HOPS	5

bool
hop_same(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port &&
	    strcmp(a->host, b->host) == 0;
}

/* The query of an address that we were sent to may be a secret: not shown. */
static struct shown
hop_shown(const struct hop *h)
{
	return url_shown(SPAN_TEXT(h->url));
}

static bool
hop_refuse(const struct hop *h, const struct url *to, const char *why,
    struct err *e)
{
	return err_set(e, ERR_NET_REDIRECT, "'%s' sends us on to '%s%.*s', %s",
	    hop_shown(h).text, to->host, (int)to->path.len,
	    (const char *)to->path.ptr, why);
}

/* What was for one host stays behind when we leave it. */
static void
hop_leave(struct hop *h, const struct journey *j)
{
	h->credential = (struct span){ NULL, 0 };
	h->headers = NULL;
	h->header_count = 0;
	h->private_addresses = j->private_addresses;
}

static bool
hop_next(struct hop *h, const struct journey *j, struct span to,
    struct arena *a, struct err *e)
{
	struct hop next = *h;
	struct err unused;

	if (!wire_text(a, to, &next.url, e))
		return false;
	if (!url_parse(SPAN_TEXT(next.url), &next.at, &unused))
		return err_set(e, ERR_NET_REDIRECT, "'%s' sends us on to what "
		    "is no plain address", hop_shown(h).text);
	if (h->at.secure && !next.at.secure)
		return hop_refuse(h, &next.at, "away from https", e);
	if (!url_allowed(next.url, j->allowed, &unused))
		return hop_refuse(h, &next.at, "which nobody declared", e);
	if (!hop_same(&next.at, &h->at))
		hop_leave(&next, j);
	*h = next;
	return true;
}

static bool
hop_get(const struct courier *c, const struct journey *j, const struct hop *h,
    struct arena *a, struct buf *moved, const char **doubt, struct err *e)
{
	struct http_rules rules;

	if (!courier_rules(c, h->url, h->credential, a, &rules, e))
		return false;
	if (rules.token_user == NULL)
		rules.token_user = h->user;
	rules.private_addresses = h->private_addresses;
	rules.total = LIMIT_DOWNLOAD_TIME;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	rules.headers = h->headers;
	rules.header_count = h->header_count;
	rules.moved = moved;
	rules.doubt = doubt;
	return http_get_file(&rules, h->url, j->limit, j->fd, e);
}

static bool
hops_take(const struct courier *c, const struct journey *j, struct hop h,
    struct arena *a, const char **doubt, struct err *e)
{
	CLEANUP(buf_done) struct buf moved = { 0 };

	for (int i = 0; i <= HOPS; i++) {
		moved.len = 0;
		if (hop_get(c, j, &h, a, &moved, doubt, e))
			return true;
		if (!err_is(e, ERR_NET_REDIRECT) || moved.len == 0 ||
		    i == HOPS)
			return false;
		if (!hop_next(&h, j, buf_span(&moved), a, e))
			return false;
	}
	return false;
}

bool
hop_follow(const struct courier *c, const struct journey *j,
    const struct hop *first, struct arena *a, struct buf *answer,
    struct err *e)
{
	const char *doubt = "";
	struct stat st;

	if (!hops_take(c, j, *first, a, &doubt, e))
		return false;
	if (fstat(j->fd, &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ,
		    "cannot look at what was downloaded");
	downloaded_write(&(struct downloaded){ (uint64_t)st.st_size,
	    SPAN_TEXT(doubt) }, answer);
	return true;
}
