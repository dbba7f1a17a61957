/*
 * cms - taking signed messages apart (RFC 5652 5.1):
 *
 *	SEQUENCE  signedData
 *	  [0] SEQUENCE
 *	    version, SET of digest algorithms,
 *	    SEQUENCE  content type, [0] content
 *	    [0] certificates, [1] revocation lists
 *	    SET of SignerInfo:
 *	      SEQUENCE
 *	        version, issuer and serial | [0] key id, digest algorithm,
 *	        [0] signed attributes, signature algorithm, OCTET STRING value
 *	        [1] unsigned attributes
 */
#include "base/limits.h"
#include "crypto/algorithm.h"
#include "crypto/cms.h"
#include "crypto/der.h"

#define PADDING_LEAST_USELESS	8	/* tables of PE align to 8 bytes */

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_CMS_MALFORMED, "%s is broken (RFC 5652)", what);
}

/* Attribute ::= SEQUENCE { OID, SET OF value }, the values at least one. */
static bool
attributes_read(struct der list, struct arena *a, struct cms_attributes *out,
    struct err *e)
{
	*out = (struct cms_attributes){ NULL, 0 };
	while (der_ok(&list) && list.rest.len > 0) {
		struct cms_attribute *more = arena_grow(a, out->items,
		    out->count, sizeof(*more)), one;

		if (more == NULL)
			return err_budget(e, a);
		out->items = more;
		struct der before = list;
		struct der inner = der_enter(&list, DER_SEQUENCE);
		one.whole = der_whole(&before, DER_SEQUENCE);
		one.type = der_whole(&inner, DER_OID);
		one.values = der_value(&inner, DER_SET);
		if (!der_end(&inner) || one.values.len == 0)
			return malformed(e, "an attribute");
		more[out->count++] = one;
	}
	return der_ok(&list) || malformed(e, "a list of attributes");
}

/* SignerIdentifier, RFC 5652 5.3: the version follows from the choice. */
bool
cms_identifier_read(struct der *d, uint32_t version, struct cms_signer *s)
{
	if (der_tag(d) == DER_CONTEXT(0)) {
		s->key_id = der_value(d, DER_CONTEXT(0));
		return version == 3 && s->key_id.len > 0;
	}
	struct der pair = der_enter(d, DER_SEQUENCE);
	s->issuer_name = der_whole(&pair, DER_SEQUENCE);
	s->serial = der_value(&pair, DER_INTEGER);
	return version == 1 && der_end(&pair);
}

static bool
digest_read(struct der *d, bool old, enum digest_kind *out, struct err *e)
{
	return old ? algorithm_digest_old(d, out, e) :
	    algorithm_digest(d, out, e);
}

static bool
signer_read(struct der *list, bool old, struct arena *a, struct cms_signer *s,
    struct err *e)
{
	struct der whole = *list;
	struct der d = der_enter(list, DER_SEQUENCE);
	struct span contents = d.rest;

	s->whole = der_whole(&whole, DER_SEQUENCE);
	if (!cms_identifier_read(&d, der_small(&d), s))
		return malformed(e, "the signer's identifier");
	if (!digest_read(&d, old, &s->digest_kind, e))
		return false;
	struct der signed_list = der_enter_if(&d, DER_EXPLICIT(0));
	s->signed_bytes = signed_list.rest;
	if (!attributes_read(signed_list, a, &s->signed_attributes, e) ||
	    !algorithm_signer(&d, s->digest_kind, &s->kind, e))
		return false;
	s->value = der_value(&d, DER_OCTETS);
	if (!der_ok(&d) || !span_cut(contents, 0,
	    contents.len - d.rest.len, &s->head))
		return malformed(e, "the signer's part");
	bool more = d.rest.len > 0;
	struct der unsigned_list = der_enter_if(&d, DER_EXPLICIT(1));
	if (more && unsigned_list.rest.len == 0)
		return malformed(e, "the unsigned attributes");
	if (!attributes_read(unsigned_list, a, &s->unsigned_attributes, e))
		return false;
	return der_end(&d) || malformed(e, "the signer's part");
}

static bool
signers_read(struct der *d, struct arena *a, struct cms *m, struct err *e)
{
	struct der list = der_enter(d, DER_SET);

	while (der_ok(&list) && list.rest.len > 0) {
		struct cms_signer *more = arena_grow(a, m->signers,
		    m->signer_count, sizeof(*more));

		if (more == NULL)
			return err_budget(e, a);
		if (m->signer_count >= LIMIT_SIGNERS)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d "
			    "signers in one message", LIMIT_SIGNERS);
		m->signers = more;
		more[m->signer_count] = (struct cms_signer){ 0 };
		if (!signer_read(&list, m->old, a, &more[m->signer_count++],
		    e))
			return false;
	}
	return der_end(&list) || malformed(e, "the list of signers");
}

/* Other kinds than X.509 (RFC 5652 10.2.2) are not for us: only counted. */
static bool
certificates_read(struct der *d, struct arena *a, struct cms *m, struct err *e)
{
	struct der list = der_enter_if(d, DER_EXPLICIT(0));

	m->certificate_set = list.rest;
	while (der_ok(&list) && list.rest.len > 0) {
		bool x509 = der_tag(&list) == DER_SEQUENCE;
		struct span *more = arena_grow(a, m->certificates,
		    m->certificate_count, sizeof(*more));

		if (more == NULL)
			return err_budget(e, a);
		if (m->certificate_count >= LIMIT_CERTIFICATES)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d "
			    "certificates in one message", LIMIT_CERTIFICATES);
		m->certificates = more;
		more[m->certificate_count] = der_whole(&list, DER_ANY);
		if (!x509)
			m->other_certificates +=
			    more[m->certificate_count].len;
		m->certificate_count += x509;
	}
	return der_end(&list) || malformed(e, "the set of certificates");
}

static bool
content_read(struct der *d, struct cms *m, struct err *e)
{
	struct der inner = der_enter(d, DER_SEQUENCE);

	m->content_type = der_whole(&inner, DER_OID);
	if (der_ok(&inner) && inner.rest.len > 0) {
		struct der wrapped = der_enter(&inner, DER_EXPLICIT(0));

		m->content = der_whole(&wrapped, DER_ANY);
		if (!der_end(&wrapped))
			return malformed(e, "the content");
	}
	return der_end(&inner) || malformed(e, "the content");
}

static bool
algorithms_read(struct der *d, struct cms *m, struct err *e)
{
	struct der list = der_enter(d, DER_SET);
	enum digest_kind kind;

	while (der_ok(&list) && list.rest.len > 0) {
		if (!digest_read(&list, m->old, &kind, e))
			return false;
		m->digests |= 1u << kind;
	}
	return der_end(&list) || malformed(e, "the list of digests");
}

/* RFC 5652 5.1: 1, 3, 4 or 5, by what is inside. */
static bool
version_fits(uint32_t v)
{
	return v == 1 || (v >= 3 && v <= 5);
}

static bool
signed_data_read(struct der d, struct arena *a, struct cms *m, struct err *e)
{
	struct span contents = d.rest;

	m->version = der_small(&d);
	if (!der_ok(&d) || !version_fits(m->version))
		return malformed(e, "the version");
	if (!algorithms_read(&d, m, e) || !content_read(&d, m, e) ||
	    !certificates_read(&d, a, m, e))
		return false;
	m->revocations = der_value_if(&d, DER_EXPLICIT(1));
	if (!der_ok(&d) || !span_cut(contents, 0,
	    contents.len - d.rest.len, &m->head))
		return malformed(e, "the signed message");
	if (!signers_read(&d, a, m, e))
		return false;
	return der_end(&d) || malformed(e, "the signed message");
}

static bool
only_padding(struct span rest)
{
	struct reader r = rd_open(rest);

	if (rest.len >= PADDING_LEAST_USELESS)
		return false;
	while (rd_left(&r) > 0)
		if (rd_u8(&r) != 0)
			return false;
	return true;
}

bool
cms_outline_read(struct span der, struct cms_outline *out)
{
	struct der top = der_read(der);
	struct der info = der_enter(&top, DER_SEQUENCE);
	struct span type = der_whole(&info, DER_OID);
	struct der wrapped = der_enter(&info, DER_EXPLICIT(0));
	struct der data = der_enter(&wrapped, DER_SEQUENCE);

	der_value(&data, DER_INTEGER);
	der_value(&data, DER_SET);
	struct der inner = der_enter(&data, DER_SEQUENCE);
	out->content_type = der_whole(&inner, DER_OID);
	struct der content = der_enter_if(&inner, DER_EXPLICIT(0));
	out->content = content.rest;
	der_value_if(&data, DER_EXPLICIT(0));
	der_value_if(&data, DER_EXPLICIT(1));
	out->is_signed = der_value(&data, DER_SET).len > 0;
	return oid_is(type, OID_SIGNED_DATA) && der_end(&top) &&
	    der_end(&info) && der_end(&wrapped) && der_end(&data) &&
	    der_end(&inner);
}

/* Lists of catalogs are long, and passed over in one piece. */
static bool
holds_list(struct span der)
{
	struct cms_outline m;

	return cms_outline_read(der, &m) &&
	    oid_is(m.content_type, OID_CERT_TRUST_LIST);
}

static bool
size_check(struct span der, struct err *e)
{
	if (der.len <= LIMIT_CMS_SIZE ||
	    (der.len <= LIMIT_CATALOG_SIZE && holds_list(der)))
		return true;
	return err_set(e, ERR_LIMIT_SIZE, "signature of %zu bytes, at most "
	    "%llu are taken, %llu of a catalog", der.len,
	    (unsigned long long)LIMIT_CMS_SIZE,
	    (unsigned long long)LIMIT_CATALOG_SIZE);
}

static bool
message_read(struct span der, bool padding, bool old, struct arena *a,
    struct cms *out, struct err *e)
{
	struct cms m = { .old = old };
	struct der top = der_read(der), whole = top;

	if (!size_check(der, e))
		return false;
	struct der info = der_enter(&top, DER_SEQUENCE);
	m.whole = der_whole(&whole, DER_SEQUENCE);
	struct span type = der_whole(&info, DER_OID);
	struct der wrapped = der_enter(&info, DER_EXPLICIT(0));
	struct der data = der_enter(&wrapped, DER_SEQUENCE);
	if (!der_ok(&data) || !der_end(&wrapped) || !der_end(&info) ||
	    !oid_is(type, OID_SIGNED_DATA))
		return malformed(e, "it is no signed message: its structure");
	if (padding ? !only_padding(top.rest) : !der_end(&top))
		return err_set(e, ERR_CMS_MALFORMED, "%zu bytes follow the "
		    "signed message", top.rest.len);
	if (!signed_data_read(data, a, &m, e))
		return false;
	*out = m;
	return true;
}

bool
cms_parse(struct span der, bool padding, struct arena *a, struct cms *out,
    struct err *e)
{
	return message_read(der, padding, false, a, out, e);
}

bool
cms_parse_old(struct span der, bool padding, struct arena *a, struct cms *out,
    struct err *e)
{
	return message_read(der, padding, true, a, out, e);
}

bool
cms_signer_parse(struct span der, bool old, struct arena *a,
    struct cms_signer *out, struct err *e)
{
	struct der top = der_read(der);
	struct cms_signer s = { 0 };

	if (!signer_read(&top, old, a, &s, e))
		return false;
	if (!der_end(&top))
		return malformed(e, "the signer's part");
	*out = s;
	return true;
}

const struct cms_attribute *
cms_attribute(const struct cms_attributes *list, enum oid type)
{
	for (size_t i = 0; i < list->count; i++)
		if (oid_is(list->items[i].type, type))
			return &list->items[i];
	return NULL;
}

bool
cms_value(const struct cms_attributes *list, enum oid type, struct span *value,
    struct err *e)
{
	const struct cms_attribute *found = cms_attribute(list, type);
	size_t count = 0;

	*value = (struct span){ NULL, 0 };
	if (found == NULL)
		return true;
	for (size_t i = 0; i < list->count; i++)
		count += oid_is(list->items[i].type, type);
	struct der d = der_read(found->values);
	struct span one = der_whole(&d, DER_ANY);
	if (count != 1 || !der_end(&d))
		return err_set(e, ERR_CMS_ATTRIBUTE, "attribute %s must be "
		    "there once, with one value", oid_rows[type].dotted);
	*value = one;
	return true;
}

bool
cms_content(const struct cms *m, struct span *octets, struct err *e)
{
	struct der d = der_read(m->content);

	if (m->content.len == 0)
		return err_set(e, ERR_CMS_MALFORMED,
		    "the signed message holds no content");
	*octets = der_value(&d, der_tag(&d));
	return true;
}
