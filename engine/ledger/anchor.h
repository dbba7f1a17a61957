/*
 * anchor - what others said of a checkpoint: authorities, that it was there at
 * a time (RFC 3161), and witnesses, that the log only grew (C2SP
 * tlog-cosignature).
 *
 *	anchors/hh/hh/hh/		the checkpoint's size in hex
 *	    checkpoint			the note as the log alone signed it
 *	    <16 hex>.tst		a token over the bytes of that file;
 *					named by the token's SHA-256
 *	    <8 hex>.cosignature		a line of a note; named by its key id
 *
 * The checkpoint lies beside them so that a stranger needs nothing else:
 *
 *	openssl ts -verify -data checkpoint -in X.tst -token_in -CAfile roots
 */
#ifndef LEDGER_ANCHOR_H
#define LEDGER_ANCHOR_H

#include "crypto/cosignature.h"
#include "git/id.h"
#include "ledger/log.h"

struct trust;			/* crypto/x509.h */

#define ANCHOR_TOKENS	16	/* of one checkpoint that are read */

/* "anchors/00/12/67/NAME"; false: no such size can be, or the name is long. */
bool	anchor_path(uint64_t size, const char *name,
	    char out[LEDGER_PATH_SIZE]) MUST_USE;
bool	anchor_path_parse(struct span path, uint64_t *size, struct span *name)
	    MUST_USE;

/* Names of files: a token's, and that of a witness's line. */
void	anchor_token_name(struct span token, char out[LEDGER_PATH_SIZE]);
void	anchor_line_name(const struct note_line *, char out[LEDGER_PATH_SIZE]);

/*
 * anchor_note appends a note with the log's lines alone: what tokens are over.
 * Errors: those of checkpoint_verify.
 */
bool	anchor_note(struct span note, const struct note_key *log,
	    struct buf *out, struct err *) MUST_USE;

/*
 * anchor_token_check judges a token over a note as the log alone signed it.
 * The chain of its signer is judged where there are roots; *time is in ms.
 * Errors: those of timestamp_check.
 */
bool	anchor_token_check(struct span token, struct span note,
	    const struct trust *roots, int64_t *time, struct err *) MUST_USE;

/*
 * anchor_time_check: a token proves that the last of so many events was there
 * at its time, so that event is not of a later one, but for LIMIT_CLOCK_APART.
 * tree is one that has the event, NULL: the head's; where it cannot be read,
 * nothing is said of it. LEDGER-TIME, with event and both times in the fault.
 */
bool	anchor_time_check(struct ledger *, const struct object_id *tree,
	    uint64_t size, int64_t time, struct ledger_fault *) MUST_USE;

/*
 * ledger_anchor_take judges a file that a commit adds below anchors/, for the
 * ledger as it was before that commit; tree is the commit's. Lines of
 * witnesses that nobody declared say nothing, but must be such lines.
 * LEDGER-ANCHOR, LEDGER-LAYOUT, LEDGER-TIME.
 */
bool	ledger_anchor_take(struct ledger *, const struct object_id *tree,
	    struct span path, const struct object_id *file,
	    struct ledger_fault *) MUST_USE;

/* The newest of what was anchored, as the ledger was read. */
struct ledger_anchored {
	uint64_t	size;		/* 0: no checkpoint is */
	uint64_t	stamped;	/* with a token */
	int64_t		time;		/* of the newest token, ms */
	uint64_t	cosigned;	/* by the quorum of ledger_trust */
};

struct ledger_anchored ledger_anchored(const struct ledger *);

/* A checkpoint with all that was said of it. */
struct anchored {
	struct span	note;		/* with lines of witnesses */
	struct span	tokens[ANCHOR_TOKENS];
	size_t		token_count;
};

/* ledger_anchor_read reads it from the head; it lives in the arena. */
bool	ledger_anchor_read(struct ledger *, uint64_t size, struct arena *,
	    struct anchored *out, struct err *) MUST_USE;

/*
 * ledger_anchor_stamped reads the newest checkpoint with a token, as above;
 * no tokens: there is none.
 */
bool	ledger_anchor_stamped(struct ledger *, struct arena *,
	    struct anchored *out, struct err *) MUST_USE;

/*
 * ledger_anchor_best finds the checkpoint of which others said most among those
 * that have event n: cosigned, or stamped, or anchored, or else the newest. It
 * lives in the arena, or is the ledger's.
 */
bool	ledger_anchor_best(struct ledger *, uint64_t n, struct arena *,
	    struct anchored *out, struct err *) MUST_USE;

/*
 * ledger_anchors_each hands over each file below anchors/ at the head that is
 * of a checkpoint of more than so many events.
 */
bool	ledger_anchors_each(struct ledger *, uint64_t more_than,
	    bool (*file)(void *arg, uint64_t size, struct span name,
	    struct span bytes, struct err *), void *arg, struct err *)
	    MUST_USE;

#endif
