/* query - what an OCSP responder answers; nobody here looks into it. */
#include "base/limits.h"
#include "courier/carry.h"

#define TRIES	3
#define PAUSE	500	/* ms before the second try, doubling */

/* RFC 6960 A.1. */
bool
carry_query(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct http_post post = {
		.type = "application/ocsp-request",
		.accept = "application/ocsp-response",
		.answer_type = "application/ocsp-response",
	};
	struct query_request q;
	struct http_rules rules;
	const char *url;

	if (!query_read(buf_span(&m->body), a, &q, e) ||
	    !wire_text(a, q.url, &url, e) ||
	    !courier_rules(c, url, (struct span){ NULL, 0 }, a, &rules, e))
		return false;
	rules.private_addresses = q.private_addresses;
	rules.total = LIMIT_HTTP_TOTAL;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	post.body = q.question;
	return http_post(&rules, url, &post, LIMIT_OCSP_RESPONSE, answer, e);
}
