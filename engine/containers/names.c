/* names - see names.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/names.h"

/* A name that is looked at, and the error if it is bad. */
struct naming {
	struct span	name;
	enum err_code	bad;
};

static bool
bad_name(const struct naming *n, const char *why, struct err *e)
{
	return err_set(e, n->bad, "the name \"%s\" %s",
	    text_show(n->name).text, why);
}

static bool
segment_check(const struct naming *n, struct span segment, struct err *e)
{
	if (segment.len == 0)
		return bad_name(n, "has an empty part", e);
	if (span_is(segment, ".") || span_is(segment, ".."))
		return bad_name(n, "leads to another folder", e);
	return true;
}

bool
name_check(struct span name, enum err_code bad, struct err *e)
{
	const struct naming naming = { name, bad }, *n = &naming;
	struct span rest = name, segment;

	if (name.len == 0)
		return bad_name(n, "is empty", e);
	if (!text_utf8(name))
		return bad_name(n, "is no UTF-8", e);
	if (name.ptr[0] == '/')
		return bad_name(n, "is absolute", e);
	if (name.len >= 2 && name.ptr[1] == ':')
		return bad_name(n, "begins with a drive letter", e);
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == '\\')
			return bad_name(n, "holds a backslash", e);
		if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return bad_name(n, "holds a control character", e);
	}
	while (span_split(&rest, '/', &segment))
		if (!segment_check(n, segment, e))
			return false;
	return true;
}

/* For sorting: a name without final slash, folded; '/' comes first of all. */
struct sorted {
	uint8_t		*key;
	size_t		 len;
	bool		 folder;
	size_t		 index;
};

static int
sorted_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = span_cmp((struct span){ x->key, x->len },
	    (struct span){ y->key, y->len });

	return order != 0 ? order : (x->index > y->index) -
	    (x->index < y->index);
}

static bool
sorted_fill(struct sorted *s, struct span name, size_t index, bool fold,
    struct arena *a, struct err *e)
{
	s->folder = span_ends(name, "/");
	s->len = name.len - s->folder;
	s->index = index;
	s->key = arena_alloc(a, s->len);
	if (s->key == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->len; i++) {
		uint8_t c = name.ptr[i];

		if (fold && c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + ('a' - 'A'));
		s->key[i] = c == '/' ? 1 : c;
	}
	return true;
}

/* A file "a" leaves no room for "a/b"; sorted, that follows at once. */
static bool
stands_inside(const struct sorted *file, const struct sorted *x)
{
	return !file->folder && x->len > file->len &&
	    memcmp(file->key, x->key, file->len) == 0 &&
	    x->key[file->len] == 1;
}

bool
names_check(const struct span *names, size_t count,
    const struct names_terms *terms, struct arena *a, struct err *e)
{
	struct sorted *v = ARENA_ARRAY(a, struct sorted, count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		if (!sorted_fill(&v[i], names[i], i, terms->ignore_case, a, e))
			return false;
	if (count > 0)
		qsort(v, count, sizeof(*v), sorted_order);
	for (size_t i = 1; i < count; i++) {
		const struct sorted *x = &v[i - 1], *y = &v[i];
		bool twice = x->len == y->len &&
		    memcmp(x->key, y->key, x->len) == 0;

		if (twice || stands_inside(x, y))
			return err_set(e, terms->twice,
			    "entries %zu \"%s\" and %zu \"%s\" name the same "
			    "place", x->index, text_show(names[x->index]).text,
			    y->index, text_show(names[y->index]).text);
	}
	return true;
}
