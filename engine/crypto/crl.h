/*
 * crl - revocation lists (RFC 5280 5): which are understood, which cover a
 * certificate, and whether it counts as revoked.
 *
 * Private to crypto/.
 */
#ifndef CRYPTO_CRL_H
#define CRYPTO_CRL_H

#include <openssl/x509.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/revocation.h"
#include "crypto/x509.h"

/*
 * crl_parse reads one list and nothing behind it (X509_CRL_free it). Errors:
 * CRL-MALFORMED; CRL-UNSUPPORTED for a delta, an indirect one, one of some
 * reasons only, or with a critical extension that we do not know.
 */
bool	crl_parse(struct span der, X509_CRL **out, struct err *) MUST_USE;

/*
 * crl_cover judges a certificate by the lists of its issuer: by says what the
 * issuer is. For COVER_REVOKED the error is CERTIFICATE-REVOKED.
 */
enum cover crl_cover(STACK_OF(X509_CRL) *, X509 *, X509 *issuer,
	    const struct certificate *, const struct certificate *by,
	    const struct revocation_terms *, struct err *);

/*
 * crl_says asks one list about a certificate that it is about, whoever signed
 * it: CERTIFICATE-REVOKED. crl_cover asks only lists of the issuer.
 */
bool	crl_says(X509_CRL *, X509 *, const struct certificate *,
	    const struct revocation_terms *, struct err *) MUST_USE;

#endif
