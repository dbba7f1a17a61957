/* request: PKCS#10 of ours and of others, and evidence of the key in it. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/evidence.h"
#include "crypto/issue.h"
#include "crypto/oid.h"
#include "crypto/pem.h"
#include "crypto/request.h"
#include "pki.h"
#include "test.h"

#define BUNDLE	"\x30\x0d\x30\x0b\x30\x09\x06\x03\x2a\x03\x04\x04\x02" "AB"

static const struct span names[] = {
	{ (const uint8_t *)"dns:sign.acme.example", 21 },
};

static struct span
request(struct arena *a, const char *algorithm, enum signature_kind kind,
    struct span evidence)
{
	EVP_PKEY *key = pki_key(algorithm);
	CLEANUP(buf_done) struct buf spki = pki_spki(key);
	struct certificate_terms t = { .subject = span_text("CN=Acme,C=DE"),
	    .spki = buf_span(&spki), .kind = kind, .names = names,
	    .name_count = 1, .evidence = evidence };
	struct to_be_signed what;
	struct span draft, der;
	struct err e;

	assert_ok(request_plan(&t, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf value = pki_sign(key, &what);
	assert_ok(issue_finish(&t, draft, buf_span(&value), a, &der, &e), &e);
	EVP_PKEY_free(key);
	return der;
}

static void
reads_what_was_asked(void **state)
{
	static const struct {
		const char		*algorithm;
		enum signature_kind	 kind;
	} kinds[] = {
		{ "rsa:2048", SIGNATURE_RSA_PKCS1_SHA256 },
		{ "rsa:2048", SIGNATURE_RSA_PSS_SHA384 },
		{ "ec:P-384", SIGNATURE_ECDSA_SHA384 },
		{ "ed25519", SIGNATURE_ED25519 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(buf_done) struct buf pem = { 0 };
		struct span der = request(a, kinds[i].algorithm, kinds[i].kind,
		    span_text(BUNDLE));
		struct certificate c;
		struct err e;

		assert_ok(request_parse(der, a, &c, &e), &e);
		assert_true(span_is(c.subject, "CN=Acme,C=DE"));
		assert_int_equal(c.name_count, 1);
		assert_span_equal(c.names[0], names[0]);
		assert_true(certificate_allows(&c,
		    oid_der(OID_EKU_CODE_SIGNING)));
		pem_write("NEW CERTIFICATE REQUEST", der, &pem);
		assert_ok(request_parse(buf_span(&pem), a, &c, &e), &e);
	}
}

/* Every byte of a request counts: none can be changed, cut or added. */
static void
what_was_changed_is_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(64 << 20);
	struct span der = request(a, "ec:P-256", SIGNATURE_ECDSA_SHA256,
	    span_text(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct certificate c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < der.len; i++) {
		buf_done(&b);
		b = (struct buf){ 0 };
		buf_put(&b, der);
		b.ptr[i] ^= 1;
		assert_false(request_parse(buf_span(&b), a, &c, &e));
		uint8_t *cut = exact((struct span){ der.ptr, i });
		assert_false(request_parse((struct span){ cut, i }, a, &c,
		    &e));
		free(cut);
	}
	buf_done(&b);
	b = (struct buf){ 0 };
	buf_put(&b, der);
	buf_u8(&b, 0);
	assert_false(request_parse(buf_span(&b), a, &c, &e));
	assert_err(&e, ERR_CSR_MALFORMED);
	b.ptr[--b.len - 1] ^= 1;
	assert_false(request_parse(buf_span(&b), a, &c, &e));
	assert_err(&e, ERR_CSR_PROOF);
	while (b.len <= LIMIT_REQUEST)
		buf_u8(&b, 0);
	assert_false(request_parse(buf_span(&b), a, &c, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

static void
evidence_is_a_bundle_or_becomes_one(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct span none = span_text(""), type = span_text("1.2.3.4"), out;
	struct pki_world w;
	struct err e;

	(void)state;
	assert_ok(evidence_bundle(span_text(BUNDLE), none, a, &out, &e), &e);
	assert_span_equal(out, span_text(BUNDLE));
	assert_ok(evidence_bundle(span_text("AB"), type, a, &out, &e), &e);
	assert_span_equal(out, span_text(BUNDLE));
	assert_ok(evidence_bundle(span_text("\x04\x02" "AB"), type, a, &out,
	    &e), &e);
	assert_span_equal(out, span_text(BUNDLE));
	pki_world_make(&w);
	pem_write("CERTIFICATE", buf_span(&w.code.der), &pem);
	pem_write("CERTIFICATE", buf_span(&w.root.der), &pem);
	assert_ok(evidence_bundle(buf_span(&pem), type, a, &out, &e), &e);
	assert_true(out.len > w.code.der.len + w.root.der.len);
	assert_ok(evidence_bundle(out, none, a, &out, &e), &e);
	pki_world_done(&w);
}

static void
what_is_no_bundle_is_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span bundle = span_text(BUNDLE), out;
	uint8_t large[LIMIT_EVIDENCE + 1] = { 0 };
	struct err e;

	(void)state;
	for (size_t n = 0; n < bundle.len; n++) {
		assert_false(evidence_bundle((struct span){ bundle.ptr, n },
		    span_text(""), a, &out, &e));
		assert_err(&e, ERR_EVIDENCE_MALFORMED);
	}
	assert_false(evidence_bundle(span_text(BUNDLE "x"), span_text(""), a,
	    &out, &e));
	assert_false(evidence_bundle(span_text("\x30\x02\x30"), span_text(""),
	    a, &out, &e));
	assert_false(evidence_bundle(bundle, span_text("1.x"), a, &out, &e));
	assert_err(&e, ERR_EVIDENCE_MALFORMED);
	assert_false(evidence_bundle(SPAN(large), span_text("1.2.3"), a, &out,
	    &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_what_was_asked),
		TEST(what_was_changed_is_refused),
		TEST(evidence_is_a_bundle_or_becomes_one),
		TEST(what_is_no_bundle_is_refused),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
