/*
 * match - see match.h.
 *
 * Folders (`directory` elements) are walked first: each folder of the
 * container that one matches is judged by its contents, with paths that begin
 * below it. What no element of a folder names is for the elements around it;
 * `other-files` of the innermost folder or container decides at last.
 */
#include <stdlib.h>

#include "artifact/glob.h"
#include "artifact/match.h"
#include "base/text.h"

struct place {
	const struct element	*element;	/* the only one so far */
	const struct element	*folder;	/* innermost around the entry */
};

struct matching {
	const struct match_entry *entries;
	size_t			  count;
	struct place		 *places;
	unsigned		  flags;	/* of glob_match */
	struct arena		 *arena;
};

/* Where an element is looked for: everything below one folder. */
struct scope {
	const struct element	*around;
	struct span		 prefix;	/* "bin/", or empty */
};

static bool
below(const struct scope *s, struct span path, unsigned flags,
    struct span *rest)
{
	struct span head;

	if (!span_cut(path, 0, s->prefix.len, &head) ||
	    !glob_same(head, s->prefix, flags))
		return false;
	*rest = span_from(path, s->prefix.len);
	return rest->len > 0;
}

static bool
element_matches(const struct element *x, struct span path, unsigned flags)
{
	for (size_t i = 0; i < x->path_count; i++)
		if (glob_match(x->paths[i], path, flags))
			return true;
	return false;
}

static bool
count_check(const struct element *x, const struct scope *s, uint64_t found,
    struct err *e)
{
	if (found >= x->min && (x->max == ELEMENT_UNBOUNDED ||
	    found <= x->max))
		return true;
	const char *where = s->prefix.len > 0 ? " in " : "";
	if (found < x->min)
		err_set(e, ERR_ARTIFACT_MATCH_COUNT, "%s: %llu match%s%s, at "
		    "least %u expected", ELEMENT_NAME(x),
		    (unsigned long long)found, where,
		    text_show(s->prefix).text, x->min);
	else
		err_set(e, ERR_ARTIFACT_MATCH_COUNT, "%s: %llu match%s%s, at "
		    "most %u expected", ELEMENT_NAME(x),
		    (unsigned long long)found, where,
		    text_show(s->prefix).text, x->max);
	return false;
}

static bool
file_element(struct matching *m, const struct element *x,
    const struct scope *s, struct err *e)
{
	uint64_t found = 0;
	struct span rest;

	for (size_t i = 0; i < m->count; i++) {
		struct span path = m->entries[i].path;

		if (m->entries[i].directory ||
		    !below(s, path, m->flags, &rest) ||
		    !element_matches(x, rest, m->flags))
			continue;
		if (m->places[i].element != NULL)
			return err_set(e, ERR_ARTIFACT_MATCH_TWICE,
			    "\"%s\" matches %s and %s", text_show(path).text,
			    ELEMENT_NAME(m->places[i].element),
			    ELEMENT_NAME(x));
		m->places[i].element = x;
		found++;
	}
	return count_check(x, s, found, e);
}

static bool	scope_match(struct matching *, const struct scope *,
		    struct err *);

static int
prefix_order(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* folders_of lists each folder below s that x matches, as "a/b/", once. */
static bool
folders_of(struct matching *m, const struct element *x, const struct scope *s,
    struct span **out, size_t *count, struct err *e)
{
	struct span *v = NULL;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < m->count; i++) {
		struct span path = m->entries[i].path, rest, folder;

		if (!below(s, path, m->flags, &rest))
			continue;
		for (size_t at = 0; at < rest.len; at++) {
			if (rest.ptr[at] != '/' ||
			    !span_cut(rest, 0, at, &folder) ||
			    !element_matches(x, folder, m->flags))
				continue;
			v = arena_grow(m->arena, v, n, sizeof(*v));
			if (v == NULL || !span_cut(path, 0,
			    s->prefix.len + at + 1, &v[n++]))
				return err_budget(e, m->arena);
		}
	}
	if (n > 0)
		qsort(v, n, sizeof(*v), prefix_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !glob_same(v[kept - 1], v[i], m->flags))
			v[kept++] = v[i];
	*out = v;
	*count = kept;
	return true;
}

static bool
folder_element(struct matching *m, const struct element *x,
    const struct scope *s, struct err *e)
{
	struct span *folders = NULL;
	size_t count = 0;

	if (!folders_of(m, x, s, &folders, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct scope inner = { x, folders[i] };
		struct span rest;

		for (size_t k = 0; k < m->count; k++)
			if (below(&inner, m->entries[k].path, m->flags,
			    &rest))
				m->places[k].folder = x;
		if (!scope_match(m, &inner, e))
			return err_at(e, "%s", text_show(folders[i]).text);
	}
	return count_check(x, s, count, e);
}

static bool
scope_match(struct matching *m, const struct scope *s, struct err *e)
{
	for (size_t i = 0; i < s->around->content_count; i++) {
		const struct element *x = &s->around->contents[i];

		if (!(x->kind->folder ? folder_element : file_element)(m, x,
		    s, e))
			return false;
	}
	return true;
}

static bool
others_check(const struct matching *m, bool *unexpected, struct err *e)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->entries[i].directory ||
		    m->places[i].element != NULL ||
		    m->places[i].folder->keep_others)
			continue;
		if (unexpected == NULL)
			return err_set(e, ERR_ARTIFACT_UNEXPECTED,
			    "no element names \"%s\"",
			    text_show(m->entries[i].path).text);
		unexpected[i] = true;
	}
	return true;
}

bool
output_path(struct span path, const struct directive *d, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct directive own;
	struct span folder;
	size_t at = path.len;

	while (at > 0 && path.ptr[at - 1] != '/')
		at--;
	if (!directive_expand(d, span_from(path, at), a, &own, e))
		return false;
	if (!span_cut(path, 0, at, &folder))
		return err_budget(e, a);
	buf_put(&b, folder);
	buf_put(&b, own.output);
	if (!arena_copy(a, buf_span(&b), out))
		return err_budget(e, a);
	return true;
}

struct name {
	struct span	folded;
	struct span	path;
	bool		output;
};

static int
name_order(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return span_cmp(x->folded, y->folded);
}

static bool
name_add(const struct matching *m, struct name *n, struct span path,
    bool output, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = path.ptr[i];

		buf_u8(&b, (m->flags & GLOB_IGNORE_CASE) != 0 && c >= 'A' &&
		    c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c);
	}
	n->path = path;
	n->output = output;
	if (!arena_copy(m->arena, buf_span(&b), &n->folded))
		return err_budget(e, m->arena);
	return true;
}

/* The names of all entries and of all signatures that will lie beside. */
static bool
names_of(const struct matching *m, struct name **out, size_t *count,
    struct err *e)
{
	struct name *v = NULL;
	struct span path;
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++) {
		const struct element *x = m->places[i].element;

		v = arena_grow(m->arena, v, n, sizeof(*v));
		if (v == NULL)
			return err_budget(e, m->arena);
		if (!name_add(m, &v[n++], m->entries[i].path, false, e))
			return false;
		for (size_t k = 0; x != NULL && k < x->directive_count; k++) {
			const struct directive *d = &x->directives[k];

			if (!directive_detached(d))
				continue;
			v = arena_grow(m->arena, v, n, sizeof(*v));
			if (v == NULL)
				return err_budget(e, m->arena);
			if (!output_path(m->entries[i].path, d, m->arena,
			    &path, e) || !name_add(m, &v[n++], path, true, e))
				return false;
		}
	}
	*out = v;
	*count = n;
	return true;
}

static bool
outputs_check(const struct matching *m, struct err *e)
{
	struct name *v = NULL;
	size_t n = 0;

	if (!names_of(m, &v, &n, e))
		return false;
	if (n > 0)
		qsort(v, n, sizeof(*v), name_order);
	for (size_t i = 1; i < n; i++)
		if (span_eq(v[i - 1].folded, v[i].folded) &&
		    (v[i - 1].output || v[i].output))
			return err_set(e, ERR_ARTIFACT_OUTPUT, "the detached "
			    "signature \"%s\" would replace another file",
			    text_show(v[i].path).text);
	return true;
}

bool
match_entries(const struct element *container,
    const struct match_entry *entries, size_t count, struct arena *a,
    const struct element ***out, bool *unexpected, struct err *e)
{
	struct matching m = { .entries = entries, .count = count,
	    .flags = container->kind->ignore_case ? GLOB_IGNORE_CASE : 0,
	    .arena = a };
	const struct element **v = ARENA_ARRAY(a, const struct element *,
	    count);
	struct scope whole = { .around = container };

	m.places = ARENA_ARRAY(a, struct place, count);
	if (v == NULL || m.places == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		m.places[i].folder = container;
	if (!scope_match(&m, &whole, e) || !others_check(&m, unexpected, e) ||
	    !outputs_check(&m, e))
		return false;
	for (size_t i = 0; i < count; i++)
		v[i] = m.places[i].element;
	*out = v;
	return true;
}

bool
match_root(const struct element *root, struct span name, struct err *e)
{
	if (root->path_count == 0 ||
	    element_matches(root, name, GLOB_IGNORE_CASE))
		return true;
	return err_set(e, ERR_ARTIFACT_MATCH_COUNT,
	    "the artifact \"%s\" is not %s", text_show(name).text,
	    ELEMENT_NAME(root));
}
