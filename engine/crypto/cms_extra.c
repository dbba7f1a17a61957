/* cms_extra - see cms_extra.h. */
#include "base/text.h"
#include "crypto/cms_extra.h"
#include "crypto/der.h"

const struct cms_extra_row cms_extra_rows[CMS_EXTRA_KINDS] = {
	[CMS_EXTRA_ATTRIBUTE]	= { "unsigned attribute" },
	[CMS_EXTRA_CERTIFICATE]	= { "certificate of no chain" },
	[CMS_EXTRA_REVOCATION]	= { "revocation data" },
};

/* Unsigned attributes that are judged wherever they are found. */
static const enum oid judged[] = {
	OID_SPC_TIMESTAMP, OID_TIMESTAMP_TOKEN, OID_COUNTER_SIGNATURE,
	OID_SPC_NESTED_SIGNATURE,
};

/* A certificate of the message; one that cannot be read leads nowhere. */
struct bystander {
	struct certificate	certificate;
	struct span		der;
	bool			readable;
	bool			needed;
};

struct bystanders {
	struct bystander	*items;
	size_t			 count;
};

static bool
add(struct cms_extras *out, struct arena *a, struct cms_extra x,
    struct err *e)
{
	struct cms_extra *more = arena_grow(a, out->items, out->count,
	    sizeof(*more));

	if (more == NULL)
		return err_budget(e, a);
	out->items = more;
	more[out->count++] = x;
	return true;
}

static bool
attribute_judged(const struct cms_attribute *attribute)
{
	for (size_t i = 0; i < COUNT(judged); i++)
		if (oid_is(attribute->type, judged[i]))
			return true;
	return false;
}

static bool
attributes_add(const struct cms_signer *s, struct arena *a,
    struct cms_extras *out, struct err *e)
{
	for (size_t i = 0; i < s->unsigned_attributes.count; i++) {
		const struct cms_attribute *attribute =
		    &s->unsigned_attributes.items[i];
		const char *dotted = oid_text(a, attribute->type);

		struct cms_extra x = { CMS_EXTRA_ATTRIBUTE, { 0 },
		    attribute->whole, attribute->whole.len };

		if (dotted != NULL)
			x.what = span_text(dotted);
		if (!attribute_judged(attribute) && !add(out, a, x, e))
			return false;
	}
	return true;
}

static bool
bystanders_read(const struct cms *m, struct arena *a, struct bystanders *out,
    struct err *e)
{
	struct err why;

	out->items = ARENA_ARRAY(a, struct bystander, m->certificate_count);
	if (out->items == NULL && m->certificate_count > 0)
		return err_budget(e, a);
	for (; out->count < m->certificate_count; out->count++) {
		struct bystander *b = &out->items[out->count];

		*b = (struct bystander){ .der = m->certificates[out->count] };
		b->readable = certificate_parse(b->der, a, &b->certificate,
		    &why);
		if (!b->readable && err_is(&why, ERR_LIMIT_MEMORY)) {
			*e = why;
			return false;
		}
	}
	return true;
}

static void
signer_needs(struct bystanders *list, const struct cms_signer *s)
{
	for (size_t i = 0; i < list->count; i++) {
		struct bystander *b = &list->items[i];

		if (b->readable && cms_signed_by(s, &b->certificate))
			b->needed = true;
	}
}

/*
 * Of a countersigner only the name is read (SignerIdentifier, RFC 5652 5.3):
 * it may use what is too weak to be read as a signature.
 */
static void
counter_needs(struct bystanders *list, const struct cms_signer *s)
{
	const struct cms_attribute *found = cms_attribute(
	    &s->unsigned_attributes, OID_COUNTER_SIGNATURE);
	struct der values = der_read(found == NULL ? (struct span){ 0 } :
	    found->values);

	while (der_ok(&values) && values.rest.len > 0) {
		struct der info = der_enter(&values, DER_SEQUENCE);
		struct cms_signer counter = { 0 };

		if (cms_identifier_read(&info, der_small(&info), &counter))
			signer_needs(list, &counter);
	}
}

/* Whoever issued what is needed is needed too. */
static bool
issuers_need(struct bystanders *list)
{
	bool more = false;

	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; list->items[i].needed &&
		    j < list->count; j++) {
			struct bystander *b = &list->items[j];

			if (b->needed || !b->readable ||
			    !span_eq(b->certificate.subject_name,
			    list->items[i].certificate.issuer_name))
				continue;
			b->needed = true;
			more = true;
		}
	return more;
}

static bool
certificates_add(const struct cms *m, struct arena *a,
    struct cms_extras *out, struct err *e)
{
	struct bystanders list = { 0 };

	if (!bystanders_read(m, a, &list, e))
		return false;
	for (size_t i = 0; i < m->signer_count; i++) {
		signer_needs(&list, &m->signers[i]);
		counter_needs(&list, &m->signers[i]);
	}
	while (issuers_need(&list))
		;
	for (size_t i = 0; i < list.count; i++) {
		const struct bystander *b = &list.items[i];

		if (!b->needed && !add(out, a, (struct cms_extra){
		    CMS_EXTRA_CERTIFICATE, b->certificate.subject, b->der,
		    b->der.len }, e))
			return false;
	}
	return true;
}

bool
cms_extras_add(const struct cms *m, struct arena *a, struct cms_extras *out,
    struct err *e)
{
	for (size_t i = 0; i < m->signer_count; i++)
		if (!attributes_add(&m->signers[i], a, out, e))
			return false;
	return certificates_add(m, a, out, e) && (m->other_certificates == 0 ||
	    add(out, a, (struct cms_extra){ CMS_EXTRA_CERTIFICATE, { 0 },
	    m->certificate_set, m->other_certificates }, e)) &&
	    (m->revocations.len == 0 || add(out, a, (struct cms_extra){
	    CMS_EXTRA_REVOCATION, { 0 }, m->revocations,
	    m->revocations.len }, e));
}
