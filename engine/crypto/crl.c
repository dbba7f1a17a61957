/* crl - see crl.h; how a sceptic judges: revocation.h. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/own.h"
#include "crypto/crl.h"
#include "crypto/x509.h"

#define STRENGTH_BITS	112

DEFINE_CLEANUP(X509_CRL, crl_done, X509_CRL_free);
DEFINE_CLEANUP(ISSUING_DIST_POINT, scope_done, ISSUING_DIST_POINT_free);
DEFINE_CLEANUP(AUTHORITY_KEYID, key_id_done, AUTHORITY_KEYID_free);
DEFINE_CLEANUP(CRL_DIST_POINTS, points_done, CRL_DIST_POINTS_free);
DEFINE_CLEANUP(ASN1_GENERALIZEDTIME, time_done, ASN1_GENERALIZEDTIME_free);

static bool
unsupported(struct err *e, const char *what)
{
	return err_set(e, ERR_CRL_UNSUPPORTED, "the revocation list %s", what);
}

/* ---- what is understood */

static bool
extension_known(const X509_EXTENSION *x, const int *known, size_t count)
{
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(
	    (X509_EXTENSION *)(uintptr_t)x));

	for (size_t i = 0; i < count; i++)
		if (nid == known[i])
			return true;
	return X509_EXTENSION_get_critical(x) == 0;
}

static bool
extensions_known(const X509_CRL *crl)
{
	static const int known[] = { NID_authority_key_identifier,
	    NID_crl_number, NID_issuing_distribution_point };

	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++)
		if (!extension_known(X509_CRL_get_ext(crl, i), known,
		    COUNT(known)))
			return false;
	return true;
}

static bool
entry_known(const X509_REVOKED *entry)
{
	static const int known[] = { NID_crl_reason, NID_invalidity_date };

	for (int i = 0; i < X509_REVOKED_get_ext_count(entry); i++)
		if (!extension_known(X509_REVOKED_get_ext(entry, i), known,
		    COUNT(known)))
			return false;
	return true;
}

/*
 * scope_of gives the issuingDistributionPoint, or NULL for a list of all that
 * its issuer issued; false: there is one that is broken.
 */
static bool
scope_of(const X509_CRL *crl, ISSUING_DIST_POINT **out)
{
	int critical;

	*out = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point,
	    &critical, NULL);
	return *out != NULL || critical == -1;
}

static bool
scope_known(const X509_CRL *crl, struct err *e)
{
	CLEANUP(scope_done) ISSUING_DIST_POINT *scope = NULL;

	if (!scope_of(crl, &scope))
		return err_set(e, ERR_CRL_MALFORMED,
		    "issuingDistributionPoint is broken (RFC 5280 5.2.5)");
	if (scope == NULL)
		return true;
	if (scope->indirectCRL > 0)
		return unsupported(e, "is indirect: it speaks for other "
		    "issuers too (RFC 5280 5.2.5)");
	if (scope->onlysomereasons != NULL)
		return unsupported(e, "is of some reasons only (RFC 5280 "
		    "5.2.5)");
	return true;
}

static bool
entries_known(X509_CRL *crl, struct err *e)
{
	STACK_OF(X509_REVOKED) *all = X509_CRL_get_REVOKED(crl);

	for (int i = 0; i < sk_X509_REVOKED_num(all); i++)
		if (!entry_known(sk_X509_REVOKED_value(all, i)))
			return unsupported(e, "has an entry with a critical "
			    "extension that is not known here");
	return true;
}

static bool
supported(X509_CRL *crl, struct err *e)
{
	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return unsupported(e, "is a delta: it tells only what changed "
		    "(RFC 5280 5.2.4)");
	if (!scope_known(crl, e))
		return false;
	if (!extensions_known(crl))
		return unsupported(e, "has a critical extension that is not "
		    "known here");
	return entries_known(crl, e);
}

bool
crl_parse(struct span der, X509_CRL **out, struct err *e)
{
	const unsigned char *at = der.ptr;
	CLEANUP(crl_done) X509_CRL *crl = d2i_X509_CRL(NULL, &at,
	    (long)der.len);

	ERR_clear_error();
	if (crl == NULL || at != der.ptr + der.len)
		return err_set(e, ERR_CRL_MALFORMED,
		    "the revocation list is broken (RFC 5280 5.1)");
	bool good = supported(crl, e);
	ERR_clear_error();
	if (good)
		*out = TAKE(crl);
	return good;
}

/* ---- which list covers a certificate */

/* A name of one stands among the names of the other (RFC 5280 6.3.3 b2i). */
static bool
names_meet(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (int k = 0; k < sk_GENERAL_NAME_num(b); k++)
			if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i),
			    sk_GENERAL_NAME_value(b, k)) == 0)
				return true;
	return false;
}

/* Full names only: a name relative to the issuer is nobody's practice. */
static bool
point_named(X509 *x, const DIST_POINT_NAME *name)
{
	CLEANUP(points_done) CRL_DIST_POINTS *points = X509_get_ext_d2i(x,
	    NID_crl_distribution_points, NULL, NULL);

	for (int i = 0; name->type == 0 &&
	    i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(points, i);

		if (p->distpoint != NULL && p->distpoint->type == 0 &&
		    names_meet(p->distpoint->name.fullname,
		    name->name.fullname))
			return true;
	}
	return false;
}

static bool
in_scope(const X509_CRL *crl, X509 *x, const struct certificate *c)
{
	CLEANUP(scope_done) ISSUING_DIST_POINT *scope = NULL;

	if (!scope_of(crl, &scope))
		return false;
	if (scope == NULL)
		return true;
	return scope->onlyattr <= 0 && (scope->onlyuser <= 0 || !c->ca) &&
	    (scope->onlyCA <= 0 || c->ca) && (scope->distpoint == NULL ||
	    point_named(x, scope->distpoint));
}

/* An issuer with several keys names the one that it signed the list with. */
static bool
key_named(const X509_CRL *crl, X509 *issuer)
{
	CLEANUP(key_id_done) AUTHORITY_KEYID *id = X509_CRL_get_ext_d2i(crl,
	    NID_authority_key_identifier, NULL, NULL);
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(issuer);

	return id == NULL || id->keyid == NULL || own == NULL ||
	    ASN1_OCTET_STRING_cmp(id->keyid, own) == 0;
}

static bool
covers(X509_CRL *crl, X509 *x, X509 *issuer, const struct certificate *c,
    const struct certificate *by)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl),
	    X509_get_issuer_name(x)) == 0 && key_named(crl, issuer) &&
	    (!by->has_key_usage || (by->key_usage & KEY_USAGE_CRL_SIGN) != 0)
	    && in_scope(crl, x, c) &&
	    X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
}

/* ---- what a list says */

/* Milliseconds since 1970; false: no time. */
static bool
time_of(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = (int64_t)timegm(&tm) * 1000;
	return true;
}

static bool
is_strong(const X509_CRL *crl, const struct revocation_terms *t)
{
	int digest = NID_undef, key = NID_undef;

	if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest,
	    &key) != 1)
		return false;
	const EVP_MD *md = digest == NID_undef ? NULL :
	    EVP_get_digestbynid(digest);
	if (digest == NID_sha1)
		return t->old;
	/* Without a digest: EdDSA, or RSA-PSS, whose hash we do not read. */
	return md == NULL ? key == NID_ED25519 :
	    EVP_MD_get_size(md) * 4 >= STRENGTH_BITS;
}

static bool
is_current(const X509_CRL *crl, const struct revocation_terms *t)
{
	int64_t from, to;

	return time_of(X509_CRL_get0_lastUpdate(crl), &from) &&
	    time_of(X509_CRL_get0_nextUpdate(crl), &to) &&
	    (from <= t->now || t->later) && t->now <= to && is_strong(crl, t);
}

static long
reason_of(const X509_REVOKED *entry)
{
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry,
	    NID_crl_reason, NULL, NULL);
	long code = reason == NULL ? CRL_REASON_UNSPECIFIED :
	    ASN1_ENUMERATED_get(reason);

	ASN1_ENUMERATED_free(reason);
	return code;
}

static struct revoked
revoked_of(const X509_REVOKED *entry)
{
	CLEANUP(time_done) ASN1_GENERALIZEDTIME *invalid =
	    X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, NULL, NULL);
	struct revoked r = { .reason = reason_of(entry) };

	if (!time_of(X509_REVOKED_get0_revocationDate(entry), &r.date))
		r.date = INT64_MIN;
	r.dated = time_of(invalid, &r.invalid);
	return r;
}

bool
crl_says(X509_CRL *crl, X509 *x, const struct certificate *c,
    const struct revocation_terms *t, struct err *e)
{
	X509_REVOKED *entry = NULL;

	if (X509_CRL_get0_by_cert(crl, &entry, x) == 0)
		return true;
	struct revoked r = revoked_of(entry);
	return revoked_check(&r, c, t, e);
}

enum cover
crl_cover(STACK_OF(X509_CRL) *lists, X509 *x, X509 *issuer,
    const struct certificate *c, const struct certificate *by,
    const struct revocation_terms *t, struct err *e)
{
	enum cover best = COVER_NONE;

	for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
		X509_CRL *crl = sk_X509_CRL_value(lists, i);

		if (!covers(crl, x, issuer, c, by))
			continue;
		if (!crl_says(crl, x, c, t, e))
			return COVER_REVOKED;
		if (best < COVER_STALE)
			best = COVER_STALE;
		if (is_current(crl, t))
			best = COVER_CURRENT;
	}
	ERR_clear_error();
	return best;
}
