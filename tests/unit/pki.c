/* pki - see pki.h. */
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/x509.h"
#include "pki.h"
#include "softkey.h"
#include "test.h"

EVP_PKEY *
pki_key(const char *algorithm)
{
	EVP_PKEY *key = NULL;

	if (strncmp(algorithm, "rsa:", 4) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
		    (size_t)atoi(algorithm + 4));
	else if (strncmp(algorithm, "ec:", 3) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", algorithm + 3);
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_non_null(key);
	return key;
}

struct buf
pki_spki(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	struct buf out = { 0 };

	assert_true(len > 0);
	buf_put(&out, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	return out;
}

static void
extension_add(X509 *x, int nid, const char *value)
{
	if (value == NULL)
		return;
	X509_EXTENSION *one = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(one);
	assert_int_equal(X509_add_ext(x, one, -1), 1);
	X509_EXTENSION_free(one);
}

static void
dates_set(X509 *x, const struct pki_terms *t)
{
	int64_t from = t->from != 0 ? t->from : PKI_NOW - 180 * PKI_DAY;
	int64_t to = t->to != 0 ? t->to : PKI_NOW + 180 * PKI_DAY;

	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x),
	    (time_t)(from / 1000)));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x),
	    (time_t)(to / 1000)));
}

static void
names_set(X509 *x, const struct pki_terms *t)
{
	static long serial = 1000;
	X509_NAME *name = X509_get_subject_name(x);

	assert_int_equal(X509_set_version(x, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x),
	    ++serial), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
	    (const unsigned char *)"Acme", -1, -1, 0), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)t->subject, -1, -1, 0), 1);
	assert_int_equal(X509_set_issuer_name(x, t->issuer == NULL ? name :
	    X509_get_subject_name(t->issuer->x509)), 1);
}

void
pki_make(const struct pki_terms *t, struct pki *out)
{
	X509 *x = X509_new();
	EVP_PKEY *key = pki_key(t->algorithm != NULL ? t->algorithm :
	    "ec:P-256");
	EVP_PKEY *issuer = t->issuer == NULL ? key : t->issuer->key;
	const EVP_MD *md = EVP_PKEY_is_a(issuer, "ED25519") ? NULL :
	    EVP_get_digestbyname(t->hash != NULL ? t->hash : "sha256");
	unsigned char *der = NULL;

	names_set(x, t);
	dates_set(x, t);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	extension_add(x, NID_basic_constraints, t->ca ? "critical,CA:TRUE" :
	    "critical,CA:FALSE");
	extension_add(x, NID_key_usage, t->usage);
	extension_add(x, NID_ext_key_usage, t->extended);
	extension_add(x, NID_info_access, t->access);
	extension_add(x, NID_crl_distribution_points, t->points);
	extension_add(x, NID_id_pkix_OCSP_noCheck, t->no_check);
	extension_add(x, NID_inhibit_any_policy, t->inhibit);
	assert_true(X509_sign(x, issuer, md) > 0);
	int len = i2d_X509(x, &der);
	assert_true(len > 0);
	*out = (struct pki){ .key = key, .x509 = x, .kind = t->algorithm ==
	    NULL ? SIGNATURE_ECDSA_SHA256 : t->kind };
	buf_put(&out->der, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	out->spki = pki_spki(key);
}

void
pki_done(struct pki *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->x509);
	buf_done(&p->der);
	buf_done(&p->spki);
}

void
pki_world_make(struct pki_world *w)
{
	struct pki_terms root = { .subject = "Test Root", .ca = true,
	    .usage = "critical,keyCertSign,cRLSign" };
	struct pki_terms code = { .subject = "Test Code", .issuer = &w->root,
	    .usage = "critical,digitalSignature", .extended = "codeSigning" };
	struct pki_terms authority = { .subject = "Test Authority",
	    .issuer = &w->root, .usage = "critical,digitalSignature",
	    .extended = "critical,timeStamping" };

	pki_make(&root, &w->root);
	pki_make(&code, &w->code);
	pki_make(&authority, &w->authority);
}

void
pki_world_done(struct pki_world *w)
{
	pki_done(&w->root);
	pki_done(&w->code);
	pki_done(&w->authority);
}

struct buf
pki_sign(EVP_PKEY *key, const struct to_be_signed *t)
{
	struct buf out = { 0 };

	assert_int_equal(EVP_PKEY_up_ref(key), 1);
	CLEANUP(soft_key_done) struct soft_key *k = soft_key_adopt(key);
	soft_key_sign(k, t, &out);
	return out;
}

struct signing_identity
pki_identity(const struct pki *p, const struct span *chain, size_t count)
{
	return (struct signing_identity){
		.certificate = buf_span(&p->der),
		.chain = chain,
		.chain_count = count,
		.kind = p->kind,
	};
}

struct trust *
pki_trust(const struct pki *root)
{
	struct trust *t = trust_new();
	struct err e;

	assert_ok(trust_add(t, buf_span(&root->der), &e), &e);
	return t;
}
