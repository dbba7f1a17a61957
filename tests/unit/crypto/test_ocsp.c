/*
 * ocsp: which responses are understood, whose word counts, and what it says.
 * OpenSSL makes them.
 */
#include <openssl/ocsp.h>
#include <stdlib.h>

#include "crypto/x509.h"
#include "responder.h"
#include "test.h"

#define AGO(days)	(PKI_NOW - (days) * PKI_DAY)
#define NOT_REVOKED	V_OCSP_CERTSTATUS_GOOD
#define REVOKED		V_OCSP_CERTSTATUS_REVOKED
#define UNKNOWN		V_OCSP_CERTSTATUS_UNKNOWN

/* Root, code signer, and another certificate of the same issuer. */
static struct pki root, code, other;

static enum err_code
code_of(const struct err *e)
{
	for (enum err_code c = 0; c < ERR_CODES; c++)
		if (err_is(e, c))
			return c;
	return ERR_CODES;
}

static enum err_code
chain_verdict(const struct trust *t, const struct pki *who, int64_t at)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	const struct chain_terms terms = { .trust = t,
	    .purpose = PURPOSE_CODE_SIGNING, .at = at, .now = PKI_NOW };
	struct certificate c;
	struct err e;

	assert_ok(certificate_parse(buf_span(&who->der), a, &c, &e), &e);
	return chain_check(&c, NULL, 0, &terms, a, NULL, &e) ? ERR_NONE :
	    code_of(&e);
}

/* The verdict on the code signer; a response that is not read is one too. */
static enum err_code
bytes_verdict(struct span response, struct span list, int64_t at)
{
	CLEANUP(trust_done) struct trust *t = pki_trust(&root);
	struct err e;

	if (list.len > 0)
		assert_ok(trust_add_crl(t, list, &e), &e);
	return trust_add_ocsp(t, response, &e) ?
	    chain_verdict(t, &code, at) : code_of(&e);
}

/* If nothing else is said it is about the code signer, by the root. */
static struct buf
answer(const struct response *r)
{
	struct response full = *r;

	if (full.about == NULL)
		full.about = &code;
	if (full.issuer == NULL)
		full.issuer = &root;
	if (full.by == NULL)
		full.by = &root;
	return response_make(&full, 1);
}

static enum err_code
verdict(const struct response *r, int64_t at)
{
	CLEANUP(buf_done) struct buf der = answer(r);

	return bytes_verdict(buf_span(&der), (struct span){ NULL, 0 }, at);
}

#define assert_verdict(want, ...)					\
	assert_int_equal(verdict(&(struct response){ __VA_ARGS__ },	\
	    PKI_NOW), want)

static void
the_issuer_clears_a_certificate(void **state)
{
	(void)state;
	assert_verdict(ERR_NONE, .status = NOT_REVOKED);
	assert_verdict(ERR_NONE, .sha256 = true);
	assert_verdict(ERR_NONE, .by_key = true);
	assert_verdict(ERR_NONE, .hash = EVP_sha384());
	assert_verdict(ERR_OCSP_UNKNOWN, .status = UNKNOWN);
	assert_verdict(ERR_OCSP_UNSUPPORTED, .hash = EVP_sha1());
	assert_verdict(ERR_OCSP_UNSUPPORTED, .strange = 1);
	assert_verdict(ERR_OCSP_UNSUPPORTED, .strange = 2);
}

static void
keys_of_every_kind_answer(void **state)
{
	static const char *const kinds[] = { "rsa:2048", "ec:P-384",
	    "ed25519" };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct pki_terms terms = { .subject = "Responder",
		    .issuer = &root, .algorithm = kinds[i],
		    .extended = "OCSPSigning", .no_check = "" };
		CLEANUP(pki_done) struct pki by;

		pki_make(&terms, &by);
		assert_verdict(ERR_NONE, .by = &by, .hash = EVP_sha512());
	}
}

static void
an_answer_is_about_one_certificate(void **state)
{
	const struct pki_terms same = { .subject = "Test Root", .ca = true };
	const struct response two[] = {
		{ .about = &other, .issuer = &root, .by = &root,
		    .status = REVOKED, .date = AGO(10) },
		{ .about = &code, .issuer = &root } };
	CLEANUP(buf_done) struct buf der = response_make(two, 2);
	CLEANUP(trust_done) struct trust *t = pki_trust(&root);
	CLEANUP(pki_done) struct pki impostor;
	struct err e;

	(void)state;
	pki_make(&same, &impostor);
	assert_int_equal(chain_verdict(t, &other, PKI_NOW), ERR_NONE);
	assert_verdict(ERR_OCSP_MISSING, .about = &other);
	assert_verdict(ERR_OCSP_MISSING, .issuer = &impostor);
	assert_verdict(ERR_OCSP_MISSING, .issuer = &impostor, .sha256 = true);
	assert_ok(trust_add_ocsp(t, buf_span(&der), &e), &e);
	assert_int_equal(chain_verdict(t, &code, PKI_NOW), ERR_NONE);
	assert_int_equal(chain_verdict(t, &other, PKI_NOW),
	    ERR_CERTIFICATE_REVOKED);
}

static void
an_answer_counts_while_it_is_valid(void **state)
{
	(void)state;
	assert_verdict(ERR_OCSP_STALE, .from = AGO(9), .to = AGO(1));
	assert_verdict(ERR_OCSP_STALE, .from = AGO(-1), .to = AGO(-9));
	assert_verdict(ERR_OCSP_STALE, .endless = true);
	assert_verdict(ERR_OCSP_STALE, .produced = AGO(-1));
	assert_verdict(ERR_NONE, .from = AGO(9), .to = PKI_NOW);
	assert_verdict(ERR_NONE, .from = PKI_NOW);
	/* It clears nobody, but what it revokes is revoked. */
	assert_verdict(ERR_CERTIFICATE_REVOKED, .status = REVOKED,
	    .date = AGO(10), .from = AGO(9), .to = AGO(1));
}

/* At times in days before now; a good timestamp says so. */
static enum err_code
revoked_at(int reason, int64_t invalid, int64_t days)
{
	const struct response r = { .status = REVOKED, .date = AGO(10),
	    .reason = reason, .invalid = invalid };

	return verdict(&r, AGO(days));
}

static void
a_revocation_counts_as_in_a_list(void **state)
{
	static const int lost[] = { OCSP_REVOKED_STATUS_KEYCOMPROMISE,
	    OCSP_REVOKED_STATUS_CACOMPROMISE,
	    OCSP_REVOKED_STATUS_AACOMPROMISE };
	const int none = OCSP_REVOKED_STATUS_NOSTATUS;
	const int later = OCSP_REVOKED_STATUS_SUPERSEDED;
	const enum err_code gone = ERR_CERTIFICATE_REVOKED;

	(void)state;
	assert_int_equal(revoked_at(none, 0, 0), gone);
	assert_int_equal(revoked_at(none, 0, 10), gone);
	assert_int_equal(revoked_at(none, 0, 11), ERR_NONE);
	assert_int_equal(revoked_at(later, 0, 9), gone);
	assert_int_equal(revoked_at(later, 0, 11), ERR_NONE);
	assert_int_equal(revoked_at(later, AGO(20), 11), gone);
	assert_int_equal(revoked_at(later, AGO(20), 21), ERR_NONE);
	for (size_t i = 0; i < COUNT(lost); i++) {
		assert_int_equal(revoked_at(lost[i], 0, 100), gone);
		assert_int_equal(revoked_at(lost[i], AGO(50), 49), gone);
		assert_int_equal(revoked_at(lost[i], AGO(50), 51), ERR_NONE);
		assert_int_equal(revoked_at(lost[i], PKI_NOW, 9), gone);
	}
}

static void
strangers_are_not_heard(void **state)
{
	const struct pki_terms same = { .subject = "Test Root", .ca = true };
	CLEANUP(pki_done) struct pki impostor;

	(void)state;
	pki_make(&same, &impostor);
	assert_verdict(ERR_OCSP_SIGNER, .by = &impostor);
	assert_verdict(ERR_OCSP_SIGNER, .by = &impostor, .by_key = true);
	assert_verdict(ERR_OCSP_SIGNER, .by = &other);
	assert_verdict(ERR_OCSP_SIGNER, .by = &code);
	assert_verdict(ERR_OCSP_SIGNER, .by = &other, .status = REVOKED,
	    .date = AGO(10));
}

/* A root whose keyUsage speaks of certificates and lists only. */
static void
an_issuer_may_lack_the_right(void **state)
{
	const struct pki_terms narrow = { .subject = "Narrow Root",
	    .ca = true, .usage = "critical,keyCertSign,cRLSign" };
	struct pki_terms leaf = { .subject = "Leaf",
	    .extended = "codeSigning" };
	CLEANUP(pki_done) struct pki by;
	CLEANUP(pki_done) struct pki x;

	(void)state;
	pki_make(&narrow, &by);
	leaf.issuer = &by;
	pki_make(&leaf, &x);
	const struct response r = { .about = &x, .issuer = &by, .by = &by };
	CLEANUP(buf_done) struct buf der = answer(&r);
	CLEANUP(trust_done) struct trust *t = pki_trust(&by);
	struct err e;
	assert_ok(trust_add_ocsp(t, buf_span(&der), &e), &e);
	assert_int_equal(chain_verdict(t, &x, PKI_NOW), ERR_OCSP_SIGNER);
}

static void
a_delegate_must_be_one(void **state)
{
	const struct pki_terms same = { .subject = "Test Root", .ca = true };
	CLEANUP(pki_done) struct pki impostor;
	const struct {
		struct pki_terms	terms;
		enum err_code		want;
	} rows[] = {
		{ { .extended = "OCSPSigning" }, ERR_NONE },
		{ { .extended = "OCSPSigning",
		    .usage = "critical,digitalSignature" }, ERR_NONE },
		{ { .extended = "OCSPSigning", .usage = "critical,"
		    "keyAgreement" }, ERR_OCSP_SIGNER },
		{ { .extended = "codeSigning" }, ERR_OCSP_SIGNER },
		{ { .extended = "anyExtendedKeyUsage" }, ERR_OCSP_SIGNER },
		{ { .extended = NULL }, ERR_OCSP_SIGNER },
		{ { .extended = "OCSPSigning", .issuer = &impostor },
		    ERR_OCSP_SIGNER },
		{ { .extended = "OCSPSigning", .issuer = &other },
		    ERR_OCSP_SIGNER },
		{ { .extended = "OCSPSigning", .hash = "sha1" },
		    ERR_OCSP_SIGNER },
		{ { .extended = "OCSPSigning", .inhibit = "0" },
		    ERR_NONE },
		{ { .extended = "OCSPSigning",
		    .inhibit = "critical,0" }, ERR_OCSP_SIGNER },
		/* It ran out before it answered, or since then. */
		{ { .extended = "OCSPSigning", .from = AGO(9),
		    .to = AGO(2) }, ERR_OCSP_SIGNER },
		{ { .extended = "OCSPSigning", .from = AGO(9),
		    .to = PKI_NOW - PKI_DAY / 2 }, ERR_OCSP_STALE },
	};

	(void)state;
	pki_make(&same, &impostor);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pki_terms terms = rows[i].terms;
		CLEANUP(pki_done) struct pki by;

		terms.subject = "Responder";
		terms.no_check = "";
		if (terms.issuer == NULL)
			terms.issuer = &root;
		pki_make(&terms, &by);
		assert_verdict(rows[i].want, .by = &by);
		assert_verdict(rows[i].want, .by = &by, .by_key = true);
		assert_verdict(ERR_OCSP_SIGNER, .by = &by, .bare = true);
	}
}

/* The verdict with a list of the root besides. */
static enum err_code
with_list(const struct response *r, const struct pki *revoked,
    const char *scope)
{
	CLEANUP(buf_done) struct buf der = answer(r);
	CLEANUP(buf_done) struct buf list = crl_make(&root, revoked, scope);

	return bytes_verdict(buf_span(&der), buf_span(&list), PKI_NOW);
}

static void
a_delegate_may_be_revoked_itself(void **state)
{
	const struct pki_terms plain = { .subject = "Responder",
	    .issuer = &root, .extended = "OCSPSigning",
	    .points = "URI:http://a.example/" };
	const char *scope = "critical,fullname:URI:http://a.example/";
	struct pki_terms sure = plain;
	CLEANUP(pki_done) struct pki by;
	CLEANUP(pki_done) struct pki promised;

	(void)state;
	sure.no_check = "";
	pki_make(&plain, &by);
	pki_make(&sure, &promised);
	struct response good = { .by = &by };
	struct response bad = { .by = &by, .status = REVOKED,
	    .date = AGO(10) };
	/* A list that is about the delegate, not about the signer. */
	assert_int_equal(verdict(&good, PKI_NOW), ERR_OCSP_SIGNER);
	assert_int_equal(with_list(&good, NULL, scope), ERR_NONE);
	assert_int_equal(with_list(&good, &other, scope), ERR_NONE);
	assert_int_equal(with_list(&good, &by, scope), ERR_OCSP_SIGNER);
	assert_int_equal(verdict(&bad, PKI_NOW), ERR_CERTIFICATE_REVOKED);
	assert_int_equal(with_list(&bad, &by, scope), ERR_OCSP_SIGNER);
	good.by = bad.by = &promised;
	assert_int_equal(verdict(&good, PKI_NOW), ERR_NONE);
	assert_int_equal(with_list(&good, &promised, scope),
	    ERR_OCSP_SIGNER);
	assert_int_equal(with_list(&bad, &promised, scope), ERR_OCSP_SIGNER);
}

static void
lists_and_answers_stand_for_each_other(void **state)
{
	const struct response good = { .status = NOT_REVOKED };
	const struct response bad = { .status = REVOKED, .date = AGO(10) };
	const struct response none = { .about = &other };
	const struct response unknown = { .status = UNKNOWN };
	const char *elsewhere = "critical,onlyCA:TRUE";

	(void)state;
	assert_int_equal(with_list(&good, NULL, NULL), ERR_NONE);
	assert_int_equal(with_list(&good, NULL, elsewhere), ERR_NONE);
	assert_int_equal(with_list(&none, NULL, NULL), ERR_NONE);
	assert_int_equal(with_list(&unknown, NULL, NULL), ERR_NONE);
	assert_int_equal(with_list(&none, NULL, elsewhere), ERR_CRL_MISSING);
	assert_int_equal(with_list(&unknown, NULL, elsewhere),
	    ERR_OCSP_UNKNOWN);
	assert_int_equal(with_list(&bad, NULL, NULL),
	    ERR_CERTIFICATE_REVOKED);
	assert_int_equal(with_list(&good, &code, NULL),
	    ERR_CERTIFICATE_REVOKED);
}

/* No byte of a response can be changed: nothing in it is without meaning. */
static void
every_byte_counts(void **state)
{
	const struct pki_terms terms = { .subject = "Responder",
	    .issuer = &root, .extended = "OCSPSigning", .no_check = "" };
	CLEANUP(pki_done) struct pki delegate;

	(void)state;
	pki_make(&terms, &delegate);
	const struct response rows[] = { { .sha256 = true },
	    { .by = &delegate } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(buf_done) struct buf der = answer(&rows[i]);
		struct span none = { NULL, 0 };

		assert_int_equal(bytes_verdict(buf_span(&der), none,
		    PKI_NOW), ERR_NONE);
		for (size_t n = 0; n < der.len; n++) {
			uint8_t bit = (uint8_t)(1U << n % 8);

			der.ptr[n] ^= bit;
			assert_int_not_equal(bytes_verdict(buf_span(&der),
			    none, PKI_NOW), ERR_NONE);
			der.ptr[n] ^= bit;
		}
	}
}

static void
answers_are_read_whole_or_not(void **state)
{
	const struct response r = { .status = NOT_REVOKED };
	CLEANUP(trust_done) struct trust *t = trust_new();
	CLEANUP(buf_done) struct buf der = answer(&r);
	CLEANUP(buf_done) struct buf large = { 0 };
	struct err e;

	(void)state;
	for (size_t n = 0; n < der.len; n++) {
		uint8_t *cut = exact((struct span){ der.ptr, n });

		assert_false(trust_add_ocsp(t, (struct span){ cut, n }, &e));
		assert_err(&e, ERR_OCSP_MALFORMED);
		free(cut);
	}
	buf_u8(&der, 0);
	assert_false(trust_add_ocsp(t, buf_span(&der), &e));
	assert_err(&e, ERR_OCSP_MALFORMED);
	buf_zero(&large, (size_t)1 << 20);
	assert_false(trust_add_ocsp(t, buf_span(&large), &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

static void
a_responder_may_not_answer(void **state)
{
	static const struct {
		const char	*hex;
		enum err_code	 want;
	} rows[] = {
		{ "30 03 0a 01 01", ERR_OCSP_REFUSED },
		{ "30 03 0a 01 06", ERR_OCSP_REFUSED },
		{ "30 03 0a 01 00", ERR_OCSP_MALFORMED },
		{ "30 03 0a 01 04", ERR_OCSP_MALFORMED },
		{ "30 03 0a 01 07", ERR_OCSP_MALFORMED },
		{ "30 05 0a 01 06 05 00", ERR_OCSP_MALFORMED },
		/* Another type than id-pkix-ocsp-basic. */
		{ "30 0f 0a 01 00 a0 0a 30 08 06 03 2a 03 04 04 01 00",
		    ERR_OCSP_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(trust_done) struct trust *t = trust_new();
		CLEANUP(buf_done) struct buf der = unhex_text(rows[i].hex);
		struct err e;

		assert_false(trust_add_ocsp(t, buf_span(&der), &e));
		assert_err(&e, rows[i].want);
	}
}

static void
a_request_is_what_openssl_asks(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf ours = { 0 };
	OCSP_REQUEST *q = OCSP_REQUEST_new();
	struct certificate c, by;
	unsigned char *der = NULL;
	struct err e;

	(void)state;
	OCSP_request_add0_id(q, OCSP_cert_to_id(EVP_sha1(), code.x509,
	    root.x509));
	int len = i2d_OCSP_REQUEST(q, &der);
	assert_ok(certificate_parse(buf_span(&code.der), a, &c, &e), &e);
	assert_ok(certificate_parse(buf_span(&root.der), a, &by, &e), &e);
	certificate_ocsp_request(&c, &by, &ours);
	assert_span_equal(buf_span(&ours), ((struct span){ der,
	    (size_t)len }));
	OPENSSL_free(der);
	OCSP_REQUEST_free(q);
}

static void
a_certificate_says_whom_to_ask(void **state)
{
	const struct pki_terms terms = { .subject = "Leaf", .issuer = &root,
	    .access = "caIssuers;URI:http://a.example/ca,OCSP;URI:"
	    "http://b.example/,OCSP;email:c@c.example,OCSP;URI:ldap://d",
	    .no_check = "" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(pki_done) struct pki x;
	struct certificate c;
	struct err e;

	(void)state;
	pki_make(&terms, &x);
	assert_ok(certificate_parse(buf_span(&x.der), a, &c, &e), &e);
	assert_int_equal(c.ocsp_url_count, 2);
	assert_span_equal(c.ocsp_urls[0], SPAN_TEXT("http://b.example/"));
	assert_span_equal(c.ocsp_urls[1], SPAN_TEXT("ldap://d"));
	assert_true(c.no_check && !c.strange);
	assert_ok(certificate_parse(buf_span(&code.der), a, &c, &e), &e);
	assert_true(!c.no_check && c.ocsp_url_count == 0);
}

static int
setup(void **state)
{
	const struct pki_terms top = { .subject = "Test Root", .ca = true,
	    .usage = "critical,digitalSignature,keyCertSign,cRLSign" };
	const struct pki_terms leaf = { .subject = "Test Code",
	    .issuer = &root, .usage = "critical,digitalSignature",
	    .extended = "codeSigning" };

	(void)state;
	pki_make(&top, &root);
	pki_make(&leaf, &code);
	pki_make(&leaf, &other);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_done(&root);
	pki_done(&code);
	pki_done(&other);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_issuer_clears_a_certificate),
		TEST(keys_of_every_kind_answer),
		TEST(an_answer_is_about_one_certificate),
		TEST(an_answer_counts_while_it_is_valid),
		TEST(a_revocation_counts_as_in_a_list),
		TEST(strangers_are_not_heard),
		TEST(an_issuer_may_lack_the_right),
		TEST(a_delegate_must_be_one),
		TEST(a_delegate_may_be_revoked_itself),
		TEST(lists_and_answers_stand_for_each_other),
		TEST(every_byte_counts),
		TEST(answers_are_read_whole_or_not),
		TEST(a_responder_may_not_answer),
		TEST(a_request_is_what_openssl_asks),
		TEST(a_certificate_says_whom_to_ask),
	};

	return cmocka_run_group_tests_name("ocsp", tests, setup, teardown);
}
