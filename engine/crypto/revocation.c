/* revocation - see revocation.h. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/own.h"
#include "base/text.h"
#include "crypto/crl.h"
#include "crypto/decoded.h"
#include "crypto/ocsp.h"

DEFINE_CLEANUP(X509, x509_done, X509_free);

/* Since when: INT64_MIN is from the beginning. */
static int64_t
revoked_since(const struct revoked *r)
{
	static const long lost[] = { CRL_REASON_KEY_COMPROMISE,
	    CRL_REASON_CA_COMPROMISE, CRL_REASON_AA_COMPROMISE };

	for (size_t i = 0; i < COUNT(lost); i++)
		if (r->reason == lost[i] && !r->dated)
			return INT64_MIN;
	return r->dated && r->invalid < r->date ? r->invalid : r->date;
}

bool
revoked_check(const struct revoked *r, const struct certificate *c,
    const struct revocation_terms *t, struct err *e)
{
	struct shown who = text_show(c->subject);
	int64_t from = revoked_since(r);
	char since[TEXT_TIME_SIZE];

	if (from > t->at)
		return true;
	if (from == INT64_MIN)
		return err_set(e, ERR_CERTIFICATE_REVOKED, "certificate "
		    "\"%s\" was revoked by its issuer: its key may have been "
		    "in wrong hands at any time", who.text);
	text_time(from, since);
	return err_set(e, ERR_CERTIFICATE_REVOKED, "certificate \"%s\" was "
	    "revoked by its issuer, as of %s", who.text, since);
}

/* A certificate of a chain, its issuer, and by what they are judged. */
struct question {
	const struct revocations	*given;
	const struct revocation_terms	*terms;
	struct arena			*arena;
	X509				*issuer;
	struct certificate		 by;
};

static bool
der_of(X509 *x, struct arena *a, struct certificate *out, struct err *e)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	struct span kept;

	if (len <= 0)
		abort();
	bool ok = arena_copy(a, (struct span){ der, (size_t)len }, &kept);
	OPENSSL_free(der);
	return ok ? certificate_parse(kept, a, out, e) : err_budget(e, a);
}

/*
 * A delegate whose issuer promises never to revoke it (RFC 6960 4.2.2.2.1)
 * needs nobody's word. Any other one a list must clear; what a list revokes is
 * revoked, promise or not.
 */
static enum cover
delegate_cover(const struct question *q, const struct certificate *delegate)
{
	CLEANUP(x509_done) X509 *x = decoded_certificate(delegate->der);
	struct revocation_terms t = *q->terms;
	struct err e;

	if (x == NULL)
		return COVER_STRANGER;
	t.at = t.now;
	enum cover known = crl_cover(q->given->lists, x, q->issuer, delegate,
	    &q->by, &t, &e);
	if (known == COVER_REVOKED)
		return COVER_STRANGER;
	return known == COVER_CURRENT || delegate->no_check ? COVER_CURRENT :
	    COVER_DELEGATE;
}

static enum cover
response_cover(const struct question *q, const struct ocsp *r,
    const struct certificate *c, struct err *e)
{
	struct certificate delegate;
	enum cover says = ocsp_cover(r, c, &q->by, q->terms, q->arena,
	    &delegate, e);

	if (delegate.der.len == 0)
		return says;
	enum cover may = delegate_cover(q, &delegate);
	/* A revocation is taken from one of whom nothing is known, too. */
	if (says == COVER_REVOKED && may != COVER_STRANGER)
		return says;
	return may < says ? may : says;
}

static enum cover
responses_cover(const struct question *q, const struct certificate *c,
    struct err *e)
{
	enum cover best = COVER_NONE;

	for (size_t i = 0; i < q->given->response_count; i++) {
		enum cover this = response_cover(q, &q->given->responses[i],
		    c, e);

		if (this == COVER_REVOKED)
			return this;
		if (this > best)
			best = this;
	}
	return best;
}

/* What is told of a certificate that no response clears. */
static const struct {
	enum err_code	 code;
	const char	*what;
} lacks[COVER_CURRENT] = {
	[COVER_STRANGER] = { ERR_OCSP_SIGNER, "is neither by its issuer nor "
	    "by somebody whom that one lets answer" },
	[COVER_DELEGATE] = { ERR_OCSP_SIGNER, "is by a delegate of its issuer "
	    "who may be revoked: no revocation list clears him" },
	[COVER_UNKNOWN] = { ERR_OCSP_UNKNOWN, "says that it is not known" },
	[COVER_STALE] = { ERR_OCSP_STALE, "does not count now" },
};

static bool
lacking(const struct revocations *given, const struct certificate *c,
    enum cover list, enum cover response, struct err *e)
{
	struct shown who = text_show(c->subject);

	if (lacks[response].what != NULL)
		return err_set(e, lacks[response].code, "the OCSP response "
		    "for certificate \"%s\" %s", who.text,
		    lacks[response].what);
	if (list == COVER_STALE)
		return err_set(e, ERR_CRL_STALE, "the revocation list for "
		    "certificate \"%s\" does not count now", who.text);
	if (sk_X509_CRL_num(given->lists) == 0)
		return err_set(e, ERR_OCSP_MISSING, "no OCSP response is "
		    "about certificate \"%s\"", who.text);
	return err_set(e, ERR_CRL_MISSING, "no revocation list%s covers "
	    "certificate \"%s\"", given->response_count > 0 ?
	    " and no OCSP response" : "", who.text);
}

bool
revocation_check(const struct revocations *given, X509 *x, X509 *issuer,
    const struct revocation_terms *t, struct arena *a, struct err *e)
{
	struct question q = { given, t, a, issuer, { .ca = false } };
	struct certificate c;

	if (!der_of(x, a, &c, e) || !der_of(issuer, a, &q.by, e))
		return false;
	enum cover list = crl_cover(given->lists, x, issuer, &c, &q.by, t, e);
	if (list == COVER_REVOKED)
		return false;
	enum cover response = responses_cover(&q, &c, e);
	if (response == COVER_REVOKED)
		return false;
	return list == COVER_CURRENT || response == COVER_CURRENT ||
	    lacking(given, &c, list, response, e);
}
