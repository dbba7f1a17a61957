/*
 * reading - one commit of a ledger, read and checked as far as that can be
 * done without those before it: its signature, by the key that it names, what
 * it changes, the form of its events and their blobs. So many commits can be
 * read at once; what is left (whose key that is, order, time, roots) commit.c
 * does, one after the other. Private to ledger/.
 */
#ifndef LEDGER_READING_H
#define LEDGER_READING_H

#include "base/arena.h"
#include "crypto/merkle.h"
#include "git/object.h"
#include "git/tree.h"
#include "ledger/events.h"
#include "ledger/fault.h"
#include "ledger/format.h"

#define READING_ARENA	((size_t)256 << 20)	/* bytes for one commit */

/* What is left to be done, in this order. */
enum part_kind {
	PART_FAULT,		/* something is wrong here */
	PART_CHECKPOINT,	/* of a size and a root to be compared */
	PART_ANCHOR,		/* to be held against its checkpoint */
	PART_EVENT,		/* to be appended */
};

struct part {
	enum part_kind		 kind;
	struct ledger_fault	*fault;		/* NULL: none by itself */
	struct span		 path;
	struct object_id	 file;		/* the anchor's */
	struct span		 note;		/* the checkpoint's bytes */
	struct checkpoint	 checkpoint;
	bool			 numbered;	/* its path is one of events */
	uint64_t		 n;		/* by its path */
	bool			 hashed;	/* its bytes are there */
	struct merkle_hash	 leaf;
	struct event		 event;		/* if json != NULL */
	struct json		*json;
	struct event_uses	*uses;		/* see uses.h; NULL: none */
};

struct reading {
	/* set before */
	struct repository	*repo;		/* of the thread that reads */
	const struct ledger_format *format;
	struct object_id	 id;
	struct object_id	 before;	/* tree of the parent */
	bool			 genesis;
	bool			 survey;	/* go on after a fault */
	bool			 uses;		/* look at uses of keys, too */
	/* found */
	struct arena		*arena;
	bool			 parsed;	/* the commit is there */
	struct commit_object	 commit;
	struct span		 signer;	/* the key that signed it;
						 * empty: a fault says why */
	struct object_id	 tree;
	const struct tree_difference *changes;
	size_t			 change_count;
	bool			*cited;		/* one for each change */
	struct part		*parts;
	size_t			 count;
	bool			 stopped;	/* at the fault that is last */
	bool			 spent;		/* its arena is */
};

/* reading_make reads it; reading_end gives all of it back. */
void	reading_make(struct reading *);
void	reading_end(struct reading *);

/* reading_fault begins a fault of this commit. */
struct ledger_fault reading_fault(const struct reading *);

/* reading_note keeps a fault; false: that is all, it stops there. */
bool	reading_note(struct reading *, const struct ledger_fault *);

/* reading_commit parses a commit; it lives in the arena. */
bool	reading_commit(struct repository *, const struct object_id *,
	    struct arena *, struct commit_object *, struct err *) MUST_USE;

/* reading_event_number gives the number that a path is of. */
bool	reading_event_number(struct span path, uint64_t *n);

#endif
