/*
 * Compound files: what is read is written in both versions, and reads back as
 * the same entries; what is written once is written so again.
 */
#include <stdlib.h>

#include "containers/compound.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool good)
{
	if (!good)
		abort();
}

static void
same_entries(const struct compound *a, const struct compound *b)
{
	struct err e;
	bool same;

	check(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct compound_entry *x = &a->entries[i];
		const struct compound_entry *y = &b->entries[i];

		check(x->kind == y->kind && span_eq(x->name, y->name) &&
		    span_eq(SPAN(x->class), SPAN(y->class)) &&
		    x->state == y->state && x->created == y->created &&
		    x->modified == y->modified && x->parent == y->parent &&
		    x->count == y->count);
		check(rope_same(&x->contents, &y->contents, &same, &e) &&
		    same);
	}
}

static void
round_trip(struct compound c, unsigned version, struct arena *a)
{
	struct rope file, again;
	struct compound out;
	struct err e;
	bool same;

	c.version = version;
	check(compound_write(&c, NULL, 0, a, &file, &e));
	check(compound_read(&file, a, &out, &e) && out.version == version);
	same_entries(&c, &out);
	check(compound_write(&out, NULL, 0, a, &again, &e));
	check(rope_same(&file, &again, &same, &e) && same);
}

/* One stream less, and one more that may be there already. */
static void
change(const struct compound *c, struct arena *a)
{
	static const uint8_t name[] = { 'x', 0 };
	struct compound_change v[2] = { { .stream = SIZE_MAX,
	    .name = SPAN(name) } };
	size_t count = 1;
	struct compound out;
	struct rope file;
	struct err e;

	check(rope_bytes(a, SPAN_TEXT("contents"), &v[0].contents, &e));
	for (size_t i = 1; i < c->count && count == 1; i++)
		if (c->entries[i].kind == COMPOUND_STREAM)
			v[count++] = (struct compound_change){ .stream = i,
			    .gone = true };
	if (!compound_write(c, v, count, a, &file, &e))
		return;
	check(compound_read(&file, a, &out, &e));
	check(out.count == c->count + 2 - count);
	check(compound_size(&out, compound_find(&out, SPAN(name))) == 8);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct compound c;
	struct rope file;
	struct err e;

	if (!rope_bytes(a, (struct span){ bytes, len }, &file, &e) ||
	    !compound_read(&file, a, &c, &e))
		return 0;
	round_trip(c, 3, a);
	round_trip(c, 4, a);
	change(&c, a);
	return 0;
}
