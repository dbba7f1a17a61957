/* urls - see urls.h. */
#include <stdlib.h>
#include <string.h>

#include "artifact/glob.h"
#include "base/limits.h"
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

/* ---- branches ---- */

/* What was found last, and for what. */
struct branches {
	struct arena		*arena;
	struct object_id	 state;		/* of the config repo */
	struct span		 project;	/* slug */
	uint64_t		 taken;		/* the newest of its sites */
	struct ref_list		 list;
	bool			 differ;
};

void
branches_free(struct desk *d)
{
	if (d->branches == NULL)
		return;
	arena_free(d->branches->arena);
	free(d->branches);
	d->branches = NULL;
}

static uint64_t
newest(const struct urls *u)
{
	uint64_t most = 0;

	for (size_t i = 0; i < u->count; i++)
		if (u->sites[i]->taken > most)
			most = u->sites[i]->taken;
	return most;
}

static bool
is_known(const struct desk *d, const struct urls *u)
{
	const struct branches *b = d->branches;

	return b != NULL && b->taken == newest(u) &&
	    span_eq(b->project, u->project->slug) &&
	    object_id_eq(&b->state, chain_commit(d->chain));
}

static bool
some_policy_allows(const struct project *p, struct span branch)
{
	for (size_t i = 0; i < p->policies.count; i++) {
		const struct text_list *l =
		    &p->policies.items[i].origin.branches;

		for (size_t k = 0; k < l->count; k++)
			if (glob_match(l->items[k], branch, 0))
				return true;
	}
	return false;
}

static bool
branch_add(struct branches *b, const struct ref *ref, struct err *e)
{
	struct config_list *list = (void *)&b->list;
	struct ref *grown = arena_grow(b->arena, list->items, list->count,
	    sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, b->arena);
	grown[list->count++] = *ref;
	list->items = grown;
	return true;
}

static bool
branch_take(struct branches *b, const struct urls *u, const struct ref *ref,
    struct err *e)
{
	const struct ref *same = ref;
	bool differs;

	if (!span_starts(ref->name, HEADS))
		return true;
	differs = u->count > 1 &&
	    urls_look(u, ref->name, &same) != URLS_SAME;
	b->differ |= differs;
	return differs || !some_policy_allows(u->project,
	    span_from(ref->name, strlen(HEADS))) || branch_add(b, same, e);
}

static bool
branches_find(struct desk *d, const struct urls *u, struct err *e)
{
	const struct ref_list *all = &u->sites[0]->refs;
	struct branches *b;

	branches_free(d);
	b = d->branches = xcalloc(1, sizeof(*b));
	b->arena = arena_new(LIMIT_CHAIN_MEMORY);
	for (size_t i = 0; i < all->count; i++)
		if (!branch_take(b, u, &all->items[i], e))
			return false;
	if (!arena_copy(b->arena, u->project->slug, &b->project))
		return err_budget(e, b->arena);
	b->state = *chain_commit(d->chain);
	b->taken = newest(u);
	return true;
}

bool
urls_branches(struct desk *d, const struct urls *u, struct ref_list *out,
    bool *differ, struct err *e)
{
	if (!is_known(d, u) && !branches_find(d, u, e)) {
		branches_free(d);
		return false;
	}
	*out = d->branches->list;
	*differ = d->branches->differ;
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
