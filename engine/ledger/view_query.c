/* view_query - what is asked of a view: see view.h. */
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "git/object.h"
#include "git/tree.h"
#include "ledger/state.h"
#include "ledger/view_store.h"

#define HEAD_ARENA	((size_t)32 << 20)	/* bytes for one commit */

#define EVENT_COLUMNS	"e.n AS n, e.at AS at, e.type AS type, "	\
	"e.request AS request, e.summary AS summary"

/* Each condition; its parameter has the number of its row. */
static const struct condition {
	size_t		 member;	/* offset in struct view_filter */
	const char	*sql;
} conditions[] = {
	{ offsetof(struct view_filter, type), "e.type = ?1" },
	{ offsetof(struct view_filter, request),
	    "e.request >= ?2 AND e.request < ?2 || 'g'" },
	{ offsetof(struct view_filter, person), "e.n IN (SELECT n FROM named "
	    "WHERE kind = 'person' AND value = ?3)" },
	{ offsetof(struct view_filter, key), "e.n IN (SELECT n FROM named "
	    "WHERE kind = 'key' AND value = ?4)" },
	{ offsetof(struct view_filter, certificate), "e.n IN (SELECT n FROM "
	    "named WHERE kind = 'certificate' AND value = ?5)" },
	{ offsetof(struct view_filter, sha256), "a.sha256 = ?6" },
	{ offsetof(struct view_filter, name), "a.name = ?7" },
	{ offsetof(struct view_filter, since), "e.at >= ?8" },
	{ offsetof(struct view_filter, until), "e.at < ?9" },
	{ offsetof(struct view_filter, token), "e.n IN (SELECT n FROM named "
	    "WHERE kind = 'token' AND value = ?10)" },
	{ offsetof(struct view_filter, session), "e.n IN (SELECT n FROM named "
	    "WHERE kind = 'session' AND value = ?11)" },
	{ offsetof(struct view_filter, commit), "e.n IN (SELECT n FROM named "
	    "WHERE kind IN ('commit', 'config') AND value = ?12)" },
	{ offsetof(struct view_filter, build), "e.n IN (SELECT n FROM named "
	    "WHERE kind = 'build' AND value = ?13)" },
	{ offsetof(struct view_filter, approval), "e.n IN (SELECT n FROM "
	    "named WHERE kind = 'approval' AND value = ?14)" },
};

static struct span
asked(const struct view_filter *f, const struct condition *c)
{
	const void *member = (const char *)f + c->member;

	return *(const struct span *)member;
}

static bool
asks_files(const struct view_filter *f)
{
	return f->sha256.len > 0 || f->name.len > 0;
}

/*
 * Many events are of a type, few are of a request: the plus sign keeps SQLite
 * from going through the former where both are asked for.
 */
static const char *
hint_of(const struct view_filter *f, const struct condition *c)
{
	return c->member == offsetof(struct view_filter, type) &&
	    f->request.len > 0 ? "+" : "";
}

/* false: all events are asked for. */
static bool
select_rows(const struct view_filter *f, struct buf *out)
{
	bool narrowed = false;

	buf_printf(out, "SELECT " EVENT_COLUMNS "%s", asks_files(f) ?
	    ", a.role AS role, a.path AS path, a.sha256 AS sha256 "
	    "FROM artifacts a CROSS JOIN events e ON e.n = a.n" :
	    " FROM events e");
	for (size_t i = 0; i < COUNT(conditions); i++) {
		if (asked(f, &conditions[i]).len == 0)
			continue;
		buf_printf(out, "%s%s%s", narrowed ? " AND " : " WHERE ",
		    hint_of(f, &conditions[i]), conditions[i].sql);
		narrowed = true;
	}
	return narrowed;
}

/*
 * The newest ones, and then in their order. The plus sign keeps SQLite from
 * going through all events, which are in that order, rather than an index.
 */
void
view_select(const struct view_filter *f, struct buf *out)
{
	if (f->last > 0)
		buf_text(out, "SELECT * FROM (");
	const char *order = select_rows(f, out) ? "+e.n" : "e.n";
	if (f->last == 0) {
		buf_printf(out, " ORDER BY %s", order);
		return;
	}
	buf_printf(out, " ORDER BY %s DESC LIMIT %llu)", order,
	    (unsigned long long)f->last);
	buf_text(out, " ORDER BY n");
}

static bool
read_rows(sqlite3_stmt *s, const struct view_reader *r, struct err *e)
{
	bool more;

	for (;;) {
		if (!view_step(s, &more, e))
			return false;
		if (!more)
			return true;
		CLEANUP(json_done) struct json *row = view_row(s);
		if (!r->row(r->arg, row, e))
			return false;
	}
}

bool
view_events(struct view *v, const struct view_filter *f,
    const struct view_reader *r, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	CLEANUP(buf_done) struct buf sql = { 0 };

	view_select(f, &sql);
	if (!view_prepare(v->db, buf_cstr(&sql), &s, e))
		return false;
	for (size_t i = 0; i < COUNT(conditions); i++) {
		struct span text = asked(f, &conditions[i]);

		if (text.len > 0 && sqlite3_bind_text64(s, (int)i + 1,
		    (const char *)text.ptr, text.len, SQLITE_STATIC,
		    SQLITE_UTF8) != SQLITE_OK)
			return view_failed(v->db, e);
	}
	return read_rows(s, r, e);
}

static const struct {
	const char	*name;
	const char	*sql;
} parts[VIEW_PARTS] = {
	[VIEW_REQUEST] = { "request",
	    "SELECT * FROM requests WHERE id = ?1" },
	[VIEW_APPROVALS] = { "approvals",
	    "SELECT * FROM approvals WHERE request = ?1 ORDER BY n" },
	[VIEW_ARTIFACTS] = { "artifacts", "SELECT n, role, path, sha256 FROM "
	    "artifacts WHERE request = ?1 ORDER BY n, path, role" },
	[VIEW_KEY_USES] = { "key_uses",
	    "SELECT * FROM key_uses WHERE request = ?1 ORDER BY n" },
	[VIEW_LINKS] = { "links", "SELECT MIN(l.n) AS n, l.kind AS kind, "
	    "l.value AS value FROM events e CROSS JOIN named l ON l.n = e.n "
	    "WHERE e.request = ?1 AND l." VIEW_LINK_KINDS " GROUP BY l.kind, "
	    "l.value ORDER BY 1, 2, 3" },
};

const char *
view_part_name(enum view_part part)
{
	return parts[part].name;
}

bool
view_part(struct view *v, enum view_part part, struct span request,
    const struct view_reader *r, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	const struct view_cell cell = CELL_TEXT(request);

	return view_prepare(v->db, parts[part].sql, &s, e) &&
	    view_bind(s, &cell, 1, e) && read_rows(s, r, e);
}

/* Each with its own order: rows of one event, too, always come alike. */
static const struct {
	const char	*table;
	const char	*rest;
	const char	*columns[16];
} tables[VIEW_TABLES] = {
	[VIEW_OF_REQUESTS] = { "requests", "id IN (SELECT request FROM events "
	    "WHERE n >= ?1 AND n < ?2) ORDER BY n",
	    { "n", "id", "state", "last", "changed", "project", "policy",
	    "repo", "ref", "tag_id", "attempt", "signatures",
	    "signatures_unknown" } },
	[VIEW_OF_APPROVALS] = { "approvals", "n >= ?1 AND n < ?2 ORDER BY n",
	    { "n", "type", "request", "person", "statement_sha256", "rule",
	    "expires" } },
	[VIEW_OF_ARTIFACTS] = { "artifacts", "n >= ?1 AND n < ?2 "
	    "ORDER BY n, path, role, sha256",
	    { "sha256", "n", "role", "path", "name", "request" } },
	[VIEW_OF_KEY_USES] = { "key_uses", "n >= ?1 AND n < ?2 ORDER BY n",
	    { "n", "request", "certificate", "spki_sha256", "level",
	    "intended", "outcome", "closed", "made", "certificate_sha256",
	    "token", "serial", "session" } },
	[VIEW_OF_ALARMS] = { "alarms", "n >= ?1 AND n < ?2 ORDER BY n",
	    { "n", "code", "severity", "text", "request", "acknowledged" } },
};

const char *const *
view_columns(enum view_table table)
{
	return tables[table].columns;
}

bool
view_rows(struct view *v, enum view_table table, uint64_t from, uint64_t to,
    const struct view_reader *r, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	CLEANUP(buf_done) struct buf sql = { 0 };
	const struct view_cell cells[] = { CELL_INT(from), CELL_INT(to) };

	buf_printf(&sql, "SELECT * FROM %s WHERE %s", tables[table].table,
	    tables[table].rest);
	return view_prepare(v->db, buf_cstr(&sql), &s, e) &&
	    view_bind(s, cells, COUNT(cells), e) && read_rows(s, r, e);
}

static bool
leaf_of(struct view *v, uint64_t n, struct merkle_hash *out, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	const struct view_cell cell = CELL_INT(n);
	bool more;

	if (!view_prepare(v->db, "SELECT leaf FROM events WHERE n = ?1", &s,
	    e) || !view_bind(s, &cell, 1, e) || !view_step(s, &more, e))
		return false;
	return (more && text_unhex(view_column(s, 0), out->bytes,
	    sizeof(out->bytes))) || err_set(e, ERR_VIEW_DAMAGED, "event %llu "
	    "is not in it", (unsigned long long)n);
}

/* The head stays as long as the view is open: its commit is read once. */
static bool
head_read(struct view *v, struct repository *r, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(HEAD_ARENA);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;

	if (v->tree_known)
		return true;
	if (!object_read(r, &v->state.head, OBJECT_COMMIT,
	    LIMIT_SIGNED_OBJECT, &raw, e) ||
	    !commit_parse(buf_span(&raw), a, &c, e))
		return false;
	v->tree = c.tree;
	v->tree_known = true;
	return true;
}

static bool
read_file(struct view *v, struct repository *r, const char *path,
    uint64_t limit, struct buf *out, struct err *e)
{
	struct tree_entry entry;

	return head_read(v, r, e) &&
	    tree_lookup(r, &v->tree, span_text(path), &entry, e) &&
	    object_read(r, &entry.id, OBJECT_BLOB, limit, out, e);
}

bool
view_event(struct view *v, struct repository *r, uint64_t n, struct buf *out,
    struct err *e)
{
	char path[LEDGER_PATH_SIZE];
	struct merkle_hash known;

	if (n >= v->state.size || !ledger_event_path(n, path))
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger has %llu "
		    "events, and no number %llu",
		    (unsigned long long)v->state.size, (unsigned long long)n);
	if (!leaf_of(v, n, &known, e) || !read_file(v, r, path,
	    LIMIT_EVENT, out, e))
		return false;
	struct merkle_hash leaf = merkle_leaf(buf_span(out));
	return merkle_eq(&leaf, &known) || err_set(e, ERR_VIEW_DAMAGED,
	    "event %llu is another one in the clone", (unsigned long long)n);
}

bool
view_blob(struct view *v, struct repository *r, struct span hex,
    struct buf *out, struct err *e)
{
	char path[LEDGER_PATH_SIZE];
	uint8_t raw[32];

	if (!text_unhex(hex, raw, sizeof(raw)))
		return err_set(e, ERR_LEDGER_BLOB, "\"%s\" is no SHA-256",
		    text_show(hex).text);
	ledger_blob_path(hex, path);
	if (!read_file(v, r, path, LIMIT_LEDGER_BLOB, out, e))
		return false;
	struct digest d = digest_of(DIGEST_SHA256, buf_span(out));
	return span_eq(digest_span(&d), SPAN(raw)) || err_set(e,
	    ERR_VIEW_DAMAGED, "%s is another one in the clone", path);
}
