/*
 * signature - see signature.h. Keys below 112 bits of strength (NIST SP
 * 800-57: RSA of 2048 bits) are refused, as is every curve that is not one of
 * FIPS 186-5's P-256, P-384, P-521.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <limits.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/decoded.h"
#include "crypto/der.h"
#include "crypto/signature.h"

#define RSA_BITS_LEAST	2048
#define UNCOMPRESSED	0x04	/* form of a point (SEC 1, 2.3.3) */

DEFINE_CLEANUP(EVP_PKEY, key_done, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_PKEY_CTX, context_done, EVP_PKEY_CTX_free);
DEFINE_CLEANUP(EVP_MD_CTX, message_done, EVP_MD_CTX_free);

const struct signature_row signature_rows[SIGNATURE_ROWS] = {
	[SIGNATURE_RSA_PKCS1_SHA256] = { "rsa-pkcs1-sha256", KEY_RSA,
	    DIGEST_SHA256, false, false },
	[SIGNATURE_RSA_PKCS1_SHA384] = { "rsa-pkcs1-sha384", KEY_RSA,
	    DIGEST_SHA384, false, false },
	[SIGNATURE_RSA_PKCS1_SHA512] = { "rsa-pkcs1-sha512", KEY_RSA,
	    DIGEST_SHA512, false, false },
	[SIGNATURE_RSA_PSS_SHA256] = { "rsa-pss-sha256", KEY_RSA,
	    DIGEST_SHA256, true, false },
	[SIGNATURE_RSA_PSS_SHA384] = { "rsa-pss-sha384", KEY_RSA,
	    DIGEST_SHA384, true, false },
	[SIGNATURE_RSA_PSS_SHA512] = { "rsa-pss-sha512", KEY_RSA,
	    DIGEST_SHA512, true, false },
	[SIGNATURE_ECDSA_SHA256] = { "ecdsa-sha256", KEY_EC,
	    DIGEST_SHA256, false, false },
	[SIGNATURE_ECDSA_SHA384] = { "ecdsa-sha384", KEY_EC,
	    DIGEST_SHA384, false, false },
	[SIGNATURE_ECDSA_SHA512] = { "ecdsa-sha512", KEY_EC,
	    DIGEST_SHA512, false, false },
	[SIGNATURE_ED25519] = { "ed25519", KEY_ED25519,
	    DIGEST_SHA512, false, true },
	[SIGNATURE_RSA_PKCS1_SHA1] = { "rsa-pkcs1-sha1", KEY_RSA,
	    DIGEST_SHA1, false, false },
};

bool
signature_find(struct span name, enum signature_kind *out)
{
	for (enum signature_kind k = 0; k < SIGNATURE_KINDS; k++)
		if (span_is(name, signature_rows[k].name)) {
			*out = k;
			return true;
		}
	return false;
}

bool
signature_for(enum key_kind key, enum digest_kind digest,
    enum signature_kind *out)
{
	for (enum signature_kind k = 0; k < SIGNATURE_KINDS; k++) {
		const struct signature_row *row = &signature_rows[k];

		if (row->key == key && !row->pss &&
		    (row->whole_message || row->digest == digest)) {
			*out = k;
			return true;
		}
	}
	return false;
}

/* Which kind of key an OpenSSL key is; false: none that we know. */
static bool
key_kind_of(const EVP_PKEY *key, enum key_kind *out)
{
	static const struct {
		int		type;
		enum key_kind	kind;
	} kinds[] = {
		{ EVP_PKEY_RSA, KEY_RSA },
		{ EVP_PKEY_EC, KEY_EC },
		{ EVP_PKEY_ED25519, KEY_ED25519 },
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (EVP_PKEY_get_base_id(key) == kinds[i].type) {
			*out = kinds[i].kind;
			return true;
		}
	return false;
}

static bool
curve_known(const EVP_PKEY *key)
{
	static const int known[] = {
		NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1,
	};
	char name[64];

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
		return false;
	for (size_t i = 0; i < COUNT(known); i++)
		if (OBJ_txt2nid(name) == known[i])
			return true;
	return false;
}

/* The decoder of OpenSSL takes longer than the check that the key is for. */
static EVP_PKEY *
ed25519_parse(struct span spki)
{
	struct span key;

	if (spki.len != sizeof(ED25519_SPKI) + ED25519_KEY ||
	    memcmp(spki.ptr, ED25519_SPKI, sizeof(ED25519_SPKI)) != 0)
		return NULL;
	key = span_from(spki, sizeof(ED25519_SPKI));
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.ptr,
	    key.len);
}

/*
 * RFC 5480: what stands before an uncompressed point, and its size. A key that
 * is written in another way is left to the decoder.
 */
static const struct curve_form {
	const char	*group;
	size_t		 point;
	size_t		 head_len;
	uint8_t		 head[26];	/* the point's 04 comes after it */
} curve_forms[] = {
	{ "prime256v1", 65, 26, { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
	    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 } },
	{ "secp384r1", 97, 23, { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
	    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
	    0x00, 0x22, 0x03, 0x62, 0x00 } },
	{ "secp521r1", 133, 25, { 0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07,
	    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
	    0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00 } },
};

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *
curve_key(const char *group, struct span point)
{
	CLEANUP(context_done) EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(
	    NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM parts[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    (char *)(uintptr_t)group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    (void *)(uintptr_t)point.ptr, point.len),
		OSSL_PARAM_construct_end(),
	};

	if (c == NULL || EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, parts) != 1)
		key = NULL;
	return key;
}

static EVP_PKEY *
curve_parse(struct span spki)
{
	for (size_t i = 0; i < COUNT(curve_forms); i++) {
		const struct curve_form *f = &curve_forms[i];
		if (spki.len == f->head_len + f->point &&
		    memcmp(spki.ptr, f->head, f->head_len) == 0 &&
		    spki.ptr[f->head_len] == UNCOMPRESSED)
			return curve_key(f->group, span_from(spki,
			    f->head_len));
	}
	return NULL;
}

static EVP_PKEY *
key_parse(struct span spki)
{
	EVP_PKEY *known = ed25519_parse(spki);

	if (known == NULL)
		known = curve_parse(spki);
	return known != NULL ? known : decoded_key(spki);
}

static bool
key_strong(const EVP_PKEY *key, enum key_kind kind, struct err *e)
{
	int bits = EVP_PKEY_get_bits(key);

	switch (kind) {
	case KEY_RSA:
		if (bits < RSA_BITS_LEAST)
			return err_set(e, ERR_KEY_WEAK, "RSA key of %d bits, "
			    "at least %d are needed", bits, RSA_BITS_LEAST);
		return true;
	case KEY_EC:
		if (!curve_known(key))
			return err_set(e, ERR_KEY_UNFIT, "the elliptic curve "
			    "is none of P-256, P-384, P-521");
		return true;
	case KEY_ED25519:
		return true;
	}
	return false;
}

static bool
key_open(struct span spki, EVP_PKEY **out, struct public_key *about,
    struct err *e)
{
	CLEANUP(key_done) EVP_PKEY *key = key_parse(spki);

	if (key == NULL || !key_kind_of(key, &about->kind))
		return err_set(e, ERR_KEY_UNFIT, "the public key is neither "
		    "RSA, nor ECDSA, nor Ed25519");
	if (!key_strong(key, about->kind, e))
		return false;
	about->bits = (unsigned)EVP_PKEY_get_bits(key);
	about->field_size = about->kind == KEY_EC ?
	    (about->bits + 7) / 8 : 0;
	*out = TAKE(key);
	return true;
}

bool
public_key_parse(struct span spki, struct public_key *out, struct err *e)
{
	CLEANUP(key_done) EVP_PKEY *key = NULL;

	return key_open(spki, &key, out, e);
}

/* RSA's padding and digest, or ECDSA's digest, as the row says. */
static bool
context_set(EVP_PKEY_CTX *c, const struct signature_row *row)
{
	const EVP_MD *md = EVP_get_digestbyname(
	    digest_rows[row->digest].name);

	if (row->key == KEY_RSA && EVP_PKEY_CTX_set_rsa_padding(c,
	    row->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
		return false;
	if (EVP_PKEY_CTX_set_signature_md(c, md) != 1)
		return false;
	return !row->pss || (EVP_PKEY_CTX_set_rsa_mgf1_md(c, md) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool
digest_verifies(EVP_PKEY *key, const struct to_be_signed *t, struct span value)
{
	CLEANUP(context_done) EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);

	return c != NULL && EVP_PKEY_verify_init(c) == 1 &&
	    context_set(c, &signature_rows[t->kind]) &&
	    EVP_PKEY_verify(c, value.ptr, value.len, t->digest.bytes,
	    t->digest.len) == 1;
}

static bool
message_verifies(EVP_PKEY *key, struct span message, struct span value)
{
	CLEANUP(message_done) EVP_MD_CTX *c = EVP_MD_CTX_new();

	return c != NULL &&
	    EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(c, value.ptr, value.len, message.ptr,
	    message.len) == 1;
}

/* OpenSSL wants ECDSA values as DER; ours must have the curve's size. */
static bool
value_verifies(EVP_PKEY *key, const struct public_key *about,
    const struct to_be_signed *t, struct span value)
{
	CLEANUP(buf_done) struct buf der = { 0 };

	if (signature_rows[t->kind].whole_message)
		return message_verifies(key, t->message, value);
	if (about->kind != KEY_EC)
		return digest_verifies(key, t, value);
	return value.len == 2 * about->field_size &&
	    signature_ecdsa_to_der(value, &der) &&
	    digest_verifies(key, t, buf_span(&der));
}

bool
signature_check(struct span spki, const struct to_be_signed *t,
    struct span value, struct err *e)
{
	const struct signature_row *row = &signature_rows[t->kind];
	CLEANUP(key_done) EVP_PKEY *key = NULL;
	struct public_key about;

	if (!key_open(spki, &key, &about, e))
		return false;
	if (about.kind != row->key)
		return err_set(e, ERR_KEY_UNFIT, "the public key is of another "
		    "kind than %s needs", row->name);
	if (!row->whole_message && (t->digest.kind != row->digest ||
	    t->digest.len != digest_rows[row->digest].size))
		return err_set(e, ERR_SIGNATURE_BAD, "the digest is not the "
		    "%s that %s signs", digest_rows[row->digest].name,
		    row->name);
	bool good = value_verifies(key, &about, t, value);
	ERR_clear_error();
	if (!good)
		return err_set(e, ERR_SIGNATURE_BAD, "the %s signature does "
		    "not fit the key and what was signed", row->name);
	return true;
}

bool
signature_ecdsa_to_der(struct span raw, struct buf *out)
{
	struct span r, s;

	if (raw.len == 0 || raw.len % 2 != 0 ||
	    !span_cut(raw, 0, raw.len / 2, &r) ||
	    !span_cut(raw, raw.len / 2, raw.len / 2, &s))
		return false;
	size_t at = der_open(out, DER_SEQUENCE);
	der_put_unsigned(out, r);
	der_put_unsigned(out, s);
	der_close(out, at);
	return true;
}

static bool
put_padded(struct span number, size_t size, struct buf *out)
{
	if (number.len > size)
		return false;
	buf_zero(out, size - number.len);
	buf_put(out, number);
	return true;
}

bool
signature_ecdsa_from_der(struct span der, size_t field_size, struct buf *raw)
{
	struct der top = der_read(der);
	struct der pair = der_enter(&top, DER_SEQUENCE);
	struct span r = der_unsigned(&pair);
	struct span s = der_unsigned(&pair);

	return der_end(&pair) && der_end(&top) &&
	    put_padded(r, field_size, raw) && put_padded(s, field_size, raw);
}
