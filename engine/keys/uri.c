/* uri - see uri.h. */
#include <string.h>

#include "base/text.h"
#include "keys/uri.h"

#define SCHEME		"pkcs11:"

/* RFC 7512 2.3: what may stand in a value besides letters and digits. */
#define PATH_CHARS	"-._~:[]@!$'()*+,=&"
#define QUERY_CHARS	"-._~:[]@!$'()*+,=/?|"

static const struct attribute {
	const char	*name;
	size_t		 at;		/* of the span in struct key_uri */
	bool		 query;		/* behind the question mark */
	bool		 bytes;		/* need not be UTF-8 */
} attributes[] = {
	{ "token", offsetof(struct key_uri, token), false, false },
	{ "manufacturer", offsetof(struct key_uri, manufacturer), false,
	    false },
	{ "model", offsetof(struct key_uri, model), false, false },
	{ "serial", offsetof(struct key_uri, serial), false, false },
	{ "object", offsetof(struct key_uri, object), false, false },
	{ "id", offsetof(struct key_uri, id), false, true },
	{ "type", offsetof(struct key_uri, type), false, false },
	{ "module-path", offsetof(struct key_uri, module_path), true, false },
	{ "pin-source", offsetof(struct key_uri, pin_source), true, false },
};

/* Names that say how a key is reached, not which one it is. */
static const char *const local_names[] = { "module-", "pin-", "slot-" };

static struct span *
value_of(struct key_uri *u, const struct attribute *a)
{
	return (struct span *)(void *)((char *)u + a->at);
}

static const struct span *
value_in(const struct key_uri *u, const struct attribute *a)
{
	return (const struct span *)(const void *)((const char *)u + a->at);
}

static bool
is_plain(uint8_t c, const char *others)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != 0 && strchr(others, c) != NULL);
}

static int
digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986 2.1: a percent sign and exactly two hex digits. */
static bool
value_decode(struct span s, const char *others, struct buf *out)
{
	struct reader r = rd_open(s);

	while (rd_left(&r) > 0) {
		uint8_t c = rd_u8(&r);

		if (c != '%') {
			if (!is_plain(c, others))
				return false;
			buf_u8(out, c);
			continue;
		}
		int high = digit_of(rd_u8(&r)), low = digit_of(rd_u8(&r));
		if (!rd_ok(&r) || high < 0 || low < 0)
			return false;
		buf_u8(out, (uint8_t)(high << 4 | low));
	}
	return out->len > 0;
}

static bool
is_local(struct span name)
{
	for (size_t i = 0; i < COUNT(local_names); i++)
		if (span_starts(name, local_names[i]))
			return true;
	return false;
}

static const struct attribute *
attribute_find(struct span name, bool query)
{
	for (size_t i = 0; i < COUNT(attributes); i++)
		if (span_is(name, attributes[i].name) &&
		    attributes[i].query == query)
			return &attributes[i];
	return NULL;
}

static bool
attribute_parse(struct arena *arena, struct span part, bool query,
    enum key_uri_place place, struct key_uri *u, struct err *e)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct span name = { NULL, 0 }, whole = part;

	if (!span_split(&part, '=', &name) || name.len == whole.len)
		return err_set(e, ERR_KEY_URI, "'%s' is no name=value",
		    text_show(whole).text);
	const struct attribute *a = attribute_find(name, query);
	if (is_local(name) && (a == NULL || place == KEY_URI_SHARED))
		return err_set(e, ERR_KEY_URI_LOCAL,
		    "'%s' has no place in this URI", text_show(name).text);
	if (a == NULL)
		return err_set(e, ERR_KEY_URI, "attribute '%s' is not known%s",
		    text_show(name).text, query ? " behind '?'" : "");
	if (value_of(u, a)->ptr != NULL)
		return err_set(e, ERR_KEY_URI, "attribute '%s' comes twice",
		    a->name);
	if (!value_decode(part, query ? QUERY_CHARS : PATH_CHARS, &value) ||
	    (!a->bytes && (!text_utf8(buf_span(&value)) ||
	    memchr(value.ptr, 0, value.len) != NULL)))
		return err_set(e, ERR_KEY_URI, "value of '%s' is empty or not "
		    "well coded: '%s'", a->name, text_show(part).text);
	if (!arena_copy(arena, buf_span(&value), value_of(u, a)))
		return err_budget(e, arena);
	return true;
}

static bool
attributes_parse(struct arena *arena, struct span s, bool query,
    enum key_uri_place place, struct key_uri *u, struct err *e)
{
	struct span part;

	if (s.len > 0 && span_ends(s, query ? "&" : ";"))
		return err_set(e, ERR_KEY_URI, "ends with a separator");
	while (span_split(&s, query ? '&' : ';', &part))
		if (!attribute_parse(arena, part, query, place, u, e))
			return false;
	return true;
}

bool
key_uri_parse(struct arena *arena, struct span s, enum key_uri_place place,
    struct key_uri *out, struct err *e)
{
	struct key_uri u = { 0 };
	struct span path = { NULL, 0 }, rest;

	if (!span_starts(s, SCHEME))
		return err_set(e, ERR_KEY_URI, "'%s' does not begin with "
		    SCHEME, text_show(s).text);
	rest = span_from(s, sizeof(SCHEME) - 1);
	if (!span_split(&rest, '?', &path))
		return err_set(e, ERR_KEY_URI, "names nothing");
	if (path.len == 0)
		return err_set(e, ERR_KEY_URI, "names nothing");
	if (!attributes_parse(arena, path, false, place, &u, e) ||
	    !attributes_parse(arena, rest, true, place, &u, e))
		return err_at(e, "'%s'", text_show(s).text);
	*out = u;
	return true;
}

static void
value_write(struct span s, struct buf *out)
{
	for (struct reader r = rd_open(s); rd_left(&r) > 0; ) {
		uint8_t c = rd_u8(&r);

		if (is_plain(c, "-._~"))
			buf_u8(out, c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

void
key_uri_write(const struct key_uri *u, struct buf *out)
{
	const char *between[2] = { "", "?" };

	buf_text(out, SCHEME);
	for (size_t i = 0; i < COUNT(attributes); i++) {
		const struct attribute *a = &attributes[i];

		if (value_in(u, a)->ptr == NULL)
			continue;
		buf_printf(out, "%s%s=", between[a->query], a->name);
		value_write(*value_in(u, a), out);
		between[a->query] = a->query ? "&" : ";";
	}
}

static bool
agrees(struct span wanted, struct span there)
{
	return wanted.ptr == NULL || span_eq(wanted, there);
}

bool
key_uri_names_token(const struct key_uri *u, const struct token_names *t)
{
	return agrees(u->token, t->label) &&
	    agrees(u->manufacturer, t->manufacturer) &&
	    agrees(u->model, t->model) && agrees(u->serial, t->serial);
}

bool
key_uri_names_key(const struct key_uri *u, struct span label, struct span id)
{
	return agrees(u->object, label) && agrees(u->id, id) &&
	    (u->type.ptr == NULL || span_is(u->type, "private"));
}
