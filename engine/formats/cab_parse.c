/* cab_parse - what of a cabinet no signature covers; see cab.h. */
#include "base/limits.h"
#include "containers/cab.h"
#include "formats/cab.h"

static void
head_take(const struct cab_head *h, struct cabinet *c)
{
	*c = (struct cabinet){
		.head = h->bytes,
		.header_len = h->length,
		.flags = h->flags,
		.folder_count = h->folder_count,
		.number = h->number,
		.folder_reserve = h->folder_reserve,
		.block_reserve = h->block_reserve,
		.files_at = h->files_at,
		.size = h->size,
		.reserve = h->reserve,
	};
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

/* The header's first reserved field is under no signature either. */
static bool
signature_take(const struct subject *s, const struct cab_head *h,
    struct cabinet *c, struct err *e)
{
	c->free = h->first_reserved == 0 && (span_zero(h->reserve) ||
	    (h->reserved && span_zero(span_from(h->reserve,
	    CAB_SIGNED_OWN))));
	if (h->signature == 0)
		return true;
	if (h->signature > LIMIT_CAB_SIGNATURE)
		return err_set(e, ERR_LIMIT_SIZE, "the signature would have "
		    "%u bytes", h->signature);
	if (!c->free)
		return err_set(e, ERR_CAB_RESERVE, "the header's reserved "
		    "bytes are no zeros, and under no signature");
	return rope_view(s->arena, &s->file, h->size, h->signature,
	    &c->signature, e);
}

bool
cabinet_parse(const struct subject *s, struct cabinet *c, struct err *e)
{
	struct cab_head h;

	if (!cab_fixed_read(&s->file, &h, e) ||
	    !cab_head_read(&s->file, s->arena, &h, e))
		return false;
	head_take(&h, c);
	return folders_parse(s, c, e) && signature_take(s, &h, c, e);
}
