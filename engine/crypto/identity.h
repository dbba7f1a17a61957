/*
 * identity - the public half of whoever signs: certificates and an algorithm.
 */
#ifndef CRYPTO_IDENTITY_H
#define CRYPTO_IDENTITY_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
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

/*
 * identity_read takes certificates, the signer's own first (PEM or one DER),
 * and picks the algorithm for its key and a digest. *spki is that key
 * (SubjectPublicKeyInfo, DER). All of it lives in the arena. Errors: those of
 * certificates_parse and key_rules_hold, CERTIFICATE-KEY (it cannot sign with
 * this digest).
 */
bool	identity_read(struct span pem_or_der, enum digest_kind,
	    struct arena *, struct signing_identity *out, struct span *spki,
	    struct err *) MUST_USE;

/* identity_dates tells from when until when (ms) a certificate is valid. */
bool	identity_dates(struct span der, struct arena *, int64_t *from,
	    int64_t *to, struct err *) MUST_USE;

#endif
