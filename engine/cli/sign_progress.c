/* sign_progress - see sign_progress.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/sign_progress.h"

struct progress_file {
	struct span	path;		/* outer!/inner/path */
	uint64_t	size;
	bool		done;
};

struct gathering {
	struct sign_progress	*p;
	struct arena		*arena;
};

static int
file_order(const void *a, const void *b)
{
	const struct progress_file *x = a, *y = b;

	return span_cmp(x->path, y->path);
}

static bool
gather(void *arg, struct resolved *n, struct err *e)
{
	struct gathering *g = arg;
	struct sign_progress *p = g->p;
	struct progress_file *files;

	if (n->state != NODE_SIGNED || n->twin.len > 0)
		return true;
	files = arena_grow(g->arena, p->files, p->file_count, sizeof(*files));
	if (files == NULL)
		return err_budget(e, g->arena);
	files[p->file_count++] = (struct progress_file){ n->display, n->size,
	    false };
	p->files = files;
	p->bytes += n->size;
	return true;
}

bool
sign_progress_tree(struct sign_progress *p, struct resolved *root,
    struct arena *a, struct err *e)
{
	struct gathering g = { p, a };

	if (!p->shown)
		return true;
	if (!resolved_each(root, gather, &g, e))
		return false;
	if (p->file_count > 0)
		qsort(p->files, p->file_count, sizeof(*p->files), file_order);
	return true;
}

void
sign_progress_level(struct sign_progress *p, const struct level *l)
{
	for (size_t i = 0; p->file_count > 0 && i < l->count; i++) {
		const struct progress_file key = { .path = l->items[i].path };
		struct progress_file *f = bsearch(&key, p->files,
		    p->file_count, sizeof(key), file_order);

		if (f == NULL || f->done)
			continue;
		f->done = true;
		p->done_files++;
		p->done_bytes += f->size;
	}
}

void
sign_progress_show(const struct sign_progress *p,
    const struct seal_progress *now)
{
	if (!p->shown)
		return;
	fprintf(stderr, "\rlevel %u: %zu of %zu files, %zu signatures, "
	    "%zu timestamps, %s of ", now->level + 1, p->done_files,
	    p->file_count, now->signatures, now->timestamps,
	    text_show_size(p->done_bytes).text);
	fprintf(stderr, "%s ", text_show_size(p->bytes).text);
}

void
sign_progress_end(const struct sign_progress *p)
{
	if (p->shown && p->done_files > 0)
		fputc('\n', stderr);
}
