/* ends - see ends.h; OpenPGP keys: openpgp_ends.c. */
#include <openssl/x509.h>
#include <time.h>

#include "base/limits.h"
#include "base/own.h"
#include "crypto/cms.h"
#include "crypto/crl.h"
#include "crypto/der.h"
#include "crypto/ends.h"
#include "crypto/path.h"
#include "crypto/pem.h"
#include "crypto/x509.h"

DEFINE_CLEANUP(X509_CRL, crl_done, X509_CRL_free);

bool
ends_add(struct ends *list, struct arena *a, struct span name, int64_t at,
    struct err *e)
{
	struct end *grown = arena_grow(a, list->items, list->count,
	    sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, a);
	grown[list->count++] = (struct end){ name, at };
	list->items = grown;
	return true;
}

/* ---- certificates ---- */

static bool
add_all(const struct span *der, size_t count, struct arena *a,
    struct ends *list, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct certificate x;

		if (!certificate_parse(der[i], a, &x, e))
			return err_at(e, "certificate %zu", i + 1);
		if (!ends_add(list, a, x.subject, x.not_after, e))
			return false;
	}
	return true;
}

bool
ends_of_certificates(struct span bytes, struct arena *a, struct ends *out,
    struct err *e)
{
	struct ends list = { .count = 0 };
	struct span *all;
	size_t count;

	if (!certificates_parse(bytes, a, &all, &count, e) ||
	    !add_all(all, count, a, &list, e))
		return false;
	*out = list;
	return true;
}

/* ---- tokens ---- */

struct gathered {
	struct certificate	*items;
	size_t			 count;
};

static bool
gathered_read(const struct cms *m, struct arena *a, struct gathered *out,
    struct err *e)
{
	struct certificate *all = ARENA_ARRAY(a, struct certificate,
	    m->certificate_count);

	if (all == NULL)
		return err_budget(e, a);
	out->items = all;
	for (size_t i = 0; i < m->certificate_count; i++)
		if (certificate_parse(m->certificates[i], a, &all[out->count],
		    e))
			out->count++;
		else if (err_is(e, ERR_LIMIT_MEMORY))
			return false;
	return true;
}

static const struct certificate *
signer_among(const struct cms_signer *s, const struct gathered *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (cms_signed_by(s, &all->items[i]))
			return &all->items[i];
	return NULL;
}

static const struct certificate *
issuer_among(const struct certificate *c, const struct gathered *all)
{
	for (size_t i = 0; !c->self_issued && i < all->count; i++)
		if (span_eq(all->items[i].subject_name, c->issuer_name) &&
		    path_signed_by(c, &all->items[i]))
			return &all->items[i];
	return NULL;
}

/*
 * No signature covers which certificates come along: whoever carried the token
 * may have put in others. Those that led to its signer say something.
 */
static bool
add_way(const struct cms *m, struct arena *a, struct ends *list,
    struct err *e)
{
	struct gathered all = { .count = 0 };
	const struct cms_signer *s;
	const struct certificate *c;

	if (!cms_only_signer(m, &s, e) || !gathered_read(m, a, &all, e))
		return false;
	c = signer_among(s, &all);
	for (size_t i = 0; c != NULL && i < all.count; i++) {
		if (!ends_add(list, a, c->subject, c->not_after, e))
			return false;
		c = issuer_among(c, &all);
	}
	return list->count > 0 || err_set(e, ERR_CMS_SIGNER_MISSING,
	    "the certificate of its signer did not come along");
}

bool
ends_of_token(struct span bytes, struct arena *a, struct ends *out,
    struct err *e)
{
	struct ends list = { .count = 0 };
	struct cms cms;

	if (!cms_parse_old(bytes, false, a, &cms, e) ||
	    !add_way(&cms, a, &list, e))
		return false;
	*out = list;
	return true;
}

/* ---- revocation lists ---- */

/* A list need not say when the next one comes. */
static int64_t
next_update(const X509_CRL *crl)
{
	const ASN1_TIME *t = X509_CRL_get0_nextUpdate(crl);
	struct tm tm;

	return t == NULL || ASN1_TIME_to_tm(t, &tm) != 1 ? END_NEVER :
	    (int64_t)timegm(&tm) * 1000;
}

static bool
issuer_of(const X509_CRL *crl, struct arena *a, struct span *out,
    struct err *e)
{
	const unsigned char *der;
	size_t len;

	return (X509_NAME_get0_der(X509_CRL_get_issuer(crl), &der, &len) == 1
	    || err_set(e, ERR_CRL_MALFORMED, "its issuer has no name")) &&
	    certificate_name((struct span){ der, len }, a, out, e);
}

static bool
list_add(struct ends *list, struct span der, struct arena *a, struct err *e)
{
	CLEANUP(crl_done) X509_CRL *crl = NULL;
	struct span issuer;

	return crl_parse(der, &crl, e) && issuer_of(crl, a, &issuer, e) &&
	    ends_add(list, a, issuer, next_update(crl), e);
}

bool
ends_of_lists(struct span bytes, struct arena *a, struct ends *out,
    struct err *e)
{
	struct der whole = der_read(bytes);
	struct ends list = { .count = 0 };
	bool found = der_tag(&whole) != DER_SEQUENCE;

	if (!found && !list_add(&list, bytes, a, e))
		return false;
	while (found) {
		CLEANUP(buf_done) struct buf der = { 0 };

		if (!pem_next(&bytes, "X509 CRL", &der, &found, e) ||
		    (found && !list_add(&list, buf_span(&der), a, e)))
			return false;
	}
	if (list.count == 0)
		return err_set(e, ERR_CRL_MALFORMED,
		    "there is no revocation list in it");
	*out = list;
	return true;
}
