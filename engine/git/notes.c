/* notes - see notes.h. */
#include "base/limits.h"
#include "git/notes.h"
#include "git/tree.h"

#define PAIR	2	/* digits of a folder's name */

static bool
is_file(const struct tree_entry *t)
{
	return t->mode == TREE_FILE || t->mode == TREE_EXECUTABLE;
}

/*
 * note_step looks for the rest of an id in one folder: the note itself, or the
 * folder of its next two digits. NULL: neither.
 */
static const struct tree_entry *
note_step(const struct tree *t, struct span rest)
{
	const struct tree_entry *found = tree_find(t, rest);

	if (found != NULL && is_file(found))
		return found;
	if (rest.len <= PAIR)
		return NULL;
	found = tree_find(t, (struct span){ rest.ptr, PAIR });
	return found != NULL && found->mode == TREE_FOLDER ? found : NULL;
}

bool
note_find(struct repository *r, const struct object_id *notes,
    const struct object_id *object, struct object_id *blob, bool *there,
    struct err *e)
{
	struct object_id_hex hex = object_id_hex(object);
	struct span rest = SPAN_TEXT(hex.text);
	struct object_id folder;

	*there = false;
	if (!commit_tree(r, notes, &folder, e))
		return false;
	while (!*there) {
		CLEANUP(arena_done) struct arena *a =
		    arena_new(LIMIT_TREE_MEMORY);
		const struct tree_entry *found;
		struct tree t;

		if (!tree_read(r, &folder, a, &t, e))
			return false;
		found = note_step(&t, rest);
		if (found == NULL)
			return true;
		*there = is_file(found);
		*blob = folder = found->id;
		rest = span_from(rest, PAIR);
	}
	return true;
}
