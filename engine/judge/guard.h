/*
 * guard - refs for which something was signed: they must not change any more,
 * and whoever changes them is told of. Nothing is decided here.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_GUARD_H
#define JUDGE_GUARD_H

#include "judge/desk.h"

/*
 * guard_changed raises REF-MOVED if a key was used for a ref that is "gone",
 * "another object" or what else the text says; once for each text.
 */
bool	guard_changed(struct desk *, const struct fold_ref *,
	    const char *what, struct err *) MUST_USE;

/*
 * guard_branch raises REF-REWOUND for each commit that was signed for a branch
 * and is not reachable from its head; once for each commit.
 */
bool	guard_branch(struct desk *, struct repository *,
	    const struct fold_ref *, const struct object_id *head,
	    struct err *) MUST_USE;

#endif
