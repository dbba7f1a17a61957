/* wrap - see wrap.h. Bytes pass through buffers of fixed size. */
#include <lzma.h>
#include <string.h>
#include <zlib.h>

#include "base/text.h"
#include "containers/wrap_coder.h"

#define PIECE		((size_t)64 << 10)
#define HEAD_MAX	((size_t)64 << 10)	/* bytes of a header */

#define MAGIC(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

/* ---- headers */

static bool
bad_header(const struct wrap *w, const char *why, struct err *e)
{
	return err_set(e, ERR_WRAP_HEADER, "its %s header %s", w->kind->name,
	    why);
}

/* Flags of a gzip header, RFC 1952, 2.3.1. */
enum {
	GZIP_CRC	= 1 << 1,
	GZIP_EXTRA	= 1 << 2,
	GZIP_NAME	= 1 << 3,
	GZIP_COMMENT	= 1 << 4,
	GZIP_RESERVED	= 7 << 5,
};

static void
skip_text(struct reader *r)
{
	while (rd_ok(r) && rd_u8(r) != 0)
		;
}

/* zlib checks the header's CRC when it unpacks. */
static bool
gzip_header(struct span head, struct wrap *w, struct err *e)
{
	struct reader r = rd_open(head);

	rd_skip(&r, 2);
	uint8_t method = rd_u8(&r), flags = rd_u8(&r);
	rd_skip(&r, 4);
	uint8_t best = rd_u8(&r);
	rd_skip(&r, 1);
	if ((flags & GZIP_EXTRA) != 0)
		rd_skip(&r, rd_u16le(&r));
	if ((flags & GZIP_NAME) != 0)
		skip_text(&r);
	if ((flags & GZIP_COMMENT) != 0)
		skip_text(&r);
	if ((flags & GZIP_CRC) != 0)
		rd_skip(&r, 2);
	if (!rd_ok(&r) || !span_cut(head, 0, r.at, &w->header))
		return bad_header(w, "is cut or longer than 64 KiB", e);
	if (method != Z_DEFLATED || (flags & GZIP_RESERVED) != 0)
		return bad_header(w, "asks for what is not known", e);
	w->level = best == 2 ? 9 : best == 4 ? 1 : 6;
	return true;
}

static bool
xz_header(struct span head, struct wrap *w, struct err *e)
{
	lzma_stream_flags flags;

	if (head.len < LZMA_STREAM_HEADER_SIZE ||
	    lzma_stream_header_decode(&flags, head.ptr) != LZMA_OK)
		return bad_header(w, "is cut or damaged", e);
	if (!lzma_check_is_supported(flags.check))
		return bad_header(w, "names a check that is not known", e);
	w->check = (unsigned)flags.check;
	return true;
}

/* Frame_Header_Descriptor, RFC 8878, 3.1.1.1.1. */
static bool
zstd_header(struct span head, struct wrap *w, struct err *e)
{
	struct reader r = rd_open(head);

	rd_skip(&r, w->kind->magic.len);
	uint8_t bits = rd_u8(&r);
	if (!rd_ok(&r))
		return bad_header(w, "is cut", e);
	if ((bits & 0x08) != 0)
		return bad_header(w, "asks for what is not known", e);
	if ((bits & 0x03) != 0)
		return bad_header(w, "names a dictionary", e);
	w->check = bits >> 2 & 1;
	w->sized = (bits & 0xe0) != 0;
	return true;
}

static bool
bzip2_header(struct span head, struct wrap *w, struct err *e)
{
	struct reader r = rd_open(head);

	rd_skip(&r, w->kind->magic.len);
	uint8_t level = rd_u8(&r);
	if (level < '1' || level > '9')
		return bad_header(w, "names no level", e);
	w->level = level - '0';
	return true;
}

const struct wrap_kind wrap_kinds[] = {
	{ "gzip", ".gz", MAGIC("\x1f\x8b"), true, gzip_header,
	    &gzip_unpacker, &gzip_packer },
	{ "xz", ".xz", MAGIC("\xfd\x37zXZ\0"), false, xz_header,
	    &xz_unpacker, &xz_packer },
	{ "zstd", ".zst", MAGIC("\x28\xb5\x2f\xfd"), false, zstd_header,
	    &zstd_unpacker, &zstd_packer },
	{ "bzip2", ".bz2", MAGIC("BZh"), false, bzip2_header,
	    &bzip2_unpacker, &bzip2_packer },
	{ .name = NULL }
};

const struct wrap_kind *
wrap_probe(struct span head)
{
	for (size_t i = 0; wrap_kinds[i].name != NULL; i++) {
		struct span magic = wrap_kinds[i].magic, start;

		if (span_cut(head, 0, magic.len, &start) &&
		    span_eq(start, magic))
			return &wrap_kinds[i];
	}
	return NULL;
}

size_t
wrap_peek(struct span head, uint8_t *out, size_t size)
{
	struct wrap w = { .kind = wrap_probe(head) };
	struct flow f = { .in = head, .out = out, .room = size };
	enum step step = STEP_MORE;
	struct err e;

	if (w.kind == NULL || !w.kind->header(head, &w, &e))
		return 0;
	void *state = w.kind->unpacker->begin(&w, 0);
	if (state == NULL)
		return 0;
	while (step == STEP_MORE && f.room > 0) {
		size_t left = f.in.len, room = f.room;

		step = w.kind->unpacker->run(state, &f);
		if (f.in.len == left && f.room == room)
			break;
	}
	w.kind->unpacker->end(state);
	return step == STEP_DAMAGED || step == STEP_MEMORY ? 0 :
	    size - f.room;
}

/* ---- bytes on their way */

struct pump {
	const struct wrap		*wrap;
	const struct coder_kind		*coder;
	void				*state;
	const struct container_limits	*limits;	/* NULL: packing */
	struct spool			*spool;
	uint64_t			 packed;	/* the file's bytes */
	uint64_t			 seen;
	uint64_t			 made;
	uint32_t			 crc;		/* of what is packed */
	bool				 ended;
};

static void
pump_done(struct pump *p)
{
	if (p->state != NULL)
		p->coder->end(p->state);
}

static bool
pump_begin(struct pump *p, uint64_t size, struct err *e)
{
	p->state = p->coder->begin(p->wrap, size);
	return p->state != NULL || err_set(e, ERR_LIMIT_MEMORY,
	    "no memory for %s", p->wrap->kind->name);
}

static bool
pump_trouble(const struct pump *p, enum step step, struct err *e)
{
	if (step == STEP_MEMORY)
		return err_set(e, ERR_WRAP_MEMORY, "to unpack its %s data "
		    "would take more memory than is allowed",
		    p->wrap->kind->name);
	return err_set(e, ERR_WRAP_DATA, "its %s data is damaged near byte "
	    "%llu", p->wrap->kind->name, (unsigned long long)p->seen);
}

static bool
pump_made(struct pump *p, struct span made, struct err *e)
{
	p->made += made.len;
	return (p->limits == NULL || container_size_check(p->limits, p->packed,
	    p->made, e)) && spool_put(p->spool, made, e);
}

/* Runs until all of in is taken, and all that it gives is out. */
static bool
pump_run(struct pump *p, struct flow *f, struct err *e)
{
	uint8_t out[PIECE];
	bool full, stuck;

	do {
		size_t left = f->in.len;

		f->out = out;
		f->room = sizeof(out);
		enum step step = p->coder->run(p->state, f);
		size_t made = sizeof(out) - f->room;
		p->seen += left - f->in.len;
		stuck = made == 0 && f->in.len == left && left > 0;
		if (step == STEP_DAMAGED || step == STEP_MEMORY ||
		    (stuck && step != STEP_END))
			return pump_trouble(p, step, e);
		p->ended = step == STEP_END;
		full = f->room == 0;
		if (!pump_made(p, (struct span){ out, made }, e))
			return false;
	} while (!p->ended && (f->in.len > 0 || full ||
	    (p->limits == NULL && f->last)));
	return true;
}

static bool
pump_piece(void *arg, struct span piece, struct err *e)
{
	struct pump *p = arg;

	while (piece.len > 0) {
		struct flow f = { .in = piece };

		if (p->ended)
			return err_set(e, ERR_WRAP_TRAILING, "bytes follow "
			    "the end of its %s data at %llu",
			    p->wrap->kind->name,
			    (unsigned long long)p->seen);
		if (piece.len > PIECE && !span_cut(piece, 0, PIECE, &f.in))
			return false;
		size_t len = f.in.len;
		if (p->limits == NULL)
			p->crc = (uint32_t)crc32_z(p->crc, f.in.ptr, len);
		if (!pump_run(p, &f, e))
			return false;
		piece = span_from(piece, len - f.in.len);
	}
	return true;
}

static bool
unpack(const struct rope *file, struct pump *p, struct err *e)
{
	struct flow last = { .last = true };

	if (!pump_begin(p, 0, e) ||
	    !rope_each(file, 0, file->len, pump_piece, p, e))
		return false;
	if (!p->ended && !pump_run(p, &last, e))
		return false;
	return p->ended || err_set(e, ERR_WRAP_DATA, "its %s data is cut",
	    p->wrap->kind->name);
}

bool
wrap_open(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct wrap *out,
    struct rope *contents, struct err *e)
{
	CLEANUP(pump_done) struct pump p = { .limits = limits,
	    .spool = spool, .packed = file->len, .wrap = out };
	uint64_t from = spool->len;
	uint8_t bytes[HEAD_MAX];
	size_t len = file->len < HEAD_MAX ? (size_t)file->len : HEAD_MAX;
	struct span head = { bytes, len };

	if (!rope_read(file, 0, len, bytes, e))
		return false;
	*out = (struct wrap){ .kind = wrap_probe(head) };
	*contents = *file;
	if (out->kind == NULL)
		return true;
	p.coder = out->kind->unpacker;
	if (!out->kind->header(head, out, e))
		return false;
	if (!arena_copy(a, out->header, &out->header))
		return err_budget(e, a);
	return unpack(file, &p, e) && spool_rope(spool, from, a, contents, e);
}

/* CRC-32 and size of what was packed, RFC 1952, 2.3.1. */
static bool
put_trailer(const struct pump *p, uint64_t size, struct err *e)
{
	uint8_t trailer[8];

	put_u32le(trailer, p->crc);
	put_u32le(trailer + 4, (uint32_t)size);
	return !p->wrap->kind->crc ||
	    spool_put(p->spool, SPAN(trailer), e);
}

bool
wrap_close(const struct wrap *w, const struct rope *contents,
    struct arena *a, struct spool *spool, struct rope *out, struct err *e)
{
	CLEANUP(pump_done) struct pump p = { .spool = spool, .wrap = w };
	struct flow last = { .last = true };
	uint64_t from = spool->len;

	*out = *contents;
	if (w->kind == NULL)
		return true;
	p.coder = w->kind->packer;
	return pump_begin(&p, contents->len, e) &&
	    spool_put(spool, w->header, e) &&
	    rope_each(contents, 0, contents->len, pump_piece, &p, e) &&
	    pump_run(&p, &last, e) && put_trailer(&p, contents->len, e) &&
	    spool_rope(spool, from, a, out, e);
}

bool
wrap_kept(const struct wrap *x, const struct wrap *y, struct err *e)
{
	if (x->kind != y->kind)
		return err_set(e, ERR_WRAP_CHANGED, "it was packed by %s, and "
		    "is by %s now", x->kind != NULL ? x->kind->name :
		    "nothing", y->kind != NULL ? y->kind->name : "nothing");
	if (!span_eq(x->header, y->header) || x->level != y->level ||
	    x->check != y->check || x->sized != y->sized)
		return err_set(e, ERR_WRAP_CHANGED, "its %s header changed",
		    x->kind->name);
	return true;
}
