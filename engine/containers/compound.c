/* compound - entries, their order and their changes; see compound.h. */
#include <string.h>

#include "containers/compound_format.h"

bool
compound_probe(struct span head)
{
	struct reader r = rd_open(head);

	return rd_u64le(&r) == COMPOUND_MAGIC;
}

bool
compound_root_class(struct span head, struct span *class)
{
	struct reader r = rd_open(head);
	unsigned shift;

	rd_seek(&r, COMPOUND_AT_VERSION + 2);
	shift = COMPOUND_SHIFT(rd_u16le(&r));
	rd_seek(&r, COMPOUND_AT_DIRECTORY);
	return span_cut(head, (((uint64_t)rd_u32le(&r) + 1) << shift) +
	    COMPOUND_AT_CLASS, COMPOUND_CLASS_SIZE, class) && rd_ok(&r);
}

size_t
compound_count(const struct compound *c)
{
	return c->count;
}

struct span
compound_name(const struct compound *c, size_t number)
{
	return c->entries[number].name;
}

const struct rope *
compound_contents(const struct compound *c, size_t number)
{
	return &c->entries[number].contents;
}

uint64_t
compound_size(const struct compound *c, size_t number)
{
	return c->entries[number].contents.len;
}

struct span
compound_class(const struct compound *c)
{
	return SPAN(c->entries[0].class);
}

size_t
compound_find(const struct compound *c, struct span name)
{
	const struct compound_entry *root = &c->entries[0];

	for (size_t i = root->first; i < root->first + root->count; i++)
		if (c->entries[i].kind == COMPOUND_STREAM &&
		    span_eq(c->entries[i].name, name))
			return i;
	return SIZE_MAX;
}

/* ---- changes */

struct edit {
	const struct compound		*old;
	const struct compound_change	*changes;
	size_t				 count;
	struct arena			*arena;
	struct compound			*out;
	size_t				*from;	/* by number, the old one */
};

static const struct compound_change *
change_of(const struct edit *x, size_t number)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->changes[i].stream == number)
			return &x->changes[i];
	return NULL;
}

static struct compound_entry *
entry_add(struct edit *x, size_t old, size_t parent)
{
	struct compound_entry *to = &x->out->entries[x->out->count];

	x->from[x->out->count++] = old;
	if (old != SIZE_MAX)
		*to = x->old->entries[old];
	to->parent = parent;
	return to;
}

/* The children of an old storage, in order, less those that are gone. */
static void
children_keep(struct edit *x, const struct compound_entry *of, size_t parent)
{
	for (size_t i = of->first; i < of->first + of->count; i++) {
		const struct compound_change *c = x->count > 0 &&
		    x->old->entries[i].kind == COMPOUND_STREAM ?
		    change_of(x, i) : NULL;
		struct compound_entry *to;

		if (c != NULL && c->gone)
			continue;
		to = entry_add(x, i, parent);
		if (c != NULL)
			to->contents = c->contents;
	}
}

static bool
name_check(struct span name, struct err *e)
{
	struct reader r = rd_open(name);

	if (name.len < 2 || name.len % 2 != 0 ||
	    name.len > COMPOUND_NAME - 2)
		return err_set(e, ERR_COMPOUND_DIRECTORY,
		    "a name of %zu bytes cannot be stored", name.len);
	while (rd_left(&r) > 0)
		if (rd_u16le(&r) == 0)
			return err_set(e, ERR_COMPOUND_DIRECTORY,
			    "a name with a NUL cannot be stored");
	return true;
}

/* The root's children stand from 1 to the count; a new one goes among them. */
static bool
root_add(struct edit *x, const struct compound_change *c, struct err *e)
{
	struct compound *out = x->out;
	size_t at = out->count;
	int order = 1;

	if (!name_check(c->name, e))
		return false;
	while (at > 1 && (order = compound_order(c->name,
	    out->entries[at - 1].name)) < 0)
		at--;
	if (at > 1 && order == 0)
		return err_set(e, ERR_COMPOUND_DIRECTORY,
		    "there is a stream of this name already");
	memmove(&out->entries[at + 1], &out->entries[at],
	    (out->count - at) * sizeof(*out->entries));
	memmove(&x->from[at + 1], &x->from[at],
	    (out->count - at) * sizeof(*x->from));
	out->count++;
	x->from[at] = SIZE_MAX;
	out->entries[at] = (struct compound_entry){ .kind = COMPOUND_STREAM,
	    .name = c->name, .contents = c->contents };
	return true;
}

static bool
edit_all(struct edit *x, struct err *e)
{
	struct compound *out = x->out;

	entry_add(x, 0, 0);
	for (size_t i = 0; i < out->count; i++) {
		struct compound_entry *of = &out->entries[i];

		if (of->kind == COMPOUND_STREAM)
			continue;
		size_t first = out->count;
		children_keep(x, &x->old->entries[x->from[i]], i);
		for (size_t k = 0; i == 0 && k < x->count; k++)
			if (x->changes[k].stream == SIZE_MAX &&
			    !root_add(x, &x->changes[k], e))
				return false;
		of->first = first;
		of->count = out->count - first;
	}
	return true;
}

bool
compound_change_all(const struct compound *c,
    const struct compound_change *changes, size_t count, struct arena *a,
    struct compound *out, struct err *e)
{
	struct compound made = { .version = c->version };
	struct edit x = { .old = c, .changes = changes, .count = count,
	    .arena = a, .out = &made };

	made.entries = ARENA_ARRAY(a, struct compound_entry,
	    c->count + count);
	x.from = ARENA_ARRAY(a, size_t, c->count + count);
	if (made.entries == NULL || x.from == NULL)
		return err_budget(e, a);
	if (!edit_all(&x, e))
		return false;
	*out = made;
	return true;
}

bool
compound_entry_same(const struct compound_entry *a,
    const struct compound_entry *b)
{
	return a->kind == b->kind && span_eq(a->name, b->name) &&
	    span_eq(SPAN(a->class), SPAN(b->class)) &&
	    a->state == b->state && a->created == b->created &&
	    a->modified == b->modified;
}

bool
compound_entry_bare(const struct compound_entry *x)
{
	return span_zero(SPAN(x->class)) && x->state == 0 &&
	    x->created == 0 && x->modified == 0;
}
