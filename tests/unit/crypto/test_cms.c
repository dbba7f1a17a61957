/* cms: what we make OpenSSL verifies; what is changed anywhere fails. */
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/cms.h"
#include "crypto/der.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;
static const char content[] = "the content that is signed";

static struct span
make(struct arena *a, const struct pki *who, enum cms_dialect dialect,
    struct span token)
{
	struct signing_identity id = pki_identity(who, NULL, 0);
	struct cms_terms t = {
		.dialect = dialect,
		.content_type = oid_der(OID_CONTENT_DATA),
		.digest = digest_of(signature_rows[who->kind].digest,
		    span_text(content)),
		.signing_time = true,
		.time = PKI_NOW,
		.certificates = true,
	};
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span der = { 0 };
	struct err e;

	assert_ok(cms_plan(&t, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf value = pki_sign(who->key, &what);
	assert_ok(cms_finish(draft, buf_span(&value), token, a, &der, &e), &e);
	return der;
}

static bool
check(struct span der, struct arena *a, struct certificate *signer,
    struct err *e)
{
	struct cms m;
	const struct cms_signer *s;

	if (!cms_parse(der, false, a, &m, e) || !cms_only_signer(&m, &s, e))
		return false;
	struct digest d = digest_of(s->digest_kind, span_text(content));
	return cms_check(&m, s, &d, a, signer, e);
}

/* OpenSSL's own opinion; the chain is not its business here. */
static bool
openssl_check(struct span der)
{
	const unsigned char *at = der.ptr;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
	BIO *in = BIO_new_mem_buf(content, (int)strlen(content));

	assert_non_null(cms);
	bool good = CMS_verify(cms, NULL, NULL, in, NULL, CMS_BINARY |
	    CMS_NO_SIGNER_CERT_VERIFY) == 1;
	ERR_clear_error();
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	return good;
}

static void
openssl_verifies_every_kind(void **state)
{
	static const struct {
		const char		*algorithm;
		enum signature_kind	 kind;
	} kinds[] = {
		{ "rsa:2048", SIGNATURE_RSA_PKCS1_SHA256 },
		{ "rsa:2048", SIGNATURE_RSA_PSS_SHA256 },
		{ "rsa:2048", SIGNATURE_RSA_PSS_SHA512 },
		{ "ec:P-256", SIGNATURE_ECDSA_SHA256 },
		{ "ec:P-384", SIGNATURE_ECDSA_SHA384 },
		{ "ec:P-521", SIGNATURE_ECDSA_SHA512 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		struct pki_terms t = { .subject = "Signer",
		    .algorithm = kinds[i].algorithm, .kind = kinds[i].kind };
		CLEANUP(pki_done) struct pki who;
		struct certificate c;
		struct err e;

		pki_make(&t, &who);
		struct span der = make(a, &who, CMS_DIALECT_DETACHED,
		    (struct span){ 0 });
		assert_ok(check(der, a, &c, &e), &e);
		assert_true(span_is(c.subject, "CN=Signer,O=Acme"));
		assert_true(openssl_check(der));
	}
}

static void
ed25519_signs_the_attributes_themselves(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct pki_terms t = { .subject = "Signer", .algorithm = "ed25519",
	    .kind = SIGNATURE_ED25519 };
	CLEANUP(pki_done) struct pki who;
	struct certificate c;
	struct err e;

	(void)state;
	pki_make(&t, &who);
	struct span der = make(a, &who, CMS_DIALECT_DETACHED,
	    (struct span){ 0 });
	assert_ok(check(der, a, &c, &e), &e);
}

/* The parts that no signature covers: a change there may go unseen. */
static bool
uncovered(const struct cms *m, struct span der, size_t at)
{
	const struct cms_attributes *u = &m->signers[0].unsigned_attributes;

	for (size_t i = 0; i < u->count; i++) {
		size_t from = (size_t)(u->items[i].whole.ptr - der.ptr);

		if (at >= from && at < from + u->items[i].whole.len)
			return true;
	}
	/* version of SignedData, 1: 3, 4 and 5 say the same */
	return at == (size_t)(m->head.ptr - der.ptr) + 2;
}

static void
every_flipped_byte_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    SPAN_TEXT("\x30\x03\x02\x01\x05"));
	struct certificate c;
	struct cms m;
	struct err e;
	size_t seen = 0;

	(void)state;
	assert_ok(check(der, a, &c, &e), &e);
	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	for (size_t i = 0; i < der.len; i++)
		for (size_t k = 0; k < COUNT(masks); k++) {
			CLEANUP(arena_done) struct arena *b =
			    arena_new(1 << 20);
			uint8_t *copy = exact(der);

			copy[i] ^= masks[k];
			if (check((struct span){ copy, der.len }, b, &c, &e)) {
				if (!uncovered(&m, der, i))
					fail_msg("byte %zu of %zu ^ %02x",
					    i, der.len, masks[k]);
			} else {
				seen++;
			}
			free(copy);
		}
	assert_true(seen > 3 * (der.len - 40));
}

static void
the_list_of_digests_says_what_the_signer_says(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	static const uint8_t sha256[] = {
		0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    (struct span){ 0 });
	uint8_t *copy = exact(der);
	struct certificate c;
	struct err e;

	(void)state;
	/* The first one stands in the list; 2.3 is SHA-512. */
	copy[span_find(der, SPAN(sha256)) + 8] = 0x03;
	assert_false(check((struct span){ copy, der.len }, a, &c, &e));
	assert_err(&e, ERR_CMS_MALFORMED);
	assert_non_null(strstr(e.text, "sha256"));
	free(copy);
}

static void
no_prefix_and_no_tail_is_taken(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    (struct span){ 0 });
	CLEANUP(buf_done) struct buf padded = { 0 };
	struct cms m;
	struct err e;

	(void)state;
	for (size_t n = 0; n < der.len; n++) {
		uint8_t *copy = exact((struct span){ der.ptr, n });

		assert_false(cms_parse((struct span){ copy, n }, true, a, &m,
		    &e));
		assert_err(&e, ERR_CMS_MALFORMED);
		free(copy);
	}
	buf_put(&padded, der);
	buf_zero(&padded, 7);
	assert_false(cms_parse(buf_span(&padded), false, a, &m, &e));
	assert_err(&e, ERR_CMS_MALFORMED);
	assert_ok(cms_parse(buf_span(&padded), true, a, &m, &e), &e);
	assert_span_equal(m.whole, der);
	padded.ptr[padded.len - 1] = 1;
	assert_false(cms_parse(buf_span(&padded), true, a, &m, &e));
	padded.ptr[padded.len - 1] = 0;
	buf_zero(&padded, 1);
	assert_false(cms_parse(buf_span(&padded), true, a, &m, &e));
}

static void
other_content_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    (struct span){ 0 });
	struct digest d = digest_of(DIGEST_SHA256, span_text("other"));
	struct certificate c;
	struct cms m;
	struct err e;

	(void)state;
	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	assert_false(cms_check(&m, &m.signers[0], &d, a, &c, &e));
	assert_err(&e, ERR_CMS_DIGEST);
	m.content_type = oid_der(OID_TST_INFO);
	d = digest_of(DIGEST_SHA256, span_text(content));
	assert_false(cms_check(&m, &m.signers[0], &d, a, &c, &e));
	assert_err(&e, ERR_CMS_CONTENT_TYPE);
}

static void
a_missing_or_swapped_certificate_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    (struct span){ 0 });
	struct pki_terms again = { .subject = "Test Code",
	    .issuer = &world.root };
	CLEANUP(pki_done) struct pki twin;
	struct certificate c;
	struct cms m;
	struct err e;

	(void)state;
	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	struct digest d = digest_of(DIGEST_SHA256, span_text(content));
	m.certificate_count = 0;
	assert_false(cms_check(&m, &m.signers[0], &d, a, &c, &e));
	assert_err(&e, ERR_CMS_SIGNER_MISSING);

	/* Same issuer and serial, another key. */
	pki_make(&again, &twin);
	assert_int_equal(X509_set_serialNumber(twin.x509,
	    X509_get_serialNumber(world.code.x509)), 1);
	assert_true(X509_sign(twin.x509, world.root.key, EVP_sha256()) > 0);
	unsigned char *swapped = NULL;
	int len = i2d_X509(twin.x509, &swapped);
	struct span other = { swapped, (size_t)len };
	m.certificates = &other;
	m.certificate_count = 1;
	assert_false(cms_check(&m, &m.signers[0], &d, a, &c, &e));
	assert_err(&e, ERR_CMS_SIGNER_SWAPPED);
	OPENSSL_free(swapped);
}

static void
exactly_one_signer_means_one(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    (struct span){ 0 });
	CLEANUP(buf_done) struct buf two = { 0 };
	const struct cms_signer *s;
	struct cms m;
	struct err e;

	(void)state;
	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	size_t info = der_open(&two, DER_SEQUENCE);
	buf_put(&two, oid_der(OID_SIGNED_DATA));
	size_t wrapped = der_open(&two, DER_EXPLICIT(0));
	size_t data = der_open(&two, DER_SEQUENCE);
	buf_put(&two, m.head);
	size_t set = der_open(&two, DER_SET);
	buf_put(&two, m.signers[0].whole);
	buf_put(&two, m.signers[0].whole);
	der_close(&two, set);
	der_close(&two, data);
	der_close(&two, wrapped);
	der_close(&two, info);
	assert_ok(cms_parse(buf_span(&two), false, a, &m, &e), &e);
	assert_int_equal(m.signer_count, 2);
	assert_false(cms_only_signer(&m, &s, &e));
	assert_err(&e, ERR_CMS_SIGNERS);
	assert_false(cms_set_timestamp(&m, CMS_DIALECT_DETACHED, der, a, &der,
	    &e));
	assert_err(&e, ERR_CMS_SIGNERS);
}

/* A message of OpenSSL's own making, with choices that are not ours. */
static struct span
openssl_make(struct arena *a, const EVP_MD *md, unsigned flags)
{
	BIO *in = BIO_new_mem_buf(content, (int)strlen(content));
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_BINARY |
	    CMS_DETACHED | CMS_PARTIAL);
	unsigned char *der = NULL;
	struct span out = { 0 };

	assert_non_null(CMS_add1_signer(cms, world.code.x509, world.code.key,
	    md, CMS_BINARY | flags));
	assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY |
	    CMS_DETACHED), 1);
	int len = i2d_CMS_ContentInfo(cms, &der);
	assert_true(arena_copy(a, (struct span){ der, (size_t)len }, &out));
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return out;
}

static void
messages_of_openssl_are_understood(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct certificate c;
	struct cms m;
	struct err e;

	(void)state;
	assert_ok(check(openssl_make(a, EVP_sha256(), 0), a, &c, &e), &e);
	assert_ok(check(openssl_make(a, EVP_sha384(), 0), a, &c, &e), &e);

	/* Nothing signed but the content: too little for us. */
	assert_false(check(openssl_make(a, EVP_sha256(), CMS_NOATTR), a, &c,
	    &e));
	assert_err(&e, ERR_CMS_ATTRIBUTE);
	assert_false(cms_parse(openssl_make(a, EVP_sha1(), 0), false, a, &m,
	    &e));
	assert_err(&e, ERR_DIGEST_WEAK);
	assert_false(cms_parse(openssl_make(a, EVP_sha224(), 0), false, a,
	    &m, &e));
	assert_err(&e, ERR_ALGORITHM_UNKNOWN);
}

static void
a_wrong_value_is_refused_before_it_is_used(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct signing_identity id = pki_identity(&world.code, NULL, 0);
	struct cms_terms t = {
		.dialect = CMS_DIALECT_DETACHED,
		.content_type = oid_der(OID_CONTENT_DATA),
		.digest = digest_of(DIGEST_SHA256, span_text(content)),
	};
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span der;
	struct err e;

	(void)state;
	assert_ok(cms_plan(&t, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf value = pki_sign(world.root.key, &what);
	assert_false(cms_finish(draft, buf_span(&value), (struct span){ 0 }, a,
	    &der, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	t.digest = digest_of(DIGEST_SHA384, span_text(content));
	assert_false(cms_plan(&t, &id, a, &draft, &what, &e));
	assert_err(&e, ERR_SIGNATURE_UNFIT);
}

static void
certificates_are_sorted_once_each_and_without_root(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span chain[] = {
		buf_span(&world.root.der), buf_span(&world.authority.der),
		buf_span(&world.code.der), buf_span(&world.authority.der),
	};
	struct signing_identity id = pki_identity(&world.code, chain,
	    COUNT(chain));
	struct cms_terms t = {
		.dialect = CMS_DIALECT_DETACHED, .certificates = true,
		.content_type = oid_der(OID_CONTENT_DATA),
		.digest = digest_of(DIGEST_SHA256, span_text(content)),
	};
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span der;
	struct cms m;
	struct err e;

	(void)state;
	assert_ok(cms_plan(&t, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf value = pki_sign(world.code.key, &what);
	assert_ok(cms_finish(draft, buf_span(&value), (struct span){ 0 }, a,
	    &der, &e), &e);
	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	assert_int_equal(m.certificate_count, 2);
	assert_true(span_cmp(m.certificates[0], m.certificates[1]) < 0);
}

static void
unsigned_attributes_change_no_signed_byte(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = make(a, &world.code, CMS_DIALECT_DETACHED,
	    SPAN_TEXT("\x30\x03\x02\x01\x05")), changed = { 0 }, value;
	struct certificate c;
	struct cms before, after;
	struct err e;

	(void)state;
	assert_ok(cms_parse(der, false, a, &before, &e), &e);
	assert_ok(cms_set_timestamp(&before, CMS_DIALECT_DETACHED,
	    SPAN_TEXT("\x30\x03\x02\x01\x06"), a, &changed, &e), &e);
	assert_ok(cms_parse(changed, false, a, &after, &e), &e);
	assert_int_equal(after.signers[0].unsigned_attributes.count, 1);
	assert_ok(cms_value(&after.signers[0].unsigned_attributes,
	    OID_TIMESTAMP_TOKEN, &value, &e), &e);
	assert_span_equal(value, SPAN_TEXT("\x30\x03\x02\x01\x06"));
	assert_span_equal(before.head, after.head);
	assert_span_equal(before.signers[0].head, after.signers[0].head);
	assert_ok(check(changed, a, &c, &e), &e);
	assert_true(openssl_check(changed));
}

static void
too_large_is_too_large(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 10);
	CLEANUP(buf_done) struct buf big = { 0 };
	struct cms m;
	struct err e;

	(void)state;
	buf_zero(&big, (1 << 20) + 1);
	assert_false(cms_parse(buf_span(&big), false, a, &m, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

static int
setup(void **state)
{
	(void)state;
	pki_world_make(&world);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_world_done(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(openssl_verifies_every_kind),
		TEST(ed25519_signs_the_attributes_themselves),
		TEST(every_flipped_byte_is_noticed),
		TEST(the_list_of_digests_says_what_the_signer_says),
		TEST(no_prefix_and_no_tail_is_taken),
		TEST(other_content_is_noticed),
		TEST(a_missing_or_swapped_certificate_is_noticed),
		TEST(exactly_one_signer_means_one),
		TEST(messages_of_openssl_are_understood),
		TEST(a_wrong_value_is_refused_before_it_is_used),
		TEST(certificates_are_sorted_once_each_and_without_root),
		TEST(unsigned_attributes_change_no_signed_byte),
		TEST(too_large_is_too_large),
	};

	return cmocka_run_group_tests_name("cms", tests, setup, teardown);
}
