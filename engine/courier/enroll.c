/* enroll - what an EST server answers; nobody here looks into it. */
#include "base/limits.h"
#include "courier/carry.h"

/* RFC 7030 4.2: base64 both ways; a status is an answer too. */
bool
carry_enroll(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf reply = { 0 };
	uint32_t wait = 0;
	long status = 0;
	struct http_header coded = { "Content-Transfer-Encoding", "base64" };
	struct http_post post = { .type = "application/pkcs10",
		.status = &status, .retry_after = &wait };
	struct enroll_request q;
	struct http_rules rules;
	const char *url;

	if (!enroll_read(buf_span(&m->body), a, &q, e) ||
	    !wire_text(a, q.url, &url, e) ||
	    !courier_rules(c, url, q.credential, a, &rules, e))
		return false;
	rules.private_addresses = q.private_addresses;
	rules.total = LIMIT_HTTP_TOTAL;
	rules.headers = &coded;
	rules.header_count = 1;
	post.body = q.question;
	if (!http_post(&rules, url, &post, LIMIT_BAG, &reply, e))
		return false;
	enrolled_write(&(struct enrolled){ (uint32_t)status, wait,
	    buf_span(&reply) }, answer);
	return true;
}
