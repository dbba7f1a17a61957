/* view - see view.h: opened, told apart, compared. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "ledger/view_store.h"

#define HEADER		100	/* bytes before the first page's cells */
#define AT_VERSION	60
#define AT_APPLICATION	68

/* What is no regular file must not even be waited for. */
static bool
read_header(const char *path, uint8_t out[HEADER], size_t *len,
    struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno == ENOENT ? ERR_FILE_MISSING :
		    errno == ELOOP ? ERR_FILE_KIND : ERR_FILE_ACCESS, "%s",
		    text_show(span_text(path)).text);
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	ssize_t got = regular ? read(fd, out, HEADER) : -1;
	close(fd);
	if (!regular)
		return err_set(e, ERR_FILE_KIND, "%s is no regular file",
		    text_show(span_text(path)).text);
	if (got < 0)
		return err_errno(e, ERR_FILE_ACCESS, "%s",
		    text_show(span_text(path)).text);
	*len = (size_t)got;
	return *len > 0 || err_set(e, ERR_FILE_MISSING, "%s is empty",
	    text_show(span_text(path)).text);
}

/* SQLite sees only files that say they are ours. */
static bool
is_ours(const char *path, struct err *e)
{
	uint8_t header[HEADER] = { 0 };
	size_t len;

	if (!read_header(path, header, &len, e))
		return false;
	struct reader r = rd_open((struct span){ header, len });
	struct span magic = rd_take(&r, 16);
	rd_seek(&r, AT_VERSION);
	uint32_t version = rd_u32be(&r);
	rd_seek(&r, AT_APPLICATION);
	uint32_t application = rd_u32be(&r);
	if (!rd_ok(&r) || memcmp(magic.ptr, "SQLite format 3", 16) != 0 ||
	    application != VIEW_APPLICATION)
		return err_set(e, ERR_VIEW_FOREIGN, "%s is no view of a "
		    "ledger", text_show(span_text(path)).text);
	return version == VIEW_VERSION || err_set(e, ERR_VIEW_DAMAGED,
	    "it has form %u, not %u", version, VIEW_VERSION);
}

/* To the letter: then it has no triggers, views or functions. */
static bool
check_schema(sqlite3 *db, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	bool more;

	if (!view_prepare(db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT "
	    "NULL ORDER BY rowid", &s, e))
		return false;
	for (size_t i = 0;; i++) {
		if (!view_step(s, &more, e))
			return false;
		if (!more && view_schema[i] == NULL)
			return true;
		if (!more || view_schema[i] == NULL ||
		    !span_is(view_column(s, 0), view_schema[i]))
			return err_set(e, ERR_VIEW_DAMAGED, "its tables are "
			    "not those of a view");
	}
}

static bool
read_hash(struct span hex, struct merkle_hash *out)
{
	return text_unhex(hex, out->bytes, sizeof(out->bytes));
}

static bool
read_state(struct view *v, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	struct view_state *t = &v->state;
	bool more;

	if (!view_prepare(v->db, "SELECT root_sha256, head, pin_root, "
	    "log_key, size, pin_size FROM state", &s, e) ||
	    !view_step(s, &more, e))
		return false;
	if (!more || !read_hash(view_column(s, 0), &t->root) ||
	    !object_id_parse(view_column(s, 1), &t->head) ||
	    !read_hash(view_column(s, 2), &t->pin.root))
		return err_set(e, ERR_VIEW_DAMAGED, "it does not say what it "
		    "stands for");
	buf_put(&v->log_key, view_column(s, 3));
	t->log_key = buf_span(&v->log_key);
	t->size = (uint64_t)sqlite3_column_int64(s, 4);
	t->pin.size = (uint64_t)sqlite3_column_int64(s, 5);
	return true;
}

bool
view_open(const char *path, struct view **out, struct err *e)
{
	CLEANUP(view_done) struct view *v = xcalloc(1, sizeof(*v));

	if (!is_ours(path, e))
		return false;
	if (!view_connect(path, false, &v->db, e) ||
	    !check_schema(v->db, e) || !read_state(v, e))
		return err_at(e, "%s", text_show(span_text(path)).text);
	*out = TAKE(v);
	return true;
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	sqlite3_close(v->db);
	buf_done(&v->log_key);
	free(v);
}

const struct view_state *
view_state(const struct view *v)
{
	return &v->state;
}

bool
view_follows(const struct view *v, const struct ledger *l)
{
	if (v->state.size > ledger_size(l))
		return false;
	struct merkle_hash root = ledger_root(l, v->state.size);
	return merkle_eq(&root, &v->state.root);
}

/* ---- two of them */

struct comparison {
	sqlite3		*db;
	void		(*difference)(void *, const char *, const char *,
			    const struct json *);
	void		*arg;
	uint64_t	 count;
};

/* Rows of one table that only one of the two has. */
static bool
compare_side(struct comparison *c, const char *table, const char *where,
    const char *one, const char *other, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	CLEANUP(buf_done) struct buf sql = { 0 };
	bool more;

	buf_printf(&sql, "SELECT * FROM %s.%s EXCEPT SELECT * FROM %s.%s",
	    one, table, other, table);
	if (!view_prepare(c->db, buf_cstr(&sql), &s, e))
		return false;
	for (;;) {
		if (!view_step(s, &more, e))
			return false;
		if (!more)
			return true;
		CLEANUP(json_done) struct json *row = view_row(s);
		c->count++;
		c->difference(c->arg, table, where, row);
	}
}

static bool
attach(sqlite3 *db, const char *path, struct err *e)
{
	CLEANUP(view_stmt_done) sqlite3_stmt *s = NULL;
	CLEANUP(buf_done) struct buf uri = { 0 };
	bool more;

	buf_text(&uri, "file:");
	text_percent(span_text(path), "/", &uri);
	buf_text(&uri, "?mode=ro&immutable=1");
	const struct view_cell cell = CELL_TEXT(buf_span(&uri));
	return view_prepare(db, "ATTACH ?1 AS second", &s, e) &&
	    view_bind(s, &cell, 1, e) && view_step(s, &more, e);
}

bool
view_compare(const char *first, const char *second,
    void (*difference)(void *, const char *, const char *,
    const struct json *), void *arg, uint64_t *count, struct err *e)
{
	CLEANUP(view_done) struct view *a = NULL, *b = NULL;
	struct comparison c = { NULL, difference, arg, 0 };

	if (!view_open(first, &a, e) || !view_open(second, &b, e) ||
	    !attach(a->db, second, e))
		return false;
	c.db = a->db;
	for (size_t i = 0; view_tables[i] != NULL; i++)
		if (!compare_side(&c, view_tables[i], "first", "main",
		    "second", e) ||
		    !compare_side(&c, view_tables[i], "second", "second",
		    "main", e))
			return false;
	*count = c.count;
	return true;
}
