/*
 * chain - the config repo as a chain of trust.
 *
 *	pinned root -> commit -> commit -> merge -> ...   (first parents)
 *	   state        state     state     state
 *
 * Each commit is judged by the state of its first parent: by whom it is signed
 * (that state's people), whether they may change the paths that it changes
 * (policy/chain.h), and whether the files that it leaves are sound. The first
 * one that is refused or pending ends the walk; the last good state stays in
 * force. A head that does not descend from it is a rewind: GIT-HISTORY-APART.
 *
 * A commit that was refused never becomes good. The way on is a seal: a commit
 * on top of it whose message has a line
 *
 *	Accept-Range: <accepted commit>..<its own parent>
 *
 * with full ids, for which as many administrators of the accepted state sign
 * (by endorsing tags) as for any change. It is judged as one change of all
 * files against the accepted state; what lies between gets no say by it.
 *
 * Where the administrators' keys are lost or stolen, holders of recovery keys
 * set the chain on a new commit (chain_recover).
 *
 * The repository is only read, by object ids; refs come from the caller.
 */
#ifndef JUDGE_CHAIN_H
#define JUDGE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/load.h"
#include "crypto/digest.h"
#include "git/repository.h"
#include "judge/signers.h"
#include "policy/chain.h"

/* What engine.yaml pins: config.root. */
struct chain_pin {
	struct object_id	commit;
	uint8_t			payload_sha256[32];
	uint8_t			manifest_sha256[32];
};

/* What was found in the repository, and when. */
struct chain_look {
	struct object_id	 head;		/* of the branch */
	const struct object_id	*endorsements;	/* tag objects */
	size_t			 endorsement_count;
	int64_t			 now;		/* milliseconds */

	/*
	 * first_seen tells when a commit or tag was first seen, 0: never
	 * before. NULL: nothing was.
	 */
	int64_t	(*first_seen)(void *arg, const struct object_id *);
	void	*arg;

	/*
	 * accepted tells whether a commit was accepted before: seals that were
	 * are taken again, whatever has become of what they sealed. NULL: no
	 * commit was.
	 */
	bool	(*accepted)(void *arg, const struct object_id *);

	/*
	 * kept appends the bytes of an endorsing tag that the repository has
	 * lost, if somebody else kept them; *there. NULL: nobody did.
	 */
	bool	(*kept)(void *arg, const struct object_id *, struct buf *,
		    bool *there, struct err *);
};

struct chain_verdict {
	struct object_id	 commit;
	uint8_t			 payload_sha256[32];
	uint8_t			 manifest_sha256[32];
	struct span		 signer;	/* slug; empty: nobody known */
	struct span		 subject;	/* of the message, for people */
	int64_t			 first_seen;
	enum chain_outcome	 outcome;
	const struct err	*error;		/* NULL: findings say it all */
	struct chain_decision	 decision;
	LIST_OF(struct changed_path) paths;
	LIST_OF(struct object_id) endorsements;	/* tags that count for it */
};

struct chain;

/* chain_pin_of reads what a pin of this commit would say. */
bool	chain_pin_of(struct repository *, const struct object_id *,
	    struct chain_pin *, struct err *) MUST_USE;

/*
 * chain_open begins at the pinned root. repository and source must outlive the
 * chain. Errors: CHAIN-ROOT, CHAIN-UNSOUND (then errors has them all).
 */
bool	chain_open(struct repository *, const struct chain_pin *,
	    const struct verifier_source *, struct chain **,
	    struct config_errors *errors, struct err *) MUST_USE;
void	chain_free(struct chain *);
DEFINE_CLEANUP(struct chain, chain_done, chain_free);

/*
 * chain_advance walks from the accepted commit towards the head. true: the
 * verdicts say what became of each commit; what cannot be read is refused, or
 * the head where it is unknown what comes before it. Errors: GIT-HISTORY-APART,
 * and what stops the machine.
 */
bool	chain_advance(struct chain *, const struct chain_look *, struct err *)
	    MUST_USE;

/*
 * chain_recover leaves the state in force and goes on from another commit, on
 * the word of those who hold recovery keys (recovery.h), given under a number.
 * No commit comes back that was in force before, or stands before one that is:
 * the branch that is left would lead on from it once more. seen: when the word
 * was first seen, in ms. errors: of its files. Errors: RECOVERY-LEAVES,
 * RECOVERY-MISSING, RECOVERY-TIP, CHAIN-UNSOUND; the state stays.
 */
struct chain_step {
	struct chain_pin	leaves;
	struct chain_pin	to;
	uint64_t		epoch;
};
bool	chain_recover(struct chain *, const struct chain_step *, int64_t seen,
	    struct config_errors *errors, struct err *) MUST_USE;

/* chain_epoch is the number of the last recovery on the way; 0: none. */
uint64_t	chain_epoch(const struct chain *);

/* The state in force; it is replaced when the chain advances. */
const struct config	*chain_config(const struct chain *);
const struct object_id	*chain_commit(const struct chain *);
const struct object_id	*chain_tree(const struct chain *);
const uint8_t		*chain_manifest(const struct chain *);	/* 32 bytes */
struct signers		*chain_signers(struct chain *);

/*
 * The verdicts of the last chain_advance, oldest first; they live till the
 * next one. If the last is CHAIN_ALLOWED, the chain was followed to the head;
 * another that is not was sealed by the one behind it, or is the last but a
 * seal that does not count (yet).
 */
const struct chain_verdict *chain_verdicts(const struct chain *,
			    size_t *count);

/* What makes the files of the last verdict unsound; empty if they are not. */
const struct config_errors *chain_errors(const struct chain *);

/* chain_rule gives the name of the rule that allowed or refused a path. */
const char	*chain_rule(const struct chain_verdict *, size_t path);

#endif
