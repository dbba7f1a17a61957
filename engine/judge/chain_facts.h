/* chain_facts - private to judge/: what is so about one commit of the chain. */
#ifndef JUDGE_CHAIN_FACTS_H
#define JUDGE_CHAIN_FACTS_H

#include "git/object.h"
#include "judge/chain.h"

struct chain_context {
	struct repository	*repository;
	struct signers		*signers;	/* of the parent's state */
	const struct object_id	*parent;
	const struct object_id	*parent_tree;
	const struct chain_look	*look;
	struct arena		*arena;
	struct chain_verdict	*verdict;	/* gets the endorsements */
	bool			 seals;		/* chain_facts.seals */
};

/* chain_seen: when an object was first seen, at the latest now. */
int64_t	chain_seen(const struct chain_look *, const struct object_id *);

/* chain_facts_of gathers what policy/chain.h wants to know. */
bool	chain_facts_of(const struct chain_context *, const struct object_id *,
	    const struct commit_object *, const uint8_t manifest_sha256[32],
	    struct chain_facts *, struct err *) MUST_USE;

/*
 * chain_ahead reads a commit that will be judged soon, and says what signers
 * will be asked about it (signers_ahead).
 */
void	chain_ahead(struct repository *, struct signers *,
	    const struct chain_look *, const struct object_id *);

#endif
