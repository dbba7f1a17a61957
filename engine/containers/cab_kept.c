/*
 * cab_kept - whether a cabinet differs from an earlier one only in what was
 * meant to change. It shares nothing with the writer: it compares two cabinets
 * that the strict reader took, so no byte of either is unaccounted for.
 */
#include "base/text.h"
#include "containers/cab.h"

struct pair {
	const struct listing	*before;
	const struct listing	*after;
	const struct cab	*x;		/* before */
	const struct cab	*y;		/* after */
	bool			*may;		/* per file of before */
	bool			*touched;	/* per folder of before */
	struct arena		*scratch;
};

static bool
changed(const char *what, struct err *e)
{
	return err_set(e, ERR_CAB_CHANGED, "the cabinet's %s changed", what);
}

static bool
differs(const struct cab_file *x, const char *what, struct err *e)
{
	return err_set(e, ERR_CAB_CHANGED, "entry \"%s\": its %s changed",
	    CAB_NAME(x), what);
}

/* ---- the header */

static bool
all_zero(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != 0)
			return false;
	return true;
}

/* The header's reserve when the signature, if there was one, has gone. */
static bool
bare_reserve(const struct cab *x, struct buf *b)
{
	if (cab_signed_alone(x))
		return false;
	if (x->signature > 0) {
		buf_zero(b, CAB_SIGNED_OWN);
		buf_put(b, span_from(x->reserve, CAB_SIGNED_OWN));
	} else
		buf_put(b, x->reserve);
	return (x->flags & CAB_FLAG_RESERVE) != 0;
}

/*
 * A reserve that has room for a signature, or grew to have it. That y's tells
 * of its signature and of nothing else, the reader saw to.
 */
static bool
same_signed(struct span bare, const struct cab *y, struct err *e)
{
	struct reader r = rd_open(bare);
	uint32_t word = rd_u32le(&r);
	size_t len = bare.len > CAB_SIGNED_SIZE ? bare.len : CAB_SIGNED_SIZE;
	bool room = all_zero(bare) || (bare.len >= CAB_SIGNED_SIZE &&
	    word == CAB_SIGNED_WORD && all_zero(span_from(bare, 4)));

	return (room && y->reserve.len == len &&
	    all_zero(span_from(y->reserve, CAB_SIGNED_OWN))) ||
	    changed("reserve", e);
}

/*
 * Whether the cabinet was to be signed anew, and what that signature is worth,
 * is not asked here.
 */
static bool
same_reserve(const struct cab *x, const struct cab *y, struct err *e)
{
	CLEANUP(buf_done) struct buf bare = { 0 };
	bool there = bare_reserve(x, &bare);

	if (y->signature > 0)
		return same_signed(buf_span(&bare), y, e);
	return (there == ((y->flags & CAB_FLAG_RESERVE) != 0) &&
	    span_eq(buf_span(&bare), y->reserve)) || changed("reserve", e);
}

static bool
same_header(const struct cab *x, const struct cab *y, struct err *e)
{
	/* All but size, offset of the files, counts and flags. */
	static const struct { size_t at, len; } fixed[] = {
		{ 0, 8 }, { 12, 4 }, { 20, 6 }, { 32, 4 },
	};
	struct span a, b;

	for (size_t i = 0; i < COUNT(fixed); i++)
		if (!span_cut(x->header, fixed[i].at, fixed[i].len, &a) ||
		    !span_cut(y->header, fixed[i].at, fixed[i].len, &b) ||
		    !span_eq(a, b))
			return changed("header", e);
	if (x->folder_reserve != y->folder_reserve ||
	    x->block_reserve != y->block_reserve)
		return changed("reserve", e);
	return same_reserve(x, y, e);
}

/* ---- folders */

/* The reserves of blocks stay with their numbers; new blocks have zeros. */
static bool
same_reserves(const struct pair *p, size_t i, struct err *e)
{
	CLEANUP(free_done) struct cab_walk *w = xmalloc(sizeof(*w));
	CLEANUP(free_done) struct cab_walk *v = xmalloc(sizeof(*v));
	struct cab_block a = { 0 }, b;
	bool ended, done;

	if (p->y->block_reserve == 0)
		return true;
	cab_walk_open(w, p->x, &p->before->file, &p->x->folders[i]);
	cab_walk_open(v, p->y, &p->after->file, &p->y->folders[i]);
	for (;;) {
		if (!cab_walk_next(w, &a, &ended, e) ||
		    !cab_walk_next(v, &b, &done, e))
			return false;
		if (done)
			return true;
		if (ended ? !all_zero(b.reserve) :
		    !span_eq(a.reserve, b.reserve))
			return changed("reserve of a block", e);
	}
}

static bool
same_data(const struct pair *p, const struct cab_folder *f,
    const struct cab_folder *g, struct err *e)
{
	struct rope a, b;
	bool same;

	if (!rope_slice(p->scratch, &p->before->file, f->data,
	    f->end - f->data, &a, e) ||
	    !rope_slice(p->scratch, &p->after->file, g->data,
	    g->end - g->data, &b, e) || !rope_same(&a, &b, &same, e))
		return false;
	return same || changed("data", e);
}

/* A folder may be packed otherwise only where this is how it is done again. */
static bool
same_method(const struct cab_folder *f, const struct cab_folder *g,
    bool touched)
{
	if (f->method == g->method)
		return true;
	return touched && (f->method & 15) == CAB_LZX &&
	    g->method == CAB_MSZIP;
}

static bool
same_folder(const struct pair *p, size_t i, struct err *e)
{
	const struct cab_folder *f = &p->x->folders[i];
	const struct cab_folder *g = &p->y->folders[i];

	if (!span_eq(f->reserve, g->reserve))
		return changed("reserve of a folder", e);
	if (!same_method(f, g, p->touched[i]))
		return changed("packing", e);
	if (p->touched[i])
		return same_reserves(p, i, e);
	return (f->blocks == g->blocks || changed("number of blocks", e)) &&
	    same_data(p, f, g, e);
}

/* A new folder is there for new files only: no place to hide anything. */
static bool
plain_folder(const struct pair *p, size_t i, struct err *e)
{
	CLEANUP(free_done) struct cab_walk *v = xmalloc(sizeof(*v));
	const struct cab_folder *g = &p->y->folders[i];
	struct cab_block b;
	bool done = false;

	if (g->method != CAB_MSZIP || !all_zero(g->reserve))
		return err_set(e, ERR_CAB_CHANGED, "the new folder is not a "
		    "plain one");
	cab_walk_open(v, p->y, &p->after->file, g);
	while (!done) {
		if (!cab_walk_next(v, &b, &done, e))
			return false;
		if (!done && !all_zero(b.reserve))
			return changed("reserve of a new block", e);
	}
	return true;
}

/* Next in order of the folders of before that has blocks in both. */
static size_t
next_folder(const struct pair *p, const size_t *order, size_t count, size_t k)
{
	while (k < count && (order[k] >= p->x->folder_count ||
	    p->x->folders[order[k]].blocks == 0 ||
	    p->y->folders[order[k]].blocks == 0))
		k++;
	return k;
}

/* A folder without blocks lies nowhere, and so has no place among others. */
static bool
same_folder_order(const struct pair *p, struct err *e)
{
	const size_t *a = p->x->folder_order, *b = p->y->folder_order;
	size_t m = p->x->folder_count, n = p->y->folder_count;
	size_t i = next_folder(p, a, m, 0), j = next_folder(p, b, n, 0);

	for (; i < m && j < n; i = next_folder(p, a, m, i + 1),
	    j = next_folder(p, b, n, j + 1))
		if (a[i] != b[j])
			return changed("order of folders", e);
	return n == m || p->y->folders[m].end == p->y->size ||
	    changed("order of folders", e);
}

/* Offsets of folders without blocks are no place to hide anything either. */
static bool
plain_offsets(const struct cab *y, struct err *e)
{
	uint64_t at = y->folders[y->folder_order[0]].data;

	for (size_t k = 0; k < y->folder_count; k++) {
		const struct cab_folder *g = &y->folders[y->folder_order[k]];

		if (g->data != at)
			return changed("offset of a folder", e);
		at = g->end;
	}
	return at == y->size || changed("offset of a folder", e);
}

static bool
same_folders(const struct pair *p, struct err *e)
{
	size_t added = p->y->file_count > p->x->file_count;

	if (p->y->folder_count != p->x->folder_count + added)
		return changed("number of folders", e);
	for (size_t i = 0; i < p->x->folder_count; i++)
		if (!same_folder(p, i, e))
			return err_at(e, "folder %zu", i);
	if (added != 0 && !plain_folder(p, p->x->folder_count, e))
		return false;
	return same_folder_order(p, e) && plain_offsets(p->y, e);
}

/* ---- files */

static bool
same_unpacked(const struct pair *p, size_t i, struct err *e)
{
	struct rope a, b;
	bool same;

	if (!cab_file_unpack(p->x, &p->before->file, i, p->scratch,
	    p->x->spool, &a, e) ||
	    !cab_file_unpack(p->y, &p->after->file, i, p->scratch,
	    p->y->spool, &b, e) || !rope_same(&a, &b, &same, e))
		return false;
	return same || differs(&p->x->files[i], "contents", e);
}

static bool
same_file(const struct pair *p, size_t i, struct err *e)
{
	const struct cab_file *a = &p->x->files[i], *b = &p->y->files[i];

	if (!span_eq(a->name, b->name))
		return differs(a, "name", e);
	if (a->folder != b->folder)
		return differs(a, "folder", e);
	if (a->date != b->date || a->time != b->time)
		return differs(a, "time", e);
	if (a->attributes != b->attributes)
		return differs(a, "attributes", e);
	if (p->may[i])
		return true;
	if (a->size != b->size)
		return differs(a, "size", e);
	if (p->touched[a->folder])
		return same_unpacked(p, i, e);
	return a->offset == b->offset || differs(a, "place", e);
}

/* Nothing about a new file is free but its name and its contents. */
static bool
plain_file(const struct pair *p, const struct cab_file *f, struct err *e)
{
	const struct cab_file *last = &p->x->files[p->x->file_count - 1];
	uint16_t attributes = CAB_ATTRIBUTE_ARCHIVE;

	for (size_t i = 0; i < f->name.len; i++)
		if (f->name.ptr[i] >= 0x80)
			attributes |= CAB_ATTRIBUTE_UTF8;
	return (f->attributes == attributes && f->date == last->date &&
	    f->time == last->time && f->folder == p->x->folder_count) ||
	    err_set(e, ERR_CAB_CHANGED, "the new entry \"%s\" is no plain "
	    "file", CAB_NAME(f));
}

/* Next of the files in order that has bytes in both; count: none. */
static size_t
next_file(const struct pair *p, const size_t *order, size_t k)
{
	while (k < p->x->file_count && (p->x->files[order[k]].size == 0 ||
	    p->y->files[order[k]].size == 0))
		k++;
	return k;
}

/* New files have the last folder, so the old ones come first. */
static bool
same_file_order(const struct pair *p, struct err *e)
{
	const size_t *a = p->x->file_order, *b = p->y->file_order;
	size_t count = p->x->file_count;
	size_t i = next_file(p, a, 0), j = next_file(p, b, 0);

	for (; i < count && j < count; i = next_file(p, a, i + 1),
	    j = next_file(p, b, j + 1))
		if (a[i] != b[j])
			return differs(&p->x->files[a[i]], "place", e);
	return true;
}

static bool
same_files(const struct pair *p, struct err *e)
{
	for (size_t i = 0; i < p->x->file_count; i++)
		if (!same_file(p, i, e))
			return false;
	for (size_t i = p->x->file_count; i < p->y->file_count; i++)
		if (!plain_file(p, &p->y->files[i], e))
			return false;
	return same_file_order(p, e);
}

/* The very same file is kept; one without a new signature is nothing else. */
static bool
same_whole(const struct pair *p, bool *same, struct err *e)
{
	if (!rope_same(&p->before->file, &p->after->file, same, e))
		return false;
	return *same || p->y->signature > 0 || err_set(e, ERR_CAB_CHANGED,
	    "the cabinet changed, though nothing in it did");
}

bool
cab_kept(const struct listing *before, const struct listing *after,
    const size_t *indices, size_t count, struct err *e)
{
	const struct cab *x = before->own, *y = after->own;
	CLEANUP(arena_done) struct arena *scratch = arena_new((size_t)64 << 20);
	struct pair p = { before, after, x, y,
	    ARENA_ARRAY(scratch, bool, x->file_count),
	    ARENA_ARRAY(scratch, bool, x->folder_count), scratch };

	if (p.may == NULL || p.touched == NULL)
		return err_budget(e, scratch);
	if (y->file_count < x->file_count)
		return err_set(e, ERR_CAB_CHANGED, "%zu entries are gone",
		    x->file_count - y->file_count);
	bool same = false;
	if (count == 0 && y->file_count == x->file_count &&
	    !same_whole(&p, &same, e))
		return false;
	if (same)
		return true;
	for (size_t i = 0; i < count; i++) {
		p.may[indices[i]] = true;
		p.touched[x->files[indices[i]].folder] = true;
	}
	return same_header(x, y, e) && same_folders(&p, e) &&
	    same_files(&p, e);
}
