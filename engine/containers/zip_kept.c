/*
 * zip_kept - whether an archive differs from an earlier one only in what was
 * meant to change. It shares nothing with the writer: it compares two archives
 * that the strict reader took, so no byte of either is unaccounted for.
 */
#include "base/text.h"
#include "containers/zip.h"

static bool
differs(const struct zip_entry *x, const char *what, struct err *e)
{
	return err_set(e, ERR_ZIP_CHANGED, "entry \"%s\": its %s changed",
	    ZIP_NAME(x), what);
}

/* Extra fields but ZIP64 and alignment. */
static bool
same_extra(struct span a, struct span b)
{
	CLEANUP(buf_done) struct buf x = { 0 };
	CLEANUP(buf_done) struct buf y = { 0 };

	zip_extra_plain(a, &x);
	zip_extra_plain(b, &y);
	return span_eq(buf_span(&x), buf_span(&y));
}

/* A ZIP64 field holds numbers that are compared, and nothing behind them. */
static bool
wide_exact(const struct zip_entry *x)
{
	struct span data;

	return !zip_extra_find(x->extra, ZIP_EXTRA_64, &data) ||
	    data.len == 8u * ((size_t)x->wide.size + x->wide.packed +
	    x->wide.offset);
}

static bool
same_wide(const struct zip_entry *a, const struct zip_entry *b)
{
	struct span x, y;
	size_t at = 8u * ((size_t)a->wide.size + a->wide.packed);

	if (wide_exact(b))
		return true;
	return zip_extra_find(a->extra, ZIP_EXTRA_64, &x) &&
	    zip_extra_find(b->extra, ZIP_EXTRA_64, &y) &&
	    span_eq(span_from(x, at + 8u * a->wide.offset),
	    span_from(y, at + 8u * b->wide.offset));
}

/* What a change of the contents leaves alone: records of the directory. */
static bool
same_record(const struct zip_entry *a, const struct zip_entry *b,
    struct err *e)
{
	struct reader x = rd_open(a->record), y = rd_open(b->record);

	if (!span_eq(a->name, b->name))
		return differs(a, "name", e);
	if (!span_eq(rd_take(&x, 6), rd_take(&y, 6)))
		return differs(a, "version", e);
	if (a->version != b->version && b->version != ZIP_VERSION_64)
		return differs(a, "version", e);
	rd_seek(&x, 10);
	rd_seek(&y, 10);
	if (!span_eq(rd_take(&x, 6), rd_take(&y, 6)))
		return differs(a, "method or time", e);
	rd_seek(&x, 34);
	rd_seek(&y, 34);
	if (!span_eq(rd_take(&x, 8), rd_take(&y, 8)))
		return differs(a, "attributes", e);
	if (!same_extra(a->extra, b->extra))
		return differs(a, "extra fields", e);
	if (!span_eq(a->comment, b->comment))
		return differs(a, "comment", e);
	return true;
}

static bool
same_extents(const struct rope *l, const struct rope *m,
    const struct zip_entry *a, const struct zip_entry *b, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch = arena_new((size_t)64 << 20);
	struct rope x, y;
	bool same;

	if (!rope_slice(scratch, l, a->at, a->end - a->at, &x, e) ||
	    !rope_slice(scratch, m, b->at, b->end - b->at, &y, e) ||
	    !rope_same(&x, &y, &same, e))
		return false;
	return same || differs(a, "header or data", e);
}

static bool
same_untouched(const struct rope *l, const struct rope *m,
    const struct zip_entry *a, const struct zip_entry *b, struct err *e)
{
	if (!same_record(a, b, e))
		return false;
	if (a->flags != b->flags || a->numbers.crc != b->numbers.crc ||
	    a->numbers.size != b->numbers.size ||
	    a->numbers.packed != b->numbers.packed || !same_wide(a, b))
		return differs(a, "record in the directory", e);
	return same_extents(l, m, a, b, e);
}

/* The field of a local header holds both sizes, if it is there. */
static bool
local_wide_exact(const struct zip_entry *x)
{
	struct span data;

	return !zip_extra_find(span_from(x->local, ZIP_LOCAL_SIZE +
	    x->name.len), ZIP_EXTRA_64, &data) || data.len == 16;
}

/* The first words of local headers: version needed, flags. */
static bool
same_local(const struct zip_entry *a, const struct zip_entry *b,
    struct err *e)
{
	struct reader x = rd_open(a->local), y = rd_open(b->local);

	rd_skip(&x, 4);
	rd_skip(&y, 4);
	uint16_t old = rd_u16le(&x), new = rd_u16le(&y);
	if (old != new && new != ZIP_VERSION_64)
		return differs(a, "version", e);
	old = rd_u16le(&x);
	new = rd_u16le(&y);
	if ((new & ~old) != 0)
		return differs(a, "flags", e);
	if (!span_eq(rd_take(&x, 6), rd_take(&y, 6)))
		return differs(a, "method or time", e);
	return local_wide_exact(b) || differs(a, "ZIP64 field", e);
}

static bool
same_changed(const struct zip_entry *a, const struct zip_entry *b,
    struct err *e)
{
	uint16_t may = ZIP_FLAG_DESCRIPTOR | ZIP_FLAG_LEVEL;

	if (!same_record(a, b, e))
		return false;
	if (((a->flags ^ b->flags) & ~may) != 0 || (b->flags & ~a->flags) != 0)
		return differs(a, "flags", e);
	if (!wide_exact(b))
		return differs(a, "ZIP64 field", e);
	if (!same_local(a, b, e))
		return false;
	size_t names = ZIP_LOCAL_SIZE + a->name.len;
	if (!same_extra(span_from(a->local, names), span_from(b->local, names)))
		return differs(a, "extra fields", e);
	return true;
}

static bool
plain_version(uint16_t version)
{
	return version == ZIP_VERSION_DEFLATE || version == ZIP_VERSION_64;
}

/* Version, flags, method, time and date, as both headers have them. */
static bool
plain_head(struct reader *r, uint16_t flags)
{
	return plain_version(rd_u16le(r)) && rd_u16le(r) == flags &&
	    rd_u16le(r) == ZIP_STORED && rd_u16le(r) == 0 &&
	    rd_u16le(r) == ZIP_NO_DATE;
}

/* It says of itself what every new entry says. */
static bool
plain_words(const struct zip_entry *x)
{
	struct reader record = rd_open(x->record);
	struct reader local = rd_open(x->local);

	rd_skip(&record, 4);
	rd_skip(&local, 4);
	if (rd_u16le(&record) != (ZIP_MADE_BY_UNIX | ZIP_VERSION_DEFLATE) ||
	    !plain_head(&record, x->flags) || !plain_head(&local, x->flags))
		return false;
	rd_seek(&record, 36);		/* attributes: of text, of the file */
	return rd_u16le(&record) == 0 && rd_u32le(&record) == ZIP_FILE_MODE;
}

/* A new entry is a plain file: no place to hide anything. */
static bool
plain_new(const struct zip_entry *x, struct err *e)
{
	struct span none = { x->extra.ptr, 0 };

	if (x->comment.len > 0 || !same_extra(x->extra, none) ||
	    !wide_exact(x) || (x->flags & ~ZIP_FLAG_UTF8) != 0 ||
	    !plain_words(x) ||
	    x->local.len != ZIP_LOCAL_SIZE + x->name.len +
	    (x->numbers.size >= ZIP_WIDE32 ? 20u : 0u))
		return err_set(e, ERR_ZIP_CHANGED, "the new entry \"%s\" is "
		    "no plain file", ZIP_NAME(x));
	return true;
}

static bool
same_order(const struct zip *before, const struct zip *after, struct err *e)
{
	for (size_t i = 0; i < before->count; i++)
		if (before->order[i] != after->order[i])
			return differs(&before->entries[before->order[i]],
			    "place in the file", e);
	return true;
}

/* Versions in the ZIP64 end record: as they were, or those of this format. */
static bool
same_end64(const struct zip_end *x, const struct zip_end *y, struct err *e)
{
	if (x->zip64 && !y->zip64)
		return err_set(e, ERR_ZIP_CHANGED,
		    "the ZIP64 end record is gone");
	if (!y->zip64)
		return true;
	struct reader r = rd_open(y->end64), was = rd_open(x->end64);
	rd_skip(&r, 12);
	rd_skip(&was, 12);
	uint16_t made = rd_u16le(&r), needed = rd_u16le(&r);
	bool same = x->zip64 ? made == rd_u16le(&was) &&
	    needed == rd_u16le(&was) :
	    made == ZIP_VERSION_64 && needed == ZIP_VERSION_64;
	return same || err_set(e, ERR_ZIP_CHANGED,
	    "the ZIP64 end record changed");
}

/* What stands before the first entry, and the comment of the archive. */
static bool
same_frame(const struct rope *l, const struct zip *x, const struct rope *m,
    const struct zip *y, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch = arena_new((size_t)64 << 20);
	uint64_t first = x->count > 0 ? x->entries[x->order[0]].at :
	    x->end.directory;
	uint64_t second = y->count > 0 ? y->entries[y->order[0]].at :
	    y->end.directory;
	struct rope a, b;
	bool same;

	if (!rope_slice(scratch, l, 0, first, &a, e) ||
	    !rope_slice(scratch, m, 0, second, &b, e) ||
	    !rope_same(&a, &b, &same, e))
		return false;
	if (!same || x->end.shift != y->end.shift)
		return err_set(e, ERR_ZIP_CHANGED,
		    "the bytes before the first entry changed");
	if (!span_eq(span_from(x->end.record, ZIP_END_SIZE),
	    span_from(y->end.record, ZIP_END_SIZE)))
		return err_set(e, ERR_ZIP_CHANGED,
		    "the archive's comment changed");
	return same_end64(&x->end, &y->end, e);
}

bool
zip_kept(const struct listing *before, const struct listing *after,
    const size_t *indices, size_t count, struct err *e)
{
	return zip_kept_as(&before->file, before->own, &after->file,
	    after->own, indices, count, e);
}

bool
zip_kept_as(const struct rope *before, const struct zip *x,
    const struct rope *after, const struct zip *y, const size_t *indices,
    size_t count, struct err *e)
{
	size_t next = 0;

	if (y->count < x->count)
		return err_set(e, ERR_ZIP_CHANGED, "%zu entries are gone",
		    x->count - y->count);
	if (!same_frame(before, x, after, y, e) || !same_order(x, y, e))
		return false;
	for (size_t i = 0; i < x->count; i++) {
		bool may = next < count && indices[next] == i;

		next += may;
		if (may ? !same_changed(&x->entries[i], &y->entries[i], e) :
		    !same_untouched(before, after, &x->entries[i],
		    &y->entries[i], e))
			return false;
	}
	for (size_t i = x->count; i < y->count; i++)
		if (!plain_new(&y->entries[i], e))
			return false;
	return true;
}
