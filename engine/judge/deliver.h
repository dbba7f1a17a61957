/*
 * deliver - the results of a request: receipts, sums, and the way out.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_DELIVER_H
#define JUDGE_DELIVER_H

#include "judge/desk.h"

/* results_here tells whether all results lie there, byte by byte. */
bool	results_here(const struct desk *, const struct fold_request *);

/*
 * deliver_request writes a receipt for each artifact and SHA256SUMS, publishes
 * all to each output of the project, and records artifact.published. What is
 * there already with the same bytes is fine. Outputs:
 *
 *	<output>/<tag, or branch and 12 digits of its commit>/<name>
 */
bool	deliver_request(struct desk *, const struct fold_request *,
	    struct err *) MUST_USE;

/* results_sweep drops what a crash left of requests that are at their end. */
void	results_sweep(const struct desk *);

/* results_drop forgets the results of a request that is at its end. */
void	results_drop(const struct desk *, const struct fold_request *);

#endif
