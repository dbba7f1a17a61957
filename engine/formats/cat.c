/*
 * cat - Windows catalogs (Authenticode).
 *
 * The file is one PKCS#7 message whose content is the list of files. Unsigned
 * it has no digest, no certificate and no signer; signed it has the same list,
 * byte by byte. A second signature is nested in the first one's unsigned
 * attributes, and holds the list once more.
 *
 * All but the list belongs to the signatures: `same` compares the lists.
 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/catalog.h"
#include "crypto/der.h"
#include "formats/embedded.h"
#include "formats/whole.h"

extern const struct format cat_format;

/* The signatures are not read here: an old one of a weak kind can go. */
struct cat {
	struct span		der;
	struct cms_outline	message;
	struct catalog		catalog;
};

/* The head of an element that need not end in what a probe sees. */
static void
skip_head(struct reader *r, unsigned tag)
{
	if (rd_u8(r) != tag)
		r->bad = true;
	unsigned first = rd_u8(r);
	rd_skip(r, first > 0x80 ? first & 0x7f : 0);
}

static bool
next_is(struct reader *r, enum oid oid)
{
	return span_eq(rd_take(r, oid_der(oid).len), oid_der(oid));
}

/* Passes over an element that is short. */
static void
skip_short(struct reader *r, unsigned tag)
{
	if (rd_u8(r) != tag)
		r->bad = true;
	rd_skip(r, rd_u8(r));
}

static int
cat_probe(struct span head)
{
	struct reader r = rd_open(head);

	skip_head(&r, DER_SEQUENCE);
	if (!next_is(&r, OID_SIGNED_DATA))
		return 0;
	skip_head(&r, DER_EXPLICIT(0));
	skip_head(&r, DER_SEQUENCE);
	skip_short(&r, DER_INTEGER);
	skip_short(&r, DER_SET);
	skip_head(&r, DER_SEQUENCE);
	if (!next_is(&r, OID_CERT_TRUST_LIST))
		return 0;
	skip_head(&r, DER_EXPLICIT(0));
	skip_head(&r, DER_SEQUENCE);
	skip_head(&r, DER_SEQUENCE);
	return next_is(&r, OID_CATALOG_LIST) && rd_ok(&r) ? 100 : 0;
}

static bool
cat_parse(const struct subject *s, struct cat *out, struct err *e)
{
	struct cat c = { 0 };

	if (s->file.len > LIMIT_CATALOG_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "a catalog of %llu bytes, "
		    "at most %llu are taken", (unsigned long long)s->file.len,
		    (unsigned long long)LIMIT_CATALOG_SIZE);
	if (!rope_view(s->arena, &s->file, 0, s->file.len, &c.der, e))
		return false;
	if (!cms_outline_read(c.der, &c.message) ||
	    !oid_is(c.message.content_type, OID_CERT_TRUST_LIST))
		return err_set(e, ERR_CATALOG_MALFORMED,
		    "it is no message with a list in it");
	if (!catalog_parse(c.message.content, &c.catalog, e))
		return false;
	*out = c;
	return true;
}

/* What is hashed: the list without its tag and length. */
static struct digest
list_digest(const struct cat *c, enum digest_kind kind)
{
	struct der d = der_read(c->message.content);

	return digest_of(kind, der_value(&d, DER_SEQUENCE));
}

static bool
cat_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct cat *c = ARENA_NEW(s->arena, struct cat);
	struct authenticode_terms terms;
	enum digest_kind kind;

	if (c == NULL)
		return err_budget(e, s->arena);
	if (!embedded_terms(&cat_format, d, AUTHENTICODE_CATALOG, &terms,
	    &kind, e) || !cat_parse(s, c, e))
		return false;
	terms.list = c->message.content;
	terms.digest = list_digest(c, kind);
	return embedded_plan(s, id, &terms, c, out, e);
}

static bool
cat_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	const struct cat *c = embedded_own(plan);
	struct span old = { 0 }, der;

	(void)id;
	if (c->message.is_signed)
		old = c->der;
	if (!embedded_message(s, plan, sealed, old, d->append, &der, e))
		return false;
	if (der.len > LIMIT_CATALOG_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "the signed catalog would "
		    "have %zu bytes", der.len);
	return rope_bytes(s->arena, der, out, e);
}

static bool
answer_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	(void)e;
	*out = list_digest(arg, kind);
	return true;
}

static bool
cat_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct cat c;
	struct authenticode_file file = { .subject = AUTHENTICODE_CATALOG,
	    .arg = &c, .digest = answer_digest };

	return cat_parse(s, &c, e) && (!c.message.is_signed ||
	    embedded_check(s, c.der, false, &file, terms, out, e));
}

static bool
cat_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span bytes;
	struct cat c;

	if (!cat_parse(s, &c, e))
		return false;
	*changed = c.message.is_signed;
	*out = s->file;
	if (!*changed)
		return true;
	cms_put_unsigned(&b, c.message.content_type, c.message.content);
	return arena_copy(s->arena, buf_span(&b), &bytes) ?
	    rope_bytes(s->arena, bytes, out, e) : err_budget(e, s->arena);
}

static bool
cat_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	struct cat a, b;

	if (!cat_parse(before, &a, e) || !cat_parse(after, &b, e))
		return false;
	return span_eq(a.message.content, b.message.content) || err_set(e,
	    ERR_FORMAT_DIFFERS, "the list of the catalog was changed");
}

static bool
cat_facts(const struct subject *s, struct facts *out, struct err *e)
{
	CLEANUP(buf_done) struct buf id = { 0 };
	char *version, *members;
	struct fact facts[3];
	struct cat c;

	if (!cat_parse(s, &c, e))
		return false;
	text_hex(c.catalog.list_id, &id);
	version = arena_printf(s->arena, "%u", c.catalog.version);
	members = arena_printf(s->arena, "%zu", c.catalog.member_count);
	facts[0] = (struct fact){ .key = "list-id" };
	if (version == NULL || members == NULL ||
	    !arena_copy(s->arena, buf_span(&id), &facts[0].value))
		return err_budget(e, s->arena);
	facts[1] = (struct fact){ "version", span_text(version), NULL };
	facts[2] = (struct fact){ "members", span_text(members), NULL };
	for (size_t i = 0; i < COUNT(facts); i++)
		if (!facts_add(out, s->arena, facts[i], e))
			return false;
	return true;
}

const struct format cat_format = {
	.name		= "cat",
	.title		= "Windows catalog",
	.suffixes	= "cat",
	.methods	= 1u << METHOD_AUTHENTICODE,
	.probe		= cat_probe,
	.plan		= cat_plan,
	.apply		= cat_apply,
	.check		= cat_check,
	.strip		= cat_strip,
	.foresee	= whole_foresee,
	.same		= cat_same,
	.facts		= cat_facts,
};
