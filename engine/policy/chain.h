/*
 * chain - who may change which file of the config repo.
 *
 * One commit is judged by the state of its first parent: every path that it
 * changes must be one that its signers may change by that state. Walking the
 * commits and verifying signatures is the judge's part.
 */
#ifndef POLICY_CHAIN_H
#define POLICY_CHAIN_H

#include "policy/policy.h"

/* A path that differs between a commit and its first parent. */
struct changed_path {
	struct span		path;
	struct text_list	keys;	/* project.yaml and people/x.yaml: the
					   top-level keys that differ */
};

struct chain_facts {
	struct span		commit;		/* hex */
	LIST_OF(struct changed_path) paths;
	struct signature_fact	signature;	/* of the commit */
	LIST_OF(struct signature_fact) others;	/* of a signed merge's inner
						  commit, and of endorsements */
};

enum chain_outcome {
	CHAIN_ALLOWED,
	CHAIN_PENDING,		/* lacks only endorsements */
	CHAIN_REFUSED,
};

struct chain_decision {
	enum chain_outcome	outcome;
	bool			delayed;	/* own keys: takes effect after
						   key-change-delay */
	LIST_OF(struct finding)	findings;	/* at least one a path */
};

/* chain_decide judges one commit by its parent's model. */
bool	chain_decide(const struct config *parent, const struct chain_facts *,
	    struct arena *, struct chain_decision *, struct err *) MUST_USE;

/* chain_outcome_name gives "allowed", "pending", "refused". */
const char *chain_outcome_name(enum chain_outcome);

#endif
