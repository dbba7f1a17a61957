/* intent - a keys.intended event, as far as the signer goes by it. */
#ifndef SIGNER_INTENT_H
#define SIGNER_INTENT_H

#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "wire/signer.h"

#define INTENT_ENGINE	36	/* characters of a UUID */

struct intent {
	uint8_t			engine[INTENT_ENGINE];	/* whose it is */
	uint64_t		n;		/* number in the ledger */
	uint64_t		count;		/* of signatures */
	uint8_t			key[32];	/* SHA-256 of its public half */
	struct merkle_hash	root;		/* over the list's lines */
	uint8_t			list[32];	/* SHA-256 of the list */
	uint8_t			session[SIGNER_SESSION];
	/* Where the ledger says the key is; in the arena. */
	struct span		label;
	struct span		serial;
};

/*
 * intent_parse reads the event's bytes, which must be canonical. That the
 * other members are as the ledger's schema says is the ledger's business.
 * Errors: SIGNER-EVENT, LIMIT-MEMORY.
 */
bool	intent_parse(struct span event, struct arena *, struct intent *out,
	    struct err *) MUST_USE;

#endif
