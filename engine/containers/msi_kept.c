/*
 * msi_kept - whether a package differs from an earlier one only in what was
 * meant to change: stream by stream; cabinets by their own comparison; the
 * tables with sizes and sums column by column, against what the files in the
 * new package really are. The package's own signatures are looked at by those
 * who know which of them should be there.
 */
#include "base/text.h"
#include "containers/cab.h"
#include "containers/installer.h"
#include "containers/msi.h"
#include "crypto/md5.h"

#define SCRATCH		((size_t)64 << 20)

struct pair {
	const struct listing	*before;
	const struct listing	*after;
	const struct msi	*x;		/* before */
	const struct msi	*y;		/* after */
	bool			*may;		/* by entry: may differ */
	bool			*open;		/* by stream: a file in this
						 * cabinet, or all of it, may */
	struct arena		*scratch;
};

static bool
changed(const char *what, struct err *e)
{
	return err_set(e, ERR_MSI_CHANGED, "the package's %s changed", what);
}

/* ---- the tables that tell of files */

/* A column of a table as it lies in the stream. */
static bool
same_column(const struct msi_table *t, const struct msi_table *u, size_t i)
{
	size_t len = t->row_count * t->columns[i].width;
	struct span a, b;

	return t->columns[i].width == u->columns[i].width &&
	    t->columns[i].at == u->columns[i].at &&
	    span_cut(t->bytes, t->columns[i].at, len, &a) &&
	    span_cut(u->bytes, u->columns[i].at, len, &b) && span_eq(a, b);
}

/* All columns but those of which free says so. */
static bool
same_columns(const struct msi_table *t, const struct msi_table *u,
    bool (*free)(const struct msi *, size_t column), const struct msi *m,
    struct err *e)
{
	if (t->there != u->there || t->row_count != u->row_count ||
	    t->column_count != u->column_count ||
	    t->bytes.len != u->bytes.len)
		return err_set(e, ERR_MSI_CHANGED, "the table %s has other "
		    "rows", t->name);
	for (size_t i = 0; i < t->column_count; i++)
		if (!free(m, i) && !same_column(t, u, i))
			return err_set(e, ERR_MSI_CHANGED, "the column \"%s\" "
			    "of the table %s changed",
			    text_show(t->columns[i].name).text, t->name);
	return true;
}

static bool
is_size(const struct msi *m, size_t column)
{
	return column == m->in.size;
}

static bool
is_sum(const struct msi *m, size_t column)
{
	for (size_t i = 0; i < COUNT(m->hash_parts); i++)
		if (column == m->hash_parts[i])
			return true;
	return false;
}

static bool
wrong(const struct pair *p, size_t entry, const char *what, struct err *e)
{
	return err_set(e, ERR_MSI_CHANGED, "the table says another %s of "
	    "\"%s\" than it has", what,
	    text_show(p->before->entries[entry].path).text);
}

/* Entries are the rows of File, in order, before all others. */
static bool
sizes_check(const struct pair *p, struct err *e)
{
	const struct msi_table *t = &p->x->file, *u = &p->y->file;
	size_t column = p->x->in.size;

	if (!same_columns(t, u, is_size, p->x, e))
		return false;
	for (size_t i = 0; i < t->row_count; i++) {
		bool same = msi_cell(t, i, column) == msi_cell(u, i, column);
		int64_t size = msi_number(u, i, column);

		if (p->may[i] ? size < 0 || (uint64_t)size !=
		    p->after->entries[i].size : !same)
			return wrong(p, i, "size", e);
	}
	return true;
}

/* The four words of the sum of a file as it is now. */
static bool
sum_check(const struct pair *p, size_t entry, size_t row, struct err *e)
{
	const struct msi_table *u = &p->y->hash;
	struct rope contents;
	struct md5_hex is;

	if (!p->after->container->contents(p->after, entry, p->scratch,
	    p->y->spool, &contents, e) || !md5_rope(&contents, &is, e))
		return false;
	for (size_t i = 0; i < COUNT(p->y->hash_parts); i++) {
		CLEANUP(buf_done) struct buf word = { 0 }, hex = { 0 };
		struct span part;

		buf_u32le(&word, msi_cell(u, row, p->y->hash_parts[i]) ^
		    0x80000000);
		text_hex(buf_span(&word), &hex);
		if (!span_cut(SPAN_TEXT(is.text), i * 8, 8, &part) ||
		    !span_eq(part, buf_span(&hex)))
			return wrong(p, entry, "sum", e);
	}
	return true;
}

static bool
sums_check(const struct pair *p, struct err *e)
{
	const struct msi_table *t = &p->x->hash, *u = &p->y->hash;
	bool *free = ARENA_ARRAY(p->scratch, bool, t->row_count);

	if (free == NULL)
		return err_budget(e, p->scratch);
	if (!same_columns(t, u, is_sum, p->x, e))
		return false;
	for (size_t i = 0; i < p->before->count; i++) {
		size_t row = p->x->sources[i].hash;

		if (!p->may[i] || row == SIZE_MAX)
			continue;
		free[row] = true;
		if (!sum_check(p, i, row, e))
			return false;
	}
	for (size_t row = 0; row < t->row_count; row++)
		for (size_t i = 0; i < COUNT(p->x->hash_parts); i++)
			if (!free[row] && msi_cell(t, row,
			    p->x->hash_parts[i]) != msi_cell(u, row,
			    p->x->hash_parts[i]))
				return changed("sum of a file", e);
	return true;
}

/* ---- cabinets */

static bool
cabinet_kept(const struct pair *p, size_t number, struct err *e)
{
	const struct msi_cabinet *c = p->x->cabinets[number];
	const struct msi_cabinet *d = p->y->cabinets[number];
	size_t *indices = ARENA_ARRAY(p->scratch, size_t, c->listing.count);
	size_t count = 0;

	if (indices == NULL)
		return err_budget(e, p->scratch);
	for (size_t i = 0; i < p->before->count; i++)
		if (p->may[i] && p->x->sources[i].cabinet == c)
			indices[count++] = p->x->sources[i].index;
	if (d->unreadable != NULL)
		return changed("cabinet", e);
	if (d->listing.count != c->listing.count)
		return err_set(e, ERR_MSI_CHANGED, "the cabinet has %zu files, "
		    "it had %zu", d->listing.count, c->listing.count);
	return c->listing.container->kept(&c->listing, &d->listing, indices,
	    count, e);
}

/* ---- streams */

static bool
same_stream(const struct pair *p, size_t i, size_t k, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	bool same;

	if (!rope_same(compound_contents(&p->x->compound, i),
	    compound_contents(&p->y->compound, k), &same, e))
		return false;
	msi_name_decode(compound_name(&p->x->compound, i), &name);
	return same || err_set(e, ERR_MSI_CHANGED, "the stream \"%s\" "
	    "changed", text_show(buf_span(&name)).text);
}

/* A cabinet that was made again has no signature: nobody judges it. */
static bool
is_signed(const struct msi_cabinet *c)
{
	const struct cab *cab = c->listing.own;

	return cab != NULL && cab->signature > 0;
}

static bool
stream_check(const struct pair *p, size_t i, size_t k, struct err *e)
{
	size_t number;

	if (p->x->file.there && i == p->x->file.stream)
		return sizes_check(p, e);
	if (p->x->hash.there && i == p->x->hash.stream)
		return sums_check(p, e);
	if (!p->open[i])
		return same_stream(p, i, k, e);
	if (p->x->by_stream[i] == NULL)
		return true;
	number = p->x->by_stream[i]->number;
	return is_signed(p->y->cabinets[number]) ?
	    same_stream(p, i, k, e) : cabinet_kept(p, number, e);
}

/* The next entry that is no signature of the package. */
static size_t
next_entry(const struct compound *c, size_t i)
{
	while (i < c->count && installer_signature(c, i))
		i++;
	return i;
}

/*
 * Both are in the same order, so entries that belong together meet, but for
 * signatures, which have no children. now says where those of before are.
 */
static bool
entries_check(const struct pair *p, struct err *e)
{
	const struct compound *x = &p->x->compound, *y = &p->y->compound;
	size_t *now = ARENA_ARRAY(p->scratch, size_t, x->count);
	size_t k = 0;

	if (now == NULL)
		return err_budget(e, p->scratch);
	for (size_t i = 0; (i = next_entry(x, i)) < x->count; i++) {
		k = next_entry(y, k);
		if (k == y->count || !compound_entry_same(&x->entries[i],
		    &y->entries[k]) || y->entries[k].parent !=
		    now[x->entries[i].parent])
			return changed("set of streams", e);
		now[i] = k++;
		if (x->entries[i].kind == COMPOUND_STREAM &&
		    !stream_check(p, i, now[i], e))
			return false;
	}
	return next_entry(y, k) == y->count || changed("set of streams", e);
}

/* ---- the whole */

/* Cabinets and entries are in the same order, and there are as many. */
static bool
same_layout(const struct pair *p, struct err *e)
{
	if (p->x->cabinet_count != p->y->cabinet_count ||
	    p->before->count != p->after->count)
		return changed("number of files", e);
	for (size_t i = 0; i < p->before->count; i++) {
		const struct entry *a = &p->before->entries[i];
		const struct entry *b = &p->after->entries[i];

		if (a->opaque != b->opaque || !span_eq(a->path, b->path) ||
		    p->x->sources[i].hash != p->y->sources[i].hash)
			return changed("list of files", e);
	}
	return true;
}

/* A signature is its contents alone: no place to hide anything beside it. */
static bool
bare_signatures(const struct compound *y)
{
	for (size_t i = 0; i < y->count; i++)
		if (installer_signature(y, i) &&
		    !compound_entry_bare(&y->entries[i]))
			return false;
	return true;
}

/*
 * Sectors that are free and what follows the ends of streams are nobody's. In
 * a package made again there is nothing: it is the one file of its entries.
 */
static bool
no_other_bytes(const struct pair *p, struct err *e)
{
	const struct compound *y = &p->y->compound;
	bool same;

	if (!rope_same(&p->before->file, &p->after->file, &same, e))
		return false;
	if (same)
		return true;
	if (!bare_signatures(y) || p->x->compound.version != y->version)
		return changed("layout", e);
	return compound_plain(y, &p->after->file, p->scratch, &same, e) &&
	    (same || changed("layout", e));
}

static bool
pair_open(struct pair *p, const size_t *indices, size_t count,
    struct err *e)
{
	p->may = ARENA_ARRAY(p->scratch, bool, p->before->count);
	p->open = ARENA_ARRAY(p->scratch, bool,
	    compound_count(&p->x->compound));
	if (p->may == NULL || p->open == NULL)
		return err_budget(e, p->scratch);
	for (size_t i = 0; i < count; i++) {
		const struct msi_source *s;

		if (indices[i] >= p->before->count)
			return changed("number of files", e);
		s = &p->x->sources[indices[i]];
		if (s->opaque != NULL)
			continue;
		p->may[indices[i]] = true;
		p->open[s->cabinet != NULL ? s->cabinet->stream :
		    s->index] = true;
	}
	return true;
}

bool
msi_kept(const struct listing *before, const struct listing *after,
    const size_t *indices, size_t count, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch = arena_new(SCRATCH);
	struct pair p = { .before = before, .after = after,
	    .x = before->own, .y = after->own, .scratch = scratch };

	return pair_open(&p, indices, count, e) && same_layout(&p, e) &&
	    entries_check(&p, e) && no_other_bytes(&p, e);
}
