/* start - see start.h. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- memory that is overwritten before it is given back */

static void *
wiping_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void
wiping_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* realloc would move what is there, and leave the old place as it is. */
static void *
wiping_realloc(void *p, size_t size, const char *file, int line)
{
	size_t had = p == NULL ? 0 : malloc_usable_size(p);
	void *grown = size == 0 ? NULL : malloc(size);

	if (grown != NULL && p != NULL)
		memcpy(grown, p, had < size ? had : size);
	if (grown != NULL || size == 0)
		wiping_free(p, file, line);
	return grown;
}

bool
crypto_wipe_memory(void)
{
	return CRYPTO_set_mem_functions(wiping_malloc, wiping_realloc,
	    wiping_free) == 1;
}
