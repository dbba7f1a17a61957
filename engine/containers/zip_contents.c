/*
 * zip_contents - data of entries: stored, or deflated (RFC 1951). Data passes
 * through buffers of fixed size; what is unpacked or packed goes to the spool.
 */
#include <zlib.h>

#include "base/text.h"
#include "containers/zip.h"

#define PIECE		((size_t)64 << 10)
#define RAW_WINDOW	(-15)	/* zlib: no header of its own */

static bool
crc_piece(void *arg, struct span piece, struct err *e)
{
	uint32_t *crc = arg;

	(void)e;
	*crc = (uint32_t)crc32_z(*crc, piece.ptr, piece.len);
	return true;
}

bool
zip_crc(const struct rope *r, uint32_t *out, struct err *e)
{
	*out = 0;
	return rope_each(r, 0, r->len, crc_piece, out, e);
}

struct unpacking {
	z_stream		 stream;
	const struct zip_entry	*entry;
	struct spool		*spool;		/* NULL: keep nothing */
	bool			(*take)(void *, struct span, struct err *);
	void			*arg;		/* of take; take may be NULL */
	const struct sift	*sift;		/* NULL: all is wanted */
	uint64_t		 size;
	uint32_t		 crc;
	bool			 done;
};

static bool
too_large(const struct unpacking *u, struct err *e)
{
	return err_set(e, ERR_ZIP_SIZE, "it unpacks to more than the %llu "
	    "bytes of its header",
	    (unsigned long long)u->entry->numbers.size);
}

/* Where less comes than a look needs, what it is stays open: it is kept. */
static void
look(struct unpacking *u, struct span head)
{
	bool enough = head.len >= SIFT_HEAD ||
	    head.len == u->entry->numbers.size;

	if (u->sift != NULL && u->size == 0 && enough &&
	    !u->sift->wants(u->sift->arg, head))
		u->spool = NULL;
}

static bool
unpacked_put(struct unpacking *u, struct span made, struct err *e)
{
	if (made.len > u->entry->numbers.size - u->size)
		return too_large(u, e);
	look(u, made);
	u->size += made.len;
	u->crc = (uint32_t)crc32_z(u->crc, made.ptr, made.len);
	if (u->take != NULL && !u->take(u->arg, made, e))
		return false;
	return u->spool == NULL || spool_put(u->spool, made, e);
}

static bool
inflate_piece(void *arg, struct span piece, struct err *e)
{
	struct unpacking *u = arg;
	uint8_t out[PIECE];
	size_t made;

	if (u->done)
		return err_set(e, ERR_ZIP_DATA,
		    "bytes follow the end of its packed data");
	for (size_t at = 0; at < piece.len && !u->done; ) {
		struct span part = span_from(piece, at);

		if (part.len > PIECE && !span_cut(part, 0, PIECE, &part))
			return false;
		u->stream.next_in = (z_const Bytef *)(uintptr_t)part.ptr;
		u->stream.avail_in = (uInt)part.len;
		do {
			u->stream.next_out = out;
			u->stream.avail_out = sizeof(out);
			int got = inflate(&u->stream, Z_NO_FLUSH);
			if (got != Z_OK && got != Z_STREAM_END &&
			    got != Z_BUF_ERROR)
				return err_set(e, ERR_ZIP_DATA, "its packed "
				    "data is damaged at byte %llu",
				    (unsigned long long)u->stream.total_in);
			u->done = got == Z_STREAM_END;
			made = sizeof(out) - u->stream.avail_out;
			if (!unpacked_put(u, (struct span){ out, made }, e))
				return false;
		} while (!u->done && u->stream.avail_out == 0);
		at += part.len - u->stream.avail_in;
		if (u->done && at < piece.len)
			return err_set(e, ERR_ZIP_DATA,
			    "bytes follow the end of its packed data");
	}
	return true;
}

static bool
inflate_run(struct unpacking *u, const struct rope *packed, struct err *e)
{
	if (inflateInit2(&u->stream, RAW_WINDOW) != Z_OK)
		return err_set(e, ERR_LIMIT_MEMORY, "no memory to unpack");
	bool good = rope_each(packed, 0, packed->len, inflate_piece, u, e);
	inflateEnd(&u->stream);
	if (good && !u->done)
		return err_set(e, ERR_ZIP_DATA, "its packed data is cut");
	if (good && u->size != u->entry->numbers.size)
		return err_set(e, ERR_ZIP_SIZE, "it unpacks to %llu bytes, its "
		    "header says %llu", (unsigned long long)u->size,
		    (unsigned long long)u->entry->numbers.size);
	return good;
}

static bool
crc_check(const struct zip_entry *x, uint32_t crc, struct err *e)
{
	if (crc == x->numbers.crc)
		return true;
	return err_set(e, ERR_ZIP_CHECKSUM, "its checksum is %08x, its header "
	    "says %08x", crc, x->numbers.crc);
}

bool
zip_unpacks(const struct rope *file, const struct zip_entry *x,
    struct arena *a, struct err *e)
{
	struct unpacking u = { .entry = x };
	struct rope packed;

	return rope_slice(a, file, x->data, x->numbers.packed, &packed, e) &&
	    inflate_run(&u, &packed, e) && crc_check(x, u.crc, e);
}

static bool
packed_of(const struct rope *file, const struct zip_entry *x,
    struct arena *a, struct rope *packed, struct err *e)
{
	if ((x->flags & ZIP_FLAG_ENCRYPTED) != 0)
		return err_set(e, ERR_ZIP_ENCRYPTED, "it is encrypted");
	if (x->method != ZIP_STORED && x->method != ZIP_DEFLATED)
		return err_set(e, ERR_ZIP_METHOD, "it is packed by method %u, "
		    "not by deflate (8)", x->method);
	return rope_slice(a, file, x->data, x->numbers.packed, packed, e);
}

/* Stored bytes pass once: to the sum, and on. */
struct passing {
	uint32_t	crc;
	bool		(*take)(void *, struct span, struct err *);
	void		*arg;
};

static bool
pass_piece(void *arg, struct span piece, struct err *e)
{
	struct passing *p = arg;

	p->crc = (uint32_t)crc32_z(p->crc, piece.ptr, piece.len);
	return p->take(p->arg, piece, e);
}

bool
zip_entry_each(const struct rope *file, const struct zip_entry *x,
    struct arena *a, bool (*take)(void *, struct span, struct err *),
    void *arg, struct err *e)
{
	struct unpacking u = { .entry = x, .take = take, .arg = arg };
	struct passing p = { .take = take, .arg = arg };
	struct rope packed;

	if (!packed_of(file, x, a, &packed, e))
		return false;
	if (x->method == ZIP_STORED)
		return rope_each(&packed, 0, packed.len, pass_piece, &p, e) &&
		    crc_check(x, p.crc, e);
	return inflate_run(&u, &packed, e) && crc_check(x, u.crc, e);
}

/* Stored bytes are there already: nothing is saved by a look at them. */
static bool
stored(const struct zip_entry *x, const struct rope *packed,
    bool (*take)(void *, struct span, struct err *), void *arg,
    struct rope *out, struct err *e)
{
	struct passing p = { .take = take, .arg = arg };

	*out = *packed;
	return (take == NULL ? zip_crc(packed, &p.crc, e) :
	    rope_each(packed, 0, packed->len, pass_piece, &p, e)) &&
	    crc_check(x, p.crc, e);
}

bool
zip_entry_sift(const struct rope *file, const struct zip_entry *x,
    const struct sift *sift, bool (*take)(void *, struct span, struct err *),
    void *arg, struct arena *a, struct spool *spool, struct rope *out,
    bool *wanted, struct err *e)
{
	struct unpacking u = { .entry = x, .spool = spool, .take = take,
	    .arg = arg, .sift = sift };
	uint64_t from = spool->len;
	struct rope packed;

	*wanted = true;
	if (!packed_of(file, x, a, &packed, e))
		return false;
	if (x->method == ZIP_STORED)
		return stored(x, &packed, take, arg, out, e);
	if (!inflate_run(&u, &packed, e) || !crc_check(x, u.crc, e))
		return false;
	*wanted = u.spool != NULL;
	*out = (struct rope){ 0 };
	return !*wanted || spool_rope(spool, from, a, out, e);
}

bool
zip_entry_contents(const struct rope *file, const struct zip_entry *x,
    struct arena *a, struct spool *spool, struct rope *out, struct err *e)
{
	bool all;

	return zip_entry_sift(file, x, NULL, NULL, NULL, a, spool, out, &all,
	    e);
}

bool
zip_contents(const struct listing *l, size_t index, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	const struct zip *z = l->own;
	const struct zip_entry *x = &z->entries[index];

	if (!zip_entry_contents(&l->file, x, a, spool, out, e))
		return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	return true;
}

bool
zip_sift(const struct listing *l, size_t index, const struct sift *sift,
    struct arena *a, struct spool *spool, struct rope *out, bool *wanted,
    struct err *e)
{
	const struct zip *z = l->own;
	const struct zip_entry *x = &z->entries[index];

	return zip_entry_sift(&l->file, x, sift, NULL, NULL, a, spool, out,
	    wanted, e) || err_at(e, "entry \"%s\"", ZIP_NAME(x));
}

struct packing {
	z_stream	 stream;
	struct spool	*spool;
};

static bool
deflate_some(struct packing *p, int flush, struct err *e)
{
	uint8_t out[PIECE];

	do {
		p->stream.next_out = out;
		p->stream.avail_out = sizeof(out);
		if (deflate(&p->stream, flush) == Z_STREAM_ERROR)
			return err_set(e, ERR_LIMIT_MEMORY, "cannot pack");
		if (!spool_put(p->spool, (struct span){ out,
		    sizeof(out) - p->stream.avail_out }, e))
			return false;
	} while (p->stream.avail_out == 0);
	return true;
}

static bool
deflate_piece(void *arg, struct span piece, struct err *e)
{
	struct packing *p = arg;

	while (piece.len > 0) {
		size_t n = piece.len < PIECE ? piece.len : PIECE;

		p->stream.next_in = (z_const Bytef *)(uintptr_t)piece.ptr;
		p->stream.avail_in = (uInt)n;
		if (!deflate_some(p, Z_NO_FLUSH, e))
			return false;
		piece = span_from(piece, n);
	}
	return true;
}

static bool
deflate_blocks(struct packing *p, const struct rope *in, uint64_t block,
    uint64_t *sizes, struct err *e)
{
	for (uint64_t at = 0; at < in->len; at += block) {
		uint64_t from = p->spool->len;
		uint64_t len = in->len - at < block ? in->len - at : block;

		if (!rope_each(in, at, len, deflate_piece, p, e) ||
		    !deflate_some(p, Z_FULL_FLUSH, e))
			return false;
		*sizes++ = p->spool->len - from;
	}
	return true;
}

bool
zip_deflate(const struct rope *in, struct arena *a, struct spool *spool,
    struct rope *out, struct err *e)
{
	return zip_deflate_blocks(in, 0, NULL, a, spool, out, e);
}

bool
zip_deflate_blocks(const struct rope *in, uint64_t block, uint64_t *sizes,
    struct arena *a, struct spool *spool, struct rope *out, struct err *e)
{
	struct packing p = { .spool = spool };
	uint64_t from = spool->len;

	if (deflateInit2(&p.stream, 6, Z_DEFLATED, RAW_WINDOW, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_LIMIT_MEMORY, "no memory to pack");
	bool good = (block == 0 ?
	    rope_each(in, 0, in->len, deflate_piece, &p, e) :
	    deflate_blocks(&p, in, block, sizes, e)) &&
	    deflate_some(&p, Z_FINISH, e);
	deflateEnd(&p.stream);
	return good && spool_rope(spool, from, a, out, e);
}
