/* twins - see twins.h. */
#include <stdlib.h>
#include <string.h>

#include "worker/twins.h"

struct candidate {
	struct part	*part;
	struct span	 directives;	/* their wire form, behind the name's
					 * ending */
	size_t		 order;		/* of signing */
};

struct candidates {
	struct candidate *items;
	size_t		  count;
	struct arena	 *arena;
};

/* Some formats go by the ending of a name. */
static struct span
ending(struct span path)
{
	size_t at = path.len;

	while (at > 0 && path.ptr[at - 1] != '.' && path.ptr[at - 1] != '/')
		at--;
	return span_from(path, at);
}

static bool
directives_text(struct candidates *c, const struct resolved *n,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_str(&b, ending(n->path));
	for (size_t i = 0; i < n->directive_count; i++)
		directive_write(&n->directives[i], &b);
	return arena_copy(c->arena, buf_span(&b), out) ||
	    err_budget(e, c->arena);
}

/* In the order in which parts are signed: the first of equal ones is. */
static bool
collect(struct candidates *c, struct part *p, struct err *e)
{
	struct candidate *items;

	for (size_t i = 0; i < p->node->child_count; i++)
		if (!collect(c, &p->parts[i], e))
			return false;
	if (p->listed || p->parent == NULL || p->node->state != NODE_SIGNED)
		return true;
	items = arena_grow(c->arena, c->items, c->count, sizeof(*items));
	if (items == NULL)
		return err_budget(e, c->arena);
	c->items = items;
	items[c->count] = (struct candidate){ .part = p, .order = c->count };
	return directives_text(c, p->node, &items[c->count++].directives, e);
}

static int
same_order(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = memcmp(x->part->node->sha256, y->part->node->sha256,
	    NODE_SHA256);

	if (order == 0)
		order = span_cmp(x->directives, y->directives);
	return order != 0 ? order : (x->order > y->order) -
	    (x->order < y->order);
}

static bool
same(const struct candidate *x, const struct candidate *y)
{
	return memcmp(x->part->node->sha256, y->part->node->sha256,
	    NODE_SHA256) == 0 && span_eq(x->directives, y->directives) &&
	    x->part->format == y->part->format;
}

bool
twins_find(struct part *root, struct arena *a, struct err *e)
{
	struct candidates c = { .arena = a };
	const struct candidate *first;

	if (!collect(&c, root, e))
		return false;
	if (c.count == 0)
		return true;
	qsort(c.items, c.count, sizeof(*c.items), same_order);
	first = &c.items[0];
	for (size_t i = 1; i < c.count; i++) {
		struct part *p = c.items[i].part;

		if (!same(first, &c.items[i])) {
			first = &c.items[i];
			continue;
		}
		p->twin = first->part;
		p->node->twin = first->part->node->display;
	}
	return true;
}
