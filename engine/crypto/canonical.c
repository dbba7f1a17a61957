/* canonical - see canonical.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"

#define INTEGER_END	((int64_t)1 << 53)	/* RFC 8785, 3.2.2.3 */
#define TABLE_KEY_MAX	255			/* bytes */

struct member {
	const char		*key;
	const struct json	*value;
};

struct members {
	struct member	*list;
	size_t		 count;
};

static bool
key_fits(struct span key)
{
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return key.len > 0;
}

static bool
table_key_fits(struct span key)
{
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.ptr[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			return false;
	}
	return key.len > 0 && key.len <= TABLE_KEY_MAX;
}

/* The members whose maps have a user's names as keys. */
static bool
is_table(const char *key)
{
	return strcmp(key, "files") == 0 || strcmp(key, "parameters") == 0;
}

/* RFC 8785, 3.2.2.2: the short escapes where JSON has one. */
static void
write_text(struct span s, struct buf *out)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	buf_u8(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		const char *p = c == '\0' ? NULL : strchr(from, c);

		if (p != NULL)
			buf_printf(out, "\\%c", to[p - from]);
		else if (c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else
			buf_u8(out, c);
	}
	buf_u8(out, '"');
}

static bool
collect(void *arg, const char *key, const struct json *v, struct err *e)
{
	struct members *m = arg;

	(void)e;
	m->list[m->count++] = (struct member){ key, v };
	return true;
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->key,
	    ((const struct member *)b)->key);
}

static bool write_value(const struct json *, bool table, size_t depth,
    struct buf *, struct err *);

static bool
write_member(const struct member *m, bool table, size_t depth,
    struct buf *out, struct err *e)
{
	struct span key = span_text(m->key);
	struct shown shown = text_show(key);

	if (table ? !table_key_fits(key) : !key_fits(key))
		return err_set(e, ERR_CANONICAL, "member \"%s\" has a name "
		    "that canonical JSON does not take", shown.text);
	if (table && json_kind(m->value) != JSON_KIND_TEXT)
		return err_set(e, ERR_CANONICAL, "member \"%s\" of a table is "
		    "not a text", shown.text);
	write_text(key, out);
	buf_u8(out, ':');
	if (!write_value(m->value, is_table(m->key), depth, out, e))
		return err_at(e, "%s", shown.text);
	return true;
}

static bool
write_map(const struct json *v, bool table, size_t depth, struct buf *out,
    struct err *e)
{
	CLEANUP(free_done) struct member *list =
	    xcalloc(json_count(v), sizeof(*list));
	struct members m = { list, 0 };

	if (!json_each(v, collect, &m, e))
		return false;
	qsort(m.list, m.count, sizeof(*m.list), by_key);
	buf_u8(out, '{');
	for (size_t i = 0; i < m.count; i++) {
		if (i > 0)
			buf_u8(out, ',');
		if (!write_member(&m.list[i], table, depth, out, e))
			return false;
	}
	buf_u8(out, '}');
	return true;
}

static bool
write_list(const struct json *v, size_t depth, struct buf *out, struct err *e)
{
	buf_u8(out, '[');
	for (size_t i = 0; i < json_count(v); i++) {
		if (i > 0)
			buf_u8(out, ',');
		if (!write_value(json_item(v, i), false, depth, out, e))
			return err_at(e, "[%zu]", i);
	}
	buf_u8(out, ']');
	return true;
}

static bool
write_integer(int64_t n, struct buf *out, struct err *e)
{
	if (n <= -INTEGER_END || n >= INTEGER_END)
		return err_set(e, ERR_CANONICAL, "%" PRId64 " is 2^53 or "
		    "more in size", n);
	buf_printf(out, "%" PRId64, n);
	return true;
}

static bool
write_value(const struct json *v, bool table, size_t depth, struct buf *out,
    struct err *e)
{
	if (depth == 0)
		return err_set(e, ERR_CANONICAL, "nested deeper than %d "
		    "levels", LIMIT_JSON_DEPTH);
	switch (json_kind(v)) {
	case JSON_KIND_MAP:
		return write_map(v, table, depth - 1, out, e);
	case JSON_KIND_LIST:
		return write_list(v, depth - 1, out, e);
	case JSON_KIND_TEXT:
		write_text(json_span(v), out);
		return true;
	case JSON_KIND_BOOL:
		buf_text(out, json_truth(v) ? "true" : "false");
		return true;
	case JSON_KIND_INTEGER:
		return write_integer(json_integer_of(v), out, e);
	case JSON_KIND_REAL:
		return err_set(e, ERR_CANONICAL, "a number with a fraction or "
		    "an exponent");
	case JSON_KIND_NULL:
		return err_set(e, ERR_CANONICAL, "a null");
	}
	abort();
}

bool
canonical_write(const struct json *v, struct buf *out, struct err *e)
{
	return write_value(v, false, LIMIT_JSON_DEPTH + 1, out, e);
}

bool
canonical_parse(struct span s, struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	CLEANUP(buf_done) struct buf again = { 0 };

	if (!json_parse(s, &v, e) || !canonical_write(v, &again, e))
		return false;
	if (!span_eq(s, buf_span(&again)))
		return err_set(e, ERR_CANONICAL, "the bytes are not the "
		    "canonical form of what they say (%zu bytes, canonical: "
		    "%zu)", s.len, again.len);
	*out = TAKE(v);
	return true;
}
