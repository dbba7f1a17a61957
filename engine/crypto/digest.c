/* digest - see digest.h. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

#define OID(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

const struct digest_row digest_rows[DIGEST_KINDS] = {
	[DIGEST_SHA1] = { "sha1", NULL, 20,
	    OID("\x06\x05\x2b\x0e\x03\x02\x1a"), true },
	[DIGEST_SHA256] = { "sha256", "sha256", 32,
	    OID("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"), false },
	[DIGEST_SHA384] = { "sha384", NULL, 48,
	    OID("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"), false },
	[DIGEST_SHA512] = { "sha512", "sha512", 64,
	    OID("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"), false },
};

static const EVP_MD *
evp(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA1:
		return EVP_sha1();
	case DIGEST_SHA256:
		return EVP_sha256();
	case DIGEST_SHA384:
		return EVP_sha384();
	case DIGEST_SHA512:
		return EVP_sha512();
	case DIGEST_KINDS:
		break;
	}
	abort();
}

bool
digest_find(struct span name, enum digest_kind *out)
{
	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++)
		if (span_is(name, digest_rows[k].name)) {
			*out = k;
			return true;
		}
	return false;
}

bool
digest_find_oid(struct span oid, enum digest_kind *out)
{
	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++)
		if (span_eq(oid, digest_rows[k].oid)) {
			*out = k;
			return true;
		}
	return false;
}

struct span
digest_span(const struct digest *d)
{
	return (struct span){ d->bytes, d->len };
}

bool
digest_eq(const struct digest *a, const struct digest *b)
{
	return a->kind == b->kind && a->len == b->len &&
	    CRYPTO_memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct digest
digest_of(enum digest_kind kind, struct span s)
{
	struct digest d = { .kind = kind };
	unsigned int len = 0;

	if (EVP_Digest(s.ptr, s.len, d.bytes, &len, evp(kind), NULL) != 1)
		abort();
	d.len = len;
	return d;
}

struct hasher {
	enum digest_kind	 kind;
	EVP_MD_CTX		*state;
};

static void
hasher_begin(struct hasher *h)
{
	if (EVP_DigestInit_ex(h->state, evp(h->kind), NULL) != 1)
		abort();
}

struct hasher *
hasher_new(enum digest_kind kind)
{
	struct hasher *h = xcalloc(1, sizeof(*h));

	h->kind = kind;
	h->state = EVP_MD_CTX_new();
	if (h->state == NULL)
		abort();
	hasher_begin(h);
	return h;
}

void
hasher_free(struct hasher *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->state);
	free(h);
}

void
hasher_put(struct hasher *h, struct span s)
{
	if (EVP_DigestUpdate(h->state, s.ptr, s.len) != 1)
		abort();
}

static bool
put_piece(void *arg, struct span piece, struct err *e)
{
	(void)e;
	hasher_put(arg, piece);
	return true;
}

bool
hasher_put_rope(struct hasher *h, const struct rope *r, uint64_t off,
    uint64_t len, struct err *e)
{
	return rope_each(r, off, len, put_piece, h, e);
}

struct digest
hasher_end(struct hasher *h)
{
	struct digest d = { .kind = h->kind };
	unsigned int len = 0;

	if (EVP_DigestFinal_ex(h->state, d.bytes, &len) != 1)
		abort();
	d.len = len;
	hasher_begin(h);
	return d;
}

bool
digest_rope(enum digest_kind kind, const struct rope *r, struct digest *out,
    struct err *e)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(kind);

	if (!hasher_put_rope(h, r, 0, r->len, e))
		return false;
	*out = hasher_end(h);
	return true;
}

struct digest_hex
digest_hex(const struct digest *d)
{
	static const char hex[] = "0123456789abcdef";
	struct digest_hex out = { "" };

	for (size_t i = 0; i < d->len; i++) {
		out.text[2 * i] = hex[d->bytes[i] >> 4];
		out.text[2 * i + 1] = hex[d->bytes[i] & 15];
	}
	return out;
}
