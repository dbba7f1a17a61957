/* responder - see responder.h. */
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "responder.h"
#include "test.h"

#define AGO(days)	(PKI_NOW - (days) * PKI_DAY)

static ASN1_TIME *
time_new(int64_t ms)
{
	ASN1_TIME *t = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(ms / 1000));

	assert_non_null(t);
	return t;
}

X509_EXTENSION *
strange_new(void)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *x;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2);
	x = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	assert_non_null(x);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
	return x;
}

static void
extensions_add(OCSP_BASICRESP *b, OCSP_SINGLERESP *s, const struct response *r)
{
	X509_EXTENSION *strange = strange_new();

	if (r->strange == 1)
		assert_int_equal(OCSP_BASICRESP_add_ext(b, strange, -1), 1);
	if (r->strange == 2)
		assert_int_equal(OCSP_SINGLERESP_add_ext(s, strange, -1), 1);
	if (r->invalid != 0) {
		ASN1_TIME *t = time_new(r->invalid);

		assert_int_equal(OCSP_SINGLERESP_add1_ext_i2d(s,
		    NID_invalidity_date, t, 0, 0), 1);
		ASN1_TIME_free(t);
	}
	X509_EXTENSION_free(strange);
}

static void
single_add(OCSP_BASICRESP *b, const struct response *r)
{
	ASN1_TIME *from = time_new(r->from != 0 ? r->from : AGO(1));
	ASN1_TIME *to = time_new(r->to != 0 ? r->to : AGO(-1));
	ASN1_TIME *date = time_new(r->date);
	OCSP_CERTID *id = OCSP_cert_to_id(r->sha256 ? EVP_sha256() :
	    EVP_sha1(), r->about->x509, r->issuer->x509);
	OCSP_SINGLERESP *s = OCSP_basic_add1_status(b, id, r->status,
	    r->reason, date, from, r->endless ? NULL : to);

	assert_non_null(s);
	extensions_add(b, s, r);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_TIME_free(date);
}

static struct buf
response_der(OCSP_BASICRESP *b)
{
	OCSP_RESPONSE *whole = OCSP_response_create(0, b);
	unsigned char *der = NULL;
	int len = i2d_OCSP_RESPONSE(whole, &der);
	struct buf out = { 0 };

	assert_true(len > 0);
	buf_put(&out, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	OCSP_RESPONSE_free(whole);
	return out;
}

struct buf
response_make(const struct response *r, size_t count)
{
	const struct pki *by = r->by;
	OCSP_BASICRESP *b = OCSP_BASICRESP_new();
	unsigned long flags = OCSP_NOTIME | (r->by_key ? OCSP_RESPID_KEY :
	    0) | (r->bare || by == r->issuer ? OCSP_NOCERTS : 0);
	int64_t from = r->from != 0 ? r->from : AGO(1);
	struct buf out;

	for (size_t i = 0; i < count; i++)
		single_add(b, &r[i]);
	ASN1_GENERALIZEDTIME_set((ASN1_GENERALIZEDTIME *)(uintptr_t)
	    OCSP_resp_get0_produced_at(b), (time_t)((r->produced != 0 ?
	    r->produced : from) / 1000));
	assert_int_equal(OCSP_basic_sign(b, by->x509, by->key,
	    EVP_PKEY_is_a(by->key, "ED25519") ? NULL : r->hash != NULL ?
	    r->hash : EVP_sha256(), NULL, flags), 1);
	out = response_der(b);
	OCSP_BASICRESP_free(b);
	return out;
}

struct buf
crl_make(const struct pki *by, const struct pki *revoked, const char *scope)
{
	ASN1_TIME *from = time_new(AGO(1)), *to = time_new(AGO(-1));
	X509_CRL *crl = X509_CRL_new();
	unsigned char *der = NULL;
	struct buf out = { 0 };
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x509));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	if (revoked != NULL) {
		X509_REVOKED *entry = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(entry,
		    X509_get_serialNumber(revoked->x509));
		X509_REVOKED_set_revocationDate(entry, from);
		assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
	}
	if (scope != NULL) {
		X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, &ctx,
		    NID_issuing_distribution_point, scope);

		assert_int_equal(X509_CRL_add_ext(crl, x, -1), 1);
		X509_EXTENSION_free(x);
	}
	assert_true(X509_CRL_sign(crl, by->key, EVP_sha256()) > 0);
	int len = i2d_X509_CRL(crl, &der);
	buf_put(&out, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return out;
}
