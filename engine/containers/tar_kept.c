/*
 * tar_kept - whether an archive differs from an earlier one only in what was
 * meant to change. It shares nothing with the writer: it compares two archives
 * that the strict reader took, range by range, so that no byte of either is
 * unaccounted for, and what the headers of their packing say.
 */
#include <string.h>

#include "base/text.h"
#include "containers/tar.h"

struct pair {
	const struct tar	*before;
	const struct tar	*after;
	uint64_t		 from;		/* compared so far, in before */
	uint64_t		 to;		/* in after */
};

static bool
differs(const struct tar_entry *x, const char *what, struct err *e)
{
	return err_set(e, ERR_TAR_CHANGED, "entry \"%s\": its %s changed",
	    TAR_NAME(x), what);
}

static bool
same_range(const struct pair *p, uint64_t from, uint64_t from_end,
    uint64_t to, uint64_t to_end, bool *same, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch = arena_new((size_t)64 << 20);
	struct rope x, y;

	*same = from_end - from == to_end - to;
	return !*same || (rope_slice(scratch, &p->before->plain, from,
	    from_end - from, &x, e) && rope_slice(scratch, &p->after->plain,
	    to, to_end - to, &y, e) && rope_same(&x, &y, same, e));
}

/* All bytes up to two places are the same: what names the entry, and data. */
static bool
same_until(struct pair *p, uint64_t from, uint64_t to,
    const struct tar_entry *x, const char *what, struct err *e)
{
	bool same;

	if (!same_range(p, p->from, from, p->to, to, &same, e))
		return false;
	p->from = from;
	p->to = to;
	return same || differs(x, what, e);
}

static bool
header_read(const struct tar *t, uint64_t at, struct tar_record *out,
    struct err *e)
{
	return rope_read(&t->plain, at, TAR_RECORD, out->bytes, e);
}

/* Two headers may differ in size and checksum. */
static bool
same_header(const struct pair *p, uint64_t from, uint64_t to,
    const struct tar_entry *x, struct err *e)
{
	struct tar_record a, b;

	if (!header_read(p->before, from, &a, e) ||
	    !header_read(p->after, to, &b, e))
		return false;
	tar_put(&a, TAR_F_SIZE, tar_get(&b, TAR_F_SIZE));
	tar_put(&a, TAR_F_SUM, tar_get(&b, TAR_F_SUM));
	return memcmp(&a, &b, sizeof(a)) == 0 || differs(x, "header", e);
}

static bool
pax_data(const struct tar *t, const struct tar_entry *x, struct buf *out,
    struct err *e)
{
	buf_zero(out, (size_t)x->pax_len);
	return rope_read(&t->plain, x->pax + TAR_RECORD, x->pax_len, out->ptr,
	    e);
}

static bool
pax_padding(const struct tar *t, const struct tar_entry *x, struct err *e)
{
	uint64_t end = x->pax + TAR_RECORD + x->pax_len;
	bool zeros;

	return tar_zeros(&t->plain, end, tar_padded(x->pax_len) - x->pax_len,
	    &zeros, e) && (zeros || differs(x, "pax header", e));
}

/* Records of two pax headers are the same but for the size. */
static bool
same_pax(struct pair *p, const struct tar_entry *a, const struct tar_entry *b,
    struct err *e)
{
	CLEANUP(buf_done) struct buf old = { 0 };
	CLEANUP(buf_done) struct buf new = { 0 };
	struct span x, y, record, other, key, name, value;

	if (!same_until(p, a->pax, b->pax, a, "extended header", e) ||
	    !same_header(p, a->pax, b->pax, a, e) ||
	    !pax_data(p->before, a, &old, e) ||
	    !pax_data(p->after, b, &new, e) || !pax_padding(p->after, b, e))
		return false;
	x = buf_span(&old);
	y = buf_span(&new);
	while (x.len > 0 && y.len > 0) {
		if (!tar_pax_next(&x, &record, &key, &value, e) ||
		    !tar_pax_next(&y, &other, &name, &value, e))
			return false;
		if (!span_eq(key, name) ||
		    (!span_is(key, "size") && !span_eq(record, other)))
			return differs(a, "pax header", e);
	}
	p->from = a->pax + TAR_RECORD + tar_padded(a->pax_len);
	p->to = b->pax + TAR_RECORD + tar_padded(b->pax_len);
	return (x.len == 0 && y.len == 0) || differs(a, "pax header", e);
}

static bool
padding_check(const struct tar *t, const struct tar_entry *x, struct err *e)
{
	uint64_t end = x->data + x->size;
	bool zeros;

	return tar_zeros(&t->plain, end, x->end - end, &zeros, e) &&
	    (zeros || err_set(e, ERR_TAR_CHANGED, "entry \"%s\": bytes stand "
	    "behind its data", TAR_NAME(x)));
}

static bool
same_changed(struct pair *p, const struct tar_entry *a,
    const struct tar_entry *b, struct err *e)
{
	bool sized = a->pax_len > 0;

	if (sized != (b->pax_len > 0))
		return differs(a, "pax header", e);
	if (sized && !same_pax(p, a, b, e))
		return false;
	if (!same_until(p, a->header, b->header, a, "extended header", e) ||
	    !same_header(p, a->header, b->header, a, e) ||
	    !padding_check(p->after, b, e))
		return false;
	p->from = a->end;
	p->to = b->end;
	return true;
}

/* ---- new entries: plain files, with no place to hide anything */

static bool
not_plain(const struct tar_entry *x, const char *why, struct err *e)
{
	return err_set(e, ERR_TAR_CHANGED, "the new entry \"%s\" %s",
	    TAR_NAME(x), why);
}

static bool
time_fits(const struct tar *before, const struct tar_record *r, bool *fits,
    struct err *e)
{
	struct tar_record last;
	uint64_t time, old = 0;

	*fits = tar_number(r, TAR_F_MTIME, &time);
	if (!*fits || time == 0 || before->count == 0) {
		*fits = *fits && time == 0;
		return true;
	}
	if (!header_read(before, before->entries[before->count - 1].header,
	    &last, e))
		return false;
	*fits = tar_number(&last, TAR_F_MTIME, &old) && old == time;
	return true;
}

/*
 * Behind the end of a name stands nothing. One that is a stand-in is always the
 * same: not all readers know pax, and these would take it for the file's.
 */
static bool
plain_text(const struct tar_record *r, const char *stand_in)
{
	static const enum tar_field texts[] = { TAR_F_NAME, TAR_F_PREFIX };
	bool good = stand_in == NULL ||
	    (span_is(tar_text(r, TAR_F_NAME), stand_in) &&
	    tar_text(r, TAR_F_PREFIX).len == 0);

	for (size_t i = 0; i < COUNT(texts); i++)
		good = good && span_zero(span_from(tar_get(r, texts[i]),
		    tar_text(r, texts[i]).len));
	return good;
}

/* stand_in: what it is called, NULL: by its own name. */
static bool
plain_header(const struct pair *p, const struct tar_entry *x, uint64_t at,
    uint8_t type, const char *stand_in, struct err *e)
{
	static const uint8_t magic[] = { 'u', 's', 't', 'a', 'r', 0, '0', '0' };
	static const enum tar_field empty[] = { TAR_F_LINK, TAR_F_OWNER,
	    TAR_F_DEVICE, TAR_F_REST };
	struct tar_record r;
	uint64_t mode, uid, gid;
	bool fits;

	if (!header_read(p->after, at, &r, e) ||
	    !time_fits(p->before, &r, &fits, e))
		return false;
	fits = fits && plain_text(&r, stand_in) &&
	    r.bytes[tar_places[TAR_F_TYPE].at] == type &&
	    span_eq(tar_get(&r, TAR_F_MAGIC), SPAN(magic)) &&
	    tar_number(&r, TAR_F_MODE, &mode) && mode == 0644 &&
	    tar_number(&r, TAR_F_UID, &uid) && uid == 0 &&
	    tar_number(&r, TAR_F_GID, &gid) && gid == 0;
	for (size_t i = 0; i < COUNT(empty); i++)
		fits = fits && span_zero(tar_get(&r, empty[i]));
	return fits || not_plain(x, "is no plain file", e);
}

/* One pax header may give the name, and nothing else. */
static bool
plain_name(const struct pair *p, const struct tar_entry *x, struct err *e)
{
	CLEANUP(buf_done) struct buf data = { 0 };
	struct span rest, record, key, value;
	struct tar_record r;
	uint64_t size = 0;
	bool zeros;

	if (!header_read(p->after, x->at, &r, e))
		return false;
	if (!tar_number(&r, TAR_F_SIZE, &size) || size == 0 ||
	    size > TAR_PAX_MAX ||
	    x->at + TAR_RECORD + tar_padded(size) != x->header)
		return not_plain(x, "has other extended headers", e);
	buf_zero(&data, (size_t)size);
	if (!plain_header(p, x, x->at, 'x', TAR_NAME_PAX, e) ||
	    !rope_read(&p->after->plain, x->at + TAR_RECORD, size, data.ptr,
	    e) || !tar_zeros(&p->after->plain, x->at + TAR_RECORD + size,
	    tar_padded(size) - size, &zeros, e))
		return false;
	rest = buf_span(&data);
	if (!tar_pax_next(&rest, &record, &key, &value, e))
		return false;
	return (zeros && rest.len == 0 && span_is(key, "path")) ||
	    not_plain(x, "has other pax records than its name", e);
}

static bool
plain_new(struct pair *p, const struct tar_entry *x, struct err *e)
{
	const char *stand_in = x->header != x->at ? TAR_NAME_LONG : NULL;

	if (x->at != p->to)
		return not_plain(x, "has other headers before it", e);
	if ((x->header != x->at && !plain_name(p, x, e)) ||
	    !plain_header(p, x, x->header, '0', stand_in, e) ||
	    !padding_check(p->after, x, e))
		return false;
	p->to = x->end;
	return true;
}

/* ---- the whole */

static bool
frame_check(struct pair *p, uint64_t from, uint64_t to, struct err *e)
{
	bool same;

	if (!same_range(p, p->from, from, p->to, to, &same, e))
		return false;
	p->from = from;
	p->to = to;
	return same || err_set(e, ERR_TAR_CHANGED,
	    "what stands behind the last entry changed");
}

static bool
new_check(struct pair *p, struct err *e)
{
	const struct tar *x = p->before, *y = p->after;
	uint64_t first = y->count > x->count ? y->entries[x->count].at :
	    y->end;

	if (!frame_check(p, x->end, first, e))
		return false;
	for (size_t i = x->count; i < y->count; i++)
		if (!plain_new(p, &y->entries[i], e))
			return false;
	return frame_check(p, x->plain.len, y->plain.len, e);
}

bool
tar_kept(const struct listing *before, const struct listing *after,
    const size_t *indices, size_t count, struct err *e)
{
	struct pair p = { .before = before->own, .after = after->own };
	const struct tar *x = p.before, *y = p.after;
	size_t next = 0;

	if (!wrap_kept(&x->wrap, &y->wrap, e))
		return false;
	if (y->count < x->count)
		return err_set(e, ERR_TAR_CHANGED, "%zu entries are gone",
		    x->count - y->count);
	for (size_t i = 0; i < x->count; i++) {
		const struct tar_entry *a = &x->entries[i];
		const struct tar_entry *b = &y->entries[i];
		bool may = next < count && indices[next] == i;

		next += may;
		if (may ? !same_changed(&p, a, b, e) :
		    !same_until(&p, a->end, b->end, a, "header or data", e))
			return false;
	}
	return new_check(&p, e);
}
