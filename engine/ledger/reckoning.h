/*
 * reckoning - what a fold does not keep, event after event: which signatures
 * came of which uses of keys, which files of which, and how each engine's
 * signer counted.
 *
 *	- a file is retrieved, resolved and verified with the digest that the
 *	  request asked for
 *	- each signature in a result is one use of a key for that request, and
 *	  each use of the last attempt is in a result when it is completed
 *	- the signer's count before an intent is the one that it told last, and
 *	  what an intent that is open may have added; a signer that begins anew
 *	  at 0 is told of (its memory was lost)
 *
 * Private to ledger/. What stays in memory is of requests that have not ended.
 */
#ifndef LEDGER_RECKONING_H
#define LEDGER_RECKONING_H

#include "ledger/fault.h"
#include "ledger/table.h"
#include "ledger/uses.h"

struct reckoning;

struct reckoning	*reckoning_new(void);
void			 reckoning_free(struct reckoning *);
DEFINE_CLEANUP(struct reckoning, reckoning_done, reckoning_free);

/*
 * reckoning_event takes the next event. Errors: LEDGER-USES, LEDGER-COUNT,
 * LEDGER-ARTIFACT.
 */
bool	reckoning_event(struct reckoning *, const struct event *,
	    const struct event_uses *, struct ledger_fault *) MUST_USE;

/* As bytes, and back; false: they are none. The caller frees *out. */
void	reckoning_write(const struct reckoning *, struct buf *out);
bool	reckoning_read(struct reader *, struct reckoning **out) MUST_USE;

/* How many signers began to count anew. */
uint64_t reckoning_new_signers(const struct reckoning *);

#endif
