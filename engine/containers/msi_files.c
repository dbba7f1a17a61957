/*
 * msi_files - where the contents of the files of a database are.
 *
 * A file is in the cabinet of the first row of Media, by DiskId, whose
 * LastSequence is not less than the file's Sequence. Its name in there is its
 * key in the table File. "#name" is a cabinet in the stream of that name; any
 * other lies beside the database, as do files that are not compressed. A merge
 * module has one cabinet and no Media.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/msi.h"

#define MODULE_CABINET	"MergeModule.CABinet"

/* File.Attributes: what is said here, the package need not say. */
enum { NOT_COMPRESSED = 0x2000, COMPRESSED = 0x4000 };

struct media {
	int64_t			 disk;
	int64_t			 last;		/* or of one before it */
	struct msi_cabinet	*cabinet;	/* NULL: not in here */
};

struct filing {
	struct msi		*msi;
	struct arena		*arena;
	struct container_limits	 left;
	struct media		*media;		/* by disk */
	size_t			 media_count;
	struct msi_cabinet	*module;	/* of a merge module */
	bool			 compressed;	/* unless a file says else */
	uint32_t		*hashes;	/* row + 1 by key of the file */
};

extern const struct container cab_container;

/* ---- cabinets */

struct named {
	struct span	name;
	size_t		index;
};

static int
named_order(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

static bool
cabinet_sort(struct msi_cabinet *c, struct arena *a, struct err *e)
{
	size_t count = c->listing.count;
	struct named *v = ARENA_ARRAY(a, struct named, count);

	c->by_name = ARENA_ARRAY(a, size_t, count);
	c->taken = ARENA_ARRAY(a, bool, count);
	if (v == NULL || c->by_name == NULL || c->taken == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		v[i] = (struct named){ c->listing.entries[i].path, i };
	if (count > 0)
		qsort(v, count, sizeof(*v), named_order);
	for (size_t i = 0; i < count; i++)
		c->by_name[i] = v[i].index;
	return true;
}

static size_t
cabinet_find(const struct msi_cabinet *c, struct span name)
{
	size_t from = 0, to = c->listing.count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		size_t index = c->by_name[middle];
		int order = span_cmp(c->listing.entries[index].path, name);

		if (order == 0)
			return index;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return SIZE_MAX;
}

/* Limits are for the whole: what one cabinet takes is not left for others. */
static bool
size_take(struct filing *f, uint64_t size, struct err *e)
{
	if (size > f->left.unpacked)
		return err_set(e, ERR_LIMIT_SIZE, "its files have more bytes "
		    "than are allowed");
	f->left.unpacked -= size;
	return true;
}

/* Not to be read is no error: the database can be signed all the same. */
static bool
cabinet_fail(const struct err *why)
{
	return why->what->kind == ERR_KIND_INPUT &&
	    !err_is(why, ERR_LIMIT_SIZE) && !err_is(why, ERR_LIMIT_MEMORY) &&
	    !err_is(why, ERR_LIMIT_ENTRIES) && !err_is(why, ERR_LIMIT_RATIO);
}

static bool
cabinet_list(struct filing *f, struct msi_cabinet *c, struct err *e)
{
	struct err why = { 0 };

	if (!cab_container.list(compound_contents(&f->msi->compound,
	    c->stream), &f->left, f->arena, f->msi->spool, &c->listing,
	    &why)) {
		if (!cabinet_fail(&why)) {
			*e = why;
			return false;
		}
		c->listing = (struct listing){ 0 };
		c->unreadable = arena_printf(f->arena, "its cabinet cannot be "
		    "read: %s", why.text);
		return c->unreadable != NULL || err_budget(e, f->arena);
	}
	for (size_t i = 0; i < c->listing.count; i++)
		if (!size_take(f, c->listing.entries[i].size, e))
			return false;
	return cabinet_sort(c, f->arena, e);
}

/* Two rows of Media may name one cabinet. */
static bool
cabinet_open(struct filing *f, struct span name, size_t stream,
    struct msi_cabinet **out, struct err *e)
{
	struct msi *m = f->msi;
	struct msi_cabinet *c;

	*out = m->by_stream[stream];
	if (*out != NULL)
		return true;
	m->cabinets = arena_grow(f->arena, m->cabinets, m->cabinet_count,
	    sizeof(struct msi_cabinet *));
	c = ARENA_NEW(f->arena, struct msi_cabinet);
	if (m->cabinets == NULL || c == NULL)
		return err_budget(e, f->arena);
	*c = (struct msi_cabinet){ .number = m->cabinet_count, .name = name,
	    .stream = stream };
	m->cabinets[m->cabinet_count++] = c;
	m->by_stream[stream] = c;
	*out = c;
	return cabinet_list(f, c, e) || err_at(e, "the cabinet \"%s\"",
	    text_show(name).text);
}

/* ---- media */

static int
media_order(const void *a, const void *b)
{
	const struct media *x = a, *y = b;

	return (x->disk > y->disk) - (x->disk < y->disk);
}

/* The first that is not less is the first whose maximum so far is not. */
static void
media_sort(struct filing *f)
{
	if (f->media_count > 0)
		qsort(f->media, f->media_count, sizeof(*f->media),
		    media_order);
	for (size_t i = 1; i < f->media_count; i++)
		if (f->media[i].last < f->media[i - 1].last)
			f->media[i].last = f->media[i - 1].last;
}

/* "#name" is the cabinet in the stream of that name. */
static bool
media_cabinet(struct filing *f, struct span name, struct media *to,
    struct err *e)
{
	CLEANUP(buf_done) struct buf utf8 = { 0 };
	struct span inside = span_from(name, 1);
	size_t stream;

	if (!span_starts(name, "#"))
		return true;
	if (!msi_utf8(&f->msi->database.strings, inside, &utf8, e) ||
	    !msi_stream_find(&f->msi->compound, buf_span(&utf8), false,
	    &stream, e))
		return false;
	return stream == SIZE_MAX || cabinet_open(f, inside, stream,
	    &to->cabinet, e);
}

static bool
media_read(struct filing *f, struct err *e)
{
	const struct msi_database *d = &f->msi->database;
	size_t disk, last, cabinet;
	struct msi_table t;
	struct span name;

	if (!msi_table_read(d, "Media", &t, e))
		return false;
	if (!t.there)
		return true;
	f->media = ARENA_ARRAY(f->arena, struct media, t.row_count);
	if (f->media == NULL)
		return err_budget(e, f->arena);
	if (!msi_column(&t, "DiskId", MSI_NUMBER, &disk, e) ||
	    !msi_column(&t, "LastSequence", MSI_NUMBER, &last, e) ||
	    !msi_column(&t, "Cabinet", MSI_TEXT, &cabinet, e))
		return false;
	for (f->media_count = 0; f->media_count < t.row_count;
	    f->media_count++) {
		struct media *to = &f->media[f->media_count];

		to->disk = msi_number(&t, f->media_count, disk);
		to->last = msi_number(&t, f->media_count, last);
		if (!msi_string(d, &t, f->media_count, cabinet, &name, e) ||
		    !media_cabinet(f, name, to, e))
			return false;
	}
	media_sort(f);
	return true;
}

static bool
module_read(struct filing *f, struct err *e)
{
	struct span name = SPAN_TEXT(MODULE_CABINET);
	struct msi_table t;
	size_t stream;

	if (!msi_table_read(&f->msi->database, "ModuleSignature", &t, e) ||
	    !msi_stream_find(&f->msi->compound, name, false, &stream, e))
		return false;
	return !t.there || stream == SIZE_MAX || cabinet_open(f, name, stream,
	    &f->module, e);
}

/* ---- files */

static const struct media *
media_of(const struct filing *f, size_t row)
{
	int64_t sequence = msi_number(&f->msi->file, row,
	    f->msi->in.sequence);
	size_t from = 0, to = f->media_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (f->media[middle].last < sequence)
			from = middle + 1;
		else
			to = middle;
	}
	return from < f->media_count ? &f->media[from] : NULL;
}

static struct msi_cabinet *
cabinet_of(const struct filing *f, size_t row)
{
	int64_t attributes = msi_number(&f->msi->file, row,
	    f->msi->in.attributes);
	const struct media *media = media_of(f, row);

	if (f->module != NULL)
		return f->module;
	if ((attributes & NOT_COMPRESSED) != 0 || media == NULL ||
	    (!f->compressed && (attributes & COMPRESSED) == 0))
		return NULL;
	return media->cabinet;
}

static bool
file_source(struct filing *f, size_t row, struct msi_source *to,
    struct err *e)
{
	const struct msi *m = f->msi;
	struct msi_cabinet *c = cabinet_of(f, row);
	struct span key;
	uint32_t number;

	if (!msi_key(&m->database, &m->file, row, m->in.key, &number, e))
		return false;
	key = m->database.strings.items[number];
	if (c != NULL)
		c->wanted = true;
	*to = (struct msi_source){ .cabinet = c, .row = row,
	    .index = c == NULL || c->unreadable != NULL ? SIZE_MAX :
	    cabinet_find(c, key), .hash = SIZE_MAX };
	if (f->hashes != NULL && f->hashes[number] != 0)
		to->hash = f->hashes[number] - 1;
	if (c == NULL)
		to->opaque = "it is not in the database, but beside it";
	else if (c->unreadable != NULL)
		to->opaque = c->unreadable;
	else if (to->index == SIZE_MAX)
		to->opaque = "it is not in the cabinet where it should be";
	if (to->opaque != NULL)
		return true;
	if (c->taken[to->index])
		return err_set(e, ERR_MSI_TABLE, "two files of the table File "
		    "have the key \"%s\"", text_show(key).text);
	c->taken[to->index] = true;
	return true;
}

static struct entry
file_entry(const struct msi *m, const struct msi_source *s, struct span path)
{
	int64_t size = msi_number(&m->file, s->row, m->in.size);

	return (struct entry){ .path = path, .opaque = s->opaque != NULL,
	    .size = s->opaque != NULL ? (size > 0 ? (uint64_t)size : 0) :
	    s->cabinet->listing.entries[s->index].size };
}

/* ---- the table Binary */

static bool
binary_source(struct filing *f, struct span name, struct entry *entry,
    struct msi_source *to, struct err *e)
{
	const struct msi *m = f->msi;
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf stream = { 0 };

	buf_text(&path, MSI_BINARIES "/");
	buf_text(&stream, "Binary.");
	*to = (struct msi_source){ .row = SIZE_MAX, .hash = SIZE_MAX };
	if (!msi_part(&m->database, name, &path, e) ||
	    !msi_utf8(&m->database.strings, name, &stream, e) ||
	    !msi_stream_find(&m->compound, buf_span(&stream), false,
	    &to->index, e))
		return false;
	if (to->index == SIZE_MAX)
		to->opaque = "its stream is not there";
	else if (m->by_stream[to->index] != NULL)
		return err_set(e, ERR_MSI_TABLE, "one stream is both a "
		    "cabinet and \"%s\" of the table Binary",
		    text_show(name).text);
	entry->opaque = to->opaque != NULL;
	entry->size = to->opaque != NULL ? 0 :
	    compound_size(&m->compound, to->index);
	if (!arena_copy(f->arena, buf_span(&path), &entry->path))
		return err_budget(e, f->arena);
	return size_take(f, entry->size, e);
}

/* ---- all */

static bool
columns_find(struct filing *f, struct err *e)
{
	struct msi *m = f->msi;
	static const char *const parts[] = { "HashPart1", "HashPart2",
		"HashPart3", "HashPart4" };
	size_t key;

	if (m->file.there && (!msi_column(&m->file, "File", MSI_TEXT,
	    &m->in.key, e) || !msi_column(&m->file, "Component_", MSI_TEXT,
	    &m->in.component, e) || !msi_column(&m->file, "FileName",
	    MSI_TEXT, &m->in.name, e) || !msi_column(&m->file, "FileSize",
	    MSI_NUMBER, &m->in.size, e) || !msi_column(&m->file, "Attributes",
	    MSI_NUMBER, &m->in.attributes, e) || !msi_column(&m->file,
	    "Sequence", MSI_NUMBER, &m->in.sequence, e)))
		return false;
	if (!m->hash.there)
		return true;
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (!msi_column(&m->hash, parts[i], MSI_NUMBER,
		    &m->hash_parts[i], e))
			return false;
		if (m->hash.columns[m->hash_parts[i]].width != 4)
			return err_set(e, ERR_MSI_TABLE, "a sum of the table "
			    "MsiFileHash has two bytes");
	}
	return msi_column(&m->hash, "File_", MSI_TEXT, &key, e) &&
	    msi_index(&m->database, &m->hash, key, &f->hashes, e);
}

static bool
files_fill(struct filing *f, struct listing *out, struct err *e)
{
	struct msi *m = f->msi;
	size_t count = m->file.row_count;
	struct span *paths = ARENA_ARRAY(f->arena, struct span, count);
	uint32_t *keys;

	if (paths == NULL)
		return err_budget(e, f->arena);
	if (count == 0)
		return true;
	if (!msi_index(&m->database, &m->file, m->in.key, &keys, e) ||
	    !msi_paths(m, paths, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!file_source(f, i, &m->sources[i], e))
			return false;
		out->entries[i] = file_entry(m, &m->sources[i], paths[i]);
	}
	return true;
}

static bool
binaries_fill(struct filing *f, const struct msi_table *t, size_t column,
    struct listing *out, struct err *e)
{
	struct msi *m = f->msi;

	for (size_t i = 0; i < t->row_count; i++) {
		size_t at = m->file.row_count + i;
		struct span name;

		if (!msi_string(&m->database, t, i, column, &name, e) ||
		    !binary_source(f, name, &out->entries[at],
		    &m->sources[at], e))
			return false;
	}
	return true;
}

bool
msi_files(struct msi *m, const struct container_limits *limits,
    struct listing *out, struct err *e)
{
	struct arena *a = m->database.arena;
	struct filing f = { .msi = m, .arena = a, .left = *limits };
	struct msi_table binary;
	size_t name = 0;

	if (!msi_table_read(&m->database, "File", &m->file, e) ||
	    !msi_table_read(&m->database, "MsiFileHash", &m->hash, e) ||
	    !msi_table_read(&m->database, "Binary", &binary, e) ||
	    (binary.there && !msi_column(&binary, "Name", MSI_TEXT, &name,
	    e)))
		return false;
	out->count = m->file.row_count + binary.row_count;
	if (!container_count_check(limits, out->count, e))
		return false;
	out->entries = ARENA_ARRAY(a, struct entry, out->count);
	m->sources = ARENA_ARRAY(a, struct msi_source, out->count);
	m->by_stream = ARENA_ARRAY(a, struct msi_cabinet *,
	    compound_count(&m->compound));
	if (out->entries == NULL || m->sources == NULL ||
	    m->by_stream == NULL)
		return err_budget(e, a);
	return columns_find(&f, e) && msi_compressed(m, &f.compressed, e) &&
	    media_read(&f, e) && module_read(&f, e) &&
	    files_fill(&f, out, e) && binaries_fill(&f, &binary, name, out, e);
}
