/*
 * trust - whether a chain leads to somebody whom we trust: see x509.h.
 *
 * OpenSSL finds the way and judges it by RFC 5280; what it does not know
 * (purposes, which name is missing, revocation at a time) is judged here.
 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/crl.h"
#include "crypto/decoded.h"
#include "crypto/der.h"
#include "crypto/ocsp.h"
#include "crypto/oid.h"
#include "crypto/pem.h"
#include "crypto/x509.h"

#define STRENGTH	2	/* OpenSSL's level: 112 bits, no SHA-1 */
#define STRENGTH_OLD	0	/* any: strength_check judges */
#define STRENGTH_BITS	112	/* the same in bits */

static void
stack_free(STACK_OF(X509) *s)
{
	sk_X509_pop_free(s, X509_free);
}

DEFINE_CLEANUP(X509, x509_done, X509_free);
DEFINE_CLEANUP(X509_STORE_CTX, context_done, X509_STORE_CTX_free);
DEFINE_CLEANUP(STACK_OF(X509), stack_done, stack_free);

struct trust {
	X509_STORE		*store;
	struct arena		*arena;		/* of the responses */
	struct revocations	 given;
	size_t			 count;
};

struct trust *
trust_new(void)
{
	struct trust *t = xcalloc(1, sizeof(*t));

	t->store = X509_STORE_new();
	t->given.lists = sk_X509_CRL_new_null();
	t->arena = arena_new(2 * LIMIT_OCSP_RESPONSES * LIMIT_OCSP_RESPONSE);
	if (t->store == NULL || t->given.lists == NULL)
		abort();
	return t;
}

void
trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	X509_STORE_free(t->store);
	sk_X509_CRL_pop_free(t->given.lists, X509_CRL_free);
	arena_free(t->arena);
	free(t);
}

size_t
trust_count(const struct trust *t)
{
	return t->count;
}

static bool
anchor_add(struct trust *t, struct span der, struct err *e)
{
	CLEANUP(x509_done) X509 *x = decoded_certificate(der);

	if (x == NULL || X509_STORE_add_cert(t->store, x) != 1)
		return err_set(e, ERR_CERTIFICATE_MALFORMED,
		    "its structure is broken");
	t->count++;
	return true;
}

bool
trust_add(struct trust *t, struct span in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(16 * MIB);
	struct span *list;
	size_t count;

	if (!certificates_parse(in, a, &list, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!anchor_add(t, list[i], e))
			return err_at(e, "certificate %zu", i + 1);
	return true;
}

static bool
list_add(struct trust *t, struct span der, struct err *e)
{
	X509_CRL *crl;

	if (sk_X509_CRL_num(t->given.lists) >= LIMIT_REVOCATION_LISTS)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d revocation "
		    "lists", LIMIT_REVOCATION_LISTS);
	if (!crl_parse(der, &crl, e))
		return false;
	if (sk_X509_CRL_push(t->given.lists, crl) == 0)
		abort();
	return true;
}

bool
trust_add_crl(struct trust *t, struct span in, struct err *e)
{
	struct der whole = der_read(in);
	size_t count = 0;

	if (in.len > LIMIT_REVOCATION_LIST)
		return err_set(e, ERR_LIMIT_SIZE, "a revocation list of %zu "
		    "bytes, at most %llu are taken", in.len,
		    (unsigned long long)LIMIT_REVOCATION_LIST);
	if (der_tag(&whole) == DER_SEQUENCE)
		return list_add(t, in, e);
	for (bool found = true; found; count += found) {
		CLEANUP(buf_done) struct buf der = { 0 };

		if (!pem_next(&in, "X509 CRL", &der, &found, e) ||
		    (found && !list_add(t, buf_span(&der), e)))
			return false;
	}
	if (count == 0)
		return err_set(e, ERR_CRL_MALFORMED,
		    "there is no revocation list in it");
	return true;
}

bool
trust_add_ocsp(struct trust *t, struct span der, struct err *e)
{
	struct revocations *g = &t->given;
	struct ocsp *more = arena_grow(t->arena, g->responses,
	    g->response_count, sizeof(*more));
	struct span kept;

	if (g->response_count == LIMIT_OCSP_RESPONSES)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d OCSP "
		    "responses", LIMIT_OCSP_RESPONSES);
	if (more == NULL || !arena_copy(t->arena, der, &kept))
		return err_budget(e, t->arena);
	g->responses = more;
	if (!ocsp_parse(kept, t->arena, &more[g->response_count], e))
		return false;
	g->response_count++;
	return true;
}

#define SIGNS	(KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_NON_REPUDIATION)

/* What each purpose asks of the certificate that signs. */
static const struct {
	const char	*name;
	bool		 named;		/* extendedKeyUsage must name it */
	enum oid	 oid;
	bool		 critical;	/* extendedKeyUsage */
	bool		 alone;		/* no other use, extended or not */
	unsigned	 usage;		/* one of these bits, if any */
} purposes[] = {
	[PURPOSE_ANY] = { "any use", false, 0, false, false, SIGNS },
	[PURPOSE_CODE_SIGNING] = { "code signing", true,
	    OID_EKU_CODE_SIGNING, false, false, KEY_USAGE_DIGITAL_SIGNATURE },
	[PURPOSE_TIME_STAMPING] = { "time stamping", true,
	    OID_EKU_TIME_STAMPING, true, true, SIGNS },
	[PURPOSE_TIME_STAMPED] = { "time stamping", true,
	    OID_EKU_TIME_STAMPING, false, true, SIGNS },
};

static bool
usage_check(const struct certificate *c, enum purpose p, struct err *e)
{
	struct shown who = text_show(c->subject);

	if (c->has_key_usage && (c->key_usage & purposes[p].usage) == 0)
		return err_set(e, ERR_CERTIFICATE_USAGE, "certificate \"%s\" "
		    "has a keyUsage without digitalSignature", who.text);
	if (purposes[p].alone && (c->key_usage & ~purposes[p].usage) != 0)
		return err_set(e, ERR_CERTIFICATE_USAGE, "certificate \"%s\" "
		    "has a keyUsage for more than signatures", who.text);
	return true;
}

bool
certificate_purpose_check(const struct certificate *c, enum purpose p,
    struct err *e)
{
	struct shown who = text_show(c->subject);
	struct public_key key;

	if (!public_key_parse(c->spki, &key, e))
		return err_at(e, "certificate \"%s\"", who.text);
	if (!usage_check(c, p, e))
		return false;
	if (!purposes[p].named)
		return true;
	if (!certificate_allows(c, oid_der(purposes[p].oid)))
		return err_set(e, ERR_CERTIFICATE_PURPOSE, "certificate \"%s\" "
		    "is not for %s: its extendedKeyUsage %s", who.text,
		    purposes[p].name, c->has_extended ? "names other uses" :
		    "is missing");
	if (purposes[p].alone && c->extended_count != 1)
		return err_set(e, ERR_CERTIFICATE_PURPOSE, "certificate \"%s\" "
		    "must have %s as its only extendedKeyUsage", who.text,
		    purposes[p].name);
	if (purposes[p].critical && !c->extended_critical)
		return err_set(e, ERR_CERTIFICATE_PURPOSE, "certificate \"%s\" "
		    "must have a critical extendedKeyUsage (RFC 3161 2.3)",
		    who.text);
	return true;
}

/* What X509_verify_cert found, in our codes; others are INVALID. */
static const struct {
	int		found;
	enum err_code	code;
} faults[] = {
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ERR_CERTIFICATE_NO_PATH },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	    ERR_CERTIFICATE_NO_PATH },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	    ERR_CERTIFICATE_NO_PATH },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERR_CERTIFICATE_UNTRUSTED },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERR_CERTIFICATE_UNTRUSTED },
	{ X509_V_ERR_CERT_HAS_EXPIRED, ERR_CERTIFICATE_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, ERR_CERTIFICATE_NOT_YET },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, ERR_CERTIFICATE_WEAK },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, ERR_CERTIFICATE_WEAK },
	{ X509_V_ERR_CA_MD_TOO_WEAK, ERR_CERTIFICATE_WEAK },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, ERR_SIGNATURE_BAD },
};

static enum err_code
fault_code(int found)
{
	for (size_t i = 0; i < COUNT(faults); i++)
		if (faults[i].found == found)
			return faults[i].code;
	return ERR_CERTIFICATE_INVALID;
}

static bool
x509_der(X509 *x, struct arena *a, struct span *out, struct err *e)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	if (len <= 0)
		abort();
	bool copied = arena_copy(a, (struct span){ der, (size_t)len }, out);
	OPENSSL_free(der);
	return copied || err_budget(e, a);
}

/* The certificate that OpenSSL stopped at, in our own terms. */
static bool
fault_at(X509_STORE_CTX *ctx, const struct certificate *leaf, struct arena *a,
    struct certificate *out)
{
	X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	struct span der;
	struct err e;

	*out = *leaf;
	return x != NULL && x509_der(x, a, &der, &e) &&
	    certificate_parse(der, a, out, &e);
}

static bool
fault_say(X509_STORE_CTX *ctx, const struct certificate *leaf, int64_t at,
    struct arena *a, struct err *e)
{
	int found = X509_STORE_CTX_get_error(ctx);
	char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE], when[TEXT_TIME_SIZE];
	struct certificate c;

	/* Where it cannot be told, the leaf stands for the chain. */
	if (!fault_at(ctx, leaf, a, &c))
		c = *leaf;
	struct shown who = text_show(c.subject), issuer = text_show(c.issuer);
	enum err_code code = fault_code(found);
	text_time(c.not_before, from);
	text_time(c.not_after, to);
	text_time(at, when);
	if (code == ERR_CERTIFICATE_NO_PATH)
		return err_set(e, code, "the certificate of \"%s\" is missing: "
		    "it issued \"%s\"", issuer.text, who.text);
	if (code == ERR_CERTIFICATE_EXPIRED || code == ERR_CERTIFICATE_NOT_YET)
		return err_set(e, code, "certificate \"%s\" is valid from %s "
		    "to %s, not at %s", who.text, from, to, when);
	return err_set(e, code, "certificate \"%s\": %s", who.text,
	    X509_verify_cert_error_string(found));
}

/*
 * Between leaf and anchor: a CA by basicConstraints, and if it limits what it
 * issues for, then to this purpose too (or to any: 2.5.29.37.0).
 */
static bool
issuer_check(const struct certificate *c, enum purpose p, struct err *e)
{
	static const uint8_t any[] = { 0x06, 0x04, 0x55, 0x1d, 0x25, 0x00 };
	struct shown who = text_show(c->subject);

	if (!c->ca)
		return err_set(e, ERR_CERTIFICATE_INVALID, "certificate \"%s\" "
		    "is no certificate authority", who.text);
	if (purposes[p].named && c->has_extended &&
	    !certificate_allows(c, oid_der(purposes[p].oid)) &&
	    !certificate_allows(c, SPAN(any)))
		return err_set(e, ERR_CERTIFICATE_PURPOSE, "authority \"%s\" "
		    "may not issue for %s", who.text, purposes[p].name);
	return true;
}

/*
 * What OpenSSL's level would have said, but for SHA-1: its certificates are
 * from a time when it could not be forged.
 */
static bool
strength_check(X509 *x, const struct certificate *c, bool anchor, bool *weak,
    struct err *e)
{
	struct shown who = text_show(c->subject);
	struct public_key key;
	int digest = NID_undef, bits = 0;

	if (!public_key_parse(c->spki, &key, e))
		return err_set(e, ERR_CERTIFICATE_WEAK, "certificate \"%s\": "
		    "its key is too short, or of a kind unknown", who.text);
	if (anchor)
		return true;
	if (X509_get_signature_info(x, &digest, NULL, &bits, NULL) == 1 &&
	    bits >= STRENGTH_BITS)
		return true;
	*weak = true;
	return digest == NID_sha1 || err_set(e, ERR_CERTIFICATE_WEAK,
	    "certificate \"%s\" was signed over MD5 or worse", who.text);
}

static bool
link_check(STACK_OF(X509) *found, int i, const struct chain_terms *t,
    struct arena *a, struct chain *chain, struct err *e)
{
	X509 *x = sk_X509_value(found, i);
	bool anchor = i + 1 == sk_X509_num(found);
	const struct revocations *given = &t->trust->given;
	struct revocation_terms terms = { t->at, t->now != 0 ? t->now : t->at,
	    t->old, t->later };
	struct certificate c;

	if (!x509_der(x, a, &chain->certificates[i], e) ||
	    !certificate_parse(chain->certificates[i], a, &c, e) ||
	    !strength_check(x, &c, anchor, &chain->weak, e))
		return false;
	if (anchor)
		return true;
	return (i == 0 || issuer_check(&c, t->purpose, e)) &&
	    ((sk_X509_CRL_num(given->lists) == 0 &&
	    given->response_count == 0) || revocation_check(given, x,
	    sk_X509_value(found, i + 1), &terms, a, e));
}

static bool
links_check(STACK_OF(X509) *found, const struct chain_terms *t,
    struct arena *a, struct chain *out, struct err *e)
{
	int n = sk_X509_num(found);
	struct chain chain = { ARENA_ARRAY(a, struct span, (size_t)n),
	    (size_t)n, false };

	if (chain.certificates == NULL)
		return err_budget(e, a);
	for (int i = 0; i < n; i++)
		if (!link_check(found, i, t, a, &chain, e))
			return false;
	if (out != NULL)
		*out = chain;
	return true;
}

static STACK_OF(X509) *
bystanders(const struct span *untrusted, size_t count)
{
	STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 0; stack != NULL && i < count; i++) {
		X509 *x = decoded_certificate(untrusted[i]);

		if (x != NULL && sk_X509_push(stack, x) == 0)
			X509_free(x);
	}
	return stack;
}

/*
 * An anchor is a name and a key (RFC 5280 6.1.1); roots of the last century do
 * not say that they are authorities. One that says it is none is none.
 */
static int
anchor_taken(int good, X509_STORE_CTX *ctx)
{
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *x = X509_STORE_CTX_get_current_cert(ctx);

	if (good != 0)
		return good;
	if (X509_STORE_CTX_get_error(ctx) != X509_V_ERR_INVALID_CA ||
	    depth + 1 != sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) ||
	    (X509_get_extension_flags(x) & EXFLAG_SI) == 0 ||
	    X509_get_ext_by_NID(x, NID_basic_constraints, -1) >= 0)
		return 0;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static X509_STORE_CTX *
context_of(const struct chain_terms *t, X509 *leaf, STACK_OF(X509) *others)
{
	CLEANUP(context_done) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, t->trust->store, leaf, others) != 1)
		return NULL;
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)(t->at / 1000));
	X509_VERIFY_PARAM_set_auth_level(p, t->old ? STRENGTH_OLD :
	    STRENGTH);
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
	if (t->old)
		X509_STORE_CTX_set_verify_cb(ctx, anchor_taken);
	return TAKE(ctx);
}

bool
chain_check(const struct certificate *leaf, const struct span *untrusted,
    size_t count, const struct chain_terms *t, struct arena *a,
    struct chain *out, struct err *e)
{
	CLEANUP(x509_done) X509 *x = decoded_certificate(leaf->der);
	CLEANUP(stack_done) STACK_OF(X509) *others =
	    bystanders(untrusted, count);

	if (!certificate_purpose_check(leaf, t->purpose, e))
		return false;
	if (x == NULL)
		return err_set(e, ERR_CERTIFICATE_MALFORMED,
		    "its structure is broken");
	CLEANUP(context_done) X509_STORE_CTX *ctx = context_of(t, x, others);
	if (ctx == NULL)
		abort();
	bool good = X509_verify_cert(ctx) == 1;
	ERR_clear_error();
	if (!good)
		return fault_say(ctx, leaf, t->at, a, e);
	return links_check(X509_STORE_CTX_get0_chain(ctx), t, a, out, e);
}
