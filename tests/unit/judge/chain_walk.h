/*
 * chain_walk - the config repo of an office walked from a pinned root, for
 * tests of the chain.
 */
#ifndef CHAIN_WALK_H
#define CHAIN_WALK_H

#include "judge/chain.h"
#include "judge/office.h"

#define HOUR	INT64_C(3600000)

/* chain_at pins a commit of the office's config repo. */
struct chain *chain_at(struct office *, const char *name,
	    const struct verifier_source *);

/* chain_walk goes to HEAD and gives the last verdict; NULL: nothing is new. */
const struct chain_verdict *chain_walk(struct office *, struct chain *,
	    int64_t now);

/* verdict_code is that of the first finding against, or the error; "none". */
const char *verdict_code(const struct chain_verdict *);

/* assert_change makes one change on top of HEAD: what becomes of it. */
void	assert_change(struct office *, const char *lines, const char *code,
	    const char *signer);

#endif
