/* urls - see urls.h. */
#include "base/text.h"
#include "judge/urls.h"

#define HEADS		"refs/heads/"
#define HOLD_MEMORY	((size_t)1 << 20)

bool
urls_of(struct desk *d, const struct project *p, struct arena *a,
    struct urls *out, struct err *e)
{
	struct urls u = { .project = p, .count = p->repository.count };

	u.sites = ARENA_ARRAY(a, struct site *, u.count);
	if (u.sites == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < u.count; i++)
		u.sites[i] = site_of(d, p->repository.items[i]);
	*out = u;
	return true;
}

struct site *
urls_site(struct desk *d, struct span project, struct span url)
{
	const struct project *p = config_project(chain_config(d->chain),
	    project);

	return site_of(d, p == NULL ? url : p->repository.items[0]);
}

enum urls_view
urls_look(const struct urls *u, struct span name, const struct ref **out)
{
	const struct ref *first = refs_find(&u->sites[0]->refs, name);

	for (size_t i = 1; i < u->count; i++) {
		const struct ref *r = refs_find(&u->sites[i]->refs, name);

		if ((r == NULL) != (first == NULL) || (r != NULL &&
		    !object_id_eq(&r->id, &first->id)))
			return URLS_DIFFER;
	}
	*out = first;
	return first == NULL ? URLS_NONE : URLS_SAME;
}

static size_t
heads_count(const struct ref_list *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += span_starts(all->items[i].name, HEADS);
	return n;
}

bool
urls_branches(const struct urls *u, struct arena *a, struct ref_list *out,
    bool *differ, struct err *e)
{
	const struct ref_list *all = &u->sites[0]->refs;
	struct ref_list list = { 0 };
	const struct ref *same;

	*differ = false;
	list.items = ARENA_ARRAY(a, struct ref, heads_count(all) + 1);
	if (list.items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < all->count; i++) {
		if (!span_starts(all->items[i].name, HEADS))
			continue;
		if (urls_look(u, all->items[i].name, &same) == URLS_SAME)
			list.items[list.count++] = *same;
		else
			*differ = true;
	}
	*out = list;
	return true;
}

const char *
urls_hold(struct desk *d, struct span project, struct span ref)
{
	CLEANUP(arena_done) struct arena *a = arena_new(HOLD_MEMORY);
	const struct project *p = config_project(chain_config(d->chain),
	    project);
	const struct ref *same;
	struct urls u;
	struct err e;

	if (p == NULL)
		return NULL;	/* the release is refused for that */
	if (!urls_of(d, p, a, &u, &e))
		return e.what->code;
	for (size_t i = 0; i < u.count; i++)
		if (u.sites[i]->arena == NULL)
			return "a look at the project's repository";
	return urls_look(&u, ref, &same) != URLS_DIFFER ? NULL :
	    err_rows[ERR_REF_URLS_DIFFER].code;
}
