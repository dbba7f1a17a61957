/*
 * state - what log.c and commit.c share: a ledger from inside.
 */
#ifndef LEDGER_STATE_H
#define LEDGER_STATE_H

#include "base/arena.h"
#include "git/object.h"
#include "ledger/anchor.h"
#include "ledger/log.h"

#define COMMIT_ARENA	((size_t)256 << 20)	/* bytes for one commit */

struct ledger {
	struct repository	*repo;
	struct ledger_trust	 trust;
	struct ledger_reader	 reader;
	struct arena		*arena;
	struct ledger_format	 format;
	struct object_id	 head;
	struct object_id	 tree_id;	/* of the head */
	uint64_t		 commits;
	struct merkle_tree	 tree;
	struct buf		 checkpoint;
	uint64_t		 checkpoint_size;
	int64_t			 last_time;
	struct ledger_anchored	 anchored;
	bool			 pin_met;
};

/* ledger_commit_read parses a commit; it lives in the arena. */
bool	ledger_commit_read(struct ledger *, const struct object_id *,
	    struct arena *, struct commit_object *, struct err *) MUST_USE;

/*
 * ledger_commit_check takes the next commit: all of it, or nothing and an
 * error. The reader sees its events when all of them were found good.
 */
bool	ledger_commit_check(struct ledger *, const struct object_id *,
	    struct err *) MUST_USE;

/* ledger_read_file appends a file of a tree. */
bool	ledger_read_file(struct ledger *, const struct object_id *tree,
	    const char *path, uint64_t limit, struct buf *out, struct err *)
	    MUST_USE;

/* "blobs/sha256/ab/cd/ef..." of 64 hex digits. */
void	ledger_blob_path(struct span hex, char out[LEDGER_PATH_SIZE]);

#endif
