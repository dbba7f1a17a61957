/* The verbs of Business Central apps on any bytes. */
#include <stdlib.h>

#include "formats/navx.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What was stripped has no signature, and differs in nothing else. */
static void
strip_twice(const struct subject *s, const struct navx *x)
{
	struct subject bare = *s;
	struct navx y;
	struct err e;
	bool changed;

	if (!navx_format.strip(s, &bare.file, &changed, &e) ||
	    changed != (x->der.len > 0) || bare.file.len != x->end ||
	    !navx_parse(&bare, &y, &e) || y.der.len != 0 ||
	    !navx_format.same(s, &bare, &e))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct subject s = { .arena = a };
	struct check_terms terms = { 0 };
	struct findings found = { 0 };
	struct span in = { bytes, len };
	struct navx x;
	struct err e;

	if (!rope_bytes(a, in, &s.file, &e) || !navx_parse(&s, &x, &e))
		return 0;
	if (navx_format.probe(in) != 100)
		abort();
	strip_twice(&s, &x);
	if (!navx_format.check(&s, &terms, &found, &e) ||
	    (found.count > 0) != (x.der.len > 0))
		abort();
	return 0;
}
