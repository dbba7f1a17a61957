/*
 * responder - OCSP responses and revocation lists for tests, made by OpenSSL.
 */
#ifndef RESPONDER_H
#define RESPONDER_H

#include <stddef.h>

#include "pki.h"

/* strange_new makes a critical extension that nobody knows. */
X509_EXTENSION	*strange_new(void);

/* A response as it is to be made. */
struct response {
	const struct pki	*about;
	const struct pki	*issuer;	/* of it */
	const struct pki	*by;
	int			 status;	/* V_OCSP_CERTSTATUS_... */
	int64_t			 date;		/* of the revocation */
	int			 reason;
	int64_t			 invalid;	/* invalidityDate; 0: none */
	int64_t			 from, to;	/* 0: a day around PKI_NOW */
	int64_t			 produced;	/* 0: the same as from */
	bool			 endless;	/* no nextUpdate */
	bool			 sha256;	/* in certID */
	bool			 by_key;
	bool			 bare;		/* without his certificate */
	const EVP_MD		*hash;		/* NULL: SHA-256 */
	int			 strange;	/* a critical extension: 1 of
						 * the whole, 2 of the entry */
};

/* Several answers in one response: the first says by whom it is. */
struct buf	 response_make(const struct response *, size_t count);

/*
 * A list of an issuer: who is revoked, since a day (NULL: nobody), and its
 * issuingDistributionPoint (NULL: none).
 */
struct buf	 crl_make(const struct pki *by, const struct pki *revoked,
		    const char *scope);

#endif
