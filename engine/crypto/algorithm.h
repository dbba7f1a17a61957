/*
 * algorithm - AlgorithmIdentifiers of X.509 and CMS, both ways (RFC 4055,
 * RFC 5754, RFC 5758, RFC 8410, RFC 8419).
 */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/der.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

/*
 * algorithm_put_digest: PKCS#7 readers want NULL parameters, RFC 5754 and
 * RFC 8419 want none.
 */
void	algorithm_put_digest(struct buf *, enum digest_kind, bool null);

/* algorithm_put_signature, as in certificates and requests. */
void	algorithm_put_signature(struct buf *, enum signature_kind);

/* The same for a SignerInfo: plain rsaEncryption for PKCS#1 v1.5. */
void	algorithm_put_signer(struct buf *, enum signature_kind);

/*
 * algorithm_digest reads one; MD5 and SHA-1 are ERR_DIGEST_WEAK, others that
 * we do not know ERR_ALGORITHM_UNKNOWN; broken ones make d bad.
 */
bool	algorithm_digest(struct der *d, enum digest_kind *out, struct err *)
	    MUST_USE;

/*
 * algorithm_digest_old takes SHA-1 too: for what others made long ago. Whoever
 * calls it must say what that is worth. MD5 is ERR_DIGEST_WEAK.
 */
bool	algorithm_digest_old(struct der *d, enum digest_kind *out,
	    struct err *) MUST_USE;

/*
 * algorithm_signer reads that of a SignerInfo. Where it names no digest
 * (rsaEncryption, id-ecPublicKey), the SignerInfo's own counts; where it names
 * one, both must agree.
 */
bool	algorithm_signer(struct der *d, enum digest_kind,
	    enum signature_kind *out, struct err *) MUST_USE;

/*
 * algorithm_signature reads what algorithm_put_signature writes: no SHA-1.
 * Others are ERR_ALGORITHM_UNKNOWN; broken ones make d bad.
 */
bool	algorithm_signature(struct der *d, enum signature_kind *out,
	    struct err *) MUST_USE;

#endif
