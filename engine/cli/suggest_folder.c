/*
 * suggest_folder - elements whose paths all begin with the same folder, once
 * below a `directory`; see suggest.h.
 */
#include "artifact/glob.h"
#include "cli/configuration_write.h"
#include "cli/suggest.h"

#define HEIGHT_MOST	8	/* elements below each other with folders */

/* The first bytes of a pattern up to its last '/' before a wildcard. */
static size_t
literal_folder(struct span path)
{
	size_t folder = 0;

	for (size_t i = 0; i < path.len && path.ptr[i] != '*'; i++)
		if (path.ptr[i] == '/')
			folder = i + 1;
	return folder;
}

/* How much of prefix a path shares, in whole folders. */
static size_t
shared(struct span prefix, struct span path)
{
	size_t folder = 0, len = literal_folder(path);

	for (size_t i = 0; i < prefix.len && i < len &&
	    prefix.ptr[i] == path.ptr[i]; i++)
		if (path.ptr[i] == '/')
			folder = i + 1;
	return folder;
}

/* The deepest folder around all paths of an element and within prefix. */
static size_t
element_shared(struct span prefix, const struct element *x)
{
	for (size_t i = 0; i < x->path_count; i++)
		prefix.len = shared(prefix, x->paths[i]);
	return prefix.len;
}

static size_t
length_of(const struct draft *list, size_t count, unsigned depth)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += configuration_length(&list[i].x, depth);
	return n;
}

/* The elements as they stand inside of a folder. */
static bool
folder_make(const struct draft *list, size_t count, struct span prefix,
    bool keep, struct arena *a, struct draft *out, struct err *e)
{
	struct draft *inside = ARENA_ARRAY(a, struct draft, count);

	*out = (struct draft){ .rank = list[0].rank,
	    .notes = ARENA_NEW(a, struct span) };
	element_init(&out->x, element_kind_find(SPAN_TEXT("directory")));
	out->x.paths = ARENA_NEW(a, struct span);
	if (inside == NULL || out->notes == NULL || out->x.paths == NULL)
		return err_budget(e, a);
	out->x.keep_others = keep;
	out->x.path_count = 1;
	out->x.paths[0] = prefix;
	out->x.paths[0].len--;
	for (size_t i = 0; i < count; i++) {
		struct element *x = &inside[i].x;

		inside[i] = list[i];
		x->paths = ARENA_ARRAY(a, struct span, x->path_count);
		if (x->paths == NULL)
			return err_budget(e, a);
		for (size_t k = 0; k < x->path_count; k++)
			x->paths[k] = span_from(list[i].x.paths[k],
			    prefix.len);
	}
	return draft_contents(out, inside, count, a, e);
}

/* ---- the choice */

struct folding {
	struct draft	*list;
	size_t		 count;
	struct span	 prefix;
	bool		*member;	/* of the folder; by list */
	struct draft	*inside;	/* the members */
	size_t		 inside_count;
};

/* All elements that have a folder in common with the one at. */
static void
members_find(struct folding *f, size_t at)
{
	f->prefix = f->list[at].x.paths[0];
	f->prefix.len = literal_folder(f->prefix);
	f->inside_count = 0;
	for (size_t i = 0; i < f->count; i++) {
		size_t len = i < at || f->list[i].x.kind->folder ? 0 :
		    element_shared(f->prefix, &f->list[i].x);

		f->member[i] = len > 0;
		if (len == 0)
			continue;
		f->prefix.len = len;
		f->inside[f->inside_count++] = f->list[i];
	}
}

/* Two elements for one folder would overlap, also if only case differs. */
static bool
folder_taken(const struct folding *f)
{
	struct span name = { f->prefix.ptr, f->prefix.len - 1 };

	for (size_t i = 0; i < f->count; i++)
		if (f->list[i].x.kind->folder && glob_same(name,
		    f->list[i].x.paths[0], GLOB_IGNORE_CASE))
			return true;
	return false;
}

/* The folder takes the place of its first member. */
static void
members_replace(struct folding *f, const struct draft *folder)
{
	size_t kept = 0;
	bool placed = false;

	for (size_t i = 0; i < f->count; i++) {
		if (!f->member[i])
			f->list[kept++] = f->list[i];
		else if (!placed)
			f->list[kept++] = *folder;
		placed |= f->member[i];
	}
	f->count = kept;
}

static bool
folder_fold(struct folding *f, size_t at, bool keep, unsigned depth,
    struct arena *a, struct err *e)
{
	struct draft folder;

	members_find(f, at);
	if (f->inside_count == 0 || (f->inside_count == 1 &&
	    f->inside[0].x.path_count == 1) || folder_taken(f))
		return true;
	if (!folder_make(f->inside, f->inside_count, f->prefix, keep, a,
	    &folder, e))
		return false;
	if (depth + folder.height <= HEIGHT_MOST &&
	    configuration_length(&folder.x, depth + 1) <
	    length_of(f->inside, f->inside_count, depth + 1))
		members_replace(f, &folder);
	return true;
}

bool
folders_fold(struct draft *list, size_t *count, bool keep, unsigned depth,
    struct arena *a, struct err *e)
{
	struct folding f = { .list = list, .count = *count,
	    .member = ARENA_ARRAY(a, bool, *count),
	    .inside = ARENA_ARRAY(a, struct draft, *count) };

	if (f.member == NULL || f.inside == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < f.count; i++)
		if (!folder_fold(&f, i, keep, depth, a, e))
			return false;
	*count = f.count;
	return true;
}
