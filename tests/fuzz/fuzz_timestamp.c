/* Requests and replies: a request that is taken is written alike. */
#include <stdlib.h>

#include "crypto/timestamp.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct timestamp_request q = { .certificates = true }, again;
	struct timestamp_terms terms = { .request = &q };
	struct span in = { bytes, len }, token;
	struct timestamp out;
	struct err e;

	if (timestamp_request_parse(in, &q, &e)) {
		timestamp_request_write(&q, &b);
		if (!timestamp_request_parse(buf_span(&b), &again, &e) ||
		    !span_eq(q.nonce, again.nonce))
			abort();
		return 0;
	}
	(void)!timestamp_reply_check(in, &terms, a, &token, &out, &e);
	(void)!timestamp_check(in, in, &terms, a, &out, &e);
	terms.old = true;
	(void)!timestamp_check(in, in, &terms, a, &out, &e);
	return 0;
}
