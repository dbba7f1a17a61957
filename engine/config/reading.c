/*
 * reading - from the YAML tree to the model, by the rows of keys.c. Every
 * error is noted and reading goes on.
 */
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "config/reading.h"

/*
 * The patterns of all types and that of names, compiled once: they learn while
 * they are used, and each state of a long history is read with them.
 */
static struct {
	regex_t	types[VALUE_TYPES];
	regex_t	name;
	bool	compiled;
} patterns;

static void
pattern_compile(regex_t *regex, const char *pattern)
{
	if (regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
}

static void
patterns_compile(void)
{
	if (patterns.compiled)
		return;
	for (size_t i = 0; i < VALUE_TYPES; i++)
		if (type_rows[i].pattern != NULL)
			pattern_compile(&patterns.types[i],
			    type_rows[i].pattern);
	pattern_compile(&patterns.name, NAME_PATTERN);
	patterns.compiled = true;
}

void
reading_init(struct reading *r, struct arena *arena,
    struct config_errors *errors)
{
	*r = (struct reading){ .arena = arena, .errors = errors };
	patterns_compile();
	if (errors->names == NULL)
		errors->names = arena_new(LIMIT_CONFIG_NAMES);
}

void
reading_done(struct reading *r)
{
	free(r->used);
}

/*
 * The range ends the text, also at a NUL within. A copy all the same: what
 * stands between a program and regexec (sanitizers) looks for an end of its
 * own.
 */
static bool
matches(const regex_t *regex, struct span s)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	regmatch_t range = { 0, (regoff_t)s.len };

	buf_put(&text, s);
	return regexec(regex, buf_cstr(&text), 1, &range, REG_STARTEND) == 0;
}

bool
value_matches(enum value_type type, struct span s)
{
	return type_rows[type].pattern == NULL ||
	    matches(&patterns.types[type], s);
}

/* ---- errors ---- */
void
config_errors_done(struct config_errors *errors)
{
	free(errors->items);
	arena_free(errors->names);
	*errors = (struct config_errors){ 0 };
}

/* The place must outlive the arena of a model that is thrown away. */
void
config_errors_add(struct config_errors *errors, struct place at,
    const struct err *e)
{
	struct config_error item = { at, *e };

	if (errors->count > LIMIT_CONFIG_ERRORS)
		return;
	if (errors->count == LIMIT_CONFIG_ERRORS)
		err_set(&item.e, ERR_CONFIG_SIZE, "%s: more than %d errors: "
		    "the others are not listed", at.file, LIMIT_CONFIG_ERRORS);
	if (errors->names == NULL)
		errors->names = arena_new(LIMIT_CONFIG_NAMES);
	item.at.file = arena_text(errors->names, SPAN_TEXT(at.file));
	errors->items = xrealloc(errors->items,
	    (errors->count + 1) * sizeof(item));
	errors->items[errors->count++] = item;
}

bool
complain(struct reading *r, struct place at, enum err_code code,
    const char *fmt, ...)
{
	char text[700];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (at.line == 0)
		err_set(&e, code, "%s: %s", at.file, text);
	else
		err_set(&e, code, "%s:%u:%u: %s", at.file, at.line, at.column,
		    text);
	config_errors_add(r->errors, at, &e);
	return false;
}

/* Adds advice to the error that was noted last. */
bool
complain_hint(struct reading *r, const char *fmt, ...)
{
	struct err *e = &r->errors->items[r->errors->count - 1].e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return false;
}

bool
complain_budget(struct reading *r, struct place at)
{
	return complain(r, at, ERR_LIMIT_MEMORY,
	    "the config repo needs more memory than it may");
}

/* ---- values ---- */
static const char *const kind_words[] = {
	[YAML_SCALAR] = "a single value",
	[YAML_LIST] = "a list",
	[YAML_MAP] = "a map",
};

static bool
expect_kind(struct reading *r, const struct yaml_node *n, enum yaml_kind kind,
    const char *expected)
{
	if (n->kind == kind)
		return true;
	return complain(r, n->at, ERR_CONFIG_TYPE, "found %s, expected %s%s%s",
	    kind_words[n->kind], kind_words[kind],
	    expected[0] == '\0' ? "" : ": ", expected);
}

/* What is due decides which words may stand without quotes. */
static bool
word_is_due(struct reading *r, const struct type_row *type,
    const struct yaml_node *n)
{
	enum yaml_word word = yaml_resolve(n);
	if (type->json == NULL)
		return true;
	enum yaml_word due = strcmp(type->json, "integer") == 0 ?
	    YAML_WORD_INTEGER : strcmp(type->json, "boolean") == 0 ?
	    YAML_WORD_BOOLEAN : YAML_WORD_TEXT;

	if (word == due)
		return true;
	if (word == YAML_WORD_NULL)
		return complain(r, n->at, ERR_CONFIG_TYPE,
		    "found nothing, expected %s", type->name);
	if (due == YAML_WORD_TEXT)
		return complain(r, n->at, ERR_CONFIG_QUOTE, "%.150s without "
		    "quotes is %s, expected %s", text_show(n->text).text,
		    yaml_word_name(word), type->name);
	return complain(r, n->at, ERR_CONFIG_TYPE, "found %s (\"%s\"), "
	    "expected %s", n->plain ? yaml_word_name(word) : "text in quotes",
	    text_show(n->text).text, type->name);
}

static void
refer(struct reading *r, const struct config_key *key,
    const struct yaml_node *n)
{
	if (key->reference == REFERS_TO_NOTHING)
		return;
	void *grown = arena_grow(r->arena, r->pending, r->pending_count,
	    sizeof(*r->pending));
	if (grown == NULL) {
		complain_budget(r, n->at);
		return;
	}
	r->pending = grown;
	r->pending[r->pending_count++] = (struct pending){ n->at,
	    key->reference, n->text, r->project };
}

bool
read_scalar(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	const struct type_row *type = &type_rows[key->type];

	if (!expect_kind(r, n, YAML_SCALAR, type->name) ||
	    !word_is_due(r, type, n))
		return false;
	if (!value_matches(key->type, n->text))
		return complain(r, n->at, type->code,
		    "\"%s\" is not %s", text_show(n->text).text, type->name);
	if (!type->set(r, key, n, field))
		return false;
	refer(r, key, n);
	return true;
}

static void
read_one(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	if (key->type == VALUE_MAP)
		read_map(r, key->of, n, field);
	else if (key->type == VALUE_ELEMENT)
		element_parse(r, n, field);
	else if (type_rows[key->type].set == NULL)
		*(const struct yaml_node **)field = n;
	else
		read_scalar(r, key, n, field);
}

static size_t
item_size(const struct config_key *key)
{
	return key->type == VALUE_MAP ? shape_rows[key->of].size :
	    type_rows[key->type].size;
}

void *
list_push(struct reading *r, struct config_list *list, size_t size)
{
	uint8_t *grown = arena_grow(r->arena, list->items, list->count, size);

	if (grown == NULL)
		return NULL;
	list->items = grown;
	return grown + list->count++ * size;
}

static bool
list_has(const struct yaml_node *list, const struct yaml_node *item)
{
	for (const struct yaml_node *n = list->first; n != item; n = n->next)
		if (n->kind == YAML_SCALAR && item->kind == YAML_SCALAR &&
		    span_eq(n->text, item->text))
			return true;
	return false;
}

static void
read_list(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct config_list list = { NULL, 0 };
	size_t size = item_size(key);

	if (!expect_kind(r, n, YAML_LIST, type_rows[key->type].name))
		return;
	if (n->count == 0 && key->many == LIST)
		complain(r, n->at, ERR_CONFIG_VALUE,
		    "the list is empty, expected at least one");
	if (n->count > LIMIT_CONFIG_LIST) {
		complain(r, n->at, ERR_CONFIG_SIZE, "%zu items, more than the "
		    "%d of a list", n->count, LIMIT_CONFIG_LIST);
		return;
	}
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		void *item = key->many == BITS ? field :
		    list_push(r, &list, size);

		if (item == NULL) {
			complain_budget(r, i->at);
			return;
		}
		if (list_has(n, i))
			complain(r, i->at, ERR_CONFIG_TWICE, "\"%s\" stands "
			    "in the list twice", text_show(i->text).text);
		read_one(r, key, i, item);
	}
	if (key->many != BITS)
		memcpy(field, &list, sizeof(list));
}

/* A member of a dictionary of texts. */
static void
read_named(struct reading *r, const struct yaml_node *n,
    struct named_text *out)
{
	static const struct config_key value = { .type = VALUE_PARAMETER };

	out->at = n->at;
	out->name = n->key->text;
	read_scalar(r, &value, n, &out->value);
}

static void
read_dictionary(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct config_list list = { NULL, 0 };
	size_t size = item_size(key);

	if (!expect_kind(r, n, YAML_MAP, ""))
		return;
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		uint8_t *item = list_push(r, &list, size);

		if (item == NULL) {
			complain_budget(r, i->at);
			return;
		}
		if (!matches(&patterns.name, i->key->text))
			complain(r, i->key->at, ERR_CONFIG_VALUE, "\"%s\" is "
			    "not a name of a-z, 0-9, _ and -",
			    text_show(i->key->text).text);
		if (key->type == VALUE_NAMED) {
			read_named(r, i, (struct named_text *)(void *)item);
			continue;
		}
		read_map(r, key->of, i, item);
		memcpy(item + shape_rows[key->of].named, &i->key->text,
		    sizeof(struct span));
	}
	memcpy(field, &list, sizeof(list));
}

static void
read_value(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, uint8_t *out)
{
	static void (*const readers[])(struct reading *,
	    const struct config_key *, const struct yaml_node *, void *) = {
		[ONE] = read_one,
		[LIST] = read_list,
		[LIST_OR_EMPTY] = read_list,
		[BITS] = read_list,
		[DICTIONARY] = read_dictionary,
	};
	bool given = true;

	if (key->given > 0)
		memcpy(out + key->given, &given, sizeof(given));
	readers[key->many](r, key, n, out + key->offset);
}

/* ---- maps ---- */
const struct config_key *
config_key_find(enum shape shape, struct span name)
{
	const struct config_key *k = NULL;

	while ((k = shape_next(shape, k)) != NULL)
		if (span_is(name, k->name))
			return k;
	return NULL;
}

static void
refuse_key(struct reading *r, enum shape shape, const struct yaml_node *key)
{
	const char *names[SHAPE_KEYS_MAX + 1] = { NULL };
	const struct config_key *k = NULL;
	size_t n = 0;

	while ((k = shape_next(shape, k)) != NULL && n < SHAPE_KEYS_MAX)
		names[n++] = k->name;
	const char *nearest = text_nearest(key->text, names);
	complain(r, key->at, ERR_CONFIG_KEY_UNKNOWN,
	    "%s has no key \"%s\"%s%s%s", shape_rows[shape].title,
	    text_show(key->text).text, nearest == NULL ? "" :
	    "; the nearest is \"", nearest == NULL ? "" : nearest,
	    nearest == NULL ? "" : "\"");
	if (nearest != NULL)
		complain_hint(r, "write \"%s\", or remove the key", nearest);
}

/* Defaults are texts of the same types: one way for all values. */
static void
set_defaults(struct reading *r, enum shape shape, uint8_t *out)
{
	const struct config_key *k = NULL;

	while ((k = shape_next(shape, k)) != NULL) {
		if (k->many == ONE && k->type == VALUE_MAP)
			set_defaults(r, k->of, out + k->offset);
		if (k->fallback == NULL)
			continue;
		struct yaml_node n = { .kind = YAML_SCALAR, .text =
		    SPAN_TEXT(k->fallback), .at = { "(default)", 1, 1 } };
		if (!type_rows[k->type].set(r, k, &n, out + k->offset))
			abort();
	}
}

static void
check_choice(struct reading *r, enum shape shape, const struct yaml_node *map)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const struct config_key *k = NULL;
	size_t choices = 0, found = 0;

	while ((k = shape_next(shape, k)) != NULL) {
		if (!k->choice)
			continue;
		buf_printf(&names, "%s%s", choices++ == 0 ? "" : ", ",
		    k->name);
		found += yaml_member(map, k->name) != NULL;
	}
	if (choices > 0 && found == 0)
		complain(r, map->at, ERR_CONFIG_KEY_MISSING,
		    "%s needs one of: %s", shape_rows[shape].title,
		    buf_cstr(&names));
	if (found > 1)
		complain(r, map->at, ERR_CONFIG_VALUE, "%s may have only one "
		    "of: %s", shape_rows[shape].title, buf_cstr(&names));
}

static void
check_required(struct reading *r, enum shape shape,
    const struct yaml_node *map)
{
	const struct config_key *k = NULL;

	while ((k = shape_next(shape, k)) != NULL)
		if (k->required && yaml_member(map, k->name) == NULL)
			complain(r, map->at, ERR_CONFIG_KEY_MISSING,
			    "%s has no key \"%s\": %s",
			    shape_rows[shape].title, k->name, k->doc);
	check_choice(r, shape, map);
}

void
read_map(struct reading *r, enum shape shape, const struct yaml_node *n,
    void *out)
{
	if (!expect_kind(r, n, YAML_MAP, shape_rows[shape].title))
		return;
	set_defaults(r, shape, out);
	memcpy(out, &n->at, sizeof(n->at));
	for (const struct yaml_node *m = n->first; m != NULL; m = m->next) {
		const struct config_key *key =
		    config_key_find(shape, m->key->text);

		if (key == NULL)
			refuse_key(r, shape, m->key);
		else
			read_value(r, key, m, out);
	}
	check_required(r, shape, n);
}

bool
read_file(struct reading *r, enum shape shape, const char *path,
    struct span bytes, void *out)
{
	struct yaml_node *root;
	struct place where = { path, 1, 1 };
	size_t before = r->errors->count;
	struct err e;

	if (!yaml_parse(path, bytes, r->arena, &root, &where, &e)) {
		config_errors_add(r->errors, where, &e);
		return false;
	}
	read_map(r, shape, root, out);
	if (r->errors->count == before && shape_rows[shape].whole != NULL)
		shape_rows[shape].whole(r, out);
	return r->errors->count == before;
}
