/* history - see history.h. */
#include "base/limits.h"
#include "git/history.h"
#include "git/libgit.h"
#include "git/object.h"

DEFINE_CLEANUP(git_commit, commit_done, git_commit_free);
DEFINE_CLEANUP(git_revwalk, revwalk_done, git_revwalk_free);

struct list {
	struct arena		*arena;
	struct object_id	*ids;
	size_t			 count;
	size_t			 limit;
};

static bool
list_add(struct list *l, const struct object_id *id, struct err *e)
{
	if (l->count == l->limit)
		return err_set(e, ERR_GIT_TOO_MANY,
		    "history has more than %zu commits here", l->limit);
	l->ids = arena_grow(l->arena, l->ids, l->count, sizeof(*l->ids));
	if (l->ids == NULL)
		return err_budget(e, l->arena);
	l->ids[l->count++] = *id;
	return true;
}

static void
list_reverse(struct list *l)
{
	for (size_t i = 0; i < l->count / 2; i++) {
		struct object_id id = l->ids[i];

		l->ids[i] = l->ids[l->count - 1 - i];
		l->ids[l->count - 1 - i] = id;
	}
}

static bool
missing(int code, const struct object_id *id, struct err *e)
{
	if (code == GIT_ENOTFOUND)
		return err_set(e, ERR_GIT_OBJECT_MISSING,
		    "commit %s, or one before it, is not there",
		    object_id_hex(id).text);
	return libgit_err(e, ERR_GIT_OBJECT_CORRUPT,
	    "history of commit %s cannot be read", object_id_hex(id).text);
}

/* What is whole, and yet no commit to libgit2, was not written by git. */
static bool
not_parsed(struct repository *r, int code, const struct object_id *id,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;

	if (code == GIT_ENOTFOUND)
		return missing(code, id, e);
	if (!object_read(r, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT, &raw, e) ||
	    !commit_parse(buf_span(&raw), a, &c, e))
		return err_at(e, "commit %.12s", object_id_hex(id).text);
	return libgit_err(e, ERR_GIT_OBJECT_MALFORMED, "commit %.12s",
	    object_id_hex(id).text);
}

/* first_parent moves *id to its first parent; *root: it has none. */
static bool
first_parent(struct repository *r, struct object_id *id, bool *root,
    struct err *e)
{
	CLEANUP(commit_done) git_commit *commit = NULL;
	git_oid oid = libgit_oid(id);

	int code = git_commit_lookup(&commit, r->walk, &oid);
	if (code < 0)
		return not_parsed(r, code, id, e);
	*root = git_commit_parentcount(commit) == 0;
	if (!*root)
		*id = libgit_id(git_commit_parent_id(commit, 0));
	return true;
}

bool
history_chain(struct repository *r, const struct object_id *from,
    const struct object_id *to, size_t limit, struct arena *a,
    const struct object_id **out, size_t *count, struct err *e)
{
	struct list l = { .arena = a, .limit = limit };
	struct object_id at = *to;
	bool root = false;

	while (!root && !object_id_eq(&at, from))
		if (!list_add(&l, &at, e) || !first_parent(r, &at, &root, e))
			return false;
	if (root)
		return err_set(e, ERR_GIT_HISTORY_APART,
		    "commit %s does not follow from %s by first parents",
		    object_id_hex(to).text, object_id_hex(from).text);
	list_reverse(&l);
	*out = l.ids;
	*count = l.count;
	return true;
}

/*
 * history_reaches looks at commits from the tip back until it meets the one.
 * (git_graph_descendant_of would be shorter, but has no code for what is
 * missing, and leaks then.)
 */
bool
history_reaches(struct repository *r, const struct object_id *tip,
    const struct object_id *commit, bool *reaches, struct err *e)
{
	CLEANUP(revwalk_done) git_revwalk *walk = NULL;
	git_oid top = libgit_oid(tip), oid = { { 0 } };
	bool found = false;

	if (!object_exists(r, tip))
		return missing(GIT_ENOTFOUND, tip, e);
	int code = git_revwalk_new(&walk, r->walk);
	if (code == 0)
		code = git_revwalk_push(walk, &top);
	while (code == 0 && !found) {
		code = git_revwalk_next(&oid, walk);
		struct object_id id = libgit_id(&oid);
		found = code == 0 && object_id_eq(&id, commit);
	}
	if (code != 0 && code != GIT_ITEROVER)
		return missing(code, tip, e);
	*reaches = found;
	return true;
}

bool
history_between(struct repository *r, const struct object_id *from,
    const struct object_id *to, size_t limit, struct arena *a,
    const struct object_id **out, size_t *count, struct err *e)
{
	CLEANUP(revwalk_done) git_revwalk *walk = NULL;
	struct list l = { .arena = a, .limit = limit };
	git_oid top = libgit_oid(to), below, oid;
	int code = git_revwalk_new(&walk, r->walk);

	if (code == 0)
		code = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL |
		    GIT_SORT_REVERSE);
	if (code == 0)
		code = git_revwalk_push(walk, &top);
	if (code == 0 && from != NULL) {
		below = libgit_oid(from);
		code = git_revwalk_hide(walk, &below);
	}
	if (code < 0)
		return missing(code, to, e);
	while ((code = git_revwalk_next(&oid, walk)) == 0) {
		struct object_id id = libgit_id(&oid);

		if (!list_add(&l, &id, e))
			return false;
	}
	if (code != GIT_ITEROVER)
		return missing(code, to, e);
	*out = l.ids;
	*count = l.count;
	return true;
}
