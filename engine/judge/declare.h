/*
 * declare - which engines may write the ledger: what tagseal.yaml says of it
 * becomes events, by an engine that may write already (ledger/engines.h).
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_DECLARE_H
#define JUDGE_DECLARE_H

#include "judge/desk.h"

/* declare_own is the certificate of this engine's commits: its slug. */
struct span declare_own(const struct desk *);

/* declare_evidence: a file of the config in force is what an event rests on. */
bool	declare_evidence(struct desk *, struct json *event, const char *path,
	    struct err *) MUST_USE;

/*
 * declare_follow writes engine.declared and engine.retired for what the config
 * in force says and the ledger does not. A key or an id that is another's is
 * told in the log, and not written.
 */
bool	declare_follow(struct desk *, struct err *) MUST_USE;

#endif
