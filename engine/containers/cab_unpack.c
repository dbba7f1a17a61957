/*
 * cab_unpack - folders as the bytes they stand for; see cab.h. A folder is
 * unpacked from its beginning, so it goes to the spool once, whole, for all of
 * its files.
 */
#include <zlib.h>

#include "base/text.h"
#include "containers/cab.h"

#define RAW_WINDOW	(-15)	/* zlib: no header of its own */

static bool
none_unpack(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct spool *spool, struct err *e)
{
	CLEANUP(free_done) struct cab_walk *w = xmalloc(sizeof(*w));
	struct cab_block b;
	bool done;

	cab_walk_open(w, c, file, f);
	for (;;) {
		if (!cab_walk_next(w, &b, &done, e))
			return false;
		if (done)
			return true;
		if (!spool_put(spool, b.data, e))
			return false;
	}
}

struct unpacking {
	z_stream	stream;
	struct cab_walk	walk;
	uint8_t		out[CAB_UNPACKED];	/* also the next dictionary */
	size_t		out_len;
};

/* A block is "CK" and one deflate stream that may refer to the last block. */
static bool
mszip_block(struct unpacking *u, const struct cab_block *b, struct err *e)
{
	struct span packed = span_from(b->data, 2);

	if (!span_starts(b->data, "CK"))
		return err_set(e, ERR_CAB_DATA, "its data does not begin with "
		    "CK");
	if (inflateReset(&u->stream) != Z_OK || (u->out_len > 0 &&
	    inflateSetDictionary(&u->stream, u->out, (uInt)u->out_len) !=
	    Z_OK))
		return err_set(e, ERR_LIMIT_MEMORY, "cannot unpack");
	u->stream.next_in = (z_const Bytef *)(uintptr_t)packed.ptr;
	u->stream.avail_in = (uInt)packed.len;
	u->stream.next_out = u->out;
	u->stream.avail_out = b->size;
	if (inflate(&u->stream, Z_FINISH) != Z_STREAM_END ||
	    u->stream.avail_in != 0 || u->stream.avail_out != 0)
		return err_set(e, ERR_CAB_DATA, "its data does not unpack to "
		    "exactly %u bytes", b->size);
	u->out_len = b->size;
	return true;
}

static bool
mszip_blocks(struct unpacking *u, struct spool *spool, struct err *e)
{
	struct cab_block b;
	bool done;

	for (;;) {
		if (!cab_walk_next(&u->walk, &b, &done, e))
			return false;
		if (done)
			return true;
		if (!mszip_block(u, &b, e))
			return err_at(e, "block %u", u->walk.next - 1);
		if (!spool_put(spool, (struct span){ u->out, u->out_len }, e))
			return false;
	}
}

static bool
mszip_unpack(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct spool *spool, struct err *e)
{
	CLEANUP(free_done) struct unpacking *u = xcalloc(1, sizeof(*u));

	if (inflateInit2(&u->stream, RAW_WINDOW) != Z_OK)
		return err_set(e, ERR_LIMIT_MEMORY, "no memory to unpack");
	cab_walk_open(&u->walk, c, file, f);
	bool good = mszip_blocks(u, spool, e);
	inflateEnd(&u->stream);
	return good;
}

/* By typeCompress & 15. */
static const struct cab_packing packings[] = {
	[CAB_NONE]	= { "none", .unpack = none_unpack,
			    .again = CAB_NONE },
	[CAB_MSZIP]	= { "MSZIP", .unpack = mszip_unpack,
			    .again = CAB_MSZIP },
	[CAB_QUANTUM]	= { "Quantum", .again = CAB_QUANTUM },
	[CAB_LZX]	= { "LZX", .unpack = cab_lzx_unpack,
			    .again = CAB_MSZIP },
};

const struct cab_packing *
cab_packing_find(uint16_t method)
{
	return (method & 15) < COUNT(packings) ? &packings[method & 15] : NULL;
}

bool
cab_folder_unpack(const struct cab *c, const struct rope *file,
    struct cab_folder *f, struct spool *spool, struct err *e)
{
	uint64_t from = spool->len;

	if (f->known || f->size == 0)
		return true;
	if (f->packing->unpack == NULL)
		return err_set(e, ERR_CAB_METHOD, "it is packed by %s, which "
		    "cannot be unpacked here", f->packing->name);
	if (!f->packing->unpack(c, file, f, spool, e))
		return false;
	if (spool->len - from != f->size)
		return err_set(e, ERR_CAB_DATA, "its folder unpacks to %llu "
		    "bytes, its blocks say %llu",
		    (unsigned long long)(spool->len - from),
		    (unsigned long long)f->size);
	f->unpacked = (struct extent){ .fd = spool->fd, .off = from,
	    .len = f->size };
	f->known = true;
	return true;
}

bool
cab_file_unpack(const struct cab *c, const struct rope *file, size_t index,
    struct arena *a, struct spool *spool, struct rope *out, struct err *e)
{
	const struct cab_file *x = &c->files[index];
	struct cab_folder *f = &c->folders[x->folder];

	if (!cab_folder_unpack(c, file, f, spool, e))
		return false;
	struct rope whole = { &f->unpacked, 1, f->size };
	return rope_slice(a, &whole, x->offset, x->size, out, e);
}
