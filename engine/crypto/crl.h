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
#include "crypto/x509.h"

/*
 * crl_parse reads one list and nothing behind it (X509_CRL_free it). Errors:
 * CRL-MALFORMED; CRL-UNSUPPORTED for a delta, an indirect one, one of some
 * reasons only, or with a critical extension that we do not know.
 */
bool	crl_parse(struct span der, X509_CRL **out, struct err *) MUST_USE;

struct crl_terms {
	int64_t	at;	/* ms: when the certificate was used */
	int64_t	now;	/* ms: when a list must be valid */
	bool	old;	/* lists that are signed over SHA-1 count */
};

/*
 * crl_check judges one certificate by the lists of its issuer. One that is
 * revoked is CERTIFICATE-REVOKED; one that no list covers CRL-MISSING, or
 * CRL-STALE if one does that is not valid now.
 */
bool	crl_check(STACK_OF(X509_CRL) *, X509 *, X509 *issuer,
	    const struct crl_terms *, struct arena *, struct err *) MUST_USE;

/*
 * crl_says asks one list about a certificate that it is about, whoever signed
 * it: CERTIFICATE-REVOKED. crl_check asks only lists of the issuer.
 */
bool	crl_says(X509_CRL *, X509 *, const struct certificate *,
	    const struct crl_terms *, struct err *) MUST_USE;

#endif
