/* record_state - what the files of record share (inside of judge/ only). */
#ifndef JUDGE_RECORD_STATE_H
#define JUDGE_RECORD_STATE_H

#include "judge/record.h"

#define RECORD_EVENTS	4096	/* of one transaction */
#define RECORD_MEMORY	((size_t)512 << 20)	/* events and blobs put aside */

#define SAID_MEMORY	((size_t)16 << 20)	/* of others, put aside */

/* Events and blobs that were put aside. */
struct pending {
	struct arena	*arena;
	uint64_t	 base;		/* size of the ledger they follow */
	int64_t		 at;		/* of the last event */
	struct span	*events;
	size_t		 event_count;
	struct span	*blobs;
	size_t		 blob_count;
};

/* What others said of checkpoints, until it is in the branch. */
struct said {
	struct arena		*arena;
	struct ledger_anchor	*items;
	size_t			 count;
};

struct record {
	const struct record_terms *terms;
	struct repository	*store;
	struct ledger		*ledger;
	struct pending		 pending;
	struct said		 said;
	struct buf		 checkpoint;	/* of the present size; empty:
						 * it is stored, or to be got */
	struct span		 log_spki;	/* in keys */
	struct span		 commit_spki;
	struct arena		*keys;
	struct buf		 signer;	/* what it told, JSON */
	char			 session[2 * SIGNER_SESSION + 1];
	bool			 unsure;	/* a push may have arrived */
	struct err		 alarm;		/* what != NULL: no more */
	bool			 lost;		/* for good */
};

/* ---- record_sync.c ---- */

/* record_sync fetches, and follows the branch. *e may be an alarm. */
bool	record_sync(struct record *, struct err *) MUST_USE;

/* record_alarm keeps *e if it is an alarm; it returns false. */
bool	record_alarm(struct record *, struct err *);

/* record_push pushes a commit from the head that was read. */
bool	record_push(struct record *, const struct object_id *, struct err *)
	    MUST_USE;

/* record_follow reads on to a head that is in the store. */
bool	record_follow(struct record *, const struct object_id *, struct err *)
	    MUST_USE;

/* ---- record_keys.c ---- */

/* record_ask puts a question to the signer. */
bool	record_ask(struct record *, enum signer_message,
	    enum signer_message due, struct span body, struct buf *answer,
	    struct err *) MUST_USE;

bool	record_counts(struct record *, struct signer_counts *, struct err *)
	    MUST_USE;

/* record_keys_open opens the ledger's two keys at the signer. */
bool	record_keys_open(struct record *, struct err *) MUST_USE;

/*
 * record_keys_check compares them with what the ledger names. Errors:
 * ENGINE-UNDECLARED, ENGINE-RETIRED, SIGNER-KEY.
 */
bool	record_keys_check(const struct record *, struct err *) MUST_USE;

/* record_format makes the format of a new ledger; it lives with the keys. */
bool	record_format(const struct record *, struct span origin,
	    struct ledger_format *, struct err *) MUST_USE;

/* record_finish has a draft signed and writes the commit. */
bool	record_finish(struct record *, const struct ledger_draft *,
	    struct object_id *, struct err *) MUST_USE;

/* record_checkpoint has the present size signed, if it is not. */
bool	record_checkpoint(struct record *, struct err *) MUST_USE;

#endif
