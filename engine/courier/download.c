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

/* What comes of it. */
struct answer {
	int			 fd;
	struct buf		 moved;		/* where we are sent on to */
	const char		*doubt;
};

static void
answer_done(struct answer *to)
{
	buf_done(&to->moved);
}

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
    const struct hop *h, struct arena *a, struct answer *to, struct err *e)
{
	struct http_rules rules;

	if (!courier_rules(c, h->url, h->credential, a, &rules, e))
		return false;
	rules.private_addresses = q->private_addresses;
	rules.total = LIMIT_DOWNLOAD_TIME;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	rules.moved = &to->moved;
	rules.doubt = &to->doubt;
	return http_get_file(&rules, h->url, q->limit, to->fd, e);
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
    struct arena *a, struct answer *to, struct err *e)
{
	struct hop h;

	if (!hop_first(q, a, &h, e))
		return false;
	for (int i = 0; i <= HOPS; i++) {
		to->moved.len = 0;
		if (hop_get(c, q, &h, a, to, e))
			return true;
		if (!err_is(e, ERR_NET_REDIRECT) || to->moved.len == 0 ||
		    i == HOPS)
			return false;
		if (!hop_next(&h, buf_span(&to->moved), a, e))
			return false;
	}
	return false;
}

bool
carry_download(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(answer_done) struct answer to = { .fd = m->fds[0],
	    .doubt = "" };
	struct download_request q;
	struct stat st;

	if (!download_read(buf_span(&m->body), a, &q, e) ||
	    !follow(c, &q, a, &to, e))
		return false;
	if (fstat(to.fd, &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ,
		    "cannot look at what was downloaded");
	downloaded_write(&(struct downloaded){ (uint64_t)st.st_size,
	    SPAN_TEXT(to.doubt) }, answer);
	return true;
}
