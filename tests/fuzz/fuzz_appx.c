/*
 * appx: app packages. As a container (container.h) any archive is refused, or
 * rebuilt and kept. As a format, what was signed with anything and stripped
 * again is what it was.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "container.h"
#include "formats/appx.h"

static void
check(bool good)
{
	if (!good)
		abort();
}

/* The package with a signature file, if it can carry one. */
static bool
sign(const struct subject *s, struct span p7x, struct subject *out)
{
	uint64_t directory;
	struct appx p;
	struct err e;

	*out = *s;
	return appx_read_usual(&s->file, s->arena, s->scratch, &p, &e) &&
	    appx_write(&p, p7x, s->arena, s->scratch, &out->file, &directory,
	    &e);
}

static void
round_trip(const struct subject *s)
{
	struct subject one, two, bare = *s, again = *s;
	struct facts facts = { 0 };
	bool changed, same;
	struct err e;

	if (!sign(s, SPAN_TEXT("PKCX0\3\2\1\1"), &one))
		return;
	check(appx_format.same(s, &one, &e));
	check(sign(&one, SPAN_TEXT("PKCX0\3\2\1\2"), &two));
	check(appx_format.same(s, &two, &e) &&
	    appx_format.same(&one, &two, &e));
	check(appx_format.strip(&two, &bare.file, &changed, &e) && changed);
	check(appx_format.strip(&bare, &again.file, &changed, &e) &&
	    !changed);
	check(rope_same(&bare.file, &again.file, &same, &e) && same);
	if (appx_format.facts(s, &facts, &e))
		check(facts.count == 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	CLEANUP(fd_done) int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC,
	    0600);
	struct spool spool = { .fd = fd, .limit = 8 * MIB };
	struct subject s = { .arena = a, .scratch = &spool };
	struct check_terms terms = { 0 };
	struct findings found = { 0 };
	struct err e;

	if (!rope_bytes(a, (struct span){ bytes, len }, &s.file, &e))
		return 0;
	if (appx_format.check(&s, &terms, &found, &e))
		round_trip(&s);
	return container_try("appx", bytes, len);
}
