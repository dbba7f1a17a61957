/*
 * uses - what an event says of signatures, held against the blobs that it
 * names, line by line:
 *
 *	keys.intended	  the list has that many lines, and that root
 *	keys.used	  each line is of the same file, algorithm and digest
 *			  as the list's; as many have a signature as were made;
 *			  certificate, key, token and session are the intent's
 *	keys.unknown	  these four are the intent's
 *	artifact.verified as many rows have a signature of their own as it says
 *
 * Which of them fit each other, reckoning.h tells. Private to ledger/.
 */
#ifndef LEDGER_USES_H
#define LEDGER_USES_H

#include "ledger/reading.h"

/* Signatures by their SHA-256. */
struct event_uses {
	struct merkle_hash	*made;		/* each is one use of a key */
	size_t			 count;
	struct merkle_hash	*copies;	/* in equal files */
	size_t			 copy_count;
};

/*
 * uses_of reads the blobs of an event; *out is NULL where there are none to be
 * looked at, or they are not there (which is a fault of its own). All lives in
 * the reading's arena. Errors: LEDGER-USES.
 */
bool	uses_of(struct reading *, const struct event *,
	    struct event_uses **out, struct ledger_fault *) MUST_USE;

#endif
