/* hmac - see hmac.h. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "crypto/hmac.h"

struct digest
hmac_of(enum digest_kind kind, struct span key, struct span bytes)
{
	const EVP_MD *md = EVP_get_digestbyname(digest_rows[kind].name);
	struct digest d = { .kind = kind };
	unsigned int len = 0;

	/* No key is a key of no bytes, which is not the same as NULL. */
	if (md == NULL || key.len > INT32_MAX || HMAC(md,
	    key.len > 0 ? key.ptr : (const uint8_t *)"", (int)key.len,
	    bytes.ptr, bytes.len, d.bytes, &len) == NULL)
		abort();
	d.len = len;
	return d;
}
