/*
 * follow - the config repo and the ledger: fetched, verified, followed.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_FOLLOW_H
#define JUDGE_FOLLOW_H

#include "judge/desk.h"

/*
 * follow_start gets the config repo for the first time, opens its chain at the
 * pinned root, and the ledger that the root names; what the ledger says is
 * read. With begins in the settings the ledger may be missing. It may be
 * called again after a failure.
 */
bool	follow_start(struct desk *, struct err *) MUST_USE;

/*
 * follow_config walks on to the head of the config repo and records what
 * became of each commit. A host that does not answer, a commit that is refused
 * and a rewind are told (log, ledger) and not followed: the last good state
 * stays in force, and that is no error here.
 */
bool	follow_config(struct desk *, struct err *) MUST_USE;

#endif
