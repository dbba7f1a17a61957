/*
 * cab_layout - the blocks of all folders fill the cabinet from the table of
 * files to its end, and the files fill the folders; see cab.h.
 */
#include "base/text.h"
#include "containers/cab.h"
#include "containers/places.h"

static bool
folders_order(struct cab *c, struct arena *a, struct err *e)
{
	struct place *v = ARENA_ARRAY(a, struct place, c->folder_count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < c->folder_count; i++)
		v[i] = (struct place){ .at = c->folders[i].data,
		    .len = c->folders[i].end - c->folders[i].data,
		    .index = i };
	c->folder_order = places_sort(v, c->folder_count, a);
	return c->folder_order != NULL || err_budget(e, a);
}

/* The first block stands where the table of files ends: see files_read. */
static bool
folders_check(const struct cab *c, struct err *e)
{
	uint64_t at = 0;

	for (size_t k = 0; k < c->folder_count; k++) {
		size_t i = c->folder_order[k];
		const struct cab_folder *f = &c->folders[i];

		if (f->blocks == 0)
			continue;
		if (at != 0 && f->data < at)
			return err_set(e, ERR_CAB_LAYOUT, "folder %zu at %llu "
			    "begins inside of the one before it, which ends "
			    "at %llu", i, (unsigned long long)f->data,
			    (unsigned long long)at);
		if (at != 0 && f->data > at)
			return err_set(e, ERR_CAB_GAP, "%llu bytes lie before "
			    "folder %zu", (unsigned long long)(f->data - at),
			    i);
		at = f->end;
	}
	return at == 0 || at == c->size || err_set(e, ERR_CAB_GAP, "%llu bytes "
	    "lie behind the last folder", (unsigned long long)(c->size - at));
}

static bool
files_order(struct cab *c, struct arena *a, struct err *e)
{
	struct place *v = ARENA_ARRAY(a, struct place, c->file_count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < c->file_count; i++)
		v[i] = (struct place){ .group = c->files[i].folder,
		    .at = c->files[i].offset, .len = c->files[i].size,
		    .index = i };
	c->file_order = places_sort(v, c->file_count, a);
	return c->file_order != NULL || err_budget(e, a);
}

static bool
file_check(const struct cab_file *f, uint64_t at, uint64_t size,
    struct err *e)
{
	if (f->offset > size || f->size > size - f->offset)
		return err_set(e, ERR_CAB_FILE, "\"%s\" (%u bytes at %u) runs "
		    "past the end of its folder (%llu)", CAB_NAME(f), f->size,
		    f->offset, (unsigned long long)size);
	if (f->size > 0 && f->offset != at)
		return err_set(e, ERR_CAB_FILE, "\"%s\" begins at %u of its "
		    "folder, where the file before it ends at %llu",
		    CAB_NAME(f), f->offset, (unsigned long long)at);
	return true;
}

static bool
files_check(const struct cab *c, struct err *e)
{
	size_t k = 0;

	for (size_t i = 0; i < c->folder_count; i++) {
		uint64_t at = 0, size = c->folders[i].size;

		for (; k < c->file_count; k++) {
			const struct cab_file *f = &c->files[c->file_order[k]];

			if (f->folder != i)
				break;
			if (!file_check(f, at, size, e))
				return false;
			at += f->size;
		}
		if (at != size)
			return err_set(e, ERR_CAB_FILE, "the last %llu bytes "
			    "of folder %zu belong to no file",
			    (unsigned long long)(size - at), i);
	}
	return true;
}

bool
cab_layout_check(struct cab *c, struct arena *a, struct err *e)
{
	return folders_order(c, a, e) && folders_check(c, e) &&
	    files_order(c, a, e) && files_check(c, e);
}
