/*
 * copy - objects that the judge relies on, brought from a mirror (the
 * courier's) into a store of its own: what a host loses or takes back stays.
 *
 * What refers to others is written last, so that whatever the store has, it has
 * with all below. Inside of judge/ only.
 */
#ifndef JUDGE_COPY_H
#define JUDGE_COPY_H

#include "git/repository.h"

/*
 * copy_commit brings a commit with its whole tree, not its parents;
 * copy_history a commit object alone, however bad it is, and copy_tag a tag
 * object alone. What is there already is not read again. Errors: those of
 * object_read and of trees.
 */
bool	copy_commit(struct repository *from, struct repository *to,
	    const struct object_id *, struct err *) MUST_USE;
bool	copy_history(struct repository *from, struct repository *to,
	    const struct object_id *, struct err *) MUST_USE;
bool	copy_tag(struct repository *from, struct repository *to,
	    const struct object_id *, struct err *) MUST_USE;

#endif
