/* softkey - see softkey.h. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sshsig.h"
#include "softkey.h"
#include "test.h"

struct soft_key {
	EVP_PKEY	*key;
	struct buf	 spki;
};

static const struct {
	const char	*name;
	const char	*algorithm;
	const char	*curve;
	size_t		 bits;
} kinds[] = {
	{ "ed25519", "ED25519", NULL, 0 },
	{ "p256", "EC", "P-256", 0 },
	{ "p384", "EC", "P-384", 0 },
	{ "p521", "EC", "P-521", 0 },
	{ "rsa2048", "RSA", NULL, 2048 },
	{ "rsa3072", "RSA", NULL, 3072 },
};

static EVP_PKEY *
generate(size_t kind)
{
	if (kinds[kind].curve != NULL)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kinds[kind].curve);
	if (kinds[kind].bits > 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", kinds[kind].bits);
	return EVP_PKEY_Q_keygen(NULL, NULL, kinds[kind].algorithm);
}

struct soft_key *
soft_key_adopt(EVP_PKEY *key)
{
	struct soft_key *k = xcalloc(1, sizeof(*k));
	uint8_t *der = NULL;
	int len;

	assert_non_null(key);
	k->key = key;
	len = i2d_PUBKEY(key, &der);
	assert_true(len > 0);
	buf_put(&k->spki, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	return k;
}

struct soft_key *
soft_key_new(const char *kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return soft_key_adopt(generate(i));
	fail_msg("no kind of key is called %s", kind);
	return NULL;
}

struct soft_key *
soft_key_load(const char *path)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return soft_key_adopt(key);
}

void
soft_key_free(struct soft_key *k)
{
	EVP_PKEY_free(k->key);
	buf_done(&k->spki);
	free(k);
}

struct span
soft_key_spki(const struct soft_key *k)
{
	return buf_span(&k->spki);
}

void
soft_key_save(const struct soft_key *k, const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, k->key, NULL, NULL, 0,
	    NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
}

static void
sign_message(const struct soft_key *k, struct span message, struct buf *value)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t out[64];
	size_t len = sizeof(out);

	assert_int_equal(EVP_DigestSignInit(c, NULL, NULL, NULL, k->key), 1);
	assert_int_equal(EVP_DigestSign(c, out, &len, message.ptr,
	    message.len), 1);
	EVP_MD_CTX_free(c);
	buf_put(value, (struct span){ out, len });
}

static void
sign_digest(const struct soft_key *k, const struct to_be_signed *t,
    struct buf *value)
{
	const struct signature_row *row = &signature_rows[t->kind];
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->key, NULL);
	uint8_t out[1024];
	size_t len = sizeof(out);

	assert_int_equal(EVP_PKEY_sign_init(c), 1);
	if (row->key == KEY_RSA)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, row->pss ?
		    RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(c,
	    EVP_get_digestbyname(digest_rows[row->digest].name)), 1);
	if (row->pss)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(c,
		    RSA_PSS_SALTLEN_DIGEST), 1);
	assert_int_equal(EVP_PKEY_sign(c, out, &len, t->digest.bytes,
	    t->digest.len), 1);
	EVP_PKEY_CTX_free(c);
	if (row->key == KEY_EC)
		assert_true(signature_ecdsa_from_der((struct span){ out, len },
		    ((size_t)EVP_PKEY_get_bits(k->key) + 7) / 8, value));
	else
		buf_put(value, (struct span){ out, len });
}

void
soft_key_sign(const struct soft_key *k, const struct to_be_signed *t,
    struct buf *value)
{
	if (signature_rows[t->kind].whole_message)
		sign_message(k, t->message, value);
	else
		sign_digest(k, t, value);
}

#define APPLICATION	"ssh:"

static const char security_kind[] = "sk-ssh-ed25519@openssh.com";

void
soft_security_key_blob(const struct soft_key *k, struct buf *blob)
{
	CLEANUP(buf_done) struct buf plain = { 0 };
	struct ssh_key key;
	struct err e;

	assert_ok(ssh_key_from_spki(soft_key_spki(k), &plain, &e), &e);
	assert_ok(ssh_key_parse(buf_span(&plain), &key, &e), &e);
	buf_str(blob, span_text(security_kind));
	buf_str(blob, key.point);
	buf_str(blob, span_text(APPLICATION));
}

/* What any key signs, and what a security key makes of it. */
static void
put_message(const char *name_space, struct span message, uint8_t flags,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf plain = { 0 };
	struct digest d = digest_of(DIGEST_SHA512, message);

	buf_text(&plain, "SSHSIG");
	buf_str(&plain, span_text(name_space));
	buf_str(&plain, span_text(""));
	buf_str(&plain, span_text("sha512"));
	buf_str(&plain, digest_span(&d));
	d = digest_of(DIGEST_SHA256, span_text(APPLICATION));
	buf_put(out, digest_span(&d));
	buf_u8(out, flags);
	buf_u32be(out, 7);
	d = digest_of(DIGEST_SHA256, buf_span(&plain));
	buf_put(out, digest_span(&d));
}

void
soft_security_key_sign(const struct soft_key *k, uint8_t flags,
    const char *name_space, struct span message, struct buf *out)
{
	CLEANUP(buf_done) struct buf m = { 0 }, value = { 0 }, inner = { 0 };
	CLEANUP(buf_done) struct buf blob = { 0 };

	put_message(name_space, message, flags, &m);
	sign_message(k, buf_span(&m), &value);
	soft_security_key_blob(k, &blob);
	buf_str(&inner, span_text(security_kind));
	buf_str(&inner, buf_span(&value));
	buf_u8(&inner, flags);
	buf_u32be(&inner, 7);
	buf_text(out, "SSHSIG");
	buf_u32be(out, 1);
	buf_str(out, buf_span(&blob));
	buf_str(out, span_text(name_space));
	buf_str(out, span_text(""));
	buf_str(out, span_text("sha512"));
	buf_str(out, buf_span(&inner));
}
