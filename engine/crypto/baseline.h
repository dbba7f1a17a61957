/*
 * baseline - what the CA/Browser Forum asks of publicly trusted code-signing
 * and timestamp certificates (Baseline Requirements for the Issuance and
 * Management of Publicly-Trusted Code Signing Certificates, 3.10.0, with ballot
 * CSC-31). In-house authorities need not keep to them.
 */
#ifndef CRYPTO_BASELINE_H
#define CRYPTO_BASELINE_H

#include "crypto/x509.h"

struct baseline_row {
	const char	*rule;		/* "CSBR 6.3.2" */
	const char	*says;		/* what is wrong */
	/* whether a certificate, which is for timestamps or not, breaks it */
	bool		(*broken)(const struct certificate *, bool stamps);
};

extern const struct baseline_row baseline_rows[];
extern const size_t baseline_count;

/* Code-signing certificates from March 2026 on: days, at most. */
#define BASELINE_DAYS	460

#endif
