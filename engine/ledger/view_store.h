/* view_store - what view*.c share: a view from inside, and SQLite's calls. */
#ifndef LEDGER_VIEW_STORE_H
#define LEDGER_VIEW_STORE_H

#include <sqlite3.h>

#include "base/json.h"
#include "ledger/view.h"

#define VIEW_APPLICATION	0x54534c56	/* "TSLV" */
#define VIEW_VERSION		1		/* of the schema */
/* Names that a request is asked for: few, and so is what their index holds. */
#define VIEW_LINK_KINDS		"kind IN ('commit', 'build')"

struct view {
	sqlite3			*db;
	struct view_state	 state;
	struct buf		 log_key;	/* that state borrows */
	struct object_id	 tree;		/* of state.head */
	bool			 tree_known;
};

/* The tables' names, and all that makes the schema; NULL ends both. */
extern const char *const view_tables[];
extern const char *const view_schema[];

/* A value of a row. An empty text is NULL. */
struct view_cell {
	struct span	text;
	int64_t		integer;
	bool		number;
};

#define CELL_TEXT(s)	{ .text = (s) }
#define CELL_INT(i)	{ .integer = (int64_t)(i), .number = true }

/* view_failed sets the error that SQLite reports: VIEW-DAMAGED, or
 * SYSTEM-WRITE where it is not the file's fault. */
bool	view_failed(sqlite3 *, struct err *);

/* view_run runs statements without results. */
bool	view_run(sqlite3 *, const char *sql, struct err *) MUST_USE;

bool	view_prepare(sqlite3 *, const char *sql, sqlite3_stmt **out,
	    struct err *) MUST_USE;
bool	view_bind(sqlite3_stmt *, const struct view_cell *, size_t count,
	    struct err *) MUST_USE;
/* view_step gives the next row; *more is false after the last one. */
bool	view_step(sqlite3_stmt *, bool *more, struct err *) MUST_USE;

/* Borrowed until the next step. */
struct span	 view_column(sqlite3_stmt *, int);
/* The row as JSON, without what is NULL; the caller releases it. */
struct json	*view_row(sqlite3_stmt *);

/*
 * view_connect opens a file with the settings of this page; writable: it may
 * be empty. The caller closes *out, also on error.
 */
bool	view_connect(const char *path, bool writable, sqlite3 **out,
	    struct err *) MUST_USE;

DEFINE_CLEANUP(sqlite3_stmt, view_stmt_done, (void)sqlite3_finalize);
DEFINE_CLEANUP(sqlite3, view_db_done, (void)sqlite3_close);

#endif
