/*
 * decoded - private to crypto/: public keys and certificates as OpenSSL has
 * them. Its decoder takes as long as a check with an RSA key, and a signature
 * meets the same few keys again and again: the last ones are kept, found by
 * all their bytes. Several threads may ask at once.
 */
#ifndef CRYPTO_DECODED_H
#define CRYPTO_DECODED_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/bytes.h"

/*
 * decoded_key gives the key of a SubjectPublicKeyInfo, and decoded_certificate
 * an X.509 certificate, each in DER with nothing behind. NULL: it is none. The
 * caller frees what it gets, and changes nothing in it.
 */
EVP_PKEY	*decoded_key(struct span spki);
X509		*decoded_certificate(struct span der);

#endif
