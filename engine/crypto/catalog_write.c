/*
 * catalog_write - making the list of a catalog, as MakeCat does: catalog.c has
 * the picture. Programs that look for a member search by halves, so the tags
 * must be in the order of their bytes, of whatever lengths.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/authenticode.h"
#include "crypto/catalog.h"
#include "crypto/oid.h"

/* CRYPTCAT_ATTR_AUTHENTICATED | _NAMEASCII | _DATAASCII (mscat.h). */
#define NAME_FLAGS	0x10010001
#define INFO_VERSION	0x200		/* of the digest in CATALOG_INFO */

/* What says how the file is hashed: the SIP that does it on Windows. */
static const struct {
	enum authenticode_subject	 content;
	const char			*guid;		/* version 1 */
	unsigned			 tag;		/* version 2 */
} subjects[CATALOG_SUBJECTS] = {
	[CATALOG_PE] = { AUTHENTICODE_PE,
	    "{C689AAB8-8E78-11D0-8C47-00C04FC295EE}", DER_CONTEXT(0) },
	[CATALOG_CAB] = { AUTHENTICODE_CAB,
	    "{C689AABA-8E78-11D0-8C47-00C04FC295EE}", DER_CONTEXT(1) },
	[CATALOG_FLAT] = { AUTHENTICODE_CAB,
	    "{DE351A42-8E59-11D0-8C47-00C04FC295EE}", DER_CONTEXT(2) },
};

/* One tag: a file of version 2 has two. */
struct entry {
	struct span			 tag;
	const struct catalog_file	*file;
	bool				 full;	/* with all attributes */
};

static bool
keep(struct arena *a, const struct buf *b, struct span *out, struct err *e)
{
	return arena_copy(a, buf_span(b), out) || err_budget(e, a);
}

/* NameValue ::= SEQUENCE { BMPString, INTEGER flags, OCTET STRING } */
static bool
put_name(struct buf *b, const struct catalog_name *n, struct err *e)
{
	CLEANUP(buf_done) struct buf wide = { 0 };
	size_t at = der_open(b, DER_SEQUENCE);

	if (!der_put_bmp(b, DER_BMP, n->name) ||
	    !text_to_utf16(n->value, &wide))
		return err_set(e, ERR_CATALOG_NAME, "\"%s\" is no UTF-8",
		    text_show(n->value).text);
	buf_u16le(&wide, 0);
	der_put_small(b, NAME_FLAGS);
	der_put(b, DER_OCTETS, buf_span(&wide));
	der_close(b, at);
	return true;
}

/* CatalogInfo ::= SEQUENCE { BMPString guid, INTEGER }; v2: a choice. */
static bool
put_info(struct buf *b, unsigned version, enum catalog_subject subject)
{
	if (version > 1) {
		der_put(b, subjects[subject].tag, (struct span){ 0 });
		return true;
	}
	size_t at = der_open(b, DER_SEQUENCE);
	bool ok = der_put_bmp(b, DER_BMP, span_text(subjects[subject].guid));
	der_put_small(b, INFO_VERSION);
	der_close(b, at);
	return ok;
}

/* ---- one member */

static bool
attribute_make(enum oid type, struct span value, struct arena *a,
    struct span *out, struct err *e)
{
	return cms_attribute_make(oid_der(type), &value, 1, a, out, e);
}

static bool
info_make(const struct catalog_terms *t, const struct entry *x,
    struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	return (put_info(&b, t->version, x->file->subject) || err_set(e,
	    ERR_CATALOG_NAME, "a GUID is no text")) &&
	    attribute_make(t->version > 1 ? OID_CATALOG_INFO_V2 :
	    OID_CATALOG_INFO, buf_span(&b), a, out, e);
}

static bool
content_make(const struct catalog_terms *t, const struct entry *x,
    struct arena *a, struct span *out, struct err *e)
{
	const struct catalog_file *f = x->file;
	struct authenticode_terms terms = {
		.subject = subjects[f->subject].content,
		.digest = t->version > 1 ? f->sha256 : f->sha1,
		.page_hashes = f->page_hashes,
	};
	struct span content;

	terms.page_kind = terms.digest.kind;
	return authenticode_content(&terms, a, &content, e) &&
	    attribute_make(OID_SPC_INDIRECT_DATA, content, a, out, e);
}

static bool
name_make(const struct entry *x, struct arena *a, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	return put_name(&b, &x->file->name, e) &&
	    attribute_make(OID_CATALOG_NAME_VALUE, buf_span(&b), a, out, e);
}

/* One member: count entries have its tag, and it gets the names of all. */
static bool
put_member(struct buf *b, const struct catalog_terms *t,
    const struct entry *x, size_t count, struct arena *scratch,
    struct err *e)
{
	struct span *list = ARENA_ARRAY(scratch, struct span, count + 2);
	size_t n = 0;

	if (list == NULL)
		return err_budget(e, scratch);
	if (!info_make(t, x, scratch, &list[n++], e) || (x->full &&
	    !content_make(t, x, scratch, &list[n++], e)))
		return false;
	for (size_t i = 0; x->full && i < count; i++)
		if (!name_make(&x[i], scratch, &list[n++], e))
			return false;
	size_t at = der_open(b, DER_SEQUENCE);
	der_put(b, DER_OCTETS, x->tag);
	der_put_set(b, DER_SET, list, n);
	der_close(b, at);
	return true;
}

/* ---- all members */

static bool
text_tag(const struct digest *d, struct arena *a, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct digest_hex hex = digest_hex(d);
	struct reader r = rd_open(span_text(hex.text));

	while (rd_left(&r) > 0) {
		unsigned c = rd_u8(&r);

		buf_u16le(&b, (uint16_t)(c >= 'a' ? c - 'a' + 'A' : c));
	}
	buf_u16le(&b, 0);
	return keep(a, &b, out, e);
}

static bool
entries_make(const struct catalog_terms *t, struct arena *a,
    struct entry **out, size_t *count, struct err *e)
{
	struct entry *list = ARENA_ARRAY(a, struct entry, 2 * t->file_count);
	size_t n = 0;

	if (list == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < t->file_count; i++) {
		const struct catalog_file *f = &t->files[i];

		list[n] = (struct entry){ .file = f, .full = true,
		    .tag = digest_span(&f->sha256) };
		if (t->version == 1 &&
		    !text_tag(&f->sha1, a, &list[n].tag, e))
			return false;
		n++;
		if (t->version > 1)
			list[n++] = (struct entry){ .file = f,
			    .tag = digest_span(&f->sha1) };
	}
	*out = list;
	*count = n;
	return true;
}

/* Equal ones in the order of their files: qsort keeps none by itself. */
static int
by_tag(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = span_cmp(x->tag, y->tag);

	return order != 0 ? order : x->file < y->file ? -1 :
	    x->file > y->file;
}

static bool
put_members(struct buf *b, const struct catalog_terms *t,
    const struct entry *list, size_t count, struct err *e)
{
	size_t whole = der_open(b, DER_SEQUENCE), same;

	for (size_t i = 0; i < count; i += same) {
		CLEANUP(arena_done) struct arena *scratch =
		    arena_new(LIMIT_CATALOG_SIZE);

		for (same = 1; i + same < count &&
		    span_eq(list[i].tag, list[i + same].tag); )
			same++;
		if (!put_member(b, t, &list[i], same, scratch, e))
			return false;
		if (b->len > LIMIT_CATALOG_SIZE)
			return err_set(e, ERR_LIMIT_SIZE, "the catalog would "
			    "have more than %llu bytes",
			    (unsigned long long)LIMIT_CATALOG_SIZE);
	}
	der_close(b, whole);
	return true;
}

/* ---- the list */

static bool
put_names(struct buf *b, const struct catalog_terms *t, struct err *e)
{
	if (t->name_count == 0)
		return true;
	size_t wrapped = der_open(b, DER_EXPLICIT(0));
	size_t whole = der_open(b, DER_SEQUENCE);
	for (size_t i = 0; i < t->name_count; i++) {
		size_t one = der_open(b, DER_SEQUENCE);

		buf_put(b, oid_der(OID_CATALOG_NAME_VALUE));
		size_t octets = der_open(b, DER_OCTETS);
		if (!put_name(b, &t->names[i], e))
			return false;
		der_close(b, octets);
		der_close(b, one);
	}
	der_close(b, whole);
	der_close(b, wrapped);
	return true;
}

static bool
put_list(struct buf *b, const struct catalog_terms *t,
    const struct entry *list, size_t count, struct err *e)
{
	size_t whole = der_open(b, DER_SEQUENCE);

	der_put(b, DER_SEQUENCE, oid_der(OID_CATALOG_LIST));
	der_put(b, DER_OCTETS, SPAN(t->list_id));
	der_put_time(b, t->time);
	der_put_algorithm(b, oid_der(t->version > 1 ? OID_CATALOG_MEMBER_V2 :
	    OID_CATALOG_MEMBER), true);
	if (!put_members(b, t, list, count, e) || !put_names(b, t, e))
		return false;
	der_close(b, whole);
	return true;
}

bool
catalog_write(const struct catalog_terms *t, struct arena *a,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct entry *list;
	size_t count;

	if (!entries_make(t, a, &list, &count, e))
		return false;
	if (count > 0)
		qsort(list, count, sizeof(*list), by_tag);
	if (!put_list(&b, t, list, count, e))
		return false;
	cms_put_unsigned(out, oid_der(OID_CERT_TRUST_LIST), buf_span(&b));
	return true;
}
