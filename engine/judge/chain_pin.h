/* chain_pin - private to the chain: commits as they stand in a repository. */
#ifndef JUDGE_CHAIN_PIN_H
#define JUDGE_CHAIN_PIN_H

#include "git/listing.h"
#include "git/object.h"
#include "judge/chain.h"

/* A commit as it stands in the repository; zero-initialise, then done. */
struct read_commit {
	struct buf		 raw;
	struct arena		*arena;
	struct commit_object	 object;
};

void	read_commit_done(struct read_commit *);
bool	commit_load(struct repository *, const struct object_id *,
	    struct read_commit *, struct err *) MUST_USE;

/*
 * pin_fill tells both digests that name a commit without SHA-1, and the files
 * that it leaves. before: a listing of another state, or NULL.
 */
bool	pin_fill(struct repository *, const struct object_id *,
	    const struct commit_object *, const struct tree_listing *before,
	    struct chain_pin *, struct tree_listing *files, struct err *)
	    MUST_USE;
bool	pin_same(const struct chain_pin *, const struct chain_pin *);

#endif
