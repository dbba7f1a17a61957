/*
 * artifact: the wire forms. A tree of elements that is read is written as the
 * same bytes; so is a resolved tree.
 */
#include <stdlib.h>

#include "artifact/element.h"
#include "artifact/resolved.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(struct span in, const struct buf *out)
{
	if (!span_eq(in, buf_span(out)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)4 << 20);
	CLEANUP(buf_done) struct buf elements = { 0 };
	CLEANUP(buf_done) struct buf nodes = { 0 };
	CLEANUP(json_done) struct json *v = NULL;
	struct span in = { bytes, len };
	struct element *x;
	struct resolved *n;
	struct err e;

	if (element_read(in, a, &x, &e)) {
		element_write(x, &elements);
		same(in, &elements);
	}
	if (resolved_read(in, NULL, a, &n, &e)) {
		resolved_write(n, NULL, &nodes);
		same(in, &nodes);
		v = resolved_json(n);
	}
	return 0;
}
