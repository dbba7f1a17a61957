/* material - see material.h. */
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/limits.h"
#include "base/own.h"
#include "crypto/der.h"
#include "crypto/key_rules.h"
#include "keys/material.h"

DEFINE_CLEANUP(EVP_PKEY, key_done, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_PKEY_CTX, context_done, EVP_PKEY_CTX_free);
DEFINE_CLEANUP(PKCS12, pkcs12_done, PKCS12_free);
DEFINE_CLEANUP(BIO, bio_done, BIO_free_all);
DEFINE_CLEANUP(BIGNUM, number_done, BN_clear_free);

void
material_wipe(struct material *m)
{
	buf_done(&m->spki);
	explicit_bzero(m, sizeof(*m));
}

static bool
unreadable(struct err *e, const char *why)
{
	ERR_clear_error();
	return err_set(e, ERR_KEY_FILE, "%s", why);
}

/* ---- PKCS#12 (RFC 7292) */

static bool
passphrase_text(struct span passphrase, char *out, size_t size)
{
	if (passphrase.len >= size ||
	    (passphrase.len > 0 && memchr(passphrase.ptr, '\0',
	    passphrase.len) != NULL))
		return false;
	memcpy(out, passphrase.ptr == NULL ? (const uint8_t *)"" :
	    passphrase.ptr, passphrase.len);
	out[passphrase.len] = '\0';
	return true;
}

/* No passphrase and an empty one are two things there (B.1). */
static bool
mac_fits(PKCS12 *p, const char **passphrase)
{
	if (PKCS12_verify_mac(p, *passphrase, -1) == 1)
		return true;
	if (**passphrase != '\0')
		return false;
	*passphrase = NULL;
	return PKCS12_verify_mac(p, NULL, 0) == 1;
}

static bool
pkcs12_open(PKCS12 *p, const char *passphrase, EVP_PKEY **out, struct err *e)
{
	X509 *certificate = NULL;
	const char *used = passphrase;

	if (PKCS12_mac_present(p) != 1)
		return unreadable(e, "the PKCS#12 file has no MAC: it may "
		    "have been changed");
	if (!mac_fits(p, &used)) {
		ERR_clear_error();
		return err_set(e, ERR_KEY_PASSPHRASE, "the PKCS#12 file does "
		    "not open with %s", *passphrase == '\0' ?
		    "no passphrase" : "this passphrase");
	}
	bool ok = PKCS12_parse(p, used, out, &certificate, NULL) == 1;
	X509_free(certificate);
	if (!ok)
		return unreadable(e, "the PKCS#12 file is damaged, or "
		    "encrypted in a way that is too old");
	return *out != NULL ||
	    unreadable(e, "the PKCS#12 file has no private key");
}

static bool
pkcs12_read(struct span file, const char *passphrase, EVP_PKEY **out,
    struct err *e)
{
	const unsigned char *at = file.ptr;
	CLEANUP(pkcs12_done) PKCS12 *p = d2i_PKCS12(NULL, &at,
	    (long)file.len);

	if (p == NULL || at != file.ptr + file.len)
		return unreadable(e, "the file is neither PKCS#12 nor PEM, or "
		    "it is cut or has bytes behind it");
	return pkcs12_open(p, passphrase, out, e);
}

/* ---- PEM */

struct asked {
	const char	*passphrase;
	bool		 asked;
};

static int
give_passphrase(char *out, int size, int writing, void *arg)
{
	struct asked *a = arg;
	size_t len = strlen(a->passphrase);

	(void)writing;
	a->asked = true;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(out, a->passphrase, len);
	return (int)len;
}

static bool
pem_key(BIO *b, struct asked *a, EVP_PKEY **out)
{
	*out = PEM_read_bio_PrivateKey(b, NULL, give_passphrase, a);
	return *out != NULL;
}

static bool
pem_refused(const struct asked *a, struct err *e)
{
	ERR_clear_error();
	if (!a->asked)
		return unreadable(e, "the PEM file has no private key that can "
		    "be read");
	return err_set(e, ERR_KEY_PASSPHRASE, "the private key does not open "
	    "with %s", *a->passphrase == '\0' ? "no passphrase" :
	    "this passphrase");
}

static bool
pem_read(struct span file, const char *passphrase, EVP_PKEY **out,
    struct err *e)
{
	CLEANUP(bio_done) BIO *b = BIO_new_mem_buf(file.ptr, (int)file.len);
	CLEANUP(key_done) EVP_PKEY *first = NULL;
	CLEANUP(key_done) EVP_PKEY *second = NULL;
	struct asked a = { .passphrase = passphrase };

	if (b == NULL || !pem_key(b, &a, &first))
		return pem_refused(&a, e);
	a.asked = false;
	if (pem_key(b, &a, &second) || a.asked)
		return unreadable(e, "the PEM file has more than one private "
		    "key");
	ERR_clear_error();
	*out = TAKE(first);
	return true;
}

/* ---- what is in it */

static bool
number_take(const EVP_PKEY *key, const char *name, size_t size,
    struct material_number *out)
{
	BIGNUM *raw = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &raw) != 1)
		return false;
	CLEANUP(number_done) BIGNUM *n = raw;
	out->len = size > 0 ? size : (size_t)BN_num_bytes(n);
	return out->len <= sizeof(out->bytes) &&
	    BN_bn2binpad(n, out->bytes, (int)out->len) >= 0;
}

static bool
rsa_take(const EVP_PKEY *key, struct material *m)
{
	static const char *const names[MATERIAL_PARTS] = {
		[MATERIAL_MODULUS]	= OSSL_PKEY_PARAM_RSA_N,
		[MATERIAL_EXPONENT]	= OSSL_PKEY_PARAM_RSA_E,
		[MATERIAL_PRIVATE]	= OSSL_PKEY_PARAM_RSA_D,
		[MATERIAL_PRIME_1]	= OSSL_PKEY_PARAM_RSA_FACTOR1,
		[MATERIAL_PRIME_2]	= OSSL_PKEY_PARAM_RSA_FACTOR2,
		[MATERIAL_EXPONENT_1]	= OSSL_PKEY_PARAM_RSA_EXPONENT1,
		[MATERIAL_EXPONENT_2]	= OSSL_PKEY_PARAM_RSA_EXPONENT2,
		[MATERIAL_COEFFICIENT]	= OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};

	for (size_t i = 0; i < MATERIAL_PARTS; i++)
		if (!number_take(key, names[i], 0, &m->parts[i]))
			return false;
	return true;
}

static bool
ec_take(const EVP_PKEY *key, struct material *m)
{
	return number_take(key, OSSL_PKEY_PARAM_PRIV_KEY, m->about.field_size,
	    &m->parts[MATERIAL_PRIVATE]);
}

static bool
ed25519_take(const EVP_PKEY *key, struct material *m)
{
	struct material_number *n = &m->parts[MATERIAL_PRIVATE];

	n->len = sizeof(n->bytes);
	return EVP_PKEY_get_raw_private_key(key, n->bytes, &n->len) == 1;
}

static bool (*const takers[])(const EVP_PKEY *, struct material *) = {
	[KEY_RSA]	= rsa_take,
	[KEY_EC]	= ec_take,
	[KEY_ED25519]	= ed25519_take,
};

static bool
spki_take(EVP_PKEY *key, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	if (len > 0)
		buf_put(out, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	return len > 0;
}

/* The halves belong together; for RSA, its primes are primes. */
static bool
key_whole(EVP_PKEY *key)
{
	CLEANUP(context_done) EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	bool ok = c != NULL && EVP_PKEY_check(c) == 1;

	ERR_clear_error();
	return ok;
}

static bool
key_take(EVP_PKEY *key, struct material *m, struct err *e)
{
	if (!spki_take(key, &m->spki))
		return unreadable(e, "the private key has no public half");
	if (!key_rules_hold(buf_span(&m->spki), KEY_TO_USE, &m->about, e))
		return false;
	if (!key_whole(key))
		return unreadable(e, "the numbers of the private key do not "
		    "belong together");
	return takers[m->about.kind](key, m) ||
	    unreadable(e, "the private key lacks some of its numbers");
}

bool
material_read(struct span file, struct span passphrase, struct material *out,
    struct err *e)
{
	CLEANUP(key_done) EVP_PKEY *key = NULL;
	char text[LIMIT_PIN + 1];
	bool der = file.len > 0 && file.ptr[0] == DER_SEQUENCE;

	*out = (struct material){ .spki = { 0 } };
	if (file.len == 0 || file.len > INT_MAX ||
	    !passphrase_text(passphrase, text, sizeof(text)))
		return unreadable(e, "the file is empty or too long");
	bool ok = (der ? pkcs12_read : pem_read)(file, text, &key, e) &&
	    key_take(key, out, e);
	explicit_bzero(text, sizeof(text));
	if (!ok)
		material_wipe(out);
	return ok;
}
