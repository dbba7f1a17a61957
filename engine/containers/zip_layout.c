/*
 * zip_layout - every byte before the directory belongs to one entry, or to
 * what stands before the first one; every name is there once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/zip.h"

static bool
bad_name(struct span name, const char *why, struct err *e)
{
	return err_set(e, ERR_ZIP_NAME, "the name \"%s\" %s",
	    text_show(name).text, why);
}

static bool
segment_check(struct span name, struct span segment, struct err *e)
{
	if (segment.len == 0)
		return bad_name(name, "has an empty part", e);
	if (span_is(segment, ".") || span_is(segment, ".."))
		return bad_name(name, "leads to another folder", e);
	return true;
}

bool
zip_name_check(struct span name, struct err *e)
{
	struct span rest = name, segment;

	if (name.len == 0)
		return bad_name(name, "is empty", e);
	if (!text_utf8(name))
		return bad_name(name, "is no UTF-8", e);
	if (name.ptr[0] == '/')
		return bad_name(name, "is absolute", e);
	if (name.len >= 2 && name.ptr[1] == ':')
		return bad_name(name, "begins with a drive letter", e);
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == '\\')
			return bad_name(name, "holds a backslash", e);
		if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return bad_name(name, "holds a control character", e);
	}
	while (span_split(&rest, '/', &segment))
		if (!segment_check(name, segment, e))
			return false;
	return true;
}

/* For sorting: a name without case and final slash; '/' comes first of all. */
struct sorted {
	uint8_t		*key;
	size_t		 len;
	bool		 folder;
	size_t		 index;
};

static int
sorted_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = span_cmp((struct span){ x->key, x->len },
	    (struct span){ y->key, y->len });

	return order != 0 ? order : (x->index > y->index) -
	    (x->index < y->index);
}

static bool
sorted_fill(struct sorted *s, struct span name, size_t index,
    struct arena *a, struct err *e)
{
	s->folder = span_ends(name, "/");
	s->len = name.len - s->folder;
	s->index = index;
	s->key = arena_alloc(a, s->len);
	if (s->key == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->len; i++) {
		uint8_t c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + ('a' - 'A'));
		s->key[i] = c == '/' ? 1 : c;
	}
	return true;
}

/* A file "a" leaves no room for "a/b"; sorted, that follows at once. */
static bool
stands_inside(const struct sorted *file, const struct sorted *x)
{
	return !file->folder && x->len > file->len &&
	    memcmp(file->key, x->key, file->len) == 0 &&
	    x->key[file->len] == 1;
}

bool
zip_names_check(const struct zip *z, struct arena *a, struct err *e)
{
	struct sorted *v = ARENA_ARRAY(a, struct sorted, z->count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < z->count; i++)
		if (!sorted_fill(&v[i], z->entries[i].name, i, a, e))
			return false;
	if (z->count > 0)
		qsort(v, z->count, sizeof(*v), sorted_order);
	for (size_t i = 1; i < z->count; i++) {
		const struct sorted *x = &v[i - 1], *y = &v[i];
		bool twice = x->len == y->len &&
		    memcmp(x->key, y->key, x->len) == 0;

		if (twice || stands_inside(x, y))
			return err_set(e, ERR_ZIP_NAME_TWICE,
			    "entries %zu \"%s\" and %zu \"%s\" name the same "
			    "place", x->index, ZIP_NAME(&z->entries[x->index]),
			    y->index, ZIP_NAME(&z->entries[y->index]));
	}
	return true;
}

struct offset {
	uint64_t	at;
	size_t		index;
};

static int
offset_order(const void *a, const void *b)
{
	const struct offset *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static bool
order_fill(struct zip *z, struct arena *a, struct err *e)
{
	struct offset *v = ARENA_ARRAY(a, struct offset, z->count);

	z->order = ARENA_ARRAY(a, size_t, z->count);
	if (v == NULL || z->order == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < z->count; i++)
		v[i] = (struct offset){ z->entries[i].at, i };
	if (z->count > 0)
		qsort(v, z->count, sizeof(*v), offset_order);
	for (size_t i = 0; i < z->count; i++)
		z->order[i] = v[i].index;
	return true;
}

/*
 * A descriptor has 32 or 64 bit sizes, with or without a signature (APPNOTE
 * 4.3.9). As there are no gaps, its length tells which.
 */
static bool
descriptor_check(const struct rope *file, const struct zip_entry *x,
    uint64_t at, uint64_t len, struct err *e)
{
	uint8_t bytes[24];
	bool magic = len == 16 || len == 24, wide = len == 20 || len == 24;

	if (len != 12 && !magic && !wide)
		return err_set(e, ERR_ZIP_DESCRIPTOR, "%llu bytes behind its "
		    "data are no data descriptor", (unsigned long long)len);
	if (!rope_read(file, at, len, bytes, e))
		return false;
	struct reader r = rd_open((struct span){ bytes, (size_t)len });
	bool good = !magic || rd_u32le(&r) == ZIP_DESCRIPTOR;
	good &= rd_u32le(&r) == x->numbers.crc;
	good &= (wide ? rd_u64le(&r) : rd_u32le(&r)) == x->numbers.packed;
	good &= (wide ? rd_u64le(&r) : rd_u32le(&r)) == x->numbers.size;
	if (!good)
		return err_set(e, ERR_ZIP_DESCRIPTOR, "the data descriptor "
		    "says other than the directory");
	return true;
}

static bool
extent_check(const struct rope *file, struct zip_entry *x, uint64_t next,
    struct err *e)
{
	uint64_t behind = x->data + x->numbers.packed;

	x->end = next;
	if (behind > next)
		return err_set(e, ERR_ZIP_OVERLAP, "its data ends at %llu, but "
		    "the next entry begins at %llu",
		    (unsigned long long)behind, (unsigned long long)next);
	if ((x->flags & ZIP_FLAG_DESCRIPTOR) != 0)
		return descriptor_check(file, x, behind, next - behind, e);
	if (behind != next)
		return err_set(e, ERR_ZIP_GAP, "%llu bytes behind its data "
		    "belong to no entry", (unsigned long long)(next - behind));
	return true;
}

/* A reader that goes from front to back must not see other entries. */
static bool
prefix_check(const struct rope *file, uint64_t len, struct err *e)
{
	uint8_t magic[4];

	if (len < sizeof(magic))
		return true;
	if (!rope_read(file, 0, sizeof(magic), magic, e))
		return false;
	struct reader r = rd_open(SPAN(magic));
	if (rd_u32le(&r) == ZIP_LOCAL)
		return err_set(e, ERR_ZIP_GAP, "the archive begins with an "
		    "entry that the directory does not name");
	return true;
}

bool
zip_layout_check(const struct rope *file, struct arena *a, struct zip *z,
    struct err *e)
{
	if (!order_fill(z, a, e))
		return false;
	uint64_t first = z->count > 0 ? z->entries[z->order[0]].at :
	    z->end.directory;
	if (!prefix_check(file, first, e))
		return false;
	for (size_t i = 0; i < z->count; i++) {
		struct zip_entry *x = &z->entries[z->order[i]];
		uint64_t next = i + 1 < z->count ?
		    z->entries[z->order[i + 1]].at : z->end.directory;

		if (!extent_check(file, x, next, e))
			return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	}
	return true;
}
