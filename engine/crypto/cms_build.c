/*
 * cms_build - making signed messages in two phases, and adding to those that
 * are there without touching a signed byte.
 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/algorithm.h"
#include "crypto/cms.h"
#include "crypto/der.h"

#define OWN_ATTRIBUTES	8	/* of the dialect's and ours together */

/* How the dialects differ. */
static const struct {
	unsigned	version;	/* RFC 5652 5.1: 3 unless id-data */
	bool		null;		/* digest algorithms with NULL */
	bool		names_signer;	/* signing-certificate-v2 (RFC 5035) */
	enum oid	timestamp;	/* unsigned attribute for the token */
} dialects[CMS_DIALECTS] = {
	[CMS_DIALECT_DETACHED] = { 1, false, true, OID_TIMESTAMP_TOKEN },
	[CMS_DIALECT_AUTHENTICODE] = { 1, true, false, OID_SPC_TIMESTAMP },
	[CMS_DIALECT_TIMESTAMP] = { 3, true, true, OID_TIMESTAMP_TOKEN },
};

struct cms_draft {
	enum cms_dialect	dialect;
	enum signature_kind	kind;
	struct to_be_signed	to_be_signed;
	struct span		content_type;
	struct span		content;
	struct span		attributes;	/* DER, tag SET */
	struct certificate	signer;
	struct span		*certificates;	/* what goes into the set */
	size_t			certificate_count;
};

struct attribute_list {
	struct span	items[OWN_ATTRIBUTES];
	size_t		count;
};

static bool
keep(struct arena *a, const struct buf *b, struct span *out, struct err *e)
{
	return arena_copy(a, buf_span(b), out) || err_budget(e, a);
}

bool
cms_attribute_make(struct span type, const struct span *values, size_t count,
    struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span *sorted = ARENA_ARRAY(a, struct span, count);

	if (sorted == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		sorted[i] = values[i];
	size_t at = der_open(&b, DER_SEQUENCE);
	buf_put(&b, type);
	der_put_set(&b, DER_SET, sorted, count);
	der_close(&b, at);
	return keep(a, &b, out, e);
}

static bool
list_add(struct attribute_list *l, enum oid type, const struct buf *value,
    struct arena *a, struct err *e)
{
	struct span v = buf_span(value);

	return cms_attribute_make(oid_der(type), &v, 1, a,
	    &l->items[l->count++], e);
}

static bool
add_type(struct attribute_list *l, struct span type, struct arena *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_put(&b, type);
	return list_add(l, OID_CONTENT_TYPE, &b, a, e);
}

static bool
add_digest(struct attribute_list *l, const struct digest *d, struct arena *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	der_put(&b, DER_OCTETS, digest_span(d));
	return list_add(l, OID_MESSAGE_DIGEST, &b, a, e);
}

static bool
add_time(struct attribute_list *l, int64_t ms, struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	der_put_time(&b, ms);
	return list_add(l, OID_SIGNING_TIME, &b, a, e);
}

/* RFC 5035 3: SHA-256 is the default and so not written. */
static bool
add_signer(struct attribute_list *l, const struct certificate *c,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t whole = der_open(&b, DER_SEQUENCE);
	size_t ids = der_open(&b, DER_SEQUENCE);
	size_t id = der_open(&b, DER_SEQUENCE);

	der_put(&b, DER_OCTETS, digest_span(&c->thumbprint));
	size_t pair = der_open(&b, DER_SEQUENCE);
	size_t names = der_open(&b, DER_SEQUENCE);
	der_put(&b, DER_EXPLICIT(4), c->issuer_name);
	der_close(&b, names);
	der_put(&b, DER_INTEGER, c->serial);
	der_close(&b, pair);
	der_close(&b, id);
	der_close(&b, ids);
	der_close(&b, whole);
	return list_add(l, OID_SIGNING_CERTIFICATE_V2, &b, a, e);
}

static bool
attributes_make(const struct cms_terms *t, const struct certificate *signer,
    struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct attribute_list l = { .count = 0 };

	if (!add_type(&l, t->content_type, a, e) ||
	    !add_digest(&l, &t->digest, a, e) ||
	    (t->signing_time && !add_time(&l, t->time, a, e)) ||
	    (dialects[t->dialect].names_signer &&
	    !add_signer(&l, signer, a, e)))
		return false;
	for (size_t i = 0; i < t->attribute_count; i++)
		l.items[l.count++] = t->attributes[i];
	der_put_set(&b, DER_SET, l.items, l.count);
	return keep(a, &b, out, e);
}

static bool
among(struct span one, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(one, list[i]))
			return true;
	return false;
}

/*
 * The signer's own and the others but for a self-signed root, which whoever
 * verifies must have anyhow; each once.
 */
static bool
certificates_choose(const struct signing_identity *who, struct arena *a,
    struct cms_draft *d, struct err *e)
{
	struct span *list = ARENA_ARRAY(a, struct span, who->chain_count + 1);
	size_t count = 0;

	if (list == NULL)
		return err_budget(e, a);
	list[count++] = d->signer.der;
	for (size_t i = 0; i < who->chain_count; i++) {
		struct certificate c;

		if (!certificate_parse(who->chain[i], a, &c, e))
			return err_at(e, "chain, certificate %zu", i + 1);
		if (!c.self_issued && !among(c.der, list, count))
			list[count++] = c.der;
	}
	d->certificates = list;
	d->certificate_count = count;
	return true;
}

static bool
terms_fit(const struct cms_terms *t, const struct signing_identity *who,
    struct err *e)
{
	const struct signature_row *row = &signature_rows[who->kind];

	if (t->digest.kind == row->digest)
		return true;
	return err_set(e, ERR_SIGNATURE_UNFIT, "%s cannot sign content hashed "
	    "with %s: it goes with %s", row->name,
	    digest_rows[t->digest.kind].name, digest_rows[row->digest].name);
}

/* What the key gets: a digest of the attributes, or for Ed25519 (RFC 8419
 * 3.1) the attributes themselves. */
static bool
to_be_signed_make(struct cms_draft *d, struct err *e)
{
	const struct signature_row *row = &signature_rows[d->kind];

	d->to_be_signed.kind = d->kind;
	if (!row->whole_message) {
		d->to_be_signed.digest = digest_of(row->digest, d->attributes);
		return true;
	}
	if (d->attributes.len > LIMIT_SIGNED_MESSAGE)
		return err_set(e, ERR_LIMIT_SIZE, "attributes of %zu bytes are "
		    "too long for %s, which signs them in one piece",
		    d->attributes.len, row->name);
	d->to_be_signed.message = d->attributes;
	return true;
}

bool
cms_plan(const struct cms_terms *t, const struct signing_identity *who,
    struct arena *a, struct cms_draft **draft, struct to_be_signed *out,
    struct err *e)
{
	struct cms_draft *d = ARENA_NEW(a, struct cms_draft);

	if (d == NULL)
		return err_budget(e, a);
	if (!terms_fit(t, who, e))
		return false;
	d->dialect = t->dialect;
	d->kind = who->kind;
	d->content_type = t->content_type;
	d->content = t->content;
	if (!certificate_parse(who->certificate, a, &d->signer, e))
		return err_at(e, "the signer's certificate");
	if (t->certificates && !certificates_choose(who, a, d, e))
		return false;
	if (!attributes_make(t, &d->signer, a, &d->attributes, e) ||
	    !to_be_signed_make(d, e))
		return false;
	*draft = d;
	*out = d->to_be_signed;
	return true;
}

static bool
put_value(struct buf *b, enum signature_kind kind, struct span value)
{
	CLEANUP(buf_done) struct buf der = { 0 };

	if (signature_rows[kind].key == KEY_EC) {
		if (!signature_ecdsa_to_der(value, &der))
			return false;
		value = buf_span(&der);
	}
	der_put(b, DER_OCTETS, value);
	return true;
}

/* RFC 5652 5.3: in the message the attributes carry the tag [0]. */
static bool
put_signer(struct buf *b, const struct cms_draft *d, struct span value,
    struct span unsigned_attribute)
{
	struct der attributes = der_read(d->attributes);
	size_t whole = der_open(b, DER_SEQUENCE);

	der_put_small(b, 1);
	size_t name = der_open(b, DER_SEQUENCE);
	buf_put(b, d->signer.issuer_name);
	der_put(b, DER_INTEGER, d->signer.serial);
	der_close(b, name);
	algorithm_put_digest(b, signature_rows[d->kind].digest,
	    dialects[d->dialect].null);
	der_put(b, DER_EXPLICIT(0), der_value(&attributes, DER_SET));
	algorithm_put_signer(b, d->kind);
	if (!put_value(b, d->kind, value))
		return false;
	if (unsigned_attribute.len > 0)
		der_put(b, DER_EXPLICIT(1), unsigned_attribute);
	der_close(b, whole);
	return true;
}

static void
put_content(struct buf *b, struct span type, struct span content)
{
	size_t at = der_open(b, DER_SEQUENCE);

	buf_put(b, type);
	if (content.len > 0)
		der_put(b, DER_EXPLICIT(0), content);
	der_close(b, at);
}

/* ContentInfo around what put_inside has yet to write: see info_close. */
struct info_open {
	size_t	info;
	size_t	wrapped;
	size_t	data;
};

static struct info_open
info_open(struct buf *b)
{
	struct info_open o = { .info = der_open(b, DER_SEQUENCE) };

	buf_put(b, oid_der(OID_SIGNED_DATA));
	o.wrapped = der_open(b, DER_EXPLICIT(0));
	o.data = der_open(b, DER_SEQUENCE);
	return o;
}

static void
info_close(struct buf *b, struct info_open o)
{
	der_close(b, o.data);
	der_close(b, o.wrapped);
	der_close(b, o.info);
}

static bool
put_message(struct buf *b, const struct cms_draft *d, struct span value,
    struct span unsigned_attribute)
{
	struct info_open o = info_open(b);

	der_put_small(b, dialects[d->dialect].version);
	size_t digests = der_open(b, DER_SET);
	algorithm_put_digest(b, signature_rows[d->kind].digest,
	    dialects[d->dialect].null);
	der_close(b, digests);
	put_content(b, d->content_type, d->content);
	if (d->certificate_count > 0)
		der_put_set(b, DER_EXPLICIT(0), d->certificates,
		    d->certificate_count);
	size_t signers = der_open(b, DER_SET);
	if (!put_signer(b, d, value, unsigned_attribute))
		return false;
	der_close(b, signers);
	info_close(b, o);
	return true;
}

void
cms_put_unsigned(struct buf *b, struct span content_type, struct span content)
{
	const struct span none = { NULL, 0 };
	struct info_open o = info_open(b);

	der_put_small(b, dialects[CMS_DIALECT_AUTHENTICODE].version);
	der_put(b, DER_SET, none);
	put_content(b, content_type, content);
	der_put(b, DER_SET, none);
	info_close(b, o);
}

bool
cms_finish(const struct cms_draft *d, struct span value, struct span token,
    struct arena *a, struct span *der, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span attribute = { NULL, 0 };

	if (!signature_check(d->signer.spki, &d->to_be_signed, value, e))
		return err_at(e, "the key's answer does not fit the "
		    "certificate \"%s\"", text_show(d->signer.subject).text);
	if (token.len > 0 && !cms_attribute_make(
	    oid_der(dialects[d->dialect].timestamp), &token, 1, a,
	    &attribute, e))
		return false;
	if (!put_message(&b, d, value, attribute))
		return err_set(e, ERR_SIGNATURE_BAD,
		    "the signature value has an odd length");
	return keep(a, &b, der, e);
}

static bool
dropped(struct span type, const enum oid *drop, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (oid_is(type, drop[i]))
			return true;
	return false;
}

/* Writes the message anew from its parts, with other unsigned attributes. */
static bool
unsigned_edit(const struct cms *m, const enum oid *drop, size_t drop_count,
    struct span add, struct arena *a, struct span *der, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct cms_signer *s;

	if (!cms_only_signer(m, &s, e))
		return false;
	const struct cms_attributes *old = &s->unsigned_attributes;
	struct span *list = ARENA_ARRAY(a, struct span, old->count + 1);
	size_t count = 0;
	if (list == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < old->count; i++)
		if (!dropped(old->items[i].type, drop, drop_count))
			list[count++] = old->items[i].whole;
	list[count++] = add;
	struct info_open o = info_open(&b);
	buf_put(&b, m->head);
	size_t signers = der_open(&b, DER_SET);
	size_t signer = der_open(&b, DER_SEQUENCE);
	buf_put(&b, s->head);
	der_put_set(&b, DER_EXPLICIT(1), list, count);
	der_close(&b, signer);
	der_close(&b, signers);
	info_close(&b, o);
	return keep(a, &b, der, e);
}

bool
cms_set_unsigned(const struct cms *m, enum oid type, const struct span *values,
    size_t count, struct arena *a, struct span *der, struct err *e)
{
	struct span attribute;

	return cms_attribute_make(oid_der(type), values, count, a, &attribute,
	    e) && unsigned_edit(m, &type, 1, attribute, a, der, e);
}

bool
cms_set_timestamp(const struct cms *m, enum cms_dialect dialect,
    struct span token, struct arena *a, struct span *der, struct err *e)
{
	static const enum oid kinds[] = {
		OID_COUNTER_SIGNATURE, OID_TIMESTAMP_TOKEN, OID_SPC_TIMESTAMP,
	};
	struct span attribute;

	return cms_attribute_make(oid_der(dialects[dialect].timestamp), &token,
	    1, a, &attribute, e) && unsigned_edit(m, kinds, COUNT(kinds),
	    attribute, a, der, e);
}
