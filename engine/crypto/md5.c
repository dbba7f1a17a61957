/* md5 - see md5.h. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/md5.h"

DEFINE_CLEANUP(EVP_MD_CTX, state_done, EVP_MD_CTX_free);

static bool
put_piece(void *arg, struct span piece, struct err *e)
{
	(void)e;
	if (EVP_DigestUpdate(arg, piece.ptr, piece.len) != 1)
		abort();
	return true;
}

bool
md5_rope(const struct rope *r, struct md5_hex *out, struct err *e)
{
	CLEANUP(state_done) EVP_MD_CTX *state = EVP_MD_CTX_new();
	CLEANUP(buf_done) struct buf hex = { 0 };
	uint8_t sum[16];

	if (state == NULL || EVP_DigestInit_ex(state, EVP_md5(), NULL) != 1)
		return err_set(e, ERR_DEB_SUM, "OpenSSL offers no MD5 here");
	if (!rope_each(r, 0, r->len, put_piece, state, e))
		return false;
	if (EVP_DigestFinal_ex(state, sum, NULL) != 1)
		abort();
	text_hex(SPAN(sum), &hex);
	memcpy(out->text, buf_cstr(&hex), sizeof(out->text));
	return true;
}
