/* look - see look.h. */
#include "base/limits.h"
#include "base/text.h"
#include "judge/guard.h"
#include "judge/look.h"
#include "judge/releases.h"
#include "judge/urls.h"
#include "sys/clock.h"

#define BATCH		256	/* refs of one transaction */
#define BRANCHES	"refs/heads/"
#define NAME_MOST	1000	/* bytes of a ref's name: events hold it */

/* ---- one ref ---- */

static struct json *
ref_event(const struct site *s, struct span project, struct span name)
{
	struct json *v = json_map();

	json_put_span(v, "project", project);
	json_put_span(v, "repo", s->url);
	json_put_span(v, "ref", name);
	return v;
}

static bool
seen_record(struct desk *d, const struct release_ref *r, struct err *e)
{
	struct json *v = ref_event(r->site, r->project, r->name);

	json_put_text(v, "object_id", object_id_hex(&r->object).text);
	return record_add(d->record, "ref.seen", v, NULL, e);
}

static bool
moved_record(struct desk *d, const struct release_ref *r, struct span old,
    struct err *e)
{
	struct json *v = ref_event(r->site, r->project, r->name);

	json_put_span(v, "old_id", old);
	json_put_text(v, "object_id", object_id_hex(&r->object).text);
	return record_add(d->record, "ref.moved", v, NULL, e);
}

/* A project as it is looked at, and those that have the same repository. */
struct look {
	struct desk		*desk;
	const struct project	*project;
	struct urls		 urls;
	struct text_list	 others;	/* slugs */
	size_t			*missed;
};

/* Another project with the same repository may be the one that is meant. */
static bool
is_anothers(const struct look *l, const struct release *release)
{
	if (release->facts.manifest == NULL)
		return false;
	for (size_t i = 0; i < l->others.count; i++)
		if (span_eq(l->others.items[i], release->manifest.project))
			return true;
	return false;
}

static void
differ_tell(const struct look *l, struct span name)
{
	LOG(&l->desk->log, LOG_LEVEL_WARN, "ref.differs",
	    { "code", err_rows[ERR_REF_URLS_DIFFER].code },
	    { "project", text_show(l->project->slug).text },
	    { "ref", text_show(name).text });
	++*l->missed;
}

/* A branch that is late at one address is no reason to refuse for good. */
static bool
branches_late(const struct look *l, const struct release_ref *r,
    const struct decision *decision, bool *late, struct err *e)
{
	struct ref_list list;

	bool lacks = false;

	*late = false;
	for (size_t i = 0; i < decision->findings.count && !lacks; i++)
		lacks = decision->findings.items[i].row ==
		    &err_rows[ERR_REF_BRANCH];
	if (lacks && !urls_branches(l->desk, &l->urls, &list, late, e))
		return false;
	if (*late)
		differ_tell(l, r->name);
	return true;
}

/* own: what this project knows of the ref; known: or another one with it. */
static bool
ref_judge(const struct look *l, struct release_ref *r,
    const struct fold_ref *own, const struct fold_ref *known, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CHAIN_MEMORY);
	bool branch = span_starts(r->name, BRANCHES);
	struct desk *d = l->desk;
	struct decision decision;
	struct release release;
	bool late;

	if (known != NULL && !branch)
		r->seen_object = known->first_id;
	r->is_new = true;
	r->provenance_later = true;
	if (!release_judge(d, r, a, &release, &decision, e))
		return false;
	/* A branch grows by commits that are no releases. */
	if ((branch && release.facts.manifest == NULL) ||
	    (own == NULL && is_anothers(l, &release)))
		return true;
	if (!branches_late(l, r, &decision, &late, e))
		return false;
	if (late)
		return true;
	if (own == NULL ? !seen_record(d, r, e) :
	    !moved_record(d, r, own->object_id, e))
		return false;
	return release_record(d, r, &release, &decision, e);
}

/* What was signed for must stay: a branch grows, a tag does not change. */
static bool
guard(struct desk *d, const struct release_ref *r,
    const struct fold_ref *known, bool same, struct err *e)
{
	return span_starts(r->name, BRANCHES) ?
	    guard_branch(d, r->site->repository, known, &r->object, e) :
	    guard_changed(d, known, same ? "made again" : "another object", e);
}

/* A ref that another project has put down is no news. */
static const struct fold_ref *
known_elsewhere(const struct look *l, struct span name)
{
	const struct fold_ref *r = NULL;

	for (size_t i = 0; i < l->others.count && r == NULL; i++)
		r = fold_ref(l->desk->memory.fold, l->others.items[i], name);
	return r;
}

static bool
ref_take(const struct look *l, struct release_ref *r, struct err *e)
{
	struct desk *d = l->desk;
	const struct fold_ref *own = fold_ref(d->memory.fold, r->project,
	    r->name);
	const struct fold_ref *known = own != NULL ? own :
	    known_elsewhere(l, r->name);
	struct object_id_hex hex = object_id_hex(&r->object);
	bool same = known != NULL && span_is(known->object_id, hex.text);

	if (same && (own == NULL || !own->deleted))
		return true;
	if (own != NULL && !guard(d, r, own, same, e))
		return false;
	return same ? moved_record(d, r, own->object_id, e) :
	    ref_judge(l, r, own, known, e);
}

/* What can be judged, but not be told as it is, is refused with the reason. */
static bool
ref_refuse(struct desk *d, const struct release_ref *r, const struct err *why,
    struct err *e)
{
	const struct fold_ref *known = fold_ref(d->memory.fold, r->project,
	    r->name);

	return (known == NULL ? seen_record(d, r, e) :
	    moved_record(d, r, known->object_id, e)) &&
	    release_refuse(d, r, why, e);
}

/* What is wrong with one ref is no matter of the others. */
static bool
ref_alone(const struct look *l, struct release_ref *r, struct err *e)
{
	struct desk *d = l->desk;
	struct record_mark mark = record_mark(d->record);
	struct err why;

	if (ref_take(l, r, &why))
		return true;
	record_back(d->record, &mark);
	if (why.what->kind == ERR_KIND_ALARM) {
		*e = why;
		return false;
	}
	log_err(&d->log, "ref.failed", &why);
	if (why.what->kind != ERR_KIND_SYSTEM)
		return ref_refuse(d, r, &why, e);
	++*l->missed;
	return true;
}

/* The ledger is UTF-8; a name that is not would be another one in there. */
static bool
can_be_told(const struct desk *d, struct span name)
{
	if (name.len <= NAME_MOST && text_utf8(name))
		return true;
	LOG(&d->log, LOG_LEVEL_WARN, "ref.ignored",
	    { "ref", text_show(name).text },
	    { "text", "its name is too long, or is not UTF-8" });
	return false;
}

/* ---- one project ---- */

static bool
batch_end(struct desk *d, size_t most, struct err *e)
{
	return record_pending(d->record) < most ||
	    record_commit(d->record, e);
}

/* What one address shows of a ref for which something was signed. */
static bool
site_guard(struct desk *d, const struct site *s, const struct fold_ref *known,
    struct err *e)
{
	const struct ref *r = refs_find(&s->refs, known->ref);

	if (r != NULL && span_starts(known->ref, BRANCHES))
		return guard_branch(d, s->repository, known, &r->id, e);
	if (r != NULL && span_is(known->object_id, object_id_hex(&r->id).text))
		return true;
	return guard_changed(d, known, "not so at all addresses", e);
}

/* What the addresses do not agree on waits until they do. */
static bool
ref_differs(const struct look *l, struct span name, struct err *e)
{
	struct desk *d = l->desk;
	const struct fold_ref *known = fold_ref(d->memory.fold,
	    l->project->slug, name);

	differ_tell(l, name);
	for (size_t i = 0; known != NULL && i < l->urls.count; i++)
		if (!site_guard(d, l->urls.sites[i], known, e))
			return false;
	return true;
}

static bool
name_take(const struct look *l, struct span name, struct err *e)
{
	struct release_ref r = { .site = l->urls.sites[0],
	    .project = l->project->slug, .name = name };
	const struct ref *ref;

	if (!release_wanted(l->project, name) || !can_be_told(l->desk, name))
		return true;
	if (urls_look(&l->urls, name, &ref) != URLS_SAME)
		return ref_differs(l, name, e);
	r.object = ref->id;
	return ref_alone(l, &r, e);
}

/* Was the name there in a list before this one? */
static bool
is_done(const struct urls *u, size_t before, struct span name)
{
	for (size_t i = 0; i < before; i++)
		if (refs_find(&u->sites[i]->refs, name) != NULL)
			return true;
	return false;
}

static bool
refs_take(const struct look *l, struct err *e)
{
	for (size_t i = 0; i < l->urls.count; i++) {
		const struct ref_list *refs = &l->urls.sites[i]->refs;

		for (size_t k = 0; k < refs->count; k++)
			if (!is_done(&l->urls, i, refs->items[k].name) &&
			    (!name_take(l, refs->items[k].name, e) ||
			    !batch_end(l->desk, BATCH, e)))
				return false;
	}
	return batch_end(l->desk, 1, e);
}

/* Refs that were seen and are not there any more. */
static bool
refs_miss(const struct look *l, struct err *e)
{
	struct desk *d = l->desk;
	const struct fold_ref *known;
	const struct ref *ref;

	for (size_t i = 0; (known = fold_ref_at(d->memory.fold, i)) != NULL;
	    i++) {
		if (known->deleted ||
		    !span_eq(known->project, l->project->slug) ||
		    urls_look(&l->urls, known->ref, &ref) != URLS_NONE)
			continue;
		if (!guard_changed(d, known, "gone", e))
			return false;
		struct json *v = ref_event(l->urls.sites[0], known->project,
		    known->ref);
		json_put_span(v, "old_id", known->object_id);
		if (!record_add(d->record, "ref.deleted", v, NULL, e) ||
		    !batch_end(d, BATCH, e))
			return false;
	}
	return batch_end(d, 1, e);
}

static bool
shares(const struct project *a, const struct project *b)
{
	for (size_t i = 0; i < a->repository.count; i++)
		for (size_t k = 0; k < b->repository.count; k++)
			if (span_eq(a->repository.items[i],
			    b->repository.items[k]))
				return true;
	return false;
}

static bool
others_find(struct look *l, struct arena *a, struct err *e)
{
	const struct config *c = chain_config(l->desk->chain);
	struct config_list *list = (void *)&l->others;

	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];
		struct span *grown;

		if (p == l->project || !shares(p, l->project))
			continue;
		grown = arena_grow(a, list->items, list->count,
		    sizeof(*grown));
		if (grown == NULL)
			return err_budget(e, a);
		grown[list->count++] = p->slug;
		list->items = grown;
	}
	return true;
}

/* One address that does not answer may be the one that shows the truth. */
static bool
project_look(struct desk *d, const struct project *p, size_t *missed,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct look l = { .desk = d, .project = p, .missed = missed };
	size_t late = 0;

	if (!urls_of(d, p, a, &l.urls, e) || !others_find(&l, a, e))
		return false;
	for (size_t i = 0; i < l.urls.count; i++)
		late += !l.urls.sites[i]->fresh;
	*missed += late;
	return late > 0 || (refs_take(&l, e) && refs_miss(&l, e));
}

/* ---- all of them ---- */

/* Brings them up to date; gives how many are under way, or wait for a place. */
static size_t
sites_fetch(struct desk *d)
{
	const struct config *c = chain_config(d->chain);
	size_t late = 0;

	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];

		for (size_t k = 0; k < p->repository.count; k++) {
			struct site *s = site_of(d, p->repository.items[k]);

			site_settle(d, s);
			site_start(d, s);
			late += !s->fresh && !s->failed;
		}
	}
	return late;
}

static bool
projects_look(struct desk *d, size_t *missed, struct err *e)
{
	const struct config *c = chain_config(d->chain);

	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];
		struct err why;

		if (project_look(d, p, missed, &why))
			continue;
		record_drop(d->record);
		if (why.what->kind == ERR_KIND_ALARM) {
			*e = why;
			return false;
		}
		err_at(&why, "project %s", text_show(p->slug).text);
		log_err(&d->log, "repository.failed", &why);
		++*missed;
	}
	return true;
}

bool
releases_look(struct desk *d, int64_t patience, size_t *missed,
    struct err *e)
{
	int64_t deadline = clock_in(patience);
	size_t late = 1;

	sites_stale(d);
	/* Also those that no project has any more: nobody else takes them. */
	sites_settle(d);
	while (late > 0 && !d->stopped) {
		late = sites_fetch(d);
		if (late > 0 && clock_left(deadline) == 0)
			break;
		if (late > 0 && !desk_wait(d, deadline, e))
			return false;
	}
	*missed = 0;
	return projects_look(d, missed, e);
}
