/*
 * merge - whether a merge commit adds anything of its own.
 *
 * Paths are compared, not lines: where both sides changed the same path in
 * different ways, a person has decided something. No renames are guessed.
 */
#ifndef GIT_MERGE_H
#define GIT_MERGE_H

#include <stdbool.h>

#include "base/err.h"
#include "git/id.h"
#include "git/repository.h"

/* The trees of a merge: its own, that of each parent, and of their base. */
struct merge_trees {
	struct object_id	base, ours, theirs, merged;
};

/*
 * merge_base gives the commit from which two have gone apart; *found is false
 * if there is none, or more than one. Errors: GIT-OBJECT-MISSING.
 */
bool	merge_base(struct repository *, const struct object_id *ours,
	    const struct object_id *theirs, struct object_id *base,
	    bool *found, struct err *) MUST_USE;

/*
 * merge_is_clean tells whether the merged tree is what both sides give by
 * themselves: each path as the one side has it that changed it. Errors: those
 * of tree_compare.
 */
bool	merge_is_clean(struct repository *, const struct merge_trees *,
	    bool *clean, struct err *) MUST_USE;

#endif
