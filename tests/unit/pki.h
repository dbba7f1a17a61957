/*
 * pki - keys and certificates for tests, made by OpenSSL: the other half of
 * every two-phase signature.
 */
#ifndef PKI_H
#define PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "crypto/identity.h"
#include "crypto/signature.h"

/* 2026-01-01T00:00:00Z, and a day, in milliseconds. */
#define PKI_NOW		INT64_C(1767225600000)
#define PKI_DAY		INT64_C(86400000)

struct pki {
	EVP_PKEY		*key;
	X509			*x509;
	struct buf		 der;		/* of the certificate */
	struct buf		 spki;
	enum signature_kind	 kind;
};

struct pki_terms {
	const char		*subject;	/* common name */
	const struct pki	*issuer;	/* NULL: self-signed */
	const char		*algorithm;	/* "rsa:2048", "ec:P-256", "ed25519";
						 * NULL: P-256 */
	enum signature_kind	 kind;		/* of the key's own signatures */
	const char		*hash;		/* of its issuer's; NULL: sha256 */
	const char		*usage;		/* keyUsage; NULL: none */
	const char		*extended;	/* extendedKeyUsage; NULL: none */
	const char		*access;	/* authorityInfoAccess */
	const char		*points;	/* crlDistributionPoints */
	const char		*no_check;	/* "": id-pkix-ocsp-nocheck */
	const char		*inhibit;	/* inhibitAnyPolicy */
	bool			 ca;
	int64_t			 from, to;	/* ms; 0, 0: a year around now */
};

/* pki_key makes a key: "rsa:2048", "ec:P-256", "ed25519". */
EVP_PKEY	*pki_key(const char *algorithm);
struct buf	 pki_spki(EVP_PKEY *);

void		 pki_make(const struct pki_terms *, struct pki *out);
void		 pki_done(struct pki *);

/* A root, and under it a signer of code and one of timestamps, all P-256. */
struct pki_world {
	struct pki	root;
	struct pki	code;
	struct pki	authority;
};
void		 pki_world_make(struct pki_world *);
void		 pki_world_done(struct pki_world *);

/* pki_sign is what a token does: the bare value for what is to be signed. */
struct buf	 pki_sign(EVP_PKEY *, const struct to_be_signed *);

/* The identity of a certificate, with an optional issuer in the chain. */
struct signing_identity	 pki_identity(const struct pki *,
		    const struct span *chain, size_t count);

/* Whom to trust: these certificates. */
struct trust	*pki_trust(const struct pki *root);

#endif
