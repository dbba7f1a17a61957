/*
 * The verbs of the installer format: they refuse, or what is stripped is the
 * same file with the same digests and no signature.
 */
#include <stdlib.h>

#include "formats/msi.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool good)
{
	if (!good)
		abort();
}

static void
same_digests(const struct msi_file *a, const struct msi_file *b)
{
	struct digest x, y;
	struct err e;

	msi_metadata(a, DIGEST_SHA256, &x);
	msi_metadata(b, DIGEST_SHA256, &y);
	check(digest_eq(&x, &y));
	check(msi_digest(a, DIGEST_SHA256, &x, &x, &e) &&
	    msi_digest(b, DIGEST_SHA256, &y, &y, &e));
	check(digest_eq(&x, &y));
}

static void
strip(const struct subject *s, const struct msi_file *m)
{
	struct subject bare = *s;
	struct msi_file n;
	struct err e;
	bool changed;

	check(msi_format.strip(s, &bare.file, &changed, &e));
	check(msi_parse(&bare, &n, &e) && n.is_installer);
	check(n.signature == SIZE_MAX && n.extended == SIZE_MAX);
	check(changed == (m->signature != SIZE_MAX ||
	    m->extended != SIZE_MAX));
	same_digests(m, &n);
	check(msi_format.same(s, &bare, &e));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	struct subject s = { .arena = a };
	struct check_terms terms = { 0 };
	struct findings found = { 0 };
	struct facts facts = { 0 };
	struct msi_file m;
	struct err e;

	if (!rope_bytes(a, (struct span){ bytes, len }, &s.file, &e))
		return 0;
	(void)msi_format.probe((struct span){ bytes, len < 4096 ? len :
	    4096 });
	if (!msi_parse(&s, &m, &e))
		return 0;
	check(msi_format.check(&s, &terms, &found, &e));
	check(msi_format.facts(&s, &facts, &e) == m.is_installer);
	check(m.signature != SIZE_MAX || found.count == 0);
	if (m.is_installer)
		strip(&s, &m);
	return 0;
}
