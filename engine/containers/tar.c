/*
 * tar - archives of POSIX.1 (ustar, pax), GNU tar and Unix V7: the reader.
 *
 *	[extended header (512)  records or a long name, padded]
 *	header (512)  data, padded with zeros to 512		   per entry
 *	...
 *	two or more records of zeros
 *
 * There is no directory: readers go from front to back, and what they do with
 * a second entry of a name, a size told twice or a name that leads elsewhere
 * differs. Such archives are refused: nobody could tell which files were
 * signed. A file may come packed as a whole (wrap.h).
 *
 * A symbolic link may lead anywhere, as no entry's path may go through one; a
 * hard link stands for a file of this archive that came before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/tar.h"

#define HEAD_WHOLE	4096	/* a head that is shorter is a whole file */

extern const struct container tar_container;

static bool
looks_like_tar(const struct tar_record *r)
{
	struct err e;

	return !span_zero(SPAN(r->bytes)) && tar_header_check(r, &e);
}

/* Packed bytes may be too few to tell: then the name decides. */
static int
tar_probe(struct span head)
{
	struct tar_record r;
	struct span first;

	if (wrap_probe(head) == NULL) {
		if (!span_cut(head, 0, TAR_RECORD, &first))
			return 0;
		memcpy(r.bytes, first.ptr, TAR_RECORD);
		return looks_like_tar(&r) ? 90 : 0;
	}
	if (wrap_peek(head, r.bytes, TAR_RECORD) == TAR_RECORD)
		return looks_like_tar(&r) ? 90 : 0;
	return head.len >= HEAD_WHOLE ? 1 : 0;
}

struct span
tar_path(struct span written)
{
	return span_starts(written, "./") && written.len > 2 ?
	    span_from(written, 2) : written;
}

/* ---- names */

struct sorted {
	struct span	path;
	size_t		index;
};

static int
sorted_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = span_cmp(x->path, y->path);

	return order != 0 ? order : (x->index > y->index) -
	    (x->index < y->index);
}

static bool
order_fill(struct tar *t, struct arena *a, struct err *e)
{
	struct sorted *v = ARENA_ARRAY(a, struct sorted, t->count);

	t->order = ARENA_ARRAY(a, size_t, t->count);
	if (v == NULL || t->order == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < t->count; i++)
		v[i] = (struct sorted){ t->entries[i].path, i };
	if (t->count > 0)
		qsort(v, t->count, sizeof(*v), sorted_order);
	for (size_t i = 0; i < t->count; i++)
		t->order[i] = v[i].index;
	return true;
}

bool
tar_find(const struct tar *t, struct span path, size_t *index)
{
	size_t from = 0, to = t->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = span_cmp(t->entries[t->order[middle]].path, path);

		if (order == 0) {
			*index = t->order[middle];
			return true;
		}
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

bool
tar_names_check(const struct tar *t, const struct change *more, size_t count,
    struct arena *a, struct err *e)
{
	const struct names_terms terms = { .twice = ERR_TAR_NAME_TWICE };
	struct span *names = ARENA_ARRAY(a, struct span, t->count + count);

	if (names == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < t->count; i++) {
		const struct tar_entry *x = &t->entries[i];
		char *folder;

		names[i] = x->path;
		if (!x->type->directory)
			continue;
		folder = arena_printf(a, "%.*s/", (int)x->path.len,
		    (const char *)x->path.ptr);
		if (folder == NULL)
			return err_budget(e, a);
		names[i] = SPAN_TEXT(folder);
	}
	for (size_t i = 0; i < count; i++)
		names[t->count + i] = more[i].path;
	return names_check(names, t->count + count, &terms, a, e);
}

/* Readers make a hard link to what they have unpacked under that name. */
static bool
hard_link_check(const struct tar *t, size_t index, struct err *e)
{
	const struct tar_entry *x = &t->entries[index];
	size_t target;

	if (x->type->type != '1')
		return true;
	if (!tar_find(t, tar_path(x->link), &target) || target >= index ||
	    !t->entries[target].type->data)
		return err_set(e, ERR_TAR_LINK, "entry \"%s\": it is a hard "
		    "link to \"%s\", but no file of that name stands before "
		    "it", TAR_NAME(x), text_show(x->link).text);
	return true;
}

/* ---- verbs */

static bool
sizes_check(const struct tar *t, const struct container_limits *limits,
    uint64_t packed, struct err *e)
{
	uint64_t total = 0;

	for (size_t i = 0; i < t->count; i++)
		total += t->entries[i].size;
	return container_size_check(limits, packed, total, e);
}

static bool
listing_fill(const struct tar *t, struct arena *a, struct listing *out,
    struct err *e)
{
	out->entries = ARENA_ARRAY(a, struct entry, t->count);
	out->count = t->count;
	if (out->entries == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < t->count; i++) {
		const struct tar_entry *x = &t->entries[i];
		bool opaque = x->type->opaque || x->sparse;

		out->entries[i] = (struct entry){ .path = x->path,
		    .size = opaque ? 0 : x->size,
		    .directory = x->type->directory, .opaque = opaque };
	}
	return true;
}

static bool
packing_note(const struct tar *t, struct arena *a, struct listing *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	if (t->wrap.kind == NULL)
		return true;
	buf_printf(&text, "the whole archive is packed again by %s",
	    t->wrap.kind->name);
	return listing_note(out, a, buf_cstr(&text), e);
}

static bool
tar_list(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct listing *out, struct err *e)
{
	struct tar *t = ARENA_NEW(a, struct tar);

	if (t == NULL)
		return err_budget(e, a);
	if (!wrap_open(file, limits, a, spool, &t->wrap, &t->plain, e) ||
	    !tar_read(t, limits, a, e) ||
	    !sizes_check(t, limits, file->len, e) ||
	    !tar_names_check(t, NULL, 0, a, e) || !order_fill(t, a, e))
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (!hard_link_check(t, i, e))
			return false;
	*out = (struct listing){ .container = &tar_container, .file = *file,
	    .own = t };
	return listing_fill(t, a, out, e) && packing_note(t, a, out, e);
}

static bool
tar_contents(const struct listing *l, size_t index, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	const struct tar *t = l->own;
	const struct tar_entry *x = &t->entries[index];

	(void)spool;
	if (l->entries[index].opaque)
		return err_set(e, ERR_ENTRY_OPAQUE, "entry \"%s\" is a %s",
		    TAR_NAME(x), x->sparse ? "sparse file" : x->type->name);
	return rope_slice(a, &t->plain, x->data, x->size, out, e);
}

const struct container tar_container = {
	.name		= "tar",
	.ignore_case	= false,
	.probe		= tar_probe,
	.list		= tar_list,
	.contents	= tar_contents,
	.rebuild	= tar_rebuild,
	.kept		= tar_kept,
};
