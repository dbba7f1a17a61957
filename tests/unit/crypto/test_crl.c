/* crl: which lists are understood, which count, and what they revoke. */
#include <openssl/x509v3.h>

#include "crypto/pem.h"
#include "crypto/x509.h"
#include "pki.h"
#include "responder.h"
#include "test.h"

static struct pki_world world;

/* A revocation list as it is to be made. */
struct list {
	const struct pki	*by;		/* NULL: the root */
	const struct pki	*revoked;	/* NULL: nobody */
	int64_t			 date;		/* of the revocation */
	long			 reason;	/* CRL_REASON_NONE: none */
	int64_t			 invalid;	/* invalidityDate; 0: none */
	int64_t			 from, to;	/* 0: a day around PKI_NOW */
	const EVP_MD		*hash;		/* NULL: SHA-256 */
	const char		*scope;		/* issuingDistributionPoint */
	bool			 delta;
	bool			 strange;	/* critical, and unknown */
	bool			 strange_entry;
};

static ASN1_TIME *
time_new(int64_t ms)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)(ms / 1000));

	assert_non_null(t);
	return t;
}

static void
entry_add(X509_CRL *crl, const struct list *l)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *at = time_new(l->date);

	X509_REVOKED_set_serialNumber(entry,
	    X509_get_serialNumber(l->revoked->x509));
	X509_REVOKED_set_revocationDate(entry, at);
	ASN1_TIME_free(at);
	if (l->reason != CRL_REASON_NONE) {
		ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

		ASN1_ENUMERATED_set(reason, l->reason);
		assert_int_equal(X509_REVOKED_add1_ext_i2d(entry,
		    NID_crl_reason, reason, 0, 0), 1);
		ASN1_ENUMERATED_free(reason);
	}
	if (l->invalid != 0) {
		ASN1_GENERALIZEDTIME *t = ASN1_GENERALIZEDTIME_set(NULL,
		    (time_t)(l->invalid / 1000));

		assert_int_equal(X509_REVOKED_add1_ext_i2d(entry,
		    NID_invalidity_date, t, 0, 0), 1);
		ASN1_GENERALIZEDTIME_free(t);
	}
	if (l->strange_entry) {
		X509_EXTENSION *x = strange_new();

		assert_int_equal(X509_REVOKED_add_ext(entry, x, -1), 1);
		X509_EXTENSION_free(x);
	}
	assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
}

static void
extension_add(X509_CRL *crl, X509_EXTENSION *x)
{
	assert_non_null(x);
	assert_int_equal(X509_CRL_add_ext(crl, x, -1), 1);
	X509_EXTENSION_free(x);
}

static void
extensions_add(X509_CRL *crl, const struct list *l)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	if (l->scope != NULL)
		extension_add(crl, X509V3_EXT_conf_nid(NULL, &ctx,
		    NID_issuing_distribution_point, l->scope));
	if (l->strange)
		extension_add(crl, strange_new());
	if (l->delta) {
		ASN1_INTEGER *n = ASN1_INTEGER_new();

		ASN1_INTEGER_set(n, 1);
		assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, n,
		    1, 0), 1);
		ASN1_INTEGER_free(n);
	}
}

static struct buf
list_make(const struct list *l)
{
	const struct pki *by = l->by != NULL ? l->by : &world.root;
	ASN1_TIME *from = time_new(l->from != 0 ? l->from :
	    PKI_NOW - PKI_DAY);
	ASN1_TIME *to = time_new(l->to != 0 ? l->to : PKI_NOW + PKI_DAY);
	X509_CRL *crl = X509_CRL_new();
	unsigned char *der = NULL;
	struct buf out = { 0 };

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x509));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	if (l->revoked != NULL)
		entry_add(crl, l);
	extensions_add(crl, l);
	assert_true(X509_CRL_sign(crl, by->key, l->hash != NULL ? l->hash :
	    EVP_sha256()) > 0);
	int len = i2d_X509_CRL(crl, &der);
	buf_put(&out, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return out;
}

/* The verdict on the code signer, whose signature was made at `at`. */
static enum err_code
verdict(const struct list *lists, size_t count, int64_t at, bool old)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(trust_done) struct trust *t = pki_trust(&world.root);
	struct chain_terms terms = { .trust = t,
	    .purpose = PURPOSE_CODE_SIGNING, .at = at, .now = PKI_NOW,
	    .old = old };
	struct certificate c;
	struct err e;

	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf der = list_make(&lists[i]);

		assert_ok(trust_add_crl(t, buf_span(&der), &e), &e);
	}
	assert_ok(certificate_parse(buf_span(&world.code.der), a, &c, &e),
	    &e);
	if (chain_check(&c, NULL, 0, &terms, a, NULL, &e))
		return ERR_NONE;
	for (enum err_code code = 0; code < ERR_CODES; code++)
		if (err_is(&e, code))
			return code;
	return ERR_CODES;
}

static void
a_revocation_counts_from_its_date_on(void **state)
{
	const struct list plain = { .revoked = &world.code,
	    .reason = CRL_REASON_NONE, .date = PKI_NOW - 10 * PKI_DAY };
	const struct list superseded = { .revoked = &world.code,
	    .reason = CRL_REASON_SUPERSEDED, .date = PKI_NOW - 10 * PKI_DAY };

	(void)state;
	assert_int_equal(verdict(&plain, 1, PKI_NOW, false),
	    ERR_CERTIFICATE_REVOKED);
	assert_int_equal(verdict(&plain, 1, PKI_NOW - 10 * PKI_DAY, false),
	    ERR_CERTIFICATE_REVOKED);
	assert_int_equal(verdict(&plain, 1, PKI_NOW - 11 * PKI_DAY, false),
	    ERR_NONE);
	assert_int_equal(verdict(&superseded, 1, PKI_NOW, false),
	    ERR_CERTIFICATE_REVOKED);
	assert_int_equal(verdict(&superseded, 1, PKI_NOW - 11 * PKI_DAY,
	    false), ERR_NONE);
}

static void
a_lost_key_counts_from_the_beginning(void **state)
{
	static const long reasons[] = { CRL_REASON_KEY_COMPROMISE,
	    CRL_REASON_CA_COMPROMISE, CRL_REASON_AA_COMPROMISE };

	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct list l = { .revoked = &world.code,
		    .reason = reasons[i], .date = PKI_NOW - 10 * PKI_DAY };

		assert_int_equal(verdict(&l, 1, PKI_NOW - 100 * PKI_DAY,
		    false), ERR_CERTIFICATE_REVOKED);
		l.invalid = PKI_NOW - 50 * PKI_DAY;
		assert_int_equal(verdict(&l, 1, PKI_NOW - 100 * PKI_DAY,
		    false), ERR_NONE);
		assert_int_equal(verdict(&l, 1, PKI_NOW - 49 * PKI_DAY,
		    false), ERR_CERTIFICATE_REVOKED);
		/* It cannot have been lost later than it was revoked. */
		l.invalid = PKI_NOW;
		assert_int_equal(verdict(&l, 1, PKI_NOW - 9 * PKI_DAY,
		    false), ERR_CERTIFICATE_REVOKED);
	}
}

static void
a_list_must_cover_the_certificate(void **state)
{
	struct pki_terms who = { .subject = "Test Root", .ca = true };
	CLEANUP(pki_done) struct pki other;
	const struct list all = { .reason = CRL_REASON_NONE };
	struct list l = all;

	(void)state;
	pki_make(&who, &other);
	assert_int_equal(verdict(NULL, 0, PKI_NOW, false), ERR_NONE);
	assert_int_equal(verdict(&all, 1, PKI_NOW, false), ERR_NONE);
	/* By somebody of another name, or of the same name. */
	l.by = &world.code;
	assert_int_equal(verdict(&l, 1, PKI_NOW, false), ERR_CRL_MISSING);
	l.by = &other;
	assert_int_equal(verdict(&l, 1, PKI_NOW, false), ERR_CRL_MISSING);
	/* About others; the code signer is no authority. */
	l = all;
	l.scope = "critical,onlyCA:TRUE";
	assert_int_equal(verdict(&l, 1, PKI_NOW, false), ERR_CRL_MISSING);
	l.scope = "critical,onlyuser:TRUE";
	assert_int_equal(verdict(&l, 1, PKI_NOW, false), ERR_NONE);
	l.scope = "critical,onlyAA:TRUE";
	assert_int_equal(verdict(&l, 1, PKI_NOW, false), ERR_CRL_MISSING);
	l.scope = "critical,fullname:URI:http://a.example/";
	assert_int_equal(verdict(&l, 1, PKI_NOW, false), ERR_CRL_MISSING);
}

static void
a_list_counts_while_it_is_valid(void **state)
{
	struct list gone = { .reason = CRL_REASON_NONE,
	    .from = PKI_NOW - 9 * PKI_DAY, .to = PKI_NOW - PKI_DAY };
	struct list lists[2] = { gone, { .reason = CRL_REASON_NONE } };
	struct list sha1 = { .reason = CRL_REASON_NONE, .hash = EVP_sha1() };

	(void)state;
	assert_int_equal(verdict(&gone, 1, PKI_NOW, false), ERR_CRL_STALE);
	assert_int_equal(verdict(lists, 2, PKI_NOW, false), ERR_NONE);
	/* That it was valid when the signature was made is not enough. */
	assert_int_equal(verdict(&gone, 1, PKI_NOW - 2 * PKI_DAY, false),
	    ERR_CRL_STALE);
	/* It clears nobody, but what it revokes is revoked. */
	lists[0].revoked = &world.code;
	lists[0].date = PKI_NOW - 10 * PKI_DAY;
	assert_int_equal(verdict(lists, 2, PKI_NOW, false),
	    ERR_CERTIFICATE_REVOKED);
	gone.from = PKI_NOW + PKI_DAY;
	gone.to = PKI_NOW + 2 * PKI_DAY;
	assert_int_equal(verdict(&gone, 1, PKI_NOW, false), ERR_CRL_STALE);
	assert_int_equal(verdict(&sha1, 1, PKI_NOW, false), ERR_CRL_STALE);
	assert_int_equal(verdict(&sha1, 1, PKI_NOW, true), ERR_NONE);
}

static enum err_code
refused(const struct list *l)
{
	CLEANUP(trust_done) struct trust *t = trust_new();
	CLEANUP(buf_done) struct buf der = list_make(l);
	struct err e;

	if (trust_add_crl(t, buf_span(&der), &e))
		return ERR_NONE;
	return err_is(&e, ERR_CRL_UNSUPPORTED) ? ERR_CRL_UNSUPPORTED :
	    ERR_CODES;
}

static void
what_is_not_understood_is_refused(void **state)
{
	const struct list lists[] = {
		{ .delta = true, .reason = CRL_REASON_NONE },
		{ .strange = true, .reason = CRL_REASON_NONE },
		{ .scope = "critical,indirectCRL:TRUE",
		    .reason = CRL_REASON_NONE },
		{ .scope = "critical,onlysomereasons:keyCompromise",
		    .reason = CRL_REASON_NONE },
		{ .revoked = &world.code, .strange_entry = true,
		    .date = PKI_NOW, .reason = CRL_REASON_NONE },
	};
	const struct list plain = { .reason = CRL_REASON_NONE };

	(void)state;
	assert_int_equal(refused(&plain), ERR_NONE);
	for (size_t i = 0; i < COUNT(lists); i++)
		assert_int_equal(refused(&lists[i]), ERR_CRL_UNSUPPORTED);
}

static void
lists_are_read_whole_or_not(void **state)
{
	CLEANUP(trust_done) struct trust *t = trust_new();
	CLEANUP(buf_done) struct buf der = list_make(&(struct list){
	    .revoked = &world.code, .date = PKI_NOW,
	    .reason = CRL_REASON_KEY_COMPROMISE });
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct err e;

	(void)state;
	pem_write("X509 CRL", buf_span(&der), &pem);
	pem_write("X509 CRL", buf_span(&der), &pem);
	assert_ok(trust_add_crl(t, buf_span(&pem), &e), &e);
	assert_ok(trust_add_crl(t, buf_span(&der), &e), &e);
	assert_false(trust_add_crl(t, span_text("nothing"), &e));
	assert_err(&e, ERR_CRL_MALFORMED);
	for (size_t n = 1; n < der.len; n++)
		assert_false(trust_add_crl(t, (struct span){ der.ptr, n },
		    &e));
	buf_u8(&der, 0);
	assert_false(trust_add_crl(t, buf_span(&der), &e));
	assert_err(&e, ERR_CRL_MALFORMED);
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
		TEST(a_revocation_counts_from_its_date_on),
		TEST(a_lost_key_counts_from_the_beginning),
		TEST(a_list_must_cover_the_certificate),
		TEST(a_list_counts_while_it_is_valid),
		TEST(what_is_not_understood_is_refused),
		TEST(lists_are_read_whole_or_not),
	};

	return cmocka_run_group_tests_name("crl", tests, setup, teardown);
}
