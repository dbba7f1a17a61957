/*
 * wrap_coder - see wrap_coder.h. Each library has its own names for the same
 * six numbers: where to read, how much, where to write, how much, go on or
 * end, and how it went.
 */
#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "containers/wrap_coder.h"

#define GZIP_WINDOW	(15 + 16)	/* zlib: with its own header */
#define RAW_WINDOW	(-15)		/* zlib: deflate alone */
#define XZ_PRESET	6
#define ZSTD_LEVEL	9

/* Both are at most a few pieces: they fit into any int. */
static void
flow_took(struct flow *f, size_t in_left, size_t out_left)
{
	f->in = span_from(f->in, f->in.len - in_left);
	f->out += f->room - out_left;
	f->room = out_left;
}

/* ---- gzip: zlib */

static void *
gzip_unpack_begin(const struct wrap *w, uint64_t size)
{
	z_stream *z = xcalloc(1, sizeof(*z));

	(void)w;
	(void)size;
	if (inflateInit2(z, GZIP_WINDOW) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static void
gzip_in(z_stream *z, const struct flow *f)
{
	z->next_in = (z_const Bytef *)(uintptr_t)f->in.ptr;
	z->avail_in = (uInt)f->in.len;
	z->next_out = f->out;
	z->avail_out = (uInt)f->room;
}

static enum step
gzip_unpack(void *state, struct flow *f)
{
	z_stream *z = state;

	gzip_in(z, f);
	int got = inflate(z, Z_NO_FLUSH);
	flow_took(f, z->avail_in, z->avail_out);
	return got == Z_STREAM_END ? STEP_END :
	    got == Z_OK || got == Z_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

static void
gzip_unpack_end(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct coder_kind gzip_unpacker = { gzip_unpack_begin, gzip_unpack,
    gzip_unpack_end };

static void *
gzip_pack_begin(const struct wrap *w, uint64_t size)
{
	z_stream *z = xcalloc(1, sizeof(*z));

	(void)size;
	if (deflateInit2(z, (int)w->level, Z_DEFLATED, RAW_WINDOW, 8,
	    Z_DEFAULT_STRATEGY) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static enum step
gzip_pack(void *state, struct flow *f)
{
	z_stream *z = state;

	gzip_in(z, f);
	int got = deflate(z, f->last ? Z_FINISH : Z_NO_FLUSH);
	flow_took(f, z->avail_in, z->avail_out);
	return got == Z_STREAM_END ? STEP_END :
	    got == Z_OK || got == Z_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

static void
gzip_pack_end(void *state)
{
	deflateEnd(state);
	free(state);
}

const struct coder_kind gzip_packer = { gzip_pack_begin, gzip_pack,
    gzip_pack_end };

/* ---- xz: liblzma */

static lzma_stream *
xz_new(void)
{
	static const lzma_stream none = LZMA_STREAM_INIT;
	lzma_stream *z = xmalloc(sizeof(*z));

	*z = none;
	return z;
}

static void
xz_end(void *state)
{
	lzma_end(state);
	free(state);
}

static void *
xz_unpack_begin(const struct wrap *w, uint64_t size)
{
	lzma_stream *z = xz_new();

	(void)w;
	(void)size;
	if (lzma_stream_decoder(z, WRAP_MEMORY_XZ, 0) == LZMA_OK)
		return z;
	xz_end(z);
	return NULL;
}

static enum step
xz_run(void *state, struct flow *f)
{
	lzma_stream *z = state;

	z->next_in = f->in.ptr;
	z->avail_in = f->in.len;
	z->next_out = f->out;
	z->avail_out = f->room;
	lzma_ret got = lzma_code(z, f->last ? LZMA_FINISH : LZMA_RUN);
	flow_took(f, z->avail_in, z->avail_out);
	return got == LZMA_STREAM_END ? STEP_END :
	    got == LZMA_OK || got == LZMA_BUF_ERROR ? STEP_MORE :
	    got == LZMA_MEMLIMIT_ERROR || got == LZMA_MEM_ERROR ?
	    STEP_MEMORY : STEP_DAMAGED;
}

const struct coder_kind xz_unpacker = { xz_unpack_begin, xz_run, xz_end };

static void *
xz_pack_begin(const struct wrap *w, uint64_t size)
{
	lzma_stream *z = xz_new();

	(void)size;
	if (lzma_easy_encoder(z, XZ_PRESET, (lzma_check)w->check) == LZMA_OK)
		return z;
	xz_end(z);
	return NULL;
}

const struct coder_kind xz_packer = { xz_pack_begin, xz_run, xz_end };

/* ---- zstd */

static void *
zstd_unpack_begin(const struct wrap *w, uint64_t size)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();

	(void)w;
	(void)size;
	if (z != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(z,
	    ZSTD_d_windowLogMax, WRAP_WINDOW_ZSTD)))
		return z;
	ZSTD_freeDCtx(z);
	return NULL;
}

static enum step
zstd_unpack(void *state, struct flow *f)
{
	ZSTD_inBuffer in = { f->in.ptr, f->in.len, 0 };
	ZSTD_outBuffer out = { f->out, f->room, 0 };
	size_t got = ZSTD_decompressStream(state, &out, &in);
	ZSTD_ErrorCode code = ZSTD_getErrorCode(got);

	flow_took(f, in.size - in.pos, out.size - out.pos);
	return code == ZSTD_error_frameParameter_windowTooLarge ||
	    code == ZSTD_error_memory_allocation ? STEP_MEMORY :
	    ZSTD_isError(got) ? STEP_DAMAGED :
	    got == 0 ? STEP_END : STEP_MORE;
}

static void
zstd_unpack_end(void *state)
{
	ZSTD_freeDCtx(state);
}

const struct coder_kind zstd_unpacker = { zstd_unpack_begin, zstd_unpack,
    zstd_unpack_end };

static bool
zstd_set(ZSTD_CCtx *z, ZSTD_cParameter key, int value)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(z, key, value));
}

static void *
zstd_pack_begin(const struct wrap *w, uint64_t size)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();

	if (z != NULL &&
	    zstd_set(z, ZSTD_c_compressionLevel, ZSTD_LEVEL) &&
	    zstd_set(z, ZSTD_c_checksumFlag, (int)w->check) &&
	    zstd_set(z, ZSTD_c_contentSizeFlag, w->sized) &&
	    !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, size)))
		return z;
	ZSTD_freeCCtx(z);
	return NULL;
}

static enum step
zstd_pack(void *state, struct flow *f)
{
	ZSTD_inBuffer in = { f->in.ptr, f->in.len, 0 };
	ZSTD_outBuffer out = { f->out, f->room, 0 };
	size_t got = ZSTD_compressStream2(state, &out, &in,
	    f->last ? ZSTD_e_end : ZSTD_e_continue);

	flow_took(f, in.size - in.pos, out.size - out.pos);
	return ZSTD_isError(got) ? STEP_DAMAGED :
	    f->last && got == 0 ? STEP_END : STEP_MORE;
}

static void
zstd_pack_end(void *state)
{
	ZSTD_freeCCtx(state);
}

const struct coder_kind zstd_packer = { zstd_pack_begin, zstd_pack,
    zstd_pack_end };

/* ---- bzip2 */

static void *
bzip2_unpack_begin(const struct wrap *w, uint64_t size)
{
	bz_stream *z = xcalloc(1, sizeof(*z));

	(void)w;
	(void)size;
	if (BZ2_bzDecompressInit(z, 0, 0) == BZ_OK)
		return z;
	free(z);
	return NULL;
}

static void
bzip2_in(bz_stream *z, const struct flow *f)
{
	z->next_in = (char *)(uintptr_t)f->in.ptr;
	z->avail_in = (unsigned)f->in.len;
	z->next_out = (char *)f->out;
	z->avail_out = (unsigned)f->room;
}

static enum step
bzip2_unpack(void *state, struct flow *f)
{
	bz_stream *z = state;

	bzip2_in(z, f);
	int got = BZ2_bzDecompress(z);
	flow_took(f, z->avail_in, z->avail_out);
	return got == BZ_STREAM_END ? STEP_END :
	    got == BZ_OK ? STEP_MORE :
	    got == BZ_MEM_ERROR ? STEP_MEMORY : STEP_DAMAGED;
}

static void
bzip2_unpack_end(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

const struct coder_kind bzip2_unpacker = { bzip2_unpack_begin, bzip2_unpack,
    bzip2_unpack_end };

static void *
bzip2_pack_begin(const struct wrap *w, uint64_t size)
{
	bz_stream *z = xcalloc(1, sizeof(*z));

	(void)size;
	if (BZ2_bzCompressInit(z, (int)w->level, 0, 0) == BZ_OK)
		return z;
	free(z);
	return NULL;
}

static enum step
bzip2_pack(void *state, struct flow *f)
{
	bz_stream *z = state;

	bzip2_in(z, f);
	if (f->in.len == 0 && !f->last)
		return STEP_MORE;	/* an error in the eyes of bzip2 */
	int got = BZ2_bzCompress(z, f->last ? BZ_FINISH : BZ_RUN);
	flow_took(f, z->avail_in, z->avail_out);
	return got == BZ_STREAM_END ? STEP_END :
	    got == BZ_RUN_OK || got == BZ_FINISH_OK ? STEP_MORE :
	    STEP_DAMAGED;
}

static void
bzip2_pack_end(void *state)
{
	BZ2_bzCompressEnd(state);
	free(state);
}

const struct coder_kind bzip2_packer = { bzip2_pack_begin, bzip2_pack,
    bzip2_pack_end };
