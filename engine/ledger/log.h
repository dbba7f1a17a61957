/*
 * log - the ledger's branch: read with everything verified, and appended to.
 *
 *	README.md  format		written at genesis, never changed
 *	checkpoint			signed note over the events that were
 *					there before this commit
 *	events/hh/hh/hh			one event a file, its number in hex
 *	blobs/sha256/ab/cd/ef...	what events cite
 *	anchors/hh/hh/hh/<name>		what others said of checkpoints
 *
 * A commit is one transaction. The branch is strictly linear; each commit is
 * signed by a commit key and only adds: the next events, blobs, anchors, and
 * the checkpoint of the size before it. The last transaction is covered by a
 * checkpoint as soon as its push was confirmed, so the order is: prepare,
 * have the payload signed, finish, push, ledger_advance, have the checkpoint
 * signed, store it with the next commit.
 */
#ifndef LEDGER_LOG_H
#define LEDGER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/merkle.h"
#include "git/id.h"
#include "git/repository.h"
#include "ledger/engines.h"
#include "ledger/events.h"
#include "ledger/fault.h"
#include "ledger/format.h"

struct ledger;
struct event_uses;

/* What somebody saw of a ledger: it may only grow from there. */
struct ledger_pin {
	uint64_t		size;
	struct merkle_hash	root;
};

/* What a reader trusts before it looks. */
struct ledger_trust {
	struct span		 log_key;	/* vkey; empty: what format says
						 * is believed (unverified) */
	struct ledger_pin	 pin;		/* size 0: nothing seen yet */
	const struct note_key	*witnesses;	/* whose cosignatures count */
	size_t			 witness_count;
	size_t			 quorum;	/* how many make a checkpoint
						 * cosigned; 0: none */
};

/* Called for each event that was verified, in order; false stops reading. */
struct ledger_reader {
	bool	(*event)(void *arg, const struct event *, struct err *);
	void	*arg;
};

/* How far a ledger was sound. */
struct ledger_sound {
	uint64_t		commits;
	uint64_t		size;
	struct merkle_hash	root;
};

/*
 * Who wants to hear of all faults: fault is called for each, in order of the
 * commits, and reading goes on. event takes the place of the reader's; it
 * tells of faults by what it was handed, false ends it all with the error.
 */
struct ledger_survey {
	void	(*fault)(void *arg, const struct ledger_fault *);
	bool	(*event)(void *arg, const struct event *,
		    const struct event_uses *, struct ledger_fault *);
	void	*arg;
};

/*
 * ledger_new makes a ledger that has read nothing. The repository, and what
 * trust and reader point to, outlive it. reader may be NULL.
 */
struct ledger	*ledger_new(struct repository *, const struct ledger_trust *,
		    const struct ledger_reader *);
void		 ledger_free(struct ledger *);
DEFINE_CLEANUP(struct ledger, ledger_done, ledger_free);

/*
 * ledger_advance reads from where it stands to a new head and verifies each
 * commit on the way; on error it stands at the last good one. A head that does
 * not descend from where it stands, or a ledger that lacks what the pin saw,
 * is ERR_LEDGER_REWIND. Others: ERR_LEDGER_ORDER, ERR_LEDGER_LAYOUT,
 * ERR_LEDGER_SIGNER, ERR_LEDGER_CHECKPOINT, ERR_LEDGER_BLOB,
 * ERR_LEDGER_EVENT, ERR_LEDGER_TIME, ERR_LEDGER_FORMAT, ERR_CANONICAL. Each
 * names commit and event.
 */
bool	ledger_advance(struct ledger *, const struct object_id *head,
	    struct err *) MUST_USE;

/*
 * ledger_threads lets ledger_advance read many commits at once. Not for who may
 * start no threads. 0: one for each processor.
 */
void	ledger_threads(struct ledger *, unsigned);

/*
 * ledger_survey_with makes ledger_advance go on after faults: then its errors
 * are only those that end all (memory). What the ledger tells afterwards is as
 * good as can be said; ledger_sound has what came before the first fault.
 */
void	ledger_survey_with(struct ledger *, const struct ledger_survey *);
struct ledger_sound	 ledger_sound(const struct ledger *);
uint64_t		 ledger_faults(const struct ledger *);

/* NULL before genesis. */
const struct object_id	*ledger_head(const struct ledger *);
uint64_t		 ledger_size(const struct ledger *);
/* Root of the first size events, size <= ledger_size. */
struct merkle_hash	 ledger_root(const struct ledger *, uint64_t size);
uint64_t		 ledger_commits(const struct ledger *);
/* The engine's time of the last event, milliseconds. */
int64_t			 ledger_last_time(const struct ledger *);
/* NULL before genesis. */
const struct ledger_format *ledger_format(const struct ledger *);
/* Who may write it, and who could: none before genesis. */
const struct engines	*ledger_engines(const struct ledger *);
/* Bytes of the checkpoint stored at the head (empty: none), and its size. */
struct span		 ledger_checkpoint(const struct ledger *);
uint64_t		 ledger_checkpoint_size(const struct ledger *);
const struct merkle_tree *ledger_tree(const struct ledger *);

/* ledger_event reads the bytes of event n at the head. */
bool	ledger_event(struct ledger *, uint64_t n, struct buf *out,
	    struct err *) MUST_USE;
/*
 * ledger_event_read is ledger_event and event_parse: *json holds the event
 * (json_done), *out borrows from it and from the bytes.
 */
bool	ledger_event_read(struct ledger *, uint64_t n, struct buf *bytes,
	    struct json **json, struct event *out, struct err *) MUST_USE;
/* ledger_blob reads what an event cites; ERR_LEDGER_BLOB if it is not there. */
bool	ledger_blob(struct ledger *, struct span sha256_hex, struct buf *out,
	    struct err *) MUST_USE;

/* "events/00/01/02" of a number; false past the last one there can be. */
#define LEDGER_PATH_SIZE	96
bool	ledger_event_path(uint64_t n, char out[LEDGER_PATH_SIZE]) MUST_USE;

#endif
