/*
 * history - who comes before whom, by the parents that commits name.
 *
 * Replace refs and grafts do not exist here: the object store is all that is
 * read. Dates play no part.
 */
#ifndef GIT_HISTORY_H
#define GIT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/id.h"
#include "git/repository.h"

/*
 * history_chain lists the first-parent chain from the commit after "from" up
 * to "to", oldest first; both the same: none. Errors: GIT-HISTORY-APART (from
 * is not on the chain: a rewind or a side step), GIT-OBJECT-MISSING,
 * GIT-TOO-MANY (longer than limit), those of commit_parse.
 */
bool	history_chain(struct repository *, const struct object_id *from,
	    const struct object_id *to, size_t limit, struct arena *,
	    const struct object_id **, size_t *count, struct err *) MUST_USE;

/* history_reaches tells whether commit is tip, or among its ancestors. */
bool	history_reaches(struct repository *, const struct object_id *tip,
	    const struct object_id *commit, bool *reaches, struct err *)
	    MUST_USE;

/*
 * history_between lists what is reachable from "to" and not from "from" (NULL:
 * all), parents before children. Errors: GIT-OBJECT-MISSING, GIT-TOO-MANY.
 */
bool	history_between(struct repository *, const struct object_id *from,
	    const struct object_id *to, size_t limit, struct arena *,
	    const struct object_id **, size_t *count, struct err *) MUST_USE;

#endif
