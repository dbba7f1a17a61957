/* sshkey - SSH public keys: see sshsig.h and sshkey.h. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/signature.h"
#include "crypto/sshkey.h"

#define LINE_MAX_BYTES	16384	/* the longest line of a public key */
#define EXPONENT_MAX	8	/* bytes of an RSA public exponent */

DEFINE_CLEANUP(EVP_PKEY, pkey_done, EVP_PKEY_free);
DEFINE_CLEANUP(BIGNUM, bn_done, BN_free);
DEFINE_CLEANUP(OSSL_PARAM_BLD, builder_done, OSSL_PARAM_BLD_free);
DEFINE_CLEANUP(OSSL_PARAM, params_done, OSSL_PARAM_free);
DEFINE_CLEANUP(EVP_PKEY_CTX, context_done, EVP_PKEY_CTX_free);

bool
ssh_mpint(struct reader *r, size_t max, struct span *out)
{
	struct span s = rd_str(r);

	if (!rd_ok(r) || s.len == 0 || s.ptr[0] >= 0x80)
		return false;
	if (s.ptr[0] == 0) {
		s = span_from(s, 1);
		if (s.len == 0 || s.ptr[0] < 0x80)
			return false;
	}
	*out = s;
	return s.len <= max;
}

void
ssh_put_mpint(struct buf *out, struct span s)
{
	while (s.len > 0 && s.ptr[0] == 0)
		s = span_from(s, 1);
	bool sign = s.len > 0 && s.ptr[0] >= 0x80;

	buf_u32be(out, (uint32_t)(s.len + sign));
	buf_zero(out, sign ? 1 : 0);
	buf_put(out, s);
}

static bool
read_ed25519(struct reader *r, const struct ssh_kind_row *row,
    struct ssh_key *k)
{
	k->point = rd_str(r);
	return rd_ok(r) && k->point.len == row->field;
}

/* RFC 5656, 3.1: the curve again, then an uncompressed point. */
static bool
read_ecdsa(struct reader *r, const struct ssh_kind_row *row,
    struct ssh_key *k)
{
	struct span curve = rd_str(r);

	k->point = rd_str(r);
	return rd_ok(r) && span_is(curve, row->curve) &&
	    k->point.len == 1 + 2 * row->field && k->point.ptr[0] == 4;
}

static bool
read_rsa(struct reader *r, const struct ssh_kind_row *row, struct ssh_key *k)
{
	(void)row;
	return ssh_mpint(r, EXPONENT_MAX, &k->exponent) &&
	    ssh_mpint(r, SSH_RSA_MODULUS_MAX, &k->modulus);
}

static bool
read_application(struct reader *r, struct ssh_key *k)
{
	k->application = rd_str(r);
	return rd_ok(r) && k->application.len > 0;
}

/* PROTOCOL.u2f: the plain key, then the application. */
static bool
read_sk_ed25519(struct reader *r, const struct ssh_kind_row *row,
    struct ssh_key *k)
{
	return read_ed25519(r, row, k) && read_application(r, k);
}

static bool
read_sk_ecdsa(struct reader *r, const struct ssh_kind_row *row,
    struct ssh_key *k)
{
	return read_ecdsa(r, row, k) && read_application(r, k);
}

static EVP_PKEY *
make_ed25519(const struct ssh_kind_row *row, const struct ssh_key *k)
{
	(void)row;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    k->point.ptr, k->point.len);
}

/* Makes a key of an algorithm from what was put into the builder. */
static EVP_PKEY *
make_from(const char *algorithm, OSSL_PARAM_BLD *builder)
{
	CLEANUP(params_done) OSSL_PARAM *params =
	    OSSL_PARAM_BLD_to_param(builder);
	CLEANUP(context_done) EVP_PKEY_CTX *c =
	    EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || c == NULL || EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

static EVP_PKEY *
make_ecdsa(const struct ssh_kind_row *row, const struct ssh_key *k)
{
	CLEANUP(builder_done) OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();

	if (b == NULL || OSSL_PARAM_BLD_push_utf8_string(b,
	    OSSL_PKEY_PARAM_GROUP_NAME, row->group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY,
	    k->point.ptr, k->point.len) != 1)
		return NULL;
	return make_from("EC", b);
}

static EVP_PKEY *
make_rsa(const struct ssh_kind_row *row, const struct ssh_key *k)
{
	CLEANUP(builder_done) OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	CLEANUP(bn_done) BIGNUM *e = BN_bin2bn(k->exponent.ptr,
	    (int)k->exponent.len, NULL);
	CLEANUP(bn_done) BIGNUM *n = BN_bin2bn(k->modulus.ptr,
	    (int)k->modulus.len, NULL);

	(void)row;
	if (b == NULL || e == NULL || n == NULL || !BN_is_odd(e) ||
	    BN_is_one(e) || !BN_is_odd(n) ||
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) != 1)
		return NULL;
	return make_from("RSA", b);
}

const struct ssh_kind_row ssh_kinds[SSH_KINDS] = {
	[SSH_ED25519] = { "ssh-ed25519", NULL, NULL, 32, false,
	    read_ed25519, make_ed25519 },
	[SSH_ECDSA_P256] = { "ecdsa-sha2-nistp256", "nistp256",
	    "prime256v1", 32, false, read_ecdsa, make_ecdsa },
	[SSH_ECDSA_P384] = { "ecdsa-sha2-nistp384", "nistp384",
	    "secp384r1", 48, false, read_ecdsa, make_ecdsa },
	[SSH_ECDSA_P521] = { "ecdsa-sha2-nistp521", "nistp521",
	    "secp521r1", 66, false, read_ecdsa, make_ecdsa },
	[SSH_RSA] = { "ssh-rsa", NULL, NULL, 0, false, read_rsa, make_rsa },
	[SSH_SK_ED25519] = { "sk-ssh-ed25519@openssh.com", NULL, NULL, 32,
	    true, read_sk_ed25519, make_ed25519 },
	[SSH_SK_ECDSA_P256] = { "sk-ecdsa-sha2-nistp256@openssh.com",
	    "nistp256", "prime256v1", 32, true, read_sk_ecdsa, make_ecdsa },
};

const char *
ssh_kind_name(enum ssh_kind kind)
{
	return ssh_kinds[kind].name;
}

static bool
kind_find(struct span name, enum ssh_kind *out)
{
	for (enum ssh_kind k = 0; k < SSH_KINDS; k++)
		if (span_is(name, ssh_kinds[k].name)) {
			*out = k;
			return true;
		}
	return false;
}

bool
ssh_key_parse(struct span blob, struct ssh_key *out, struct err *e)
{
	struct reader r = rd_open(blob);
	struct ssh_key k = { .blob = blob };
	struct span name = rd_str(&r);

	if (!rd_ok(&r))
		return err_set(e, ERR_SSH_KEY, "the key is cut short");
	if (!kind_find(name, &k.kind))
		return err_set(e, ERR_SSH_KEY_KIND, "SSH keys of type \"%s\" "
		    "are not taken", text_show(name).text);
	const struct ssh_kind_row *row = &ssh_kinds[k.kind];
	if (!row->read(&r, row, &k) || !rd_end(&r))
		return err_set(e, ERR_SSH_KEY, "the bytes are no key of type "
		    "%s", row->name);
	*out = k;
	return true;
}

bool
ssh_key_parse_line(struct arena *a, struct span line, struct ssh_key *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct span rest = line, name, base64, blob;
	enum ssh_kind kind;
	struct ssh_key k;

	if (line.len > LINE_MAX_BYTES)
		return err_set(e, ERR_SSH_KEY, "the line has %zu bytes",
		    line.len);
	if (!span_split(&rest, ' ', &name) || !span_split(&rest, ' ', &base64))
		return err_set(e, ERR_SSH_KEY, "not \"type base64 comment\"");
	if (!kind_find(name, &kind))
		return err_set(e, ERR_SSH_KEY_KIND, "SSH keys of type \"%s\" "
		    "are not taken", text_show(name).text);
	if (!text_unbase64(base64, &raw))
		return err_set(e, ERR_SSH_KEY, "the second word is no base64");
	if (!arena_copy(a, buf_span(&raw), &blob))
		return err_budget(e, a);
	if (!ssh_key_parse(blob, &k, e))
		return false;
	if (k.kind != kind)
		return err_set(e, ERR_SSH_KEY, "the line says %s, its key is "
		    "of type %s", ssh_kinds[kind].name,
		    ssh_kinds[k.kind].name);
	*out = k;
	return true;
}

void
ssh_key_line(const struct ssh_key *k, const char *comment, struct buf *out)
{
	buf_printf(out, "%s ", ssh_kinds[k->kind].name);
	text_base64(k->blob, out);
	if (*comment != '\0')
		buf_printf(out, " %s", comment);
}

void
ssh_key_fingerprint(const struct ssh_key *k, struct buf *out)
{
	struct digest d = digest_of(DIGEST_SHA256, k->blob);

	buf_text(out, "SHA256:");
	text_base64(digest_span(&d), out);
	while (out->ptr[out->len - 1] == '=')
		out->len--;
}

/* No text of OpenSSL's would tell a person more than ours. */
static bool
no_such_key(struct err *e, const char *why)
{
	ERR_clear_error();
	return err_set(e, ERR_SSH_KEY, "%s", why);
}

bool
ssh_key_spki(const struct ssh_key *k, struct buf *out, struct err *e)
{
	const struct ssh_kind_row *row = &ssh_kinds[k->kind];
	uint8_t *der = NULL;

	if (row->public_key == make_ed25519) {
		buf_put(out, SPAN(ED25519_SPKI));
		buf_put(out, k->point);
		return true;
	}
	CLEANUP(pkey_done) EVP_PKEY *key = row->public_key(row, k);
	if (key == NULL)
		return no_such_key(e, "the numbers in the key are none that "
		    "a public key can have");
	int len = i2d_PUBKEY(key, &der);
	if (len <= 0)
		return no_such_key(e, "the key cannot be written as DER");
	buf_put(out, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	return true;
}

/* Appends a number of a key, big-endian, of exactly width bytes (0: any). */
static bool
put_number(const EVP_PKEY *key, const char *name, size_t width,
    struct buf *out)
{
	CLEANUP(bn_done) BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &n) != 1)
		return false;
	size_t len = width > 0 ? width : (size_t)BN_num_bytes(n);
	buf_reserve(out, len + 1);
	if (BN_bn2binpad(n, out->ptr + out->len, (int)len) < 0)
		return false;
	out->len += len;
	return true;
}

static bool
rsa_blob(const EVP_PKEY *key, struct buf *out)
{
	CLEANUP(buf_done) struct buf e = { 0 }, n = { 0 };

	if (!put_number(key, OSSL_PKEY_PARAM_RSA_E, 0, &e) ||
	    !put_number(key, OSSL_PKEY_PARAM_RSA_N, 0, &n))
		return false;
	buf_str(out, span_text(ssh_kinds[SSH_RSA].name));
	ssh_put_mpint(out, buf_span(&e));
	ssh_put_mpint(out, buf_span(&n));
	return true;
}

static bool
ec_blob(const EVP_PKEY *key, struct buf *out)
{
	CLEANUP(buf_done) struct buf point = { 0 };
	char group[80];
	enum ssh_kind k = SSH_ECDSA_P256;

	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
	    group, sizeof(group), NULL) != 1)
		return false;
	while (k <= SSH_ECDSA_P521 && !span_is(span_text(group),
	    ssh_kinds[k].group))
		k++;
	if (k > SSH_ECDSA_P521)
		return false;
	buf_u8(&point, 4);
	if (!put_number(key, OSSL_PKEY_PARAM_EC_PUB_X, ssh_kinds[k].field,
	    &point) || !put_number(key, OSSL_PKEY_PARAM_EC_PUB_Y,
	    ssh_kinds[k].field, &point))
		return false;
	buf_str(out, span_text(ssh_kinds[k].name));
	buf_str(out, span_text(ssh_kinds[k].curve));
	buf_str(out, buf_span(&point));
	return true;
}

static bool
ed25519_blob(const EVP_PKEY *key, struct buf *out)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);

	if (EVP_PKEY_get_raw_public_key(key, raw, &len) != 1)
		return false;
	buf_str(out, span_text(ssh_kinds[SSH_ED25519].name));
	buf_str(out, (struct span){ raw, len });
	return true;
}

bool
ssh_key_from_spki(struct span spki, struct buf *blob, struct err *e)
{
	static const struct {
		int	id;
		bool	(*write)(const EVP_PKEY *, struct buf *);
	} writers[] = {
		{ EVP_PKEY_RSA, rsa_blob },
		{ EVP_PKEY_EC, ec_blob },
		{ EVP_PKEY_ED25519, ed25519_blob },
	};
	const unsigned char *p = spki.ptr;
	CLEANUP(pkey_done) EVP_PKEY *key =
	    d2i_PUBKEY(NULL, &p, (long)spki.len);

	if (key == NULL || (size_t)(p - spki.ptr) != spki.len)
		return no_such_key(e, "not the DER of a public key");
	for (size_t i = 0; i < COUNT(writers); i++)
		if (EVP_PKEY_get_base_id(key) == writers[i].id)
			return writers[i].write(key, blob) ||
			    no_such_key(e, "SSH has no form for this key");
	return err_set(e, ERR_SSH_KEY_KIND, "SSH has no type for this key");
}
