/*
 * Revocation lists: what is read of them, and what they say of a certificate
 * that is theirs to judge. The input is a list by whoever made the seeds.
 */
#include <openssl/x509.h>

#include "crypto/crl.h"
#include "crypto/x509.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A certificate, not signed, whose issuer is the one that the list names. */
static X509 *
subject_of(const X509_CRL *crl)
{
	X509_REVOKED *first = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(
	    (X509_CRL *)(uintptr_t)crl), 0);
	X509 *x = X509_new();

	X509_set_issuer_name(x, X509_CRL_get_issuer(crl));
	X509_set_subject_name(x, X509_CRL_get_issuer(crl));
	if (first != NULL)
		X509_set_serialNumber(x, (ASN1_INTEGER *)(uintptr_t)
		    X509_REVOKED_get0_serialNumber(first));
	return x;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(trust_done) struct trust *trust = trust_new();
	struct revocation_terms terms = { .old = true };
	struct certificate c = { .ca = false };
	struct span in = { bytes, len };
	X509_CRL *crl;
	struct err e;

	(void)!trust_add_crl(trust, in, &e);
	if (!crl_parse(in, &crl, &e))
		return 0;
	X509 *x = subject_of(crl);
	(void)!crl_says(crl, x, &c, &terms, &e);
	X509_free(x);
	X509_CRL_free(crl);
	return 0;
}
