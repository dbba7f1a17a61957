/* compound_read - header, tables and contents; see compound_format.h. */
#include <stdlib.h>
#include <string.h>

#include "containers/compound_format.h"

struct run {
	uint64_t	at;		/* in the file */
	uint64_t	len;
};

/* Runs of one chain: neighbours are one run. */
struct runs {
	struct run	*v;
	size_t		 count, room;
	uint64_t	 len;
};

static void
runs_done(struct runs *r)
{
	free(r->v);
}

/* The FAT or the mini FAT. */
struct chains {
	const char	*name;
	struct buf	 next;		/* 4 bytes for each sector */
	struct buf	 used;		/* a byte for each: is in a chain */
	size_t		 count;
};

struct volume {
	const struct rope *file;
	struct arena	*arena;
	struct compound	*out;
	unsigned	 shift;		/* a sector is 1 << shift bytes */
	size_t		 sectors;	/* the last one may be cut */
	uint32_t	 end;		/* the sector behind the last used */
	struct chains	 fat, mini;
	struct buf	 pieces;	/* 4 bytes for each sector of the mini
					 * stream: its number */
	uint32_t	 fat_count, directory, mini_fat, mini_count, difat;
	uint8_t		 list[4 * COMPOUND_LISTED];
};

static void
volume_done(struct volume *v)
{
	buf_done(&v->fat.next);
	buf_done(&v->fat.used);
	buf_done(&v->mini.next);
	buf_done(&v->mini.used);
	buf_done(&v->pieces);
}

static uint32_t
number_at(const struct buf *b, size_t index)
{
	struct reader r = rd_open(buf_span(b));

	rd_seek(&r, (uint64_t)index * 4);
	return rd_u32le(&r);
}

static uint64_t
sector_at(const struct volume *v, uint32_t sector)
{
	return ((uint64_t)sector + 1) << v->shift;
}

/* ---- chains */

static bool
use(struct volume *v, struct chains *c, uint32_t sector, struct err *e)
{
	if (sector >= c->count)
		return err_set(e, ERR_COMPOUND_CHAIN, "a chain of the %s leads "
		    "to sector %u, there are %zu", c->name, sector, c->count);
	if (c->used.ptr[sector] != 0)
		return err_set(e, ERR_COMPOUND_CHAIN, "sector %u of the %s is "
		    "in two places", sector, c->name);
	c->used.ptr[sector] = 1;
	if (c == &v->fat && sector >= v->end)
		v->end = sector + 1;
	return true;
}

static void
run_put(struct runs *r, uint64_t at, uint64_t len)
{
	struct run *last = r->count > 0 ? &r->v[r->count - 1] : NULL;

	r->len += len;
	if (last != NULL && last->at + last->len == at) {
		last->len += len;
		return;
	}
	if (r->count == r->room) {
		r->room = r->room * 2 + 4;
		r->v = xrealloc(r->v, r->room * sizeof(*r->v));
	}
	r->v[r->count++] = (struct run){ at, len };
}

/* A chain of whole sectors, from the first one to its end. */
static bool
chain_walk(struct volume *v, uint32_t sector, struct runs *out, struct err *e)
{
	while (sector != COMPOUND_END) {
		if (!use(v, &v->fat, sector, e))
			return false;
		run_put(out, sector_at(v, sector), (uint64_t)1 << v->shift);
		sector = number_at(&v->fat.next, sector);
	}
	return true;
}

/* The same in the mini stream. */
static bool
mini_walk(struct volume *v, uint32_t piece, struct runs *out, struct err *e)
{
	unsigned shift = v->shift - COMPOUND_MINI_SHIFT;

	while (piece != COMPOUND_END) {
		uint32_t in = piece & ((1U << shift) - 1);

		if (!use(v, &v->mini, piece, e))
			return false;
		run_put(out, sector_at(v, number_at(&v->pieces,
		    piece >> shift)) + in * COMPOUND_MINI, COMPOUND_MINI);
		piece = number_at(&v->mini.next, piece);
	}
	return true;
}

/* The first size bytes of what was walked. */
static bool
runs_rope(struct volume *v, const struct runs *r, uint64_t size,
    struct rope *out, struct err *e)
{
	struct rope *parts;
	size_t n = 0;
	bool ok = true;

	if (size > r->len)
		return err_set(e, ERR_COMPOUND_CHAIN, "of %llu bytes, sectors "
		    "hold only %llu", (unsigned long long)size,
		    (unsigned long long)r->len);
	parts = xcalloc(r->count + 1, sizeof(*parts));
	for (; ok && size > 0; n++) {
		struct run run = r->v[n];

		run.len = run.len < size ? run.len : size;
		size -= run.len;
		ok = (run.at <= v->file->len &&
		    run.len <= v->file->len - run.at) || err_set(e,
		    ERR_COMPOUND_TRUNCATED, "%llu bytes at %llu run past the "
		    "end of the file (%llu)", (unsigned long long)run.len,
		    (unsigned long long)run.at,
		    (unsigned long long)v->file->len);
		ok = ok && rope_slice(v->arena, v->file, run.at, run.len,
		    &parts[n], e);
	}
	if (ok && n == 1)
		*out = parts[0];
	else
		ok = ok && rope_join(v->arena, parts, n, out, e);
	free(parts);
	return ok;
}

/* All bytes of a chain, to be looked at. */
static bool
chain_load(struct volume *v, uint32_t sector, struct buf *out, struct err *e)
{
	CLEANUP(runs_done) struct runs runs = { 0 };
	struct rope rope;

	if (!chain_walk(v, sector, &runs, e) ||
	    !runs_rope(v, &runs, runs.len, &rope, e))
		return false;
	buf_zero(out, (size_t)rope.len);
	return rope_read(&rope, 0, rope.len, out->ptr, e);
}

/* ---- header and FAT */

static bool
header_read(struct volume *v, struct err *e)
{
	uint8_t head[COMPOUND_HEADER];
	struct reader r = rd_open(SPAN(head));
	struct span list;

	if (v->file->len < sizeof(head))
		return err_set(e, ERR_COMPOUND_TRUNCATED,
		    "the header is cut short");
	if (!rope_read(v->file, 0, sizeof(head), head, e))
		return false;
	if (rd_u64le(&r) != COMPOUND_MAGIC)
		return err_set(e, ERR_COMPOUND_HEADER, "no compound file");
	rd_seek(&r, COMPOUND_AT_VERSION + 2);
	v->out->version = rd_u16le(&r);
	v->shift = COMPOUND_SHIFT(v->out->version);
	if ((v->out->version != 3 && v->out->version != 4) ||
	    rd_u16le(&r) != COMPOUND_BYTE_ORDER || rd_u16le(&r) != v->shift ||
	    rd_u16le(&r) != COMPOUND_MINI_SHIFT)
		return err_set(e, ERR_COMPOUND_HEADER, "the version is %u, or "
		    "the sizes of sectors do not fit it", v->out->version);
	rd_seek(&r, COMPOUND_AT_FAT_COUNT);
	v->fat_count = rd_u32le(&r);
	v->directory = rd_u32le(&r);
	rd_skip(&r, 4);
	if (rd_u32le(&r) != COMPOUND_CUTOFF)
		return err_set(e, ERR_COMPOUND_HEADER, "the size from which "
		    "streams have sectors of their own is not %u",
		    COMPOUND_CUTOFF);
	v->mini_fat = rd_u32le(&r);
	v->mini_count = rd_u32le(&r);
	v->difat = rd_u32le(&r);
	rd_skip(&r, 4);
	list = rd_take(&r, sizeof(v->list));
	memcpy(v->list, list.ptr, sizeof(v->list));
	return true;
}

static bool
sizes_check(struct volume *v, struct err *e)
{
	uint64_t size = (uint64_t)1 << v->shift;
	uint64_t count;

	if (v->file->len < size)
		return err_set(e, ERR_COMPOUND_TRUNCATED,
		    "the header is cut short");
	count = (v->file->len - 1) >> v->shift;
	if (count >= COMPOUND_DIFAT)
		return err_set(e, ERR_COMPOUND_HEADER,
		    "there are more sectors than there are numbers");
	v->sectors = (size_t)count;
	if (v->fat_count > v->sectors)
		return err_set(e, ERR_COMPOUND_TRUNCATED, "the table of "
		    "sectors has %u of them, the file has %zu", v->fat_count,
		    v->sectors);
	return true;
}

/* One sector, whole. */
static bool
sector_load(struct volume *v, uint32_t sector, struct buf *out, struct err *e)
{
	size_t size = (size_t)1 << v->shift, at = out->len;
	uint64_t from = sector_at(v, sector);

	if (sector >= v->sectors || v->file->len - from < size)
		return err_set(e, ERR_COMPOUND_TRUNCATED, "sector %u is not "
		    "in the file", sector);
	buf_zero(out, size);
	return rope_read(v->file, from, size, out->ptr + at, e);
}

/*
 * The numbers of the FAT's sectors, and of those that list them. A circle ends
 * with the count, and is found when they are used.
 */
static bool
difat_load(struct volume *v, struct buf *list, struct buf *own, struct err *e)
{
	uint32_t next = v->difat;

	buf_put(list, SPAN(v->list));
	while (list->len / 4 < v->fat_count) {
		buf_u32le(own, next);
		if (!sector_load(v, next, list, e))
			return false;
		next = number_at(list, list->len / 4 - 1);
		list->len -= 4;
	}
	return true;
}

static bool
fat_use(struct volume *v, const struct buf *list, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (!use(v, &v->fat, number_at(list, i), e))
			return false;
	return true;
}

static bool
fat_load(struct volume *v, struct err *e)
{
	CLEANUP(buf_done) struct buf list = { 0 }, own = { 0 };
	struct chains *c = &v->fat;

	if (!difat_load(v, &list, &own, e))
		return false;
	for (size_t i = 0; i < v->fat_count; i++)
		if (!sector_load(v, number_at(&list, i), &c->next, e))
			return false;
	c->name = "file";
	c->count = c->next.len / 4 < v->sectors ? c->next.len / 4 :
	    v->sectors;
	buf_zero(&c->used, c->count);
	return fat_use(v, &list, v->fat_count, e) &&
	    fat_use(v, &own, own.len / 4, e);
}

/* ---- mini stream */

static bool
pieces_load(struct volume *v, struct compound_start root, struct err *e)
{
	uint32_t sector = root.size > 0 ? root.sector : COMPOUND_END;

	while (sector != COMPOUND_END) {
		if (!use(v, &v->fat, sector, e))
			return false;
		buf_u32le(&v->pieces, sector);
		sector = number_at(&v->fat.next, sector);
	}
	return true;
}

static bool
mini_load(struct volume *v, struct compound_start root, struct err *e)
{
	struct chains *c = &v->mini;
	uint64_t there;

	c->name = "mini stream";
	if (!pieces_load(v, root, e) || (v->mini_count > 0 &&
	    !chain_load(v, v->mini_fat, &c->next, e)))
		return false;
	there = (uint64_t)(v->pieces.len / 4) << v->shift;
	if (root.size > there)
		return err_set(e, ERR_COMPOUND_CHAIN, "the mini stream has "
		    "%llu bytes, its sectors hold %llu",
		    (unsigned long long)root.size, (unsigned long long)there);
	c->count = (size_t)((root.size + COMPOUND_MINI - 1) / COMPOUND_MINI);
	if (c->count > c->next.len / 4)
		c->count = c->next.len / 4;
	buf_zero(&c->used, c->count);
	return true;
}

/* ---- contents */

static bool
stream_read(struct volume *v, struct compound_start start, struct rope *out,
    struct err *e)
{
	CLEANUP(runs_done) struct runs runs = { 0 };
	bool small = start.size < COMPOUND_CUTOFF;

	if (start.size == 0)
		return true;
	return (small ? mini_walk(v, start.sector, &runs, e) :
	    chain_walk(v, start.sector, &runs, e)) &&
	    runs_rope(v, &runs, start.size, out, e);
}

static bool
contents_read(struct volume *v, const struct compound_start *starts,
    struct err *e)
{
	for (size_t i = 0; i < v->out->count; i++) {
		struct compound_entry *x = &v->out->entries[i];

		if (x->kind == COMPOUND_STREAM &&
		    !stream_read(v, starts[i], &x->contents, e))
			return false;
	}
	return true;
}

static bool
take_zero(void *arg, struct span piece, struct err *e)
{
	(void)arg;
	return span_zero(piece) || err_set(e, ERR_COMPOUND_TRAILING,
	    "there are bytes behind the last sector in use");
}

/* Programs that look at a file from its end would see another one. */
static bool
end_check(struct volume *v, struct err *e)
{
	uint64_t end = sector_at(v, v->end);

	return end >= v->file->len || rope_each(v->file, end,
	    v->file->len - end, take_zero, NULL, e);
}

static bool
volume_read(struct volume *v, struct err *e)
{
	CLEANUP(buf_done) struct buf directory = { 0 };
	struct compound_start *starts;

	return header_read(v, e) && sizes_check(v, e) && fat_load(v, e) &&
	    chain_load(v, v->directory, &directory, e) &&
	    compound_tree(buf_span(&directory), v->arena, v->out, &starts,
	    e) && mini_load(v, starts[0], e) && contents_read(v, starts, e) &&
	    end_check(v, e);
}

bool
compound_read(const struct rope *file, struct arena *a, struct compound *out,
    struct err *e)
{
	CLEANUP(volume_done) struct volume v = { .file = file, .arena = a,
	    .out = out };

	*out = (struct compound){ 0 };
	return volume_read(&v, e);
}
