/*
 * recovery - what holders of offline keys say when the administrators' keys
 * are lost or stolen: the chain of the config repo (chain.h) leaves the commit
 * in force and goes on from another one.
 *
 * A recovery statement is YAML (docs/config-reference.md), each holder signs
 * that file (ssh-keygen -Y sign), and the signatures come behind it:
 *
 *	tagseal: 1			engine, config repo and pinned root,
 *	...				both commits, epoch, expiry, reason
 *	-----BEGIN SSH SIGNATURE-----	one for each of them, by another of the
 *	...				keys that engine.yaml pins
 *	-----END SSH SIGNATURE-----
 *
 * It fits one engine, one state in force, one epoch above all before, and the
 * time until it expires.
 *
 * Includes: base, crypto, config, ledger.
 */
#ifndef JUDGE_RECOVERY_H
#define JUDGE_RECOVERY_H

#include "config/config.h"
#include "judge/chain.h"
#include "ledger/fold.h"
#include "ledger/log.h"

#define RECOVERY_NAMESPACE	"recovery@tagseal"
#define RECOVERY_FILE		"statement"	/* in the engine's folder */
#define RECOVERY_LIMIT		((size_t)256 << 10)	/* bytes of all */
#define RECOVERY_SIGNATURES	64		/* at most */

/* Whom somebody believes: engine.yaml, or trust.yaml. */
struct recovery_trust {
	const struct span	*keys;		/* lines of SSH public keys */
	size_t			 count;
	uint64_t		 threshold;
	struct span		 config;	/* UUID of the config repo */
	struct chain_pin	 root;		/* that is pinned */
	bool			 any_root;	/* at that time, another one
						 * may have been pinned */
};

/* What was said, and by whom; in the arena. */
struct recovery_said {
	struct recovery_statement statement;
	struct chain_step	 step;
	const struct span	*signers;	/* "SHA256:..." */
	size_t			 signer_count;
};

/*
 * recovery_cut finds the statement and the armors behind it; spans borrow.
 * Errors: RECOVERY-STATEMENT.
 */
struct recovery_parts {
	struct span	statement;
	struct span	armors[RECOVERY_SIGNATURES];
	size_t		count;
};
bool	recovery_cut(struct span all, struct recovery_parts *, struct err *)
	    MUST_USE;

/*
 * recovery_read demands that enough holders said it, of this engine (UUID),
 * and that it is not too late at a time in ms. Errors: RECOVERY-NONE,
 * RECOVERY-STATEMENT, RECOVERY-ELSEWHERE, RECOVERY-KEY, RECOVERY-TWICE,
 * RECOVERY-THRESHOLD, RECOVERY-EXPIRED, those of recovery_parse and of
 * sshsig.h.
 */
bool	recovery_read(struct span all, const struct recovery_trust *,
	    struct span engine, int64_t now, struct arena *,
	    struct recovery_said *, struct err *) MUST_USE;

/* Pins as statements have them, and the reverse. Errors: RECOVERY-STATEMENT. */
bool	recovery_pin(const struct config_root *, struct chain_pin *,
	    struct err *) MUST_USE;

/*
 * recoveries_before counts those of a ledger up to the last one that a commit
 * has behind it, as far as the repository has their commits.
 */
bool	recoveries_before(struct repository *, const struct fold *,
	    const struct object_id *commit, size_t *count, struct err *)
	    MUST_USE;

/*
 * recoveries_follow takes a chain through the recoveries that a ledger tells
 * of and that are not behind it yet, as many as count says: each must follow
 * from the evidence. The chain of a root that was pinned after a recovery has
 * that behind it. look: its head does not count. Errors: as above, those of
 * chain_advance and chain_recover, and RECOVERY-LEAVES.
 */
struct recovery_past {
	const struct fold	*fold;
	struct ledger		*ledger;
	struct recovery_trust	 trust;
};
bool	recoveries_follow(struct chain *, struct repository *,
	    const struct recovery_past *, const struct chain_look *,
	    size_t count, struct err *) MUST_USE;

/*
 * recovery_redo takes a chain through one of them. look as above; NULL: the
 * chain stands where it was left.
 */
bool	recovery_redo(struct chain *, const struct recovery_past *,
	    const struct fold_recovery *, const struct chain_look *,
	    struct err *) MUST_USE;

#endif
