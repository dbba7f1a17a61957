/*
 * consistency - the proof, for others, that a ledger only grew from one size
 * to another.
 *
 *	{"checkpoint": the note, "kind": "tagseal-consistency",
 *	 "new_root": base64, "new_size": number, "old_root": base64,
 *	 "old_size": number, "origin": name, "proof": [base64 of 32 bytes,
 *	 RFC 9162 2.1.4], "v": 1}
 *
 * Canonical JSON. The checkpoint is there if the new size is that of the
 * newest one. Whoever keeps (old_size, old_root), or a note that says so,
 * needs no ledger to follow it.
 */
#ifndef LEDGER_CONSISTENCY_H
#define LEDGER_CONSISTENCY_H

#include "ledger/log.h"

/*
 * consistency_write appends the proof, which was checked. Errors:
 * ERR_LEDGER_NO_EVENT for a size that the ledger has not, ERR_MERKLE_PROOF for
 * sizes in the wrong order.
 */
bool	consistency_write(const struct ledger *, uint64_t old, uint64_t size,
	    struct buf *out, struct err *) MUST_USE;

#endif
