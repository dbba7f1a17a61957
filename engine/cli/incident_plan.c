/* incident_plan - see incident.h. */
#include "base/arena.h"
#include "base/text.h"
#include "cli/incident.h"
#include "ledger/table.h"

#define MEMORY	((size_t)256 << 20)	/* bytes: of requests and files */

/* A file with a signature that dies, which a request found there. */
struct carried {
	struct span		 path;
	struct span		 sha256;
	struct span		 request;	/* that signed it */
	struct carried		*next;
};

/* A request whose artifacts hold signatures of the key. */
struct release {
	struct span		 request;
	struct json		*json;		/* in the list; NULL: it made
						 * none itself */
	struct carried		*carried;
	struct release		*next;
};

struct planning {
	struct view			*view;
	struct repository		*repo;
	const struct incident_terms	*terms;
	struct arena			*arena;
	struct table			 known;		/* releases by id */
	struct table			 asked;		/* SHA-256s of files */
	struct release			*first, **last;
	struct json			*releases;
	struct json			*unreleased;
	int64_t				 fates[2];	/* of signatures */
	int64_t				 lost;		/* unreleased */
};

static const char *const fate_names[] = { "survives", "dies" };

bool
incident_survives(const struct json *part)
{
	return span_is(json_span(json_member(part, "fate")), fate_names[0]);
}

static void
put_fate(struct json *v, bool dies)
{
	json_put_text(v, "fate", fate_names[dies]);
}

static void
put_copy(struct json *to, const char *name, const struct json *from)
{
	json_put(to, name, json_clone(from));
}

/* ---- asking */

static bool
keep(void *list, const struct json *row, struct err *e)
{
	(void)e;
	json_add(list, json_clone(row));
	return true;
}

/* Rows of a list that the caller releases. */
static bool
events(const struct planning *p, const struct view_filter *f,
    struct json **out, struct err *e)
{
	*out = json_list();
	return view_events(p->view, f, &(struct view_reader){ keep, *out }, e);
}

/* The event of a row. */
static bool
event_of(const struct planning *p, const struct json *row, struct json **out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	return view_event(p->view, p->repo, (uint64_t)json_integer_of(
	    json_member(row, "n")), &bytes, e) &&
	    json_parse(buf_span(&bytes), out, e);
}

static bool
blob_of(const struct planning *p, const struct json *event, const char *member,
    struct json **out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	return view_blob(p->view, p->repo, json_span(json_member(event,
	    member)), &bytes, e) && json_parse(buf_span(&bytes), out, e);
}

/* ---- a signature */

/*
 * What a revocation with a date does to a signature of each method. Who
 * verifies Authenticode or CMS judges the certificate at the time that the
 * timestamp proves (RFC 5126, appendix C; Windows does it for Authenticode).
 */
static const struct {
	const char	*method;
	bool		 by_timestamp;
} rules[] = {
	{ "authenticode",	true },
	{ "cms",		true },
};

static bool
by_timestamp(struct span method)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (span_is(method, rules[i].method))
			return rules[i].by_timestamp;
	return false;
}

static bool
dies(const struct planning *p, struct json *signature)
{
	struct span at = json_span(json_member(signature, "timestamp"));
	struct span method = json_span(json_member(signature, "method"));
	const char *why = "its timestamp is from before the revocation";
	bool fatal = true;

	if (!by_timestamp(method))
		why = "who verifies this kind of signature takes no "
		    "timestamp for its time";
	else if (at.len == 0)
		why = "it has no timestamp: nothing proves when it was made";
	else if (span_cmp(at, p->terms->revoke_at) >= 0)
		why = "its timestamp is not from before the revocation";
	else
		fatal = false;
	put_fate(signature, fatal);
	json_put_text(signature, "why", why);
	return fatal;
}

/* ---- files that other requests found signed, and left as they were */

/* Each file is asked for once, however many signatures are over it. */
static bool
ask_first(struct planning *p, struct span sha256, bool *first, struct err *e)
{
	struct span *key = ARENA_NEW(p->arena, struct span);

	*first = table_find(&p->asked, sha256) == NULL;
	if (!*first)
		return true;
	if (key == NULL || !arena_copy(p->arena, sha256, key))
		return err_budget(e, p->arena);
	table_put(&p->asked, *key, key);
	return true;
}

static struct release *
release_of(struct planning *p, struct span request)
{
	struct release *r = table_find(&p->known, request);

	if (r != NULL)
		return r;
	r = arena_alloc(p->arena, sizeof(*r));
	if (r == NULL || !arena_copy(p->arena, request, &r->request))
		return NULL;
	table_put(&p->known, r->request, r);
	*p->last = r;
	p->last = &r->next;
	return r;
}

static bool
carry(struct planning *p, const struct json *row, struct span sha256,
    struct span by, struct err *e)
{
	struct release *r = release_of(p, json_span(json_member(row,
	    "request")));
	struct carried *c = arena_alloc(p->arena, sizeof(*c));

	if (r == NULL || c == NULL ||
	    !arena_copy(p->arena, json_span(json_member(row, "path")),
	    &c->path) || !arena_copy(p->arena, sha256, &c->sha256) ||
	    !arena_copy(p->arena, by, &c->request))
		return err_budget(e, p->arena);
	c->next = r->carried;
	r->carried = c;
	return true;
}

/* A node of a resolved tree with that file that gets no new signature. */
static bool
left_as_it_is(const struct json *node, struct span sha256)
{
	const struct json *children = json_member(node, "contents");

	if (span_eq(json_span(json_member(node, "sha256")), sha256) &&
	    !span_is(json_span(json_member(node, "state")), "signed"))
		return true;
	for (size_t i = 0; i < json_count(children); i++)
		if (left_as_it_is(json_item(children, i), sha256))
			return true;
	return false;
}

static bool
find_carrier(struct planning *p, const struct json *row, struct span sha256,
    struct span by, struct err *e)
{
	CLEANUP(json_done) struct json *event = NULL, *tree = NULL;

	if (span_eq(json_span(json_member(row, "request")), by))
		return true;
	return event_of(p, row, &event, e) &&
	    blob_of(p, event, "tree_sha256", &tree, e) &&
	    (!left_as_it_is(tree, sha256) || carry(p, row, sha256, by, e));
}

static bool
find_carriers(struct planning *p, const struct json *signature,
    struct span request, struct err *e)
{
	const struct view_filter f = { .type = SPAN_TEXT("artifact.resolved"),
	    .sha256 = json_span(json_member(signature, "sha256")) };
	CLEANUP(json_done) struct json *rows = NULL;
	bool first;

	if (!ask_first(p, f.sha256, &first, e))
		return false;
	if (!first)
		return true;
	if (!events(p, &f, &rows, e))
		return false;
	for (size_t i = 0; i < json_count(rows); i++)
		if (!find_carrier(p, json_item(rows, i), f.sha256, request, e))
			return false;
	return true;
}

static bool
put_signature(struct planning *p, const struct json *from, struct json *to,
    struct span request, bool *fatal, struct err *e)
{
	static const struct { const char *to, *from; } members[] = {
		{ "path", "path" }, { "format", "format" },
		{ "method", "method" }, { "sha256", "sha256_after" },
		{ "signature_sha256", "signature_sha256" },
		{ "timestamp", "timestamp" },
	};

	for (size_t i = 0; i < COUNT(members); i++)
		put_copy(to, members[i].to, json_member(from,
		    members[i].from));
	bool mortal = dies(p, to);
	p->fates[mortal]++;
	*fatal |= mortal;
	return !mortal || find_carriers(p, to, request, e);
}

/* ---- a release */

static const struct json *
named(const struct json *list, struct span name)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_item(list, i);

		if (span_eq(json_span(json_member(v, "name")), name))
			return v;
	}
	return NULL;
}

static void
put_input(struct json *artifact, const struct json *body)
{
	const struct json *input = named(json_member(body, "artifacts"),
	    json_span(json_member(artifact, "name")));

	put_copy(artifact, "configuration", json_member(input,
	    "configuration"));
	put_copy(artifact, "input_sha256", json_member(input, "sha256"));
	put_copy(artifact, "input_size", json_member(input, "size"));
}

/* Where its input came from, as was said when it was fetched. */
static bool
put_source(struct planning *p, struct json *artifact, struct span request,
    struct err *e)
{
	const struct view_filter f = { .type = SPAN_TEXT("artifact.retrieved"),
	    .request = request };
	CLEANUP(json_done) struct json *rows = NULL;

	if (!events(p, &f, &rows, e))
		return false;
	for (size_t i = 0; i < json_count(rows); i++) {
		CLEANUP(json_done) struct json *event = NULL;

		if (!event_of(p, json_item(rows, i), &event, e))
			return false;
		if (span_eq(json_span(json_member(event, "name")),
		    json_span(json_member(artifact, "name"))))
			put_copy(artifact, "source",
			    json_member(event, "source"));
	}
	return true;
}

/* An artifact.verified, with the tree that it names; own: the key signed it. */
static bool
put_artifact(struct planning *p, struct json *artifact,
    const struct json *event, const struct json *body, bool own, bool *fatal,
    struct err *e)
{
	CLEANUP(json_done) struct json *tree = NULL;
	struct span request = json_span(json_member(event, "request"));
	struct json *list = json_list();
	bool mortal = false;

	put_copy(artifact, "name", json_member(event, "name"));
	put_input(artifact, body);
	put_copy(artifact, "artifact_sha256", json_member(event,
	    "artifact_sha256"));
	json_put(artifact, "signatures", list);
	if (!put_source(p, artifact, request, e) ||
	    !blob_of(p, event, "tree_sha256", &tree, e))
		return false;
	const struct json *rows = own ? json_member(tree, "signatures") :
	    NULL;
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json *v = json_map();

		json_add(list, v);
		if (!put_signature(p, json_item(rows, i), v, request, &mortal,
		    e))
			return false;
	}
	put_fate(artifact, mortal);
	*fatal |= mortal;
	return true;
}

static bool
put_artifacts(struct planning *p, struct json *release,
    const struct json *verified, const struct json *body, bool own,
    struct err *e)
{
	struct json *list = json_list();
	bool fatal = !own;

	json_put(release, "artifacts", list);
	for (size_t i = 0; i < json_count(verified); i++) {
		CLEANUP(json_done) struct json *event = NULL;
		struct json *artifact = json_map();

		json_add(list, artifact);
		if (!event_of(p, json_item(verified, i), &event, e) ||
		    !put_artifact(p, artifact, event, body, own, &fatal,
		    e))
			return false;
	}
	put_fate(release, fatal);
	return true;
}

static bool
put_release(struct planning *p, struct release *r,
    const struct json *verified, bool own, struct err *e)
{
	static const char *const members[] = { "project", "policy", "ref",
	    "commit", "parameters" };
	const struct view_filter f = { .type = SPAN_TEXT("request.created"),
	    .request = r->request };
	CLEANUP(json_done) struct json *rows = NULL, *event = NULL,
	    *state = json_list();
	struct json *release = json_map();

	json_add(p->releases, release);
	r->json = release;
	json_put_span(release, "request", r->request);
	if (!view_part(p->view, VIEW_REQUEST, r->request, &(struct view_reader){
	    keep, state }, e) || !events(p, &f, &rows, e) ||
	    !event_of(p, json_item(rows, 0), &event, e))
		return false;
	const struct json *body = json_member(event, "body");
	put_copy(release, "state", json_member(json_item(state, 0), "state"));
	for (size_t i = 0; i < COUNT(members); i++)
		put_copy(release, members[i], json_member(body, members[i]));
	return put_artifacts(p, release, verified, body, own, e);
}

/* ---- a request that the key was authorised for */

/* Signatures that were made, or, where nobody knows, may have been. */
static int64_t
use_count(const struct json *use, bool known)
{
	return json_integer_of(json_member(use, known ? "made" : "intended"));
}

static bool
put_uses(struct planning *p, struct span request, bool released,
    struct err *e)
{
	CLEANUP(json_done) struct json *uses = json_list();

	if (!view_part(p->view, VIEW_KEY_USES, request, &(struct view_reader){
	    keep, uses }, e))
		return false;
	for (size_t i = 0; i < json_count(uses); i++) {
		const struct json *use = json_item(uses, i);
		const struct json *outcome = json_member(use, "outcome");
		bool known = span_is(json_span(outcome), "used");
		int64_t count = use_count(use, known);
		struct json *v;

		if ((released && known) || count == 0)
			continue;
		v = json_map();
		json_add(p->unreleased, v);
		put_copy(v, "n", json_member(use, "n"));
		json_put_span(v, "request", request);
		put_copy(v, "outcome", outcome);
		json_put_int(v, "signatures", count);
		p->lost += count;
	}
	return true;
}

static bool
put_request(struct planning *p, const struct json *row, struct err *e)
{
	CLEANUP(json_done) struct json *event = NULL, *verified = NULL;

	if (!event_of(p, row, &event, e))
		return false;
	if (json_integer_of(json_member(event, "attempt")) != 1)
		return true;	/* it is known from its first one */
	struct span request = json_span(json_member(event, "request"));
	const struct view_filter f = { .type = SPAN_TEXT("artifact.verified"),
	    .request = request };
	if (!events(p, &f, &verified, e))
		return false;
	bool released = json_count(verified) > 0;
	struct release *r = released ? release_of(p, request) : NULL;
	if (released && r == NULL)
		return err_budget(e, p->arena);
	return (!released || put_release(p, r, verified, true, e)) &&
	    put_uses(p, request, released, e);
}

/*
 * A release with a file in it that dies dies with it, whoever signed the rest.
 * What was never released does not matter.
 */
static bool
put_carried(struct planning *p, struct release *r, struct err *e)
{
	const struct view_filter f = { .type = SPAN_TEXT("artifact.verified"),
	    .request = r->request };
	CLEANUP(json_done) struct json *verified = NULL;

	if (r->carried == NULL)
		return true;
	if (r->json == NULL && (!events(p, &f, &verified, e) ||
	    (json_count(verified) > 0 &&
	    !put_release(p, r, verified, false, e))))
		return false;
	if (r->json == NULL)
		return true;
	struct json *list = json_list();
	json_put(r->json, "carries", list);
	put_fate(r->json, true);
	for (const struct carried *c = r->carried; c != NULL; c = c->next) {
		struct json *v = json_map();

		json_add(list, v);
		json_put_span(v, "path", c->path);
		json_put_span(v, "sha256", c->sha256);
		json_put_span(v, "request", c->request);
	}
	return true;
}

/* ---- the whole */

static void
put_counts(const struct planning *p, struct json *out)
{
	struct json *count = json_map(), *releases = json_map(),
	    *signatures = json_map();
	int64_t ends[2] = { 0 };

	for (size_t i = 0; i < json_count(p->releases); i++)
		ends[!incident_survives(json_item(p->releases, i))]++;
	for (size_t i = 0; i < COUNT(fate_names); i++) {
		json_put_int(releases, fate_names[i], ends[i]);
		json_put_int(signatures, fate_names[i], p->fates[i]);
	}
	json_put(count, "releases", releases);
	json_put(count, "signatures", signatures);
	json_put_int(count, "unreleased", p->lost);
	json_put(out, "count", count);
}

static void
put_head(const struct planning *p, struct json *out)
{
	const struct incident_terms *t = p->terms;
	const struct view_state *state = view_state(p->view);
	struct json *ledger = json_map();

	json_put_int(out, "v", 1);
	json_put_text(out, "kind", INCIDENT_KIND);
	json_put_int(ledger, "size", (int64_t)state->size);
	json_put_hex(ledger, "root_sha256", merkle_span(&state->root));
	json_put(out, "ledger", ledger);
	if (t->certificate.len > 0)
		json_put_span(out, "certificate", t->certificate);
	if (t->key.len > 0)
		json_put_span(out, "spki_sha256", t->key);
	json_put_span(out, "since", t->since);
	json_put_span(out, "revoke_at", t->revoke_at);
}

static bool
plan_requests(struct planning *p, struct err *e)
{
	const struct incident_terms *t = p->terms;
	const struct view_filter f = { .type = SPAN_TEXT("request.authorised"),
	    .certificate = t->certificate, .key = t->key };
	CLEANUP(json_done) struct json *rows = NULL;

	if (!events(p, &f, &rows, e))
		return false;
	for (size_t i = 0; i < json_count(rows); i++)
		if (!put_request(p, json_item(rows, i), e))
			return false;
	for (struct release *r = p->first; r != NULL; r = r->next)
		if (!put_carried(p, r, e))
			return false;
	return true;
}

bool
incident_plan(struct views *v, const struct incident_terms *terms,
    struct json **out, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena = arena_new(MEMORY);
	CLEANUP(json_done) struct json *plan = json_map();
	struct planning p = { .view = v->view, .repo = v->h.repo,
	    .terms = terms, .arena = arena, .last = &p.first,
	    .releases = json_list(), .unreleased = json_list() };

	put_head(&p, plan);
	json_put(plan, "releases", p.releases);
	json_put(plan, "unreleased", p.unreleased);
	bool done = plan_requests(&p, e);
	table_done(&p.known);
	table_done(&p.asked);
	if (!done)
		return false;
	put_counts(&p, plan);
	*out = TAKE(plan);
	return true;
}
