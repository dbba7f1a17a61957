/* attestation - see attestation.h. */
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "policy/attestation.h"

/* What is read, and what has grown of it. */
struct parsing {
	struct arena			*arena;
	struct attested_subject		*subjects;
	struct attested_source		*sources;
	struct attested_parameter	*parameters;
	struct attestation		*out;
};

/* ---- members ---- */

static bool
member_text(struct parsing *p, const struct json *map, const char *name,
    struct span *out, struct err *e)
{
	struct span text = json_span(json_member(map, name));

	if (text.len == 0)
		return err_set(e, ERR_ATTESTATION_MALFORMED, "there is no "
		    "text \"%s\"", name);
	return arena_copy(p->arena, text, out) || err_budget(e, p->arena);
}

static bool
member_is(const struct json *map, const char *name, enum json_kind kind,
    const struct json **out, struct err *e)
{
	const struct json *v = json_member(map, name);

	if (v == NULL || json_kind(v) != kind)
		return err_set(e, ERR_ATTESTATION_MALFORMED, "there is no "
		    "%s \"%s\"", kind == JSON_KIND_MAP ? "object" : "list",
		    name);
	*out = v;
	return true;
}

/* One that may be absent, but is nothing else if it is there: then *out. */
static bool
member_may(const struct json *map, const char *name, enum json_kind kind,
    const struct json **out, struct err *e)
{
	*out = NULL;
	return json_member(map, name) == NULL ||
	    member_is(map, name, kind, out, e);
}

/* Room for one more in a list that holds count. */
static bool
grow(struct parsing *p, void *list, size_t count, size_t size, struct err *e)
{
	void **at = list;
	void *grown;

	if (count >= LIMIT_ATTESTED)
		return err_set(e, ERR_LIMIT_SIZE, "the statement lists more "
		    "than %d things", LIMIT_ATTESTED);
	grown = arena_grow(p->arena, *at, count, size);
	if (grown == NULL)
		return err_budget(e, p->arena);
	*at = grown;
	return true;
}

/* ---- subjects ---- */

static bool
subject_read(struct parsing *p, const struct json *v, struct err *e)
{
	size_t n = p->out->subjects.count;
	const struct json *digest, *sha256;

	if (!member_is(v, "digest", JSON_KIND_MAP, &digest, e))
		return false;
	sha256 = json_member(digest, "sha256");
	if (sha256 == NULL)
		return true;
	if (!grow(p, &p->subjects, n, sizeof(*p->subjects), e))
		return false;
	if (!text_unhex(json_span(sha256), p->subjects[n].sha256, 32))
		return err_set(e, ERR_ATTESTATION_MALFORMED, "a subject's "
		    "SHA-256 is \"%s\"", text_show(json_span(sha256)).text);
	p->out->subjects.items = p->subjects;
	p->out->subjects.count++;
	return true;
}

static bool
subjects_read(struct parsing *p, const struct json *statement, struct err *e)
{
	const struct json *list;

	if (!member_is(statement, "subject", JSON_KIND_LIST, &list, e))
		return false;
	for (size_t i = 0; i < json_count(list); i++)
		if (!subject_read(p, json_item(list, i), e))
			return false;
	return p->out->subjects.count > 0 ||
	    err_set(e, ERR_ATTESTATION_MALFORMED, "no subject has a SHA-256");
}

/* ---- sources ---- */

/* Things without a URI, or that are no Git, are none that anybody asks for. */
static bool
source_read(struct parsing *p, const struct json *v, struct err *e)
{
	size_t n = p->out->sources.count;
	const struct json *digest;
	struct span commit;

	if (json_kind(v) != JSON_KIND_MAP)
		return err_set(e, ERR_ATTESTATION_MALFORMED, "what went into "
		    "the build is no list of objects");
	if (!member_may(v, "digest", JSON_KIND_MAP, &digest, e) ||
	    !grow(p, &p->sources, n, sizeof(*p->sources), e))
		return false;
	commit = json_span(json_member(digest, "gitCommit"));
	if (commit.len == 0)
		commit = json_span(json_member(digest, "sha1"));
	if (!arena_copy(p->arena, json_span(json_member(v, "uri")),
	    &p->sources[n].uri) ||
	    !arena_copy(p->arena, commit, &p->sources[n].commit))
		return err_budget(e, p->arena);
	p->out->sources.items = p->sources;
	p->out->sources.count++;
	return true;
}

static bool
sources_read(struct parsing *p, const struct json *map, const char *name,
    struct err *e)
{
	const struct json *list;

	if (!member_may(map, name, JSON_KIND_LIST, &list, e))
		return false;
	for (size_t i = 0; list != NULL && i < json_count(list); i++)
		if (!source_read(p, json_item(list, i), e))
			return false;
	return true;
}

/* ---- parameters ---- */

static bool	value_read(struct parsing *, struct span pointer,
		    const struct json *, struct err *);

/* Where we are, for members of a map. */
struct walk {
	struct parsing	*parsing;
	struct span	 pointer;
};

/* RFC 6901, section 3: '~' and '/' in a name are written ~0 and ~1. */
static void
put_step(const char *name, struct buf *out)
{
	buf_text(out, "/");
	for (; *name != '\0'; name++)
		switch (*name) {
		case '~':
			buf_text(out, "~0");
			break;
		case '/':
			buf_text(out, "~1");
			break;
		default:
			buf_u8(out, (uint8_t)*name);
		}
}

static bool
step(void *arg, const char *name, const struct json *v, struct err *e)
{
	const struct walk *w = arg;
	CLEANUP(buf_done) struct buf pointer = { 0 };

	buf_put(&pointer, w->pointer);
	put_step(name, &pointer);
	return value_read(w->parsing, buf_span(&pointer), v, e);
}

static bool
items_read(struct parsing *p, struct span pointer, const struct json *list,
    struct err *e)
{
	for (size_t i = 0; i < json_count(list); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		buf_put(&b, pointer);
		buf_printf(&b, "/%zu", i);
		if (!value_read(p, buf_span(&b), json_item(list, i), e))
			return false;
	}
	return true;
}

static bool
parameter_add(struct parsing *p, struct span pointer, const struct json *v,
    struct err *e)
{
	size_t n = p->out->parameters.count;
	CLEANUP(buf_done) struct buf text = { 0 };

	if (json_kind(v) == JSON_KIND_TEXT)
		buf_put(&text, json_span(v));
	else
		json_write(v, &text);
	if (!grow(p, &p->parameters, n, sizeof(*p->parameters), e))
		return false;
	if (!arena_copy(p->arena, pointer, &p->parameters[n].pointer) ||
	    !arena_copy(p->arena, buf_span(&text), &p->parameters[n].value))
		return err_budget(e, p->arena);
	p->out->parameters.items = p->parameters;
	p->out->parameters.count++;
	return true;
}

/* It goes no deeper than LIMIT_JSON_DEPTH: json_parse saw to that. */
static bool
value_read(struct parsing *p, struct span pointer, const struct json *v,
    struct err *e)
{
	enum json_kind kind = json_kind(v);
	struct walk w = { p, pointer };

	if (json_count(v) > 0 && kind == JSON_KIND_MAP)
		return json_each(v, step, &w, e);
	if (json_count(v) > 0 && kind == JSON_KIND_LIST)
		return items_read(p, pointer, v, e);
	return parameter_add(p, pointer, v, e);
}

/* ---- predicates ---- */

static bool
builder_read(struct parsing *p, const struct json *map, struct err *e)
{
	const struct json *builder;

	return member_is(map, "builder", JSON_KIND_MAP, &builder, e) &&
	    member_text(p, builder, "id", &p->out->builder, e);
}

/* Which run it was: for people who look for it, nothing is judged by it. */
static bool
run_read(struct parsing *p, const struct json *map, const char *name,
    struct err *e)
{
	struct span id = json_span(json_member(json_member(map, "metadata"),
	    name));

	return arena_copy(p->arena, id, &p->out->invocation) ||
	    err_budget(e, p->arena);
}

static bool
read_v1(struct parsing *p, const struct json *predicate, struct err *e)
{
	const struct json *definition, *run, *parameters;
	struct walk w = { p, { NULL, 0 } };

	return member_is(predicate, "buildDefinition", JSON_KIND_MAP,
	    &definition, e) &&
	    member_is(predicate, "runDetails", JSON_KIND_MAP, &run, e) &&
	    builder_read(p, run, e) && run_read(p, run, "invocationId", e) &&
	    member_text(p, definition, "buildType", &p->out->build_type, e) &&
	    member_is(definition, "externalParameters", JSON_KIND_MAP,
	    &parameters, e) && json_each(parameters, step, &w, e) &&
	    sources_read(p, definition, "resolvedDependencies", e);
}

/* configSource is what was built; materials name it once more. */
static bool
invocation_read(struct parsing *p, const struct json *invocation,
    struct err *e)
{
	const struct json *source, *parameters, *entry;
	struct walk w = { p, { NULL, 0 } };

	if (!member_may(invocation, "configSource", JSON_KIND_MAP, &source,
	    e) || !member_may(invocation, "parameters", JSON_KIND_MAP,
	    &parameters, e) || (source != NULL && !source_read(p, source, e)))
		return false;
	entry = json_member(source, "entryPoint");
	return (entry == NULL || step(&w, "entryPoint", entry, e)) &&
	    (parameters == NULL || step(&w, "parameters", parameters, e));
}

static bool
read_v02(struct parsing *p, const struct json *predicate, struct err *e)
{
	const struct json *invocation;

	return builder_read(p, predicate, e) &&
	    run_read(p, predicate, "buildInvocationId", e) &&
	    member_text(p, predicate, "buildType", &p->out->build_type, e) &&
	    member_may(predicate, "invocation", JSON_KIND_MAP, &invocation,
	    e) && (invocation == NULL || invocation_read(p, invocation, e)) &&
	    sources_read(p, predicate, "materials", e);
}

static const char *const statement_types[] = {
	"https://in-toto.io/Statement/v1",
	"https://in-toto.io/Statement/v0.1",
};

static const struct {
	const char	*type;
	bool		(*read)(struct parsing *, const struct json *,
			    struct err *);
} predicates[] = {
	{ "https://slsa.dev/provenance/v1", read_v1 },
	{ "https://slsa.dev/provenance/v0.2", read_v02 },
};

static bool
statement_is_known(const struct json *statement, struct err *e)
{
	struct span type = json_span(json_member(statement, "_type"));

	for (size_t i = 0; i < COUNT(statement_types); i++)
		if (span_is(type, statement_types[i]))
			return true;
	return err_set(e, ERR_ATTESTATION_TYPE, "the statement is of type "
	    "\"%s\"", text_show(type).text);
}

static bool
predicate_read(struct parsing *p, const struct json *statement, struct err *e)
{
	struct span type = json_span(json_member(statement, "predicateType"));
	const struct json *predicate;

	for (size_t i = 0; i < COUNT(predicates); i++)
		if (span_is(type, predicates[i].type))
			return member_is(statement, "predicate",
			    JSON_KIND_MAP, &predicate, e) &&
			    predicates[i].read(p, predicate, e);
	return err_set(e, ERR_ATTESTATION_TYPE, "what it says is of type "
	    "\"%s\"", text_show(type).text);
}

bool
attestation_parse(struct span payload, struct arena *a,
    struct attestation *out, struct err *e)
{
	struct attestation said = { .subjects = { NULL, 0 } };
	struct parsing p = { .arena = a, .out = &said };
	CLEANUP(json_done) struct json *statement = NULL;

	if (!json_parse(payload, &statement, e))
		return err_at(e, "statement");
	if (!statement_is_known(statement, e) ||
	    !subjects_read(&p, statement, e) ||
	    !predicate_read(&p, statement, e))
		return err_at(e, "statement");
	*out = said;
	return true;
}
