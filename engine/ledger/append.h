/*
 * append - new commits of a ledger, in two phases: prepare gives the payload
 * that the commit key signs, finish the commit. Moving refs and pushing is
 * the caller's, by compare-and-swap from ledger_head().
 */
#ifndef LEDGER_APPEND_H
#define LEDGER_APPEND_H

#include "ledger/log.h"

/*
 * What others said of a checkpoint (anchor.h): lines of witnesses stand in the
 * note, and were judged by whoever knows the witnesses. Tokens that are not
 * over the checkpoint as the branch has it are left out, as is what is there.
 */
struct ledger_anchor {
	struct span		 note;
	const struct span	*tokens;
	size_t			 token_count;
};

/* A transaction; all may be empty but not everything. */
struct ledger_transaction {
	const struct span		*events;	/* from event_make */
	size_t				 event_count;
	const struct span		*blobs;
	size_t				 blob_count;
	const struct ledger_anchor	*anchors;
	size_t				 anchor_count;
	struct span			 checkpoint;	/* of ledger_size() */
};

/* What was prepared; zero-initialise it. */
struct ledger_draft {
	struct buf		payload;	/* signed in namespace "git" */
	uint64_t		size;		/* after it is pushed */
	struct merkle_hash	root;
};

void	ledger_draft_done(struct ledger_draft *);

/*
 * ledger_prepare writes blobs and trees, and the payload of the commit. The
 * events must be the next ones; blobs that none of them cites are left out. A
 * checkpoint may be left out only where the stored one is of this very size
 * already. at: milliseconds, of the commit.
 */
bool	ledger_prepare(struct ledger *, const struct ledger_transaction *,
	    int64_t at, struct ledger_draft *, struct err *) MUST_USE;

/*
 * ledger_prepare_genesis begins a ledger that has nothing yet. created is the
 * event ledger.created, number 0.
 */
bool	ledger_prepare_genesis(struct ledger *, const struct ledger_format *,
	    struct span created, int64_t at, struct ledger_draft *,
	    struct err *) MUST_USE;

/* ledger_finish writes the commit with its armored SSH signature. */
bool	ledger_finish(struct ledger *, const struct ledger_draft *,
	    struct span armor, struct object_id *commit, struct err *)
	    MUST_USE;

/* ledger_created gives the members of ledger.created for event_make. */
struct json	*ledger_created(const struct ledger_format *,
		    const char *config_repo, const char *version);

#endif
