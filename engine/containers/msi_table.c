/*
 * msi_table - tables of the database; see msi.h. _Columns has a row for each
 * column of each table: table, number, name, type. Numbers are stored with
 * their highest bit flipped; 0 as stored says that there is none.
 */
#include <string.h>

#include "base/text.h"
#include "containers/msi.h"

/* The bits of a type; the lowest eight are a size. */
enum {
	TYPE_SIZE	= 0x00ff,
	TYPE_VALID	= 0x0100,
	TYPE_STRING	= 0x0800,
	TYPE_NULLABLE	= 0x1000,
};

#define COLUMNS_MAX	32u		/* of a table: Windows Installer */

enum { IN_TABLE, IN_NUMBER, IN_NAME, IN_TYPE, IN_COUNT };

static bool
bad_table(const struct msi_table *t, const char *why, struct err *e)
{
	return err_set(e, ERR_MSI_TABLE, "the table %s %s", t->name, why);
}

static bool
no_string(const struct msi_table *t, struct err *e)
{
	return bad_table(t, "names a string that is not there", e);
}

/* ---- streams */

/* The children of the root stand in order; there may be very many. */
static size_t
root_stream(const struct compound *c, struct span name)
{
	size_t from = c->entries[0].first, to = from + c->entries[0].count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compound_order(c->entries[middle].name, name);

		if (order == 0)
			return c->entries[middle].kind == COMPOUND_STREAM &&
			    span_eq(c->entries[middle].name, name) ? middle :
			    SIZE_MAX;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return SIZE_MAX;
}

bool
msi_stream_find(const struct compound *c, struct span utf8, bool table,
    size_t *out, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	if (!msi_name_encode(utf8, table, &name, e))
		return false;
	*out = root_stream(c, buf_span(&name));
	return true;
}

/* Tables are small beside the files; the arena's budget bounds them. */
static bool
stream_bytes(const struct msi_database *d, size_t stream, struct span *out,
    struct err *e)
{
	const struct rope *r;

	*out = (struct span){ 0 };
	if (stream == SIZE_MAX)
		return true;
	r = compound_contents(d->file, stream);
	return rope_view(d->arena, r, 0, r->len, out, e);
}

/* ---- cells */

size_t
msi_cell_at(const struct msi_table *t, size_t row, size_t column)
{
	return t->columns[column].at + row * t->columns[column].width;
}

uint32_t
msi_cell(const struct msi_table *t, size_t row, size_t column)
{
	struct reader r = rd_open(t->bytes);
	uint32_t low;

	rd_seek(&r, msi_cell_at(t, row, column));
	if (t->columns[column].width == 4)
		return rd_u32le(&r);
	low = rd_u16le(&r);
	return t->columns[column].width == 3 ?
	    low | (uint32_t)rd_u8(&r) << 16 : low;
}

int64_t
msi_number(const struct msi_table *t, size_t row, size_t column)
{
	uint32_t cell = msi_cell(t, row, column);
	int64_t zero = t->columns[column].width == 4 ? 0x80000000 : 0x8000;

	return cell == 0 ? 0 : (int64_t)cell - zero;
}

bool
msi_string(const struct msi_database *d, const struct msi_table *t,
    size_t row, size_t column, struct span *out, struct err *e)
{
	uint32_t number = msi_cell(t, row, column);

	if (number >= d->strings.count)
		return no_string(t, e);
	*out = d->strings.items[number];
	return true;
}

bool
msi_key(const struct msi_database *d, const struct msi_table *t, size_t row,
    size_t column, uint32_t *out, struct err *e)
{
	uint32_t number = msi_cell(t, row, column);

	if (number >= d->strings.count)
		return no_string(t, e);
	*out = d->strings.first[number];
	return true;
}

/* ---- columns */

/* What a column of a type is like: false for a type that nobody knows. */
static bool
column_of_type(const struct msi_database *d, uint16_t type,
    struct msi_column *c)
{
	unsigned size = type & TYPE_SIZE;

	if ((type & ~TYPE_NULLABLE) == (TYPE_STRING | TYPE_VALID)) {
		c->kind = MSI_STREAM;
		c->width = 2;
	} else if ((type & TYPE_STRING) != 0) {
		c->kind = MSI_TEXT;
		c->width = d->strings.width;
	} else {
		c->kind = MSI_NUMBER;
		c->width = size == 4 ? 4 : 2;
		return size <= 2 || size == 4;
	}
	return true;
}

/* Gives the columns their places, and tells how many rows there are. */
static bool
rows_count(struct msi_table *t, struct err *e)
{
	size_t width = 0, at = 0;

	for (size_t i = 0; i < t->column_count; i++)
		width += t->columns[i].width;
	if (width == 0)
		return bad_table(t, "has no columns", e);
	t->row_count = t->bytes.len / width;
	for (size_t i = 0; i < t->column_count; i++) {
		t->columns[i].at = at;
		at += t->row_count * t->columns[i].width;
	}
	return at == t->bytes.len || bad_table(t, "ends within a row", e);
}

/* A table whose columns are the same in each database. */
static bool
fixed_table(struct msi_database *d, const char *name,
    const enum msi_kind *kinds, size_t count, struct msi_table *t,
    struct err *e)
{
	*t = (struct msi_table){ .name = name, .there = true,
	    .columns = ARENA_ARRAY(d->arena, struct msi_column, count),
	    .column_count = count };
	if (t->columns == NULL)
		return err_budget(e, d->arena);
	for (size_t i = 0; i < count; i++)
		t->columns[i] = (struct msi_column){ .kind = kinds[i],
		    .width = kinds[i] == MSI_TEXT ? d->strings.width : 2 };
	return msi_stream_find(d->file, SPAN_TEXT(name), true, &t->stream,
	    e) && stream_bytes(d, t->stream, &t->bytes, e) &&
	    rows_count(t, e);
}

static bool
pool_read(struct msi_database *d, struct err *e)
{
	struct span pool, data;
	size_t at, text;

	if (!msi_stream_find(d->file, SPAN_TEXT("_StringPool"), true, &at,
	    e) || !msi_stream_find(d->file, SPAN_TEXT("_StringData"), true,
	    &text, e))
		return false;
	if (at == SIZE_MAX || text == SIZE_MAX)
		return err_set(e, ERR_MSI_STRINGS,
		    "there is no string pool: it is no installer database");
	return stream_bytes(d, at, &pool, e) &&
	    stream_bytes(d, text, &data, e) &&
	    msi_strings_read(pool, data, d->arena, &d->strings, e);
}

bool
msi_database_read(const struct compound *file, struct arena *a,
    struct msi_database *d, struct err *e)
{
	static const enum msi_kind tables[] = { MSI_TEXT };
	static const enum msi_kind columns[IN_COUNT] = {
		[IN_TABLE] = MSI_TEXT, [IN_NUMBER] = MSI_NUMBER,
		[IN_NAME] = MSI_TEXT, [IN_TYPE] = MSI_NUMBER,
	};

	*d = (struct msi_database){ .file = file, .arena = a };
	return pool_read(d, e) &&
	    fixed_table(d, "_Tables", tables, COUNT(tables), &d->tables, e) &&
	    fixed_table(d, "_Columns", columns, IN_COUNT, &d->columns, e);
}

static bool
is_there(const struct msi_database *d, struct msi_table *t, struct err *e)
{
	struct span name;

	for (size_t i = 0; i < d->tables.row_count; i++) {
		if (!msi_string(d, &d->tables, i, 0, &name, e))
			return false;
		if (!span_is(name, t->name))
			continue;
		if (t->there)
			return bad_table(t, "is there twice", e);
		t->there = true;
	}
	return true;
}

/* One row of _Columns, if it is about this table. */
static bool
column_read(const struct msi_database *d, size_t row, struct msi_table *t,
    struct err *e)
{
	const struct msi_table *c = &d->columns;
	struct span table;

	if (!msi_string(d, c, row, IN_TABLE, &table, e))
		return false;
	if (!span_is(table, t->name))
		return true;
	int64_t number = msi_number(c, row, IN_NUMBER);
	uint16_t type = (uint16_t)(msi_cell(c, row, IN_TYPE) ^ 0x8000);
	if (number < 1 || number > COLUMNS_MAX)
		return bad_table(t, "has a column of a strange number", e);
	struct msi_column *to = &t->columns[number - 1];
	if (to->width != 0)
		return bad_table(t, "has a column twice", e);
	if (t->column_count < (size_t)number)
		t->column_count = (size_t)number;
	return (column_of_type(d, type, to) || bad_table(t,
	    "has a column of a type that nobody knows", e)) &&
	    msi_string(d, c, row, IN_NAME, &to->name, e);
}

bool
msi_table_read(const struct msi_database *d, const char *name,
    struct msi_table *t, struct err *e)
{
	*t = (struct msi_table){ .name = name,
	    .columns = ARENA_ARRAY(d->arena, struct msi_column, COLUMNS_MAX) };
	if (t->columns == NULL)
		return err_budget(e, d->arena);
	if (!is_there(d, t, e))
		return false;
	if (!t->there)
		return true;
	for (size_t i = 0; i < d->columns.row_count; i++)
		if (!column_read(d, i, t, e))
			return false;
	for (size_t i = 0; i < t->column_count; i++)
		if (t->columns[i].width == 0)
			return bad_table(t, "lacks a column", e);
	return msi_stream_find(d->file, SPAN_TEXT(name), true, &t->stream,
	    e) && stream_bytes(d, t->stream, &t->bytes, e) &&
	    rows_count(t, e);
}

bool
msi_column(const struct msi_table *t, const char *name, enum msi_kind kind,
    size_t *column, struct err *e)
{
	for (size_t i = 0; i < t->column_count; i++) {
		if (!span_is(t->columns[i].name, name))
			continue;
		*column = i;
		return t->columns[i].kind == kind || err_set(e, ERR_MSI_TABLE,
		    "the column %s of the table %s is of another kind", name,
		    t->name);
	}
	return err_set(e, ERR_MSI_TABLE, "the table %s has no column %s",
	    t->name, name);
}

bool
msi_index(const struct msi_database *d, const struct msi_table *t,
    size_t column, uint32_t **out, struct err *e)
{
	uint32_t *rows = ARENA_ARRAY(d->arena, uint32_t, d->strings.count);

	if (rows == NULL)
		return err_budget(e, d->arena);
	for (size_t i = 0; i < t->row_count; i++) {
		uint32_t number;

		if (!msi_key(d, t, i, column, &number, e))
			return false;
		if (number == 0)
			return bad_table(t, "has a row without a key", e);
		if (rows[number] != 0)
			return bad_table(t, "has two rows of one key", e);
		rows[number] = (uint32_t)i + 1;
	}
	*out = rows;
	return true;
}
