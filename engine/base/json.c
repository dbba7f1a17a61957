/* json - see json.h. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

/* struct json is jansson's json_t, seen from outside of this file. */
static json_t *
in(struct json *v)
{
	return (json_t *)v;
}

static const json_t *
in_const(const struct json *v)
{
	return (const json_t *)v;
}

static struct json *
made(json_t *v)
{
	if (v == NULL)
		abort();
	return (struct json *)v;
}

/* jansson's own limit is 2048: too deep for what we read. */
static bool
too_deep(const json_t *v, size_t left)
{
	const char *key;
	json_t *child;
	size_t i;

	if (!json_is_object(v) && !json_is_array(v))
		return false;
	if (left == 0)
		return true;
	json_array_foreach(v, i, child)
		if (too_deep(child, left - 1))
			return true;
	json_object_foreach((json_t *)(uintptr_t)v, key, child)
		if (too_deep(child, left - 1))
			return true;
	return false;
}

bool
json_parse(struct span s, struct json **out, struct err *e)
{
	json_error_t error;
	json_t *v = json_loadb((const char *)s.ptr, s.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

	if (v == NULL)
		return err_set(e, ERR_JSON_MALFORMED, "line %d, column %d: %s",
		    error.line, error.column,
		    text_show(span_text(error.text)).text);
	if (too_deep(v, LIMIT_JSON_DEPTH)) {
		json_decref(v);
		return err_set(e, ERR_JSON_MALFORMED,
		    "nested deeper than %d levels", LIMIT_JSON_DEPTH);
	}
	*out = made(v);
	return true;
}

void
json_release(struct json *v)
{
	json_decref(in(v));
}

struct json *
json_map(void)
{
	return made(json_object());
}

struct json *
json_list(void)
{
	return made(json_array());
}

/* What is no UTF-8 is shown escaped: JSON cannot carry it. */
struct json *
json_text(struct span s)
{
	if (text_utf8(s))
		return made(json_stringn(s.len > 0 ? (const char *)s.ptr : "",
		    s.len));
	CLEANUP(buf_done) struct buf b = { 0 };
	text_visible(s, &b);
	return made(json_stringn((const char *)b.ptr, b.len));
}

struct json *
json_int(int64_t n)
{
	return made(json_integer(n));
}

struct json *
json_bool(bool b)
{
	return made(json_boolean(b));
}

void
json_put(struct json *map, const char *key, struct json *v)
{
	if (v != NULL && json_object_set_new(in(map), key, in(v)) != 0)
		abort();
}

void
json_add(struct json *list, struct json *v)
{
	if (v != NULL && json_array_append_new(in(list), in(v)) != 0)
		abort();
}

struct json *
json_clone(const struct json *v)
{
	return v == NULL ? NULL : made(json_deep_copy(in_const(v)));
}

struct json *
json_texts(const struct span *texts, size_t count)
{
	struct json *list = json_list();

	for (size_t i = 0; i < count; i++)
		json_add(list, json_text(texts[i]));
	return list;
}

void
json_put_text(struct json *map, const char *key, const char *text)
{
	json_put(map, key, json_text(span_text(text)));
}

void
json_put_time(struct json *map, const char *key, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_time(ms, text);
	json_put_text(map, key, text);
}

void
json_put_span(struct json *map, const char *key, struct span s)
{
	json_put(map, key, json_text(s));
}

void
json_put_int(struct json *map, const char *key, int64_t n)
{
	json_put(map, key, json_int(n));
}

void
json_put_bool(struct json *map, const char *key, bool b)
{
	json_put(map, key, json_bool(b));
}

void
json_put_hex(struct json *map, const char *key, struct span s)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_hex(s, &b);
	json_put_span(map, key, buf_span(&b));
}

void
json_put_err(struct json *map, const char *key, const struct err *e)
{
	struct json *v = json_map();

	json_put_text(v, "code", e->what == NULL ? "NONE" : e->what->code);
	json_put_text(v, "text", e->text);
	json_put_text(v, "reason", e->what == NULL ? "" : e->what->reason);
	json_put_text(v, "advice", err_advice(e));
	json_put(map, key, v);
}

enum json_kind
json_kind(const struct json *v)
{
	if (v == NULL)
		return JSON_KIND_NULL;
	switch (json_typeof(in_const(v))) {
	case JSON_OBJECT:
		return JSON_KIND_MAP;
	case JSON_ARRAY:
		return JSON_KIND_LIST;
	case JSON_STRING:
		return JSON_KIND_TEXT;
	case JSON_INTEGER:
		return JSON_KIND_INTEGER;
	case JSON_REAL:
		return JSON_KIND_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOL;
	case JSON_NULL:
		return JSON_KIND_NULL;
	}
	abort();
}

const struct json *
json_member(const struct json *map, const char *key)
{
	return (const struct json *)json_object_get(in_const(map), key);
}

size_t
json_count(const struct json *v)
{
	return json_is_array(in_const(v)) ? json_array_size(in_const(v)) :
	    json_object_size(in_const(v));
}

const struct json *
json_item(const struct json *list, size_t i)
{
	return (const struct json *)json_array_get(in_const(list), i);
}

struct span
json_span(const struct json *v)
{
	if (v == NULL || !json_is_string(in_const(v)))
		return (struct span){ NULL, 0 };
	return (struct span){
	    (const uint8_t *)json_string_value(in_const(v)),
	    json_string_length(in_const(v)) };
}

int64_t
json_integer_of(const struct json *v)
{
	return v == NULL ? 0 : json_integer_value(in_const(v));
}

bool
json_truth(const struct json *v)
{
	return json_kind(v) == JSON_KIND_BOOL && json_typeof(in_const(v)) ==
	    JSON_TRUE;
}

bool
json_each(const struct json *map, bool (*member)(void *, const char *,
    const struct json *, struct err *), void *arg, struct err *e)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)map, key, v)
		if (!member(arg, key, (const struct json *)v, e))
			return false;
	return true;
}

struct json *
json_true_members(const struct json *map)
{
	struct json *list = json_list();
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)map, key, v)
		if (json_is_true(v))
			json_add(list, json_text(span_text(key)));
	return list;
}

static int
to_buf(const char *text, size_t len, void *arg)
{
	buf_put(arg, (struct span){ (const uint8_t *)text, len });
	return 0;
}

void
json_write(const struct json *v, struct buf *out)
{
	if (json_dump_callback(in_const(v), to_buf, out,
	    JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		abort();
}

void
json_print(const struct json *v, FILE *out)
{
	json_dumpf(in_const(v), out, JSON_INDENT(2) | JSON_ENCODE_ANY);
	fputc('\n', out);
}
