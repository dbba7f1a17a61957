/* x509: what a certificate says, and every way in which a chain fails. */
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/oid.h"
#include "crypto/pem.h"
#include "crypto/x509.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;
static struct trust *roots;

static struct err
judged(const struct pki *leaf, const struct pki *other, enum purpose p,
    int64_t at)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct chain_terms t = { .trust = roots, .purpose = p, .at = at };
	struct span untrusted[] = { span_text("no certificate"),
	    other == NULL ? (struct span){ 0 } : buf_span(&other->der) };
	struct certificate c;
	struct err e = { .what = NULL };

	assert_ok(certificate_parse(buf_span(&leaf->der), a, &c, &e), &e);
	e.what = NULL;
	if (chain_check(&c, untrusted, COUNT(untrusted), &t, a, NULL, &e))
		e.what = NULL;
	return e;
}

static void
a_certificate_is_told(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct certificate c;
	struct err e;

	(void)state;
	assert_ok(certificate_parse(buf_span(&world.authority.der), a, &c, &e),
	    &e);
	assert_true(span_is(c.subject, "CN=Test Authority,O=Acme"));
	assert_true(span_is(c.issuer, "CN=Test Root,O=Acme"));
	assert_int_equal(c.not_before, PKI_NOW - 180 * PKI_DAY);
	assert_int_equal(c.not_after, PKI_NOW + 180 * PKI_DAY);
	assert_int_equal(c.key_usage, KEY_USAGE_DIGITAL_SIGNATURE);
	assert_true(c.has_extended && c.extended_critical && !c.ca);
	assert_true(certificate_allows(&c, oid_der(OID_EKU_TIME_STAMPING)));
	assert_false(certificate_allows(&c, oid_der(OID_EKU_CODE_SIGNING)));
	assert_span_equal(c.spki, buf_span(&world.authority.spki));
	assert_false(c.self_issued);
	assert_ok(certificate_parse(buf_span(&world.root.der), a, &c, &e), &e);
	assert_true(c.self_issued && c.ca && !c.has_extended);
	assert_false(certificate_allows(&c, oid_der(OID_EKU_CODE_SIGNING)));
}

static void
no_prefix_of_a_certificate_is_one(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct span der = buf_span(&world.code.der);
	struct certificate c;
	struct err e;

	(void)state;
	for (size_t n = 0; n < der.len; n++) {
		uint8_t *copy = exact((struct span){ der.ptr, n });

		assert_false(certificate_parse((struct span){ copy, n }, a, &c,
		    &e));
		assert_err(&e, ERR_CERTIFICATE_MALFORMED);
		free(copy);
	}
}

/* A certificate under the root, or under itself, and what becomes of it. */
static void
each_fault_has_its_code(void **state)
{
	static const struct {
		struct pki_terms	terms;
		bool			root;
		enum purpose		purpose;
		int64_t			at;
		enum err_code		code;
	} cases[] = {
		{ { .extended = "codeSigning" }, true, PURPOSE_CODE_SIGNING,
		    PKI_NOW, ERR_NONE },
		{ { .subject = "x" }, true, PURPOSE_ANY, PKI_NOW, ERR_NONE },
		{ { .subject = "x" }, false, PURPOSE_ANY, PKI_NOW,
		    ERR_CERTIFICATE_UNTRUSTED },
		{ { .subject = "x" }, true, PURPOSE_CODE_SIGNING, PKI_NOW,
		    ERR_CERTIFICATE_PURPOSE },
		{ { .extended = "timeStamping" }, true, PURPOSE_TIME_STAMPING,
		    PKI_NOW, ERR_CERTIFICATE_PURPOSE },
		{ { .extended = "critical,timeStamping" }, true,
		    PURPOSE_TIME_STAMPING, PKI_NOW, ERR_NONE },
		{ { .usage = "critical,keyAgreement" }, true, PURPOSE_ANY,
		    PKI_NOW, ERR_CERTIFICATE_USAGE },
		{ { .subject = "x" }, true, PURPOSE_ANY,
		    PKI_NOW + 181 * PKI_DAY, ERR_CERTIFICATE_EXPIRED },
		{ { .subject = "x" }, true, PURPOSE_ANY,
		    PKI_NOW - 181 * PKI_DAY, ERR_CERTIFICATE_NOT_YET },
		{ { .hash = "sha1" }, true, PURPOSE_ANY, PKI_NOW,
		    ERR_CERTIFICATE_WEAK },
		{ { .algorithm = "rsa:1024" }, true, PURPOSE_ANY, PKI_NOW,
		    ERR_KEY_WEAK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pki_terms t = cases[i].terms;
		CLEANUP(pki_done) struct pki leaf;

		t.subject = "Leaf";
		t.issuer = cases[i].root ? &world.root : NULL;
		pki_make(&t, &leaf);
		struct err e = judged(&leaf, NULL, cases[i].purpose,
		    cases[i].at);
		if (cases[i].code == ERR_NONE)
			assert_null(e.what);
		else
			assert_err(&e, cases[i].code);
	}
}

static void
the_missing_issuer_is_named(void **state)
{
	struct pki_terms between = { .subject = "Between", .ca = true,
	    .issuer = &world.root, .usage = "critical,keyCertSign" };
	CLEANUP(pki_done) struct pki middle;

	(void)state;
	pki_make(&between, &middle);
	struct pki_terms under = { .subject = "Leaf", .issuer = &middle };
	CLEANUP(pki_done) struct pki leaf;
	pki_make(&under, &leaf);
	struct err e = judged(&leaf, NULL, PURPOSE_ANY, PKI_NOW);
	assert_err(&e, ERR_CERTIFICATE_NO_PATH);
	assert_non_null(strstr(e.text, "CN=Between,O=Acme"));
	assert_non_null(strstr(e.text, "CN=Leaf,O=Acme"));
	e = judged(&leaf, &middle, PURPOSE_ANY, PKI_NOW);
	assert_null(e.what);
}

static void
an_issuer_must_be_an_authority_for_the_purpose(void **state)
{
	static const struct {
		bool		 ca;
		const char	*extended;
		enum err_code	 code;
	} cases[] = {
		{ true, "codeSigning", ERR_NONE },
		{ true, "anyExtendedKeyUsage", ERR_NONE },
		{ true, "serverAuth", ERR_CERTIFICATE_PURPOSE },
		{ false, "codeSigning", ERR_CERTIFICATE_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pki_terms between = { .subject = "Between",
		    .ca = cases[i].ca, .issuer = &world.root,
		    .extended = cases[i].extended };
		CLEANUP(pki_done) struct pki middle;
		CLEANUP(pki_done) struct pki leaf;

		pki_make(&between, &middle);
		struct pki_terms under = { .subject = "Leaf",
		    .issuer = &middle, .extended = "codeSigning" };
		pki_make(&under, &leaf);
		struct err e = judged(&leaf, &middle, PURPOSE_CODE_SIGNING,
		    PKI_NOW);
		if (cases[i].code == ERR_NONE)
			assert_null(e.what);
		else
			assert_err(&e, cases[i].code);
	}
}

static void
a_flipped_signature_breaks_the_chain(void **state)
{
	struct pki_terms t = { .subject = "Leaf", .issuer = &world.root };
	CLEANUP(pki_done) struct pki leaf;

	(void)state;
	pki_make(&t, &leaf);
	leaf.der.ptr[leaf.der.len - 1] ^= 1;
	struct err e = judged(&leaf, NULL, PURPOSE_ANY, PKI_NOW);
	assert_err(&e, ERR_SIGNATURE_BAD);
}

static void
bundles_are_read_whole_or_not(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct span *list;
	size_t count;
	struct err e;

	(void)state;
	buf_text(&pem, "subject: a comment\r\n");
	pem_write("CERTIFICATE", buf_span(&world.root.der), &pem);
	pem_write("PRIVATE KEY", span_text("not for us"), &pem);
	pem_write("CERTIFICATE", buf_span(&world.code.der), &pem);
	assert_ok(certificates_parse(buf_span(&pem), a, &list, &count, &e),
	    &e);
	assert_int_equal(count, 2);
	assert_span_equal(list[0], buf_span(&world.root.der));
	assert_span_equal(list[1], buf_span(&world.code.der));

	BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_int_equal(X509_cmp(x, world.root.x509), 0);
	X509_free(x);
	BIO_free(bio);

	assert_ok(certificates_parse(buf_span(&world.code.der), a, &list,
	    &count, &e), &e);
	assert_int_equal(count, 1);
	assert_false(certificates_parse(span_text("hello"), a, &list, &count,
	    &e));
	assert_err(&e, ERR_CERTIFICATE_NONE);
	pem.len -= 40;
	assert_false(certificates_parse(buf_span(&pem), a, &list, &count, &e));
	assert_err(&e, ERR_PEM_MALFORMED);
}

static int
setup(void **state)
{
	(void)state;
	pki_world_make(&world);
	roots = pki_trust(&world.root);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	trust_free(roots);
	pki_world_done(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_certificate_is_told),
		TEST(no_prefix_of_a_certificate_is_one),
		TEST(each_fault_has_its_code),
		TEST(the_missing_issuer_is_named),
		TEST(an_issuer_must_be_an_authority_for_the_purpose),
		TEST(a_flipped_signature_breaks_the_chain),
		TEST(bundles_are_read_whole_or_not),
	};

	return cmocka_run_group_tests_name("x509", tests, setup, teardown);
}
