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

/* An entry of people/ as it was before its owner changed it alone. */
struct key_before {
	struct span		person;		/* slug */
	struct person_key	key;
};

struct chain_facts {
	struct span		commit;		/* hex */
	LIST_OF(struct changed_path) paths;
	struct signature_fact	signature;	/* of the commit */
	LIST_OF(struct signature_fact) others;	/* of a signed merge's inner
						  commit, and of endorsements */
	bool			seals;		/* it takes over what was
						   refused before it */

	/* What keys are judged by; only if chain_decide asks for it. */
	const struct config	*next;		/* what the commit leaves */
	LIST_OF(struct key_before) before;	/* within the delay */
	struct text_list	waiting;	/* keys that do not count yet,
						   as in person_key.bytes */
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
	bool			restores;	/* takes such a change back */
	bool			seals;		/* what the facts say */
	bool			wants_next;	/* see chain_decide */
	struct text_list	administrators;	/* slugs: they signed it */
	LIST_OF(struct finding)	findings;	/* at least one a path */
};

/*
 * chain_decide judges one commit by its parent's model. With wants_next, the
 * outcome may be another one once it knows `next` and what goes with it: a
 * person changes the own keys, or one administrator takes that back.
 */
bool	chain_decide(const struct config *parent, const struct chain_facts *,
	    struct arena *, struct chain_decision *, struct err *) MUST_USE;

/*
 * administrator_signed gives the administrator who made a signature with a key
 * that was valid then; *out is NULL if it was nobody who is one.
 */
bool	administrator_signed(const struct config *,
	    const struct signature_fact *, struct arena *,
	    const struct person **out, struct err *) MUST_USE;

/* key_entry_same compares all that counts of two entries. */
bool	key_entry_same(const struct person_key *, const struct person_key *);

/* chain_outcome_name gives "allowed", "pending", "refused". */
const char *chain_outcome_name(enum chain_outcome);

#endif
