/*
 * cab_unpack - folders as the bytes they stand for; see cab.h. A folder is
 * unpacked from its beginning, whole, once for all of its files. Bytes that
 * stand in the cabinet as they are stay there; what was packed goes to the
 * spool. The sums of the blocks were checked when the cabinet was listed.
 */
#include <zlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/cab.h"

#define RAW_WINDOW	(-15)	/* zlib: no header of its own */

/* The one block of a deflate stream that is not packed (RFC 1951, 3.2.4). */
#define STORED_HEAD	5u	/* bytes: the kind, the length twice */
#define STORED_LAST	1u	/* the lower three bits of the first */

#define PIECES		4	/* of a block that may stay where it is */

struct unpacking {
	struct cab_walk	walk;
	struct arena	*arena;		/* of parts */
	struct rope	*parts;		/* of the folder, in order */
	size_t		 count;
	struct spool	*spool;
	uint64_t	 spooled;	/* of the spool: what is in parts */
	z_stream	 stream;
	uint64_t	 stored;	/* where the last block lies in the */
	size_t		 stored_len;	/* cabinet; 0: out has it */
	uint8_t		 out[CAB_UNPACKED];	/* also the next dictionary */
	size_t		 out_len;
};

static bool
part_add(struct unpacking *u, struct rope part, struct err *e)
{
	u->parts = arena_grow(u->arena, u->parts, u->count, sizeof(*u->parts));
	if (u->parts == NULL)
		return err_budget(e, u->arena);
	u->parts[u->count++] = part;
	return true;
}

/* What has been put into the spool since the last part is one. */
static bool
spooled_end(struct unpacking *u, struct err *e)
{
	struct rope part;

	if (u->spool->len == u->spooled)
		return true;
	if (!spool_rope(u->spool, u->spooled, u->arena, &part, e))
		return false;
	u->spooled = u->spool->len;
	return part_add(u, part, e);
}

/* Bytes of the cabinet that stay there, unless they lie all about. */
static bool
place_put(struct unpacking *u, uint64_t at, size_t len, bool *put,
    struct err *e)
{
	struct rope part;

	*put = rope_pieces(u->walk.file, at, len) <= PIECES;
	return !*put || (spooled_end(u, e) && rope_slice(u->arena,
	    u->walk.file, at, len, &part, e) && part_add(u, part, e));
}

static bool
none_block(struct unpacking *u, struct cab_block *b, struct err *e)
{
	bool put;

	return place_put(u, b->at, b->packed, &put, e) && (put ||
	    (cab_walk_read(&u->walk, b, e) && spool_put(u->spool, b->data,
	    e)));
}

/* Whether the bytes of a block stand behind "CK" as they are. */
static bool
stored_block(struct unpacking *u, const struct cab_block *b, bool *stored,
    struct err *e)
{
	uint8_t head[2 + STORED_HEAD] = { 0 };
	struct reader r = rd_open(SPAN(head));

	*stored = b->packed == sizeof(head) + b->size;
	if (!*stored)
		return true;
	if (!rope_read(u->walk.file, b->at, sizeof(head), head, e))
		return false;
	*stored = span_is(rd_take(&r, 2), "CK") &&
	    (rd_u8(&r) & 7) == STORED_LAST && rd_u16le(&r) == b->size &&
	    (rd_u16le(&r) ^ b->size) == UINT16_MAX;
	if (!*stored)
		return true;
	return place_put(u, b->at + sizeof(head), b->size, stored, e);
}

/* A block is "CK" and one deflate stream that may refer to the last block. */
static bool
packed_block(struct unpacking *u, const struct cab_block *b, struct err *e)
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
mszip_block(struct unpacking *u, struct cab_block *b, struct err *e)
{
	bool stored;

	if (!stored_block(u, b, &stored, e))
		return false;
	if (stored) {
		u->stored = b->at + b->packed - b->size;
		u->stored_len = b->size;
		return true;
	}
	if (u->stored_len > 0) {
		if (!rope_read(u->walk.file, u->stored, u->stored_len, u->out,
		    e))
			return false;
		u->out_len = u->stored_len;
		u->stored_len = 0;
	}
	return cab_walk_read(&u->walk, b, e) && packed_block(u, b, e) &&
	    spool_put(u->spool, (struct span){ u->out, u->out_len }, e);
}

static bool
blocks_unpack(struct unpacking *u,
    bool (*block)(struct unpacking *, struct cab_block *, struct err *),
    struct err *e)
{
	struct cab_block b;
	bool done;

	for (;;) {
		if (!cab_walk_head(&u->walk, &b, &done, e))
			return false;
		if (done)
			return spooled_end(u, e);
		if (!block(u, &b, e))
			return err_at(e, "block %u", u->walk.next - 1);
	}
}

static bool
unpack(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct spool *spool, struct unpacking *u,
    bool (*block)(struct unpacking *, struct cab_block *, struct err *),
    struct rope *out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CAB_PARTS);

	u->arena = a;
	u->spool = spool;
	u->spooled = spool->len;
	cab_walk_open(&u->walk, c, file, f);
	return blocks_unpack(u, block, e) && rope_join(c->arena, u->parts,
	    u->count, out, e);
}

static bool
none_unpack(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct spool *spool, struct rope *out,
    struct err *e)
{
	CLEANUP(free_done) struct unpacking *u = xcalloc(1, sizeof(*u));

	return unpack(c, file, f, spool, u, none_block, out, e);
}

static bool
mszip_unpack(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct spool *spool, struct rope *out,
    struct err *e)
{
	CLEANUP(free_done) struct unpacking *u = xcalloc(1, sizeof(*u));

	if (inflateInit2(&u->stream, RAW_WINDOW) != Z_OK)
		return err_set(e, ERR_LIMIT_MEMORY, "no memory to unpack");
	bool good = unpack(c, file, f, spool, u, mszip_block, out, e);
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
	if (f->known || f->size == 0)
		return true;
	if (f->packing->unpack == NULL)
		return err_set(e, ERR_CAB_METHOD, "it is packed by %s, which "
		    "cannot be unpacked here", f->packing->name);
	if (!f->packing->unpack(c, file, f, spool, &f->unpacked, e))
		return false;
	if (f->unpacked.len != f->size)
		return err_set(e, ERR_CAB_DATA, "its folder unpacks to %llu "
		    "bytes, its blocks say %llu",
		    (unsigned long long)f->unpacked.len,
		    (unsigned long long)f->size);
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
	return rope_slice(a, &f->unpacked, x->offset, x->size, out, e);
}
