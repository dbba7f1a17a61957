/*
 * appx - app packages and bundles of Windows (APPX, MSIX): Authenticode.
 *
 * The signature is the last entry of the archive, AppxSignature.p7x: "PKCX" and
 * a PKCS#7 message. In place of one digest, it is over a list of them, all of
 * the kind that the block map's hashes have:
 *
 *	"APPX"
 *	"AXPC"  of the file up to the signature's entry
 *	"AXCD"  of the archive's directory and end records, as they would be
 *		without that entry
 *	"AXCT"  of [Content_Types].xml, unpacked
 *	"AXBM"  of AppxBlockMap.xml, unpacked
 *	"AXCI"  of AppxMetadata/CodeIntegrity.cat, unpacked, if it is there
 *
 * Nothing but the signature's own entry is outside of it. What Windows checks
 * besides when it installs is checked here as well: each file by the block
 * map, and the publisher.
 */
#include "base/text.h"
#include "formats/appx.h"
#include "formats/embedded.h"
#include "formats/whole.h"

extern const struct container appx_container;

#define P7X_MAGIC	"PKCX"

static int
appx_format_probe(struct span head)
{
	return appx_container.probe(head);
}

static bool
read_package(const struct subject *s, struct appx *p, struct err *e)
{
	return appx_read_usual(&s->file, s->arena, s->scratch, p, e);
}

/* The message in the signature's entry; empty: there is none. */
static bool
message_of(const struct appx *p, struct span *der, struct err *e)
{
	*der = (struct span){ 0 };
	if (!p->is_signed)
		return true;
	if (!span_starts(p->text[APPX_SIGNATURE], P7X_MAGIC))
		return err_set(e, ERR_APPX_SIGNATURE, "AppxSignature.p7x does "
		    "not begin with " P7X_MAGIC);
	*der = span_from(p->text[APPX_SIGNATURE], sizeof(P7X_MAGIC) - 1);
	return true;
}

/* ---- the list of digests */

/* The package as it is hashed: which bytes are which. */
struct hashed {
	const struct appx	*package;
	struct rope		 file;		/* unsigned */
	uint64_t		 directory;	/* where it begins in file */
	struct span		 types;
};

static void
put_digest(struct buf *list, const char *name, const struct digest *d)
{
	buf_text(list, name);
	buf_put(list, digest_span(d));
}

static bool
put_range(struct buf *list, const char *name, const struct hashed *h,
    uint64_t from, uint64_t to, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hasher =
	    hasher_new(h->package->kind);

	if (!hasher_put_rope(hasher, &h->file, from, to - from, e))
		return false;
	struct digest d = hasher_end(hasher);
	put_digest(list, name, &d);
	return true;
}

static bool
hash_piece(void *arg, struct span piece, struct err *e)
{
	(void)e;
	hasher_put(arg, piece);
	return true;
}

static bool
put_code_integrity(struct buf *list, const struct appx *p, struct arena *a,
    struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hasher = hasher_new(p->kind);
	size_t index = p->parts[APPX_CODE_INTEGRITY];

	if (index == APPX_NONE)
		return true;
	if (!zip_entry_each(&p->file, &p->bare.entries[index], a, hash_piece,
	    hasher, e))
		return false;
	struct digest d = hasher_end(hasher);
	put_digest(list, "AXCI", &d);
	return true;
}

static bool
list_make(const struct hashed *h, struct arena *a, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf list = { 0 };
	const struct appx *p = h->package;
	struct digest types = digest_of(p->kind, h->types);
	struct digest map = digest_of(p->kind, p->text[APPX_BLOCK_MAP]);

	buf_text(&list, "APPX");
	if (!put_range(&list, "AXPC", h, 0, h->directory, e) ||
	    !put_range(&list, "AXCD", h, h->directory, h->file.len, e))
		return false;
	put_digest(&list, "AXCT", &types);
	put_digest(&list, "AXBM", &map);
	return put_code_integrity(&list, p, a, e) &&
	    (arena_copy(a, buf_span(&list), out) || err_budget(e, a));
}

/* ---- the verbs */

static bool
kind_check(const struct appx *p, enum digest_kind kind, struct err *e)
{
	if (kind == p->kind)
		return true;
	err_set(e, ERR_APPX_DIGEST, "the block map's hashes are %s, the "
	    "signature is to be %s", digest_rows[p->kind].name,
	    digest_rows[kind].name);
	return err_hint(e, "say `digest: %s` of this package",
	    digest_rows[p->kind].name);
}

static bool
appx_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct appx *p = ARENA_NEW(s->arena, struct appx);
	struct hashed h = { .package = p };
	struct authenticode_terms terms;

	if (p == NULL)
		return err_budget(e, s->arena);
	return read_package(s, p, e) && embedded_terms(&appx_format, d,
	    p->is_bundle ? AUTHENTICODE_APPX_BUNDLE : AUTHENTICODE_APPX,
	    &terms, &terms.digest.kind, e) &&
	    kind_check(p, terms.digest.kind, e) &&
	    appx_publisher_check(p, id->certificate, s->arena, e) &&
	    appx_blocks_check(p, s->arena, e) &&
	    appx_to_sign(p, s->arena, s->scratch, &h.file, &h.directory,
	    &h.types, e) && list_make(&h, s->arena, &terms.digests, e) &&
	    embedded_plan(s, id, &terms, p, out, e);
}

static bool
appx_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	CLEANUP(buf_done) struct buf p7x = { 0 };
	const struct appx *p = embedded_own(plan);
	struct span old, der, bytes;
	uint64_t directory;

	(void)d;
	(void)id;
	if (!message_of(p, &old, e) ||
	    !embedded_message(s, plan, sealed, old, false, &der, e))
		return false;
	buf_text(&p7x, P7X_MAGIC);
	buf_put(&p7x, der);
	return (arena_copy(s->arena, buf_span(&p7x), &bytes) ||
	    err_budget(e, s->arena)) && appx_write(p, bytes, s->arena,
	    s->scratch, out, &directory, e);
}

/* What authenticode_check asks about the file. */
struct question {
	const struct subject	*subject;
	const struct appx	*package;
};

static bool
lists_compare(struct span ours, struct span theirs, size_t size,
    struct err *e)
{
	struct reader x = rd_open(ours), y = rd_open(theirs);

	if (ours.len != theirs.len ||
	    !span_eq(rd_take(&x, 4), rd_take(&y, 4)))
		return err_set(e, ERR_APPX_SIGNATURE, "what is signed is no "
		    "list of the digests of this package");
	while (rd_left(&x) > 0) {
		struct span name = rd_take(&x, 4);

		if (!span_eq(name, rd_take(&y, 4)))
			return err_set(e, ERR_APPX_SIGNATURE, "a digest named "
			    "%s is missing", text_show(name).text);
		if (!span_eq(rd_take(&x, size), rd_take(&y, size)))
			return err_set(e, ERR_AUTHENTICODE_DIGEST, "the "
			    "digest %s is not the signed one",
			    text_show(name).text);
	}
	return true;
}

static bool
answer_digests(void *arg, enum digest_kind kind, struct span list,
    struct err *e)
{
	const struct question *q = arg;
	const struct subject *s = q->subject;
	const struct appx *p = q->package;
	struct hashed h = { .package = p,
	    .types = p->text[APPX_CONTENT_TYPES] };
	struct span ours, types;

	if (kind != p->kind)
		return err_set(e, ERR_APPX_SIGNATURE, "the signature is over "
		    "digests of the kind %s, the block map has %s",
		    digest_rows[kind].name, digest_rows[p->kind].name);
	if (!appx_as_signed(p, s->arena, s->scratch, &h.file, &h.directory,
	    e) || !list_make(&h, s->arena, &ours, e) ||
	    !lists_compare(ours, list, digest_rows[kind].size, e) ||
	    !appx_types(p, true, s->arena, &types, e))
		return false;
	if (!span_eq(types, h.types))
		return err_set(e, ERR_APPX_TYPES, "[Content_Types].xml does "
		    "not name the signature");
	return appx_blocks_check(p, s->arena, e);
}

/* A good signature of somebody who is not the publisher is none for Windows. */
static bool
publishers_check(const struct subject *s, const struct appx *p,
    struct findings *found, size_t from, struct err *e)
{
	for (size_t i = from; i < found->count; i++) {
		struct finding *f = &found->items[i];

		if (f->err.what != NULL || appx_publisher_check(p,
		    f->certificate, s->arena, &f->err))
			continue;
		if (err_is(&f->err, ERR_LIMIT_MEMORY))
			return err_budget(e, s->arena);
	}
	return true;
}

static bool
appx_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct appx p;
	struct question q = { s, &p };
	struct authenticode_file file = { .arg = &q,
	    .digests = answer_digests };
	size_t from = out->count;
	struct span der;
	struct err why;

	if (!read_package(s, &p, e))
		return false;
	if (!message_of(&p, &der, &why))
		return embedded_unreadable(s, &why, out, e);
	if (!p.is_signed)
		return true;
	file.subject = p.is_bundle ? AUTHENTICODE_APPX_BUNDLE :
	    AUTHENTICODE_APPX;
	return embedded_check(s, der, false, &file, terms, out, e) &&
	    publishers_check(s, &p, out, from, e);
}

static bool
appx_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	uint64_t directory;
	struct appx p;

	if (!read_package(s, &p, e))
		return false;
	*changed = p.is_signed;
	*out = s->file;
	return !*changed || appx_write(&p, (struct span){ 0 }, s->arena,
	    s->scratch, out, &directory, e);
}

/*
 * after is, byte for byte, what comes of before with the signature file that
 * after has; what is in that file, check judges.
 */
static bool
appx_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	struct appx x, y;
	struct span p7x = { 0 };
	struct rope made;
	uint64_t directory;
	bool same;

	if (!read_package(before, &x, e) || !read_package(after, &y, e))
		return false;
	if (y.is_signed)
		p7x = y.text[APPX_SIGNATURE];
	else if (!x.is_signed)
		made = before->file;
	if ((x.is_signed || y.is_signed) && !appx_write(&x, p7x, before->arena,
	    before->scratch, &made, &directory, e))
		return false;
	return rope_same(&made, &after->file, &same, e) && (same ||
	    err_set(e, ERR_FORMAT_DIFFERS, "the package was changed, not only "
	    "its signature"));
}

const struct format appx_format = {
	.name		= "appx",
	.title		= "Windows app package",
	.suffixes	= "appx msix appxbundle msixbundle",
	.single		= true,
	.methods	= 1u << METHOD_AUTHENTICODE,
	.container	= &appx_container,
	.probe		= appx_format_probe,
	.plan		= appx_plan,
	.apply		= appx_apply,
	.check		= appx_check,
	.strip		= appx_strip,
	.foresee	= whole_foresee,
	.same		= appx_same,
	.facts		= appx_facts,
};
