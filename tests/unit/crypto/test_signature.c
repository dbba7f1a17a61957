/* signature: every kind verifies its own values and no others. */
#include "crypto/der.h"
#include "crypto/signature.h"
#include "pki.h"
#include "test.h"

static const struct {
	enum signature_kind	 kind;
	const char		*algorithm;
} kinds[] = {
	{ SIGNATURE_RSA_PKCS1_SHA256, "rsa:2048" },
	{ SIGNATURE_RSA_PKCS1_SHA384, "rsa:2048" },
	{ SIGNATURE_RSA_PKCS1_SHA512, "rsa:2048" },
	{ SIGNATURE_RSA_PSS_SHA256, "rsa:2048" },
	{ SIGNATURE_RSA_PSS_SHA384, "rsa:2048" },
	{ SIGNATURE_RSA_PSS_SHA512, "rsa:2048" },
	{ SIGNATURE_ECDSA_SHA256, "ec:P-256" },
	{ SIGNATURE_ECDSA_SHA384, "ec:P-384" },
	{ SIGNATURE_ECDSA_SHA512, "ec:P-521" },
	{ SIGNATURE_ED25519, "ed25519" },
};

static struct to_be_signed
what(enum signature_kind kind, const char *text)
{
	return (struct to_be_signed){
		.kind = kind,
		.digest = digest_of(signature_rows[kind].digest,
		    span_text(text)),
		.message = span_text(text),
	};
}

static void
check_kind(EVP_PKEY *key, enum signature_kind kind)
{
	CLEANUP(buf_done) struct buf spki = pki_spki(key);
	struct to_be_signed t = what(kind, "hello");
	struct to_be_signed other = what(kind, "hallo");
	CLEANUP(buf_done) struct buf value = pki_sign(key, &t);
	struct err e;

	assert_ok(signature_check(buf_span(&spki), &t, buf_span(&value), &e),
	    &e);
	assert_false(signature_check(buf_span(&spki), &other,
	    buf_span(&value), &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	for (size_t i = 0; i < value.len; i += 7) {
		value.ptr[i] ^= 1;
		assert_false(signature_check(buf_span(&spki), &t,
		    buf_span(&value), &e));
		assert_err(&e, ERR_SIGNATURE_BAD);
		value.ptr[i] ^= 1;
	}
	for (size_t n = 0; n < value.len; n += 5)
		assert_false(signature_check(buf_span(&spki), &t,
		    (struct span){ value.ptr, n }, &e));
}

static void
every_kind_verifies_its_own_values_only(void **state)
{
	EVP_PKEY *rsa = pki_key("rsa:2048");

	(void)state;
	assert_int_equal(COUNT(kinds), SIGNATURE_KINDS);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		bool is_rsa = signature_rows[kinds[i].kind].key == KEY_RSA;
		EVP_PKEY *key = is_rsa ? rsa : pki_key(kinds[i].algorithm);

		check_kind(key, kinds[i].kind);
		if (!is_rsa)
			EVP_PKEY_free(key);
	}
	EVP_PKEY_free(rsa);
}

static void
weak_and_odd_keys_are_refused(void **state)
{
	static const struct { const char *algorithm; enum err_code code; }
	    keys[] = {
		{ "rsa:1024", ERR_KEY_WEAK },
		{ "ec:P-224", ERR_KEY_UNFIT },
		{ "ec:secp256k1", ERR_KEY_UNFIT },
	};
	struct to_be_signed t = what(SIGNATURE_RSA_PKCS1_SHA256, "x");
	struct public_key about;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		EVP_PKEY *key = pki_key(keys[i].algorithm);
		CLEANUP(buf_done) struct buf spki = pki_spki(key);

		assert_false(signature_check(buf_span(&spki), &t,
		    span_text("value"), &e));
		assert_err(&e, keys[i].code);
		assert_false(public_key_parse(buf_span(&spki), &about, &e));
		assert_err(&e, keys[i].code);
		EVP_PKEY_free(key);
	}
	assert_false(public_key_parse(span_text("no key"), &about, &e));
	assert_err(&e, ERR_KEY_UNFIT);
}

/* The usual form is read without OpenSSL's decoder, but as strictly. */
static void
keys_of_curves_are_read_strictly(void **state)
{
	static const struct { const char *algorithm; unsigned bits, size; }
	    curves[] = {
		{ "ec:P-256", 256, 32 }, { "ec:P-384", 384, 48 },
		{ "ec:P-521", 521, 66 },
	};
	struct public_key about;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(curves); i++) {
		EVP_PKEY *key = pki_key(curves[i].algorithm);
		CLEANUP(buf_done) struct buf spki = pki_spki(key);

		assert_ok(public_key_parse(buf_span(&spki), &about, &e), &e);
		assert_int_equal(about.kind, KEY_EC);
		assert_int_equal(about.bits, curves[i].bits);
		assert_int_equal(about.field_size, curves[i].size);
		for (size_t n = 0; n < spki.len; n++) {
			assert_false(public_key_parse((struct span){ spki.ptr,
			    n }, &about, &e));
			assert_err(&e, ERR_KEY_UNFIT);
			spki.ptr[n] ^= 0x08;
			assert_false(public_key_parse(buf_span(&spki), &about,
			    &e));
			spki.ptr[n] ^= 0x08;
		}
		buf_u8(&spki, 0);
		assert_false(public_key_parse(buf_span(&spki), &about, &e));
		EVP_PKEY_free(key);
	}
}

static void
a_key_of_another_kind_is_unfit(void **state)
{
	EVP_PKEY *key = pki_key("ec:P-256");
	CLEANUP(buf_done) struct buf spki = pki_spki(key);
	struct to_be_signed t = what(SIGNATURE_ED25519, "x");
	struct err e;

	(void)state;
	assert_false(signature_check(buf_span(&spki), &t, span_text("v"), &e));
	assert_err(&e, ERR_KEY_UNFIT);
	EVP_PKEY_free(key);
}

static void
a_sha1_digest_never_passes_for_another(void **state)
{
	EVP_PKEY *key = pki_key("ec:P-256");
	CLEANUP(buf_done) struct buf spki = pki_spki(key);
	struct to_be_signed t = what(SIGNATURE_ECDSA_SHA256, "x");
	struct err e;

	(void)state;
	CLEANUP(buf_done) struct buf value = pki_sign(key, &t);
	t.digest = digest_of(DIGEST_SHA1, span_text("x"));
	assert_false(signature_check(buf_span(&spki), &t, buf_span(&value),
	    &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	EVP_PKEY_free(key);
}

static void
names_and_keys_find_kinds(void **state)
{
	enum signature_kind k;

	(void)state;
	for (enum signature_kind i = 0; i < SIGNATURE_KINDS; i++) {
		assert_true(signature_find(span_text(signature_rows[i].name),
		    &k));
		assert_int_equal(k, i);
	}
	assert_false(signature_find(span_text("rsa"), &k));
	assert_true(signature_for(KEY_RSA, DIGEST_SHA384, &k));
	assert_int_equal(k, SIGNATURE_RSA_PKCS1_SHA384);
	assert_true(signature_for(KEY_ED25519, DIGEST_SHA256, &k));
	assert_int_equal(k, SIGNATURE_ED25519);
	assert_false(signature_for(KEY_RSA, DIGEST_SHA1, &k));
}

static void
ecdsa_values_go_both_ways(void **state)
{
	CLEANUP(buf_done) struct buf raw = unhex_text("0001 80ff");
	CLEANUP(buf_done) struct buf der = { 0 }, back = { 0 };
	CLEANUP(buf_done) struct buf want = unhex_text(
	    "3008 020101 02030080ff");
	CLEANUP(buf_done) struct buf long_form = unhex_text(
	    "3008 02020001 020280ff");

	(void)state;
	assert_true(signature_ecdsa_to_der(buf_span(&raw), &der));
	assert_span_equal(buf_span(&der), buf_span(&want));
	assert_true(signature_ecdsa_from_der(buf_span(&der), 2, &back));
	assert_span_equal(buf_span(&back), buf_span(&raw));
	assert_false(signature_ecdsa_from_der(buf_span(&der), 1, &back));
	assert_false(signature_ecdsa_from_der(buf_span(&long_form), 2, &back));
	assert_false(signature_ecdsa_to_der(span_text("odd"), &back));
	for (size_t n = 0; n < der.len; n++)
		assert_false(signature_ecdsa_from_der(
		    (struct span){ der.ptr, n }, 2, &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_verifies_its_own_values_only),
		TEST(weak_and_odd_keys_are_refused),
		TEST(keys_of_curves_are_read_strictly),
		TEST(a_key_of_another_kind_is_unfit),
		TEST(a_sha1_digest_never_passes_for_another),
		TEST(names_and_keys_find_kinds),
		TEST(ecdsa_values_go_both_ways),
	};

	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
