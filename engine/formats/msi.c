/*
 * msi - packages, patches, transforms and modules of Windows Installer
 * (Authenticode).
 *
 *	compound file ([MS-CFB]; containers/compound.h)
 *	  streams and storages of the database
 *	  \5DigitalSignature		the PKCS#7 message
 *	  \5MsiDigitalSignatureEx	digest of the metadata; it is there or
 *					not for all signatures alike
 *
 * A signature is over contents (msi_digest.c), and with the second stream over
 * names, sizes and times too: we always make it. It is over no layout. So what
 * is signed is written anew, and `same` takes that one layout only; `check`
 * takes each that can be read without doubt.
 */
#include "base/limits.h"
#include "base/text.h"
#include "containers/containers.h"
#include "containers/installer.h"
#include "formats/embedded.h"
#include "formats/known.h"
#include "formats/msi.h"
#include "formats/whole.h"

extern const struct container msi_container;

#define GUESS	5	/* a bid: the class lies behind what a probe sees */

static int
msi_probe(struct span head)
{
	struct span class;

	if (!compound_probe(head))
		return 0;
	if (!compound_root_class(head, &class))
		return GUESS;
	return installer_kind(class) != INSTALLER_NONE ? 100 : 0;
}

/* ---- parsing */

static bool
name_of(struct arena *a, const char *name, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf wide = { 0 };

	return (text_to_utf16(SPAN_TEXT(name), &wide) &&
	    arena_copy(a, buf_span(&wide), out)) || err_budget(e, a);
}

static bool
stream_view(const struct subject *s, const struct compound *c, size_t number,
    struct span *out, struct err *e)
{
	const struct rope *r;

	*out = (struct span){ 0 };
	if (number == SIZE_MAX)
		return true;
	r = compound_contents(c, number);
	if (r->len > LIMIT_CMS_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "a signature of %llu bytes "
		    "is too large", (unsigned long long)r->len);
	return rope_view(s->arena, r, 0, r->len, out, e);
}

bool
msi_parse(const struct subject *s, struct msi_file *out, struct err *e)
{
	*out = (struct msi_file){ .signature = SIZE_MAX,
	    .extended = SIZE_MAX };
	if (!compound_read(&s->file, s->arena, &out->compound, e))
		return false;
	out->is_installer = installer_kind(compound_class(&out->compound)) !=
	    INSTALLER_NONE;
	if (!out->is_installer)
		return true;
	out->signature = installer_find(&out->compound, INSTALLER_SIGNATURE);
	out->extended = installer_find(&out->compound, INSTALLER_EXTENDED);
	return stream_view(s, &out->compound, out->signature, &out->der, e) &&
	    stream_view(s, &out->compound, out->extended, &out->stored, e);
}

static bool
installer_parse(const struct subject *s, struct msi_file *out, struct err *e)
{
	return msi_parse(s, out, e) && (out->is_installer || err_set(e,
	    ERR_MSI_KIND, "\"%s\" is no file of Windows Installer",
	    text_show(s->name).text));
}

/* ---- signing */

/* What plan knows and apply needs. */
struct draft {
	struct msi_file	file;
	bool		is_extended;
	struct digest	metadata;
};

/* By the digest of its metadata: it is the same when the file is signed. */
static bool
digest_known(const struct subject *s, const struct msi_file *m,
    enum digest_kind kind, const struct digest *metadata, struct digest *out,
    struct err *e)
{
	struct span name = metadata != NULL ? digest_span(metadata) :
	    (struct span){ 0 };

	return known_find(s, name, kind, out) ||
	    (msi_digest(m, kind, metadata, out, e) &&
	    known_put(s, name, out, e));
}

/* What is stored belongs to this digest of this file. */
static bool
stored_check(const struct msi_file *m, const struct digest *metadata,
    struct err *e)
{
	return span_eq(m->stored, digest_span(metadata)) || err_set(e,
	    ERR_MSI_EXTENDED, "the digest of the metadata that is in the file "
	    "is not its %s", digest_rows[metadata->kind].name);
}

/*
 * A signature beside others takes their mode: what is stored serves all, so
 * that their digests must be of one kind.
 */
static bool
mode_choose(struct draft *draft, bool append, enum digest_kind kind,
    struct err *e)
{
	const struct msi_file *m = &draft->file;
	bool beside = append && m->signature != SIZE_MAX;

	draft->is_extended = !beside || m->extended != SIZE_MAX;
	msi_metadata(m, kind, &draft->metadata);
	if (!beside || !draft->is_extended)
		return true;
	if (m->stored.len != digest_rows[kind].size)
		return err_set(e, ERR_MSI_APPEND, "the first signature has a "
		    "digest of %zu bytes, %s has %zu", m->stored.len,
		    digest_rows[kind].name, digest_rows[kind].size);
	return stored_check(m, &draft->metadata, e);
}

static bool
msi_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct draft *draft = ARENA_NEW(s->arena, struct draft);
	struct authenticode_terms terms;
	enum digest_kind kind;

	if (draft == NULL)
		return err_budget(e, s->arena);
	return embedded_terms(&msi_format, d, AUTHENTICODE_MSI, &terms, &kind,
	    e) && installer_parse(s, &draft->file, e) &&
	    mode_choose(draft, d->append, kind, e) &&
	    msi_digest(&draft->file, kind, draft->is_extended ?
	    &draft->metadata : NULL, &terms.digest, e) &&
	    embedded_plan(s, id, &terms, draft, out, e);
}

struct changes {
	struct compound_change	v[4];
	size_t			count;
};

/* The streams of the signature go out. */
static void
signature_drop(const struct msi_file *m, struct changes *c)
{
	const size_t streams[] = { m->signature, m->extended };

	for (size_t i = 0; i < COUNT(streams); i++)
		if (streams[i] != SIZE_MAX)
			c->v[c->count++] = (struct compound_change){
			    .stream = streams[i], .gone = true };
}

/* A new stream: nothing of an old entry stays, such as its times. */
static bool
stream_add(const struct subject *s, const char *name, struct span bytes,
    struct changes *c, struct err *e)
{
	struct compound_change x = { .stream = SIZE_MAX };
	struct span copy;

	if (!arena_copy(s->arena, bytes, &copy))
		return err_budget(e, s->arena);
	if (!name_of(s->arena, name, &x.name, e) ||
	    !rope_bytes(s->arena, copy, &x.contents, e))
		return false;
	c->v[c->count++] = x;
	return true;
}

static bool
msi_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	const struct draft *draft = embedded_own(plan);
	const struct msi_file *m = &draft->file;
	bool is_new = sealed->signature.len > 0;
	struct span extended = is_new ? digest_span(&draft->metadata) :
	    m->stored;
	struct changes c = { 0 };
	struct span der;

	(void)id;
	if (!embedded_message(s, plan, sealed, m->der, d->append, &der, e))
		return false;
	signature_drop(m, &c);
	if (!stream_add(s, INSTALLER_SIGNATURE, der, &c, e))
		return false;
	if ((is_new ? draft->is_extended : m->extended != SIZE_MAX) &&
	    !stream_add(s, INSTALLER_EXTENDED, extended, &c, e))
		return false;
	return compound_write(&m->compound, c.v, c.count, s->arena, out, e);
}

/* ---- checking */

/* What authenticode_check asks about the file. */
struct question {
	const struct subject	*subject;
	struct msi_file		 file;
	struct digest		 known[DIGEST_KINDS];	/* len 0: not yet */
};

static bool
answer_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	struct question *q = arg;
	bool is_extended = q->file.extended != SIZE_MAX;
	struct digest metadata;

	if (q->known[kind].len == 0) {
		msi_metadata(&q->file, kind, &metadata);
		if ((is_extended && !stored_check(&q->file, &metadata, e)) ||
		    !digest_known(q->subject, &q->file, kind, is_extended ?
		    &metadata : NULL, &q->known[kind], e))
			return false;
	}
	*out = q->known[kind];
	return true;
}

static bool
msi_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct question q = { .subject = s };
	const struct authenticode_file file = {
		.subject = AUTHENTICODE_MSI,
		.arg = &q,
		.digest = answer_digest,
	};

	return msi_parse(s, &q.file, e) && (q.file.signature == SIZE_MAX ||
	    embedded_check(s, q.file.der, false, &file, terms, out, e));
}

static bool
msi_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	struct changes c = { 0 };
	struct msi_file m;

	if (!msi_parse(s, &m, e))
		return false;
	signature_drop(&m, &c);
	*changed = c.count > 0;
	*out = s->file;
	return !*changed || compound_write(&m.compound, c.v, c.count,
	    s->arena, out, e);
}

/* ---- comparing */

/* The entry of a stream of the signature says nothing but where it is. */
static bool
bare_entry(const struct msi_file *m, size_t i)
{
	return i == SIZE_MAX || compound_entry_bare(&m->compound.entries[i]);
}

/* Nothing lies in a file but its entries: it is as we write them. */
static bool
layout_check(const struct subject *s, const struct msi_file *m, struct err *e)
{
	bool same;

	if (!compound_plain(&m->compound, &s->file, s->arena, &same, e))
		return false;
	same = same && bare_entry(m, m->signature) &&
	    bare_entry(m, m->extended);
	return same || err_set(e, ERR_FORMAT_DIFFERS,
	    "the layout of the file is not the one of its contents");
}

/* Next entry that is not of the signature. */
static size_t
skip(const struct msi_file *m, size_t i)
{
	while (i == m->signature || i == m->extended)
		i++;
	return i;
}

static bool
same_entry(const struct msi_file *a, size_t i, const struct msi_file *b,
    size_t k, bool *same, struct err *e)
{
	const struct compound_entry *x = &a->compound.entries[i];
	const struct compound_entry *y = &b->compound.entries[k];

	*same = compound_entry_same(x, y) &&
	    x->contents.len == y->contents.len;
	return !*same || rope_same(&x->contents, &y->contents, same, e);
}

/* Entries stand storage by storage: so many children each, in order. */
static bool
same_children(const struct msi_file *a, size_t i, const struct msi_file *b,
    size_t k)
{
	const struct compound_entry *x = &a->compound.entries[i];
	const struct compound_entry *y = &b->compound.entries[k];
	size_t left = i == 0 ? (a->signature != SIZE_MAX) +
	    (size_t)(a->extended != SIZE_MAX) : 0;
	size_t right = k == 0 ? (b->signature != SIZE_MAX) +
	    (size_t)(b->extended != SIZE_MAX) : 0;

	return x->count - left == y->count - right;
}

static bool
same_entries(const struct msi_file *a, const struct msi_file *b,
    struct err *e)
{
	size_t i = 0, k = 0;
	bool same = true;

	while (i < a->compound.count && k < b->compound.count) {
		if (!same_entry(a, i, b, k, &same, e))
			return false;
		if (!same || !same_children(a, i, b, k))
			return err_set(e, ERR_FORMAT_DIFFERS, "a stream or "
			    "storage was changed, not only the signature");
		i = skip(a, i + 1);
		k = skip(b, k + 1);
	}
	return (i == a->compound.count && k == b->compound.count) ||
	    err_set(e, ERR_FORMAT_DIFFERS,
	    "there are more or fewer streams than before");
}

static bool
msi_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	struct msi_file a, b;
	bool same;

	if (!rope_same(&before->file, &after->file, &same, e))
		return false;
	if (same)
		return true;
	if (!msi_parse(before, &a, e) || !msi_parse(after, &b, e))
		return false;
	if (!a.is_installer || !b.is_installer ||
	    a.compound.version != b.compound.version)
		return err_set(e, ERR_FORMAT_DIFFERS,
		    "the kind of the file was changed");
	return same_entries(&a, &b, e) && layout_check(after, &b, e) &&
	    known_pass(before, after, e);
}

/* The digest that the new signature is over will be asked for. */
static bool
msi_foresee(const struct subject *s, const struct directive *d, struct err *e)
{
	struct draft draft;
	struct digest digest;
	enum digest_kind kind;

	return s->memory == NULL || (format_allows(&msi_format, d, &kind, e) &&
	    installer_parse(s, &draft.file, e) &&
	    mode_choose(&draft, d->append, kind, e) &&
	    digest_known(s, &draft.file, kind, draft.is_extended ?
	    &draft.metadata : NULL, &digest, e));
}

const struct format msi_format = {
	.name		= "msi",
	.title		= "Windows Installer file",
	.suffixes	= "msi msp mst msm",
	.methods	= 1u << METHOD_AUTHENTICODE,
	.container	= &msi_container,
	.probe		= msi_probe,
	.plan		= msi_plan,
	.apply		= msi_apply,
	.check		= msi_check,
	.strip		= msi_strip,
	.foresee	= msi_foresee,
	.same		= msi_same,
	.facts		= msi_facts,
};
