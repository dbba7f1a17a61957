/*
 * msi_write - a package with some contents replaced.
 *
 * Cabinets with a changed file are made again by the writer of cabinets, so
 * their other folders keep their bytes; streams of the table Binary are
 * replaced. In the tables, the size and (if it has a row) the sum of a changed
 * file are written over the old ones. All other streams keep their bytes. The
 * package's own signature goes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/installer.h"
#include "containers/msi.h"
#include "crypto/md5.h"

struct output {
	struct arena		*arena;
	struct spool		*spool;
	const struct listing	*listing;
	const struct msi	*msi;
	const struct change	*changes;
	size_t			 change_count;
	uint8_t			*file;		/* the table's new bytes */
	uint8_t			*hash;		/* those of MsiFileHash */
	struct compound_change	*streams;
	size_t			 stream_count;
};

static const struct msi_source *
source_of(const struct output *out, const struct change *c)
{
	return &out->msi->sources[c->index];
}

static bool
stream_put(struct output *out, struct compound_change c, struct err *e)
{
	out->streams = arena_grow(out->arena, out->streams,
	    out->stream_count, sizeof(*out->streams));
	if (out->streams == NULL)
		return err_budget(e, out->arena);
	out->streams[out->stream_count++] = c;
	return true;
}

/* ---- cabinets */

/* A change of a file in a cabinet. */
struct inside {
	const struct msi_cabinet *cabinet;
	struct change		 change;	/* as the cabinet sees it */
};

static int
inside_order(const void *a, const void *b)
{
	const struct inside *x = a, *y = b;

	if (x->cabinet != y->cabinet)
		return x->cabinet->number < y->cabinet->number ? -1 : 1;
	return (x->change.index > y->change.index) -
	    (x->change.index < y->change.index);
}

/* All changes of one cabinet, one after the other. */
static bool
cabinet_write(struct output *out, const struct inside *v, size_t count,
    struct err *e)
{
	const struct msi_cabinet *c = v[0].cabinet;
	struct change *changes = ARENA_ARRAY(out->arena, struct change,
	    count);
	struct rope file;

	if (changes == NULL)
		return err_budget(e, out->arena);
	for (size_t i = 0; i < count; i++)
		changes[i] = v[i].change;
	if (!c->listing.container->rebuild(&c->listing, changes, count,
	    out->arena, out->spool, &file, e))
		return err_at(e, "the cabinet \"%s\"",
		    text_show(c->name).text);
	return stream_put(out, (struct compound_change){ .stream = c->stream,
	    .contents = file }, e);
}

static bool
cabinets_write(struct output *out, struct err *e)
{
	struct inside *v = ARENA_ARRAY(out->arena, struct inside,
	    out->change_count);
	size_t n = 0, next;

	if (v == NULL)
		return err_budget(e, out->arena);
	for (size_t i = 0; i < out->change_count; i++) {
		const struct msi_source *s = source_of(out, &out->changes[i]);

		if (s->cabinet != NULL)
			v[n++] = (struct inside){ s->cabinet, { .index =
			    s->index, .contents = out->changes[i].contents } };
	}
	if (n > 0)
		qsort(v, n, sizeof(*v), inside_order);
	for (size_t i = 0; i < n; i = next) {
		for (next = i; next < n && v[next].cabinet == v[i].cabinet; )
			next++;
		if (!cabinet_write(out, &v[i], next - i, e))
			return false;
	}
	return true;
}

/* ---- tables */

static bool
size_write(struct output *out, const struct msi_source *s, uint64_t size,
    struct err *e)
{
	const struct msi_table *t = &out->msi->file;
	size_t column = out->msi->in.size;
	bool narrow = t->columns[column].width == 2;
	uint8_t *cell = &out->file[msi_cell_at(t, s->row, column)];

	if (size > (narrow ? INT16_MAX : INT32_MAX))
		return err_set(e, ERR_MSI_LIMIT, "its new size, %llu bytes, "
		    "does not fit the column FileSize",
		    (unsigned long long)size);
	if (narrow)
		put_u16le(cell, (uint16_t)(size ^ 0x8000));
	else
		put_u32le(cell, (uint32_t)size ^ 0x80000000);
	return true;
}

static bool
hash_write(struct output *out, const struct msi_source *s,
    const struct rope *contents, struct err *e)
{
	const struct msi *m = out->msi;
	uint8_t sum[16];
	struct md5_hex hex;

	if (s->hash == SIZE_MAX)
		return true;
	if (!md5_rope(contents, &hex, e))
		return false;
	if (!text_unhex(SPAN_TEXT(hex.text), sum, sizeof(sum)))
		return err_set(e, ERR_SYSTEM_READ, "no sum was made");
	struct reader r = rd_open(SPAN(sum));
	for (size_t i = 0; i < COUNT(m->hash_parts); i++)
		put_u32le(&out->hash[msi_cell_at(&m->hash, s->hash,
		    m->hash_parts[i])], rd_u32le(&r) ^ 0x80000000);
	return true;
}

static bool
table_open(struct output *out, const struct msi_table *t, uint8_t **bytes,
    struct err *e)
{
	*bytes = arena_alloc(out->arena, t->bytes.len);
	if (*bytes == NULL)
		return err_budget(e, out->arena);
	if (t->bytes.len > 0)
		memcpy(*bytes, t->bytes.ptr, t->bytes.len);
	return true;
}

static bool
table_put(struct output *out, const struct msi_table *t, const uint8_t *bytes,
    struct err *e)
{
	struct span now = { bytes, t->bytes.len };
	struct compound_change c = { .stream = t->stream };

	if (span_eq(now, t->bytes))
		return true;
	return rope_bytes(out->arena, now, &c.contents, e) &&
	    stream_put(out, c, e);
}

/* ---- the whole */

static bool
change_write(struct output *out, const struct change *c, struct err *e)
{
	const struct msi_source *s = source_of(out, c);

	if (s->opaque != NULL)
		return err_set(e, ERR_ENTRY_OPAQUE, "%s", s->opaque);
	if (s->row == SIZE_MAX)
		return stream_put(out, (struct compound_change){
		    .stream = s->index, .contents = c->contents }, e);
	return size_write(out, s, c->contents.len, e) &&
	    hash_write(out, s, &c->contents, e);
}

static bool
changes_write(struct output *out, struct err *e)
{
	for (size_t i = 0; i < out->change_count; i++) {
		const struct change *c = &out->changes[i];

		if (c->index >= out->listing->count)
			return err_set(e, ERR_MSI_NEW, "there is no place for "
			    "a new file \"%s\"", text_show(c->path).text);
		if (!change_write(out, c, e))
			return err_at(e, "entry \"%s\"", text_show(
			    out->listing->entries[c->index].path).text);
	}
	return true;
}

static bool
signatures_drop(struct output *out, struct err *e)
{
	const struct compound *c = &out->msi->compound;

	for (size_t i = 0; i < compound_count(c); i++)
		if (installer_signature(c, i) && !stream_put(out,
		    (struct compound_change){ .stream = i, .gone = true }, e))
			return false;
	return true;
}

bool
msi_rebuild(const struct listing *l, const struct change *changes,
    size_t count, struct arena *a, struct spool *spool, struct rope *rope,
    struct err *e)
{
	const struct msi *m = l->own;
	struct output out = { .arena = a, .spool = spool, .listing = l,
	    .msi = m, .changes = changes, .change_count = count };

	*rope = l->file;
	if (count == 0)
		return true;
	if (!table_open(&out, &m->file, &out.file, e) ||
	    !table_open(&out, &m->hash, &out.hash, e))
		return false;
	return changes_write(&out, e) && cabinets_write(&out, e) &&
	    table_put(&out, &m->file, out.file, e) &&
	    table_put(&out, &m->hash, out.hash, e) &&
	    signatures_drop(&out, e) && compound_write(&m->compound,
	    out.streams, out.stream_count, a, rope, e);
}
