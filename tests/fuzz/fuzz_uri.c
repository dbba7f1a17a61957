/* key_uri_parse: what it takes is written, and read again alike. */
#include <stdlib.h>

#include "keys/uri.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 }, again = { 0 };
	struct key_uri u;
	struct err e;

	if (!key_uri_parse(a, (struct span){ bytes, len }, KEY_URI_LOCAL, &u,
	    &e))
		return 0;
	key_uri_write(&u, &b);
	if (!key_uri_parse(a, buf_span(&b), KEY_URI_LOCAL, &u, &e))
		abort();
	key_uri_write(&u, &again);
	if (!span_eq(buf_span(&b), buf_span(&again)))
		abort();
	return 0;
}
