/*
 * seal_request - an authorised request through worker, key and checker.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_SEAL_REQUEST_H
#define JUDGE_SEAL_REQUEST_H

#include "judge/dossier.h"

/*
 * seal_request signs all artifacts of a request, level by level, each level
 * with its intent in the ledger before and its uses after; has each result
 * checked; puts the results into the folder of results; and records
 * artifact.verified of all of them with the uses of the last level.
 *
 * A failure leaves no intent open: what is known of its signatures is recorded
 * as used, else as unknown.
 */
bool	seal_request(struct desk *, const struct fold_request *,
	    struct dossier *, struct err *) MUST_USE;

/* unknown_record owns up to an intent that a crash left open. */
bool	unknown_record(struct desk *, const struct fold_request *,
	    const char *reason, struct err *) MUST_USE;

/* result_path gives where a result lies, or NULL: the arena is spent. */
const char *result_path(const struct desk *, const struct fold_request *,
	    struct span name, struct arena *, struct err *);

#endif
