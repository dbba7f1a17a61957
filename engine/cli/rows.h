/*
 * rows - rows of a view as text, as a list in JSON (--json, a line each) or as
 * CSV (--csv; RFC 4180 with a first line of names). In CSV a text that a
 * spreadsheet would take for a formula gets a ' in front.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "cli/cli.h"

#define ROWS_OPTIONS							\
	{ "csv", 0, NULL, "print CSV, for a spreadsheet", false }

struct rows {
	const struct invocation	*in;
	const char *const	*columns;	/* of CSV; ends with NULL */
	void			(*print)(const struct json *,
				    const struct palette *);
	uint64_t		 count;		/* told so far */
};

/* Errors: USAGE (--csv and --json). */
bool	rows_begin(const struct rows *, struct err *) MUST_USE;
/* rows_tell fits row of struct view_reader. */
bool	rows_tell(void *rows, const struct json *, struct err *) MUST_USE;
/* rows_end gives the exit code. */
int	rows_end(struct rows *);

/* A line of CSV with the columns' names, or with a row's values. */
void	rows_csv_names(const char *const *columns, struct buf *out);
void	rows_csv(const char *const *columns, const struct json *row,
	    struct buf *out);

#endif
