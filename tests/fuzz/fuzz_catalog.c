/*
 * The verbs on catalogs: they refuse, or what is stripped has the same list
 * and no signature. Whatever is in a list, all members of it are read.
 */
#include <stdlib.h>

#include "formats/cat.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_members(struct catalog c)
{
	struct catalog_member m;
	struct digest d;
	size_t count = 0;

	for (; catalog_next(&c.members, &m); count++)
		if (catalog_digest(&m, &d) &&
		    d.len != digest_rows[d.kind].size)
			abort();
	if (count != c.member_count || !der_end(&c.members))
		abort();
}

static void
strip_twice(const struct subject *s)
{
	struct subject bare = *s, again = *s;
	struct check_terms terms = { 0 };
	struct findings found = { 0 }, none = { 0 };
	bool changed, second, same;
	struct err e;

	if (!cat_format.strip(s, &bare.file, &changed, &e) ||
	    !cat_format.same(s, &bare, &e) ||
	    !cat_format.strip(&bare, &again.file, &second, &e) || second ||
	    !rope_same(&bare.file, &again.file, &same, &e) || !same)
		abort();
	if (!cat_format.check(&bare, &terms, &none, &e) || none.count != 0 ||
	    !cat_format.check(s, &terms, &found, &e) ||
	    (found.count > 0) != changed)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct span in = { bytes, len };
	struct subject s = { .arena = a, .name = SPAN_TEXT("a.cat") };
	struct facts facts = { 0 };
	struct catalog c;
	struct err e;

	if (catalog_parse(in, &c, &e))
		read_members(c);
	if (!rope_bytes(a, in, &s.file, &e) || !cat_list(&s, &c, &e))
		return 0;
	read_members(c);
	if (!cat_format.facts(&s, &facts, &e) || facts.count != 3)
		abort();
	strip_twice(&s);
	return 0;
}
