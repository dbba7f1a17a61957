/*
 * retrieve - the inputs of a request: fetched, compared with what was signed
 * for, and looked into by a worker, before anybody is asked to approve.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_RETRIEVE_H
#define JUDGE_RETRIEVE_H

#include "judge/dossier.h"
#include "wire/worker.h"

/*
 * retrieve_inputs gets all inputs and records artifact.retrieved and
 * artifact.resolved, unless the ledger has them already. Downloads are not
 * waited for: call it again until ready is set. Errors of kind system may pass:
 * the others are for good.
 */
bool	retrieve_inputs(struct desk *, const struct fold_request *,
	    struct dossier *, struct err *) MUST_USE;

/* A file of a project's hosts that is to be downloaded. */
struct download {
	struct span	url;
	uint64_t	limit;		/* bytes */
	int64_t		patience;	/* ms */
};

/*
 * download_start sends a courier for it, under what the project says of its
 * artifacts. *scratch is a new file for what comes, which the caller closes;
 * where all couriers are out, the errand is not busy, and no error.
 */
bool	download_start(struct desk *, const struct project *,
	    const struct download *, struct errand *out, int *scratch,
	    struct err *) MUST_USE;

/*
 * input_job fills in what a worker is told about an input, for every verb:
 * name, limits, configuration, roots. What is in it lives in the arena.
 */
bool	input_job(struct desk *, const struct input *, struct arena *,
	    struct job *out, struct err *) MUST_USE;

/*
 * input_is_resolved holds the tree that a worker shows (wire) against the one
 * that approvers were shown. Errors: ARTIFACT-WIRE if it is another.
 */
bool	input_is_resolved(const struct input *, struct span wire,
	    struct err *) MUST_USE;

/*
 * input_is_shown holds the digest of a tree (canonical JSON) that a checker
 * sees against the one that approvers were shown. Errors: CHECK-TREE.
 */
bool	input_is_shown(const struct input *, const struct digest *,
	    struct err *) MUST_USE;

#endif
