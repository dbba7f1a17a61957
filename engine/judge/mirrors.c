/* mirrors - see mirrors.h. */
#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "judge/alarms.h"
#include "judge/mirrors.h"

/* ---- fetching ---- */

/* The first one's name has no number: the ledger may lie there too. */
static bool
mirrors_make(struct desk *d, struct err *e)
{
	size_t count = d->given.url_count;

	if (d->mirrors != NULL)
		return true;
	struct mirror *m = ARENA_ARRAY(d->arena, struct mirror, count + 1);
	for (size_t i = 0; m != NULL && i < count; i++) {
		m[i] = (struct mirror){ .url = d->given.urls[i] };
		m[i].slug = i == 0 ? DESK_MIRROR : arena_printf(d->arena,
		    DESK_MIRROR "-%zu", i + 1);
		if (m[i].slug == NULL)
			return err_budget(e, d->arena);
	}
	d->mirrors = m;
	return m != NULL || err_budget(e, d->arena);
}

static bool
has_ref(const struct ref_list *l, const struct ref *r)
{
	const struct ref *known = refs_find(l, r->name);

	return known != NULL && object_id_eq(&known->id, &r->id);
}

/*
 * All that hosts name, in one list. A name may be there twice, with what one
 * and the other say, but a branch is the first one's.
 */
static bool
refs_join(struct desk *d, struct arena *a, struct ref_list *out,
    struct err *e)
{
	const struct ref_list *first = NULL;
	size_t room = 1;

	for (size_t i = 0; i < d->given.url_count; i++)
		room += d->mirrors[i].answered ? d->mirrors[i].refs.count : 0;
	out->items = ARENA_ARRAY(a, struct ref, room);
	out->count = 0;
	if (out->items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < d->given.url_count; i++) {
		const struct ref_list *l = &d->mirrors[i].refs;

		for (size_t k = 0; d->mirrors[i].answered && k < l->count;
		    k++) {
			const struct ref *r = &l->items[k];

			if (first == NULL || (!has_ref(first, r) &&
			    (refs_find(first, r->name) == NULL ||
			    !span_starts(r->name, "refs/heads/"))))
				out->items[out->count++] = *r;
		}
		if (d->mirrors[i].answered && first == NULL)
			first = l;
	}
	refs_sort(out);
	return true;
}

bool
mirrors_fetch(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(
	    (d->given.url_count + 1) * 2 * COURIER_MESSAGE_LIMIT);
	CLEANUP(free_done) struct ref_list *lists = xcalloc(
	    d->given.url_count + 1, sizeof(*lists));
	CLEANUP(free_done) bool *answers = xcalloc(d->given.url_count + 1,
	    sizeof(*answers));
	bool any = false;
	struct err why;

	if (!mirrors_make(d, e))
		return false;
	err_set(e, ERR_NET_URL, "no URL is named for the config repo");
	for (size_t i = 0; i < d->given.url_count; i++) {
		const struct mirror *m = &d->mirrors[i];

		answers[i] = desk_fetch(d, m->slug, &m->url, 1,
		    d->given.config_credential, a, &lists[i], &why);
		any = any || answers[i];
		if (answers[i])
			continue;
		err_at(&why, "config repo at %s", text_show(m->url).text);
		if (d->given.url_count > 1)
			log_err(&d->log, "config.unreachable", &why);
		if (i == 0)
			*e = why;
	}
	if (!any)
		return false;
	for (size_t i = 0; i < d->given.url_count; i++) {
		d->mirrors[i].answered = answers[i];
		d->mirrors[i].refs = lists[i];
	}
	if (!refs_join(d, a, &d->config_refs, e))
		return false;
	arena_free(d->config_refs_arena);
	d->config_refs_arena = TAKE(a);
	return d->config_repo == NULL || mirrors_borrow(d, e);
}

bool
mirrors_borrow(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);

	for (size_t i = 0; i < d->given.url_count; i++) {
		struct mirror *m = &d->mirrors[i];
		const char *path = desk_mirror(d, a, m->slug, e);

		if (path == NULL)
			return false;
		if (!m->answered || m->borrowed)
			continue;
		if (!repository_borrow(d->config_repo, path, e))
			return false;
		m->borrowed = true;
	}
	return true;
}

/* ---- comparing ---- */

enum standing {
	STANDS_NOWHERE,		/* it has no such branch, or did not answer */
	STANDS_BEHIND,		/* before the accepted commit */
	STANDS_APART,		/* on no chain with it */
	STANDS_AHEAD,		/* at it, or after it */
};

static bool
standing_of(const struct desk *d, const struct object_id *head,
    enum standing *out, struct err *e)
{
	const struct object_id *accepted = chain_commit(d->chain);
	bool ahead, behind = false;

	if (!history_reaches(d->config_repo, head, accepted, &ahead, e) ||
	    (!ahead && !history_reaches(d->config_repo, accepted, head,
	    &behind, e)))
		return false;
	*out = ahead ? STANDS_AHEAD : behind ? STANDS_BEHIND : STANDS_APART;
	return true;
}

/*
 * Of several, a host that names what it does not have is as good as none. What
 * the only one shows is the chain's to refuse.
 */
static void
look_at(struct desk *d, const struct mirror *m, struct span branch,
    struct object_id *head, enum standing *out)
{
	const struct ref *r = m->answered ? refs_find(&m->refs, branch) : NULL;
	struct err why;

	*out = STANDS_NOWHERE;
	if (r == NULL)
		return;
	*head = r->id;
	if (standing_of(d, head, out, &why))
		return;
	*out = STANDS_APART;
	if (d->given.url_count == 1)
		return;
	err_at(&why, "config repo at %s", text_show(m->url).text);
	log_err(&d->log, "config.unreachable", &why);
	*out = STANDS_NOWHERE;
}

/* Of two that go on from the accepted commit, one must go on from the other. */
static bool
farther(const struct desk *d, const struct object_id *head,
    struct object_id *best, bool *forked, struct err *e)
{
	bool after, before;

	if (!history_reaches(d->config_repo, head, best, &after, e) ||
	    !history_reaches(d->config_repo, best, head, &before, e))
		return false;
	if (after)
		*best = *head;
	*forked = *forked || (!after && !before);
	return true;
}

/* What is to be said of the others once the head is known. */
static bool
compare(struct desk *d, const struct mirror *m, enum standing standing,
    const struct object_id *head, const struct object_id *best, bool forked,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct err why;
	bool apart = standing == STANDS_APART || forked;

	if (!m->answered || (standing != STANDS_NOWHERE &&
	    object_id_eq(head, best)))
		return true;
	if (standing == STANDS_NOWHERE)
		buf_printf(&text, "%s has no branch of the config repo",
		    text_show(m->url).text);
	else
		buf_printf(&text, "%s shows commit %.12s, another URL shows "
		    "%.12s, which %s", text_show(m->url).text,
		    object_id_hex(head).text, object_id_hex(best).text,
		    apart ? "is on another chain" : "comes after it");
	err_set(&why, apart ? ERR_CHAIN_FORK : ERR_CHAIN_BEHIND, "%s",
	    buf_cstr(&text));
	log_err(&d->log, apart ? "config.fork" : "config.behind", &why);
	return apart ? stop_raise(d, why.what->code, buf_span(&text), e) :
	    warning_raise(d, why.what->code, buf_span(&text), e);
}

/* Where nothing goes on from the accepted commit, any head says so. */
static enum mirrors_head
any_head(const enum standing *standings, const struct object_id *heads,
    size_t count, struct object_id *out)
{
	for (size_t i = 0; i < count; i++)
		if (standings[i] != STANDS_NOWHERE) {
			*out = heads[i];
			return HEAD_FOUND;
		}
	return HEAD_NONE;
}

bool
mirrors_head(struct desk *d, struct span branch, struct object_id *out,
    enum mirrors_head *found, struct err *e)
{
	size_t count = d->given.url_count;
	CLEANUP(free_done) struct object_id *heads = xcalloc(count + 1,
	    sizeof(*heads));
	CLEANUP(free_done) enum standing *standings = xcalloc(count + 1,
	    sizeof(*standings));
	bool any = false, forked = false;

	for (size_t i = 0; i < count; i++) {
		look_at(d, &d->mirrors[i], branch, &heads[i], &standings[i]);
		if (standings[i] != STANDS_AHEAD)
			continue;
		if (!any)
			*out = heads[i];
		else if (!farther(d, &heads[i], out, &forked, e))
			return false;
		any = true;
	}
	if (!any) {
		*found = any_head(standings, heads, count, out);
		return true;
	}
	*found = forked ? HEAD_FORKED : HEAD_FOUND;
	for (size_t i = 0; i < count; i++)
		if (!compare(d, &d->mirrors[i], standings[i], &heads[i], out,
		    forked && standings[i] == STANDS_AHEAD, e))
			return false;
	return true;
}
