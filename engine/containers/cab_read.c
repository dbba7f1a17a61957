/* cab_read - the tables of a cabinet; see cab.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/cab.h"

#define VERSION		0x0103u		/* 1.3: the only one */

/* What this reader asks of the header besides. */
static bool
header_check(const struct cab_head *h, struct err *e)
{
	if (h->version != VERSION)
		return err_set(e, ERR_CAB_HEADER, "its version is %u.%u, not "
		    "1.3", h->version >> 8, h->version & 0xff);
	return (h->folder_count > 0 && h->file_count > 0) || err_set(e,
	    ERR_CAB_HEADER, "it has %u folders and %u files",
	    h->folder_count, h->file_count);
}

static void
head_take(const struct cab_head *h, struct cab *c)
{
	c->header = h->fixed;
	c->flags = h->flags;
	c->reserve = h->reserve;
	c->folder_reserve = h->folder_reserve;
	c->block_reserve = h->block_reserve;
	c->size = h->size;
	c->signature = h->signature;
	c->files_at = h->files_at;
	c->folder_count = h->folder_count;
	c->file_count = h->file_count;
}

bool
cab_signed_alone(const struct cab *c)
{
	struct reader r = rd_open(c->reserve);

	rd_skip(&r, CAB_SIGNED_OWN);
	return c->signature > 0 && c->reserve.len == CAB_SIGNED_SIZE &&
	    c->folder_reserve == 0 && c->block_reserve == 0 &&
	    rd_u64le(&r) == 0;
}

static bool
folder_parse(const struct cab *c, struct reader *r, struct cab_folder *f,
    struct err *e)
{
	f->data = rd_u32le(r);
	f->blocks = rd_u16le(r);
	f->method = rd_u16le(r);
	f->reserve = rd_take(r, c->folder_reserve);
	f->packing = cab_packing_find(f->method);
	if (f->packing == NULL)
		return err_set(e, ERR_CAB_METHOD, "it is packed by the unknown "
		    "method 0x%04x", f->method);
	return f->data <= c->size || err_set(e, ERR_CAB_LAYOUT, "its data at "
	    "%llu would be outside of the cabinet (%u bytes)",
	    (unsigned long long)f->data, c->size);
}

static bool
folders_read(struct span table, struct arena *a, struct cab *c,
    struct err *e)
{
	struct reader r = rd_open(table);

	c->folders = ARENA_ARRAY(a, struct cab_folder, c->folder_count);
	if (c->folders == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < c->folder_count; i++)
		if (!folder_parse(c, &r, &c->folders[i], e))
			return err_at(e, "folder %zu", i);
	return true;
}

/* The name of a file ends with NUL; old names have no known character set. */
static bool
name_take(struct reader *r, struct cab_file *f, struct err *e)
{
	struct span rest = span_from(r->in, r->at);

	if (!span_split(&rest, 0, &f->name) ||
	    f->name.len == rd_left(r))
		return err_set(e, ERR_CAB_LAYOUT, "its name has no end");
	rd_skip(r, f->name.len + 1);
	if (f->name.len > CAB_NAME_MAX)
		return err_set(e, ERR_CAB_NAME, "its name has %zu bytes, at "
		    "most %u are allowed", f->name.len, CAB_NAME_MAX);
	if (span_ends(f->name, "\\") || span_ends(f->name, "/") ||
	    (f->attributes & CAB_ATTRIBUTE_FOLDER) != 0)
		return err_set(e, ERR_CAB_NAME, "\"%s\" is a folder, not a "
		    "file", text_show(f->name).text);
	if ((f->attributes & CAB_ATTRIBUTE_UTF8) != 0)
		return true;
	for (size_t i = 0; i < f->name.len; i++)
		if (f->name.ptr[i] >= 0x80)
			return err_set(e, ERR_CAB_NAME, "the name \"%s\" does "
			    "not say that it is UTF-8",
			    text_show(f->name).text);
	return true;
}

/* Windows takes both separators, other programs the one that they find. */
static bool
path_make(struct cab *c, struct cab_file *f, bool *backslashes,
    struct arena *a, struct err *e)
{
	char *path = arena_text(a, f->name);

	if (path == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < f->name.len; i++) {
		c->slashes |= path[i] == '/';
		*backslashes |= path[i] == '\\';
		if (path[i] == '\\')
			path[i] = '/';
	}
	if (c->slashes && *backslashes)
		return err_set(e, ERR_CAB_NAME, "the cabinet has names with "
		    "'/' and names with '\\', up to \"%s\"",
		    text_show(f->name).text);
	f->path = (struct span){ (const uint8_t *)path, f->name.len };
	return name_check(f->path, ERR_CAB_NAME, e);
}

static bool
file_parse(const struct cab *c, struct reader *r, struct cab_file *f,
    struct err *e)
{
	f->size = rd_u32le(r);
	f->offset = rd_u32le(r);
	f->folder = rd_u16le(r);
	f->date = rd_u16le(r);
	f->time = rd_u16le(r);
	f->attributes = rd_u16le(r);
	if (!rd_ok(r))
		return err_set(e, ERR_CAB_LAYOUT, "the table of files is cut");
	if (f->folder >= CAB_FOLDERS)
		return err_set(e, ERR_CAB_VOLUMES,
		    "it goes on in another cabinet");
	if (f->folder >= c->folder_count)
		return err_set(e, ERR_CAB_FILE, "it lies in folder %u, but "
		    "there are %zu folders", f->folder, c->folder_count);
	return name_take(r, f, e);
}

/* Where the first block is: the table of files ends there. */
static uint64_t
data_begin(const struct cab *c)
{
	uint64_t first = c->size;

	for (size_t i = 0; i < c->folder_count; i++)
		if (c->folders[i].blocks > 0 && c->folders[i].data < first)
			first = c->folders[i].data;
	return first;
}

static bool
files_read(const struct rope *file, struct arena *a, struct cab *c,
    struct err *e)
{
	uint64_t end = data_begin(c), len = end - c->files_at;
	bool backslashes = false;
	struct span table;

	if (end < c->files_at)
		return err_set(e, ERR_CAB_LAYOUT, "data at %llu begins before "
		    "the table of files ends", (unsigned long long)end);
	if (len > c->file_count * (uint64_t)(CAB_FILE_SIZE +
	    2 * CAB_NAME_MAX))
		return err_set(e, ERR_CAB_GAP, "%zu files do not need a table "
		    "of %llu bytes", c->file_count, (unsigned long long)len);
	c->files = ARENA_ARRAY(a, struct cab_file, c->file_count);
	if (c->files == NULL)
		return err_budget(e, a);
	if (!rope_view(a, file, c->files_at, len, &table, e))
		return false;
	struct reader r = rd_open(table);
	for (size_t i = 0; i < c->file_count; i++)
		if (!file_parse(c, &r, &c->files[i], e) ||
		    !path_make(c, &c->files[i], &backslashes, a, e))
			return err_at(e, "entry %zu", i);
	return rd_end(&r) || err_set(e, ERR_CAB_GAP, "%zu bytes lie between "
	    "the table of files and the data", rd_left(&r));
}

bool
cab_read(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct cab *c, struct err *e)
{
	struct cab_head h;

	if (!cab_fixed_read(file, &h, e) || !header_check(&h, e) ||
	    !container_count_check(limits, h.file_count, e) ||
	    !cab_head_read(file, a, &h, e))
		return false;
	head_take(&h, c);
	return folders_read(h.folders, a, c, e) && files_read(file, a, c, e);
}
