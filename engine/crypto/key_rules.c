/*
 * key_rules - see key_rules.h.
 *
 * RSA numbers are read from the DER (RFC 8017, A.1.1), so that what is judged
 * is what the token told, not what a library made of it.
 *
 * ROCA: the primes of the faulty library are k * M + (65537^a mod M), where M
 * is a product of the first primes. So the modulus is a power of 65537 modulo
 * each of these primes (Nemec, Sys, Svenda, Klinec, Matyas: The Return of
 * Coppersmith's Attack, ACM CCS 2017, 2.2 and 3.4). The 38 odd primes up to
 * 167 divide the M of the smallest keys, and so that of all; an honest modulus
 * passes for one of these once in 2^27.8 times.
 */
#include <openssl/bn.h>

#include "base/own.h"
#include "crypto/der.h"
#include "crypto/key_rules.h"
#include "crypto/oid.h"

#define RSA_BITS_MAKE		3072
#define RSA_BITS_MOST		16384	/* the most that OpenSSL checks with */
#define EXPONENT_BITS_LEAST	17	/* above 2^16 */
#define EXPONENT_BITS_MOST	256
#define ROCA_GENERATOR		65537
#define FERMAT_ROUNDS		100	/* CA/B BR, 6.1.1.3 */

DEFINE_CLEANUP(BIGNUM, number_done, BN_free);
DEFINE_CLEANUP(BN_CTX, numbers_done, BN_CTX_free);

static const unsigned roca_primes[] = {
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67,
	71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139,
	149, 151, 157, 163, 167,
};

struct rsa_numbers {
	struct span	n;
	struct span	e;
};

/* The BIT STRING's contents; its first byte counts unused bits. */
static bool
spki_key(struct span spki, struct span *out)
{
	struct der file = der_read(spki);
	struct der info = der_enter(&file, DER_SEQUENCE);
	struct span parameters;

	der_algorithm(&info, &parameters);
	*out = span_from(der_value(&info, DER_BIT_STRING), 1);
	return der_end(&info) && der_end(&file);
}

static bool
rsa_read(struct span spki, struct rsa_numbers *out)
{
	struct span key;

	if (!spki_key(spki, &key))
		return false;
	struct der file = der_read(key);
	struct der pair = der_enter(&file, DER_SEQUENCE);
	out->n = der_unsigned(&pair);
	out->e = der_unsigned(&pair);
	return der_end(&pair) && der_end(&file);
}

static BIGNUM *
number(struct span bytes)
{
	return BN_bin2bn(bytes.ptr, (int)bytes.len, NULL);
}

static bool
no_memory(struct err *e)
{
	return err_set(e, ERR_LIMIT_MEMORY, "numbers of a key");
}

/* ---- RSA */

static bool
size_holds(unsigned bits, enum key_aim aim, struct err *e)
{
	if (bits > RSA_BITS_MOST)
		return err_set(e, ERR_KEY_UNFIT, "RSA key of %u bits, at most "
		    "%d are taken", bits, RSA_BITS_MOST);
	return aim == KEY_TO_USE || bits >= RSA_BITS_MAKE ||
	    err_set(e, ERR_KEY_WEAK, "RSA key of %u bits, a new one has at "
	    "least %d", bits, RSA_BITS_MAKE);
}

static bool
exponent_holds(const BIGNUM *exponent, struct err *e)
{
	int bits = BN_num_bits(exponent);

	if (BN_is_odd(exponent) && bits >= EXPONENT_BITS_LEAST &&
	    bits <= EXPONENT_BITS_MOST)
		return true;
	if (bits < EXPONENT_BITS_LEAST)
		return err_set(e, ERR_KEY_EXPONENT, "the public exponent is "
		    "%lu, which is below 2^16", (unsigned long)BN_get_word(
		    exponent));
	return err_set(e, ERR_KEY_EXPONENT, "the public exponent is %s",
	    BN_is_odd(exponent) ? "above 2^256" : "even");
}

/* Is r a power of the generator modulo the prime p? r is not 0. */
static bool
power_of_generator(unsigned r, unsigned p)
{
	unsigned x = 1;

	do {
		if (x == r)
			return true;
		x = x * (ROCA_GENERATOR % p) % p;
	} while (x != 1);
	return false;
}

static bool
structure_holds(const BIGNUM *n, struct err *e)
{
	bool roca = true;

	if (!BN_is_odd(n))
		return err_set(e, ERR_KEY_MODULUS, "the modulus is even");
	for (size_t i = 0; i < COUNT(roca_primes); i++) {
		unsigned p = roca_primes[i];
		unsigned r = (unsigned)BN_mod_word(n, p);

		if (r == 0)
			return err_set(e, ERR_KEY_MODULUS, "%u divides the "
			    "modulus", p);
		roca = roca && power_of_generator(r, p);
	}
	return !roca || err_set(e, ERR_KEY_ROCA, "the modulus is a power of "
	    "%d modulo each of the first primes", ROCA_GENERATOR);
}

/*
 * The root of a square, rounded down, by Newton's way from above: below the
 * root it never falls, and the first step that does not fall ends it.
 */
static bool
root_of(const BIGNUM *square, BIGNUM *root, BN_CTX *c)
{
	CLEANUP(number_done) BIGNUM *next = BN_new();
	bool ok = next != NULL && BN_set_word(root, 1) &&
	    BN_lshift(root, root, (BN_num_bits(square) + 1) / 2);

	while (ok) {
		ok = BN_div(next, NULL, square, root, c) &&
		    BN_add(next, next, root) && BN_rshift1(next, next);
		if (!ok || BN_cmp(next, root) >= 0)
			break;
		ok = BN_copy(root, next) != NULL;
	}
	return ok;
}

/* Most numbers are told apart from squares by what they leave modulo 64. */
static bool
is_square(const BIGNUM *v, bool *square, BN_CTX *c)
{
	static const uint64_t squares = 0x0202021202030213;	/* mod 64 */
	CLEANUP(number_done) BIGNUM *root = BN_new();

	*square = BN_is_zero(v);
	if (root == NULL)
		return false;
	if (*square || (squares >> BN_mod_word(v, 64) & 1) == 0)
		return true;
	if (!root_of(v, root, c) || !BN_sqr(root, root, c))
		return false;
	*square = BN_cmp(root, v) == 0;
	return true;
}

/* Fermat: n = a^2 - b^2, where a is near the root if the primes are close. */
static bool
fermat(const BIGNUM *n, bool *close, BN_CTX *c)
{
	CLEANUP(number_done) BIGNUM *a = BN_new();
	CLEANUP(number_done) BIGNUM *rest = BN_new();

	*close = false;
	if (a == NULL || rest == NULL || !root_of(n, a, c))
		return false;
	for (int i = 0; i <= FERMAT_ROUNDS && !*close; i++) {
		if (!BN_sqr(rest, a, c) || !BN_sub(rest, rest, n))
			return false;
		if (!BN_is_negative(rest) && !is_square(rest, close, c))
			return false;
		if (!BN_add_word(a, 1))
			return false;
	}
	return true;
}

static bool
factors_hold(const BIGNUM *n, struct err *e)
{
	CLEANUP(numbers_done) BN_CTX *c = BN_CTX_new();
	bool close;

	if (c == NULL || !fermat(n, &close, c))
		return no_memory(e);
	return !close || err_set(e, ERR_KEY_MODULUS, "the two primes of the "
	    "modulus lie close together");
}

static bool
rsa_holds(struct span spki, const struct public_key *k, enum key_aim aim,
    struct err *e)
{
	struct rsa_numbers key;

	if (!rsa_read(spki, &key))
		return err_set(e, ERR_KEY_UNFIT, "the RSA key is not as RFC "
		    "8017 writes it");
	if (!size_holds(k->bits, aim, e))
		return false;
	CLEANUP(number_done) BIGNUM *n = number(key.n);
	CLEANUP(number_done) BIGNUM *exponent = number(key.e);
	if (n == NULL || exponent == NULL)
		return no_memory(e);
	return exponent_holds(exponent, e) && structure_holds(n, e) &&
	    factors_hold(n, e);
}

/* ---- Ed25519 */

/* The curve's prime 2^255 - 19, and its d (RFC 8032, 5.1). */
static const uint8_t field_prime[ED25519_KEY] = {
	0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xed,
};
static const uint8_t curve_d[ED25519_KEY] = {
	0x52, 0x03, 0x6c, 0xee, 0x2b, 0x6f, 0xfe, 0x73, 0x8c, 0xc7, 0x40, 0x79,
	0x77, 0x79, 0xe8, 0x98, 0x00, 0x70, 0x0a, 0x4d, 0x41, 0x41, 0xd8, 0xab,
	0x75, 0xeb, 0x4d, 0xca, 0x13, 0x59, 0x78, 0xa3,
};

/* A point as far as its y: x^2 = (y^2 - 1) / (d y^2 + 1). */
struct edwards {
	BIGNUM	*p;
	BIGNUM	*y;
	BIGNUM	*above;		/* y^2 - 1 */
	BIGNUM	*below;		/* d y^2 + 1 */
};

static void
edwards_free(struct edwards *w)
{
	BN_free(w->p);
	BN_free(w->y);
	BN_free(w->above);
	BN_free(w->below);
}

/* Little-endian, and the last bit is the sign of x. */
static bool
edwards_read(struct span key, struct edwards *w, BN_CTX *c)
{
	uint8_t y[ED25519_KEY];

	for (size_t i = 0; i < sizeof(y); i++)
		y[i] = key.ptr[sizeof(y) - 1 - i];
	y[0] &= 0x7f;
	CLEANUP(number_done) BIGNUM *d = number(SPAN(curve_d));
	*w = (struct edwards){ number(SPAN(field_prime)), number(SPAN(y)),
	    BN_new(), BN_new() };
	return d != NULL && w->p != NULL && w->y != NULL &&
	    w->above != NULL && w->below != NULL &&
	    BN_mod_sqr(w->above, w->y, w->p, c) &&
	    BN_mod_mul(w->below, w->above, d, w->p, c) &&
	    BN_add_word(w->below, 1) && BN_sub_word(w->above, 1) &&
	    BN_nnmod(w->above, w->above, w->p, c);
}

/*
 * x^2 has a root if it is 0, or by Euler if its power (p - 1) / 2 is 1; above
 * times below serves as well as the quotient. The points of order 1, 2 and 4
 * have y = 1, -1 and 0. Those of order 8 are x^2 = -y^2 (RFC 8032's cofactor):
 * there above + y^2 * below is 0.
 */
static bool
edwards_good(const struct edwards *w, bool *good, BN_CTX *c)
{
	CLEANUP(number_done) BIGNUM *square = BN_new();
	CLEANUP(number_done) BIGNUM *half = BN_new();
	CLEANUP(number_done) BIGNUM *eight = BN_new();

	*good = false;
	if (square == NULL || half == NULL || eight == NULL ||
	    !BN_mod_mul(square, w->above, w->below, w->p, c) ||
	    !BN_rshift1(half, w->p) ||
	    !BN_mod_exp(square, square, half, w->p, c) ||
	    !BN_mod_sqr(eight, w->y, w->p, c) ||
	    !BN_mod_mul(eight, eight, w->below, w->p, c) ||
	    !BN_mod_add(eight, eight, w->above, w->p, c))
		return false;
	*good = BN_cmp(w->y, w->p) < 0 && BN_is_one(square) &&
	    !BN_is_zero(w->y) && !BN_is_zero(eight);
	return true;
}

static bool
ed25519_holds(struct span spki, const struct public_key *k, enum key_aim aim,
    struct err *e)
{
	CLEANUP(numbers_done) BN_CTX *c = BN_CTX_new();
	struct edwards w;
	struct span key;
	bool good;

	(void)k;
	(void)aim;
	if (!spki_key(spki, &key) || key.len != ED25519_KEY)
		return err_set(e, ERR_KEY_UNFIT, "an Ed25519 key has %d bytes",
		    ED25519_KEY);
	bool ok = c != NULL && edwards_read(key, &w, c) &&
	    edwards_good(&w, &good, c);
	if (c != NULL)
		edwards_free(&w);
	if (!ok)
		return no_memory(e);
	return good || err_set(e, ERR_KEY_POINT, "the Ed25519 key is no point "
	    "of its curve, or one of small order");
}

/* ---- EC */

/*
 * OpenSSL reads no point that is not on its curve (SEC 1, 2.3.4), and these
 * curves have no points of small order. What is left is the form: all tokens
 * and all who check know the uncompressed one.
 */
static bool
ec_holds(struct span spki, const struct public_key *k, enum key_aim aim,
    struct err *e)
{
	struct span point;

	(void)aim;
	return (spki_key(spki, &point) && point.len == 1 + 2 * k->field_size &&
	    point.ptr[0] == 4) ||
	    err_set(e, ERR_KEY_POINT, "the point is not written as both of its "
	    "numbers");
}

static bool (*const kinds[])(struct span, const struct public_key *,
    enum key_aim, struct err *) = {
	[KEY_RSA]	= rsa_holds,
	[KEY_EC]	= ec_holds,
	[KEY_ED25519]	= ed25519_holds,
};

bool
key_rules_hold(struct span spki, enum key_aim aim, struct public_key *out,
    struct err *e)
{
	struct public_key k;

	if (!public_key_parse(spki, &k, e) ||
	    !kinds[k.kind](spki, &k, aim, e))
		return false;
	*out = k;
	return true;
}
