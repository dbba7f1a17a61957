/* account - see account.h: the value; account_print.c prints it. */
#include "cli/account.h"
#include "cli/account_parts.h"

struct json *
account_brief(const struct fold_request *q)
{
	struct json *v = json_map();

	json_put_span(v, "id", q->id);
	json_put_text(v, "state", request_state_name(q->state));
	json_put_span(v, "project", q->project);
	json_put_span(v, "policy", q->policy);
	json_put_span(v, "ref", q->ref);
	json_put_time(v, "changed", q->last_at);
	json_put_int(v, "approvals", (int64_t)q->approval_count);
	json_put_int(v, "signatures", (int64_t)q->signatures);
	return v;
}

static bool
is_open(const struct fold_request *q)
{
	return q->state == REQUEST_CREATED || q->state == REQUEST_WAITING;
}

/* A copy of a list of texts. */
static struct json *
texts_of(const struct json *list)
{
	struct json *v = json_list();

	for (size_t i = 0; i < json_count(list); i++)
		json_add(v, json_text(json_span(json_item(list, i))));
	return v;
}

bool
account_missing(struct history *h, const struct fold_request *q,
    struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event event;

	*out = NULL;
	if (!is_open(q) || q->waiting == 0)
		return true;
	if (!history_event(h, q->waiting, &bytes, &json, &event, e))
		return false;
	*out = texts_of(json_member(event.json, "missing"));
	return true;
}

/* ---- the events of a request */

static bool
is_of(const struct json *event, const char *type)
{
	return span_is(json_span(json_member(event, "type")), type);
}

bool
account_events(struct history *h, const struct fold_request *q,
    struct json *list, struct err *e)
{
	for (uint64_t n = q->created; n <= q->last; n++) {
		CLEANUP(json_done) struct json *json = NULL;
		CLEANUP(buf_done) struct buf bytes = { 0 };
		struct event event;

		if (!history_event(h, n, &bytes, &json, &event, e))
			return false;
		if (span_eq(event_text(&event, "request"), q->id))
			json_add(list, TAKE(json));
	}
	return true;
}

/* The last event of a type about an artifact, or NULL. */
static const struct json *
last_about(const struct json *events, const char *type, struct span name)
{
	for (size_t i = json_count(events); i > 0; i--) {
		const struct json *v = json_item(events, i - 1);

		if (is_of(v, type) &&
		    span_eq(json_span(json_member(v, "name")), name))
			return v;
	}
	return NULL;
}

static void
copy(struct json *to, const char *key, const struct json *from,
    const char *member)
{
	const struct json *v = json_member(from, member);

	if (json_kind(v) == JSON_KIND_TEXT)
		json_put_span(to, key, json_span(v));
	else if (json_kind(v) == JSON_KIND_INTEGER)
		json_put_int(to, key, json_integer_of(v));
}

/* ---- artifacts */

static struct json *
places_of(const struct json *events, struct span name)
{
	struct json *v = json_list();

	for (size_t i = 0; i < json_count(events); i++) {
		const struct json *event = json_item(events, i);

		if (is_of(event, "artifact.published") &&
		    span_eq(json_span(json_member(event, "name")), name))
			json_add(v, json_text(json_span(json_member(event,
			    "where"))));
	}
	return v;
}

struct span
account_hash(const struct json *node)
{
	struct span hex = json_span(json_member(node, "sha256"));
	const struct span none = { 0 };

	for (size_t i = 0; i < hex.len; i++)
		if (hex.ptr[i] != '0')
			return hex;
	return none;
}

/* The tree that approvers see; NULL where nobody looked into it yet, and
 * where it is in no form that we know. */
static bool
tree_of(struct history *h, const struct json *resolved, struct json **out,
    struct err *e)
{
	struct span hex = json_span(json_member(resolved, "tree_sha256"));
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct err unused;

	*out = NULL;
	if (hex.len == 0)
		return true;
	if (!ledger_blob(h->ledger, hex, &bytes, e))
		return false;
	if (!json_parse(buf_span(&bytes), out, &unused))
		*out = NULL;
	return true;
}

static bool
artifact_of(struct history *h, const struct json *asked,
    const struct json *events, struct json *list, struct err *e)
{
	struct span name = json_span(json_member(asked, "name"));
	const struct json *resolved = last_about(events, "artifact.resolved",
	    name);
	const struct json *verified = last_about(events, "artifact.verified",
	    name);
	struct json *tree, *v;

	if (!tree_of(h, resolved, &tree, e))
		return false;
	v = json_map();
	copy(v, "name", asked, "name");
	copy(v, "configuration", asked, "configuration");
	copy(v, "size", asked, "size");
	copy(v, "sha256", asked, "sha256");
	copy(v, "files", resolved, "files");
	copy(v, "signatures_planned", resolved, "signatures");
	if (tree != NULL)
		json_put(v, "tree", tree);
	copy(v, "signed_sha256", verified, "artifact_sha256");
	json_put(v, "published", places_of(events, name));
	json_add(list, v);
	return true;
}

bool
account_artifacts(struct history *h, const struct json *body,
    const struct json *events, struct json **out, struct err *e)
{
	const struct json *asked = json_member(body, "artifacts");
	CLEANUP(json_done) struct json *list = json_list();

	for (size_t i = 0; i < json_count(asked); i++)
		if (!artifact_of(h, json_item(asked, i), events, list, e))
			return false;
	*out = TAKE(list);
	return true;
}

/* ---- how it ended */

static struct json *
finding_of(struct span code, struct span text)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	struct json *v = json_map();

	buf_put(&name, code);
	const struct err_row *row = err_find(buf_cstr(&name));
	json_put_span(v, "code", code);
	json_put_span(v, "text", text);
	if (row != NULL) {
		json_put_text(v, "reason", row->reason);
		json_put_text(v, "advice", row->advice);
	}
	return v;
}

static struct json *
findings_of(const struct json *list)
{
	struct json *v = json_list();

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *f = json_item(list, i);
		struct json *one = finding_of(json_span(json_member(f,
		    "code")), json_span(json_member(f, "text")));

		copy(one, "cause", f, "cause");
		json_add(v, one);
	}
	return v;
}

/* Ends that have a reason in words instead of findings. */
static const struct {
	enum request_state	 state;
	enum err_code		 code;
} ends[] = {
	{ REQUEST_DENIED, ERR_REQUEST_DENIED },
	{ REQUEST_EXPIRED, ERR_REQUEST_EXPIRED },
};

/* The last event of a request that ended is the one that ended it. */
static void
put_end(struct json *v, const struct fold_request *q, const struct json *last)
{
	const struct json *findings = json_member(last, "findings");
	struct json *list = findings_of(findings);

	for (size_t i = 0; i < COUNT(ends); i++)
		if (ends[i].state == q->state)
			json_add(list, finding_of(span_text(err_rows[
			    ends[i].code].code), json_span(json_member(last,
			    "reason"))));
	json_put(v, "findings", list);
	copy(v, "reason", last, "reason");
	copy(v, "person", last, "person");
}

/* ---- all of it */

static struct json *
people_of(const struct fold_request *q, bool withdrawn)
{
	struct json *v = json_list();

	for (size_t i = 0; i < q->approval_count; i++)
		if (q->approvals[i].withdrawn == withdrawn)
			json_add(v, json_text(q->approvals[i].person));
	return v;
}

static void
put_created(struct json *v, const struct json *created)
{
	const struct json *body = json_member(created, "body");

	copy(v, "repo", body, "repo");
	copy(v, "commit", body, "commit");
	copy(v, "certificate", json_member(body, "certificate"), "slug");
	copy(v, "submitter", created, "actor");
	copy(v, "created", body, "created");
	copy(v, "expires", body, "expires");
}

static bool
request_account(struct history *h, const struct fold_request *q, bool all,
    struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *events = json_list();
	CLEANUP(json_done) struct json *v = account_brief(q);
	struct json *missing, *artifacts;

	if (!account_events(h, q, events, e) ||
	    !account_missing(h, q, &missing, e))
		return false;
	json_put(v, "missing", missing);
	const struct json *created = json_item(events, 0);
	const struct json *body = json_member(created, "body");
	put_created(v, created);
	json_put(v, "approved_by", people_of(q, false));
	json_put(v, "withdrawn", people_of(q, true));
	if (!account_artifacts(h, body, events, &artifacts, e))
		return false;
	json_put(v, "artifacts", artifacts);
	if (all && !account_change(h, q, body, v, e))
		return false;
	if (request_state_final(q->state))
		put_end(v, q, json_item(events, json_count(events) - 1));
	if (all)
		json_put(v, "events", TAKE(events));
	*out = TAKE(v);
	return true;
}

static bool
refusal_account(struct history *h, const struct subject *s, bool all,
    struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(json_done) struct json *events = json_list();
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event event;

	if (!history_event(h, s->ref->refused_by, &bytes, &json, &event, e))
		return false;
	json_put_text(v, "state", request_state_name(REQUEST_REFUSED));
	copy(v, "repo", json, "repo");
	copy(v, "ref", json, "ref");
	copy(v, "object_id", json, "object_id");
	if (s->earlier != NULL)
		json_put_span(v, "earlier", s->earlier->id);
	json_put_time(v, "changed", event.at);
	json_put(v, "findings", findings_of(json_member(json, "findings")));
	json_add(events, TAKE(json));
	if (all)
		json_put(v, "events", TAKE(events));
	*out = TAKE(v);
	return true;
}

bool
account_make(struct history *h, const struct subject *s, bool events,
    struct json **out, struct err *e)
{
	return s->request != NULL ?
	    request_account(h, s->request, events, out, e) :
	    refusal_account(h, s, events, out, e);
}
