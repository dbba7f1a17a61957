/*
 * ocsp - see ocsp.h. A response (RFC 6960 4.2.1):
 *
 *	SEQUENCE
 *	  ENUMERATED		0: there is an answer
 *	  [0] SEQUENCE		id-pkix-ocsp-basic, OCTET STRING with
 *	    SEQUENCE
 *	      SEQUENCE		what is signed
 *	        [1] Name or [2] OCTET STRING (SHA-1 of a key): the responder
 *	        producedAt
 *	        SEQUENCE OF	certID, status, thisUpdate, [0] nextUpdate,
 *	        		[1] extensions
 *	        [1] extensions
 *	      algorithm
 *	      BIT STRING	signature
 *	      [0] SEQUENCE OF	certificates
 */
#include "base/limits.h"
#include "crypto/algorithm.h"
#include "crypto/cms.h"
#include "crypto/der.h"
#include "crypto/ocsp.h"
#include "crypto/oid.h"

#define TIME_LENGTH	15	/* YYYYMMDDHHMMSSZ: RFC 5280 4.1.2.5.2 */

static bool
malformed(struct err *e)
{
	return err_set(e, ERR_OCSP_MALFORMED,
	    "the OCSP response is broken (RFC 6960 4.2.1)");
}

static bool
unsupported(struct err *e, const char *what)
{
	return err_set(e, ERR_OCSP_UNSUPPORTED, "the OCSP response %s", what);
}

static int64_t
time_read(struct der *d)
{
	struct der look = *d;

	if (der_value(&look, DER_TIME).len != TIME_LENGTH)
		d->bad = true;
	return der_time(d);
}

/* ---- one certificate */

static bool
id_read(struct der *d, struct ocsp_single *s, struct err *e)
{
	struct der id = der_enter(d, DER_SEQUENCE);
	bool known = algorithm_digest_old(&id, &s->hash, e);

	s->name_hash = der_value(&id, DER_OCTETS);
	s->key_hash = der_value(&id, DER_OCTETS);
	s->serial = der_value(&id, DER_INTEGER);
	if (!der_end(&id))
		return malformed(e);
	return (known && (s->hash == DIGEST_SHA1 ||
	    s->hash == DIGEST_SHA256)) || unsupported(e, "names certificates "
	    "by a hash that is neither SHA-1 nor SHA-256");
}

static void
revoked_read(struct der *d, struct ocsp_single *s)
{
	struct der inner = der_enter(d, DER_EXPLICIT(1));

	s->revoked.date = time_read(&inner);
	if (der_tag(&inner) == DER_EXPLICIT(0)) {
		struct der reason = der_enter(&inner, DER_EXPLICIT(0));
		struct reader r = rd_open(der_value(&reason, DER_ENUMERATED));

		s->revoked.reason = rd_u8(&r);
		if (!der_end(&reason) || !rd_end(&r))
			inner.bad = true;
	}
	if (!der_end(&inner))
		d->bad = true;
}

static bool
status_read(struct der *d, struct ocsp_single *s)
{
	switch (der_tag(d)) {
	case DER_CONTEXT(0):
		s->status = COVER_CURRENT;
		return der_value(d, DER_CONTEXT(0)).len == 0;
	case DER_EXPLICIT(1):
		s->status = COVER_REVOKED;
		revoked_read(d, s);
		return der_ok(d);
	case DER_CONTEXT(2):
		s->status = COVER_UNKNOWN;
		return der_value(d, DER_CONTEXT(2)).len == 0;
	default:
		return false;
	}
}

/* s is NULL for those of the whole response. */
static bool
extension_read(struct der *list, struct ocsp_single *s, struct err *e)
{
	struct der one = der_enter(list, DER_SEQUENCE);
	struct span oid = der_whole(&one, DER_OID);
	bool critical = der_flag(&one);
	struct der value = der_read(der_value(&one, DER_OCTETS));

	if (!der_end(&one))
		return malformed(e);
	if (s == NULL || !oid_is(oid, OID_INVALIDITY_DATE))
		return !critical || unsupported(e,
		    "has a critical extension that is not known here");
	if (s->revoked.dated)
		return malformed(e);
	s->revoked.dated = true;
	s->revoked.invalid = time_read(&value);
	return der_end(&value) || malformed(e);
}

static bool
extensions_read(struct der *d, struct ocsp_single *s, struct err *e)
{
	if (der_tag(d) != DER_EXPLICIT(1))
		return true;
	struct der wrapped = der_enter(d, DER_EXPLICIT(1));
	struct der list = der_enter(&wrapped, DER_SEQUENCE);

	do {
		if (!extension_read(&list, s, e))
			return false;
	} while (list.rest.len > 0);
	return der_end(&wrapped) || malformed(e);
}

static bool
single_read(struct der *list, struct ocsp_single *s, struct err *e)
{
	struct der d = der_enter(list, DER_SEQUENCE);

	if (!id_read(&d, s, e))
		return false;
	if (!status_read(&d, s))
		return malformed(e);
	s->from = time_read(&d);
	s->to = INT64_MIN;
	if (der_tag(&d) == DER_EXPLICIT(0)) {
		struct der to = der_enter(&d, DER_EXPLICIT(0));

		s->to = time_read(&to);
		if (!der_end(&to))
			return malformed(e);
	}
	return extensions_read(&d, s, e) && (der_end(&d) || malformed(e));
}

/* ---- the whole */

static bool
singles_read(struct der *d, struct arena *a, struct ocsp *r, struct err *e)
{
	struct der list = der_enter(d, DER_SEQUENCE);

	while (der_ok(&list) && list.rest.len > 0) {
		struct ocsp_single *more = arena_grow(a, r->items, r->count,
		    sizeof(*more));

		if (more == NULL)
			return err_budget(e, a);
		r->items = more;
		more[r->count] = (struct ocsp_single){ 0 };
		if (!single_read(&list, &more[r->count], e))
			return false;
		r->count++;
	}
	return der_end(&list) || malformed(e);
}

/* A version is there only if it is not ours (DEFAULT v1): then d goes bad. */
static bool
body_read(struct span body, struct arena *a, struct ocsp *r, struct err *e)
{
	struct der top = der_read(body);
	struct der d = der_enter(&top, DER_SEQUENCE);

	r->by_key = der_tag(&d) == DER_EXPLICIT(2);
	struct der who = der_enter(&d, r->by_key ? DER_EXPLICIT(2) :
	    DER_EXPLICIT(1));
	r->responder = r->by_key ? der_value(&who, DER_OCTETS) :
	    der_whole(&who, DER_SEQUENCE);
	r->produced = time_read(&d);
	if (!der_end(&who) || !der_ok(&d))
		return malformed(e);
	return singles_read(&d, a, r, e) && extensions_read(&d, NULL, e) &&
	    (der_end(&d) || malformed(e));
}

/* What is signed, algorithm, signature: as certificates have it too. */
static bool
signed_read(struct der *d, struct ocsp_signed *out, struct err *e)
{
	struct err why;

	out->bytes = der_whole(d, DER_SEQUENCE);
	bool known = algorithm_signature(d, &out->kind, &why);
	struct span bits = der_value(d, DER_BIT_STRING);
	struct reader r = rd_open(bits);
	if (!der_ok(d) || rd_u8(&r) != 0 || !rd_ok(&r))
		return malformed(e);
	out->value = span_from(bits, 1);
	return known || unsupported(e, "is signed by an algorithm that is "
	    "not known here, or rests on SHA-1");
}

static bool
certificates_read(struct der *d, struct arena *a, struct ocsp *r,
    struct err *e)
{
	if (der_tag(d) == 0)
		return der_end(d) || malformed(e);
	struct der wrapped = der_enter(d, DER_EXPLICIT(0));
	struct der list = der_enter(&wrapped, DER_SEQUENCE);
	while (der_ok(&list) && list.rest.len > 0) {
		struct span *more = arena_grow(a, r->certificates,
		    r->certificate_count, sizeof(*more));

		if (more == NULL)
			return err_budget(e, a);
		if (r->certificate_count == LIMIT_CERTIFICATES)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d "
			    "certificates in an OCSP response",
			    LIMIT_CERTIFICATES);
		r->certificates = more;
		more[r->certificate_count++] = der_whole(&list, DER_SEQUENCE);
	}
	return (der_end(&list) && der_end(&wrapped) && der_end(d)) ||
	    malformed(e);
}

static bool
basic_read(struct span basic, struct arena *a, struct ocsp *r, struct err *e)
{
	struct der top = der_read(basic);
	struct der d = der_enter(&top, DER_SEQUENCE);

	if (!der_end(&top))
		return malformed(e);
	return signed_read(&d, &r->body, e) && certificates_read(&d, a, r,
	    e) && body_read(r->body.bytes, a, r, e);
}

/* RFC 6960 4.2.1. */
static bool
status_refuse(unsigned status, struct err *e)
{
	static const char *const names[] = {
		[1] = "malformedRequest", [2] = "internalError",
		[3] = "tryLater", [5] = "sigRequired", [6] = "unauthorized",
	};

	if (status >= COUNT(names) || names[status] == NULL)
		return malformed(e);
	return err_set(e, ERR_OCSP_REFUSED, "the OCSP responder does not "
	    "answer: %s", names[status]);
}

bool
ocsp_parse(struct span der, struct arena *a, struct ocsp *out, struct err *e)
{
	struct ocsp response = { .certificates = NULL };
	struct der top = der_read(der);
	struct der d = der_enter(&top, DER_SEQUENCE);
	struct reader r = rd_open(der_value(&d, DER_ENUMERATED));
	unsigned status = rd_u8(&r);

	if (der.len > LIMIT_OCSP_RESPONSE)
		return err_set(e, ERR_LIMIT_SIZE, "an OCSP response of %zu "
		    "bytes, at most %llu are taken", der.len,
		    (unsigned long long)LIMIT_OCSP_RESPONSE);
	if (!der_end(&top) || !der_ok(&d) || !rd_end(&r))
		return malformed(e);
	if (status != 0)
		return der_end(&d) ? status_refuse(status, e) : malformed(e);
	struct der wrapped = der_enter(&d, DER_EXPLICIT(0));
	struct der bytes = der_enter(&wrapped, DER_SEQUENCE);
	struct span type = der_whole(&bytes, DER_OID);
	struct span basic = der_value(&bytes, DER_OCTETS);
	if (!der_end(&bytes) || !der_end(&wrapped) || !der_end(&d))
		return malformed(e);
	if (!oid_is(type, OID_OCSP_BASIC))
		return unsupported(e, "is of a type that is not known here");
	if (!basic_read(basic, a, &response, e))
		return false;
	*out = response;
	return true;
}

/* ---- whose it is */

/* The bits of subjectPublicKey: what key hashes are of (RFC 6960 4.1.1). */
static struct span
key_bits(const struct certificate *c)
{
	struct der top = der_read(c->spki);
	struct der d = der_enter(&top, DER_SEQUENCE);

	der_value(&d, DER_SEQUENCE);
	return span_from(der_value(&d, DER_BIT_STRING), 1);
}

static bool
hash_is(enum digest_kind kind, struct span bytes, struct span hash)
{
	struct digest d = digest_of(kind, bytes);

	return span_eq(digest_span(&d), hash);
}

static bool
is_about(const struct ocsp_single *s, const struct certificate *c,
    const struct certificate *by)
{
	return span_eq(s->serial, c->serial) &&
	    hash_is(s->hash, c->issuer_name, s->name_hash) &&
	    hash_is(s->hash, key_bits(by), s->key_hash);
}

static bool
signature_good(const struct ocsp_signed *s, struct span spki,
    struct arena *a)
{
	const struct signature_row *row = &signature_rows[s->kind];
	const struct cms_signer stored = { .kind = s->kind,
	    .value = s->value };
	struct to_be_signed t = { .kind = s->kind, .message = s->bytes };
	struct span value;
	struct err e;

	if (!row->whole_message)
		t.digest = digest_of(row->digest, s->bytes);
	return cms_raw_value(&stored, spki, a, &value, &e) &&
	    signature_check(spki, &t, value, &e);
}

/* RFC 5280 4.2.1.3: what is neither certificate nor list. */
static bool
signed_by(const struct ocsp *r, const struct certificate *c, struct arena *a)
{
	bool named = r->by_key ?
	    hash_is(DIGEST_SHA1, key_bits(c), r->responder) :
	    span_eq(c->subject_name, r->responder);

	return named && (!c->has_key_usage ||
	    (c->key_usage & KEY_USAGE_DIGITAL_SIGNATURE) != 0) &&
	    signature_good(&r->body, c->spki, a);
}

/* RFC 6960 4.2.2.2: for this purpose, and by the issuer itself. */
static bool
is_delegate(const struct ocsp *r, const struct certificate *c,
    const struct certificate *by, struct arena *a)
{
	struct der top = der_read(c->der);
	struct der d = der_enter(&top, DER_SEQUENCE);
	struct ocsp_signed s;
	struct err e;

	return span_eq(c->issuer_name, by->subject_name) && !c->strange &&
	    certificate_allows(c, oid_der(OID_EKU_OCSP_SIGNING)) &&
	    c->not_before <= r->produced && r->produced <= c->not_after &&
	    signed_read(&d, &s, &e) && signature_good(&s, by->spki, a);
}

/* delegate->der is empty if it was the issuer. */
static bool
signer_find(const struct ocsp *r, const struct certificate *by,
    struct arena *a, struct certificate *delegate)
{
	struct certificate c;
	struct err e;

	*delegate = (struct certificate){ .ca = false };
	if (signed_by(r, by, a))
		return true;
	for (size_t i = 0; i < r->certificate_count; i++)
		if (certificate_parse(r->certificates[i], a, &c, &e) &&
		    signed_by(r, &c, a) && is_delegate(r, &c, by, a)) {
			*delegate = c;
			return true;
		}
	return false;
}

/* ---- what it says */

static bool
is_current(const struct ocsp *r, const struct ocsp_single *s,
    const struct certificate *delegate, int64_t now)
{
	return r->produced <= now && s->from <= now && now <= s->to &&
	    (delegate->der.len == 0 || (delegate->not_before <= now &&
	    now <= delegate->not_after));
}

enum cover
ocsp_cover(const struct ocsp *r, const struct certificate *c,
    const struct certificate *by, const struct revocation_terms *t,
    struct arena *a, struct certificate *delegate, struct err *e)
{
	enum cover best = COVER_NONE;
	bool ours = false;

	*delegate = (struct certificate){ .ca = false };
	for (size_t i = 0; i < r->count; i++) {
		const struct ocsp_single *s = &r->items[i];
		enum cover this = s->status;

		if (!is_about(s, c, by))
			continue;
		if (!ours && !signer_find(r, by, a, delegate))
			return COVER_STRANGER;
		ours = true;
		if (this == COVER_REVOKED &&
		    !revoked_check(&s->revoked, c, t, e))
			return COVER_REVOKED;
		if (this != COVER_UNKNOWN)
			this = is_current(r, s, delegate, t->now) ?
			    COVER_CURRENT : COVER_STALE;
		if (this > best)
			best = this;
	}
	return best;
}

/* ---- asking */

void
certificate_ocsp_request(const struct certificate *c,
    const struct certificate *by, struct buf *out)
{
	struct digest name = digest_of(DIGEST_SHA1, c->issuer_name);
	struct digest key = digest_of(DIGEST_SHA1, key_bits(by));
	size_t whole = der_open(out, DER_SEQUENCE);
	size_t body = der_open(out, DER_SEQUENCE);
	size_t list = der_open(out, DER_SEQUENCE);
	size_t one = der_open(out, DER_SEQUENCE);
	size_t id = der_open(out, DER_SEQUENCE);

	algorithm_put_digest(out, DIGEST_SHA1, true);
	der_put(out, DER_OCTETS, digest_span(&name));
	der_put(out, DER_OCTETS, digest_span(&key));
	der_put(out, DER_INTEGER, c->serial);
	der_close(out, id);
	der_close(out, one);
	der_close(out, list);
	der_close(out, body);
	der_close(out, whole);
}
