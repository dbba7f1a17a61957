/* cosign - what a witness answers; nobody here looks into it. */
#include "base/limits.h"
#include "courier/carry.h"

/* A status is an answer too: 409 says what the witness saw last. */
bool
carry_cosign(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf reply = { 0 };
	long status = 0;
	struct http_post post = { .type = "application/octet-stream",
		.status = &status };
	struct cosign_request q;
	struct http_rules rules;
	const char *url;

	if (!cosign_read(buf_span(&m->body), a, &q, e) ||
	    !wire_text(a, q.url, &url, e) ||
	    !courier_rules(c, url, (struct span){ NULL, 0 }, a, &rules, e))
		return false;
	rules.private_addresses = q.private_addresses;
	rules.total = LIMIT_HTTP_CONNECT;
	post.body = q.question;
	if (!http_post(&rules, url, &post, COSIGNED_LIMIT, &reply, e))
		return false;
	cosigned_write(&(struct cosigned){ (uint32_t)status,
	    buf_span(&reply) }, answer);
	return true;
}
