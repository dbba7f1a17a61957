/*
 * receipt - the offline proof that an event is in the ledger: its bytes, an
 * inclusion proof and the signed checkpoint. Two forms, with the same proof.
 *
 *	{"checkpoint": the note, "event": base64, "kind": "tagseal-receipt",
 *	 "n": number, "proof": [base64 of 32 bytes, leaf's sibling first],
 *	 "timestamps": [base64 of a token], "tree": base64, "v": 1}
 *
 * is canonical JSON. Its tree is there where the event names one by
 * tree_sha256: what was signed inside the file, digest by digest. Timestamps
 * (RFC 3161) are over the note with the log's lines alone, and left out where
 * there are none; witnesses have their lines in the note. The other
 * form is that of C2SP (tlog_proof.h). The log's public key is all that is
 * needed to check either.
 */
#ifndef LEDGER_RECEIPT_H
#define LEDGER_RECEIPT_H

#include "base/arena.h"
#include "ledger/anchor.h"
#include "ledger/log.h"

/*
 * receipt_write appends the receipt of event n under a checkpoint, which must
 * be newer than the event and no newer than the ledger.
 */
bool	receipt_write(struct ledger *, uint64_t n, struct span checkpoint,
	    struct buf *out, struct err *) MUST_USE;

/* receipt_write_anchored is that, with what others said of the checkpoint. */
bool	receipt_write_anchored(struct ledger *, uint64_t n,
	    const struct anchored *, struct buf *out, struct err *) MUST_USE;

struct receipt {
	uint64_t		 n;
	struct span		 event;		/* its bytes */
	struct span		 tree;		/* empty: not with it */
	struct checkpoint	 checkpoint;	/* what it was proven under */
	struct span		 note;		/* the same, as it was signed */
	struct span		*tokens;	/* good, chains not judged */
	size_t			 token_count;
	int64_t			 stamped;	/* the first, in ms; 0: none */
};

/*
 * receipt_check reads a receipt of either form and proves it with the log's
 * key; what *out points to lives in the arena. Errors: ERR_RECEIPT,
 * ERR_CANONICAL, ERR_NOTE_UNSIGNED, ERR_SIGNATURE_BAD, ERR_MERKLE_PROOF.
 */
bool	receipt_check(struct arena *, struct span, const struct note_key *,
	    struct receipt *out, struct err *) MUST_USE;

/* ---- what both forms consist of */

struct receipt_parts {
	uint64_t		n;
	struct span		event;
	struct span		tree;	/* may be empty */
	struct span		note;
	struct span		*tokens;
	size_t			token_count;
	struct merkle_proof	proof;
};

/*
 * receipt_gather finds the parts for event n under a checkpoint (borrowed),
 * and appends the event's bytes to a buffer that they borrow from.
 */
bool	receipt_gather(struct ledger *, uint64_t n, struct span checkpoint,
	    struct buf *event, struct receipt_parts *out, struct err *)
	    MUST_USE;

#endif
