/*
 * proof - what the signer, a receipt's reader and a witness are shown: that an
 * event is in the ledger, and that the ledger only grew.
 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "ledger/log.h"

/* Event n is in the tree of the first size events. ERR_MERKLE_PROOF. */
bool	ledger_prove_inclusion(const struct ledger *, uint64_t n,
	    uint64_t size, struct merkle_proof *out, struct err *) MUST_USE;

/* The tree of size events begins with that of old events. */
bool	ledger_prove_consistency(const struct ledger *, uint64_t old,
	    uint64_t size, struct merkle_proof *out, struct err *) MUST_USE;

/*
 * merkle_lines_read takes a proof in text from the front of *in: a line of
 * base64 for each hash, at most so many, up to an empty line. false: it is
 * none.
 */
bool	merkle_lines_read(struct span *in, size_t most,
	    struct merkle_proof *out) MUST_USE;

#endif
