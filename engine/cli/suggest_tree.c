/*
 * suggest_tree - the elements of a container; see suggest.h.
 *
 * Files that are treated alike share an element: those named one by one, with
 * their exact number, and each pattern, with any number.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/suggest.h"

#define LITERALS_MANY	64	/* from then on conditions are loosened */
#define PATHS_MOST	500	/* of one container: matching takes them all */
#define PATTERNS_APART	4	/* of one treatment, an element each */
#define ENDING_MOST	16	/* bytes */

struct box {
	struct suggesting	*s;
	const struct sample	*file;
	struct draft		*self;
	unsigned		 depth;
	struct item		*items;
	struct draft		**drafts;	/* by id */
	uint32_t		 ids;
	struct draft		*contents;
	size_t			 count;
	size_t			 lost;		/* files that want a name */
	bool			 keep;
};

bool
draft_contents(struct draft *d, const struct draft *contents, size_t count,
    struct arena *a, struct err *e)
{
	struct element *list = ARENA_ARRAY(a, struct element, count);
	struct span note = d->notes[0];
	uint32_t at = 1;

	d->count = d->height = 1;
	for (size_t i = 0; i < count; i++) {
		d->count += contents[i].count;
		if (contents[i].height >= d->height)
			d->height = contents[i].height + 1;
	}
	d->notes = ARENA_ARRAY(a, struct span, d->count);
	if (list == NULL || d->notes == NULL)
		return err_budget(e, a);
	d->notes[0] = note;
	for (size_t i = 0; i < count; i++) {
		list[i] = contents[i].x;
		for (uint32_t k = 0; k < contents[i].count; k++)
			d->notes[at++] = contents[i].notes[k];
	}
	d->x.contents = list;
	d->x.content_count = count;
	return true;
}

/* ---- items */

static bool
is_plain(const struct sample *f)
{
	enum method method;

	return !f->kind->contains && !kind_method(f->kind, &method);
}

/* ASCII letters, digits, '_', '-', '+' behind the last '.' of the name. */
static struct span
ending_of(struct span path)
{
	size_t at = path.len;

	while (at > 0 && (path.ptr[at - 1] == '_' || path.ptr[at - 1] == '-' ||
	    path.ptr[at - 1] == '+' ||
	    (path.ptr[at - 1] >= '0' && path.ptr[at - 1] <= '9') ||
	    ((path.ptr[at - 1] | 0x20) >= 'a' &&
	    (path.ptr[at - 1] | 0x20) <= 'z')))
		at--;
	if (at == 0 || at == path.len || path.ptr[at - 1] != '.' ||
	    path.len - at > ENDING_MOST)
		return (struct span){ NULL, 0 };
	return span_from(path, at);
}

static bool
item_path(struct box *b, struct item *x, struct err *e)
{
	struct span path = x->file->path;
	uint8_t *folded = arena_alloc(b->s->arena, path.len);

	if (folded == NULL)
		return err_budget(e, b->s->arena);
	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = path.ptr[i];

		folded[i] = b->file->kind->ignore_case && c >= 'A' &&
		    c <= 'Z' ? (uint8_t)(c | 0x20) : c;
	}
	x->path = (struct span){ folded, path.len };
	x->ending = ending_of(x->path);
	return true;
}

static bool
items_make(struct box *b, struct err *e)
{
	struct arena *a = b->s->arena;
	size_t plain = 0;

	b->items = ARENA_ARRAY(a, struct item, b->file->count);
	if (b->items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < b->file->count; i++)
		plain += is_plain(&b->file->contents[i]) ? 1 : 0;
	b->keep = plain > PLAIN_MOST;
	for (size_t i = 0; i < b->file->count; i++) {
		struct item *x = &b->items[i];

		*x = (struct item){ .file = &b->file->contents[i],
		    .id = ITEM_OTHER };
		if (!item_path(b, x, e))
			return false;
		if (b->keep && is_plain(x->file))
			continue;
		x->draft = ARENA_NEW(a, struct draft);
		if (x->draft == NULL)
			return err_budget(e, a);
		if (!compose(b->s, x->file, b->depth + 1, x->draft, e))
			return false;
	}
	return true;
}

static int
key_order(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	return span_cmp((*x)->key, (*y)->key);
}

/* The items that are named, in the order of their keys. */
static bool
keys_sort(struct box *b, bool where, struct item ***out, size_t *count,
    struct err *e)
{
	struct arena *a = b->s->arena;
	struct item **v = ARENA_ARRAY(a, struct item *, b->file->count);
	size_t n = 0;

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < b->file->count; i++) {
		struct item *x = &b->items[i];

		if (x->draft == NULL)
			continue;
		if (!draft_key(x->draft, where, a, &x->key, e))
			return false;
		v[n++] = x;
	}
	if (n > 0)
		qsort(v, n, sizeof(struct item *), key_order);
	*out = v;
	*count = n;
	return true;
}

static bool
ids_give(struct box *b, struct err *e)
{
	struct item **v;
	size_t n;

	if (!keys_sort(b, true, &v, &n, e))
		return false;
	b->drafts = ARENA_ARRAY(b->s->arena, struct draft *, n);
	if (b->drafts == NULL)
		return err_budget(e, b->s->arena);
	b->ids = 0;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !span_eq(v[i]->key, v[i - 1]->key))
			b->drafts[b->ids++] = v[i]->draft;
		v[i]->id = b->ids - 1;
	}
	return true;
}

/* ---- conditions that not all files of a kind can meet */

static bool
where_has(const struct element *x, const struct where *w)
{
	for (size_t i = 0; i < x->where_count; i++)
		if (x->where[i].key == w->key &&
		    span_eq(x->where[i].value, w->value))
			return true;
	return false;
}

static void
where_common(struct element *x, const struct element *other)
{
	size_t kept = 0;

	for (size_t i = 0; i < x->where_count; i++)
		if (where_has(other, &x->where[i]))
			x->where[kept++] = x->where[i];
	x->where_count = kept;
}

/* Files of one treatment are left with the conditions that all of them meet. */
static bool
where_loosen(struct box *b, struct err *e)
{
	struct item **v;
	size_t n, first = 0;

	if (!keys_sort(b, false, &v, &n, e))
		return false;
	for (size_t i = 1; i <= n; i++) {
		if (i < n && span_eq(v[i]->key, v[first]->key)) {
			where_common(&v[first]->draft->x, &v[i]->draft->x);
			continue;
		}
		for (size_t k = first + 1; k < i; k++)
			where_common(&v[k]->draft->x, &v[first]->draft->x);
		first = i;
	}
	return true;
}

/* ---- elements */

static int
path_order(const void *a, const void *b)
{
	const struct cover_path *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->wild != y->wild)
		return x->wild ? 1 : -1;
	return span_cmp(x->pattern, y->pattern);
}

static int
wild_first(const void *a, const void *b)
{
	const struct cover_path *x = a, *y = b;

	if (x->wild != y->wild)
		return x->wild ? -1 : 1;
	return path_order(a, b);
}

static int
draft_order(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return span_cmp(x->x.paths[0], y->x.paths[0]);
}

static bool
note_put(struct box *b, struct span *note, size_t n, const char *what,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	if (note->len > 0) {
		buf_put(&text, *note);
		buf_text(&text, "\n");
	}
	buf_printf(&text, "%zu file%s %s", n, n == 1 ? "" : "s", what);
	return arena_copy(b->s->arena, buf_span(&text), note) ||
	    err_budget(e, b->s->arena);
}

/* One element for paths that are treated alike. */
static bool
element_add(struct box *b, const struct cover_path *paths, size_t count,
    struct err *e)
{
	struct arena *a = b->s->arena;
	struct draft *d = &b->contents[b->count++];
	size_t files = 0;

	*d = *b->drafts[paths[0].id];
	d->x.paths = ARENA_ARRAY(a, struct span, count);
	struct span *notes = ARENA_ARRAY(a, struct span, d->count);
	if (d->x.paths == NULL || notes == NULL)
		return err_budget(e, a);
	for (uint32_t i = 0; i < d->count; i++)
		notes[i] = d->notes[i];
	d->notes = notes;
	for (size_t i = 0; i < count; i++) {
		d->x.paths[i] = paths[i].pattern;
		files += paths[i].files;
	}
	d->x.path_count = count;
	if (!paths[0].wild) {
		d->x.min = d->x.max = (uint32_t)count;
		return true;
	}
	d->x.max = ELEMENT_UNBOUNDED;
	return note_put(b, &d->notes[0], files, "in the sample", e);
}

static bool
elements_make(struct box *b, struct cover *c, struct err *e)
{
	size_t end;

	b->contents = ARENA_ARRAY(b->s->arena, struct draft, c->count);
	if (b->contents == NULL)
		return err_budget(e, b->s->arena);
	if (c->count > 0)
		qsort(c->paths, c->count, sizeof(*c->paths), path_order);
	for (size_t i = 0; i < c->count; i = end) {
		for (end = i; end < c->count &&
		    c->paths[end].id == c->paths[i].id &&
		    c->paths[end].wild == c->paths[i].wild; end++)
			continue;
		if (c->paths[i].wild && end - i <= PATTERNS_APART)
			end = i + 1;
		if (!element_add(b, &c->paths[i], end - i, e))
			return false;
	}
	if (b->count > 0)
		qsort(b->contents, b->count, sizeof(*b->contents),
		    draft_order);
	return true;
}

/* Patterns stand for more files than names do: those go first. */
static void
cover_cut(struct box *b, struct cover *c)
{
	b->lost = c->lost;
	if (c->count <= PATHS_MOST)
		return;
	qsort(c->paths, c->count, sizeof(*c->paths), wild_first);
	for (size_t i = PATHS_MOST; i < c->count; i++)
		b->lost += c->paths[i].files;
	c->count = PATHS_MOST;
}

static bool
contents_cover(struct box *b, struct err *e)
{
	struct cover c;

	if (!items_make(b, e) || !ids_give(b, e) ||
	    !cover_items(b->s, b->items, b->file->count, &c, e))
		return false;
	if (c.literal > LITERALS_MANY && (!where_loosen(b, e) ||
	    !ids_give(b, e) ||
	    !cover_items(b->s, b->items, b->file->count, &c, e)))
		return false;
	cover_cut(b, &c);
	return elements_make(b, &c, e);
}

static bool
others_keep(struct box *b, struct err *e)
{
	struct span *note = &b->self->notes[0];
	size_t plain = 0;

	b->self->x.keep_others = b->keep || b->lost > 0;
	b->s->keeps |= b->self->x.keep_others;
	for (size_t i = 0; b->keep && i < b->file->count; i++)
		plain += is_plain(&b->file->contents[i]) ? 1 : 0;
	return (plain == 0 || note_put(b, note, plain,
	    "without a place for a signature: kept, as others are", e)) &&
	    (b->lost == 0 || note_put(b, note, b->lost,
	    "that could not be named here: kept, look at them", e));
}

static bool
contents_compose(struct suggesting *s, const struct sample *f, unsigned depth,
    struct draft *out, struct err *e)
{
	struct box b = { .s = s, .file = f, .self = out, .depth = depth };

	if (depth > 0 && s->flat) {
		out->x.keep_others = f->count > 0;
		s->keeps |= f->count > 0;
		return true;
	}
	return contents_cover(&b, e) && others_keep(&b, e) &&
	    folders_fold(b.contents, &b.count, out->x.keep_others, depth,
	    s->arena, e) && draft_contents(out, b.contents, b.count,
	    s->arena, e);
}

/* As deep as containers are nested: the worker bounds it. */
bool
compose(struct suggesting *s, const struct sample *f, unsigned depth,
    struct draft *out, struct err *e)
{
	if (!treat(s, f, out, e))
		return false;
	if (!f->kind->contains || out->rank != DRAFT_SIGNED)
		return true;
	return contents_compose(s, f, depth, out, e);
}
