/*
 * schema - the table of keys as JSON Schema (draft-07).
 *
 * Each shape becomes a definition; an artifact configuration's element becomes
 * one definition for each kind, because kinds differ in conditions and methods.
 */
#include <stdlib.h>
#include <string.h>

#include "artifact/element.h"
#include "base/json.h"
#include "config/keys.h"

struct schema {
	struct json	*definitions;
	bool		 done[SHAPES];
	bool		 elements;
};

static struct json *shape_schema(struct schema *, enum shape,
    const struct element_kind *);

static struct json *
reference_to(const char *prefix, const char *name)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct json *v = json_map();

	buf_printf(&b, "#/definitions/%s%s", prefix, name);
	json_put_span(v, "$ref", buf_span(&b));
	return v;
}

static struct json *
reference_to_shape(struct schema *s, enum shape shape)
{
	const char *name = shape_rows[shape].name;

	if (!s->done[shape]) {
		s->done[shape] = true;
		json_put(s->definitions, name, shape_schema(s, shape, NULL));
	}
	return reference_to("", name);
}

static struct json *
of_type(const char *type)
{
	struct json *v = json_map();

	json_put_text(v, "type", type);
	return v;
}

static struct json *
constant(const char *text)
{
	struct json *v = json_map();

	json_put_text(v, "const", text);
	return v;
}

static struct json *
list_of(struct json *item, bool empty)
{
	struct json *v = of_type("array");

	json_put(v, "items", item);
	if (!empty)
		json_put_int(v, "minItems", 1);
	return v;
}

/* ---- elements ---- */
static struct json *
element_choice(struct schema *s, const struct element_kind *kind)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	struct json *v = of_type("object"), *required = json_list();
	struct json *properties = json_map();

	buf_printf(&name, "element-%s", kind->name);
	json_put(s->definitions, buf_cstr(&name),
	    shape_schema(s, SHAPE_ELEMENT, kind));
	json_put(properties, kind->name, reference_to("element-",
	    kind->name));
	json_add(required, json_text(SPAN_TEXT(kind->name)));
	json_put(v, "properties", properties);
	json_put(v, "required", required);
	json_put_bool(v, "additionalProperties", false);
	return v;
}

static struct json *
element_schema(struct schema *s)
{
	if (!s->elements) {
		struct json *v = json_map(), *choices = json_list();

		s->elements = true;
		for (const struct element_kind *k = element_kinds;
		    k->name != NULL; k++)
			json_add(choices, element_choice(s, k));
		json_put(v, "oneOf", choices);
		json_put(s->definitions, "element", v);
	}
	return reference_to("", "element");
}

static struct json *
where_schema(const struct element_kind *kind)
{
	struct json *v = of_type("object"), *properties = json_map();

	for (size_t i = 0; kind->where != NULL && kind->where[i] != NULL;
	    i++) {
		struct json *text = of_type("string");

		json_put_text(text, "pattern",
		    type_rows[VALUE_LINE].pattern);
		json_put(properties, kind->where[i], text);
	}
	json_put(v, "properties", properties);
	json_put_bool(v, "additionalProperties", false);
	return v;
}

static bool
shape_requires(enum shape shape)
{
	for (const struct config_key *k = shape_next(shape, NULL); k != NULL;
	    k = shape_next(shape, k))
		if (k->required)
			return true;
	return false;
}

/* {METHOD: options}; the bare name too, where no option is required. */
static void
method_choices(struct schema *s, unsigned method, enum shape options,
    struct json *choices)
{
	struct json *v = of_type("object"), *properties = json_map();
	struct json *required = json_list();
	const char *name = method_rows[method].name;

	if (!shape_requires(options))
		json_add(choices, constant(name));
	json_put(properties, name, reference_to_shape(s, options));
	json_add(required, json_text(SPAN_TEXT(name)));
	json_put(v, "properties", properties);
	json_put(v, "required", required);
	json_put_bool(v, "additionalProperties", false);
	json_add(choices, v);
}

static struct json *
one_directive(struct schema *s, const struct element_kind *kind, bool demand)
{
	struct json *v = json_map(), *choices = json_list();

	for (unsigned i = 0; i < METHODS; i++)
		if ((kind->methods & 1u << i) != 0 &&
		    !(demand && method_rows[i].detached))
			method_choices(s, i, demand ? SHAPE_DEMAND :
			    method_shapes[i], choices);
	if (json_count(choices) == 0) {
		json_release(choices);
		json_put(v, "not", json_map());
		return v;
	}
	json_put(v, "oneOf", choices);
	return v;
}

/* One, or a list of at least one. */
static struct json *
directive_schema(struct schema *s, const struct element_kind *kind,
    bool demand)
{
	struct json *v = json_map(), *choices = json_list();

	json_add(choices, one_directive(s, kind, demand));
	json_add(choices, list_of(one_directive(s, kind, demand), false));
	json_put(v, "oneOf", choices);
	return v;
}

/* A pattern, or a map with what that path says otherwise. */
static struct json *
paths_schema(struct schema *s, const struct element_kind *kind)
{
	struct json *item = json_map(), *choices = json_list();
	struct json *text = of_type("string");

	json_put_text(text, "pattern", type_rows[VALUE_ENTRY_GLOB].pattern);
	json_add(choices, text);
	json_add(choices, shape_schema(s, SHAPE_ELEMENT_PATH, kind));
	json_put(item, "oneOf", choices);
	return list_of(item, false);
}

/* ---- values ---- */
static struct json *
words_of(const struct config_key *key)
{
	struct json *v = of_type("string"), *words = json_list();

	for (size_t i = 0; key->words[i] != NULL; i++)
		json_add(words, json_text(SPAN_TEXT(key->words[i])));
	json_put(v, "enum", words);
	return v;
}

static struct json *
count_or_unbounded(void)
{
	struct json *v = json_map(), *choices = json_list();
	struct json *count = of_type("integer");

	json_put_int(count, "minimum", 0);
	json_add(choices, count);
	json_add(choices, constant("unbounded"));
	json_put(v, "oneOf", choices);
	return v;
}

static struct json *
plain_schema(const struct config_key *key)
{
	const struct type_row *type = &type_rows[key->type];
	struct json *v = of_type(type->json);

	if (type->pattern != NULL)
		json_put_text(v, "pattern", type->pattern);
	if (key->type == VALUE_COUNT)
		json_put_int(v, "minimum", (int64_t)key->least);
	if (key->type == VALUE_COUNT && key->most > 0)
		json_put_int(v, "maximum", (int64_t)key->most);
	if (key->type == VALUE_VERSION)
		json_put_int(v, "const", 1);
	return v;
}

static struct json *
item_schema(struct schema *s, const struct config_key *key,
    const struct element_kind *kind)
{
	static const struct config_key text = { .type = VALUE_PARAMETER };

	if (key->words != NULL)
		return words_of(key);
	if (key->type == VALUE_MAP)
		return reference_to_shape(s, key->of);
	if (key->type == VALUE_NAMED)
		return plain_schema(&text);
	if (key->type == VALUE_ELEMENT)
		return element_schema(s);
	if (key->type == VALUE_CONTENTS)
		return list_of(element_schema(s), true);
	if (key->type == VALUE_WHERE)
		return where_schema(kind);
	if (key->type == VALUE_PATHS)
		return paths_schema(s, kind);
	if (key->type == VALUE_DIRECTIVES || key->type == VALUE_DEMANDS)
		return directive_schema(s, kind, key->type == VALUE_DEMANDS);
	if (key->type == VALUE_BOUND)
		return count_or_unbounded();
	return plain_schema(key);
}

static struct json *
dictionary_of(struct json *item)
{
	struct json *v = of_type("object"), *patterns = json_map();

	json_put(patterns, NAME_PATTERN, item);
	json_put(v, "patternProperties", patterns);
	json_put_bool(v, "additionalProperties", false);
	return v;
}

static struct json *
key_schema(struct schema *s, const struct config_key *key,
    const struct element_kind *kind)
{
	struct json *item = item_schema(s, key, kind), *v = item;

	switch (key->many) {
	case ONE:
		break;
	case LIST:
	case LIST_OR_EMPTY:
	case BITS:
		v = list_of(item, key->many != LIST);
		if (key->type != VALUE_MAP)
			json_put_bool(v, "uniqueItems", true);
		break;
	case DICTIONARY:
		v = dictionary_of(item);
		break;
	}
	if (json_member(v, "$ref") == NULL)
		json_put_text(v, "description", key->doc);
	return v;
}

/* ---- shapes ---- */
/* Exactly one of the keys that are a choice. */
static struct json *
choice_schema(enum shape shape)
{
	struct json *choices = json_list();

	for (const struct config_key *k = shape_next(shape, NULL); k != NULL;
	    k = shape_next(shape, k)) {
		struct json *one, *names;

		if (!k->choice)
			continue;
		one = json_map();
		names = json_list();
		json_add(names, json_text(SPAN_TEXT(k->name)));
		json_put(one, "required", names);
		json_add(choices, one);
	}
	if (json_count(choices) > 0)
		return choices;
	json_release(choices);
	return NULL;
}

/* An element may have path or paths, not both: shorthand of each other. */
static struct json *
both_paths(void)
{
	struct json *v = json_map(), *names = json_list();

	json_add(names, json_text(SPAN_TEXT("path")));
	json_add(names, json_text(SPAN_TEXT("paths")));
	json_put(v, "required", names);
	return v;
}

static struct json *
shape_schema(struct schema *s, enum shape shape,
    const struct element_kind *kind)
{
	struct json *v = of_type("object"), *properties = json_map();
	struct json *required = json_list();

	for (const struct config_key *k = shape_next(shape, NULL); k != NULL;
	    k = shape_next(shape, k)) {
		if (k->type == VALUE_CONTENTS && !kind->contains)
			continue;
		json_put(properties, k->name, key_schema(s, k, kind));
		if (k->required)
			json_add(required, json_text(SPAN_TEXT(k->name)));
	}
	json_put_text(v, "title", shape == SHAPE_ELEMENT ? kind->title :
	    shape_rows[shape].title);
	json_put(v, "properties", properties);
	json_put(v, "required", required);
	json_put_bool(v, "additionalProperties", false);
	json_put(v, "oneOf", choice_schema(shape));
	if (shape == SHAPE_ELEMENT)
		json_put(v, "not", both_paths());
	return v;
}

void
config_print_schema(enum config_kind kind, FILE *out)
{
	const struct kind_row *row = &kind_rows[kind];
	CLEANUP(json_done) struct json *v = json_map();
	struct schema s = { .definitions = json_map() };
	struct json *root = reference_to_shape(&s, row->shape), *all;

	json_put_text(v, "$schema", "http://json-schema.org/draft-07/schema#");
	json_put_text(v, "title", row->title);
	all = json_list();
	json_add(all, root);
	json_put(v, "allOf", all);
	json_put(v, "definitions", s.definitions);
	json_print(v, out);
}
