/* container - see container.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "container.h"

static const struct container_limits limits = { 1000, 4 * MIB, 200 };

static void
check(bool good)
{
	if (!good)
		abort();
}

/* A change may be refused, but what is made is read again and kept. */
static void
change(const struct listing *l, struct change c, struct arena *a,
    struct spool *spool)
{
	bool old = c.index != SIZE_MAX;
	struct listing again;
	struct rope out;
	struct err e;

	if (!rope_bytes(a, SPAN_TEXT("contents"), &c.contents, &e) ||
	    !l->container->rebuild(l, &c, 1, a, spool, &out, &e))
		return;
	check(l->container->list(&out, &limits, a, spool, &again, &e));
	check(!old || again.entries[c.index].size == c.contents.len);
	check(l->container->kept(l, &again, &c.index, old, &e));
}

/* The first entry that has contents. */
static size_t
first_file(const struct listing *l)
{
	size_t i = 0;

	while (i < l->count && (l->entries[i].directory ||
	    l->entries[i].opaque))
		i++;
	return i;
}

static void
rebuild(const struct listing *l, struct arena *a, struct spool *spool)
{
	struct listing again;
	struct rope out;
	struct err e;
	bool same;

	check(l->container->rebuild(l, NULL, 0, a, spool, &out, &e));
	check(rope_same(&l->file, &out, &same, &e) && same);
	check(l->container->list(&out, &limits, a, spool, &again, &e));
	check(l->container->kept(l, &again, NULL, 0, &e));
	change(l, (struct change){ .index = SIZE_MAX,
	    .path = SPAN_TEXT("a new entry") }, a, spool);
	if (first_file(l) < l->count)
		change(l, (struct change){ .index = first_file(l) }, a,
		    spool);
}

int
container_try(const char *name, const uint8_t *bytes, size_t len)
{
	const struct container *c = container_find(name);
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	CLEANUP(fd_done) int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC,
	    0600);
	struct spool spool = { .fd = fd, .limit = 8 * MIB };
	struct rope file, contents;
	struct listing l;
	struct err e;

	if (!rope_bytes(a, (struct span){ bytes, len }, &file, &e) ||
	    !c->list(&file, &limits, a, &spool, &l, &e))
		return 0;
	for (size_t i = 0; i < l.count; i++)
		if (!l.entries[i].opaque && !l.container->contents(&l, i, a,
		    &spool, &contents, &e))
			return 0;
	rebuild(&l, a, &spool);
	return 0;
}
