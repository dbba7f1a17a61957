/*
 * compound_tree - the directory of a compound file ([MS-CFB] 2.6).
 *
 *	128 bytes each: name 64, its size with NUL, type, colour, numbers of
 *	the left and right sibling and of the child, class 16, state bits,
 *	created, modified, first sector, size
 *
 * The children of a storage are a tree. Its colours and its order say nothing
 * about contents, and writers get them wrong: they are put in order here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/compound_format.h"

/* An entry as stored. */
struct record {
	struct compound_entry	entry;
	uint32_t		number;		/* in the directory */
	struct compound_start	start;
};

struct walk {
	struct span	 directory;
	size_t		 records;
	struct arena	*arena;
	struct compound	*out;
	struct record	*found;		/* by number of the entry */
	uint8_t		*seen;		/* by number in the directory */
	uint32_t	*stack;
};

/* ---- order */

/* Letters with a case that names of streams may well have. */
static const struct {
	uint16_t first, last, less;
} lower[] = {
	{ 'a', 'z', 0x20 },
	{ 0xe0, 0xf6, 0x20 }, { 0xf8, 0xfe, 0x20 },	/* Latin-1 */
	{ 0x3b1, 0x3c1, 0x20 }, { 0x3c3, 0x3cb, 0x20 },	/* Greek */
	{ 0x430, 0x44f, 0x20 }, { 0x450, 0x45f, 0x50 },	/* Cyrillic */
};

static unsigned
upper(unsigned unit)
{
	for (size_t i = 0; i < COUNT(lower); i++)
		if (unit >= lower[i].first && unit <= lower[i].last)
			return unit - lower[i].less;
	return unit;
}

int
compound_order(struct span a, struct span b)
{
	struct reader x = rd_open(a), y = rd_open(b);

	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	while (rd_left(&x) >= 2) {
		unsigned p = upper(rd_u16le(&x)), q = upper(rd_u16le(&y));

		if (p != q)
			return p < q ? -1 : 1;
	}
	return 0;
}

static int
record_order(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return compound_order(x->entry.name, y->entry.name);
}

/* ---- records */

static bool
bad(struct err *e, uint32_t number, const char *why)
{
	return err_set(e, ERR_COMPOUND_DIRECTORY, "directory entry %u %s",
	    number, why);
}

/* NULs are where a name ends: some readers stop at the first one. */
static bool
name_read(struct walk *w, struct span field, uint16_t size, uint32_t number,
    struct span *out, struct err *e)
{
	struct span name;
	struct reader r;

	if (size < 4 || size % 2 != 0 ||
	    !span_cut(field, 0, size - 2U, &name))
		return bad(e, number, "has a name of no possible size");
	r = rd_open(name);
	while (rd_left(&r) > 0)
		if (rd_u16le(&r) == 0)
			return bad(e, number, "has a NUL in its name");
	return arena_copy(w->arena, name, out) || err_budget(e, w->arena);
}

static bool
record_read(struct walk *w, uint32_t number, struct record *out,
    struct err *e)
{
	struct reader r = rd_open(w->directory);
	struct span name, class;
	uint16_t size;
	uint8_t type;

	rd_seek(&r, (uint64_t)number * COMPOUND_ENTRY);
	name = rd_take(&r, COMPOUND_NAME);
	size = rd_u16le(&r);
	type = rd_u8(&r);
	rd_skip(&r, 1);
	rd_skip(&r, 12);
	class = rd_take(&r, COMPOUND_CLASS_SIZE);
	out->entry.state = rd_u32le(&r);
	out->entry.created = rd_u64le(&r);
	out->entry.modified = rd_u64le(&r);
	out->start.sector = rd_u32le(&r);
	out->start.size = rd_u64le(&r);
	/* The upper half may be rubbish there, says 2.6.3. */
	if (w->out->version == 3)
		out->start.size &= UINT32_MAX;
	if (!rd_ok(&r))
		return bad(e, number, "is not there");
	memcpy(out->entry.class, class.ptr, sizeof(out->entry.class));
	if (type != (number == 0 ? COMPOUND_ROOT : COMPOUND_STREAM) &&
	    (number == 0 || type != COMPOUND_STORAGE))
		return bad(e, number, "is of a type that cannot be there");
	out->number = number;
	out->entry.kind = (enum compound_kind)type;
	return name_read(w, name, size, number, &out->entry.name, e);
}

static bool
visit(struct walk *w, uint32_t number, struct err *e)
{
	if (number >= w->records)
		return bad(e, number, "is not there");
	if (w->seen[number] != 0)
		return bad(e, number, "is in two places");
	w->seen[number] = 1;
	return true;
}

/* ---- the tree */

enum link { LEFT, RIGHT, CHILD };

static uint32_t
link_at(const struct walk *w, uint32_t number, enum link which)
{
	struct reader r = rd_open(w->directory);

	rd_seek(&r, (uint64_t)number * COMPOUND_ENTRY + COMPOUND_AT_LINKS +
	    4 * (unsigned)which);
	return rd_u32le(&r);
}

/* The tree below a child; each entry is visited once. */
static bool
siblings_read(struct walk *w, uint32_t child, size_t parent, struct err *e)
{
	struct compound *c = w->out;
	uint32_t at = child;
	size_t depth = 0;

	while (at != COMPOUND_NONE || depth > 0) {
		while (at != COMPOUND_NONE) {
			if (!visit(w, at, e))
				return false;
			w->stack[depth++] = at;
			at = link_at(w, at, LEFT);
		}
		at = w->stack[--depth];
		if (!record_read(w, at, &w->found[c->count], e))
			return false;
		w->found[c->count++].entry.parent = parent;
		at = link_at(w, at, RIGHT);
	}
	return true;
}

static bool
children_read(struct walk *w, size_t number, struct err *e)
{
	struct record *of = &w->found[number];
	size_t from = w->out->count;

	if (of->entry.kind == COMPOUND_STREAM)
		return true;
	if (!siblings_read(w, link_at(w, of->number, CHILD), number, e))
		return false;
	of->entry.first = from;
	of->entry.count = w->out->count - from;
	qsort(w->found + from, of->entry.count, sizeof(*w->found),
	    record_order);
	for (size_t i = from + 1; i < w->out->count; i++)
		if (record_order(&w->found[i - 1], &w->found[i]) == 0)
			return err_set(e, ERR_COMPOUND_DIRECTORY,
			    "two entries of one storage have one name");
	return true;
}

/* So deep that no stack is in danger: walks go down by calls. */
static bool
depth_check(const struct walk *w, size_t number, struct err *e)
{
	unsigned depth = 0;

	for (; number != 0; number = w->found[number].entry.parent)
		if (++depth > LIMIT_COMPOUND_DEPTH)
			return err_set(e, ERR_COMPOUND_DIRECTORY, "there are "
			    "more than %u storages in each other",
			    LIMIT_COMPOUND_DEPTH);
	return true;
}

static bool
walk_all(struct walk *w, struct err *e)
{
	if (!visit(w, 0, e) || !record_read(w, 0, &w->found[0], e))
		return false;
	w->found[0].entry.created = 0;
	w->out->count = 1;
	for (size_t i = 0; i < w->out->count; i++)
		if (!depth_check(w, i, e) || !children_read(w, i, e))
			return false;
	return true;
}

static bool
take(const struct walk *w, struct compound_start **starts, struct err *e)
{
	struct compound *c = w->out;

	c->entries = ARENA_ARRAY(w->arena, struct compound_entry, c->count);
	*starts = ARENA_ARRAY(w->arena, struct compound_start, c->count);
	if (c->entries == NULL || *starts == NULL)
		return err_budget(e, w->arena);
	for (size_t i = 0; i < c->count; i++) {
		c->entries[i] = w->found[i].entry;
		(*starts)[i] = w->found[i].start;
	}
	return true;
}

bool
compound_tree(struct span directory, struct arena *a, struct compound *c,
    struct compound_start **starts, struct err *e)
{
	size_t records = directory.len / COMPOUND_ENTRY;
	struct walk w = { .directory = directory, .records = records,
	    .arena = a, .out = c };
	bool ok;

	if (records > LIMIT_ENTRIES)
		return err_set(e, ERR_LIMIT_ENTRIES, "the directory has %zu "
		    "entries", records);
	w.found = xcalloc(records + 1, sizeof(*w.found));
	w.seen = xcalloc(records + 1, sizeof(*w.seen));
	w.stack = xcalloc(records + 1, sizeof(*w.stack));
	ok = walk_all(&w, e) && take(&w, starts, e);
	free(w.found);
	free(w.seen);
	free(w.stack);
	return ok;
}
