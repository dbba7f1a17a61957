/* detached - see detached.h. */
#include "base/limits.h"
#include "crypto/cms.h"
#include "crypto/pem.h"
#include "formats/detached.h"

/* Its row says what a detached signature can be. */
extern const struct format file_format;

bool
detached_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct plan_item *item = ARENA_NEW(s->arena, struct plan_item);
	struct cms_terms terms = { .dialect = CMS_DIALECT_DETACHED,
	    .content_type = oid_der(OID_CONTENT_DATA), .certificates = true };
	struct cms_draft *draft;
	enum digest_kind kind;

	if (item == NULL)
		return err_budget(e, s->arena);
	if (!format_allows(&file_format, d, &kind, e) ||
	    !digest_rope(kind, &s->file, &terms.digest, e) ||
	    !cms_plan(&terms, id, s->arena, &draft, &item->to_be_signed, e))
		return false;
	item->timestamp = id->timestamp;
	item->imprint = id->imprint;
	item->draft = draft;
	*out = (struct plan){ .items = item, .count = 1 };
	return true;
}

static bool
detached_form(struct arena *a, struct span der, bool pem, struct rope *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	if (!pem)
		return rope_bytes(a, der, out, e);
	pem_write("CMS", der, &text);
	if (!arena_copy(a, buf_span(&text), &der))
		return err_budget(e, a);
	return rope_bytes(a, der, out, e);
}

bool
detached_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	struct span der;

	(void)id;
	if (sealed->signature.len == 0)
		return err_set(e, ERR_FORMAT_NOT_SIGNED,
		    "the file itself has no signature to stamp");
	return cms_finish(plan->items[0].draft, sealed->signature,
	    sealed->timestamp, s->arena, &der, e) &&
	    detached_form(s->arena, der, d->pem, out, e);
}

/* openssl calls the block CMS or PKCS7 (RFC 7468 sections 8 and 9). */
static bool
detached_der(struct arena *a, struct span text, struct span *der,
    struct err *e)
{
	static const char *const labels[] = { "CMS", "PKCS7", NULL };
	bool found;

	*der = text;
	return !span_starts(text, "-----BEGIN") ||
	    pem_first(text, labels, a, der, &found, e);
}

static bool
stamp_check(const struct subject *s, const struct cms_signer *signer,
    const struct judge_terms *judge, struct finding *f, struct err *e)
{
	struct span token;

	if (!cms_value(&signer->unsigned_attributes, OID_TIMESTAMP_TOKEN,
	    &token, e))
		return false;
	if (token.len == 0)
		return true;
	return finding_stamp(f, signer, token, judge, false, s->arena, e);
}

static bool
signer_check(const struct subject *s, const struct cms *m,
    const struct cms_signer *signer, const struct judge_terms *judge,
    struct finding *f, struct err *e)
{
	struct certificate c;

	f->digest_kind = signer->digest_kind;
	if (!digest_rope(f->digest_kind, &s->file, &f->digest, e) ||
	    !cms_check(m, signer, &f->digest, s->arena, &c, e) ||
	    !finding_describe(f, signer, &c, s->arena, e) ||
	    !certificate_purpose_check(&c, PURPOSE_CODE_SIGNING, e) ||
	    !stamp_check(s, signer, judge, f, e))
		return false;
	return finding_chain(f, m, &c, PURPOSE_CODE_SIGNING, f->timestamped ?
	    f->timestamp : judge->now, judge, s->arena, e);
}

static bool
message_parse(const struct subject *s, const struct rope *detached,
    struct cms *m, struct err *e)
{
	struct span text, der;

	if (detached->len > 2 * LIMIT_CMS_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "a detached signature of "
		    "%llu bytes is too large",
		    (unsigned long long)detached->len);
	return rope_view(s->arena, detached, 0, detached->len, &text, e) &&
	    detached_der(s->arena, text, &der, e) &&
	    cms_parse(der, false, s->arena, m, e);
}

bool
detached_stamp(const struct subject *s, const struct rope *detached,
    struct span token, struct rope *out, struct err *e)
{
	struct span head, der;
	struct cms m;

	return message_parse(s, detached, &m, e) &&
	    rope_view(s->arena, detached, 0, 1, &head, e) &&
	    cms_set_timestamp(&m, CMS_DIALECT_DETACHED, token, s->arena, &der,
	    e) && detached_form(s->arena, der, span_is(head, "-"), out, e);
}

bool
detached_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct cms m;

	if (terms->detached == NULL)
		return true;
	if (!message_parse(s, terms->detached, &m, e))
		return err_at(e, "detached signature");
	for (size_t i = 0; i < m.signer_count; i++) {
		struct finding *f = findings_add(out, s->arena);

		if (f == NULL)
			return err_budget(e, s->arena);
		f->method = method_rows[METHOD_CMS].name;
		if (!cms_extras_add(&m, s->arena, &f->extras, e))
			return false;
		if (signer_check(s, &m, &m.signers[i], &terms->judge, f,
		    &f->err))
			f->err.what = NULL;
		else if (f->err.what->kind == ERR_KIND_SYSTEM ||
		    err_is(&f->err, ERR_LIMIT_MEMORY)) {
			*e = f->err;
			return false;
		}
	}
	return true;
}
