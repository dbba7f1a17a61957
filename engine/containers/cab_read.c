/* cab_read - header and tables of a cabinet; see cab.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/cab.h"

#define VERSION		0x0103u		/* 1.3: the only one */

static bool
truncated(const struct rope *file, uint64_t need, struct err *e)
{
	return err_set(e, ERR_CAB_TRUNCATED, "it should have %llu bytes, but "
	    "there are %llu", (unsigned long long)need,
	    (unsigned long long)file->len);
}

/* The fixed part of the header, 2.1. */
static bool
header_read(const struct rope *file, struct arena *a, struct cab *c,
    struct err *e)
{
	if (file->len < CAB_HEADER_SIZE)
		return truncated(file, CAB_HEADER_SIZE, e);
	if (!rope_view(a, file, 0, CAB_HEADER_SIZE, &c->header, e))
		return false;
	struct reader r = rd_open(c->header);
	if (!span_is(rd_take(&r, 4), "MSCF"))
		return err_set(e, ERR_CAB_HEADER, "it begins with other bytes "
		    "than MSCF");
	rd_skip(&r, 4);
	c->size = rd_u32le(&r);
	rd_skip(&r, 4);
	c->files_at = rd_u32le(&r);
	rd_skip(&r, 4);
	uint16_t version = rd_u16le(&r);
	c->folder_count = rd_u16le(&r);
	c->file_count = rd_u16le(&r);
	c->flags = rd_u16le(&r);
	if (version != VERSION)
		return err_set(e, ERR_CAB_HEADER, "its version is %u.%u, not "
		    "1.3", version >> 8, version & 0xff);
	if ((c->flags & (CAB_FLAG_PREVIOUS | CAB_FLAG_NEXT)) != 0)
		return err_set(e, ERR_CAB_VOLUMES,
		    "it is one of several cabinets of a set");
	if ((c->flags & ~CAB_FLAG_RESERVE) != 0)
		return err_set(e, ERR_CAB_HEADER, "its flags are 0x%04x",
		    c->flags);
	if (c->folder_count == 0 || c->file_count == 0)
		return err_set(e, ERR_CAB_HEADER, "it has %zu folders and %zu "
		    "files", c->folder_count, c->file_count);
	return file->len >= c->size || truncated(file, c->size, e);
}

/* reserves_read gives the end of the header. */
static bool
reserves_read(const struct rope *file, struct arena *a, struct cab *c,
    uint64_t *end, struct err *e)
{
	struct span sizes;

	*end = CAB_HEADER_SIZE;
	if ((c->flags & CAB_FLAG_RESERVE) == 0)
		return true;
	if (c->size < CAB_HEADER_SIZE + CAB_RESERVES_SIZE)
		return err_set(e, ERR_CAB_LAYOUT, "its header does not fit "
		    "into %u bytes", c->size);
	if (!rope_view(a, file, *end, CAB_RESERVES_SIZE, &sizes, e))
		return false;
	struct reader r = rd_open(sizes);
	uint16_t len = rd_u16le(&r);
	c->folder_reserve = rd_u8(&r);
	c->block_reserve = rd_u8(&r);
	*end += CAB_RESERVES_SIZE;
	if (c->size < *end + len)
		return err_set(e, ERR_CAB_LAYOUT, "its header does not fit "
		    "into %u bytes", c->size);
	if (!rope_view(a, file, *end, len, &c->reserve, e))
		return false;
	*end += len;
	return true;
}

/*
 * A signature stands behind the cabinet, and the header's reserve says so;
 * nothing else may. A reserve that is kept free for one tells of none.
 */
static bool
signature_read(const struct rope *file, struct cab *c, struct err *e)
{
	struct reader r = rd_open(c->reserve);
	uint32_t word = rd_u32le(&r), at = rd_u32le(&r), len = rd_u32le(&r);
	uint64_t behind = file->len - c->size;
	bool told = c->reserve.len >= CAB_SIGNED_SIZE &&
	    word == CAB_SIGNED_WORD && (at != 0 || len != 0);

	if (told && (at != c->size || len == 0))
		return err_set(e, ERR_CAB_LAYOUT, "the header tells of a "
		    "signature of %u bytes at %u, where the cabinet has %u "
		    "bytes", len, at, c->size);
	if (told && behind < len)
		return truncated(file, (uint64_t)c->size + len, e);
	if (behind != (told ? len : 0))
		return err_set(e, ERR_CAB_TRAILING, "%llu bytes stand behind "
		    "the cabinet", (unsigned long long)(behind -
		    (told ? len : 0)));
	c->signature = told ? len : 0;
	return true;
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

/* The table of folders, 2.2: from at to that of the files. */
static bool
folders_read(const struct rope *file, struct arena *a, uint64_t at,
    struct cab *c, struct err *e)
{
	uint64_t len = (uint64_t)c->folder_count *
	    (CAB_FOLDER_SIZE + c->folder_reserve);
	struct span table;

	if (at + len > c->files_at || c->files_at > c->size)
		return err_set(e, ERR_CAB_LAYOUT, "%zu folders do not fit in "
		    "before the table of files at %u", c->folder_count,
		    c->files_at);
	if (at + len < c->files_at)
		return err_set(e, ERR_CAB_GAP, "%llu bytes lie between the "
		    "folders and the table of files",
		    (unsigned long long)(c->files_at - at - len));
	c->folders = ARENA_ARRAY(a, struct cab_folder, c->folder_count);
	if (c->folders == NULL)
		return err_budget(e, a);
	if (!rope_view(a, file, at, len, &table, e))
		return false;
	struct reader r = rd_open(table);
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
	uint64_t end;

	return header_read(file, a, c, e) &&
	    container_count_check(limits, c->file_count, e) &&
	    reserves_read(file, a, c, &end, e) &&
	    signature_read(file, c, e) && folders_read(file, a, end, c, e) &&
	    files_read(file, a, c, e);
}
