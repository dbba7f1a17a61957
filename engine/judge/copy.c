/* copy - see copy.h. */
#include "base/limits.h"
#include "git/object.h"
#include "git/tree.h"
#include "git/write.h"
#include "judge/copy.h"

#define OBJECT_MOST	(64 * MIB)		/* bytes of one blob */

/* Both ends of a copy. */
struct copy {
	struct repository	*from;
	struct repository	*to;
};

static bool
copy_object(const struct copy *c, const struct object_id *id,
    enum object_kind kind, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct object_id written;

	if (object_exists(c->to, id))
		return true;
	return object_read(c->from, id, kind, OBJECT_MOST, &raw, e) &&
	    object_write(c->to, kind, buf_span(&raw), &written, e);
}

static bool
copy_tree(const struct copy *c, const struct object_id *id, unsigned depth,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	struct tree t;

	if (object_exists(c->to, id))
		return true;
	if (depth == LIMIT_TREE_DEPTH)
		return err_set(e, ERR_LEDGER_LAYOUT, "folders are nested too "
		    "deep");
	if (!tree_read(c->from, id, a, &t, e))
		return false;
	for (size_t i = 0; i < t.count; i++) {
		const struct tree_entry *n = &t.entries[i];

		if (n->mode == TREE_FOLDER ?
		    !copy_tree(c, &n->id, depth + 1, e) :
		    !copy_object(c, &n->id, OBJECT_BLOB, e))
			return false;
	}
	return copy_object(c, id, OBJECT_TREE, e);
}

static bool
commit_and_tree(const struct copy *c, const struct object_id *id,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object commit;

	return object_read(c->from, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT,
	    &raw, e) && commit_parse(buf_span(&raw), a, &commit, e) &&
	    copy_tree(c, &commit.tree, 0, e) &&
	    copy_object(c, id, OBJECT_COMMIT, e);
}

bool
copy_commit(struct repository *from, struct repository *to,
    const struct object_id *id, struct err *e)
{
	return commit_and_tree(&(struct copy){ from, to }, id, e);
}

bool
copy_history(struct repository *from, struct repository *to,
    const struct object_id *id, struct err *e)
{
	return copy_object(&(struct copy){ from, to }, id, OBJECT_COMMIT, e);
}

bool
copy_tag(struct repository *from, struct repository *to,
    const struct object_id *id, struct err *e)
{
	return copy_object(&(struct copy){ from, to }, id, OBJECT_TAG, e);
}
