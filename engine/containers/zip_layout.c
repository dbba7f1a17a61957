/*
 * zip_layout - every byte before the directory belongs to one entry, or to
 * what stands before the first one.
 */
#include "base/text.h"
#include "containers/places.h"
#include "containers/zip.h"

static bool
order_fill(struct zip *z, struct arena *a, struct err *e)
{
	struct place *v = ARENA_ARRAY(a, struct place, z->count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < z->count; i++)
		v[i] = (struct place){ .at = z->entries[i].at, .index = i };
	z->order = places_sort(v, z->count, a);
	return z->order != NULL || err_budget(e, a);
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

bool
zip_layout_check(const struct rope *file, struct arena *a, struct zip *z,
    struct err *e)
{
	if (!order_fill(z, a, e))
		return false;
	uint64_t first = z->count > 0 ? z->entries[z->order[0]].at :
	    z->end.directory;
	if (!zip_stream_prefix(file, first, e))
		return false;
	for (size_t i = 0; i < z->count; i++) {
		struct zip_entry *x = &z->entries[z->order[i]];
		uint64_t next = i + 1 < z->count ?
		    z->entries[z->order[i + 1]].at : z->end.directory;

		if (!extent_check(file, x, next, e) ||
		    !zip_stream_entry(file, x, z->lax, a, e))
			return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	}
	return true;
}
