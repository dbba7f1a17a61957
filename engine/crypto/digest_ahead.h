/*
 * digest_ahead - a hash that is made while its asker goes on, by the helper of
 * the process (base/helper.h).
 */
#ifndef CRYPTO_DIGEST_AHEAD_H
#define CRYPTO_DIGEST_AHEAD_H

#include "crypto/digest.h"

struct digest_ahead;

/*
 * digest_ahead_begin goes on with a hash: a range of a rope, all of it in
 * files, comes after what was put in before. It takes the hasher. NULL: nobody
 * helps, or not with this, and the hasher is gone.
 */
struct digest_ahead *digest_ahead_begin(struct hasher *, const struct rope *,
		    uint64_t off, uint64_t len);

/*
 * digest_ahead_end waits for it and frees it. Errors: those of reading,
 * LIMIT-MEMORY if it was dropped.
 */
bool		 digest_ahead_end(struct digest_ahead *, struct digest *out,
		    struct err *) MUST_USE;

#endif
