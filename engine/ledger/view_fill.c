/* view_fill - what each event adds to a view: see view.h. */
#include <string.h>

#include "base/text.h"
#include "ledger/story.h"
#include "ledger/view_store.h"

enum statement {
	ADD_STATE, ADD_EVENT, ADD_REQUEST, ADD_APPROVAL, ADD_ARTIFACT, ADD_USE,
	END_USE, ADD_NAMED, ADD_ALARM, END_ALARM,
	ADD_CERTIFICATE, SET_CERTIFICATE, END_CERTIFICATE, STATEMENTS
};

static const char *const statements[STATEMENTS] = {
	[ADD_STATE] = "INSERT INTO state VALUES(?,?,?,?,?,?)",
	[ADD_EVENT] = "INSERT INTO events VALUES(?,?,?,?,?,?)",
	[ADD_REQUEST] = "INSERT OR REPLACE INTO requests VALUES"
	    "(?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[ADD_APPROVAL] = "INSERT INTO approvals VALUES(?,?,?,?,?,?,?)",
	[ADD_ARTIFACT] = "INSERT OR IGNORE INTO artifacts VALUES(?,?,?,?,?,?)",
	[ADD_USE] = "INSERT INTO key_uses VALUES(?,?,?,?,?,?,?,NULL,NULL,"
	    "?,?,?,?)",
	[END_USE] = "UPDATE key_uses SET outcome=?2, closed=?3, made=?4 "
	    "WHERE n=?1",
	[ADD_NAMED] = "INSERT OR IGNORE INTO named VALUES(?,?,?)",
	[ADD_ALARM] = "INSERT INTO alarms VALUES(?,?,?,?,?,NULL)",
	[END_ALARM] = "UPDATE alarms SET acknowledged=?2 WHERE n=?1",
	[ADD_CERTIFICATE] = "INSERT OR REPLACE INTO certificates VALUES"
	    "(?,?,?,?,?,?,?,?,?,?,NULL)",
	[SET_CERTIFICATE] = "UPDATE certificates SET changed=?2, state=?3 "
	    "WHERE slug=?1",
	[END_CERTIFICATE] = "UPDATE certificates SET changed=?2, "
	    "state='revoked', revoked=?3 WHERE slug=?1",
};

struct filling {
	sqlite3			*db;
	sqlite3_stmt		*prepared[STATEMENTS];
	struct ledger		*ledger;
	const struct event	*event;		/* the one being told */
	struct span		 request;	/* of it, or empty */
	const char		*role;		/* of files in a tree */
};

static bool
put(struct filling *f, enum statement which, const struct view_cell *cells,
    size_t count, struct err *e)
{
	sqlite3_stmt **s = &f->prepared[which];
	bool more;

	if (*s == NULL && !view_prepare(f->db, statements[which], s, e))
		return false;
	bool good = view_bind(*s, cells, count, e) && view_step(*s, &more, e);
	sqlite3_reset(*s);
	return good;
}

#define PUT(f, which, e, ...)						\
	put(f, which, (const struct view_cell[]){ __VA_ARGS__ },	\
	    sizeof((const struct view_cell[]){ __VA_ARGS__ }) /	\
	    sizeof(struct view_cell), e)

/* ---- files */

static struct span
base_name(struct span path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.ptr[i - 1] == '/')
			return span_from(path, i);
	return path;
}

/* Nobody made a hash of files that no element names: all zeros. */
static bool
put_file(struct filling *f, const char *role, struct span path,
    struct span hex, struct err *e)
{
	uint8_t raw[MERKLE_SIZE];
	struct span name = base_name(path);

	if (path.len == 0 || !text_unhex(hex, raw, sizeof(raw)) ||
	    span_zero(SPAN(raw)))
		return true;
	return PUT(f, ADD_ARTIFACT, e, CELL_TEXT(hex),
	    CELL_INT(f->event->n), CELL_TEXT(span_text(role)),
	    CELL_TEXT(path), CELL_TEXT(name.len > 0 ? name : path),
	    CELL_TEXT(f->request));
}

/* The digests of a file in a tree of either form, and what it was then. */
static const struct {
	const char	*member;
	const char	*role;
} digests[] = {
	{ "sha256", "inside" },
	{ "sha256_before", "before signing" },
	{ "sha256_after", "signed" },
};

static bool	 put_tree(struct filling *, const struct json *,
		    struct err *) MUST_USE;

static bool
put_member(void *filling, const char *key, const struct json *v,
    struct err *e)
{
	(void)key;
	return put_tree(filling, v, e);
}

/* json_parse bounds the depth. */
static bool
put_tree(struct filling *f, const struct json *v, struct err *e)
{
	if (json_kind(v) == JSON_KIND_LIST) {
		for (size_t i = 0; i < json_count(v); i++)
			if (!put_tree(f, json_item(v, i), e))
				return false;
		return true;
	}
	if (json_kind(v) != JSON_KIND_MAP)
		return true;
	for (size_t i = 0; i < COUNT(digests); i++)
		if (!put_file(f, digests[i].role,
		    json_span(json_member(v, "path")),
		    json_span(json_member(v, digests[i].member)), e))
			return false;
	return json_each(v, put_member, f, e);
}

/* A tree in no form that we know has no files to tell. */
static bool
tell_tree(struct filling *f, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(json_done) struct json *tree = NULL;
	struct span hex = event_text(f->event, "tree_sha256");
	struct err unused;

	if (hex.len == 0)
		return true;
	if (!ledger_blob(f->ledger, hex, &bytes, e))
		return false;
	if (!json_parse(buf_span(&bytes), &tree, &unused))
		return true;
	return put_tree(f, tree, e);
}

static const struct {
	const char	*type;
	const char	*member;
	const char	*role;
} artifacts[] = {
	{ "artifact.retrieved", "artifact_sha256", "retrieved" },
	{ "artifact.resolved", "artifact_sha256", "resolved" },
	{ "artifact.verified", "input_sha256", "before signing" },
	{ "artifact.verified", "artifact_sha256", "signed" },
	{ "artifact.published", "artifact_sha256", "published" },
};

static bool
tell_artifacts(struct filling *f, struct err *e)
{
	const struct event *ev = f->event;

	for (size_t i = 0; i < COUNT(artifacts); i++)
		if (strcmp(artifacts[i].type, ev->type->name) == 0 &&
		    !put_file(f, artifacts[i].role, event_text(ev, "name"),
		    event_text(ev, artifacts[i].member), e))
			return false;
	return tell_tree(f, e);
}

static bool
tell_asked(struct filling *f, struct err *e)
{
	const struct json *list = json_member(json_member(f->event->json,
	    "body"), "artifacts");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_item(list, i);

		if (!put_file(f, "asked", json_span(json_member(v, "name")),
		    json_span(json_member(v, "sha256")), e))
			return false;
	}
	return true;
}

/* ---- names */

static const struct {
	const char	*member;
	const char	*kind;
} names[] = {
	{ "actor", "person" },
	{ "person", "person" },
	{ "signer", "person" },
	{ "by", "person" },
	{ "certificate", "certificate" },
	{ "slug", "certificate" },
	{ "successor", "certificate" },
	{ "spki_sha256", "key" },
	{ "key_sha256", "key" },
	{ "keys", "key" },
	{ "certificate_sha256", "certificate" },
	{ "serial", "token" },
	{ "session", "session" },
	{ "commit_id", "commit" },
	{ "leaves", "commit" },
	{ "object_id", "commit" },
	{ "old_id", "commit" },
	{ "commit", "commit" },
	{ "id", "commit" },
	{ "build", "build" },
	{ "attestation_sha256", "build" },
	{ "builder", "build" },
	{ "invocation", "build" },
	{ "statement_sha256", "approval" },
};

/* Maps, or lists of them, whose members have such names, too. */
static const char *const inner[] = { "body", "certificate", "tag", "token",
    "tokens", "processes", "builds", "approvals" };

static bool
put_name(struct filling *f, const char *kind, const struct json *v,
    struct err *e)
{
	for (size_t i = 0; json_kind(v) == JSON_KIND_LIST &&
	    i < json_count(v); i++)
		if (!put_name(f, kind, json_item(v, i), e))
			return false;
	struct span value = json_span(v);
	/* An engine stands in each event of its own. */
	return value.len == 0 || span_starts(value, "engine/") ||
	    PUT(f, ADD_NAMED, e,
	    CELL_TEXT(span_text(kind)), CELL_TEXT(value),
	    CELL_INT(f->event->n));
}

static bool
put_names(struct filling *f, const struct json *v, struct err *e)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (!put_name(f, names[i].kind, json_member(v,
		    names[i].member), e))
			return false;
	return true;
}

static bool	 put_within(struct filling *, const struct json *,
		    struct err *) MUST_USE;

static bool
put_inner(struct filling *f, const struct json *v, struct err *e)
{
	if (json_kind(v) == JSON_KIND_MAP)
		return put_within(f, v, e);
	for (size_t i = 0; json_kind(v) == JSON_KIND_LIST &&
	    i < json_count(v); i++)
		if (json_kind(json_item(v, i)) == JSON_KIND_MAP &&
		    !put_within(f, json_item(v, i), e))
			return false;
	return true;
}

/* json_parse bounds the depth. */
static bool
put_within(struct filling *f, const struct json *v, struct err *e)
{
	if (!put_names(f, v, e))
		return false;
	for (size_t i = 0; i < COUNT(inner); i++)
		if (!put_inner(f, json_member(v, inner[i]), e))
			return false;
	return true;
}

/* The rules in force are those of so many events that they stand apart. */
static bool
tell_names(struct filling *f, struct err *e)
{
	const struct json *v = f->event->json;

	return put_within(f, v, e) && put_name(f, "config", json_member(
	    json_member(v, "config"), "commit_id"), e) && put_name(f,
	    "config", json_member(json_member(json_member(v, "body"),
	    "config"), "commit"), e);
}

/* ---- by type */

static bool
tell_approval(struct filling *f, struct err *e)
{
	const struct event *ev = f->event;

	return PUT(f, ADD_APPROVAL, e, CELL_INT(ev->n),
	    CELL_TEXT(span_text(ev->type->name)), CELL_TEXT(f->request),
	    CELL_TEXT(event_text(ev, "person")),
	    CELL_TEXT(event_text(ev, "statement_sha256")),
	    CELL_TEXT(event_text(ev, "rule")),
	    CELL_TEXT(event_text(ev, "expires")));
}

static bool
tell_intended(struct filling *f, struct err *e)
{
	const struct event *ev = f->event;
	const struct json *token = json_member(ev->json, "token");

	return PUT(f, ADD_USE, e, CELL_INT(ev->n), CELL_TEXT(f->request),
	    CELL_TEXT(event_text(ev, "certificate")),
	    CELL_TEXT(event_text(ev, "spki_sha256")),
	    CELL_INT(event_integer(ev, "level")),
	    CELL_INT(event_integer(ev, "count")),
	    CELL_TEXT(span_text("open")),
	    CELL_TEXT(event_text(ev, "certificate_sha256")),
	    CELL_TEXT(json_span(json_member(token, "label"))),
	    CELL_TEXT(json_span(json_member(token, "serial"))),
	    CELL_TEXT(event_text(ev, "session")));
}

static bool
end_use(struct filling *f, const char *outcome, struct err *e)
{
	return PUT(f, END_USE, e,
	    CELL_INT(event_integer(f->event, "intended")),
	    CELL_TEXT(span_text(outcome)), CELL_INT(f->event->n),
	    CELL_INT(event_integer(f->event, "made")));
}

static bool
tell_used(struct filling *f, struct err *e)
{
	return end_use(f, "used", e);
}

static bool
tell_unknown(struct filling *f, struct err *e)
{
	return end_use(f, "unknown", e);
}

static bool
tell_alarm(struct filling *f, struct err *e)
{
	const struct event *ev = f->event;

	return PUT(f, ADD_ALARM, e, CELL_INT(ev->n),
	    CELL_TEXT(event_text(ev, "code")),
	    CELL_TEXT(event_text(ev, "severity")),
	    CELL_TEXT(event_text(ev, "text")), CELL_TEXT(f->request));
}

static bool
tell_acknowledged(struct filling *f, struct err *e)
{
	return PUT(f, END_ALARM, e, CELL_INT(event_integer(f->event,
	    "raised")), CELL_INT(f->event->n));
}

static bool
tell_added(struct filling *f, struct err *e)
{
	const struct event *ev = f->event;

	return PUT(f, ADD_CERTIFICATE, e,
	    CELL_TEXT(event_text(ev, "certificate")), CELL_INT(ev->n),
	    CELL_INT(ev->n), CELL_TEXT(event_text(ev, "kind")),
	    CELL_TEXT(event_text(ev, "purpose")),
	    CELL_TEXT(event_text(ev, "state")),
	    CELL_TEXT(event_text(ev, "certificate_sha256")),
	    CELL_TEXT(event_text(ev, "spki_sha256")),
	    CELL_TEXT(event_text(ev, "not_before")),
	    CELL_TEXT(event_text(ev, "not_after")));
}

static bool
tell_changed(struct filling *f, struct err *e)
{
	return PUT(f, SET_CERTIFICATE, e,
	    CELL_TEXT(event_text(f->event, "certificate")),
	    CELL_INT(f->event->n), CELL_TEXT(event_text(f->event, "state")));
}

static bool
tell_removed(struct filling *f, struct err *e)
{
	return PUT(f, SET_CERTIFICATE, e,
	    CELL_TEXT(event_text(f->event, "certificate")),
	    CELL_INT(f->event->n), CELL_TEXT(SPAN_TEXT("removed")));
}

static bool
tell_revoked(struct filling *f, struct err *e)
{
	return PUT(f, END_CERTIFICATE, e,
	    CELL_TEXT(event_text(f->event, "certificate")),
	    CELL_INT(f->event->n), CELL_TEXT(event_text(f->event, "since")));
}

static const struct {
	const char	*type;
	bool		(*tell)(struct filling *, struct err *);
} tellers[] = {
	{ "request.created", tell_asked },
	{ "approval.counted", tell_approval },
	{ "approval.ignored", tell_approval },
	{ "approval.withdrawn", tell_approval },
	{ "request.denied", tell_approval },
	{ "keys.intended", tell_intended },
	{ "keys.used", tell_used },
	{ "keys.unknown", tell_unknown },
	{ "alarm.raised", tell_alarm },
	{ "alarm.acknowledged", tell_acknowledged },
	{ "certificate.added", tell_added },
	{ "certificate.changed", tell_changed },
	{ "certificate.removed", tell_removed },
	{ "certificate.revoked", tell_revoked },
};

static bool
tell_by_type(struct filling *f, struct err *e)
{
	for (size_t i = 0; i < COUNT(tellers); i++)
		if (strcmp(tellers[i].type, f->event->type->name) == 0)
			return tellers[i].tell(f, e);
	return true;
}

static bool
tell_event(struct filling *f, struct span leaf, struct err *e)
{
	CLEANUP(buf_done) struct buf summary = { 0 }, hex = { 0 };
	const struct event *ev = f->event;

	event_summary(ev, &summary);
	text_hex(leaf, &hex);
	return PUT(f, ADD_EVENT, e, CELL_INT(ev->n),
	    CELL_TEXT(event_text(ev, "at")),
	    CELL_TEXT(span_text(ev->type->name)), CELL_TEXT(f->request),
	    CELL_TEXT(buf_span(&hex)), CELL_TEXT(buf_span(&summary))) &&
	    tell_names(f, e) && tell_artifacts(f, e) && tell_by_type(f, e);
}

/* Its bytes are read again: they must be those that were verified. */
static bool
take_event(struct filling *f, uint64_t n, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const struct merkle_source source = merkle_tree_source(
	    ledger_tree(f->ledger));
	struct merkle_hash verified;
	struct event ev;

	if (!ledger_event_read(f->ledger, n, &bytes, &json, &ev, e) ||
	    !source.hash(source.arg, 0, n, &verified, e))
		return false;
	struct merkle_hash leaf = merkle_leaf(buf_span(&bytes));
	if (!merkle_eq(&leaf, &verified))
		return err_set(e, ERR_LEDGER_EVENT, "event %llu is another "
		    "one than a moment ago", (unsigned long long)n);
	f->event = &ev;
	f->request = event_text(&ev, "request");
	return tell_event(f, merkle_span(&leaf), e);
}

/* ---- what the fold knows */

static bool
take_request(struct filling *f, const struct fold_request *q, struct err *e)
{
	char changed[TEXT_TIME_SIZE];

	text_time(q->last_at, changed);
	return PUT(f, ADD_REQUEST, e, CELL_INT(q->created), CELL_TEXT(q->id),
	    CELL_TEXT(span_text(request_state_name(q->state))),
	    CELL_INT(q->last), CELL_TEXT(span_text(changed)),
	    CELL_TEXT(q->project), CELL_TEXT(q->policy), CELL_TEXT(q->repo),
	    CELL_TEXT(q->ref), CELL_TEXT(q->tag_id), CELL_INT(q->attempt),
	    CELL_INT(q->signatures), CELL_INT(q->signatures_unknown));
}

static bool
take_requests(struct filling *f, const struct fold *fold, uint64_t from,
    struct err *e)
{
	const struct fold_request *q;

	for (size_t i = 0; (q = fold_request_at(fold, i)) != NULL; i++)
		if (q->last >= from && !take_request(f, q, e))
			return false;
	return true;
}

static bool
take_state(struct filling *f, uint64_t size, const struct ledger_trust *t,
    struct err *e)
{
	CLEANUP(buf_done) struct buf root = { 0 }, pin = { 0 };
	struct merkle_hash hash = ledger_root(f->ledger, size);
	struct object_id_hex head = object_id_hex(ledger_head(f->ledger));

	text_hex(merkle_span(&hash), &root);
	text_hex(merkle_span(&t->pin.root), &pin);
	return view_run(f->db, "DELETE FROM state", e) &&
	    PUT(f, ADD_STATE, e, CELL_INT(size), CELL_TEXT(buf_span(&root)),
	    CELL_TEXT(span_text(head.text)), CELL_TEXT(t->log_key),
	    CELL_INT(t->pin.size), CELL_TEXT(buf_span(&pin)));
}

static bool
take_all(struct filling *f, const struct fold *fold, uint64_t from,
    const struct ledger_trust *t, struct err *e)
{
	for (uint64_t n = from; n < fold_size(fold); n++)
		if (!take_event(f, n, e))
			return false;
	return take_requests(f, fold, from, e) &&
	    take_state(f, fold_size(fold), t, e);
}

/* ---- the file */

static bool
make_tables(sqlite3 *db, struct err *e)
{
	CLEANUP(buf_done) struct buf sql = { 0 };

	buf_printf(&sql, "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    VIEW_APPLICATION, VIEW_VERSION);
	if (!view_run(db, buf_cstr(&sql), e))
		return false;
	for (size_t i = 0; view_schema[i] != NULL; i++)
		if (!view_run(db, view_schema[i], e))
			return false;
	return true;
}

/* Only a file that is whole is built upon. */
static bool
check_whole(sqlite3 *db, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	bool more;

	if (!view_prepare(db, "PRAGMA integrity_check(1)", &s, e) ||
	    !view_step(s, &more, e))
		return false;
	struct span says = more ? view_column(s, 0) : (struct span){ 0 };
	return span_is(says, "ok") || err_set(e, ERR_VIEW_DAMAGED, "%s",
	    text_show(says).text);
}

static bool
copy_older(sqlite3 *db, struct view *older, struct err *e)
{
	if (!check_whole(older->db, e))
		return false;
	sqlite3_backup *b = sqlite3_backup_init(db, "main", older->db,
	    "main");
	if (b == NULL)
		return view_failed(db, e);
	sqlite3_backup_step(b, -1);
	return sqlite3_backup_finish(b) == SQLITE_OK || view_failed(db, e);
}

static bool
fill(struct filling *f, struct view *older, const struct fold *fold,
    const struct ledger_trust *t, struct err *e)
{
	uint64_t from = older == NULL ? 0 : older->state.size;

	return (older == NULL ? make_tables(f->db, e) :
	    copy_older(f->db, older, e)) && view_run(f->db, "BEGIN", e) &&
	    take_all(f, fold, from, t, e) && view_run(f->db, "COMMIT", e);
}

bool
view_fill(const char *path, struct view *older, struct ledger *l,
    const struct fold *fold, const struct ledger_trust *t, struct err *e)
{
	struct filling f = { .ledger = l };
	bool good = view_connect(path, true, &f.db, e) &&
	    fill(&f, older, fold, t, e);

	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(f.prepared[i]);
	sqlite3_close(f.db);
	return good;
}
