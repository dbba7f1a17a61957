/*
 * demand - what a configuration demands of a file: facts (`where`), signatures
 * (`verify`), and whether one of ours is there already (`existing: keep`).
 *
 * Private to worker/.
 */
#ifndef WORKER_DEMAND_H
#define WORKER_DEMAND_H

#include "worker/part.h"

/*
 * demand_where holds the file's facts against the conditions of its element. A
 * file whose headers are broken has none, and is refused in any case: nobody
 * should approve what cannot be signed.
 * Errors: ARTIFACT-WHERE with both values, those of the format.
 */
bool	demand_where(const struct part *, const struct subject *,
	    struct err *) MUST_USE;

/*
 * demand_signed: every signature in the file is good, and one is by whom the
 * directive names. The terms' roots serve where it brings none of its own.
 * Errors: ARTIFACT-VERIFY, those of the format.
 */
bool	demand_signed(const struct part *, const struct subject *,
	    const struct directive *, const struct judge_terms *,
	    struct err *) MUST_USE;

/*
 * demand_ours tells whether the file carries a good signature by the identity,
 * timestamped if it asks for timestamps.
 */
bool	demand_ours(const struct part *, const struct subject *,
	    const struct signing_identity *, const struct judge_terms *,
	    bool *ours, struct err *) MUST_USE;

#endif
