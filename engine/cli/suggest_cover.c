/*
 * suggest_cover - the fewest patterns for the files of one container that mean
 * just the right ones; see suggest.h.
 *
 * Items are sorted by ending, then by path: what one pattern with `*` or `**`
 * can mean, all of one ending below a folder, stands together. A run of items
 * that are all to be treated alike becomes a pattern; another one is cut into
 * the folders below it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/suggest.h"

#define DEPTH_MOST	64	/* folders that runs are cut into */

struct covering {
	struct suggesting	*s;
	const struct item	*items;
	struct cover		*out;
};

static int
item_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = span_cmp(x->ending, y->ending);

	return order != 0 ? order : span_cmp(x->path, y->path);
}

static bool
direct(const struct item *x, size_t prefix)
{
	return span_find(span_from(x->path, prefix), SPAN_TEXT("/")) ==
	    SIZE_MAX;
}

/* Bytes of the deepest folder that all items from lo to hi lie below. */
static size_t
common_folder(const struct item *items, size_t lo, size_t hi)
{
	struct span a = items[lo].path, b = items[hi - 1].path;
	size_t folder = 0;

	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
		if (a.ptr[i] == '/')
			folder = i + 1;
	return folder;
}

static bool
alike(const struct item *items, size_t lo, size_t hi)
{
	for (size_t i = lo + 1; i < hi; i++)
		if (items[i].id != items[lo].id)
			return false;
	return true;
}

/* Bytes of a pattern once its parameter has a value: the limit is on those. */
static size_t
expanded_length(const struct covering *c, struct span pattern)
{
	static const char name[] = "${version}";
	size_t len = pattern.len, at;

	while ((at = span_find(pattern, SPAN_TEXT(name))) != SIZE_MAX) {
		pattern = span_from(pattern, at + strlen(name));
		len = len - strlen(name) + c->s->version.len;
	}
	return len;
}

static bool
path_add(struct covering *c, const struct cover_path *p, const struct buf *b,
    struct err *e)
{
	struct cover *out = c->out;
	struct arena *a = c->s->arena;

	if (b->len > LIMIT_GLOB ||
	    expanded_length(c, buf_span(b)) > LIMIT_GLOB) {
		out->lost += p->files;
		return true;
	}
	out->paths = arena_grow(a, out->paths, out->count,
	    sizeof(*out->paths));
	if (out->paths == NULL)
		return err_budget(e, a);
	out->paths[out->count] = *p;
	out->literal += p->wild ? 0 : 1;
	return arena_copy(a, buf_span(b), &out->paths[out->count++].pattern) ||
	    err_budget(e, a);
}

static bool
literals_add(struct covering *c, size_t lo, size_t hi, struct err *e)
{
	for (size_t i = lo; i < hi; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		const struct item *x = &c->items[i];

		if (x->id == ITEM_OTHER)
			continue;
		pattern_put(c->s, x->file->path, &b);
		if (!path_add(c, &(struct cover_path){ .id = x->id,
		    .files = 1 }, &b, e))
			return false;
	}
	return true;
}

/* Files that carry no signature are named one by one: there are few. */
static bool
wants_literals(const struct item *x, size_t count)
{
	return count == 1 || x->id == ITEM_OTHER || x->ending.len == 0 ||
	    x->draft->rank == DRAFT_PLAIN;
}

static bool
pattern_add(struct covering *c, size_t lo, size_t hi, size_t prefix,
    const char *wildcard, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct item *x = &c->items[lo];
	struct span folder;

	if (!span_cut(x->file->path, 0, prefix, &folder))
		return true;
	pattern_put(c->s, folder, &b);
	buf_text(&b, wildcard);
	buf_put(&b, x->ending);
	c->s->sets = true;
	return path_add(c, &(struct cover_path){ .id = x->id,
	    .files = hi - lo, .wild = true }, &b, e);
}

static bool
alike_add(struct covering *c, size_t lo, size_t hi, struct err *e)
{
	size_t prefix = common_folder(c->items, lo, hi);
	bool flat = true;

	if (wants_literals(&c->items[lo], hi - lo))
		return literals_add(c, lo, hi, e);
	for (size_t i = lo; flat && i < hi; i++)
		flat = direct(&c->items[i], prefix);
	return pattern_add(c, lo, hi, prefix, flat ? "*." : "**/*.", e);
}

/* The files of one folder itself; those between them lie deeper. */
static bool
direct_add(struct covering *c, size_t lo, size_t hi, size_t prefix,
    struct err *e)
{
	const struct item *first = NULL;
	size_t count = 0, at = lo;
	bool same = true;

	for (size_t i = lo; i < hi; i++) {
		if (!direct(&c->items[i], prefix))
			continue;
		if (first == NULL) {
			first = &c->items[i];
			at = i;
		}
		same &= c->items[i].id == first->id;
		count++;
	}
	if (first == NULL)
		return true;
	if (same && !wants_literals(first, count))
		return pattern_add(c, at, at + count, prefix, "*.", e);
	for (size_t i = lo; i < hi; i++)
		if (direct(&c->items[i], prefix) &&
		    !literals_add(c, i, i + 1, e))
			return false;
	return true;
}

/* Where the folder of the item at lo ends. */
static size_t
folder_end(const struct item *items, size_t lo, size_t hi, size_t prefix)
{
	struct span path = items[lo].path, folder, head;
	size_t len = prefix + span_find(span_from(path, prefix),
	    SPAN_TEXT("/")) + 1;

	if (!span_cut(path, 0, len, &folder))
		return lo + 1;
	while (lo < hi && span_cut(items[lo].path, 0, len, &head) &&
	    span_eq(head, folder))
		lo++;
	return lo;
}

static bool
run_add(struct covering *c, size_t lo, size_t hi, unsigned depth,
    struct err *e)
{
	if (alike(c->items, lo, hi))
		return alike_add(c, lo, hi, e);
	if (depth == DEPTH_MOST || c->items[lo].ending.len == 0)
		return literals_add(c, lo, hi, e);
	size_t prefix = common_folder(c->items, lo, hi);
	if (!direct_add(c, lo, hi, prefix, e))
		return false;
	while (lo < hi) {
		size_t end = lo + 1;

		if (!direct(&c->items[lo], prefix)) {
			end = folder_end(c->items, lo, hi, prefix);
			if (!run_add(c, lo, end, depth + 1, e))
				return false;
		}
		lo = end;
	}
	return true;
}

bool
cover_items(struct suggesting *s, struct item *items, size_t count,
    struct cover *out, struct err *e)
{
	struct covering c = { .s = s, .items = items, .out = out };
	size_t end;

	*out = (struct cover){ .count = 0 };
	if (count > 0)
		qsort(items, count, sizeof(*items), item_order);
	for (size_t lo = 0; lo < count; lo = end) {
		for (end = lo; end < count && span_eq(items[end].ending,
		    items[lo].ending); end++)
			continue;
		if (!run_add(&c, lo, end, 0, e))
			return false;
	}
	return true;
}
