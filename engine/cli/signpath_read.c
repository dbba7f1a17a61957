/*
 * signpath_read - XML to the model of signpath.h: what stands where it may not,
 * is misspelt or missing is an error with its line.
 */
#include <string.h>

#include "base/text.h"
#include "cli/signpath_values.h"

#define NAMES_MAX	64	/* candidates for a misspelt name */

/* Names that may stand in some place, for the nearest one. */
struct names {
	const char	*list[NAMES_MAX + 1];
	size_t		 count;
};

static void
names_add(struct names *n, const char *name)
{
	if (n->count < NAMES_MAX)
		n->list[n->count++] = name;
}

static bool
names_have(const struct names *n, struct span name)
{
	for (size_t i = 0; i < n->count; i++)
		if (span_is(name, n->list[i]))
			return true;
	return false;
}

static bool
refuse_unknown(const struct signpath_reading *r, unsigned line,
    const char *around, const char *what, struct span found,
    const struct names *names)
{
	const char *near = text_nearest(found, names->list);

	err_set(r->e, ERR_IMPORT_UNKNOWN, "%s has no %s \"%s\"", around, what,
	    text_show(found).text);
	if (near != NULL)
		err_hint(r->e, "did you mean \"%s\"?", near);
	return signpath_at(r, line);
}

static bool
refuse_missing(const struct signpath_reading *r, unsigned line,
    const char *around, const char *what)
{
	err_set(r->e, ERR_IMPORT_MISSING, "%s has no %s", around, what);
	return signpath_at(r, line);
}

/* ---- what stands in an XML element ---- */
static bool
attributes_check(const struct signpath_reading *r,
    const struct xml_element *x, const char *name, const struct names *names)
{
	for (size_t i = 0; i < x->attribute_count; i++) {
		const struct xml_attribute *a = &x->attributes[i];

		if (a->space.len > 0 || !names_have(names, a->name))
			return refuse_unknown(r, x->line, name, "attribute",
			    a->name, names);
	}
	if (!xml_blank(x->text)) {
		err_set(r->e, ERR_IMPORT_UNKNOWN, "text stands in %s", name);
		return signpath_at(r, x->line);
	}
	return true;
}

static bool
leaf_check(const struct signpath_reading *r, const struct xml_element *x,
    const char *name, const struct names *names)
{
	static const struct names nothing = { .count = 0 };

	if (x->first != NULL)
		return refuse_unknown(r, x->first->line, name, "element",
		    x->first->name, &nothing);
	return attributes_check(r, x, name, names);
}

static bool
space_check(const struct signpath_reading *r, const struct xml_element *x)
{
	if (span_is(x->space, SIGNPATH_SPACE))
		return true;
	err_set(r->e, ERR_IMPORT_UNKNOWN, "\"%s\" is of the namespace \"%s\"",
	    text_show(x->name).text, text_show(x->space).text);
	return signpath_at(r, x->line);
}

/* ---- parameters ---- */
static bool
parameter_required(const struct signpath_reading *r,
    const struct xml_element *x, bool *out)
{
	const struct xml_attribute *a = xml_attribute(x, "required");

	*out = a != NULL && (span_is(a->value, "true") ||
	    span_is(a->value, "1"));
	if (a == NULL || *out || span_is(a->value, "false") ||
	    span_is(a->value, "0"))
		return true;
	err_set(r->e, ERR_IMPORT_VALUE, "required=\"%s\" is neither true nor "
	    "false", text_show(a->value).text);
	return signpath_at(r, x->line);
}

static bool
parameter_read(struct signpath_reading *r, const struct xml_element *x,
    struct signpath_parameter **end)
{
	static const struct names names = { { "name", "default-value",
	    "required" }, 3 };
	const struct xml_attribute *name = xml_attribute(x, "name");
	const struct xml_attribute *value = xml_attribute(x, "default-value");
	struct signpath_parameter *p = ARENA_NEW(r->arena,
	    struct signpath_parameter);

	if (p == NULL)
		return err_budget(r->e, r->arena);
	if (!leaf_check(r, x, "parameter", &names))
		return false;
	if (name == NULL)
		return refuse_missing(r, x->line, "parameter", "name");
	p->line = x->line;
	p->theirs = name->value;
	if (value != NULL)
		p->fallback = value->value;
	if (!parameter_required(r, x, &p->required) ||
	    !signpath_name(r, p))
		return false;
	*end = p;
	return true;
}

static bool
parameters_read(struct signpath_reading *r, const struct xml_element *x)
{
	static const struct names names = { { "parameter" }, 1 };
	static const struct names none = { .count = 0 };
	struct signpath_parameter **end = &r->out->parameters;

	if (!attributes_check(r, x, "parameters", &none))
		return false;
	for (const struct xml_element *c = x->first; c != NULL; c = c->next) {
		if (!space_check(r, c))
			return false;
		if (!span_is(c->name, "parameter"))
			return refuse_unknown(r, c->line, "parameters",
			    "element", c->name, &names);
		if (!parameter_read(r, c, end))
			return false;
		end = &(*end)->next;
	}
	return true;
}

/* ---- directives ---- */
static bool
directive_place(const struct signpath_reading *r,
    const struct signpath_element *x, const struct signpath_verb *verb,
    unsigned line)
{
	for (const struct signpath_directive *d = x->directives; d != NULL;
	    d = d->next)
		if (verb->verb == DIRECTIVE_VERIFY) {
			err_set(r->e, ERR_IMPORT_PLACE, "%s stands behind %s",
			    verb->name, d->verb->name);
			return signpath_at(r, line);
		}
	if (!signpath_among(verb->in, x->kind->name)) {
		err_set(r->e, ERR_IMPORT_PLACE, "%s cannot have %s", x->name,
		    verb->name);
		return signpath_at(r, line);
	}
	return true;
}

static bool
option_read(const struct signpath_reading *r, const struct signpath_element *x,
    const struct signpath_verb *verb, const struct signpath_option *o,
    const struct xml_element *from, struct signpath_value ***end)
{
	const struct xml_attribute *a = xml_attribute(from, o->name);
	struct signpath_value *v = ARENA_NEW(r->arena, struct signpath_value);

	if (v == NULL)
		return err_budget(r->e, r->arena);
	if (a == NULL && o->required)
		return refuse_missing(r, from->line, verb->name, o->name);
	if (a == NULL)
		return true;
	if (o->in != NULL && !signpath_among(o->in, x->kind->name)) {
		err_set(r->e, ERR_IMPORT_PLACE, "%s of %s cannot have %s",
		    verb->name, x->name, o->name);
		return signpath_at(r, from->line);
	}
	v->option = o;
	if (!signpath_text(r, from->line, a, &v->text) ||
	    !signpath_option_check(r, from->line, v))
		return false;
	**end = v;
	*end = &v->next;
	return true;
}

static bool
verb_read(const struct signpath_reading *r, struct signpath_element *x,
    const struct signpath_verb *verb, const struct xml_element *from)
{
	struct signpath_directive *d = ARENA_NEW(r->arena,
	    struct signpath_directive);
	struct signpath_directive **end = &x->directives;
	struct names names = { .count = 0 };

	if (d == NULL)
		return err_budget(r->e, r->arena);
	*d = (struct signpath_directive){ .verb = verb, .line = from->line };
	struct signpath_value **values = &d->values;
	for (size_t i = 0; verb->options[i].name != NULL; i++)
		names_add(&names, verb->options[i].name);
	if (!directive_place(r, x, verb, from->line) ||
	    !leaf_check(r, from, verb->name, &names))
		return false;
	for (size_t i = 0; verb->options[i].name != NULL; i++)
		if (!option_read(r, x, verb, &verb->options[i], from,
		    &values))
			return false;
	while (*end != NULL)
		end = &(*end)->next;
	*end = d;
	return true;
}

/* ---- elements ---- */
static const struct signpath_verb *
verb_find(struct span name)
{
	for (size_t i = 0; signpath_verbs[i].name != NULL; i++)
		if (span_is(name, signpath_verbs[i].name))
			return &signpath_verbs[i];
	return NULL;
}

/* kind_find knows "pe-file" and "pe-file-set". */
static const struct signpath_kind *
kind_find(struct span name, bool *set)
{
	*set = span_ends(name, "-set");
	if (*set)
		name.len -= strlen("-set");
	for (size_t i = 0; signpath_kinds[i].name != NULL; i++)
		if (span_is(name, signpath_kinds[i].name))
			return &signpath_kinds[i];
	return NULL;
}

/* All names of elements and directives. */
static bool
names_all(const struct signpath_reading *r, struct names *names)
{
	for (size_t i = 0; signpath_kinds[i].name != NULL; i++) {
		const char *set = arena_printf(r->arena, "%s-set",
		    signpath_kinds[i].name);

		if (set == NULL)
			return err_budget(r->e, r->arena);
		names_add(names, signpath_kinds[i].name);
		names_add(names, set);
	}
	for (size_t i = 0; signpath_verbs[i].name != NULL; i++)
		names_add(names, signpath_verbs[i].name);
	return true;
}

/* What an element stands in. */
struct scope {
	const struct scope	*around;	/* NULL: the root */
	const struct signpath_kind *kind;
	const char		*name;
	unsigned		 depth;
};

/* Folders do not count: a file in a folder of a zip-file lies in a zip-file. */
static bool
in_zip(const struct scope *s)
{
	while (s != NULL && s->kind->folder)
		s = s->around;
	return s != NULL && strcmp(s->kind->name, "zip-file") == 0;
}

static bool
place_check(const struct signpath_reading *r, const struct scope *around,
    const struct signpath_kind *kind, bool set, const struct xml_element *x)
{
	struct shown name = text_show(x->name);

	if (around == NULL && (set || kind->folder))
		err_set(r->e, ERR_IMPORT_PLACE, "the artifact is one file, "
		    "not a %s", name.text);
	else if (around != NULL && !around->kind->holds)
		err_set(r->e, ERR_IMPORT_PLACE, "%s stands in %s, which holds "
		    "no files", name.text, around->name);
	else if (kind->zip_only && !in_zip(around))
		err_set(r->e, ERR_IMPORT_PLACE,
		    "%s must stand in a zip-file", name.text);
	else if (around != NULL && around->depth >= SIGNPATH_DEPTH)
		err_set(r->e, ERR_IMPORT_PLACE, "%s stands deeper than %d "
		    "elements", name.text, SIGNPATH_DEPTH);
	else
		return true;
	return signpath_at(r, x->line);
}

/* A set's conditions, and those of an include that replace or join them. */
static bool
where_read(const struct signpath_reading *r, const struct xml_element *x,
    const struct signpath_kind *kind, const struct signpath_condition *set,
    struct signpath_condition **end, bool *own)
{
	for (size_t i = 0; kind->where[i] != NULL; i++) {
		const struct xml_attribute *a = xml_attribute(x,
		    kind->where[i]);
		const struct signpath_condition *s = set;
		struct signpath_condition *c = ARENA_NEW(r->arena,
		    struct signpath_condition);

		while (s != NULL && s->key != kind->where[i])
			s = s->next;
		if (c == NULL)
			return err_budget(r->e, r->arena);
		if (a == NULL && s == NULL)
			continue;
		*own |= a != NULL;
		c->key = kind->where[i];
		if (a == NULL)
			c->value = s->value;
		else if (!signpath_text(r, x->line, a, &c->value))
			return false;
		*end = c;
		end = &c->next;
	}
	return true;
}

static bool
path_read(const struct signpath_reading *r, const struct xml_element *x,
    struct signpath_element *out, bool root, struct signpath_path **end)
{
	const struct xml_attribute *a = xml_attribute(x, "path");
	struct signpath_path *p = ARENA_NEW(r->arena, struct signpath_path);

	if (p == NULL)
		return err_budget(r->e, r->arena);
	if (a == NULL && !root)
		return refuse_missing(r, x->line, out->name, "path");
	if (a != NULL && !signpath_path(r, x->line, a, out->kind, root,
	    &p->path))
		return false;
	if (!signpath_bounds(r, x, root, p) || !where_read(r, x, out->kind,
	    out->where, &p->where, &p->own_where))
		return false;
	*end = p;
	return true;
}

static void
names_where(struct names *names, const struct signpath_kind *kind)
{
	for (size_t i = 0; kind->where[i] != NULL; i++)
		names_add(names, kind->where[i]);
}

static bool
include_read(const struct signpath_reading *r, const struct xml_element *x,
    struct signpath_element *out)
{
	struct names names = { { "path", "min-matches", "max-matches" }, 3 };
	struct signpath_path **end = &out->paths;

	names_where(&names, out->kind);
	while (*end != NULL)
		end = &(*end)->next;
	return leaf_check(r, x, "include", &names) &&
	    path_read(r, x, out, false, end);
}

static bool	node_read(struct signpath_reading *,
		    const struct xml_element *, const struct scope *,
		    struct signpath_element **);

/* Directives and elements: what an element or its for-each holds. */
static bool
contents_read(struct signpath_reading *r, const struct xml_element *x,
    struct signpath_element *out, const struct scope *around)
{
	struct scope here = { around, out->kind, out->name,
	    around == NULL ? 1 : around->depth + 1 };
	struct signpath_element **end = &out->contents;

	for (const struct xml_element *c = x->first; c != NULL; c = c->next) {
		const struct signpath_verb *verb = verb_find(c->name);

		if (!space_check(r, c))
			return false;
		if (verb != NULL) {
			if (!verb_read(r, out, verb, c))
				return false;
			continue;
		}
		if (!node_read(r, c, &here, end))
			return false;
		end = &(*end)->next;
	}
	return true;
}

/* include, one or more; then what is done to each file, if anything is. */
static bool
set_read(struct signpath_reading *r, const struct xml_element *x,
    struct signpath_element *out, const struct scope *around)
{
	static const struct names names = { { "include", "for-each" }, 2 };
	static const struct names none = { .count = 0 };
	const struct xml_element *c = x->first;
	bool own = false;

	if (!where_read(r, x, out->kind, NULL, &out->where, &own))
		return false;
	for (; c != NULL && span_is(c->name, "include"); c = c->next)
		if (!space_check(r, c) || !include_read(r, c, out))
			return false;
	if (out->paths == NULL && (c == NULL || span_is(c->name, "for-each")))
		return refuse_missing(r, x->line, out->name, "include");
	if (c == NULL)
		return true;
	if (!space_check(r, c))
		return false;
	if (!span_is(c->name, "for-each"))
		return refuse_unknown(r, c->line, out->name, "element",
		    c->name, &names);
	if (c->next != NULL) {
		err_set(r->e, ERR_IMPORT_PLACE, "\"%s\" stands behind the "
		    "for-each of %s", text_show(c->next->name).text,
		    out->name);
		return signpath_at(r, c->next->line);
	}
	return attributes_check(r, c, "for-each", &none) &&
	    contents_read(r, c, out, around);
}

static bool
single_read(struct signpath_reading *r, const struct xml_element *x,
    struct signpath_element *out, const struct scope *around)
{
	const struct xml_attribute *upload = xml_attribute(x,
	    "ui-multifile-upload");

	if (upload != NULL)
		r->out->upload = x->line;
	return path_read(r, x, out, around == NULL, &out->paths) &&
	    contents_read(r, x, out, around);
}

/* As deep as SIGNPATH_DEPTH. */
static bool
node_read(struct signpath_reading *r, const struct xml_element *x,
    const struct scope *around, struct signpath_element **end)
{
	struct names names = { .count = 0 }, all = { .count = 0 };
	struct signpath_element *out = ARENA_NEW(r->arena,
	    struct signpath_element);
	bool set;

	if (out == NULL)
		return err_budget(r->e, r->arena);
	if (!space_check(r, x))
		return false;
	out->line = x->line;
	out->kind = kind_find(x->name, &set);
	if (out->kind == NULL)
		return names_all(r, &all) && refuse_unknown(r, x->line,
		    around == NULL ? "artifact-configuration" : around->name,
		    "element", x->name, &all);
	out->name = arena_text(r->arena, x->name);
	if (out->name == NULL)
		return err_budget(r->e, r->arena);
	names_where(&names, out->kind);
	if (!set) {
		names_add(&names, "path");
		names_add(&names, "min-matches");
		names_add(&names, "max-matches");
	}
	if (!set && out->kind->upload)
		names_add(&names, "ui-multifile-upload");
	if (!place_check(r, around, out->kind, set, x) ||
	    !attributes_check(r, x, out->name, &names) ||
	    !(set ? set_read : single_read)(r, x, out, around))
		return false;
	*end = out;
	return true;
}

/* ---- the document ---- */
static bool
root_check(const struct signpath_reading *r, const struct xml_element *x)
{
	/* Where editors find the schema. */
	const char *instance = "http://www.w3.org/2001/XMLSchema-instance";
	static const struct names none = { .count = 0 };

	if (!xml_is(x, SIGNPATH_SPACE, "artifact-configuration")) {
		err_set(r->e, ERR_IMPORT_ROOT, "the outermost element is "
		    "\"%s\" of the namespace \"%s\"", text_show(x->name).text,
		    text_show(x->space).text);
		return signpath_at(r, x->line);
	}
	for (size_t i = 0; i < x->attribute_count; i++)
		if (!span_is(x->attributes[i].space, instance))
			return refuse_unknown(r, x->line,
			    "artifact-configuration", "attribute",
			    x->attributes[i].name, &none);
	return xml_blank(x->text) || refuse_unknown(r, x->line,
	    "artifact-configuration", "text", x->text, &none);
}

static bool
document_read(struct signpath_reading *r, const struct xml_element *x)
{
	const struct xml_element *c = x->first;

	if (!root_check(r, x))
		return false;
	if (c != NULL && xml_is(c, SIGNPATH_SPACE, "parameters")) {
		if (!parameters_read(r, c))
			return false;
		c = c->next;
	}
	if (c == NULL)
		return refuse_missing(r, x->line, "artifact-configuration",
		    "element for the artifact");
	if (!node_read(r, c, NULL, &r->out->root))
		return false;
	if (c->next == NULL)
		return true;
	err_set(r->e, ERR_IMPORT_PLACE, "\"%s\" is a second artifact, or "
	    "stands behind it", text_show(c->next->name).text);
	return signpath_at(r, c->next->line);
}

bool
signpath_read(const char *name, struct span bytes, struct arena *a,
    struct signpath **out, struct err *e)
{
	struct signpath_reading r = { name, a, e,
	    ARENA_NEW(a, struct signpath) };
	struct xml_element *root;

	if (r.out == NULL)
		return err_budget(e, a);
	if (!xml_parse(name, bytes, a, &root, e) || !document_read(&r, root))
		return false;
	*out = r.out;
	return true;
}
