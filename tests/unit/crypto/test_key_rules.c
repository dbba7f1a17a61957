/* key_rules: honest keys pass, and each known way to be weak is told. */
#include <openssl/bn.h>

#include "base/text.h"
#include "crypto/der.h"
#include "crypto/key_rules.h"
#include "crypto/oid.h"
#include "pki.h"
#include "test.h"

/* The SubjectPublicKeyInfo of an RSA key of two numbers. */
static struct buf
rsa_spki(const BIGNUM *n, const BIGNUM *e)
{
	uint8_t bytes[1024];
	struct buf out = { 0 };
	size_t info = der_open(&out, DER_SEQUENCE);

	der_put_algorithm(&out, oid_der(OID_RSA), true);
	size_t bits = der_open(&out, DER_BIT_STRING);
	buf_u8(&out, 0);
	size_t pair = der_open(&out, DER_SEQUENCE);
	der_put_unsigned(&out, (struct span){ bytes,
	    (size_t)BN_bn2bin(n, bytes) });
	der_put_unsigned(&out, (struct span){ bytes,
	    (size_t)BN_bn2bin(e, bytes) });
	der_close(&out, pair);
	der_close(&out, bits);
	der_close(&out, info);
	return out;
}

static void
judge(struct span spki, enum key_aim aim, enum err_code want)
{
	struct public_key about;
	struct err e;
	bool ok = key_rules_hold(spki, aim, &about, &e);

	if (want == ERR_NONE) {
		assert_ok(ok, &e);
		return;
	}
	assert_false(ok);
	assert_err(&e, want);
}

static void
judge_rsa(const BIGNUM *n, const BIGNUM *exponent, enum err_code want)
{
	CLEANUP(buf_done) struct buf spki = rsa_spki(n, exponent);

	judge(buf_span(&spki), KEY_TO_USE, want);
}

static BIGNUM *
word(unsigned long w)
{
	BIGNUM *n = BN_new();

	assert_non_null(n);
	BN_set_word(n, w);
	return n;
}

static BIGNUM *
random_prime(int bits)
{
	BIGNUM *p = BN_new();

	assert_int_equal(BN_generate_prime_ex(p, bits, 0, NULL, NULL, NULL),
	    1);
	return p;
}

static BIGNUM *
product(const BIGNUM *p, const BIGNUM *q)
{
	BN_CTX *c = BN_CTX_new();
	BIGNUM *n = BN_new();

	assert_int_equal(BN_mul(n, p, q, c), 1);
	BN_CTX_free(c);
	return n;
}

static void
honest_keys_pass(void **state)
{
	static const struct {
		const char	*algorithm;
		enum err_code	 use, make;
	} keys[] = {
		{ "rsa:1024", ERR_KEY_WEAK, ERR_KEY_WEAK },
		{ "rsa:2048", ERR_NONE, ERR_KEY_WEAK },
		{ "rsa:3072", ERR_NONE, ERR_NONE },
		{ "ec:P-256", ERR_NONE, ERR_NONE },
		{ "ec:P-384", ERR_NONE, ERR_NONE },
		{ "ec:P-521", ERR_NONE, ERR_NONE },
		{ "ec:secp256k1", ERR_KEY_UNFIT, ERR_KEY_UNFIT },
		{ "ed25519", ERR_NONE, ERR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		EVP_PKEY *key = pki_key(keys[i].algorithm);
		CLEANUP(buf_done) struct buf spki = pki_spki(key);

		judge(buf_span(&spki), KEY_TO_USE, keys[i].use);
		judge(buf_span(&spki), KEY_TO_MAKE, keys[i].make);
		for (size_t n = 0; n < spki.len; n++)
			judge((struct span){ spki.ptr, n }, KEY_TO_USE,
			    ERR_KEY_UNFIT);
		EVP_PKEY_free(key);
	}
}

static void
all_ed25519_keys_that_openssl_makes_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < 64; i++) {
		EVP_PKEY *key = pki_key("ed25519");
		CLEANUP(buf_done) struct buf spki = pki_spki(key);

		judge(buf_span(&spki), KEY_TO_MAKE, ERR_NONE);
		EVP_PKEY_free(key);
	}
}

/* The exponents around each limit, with a good modulus. */
static void
small_even_and_huge_exponents_are_refused(void **state)
{
	static const struct { unsigned long e; enum err_code want; } rows[] = {
		{ 1, ERR_KEY_EXPONENT }, { 3, ERR_KEY_EXPONENT },
		{ 17, ERR_KEY_EXPONENT }, { 65535, ERR_KEY_EXPONENT },
		{ 65536, ERR_KEY_EXPONENT }, { 65537, ERR_NONE },
		{ 65538, ERR_KEY_EXPONENT }, { 65539, ERR_NONE },
	};
	BIGNUM *p = random_prime(1024), *q = random_prime(1024);
	BIGNUM *n = product(p, q);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BIGNUM *e = word(rows[i].e);

		judge_rsa(n, e, rows[i].want);
		BN_free(e);
	}
	BIGNUM *huge = word(1);
	BN_lshift(huge, huge, 255);
	BN_add_word(huge, 1);
	judge_rsa(n, huge, ERR_NONE);
	BN_sub_word(huge, 1);
	BN_lshift1(huge, huge);
	BN_add_word(huge, 1);
	judge_rsa(n, huge, ERR_KEY_EXPONENT);
	BN_free(huge);
	BN_free(p);
	BN_free(q);
	BN_free(n);
}

static void
even_and_divisible_moduli_are_refused(void **state)
{
	static const unsigned long factors[] = { 2, 3, 5, 101, 167 };
	BIGNUM *p = random_prime(1024), *q = random_prime(1024);
	BIGNUM *n = product(p, q), *e = word(65537);

	(void)state;
	judge_rsa(n, e, ERR_NONE);
	for (size_t i = 0; i < COUNT(factors); i++) {
		BIGNUM *m = BN_dup(n);

		BN_mul_word(m, factors[i]);
		judge_rsa(m, e, ERR_KEY_MODULUS);
		BN_free(m);
	}
	BN_free(p);
	BN_free(q);
	BN_free(n);
	BN_free(e);
}

/* The product of the first count primes. */
static BIGNUM *
primorial(unsigned count)
{
	BIGNUM *m = word(1), *p = word(2);

	while (count > 0) {
		if (BN_check_prime(p, NULL, NULL) == 1) {
			BN_mul_word(m, BN_get_word(p));
			count--;
		}
		BN_add_word(p, 1);
	}
	BN_free(p);
	return m;
}

/* k * M + 65537^a mod M of 1024 bits, as the faulty library made them. */
static BIGNUM *
roca_prime(void)
{
	BIGNUM *m = primorial(126), *k = BN_new(), *a = BN_new();
	BIGNUM *p = BN_new(), *g = word(65537), *r = BN_new();
	BN_CTX *c = BN_CTX_new();

	do {
		BN_rand(k, 1024 - BN_num_bits(m) + 1, BN_RAND_TOP_ONE,
		    BN_RAND_BOTTOM_ANY);
		BN_rand(a, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
		BN_mod_exp(r, g, a, m, c);
		BN_mul(p, k, m, c);
		BN_add(p, p, r);
	} while (BN_num_bits(p) != 1024 || BN_check_prime(p, c, NULL) != 1);
	BN_free(m);
	BN_free(k);
	BN_free(a);
	BN_free(g);
	BN_free(r);
	BN_CTX_free(c);
	return p;
}

static void
a_modulus_of_roca_structure_is_refused(void **state)
{
	BIGNUM *p = roca_prime(), *q = roca_prime(), *other =
	    random_prime(1024);
	BIGNUM *bad = product(p, q), *half = product(p, other);
	BIGNUM *e = word(65537);

	(void)state;
	judge_rsa(bad, e, ERR_KEY_ROCA);
	judge_rsa(half, e, ERR_NONE);
	BN_free(p);
	BN_free(q);
	BN_free(other);
	BN_free(bad);
	BN_free(half);
	BN_free(e);
}

/* The next prime from p + 2^shift on. */
static BIGNUM *
prime_near(const BIGNUM *p, int shift)
{
	BIGNUM *q = BN_dup(p), *step = word(1);

	BN_lshift(step, step, shift);
	BN_add(q, q, step);
	while (BN_check_prime(q, NULL, NULL) != 1)
		BN_add_word(q, BN_is_odd(q) ? 2 : 1);
	BN_free(step);
	return q;
}

/* Fermat's way needs (p - q)^2 / 8 sqrt(n) rounds: 2^505 is about 1/8. */
static void
primes_close_together_are_refused(void **state)
{
	static const struct { int shift; enum err_code want; } rows[] = {
		{ 1, ERR_KEY_MODULUS }, { 64, ERR_KEY_MODULUS },
		{ 505, ERR_KEY_MODULUS }, { 514, ERR_KEY_MODULUS },
		{ 530, ERR_NONE }, { 900, ERR_NONE },
	};
	BIGNUM *p = random_prime(1024), *e = word(65537);
	BIGNUM *square = product(p, p);

	(void)state;
	judge_rsa(square, e, ERR_KEY_MODULUS);
	for (size_t i = 0; i < COUNT(rows); i++) {
		BIGNUM *q = prime_near(p, rows[i].shift);
		BIGNUM *n = product(p, q);

		judge_rsa(n, e, rows[i].want);
		BN_free(q);
		BN_free(n);
	}
	BN_free(p);
	BN_free(e);
	BN_free(square);
}

static void
judge_ed25519(const char *hex, enum err_code want)
{
	CLEANUP(buf_done) struct buf spki = { 0 };
	uint8_t key[ED25519_KEY];

	assert_true(text_unhex(span_text(hex), key, sizeof(key)));
	buf_put(&spki, (struct span){ (const uint8_t *)ED25519_SPKI,
	    sizeof(ED25519_SPKI) });
	buf_put(&spki, SPAN(key));
	judge(buf_span(&spki), KEY_TO_USE, want);
}

/* Every way to write a point of order 1, 2, 4, 8; then what is no point. */
static void
ed25519_keys_that_are_no_key_are_refused(void **state)
{
	static const char *const bad[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		/* y of p and above: another way to write 0 and 1 */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		/* y = 2 has no x */
		"0200000000000000000000000000000000000000000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		judge_ed25519(bad[i], ERR_KEY_POINT);
	/* RFC 8032, 7.1, TEST 1; and the base point, y = 4/5. */
	judge_ed25519("d75a980182b10ab7d54bfed3c964073a"
	    "0ee172f3daa62325af021a68f707511a", ERR_NONE);
	judge_ed25519("5866666666666666666666666666666666666666666666666666"
	    "666666666666", ERR_NONE);
}

/* The last byte of the point moves it off the curve. */
static void
a_point_off_its_curve_is_refused(void **state)
{
	static const char *const curves[] = { "ec:P-256", "ec:P-384",
	    "ec:P-521" };

	(void)state;
	for (size_t i = 0; i < COUNT(curves); i++) {
		EVP_PKEY *key = pki_key(curves[i]);
		CLEANUP(buf_done) struct buf spki = pki_spki(key);

		spki.ptr[spki.len - 1] ^= 1;
		judge(buf_span(&spki), KEY_TO_USE, ERR_KEY_UNFIT);
		EVP_PKEY_free(key);
	}
}

static void
a_compressed_point_is_refused(void **state)
{
	EVP_PKEY *key = pki_key("ec:P-256");
	unsigned char *der = NULL;

	(void)state;
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key,
	    "point-format", "compressed"), 1);
	int len = i2d_PUBKEY(key, &der);
	assert_true(len > 0);
	judge((struct span){ der, (size_t)len }, KEY_TO_USE, ERR_KEY_POINT);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_keys_pass),
		cmocka_unit_test(all_ed25519_keys_that_openssl_makes_pass),
		cmocka_unit_test(small_even_and_huge_exponents_are_refused),
		cmocka_unit_test(even_and_divisible_moduli_are_refused),
		cmocka_unit_test(a_modulus_of_roca_structure_is_refused),
		cmocka_unit_test(primes_close_together_are_refused),
		cmocka_unit_test(ed25519_keys_that_are_no_key_are_refused),
		cmocka_unit_test(a_point_off_its_curve_is_refused),
		cmocka_unit_test(a_compressed_point_is_refused),
	};

	return cmocka_run_group_tests_name("key_rules", tests, NULL, NULL);
}
