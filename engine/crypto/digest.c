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

enum digest_kind
hasher_kind(const struct hasher *h)
{
	return h->kind;
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

#define MARKS		64		/* points of a trail at most */
#define MARK_LEAST	((uint64_t)1 << 20)	/* bytes between two of them */

/* A hash that has got as far as at. */
struct mark {
	uint64_t	 at;
	EVP_MD_CTX	*state;
};

struct digest_trail {
	struct hasher	*hasher;
	struct rope	 rope;		/* the first */
	struct mark	 marks[MARKS];
	size_t		 count;
	bool		 made;		/* there was a first */
};

struct digest_trail *
digest_trail_new(enum digest_kind kind)
{
	struct digest_trail *t = xcalloc(1, sizeof(*t));

	t->hasher = hasher_new(kind);
	return t;
}

void
digest_trail_free(struct digest_trail *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++)
		EVP_MD_CTX_free(t->marks[i].state);
	hasher_free(t->hasher);
	free(t);
}

static void
mark_set(struct digest_trail *t, uint64_t at)
{
	struct mark *m = &t->marks[t->count++];

	m->at = at;
	m->state = EVP_MD_CTX_new();
	if (m->state == NULL ||
	    EVP_MD_CTX_copy_ex(m->state, t->hasher->state) != 1)
		abort();
}

static bool
trail_make(struct digest_trail *t, const struct rope *r, struct err *e)
{
	uint64_t step = r->len / MARKS + 1;

	if (step < MARK_LEAST)
		step = MARK_LEAST;
	t->rope = *r;
	for (uint64_t at = 0; at < r->len; at += step) {
		uint64_t left = r->len - at;

		if (!hasher_put_rope(t->hasher, r, at, left < step ? left :
		    step, e))
			return false;
		if (left > step)
			mark_set(t, at + step);
	}
	return true;
}

static bool
trail_follow(struct digest_trail *t, const struct rope *r, struct err *e)
{
	uint64_t shared = rope_shared(&t->rope, r), at = 0;

	for (size_t i = 0; i < t->count && t->marks[i].at <= shared; i++) {
		at = t->marks[i].at;
		if (EVP_MD_CTX_copy_ex(t->hasher->state,
		    t->marks[i].state) != 1)
			abort();
	}
	return hasher_put_rope(t->hasher, r, at, r->len - at, e);
}

bool
digest_trail_rope(struct digest_trail *t, const struct rope *r,
    struct digest *out, struct err *e)
{
	bool first = !t->made;

	t->made = true;
	hasher_begin(t->hasher);
	if (first ? !trail_make(t, r, e) : !trail_follow(t, r, e))
		return false;
	*out = hasher_end(t->hasher);
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
