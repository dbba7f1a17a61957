/*
 * receipt - the offline proof that an event is in the ledger: its bytes, an
 * inclusion proof and the signed checkpoint.
 *
 *	{"checkpoint": the note, "event": base64, "kind": "tagseal-receipt",
 *	 "n": number, "proof": [base64 of 32 bytes, leaf's sibling first],
 *	 "v": 1}
 *
 * Canonical JSON. The log's public key is all that is needed to check it.
 */
#ifndef LEDGER_RECEIPT_H
#define LEDGER_RECEIPT_H

#include "base/arena.h"
#include "ledger/log.h"

/*
 * receipt_write appends the receipt of event n under a checkpoint, which must
 * be newer than the event and no newer than the ledger.
 */
bool	receipt_write(struct ledger *, uint64_t n, struct span checkpoint,
	    struct buf *out, struct err *) MUST_USE;

struct receipt {
	uint64_t		 n;
	struct span		 event;		/* its bytes */
	struct checkpoint	 checkpoint;	/* what it was proven under */
};

/*
 * receipt_check reads a receipt and proves it with the log's key; what *out
 * points to lives in the arena. Errors: ERR_RECEIPT, ERR_CANONICAL,
 * ERR_NOTE_UNSIGNED, ERR_SIGNATURE_BAD, ERR_MERKLE_PROOF.
 */
bool	receipt_check(struct arena *, struct span, const struct note_key *,
	    struct receipt *out, struct err *) MUST_USE;

#endif
