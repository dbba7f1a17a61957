/*
 * zip_end - finds the end of an archive, the place where reading begins.
 *
 *	directory
 *	[ZIP64 end record (56)  ZIP64 locator (20)]
 *	end record (22)  comment (0 to 65535)
 *
 * Readers look for the end record from the back, and differ in what they do
 * when they see several. So there must be exactly one that fits, and none
 * inside its comment. Offsets may be counted from the start of the file, or
 * from where the archive begins behind a self-extractor (shift).
 */
#include "base/text.h"
#include "containers/zip.h"

#define COMMENT_MAX	65535
#define TAIL_MAX	(COMMENT_MAX + ZIP_END_SIZE + ZIP_LOCATOR64_SIZE + \
			ZIP_END64_SIZE)

static uint32_t
u32_at(struct span s, size_t at)
{
	struct reader r = rd_open(s);

	rd_seek(&r, at);
	return rd_u32le(&r);
}

static size_t
end_length(struct span tail, size_t at)
{
	struct reader r = rd_open(tail);

	rd_seek(&r, at + ZIP_END_SIZE - 2);
	return ZIP_END_SIZE + (size_t)rd_u16le(&r);
}

static bool
no_end(struct span tail, size_t last, struct err *e)
{
	if (last == SIZE_MAX)
		return err_set(e, ERR_ZIP_NO_END, "no end record of an archive "
		    "stands in the last %zu bytes", tail.len);
	size_t len = end_length(tail, last);
	if (len > tail.len - last)
		return err_set(e, ERR_ZIP_NO_END, "the archive's comment is "
		    "cut: %zu bytes are missing", len - (tail.len - last));
	return err_set(e, ERR_ZIP_TRAILING, "%zu bytes stand behind the end "
	    "of the archive", tail.len - last - len);
}

static bool
end_search(struct span tail, size_t *out, struct err *e)
{
	size_t fits = SIZE_MAX, last = SIZE_MAX;
	size_t from = tail.len > COMMENT_MAX + ZIP_END_SIZE ?
	    tail.len - COMMENT_MAX - ZIP_END_SIZE : 0;

	for (size_t at = from; at + ZIP_END_SIZE <= tail.len; at++) {
		if (tail.ptr[at] != 'P' || u32_at(tail, at) != ZIP_END)
			continue;
		last = at;
		if (end_length(tail, at) != tail.len - at)
			continue;
		if (fits != SIZE_MAX)
			return err_set(e, ERR_ZIP_TWO_ENDS, "two end records, "
			    "%zu and %zu bytes before the end, both fit",
			    tail.len - fits, tail.len - at);
		fits = at;
	}
	if (fits == SIZE_MAX)
		return no_end(tail, last, e);
	if (last != fits)
		return err_set(e, ERR_ZIP_TWO_ENDS, "the comment holds an end "
		    "record, %zu bytes before the end", tail.len - last);
	*out = fits;
	return true;
}

/* The end record; a field that is all ones stands in the ZIP64 record. */
struct fields {
	uint64_t	disk;
	uint64_t	directory_disk;
	uint64_t	disk_count;
	uint64_t	count;
	uint64_t	len;
	uint64_t	offset;
};

static struct fields
fields_read(struct span record)
{
	struct reader r = rd_open(record);
	struct fields f;

	rd_skip(&r, 4);
	f.disk = rd_u16le(&r);
	f.directory_disk = rd_u16le(&r);
	f.disk_count = rd_u16le(&r);
	f.count = rd_u16le(&r);
	f.len = rd_u32le(&r);
	f.offset = rd_u32le(&r);
	return f;
}

static bool
fields_fit(const struct fields *f, const struct fields *wide)
{
	return (f->disk == ZIP_WIDE16 || f->disk == wide->disk) &&
	    (f->directory_disk == ZIP_WIDE16 ||
	    f->directory_disk == wide->directory_disk) &&
	    (f->disk_count == ZIP_WIDE16 ||
	    f->disk_count == wide->disk_count) &&
	    (f->count == ZIP_WIDE16 || f->count == wide->count) &&
	    (f->len == ZIP_WIDE32 || f->len == wide->len) &&
	    (f->offset == ZIP_WIDE32 || f->offset == wide->offset);
}

/* The ZIP64 records stand right before the end record at `at`. */
static bool
end64_read(struct span tail, size_t at, struct zip_end *end,
    struct fields *f, uint64_t *located, struct err *e)
{
	struct fields wide;

	if (at < ZIP_LOCATOR64_SIZE + ZIP_END64_SIZE ||
	    !span_cut(tail, at - ZIP_LOCATOR64_SIZE - ZIP_END64_SIZE,
	    ZIP_END64_SIZE, &end->end64))
		return err_set(e, ERR_ZIP_END,
		    "a ZIP64 locator without its record");
	struct reader r = rd_open(end->end64);
	uint32_t magic = rd_u32le(&r);
	uint64_t size = rd_u64le(&r);
	rd_skip(&r, 4);
	wide.disk = rd_u32le(&r);
	wide.directory_disk = rd_u32le(&r);
	wide.disk_count = rd_u64le(&r);
	wide.count = rd_u64le(&r);
	wide.len = rd_u64le(&r);
	wide.offset = rd_u64le(&r);
	if (magic != ZIP_END64 || size != ZIP_END64_SIZE - 12)
		return err_set(e, ERR_ZIP_END, "no ZIP64 end record of %d "
		    "bytes stands before its locator", ZIP_END64_SIZE);
	r = rd_open(tail);
	rd_seek(&r, at - ZIP_LOCATOR64_SIZE + 4);
	uint32_t disk = rd_u32le(&r);
	*located = rd_u64le(&r);
	if (disk != 0 || rd_u32le(&r) > 1)
		return err_set(e, ERR_ZIP_DISKS,
		    "the ZIP64 locator names several disks");
	if (!fields_fit(f, &wide))
		return err_set(e, ERR_ZIP_END, "the end record (%llu entries, "
		    "directory of %llu bytes at %llu) and the ZIP64 record "
		    "(%llu, %llu, %llu) differ", (unsigned long long)f->count,
		    (unsigned long long)f->len, (unsigned long long)f->offset,
		    (unsigned long long)wide.count,
		    (unsigned long long)wide.len,
		    (unsigned long long)wide.offset);
	*f = wide;
	end->zip64 = true;
	return true;
}

static bool
end_place(const struct fields *f, uint64_t before, uint64_t located,
    struct zip_end *end, struct err *e)
{
	if (f->disk != 0 || f->directory_disk != 0 ||
	    f->disk_count != f->count)
		return err_set(e, ERR_ZIP_DISKS, "disk %llu of an archive in "
		    "several parts", (unsigned long long)f->disk + 1);
	if (f->len > before || f->offset > before - f->len)
		return err_set(e, ERR_ZIP_END, "the directory (%llu bytes at "
		    "%llu) does not fit before its end record at %llu",
		    (unsigned long long)f->len, (unsigned long long)f->offset,
		    (unsigned long long)before);
	end->count = f->count;
	end->directory_len = f->len;
	end->directory = before - f->len;
	end->shift = end->directory - f->offset;
	if (end->zip64 && located != before - end->shift)
		return err_set(e, ERR_ZIP_END, "the ZIP64 locator says %llu, "
		    "but the record stands at %llu",
		    (unsigned long long)located,
		    (unsigned long long)(before - end->shift));
	return true;
}

bool
zip_end_find(const struct rope *file, struct arena *a, struct zip_end *end,
    struct err *e)
{
	uint64_t len = file->len < TAIL_MAX ? file->len : TAIL_MAX;
	uint64_t base = file->len - len, located = 0;
	struct span tail;
	size_t at = 0;

	*end = (struct zip_end){ 0 };
	if (!rope_view(a, file, base, len, &tail, e) ||
	    !end_search(tail, &at, e))
		return false;
	end->record = span_from(tail, at);
	struct fields f = fields_read(end->record);
	uint64_t before = base + at;
	if (at >= ZIP_LOCATOR64_SIZE &&
	    u32_at(tail, at - ZIP_LOCATOR64_SIZE) == ZIP_LOCATOR64) {
		if (!end64_read(tail, at, end, &f, &located, e))
			return false;
		before -= ZIP_LOCATOR64_SIZE + ZIP_END64_SIZE;
	}
	return end_place(&f, before, located, end, e);
}
