/* sites - see sites.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "judge/sites.h"
#include "judge/urls.h"

#define FETCH_TIME	(INT64_C(3600) * 1000)	/* ms: a first clone */

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
	s->fetch = (struct errand)ERRAND_NONE;
	mirror_slug(url, s->slug);
	s->next = d->sites;
	d->sites = s;
	return s;
}

void
sites_free(struct desk *d)
{
	branches_free(d);
	while (d->sites != NULL) {
		struct site *s = d->sites;

		d->sites = s->next;
		errand_drop(d, &s->fetch);
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
		s->fresh = s->failed = false;
}

bool
site_open(struct desk *d, struct site *s, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	const char *path;

	if (s->repository != NULL)
		return repository_refresh(s->repository, e);
	path = desk_mirror(d, a, s->slug, e);
	return path != NULL && repository_open_objects(path, &s->repository,
	    e);
}

static void
fail(struct desk *d, struct site *s, struct err *why)
{
	s->failed = true;
	err_at(why, "%s", text_show(s->url).text);
	log_err(&d->log, "repository.failed", why);
}

/*
 * credential_of: what the project says whose repository this is. (One that no
 * project has any more is not fetched.)
 */
static struct span
credential_of(struct desk *d, struct span url)
{
	const struct config *c = chain_config(d->chain);

	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];

		for (size_t k = 0; k < p->repository.count; k++)
			if (span_eq(p->repository.items[k], url))
				return p->credential.name;
	}
	return (struct span){ NULL, 0 };
}

void
site_start(struct desk *d, struct site *s)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct err why;

	if (s->fresh || s->failed || s->fetch.busy)
		return;
	fetch_body(s->slug, &s->url, 1, credential_of(d, s->url), &body);
	if (!errand_start(d, &s->fetch, COURIER_FETCH, COURIER_FETCHED,
	    buf_span(&body), -1, FETCH_TIME, &why))
		fail(d, s, &why);
}

static bool
take(struct desk *d, struct site *s, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(
	    2 * COURIER_MESSAGE_LIMIT);
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct ref_list refs;

	if (!errand_take(d, &s->fetch, &answer, e) ||
	    !fetch_refs(buf_span(&answer), a, &refs, e) ||
	    !site_open(d, s, e))
		return false;
	arena_free(s->arena);
	s->arena = TAKE(a);
	s->refs = refs;
	s->taken = ++d->takes;
	s->fresh = true;
	return true;
}

void
site_settle(struct desk *d, struct site *s)
{
	struct err why;

	if (errand_ready(&s->fetch) && !take(d, s, &why))
		fail(d, s, &why);
}

void
sites_settle(struct desk *d)
{
	for (struct site *s = d->sites; s != NULL; s = s->next)
		site_settle(d, s);
}
