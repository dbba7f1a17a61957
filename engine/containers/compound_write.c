/*
 * compound_write - the one file that belongs to a set of entries.
 *
 *	header   streams of 4096 bytes and more, in order of the directory
 *	mini stream   mini FAT   directory   FAT   DIFAT
 *
 * Each part fills whole sectors, the rest of the last one is zeros, and no
 * sector is free. The directory has the entries in order of their numbers:
 * storage by storage, each with its children together; the tree of each is
 * balanced.
 */
#include "base/limits.h"
#include "containers/compound_format.h"
#include "containers/pieces.h"

#define ENTRIES_OF(bytes)	((bytes) / 4)	/* of a table */

/* Where an entry goes. */
struct place {
	uint32_t	left, right, child;
	uint32_t	start;
	bool		red;
};

struct output {
	const struct compound *c;
	struct place	*places;
	size_t		 sector;	/* bytes */
	struct pieces	 pieces;
	struct buf	 fat;		/* so far: of what lies in the file */
	uint32_t	 next;		/* sector */
	uint32_t	 mini_count;	/* mini sectors */
	uint32_t	 mini_fat, mini_fat_sectors;
	uint32_t	 directory, directory_sectors;
	uint32_t	 fat_at, fat_sectors;
	uint32_t	 difat_at, difat_sectors;
};

static void
output_done(struct output *x)
{
	buf_done(&x->fat);
}

static const uint8_t zeros[4096];

/* ---- chains */

static uint64_t
sectors_of(const struct output *x, uint64_t bytes)
{
	return (bytes + x->sector - 1) / x->sector;
}

/* A chain of count sectors that follow each other from first on. */
static void
chain_put(struct buf *fat, uint32_t first, uint32_t count)
{
	for (uint32_t i = 1; i <= count; i++)
		buf_u32le(fat, i < count ? first + i : COMPOUND_END);
}

static bool
pad(struct output *x, uint64_t len, size_t unit, struct err *e)
{
	struct rope fill;
	size_t more = (size_t)(len % unit);

	return more == 0 || (rope_bytes(x->pieces.arena,
	    (struct span){ zeros, unit - more }, &fill, e) &&
	    pieces_rope(&x->pieces, fill, e));
}

/* What fits is counted before anything of it is made. */
static bool
room_check(const struct output *x, uint64_t more, struct err *e)
{
	return more <= LIMIT_COMPOUND_SIZE - x->pieces.len || err_set(e,
	    ERR_COMPOUND_LIMIT, "the file would have more than %llu bytes",
	    (unsigned long long)LIMIT_COMPOUND_SIZE);
}

/* Whole sectors from the next one on. */
static bool
part_put(struct output *x, const struct rope *r, uint32_t *start,
    struct err *e)
{
	uint32_t count;

	*start = COMPOUND_END;
	if (r->len == 0)
		return true;
	if (!room_check(x, r->len, e))
		return false;
	count = (uint32_t)sectors_of(x, r->len);
	*start = x->next;
	chain_put(&x->fat, x->next, count);
	x->next += count;
	return pieces_rope(&x->pieces, *r, e) && pad(x, r->len, x->sector, e);
}

static bool
bytes_put(struct output *x, struct buf *b, uint32_t *start, struct err *e)
{
	struct span copy;
	struct rope r;

	if (!arena_copy(x->pieces.arena, buf_span(b), &copy))
		return err_budget(e, x->pieces.arena);
	return rope_bytes(x->pieces.arena, copy, &r, e) &&
	    part_put(x, &r, start, e);
}

/* ---- streams */

static bool
is_small(const struct compound_entry *x)
{
	return x->kind == COMPOUND_STREAM && x->contents.len > 0 &&
	    x->contents.len < COMPOUND_CUTOFF;
}

static bool
streams_put(struct output *x, struct err *e)
{
	for (size_t i = 0; i < x->c->count; i++) {
		const struct compound_entry *entry = &x->c->entries[i];

		x->places[i].start = COMPOUND_END;
		if (entry->kind == COMPOUND_STREAM && !is_small(entry) &&
		    !part_put(x, &entry->contents, &x->places[i].start, e))
			return false;
	}
	return true;
}

/* The mini stream is put piece by piece, and is one chain. */
static bool
mini_put(struct output *x, struct buf *table, struct err *e)
{
	uint64_t from = x->pieces.len, len;

	for (size_t i = 0; i < x->c->count; i++) {
		const struct rope *r = &x->c->entries[i].contents;
		uint32_t count;

		if (!is_small(&x->c->entries[i]))
			continue;
		if (!room_check(x, r->len, e))
			return false;
		count = (uint32_t)(r->len + COMPOUND_MINI - 1) /
		    COMPOUND_MINI;
		x->places[i].start = x->mini_count;
		chain_put(table, x->mini_count, count);
		x->mini_count += count;
		if (!pieces_rope(&x->pieces, *r, e) ||
		    !pad(x, r->len, COMPOUND_MINI, e))
			return false;
	}
	len = x->pieces.len - from;
	if (len == 0)
		return true;
	x->places[0].start = x->next;
	chain_put(&x->fat, x->next, (uint32_t)sectors_of(x, len));
	x->next += (uint32_t)sectors_of(x, len);
	return pad(x, len, x->sector, e);
}

static void
fill_free(struct buf *table, size_t sector)
{
	while (table->len % sector != 0)
		buf_u32le(table, COMPOUND_FREE);
}

static bool
minis_put(struct output *x, struct err *e)
{
	CLEANUP(buf_done) struct buf table = { 0 };

	if (!mini_put(x, &table, e))
		return false;
	fill_free(&table, x->sector);
	x->mini_fat_sectors = (uint32_t)(table.len / x->sector);
	return bytes_put(x, &table, &x->mini_fat, e);
}

/* ---- directory */

/*
 * The middle is the top of a tree. All levels but the lowest are full then: if
 * only that one is red, each way down has as many black entries.
 */
static uint32_t
tree_make(struct output *x, size_t from, size_t to, unsigned level)
{
	size_t middle = from + (to - from) / 2;
	struct place *p = &x->places[middle];

	if (from == to)
		return COMPOUND_NONE;
	p->red = level == 0;
	p->left = tree_make(x, from, middle, level - 1);
	p->right = tree_make(x, middle + 1, to, level - 1);
	return (uint32_t)middle;
}

/* Levels that are full; the root of a tree is black anyway. */
static unsigned
full_levels(size_t count)
{
	unsigned levels = 0;

	while (((size_t)2 << levels) - 1 <= count)
		levels++;
	return levels;
}

static void
entry_put(const struct output *x, size_t number, struct buf *b)
{
	const struct compound_entry *entry = &x->c->entries[number];
	const struct place *p = &x->places[number];
	uint64_t size = number == 0 ?
	    (uint64_t)x->mini_count * COMPOUND_MINI : entry->contents.len;

	buf_put(b, entry->name);
	buf_zero(b, COMPOUND_NAME - entry->name.len);
	buf_u16le(b, (uint16_t)(entry->name.len + 2));
	buf_u8(b, (uint8_t)entry->kind);
	buf_u8(b, !p->red);
	buf_u32le(b, p->left);
	buf_u32le(b, p->right);
	buf_u32le(b, p->child);
	buf_put(b, SPAN(entry->class));
	buf_u32le(b, entry->state);
	buf_u64le(b, entry->created);
	buf_u64le(b, entry->modified);
	buf_u32le(b, entry->kind == COMPOUND_STORAGE ? 0 : p->start);
	buf_u64le(b, size);
}

static bool
directory_put(struct output *x, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < x->c->count; i++) {
		const struct compound_entry *of = &x->c->entries[i];

		x->places[i].child = of->kind == COMPOUND_STREAM ?
		    COMPOUND_NONE : tree_make(x, of->first,
		    of->first + of->count, full_levels(of->count));
	}
	x->places[0].left = x->places[0].right = COMPOUND_NONE;
	for (size_t i = 0; i < x->c->count; i++)
		entry_put(x, i, &b);
	while (b.len % x->sector != 0) {
		buf_zero(&b, COMPOUND_AT_LINKS);
		for (unsigned i = 0; i < 3; i++)
			buf_u32le(&b, COMPOUND_NONE);
		buf_zero(&b, COMPOUND_ENTRY - COMPOUND_AT_LINKS - 12);
	}
	x->directory_sectors = (uint32_t)(b.len / x->sector);
	return bytes_put(x, &b, &x->directory, e);
}

/* ---- FAT and DIFAT */

/* The FAT has entries for itself and for what lists it. */
static void
fat_size(struct output *x)
{
	uint32_t per = (uint32_t)ENTRIES_OF(x->sector);
	uint32_t fat = 0, difat = 0, need;

	for (;;) {
		need = (x->next + fat + difat + per - 1) / per;
		if (need <= fat)
			break;
		fat = need;
		difat = fat <= COMPOUND_LISTED ? 0 :
		    (fat - COMPOUND_LISTED + per - 2) / (per - 1);
	}
	x->fat_sectors = fat;
	x->difat_sectors = difat;
	x->fat_at = x->next;
	x->difat_at = x->next + fat;
}

static void
difat_make(const struct output *x, struct buf *b)
{
	uint32_t listed = COMPOUND_LISTED;

	for (uint32_t i = 1; i <= x->difat_sectors; i++) {
		size_t end = i * x->sector - 4;

		for (; listed < x->fat_sectors && b->len < end; listed++)
			buf_u32le(b, x->fat_at + listed);
		while (b->len < end)
			buf_u32le(b, COMPOUND_FREE);
		buf_u32le(b, i < x->difat_sectors ? x->difat_at + i :
		    COMPOUND_END);
	}
}

static bool
fat_put(struct output *x, struct err *e)
{
	CLEANUP(buf_done) struct buf difat = { 0 };

	fat_size(x);
	difat_make(x, &difat);
	for (uint32_t i = 0; i < x->fat_sectors; i++)
		buf_u32le(&x->fat, COMPOUND_FAT);
	for (uint32_t i = 0; i < x->difat_sectors; i++)
		buf_u32le(&x->fat, COMPOUND_DIFAT);
	fill_free(&x->fat, x->sector);
	return room_check(x, x->fat.len + difat.len, e) &&
	    pieces_bytes(&x->pieces, buf_span(&x->fat), e) &&
	    pieces_bytes(&x->pieces, buf_span(&difat), e);
}

/* ---- header */

static void
header_make(const struct output *x, struct buf *b)
{
	buf_u64le(b, COMPOUND_MAGIC);
	buf_zero(b, COMPOUND_CLASS_SIZE);
	buf_u16le(b, 0x3e);		/* minor version */
	buf_u16le(b, (uint16_t)x->c->version);
	buf_u16le(b, COMPOUND_BYTE_ORDER);
	buf_u16le(b, (uint16_t)COMPOUND_SHIFT(x->c->version));
	buf_u16le(b, COMPOUND_MINI_SHIFT);
	buf_zero(b, 6);
	buf_u32le(b, x->c->version == 3 ? 0 : x->directory_sectors);
	buf_u32le(b, x->fat_sectors);
	buf_u32le(b, x->directory);
	buf_u32le(b, 0);		/* transaction */
	buf_u32le(b, COMPOUND_CUTOFF);
	buf_u32le(b, x->mini_fat);
	buf_u32le(b, x->mini_fat_sectors);
	buf_u32le(b, x->difat_sectors > 0 ? x->difat_at : COMPOUND_END);
	buf_u32le(b, x->difat_sectors);
	for (uint32_t i = 0; i < COMPOUND_LISTED; i++)
		buf_u32le(b, i < x->fat_sectors ? x->fat_at + i :
		    COMPOUND_FREE);
	buf_zero(b, x->sector - COMPOUND_HEADER);
}

/* The header comes first and is known last. */
static bool
finish(struct output *x, struct arena *a, struct rope *out, struct err *e)
{
	CLEANUP(buf_done) struct buf header = { 0 };
	struct rope parts[2];
	struct span copy;

	header_make(x, &header);
	if (!arena_copy(a, buf_span(&header), &copy))
		return err_budget(e, a);
	return rope_bytes(a, copy, &parts[0], e) &&
	    pieces_join(&x->pieces, &parts[1], e) &&
	    rope_join(a, parts, 2, out, e);
}

bool
compound_write(const struct compound *c, const struct compound_change *v,
    size_t count, struct arena *a, struct rope *out, struct err *e)
{
	struct compound made;
	CLEANUP(output_done) struct output x = { .c = &made,
	    .sector = (size_t)1 << COMPOUND_SHIFT(c->version),
	    .pieces = { .arena = a } };

	if (!compound_change_all(c, v, count, a, &made, e))
		return false;
	x.places = ARENA_ARRAY(a, struct place, made.count);
	if (x.places == NULL)
		return err_budget(e, a);
	return streams_put(&x, e) && minis_put(&x, e) &&
	    directory_put(&x, e) && fat_put(&x, e) && finish(&x, a, out, e);
}

bool
compound_plain(const struct compound *c, const struct rope *file,
    struct arena *a, bool *plain, struct err *e)
{
	struct rope ours;

	return compound_write(c, NULL, 0, a, &ours, e) &&
	    rope_same(&ours, file, plain, e);
}
