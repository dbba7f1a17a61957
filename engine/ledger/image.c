/* image - see image.h. */
#include <string.h>

#include "ledger/image.h"

static const void *
at(const void *structure, size_t offset)
{
	return (const uint8_t *)structure + offset;
}

static size_t
count_of(const struct image_row *r, const void *structure)
{
	return *(const size_t *)at(structure, r->count);
}

static void
list_write(const struct image_row *r, const void *structure, struct buf *out)
{
	const struct image items = { r->items, r->item_count };
	const uint8_t *list = *(uint8_t *const *)at(structure, r->offset);
	size_t count = count_of(r, structure);

	buf_u64be(out, count);
	for (size_t i = 0; i < count; i++)
		image_write(&items, list + i * r->size, out);
}

void
image_write(const struct image *image, const void *structure,
    struct buf *out)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct image_row *r = &image->rows[i];
		const void *p = at(structure, r->offset);

		if (r->kind == IMAGE_SPAN)
			buf_str(out, *(const struct span *)p);
		else if (r->kind == IMAGE_LIST)
			list_write(r, structure, out);
		else if (r->kind == IMAGE_BOOL)
			buf_u64be(out, *(const bool *)p);
		else if (r->kind == IMAGE_ENUM)
			buf_u64be(out, *(const unsigned *)p);
		else
			buf_u64be(out, *(const uint64_t *)p);
	}
}

/* No item takes less than a byte: a count is never trusted before them. */
static bool
list_read(const struct image_row *r, struct reader *in, struct arena *a,
    void *structure)
{
	const struct image items = { r->items, r->item_count };
	uint64_t count = rd_u64be(in);
	uint8_t *list = NULL;

	for (uint64_t i = 0; i < count; i++) {
		uint8_t *more = arena_grow(a, list, i, r->size);

		if (more == NULL)
			return false;
		list = more;
		memset(list + i * r->size, 0, r->size);
		if (!image_read(&items, in, a, list + i * r->size))
			return false;
	}
	memcpy((uint8_t *)structure + r->offset, &list, sizeof(list));
	memcpy((uint8_t *)structure + r->count, &count, sizeof(count));
	return true;
}

static bool
value_read(const struct image_row *r, struct reader *in, struct arena *a,
    void *p)
{
	uint64_t value = 0;
	struct span s;

	if (r->kind == IMAGE_SPAN)
		return arena_copy(a, rd_str(in), &s) && rd_ok(in) &&
		    memcpy(p, &s, sizeof(s)) != NULL;
	value = rd_u64be(in);
	if (r->kind == IMAGE_BOOL) {
		memcpy(p, &(bool){ value == 1 }, sizeof(bool));
		return rd_ok(in) && value <= 1;
	}
	if (r->kind == IMAGE_ENUM) {
		memcpy(p, &(unsigned){ (unsigned)value }, sizeof(unsigned));
		return rd_ok(in) && value < r->limit;
	}
	memcpy(p, &value, sizeof(value));
	return rd_ok(in);
}

bool
image_read(const struct image *image, struct reader *in, struct arena *a,
    void *structure)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct image_row *r = &image->rows[i];
		void *p = (uint8_t *)structure + r->offset;

		if (r->kind == IMAGE_LIST ? !list_read(r, in, a, structure) :
		    !value_read(r, in, a, p))
			return false;
	}
	return true;
}
