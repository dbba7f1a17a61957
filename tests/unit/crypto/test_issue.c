/* issue: OpenSSL takes our requests and certificates for good ones. */
#include <openssl/x509v3.h>
#include <string.h>

#include "crypto/issue.h"
#include "crypto/oid.h"
#include "crypto/x509.h"
#include "pki.h"
#include "test.h"

static const struct span names[] = {
	{ (const uint8_t *)"dns:sign.acme.example", 21 },
	{ (const uint8_t *)"email:a@acme.example", 20 },
};

static struct certificate_terms
terms(struct span spki, enum signature_kind kind)
{
	return (struct certificate_terms){
		.subject = span_text("CN=Acme Test,O=Acme\\, Größe,C=DE"),
		.spki = spki,
		.kind = kind,
		.use = CERTIFICATE_CODE_SIGNING,
		.names = names,
		.name_count = COUNT(names),
		.not_before = PKI_NOW,
		.not_after = PKI_NOW + 365 * PKI_DAY,
		.serial = span_text("\x80random9"),
	};
}

typedef bool planner(const struct certificate_terms *, struct arena *,
    struct span *, struct to_be_signed *, struct err *);

static struct span
issue(struct arena *a, planner *plan, EVP_PKEY *key,
    const struct certificate_terms *t)
{
	struct to_be_signed what;
	struct span draft, der = { 0 };
	struct err e;

	assert_ok(plan(t, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf value = pki_sign(key, &what);
	assert_ok(issue_finish(t, draft, buf_span(&value), a, &der, &e), &e);
	value.ptr[value.len / 2] ^= 1;
	assert_false(issue_finish(t, draft, buf_span(&value), a, &der, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	return der;
}

static void
openssl_verifies_every_kind(void **state)
{
	static const struct {
		const char		*algorithm;
		enum signature_kind	 kind;
	} kinds[] = {
		{ "rsa:2048", SIGNATURE_RSA_PKCS1_SHA256 },
		{ "rsa:2048", SIGNATURE_RSA_PSS_SHA384 },
		{ "ec:P-256", SIGNATURE_ECDSA_SHA256 },
		{ "ec:P-384", SIGNATURE_ECDSA_SHA384 },
		{ "ed25519", SIGNATURE_ED25519 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		EVP_PKEY *key = pki_key(kinds[i].algorithm);
		CLEANUP(buf_done) struct buf spki = pki_spki(key);
		struct certificate_terms t = terms(buf_span(&spki),
		    kinds[i].kind);
		struct span csr = issue(a, request_plan, key, &t),
		    der = issue(a, certificate_plan, key, &t);
		const unsigned char *at = csr.ptr, *cert = der.ptr;
		X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)csr.len);
		X509 *x = d2i_X509(NULL, &cert, (long)der.len);

		assert_non_null(req);
		assert_non_null(x);
		assert_int_equal(X509_REQ_verify(req, key), 1);
		assert_int_equal(X509_verify(x, key), 1);
		STACK_OF(X509_EXTENSION) *asked =
		    X509_REQ_get_extensions(req);
		assert_int_equal(sk_X509_EXTENSION_num(asked), 5);
		sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
		assert_int_equal(X509_get_extension_flags(x) & EXFLAG_INVALID,
		    0);
		assert_int_equal(X509_check_host(x, "sign.acme.example", 0, 0,
		    NULL), 1);
		X509_REQ_free(req);
		X509_free(x);
		EVP_PKEY_free(key);
	}
}

static void
each_use_says_what_it_is_for(void **state)
{
	EVP_PKEY *key = pki_key("ec:P-256");
	CLEANUP(buf_done) struct buf spki = pki_spki(key);
	struct certificate_terms t = terms(buf_span(&spki),
	    SIGNATURE_ECDSA_SHA256);
	static const struct { enum certificate_use use; enum purpose purpose;
	    bool ca; } uses[] = {
		{ CERTIFICATE_CODE_SIGNING, PURPOSE_CODE_SIGNING, false },
		{ CERTIFICATE_TIME_STAMPING, PURPOSE_TIME_STAMPING, false },
		{ CERTIFICATE_AUTHORITY, PURPOSE_ANY, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(uses); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(trust_done) struct trust *trust = trust_new();
		struct chain_terms c = { .trust = trust,
		    .purpose = uses[i].purpose, .at = PKI_NOW + PKI_DAY };
		struct certificate parsed;
		struct err e;

		t.use = uses[i].use;
		struct span der = issue(a, certificate_plan, key, &t);
		assert_ok(certificate_parse(der, a, &parsed, &e), &e);
		assert_true(span_is(parsed.subject,
		    "CN=Acme Test,O=Acme\\, Größe,C=DE"));
		assert_int_equal(parsed.ca, uses[i].ca);
		assert_int_equal(parsed.key_id.len, 20);
		assert_int_equal(parsed.name_count, 2);
		assert_span_equal(parsed.names[0], names[0]);
		if (uses[i].ca) {
			assert_int_equal(parsed.key_usage,
			    KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN);
			continue;
		}
		assert_ok(trust_add(trust, der, &e), &e);
		assert_ok(chain_check(&parsed, NULL, 0, &c, a, NULL, &e), &e);
	}
	EVP_PKEY_free(key);
}

static void
bad_subjects_are_explained(void **state)
{
	static const char *const bad[] = {
		"", "Acme", "CN=", "CN=a,", "CN=a,,O=b", "XX=a", "CN=a+O=b",
		"C=DEU", "C=D", "CN=a\\", "CN=a\\z", "CN=\"a\"", "=a",
		"DC=Gr\xc3\xb6\xc3\x9f\x65", "CN=\xff",
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (name_parse(span_text(bad[i]), a, &der, &e))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_err(&e, ERR_SUBJECT_MALFORMED);
	}
	assert_ok(name_parse(span_text("CN=\\41\\,b\\=c,DC=acme,DC=example,"
	    "emailAddress=a@b"), a, &der, &e), &e);
	const unsigned char *at = der.ptr;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.len);
	char text[100];
	assert_int_equal(X509_NAME_get_text_by_NID(name, NID_commonName, text,
	    sizeof(text)), 5);
	assert_string_equal(text, "A,b=c");
	X509_NAME_free(name);
}

static void
odd_terms_are_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	EVP_PKEY *key = pki_key("ec:P-256");
	CLEANUP(buf_done) struct buf spki = pki_spki(key);
	struct certificate_terms t = terms(buf_span(&spki),
	    SIGNATURE_ECDSA_SHA256);
	struct span draft, odd = SPAN_TEXT("phone:1");
	struct to_be_signed what;
	struct err e;

	(void)state;
	t.serial = span_text("short");
	assert_false(certificate_plan(&t, a, &draft, &what, &e));
	assert_err(&e, ERR_SUBJECT_MALFORMED);
	t = terms(buf_span(&spki), SIGNATURE_ECDSA_SHA256);
	t.not_after = t.not_before;
	assert_false(certificate_plan(&t, a, &draft, &what, &e));
	assert_err(&e, ERR_SUBJECT_MALFORMED);
	t.names = &odd;
	t.name_count = 1;
	assert_false(request_plan(&t, a, &draft, &what, &e));
	assert_err(&e, ERR_SUBJECT_MALFORMED);
	t = terms(buf_span(&spki), SIGNATURE_ED25519);
	assert_false(request_plan(&t, a, &draft, &what, &e));
	assert_err(&e, ERR_KEY_UNFIT);
	EVP_PKEY_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(openssl_verifies_every_kind),
		TEST(each_use_says_what_it_is_for),
		TEST(bad_subjects_are_explained),
		TEST(odd_terms_are_refused),
	};

	return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}
