/* timestamp: our authority, OpenSSL's authority, and what must be refused. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/der.h"
#include "crypto/timestamp.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;
static struct trust *roots;
static const char value[] = "a signature value";
static const uint8_t nonce[8] = { 0x00, 0x9a, 1, 2, 3, 4, 5, 6 };
static const uint8_t policy[] = { 0x06, 0x04, 0x2a, 0x03, 0x04, 0x01 };
static const uint8_t other_policy[] = { 0x06, 0x04, 0x2a, 0x03, 0x04, 0x02 };

static struct timestamp_request
request(void)
{
	return (struct timestamp_request){
		.imprint = digest_of(DIGEST_SHA256, span_text(value)),
		.nonce = SPAN(nonce),
		.certificates = true,
	};
}

static struct timestamp_grant
grant(int64_t time)
{
	return (struct timestamp_grant){ SPAN(policy), SPAN_TEXT("\x12\x34"),
	    time, 1500 };
}

static struct span
reply_of(struct arena *a, const struct pki *who,
    const struct timestamp_request *q, int64_t time)
{
	struct timestamp_grant g = grant(time);
	struct signing_identity id = pki_identity(who, NULL, 0);
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span reply = { 0 };
	struct err e;

	assert_ok(timestamp_plan(q, &g, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(who->key, &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), a, &reply, &e), &e);
	return reply;
}

static bool
judge(struct span reply, const struct timestamp_request *q, struct arena *a,
    struct span *token, struct err *e)
{
	struct timestamp_terms t = { .roots = roots, .request = q,
	    .now = PKI_NOW + 1000, .skew = 60000 };
	struct timestamp out;

	return timestamp_reply_check(reply, &t, a, token, &out, e);
}

static void
what_we_grant_we_understand(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_request q = request();
	struct span reply = reply_of(a, &world.authority, &q, PKI_NOW + 120),
	    token = { 0 };
	struct timestamp_terms t = { .roots = roots };
	struct timestamp out;
	struct err e;

	(void)state;
	assert_ok(judge(reply, &q, a, &token, &e), &e);
	assert_ok(timestamp_check(token, span_text(value), &t, a, &out, &e),
	    &e);
	assert_int_equal(out.time, PKI_NOW + 120);
	assert_span_equal(out.policy, SPAN(policy));
	assert_span_equal(out.serial, SPAN_TEXT("\x12\x34"));
	assert_true(span_is(out.signer.subject, "CN=Test Authority,O=Acme"));
	assert_false(timestamp_check(token, span_text("other"), &t, a, &out,
	    &e));
	assert_err(&e, ERR_TIMESTAMP_IMPRINT);
}

static TS_REQ *
openssl_request(const struct timestamp_request *q)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	timestamp_request_write(q, &b);
	const unsigned char *at = b.ptr;
	TS_REQ *out = d2i_TS_REQ(NULL, &at, (long)b.len);
	assert_non_null(out);
	assert_ptr_equal(at, b.ptr + b.len);
	return out;
}

static void
openssl_accepts_what_we_grant(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_request q = request();
	struct span reply = reply_of(a, &world.authority, &q, PKI_NOW);
	const unsigned char *at = reply.ptr;
	TS_RESP *resp = d2i_TS_RESP(NULL, &at, (long)reply.len);
	TS_REQ *req = openssl_request(&q);
	TS_VERIFY_CTX *ctx = TS_REQ_to_TS_VERIFY_CTX(req, NULL);
	X509_STORE *store = X509_STORE_new();

	(void)state;
	assert_non_null(resp);
	X509_STORE_add_cert(store, world.root.x509);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store),
	    (time_t)(PKI_NOW / 1000));
	TS_VERIFY_CTX_add_flags(ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION);
	TS_VERIFY_CTX_set_store(ctx, store);
	int good = TS_RESP_verify_response(ctx, resp);
	if (good != 1)
		ERR_print_errors_fp(stderr);
	assert_int_equal(good, 1);
	TS_VERIFY_CTX_free(ctx);
	TS_REQ_free(req);
	TS_RESP_free(resp);
}

static ASN1_INTEGER *
serial_give(TS_RESP_CTX *ctx, void *arg)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	(void)ctx;
	(void)arg;
	ASN1_INTEGER_set(n, 77);
	return n;
}

static int
time_give(TS_RESP_CTX *ctx, void *arg, long *sec, long *usec)
{
	(void)ctx;
	(void)arg;
	*sec = (long)(PKI_NOW / 1000);
	*usec = 250000;
	return 1;
}

/* OpenSSL as the authority; hash of its ESSCertID: NULL is version 1. */
static struct span
openssl_reply(struct arena *a, const struct pki *who, const EVP_MD *ess,
    const struct timestamp_request *q)
{
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.1", 1);
	CLEANUP(buf_done) struct buf b = { 0 };
	unsigned char *der = NULL;
	struct span out = { 0 };

	timestamp_request_write(q, &b);
	BIO *in = BIO_new_mem_buf(b.ptr, (int)b.len);
	TS_RESP_CTX_set_serial_cb(ctx, serial_give, NULL);
	TS_RESP_CTX_set_time_cb(ctx, time_give, NULL);
	assert_int_equal(TS_RESP_CTX_set_signer_cert(ctx, who->x509), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_key(ctx, who->key), 1);
	TS_RESP_CTX_set_def_policy(ctx, oid);
	TS_RESP_CTX_add_md(ctx, EVP_sha256());
	TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256());
	TS_RESP_CTX_set_ess_cert_id_digest(ctx, ess);
	TS_RESP_CTX_set_clock_precision_digits(ctx, 3);
	TS_RESP_CTX_add_flags(ctx, TS_TSA_NAME);
	TS_RESP_CTX_set_accuracy(ctx, 1, 2, 3);
	TS_RESP *resp = TS_RESP_create_response(ctx, in);
	assert_non_null(resp);
	int len = i2d_TS_RESP(resp, &der);
	assert_true(arena_copy(a, (struct span){ der, (size_t)len }, &out));
	OPENSSL_free(der);
	TS_RESP_free(resp);
	BIO_free(in);
	ASN1_OBJECT_free(oid);
	TS_RESP_CTX_free(ctx);
	return out;
}

static void
we_accept_what_openssl_grants(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_request q = request();
	struct timestamp_terms t = { .roots = roots };
	struct timestamp out;
	struct span token = { 0 };
	struct err e;

	(void)state;
	assert_ok(judge(openssl_reply(a, &world.authority, EVP_sha256(), &q),
	    &q, a, &token, &e), &e);
	assert_ok(timestamp_check(token, span_text(value), &t, a, &out, &e),
	    &e);
	assert_int_equal(out.time, PKI_NOW + 250);
	assert_ok(judge(openssl_reply(a, &world.authority, EVP_sha512(), &q),
	    &q, a, &token, &e), &e);
	assert_ok(judge(openssl_reply(a, &world.authority, EVP_sha1(), &q),
	    &q, a, &token, &e), &e);
}

static void
refusals_say_why(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	static const struct {
		enum timestamp_failure	 bit;
		const char		*says;
	} refusals[] = {
		{ TIMESTAMP_BAD_ALGORITHM, "the hash algorithm" },
		{ TIMESTAMP_BAD_FORMAT, "wrong format" },
		{ TIMESTAMP_TIME_NOT_AVAILABLE, "time source" },
		{ TIMESTAMP_SYSTEM_FAILURE, "failure of its system" },
	};
	struct timestamp_request q = request();
	struct span token;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		timestamp_refuse(refusals[i].bit, "closed on Sundays", &b);
		const unsigned char *at = b.ptr;
		TS_RESP *resp = d2i_TS_RESP(NULL, &at, (long)b.len);
		assert_non_null(resp);
		TS_STATUS_INFO *info = TS_RESP_get_status_info(resp);
		assert_int_equal(ASN1_BIT_STRING_get_bit(
		    TS_STATUS_INFO_get0_failure_info(info),
		    (int)refusals[i].bit), 1);
		TS_RESP_free(resp);
		assert_false(judge(buf_span(&b), &q, a, &token, &e));
		assert_err(&e, ERR_TIMESTAMP_REFUSED);
		assert_non_null(strstr(e.text, refusals[i].says));
		assert_non_null(strstr(e.text, "closed on Sundays"));
	}
}

static void
another_answer_is_no_answer(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_request q = request(), other = request();
	struct span reply = reply_of(a, &world.authority, &q, PKI_NOW), token;
	struct err e;

	(void)state;
	other.nonce = span_text("anothern");
	assert_false(judge(reply, &other, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_NONCE);
	other = request();
	other.imprint = digest_of(DIGEST_SHA256, span_text("other"));
	assert_false(judge(reply, &other, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_IMPRINT);
	other = request();
	other.policy = SPAN(other_policy);
	assert_false(judge(reply, &other, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_POLICY);
	reply = reply_of(a, &world.authority, &q, PKI_NOW - 3600000);
	assert_false(judge(reply, &q, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_OLD);
	reply = reply_of(a, &world.authority, &q, PKI_NOW + 3600000);
	assert_false(judge(reply, &q, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_FUTURE);
}

/* What is no reply at all says what it is. */
static void
what_is_no_reply_is_told_apart(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_request q = request();
	struct span reply = reply_of(a, &world.authority, &q, PKI_NOW), token;
	CLEANUP(buf_done) struct buf longer = { 0 };
	struct err e;

	(void)state;
	assert_ok(judge(reply, &q, a, &token, &e), &e);
	buf_put(&longer, reply);
	buf_u8(&longer, 0);
	assert_false(judge(buf_span(&longer), &q, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_TRAILING);
	assert_false(judge(span_text("<html>"), &q, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_PAGE);
	assert_false(judge(span_text("\r\n <!doctype>"), &q, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_PAGE);
	assert_false(judge(span_text("   "), &q, a, &token, &e));
	assert_err(&e, ERR_TIMESTAMP_MALFORMED);
	for (size_t n = 0; n < reply.len; n += 7) {
		assert_false(judge((struct span){ reply.ptr, n }, &q, a,
		    &token, &e));
		assert_err(&e, ERR_TIMESTAMP_MALFORMED);
	}
}

/* Plans with an unfit signer are refused, so the token is made by hand. */
static struct span
token_by(struct arena *a, const struct pki *who, bool name_signer)
{
	struct timestamp_request q = request();
	struct span reply = reply_of(a, &world.authority, &q, PKI_NOW);
	struct der top = der_read(reply), d = der_enter(&top, DER_SEQUENCE);
	struct signing_identity id = pki_identity(who, NULL, 0);
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span token, der = { 0 }, octets;
	struct cms m;
	struct err e;

	der_value(&d, DER_SEQUENCE);
	token = der_whole(&d, DER_SEQUENCE);
	assert_ok(cms_parse(token, false, a, &m, &e), &e);
	assert_ok(cms_content(&m, &octets, &e), &e);
	struct cms_terms t = {
		.dialect = name_signer ? CMS_DIALECT_TIMESTAMP :
		    CMS_DIALECT_AUTHENTICODE,
		.content_type = oid_der(OID_TST_INFO),
		.content = m.content,
		.digest = digest_of(DIGEST_SHA256, octets),
		.certificates = true,
	};
	assert_ok(cms_plan(&t, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(who->key, &what);
	assert_ok(cms_finish(draft, buf_span(&v), (struct span){ 0 }, a, &der,
	    &e), &e);
	return der;
}

static void
an_unfit_authority_is_refused(void **state)
{
	static const struct {
		const char	*extended;
		const char	*usage;
		bool		 root;
		enum err_code	 code;
	} signers[] = {
		{ "timeStamping", "critical,digitalSignature", true,
		    ERR_CERTIFICATE_PURPOSE },
		{ "critical,timeStamping,codeSigning",
		    "critical,digitalSignature", true,
		    ERR_CERTIFICATE_PURPOSE },
		{ NULL, NULL, true, ERR_CERTIFICATE_PURPOSE },
		{ "critical,timeStamping", "critical,keyEncipherment", true,
		    ERR_CERTIFICATE_USAGE },
		{ "critical,timeStamping",
		    "critical,digitalSignature,keyCertSign", true,
		    ERR_CERTIFICATE_USAGE },
		{ "critical,timeStamping", NULL, false,
		    ERR_CERTIFICATE_UNTRUSTED },
	};
	struct timestamp_terms t = { .roots = roots };
	struct timestamp_request q = request();
	struct timestamp_grant g = grant(PKI_NOW);

	(void)state;
	for (size_t i = 0; i < COUNT(signers); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		struct pki_terms who = { .subject = "Odd",
		    .issuer = signers[i].root ? &world.root : NULL,
		    .extended = signers[i].extended,
		    .usage = signers[i].usage };
		CLEANUP(pki_done) struct pki odd;
		struct to_be_signed what;
		struct cms_draft *draft;
		struct timestamp out;
		struct err e;

		pki_make(&who, &odd);
		assert_false(timestamp_check(token_by(a, &odd, true),
		    span_text(value), &t, a, &out, &e));
		assert_err(&e, signers[i].code);
		t.request = &q;
		assert_false(timestamp_check(token_by(a, &odd, true),
		    span_text(value), &t, a, &out, &e));
		assert_err(&e, signers[i].code == ERR_CERTIFICATE_PURPOSE ?
		    ERR_TIMESTAMP_PURPOSE : signers[i].code);
		t.request = NULL;
		struct signing_identity id = pki_identity(&odd, NULL, 0);
		assert_int_equal(timestamp_plan(&q, &g, &id, a, &draft, &what,
		    &e), !signers[i].root);
	}
}

/* extendedKeyUsage of tokens in old files: see timestamp.h. */
static void
an_uncritical_use_is_taken_in_files_only(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct pki_terms who = { .subject = "Odd", .issuer = &world.root,
	    .extended = "timeStamping" };
	struct timestamp_terms t = { .roots = roots, .embedded = true };
	CLEANUP(pki_done) struct pki odd;
	struct timestamp out;
	struct err e;

	(void)state;
	pki_make(&who, &odd);
	struct span token = token_by(a, &odd, true);
	assert_ok(timestamp_check(token, span_text(value), &t, a, &out, &e),
	    &e);
	t.embedded = false;
	assert_false(timestamp_check(token, span_text(value), &t, a, &out,
	    &e));
	assert_err(&e, ERR_CERTIFICATE_PURPOSE);
}

static void
a_token_names_its_signer(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_terms t = { .roots = roots };
	struct timestamp out;
	struct err e;

	(void)state;
	assert_ok(timestamp_check(token_by(a, &world.authority, true),
	    span_text(value), &t, a, &out, &e), &e);
	assert_false(timestamp_check(token_by(a, &world.authority, false),
	    span_text(value), &t, a, &out, &e));
	assert_err(&e, ERR_TIMESTAMP_SIGNER);
}

/* The chain is judged at the time stated, however long ago that is. */
static void
an_authority_that_expired_since_stays_good(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct pki_terms who = { .subject = "Old", .issuer = &world.root,
	    .extended = "critical,timeStamping",
	    .from = PKI_NOW - 100 * PKI_DAY, .to = PKI_NOW - 50 * PKI_DAY };
	struct timestamp_request q = request();
	struct timestamp_terms t = { .roots = roots, .request = &q };
	CLEANUP(pki_done) struct pki old;
	struct timestamp out;
	struct span token;
	struct err e;

	(void)state;
	pki_make(&who, &old);
	assert_ok(timestamp_reply_check(reply_of(a, &old, &q,
	    PKI_NOW - 60 * PKI_DAY), &t, a, &token, &out, &e), &e);
	assert_false(timestamp_reply_check(reply_of(a, &old, &q, PKI_NOW), &t,
	    a, &token, &out, &e));
	assert_err(&e, ERR_TIMESTAMP_EXPIRED);
	assert_false(timestamp_reply_check(reply_of(a, &old, &q,
	    PKI_NOW - 110 * PKI_DAY), &t, a, &token, &out, &e));
	assert_err(&e, ERR_TIMESTAMP_EXPIRED);
}

static void
every_flipped_byte_of_a_token_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct timestamp_request q = request();
	struct span reply = reply_of(a, &world.authority, &q, PKI_NOW), token;
	struct timestamp_terms t = { .roots = roots };
	size_t unseen = 0;
	struct err e;

	(void)state;
	assert_ok(judge(reply, &q, a, &token, &e), &e);
	for (size_t i = 0; i < token.len; i++) {
		CLEANUP(arena_done) struct arena *b = arena_new(1 << 20);
		uint8_t *copy = exact(token);
		struct timestamp out;

		copy[i] ^= (uint8_t)(1U << i % 8);
		unseen += timestamp_check((struct span){ copy, token.len },
		    span_text(value), &t, b, &out, &e);
		free(copy);
	}
	/* the version of SignedData says nothing: 3 and 1 are both taken */
	assert_true(unseen <= 1);
	for (size_t n = 0; n < token.len; n += 3) {
		uint8_t *copy = exact((struct span){ token.ptr, n });
		struct timestamp out;

		assert_false(timestamp_check((struct span){ copy, n },
		    span_text(value), &t, a, &out, &e));
		free(copy);
	}
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
		TEST(what_we_grant_we_understand),
		TEST(openssl_accepts_what_we_grant),
		TEST(we_accept_what_openssl_grants),
		TEST(refusals_say_why),
		TEST(another_answer_is_no_answer),
		TEST(what_is_no_reply_is_told_apart),
		TEST(an_unfit_authority_is_refused),
		TEST(an_uncritical_use_is_taken_in_files_only),
		TEST(a_token_names_its_signer),
		TEST(an_authority_that_expired_since_stays_good),
		TEST(every_flipped_byte_of_a_token_is_noticed),
	};

	return cmocka_run_group_tests_name("timestamp", tests, setup,
	    teardown);
}
