/*
 * revocation - whether a certificate counts as revoked, by what its issuer
 * says of it in lists (crl.h) and answers (ocsp.h).
 *
 * It is judged as a sceptic would:
 *
 * - What is said counts if it is valid now. What was revoked since the
 *   signature was made stands only in what is said today.
 * - A revocation counts from its date on: what was signed before, by a trusted
 *   timestamp, stays good.
 * - Where the reason is that a key got into wrong hands, nobody knows since
 *   when: it counts from invalidityDate on (RFC 5280 5.3.2), and without one
 *   from the beginning. Windows goes by the date of the revocation alone.
 * - What has run out cannot clear anybody, but what it says of a revocation
 *   still holds.
 *
 * Private to crypto/.
 */
#ifndef CRYPTO_REVOCATION_H
#define CRYPTO_REVOCATION_H

#include <openssl/x509.h>

#include "base/arena.h"
#include "base/err.h"
#include "crypto/x509.h"

struct ocsp;

struct revocation_terms {
	int64_t	at;	/* ms: when the certificate was used */
	int64_t	now;	/* ms: when what is said must be valid */
	bool	old;	/* lists that are signed over SHA-1 count */
	bool	later;	/* so do lists that were issued after now */
};

/* What is said of a certificate; of several the last here counts. */
enum cover {
	COVER_NONE,	/* nothing */
	COVER_STRANGER,	/* an answer, not by its issuer or a delegate */
	COVER_DELEGATE,	/* by a delegate, of whom nothing good is said */
	COVER_UNKNOWN,	/* its issuer does not know it */
	COVER_STALE,	/* not revoked, but that is not valid now */
	COVER_CURRENT,	/* not revoked */
	COVER_REVOKED
};

struct revoked {
	int64_t	date;		/* ms; INT64_MIN: none that can be read */
	long	reason;		/* RFC 5280 5.3.1 */
	bool	dated;		/* there is an invalidityDate */
	int64_t	invalid;	/* ms: that date */
};

/* revoked_check: CERTIFICATE-REVOKED if that counts for when it was used. */
bool	revoked_check(const struct revoked *, const struct certificate *,
	    const struct revocation_terms *, struct err *) MUST_USE;

/* What was given of issuers. */
struct revocations {
	STACK_OF(X509_CRL)	*lists;
	struct ocsp		*responses;
	size_t			 response_count;
};

/*
 * revocation_check judges one certificate of a chain by what its issuer says.
 * One that is revoked is CERTIFICATE-REVOKED. One that nothing clears is
 * OCSP-SIGNER, OCSP-UNKNOWN, OCSP-STALE by the best response about it; else
 * CRL-STALE; else CRL-MISSING, or OCSP-MISSING where there is no list at all.
 */
bool	revocation_check(const struct revocations *, X509 *, X509 *issuer,
	    const struct revocation_terms *, struct arena *, struct err *)
	    MUST_USE;

#endif
