/* stamp - see stamp.h. */
#include "base/limits.h"
#include "crypto/timestamp.h"
#include "judge/stamp.h"
#include "sys/clock.h"
#include "sys/random.h"

static struct timestamp_request
request_of(const struct stamp *s, struct span policy)
{
	return (struct timestamp_request){ .imprint = s->imprint,
	    .nonce = SPAN(s->nonce), .policy = policy, .certificates = true };
}

void
stamp_ask_for(struct span bytes, struct stamp *out)
{
	out->imprint = digest_of(DIGEST_SHA256, bytes);
	random_bytes(out->nonce, sizeof(out->nonce));
	/* Positive and full. */
	out->nonce[0] = (uint8_t)((out->nonce[0] & 0x7f) | 0x40);
}

void
stamp_question(const struct stamp *s, struct span policy, struct buf *out)
{
	const struct timestamp_request q = request_of(s, policy);

	timestamp_request_write(&q, out);
}

bool
stamp_judge(const struct stamp *s, struct span policy, struct span reply,
    struct span pem, struct arena *a, struct span *token, struct err *e)
{
	CLEANUP(trust_done) struct trust *roots = trust_new();
	const struct timestamp_request q = request_of(s, policy);
	const struct timestamp_terms terms = { .roots = roots, .request = &q,
	    .now = clock_now(), .skew = TIMESTAMP_SKEW };
	struct timestamp said;

	return trust_add(roots, pem, e) &&
	    timestamp_reply_check(reply, &terms, a, token, &said, e) &&
	    (arena_copy(a, *token, token) || err_budget(e, a));
}
