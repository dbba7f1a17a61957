/* cab_parse - header and table of folders of a cabinet; see cab.h. */
#include "base/limits.h"
#include "containers/cab.h"
#include "formats/cab.h"

static bool
truncated(const struct subject *s, uint64_t need, struct err *e)
{
	return err_set(e, ERR_CAB_TRUNCATED, "it should have %llu bytes, but "
	    "there are %llu", (unsigned long long)need,
	    (unsigned long long)s->file.len);
}

static bool
flags_check(const struct cabinet *c, struct err *e)
{
	if ((c->flags & (CAB_FLAG_PREVIOUS | CAB_FLAG_NEXT)) != 0)
		return err_set(e, ERR_CAB_VOLUMES,
		    "it is one of several cabinets of a set");
	return (c->flags & ~CAB_FLAG_RESERVE) == 0 || err_set(e,
	    ERR_CAB_HEADER, "its flags are 0x%04x", c->flags);
}

/* The fixed part, 2.1. Its first reserved field is under no signature. */
static bool
header_parse(const struct subject *s, struct cabinet *c, struct err *e)
{
	uint8_t fixed[CAB_HEADER_SIZE];

	if (s->file.len < sizeof(fixed))
		return truncated(s, sizeof(fixed), e);
	if (!rope_read(&s->file, 0, sizeof(fixed), fixed, e))
		return false;
	struct reader r = rd_open(SPAN(fixed));
	if (!span_is(rd_take(&r, 4), "MSCF"))
		return err_set(e, ERR_CAB_HEADER, "it begins with other bytes "
		    "than MSCF");
	c->free = rd_u32le(&r) == 0;
	c->size = rd_u32le(&r);
	rd_skip(&r, 4);
	c->files_at = rd_u32le(&r);
	rd_skip(&r, 6);
	c->folder_count = rd_u16le(&r);
	rd_skip(&r, 2);
	c->flags = rd_u16le(&r);
	rd_skip(&r, 2);
	c->number = rd_u16le(&r);
	c->header_len = CAB_HEADER_SIZE;
	return flags_check(c, e) &&
	    (s->file.len >= c->size || truncated(s, c->size, e));
}

static bool
outside(const struct cabinet *c, struct err *e)
{
	return err_set(e, ERR_CAB_LAYOUT, "its header does not fit in before "
	    "the table of files at %u of %u", c->files_at, c->size);
}

/* The head is viewed as a whole: at most 64 Ki folders of 263 bytes. */
static bool
head_parse(const struct subject *s, struct cabinet *c, struct err *e)
{
	uint8_t sizes[CAB_RESERVES_SIZE];
	size_t len = 0;

	if (c->files_at > c->size || c->files_at < CAB_HEADER_SIZE)
		return outside(c, e);
	if ((c->flags & CAB_FLAG_RESERVE) != 0) {
		if (c->files_at < CAB_HEADER_SIZE + sizeof(sizes))
			return outside(c, e);
		if (!rope_read(&s->file, CAB_HEADER_SIZE, sizeof(sizes),
		    sizes, e))
			return false;
		struct reader r = rd_open(SPAN(sizes));
		len = rd_u16le(&r);
		c->folder_reserve = rd_u8(&r);
		c->block_reserve = rd_u8(&r);
		c->header_len += sizeof(sizes) + len;
	}
	uint64_t end = c->header_len + c->folder_count *
	    (uint64_t)(CAB_FOLDER_SIZE + c->folder_reserve);
	if (end > c->files_at)
		return outside(c, e);
	if (end < c->files_at)
		return err_set(e, ERR_CAB_GAP, "%llu bytes lie between the "
		    "folders and the table of files",
		    (unsigned long long)(c->files_at - end));
	return rope_view(s->arena, &s->file, 0, end, &c->head, e) &&
	    (span_cut(c->head, c->header_len - len, len, &c->reserve) ||
	    outside(c, e));
}

/* The blocks from at on fill the cabinet. */
static bool
blocks_check(const struct subject *s, const struct cabinet *c, uint64_t at,
    unsigned blocks, struct err *e)
{
	uint8_t bytes[CAB_BLOCK_SIZE];

	for (unsigned i = 0; i < blocks; i++) {
		if (at + sizeof(bytes) > c->size)
			return err_set(e, ERR_CAB_LAYOUT, "block %u would "
			    "begin at %llu of %u bytes", i,
			    (unsigned long long)at, c->size);
		if (!rope_read(&s->file, at, sizeof(bytes), bytes, e))
			return false;
		struct reader r = rd_open(SPAN(bytes));
		rd_skip(&r, 4);
		at += sizeof(bytes) + c->block_reserve + rd_u16le(&r);
	}
	return at == c->size || err_set(e, ERR_CAB_GAP, "the last folder ends "
	    "at %llu, the cabinet at %u", (unsigned long long)at, c->size);
}

/*
 * The sizes of reserves are under no signature, but no other ones fit: the
 * table of folders ends where that of the files begins, and the last folder's
 * blocks end with the cabinet.
 */
static bool
folders_parse(const struct subject *s, const struct cabinet *c, struct err *e)
{
	struct reader r = rd_open(span_from(c->head, c->header_len));
	uint32_t last = 0;
	unsigned blocks = 0;

	for (unsigned i = 0; i < c->folder_count; i++) {
		uint32_t at = rd_u32le(&r);
		unsigned count = rd_u16le(&r);

		rd_skip(&r, 2u + c->folder_reserve);
		if (at < c->files_at || at > c->size)
			return err_set(e, ERR_CAB_LAYOUT, "the data of folder "
			    "%u at %u is outside of its place", i, at);
		if (count > 0 && at >= last) {
			last = at;
			blocks = count;
		}
	}
	if (blocks > 0)
		return blocks_check(s, c, last, blocks, e);
	return (c->block_reserve == 0 && (c->folder_reserve == 0 ||
	    c->folder_count > 0)) || err_set(e, ERR_CAB_LAYOUT,
	    "it has reserves of what is not in it");
}

static bool
signature_view(const struct subject *s, struct cabinet *c, uint32_t at,
    uint32_t len, struct err *e)
{
	if (at != c->size || len == 0)
		return err_set(e, ERR_CAB_LAYOUT, "the header tells of a "
		    "signature of %u bytes at %u, where the cabinet has %u "
		    "bytes", len, at, c->size);
	if (s->file.len - c->size < len)
		return truncated(s, (uint64_t)c->size + len, e);
	if (len > LIMIT_CAB_SIGNATURE)
		return err_set(e, ERR_LIMIT_SIZE, "the signature would have "
		    "%u bytes", len);
	if (!c->free)
		return err_set(e, ERR_CAB_RESERVE, "the header's reserved "
		    "bytes are no zeros, and under no signature");
	return rope_view(s->arena, &s->file, at, len, &c->signature, e);
}

/* Nothing stands between cabinet and signature, and nothing behind it. */
static bool
signature_parse(const struct subject *s, struct cabinet *c, struct err *e)
{
	struct reader r = rd_open(c->reserve);
	uint32_t word = rd_u32le(&r), at = rd_u32le(&r), len = rd_u32le(&r);
	bool ours = c->reserve.len >= CAB_SIGNED_SIZE &&
	    word == CAB_SIGNED_WORD;

	c->free = c->free && (span_zero(c->reserve) || (ours &&
	    span_zero(span_from(c->reserve, CAB_SIGNED_OWN))));
	if (ours && (at != 0 || len != 0) &&
	    !signature_view(s, c, at, len, e))
		return false;
	uint64_t behind = s->file.len - c->size - c->signature.len;
	return behind == 0 || err_set(e, ERR_CAB_TRAILING, "%llu bytes stand "
	    "behind the cabinet", (unsigned long long)behind);
}

bool
cabinet_parse(const struct subject *s, struct cabinet *c, struct err *e)
{
	*c = (struct cabinet){ 0 };
	return header_parse(s, c, e) && head_parse(s, c, e) &&
	    folders_parse(s, c, e) && signature_parse(s, c, e);
}
