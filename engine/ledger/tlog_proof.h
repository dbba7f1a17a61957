/*
 * tlog_proof - a receipt in the form that other programs know (C2SP
 * tlog-proof).
 *
 *	c2sp.org/tlog-proof@v1
 *	extra <base64>			the event's bytes
 *	index <number>
 *	<base64 of 32 bytes>		the proof, the leaf's sibling first
 *	...
 *					an empty line
 *	the checkpoint
 *
 * The format leaves it to the log what "extra" holds: it is no part of what
 * is proven by itself, but the leaf is made of it.
 */
#ifndef LEDGER_TLOG_PROOF_H
#define LEDGER_TLOG_PROOF_H

#include "ledger/receipt.h"

/* tlog_proof_write is receipt_write in this form, without the tree. */
bool	tlog_proof_write(struct ledger *, uint64_t n, struct span checkpoint,
	    struct buf *out, struct err *) MUST_USE;

/* tlog_proof_is tells by the first line; tlog_proof_read takes it apart into
 * the arena and proves nothing. ERR_RECEIPT. */
bool	tlog_proof_is(struct span);
bool	tlog_proof_read(struct arena *, struct span,
	    struct receipt_parts *out, struct err *) MUST_USE;

#endif
