/* start - see start.h. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/digest.h"
#include "crypto/start.h"

static const char *const keys[] = { "RSA", "RSA-PSS", "EC", "ED25519" };

void
crypto_start(void)
{
	/* What goes with the process need not be taken apart before. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_ADD_ALL_DIGESTS,
	    NULL);
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		EVP_MD_free(EVP_MD_fetch(NULL, digest_rows[i].name, NULL));
	for (size_t i = 0; i < COUNT(keys); i++)
		EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, keys[i], NULL));
	/* A provider that is missing shows when it is used. */
	ERR_clear_error();
}
