/*
 * cab_write - a cabinet with some contents replaced and others added.
 *
 * A folder with a changed file is packed again as a whole; all other folders
 * are slices of the old file. Names, order, folders, times, attributes and
 * reserves stay. New files share a new folder, the last one. A signature goes:
 * it was over the old bytes.
 */
#include <string.h>

#include "base/text.h"
#include "containers/cab.h"
#include "containers/pieces.h"

/* A folder as it will be. */
struct placed {
	struct rope	data;		/* of a folder that is packed anew */
	bool		anew;
	unsigned	blocks;
	uint16_t	method;
	struct span	reserve;
	uint64_t	at;
};

struct output {
	struct arena		*arena;
	struct spool		*spool;
	const struct listing	*listing;
	const struct cab	*cab;
	struct placed		*folders;	/* new one last */
	size_t			 folder_count;
	struct cab_file		*files;		/* new ones last */
	size_t			 file_count;
	struct pieces		 pieces;
};

/* ---- folders */

/* Packs the files with these contents one after the other. */
static bool
contents_pack(struct output *out, const struct cab_folder *old,
    const struct rope *contents, size_t count, struct placed *to,
    struct err *e)
{
	struct cab_packed packed;
	struct rope all;

	if (!rope_join(out->arena, contents, count, &all, e) ||
	    !cab_pack(out->cab, &out->listing->file, old, &all, to->method,
	    out->arena, out->spool, &packed, e))
		return false;
	to->data = packed.data;
	to->blocks = packed.blocks;
	to->anew = true;
	return true;
}

/* The files order[0..count) are those of folder i; those changed have one. */
static bool
folder_anew(struct output *out, size_t i, const size_t *order, size_t count,
    const struct change *const *changes, struct err *e)
{
	const struct cab *c = out->cab;
	const struct cab_folder *f = &c->folders[i];
	struct placed *to = &out->folders[i];
	struct rope *v = ARENA_ARRAY(out->arena, struct rope, count);
	uint64_t at = 0;

	if (v == NULL)
		return err_budget(e, out->arena);
	if (f->packing->unpack == NULL)
		return err_set(e, ERR_CAB_METHOD, "it is packed by %s, which "
		    "nothing here can do again", f->packing->name);
	for (size_t k = 0; k < count; k++) {
		if (changes[order[k]] != NULL)
			v[k] = changes[order[k]]->contents;
		else if (!cab_file_unpack(c, &out->listing->file, order[k],
		    out->arena, out->spool, &v[k], e))
			return false;
	}
	if ((f->method & 15) != f->packing->again)
		to->method = f->packing->again;
	if (!contents_pack(out, f, v, count, to, e))
		return false;
	for (size_t k = 0; k < count; k++) {
		out->files[order[k]].offset = (uint32_t)at;
		out->files[order[k]].size = (uint32_t)v[k].len;
		at += v[k].len;
	}
	return true;
}

static bool
folders_anew(struct output *out, const struct change *const *changes,
    struct err *e)
{
	const struct cab *c = out->cab;
	size_t k = 0;

	for (size_t i = 0; i < c->folder_count; i++) {
		size_t first = k;
		bool any = false;

		for (; k < c->file_count &&
		    c->files[c->file_order[k]].folder == i; k++)
			any |= changes[c->file_order[k]] != NULL;
		if (any && !folder_anew(out, i, &c->file_order[first],
		    k - first, changes, e))
			return err_at(e, "folder %zu", i);
	}
	return true;
}

/* ---- new files */

/* The name is written as the other names of the cabinet are. */
static bool
new_file(struct output *out, struct span path, struct cab_file *x,
    struct err *e)
{
	const struct cab *c = out->cab;
	char *name = arena_text(out->arena, path);

	if (name == NULL)
		return err_budget(e, out->arena);
	if (path.len > CAB_NAME_MAX || span_ends(path, "/") ||
	    !name_check(path, ERR_CAB_NAME, e))
		return err_set(e, ERR_CAB_NAME, "a new file cannot be named "
		    "\"%s\"", text_show(path).text);
	*x = (struct cab_file){
		.path = path,
		.name = { (const uint8_t *)name, path.len },
		.folder = (uint16_t)c->folder_count,
		.date = c->files[c->file_count - 1].date,
		.time = c->files[c->file_count - 1].time,
		.attributes = CAB_ATTRIBUTE_ARCHIVE,
	};
	for (size_t i = 0; i < path.len; i++) {
		if (path.ptr[i] >= 0x80)
			x->attributes |= CAB_ATTRIBUTE_UTF8;
		if (name[i] == '/' && !c->slashes)
			name[i] = '\\';
	}
	return true;
}

static bool
new_files(struct output *out, const struct change *changes, size_t count,
    struct err *e)
{
	const struct cab *c = out->cab;
	struct placed *to = &out->folders[c->folder_count];
	struct rope *v = ARENA_ARRAY(out->arena, struct rope, count);
	uint8_t *reserve = arena_alloc(out->arena, c->folder_reserve);
	uint64_t at = 0;

	if (v == NULL || reserve == NULL)
		return err_budget(e, out->arena);
	*to = (struct placed){ .method = CAB_MSZIP,
	    .reserve = { reserve, c->folder_reserve } };
	for (size_t i = 0; i < count; i++) {
		v[i] = changes[i].contents;
		if (!new_file(out, changes[i].path,
		    &out->files[c->file_count + i], e))
			return false;
	}
	if (!cab_names_check(out->files, out->file_count, out->arena, e) ||
	    !contents_pack(out, NULL, v, count, to, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct cab_file *x = &out->files[c->file_count + i];

		x->offset = (uint32_t)at;
		x->size = (uint32_t)v[i].len;
		at += v[i].len;
	}
	return true;
}

/* ---- the whole */

/* Which folder is the k-th in the file; a new one comes last. */
static size_t
folder_at(const struct output *out, size_t k)
{
	return k < out->cab->folder_count ? out->cab->folder_order[k] : k;
}

/* folders_place gives each folder its place behind the head; the end. */
static uint64_t
folders_place(struct output *out, uint64_t at)
{
	for (size_t k = 0; k < out->folder_count; k++) {
		size_t i = folder_at(out, k);
		struct placed *p = &out->folders[i];

		p->at = at;
		at += p->anew ? p->data.len :
		    out->cab->folders[i].end - out->cab->folders[i].data;
	}
	return at;
}

/* Folders that were neighbours, and still are, go as one piece. */
static bool
put_folders(struct output *out, struct err *e)
{
	struct pieces *to = &out->pieces;
	uint64_t end = 0;		/* of old folders not yet put */

	for (size_t k = 0; k < out->folder_count; k++) {
		size_t i = folder_at(out, k);
		const struct placed *p = &out->folders[i];

		if (p->anew) {
			if ((end > 0 && !pieces_old(to, end, e)) ||
			    !pieces_rope(to, p->data, e))
				return false;
			end = 0;
		} else if (p->blocks > 0) {
			if (end == 0)
				to->from = out->cab->folders[i].data;
			end = out->cab->folders[i].end;
		}
	}
	return end == 0 || pieces_old(to, end, e);
}

/* What is left of the header's reserve when the signature is gone. */
static void
put_reserves(const struct cab *c, struct buf *b)
{
	struct span reserve = c->reserve;

	buf_u16le(b, (uint16_t)reserve.len);
	buf_u8(b, c->folder_reserve);
	buf_u8(b, c->block_reserve);
	if (c->signature > 0) {
		buf_zero(b, CAB_SIGNED_OWN);
		reserve = span_from(reserve, CAB_SIGNED_OWN);
	}
	buf_put(b, reserve);
}

/* The head's length does not hang on the offsets that are in it. */
static uint64_t
head_len(const struct output *out, uint16_t flags)
{
	const struct cab *c = out->cab;
	uint64_t len = CAB_HEADER_SIZE;

	if ((flags & CAB_FLAG_RESERVE) != 0)
		len += CAB_RESERVES_SIZE + c->reserve.len;
	len += out->folder_count *
	    (uint64_t)(CAB_FOLDER_SIZE + c->folder_reserve);
	for (size_t i = 0; i < out->file_count; i++)
		len += CAB_FILE_SIZE + out->files[i].name.len + 1;
	return len;
}

static void
put_header(const struct output *out, uint16_t flags, uint64_t size,
    struct buf *b)
{
	const struct cab *c = out->cab;
	struct reader old = rd_open(c->header);
	uint64_t files_at = CAB_HEADER_SIZE + out->folder_count *
	    (uint64_t)(CAB_FOLDER_SIZE + c->folder_reserve);

	if ((flags & CAB_FLAG_RESERVE) != 0)
		files_at += CAB_RESERVES_SIZE + c->reserve.len;
	buf_put(b, rd_take(&old, 8));
	buf_u32le(b, (uint32_t)size);
	rd_skip(&old, 4);
	buf_put(b, rd_take(&old, 4));
	buf_u32le(b, (uint32_t)files_at);
	rd_skip(&old, 4);
	buf_put(b, rd_take(&old, 6));		/* reserved, version */
	buf_u16le(b, (uint16_t)out->folder_count);
	buf_u16le(b, (uint16_t)out->file_count);
	buf_u16le(b, flags);
	rd_skip(&old, 6);
	buf_put(b, rd_take(&old, 4));		/* set, number in it */
	if ((flags & CAB_FLAG_RESERVE) != 0)
		put_reserves(c, b);
}

static void
put_tables(const struct output *out, struct buf *b)
{
	for (size_t i = 0; i < out->folder_count; i++) {
		const struct placed *p = &out->folders[i];

		buf_u32le(b, (uint32_t)p->at);
		buf_u16le(b, (uint16_t)p->blocks);
		buf_u16le(b, p->method);
		buf_put(b, p->reserve);
	}
	for (size_t i = 0; i < out->file_count; i++) {
		const struct cab_file *x = &out->files[i];

		buf_u32le(b, x->size);
		buf_u32le(b, x->offset);
		buf_u16le(b, x->folder);
		buf_u16le(b, x->date);
		buf_u16le(b, x->time);
		buf_u16le(b, x->attributes);
		buf_put(b, x->name);
		buf_u8(b, 0);
	}
}

static bool
put_all(struct output *out, struct rope *rope, struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 };
	const struct cab *c = out->cab;
	uint16_t flags = cab_signed_alone(c) ?
	    (uint16_t)(c->flags & ~CAB_FLAG_RESERVE) : c->flags;
	uint64_t size = folders_place(out, head_len(out, flags));

	if (size > UINT32_MAX)
		return err_set(e, ERR_CAB_LIMIT, "the cabinet would have %llu "
		    "bytes, at most %u can be said", (unsigned long long)size,
		    UINT32_MAX);
	put_header(out, flags, size, &head);
	put_tables(out, &head);
	return pieces_bytes(&out->pieces, buf_span(&head), e) &&
	    put_folders(out, e) && pieces_join(&out->pieces, rope, e);
}

/* Everything as it was, with room for what comes. */
static bool
output_open(struct output *out, size_t added, struct err *e)
{
	const struct cab *c = out->cab;

	out->file_count = c->file_count + added;
	out->folder_count = c->folder_count + (added > 0);
	if (out->file_count > CAB_FILES || out->folder_count > CAB_FOLDERS)
		return err_set(e, ERR_CAB_LIMIT, "%zu files in %zu folders, at "
		    "most %u in %u fit into a cabinet", out->file_count,
		    out->folder_count, CAB_FILES, CAB_FOLDERS);
	out->files = ARENA_ARRAY(out->arena, struct cab_file,
	    out->file_count);
	out->folders = ARENA_ARRAY(out->arena, struct placed,
	    out->folder_count);
	if (out->files == NULL || out->folders == NULL)
		return err_budget(e, out->arena);
	memcpy(out->files, c->files, c->file_count * sizeof(*c->files));
	for (size_t i = 0; i < c->folder_count; i++)
		out->folders[i] = (struct placed){
			.blocks = c->folders[i].blocks,
			.method = c->folders[i].method,
			.reserve = c->folders[i].reserve,
		};
	return true;
}

bool
cab_rebuild(const struct listing *l, const struct change *changes,
    size_t count, struct arena *a, struct spool *spool, struct rope *rope,
    struct err *e)
{
	struct output out = { .arena = a, .spool = spool, .listing = l,
	    .cab = l->own, .pieces = { .arena = a, .old = &l->file } };
	const struct cab *c = l->own;
	size_t old = 0;

	*rope = l->file;
	if (count == 0)
		return true;
	const struct change **by_file = ARENA_ARRAY(a, const struct change *,
	    c->file_count);
	if (by_file == NULL)
		return err_budget(e, a);
	for (; old < count && changes[old].index < c->file_count; old++)
		by_file[changes[old].index] = &changes[old];
	return output_open(&out, count - old, e) &&
	    folders_anew(&out, by_file, e) &&
	    (old == count || new_files(&out, &changes[old], count - old,
	    e)) && put_all(&out, rope, e);
}
