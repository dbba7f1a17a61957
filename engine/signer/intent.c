/* intent - see intent.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "signer/intent.h"

#define EVENT_TYPE	"keys.intended"
#define EVENT_VERSION	1

static bool
get_number(const struct json *v, const char *name, uint64_t *out)
{
	const struct json *n = json_member(v, name);

	if (json_kind(n) != JSON_KIND_INTEGER || json_integer_of(n) < 0)
		return false;
	*out = (uint64_t)json_integer_of(n);
	return true;
}

static bool
get_hash(const struct json *v, const char *name, uint8_t out[32])
{
	struct span text = json_span(json_member(v, name));

	return text.ptr != NULL && text_unhex(text, out, 32);
}

/* Every engine has a UUID; how it is spelt, engine.yaml says. */
static bool
get_engine(const struct json *v, uint8_t out[INTENT_ENGINE])
{
	struct span text = json_span(json_member(v, "engine"));

	if (text.len != INTENT_ENGINE)
		return false;
	memcpy(out, text.ptr, INTENT_ENGINE);
	return true;
}

static bool
members_read(const struct json *v, struct intent *out)
{
	uint64_t version;

	return json_kind(v) == JSON_KIND_MAP &&
	    span_is(json_span(json_member(v, "type")), EVENT_TYPE) &&
	    get_number(v, "v", &version) && version == EVENT_VERSION &&
	    get_engine(v, out->engine) && get_number(v, "n", &out->n) &&
	    get_number(v, "count", &out->count) &&
	    get_hash(v, "spki_sha256", out->key) &&
	    get_hash(v, "root_sha256", out->root.bytes) &&
	    get_hash(v, "list_sha256", out->list) &&
	    text_unhex(json_span(json_member(v, "session")), out->session,
	    SIGNER_SESSION);
}

static bool
token_read(const struct json *v, struct arena *a, struct intent *out,
    struct err *e)
{
	const struct json *token = json_member(v, "token");

	return (arena_copy(a, json_span(json_member(token, "label")),
	    &out->label) && arena_copy(a, json_span(json_member(token,
	    "serial")), &out->serial)) || err_budget(e, a);
}

bool
intent_parse(struct span event, struct arena *a, struct intent *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct intent i;

	if (event.len > LIMIT_EVENT)
		return err_set(e, ERR_SIGNER_EVENT, "event of %zu bytes",
		    event.len);
	if (!canonical_parse(event, &v, e))
		return err_set(e, ERR_SIGNER_EVENT,
		    "the event is no canonical JSON");
	if (!members_read(v, &i))
		return err_set(e, ERR_SIGNER_EVENT, "the event is no "
		    EVENT_TYPE " of version %d", EVENT_VERSION);
	if (!token_read(v, a, &i, e))
		return false;
	*out = i;
	return true;
}
