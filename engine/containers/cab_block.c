/* cab_block - the blocks of a folder (CFDATA, 2.4 and 3.1); see cab.h. */
#include "base/text.h"
#include "containers/cab.h"

/* The words are XORed; of a rest the first byte is the highest. */
uint32_t
cab_sum(struct span s, uint32_t sum)
{
	struct reader rest = rd_open(span_from(s, s.len / 4 * 4));
	uint32_t last = 0;

	while (rd_left(&rest) > 0)
		last = last << 8 | rd_u8(&rest);
	return sum ^ span_xor32(s) ^ last;
}

/*
 * Programs differ in whether the block's reserve is summed up too: libmspack
 * leaves it out, [MS-CAB] and libarchive do not. Either shows damage.
 */
static bool
sum_check(struct span sizes, const struct cab_block *b, struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 };
	uint32_t data = cab_sum(b->data, 0), sum = cab_sum(sizes, data);

	buf_put(&head, sizes);
	buf_put(&head, b->reserve);
	if (b->sum == 0 || b->sum == sum ||
	    b->sum == cab_sum(buf_span(&head), data))
		return true;
	return err_set(e, ERR_CAB_CHECKSUM, "its checksum is %08x, its header "
	    "says %08x", sum, b->sum);
}

static bool
sizes_check(const struct cab_walk *w, const struct cab_block *b,
    struct err *e)
{
	bool last = w->next + 1 == w->count;

	if (b->size == 0)
		return err_set(e, ERR_CAB_VOLUMES,
		    "it goes on in another cabinet");
	if (b->size > CAB_UNPACKED)
		return err_set(e, ERR_CAB_BLOCK, "it would unpack to %u bytes, "
		    "more than 32 KiB", b->size);
	if (!last && b->size < CAB_UNPACKED)
		return err_set(e, ERR_CAB_BLOCK, "it unpacks to %u bytes, but "
		    "only the last block may be short", b->size);
	if (w->packing == cab_packing_find(CAB_NONE) && b->size != b->packed)
		return err_set(e, ERR_CAB_BLOCK, "it is not packed, but has "
		    "%u bytes for %u", b->packed, b->size);
	return true;
}

void
cab_walk_open(struct cab_walk *w, const struct cab *c,
    const struct rope *file, const struct cab_folder *f)
{
	w->cab = c;
	w->file = file;
	w->packing = f->packing;
	w->at = f->data;
	w->next = 0;
	w->count = f->blocks;
}

static bool
head_read(struct cab_walk *w, struct cab_block *b, struct err *e)
{
	uint64_t left = w->cab->size - w->at;
	struct reader r = rd_open(SPAN(w->bytes));

	if (left < CAB_BLOCK_SIZE)
		return err_set(e, ERR_CAB_LAYOUT, "its header runs past the "
		    "end of the cabinet");
	if (!rope_read(w->file, w->at, CAB_BLOCK_SIZE, w->bytes, e))
		return false;
	*b = (struct cab_block){ .sum = rd_u32le(&r),
	    .at = w->at + CAB_BLOCK_SIZE + w->cab->block_reserve };
	b->packed = rd_u16le(&r);
	b->size = rd_u16le(&r);
	if ((size_t)w->cab->block_reserve + b->packed > left - CAB_BLOCK_SIZE)
		return err_set(e, ERR_CAB_LAYOUT, "its %u bytes run past the "
		    "end of the cabinet", b->packed);
	return sizes_check(w, b, e);
}

bool
cab_walk_read(struct cab_walk *w, struct cab_block *b, struct err *e)
{
	struct reader r = rd_open(SPAN(w->bytes));
	size_t reserve = w->cab->block_reserve;

	if (!rope_read(w->file, b->at - reserve, reserve + b->packed,
	    w->bytes + CAB_BLOCK_SIZE, e))
		return false;
	rd_skip(&r, CAB_BLOCK_SIZE);
	b->reserve = rd_take(&r, reserve);
	b->data = rd_take(&r, b->packed);
	return true;
}

static bool
block_read(struct cab_walk *w, struct cab_block *b, struct err *e)
{
	struct reader r = rd_open(SPAN(w->bytes));

	if (!head_read(w, b, e) || !cab_walk_read(w, b, e))
		return false;
	rd_skip(&r, 4);
	return sum_check(rd_take(&r, 4), b, e);
}

static bool
walk_step(struct cab_walk *w, struct cab_block *b, bool *done,
    bool (*step)(struct cab_walk *, struct cab_block *, struct err *),
    struct err *e)
{
	*done = w->next == w->count;
	if (*done)
		return true;
	if (!step(w, b, e))
		return err_at(e, "block %u", w->next);
	w->at = b->at + b->packed;
	w->next++;
	return true;
}

bool
cab_walk_next(struct cab_walk *w, struct cab_block *b, bool *done,
    struct err *e)
{
	return walk_step(w, b, done, block_read, e);
}

bool
cab_walk_head(struct cab_walk *w, struct cab_block *b, bool *done,
    struct err *e)
{
	return walk_step(w, b, done, head_read, e);
}
