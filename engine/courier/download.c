/* download - an artifact into the descriptor of whoever wants it. */
#include "courier/carry.h"
#include "courier/hop.h"

/* The address that was asked for, and where it may lead. */
static bool
begin(const struct download_request *q, struct arena *a, struct hop *first,
    struct journey *j, struct err *e)
{
	const char *const *prefixes;

	first->credential = q->credential;
	first->private_addresses = q->private_addresses;
	return wire_text(a, q->url, &first->url, e) &&
	    wire_texts(a, q->prefixes, q->prefix_count, &prefixes, e) &&
	    wire_texts(a, q->redirects, q->redirect_count, &j->allowed, e) &&
	    url_allowed(first->url, prefixes, e) &&
	    url_parse(SPAN_TEXT(first->url), &first->at, e);
}

bool
carry_download(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct journey j = { .fd = m->fds[0] };
	struct hop first = { .url = NULL };
	struct download_request q;

	if (!download_read(buf_span(&m->body), a, &q, e))
		return false;
	j.limit = q.limit;
	j.private_addresses = q.private_addresses;
	return begin(&q, a, &first, &j, e) &&
	    hop_follow(c, &j, &first, a, answer, e);
}
