/* sites - see sites.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "judge/sites.h"

struct site *
site_of(struct desk *d, struct span url)
{
	struct site *s = d->sites;

	while (s != NULL && !span_eq(s->url, url))
		s = s->next;
	if (s != NULL)
		return s;
	s = xcalloc(1, sizeof(*s));
	CLEANUP(buf_done) struct buf copy = { 0 };
	buf_put(&copy, url);
	s->url = span_text(xstrdup(buf_cstr(&copy)));
	mirror_slug(url, s->slug);
	s->next = d->sites;
	d->sites = s;
	return s;
}

void
sites_free(struct desk *d)
{
	while (d->sites != NULL) {
		struct site *s = d->sites;

		d->sites = s->next;
		repository_free(s->repository);
		arena_free(s->arena);
		free((void *)(uintptr_t)s->url.ptr);
		free(s);
	}
}

void
sites_stale(struct desk *d)
{
	for (struct site *s = d->sites; s != NULL; s = s->next)
		s->fresh = false;
}

static bool
objects_open(struct desk *d, struct site *s, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	const char *path;

	if (s->repository != NULL)
		return repository_refresh(s->repository, e);
	path = desk_mirror(d, a, s->slug, e);
	return path != NULL && repository_open_objects(path, &s->repository,
	    e);
}

bool
site_fetch(struct desk *d, struct site *s, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(
	    2 * COURIER_MESSAGE_LIMIT);
	struct ref_list refs;

	if (s->fresh)
		return true;
	if (!desk_fetch(d, s->slug, &s->url, 1, a, &refs, e) ||
	    !objects_open(d, s, e))
		return false;
	arena_free(s->arena);
	s->arena = TAKE(a);
	s->refs = refs;
	s->fresh = true;
	return true;
}
