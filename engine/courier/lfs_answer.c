/* lfs_answer - see lfs_answer.h. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "courier/lfs_answer.h"

#define HEADERS_MOST	16
#define NAME_MOST	64	/* bytes */
#define VALUE_MOST	8192

/* Ours to say: where a message ends, and to whom it goes. */
static const char *const reserved[] = {
	"Accept-Encoding", "Connection", "Content-Length", "Cookie", "Expect",
	"Host", "If-Range", "Keep-Alive", "Proxy-Authorization",
	"Proxy-Connection", "Range", "TE", "Trailer", "Transfer-Encoding",
	"Upgrade",
};

static bool
malformed(const char *why, struct err *e)
{
	return err_set(e, ERR_LFS_ANSWER, "the LFS server's answer %s", why);
}

/* RFC 9110, 5.6.2 */
static bool
name_fits(struct span name)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i], low = c | 0x20;

		if ((c < '0' || c > '9') && (low < 'a' || low > 'z') &&
		    strchr(marks, c) == NULL)
			return false;
	}
	for (size_t i = 0; i < COUNT(reserved); i++)
		if (name.len == strlen(reserved[i]) && strncasecmp(
		    (const char *)name.ptr, reserved[i], name.len) == 0)
			return false;
	return name.len > 0 && name.len <= NAME_MOST;
}

static bool
value_fits(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < ' ' || value.ptr[i] > '~')
			return false;
	return value.len > 0 && value.len <= VALUE_MOST;
}

/* Headers as they are gathered. */
struct gathering {
	struct arena		*arena;
	struct http_header	*headers;
	size_t			 count;
	bool			 authorized;
};

static bool
header_take(void *arg, const char *key, const struct json *v, struct err *e)
{
	struct gathering *g = arg;
	struct http_header *h = &g->headers[g->count];
	struct span name = SPAN_TEXT(key), value = json_span(v);

	if (g->count == HEADERS_MOST || !name_fits(name) ||
	    !value_fits(value))
		return malformed("asks for a header that is not sent", e);
	h->name = arena_text(g->arena, name);
	h->value = arena_text(g->arena, value);
	if (h->name == NULL || h->value == NULL)
		return err_budget(e, g->arena);
	g->authorized |= strcasecmp(key, "Authorization") == 0;
	g->count++;
	return true;
}

static bool
headers_take(const struct json *map, struct arena *a,
    struct lfs_download *out, struct err *e)
{
	struct gathering g = { .arena = a };

	if (map == NULL || json_kind(map) == JSON_KIND_NULL)
		return true;
	if (json_kind(map) != JSON_KIND_MAP)
		return malformed("has headers that are no map", e);
	g.headers = ARENA_ARRAY(a, struct http_header, HEADERS_MOST);
	if (g.headers == NULL)
		return err_budget(e, a);
	if (!json_each(map, header_take, &g, e))
		return false;
	out->headers = g.headers;
	out->header_count = g.count;
	out->authorized = g.authorized;
	return true;
}

static bool
action_take(const struct json *action, struct arena *a,
    struct lfs_download *out, struct err *e)
{
	struct span href = json_span(json_member(action, "href"));

	if (href.len == 0)
		return malformed("has no address to download from", e);
	out->url = arena_text(a, href);
	return out->url == NULL ? err_budget(e, a) :
	    headers_take(json_member(action, "header"), a, out, e);
}

/* What the server says of the object instead of where it is. */
static bool
object_missing(const struct json *problem, struct err *e)
{
	return err_set(e, ERR_LFS_MISSING, "the LFS server does not give the "
	    "object: %lld %s", (long long)json_integer_of(json_member(problem,
	    "code")), text_show(json_span(json_member(problem,
	    "message"))).text);
}

static bool
object_take(const struct json *object, struct span oid, uint64_t size,
    struct arena *a, struct lfs_download *out, struct err *e)
{
	const struct json *problem = json_member(object, "error");
	const struct json *told = json_member(object, "size");

	if (!span_eq(json_span(json_member(object, "oid")), oid))
		return malformed("is about another object", e);
	if (json_kind(problem) == JSON_KIND_MAP)
		return object_missing(problem, e);
	if (json_kind(told) != JSON_KIND_INTEGER ||
	    json_integer_of(told) < 0 ||
	    (uint64_t)json_integer_of(told) != size)
		return malformed("tells another size", e);
	return action_take(json_member(json_member(object, "actions"),
	    "download"), a, out, e);
}

bool
lfs_answer_read(struct span text, struct span oid, uint64_t size,
    struct arena *a, struct lfs_download *out, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct lfs_download got = { .url = NULL };
	struct err why;

	if (!json_parse(text, &v, &why))
		return malformed("is no JSON", e);
	const struct json *transfer = json_member(v, "transfer");
	const struct json *objects = json_member(v, "objects");
	if (transfer != NULL && !span_is(json_span(transfer), "basic"))
		return malformed("wants another transfer than 'basic'", e);
	if (json_kind(objects) != JSON_KIND_LIST || json_count(objects) != 1)
		return malformed("is not about one object", e);
	if (!object_take(json_item(objects, 0), oid, size, a, &got, e))
		return false;
	*out = got;
	return true;
}
