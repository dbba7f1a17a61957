/*
 * cab_pack - bytes as the blocks of a folder; see cab.h. One block is in
 * memory at a time, and the one before it, which MSZIP refers to.
 */
#include <string.h>
#include <zlib.h>

#include "base/text.h"
#include "containers/cab.h"

#define RAW_WINDOW	(-15)		/* zlib: no header of its own */
#define LEVEL		6
#define MSZIP_MAX	(CAB_UNPACKED + 12)	/* [MS-MCI] 2: of a block */

struct packing {
	const struct cab *cab;
	struct spool	*spool;
	z_stream	 stream;
	bool		 deflates;
	bool		 old;			/* walk has blocks left */
	struct cab_walk	 walk;
	uint8_t		 block[CAB_UNPACKED];
	size_t		 fill;
	uint8_t		 before[CAB_UNPACKED];
	size_t		 before_len;
	uint8_t		 packed[2 * CAB_UNPACKED];
	unsigned	 blocks;
};

/* A deflate stream of one stored block, RFC 1951 3.2.4. */
static size_t
stored_put(struct packing *p)
{
	p->packed[2] = 1;
	put_u16le(&p->packed[3], (uint16_t)p->fill);
	put_u16le(&p->packed[5], (uint16_t)~p->fill);
	memcpy(&p->packed[7], p->block, p->fill);
	return 7 + p->fill;
}

/*
 * mszip_put packs a block. zlib may store what cannot be packed in several
 * pieces, and so pass what a block may take.
 */
static bool
mszip_put(struct packing *p, size_t *len, struct err *e)
{
	p->packed[0] = 'C';
	p->packed[1] = 'K';
	if (deflateReset(&p->stream) != Z_OK || (p->before_len > 0 &&
	    deflateSetDictionary(&p->stream, p->before,
	    (uInt)p->before_len) != Z_OK))
		return err_set(e, ERR_LIMIT_MEMORY, "cannot pack");
	p->stream.next_in = p->block;
	p->stream.avail_in = (uInt)p->fill;
	p->stream.next_out = &p->packed[2];
	p->stream.avail_out = MSZIP_MAX - 2;
	*len = deflate(&p->stream, Z_FINISH) == Z_STREAM_END ?
	    MSZIP_MAX - p->stream.avail_out : stored_put(p);
	memcpy(p->before, p->block, p->fill);
	p->before_len = p->fill;
	return true;
}

/* The reserve of the block with the same number; zeros where there is none. */
static bool
reserve_take(struct packing *p, struct buf *out, struct err *e)
{
	struct cab_block b;
	bool done = true;

	if (p->cab->block_reserve == 0)
		return true;
	if (p->old && !cab_walk_next(&p->walk, &b, &done, e))
		return false;
	p->old = !done;
	if (done)
		buf_zero(out, p->cab->block_reserve);
	else
		buf_put(out, b.reserve);
	return true;
}

/*
 * Where programs differ in what the checksum covers (see sum_check), there is
 * none: 0 is good for all of them.
 */
static uint32_t
block_sum(struct span sizes, struct span reserve, struct span data)
{
	for (size_t i = 0; i < reserve.len; i++)
		if (reserve.ptr[i] != 0)
			return 0;
	return cab_sum(sizes, cab_sum(data, 0));
}

static bool
block_put(struct packing *p, struct err *e)
{
	CLEANUP(buf_done) struct buf reserve = { 0 };
	struct span data = { p->block, p->fill };
	uint8_t head[CAB_BLOCK_SIZE];

	if (!reserve_take(p, &reserve, e))
		return false;
	if (p->deflates) {
		data.ptr = p->packed;
		if (!mszip_put(p, &data.len, e))
			return false;
	}
	put_u16le(&head[4], (uint16_t)data.len);
	put_u16le(&head[6], (uint16_t)p->fill);
	put_u32le(&head[0], block_sum((struct span){ &head[4], 4 },
	    buf_span(&reserve), data));
	p->fill = 0;
	p->blocks++;
	return spool_put(p->spool, SPAN(head), e) &&
	    spool_put(p->spool, buf_span(&reserve), e) &&
	    spool_put(p->spool, data, e);
}

static bool
piece_pack(void *arg, struct span piece, struct err *e)
{
	struct packing *p = arg;

	while (piece.len > 0) {
		size_t n = CAB_UNPACKED - p->fill;

		if (n > piece.len)
			n = piece.len;
		memcpy(&p->block[p->fill], piece.ptr, n);
		p->fill += n;
		piece = span_from(piece, n);
		if (p->fill == CAB_UNPACKED && !block_put(p, e))
			return false;
	}
	return true;
}

static bool
all_pack(struct packing *p, const struct rope *contents, struct err *e)
{
	if (!p->deflates)
		return rope_each(contents, 0, contents->len, piece_pack, p,
		    e) && (p->fill == 0 || block_put(p, e));
	if (deflateInit2(&p->stream, LEVEL, Z_DEFLATED, RAW_WINDOW, 9,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_LIMIT_MEMORY, "no memory to pack");
	bool good = rope_each(contents, 0, contents->len, piece_pack, p, e) &&
	    (p->fill == 0 || block_put(p, e));
	deflateEnd(&p->stream);
	return good;
}

bool
cab_pack(const struct cab *c, const struct rope *file,
    const struct cab_folder *old, const struct rope *contents,
    uint16_t method, struct arena *a, struct spool *spool,
    struct cab_packed *out, struct err *e)
{
	CLEANUP(free_done) struct packing *p = xcalloc(1, sizeof(*p));
	uint64_t from = spool->len;

	if (contents->len > (uint64_t)CAB_BLOCKS * CAB_UNPACKED)
		return err_set(e, ERR_CAB_LIMIT, "a folder of %llu bytes does "
		    "not fit into %u blocks of 32 KiB",
		    (unsigned long long)contents->len, CAB_BLOCKS);
	p->cab = c;
	p->spool = spool;
	p->deflates = (method & 15) == CAB_MSZIP;
	p->old = old != NULL;
	if (p->old)
		cab_walk_open(&p->walk, c, file, old);
	if (!all_pack(p, contents, e))
		return false;
	out->blocks = p->blocks;
	return spool_rope(spool, from, a, &out->data, e);
}
