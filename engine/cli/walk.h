/*
 * walk - the chain of a config repo as a person can verify it: from the root
 * that trust.yaml pins, by the times at which the ledger says that the engine
 * first saw each commit.
 */
#ifndef CLI_WALK_H
#define CLI_WALK_H

#include "cli/openpgp.h"
#include "cli/times.h"
#include "cli/trust.h"
#include "judge/chain.h"
#include "ledger/fold.h"

#define WALK_OPTIONS							\
	{ "trust", 0, "FILE", "pins (default: "				\
	    "~/.config/tagseal/trust.yaml)", false },			\
	{ "ledger", 0, "DIR", "a clone of the ledger: judge by when the "\
	    "engine first saw each commit", false },			\
	{ "branch", 0, "NAME", "the ledger's branch (default "		\
	    "tagseal/ledger)", false },					\
	{ "log-key", 0, "VKEY", "the ledger's verifier key, or a file "	\
	    "with it (default: that of the pins)", false }

struct walk {
	const struct invocation	*in;
	struct repository	*r;		/* of the caller */
	struct arena		*arena;
	struct openpgp		 openpgp;
	struct verifier_source	 source;
	struct times		 times;
	bool			 timed;		/* there is a ledger */
	struct trust_file	 trust;
	struct chain_pin	 root;		/* that it pins */
	bool			 pinned;	/* ...for this repository */
	struct chain_look	 look;		/* head is the caller's */
	struct chain		*chain;
	struct config_errors	 errors;	/* of where the walk begins */
};

#define WALK_NONE { .openpgp = OPENPGP_NONE }

/*
 * walk_read reads pins and ledger. Pins of a file that was named, or whose root
 * is in the repository, are of this repository. Errors: those of trust_read,
 * trust_pin and times_read.
 */
bool	walk_read(struct walk *, const struct invocation *,
	    struct repository *, struct err *) MUST_USE;

/*
 * walk_check_id: are pins, ledger and a config repo of this id of one piece?
 * Errors: CHAIN-ROOT, CHAIN-LEDGER.
 */
bool	walk_check_id(const struct walk *, struct span id, struct err *)
	    MUST_USE;

/*
 * walk_begin opens the chain at a commit, and gathers the endorsements of the
 * repository, the ledger and --endorsement: chain_advance(w->chain, &w->look)
 * goes on from there. Errors: those of chain_open, walk_check_id and of refs.
 */
bool	walk_begin(struct walk *, const struct chain_pin *, struct err *)
	    MUST_USE;

/* walk_begin_pinned is walk_begin at the root that is pinned. */
bool	walk_begin_pinned(struct walk *, struct err *) MUST_USE;

/*
 * walk_recover goes through the recoveries that the ledger tells of and that a
 * commit has behind it, each by its evidence and the recovery keys that are
 * pinned; *last is the last of them, or NULL. Nothing without a ledger. Errors:
 * those of recoveries_follow (judge/recovery.h).
 */
bool	walk_recover(struct walk *, const struct object_id *commit,
	    const struct fold_recovery **last, struct err *) MUST_USE;

void	walk_done(struct walk *);

#endif
