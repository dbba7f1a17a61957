/*
 * zip_write - an archive with some contents replaced and others added.
 *
 * Runs of untouched entries are slices of the old file. A changed entry keeps
 * its method, names, times, attributes, order and extra fields; it loses its
 * data descriptor, as the sizes are known now. New entries come last. The
 * directory is written anew: records of untouched entries differ in their
 * offset only.
 */
#include <string.h>

#include "base/text.h"
#include "containers/pieces.h"
#include "containers/zip.h"

#define ALIGNMENT_MAX	16384	/* a page of the largest kind */

struct output {
	struct arena		*arena;
	struct spool		*spool;
	const struct zip	*zip;
	struct pieces		 pieces;
	struct buf		 directory;
	uint64_t		 entries;
	const struct change	*changes;	/* all, for habit.packed */
	struct zip_habit	 habit;
};

static void
output_done(struct output *out)
{
	buf_done(&out->directory);
}

static uint32_t
narrow32(uint64_t value, bool wide)
{
	return wide ? ZIP_WIDE32 : (uint32_t)value;
}

static uint16_t
narrow16(uint64_t value, bool wide)
{
	return wide ? (uint16_t)ZIP_WIDE16 : (uint16_t)value;
}

/* The record of the directory as it will be. */
struct record {
	const struct zip_entry	*old;
	struct zip_numbers	 numbers;
	uint16_t		 flags;
	bool			 changed;
};

static struct zip_wide
record_wide(const struct record *r)
{
	struct zip_wide w = r->old->wide;

	w.size |= r->numbers.size >= ZIP_WIDE32;
	w.packed |= r->numbers.packed >= ZIP_WIDE32;
	w.offset |= r->numbers.offset >= ZIP_WIDE32;
	return w;
}

static void
put_wide(struct buf *out, const struct zip_numbers *n, struct zip_wide w,
    struct span rest)
{
	size_t len = 8u * ((size_t)w.size + w.packed + w.offset) + rest.len;

	buf_u16le(out, ZIP_EXTRA_64);
	buf_u16le(out, (uint16_t)len);
	if (w.size)
		buf_u64le(out, n->size);
	if (w.packed)
		buf_u64le(out, n->packed);
	if (w.offset)
		buf_u64le(out, n->offset);
	buf_put(out, rest);
}

/* What stands behind the numbers in the old ZIP64 field of the record. */
static struct span
wide_rest(const struct zip_entry *x, struct span data)
{
	return span_from(data, 8u * ((size_t)x->wide.size + x->wide.packed +
	    x->wide.offset));
}

/* The ZIP64 field stays where it was; a new one comes first. */
static void
record_extra(const struct record *r, struct zip_wide w, struct buf *out)
{
	struct reader in = rd_open(r->old->extra);
	bool any = w.size || w.packed || w.offset, found;
	struct span whole, data;
	uint16_t id;

	found = zip_extra_find(r->old->extra, ZIP_EXTRA_64, &data);
	if (any && !found)
		put_wide(out, &r->numbers, w, (struct span){ NULL, 0 });
	while (zip_extra_next(&in, &id, &whole, &data)) {
		if (id != ZIP_EXTRA_64)
			buf_put(out, whole);
		else if (any)
			put_wide(out, &r->numbers, w, r->changed ?
			    (struct span){ NULL, 0 } :
			    wide_rest(r->old, data));
		else if (!r->changed)
			buf_put(out, whole);
	}
	buf_put(out, span_from(r->old->extra, in.at));
}

static bool
put_record(struct output *out, const struct record *r, struct err *e)
{
	CLEANUP(buf_done) struct buf extra = { 0 };
	struct zip_wide w = record_wide(r);
	bool any = w.size || w.packed || w.offset;
	struct reader in = rd_open(r->old->record);
	struct buf *to = &out->directory;

	record_extra(r, w, &extra);
	if (extra.len > UINT16_MAX)
		return err_set(e, ERR_ZIP_EXTRA, "entry \"%s\": no room for "
		    "a ZIP64 extra field", ZIP_NAME(r->old));
	buf_put(to, rd_take(&in, 6));
	uint16_t version = rd_u16le(&in);
	buf_u16le(to, any && version < ZIP_VERSION_64 ? ZIP_VERSION_64 :
	    version);
	buf_u16le(to, r->flags);
	rd_skip(&in, 2);
	buf_put(to, rd_take(&in, 6));		/* method, time, date */
	buf_u32le(to, r->numbers.crc);
	buf_u32le(to, narrow32(r->numbers.packed, w.packed));
	buf_u32le(to, narrow32(r->numbers.size, w.size));
	rd_skip(&in, 12);
	buf_put(to, rd_take(&in, 2));		/* length of the name */
	buf_u16le(to, (uint16_t)extra.len);
	rd_skip(&in, 2);
	buf_put(to, rd_take(&in, 10));		/* comment, disk, attributes */
	buf_u32le(to, narrow32(r->numbers.offset, w.offset));
	buf_put(to, r->old->name);
	buf_put(to, buf_span(&extra));
	buf_put(to, r->old->comment);
	out->entries++;
	return true;
}

/*
 * To what the data of a stored entry was aligned, 0: to nothing. Tools that
 * align (zipalign) fill the local extra field with zeros or say it in a field.
 */
static uint64_t
old_alignment(const struct zip_entry *x, struct span extra)
{
	struct reader r = rd_open(extra);
	struct span whole, data;
	uint64_t found = 0;
	uint16_t id;

	if (x->method != ZIP_STORED)
		return 0;
	while (zip_extra_next(&r, &id, &whole, &data))
		if (id == ZIP_EXTRA_ALIGNMENT && data.len >= 2) {
			struct reader d = rd_open(data);

			found = rd_u16le(&d);
		}
	if (found == 0 && rd_left(&r) > 0)
		for (found = ALIGNMENT_MAX; found > 1 &&
		    x->data % found != 0; )
			found /= 2;
	return found;
}

static void
put_alignment(struct buf *extra, struct span old, uint64_t before,
    uint64_t alignment)
{
	struct span field;
	bool named = zip_extra_find(old, ZIP_EXTRA_ALIGNMENT, &field);
	size_t head = named ? 6 : 0;

	if (alignment < 2)
		return;
	uint64_t odd = (before + extra->len + head) % alignment;
	size_t fill = odd == 0 ? 0 : (size_t)(alignment - odd);
	if (named) {
		buf_u16le(extra, ZIP_EXTRA_ALIGNMENT);
		buf_u16le(extra, (uint16_t)(fill + 2));
		buf_u16le(extra, (uint16_t)alignment);
	}
	buf_zero(extra, fill);
}

/* put_local writes the header of an entry whose contents are new. */
static bool
put_local(struct output *out, const struct zip_entry *x,
    const struct zip_numbers *n, uint16_t flags, struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 };
	CLEANUP(buf_done) struct buf extra = { 0 };
	struct reader in = rd_open(x->local);
	struct span data;

	rd_skip(&in, ZIP_LOCAL_SIZE + x->name.len);
	struct span old = rd_take(&in, rd_left(&in));
	bool wide = zip_extra_find(old, ZIP_EXTRA_64, &data) ||
	    n->size >= ZIP_WIDE32 || n->packed >= ZIP_WIDE32;
	if (wide)
		put_wide(&extra, n, (struct zip_wide){ true, true, false },
		    (struct span){ NULL, 0 });
	zip_extra_plain(old, &extra);
	put_alignment(&extra, old, out->pieces.len + ZIP_LOCAL_SIZE +
	    x->name.len, old_alignment(x, old));
	if (extra.len > UINT16_MAX)
		return err_set(e, ERR_ZIP_EXTRA, "no room for extra fields");
	rd_seek(&in, 0);
	buf_put(&head, rd_take(&in, 4));
	uint16_t version = rd_u16le(&in);
	buf_u16le(&head, wide && version < ZIP_VERSION_64 ? ZIP_VERSION_64 :
	    version);
	buf_u16le(&head, flags);
	rd_skip(&in, 2);
	buf_put(&head, rd_take(&in, 6));	/* method, time, date */
	buf_u32le(&head, n->crc);
	buf_u32le(&head, narrow32(n->packed, wide));
	buf_u32le(&head, narrow32(n->size, wide));
	buf_u16le(&head, (uint16_t)x->name.len);
	buf_u16le(&head, (uint16_t)extra.len);
	buf_put(&head, x->name);
	buf_put(&head, buf_span(&extra));
	return pieces_bytes(&out->pieces, buf_span(&head), e);
}

/* What lies in the archive of new contents. */
static bool
packed_data(struct output *out, const struct zip_entry *x,
    const struct change *c, struct rope *data, struct err *e)
{
	*data = c->contents;
	if (x->method != ZIP_DEFLATED)
		return true;
	if (out->habit.packed != NULL &&
	    out->habit.packed[c - out->changes].len > 0) {
		*data = out->habit.packed[c - out->changes];
		return true;
	}
	return zip_deflate(&c->contents, out->arena, out->spool, data, e);
}

/* An entry from new contents: header, data, record. */
static bool
put_contents(struct output *out, const struct zip_entry *x,
    const struct change *c, struct zip_numbers *n, uint16_t flags,
    struct err *e)
{
	const struct rope *contents = &c->contents;
	struct rope data;

	if (!packed_data(out, x, c, &data, e))
		return false;
	*n = (struct zip_numbers){ .packed = data.len, .size = contents->len,
	    .offset = out->pieces.len - out->zip->end.shift };
	return zip_crc(contents, &n->crc, e) &&
	    put_local(out, x, n, flags, e) &&
	    pieces_rope(&out->pieces, data, e);
}

static bool
changeable(const struct zip_entry *x, struct err *e)
{
	if ((x->flags & ZIP_FLAG_ENCRYPTED) != 0)
		return err_set(e, ERR_ZIP_ENCRYPTED, "it is encrypted");
	if (x->method != ZIP_STORED && x->method != ZIP_DEFLATED)
		return err_set(e, ERR_ZIP_METHOD, "it is packed by method %u, "
		    "not by deflate (8)", x->method);
	if (span_ends(x->name, "/"))
		return err_set(e, ERR_ZIP_NAME, "it is a folder");
	return true;
}

static uint16_t
changed_flags(const struct zip_entry *x)
{
	uint16_t off = ZIP_FLAG_DESCRIPTOR;

	if (x->method == ZIP_DEFLATED)
		off |= ZIP_FLAG_LEVEL;
	return (uint16_t)(x->flags & ~off);
}

/* The entries, in the order of the file; records are filled in. */
static bool
put_entries(struct output *out, const struct change *const *changes,
    struct record *records, struct err *e)
{
	const struct zip *z = out->zip;
	struct pieces *p = &out->pieces;

	for (size_t k = 0; k < z->count; k++) {
		size_t i = z->order[k];
		const struct zip_entry *x = &z->entries[i];
		struct record *r = &records[i];

		*r = (struct record){ .old = x, .numbers = x->numbers,
		    .flags = x->flags, .changed = changes[i] != NULL };
		if (!r->changed) {
			r->numbers.offset = p->len + (x->at - p->from) -
			    z->end.shift;
			continue;
		}
		r->flags = changed_flags(x);
		if (!pieces_old(p, x->at, e))
			return false;
		if (!changeable(x, e) || !put_contents(out, x,
		    changes[i], &r->numbers, r->flags, e))
			return err_at(e, "entry \"%s\"", ZIP_NAME(x));
		p->from = x->end;
	}
	return pieces_old(p, z->end.directory, e);
}

/* A new entry is made up from records as they would be read. */
static bool
new_entry(struct output *out, struct span path, struct zip_entry *x,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	uint16_t flags = 0;

	if (path.len > UINT16_MAX || !name_check(path, ERR_ZIP_NAME, e))
		return err_set(e, ERR_ZIP_NAME, "a new entry cannot be named "
		    "\"%s\"", text_show(path).text);
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] >= 0x80)
			flags = ZIP_FLAG_UTF8;
	buf_u32le(&b, ZIP_CENTRAL);
	buf_u16le(&b, out->habit.made_by);
	buf_u16le(&b, out->habit.version);
	buf_u16le(&b, flags);
	buf_u16le(&b, ZIP_STORED);
	buf_u16le(&b, 0);
	buf_u16le(&b, ZIP_NO_DATE);
	buf_zero(&b, 12);
	buf_u16le(&b, (uint16_t)path.len);
	buf_zero(&b, 8);
	buf_u32le(&b, out->habit.attributes);
	buf_zero(&b, 4);
	buf_put(&b, path);
	bool wide = out->habit.wide;
	*x = (struct zip_entry){ .name = path, .flags = flags,
	    .wide = { wide, wide, wide } };
	if (!arena_copy(out->arena, buf_span(&b), &x->record))
		return err_budget(e, out->arena);
	b.len = 0;
	buf_u32le(&b, ZIP_LOCAL);
	buf_u16le(&b, out->habit.version);
	buf_u16le(&b, flags);
	buf_u16le(&b, ZIP_STORED);
	buf_u16le(&b, 0);
	buf_u16le(&b, ZIP_NO_DATE);
	buf_zero(&b, 12);
	buf_u16le(&b, (uint16_t)path.len);
	buf_u16le(&b, 0);
	buf_put(&b, path);
	if (!arena_copy(out->arena, buf_span(&b), &x->local))
		return err_budget(e, out->arena);
	return true;
}

/* The names of old and new entries together must be unique. */
static bool
added_names_check(struct output *out, const struct zip_entry *added,
    size_t count, struct err *e)
{
	struct zip all = { .count = out->zip->count + count };

	all.entries = ARENA_ARRAY(out->arena, struct zip_entry, all.count);
	if (all.entries == NULL)
		return err_budget(e, out->arena);
	memcpy(all.entries, out->zip->entries,
	    out->zip->count * sizeof(*all.entries));
	memcpy(all.entries + out->zip->count, added,
	    count * sizeof(*added));
	return zip_names_check(&all, out->arena, e);
}

static bool
put_new(struct output *out, const struct change *changes, size_t count,
    struct err *e)
{
	struct zip_entry *added = ARENA_ARRAY(out->arena, struct zip_entry,
	    count);
	struct record *records = ARENA_ARRAY(out->arena, struct record,
	    count);

	if (added == NULL || records == NULL)
		return err_budget(e, out->arena);
	for (size_t i = 0; i < count; i++) {
		struct zip_entry *x = &added[i];

		if (!new_entry(out, changes[i].path, x, e) ||
		    !put_contents(out, x, &changes[i],
		    &records[i].numbers, x->flags, e))
			return false;
		records[i].old = x;
		records[i].flags = x->flags;
		records[i].changed = true;
	}
	if (!added_names_check(out, added, count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!put_record(out, &records[i], e))
			return false;
	return true;
}

/* The old end record, with what is new about the directory. */
static bool
put_end(struct output *out, uint64_t directory, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct zip_end *old = &out->zip->end;
	uint64_t len = out->directory.len, offset = directory - old->shift;
	struct reader was = rd_open(old->record);
	bool count_wide, len_wide, offset_wide;

	rd_skip(&was, 4);
	struct span disks = rd_take(&was, 4);
	bool disk_count_wide = rd_u16le(&was) == ZIP_WIDE16 && old->zip64;
	count_wide = (rd_u16le(&was) == ZIP_WIDE16 && old->zip64) ||
	    out->entries > ZIP_WIDE16;
	disk_count_wide |= out->entries > ZIP_WIDE16;
	len_wide = rd_u32le(&was) == ZIP_WIDE32 || len >= ZIP_WIDE32;
	offset_wide = rd_u32le(&was) == ZIP_WIDE32 || offset >= ZIP_WIDE32;
	if (old->zip64 || count_wide || len_wide || offset_wide) {
		struct reader r = rd_open(old->end64);

		rd_skip(&r, 12);
		uint16_t made = rd_u16le(&r), needed = rd_u16le(&r);
		buf_u32le(&b, ZIP_END64);
		buf_u64le(&b, ZIP_END64_SIZE - 12);
		buf_u16le(&b, old->zip64 ? made : ZIP_VERSION_64);
		buf_u16le(&b, old->zip64 ? needed : ZIP_VERSION_64);
		buf_zero(&b, 8);
		buf_u64le(&b, out->entries);
		buf_u64le(&b, out->entries);
		buf_u64le(&b, len);
		buf_u64le(&b, offset);
		buf_u32le(&b, ZIP_LOCATOR64);
		buf_u32le(&b, 0);
		buf_u64le(&b, out->pieces.len - old->shift);
		buf_u32le(&b, 1);
	}
	buf_u32le(&b, ZIP_END);
	buf_put(&b, disks);
	buf_u16le(&b, narrow16(out->entries, disk_count_wide));
	buf_u16le(&b, narrow16(out->entries, count_wide));
	buf_u32le(&b, narrow32(len, len_wide));
	buf_u32le(&b, narrow32(offset, offset_wide));
	buf_put(&b, span_from(old->record, ZIP_END_SIZE - 2));
	return pieces_bytes(&out->pieces, buf_span(&b), e);
}

static bool
put_all(struct output *out, const struct change *changes, size_t count,
    uint64_t *directory, struct err *e)
{
	const struct zip *z = out->zip;
	const struct change **by_entry = ARENA_ARRAY(out->arena,
	    const struct change *, z->count);
	struct record *records = ARENA_ARRAY(out->arena, struct record,
	    z->count);
	size_t old = 0;

	if (by_entry == NULL || records == NULL)
		return err_budget(e, out->arena);
	for (; old < count && changes[old].index < z->count; old++)
		by_entry[changes[old].index] = &changes[old];
	if (!put_entries(out, by_entry, records, e))
		return false;
	for (size_t i = 0; i < z->count; i++)
		if (!put_record(out, &records[i], e))
			return false;
	if (old < count && !put_new(out, &changes[old], count - old, e))
		return false;
	*directory = out->pieces.len;
	return pieces_bytes(&out->pieces, buf_span(&out->directory), e) &&
	    put_end(out, *directory, e);
}

bool
zip_rebuild(const struct listing *l, const struct change *changes,
    size_t count, struct arena *a, struct spool *spool, struct rope *rope,
    struct err *e)
{
	static const struct zip_habit plain = {
		.made_by = ZIP_MADE_BY_UNIX | ZIP_VERSION_DEFLATE,
		.version = ZIP_VERSION_DEFLATE,
		.attributes = ZIP_FILE_MODE,
	};
	uint64_t directory;

	return zip_write(&l->file, l->own, changes, count, &plain, a, spool,
	    rope, &directory, e);
}

bool
zip_write(const struct rope *file, const struct zip *z,
    const struct change *changes, size_t count, const struct zip_habit *habit,
    struct arena *a, struct spool *spool, struct rope *rope,
    uint64_t *directory, struct err *e)
{
	CLEANUP(output_done) struct output out = { .arena = a,
	    .spool = spool, .zip = z, .changes = changes, .habit = *habit,
	    .pieces = { .arena = a, .old = file } };

	return put_all(&out, changes, count, directory, e) &&
	    pieces_join(&out.pieces, rope, e);
}
