/* tamper - ledgers taken apart, changed, and put together again: see tamper.c. */
#ifndef LEDGER_TAMPER_H
#define LEDGER_TAMPER_H

#include "ledger_maker.h"
#include "pki.h"

#define STORIES		3
#define LENGTH		6	/* commits of one */
#define COMMITS		(STORIES * LENGTH)
#define FILES		24

enum variant { KEPT, NONE, OTHER, COMMIT, BOTH };

struct file {
	const char	*path;
	struct span	 bytes;
	uint32_t	 mode;		/* 0: removed */
};

/* A transaction taken apart. */
struct transaction {
	struct object_id	id;		/* as it was */
	struct span		event[FILES];
	size_t			event_count;
	struct file		file[FILES];	/* all others, as they are */
	size_t			file_count;
	struct span		checkpoint;
	bool			merge;
};

struct story {
	struct transaction	list[COMMITS + 1];
	size_t			count;
};

struct world {
	struct ledger_maker	 m;
	struct soft_key		*stranger;
	struct pki_world	 pki;		/* of an authority for time */
	struct object_id	 base;
	uint64_t		 base_size;
	struct merkle_frontier	 frontier;	/* of base */
	struct story		 honest;
};

struct row;
typedef void	edits(struct world *, struct story *, const struct row *);

struct row {
	const char	*name;
	unsigned	 variants;	/* bits */
	edits		*edit;
	size_t		 commit, event;	/* in the last stories */
	const char	*old, *new;	/* texts */
	const char	*code;
	int		 at;		/* the event that is named, counted
					 * from that one; NOWHERE: none */
	const char	*path;		/* that is named, or NULL */
	int		 late;		/* commits that are sound after all */
};

#define NOWHERE	1000

extern const struct row tamper_rows[];
extern const size_t tamper_row_count;

/* The ways to change it. */
edits	in_event, digit, event_cut, event_missing, event_dropped,
	event_twice, event_copied, event_inserted, events_swap,
	events_reordered, commit_dropped, commit_dropped_well,
	commits_swap, commits_reordered, commit_twice, commit_merge,
	commit_touched, truncated, file_added, file_program, file_removed,
	blobs_missing, blob_other, checkpoint_flipped, checkpoint_cut,
	checkpoint_missing, checkpoint_old, checkpoint_other_root,
	checkpoint_other_key, in_blob, anchor_good, anchor_early;

#endif
