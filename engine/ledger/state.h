/*
 * state - what log.c and commit.c share: a ledger from inside.
 */
#ifndef LEDGER_STATE_H
#define LEDGER_STATE_H

#include "base/arena.h"
#include "git/object.h"
#include "ledger/anchor.h"
#include "ledger/log.h"
#include "ledger/reading.h"

#define COMMIT_ARENA	((size_t)256 << 20)	/* bytes for one commit */

/* A commit that is still to be read, and its tree. */
struct commit_name {
	struct object_id	id, tree;
};

struct ledger {
	struct repository	*repo;
	struct ledger_trust	 trust;
	struct ledger_reader	 reader;
	struct arena		*arena;
	struct ledger_format	 format;
	struct engines		 engines;
	struct object_id	 head;
	struct object_id	 tree_id;	/* of the head */
	uint64_t		 commits;
	struct merkle_tree	 tree;
	struct buf		 checkpoint;
	uint64_t		 checkpoint_size;
	int64_t			 last_time;
	struct ledger_anchored	 anchored;
	bool			 pin_met;
	unsigned		 threads;	/* to read with; 0 is 1 */
	struct ledger_survey	 survey;
	bool			 lost;		/* the tree is not known: what
						 * is missing was not read */
	uint64_t		 sound_commits;	/* before the first fault */
	uint64_t		 sound_size;
	uint64_t		 faults;
};

/*
 * ledger_commit_take takes the next commit as it was read: all of it, or
 * nothing and an error. The reader sees its events when all of them were found
 * good. A survey is told of faults instead, and goes on.
 */
bool	ledger_commit_take(struct ledger *, struct reading *, struct err *)
	    MUST_USE;

/* ledger_genesis_format reads what all the rest rests on. */
bool	ledger_genesis_format(struct ledger *, const struct object_id *tree,
	    struct err *) MUST_USE;

/* ledger_fault stops with a fault, or tells the survey and goes on. */
bool	ledger_fault(struct ledger *, const struct ledger_fault *,
	    struct err *) MUST_USE;

/* ledger_read_file appends a file of a tree. */
bool	ledger_read_file(struct ledger *, const struct object_id *tree,
	    const char *path, uint64_t limit, struct buf *out, struct err *)
	    MUST_USE;

/* "blobs/sha256/ab/cd/ef..." of 64 hex digits. */
void	ledger_blob_path(struct span hex, char out[LEDGER_PATH_SIZE]);

#endif
