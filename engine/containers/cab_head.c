/*
 * cab_head - all that stands in a cabinet before its table of files; see
 * cab.h. [MS-CAB] 2.1 and 2.2:
 *
 *	"MSCF", u32, u32 size, u32, u32 where the table of files is, u32,
 *	u16 version, u16 folders, u16 files, u16 flags, u16, u16 number
 *	by a flag: u16 size of the reserve, u8 and u8 sizes behind each
 *	folder and block, the reserve
 *	of each folder 8 bytes, and what is behind them
 */
#include "containers/cab.h"

static bool
truncated(const struct rope *file, uint64_t need, struct err *e)
{
	return err_set(e, ERR_CAB_TRUNCATED, "it should have %llu bytes, but "
	    "there are %llu", (unsigned long long)need,
	    (unsigned long long)file->len);
}

static bool
flags_check(const struct cab_head *h, struct err *e)
{
	if ((h->flags & (CAB_FLAG_PREVIOUS | CAB_FLAG_NEXT)) != 0)
		return err_set(e, ERR_CAB_VOLUMES,
		    "it is one of several cabinets of a set");
	return (h->flags & ~CAB_FLAG_RESERVE) == 0 || err_set(e,
	    ERR_CAB_HEADER, "its flags are 0x%04x", h->flags);
}

bool
cab_fixed_read(const struct rope *file, struct cab_head *h, struct err *e)
{
	uint8_t fixed[CAB_HEADER_SIZE];

	*h = (struct cab_head){ .length = CAB_HEADER_SIZE };
	if (file->len < sizeof(fixed))
		return truncated(file, sizeof(fixed), e);
	if (!rope_read(file, 0, sizeof(fixed), fixed, e))
		return false;
	struct reader r = rd_open(SPAN(fixed));
	if (!span_is(rd_take(&r, 4), "MSCF"))
		return err_set(e, ERR_CAB_HEADER, "it begins with other bytes "
		    "than MSCF");
	h->first_reserved = rd_u32le(&r);
	h->size = rd_u32le(&r);
	rd_skip(&r, 4);
	h->files_at = rd_u32le(&r);
	rd_skip(&r, 4);
	h->version = rd_u16le(&r);
	h->folder_count = rd_u16le(&r);
	h->file_count = rd_u16le(&r);
	h->flags = rd_u16le(&r);
	rd_skip(&r, 2);
	h->number = rd_u16le(&r);
	return flags_check(h, e) && (file->len >= h->size ||
	    truncated(file, h->size, e));
}

static bool
outside(const struct cab_head *h, struct err *e)
{
	return err_set(e, ERR_CAB_LAYOUT, "its header does not fit in before "
	    "the table of files at %u of %u", h->files_at, h->size);
}

/* The sizes of what is reserved; of the header's own it is in len. */
static bool
reserves_read(const struct rope *file, struct cab_head *h, size_t *len,
    struct err *e)
{
	uint8_t sizes[CAB_RESERVES_SIZE];

	*len = 0;
	if ((h->flags & CAB_FLAG_RESERVE) == 0)
		return true;
	if (h->files_at < CAB_HEADER_SIZE + sizeof(sizes))
		return outside(h, e);
	if (!rope_read(file, CAB_HEADER_SIZE, sizeof(sizes), sizes, e))
		return false;
	struct reader r = rd_open(SPAN(sizes));
	*len = rd_u16le(&r);
	h->folder_reserve = rd_u8(&r);
	h->block_reserve = rd_u8(&r);
	h->length += sizeof(sizes) + *len;
	return true;
}

/*
 * A signature stands behind the cabinet, and the header's reserve says so;
 * nothing else may. A reserve that is kept free for one tells of none.
 */
static bool
signature_read(const struct rope *file, struct cab_head *h, struct err *e)
{
	struct reader r = rd_open(h->reserve);
	uint32_t word = rd_u32le(&r), at = rd_u32le(&r), len = rd_u32le(&r);
	uint64_t behind = file->len - h->size;

	h->reserved = h->reserve.len >= CAB_SIGNED_SIZE &&
	    word == CAB_SIGNED_WORD;
	if (h->reserved && (at != 0 || len != 0)) {
		if (at != h->size || len == 0)
			return err_set(e, ERR_CAB_LAYOUT, "the header tells "
			    "of a signature of %u bytes at %u, where the "
			    "cabinet has %u bytes", len, at, h->size);
		if (behind < len)
			return truncated(file, (uint64_t)h->size + len, e);
		h->signature = len;
	}
	return behind == h->signature || err_set(e, ERR_CAB_TRAILING,
	    "%llu bytes stand behind the cabinet",
	    (unsigned long long)(behind - h->signature));
}

/* The head is viewed as a whole: at most 64 Ki folders of 263 bytes. */
bool
cab_head_read(const struct rope *file, struct arena *a, struct cab_head *h,
    struct err *e)
{
	size_t len;

	if (h->files_at > h->size || h->files_at < CAB_HEADER_SIZE)
		return outside(h, e);
	if (!reserves_read(file, h, &len, e))
		return false;
	uint64_t end = h->length + h->folder_count *
	    (uint64_t)(CAB_FOLDER_SIZE + h->folder_reserve);
	if (end > h->files_at)
		return outside(h, e);
	if (end < h->files_at)
		return err_set(e, ERR_CAB_GAP, "%llu bytes lie between the "
		    "folders and the table of files",
		    (unsigned long long)(h->files_at - end));
	if (!rope_view(a, file, 0, end, &h->bytes, e))
		return false;
	h->folders = span_from(h->bytes, h->length);
	return ((span_cut(h->bytes, 0, CAB_HEADER_SIZE, &h->fixed) &&
	    span_cut(h->bytes, h->length - len, len, &h->reserve)) ||
	    outside(h, e)) && signature_read(file, h, e);
}
