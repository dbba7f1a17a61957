/*
 * snapshot - what an audit found good, as bytes: the next one goes on from
 * there. It is the auditor's own, and a cache: whoever keeps it answers for
 * who may write to it; what does not fit the ledger is not believed.
 *
 *	"tagseal-audit 3" LF, the keys that were trusted (see snapshot_trust),
 *	head (20 bytes), commits, time of the last event, checkpoint (its size,
 *	its bytes), what is anchored, who may write and who could (engines), the
 *	tree (its size, and the hashes of each level), then fold and reckoning
 *	SHA-256 of all that
 *
 * Numbers have 8 bytes, big-endian; texts their length (4 bytes) before them.
 */
#ifndef LEDGER_SNAPSHOT_H
#define LEDGER_SNAPSHOT_H

#include "ledger/anchor.h"
#include "ledger/fold.h"
#include "ledger/log.h"
#include "ledger/reckoning.h"

/* What a snapshot says of itself; spans borrow from it. */
struct snapshot {
	struct span		trust;
	struct object_id	head;
	uint64_t		commits;
	int64_t			last_time;
	uint64_t		checkpoint_size;
	struct span		checkpoint;
	struct ledger_anchored	anchored;
	struct span		engines;	/* see engines_read */
	struct merkle_tree	tree;
	struct fold		*fold;
	struct reckoning	*reckoning;
};

/* snapshot_trust appends the keys that a reader trusts, as one text. */
void	snapshot_trust(const struct ledger_trust *, struct buf *out);

void	snapshot_write(const struct ledger *, const struct fold *,
	    const struct reckoning *, struct buf *out);

/*
 * snapshot_read reads one; the caller releases it with snapshot_done. false: it
 * was changed, cut short, or made by another version.
 */
bool	snapshot_read(struct span, struct snapshot *out) MUST_USE;
void	snapshot_done(struct snapshot *);

/*
 * snapshot_resume sets a ledger that has read nothing to where the snapshot
 * stands, and takes its tree over. Errors: those of Git objects, LEDGER-FORMAT
 * (also if it knows the first engine by another key than the ledger).
 */
bool	snapshot_resume(struct ledger *, struct snapshot *, struct err *)
	    MUST_USE;

#endif
