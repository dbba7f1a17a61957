/* papers - see papers.h. */
#include <string.h>

#include "base/json.h"
#include "ledger/papers.h"

#define BASE64	"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|"		\
	"[A-Za-z0-9+/]{3}=)?$"
#define HASH	"^[A-Za-z0-9+/]{43}=$"
#define NOTE	"^[^\n]+\n[0-9]+\n[A-Za-z0-9+/]{43}=\n\n"	\
	"(\u2014 [^ \n]+ [A-Za-z0-9+/=]+\n)+$"

static const struct paper_member receipt[] = {
	{ "n", "integer", NULL, "the event's number", false },
	{ "event", "string", BASE64, "the event's bytes, base64", false },
	{ "proof", "array", HASH, "hashes that lead from the event to the "
	    "root, the leaf's sibling first", false },
	{ "checkpoint", "string", NOTE, "the signed note that has the root",
	    false },
	{ "timestamps", "array", BASE64, "RFC 3161 tokens over the note with "
	    "the log's lines alone, base64", true },
	{ "tree", "string", BASE64, "what was signed inside the file: the "
	    "bytes that the event names by tree_sha256, base64", true },
	{ NULL, NULL, NULL, NULL, false },
};

static const struct paper_member consistency[] = {
	{ "origin", "string", NULL, "the ledger's name", false },
	{ "old_size", "integer", NULL, "events of the smaller tree", false },
	{ "old_root", "string", HASH, "its root, base64", false },
	{ "new_size", "integer", NULL, "events of the larger tree", false },
	{ "new_root", "string", HASH, "its root, base64", false },
	{ "proof", "array", HASH, "hashes that lead from both to one "
	    "another (RFC 9162, 2.1.4)", false },
	{ "checkpoint", "string", NOTE, "the signed note of the larger tree, "
	    "if it is the newest one", true },
	{ NULL, NULL, NULL, NULL, false },
};

const struct paper papers[] = {
	{ "receipt", "tagseal-receipt", "The proof that an event is in a "
	    "ledger", receipt },
	{ "consistency", "tagseal-consistency", "The proof that a ledger only "
	    "grew", consistency },
};

const size_t paper_count = COUNT(papers);

static struct json *
typed(const struct paper_member *m, const char *type)
{
	struct json *v = json_map();

	json_put_text(v, "type", type);
	if (m->pattern != NULL)
		json_put_text(v, "pattern", m->pattern);
	return v;
}

static struct json *
member(const struct paper_member *m)
{
	bool list = strcmp(m->type, "array") == 0;
	struct json *v = list ? json_map() : typed(m, m->type);

	if (list) {
		json_put_text(v, "type", m->type);
		json_put(v, "items", typed(m, "string"));
	}
	if (strcmp(m->type, "integer") == 0)
		json_put_int(v, "minimum", 0);
	json_put_text(v, "description", m->meaning);
	return v;
}

static struct json *
constant(struct json *is)
{
	struct json *v = json_map();

	json_put(v, "const", is);
	return v;
}

void
paper_schema(const struct paper *p, FILE *out)
{
	CLEANUP(json_done) struct json *s = json_map();
	struct json *properties = json_map(), *required = json_list();

	json_put_text(s, "$schema", "http://json-schema.org/draft-07/schema#");
	json_put_text(s, "title", p->title);
	json_put_text(s, "type", "object");
	json_put(s, "properties", properties);
	json_put(s, "required", required);
	json_put_bool(s, "additionalProperties", false);
	json_put(properties, "v", constant(json_int(1)));
	json_put(properties, "kind", constant(json_text(span_text(p->kind))));
	json_add(required, json_text(SPAN_TEXT("v")));
	json_add(required, json_text(SPAN_TEXT("kind")));
	for (const struct paper_member *m = p->members; m->name != NULL; m++) {
		json_put(properties, m->name, member(m));
		if (!m->optional)
			json_add(required, json_text(span_text(m->name)));
	}
	json_print(s, out);
}
