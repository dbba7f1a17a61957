/* mirror - see mirror.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "git/libgit.h"
#include "git/mirror.h"
#include "git/notes.h"
#include "git/write.h"

DEFINE_CLEANUP(git_object, git_object_done, git_object_free);
DEFINE_CLEANUP(git_revwalk, revwalk_done, git_revwalk_free);

#define MIRROR_NOTES	"refs/remotes/n/attestations"

/* Where the host's names go: all below a folder, or one. */
static const struct {
	const char	*host;
	const char	*mirror;
	const char	*refspec;
} places[MIRROR_PLACES] = {
	{ "refs/heads/", "refs/remotes/h/",
	    "+refs/heads/*:refs/remotes/h/*" },
	{ "refs/tags/", "refs/remotes/t/",
	    "+refs/tags/*:refs/remotes/t/*" },
	{ NOTES_ATTESTATIONS, MIRROR_NOTES,
	    "+" NOTES_ATTESTATIONS ":" MIRROR_NOTES },
};

#define MIRROR_REFS	"refs/remotes/"
#define MIRROR_BRANCHES	"refs/remotes/h/*"

/* How often moved refs are walked over to find those that cannot be. */
#define WALKS	256

/* A ref of the host, and what the mirror makes of it. */
struct change {
	struct ref_move	 move;
	const char	*here;		/* its name in the mirror */
	bool		 unwalkable;
};

struct update {
	struct repository	*mirror;
	struct arena		*arena;
	const struct ref	*kept;	/* by name */
	size_t			 kept_count;
	struct change		*changes;
	size_t			 count;
	unsigned		 walks;	/* that are left */
};

git_strarray
mirror_refspecs(char *room[MIRROR_PLACES])
{
	for (size_t i = 0; i < MIRROR_PLACES; i++)
		room[i] = (char *)places[i].refspec;
	return (git_strarray){ room, MIRROR_PLACES };
}

static bool
lies_in(struct span name, const char *place)
{
	return span_starts(name, place) &&
	    (span_ends(span_text(place), "/") || span_is(name, place));
}

/* renamed gives a name its other prefix; NULL: out of memory. */
static const char *
renamed(struct arena *a, struct span name, const char *from, const char *to)
{
	const char *rest = (const char *)name.ptr + strlen(from);

	return arena_printf(a, "%s%s", to, rest);
}

static bool
change_add(struct update *u, const struct change *c, struct err *e)
{
	u->changes = arena_grow(u->arena, u->changes, u->count,
	    sizeof(*u->changes));
	if (u->changes == NULL || c->here == NULL ||
	    c->move.name.ptr == NULL)
		return err_budget(e, u->arena);
	u->changes[u->count++] = *c;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

static const struct object_id *
find(const struct ref *refs, size_t count, const char *name)
{
	struct ref key = { .name = SPAN_TEXT(name) };
	const struct ref *found = count == 0 ? NULL :
	    bsearch(&key, refs, count, sizeof(key), by_name);

	return found == NULL ? NULL : &found->id;
}

/* shown_add takes a ref of the host, if it is one that a mirror keeps. */
static bool
shown_add(struct update *u, const struct ref *head, struct err *e)
{
	int valid = 0;

	/* "refs/tags/v1^{}", what an annotated tag leads to, is no name. */
	if (git_reference_name_is_valid(&valid,
	    (const char *)head->name.ptr) < 0 || !valid)
		return true;
	for (size_t i = 0; i < MIRROR_PLACES; i++) {
		struct change c = { .move = { .name = head->name,
		    .after = head->id } };

		if (!lies_in(head->name, places[i].host))
			continue;
		c.here = renamed(u->arena, head->name, places[i].host,
		    places[i].mirror);
		const struct object_id *before = c.here == NULL ? NULL :
		    find(u->kept, u->kept_count, c.here);
		if (before != NULL)
			c.move.before = *before;
		return change_add(u, &c, e);
	}
	return true;
}

/* gone_add takes a ref of the mirror if the host shows it no more. */
static bool
gone_add(struct update *u, const struct ref *ref, const struct ref *heads,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < MIRROR_PLACES; i++) {
		struct change c = { .move = { .before = ref->id },
		    .here = (const char *)ref->name.ptr };

		if (!lies_in(ref->name, places[i].mirror))
			continue;
		const char *there = renamed(u->arena, ref->name,
		    places[i].mirror, places[i].host);
		if (there == NULL)
			return err_budget(e, u->arena);
		if (find(heads, count, there) != NULL)
			return true;
		c.move.name = SPAN_TEXT(there);
		return change_add(u, &c, e);
	}
	return true;
}

static bool
changes_find(struct update *u, const struct ref *heads, size_t count,
    struct err *e)
{
	struct ref *sorted = ARENA_ARRAY(u->arena, struct ref, count + 1);

	if (sorted == NULL)
		return err_budget(e, u->arena);
	for (size_t i = 0; i < count; i++)
		sorted[i] = heads[i];
	qsort(sorted, count, sizeof(*sorted), by_name);
	if (!refs_list(u->mirror, MIRROR_REFS, LIMIT_FETCH_REFS, u->arena,
	    &u->kept, &u->kept_count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!shown_add(u, &sorted[i], e))
			return false;
	for (size_t i = 0; i < u->kept_count; i++)
		if (!gone_add(u, &u->kept[i], sorted, count, e))
			return false;
	return true;
}

static bool
moved(const struct change *c)
{
	return !object_id_eq(&c->move.before, &c->move.after);
}

/* push_tip begins a walk at what a ref leads to; a tree leads nowhere. */
static bool
push_tip(const struct update *u, git_revwalk *walk, const struct object_id *id)
{
	CLEANUP(git_object_done) git_object *object = NULL, *commit = NULL;
	git_oid oid = libgit_oid(id);

	if (git_object_lookup(&object, u->mirror->walk, &oid,
	    GIT_OBJECT_ANY) < 0)
		return false;
	int code = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	if (code == GIT_EPEEL || code == GIT_EINVALIDSPEC)
		return true;
	return code == 0 &&
	    git_revwalk_push(walk, git_object_id(commit)) == 0;
}

/* walkable: libgit2 gets to the end of what these refs lead to and is new. */
static bool
walkable(const struct update *u, size_t first, size_t count)
{
	CLEANUP(revwalk_done) git_revwalk *walk = NULL;
	git_oid id;
	int code;

	if (git_revwalk_new(&walk, u->mirror->walk) < 0 ||
	    git_revwalk_hide_glob(walk, MIRROR_BRANCHES) < 0)
		return false;
	for (size_t i = first; i < first + count; i++) {
		const struct change *c = &u->changes[i];

		if (moved(c) && !object_id_zero(&c->move.after) &&
		    !push_tip(u, walk, &c->move.after))
			return false;
	}
	while ((code = git_revwalk_next(&id, walk)) == 0)
		continue;
	return code == GIT_ITEROVER;
}

/*
 * sift marks what cannot be walked over, by halves: nearly always there is
 * none. Where too many are spread about, good ones go without a ref too.
 */
static void
sift(struct update *u, size_t first, size_t count)
{
	if (count == 0)
		return;
	if (u->walks > 0) {
		u->walks--;
		if (walkable(u, first, count))
			return;
	}
	if (count == 1 || u->walks == 0) {
		for (size_t i = first; i < first + count; i++)
			u->changes[i].unwalkable = moved(&u->changes[i]);
		return;
	}
	sift(u, first, count / 2);
	sift(u, first + count / 2, count - count / 2);
}

/* has_ref: what is gone has none, nor what cannot be walked over. */
static bool
has_ref(const struct change *c)
{
	return !object_id_zero(&c->move.after) && !c->unwalkable;
}

/* Is the mirror to have other refs than before? */
static bool
differs(const struct update *u)
{
	for (size_t i = 0; i < u->count; i++) {
		const struct change *c = &u->changes[i];

		if (moved(c) && (has_ref(c) ||
		    !object_id_zero(&c->move.before)))
			return true;
	}
	return false;
}

static bool
is_mirrored(struct span name)
{
	for (size_t i = 0; i < MIRROR_PLACES; i++)
		if (lies_in(name, places[i].mirror))
			return true;
	return false;
}

/* store writes all refs, those that the host knows nothing of too. */
static bool
store(const struct update *u, struct err *e)
{
	const struct ref *old;
	size_t count, n = 0;

	if (!differs(u))
		return true;
	if (!refs_list(u->mirror, "refs/", SIZE_MAX, u->arena, &old, &count,
	    e))
		return false;
	struct ref *all = ARENA_ARRAY(u->arena, struct ref, count + u->count);
	if (all == NULL)
		return err_budget(e, u->arena);
	for (size_t i = 0; i < count; i++)
		if (!is_mirrored(old[i].name))
			all[n++] = old[i];
	for (size_t i = 0; i < u->count; i++)
		if (has_ref(&u->changes[i]))
			all[n++] = (struct ref){
			    SPAN_TEXT(u->changes[i].here),
			    u->changes[i].move.after };
	qsort(all, n, sizeof(*all), by_name);
	return refs_write(u->mirror, all, n, MIRROR_REFS, e);
}

bool
mirror_update(struct repository *mirror, const struct ref *heads, size_t count,
    struct arena *a, const struct ref_move **out, size_t *moves,
    struct err *e)
{
	struct update u = { .mirror = mirror, .arena = a, .walks = WALKS };

	if (!changes_find(&u, heads, count, e))
		return false;
	/* Mostly nothing has moved; then no history is looked at. */
	if (differs(&u))
		sift(&u, 0, u.count);
	if (!store(&u, e))
		return false;
	struct ref_move *list = ARENA_ARRAY(a, struct ref_move, u.count + 1);
	if (list == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < u.count; i++)
		list[i] = u.changes[i].move;
	*out = list;
	*moves = u.count;
	return true;
}
