/*
 * zip_entry - one entry, told twice: in the directory (46 bytes, name, extra,
 * comment) and in its local header (30 bytes, name, extra). Both must say the
 * same, or two programs would unpack different files.
 */
#include "base/text.h"
#include "containers/zip.h"

bool
zip_extra_next(struct reader *r, uint16_t *id, struct span *whole,
    struct span *data)
{
	size_t from = r->at;

	if (!rd_ok(r) || span_zero(span_from(r->in, from)))
		return false;
	*id = rd_u16le(r);
	*data = rd_take(r, rd_u16le(r));
	return rd_ok(r) && span_cut(r->in, from, r->at - from, whole);
}

bool
zip_extra_find(struct span extra, uint16_t id, struct span *out)
{
	struct reader r = rd_open(extra);
	struct span whole, data;
	uint16_t this;

	while (zip_extra_next(&r, &this, &whole, &data))
		if (this == id) {
			*out = data;
			return true;
		}
	return false;
}

static bool
is_alignment(uint16_t id, struct span data)
{
	return id == ZIP_EXTRA_ALIGNMENT && data.len >= 2 &&
	    span_zero(span_from(data, 2));
}

void
zip_extra_plain(struct span extra, struct buf *out)
{
	struct reader r = rd_open(extra);
	struct span whole, data;
	uint16_t id;

	while (zip_extra_next(&r, &id, &whole, &data))
		if (id != ZIP_EXTRA_64 && !is_alignment(id, data))
			buf_put(out, whole);
}

/* extra_check: well-formed, ZIP64 once, no second name, no second kind. */
static bool
extra_check(struct span extra, struct span name, struct err *e)
{
	struct reader r = rd_open(extra);
	struct span whole, data;
	unsigned wide = 0;
	uint16_t id;

	while (zip_extra_next(&r, &id, &whole, &data)) {
		wide += id == ZIP_EXTRA_64;
		/* Version, CRC of the header's name, name (4.6.9). */
		if (id == ZIP_EXTRA_NAME &&
		    !span_eq(span_from(data, 5), name))
			return err_set(e, ERR_ZIP_EXTRA, "an extra field gives "
			    "it the name \"%s\" as well",
			    text_show(span_from(data, 5)).text);
		if (id == ZIP_EXTRA_AHEAD)
			return err_set(e, ERR_ZIP_EXTRA, "an extra field tells "
			    "its attributes a second time");
	}
	if (!rd_ok(&r))
		return err_set(e, ERR_ZIP_EXTRA, "its extra fields (%zu bytes) "
		    "are malformed at %zu", extra.len, r.at);
	if (wide > 1)
		return err_set(e, ERR_ZIP_EXTRA,
		    "it has %u ZIP64 extra fields", wide);
	return true;
}

/* wide_take replaces a value that is all ones by the one in the field. */
static uint64_t
wide_take(struct reader *r, uint64_t value, bool *wide)
{
	*wide = value == ZIP_WIDE32;
	return *wide ? rd_u64le(r) : value;
}

/* Numbers that nobody should look at must be right all the same. */
static bool
wide_rest(struct reader *r, const struct zip_entry *x, bool any,
    struct err *e)
{
	const struct zip_numbers *n = &x->numbers;
	const uint64_t same[] = { n->size, n->packed, n->offset };
	bool later = (x->flags & ZIP_FLAG_DESCRIPTOR) != 0;

	for (size_t i = 0; !any && i < COUNT(same) && rd_left(r) >= 8; i++) {
		uint64_t value = rd_u64le(r);

		if (value != same[i] && !(later && value == 0))
			return err_set(e, ERR_ZIP_EXTRA, "a ZIP64 extra field "
			    "that it does not need says other than its header");
	}
	return rd_left(r) <= (any ? 0 : 4) || err_set(e, ERR_ZIP_EXTRA, "its "
	    "ZIP64 extra field has %zu bytes more than it needs", rd_left(r));
}

static bool
wide_missing(struct err *e)
{
	return err_set(e, ERR_ZIP_EXTRA,
	    "its sizes should stand in a ZIP64 extra field that lacks them");
}

static bool
entry_wide(struct zip_entry *x, uint16_t disk, struct err *e)
{
	struct span data = { x->extra.ptr, 0 };
	struct zip_numbers *n = &x->numbers;

	if (!zip_extra_find(x->extra, ZIP_EXTRA_64, &data))
		data.len = 0;
	struct reader r = rd_open(data);
	n->size = wide_take(&r, n->size, &x->wide.size);
	n->packed = wide_take(&r, n->packed, &x->wide.packed);
	n->offset = wide_take(&r, n->offset, &x->wide.offset);
	uint32_t number = disk == ZIP_WIDE16 ? rd_u32le(&r) : disk;
	if (!rd_ok(&r))
		return wide_missing(e);
	if (number != 0)
		return err_set(e, ERR_ZIP_DISKS, "it begins on disk %u",
		    number + 1);
	return wide_rest(&r, x, x->wide.size || x->wide.packed ||
	    x->wide.offset, e);
}

static bool
entry_kind(const struct zip_entry *x, struct err *e)
{
	const struct zip_numbers *n = &x->numbers;

	if ((x->flags & ZIP_FLAG_MASKED) != 0)
		return err_set(e, ERR_ZIP_ENCRYPTED,
		    "the archive's directory is encrypted");
	if (x->method == ZIP_STORED && n->packed != n->size &&
	    (x->flags & ZIP_FLAG_ENCRYPTED) == 0)
		return err_set(e, ERR_ZIP_SIZE, "it is stored, but %llu bytes "
		    "become %llu", (unsigned long long)n->packed,
		    (unsigned long long)n->size);
	if (span_ends(x->name, "/") && n->size != 0)
		return err_set(e, ERR_ZIP_SIZE, "it is a folder, but holds "
		    "%llu bytes", (unsigned long long)n->size);
	return true;
}

static bool
entry_names(const struct zip_entry *x, struct err *e)
{
	if (!name_check(x->name, ERR_ZIP_NAME, e))
		return false;
	for (size_t i = 0; i < x->name.len; i++)
		if (x->name.ptr[i] >= 0x80 && (x->flags & ZIP_FLAG_UTF8) == 0)
			return err_set(e, ERR_ZIP_NAME, "its name is not "
			    "ASCII and not marked as UTF-8");
	return extra_check(x->extra, x->name, e);
}

bool
zip_entry_parse(struct reader *r, struct zip_entry *x, struct err *e)
{
	size_t from = r->at;
	uint32_t magic = rd_u32le(r);

	rd_skip(r, 2);
	x->version = rd_u16le(r);
	x->flags = rd_u16le(r);
	x->method = rd_u16le(r);
	rd_skip(r, 4);
	x->numbers.crc = rd_u32le(r);
	x->numbers.packed = rd_u32le(r);
	x->numbers.size = rd_u32le(r);
	uint16_t name = rd_u16le(r), extra = rd_u16le(r);
	uint16_t comment = rd_u16le(r), disk = rd_u16le(r);
	rd_skip(r, 6);
	x->numbers.offset = rd_u32le(r);
	x->name = rd_take(r, name);
	x->extra = rd_take(r, extra);
	x->comment = rd_take(r, comment);
	if (!rd_ok(r) || magic != ZIP_CENTRAL ||
	    !span_cut(r->in, from, r->at - from, &x->record))
		return err_set(e, ERR_ZIP_DIRECTORY, "no record of the "
		    "directory stands at its byte %zu of %zu", from,
		    r->in.len);
	if (!entry_names(x, e) || !entry_wide(x, disk, e) ||
	    !entry_kind(x, e))
		return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	return true;
}

/* What the local header says of one number. */
static bool
local_number(const struct zip_entry *x, const char *what, uint64_t local,
    uint64_t central, struct err *e)
{
	bool later = (x->flags & ZIP_FLAG_DESCRIPTOR) != 0 && local == 0;

	if (local == central || later)
		return true;
	return err_set(e, ERR_ZIP_MISMATCH, "its %s is %llu in its own header "
	    "and %llu in the directory", what, (unsigned long long)local,
	    (unsigned long long)central);
}

static bool
local_numbers(const struct zip_entry *x, struct reader *r, struct span extra,
    struct err *e)
{
	struct span data = { extra.ptr, 0 };
	bool wide_size, wide_packed;

	uint32_t crc = rd_u32le(r);
	uint64_t packed = rd_u32le(r), size = rd_u32le(r);
	if (!zip_extra_find(extra, ZIP_EXTRA_64, &data))
		data.len = 0;
	struct reader w = rd_open(data);
	size = wide_take(&w, size, &wide_size);
	packed = wide_take(&w, packed, &wide_packed);
	if (!rd_ok(&w))
		return wide_missing(e);
	if (!wide_rest(&w, x, wide_size || wide_packed, e))
		return false;
	return local_number(x, "checksum", crc, x->numbers.crc, e) &&
	    local_number(x, "packed size", packed, x->numbers.packed, e) &&
	    local_number(x, "size", size, x->numbers.size, e);
}

static bool
local_compare(const struct zip_entry *x, struct err *e)
{
	struct reader r = rd_open(x->local);
	struct span name, extra;

	rd_skip(&r, 6);
	uint16_t flags = rd_u16le(&r), method = rd_u16le(&r);
	rd_seek(&r, ZIP_LOCAL_SIZE);
	name = rd_take(&r, x->name.len);
	extra = rd_take(&r, rd_left(&r));
	if (!span_eq(name, x->name))
		return err_set(e, ERR_ZIP_MISMATCH, "its own header calls it "
		    "\"%s\"", text_show(name).text);
	if (method != x->method)
		return err_set(e, ERR_ZIP_MISMATCH, "its method is %u in its "
		    "own header and %u in the directory", method, x->method);
	if (((flags ^ x->flags) & ~ZIP_FLAG_LEVEL) != 0)
		return err_set(e, ERR_ZIP_MISMATCH, "its flags are 0x%04x in "
		    "its own header and 0x%04x in the directory", flags,
		    x->flags);
	rd_seek(&r, 14);
	return extra_check(extra, x->name, e) &&
	    local_numbers(x, &r, extra, e);
}

static bool
local_read(const struct rope *file, const struct zip_end *end,
    struct arena *a, struct zip_entry *x, struct err *e)
{
	uint8_t head[ZIP_LOCAL_SIZE];
	uint64_t room = end->directory - end->shift;

	if (x->numbers.offset > room ||
	    room - x->numbers.offset < ZIP_LOCAL_SIZE)
		return err_set(e, ERR_ZIP_DIRECTORY, "its header at %llu lies "
		    "outside of the archive",
		    (unsigned long long)x->numbers.offset);
	x->at = x->numbers.offset + end->shift;
	if (!rope_read(file, x->at, sizeof(head), head, e))
		return false;
	struct reader r = rd_open(SPAN(head));
	if (rd_u32le(&r) != ZIP_LOCAL)
		return err_set(e, ERR_ZIP_MISMATCH,
		    "no header of an entry stands at %llu",
		    (unsigned long long)x->at);
	rd_seek(&r, 26);
	uint64_t name = rd_u16le(&r), extra = rd_u16le(&r);
	uint64_t len = ZIP_LOCAL_SIZE + name + extra;
	if (name != x->name.len)
		return err_set(e, ERR_ZIP_MISMATCH, "its name has %llu bytes "
		    "in its own header and %zu in the directory",
		    (unsigned long long)name, x->name.len);
	if (len > end->directory - x->at ||
	    x->numbers.packed > end->directory - x->at - len)
		return err_set(e, ERR_ZIP_DIRECTORY, "its %llu packed bytes "
		    "run into the directory",
		    (unsigned long long)x->numbers.packed);
	x->data = x->at + len;
	return rope_view(a, file, x->at, len, &x->local, e);
}

bool
zip_entry_local(const struct rope *file, const struct zip_end *end,
    struct arena *a, struct zip_entry *x, struct err *e)
{
	if (!local_read(file, end, a, x, e) || !local_compare(x, e))
		return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	return true;
}
