/*
 * What the signer reads: the first byte picks the reader, the rest is the
 * body. What is taken is written again to the same bytes.
 */
#include <stdlib.h>

#include "signer/intent.h"
#include "wire/signer.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(struct span in, struct buf *b)
{
	if (!span_eq(in, buf_span(b)))
		abort();
}

static void
list(struct span in, struct arena *a, struct buf *b)
{
	struct merkle_hash root, again;
	struct sign_item *items;
	struct err e;
	size_t count;

	if (!sign_list_read(in, a, &items, &count, &root, &e))
		return;
	if (!sign_list_write(items, count, b, &again, &e) ||
	    !merkle_eq(&root, &again))
		abort();
	same(in, b);
}

static void
open_body(struct span in, struct arena *a, struct buf *b)
{
	struct open_item *items;
	struct err e;
	size_t count;

	if (!open_read(in, a, &items, &count, &e))
		return;
	open_write(items, count, b);
	same(in, b);
}

static void
sign_body(struct span in, struct arena *a, struct buf *b)
{
	struct sign_request q;
	struct err e;

	(void)a;
	if (!sign_read(in, &q, &e))
		return;
	sign_write(&q, b);
	same(in, b);
}

static void
sign_local_body(struct span in, struct arena *a, struct buf *b)
{
	struct sign_local_request q;
	struct err e;

	(void)a;
	if (!sign_local_read(in, &q, &e))
		return;
	sign_local_write(&q, b);
	same(in, b);
}

static void
checkpoint_body(struct span in, struct arena *a, struct buf *b)
{
	struct checkpoint_request q;
	struct err e;

	(void)a;
	if (!checkpoint_request_read(in, &q, &e))
		return;
	checkpoint_request_write(&q, b);
	same(in, b);
}

static void
make_body(struct span in, struct arena *a, struct buf *b)
{
	struct key_make_request q;
	struct err e;

	(void)a;
	if (!key_make_read(in, &q, &e))
		return;
	key_make_write(&q, b);
	same(in, b);
}

static void
counts_body(struct span in, struct arena *a, struct buf *b)
{
	struct signer_counts c;
	struct err e;

	(void)a;
	if (!counts_read(in, &c, &e))
		return;
	counts_write(&c, b);
	same(in, b);
}

/* Errors are shortened on the way: no exact copy is due for these two. */
static void
answers(struct span in, struct arena *a, struct buf *b)
{
	struct key_record *records;
	struct signature_item *items;
	struct err e;
	size_t count;

	(void)b;
	(void)!key_records_read(in, a, &records, &count, &e);
	(void)!signed_read(in, a, &items, &count, &e);
}

static void
intent(struct span in, struct arena *a, struct buf *b)
{
	struct intent i;
	struct err e;

	(void)b;
	(void)!intent_parse(in, a, &i, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static void (*const readers[])(struct span, struct arena *,
	    struct buf *) = { list, open_body, sign_body, sign_local_body,
	    checkpoint_body, make_body, counts_body, answers, intent };
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span in = { bytes, len };

	if (len == 0)
		return 0;
	readers[bytes[0] % COUNT(readers)](span_from(in, 1), a, &b);
	return 0;
}
