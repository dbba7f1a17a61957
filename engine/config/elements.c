/*
 * elements - the tree of an artifact configuration, from YAML to artifact/'s
 * struct element. Which kinds, `where` keys and methods there are stands in
 * artifact/'s tables.
 */
#include <string.h>

#include "artifact/element.h"
#include "base/text.h"
#include "config/reading.h"

static void element_fill(struct reading *, const struct element_kind *,
    const struct yaml_node *, struct config_list *);

/* The only member of a map, or NULL. */
static const struct yaml_node *
only_member(struct reading *r, const struct yaml_node *n, const char *expected)
{
	if (n->kind == YAML_MAP && n->count == 1)
		return n->first;
	complain(r, n->at, ERR_CONFIG_TYPE, "expected a map with one key: %s",
	    expected);
	return NULL;
}

#define KINDS_MAX	64

static const struct element_kind *
kind_find(struct reading *r, const struct yaml_node *key)
{
	const struct element_kind *kind = element_kind_find(key->text);
	const char *names[KINDS_MAX + 1] = { NULL };

	if (kind != NULL)
		return kind;
	for (size_t i = 0; i < KINDS_MAX && element_kinds[i].name != NULL; i++)
		names[i] = element_kinds[i].name;
	const char *nearest = text_nearest(key->text, names);
	complain(r, key->at, ERR_CONFIG_KEY_UNKNOWN,
	    "there is no kind of element \"%s\"", text_show(key->text).text);
	if (nearest != NULL)
		complain_hint(r, "did you mean \"%s\"?", nearest);
	return NULL;
}

/* One {kind: element}, and what its paths say otherwise, for a list. */
static void
element_add(struct reading *r, const struct yaml_node *n,
    struct config_list *out)
{
	const struct yaml_node *m = only_member(r, n, "a kind of element");
	const struct element_kind *kind =
	    m == NULL ? NULL : kind_find(r, m->key);

	if (kind != NULL)
		element_fill(r, kind, m, out);
}

/* ---- where ---- */
static const char *
where_key(const struct element_kind *kind, struct span name)
{
	for (size_t i = 0; kind->where != NULL && kind->where[i] != NULL; i++)
		if (span_is(name, kind->where[i]))
			return kind->where[i];
	return NULL;
}

/* The condition of this key in a list, or a new one. */
static struct where *
where_place(struct reading *r, struct config_list *list, const char *key)
{
	struct where *items = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (items[i].key == key)
			return &items[i];
	return list_push(r, list, sizeof(*items));
}

/* where_fill adds conditions to a list; one that is there is replaced. */
static void
where_fill(struct reading *r, const struct yaml_node *n,
    const struct element_kind *kind, struct config_list *list)
{
	static const struct config_key value = { .type = VALUE_LINE };

	if (n->kind != YAML_MAP) {
		complain(r, n->at, ERR_CONFIG_TYPE,
		    "expected a map of conditions");
		return;
	}
	for (const struct yaml_node *m = n->first; m != NULL; m = m->next) {
		const char *key = where_key(kind, m->key->text);
		struct where *w;

		if (key == NULL) {
			complain(r, m->key->at, ERR_CONFIG_KEY_UNKNOWN,
			    "\"%s\" is no condition for %s",
			    text_show(m->key->text).text, kind->name);
			continue;
		}
		if ((w = where_place(r, list, key)) == NULL) {
			complain_budget(r, m->at);
			return;
		}
		w->key = key;
		read_scalar(r, &value, m, &w->value);
	}
}

/* ---- sign, verify ---- */
static bool
method_find(struct reading *r, const struct element_kind *kind,
    const struct yaml_node *at, enum method *out)
{
	for (unsigned i = 0; i < METHODS; i++) {
		if (!span_is(at->text, method_rows[i].name))
			continue;
		if ((kind->methods & 1u << i) == 0)
			return complain(r, at->at, ERR_CONFIG_VALUE,
			    "%s has no method %s", kind->name,
			    method_rows[i].name);
		*out = (enum method)i;
		return true;
	}
	return complain(r, at->at, ERR_CONFIG_VALUE, "there is no method "
	    "\"%s\"", text_show(at->text).text);
}

/* The options as the file has them become those of the directive. */
static struct directive
directive_of(const struct directive_file *file, enum directive_verb verb,
    enum method method)
{
	struct directive d = file->directive;

	d.verb = verb;
	d.method = method;
	d.pem = file->encoding == 1;
	d.keep = file->existing == 1;
	d.timestamped = file->timestamp == 1;
	d.subjects = file->subjects.items;
	d.subject_count = file->subjects.count;
	d.thumbprints = file->thumbprints.items;
	d.thumbprint_count = file->thumbprints.count;
	return d;
}

static enum shape
options_shape(enum directive_verb verb, enum method method)
{
	return verb == DIRECTIVE_VERIFY ? SHAPE_DEMAND : method_shapes[method];
}

/* A method by name alone has the options of an empty map. */
static void
directive_add(struct reading *r, const struct yaml_node *n,
    enum directive_verb verb, const struct element_kind *kind,
    struct config_list *list)
{
	struct yaml_node nothing = { .kind = YAML_MAP, .at = n->at };
	const struct yaml_node *m = n->kind == YAML_SCALAR ? n :
	    only_member(r, n, "a method");
	const struct yaml_node *name = n->kind == YAML_SCALAR ? n :
	    m == NULL ? NULL : m->key;
	struct directive_file options = { .encoding = 0 };
	enum method method = METHOD_AUTHENTICODE;

	if (name == NULL || !method_find(r, kind, name, &method))
		return;
	read_map(r, options_shape(verb, method), m == n ? &nothing : m,
	    &options);
	struct directive *d = list_push(r, list, sizeof(*d));
	if (d == NULL) {
		complain_budget(r, n->at);
		return;
	}
	*d = directive_of(&options, verb, method);
}

/* One directive, or a list of at least one. */
static void
directives_add(struct reading *r, const struct yaml_node *n,
    enum directive_verb verb, const struct element_kind *kind,
    struct config_list *list)
{
	if (n == NULL)
		return;
	if (n->kind != YAML_LIST) {
		directive_add(r, n, verb, kind, list);
		return;
	}
	if (n->count == 0)
		complain(r, n->at, ERR_CONFIG_VALUE,
		    "the list is empty, expected at least one");
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next)
		directive_add(r, i, verb, kind, list);
}

static void
hashes_add(struct reading *r, const struct yaml_node *n,
    const struct text_list *digests, struct config_list *list)
{
	for (size_t i = 0; i < digests->count; i++) {
		struct directive *d = list_push(r, list, sizeof(*d));

		if (d == NULL) {
			complain_budget(r, n->at);
			return;
		}
		*d = (struct directive){ .verb = DIRECTIVE_HASH,
		    .digest = digests->items[i] };
	}
}

/* ---- paths ---- */
static void
bounds_fill(struct reading *r, const struct matches_file *matches,
    struct element *x)
{
	if (matches->min > matches->max || matches->max > ELEMENT_UNBOUNDED)
		complain(r, matches->at, ERR_CONFIG_VALUE, "min %llu and max "
		    "%llu do not go together",
		    (unsigned long long)matches->min,
		    (unsigned long long)matches->max);
	x->min = (uint32_t)matches->min;
	x->max = (uint32_t)matches->max;
}

/* One more path of an element. */
static void
path_add(struct reading *r, struct span path, const struct yaml_node *n,
    struct element *x)
{
	struct config_list list = { x->paths, x->path_count };
	struct span *to = list_push(r, &list, sizeof(*to));

	if (to == NULL) {
		complain_budget(r, n->at);
		return;
	}
	*to = path;
	x->paths = list.items;
	x->path_count = list.count;
}

/* Items that are maps wait in own: each becomes an element of its own. */
static void
paths_fill(struct reading *r, const struct yaml_node *n, struct element *x,
    struct config_list *own)
{
	static const struct config_key path = { .type = VALUE_ENTRY_GLOB };

	if (n->kind != YAML_LIST || n->count == 0) {
		complain(r, n->at, ERR_CONFIG_TYPE, "expected a list of path "
		    "patterns, at least one");
		return;
	}
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		struct element_path_file *file;
		struct span plain;

		if (i->kind != YAML_MAP) {
			if (read_scalar(r, &path, i, &plain))
				path_add(r, plain, i, x);
			continue;
		}
		if ((file = list_push(r, own, sizeof(*file))) == NULL) {
			complain_budget(r, i->at);
			return;
		}
		*file = (struct element_path_file){ .where = NULL };
		read_map(r, SHAPE_ELEMENT_PATH, i, file);
	}
}

/* The same element, with what one of its paths says otherwise. */
static void
own_add(struct reading *r, const struct element *x,
    const struct element_path_file *file, struct config_list *out)
{
	struct element *to = list_push(r, out, sizeof(*to));
	struct config_list where = { NULL, 0 };

	if (to == NULL) {
		complain_budget(r, file->at);
		return;
	}
	*to = *x;
	to->line = file->at.line;
	to->column = file->at.column;
	to->paths = NULL;
	to->path_count = 0;
	path_add(r, file->path, &(struct yaml_node){ .at = file->at }, to);
	if (file->matches.at.file != NULL)
		bounds_fill(r, &file->matches, to);
	if (file->where == NULL)
		return;
	for (size_t i = 0; i < x->where_count; i++) {
		struct where *w = list_push(r, &where, sizeof(*w));

		if (w != NULL)
			*w = x->where[i];
	}
	where_fill(r, file->where, x->kind, &where);
	to->where = where.items;
	to->where_count = where.count;
}

/* ---- one element ---- */
static void
contents_fill(struct reading *r, const struct yaml_node *n, struct element *x)
{
	struct config_list list = { NULL, 0 };

	if (n->kind != YAML_LIST) {
		complain(r, n->at, ERR_CONFIG_TYPE,
		    "expected a list of elements");
		return;
	}
	if (!x->kind->contains) {
		complain(r, n->at, ERR_CONFIG_VALUE, "%s holds no files",
		    x->kind->name);
		return;
	}
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next)
		element_add(r, i, &list);
	x->contents = list.items;
	x->content_count = list.count;
}

static void
directives_fill(struct reading *r, const struct element_file *file,
    const struct yaml_node *n, struct element *x)
{
	struct config_list list = { NULL, 0 };

	directives_add(r, file->verify, DIRECTIVE_VERIFY, x->kind, &list);
	directives_add(r, file->sign, DIRECTIVE_SIGN, x->kind, &list);
	hashes_add(r, n, &file->hash, &list);
	x->directives = list.items;
	x->directive_count = list.count;
}

static void
place_fill(struct reading *r, const struct element_file *file,
    const struct yaml_node *n, struct element *x, struct config_list *own)
{
	if (file->path.len > 0 && file->paths != NULL)
		complain(r, n->at, ERR_CONFIG_VALUE,
		    "an element may have only one of: path, paths");
	if (file->path.len > 0)
		path_add(r, file->path, n, x);
	if (file->paths != NULL)
		paths_fill(r, file->paths, x, own);
	bounds_fill(r, &file->matches, x);
}

/* Recursion is as deep as YAML may nest. */
static void
element_fill(struct reading *r, const struct element_kind *kind,
    const struct yaml_node *n, struct config_list *out)
{
	struct config_list own = { NULL, 0 }, where = { NULL, 0 };
	struct element_file file = { .other_files = 0 };
	const struct element_path_file *paths;
	struct element x, *to;

	element_init(&x, kind);
	x.line = n->at.line;
	x.column = n->at.column;
	read_map(r, SHAPE_ELEMENT, n, &file);
	if (n->kind != YAML_MAP)
		return;
	place_fill(r, &file, n, &x, &own);
	x.keep_others = file.other_files == 1;
	if (file.where != NULL)
		where_fill(r, file.where, kind, &where);
	x.where = where.items;
	x.where_count = where.count;
	directives_fill(r, &file, n, &x);
	if (file.contents != NULL)
		contents_fill(r, file.contents, &x);
	paths = own.items;
	if (x.path_count > 0 || own.count == 0) {
		if ((to = list_push(r, out, sizeof(*to))) == NULL) {
			complain_budget(r, n->at);
			return;
		}
		*to = x;
	}
	for (size_t i = 0; i < own.count; i++)
		own_add(r, &x, &paths[i], out);
}

void
element_parse(struct reading *r, const struct yaml_node *n,
    struct element **out)
{
	struct config_list list = { NULL, 0 };
	const struct element *wrong = NULL;
	size_t before = r->errors->count;
	struct element *root;
	struct err e;

	element_add(r, n, &list);
	if (list.count > 1)
		complain(r, n->at, ERR_CONFIG_VALUE,
		    "the artifact is one file: it has one path");
	if (r->errors->count > before || list.count == 0)
		return;
	*out = root = list.items;
	if (element_check(root, &wrong, &e))
		return;
	struct place at = n->at;
	if (wrong != NULL && wrong->line > 0) {
		at.line = wrong->line;
		at.column = wrong->column;
	}
	err_at(&e, "%s:%u:%u", at.file, at.line, at.column);
	config_errors_add(r->errors, at, &e);
}
