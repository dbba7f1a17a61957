/*
 * cab_lzx - folders packed by LZX, unpacked by libmspack. The library reads
 * whole cabinets only, so it gets a small one: this folder's blocks, and one
 * file that is all of it. It sees no file but that one: every call that it
 * makes to the world ends here.
 */
#include <mspack.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/cab.h"

/* The one input or the output, as the library sees a file. */
struct stream {
	struct mspack_file	 base;
	const struct rope	*in;	/* NULL: the output */
	uint64_t		 at;
	struct spool		*spool;
	uint64_t		 room;	/* bytes that may be put */
	struct err		*err;
	bool			 failed; /* err says why */
};

/* Names are never names here: open gets the stream itself. */
static struct mspack_file *
stream_open(struct mspack_system *system, const char *name, int mode)
{
	struct stream *s = (struct stream *)(uintptr_t)name;

	(void)system;
	if ((mode == MSPACK_SYS_OPEN_READ) != (s->in != NULL))
		return NULL;
	s->at = 0;
	return &s->base;
}

static void
stream_close(struct mspack_file *file)
{
	(void)file;
}

static int
stream_read(struct mspack_file *file, void *out, int len)
{
	struct stream *s = (struct stream *)file;

	if (s->in == NULL || len < 0)
		return -1;
	uint64_t left = s->in->len - s->at;
	uint64_t n = (uint64_t)len < left ? (uint64_t)len : left;
	s->failed |= !rope_read(s->in, s->at, n, out, s->err);
	s->at += n;
	return s->failed ? -1 : (int)n;
}

static int
stream_write(struct mspack_file *file, void *bytes, int len)
{
	struct stream *s = (struct stream *)file;

	if (s->in != NULL || len < 0 || (uint64_t)len > s->room)
		return -1;
	s->room -= (uint64_t)len;
	s->failed |= !spool_put(s->spool, (struct span){ bytes, (size_t)len },
	    s->err);
	return s->failed ? -1 : len;
}

static int
stream_seek(struct mspack_file *file, off_t offset, int mode)
{
	struct stream *s = (struct stream *)file;
	uint64_t len = s->in == NULL ? 0 : s->in->len;
	uint64_t from = mode == MSPACK_SYS_SEEK_CUR ? s->at :
	    mode == MSPACK_SYS_SEEK_END ? len : 0;

	if (offset < 0 ? from < 0 - (uint64_t)offset :
	    (uint64_t)offset > len - from)
		return -1;
	s->at = from + (uint64_t)offset;
	return 0;
}

static off_t
stream_tell(struct mspack_file *file)
{
	return (off_t)((struct stream *)file)->at;
}

static void
stream_message(struct mspack_file *file, const char *format, ...)
{
	(void)file;
	(void)format;
}

static void *
memory_alloc(struct mspack_system *system, size_t len)
{
	(void)system;
	return len > LIMIT_LZX_MEMORY ? NULL : calloc(1, len);
}

static void
memory_copy(void *from, void *to, size_t len)
{
	memmove(to, from, len);
}

static const struct mspack_system streams = {
	.open = stream_open, .close = stream_close, .read = stream_read,
	.write = stream_write, .seek = stream_seek, .tell = stream_tell,
	.message = stream_message, .alloc = memory_alloc, .free = free,
	.copy = memory_copy,
};

/* A cabinet of this folder alone: one file "x" is all that it unpacks to. */
static bool
lone_cabinet(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct buf *head, struct arena *a,
    struct rope *out, struct err *e)
{
	uint32_t files_at = CAB_HEADER_SIZE + CAB_RESERVES_SIZE +
	    CAB_FOLDER_SIZE, data_at = files_at + CAB_FILE_SIZE + 2;
	uint64_t len = f->end - f->data;
	struct rope parts[2];

	buf_text(head, "MSCF");
	buf_u32le(head, 0);
	buf_u32le(head, (uint32_t)(data_at + len));
	buf_u32le(head, 0);
	buf_u32le(head, files_at);
	buf_u32le(head, 0);
	buf_u16le(head, 0x0103);		/* version */
	buf_u16le(head, 1);			/* folders */
	buf_u16le(head, 1);			/* files */
	buf_u16le(head, CAB_FLAG_RESERVE);
	buf_zero(head, 6);			/* set, number, reserve */
	buf_u8(head, 0);
	buf_u8(head, c->block_reserve);
	buf_u32le(head, data_at);
	buf_u16le(head, f->blocks);
	buf_u16le(head, f->method);
	buf_u32le(head, (uint32_t)f->size);
	buf_zero(head, 10);			/* offset, folder, date, time */
	buf_u16le(head, CAB_ATTRIBUTE_ARCHIVE);
	buf_put(head, SPAN("x"));
	return rope_bytes(a, buf_span(head), &parts[0], e) &&
	    rope_slice(a, file, f->data, len, &parts[1], e) &&
	    rope_join(a, parts, 2, out, e);
}

static int
extract(struct stream *in, struct stream *out)
{
	struct mspack_system system = streams;
	struct mscab_decompressor *d = mspack_create_cab_decompressor(&system);

	if (d == NULL)
		return MSPACK_ERR_NOMEMORY;
	struct mscabd_cabinet *c = d->open(d, (const char *)in);
	int error = c == NULL ? d->last_error(d) : c->files == NULL ?
	    MSPACK_ERR_DATAFORMAT :
	    d->extract(d, c->files, (const char *)out);
	if (c != NULL)
		d->close(d, c);
	mspack_destroy_cab_decompressor(d);
	return error;
}

bool
cab_lzx_unpack(const struct cab *c, const struct rope *file,
    const struct cab_folder *f, struct spool *spool, struct rope *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_LZX_MEMORY);
	CLEANUP(buf_done) struct buf head = { 0 };
	struct rope lone;

	if (!lone_cabinet(c, file, f, &head, a, &lone, e))
		return false;
	struct stream in = { .in = &lone, .err = e };
	struct stream to = { .spool = spool, .room = f->size, .err = e };
	uint64_t from = spool->len;
	int error = extract(&in, &to);
	if (in.failed || to.failed)
		return false;
	if (error != MSPACK_ERR_OK)
		return err_set(e, ERR_CAB_DATA, "its LZX data is damaged "
		    "(error %d of libmspack)", error);
	return spool_rope(spool, from, c->arena, out, e);
}
