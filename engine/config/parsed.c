/* parsed - see parsed.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "config/parsed.h"

struct parsed_file *
parsed_new(const char *path, const struct object_id *id, struct span bytes)
{
	struct parsed_file *f = xcalloc(1, sizeof(*f));

	f->users = 1;
	f->arena = arena_new(LIMIT_CONFIG_ARENA);
	f->path = arena_text(f->arena, SPAN_TEXT(path));
	if (id != NULL)
		f->id = *id;
	if (f->path != NULL && arena_copy(f->arena, bytes, &f->bytes))
		return f;
	parsed_release(f);
	return NULL;
}

struct parsed_file *
parsed_hold(struct parsed_file *f)
{
	f->users++;
	return f;
}

void
parsed_release(struct parsed_file *f)
{
	if (f == NULL || --f->users > 0)
		return;
	arena_free(f->arena);
	free(f);
}

static int
by_path(const void *key, const void *item)
{
	const struct parsed_file *const *f = item;

	return strcmp(key, (*f)->path);
}

struct parsed_file *
parsed_find(const struct parsed_files *all, const char *path)
{
	struct parsed_file **found = all->count == 0 ? NULL :
	    bsearch(path, all->items, all->count, sizeof(*all->items),
	    by_path);

	return found == NULL ? NULL : *found;
}

void
parsed_files_done(struct parsed_files *all)
{
	for (size_t i = 0; i < all->count; i++)
		parsed_release(all->items[i]);
	free(all->items);
	*all = (struct parsed_files){ NULL, 0 };
}
