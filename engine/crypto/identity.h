/*
 * identity - the public half of whoever signs: certificates and an algorithm.
 */
#ifndef CRYPTO_IDENTITY_H
#define CRYPTO_IDENTITY_H

#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

struct signing_identity {
	struct span		 certificate;	/* DER of the signer's own */
	const struct span	*chain;		/* DER of others, any order */
	size_t			 chain_count;
	enum signature_kind	 kind;
	bool			 timestamp;	/* a timestamp is wanted */
	enum digest_kind	 imprint;	/* hash for its request */
};

#endif
