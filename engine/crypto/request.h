/* request - certificate requests (PKCS#10, RFC 2986) of others. */
#ifndef CRYPTO_REQUEST_H
#define CRYPTO_REQUEST_H

#include "crypto/x509.h"

/*
 * request_parse reads one request, PEM or DER, and nothing behind it. It gives
 * what is asked for as a certificate would have it: subject, key, extensions;
 * no dates, serial number or issuer. That the key signed it is checked. Errors:
 * CSR-MALFORMED, CSR-PROOF, ALGORITHM-UNKNOWN, KEY-WEAK, KEY-UNFIT, LIMIT-SIZE,
 * LIMIT-MEMORY, PEM-MALFORMED.
 */
bool	request_parse(struct span pem_or_der, struct arena *,
	    struct certificate *out, struct err *) MUST_USE;

#endif
