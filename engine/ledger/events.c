/* events - see events.h. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "crypto/digest.h"
#include "ledger/events.h"

/* ---- what each kind of member takes */

static bool
is_text(const struct json *v)
{
	return json_kind(v) == JSON_KIND_TEXT;
}

static bool
is_count(const struct json *v)
{
	return json_kind(v) == JSON_KIND_INTEGER && json_integer_of(v) >= 0;
}

static bool
is_flag(const struct json *v)
{
	return json_kind(v) == JSON_KIND_BOOL;
}

/* Only the form with milliseconds: times compare as text, too. */
static bool
is_time(const struct json *v)
{
	struct span s = json_span(v);
	int64_t ms;

	return s.len == strlen("2026-01-31T12:00:00.000Z") &&
	    text_untime(s, &ms);
}

static bool
is_hex(struct span s, size_t bytes)
{
	uint8_t raw[DIGEST_MAX];

	return bytes <= sizeof(raw) && text_unhex(s, raw, bytes);
}

static bool
is_sha256(const struct json *v)
{
	return is_hex(json_span(v), 32);
}

static bool
is_object(const struct json *v)
{
	return is_hex(json_span(v), 20) || is_hex(json_span(v), 32);
}

static bool
is_request(const struct json *v)
{
	return span_starts(json_span(v), "sr-") &&
	    is_hex(span_from(json_span(v), 3), 32);
}

static bool
is_texts(const struct json *v)
{
	if (json_kind(v) != JSON_KIND_LIST)
		return false;
	for (size_t i = 0; i < json_count(v); i++)
		if (!is_text(json_item(v, i)))
			return false;
	return true;
}

static bool
is_list(const struct json *v)
{
	return json_kind(v) == JSON_KIND_LIST;
}

static bool
is_map(const struct json *v)
{
	return json_kind(v) == JSON_KIND_MAP;
}

/* What a kind takes, in words, in code and as JSON Schema. */
static const struct kind_row {
	const char	*words;
	bool		(*fits)(const struct json *);
	const char	*schema;	/* type, and a pattern or item's type */
	const char	*pattern;
} kinds[MEMBER_KINDS] = {
	[MEMBER_TEXT] = { "a text", is_text, "string", NULL },
	[MEMBER_INTEGER] = { "an integer, 0 or more", is_count, "integer",
	    NULL },
	[MEMBER_FLAG] = { "true or false", is_flag, "boolean", NULL },
	[MEMBER_TIME] = { "a time like 2026-01-31T12:00:00.000Z", is_time,
	    "string", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:"
	    "[0-9]{2}\\.[0-9]{3}Z$" },
	[MEMBER_SHA256] = { "64 lower-case hex digits", is_sha256, "string",
	    "^[0-9a-f]{64}$" },
	[MEMBER_BLOB] = { "64 lower-case hex digits", is_sha256, "string",
	    "^[0-9a-f]{64}$" },
	[MEMBER_OBJECT] = { "a Git id of 40 or 64 hex digits", is_object,
	    "string", "^([0-9a-f]{40}|[0-9a-f]{64})$" },
	[MEMBER_REQUEST] = { "\"sr-\" and 64 hex digits", is_request,
	    "string", "^sr-[0-9a-f]{64}$" },
	[MEMBER_TEXTS] = { "a list of texts", is_texts, "array", NULL },
	[MEMBER_MAP] = { "a map", is_map, "object", NULL },
	[MEMBER_MAPS] = { "a list of maps", is_list, "array", NULL },
	[MEMBER_TABLE] = { "a map of texts", is_map, "object", NULL },
};

/* ---- validation */

/* Two lists make one map: the envelope's and the type's own. */
struct allowed {
	const struct event_member	*lists[2];
	bool				 open;
};

static const struct event_member *
member_find(const struct allowed *a, const char *name)
{
	for (size_t i = 0; i < COUNT(a->lists); i++)
		for (const struct event_member *m = a->lists[i];
		    m != NULL && m->name != NULL; m++)
			if (strcmp(m->name, name) == 0)
				return m;
	return NULL;
}

static bool map_fits(const struct json *, const struct allowed *,
    struct err *);

static bool
member_fits(void *arg, const char *name, const struct json *v, struct err *e)
{
	const struct allowed *a = arg;
	const struct event_member *m = member_find(a, name);

	if (m == NULL)
		return a->open || err_set(e, ERR_LEDGER_EVENT, "member "
		    "\"%s\" is not known here", text_show(span_text(name))
		    .text);
	if (!kinds[m->kind].fits(v))
		return err_set(e, ERR_LEDGER_EVENT, "%s is not %s", name,
		    kinds[m->kind].words);
	if (m->members == NULL)
		return true;
	struct allowed inner = { { m->members, NULL }, false };
	if (m->kind == MEMBER_MAP)
		return map_fits(v, &inner, e) || err_at(e, "%s", name);
	for (size_t i = 0; i < json_count(v); i++)
		if (!is_map(json_item(v, i)) ||
		    !map_fits(json_item(v, i), &inner, e))
			return err_at(e, "%s[%zu]", name, i);
	return true;
}

static bool
map_fits(const struct json *v, const struct allowed *a, struct err *e)
{
	if (!is_map(v))
		return err_set(e, ERR_LEDGER_EVENT, "not a map");
	for (size_t i = 0; i < COUNT(a->lists); i++)
		for (const struct event_member *m = a->lists[i];
		    m != NULL && m->name != NULL; m++)
			if (m->required && json_member(v, m->name) == NULL)
				return err_set(e, ERR_LEDGER_EVENT,
				    "%s is missing", m->name);
	return json_each(v, member_fits, (void *)(uintptr_t)a, e);
}

const struct event_type *
event_type_find(struct span name)
{
	for (size_t i = 0; i < event_type_count; i++)
		if (span_is(name, event_types[i].name))
			return &event_types[i];
	return NULL;
}

bool
request_id(const struct json *v, char out[REQUEST_ID_SIZE], struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!canonical_write(v, &b, e))
		return false;
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&b));
	snprintf(out, REQUEST_ID_SIZE, "sr-%.64s", digest_hex(&d).text);
	return true;
}

/* A request that does not bear the name of its own bytes is none. */
static bool
body_is_request(const struct json *v, struct err *e)
{
	const struct json *body = json_member(v, "body");
	char id[REQUEST_ID_SIZE];

	if (body == NULL)
		return true;
	if (!request_id(body, id, e))
		return false;
	return span_is(json_span(json_member(v, "request")), id) ||
	    err_set(e, ERR_LEDGER_EVENT, "the canonical request has the "
	    "SHA-256 of %s", id);
}

static bool
event_read(const struct json *v, struct event *out, struct err *e)
{
	struct span type = json_span(json_member(v, "type"));

	if (json_kind(v) != JSON_KIND_MAP)
		return err_set(e, ERR_LEDGER_EVENT, "not a map");
	out->type = event_type_find(type);
	if (out->type == NULL)
		return err_set(e, ERR_LEDGER_EVENT, "type \"%s\" is not known",
		    text_show(type).text);
	struct allowed a = { { event_envelope, out->type->members },
	    out->type->open };
	if (!map_fits(v, &a, e) || !body_is_request(v, e))
		return err_at(e, "%s", out->type->name);
	if (json_integer_of(json_member(v, "v")) != 1)
		return err_set(e, ERR_LEDGER_EVENT, "%s: v is not 1",
		    out->type->name);
	if (!text_untime(json_span(json_member(v, "at")), &out->at))
		return err_set(e, ERR_LEDGER_EVENT, "at is no time");
	out->n = (uint64_t)json_integer_of(json_member(v, "n"));
	out->json = v;
	return true;
}

bool
event_make(const char *type, uint64_t n, int64_t at, const char *engine,
    struct json *members, struct buf *out, struct err *e)
{
	CLEANUP(json_done) struct json *v = members;
	CLEANUP(buf_done) struct buf b = { 0 };
	char time[TEXT_TIME_SIZE];
	struct event ev;

	text_time(at, time);
	json_put_int(v, "v", 1);
	json_put_int(v, "n", (int64_t)n);
	json_put_text(v, "type", type);
	json_put_text(v, "at", time);
	json_put_text(v, "engine", engine);
	if (!event_read(v, &ev, e) || !canonical_write(v, &b, e))
		return false;
	if (b.len > LIMIT_EVENT)
		return err_set(e, ERR_LEDGER_EVENT_SIZE, "%s would have %zu "
		    "bytes, %d are the most", type, b.len, LIMIT_EVENT);
	buf_put(out, buf_span(&b));
	return true;
}

bool
event_parse(struct span bytes, uint64_t n, struct json **json,
    struct event *out, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct event ev;

	if (bytes.len > LIMIT_EVENT)
		return err_set(e, ERR_LEDGER_EVENT, "%zu bytes", bytes.len);
	if (!canonical_parse(bytes, &v, e) || !event_read(v, &ev, e))
		return false;
	if (ev.n != n)
		return err_set(e, ERR_LEDGER_EVENT, "it says that its number "
		    "is %llu", (unsigned long long)ev.n);
	ev.bytes = bytes;
	*out = ev;
	*json = TAKE(v);
	return true;
}

bool
event_type_has(const struct event_type *type, const char *name)
{
	struct allowed own = { { type->members, NULL }, false };

	return member_find(&own, name) != NULL;
}

void
event_about_put(const char *type, const struct event_about *about,
    struct json *members)
{
	const struct event_type *t = event_type_find(span_text(type));
	const struct {
		const char	*name;
		struct span	 is;
	} rows[] = { { "project", about->project },
	    { "policy", about->policy }, { "ref", about->ref } };

	for (size_t i = 0; t != NULL && i < COUNT(rows); i++)
		if (event_type_has(t, rows[i].name) &&
		    json_member(members, rows[i].name) == NULL)
			json_put_span(members, rows[i].name, rows[i].is);
}

struct span
event_text(const struct event *ev, const char *member)
{
	return json_span(json_member(ev->json, member));
}

uint64_t
event_integer(const struct event *ev, const char *member)
{
	return (uint64_t)json_integer_of(json_member(ev->json, member));
}

bool
event_cites(const struct event *ev, bool (*one)(void *, const char *,
    struct span), void *arg)
{
	const struct json *list = json_member(ev->json, "evidence");
	char where[32];

	for (const struct event_member *m = ev->type->members;
	    m->name != NULL; m++)
		if (m->kind == MEMBER_BLOB && json_member(ev->json, m->name) !=
		    NULL && !one(arg, m->name, event_text(ev, m->name)))
			return false;
	for (size_t i = 0; list != NULL && i < json_count(list); i++) {
		snprintf(where, sizeof(where), "evidence[%zu]", i);
		if (!one(arg, where, json_span(json_member(json_item(list, i),
		    "raw_sha256"))))
			return false;
	}
	return true;
}

/* ---- schemas */

static struct json *map_schema(const struct event_member *const *lists,
    size_t count, bool open);

static struct json *
text_schema(const char *type, const char *pattern)
{
	struct json *s = json_map();

	json_put_text(s, "type", type);
	if (pattern != NULL)
		json_put_text(s, "pattern", pattern);
	return s;
}

static struct json *
member_schema(const struct event_member *m)
{
	const struct kind_row *row = &kinds[m->kind];
	struct json *s = text_schema(row->schema, row->pattern);
	struct json *inner = m->members == NULL ? NULL :
	    map_schema(&m->members, 1, false);

	if (m->kind == MEMBER_MAP && inner != NULL) {
		json_release(s);
		s = TAKE(inner);
	}
	json_put_text(s, "description", m->meaning);
	if (m->kind == MEMBER_MAPS)
		json_put(s, "items", TAKE(inner));
	if (m->kind == MEMBER_TEXTS)
		json_put(s, "items", text_schema("string", NULL));
	if (m->kind == MEMBER_TABLE)
		json_put(s, "additionalProperties",
		    text_schema("string", NULL));
	if (m->kind == MEMBER_INTEGER)
		json_put_int(s, "minimum", 0);
	return s;
}

static struct json *
map_schema(const struct event_member *const *lists, size_t count, bool open)
{
	struct json *s = json_map(), *properties = json_map();
	struct json *required = json_list();

	for (size_t i = 0; i < count; i++)
		for (const struct event_member *m = lists[i]; m->name != NULL;
		    m++) {
			json_put(properties, m->name, member_schema(m));
			if (m->required)
				json_add(required,
				    json_text(span_text(m->name)));
		}
	json_put_text(s, "type", "object");
	json_put(s, "properties", properties);
	json_put(s, "required", required);
	json_put_bool(s, "additionalProperties", open);
	return s;
}

static struct json *
constant(struct json *value)
{
	struct json *s = json_map();

	json_put(s, "const", value);
	return s;
}

void
event_schema(const struct event_type *type, FILE *out)
{
	const struct event_member *lists[] = { event_envelope, type->members };
	CLEANUP(json_done) struct json *s = map_schema(lists, COUNT(lists),
	    type->open);
	struct json *properties =
	    (struct json *)(uintptr_t)json_member(s, "properties");

	json_put_text(s, "$schema", "http://json-schema.org/draft-07/schema#");
	json_put_text(s, "title", type->title);
	json_put_text(s, "description", type->summary);
	json_put(properties, "v", constant(json_int(1)));
	json_put(properties, "type", constant(json_text(span_text(
	    type->name))));
	json_print(s, out);
}
