/*
 * The cabinet format's verbs on any bytes: they refuse, or what is stripped
 * and has its place again is the same cabinet, with the same digest.
 */
#include <stdlib.h>

#include "formats/cab.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

/* The cabinet with a signature that is none, in its place. */
static void
sign_again(const struct subject *s, const struct cabinet *c,
    struct subject *out)
{
	CLEANUP(buf_done) struct buf head = { 0 };
	struct err e;

	*out = *s;
	cabinet_head(c, cabinet_room(c), 5, &head);
	need(cabinet_join(s, c, &head, SPAN_TEXT("0\3\2\1\1"), &out->file,
	    &e));
}

static void
same_digest(const struct subject *s, const struct cabinet *c,
    const struct subject *t, const struct cabinet *d)
{
	struct digest a, b;
	struct err e;

	need(cabinet_digest(s, c, DIGEST_SHA256, &a, &e) &&
	    cabinet_digest(t, d, DIGEST_SHA256, &b, &e) && digest_eq(&a, &b));
}

static void
round_trip(const struct subject *s, const struct cabinet *c)
{
	struct subject bare = *s, again, twice = *s;
	struct cabinet d, f;
	struct err e;
	bool changed;

	need(cab_format.strip(s, &bare.file, &changed, &e) &&
	    changed == (c->signature.len > 0) &&
	    cabinet_parse(&bare, &d, &e) && d.signature.len == 0 &&
	    cab_format.strip(&bare, &twice.file, &changed, &e) && !changed &&
	    cab_format.same(s, &bare, &e));
	if (!c->free)
		return;
	same_digest(s, c, &bare, &d);
	sign_again(&bare, &d, &again);
	need(cabinet_parse(&again, &f, &e) &&
	    span_is(f.signature, "0\3\2\1\1") &&
	    cab_format.same(s, &again, &e));
	same_digest(s, c, &again, &f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)256 << 20);
	struct subject s = { .arena = a };
	struct check_terms terms = { 0 };
	struct findings found = { 0 };
	struct cabinet c;
	struct err e;

	if (!rope_bytes(a, (struct span){ bytes, len }, &s.file, &e) ||
	    !cabinet_parse(&s, &c, &e))
		return 0;
	round_trip(&s, &c);
	need(cab_format.check(&s, &terms, &found, &e) &&
	    (found.count > 0) == (c.signature.len > 0));
	return 0;
}
