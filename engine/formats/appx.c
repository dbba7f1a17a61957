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
#include "formats/known.h"
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
	struct span		 name;		/* what is known of AXPC */
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
range_digest(const struct hashed *h, uint64_t from, uint64_t to,
    struct digest *out, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hasher =
	    hasher_new(h->package->kind);

	if (!hasher_put_rope(hasher, &h->file, from, to - from, e))
		return false;
	*out = hasher_end(hasher);
	return true;
}

/* AXPC is over nearly all of the file: it is made once. */
static bool
contents_digest(const struct subject *s, const struct hashed *h,
    struct digest *out, struct err *e)
{
	return known_find(s, h->name, h->package->kind, out) ||
	    (range_digest(h, 0, h->directory, out, e) &&
	    known_put(s, h->name, out, e));
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
list_make(const struct subject *s, const struct hashed *h, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf list = { 0 };
	const struct appx *p = h->package;
	struct digest types = digest_of(p->kind, h->types);
	struct digest map = digest_of(p->kind, p->text[APPX_BLOCK_MAP]);
	struct digest contents, directory;

	if (!contents_digest(s, h, &contents, e) || !range_digest(h,
	    h->directory, h->file.len, &directory, e))
		return false;
	buf_text(&list, "APPX");
	put_digest(&list, "AXPC", &contents);
	put_digest(&list, "AXCD", &directory);
	put_digest(&list, "AXCT", &types);
	put_digest(&list, "AXBM", &map);
	return put_code_integrity(&list, p, s->arena, e) &&
	    (arena_copy(s->arena, buf_span(&list), out) ||
	    err_budget(e, s->arena));
}

/* The package as it will be hashed when it is signed. */
static bool
hashed_to_sign(const struct subject *s, const struct appx *p,
    struct hashed *h, struct err *e)
{
	*h = (struct hashed){ .package = p, .name = SPAN_TEXT("to sign") };
	return appx_to_sign(p, s->arena, s->scratch, &h->file, &h->directory,
	    &h->types, e);
}

/* The package as it was hashed when it was signed. */
static bool
hashed_as_signed(const struct subject *s, const struct appx *p,
    struct hashed *h, struct err *e)
{
	*h = (struct hashed){ .package = p, .name = SPAN_TEXT("signed"),
	    .types = p->text[APPX_CONTENT_TYPES] };
	return appx_as_signed(p, s->arena, s->scratch, &h->file,
	    &h->directory, e);
}

/* Whoever unpacked all files has held them against the block map. */
static bool
blocks_seen(const struct subject *s)
{
	const struct listing *l = s->memory != NULL ? s->memory->listing :
	    NULL;

	return l != NULL && l->container == &appx_container &&
	    l->file.len == s->file.len &&
	    rope_shared(&l->file, &s->file) == l->file.len &&
	    appx_blocks_held(l->own);
}

/* Files are held against one block map once; it is known by its digest. */
static bool
blocks_check(const struct subject *s, const struct appx *p, struct err *e)
{
	struct digest map = digest_of(p->kind, p->text[APPX_BLOCK_MAP]);
	struct span name = SPAN_TEXT("blocks");
	struct digest held;

	if (blocks_seen(s))
		return true;
	if (known_find(s, name, p->kind, &held) && digest_eq(&held, &map))
		return !p->is_bundle || appx_bundle_check(p, e);
	return appx_blocks_check(p, s->arena, e) &&
	    known_put(s, name, &map, e);
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
	struct authenticode_terms terms;
	struct hashed h;

	if (p == NULL)
		return err_budget(e, s->arena);
	return read_package(s, p, e) && embedded_terms(&appx_format, d,
	    p->is_bundle ? AUTHENTICODE_APPX_BUNDLE : AUTHENTICODE_APPX,
	    &terms, &terms.digest.kind, e) &&
	    kind_check(p, terms.digest.kind, e) &&
	    appx_publisher_check(p, id->certificate, s->arena, e) &&
	    blocks_check(s, p, e) && hashed_to_sign(s, p, &h, e) &&
	    list_make(s, &h, &terms.digests, e) &&
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
	struct span ours, types;
	struct hashed h;

	if (kind != p->kind)
		return err_set(e, ERR_APPX_SIGNATURE, "the signature is over "
		    "digests of the kind %s, the block map has %s",
		    digest_rows[kind].name, digest_rows[p->kind].name);
	if (!hashed_as_signed(s, p, &h, e) || !list_make(s, &h, &ours, e) ||
	    !lists_compare(ours, list, digest_rows[kind].size, e) ||
	    !appx_types(p, true, s->arena, &types, e))
		return false;
	if (!span_eq(types, h.types))
		return err_set(e, ERR_APPX_TYPES, "[Content_Types].xml does "
		    "not name the signature");
	return blocks_check(s, p, e);
}

static bool
appx_begin(const struct subject *s, struct err *e)
{
	struct hashed h;
	struct appx p;

	if (!read_package(s, &p, e))
		return false;
	return !p.is_signed || (hashed_as_signed(s, &p, &h, e) &&
	    known_begin(s, h.name, hasher_new(p.kind), &h.file, 0,
	    h.directory, e));
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

static bool
same_contents(const struct hashed *h, const struct rope *file, struct arena *a,
    bool *same, struct err *e)
{
	struct rope x, y;

	*same = h->directory <= file->len;
	return !*same || (rope_slice(a, &h->file, 0, h->directory, &x, e) &&
	    rope_slice(a, file, 0, h->directory, &y, e) &&
	    rope_same(&x, &y, same, e));
}

/*
 * What is known of before holds for after, which is made byte for byte: AXPC
 * if it is over the same of both, and that all files have the hashes in the
 * block map. The ropes that are compared share most of their places. A package
 * of which nothing can be said here is one that check refuses.
 */
static bool
pass_known(const struct subject *before, const struct appx *x,
    const struct subject *after, const struct appx *y,
    const struct rope *made, struct err *e)
{
	struct digest contents, map;
	struct hashed h, k;
	bool same, kept;
	struct err why;

	if (!y->is_signed || !known_find(before, SPAN_TEXT("to sign"),
	    x->kind, &contents) || !known_find(before, SPAN_TEXT("blocks"),
	    x->kind, &map))
		return true;
	if (!hashed_to_sign(before, x, &h, &why) ||
	    !hashed_as_signed(after, y, &k, &why))
		return true;
	if (!same_contents(&h, made, after->arena, &same, e) ||
	    !same_contents(&k, &after->file, after->arena, &kept, e))
		return false;
	return !same || !kept || h.directory != k.directory ||
	    (known_put(after, k.name, &contents, e) &&
	    known_put(after, SPAN_TEXT("blocks"), &map, e));
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
	if (!rope_same(&made, &after->file, &same, e))
		return false;
	if (!same)
		return err_set(e, ERR_FORMAT_DIFFERS, "the package was "
		    "changed, not only its signature");
	return pass_known(before, &x, after, &y, &made, e);
}

/* The digests that the new signature is over will be asked for. */
static bool
appx_foresee(const struct subject *s, const struct directive *d,
    struct err *e)
{
	struct digest contents;
	struct hashed h;
	struct appx p;

	(void)d;
	return s->memory == NULL || (read_package(s, &p, e) &&
	    blocks_check(s, &p, e) && hashed_to_sign(s, &p, &h, e) &&
	    contents_digest(s, &h, &contents, e));
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
	.begin		= appx_begin,
	.check		= appx_check,
	.strip		= appx_strip,
	.foresee	= appx_foresee,
	.same		= appx_same,
	.facts		= appx_facts,
};
