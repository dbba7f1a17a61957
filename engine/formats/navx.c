/*
 * navx - apps of Microsoft Dynamics 365 Business Central (Authenticode).
 *
 *	 0  "NAVX"  u32 size of the header: 40  u32 version: 2
 *	12  GUID of this build, 16 bytes
 *	28  u64 length of the contents
 *	36  "NAVX"
 *	40  contents: a ZIP archive
 *	    "NXSB"  message  u32 offset of this "NXSB"  "NXSB"
 *
 * What is signed is all in front of the first "NXSB". Nothing may stand behind
 * the second one, the message fills its space, and the contents what their
 * length says: no byte is left that no signature covers but a reader might see.
 */
#include "base/limits.h"
#include "crypto/der.h"
#include "formats/embedded.h"
#include "formats/navx.h"
#include "formats/whole.h"

#define HEADER_SIZE	40
#define VERSION		2
#define MAGIC_SIZE	4
#define FOOT_SIZE	8	/* offset and magic */

static const char file_magic[] = "NAVX";
static const char block_magic[] = "NXSB";

static int
navx_probe(struct span head)
{
	struct span second;

	return span_starts(head, file_magic) &&
	    span_cut(head, HEADER_SIZE - MAGIC_SIZE, MAGIC_SIZE, &second) &&
	    span_is(second, file_magic) ? 100 : 0;
}

static bool
header_check(struct span head, uint64_t *length, struct err *e)
{
	struct reader r = rd_open(head);

	if (!span_is(rd_take(&r, MAGIC_SIZE), file_magic))
		return err_set(e, ERR_NAVX_MALFORMED, "there is no header");
	uint32_t size = rd_u32le(&r);
	uint32_t version = rd_u32le(&r);

	rd_skip(&r, 16);
	*length = rd_u64le(&r);
	if (!span_is(rd_take(&r, MAGIC_SIZE), file_magic))
		return err_set(e, ERR_NAVX_MALFORMED,
		    "the header does not end where it should");
	return (size == HEADER_SIZE && version == VERSION) || err_set(e,
	    ERR_NAVX_MALFORMED, "a header of %lu bytes and version %lu is not "
	    "known", (unsigned long)size, (unsigned long)version);
}

static bool
block_refuse(const struct navx *x, struct err *e)
{
	return err_set(e, ERR_NAVX_TRAILING_DATA, "what stands behind the "
	    "contents, at %llu, is not just one signature",
	    (unsigned long long)x->end);
}

/* What stands behind the contents: one signature, or nothing. */
static bool
block_read(const struct subject *s, struct navx *x, struct err *e)
{
	uint64_t len = s->file.len - x->end;
	struct span block;

	if (len == 0)
		return true;
	if (len <= MAGIC_SIZE + FOOT_SIZE)
		return block_refuse(x, e);
	if (len > LIMIT_CMS_SIZE + MAGIC_SIZE + FOOT_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "%llu bytes behind the "
		    "contents are too many for a signature",
		    (unsigned long long)len);
	if (!rope_view(s->arena, &s->file, x->end, len, &block, e))
		return false;
	struct reader r = rd_open(block);
	bool begins = span_is(rd_take(&r, MAGIC_SIZE), block_magic);

	x->der = rd_take(&r, len - MAGIC_SIZE - FOOT_SIZE);
	struct der message = der_read(x->der);

	der_value(&message, DER_SEQUENCE);
	return (begins && der_end(&message) && rd_u32le(&r) == x->end &&
	    span_is(rd_take(&r, MAGIC_SIZE), block_magic)) ||
	    block_refuse(x, e);
}

bool
navx_parse(const struct subject *s, struct navx *out, struct err *e)
{
	struct navx x = { 0 };
	struct span head;
	uint64_t length;

	if (s->file.len < HEADER_SIZE)
		return err_set(e, ERR_NAVX_TRUNCATED, "the header is cut off");
	if (!rope_view(s->arena, &s->file, 0, HEADER_SIZE, &head, e) ||
	    !header_check(head, &length, e))
		return false;
	if (length > s->file.len - HEADER_SIZE)
		return err_set(e, ERR_NAVX_TRUNCATED, "the contents have %llu "
		    "bytes, but the file ends %llu bytes behind the header",
		    (unsigned long long)length,
		    (unsigned long long)s->file.len - HEADER_SIZE);
	x.end = HEADER_SIZE + length;
	if (!block_read(s, &x, e))
		return false;
	*out = x;
	return true;
}

static bool
data_rope(const struct subject *s, const struct navx *x, struct rope *out,
    struct err *e)
{
	return rope_slice(s->arena, &s->file, 0, x->end, out, e);
}

static bool
data_digest(const struct subject *s, const struct navx *x,
    enum digest_kind kind, struct digest *out, struct err *e)
{
	struct rope data;

	return data_rope(s, x, &data, e) && digest_rope(kind, &data, out, e);
}

static bool
navx_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct navx *x = ARENA_NEW(s->arena, struct navx);
	struct authenticode_terms terms;
	enum digest_kind kind;

	if (x == NULL)
		return err_budget(e, s->arena);
	if (!navx_parse(s, x, e))
		return false;
	if (x->end > UINT32_MAX)
		return err_set(e, ERR_LIMIT_SIZE, "an app of %llu bytes is "
		    "too large for a signature", (unsigned long long)x->end);
	return embedded_terms(&navx_format, d, AUTHENTICODE_NAVX, &terms,
	    &kind, e) && data_digest(s, x, kind, &terms.digest, e) &&
	    embedded_plan(s, id, &terms, x, out, e);
}

static bool
block_put(const struct subject *s, const struct navx *x, struct span der,
    struct rope *out, struct err *e)
{
	CLEANUP(buf_done) struct buf block = { 0 };
	struct rope parts[2];
	struct span bytes;

	buf_text(&block, block_magic);
	buf_put(&block, der);
	buf_u32le(&block, (uint32_t)x->end);
	buf_text(&block, block_magic);
	if (!arena_copy(s->arena, buf_span(&block), &bytes))
		return err_budget(e, s->arena);
	return data_rope(s, x, &parts[0], e) &&
	    rope_bytes(s->arena, bytes, &parts[1], e) &&
	    rope_join(s->arena, parts, COUNT(parts), out, e);
}

static bool
navx_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	const struct navx *x = embedded_own(plan);
	struct span der;

	(void)id;
	return embedded_message(s, plan, sealed, x->der, d->append, &der, e) &&
	    block_put(s, x, der, out, e);
}

/* What authenticode_check asks about the file. */
struct question {
	const struct subject	*subject;
	struct navx		 navx;
};

static bool
answer_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	struct question *q = arg;

	return data_digest(q->subject, &q->navx, kind, out, e);
}

static bool
navx_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct question q = { .subject = s };
	struct authenticode_file file = { .subject = AUTHENTICODE_NAVX,
	    .arg = &q, .digest = answer_digest };

	return navx_parse(s, &q.navx, e) && (q.navx.der.len == 0 ||
	    embedded_check(s, q.navx.der, false, &file, terms, out, e));
}

static bool
navx_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	struct navx x;

	if (!navx_parse(s, &x, e))
		return false;
	*changed = x.der.len > 0;
	return data_rope(s, &x, out, e);
}

static bool
navx_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	return embedded_same(&navx_format, before, after,
	    "the app was changed, not only its signature", e);
}

/*
 * The GUID is of one build: nobody knows it before. Name and version of an app
 * stand in its manifest, inside the contents.
 */
static bool
navx_facts(const struct subject *s, struct facts *out, struct err *e)
{
	struct navx x;

	(void)out;
	return navx_parse(s, &x, e);
}

const struct format navx_format = {
	.name		= "navx",
	.title		= "Business Central app",
	.suffixes	= "app",
	.methods	= 1u << METHOD_AUTHENTICODE,
	.probe		= navx_probe,
	.plan		= navx_plan,
	.apply		= navx_apply,
	.check		= navx_check,
	.strip		= navx_strip,
	.foresee	= whole_foresee,
	.same		= navx_same,
	.facts		= navx_facts,
};
