/* The PE format's verbs on any bytes: they refuse, or what they give holds. */
#include <stdlib.h>

#include "base/limits.h"
#include "formats/pe.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What was stripped once has nothing more to strip, and differs no further. */
static void
strip_twice(struct subject *s)
{
	struct subject again = *s;
	struct rope out;
	bool changed;
	struct err e;

	if (!pe_format.strip(s, &again.file, &changed, &e))
		return;
	if (!pe_format.same(s, &again, &e) ||
	    !pe_format.strip(&again, &out, &changed, &e) || changed)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	CLEANUP(buf_done) struct buf pages = { 0 };
	struct subject s = { .arena = a };
	struct check_terms terms = { 0 };
	struct findings found = { 0 };
	struct facts facts = { 0 };
	struct pe pe;
	struct err e;

	if (!rope_bytes(a, (struct span){ bytes, len }, &s.file, &e) ||
	    !pe_parse(&s, &pe, &e))
		return 0;
	strip_twice(&s);
	if (pe_page_hashes(&s, &pe, DIGEST_SHA256, &pages, &e) &&
	    pages.len % 36 != 0)
		abort();
	if (!pe_format.facts(&s, &facts, &e) ||
	    !pe_format.check(&s, &terms, &found, &e))
		abort();
	return 0;
}
