/* cms_extra: what nobody signed and nobody needs is found, the rest is not. */
#include <openssl/cms.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/cms_extra.h"
#include "crypto/der.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;
static struct pki middle, leaf;
static const char content[] = "the content that is signed";

static struct span
make(struct arena *a, const struct pki *who, const struct span *chain,
    size_t count)
{
	struct signing_identity id = pki_identity(who, chain, count);
	struct cms_terms t = {
		.dialect = CMS_DIALECT_DETACHED,
		.content_type = oid_der(OID_CONTENT_DATA),
		.digest = digest_of(DIGEST_SHA256, span_text(content)),
		.certificates = true,
	};
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span der = { 0 };
	struct err e;

	assert_ok(cms_plan(&t, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf value = pki_sign(who->key, &what);
	assert_ok(cms_finish(draft, buf_span(&value), (struct span){ 0 }, a,
	    &der, &e), &e);
	return der;
}

static struct cms_extras
extras(struct arena *a, struct span der)
{
	struct cms_extras out = { 0 };
	struct cms m;
	struct err e;

	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	assert_ok(cms_extras_add(&m, a, &out, &e), &e);
	return out;
}

/* Others change a message by OpenSSL's own means. */
static CMS_ContentInfo *
opened(struct span der)
{
	const unsigned char *at = der.ptr;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);

	assert_non_null(cms);
	return cms;
}

static struct span
closed(CMS_ContentInfo *cms, struct arena *a)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	struct span out;

	assert_true(len > 0);
	assert_true(arena_copy(a, (struct span){ der, (size_t)len }, &out));
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	return out;
}

static void
nothing_is_too_much_of_what_is_needed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span chain[] = { buf_span(&middle.der) };

	(void)state;
	assert_int_equal(extras(a, make(a, &world.code, NULL, 0)).count, 0);
	struct span der = make(a, &leaf, chain, COUNT(chain));
	assert_int_equal(extras(a, der).count, 0);
	/* Roots are left out by us, but others put them in. */
	CMS_ContentInfo *cms = opened(der);
	assert_true(CMS_add1_cert(cms, world.root.x509));
	assert_int_equal(extras(a, closed(cms, a)).count, 0);
}

static void
a_certificate_of_no_chain_is_too_much(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span chain[] = { buf_span(&world.authority.der) };

	(void)state;
	struct cms_extras found = extras(a, make(a, &world.code, chain, 1));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.items[0].kind, CMS_EXTRA_CERTIFICATE);
	assert_true(span_starts(found.items[0].what, "CN=Test "));
	assert_int_equal(found.items[0].size, chain[0].len);
	/* Its issuer, a root, is needed by the signer: no extra. */
	CMS_ContentInfo *cms = opened(make(a, &world.code, chain, 1));
	assert_true(CMS_add1_cert(cms, world.root.x509));
	assert_int_equal(extras(a, closed(cms, a)).count, 1);
}

/* A countersigner's certificate is needed, though its signature is not here. */
static void
a_countersigner_needs_its_certificate(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span chain[] = { buf_span(&world.authority.der) };
	struct span der = make(a, &world.code, chain, 1), counter, out = { 0 };
	struct cms other, m;
	struct err e;

	(void)state;
	assert_ok(cms_parse(make(a, &world.authority, NULL, 0), false, a,
	    &other, &e), &e);
	counter = other.signers[0].whole;
	assert_ok(cms_parse(der, false, a, &m, &e), &e);
	assert_ok(cms_set_unsigned(&m, OID_COUNTER_SIGNATURE, &counter, 1, a,
	    &out, &e), &e);
	assert_int_equal(extras(a, out).count, 0);
}

static void
an_unsigned_attribute_without_use_is_too_much(void **state)
{
	static const unsigned char blob[300] = "---BEGIN_BLOB---";
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CMS_ContentInfo *cms = opened(make(a, &world.code, NULL, 0));
	CMS_SignerInfo *s = sk_CMS_SignerInfo_value(
	    CMS_get0_SignerInfos(cms), 0);

	(void)state;
	assert_true(CMS_unsigned_add1_attr_by_txt(s,
	    "1.3.6.1.4.1.42921.1.2.1", V_ASN1_OCTET_STRING, blob,
	    (int)sizeof(blob)));
	struct cms_extras found = extras(a, closed(cms, a));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.items[0].kind, CMS_EXTRA_ATTRIBUTE);
	assert_true(span_is(found.items[0].what, "1.3.6.1.4.1.42921.1.2.1"));
	assert_true(found.items[0].size > sizeof(blob));
}

static void
revocation_lists_are_too_much(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CMS_ContentInfo *cms = opened(make(a, &world.code, NULL, 0));
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = ASN1_TIME_set(NULL, PKI_NOW / 1000);

	(void)state;
	assert_true(X509_CRL_set_version(crl, 1));
	assert_true(X509_CRL_set_issuer_name(crl,
	    X509_get_subject_name(world.root.x509)));
	assert_true(X509_CRL_set1_lastUpdate(crl, now));
	assert_true(X509_CRL_sign(crl, world.root.key, EVP_sha256()) > 0);
	assert_true(CMS_add1_crl(cms, crl));
	struct cms_extras found = extras(a, closed(cms, a));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.items[0].kind, CMS_EXTRA_REVOCATION);
	assert_true(found.items[0].size > 64);
	ASN1_TIME_free(now);
	X509_CRL_free(crl);
}

static int
setup(void **state)
{
	struct pki_terms m = { .subject = "Middle", .ca = true,
	    .issuer = &world.root };
	struct pki_terms l = { .subject = "Leaf", .issuer = &middle };

	(void)state;
	pki_world_make(&world);
	m.kind = l.kind = world.code.kind;
	pki_make(&m, &middle);
	pki_make(&l, &leaf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_done(&leaf);
	pki_done(&middle);
	pki_world_done(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_too_much_of_what_is_needed),
		TEST(a_certificate_of_no_chain_is_too_much),
		TEST(a_countersigner_needs_its_certificate),
		TEST(an_unsigned_attribute_without_use_is_too_much),
		TEST(revocation_lists_are_too_much),
	};

	return cmocka_run_group_tests_name("cms_extra", tests, setup,
	    teardown);
}
