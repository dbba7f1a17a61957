/*
 * ocsp - what a responder says of single certificates (RFC 6960): which
 * responses are understood, by whom they are, and what they say.
 *
 * A response may be by the issuer of the certificate itself, or by a delegate:
 * a certificate in the response that the same issuer issued for this purpose
 * (RFC 6960 4.2.2.2). Nobody else may speak, whatever he is trusted for.
 *
 * What bounds the age of a response is nextUpdate; one without it does not
 * count as valid at any time.
 *
 * Private to crypto/.
 */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/revocation.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

/* Bytes that somebody signed: tbsResponseData, tbsCertificate. */
struct ocsp_signed {
	struct span		bytes;
	enum signature_kind	kind;
	struct span		value;		/* as stored: ECDSA is DER */
};

/* One certificate, and what is said of it. */
struct ocsp_single {
	enum digest_kind hash;
	struct span	 name_hash;		/* of the issuer's name */
	struct span	 key_hash;		/* and of its key */
	struct span	 serial;
	enum cover	 status;		/* UNKNOWN, CURRENT, REVOKED */
	struct revoked	 revoked;
	int64_t		 from, to;		/* ms; INT64_MIN: no to */
};

/* Spans point into the DER that was parsed, arrays into the arena. */
struct ocsp {
	struct ocsp_signed	 body;
	bool			 by_key;	/* responder: SHA-1 of a key,
						 * else a Name */
	struct span		 responder;
	int64_t			 produced;	/* ms */
	struct ocsp_single	*items;
	size_t			 count;
	struct span		*certificates;	/* DER: delegates */
	size_t			 certificate_count;
};

/*
 * ocsp_parse reads one OCSPResponse and nothing behind it. Errors:
 * OCSP-MALFORMED; OCSP-REFUSED (the responder did not answer the question);
 * OCSP-UNSUPPORTED for another type, hash, signature or a critical extension
 * that we do not know; LIMIT-SIZE, LIMIT-MEMORY.
 */
bool	ocsp_parse(struct span der, struct arena *, struct ocsp *out,
	    struct err *) MUST_USE;

/*
 * ocsp_cover says what a response says of a certificate; by is its issuer. For
 * COVER_REVOKED the error is CERTIFICATE-REVOKED. If a delegate of the issuer
 * signed it, the delegate's certificate is given too (else its der is empty):
 * whether that one was revoked is the caller's to find out.
 */
enum cover ocsp_cover(const struct ocsp *, const struct certificate *,
	    const struct certificate *by, const struct revocation_terms *,
	    struct arena *, struct certificate *delegate, struct err *);

#endif
