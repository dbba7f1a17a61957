/*
 * download - an artifact into the descriptor of whoever wants it.
 *
 * A server may send us on, to addresses that the project declares for that.
 * Each hop is a request of its own: its host's rules, the guard against inner
 * addresses, and no token once scheme, host or port is another one.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/carry.h"
#include "net/url.h"

#define TRIES	3
#define PAUSE	500	/* ms before the second try, doubling */
#define HOPS	5

/* An address on the way, and what may be told to its host. */
struct hop {
	const char		*url;
	struct url		 at;
	struct span		 credential;
	const char *const	*allowed;	/* where it may lead */
};

static bool
same_host(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port &&
	    strcmp(a->host, b->host) == 0;
}

/* The query of an address that we were sent to may be a secret: not shown. */
static struct shown
hop_shown(const struct hop *h)
{
	return text_show((struct span){ (const uint8_t *)h->url,
	    strcspn(h->url, "?") });
}

static bool
hop_refuse(const struct hop *h, const struct url *to, const char *why,
    struct err *e)
{
	return err_set(e, ERR_NET_REDIRECT, "'%s' sends us on to '%s%.*s', %s",
	    hop_shown(h).text, to->host, (int)to->path.len,
	    (const char *)to->path.ptr, why);
}

static bool
hop_next(struct hop *h, struct span to, struct arena *a, struct err *e)
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
	if (!url_allowed(next.url, h->allowed, &unused))
		return hop_refuse(h, &next.at, "which nobody declared", e);
	if (!same_host(&next.at, &h->at))
		next.credential = (struct span){ NULL, 0 };
	*h = next;
	return true;
}

static bool
hop_get(const struct courier *c, const struct download_request *q,
    const struct hop *h, struct arena *a, struct buf *moved, int fd,
    struct err *e)
{
	struct http_rules rules;

	if (!courier_rules(c, h->url, h->credential, a, &rules, e))
		return false;
	rules.private_addresses = q->private_addresses;
	rules.total = LIMIT_DOWNLOAD_TIME;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	rules.moved = moved;
	return http_get_file(&rules, h->url, q->limit, fd, e);
}

/* hop_first: the address that was asked for, and where it may lead. */
static bool
hop_first(const struct download_request *q, struct arena *a, struct hop *out,
    struct err *e)
{
	const char *const *prefixes;

	out->credential = q->credential;
	return wire_text(a, q->url, &out->url, e) &&
	    wire_texts(a, q->prefixes, q->prefix_count, &prefixes, e) &&
	    wire_texts(a, q->redirects, q->redirect_count, &out->allowed,
	    e) && url_allowed(out->url, prefixes, e) &&
	    url_parse(SPAN_TEXT(out->url), &out->at, e);
}

static bool
follow(const struct courier *c, const struct download_request *q,
    struct arena *a, int fd, struct err *e)
{
	CLEANUP(buf_done) struct buf moved = { 0 };
	struct hop h;

	if (!hop_first(q, a, &h, e))
		return false;
	for (int i = 0; i <= HOPS; i++) {
		moved.len = 0;
		if (hop_get(c, q, &h, a, &moved, fd, e))
			return true;
		if (!err_is(e, ERR_NET_REDIRECT) || moved.len == 0 ||
		    q->redirect_count == 0 || i == HOPS)
			return false;
		if (!hop_next(&h, buf_span(&moved), a, e))
			return false;
	}
	return false;
}

bool
carry_download(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct download_request q;
	struct stat st;

	if (!download_read(buf_span(&m->body), a, &q, e) ||
	    !follow(c, &q, a, m->fds[0], e))
		return false;
	if (fstat(m->fds[0], &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ,
		    "cannot look at what was downloaded");
	downloaded_write((uint64_t)st.st_size, answer);
	return true;
}
