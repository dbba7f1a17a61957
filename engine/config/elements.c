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
    const struct yaml_node *, struct element *);

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

/* One {kind: element} into a place that the caller has. */
static void
element_into(struct reading *r, const struct yaml_node *n,
    struct element *out)
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

static void
where_fill(struct reading *r, const struct yaml_node *n, struct element *x)
{
	static const struct config_key value = { .type = VALUE_LINE };
	struct config_list list = { NULL, 0 };

	if (n->kind != YAML_MAP) {
		complain(r, n->at, ERR_CONFIG_TYPE,
		    "expected a map of conditions");
		return;
	}
	for (const struct yaml_node *m = n->first; m != NULL; m = m->next) {
		const char *key = where_key(x->kind, m->key->text);
		struct where *w = list_push(r, &list, sizeof(*w));

		if (w == NULL) {
			complain_budget(r, m->at);
			return;
		}
		if (key == NULL)
			complain(r, m->key->at, ERR_CONFIG_KEY_UNKNOWN,
			    "\"%s\" is no condition for %s",
			    text_show(m->key->text).text, x->kind->name);
		w->key = key;
		read_scalar(r, &value, m, &w->value);
	}
	x->where = list.items;
	x->where_count = list.count;
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

/* A method by name alone has the options of an empty map. */
static void
directive_add(struct reading *r, const struct yaml_node *n,
    enum directive_verb verb, struct element *x, struct config_list *list)
{
	struct yaml_node nothing = { .kind = YAML_MAP, .at = n->at };
	const struct yaml_node *m = n->kind == YAML_SCALAR ? n :
	    only_member(r, n, "a method");
	const struct yaml_node *name = n->kind == YAML_SCALAR ? n :
	    m == NULL ? NULL : m->key;
	struct directive_file options = { .encoding = 0 };
	enum method method = METHOD_AUTHENTICODE;

	if (name == NULL || !method_find(r, x->kind, name, &method))
		return;
	read_map(r, method_shapes[method], m == n ? &nothing : m, &options);
	struct directive *d = list_push(r, list, sizeof(*d));
	if (d == NULL) {
		complain_budget(r, n->at);
		return;
	}
	*d = options.directive;
	d->verb = verb;
	d->method = method;
	d->pem = options.encoding == 1;
}

/* ---- one element ---- */
static void
paths_fill(struct reading *r, const struct element_file *file,
    const struct yaml_node *n, struct element *x)
{
	if (file->path.len > 0 && file->paths.count > 0)
		complain(r, n->at, ERR_CONFIG_VALUE,
		    "an element may have only one of: path, paths");
	struct span *one = ARENA_NEW(r->arena, struct span);
	if (one == NULL) {
		complain_budget(r, n->at);
		return;
	}
	*one = file->path;
	x->path_count = file->path.len > 0 ? 1 : file->paths.count;
	x->paths = file->path.len > 0 ? one :
	    (struct span *)(uintptr_t)file->paths.items;
}

static void
contents_fill(struct reading *r, const struct yaml_node *n, struct element *x)
{
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
	x->contents = ARENA_ARRAY(r->arena, struct element, n->count);
	if (x->contents == NULL) {
		complain_budget(r, n->at);
		return;
	}
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next)
		element_into(r, i, &x->contents[x->content_count++]);
}

static void
bounds_fill(struct reading *r, const struct element_file *file,
    struct element *x)
{
	if (file->matches.min > file->matches.max ||
	    file->matches.max > ELEMENT_UNBOUNDED)
		complain(r, file->matches.at.file != NULL ? file->matches.at :
		    file->at, ERR_CONFIG_VALUE, "min %llu and max %llu do not "
		    "go together", (unsigned long long)file->matches.min,
		    (unsigned long long)file->matches.max);
	x->min = (uint32_t)file->matches.min;
	x->max = (uint32_t)file->matches.max;
}

/* Recursion is as deep as YAML may nest. */
static void
element_fill(struct reading *r, const struct element_kind *kind,
    const struct yaml_node *n, struct element *x)
{
	struct element_file file = { .other_files = 0 };
	struct config_list directives = { NULL, 0 };

	element_init(x, kind);
	x->line = n->at.line;
	x->column = n->at.column;
	read_map(r, SHAPE_ELEMENT, n, &file);
	if (n->kind != YAML_MAP)
		return;
	paths_fill(r, &file, n, x);
	bounds_fill(r, &file, x);
	x->keep_others = file.other_files == 1;
	if (file.where != NULL)
		where_fill(r, file.where, x);
	if (file.verify != NULL)
		directive_add(r, file.verify, DIRECTIVE_VERIFY, x,
		    &directives);
	if (file.sign != NULL)
		directive_add(r, file.sign, DIRECTIVE_SIGN, x, &directives);
	x->directives = directives.items;
	x->directive_count = directives.count;
	if (file.contents != NULL)
		contents_fill(r, file.contents, x);
}

void
element_parse(struct reading *r, const struct yaml_node *n,
    struct element **out)
{
	struct element *root = ARENA_NEW(r->arena, struct element);
	const struct element *wrong = NULL;
	size_t before = r->errors->count;
	struct err e;

	if (root == NULL) {
		complain_budget(r, n->at);
		return;
	}
	element_into(r, n, root);
	if (r->errors->count > before)
		return;
	*out = root;
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
