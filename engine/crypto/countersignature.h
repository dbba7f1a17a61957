/*
 * countersignature - timestamps of the kind before RFC 3161: another signer's
 * signature over a signature value (PKCS #9 countersignature, RFC 5652 11.4),
 * with the time as a signed attribute. They are judged, never made.
 */
#ifndef CRYPTO_COUNTERSIGNATURE_H
#define CRYPTO_COUNTERSIGNATURE_H

#include "crypto/timestamp.h"

/*
 * countersignature_check judges a SignerInfo over a signature value. The
 * authority's certificate stands among those of the message around it.
 * Errors: those of cms_check and chain_check; TIMESTAMP-MALFORMED (no time).
 */
bool	countersignature_check(const struct cms *around, struct span der,
	    struct span value, const struct timestamp_terms *, struct arena *,
	    struct timestamp *out, struct err *) MUST_USE;

#endif
