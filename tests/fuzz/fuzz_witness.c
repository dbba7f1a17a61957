/* witness_request_read: what is read can be written again. */
#include <stdlib.h>

#include "ledger/witness.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span in = { bytes, len };
	struct witness_request q;
	struct witness_found f;
	struct err e;

	if (witness_request_read(in, &q, &e)) {
		witness_request_write(&q, &b);
		if (!span_eq(in, buf_span(&b)))
			abort();
	}
	/* There is no log that could have signed anything. */
	if (witness_judge(a, NULL, 0, in, &f, &e) == WITNESS_GOOD)
		abort();
	return 0;
}
