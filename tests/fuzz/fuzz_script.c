/*
 * The script formats' verbs on any text, whose first byte chooses the ending:
 * they refuse, or what is stripped and signed again is the same text.
 */
#include <stdlib.h>

#include "formats/script.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const names[] = { "a.ps1", "a.ps1xml", "a.mof", "a.js",
	"a.vbs", "a.wsf", "a.psc1" };

/* The text with a block that holds what the first one held. */
static bool
sign_again(const struct subject *s, const struct script *x, struct span der,
    struct subject *out, struct err *e)
{
	CLEANUP(buf_done) struct buf ascii = { 0 }, block = { 0 };
	struct rope parts[3];
	struct span bytes;

	script_put_block(x->style, der, &ascii);
	script_widen(x->encoding, buf_span(&ascii), &block);
	*out = *s;
	return arena_copy(s->arena, buf_span(&block), &bytes) &&
	    rope_slice(s->arena, &s->file, 0, x->end, &parts[0], e) &&
	    rope_bytes(s->arena, bytes, &parts[1], e) &&
	    rope_slice(s->arena, &s->file, x->rest, s->file.len - x->rest,
	    &parts[2], e) && rope_join(s->arena, parts, 3, &out->file, e);
}

/* Signed and bare, a text has one digest, or none. */
static void
same_digest(const struct subject *s, const struct script *x,
    const struct subject *t, const struct script *y)
{
	struct digest a, b;
	struct err e;
	bool one = script_digest(s, x, DIGEST_SHA256, &a, &e);

	if (script_digest(t, y, DIGEST_SHA256, &b, &e) != one ||
	    (one && !digest_eq(&a, &b)))
		abort();
}

static void
round_trip(const struct subject *s, const struct script *x)
{
	struct subject bare = *s, again;
	struct script y, z;
	struct err e;
	bool changed;

	if (!x->style->format->strip(s, &bare.file, &changed, &e) ||
	    changed != x->is_signed || !script_parse(&bare, &y, &e) ||
	    y.is_signed || y.end != x->end)
		abort();
	same_digest(s, x, &bare, &y);
	if (x->encoding == SCRIPT_UTF16BE || !script_place(&y, &e) ||
	    (x->encoding == SCRIPT_UTF16LE && bare.file.len % 2 != 0))
		return;
	if (!sign_again(&bare, &y, SPAN_TEXT("0\3\2\1\1"), &again, &e) ||
	    !script_parse(&again, &z, &e) || !z.is_signed ||
	    !span_is(z.der, "0\3\2\1\1") ||
	    !x->style->format->same(s, &again, &e))
		abort();
	same_digest(&bare, &y, &again, &z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct span in = { bytes, len };
	struct subject s = { .arena = a };
	struct check_terms terms = { 0 };
	struct findings found = { 0 };
	struct script x;
	struct err e;

	if (len == 0)
		return 0;
	s.name = span_text(names[bytes[0] % COUNT(names)]);
	if (!rope_bytes(a, span_from(in, 1), &s.file, &e) ||
	    !script_parse(&s, &x, &e))
		return 0;
	round_trip(&s, &x);
	if (!x.style->format->check(&s, &terms, &found, &e) ||
	    (found.count > 0) != x.is_signed)
		abort();
	return 0;
}
