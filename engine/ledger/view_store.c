/* view_store - see view_store.h: SQLite with safe settings, and the schema. */
#include "base/text.h"
#include "ledger/view_store.h"

/* KiB, negative as SQLite wants them: questions go all over a view. */
#define READ_CACHE	"-65536"

const char *const view_tables[] = {
	"events", "requests", "approvals", "artifacts", "key_uses", "named",
	"alarms", "certificates", NULL
};

/* Texts in the form in which the ledger has them; n: the event's number. */
const char *const view_schema[] = {
	"CREATE TABLE state(size INTEGER NOT NULL, root_sha256 TEXT NOT NULL, "
	"head TEXT NOT NULL, log_key TEXT, pin_size INTEGER NOT NULL, "
	"pin_root TEXT NOT NULL)",
	"CREATE TABLE events(n INTEGER PRIMARY KEY, at TEXT NOT NULL, "
	"type TEXT NOT NULL, request TEXT, leaf TEXT NOT NULL, "
	"summary TEXT)",
	"CREATE INDEX events_at ON events(at)",
	"CREATE INDEX events_type ON events(type)",
	"CREATE INDEX events_request ON events(request)",
	"CREATE TABLE requests(n INTEGER PRIMARY KEY, id TEXT NOT NULL, "
	"state TEXT NOT NULL, last INTEGER NOT NULL, changed TEXT NOT NULL, "
	"project TEXT, policy TEXT, repo TEXT, ref TEXT, tag_id TEXT, "
	"attempt INTEGER, signatures INTEGER, signatures_unknown INTEGER)",
	"CREATE UNIQUE INDEX requests_id ON requests(id)",
	"CREATE TABLE approvals(n INTEGER PRIMARY KEY, type TEXT NOT NULL, "
	"request TEXT, person TEXT, statement_sha256 TEXT, rule TEXT, "
	"expires TEXT)",
	"CREATE INDEX approvals_request ON approvals(request)",
	"CREATE TABLE artifacts(sha256 TEXT, n INTEGER, role TEXT, "
	"path TEXT, name TEXT NOT NULL, request TEXT, "
	"PRIMARY KEY(sha256, n, role, path)) WITHOUT ROWID",
	"CREATE INDEX artifacts_name ON artifacts(name)",
	"CREATE INDEX artifacts_request ON artifacts(request)",
	"CREATE TABLE key_uses(n INTEGER PRIMARY KEY, request TEXT, "
	"certificate TEXT, spki_sha256 TEXT, level INTEGER, "
	"intended INTEGER, outcome TEXT NOT NULL, closed INTEGER, "
	"made INTEGER, certificate_sha256 TEXT, token TEXT, serial TEXT, "
	"session TEXT)",
	"CREATE INDEX key_uses_request ON key_uses(request)",
	"CREATE TABLE named(kind TEXT, value TEXT, n INTEGER, "
	"PRIMARY KEY(kind, value, n)) WITHOUT ROWID",
	"CREATE INDEX named_links ON named(n) WHERE " VIEW_LINK_KINDS,
	"CREATE TABLE alarms(n INTEGER PRIMARY KEY, code TEXT, "
	"severity TEXT, text TEXT, request TEXT, acknowledged INTEGER)",
	"CREATE TABLE certificates(slug TEXT PRIMARY KEY, n INTEGER NOT NULL, "
	"changed INTEGER NOT NULL, kind TEXT, purpose TEXT, state TEXT, "
	"certificate_sha256 TEXT, spki_sha256 TEXT, not_before TEXT, "
	"not_after TEXT, revoked TEXT)",
	NULL
};

bool
view_failed(sqlite3 *db, struct err *e)
{
	int code = sqlite3_errcode(db);
	bool system = code == SQLITE_NOMEM || code == SQLITE_FULL ||
	    code == SQLITE_IOERR || code == SQLITE_CANTOPEN;

	/* Reading fails so where a file is shorter than it says. */
	return err_set(e, system && sqlite3_db_readonly(db, "main") == 0 ?
	    ERR_SYSTEM_WRITE : ERR_VIEW_DAMAGED, "%s",
	    text_show(span_text(sqlite3_errmsg(db))).text);
}

bool
view_run(sqlite3 *db, const char *sql, struct err *e)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	    view_failed(db, e);
}

bool
view_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *e)
{
	return sqlite3_prepare_v2(db, sql, -1, out, NULL) == SQLITE_OK ||
	    view_failed(db, e);
}

static int
bind_one(sqlite3_stmt *s, int at, const struct view_cell *c)
{
	if (c->number)
		return sqlite3_bind_int64(s, at, c->integer);
	if (c->text.len == 0)
		return sqlite3_bind_null(s, at);
	return sqlite3_bind_text64(s, at, (const char *)c->text.ptr,
	    c->text.len, SQLITE_STATIC, SQLITE_UTF8);
}

bool
view_bind(sqlite3_stmt *s, const struct view_cell *cells, size_t count,
    struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (bind_one(s, (int)i + 1, &cells[i]) != SQLITE_OK)
			return view_failed(sqlite3_db_handle(s), e);
	return true;
}

bool
view_step(sqlite3_stmt *s, bool *more, struct err *e)
{
	int code = sqlite3_step(s);

	*more = code == SQLITE_ROW;
	return code == SQLITE_ROW || code == SQLITE_DONE ||
	    view_failed(sqlite3_db_handle(s), e);
}

struct span
view_column(sqlite3_stmt *s, int column)
{
	const uint8_t *text = sqlite3_column_text(s, column);

	return (struct span){ text, text == NULL ? 0 :
	    (size_t)sqlite3_column_bytes(s, column) };
}

struct json *
view_row(sqlite3_stmt *s)
{
	struct json *v = json_map();

	for (int i = 0; i < sqlite3_column_count(s); i++) {
		const char *name = sqlite3_column_name(s, i);

		if (sqlite3_column_type(s, i) == SQLITE_INTEGER)
			json_put_int(v, name, sqlite3_column_int64(s, i));
		else if (sqlite3_column_type(s, i) != SQLITE_NULL)
			json_put_span(v, name, view_column(s, i));
	}
	return v;
}

/* Nothing in the file may run or be trusted; it is no program. */
static bool
settle(sqlite3 *db, bool writable, struct err *e)
{
	sqlite3_extended_result_codes(db, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 1);
	if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) !=
	    SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) !=
	    SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0,
	    NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) !=
	    SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) !=
	    SQLITE_OK)
		return view_failed(db, e);
	return view_run(db, writable ?
	    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF" :
	    "PRAGMA cell_size_check=ON; PRAGMA query_only=ON; "
	    "PRAGMA cache_size=" READ_CACHE, e);
}

/* A view is only replaced, never written: no locks, and no journal of
 * somebody else's is looked for. */
bool
view_connect(const char *path, bool writable, sqlite3 **out, struct err *e)
{
	CLEANUP(buf_done) struct buf uri = { 0 };

	buf_text(&uri, "file:");
	text_percent(span_text(path), "/", &uri);
	buf_text(&uri, writable ? "?mode=rw" : "?mode=ro&immutable=1");
	if (sqlite3_open_v2(buf_cstr(&uri), out, SQLITE_OPEN_URI |
	    (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY), NULL) !=
	    SQLITE_OK)
		return view_failed(*out, e);
	return settle(*out, writable, e);
}
