/*
 * check - accounts for a signed artifact: every signature that was issued is
 * in its own file, over that file's own bytes; every directive has the one that
 * it asks for, and as it asks; and nothing else changed.
 *
 * It trusts nothing that the signing worker said but what the judge knows:
 * the input, the output, the configuration and the list of signatures issued.
 */
#ifndef WORKER_CHECK_H
#define WORKER_CHECK_H

#include "wire/worker.h"
#include "worker/part.h"

struct account_terms {
	struct resolve_terms	 resolve;	/* as for signing */
	struct span		 certificate;	/* DER: of every signature */
	const struct issued_item *issued;	/* all signatures issued */
	size_t			 issued_count;
};

/*
 * account_foresee finds out what is inside the input and reads what is to be
 * signed, so that account_output need not: that can be done while others sign.
 * The issued signatures of the terms do not count yet. Nobody may change the
 * input in between.
 */
bool	account_foresee(const struct rope *input, const struct account_terms *,
	    struct part **root, struct err *) MUST_USE;

/*
 * account_output accounts for an output. Errors: CHECK-CHANGED (bytes that no
 * directive allows to change), CHECK-SIGNATURE (one that is not good, or is
 * not ours), CHECK-NOT-ISSUED, CHECK-MISSING (issued, but not there), and what
 * the formats and containers say of broken files.
 */
bool	account_output(const struct part *root, const struct rope *output,
	    const struct account_terms *, struct err *) MUST_USE;

/* account does both. */
bool	account(const struct rope *input, const struct rope *output,
	    const struct account_terms *, struct err *) MUST_USE;

#endif
