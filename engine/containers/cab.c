/*
 * cab - cabinets of Microsoft ([MS-CAB]): the container and its reader.
 *
 *	CFHEADER (36)  [sizes of reserves (4)  reserve]
 *	CFFOLDER (8) [reserve]				  per folder
 *	CFFILE (16) name NUL				  per file
 *	CFDATA (8) [reserve] data			  per block
 *	[signature, which the header's reserve tells of]
 *
 * A folder is a run of bytes, packed in blocks of 32 KiB; a file is a range of
 * one folder. So a file cannot change without its whole folder being packed
 * again, and the other files of that folder get other packed bytes.
 *
 * Every byte of the file belongs to one record or block, every unpacked byte
 * to one file; what programs could read in two ways is refused.
 */
#include <string.h>

#include "base/text.h"
#include "containers/cab.h"

extern const struct container cab_container;

static int
cab_probe(struct span head)
{
	return span_starts(head, "MSCF") ? 95 : 0;
}

/* Each folder's blocks are walked through: sizes, sums, where it ends. */
static bool
folder_measure(const struct cab *c, const struct rope *file,
    struct cab_folder *f, struct cab_walk *w, struct err *e)
{
	struct cab_block b;
	bool done;

	cab_walk_open(w, c, file, f);
	for (;;) {
		if (!cab_walk_next(w, &b, &done, e))
			return false;
		if (done)
			break;
		f->size += b.size;
	}
	f->end = w->at;
	return true;
}

static bool
folders_measure(struct cab *c, const struct rope *file,
    const struct container_limits *limits, struct err *e)
{
	CLEANUP(free_done) struct cab_walk *w = xmalloc(sizeof(*w));
	uint64_t total = 0;

	for (size_t i = 0; i < c->folder_count; i++) {
		if (!folder_measure(c, file, &c->folders[i], w, e))
			return err_at(e, "folder %zu", i);
		total += c->folders[i].size;
	}
	return container_size_check(limits, file->len, total, e);
}

static bool
listing_fill(const struct cab *c, struct arena *a, struct listing *out,
    struct err *e)
{
	out->entries = ARENA_ARRAY(a, struct entry, c->file_count);
	out->count = c->file_count;
	if (out->entries == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < c->file_count; i++)
		out->entries[i] = (struct entry){ .path = c->files[i].path,
		    .size = c->files[i].size };
	return true;
}

bool
cab_names_check(const struct cab_file *files, size_t count, struct arena *a,
    struct err *e)
{
	const struct names_terms terms = { .ignore_case = true,
	    .twice = ERR_CAB_NAME_TWICE };
	struct span *names = ARENA_ARRAY(a, struct span, count);

	if (names == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		names[i] = files[i].path;
	return names_check(names, count, &terms, a, e);
}

static bool
notes_make(const struct cab *c, struct arena *a, struct listing *out,
    struct err *e)
{
	bool lzx = false;

	for (size_t i = 0; i < c->folder_count; i++)
		lzx |= c->folders[i].packing == cab_packing_find(CAB_LZX);
	if (c->signature > 0 && !listing_note(out, a, "the signature of the "
	    "cabinet is taken out: it would not fit the new contents", e))
		return false;
	return !lzx || listing_note(out, a, "folders that are packed by LZX "
	    "are packed again by MSZIP if a file in them changes: the cabinet "
	    "becomes larger", e);
}

static bool
cab_list(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct listing *out, struct err *e)
{
	struct cab *c = ARENA_NEW(a, struct cab);

	if (c == NULL)
		return err_budget(e, a);
	c->spool = spool;
	c->arena = a;
	*out = (struct listing){ .container = &cab_container, .file = *file,
	    .own = c };
	return cab_read(file, limits, a, c, e) &&
	    cab_names_check(c->files, c->file_count, a, e) &&
	    folders_measure(c, file, limits, e) &&
	    cab_layout_check(c, a, e) && listing_fill(c, a, out, e) &&
	    notes_make(c, a, out, e);
}

static bool
cab_contents(const struct listing *l, size_t index, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	const struct cab *c = l->own;

	if (!cab_file_unpack(c, &l->file, index, a, spool, out, e))
		return err_at(e, "entry \"%s\"", CAB_NAME(&c->files[index]));
	return true;
}

const struct container cab_container = {
	.name		= "cab",
	.ignore_case	= true,
	.probe		= cab_probe,
	.list		= cab_list,
	.contents	= cab_contents,
	.rebuild	= cab_rebuild,
	.kept		= cab_kept,
};
