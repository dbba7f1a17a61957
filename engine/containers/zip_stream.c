/*
 * zip_stream - what a reader sees that goes from front to back, as one does
 * that reads from a pipe: it believes the local headers, and finds the end of
 * an entry by itself where only the data descriptor tells the sizes (flag bit
 * 3). It must come to the same entries as the directory.
 */
#include "base/text.h"
#include "containers/zip.h"

/* Looks for four bytes; found is asked whether they count. */
struct search {
	uint32_t	 signature;
	uint32_t	 window;	/* the last four bytes */
	uint64_t	 at;		/* bytes looked at */
	const struct rope *file;
	uint64_t	 from;		/* of the range, in the file */
	bool		(*found)(const struct search *, uint64_t at,
			    struct err *);
};

static bool
search_piece(void *arg, struct span piece, struct err *e)
{
	struct search *s = arg;

	for (size_t i = 0; i < piece.len; i++) {
		s->window = s->window >> 8 | (uint32_t)piece.ptr[i] << 24;
		s->at++;
		if (s->window == s->signature && s->at >= 4 &&
		    !s->found(s, s->at - 4, e))
			return false;
	}
	return true;
}

static bool
search_run(struct search *s, uint64_t len, struct err *e)
{
	return rope_each(s->file, s->from, len, search_piece, s, e);
}

static bool
hidden_entry(const struct search *s, uint64_t at, struct err *e)
{
	(void)s;
	return err_set(e, ERR_ZIP_GAP, "an entry that the directory does not "
	    "name stands at %llu, before the first one",
	    (unsigned long long)at);
}

bool
zip_stream_prefix(const struct rope *file, uint64_t len, struct err *e)
{
	struct search s = { .signature = ZIP_LOCAL, .file = file,
	    .found = hidden_entry };
	uint8_t head[2] = { 0 };

	if (len >= sizeof(head) && !rope_read(file, 0, sizeof(head), head, e))
		return false;
	if (head[0] == 'P' && head[1] == 'K')
		return err_set(e, ERR_ZIP_GAP, "the %llu bytes before the "
		    "first entry begin like an archive",
		    (unsigned long long)len);
	return search_run(&s, len, e);
}

/* A descriptor whose sizes are those of the bytes before it is an end. */
static bool
early_end(const struct search *s, uint64_t at, struct err *e)
{
	uint8_t bytes[16];

	if (!rope_read(s->file, s->from + at, sizeof(bytes), bytes, e))
		return false;
	struct reader r = rd_open(SPAN(bytes));
	rd_seek(&r, 8);
	if (rd_u32le(&r) != (uint32_t)at)
		return true;
	return err_set(e, ERR_ZIP_DESCRIPTOR, "its data holds a data "
	    "descriptor at %llu that could be its end",
	    (unsigned long long)at);
}

/* Whether the local header tells how wide the sizes in a descriptor are. */
static bool
width_told(const struct zip_entry *x, bool wide, struct err *e)
{
	const struct zip_numbers *n = &x->numbers;
	bool large = n->size >= ZIP_WIDE32 || n->packed >= ZIP_WIDE32;
	struct span extra = span_from(x->local, ZIP_LOCAL_SIZE + x->name.len);
	struct span data;

	if (wide != zip_extra_find(extra, ZIP_EXTRA_64, &data) &&
	    !(wide && large))
		return err_set(e, ERR_ZIP_DESCRIPTOR, "its data descriptor "
		    "has %d bytes for a size, its header says otherwise",
		    wide ? 8 : 4);
	return !wide || n->size > 0 || err_set(e, ERR_ZIP_DESCRIPTOR,
	    "its data descriptor has 8 bytes for a size, but it is empty");
}

/*
 * A descriptor is wide exactly if the local header has a ZIP64 field (4.3.9.2);
 * Java makes a wide one of each entry past 4 GiB, and goes by the size as well
 * when it reads. A checksum that is the signature's number hides where the
 * descriptor begins.
 */
static bool
descriptor_plain(const struct zip_entry *x, bool lax, struct err *e)
{
	const struct zip_numbers *n = &x->numbers;
	uint64_t len = x->end - x->data - n->packed;
	bool magic = len == 16 || len == 24, wide = len == 20 || len == 24;

	if (!magic && n->crc == ZIP_DESCRIPTOR)
		return err_set(e, ERR_ZIP_DESCRIPTOR, "its data descriptor "
		    "begins with a checksum that looks like its signature");
	return (lax && magic && wide && x->version >= ZIP_VERSION_64) ||
	    width_told(x, wide, e);
}

bool
zip_stream_entry(const struct rope *file, const struct zip_entry *x,
    bool lax, struct arena *a, struct err *e)
{
	struct search s = { .signature = ZIP_DESCRIPTOR, .file = file,
	    .from = x->data, .found = early_end };

	if ((x->flags & ZIP_FLAG_DESCRIPTOR) == 0)
		return true;
	if (!descriptor_plain(x, lax, e))
		return false;
	if (lax || (x->flags & ZIP_FLAG_ENCRYPTED) != 0)
		return true;
	if (x->method == ZIP_STORED)
		return search_run(&s, x->numbers.packed, e);
	if (x->method == ZIP_DEFLATED)
		return zip_unpacks(file, x, a, e);
	return err_set(e, ERR_ZIP_DESCRIPTOR, "it is packed by method %u, and "
	    "only a data descriptor tells where it ends", x->method);
}
