/*
 * snapshot: any bytes with the right SHA-256 behind them are refused, or are a
 * fold, a reckoning and engines that are written again as bytes of the same
 * meaning.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "ledger/snapshot.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
again(const struct snapshot *s)
{
	CLEANUP(buf_done) struct buf one = { 0 }, two = { 0 };
	CLEANUP(fold_done) struct fold *f = NULL;
	CLEANUP(reckoning_done) struct reckoning *k = NULL;

	fold_write(s->fold, &one);
	struct reader r = rd_open(buf_span(&one));
	if (!fold_read(&r, &f) || !rd_end(&r) ||
	    fold_size(f) != fold_size(s->fold))
		abort();
	reckoning_write(s->reckoning, &two);
	r = rd_open(buf_span(&two));
	if (!reckoning_read(&r, &k) || !rd_end(&r))
		abort();
}

static void
engines_again(struct span bytes)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct engines all;

	if (!engines_read(bytes, a, &all))
		return;
	engines_write(&all, &out);
	if (!span_eq(buf_span(&out), bytes))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct snapshot s;

	buf_put(&b, (struct span){ data, len });
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&b));
	buf_put(&b, digest_span(&d));
	if (!snapshot_read(buf_span(&b), &s))
		return 0;
	again(&s);
	engines_again(s.engines);
	snapshot_done(&s);
	return 0;
}
