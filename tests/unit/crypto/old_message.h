/*
 * old_message - Authenticode messages and countersignatures made by hand, as no
 * writer of ours makes them: with SHA-1, and with what old writers put in.
 */
#ifndef OLD_MESSAGE_H
#define OLD_MESSAGE_H

#include "crypto/algorithm.h"
#include "crypto/authenticode.h"
#include "crypto/der.h"
#include "pki.h"
#include "test.h"

static char file_text[] = "a program";

/* A SignerInfo as it is to be made. */
struct info {
	const struct pki	*by;
	enum digest_kind	 kind;
	struct span		 over;		/* messageDigest is of this */
	enum oid		 type;		/* contentType; OIDS: none */
	int64_t			 time;		/* signingTime; 0: none */
	struct span		 unsigned_attribute;
};

static inline struct span
attribute(struct arena *a, enum oid type, const struct buf *value)
{
	struct span in = buf_span(value), out = { 0 };
	struct err e;

	assert_ok(cms_attribute_make(oid_der(type), &in, 1, a, &out, &e), &e);
	return out;
}

/* Attributes as a SET OF. */
static inline void
put_attributes(struct arena *a, const struct info *in, struct buf *set)
{
	struct digest d = digest_of(in->kind, in->over);
	struct span list[3];
	size_t n = 0;

	for (unsigned i = 0; i < 3; i++) {
		static const enum oid types[] = { OID_CONTENT_TYPE,
		    OID_SIGNING_TIME, OID_MESSAGE_DIGEST };
		CLEANUP(buf_done) struct buf value = { 0 };

		if ((i == 0 && in->type == OIDS) || (i == 1 && in->time == 0))
			continue;
		if (i == 0)
			buf_put(&value, oid_der(in->type));
		else if (i == 1)
			der_put_time(&value, in->time);
		else
			der_put(&value, DER_OCTETS, digest_span(&d));
		list[n++] = attribute(a, types[i], &value);
	}
	der_put_set(set, DER_SET, list, n);
}

static inline void
put_value(const struct info *in, struct span set, struct buf *out)
{
	struct to_be_signed what = { .kind = in->by->kind,
	    .digest = digest_of(in->kind, set) };
	CLEANUP(buf_done) struct buf der = { 0 };
	uint8_t value[512];
	size_t len = sizeof(value);

	if (in->kind != DIGEST_SHA1) {
		CLEANUP(buf_done) struct buf raw = pki_sign(in->by->key,
		    &what);

		assert_true(signature_ecdsa_to_der(buf_span(&raw), &der));
		der_put(out, DER_OCTETS, buf_span(&der));
		return;
	}
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(in->by->key, NULL);
	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha1()), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, value, &len, what.digest.bytes,
	    what.digest.len), 1);
	EVP_PKEY_CTX_free(ctx);
	der_put(out, DER_OCTETS, (struct span){ value, len });
}

static inline void
put_info(struct arena *a, const struct info *in, struct buf *b)
{
	CLEANUP(buf_done) struct buf set = { 0 };
	struct certificate c;
	struct err e;

	assert_ok(certificate_parse(buf_span(&in->by->der), a, &c, &e), &e);
	put_attributes(a, in, &set);
	size_t whole = der_open(b, DER_SEQUENCE);
	der_put_small(b, 1);
	size_t name = der_open(b, DER_SEQUENCE);
	buf_put(b, c.issuer_name);
	der_put(b, DER_INTEGER, c.serial);
	der_close(b, name);
	algorithm_put_digest(b, in->kind, true);
	struct der d = der_read(buf_span(&set));
	der_put(b, DER_EXPLICIT(0), der_value(&d, DER_SET));
	if (in->kind == DIGEST_SHA1)
		der_put_algorithm(b, oid_der(OID_RSA), true);
	else
		algorithm_put_signer(b, in->by->kind);
	put_value(in, buf_span(&set), b);
	if (in->unsigned_attribute.len > 0)
		der_put(b, DER_EXPLICIT(1), in->unsigned_attribute);
	der_close(b, whole);
}

static inline struct span
kept(struct arena *a, const struct buf *b)
{
	struct span out = { 0 };

	assert_true(arena_copy(a, buf_span(b), &out));
	return out;
}

/* What old writers put where nothing should be: <<<Obsolete>>>, UTF-16. */
static bool obsolete;
static const uint8_t obsolete_value[] = "\x30\x25\x03\x01\0\xa0\x20\xa2\x1e"
    "\x80\x1c\0<\0<\0<\0O\0b\0s\0o\0l\0e\0t\0e\0>\0>\0>";

/* SpcIndirectDataContent of the file. */
static inline struct span
content(struct arena *a, enum oid type, enum digest_kind kind)
{
	static const uint8_t value[] = { 0x30, 9, 3, 1, 0, 0xa0, 4, 0xa2, 2,
	    0x80, 0 };
	struct digest d = digest_of(kind, span_text(file_text));
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t whole = der_open(&b, DER_SEQUENCE);
	size_t data = der_open(&b, DER_SEQUENCE);

	buf_put(&b, oid_der(type));
	buf_put(&b, obsolete ? (struct span){ obsolete_value,
	    sizeof(obsolete_value) - 1 } : SPAN(value));
	der_close(&b, data);
	size_t digest = der_open(&b, DER_SEQUENCE);
	algorithm_put_digest(&b, kind, true);
	der_put(&b, DER_OCTETS, digest_span(&d));
	der_close(&b, digest);
	der_close(&b, whole);
	return kept(a, &b);
}

/* A message by one signer, with the certificates of both. */
static inline struct span
message(struct arena *a, const struct pki *by, const struct pki *authority,
    enum oid type, enum digest_kind kind)
{
	struct span inside = content(a, type, kind), certificates[] = {
	    buf_span(&by->der), buf_span(&authority->der) };
	struct der d = der_read(inside);
	struct info in = { .by = by, .kind = kind,
	    .over = der_value(&d, DER_SEQUENCE),
	    .type = OID_SPC_INDIRECT_DATA };
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t info = der_open(&b, DER_SEQUENCE);

	buf_put(&b, oid_der(OID_SIGNED_DATA));
	size_t wrapped = der_open(&b, DER_EXPLICIT(0));
	size_t data = der_open(&b, DER_SEQUENCE);
	der_put_small(&b, 1);
	size_t digests = der_open(&b, DER_SET);
	algorithm_put_digest(&b, kind, true);
	der_close(&b, digests);
	size_t held = der_open(&b, DER_SEQUENCE);
	buf_put(&b, oid_der(OID_SPC_INDIRECT_DATA));
	der_put(&b, DER_EXPLICIT(0), inside);
	der_close(&b, held);
	der_put_set(&b, DER_EXPLICIT(0), certificates, 2);
	size_t signers = der_open(&b, DER_SET);
	put_info(a, &in, &b);
	der_close(&b, signers);
	der_close(&b, data);
	der_close(&b, wrapped);
	der_close(&b, info);
	return kept(a, &b);
}

static inline struct span
value_of(struct arena *a, struct span der)
{
	struct authenticode s;
	struct err e;

	assert_ok(authenticode_parse_old(der, false, a, &s, &e), &e);
	return s.cms.signers[0].value;
}

/* The message with these countersignatures in one attribute. */
static inline struct span
countered(struct arena *a, struct span der, const struct info *list,
    size_t count)
{
	struct span values[2], out = { 0 };
	struct authenticode s;
	struct err e;

	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		put_info(a, &list[i], &b);
		values[i] = kept(a, &b);
	}
	assert_ok(authenticode_parse_old(der, false, a, &s, &e), &e);
	assert_ok(cms_set_unsigned(&s.cms, OID_COUNTER_SIGNATURE, values,
	    count, a, &out, &e), &e);
	return out;
}

#endif
