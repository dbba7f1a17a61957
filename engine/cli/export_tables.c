/* export_tables - what the fold says of a period, as tables: see export.h. */
#include "cli/export.h"
#include "cli/rows.h"

static const struct {
	const char	*name;
	enum view_table	 table;
} tables[] = {
	{ "approvals.csv", VIEW_OF_APPROVALS },
	{ "key-uses.csv", VIEW_OF_KEY_USES },
	{ "artifacts.csv", VIEW_OF_ARTIFACTS },
	{ "alarms.csv", VIEW_OF_ALARMS },
};

struct writing {
	struct export_file	 file;
	const char *const	*columns;
	uint64_t		 rows;
};

static bool
csv_row(void *writing, const struct json *row, struct err *e)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	struct writing *w = writing;

	rows_csv(w->columns, row, &line);
	return export_file_put(&w->file, buf_span(&line), e);
}

static bool
table_put(struct export *x, const char *name, enum view_table table,
    struct err *e)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct writing w = { .columns = view_columns(table) };

	rows_csv_names(w.columns, &names);
	bool good = export_file_open(&x->folder, name, &w.file, e) &&
	    export_file_put(&w.file, buf_span(&names), e) &&
	    view_rows(x->view, table, x->from, x->to, &(struct view_reader){
	    csv_row, &w }, e) && export_file_close(&w.file, e);
	export_file_drop(&w.file);
	return good;
}

static bool
json_row(void *writing, const struct json *row, struct err *e)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	struct writing *w = writing;

	buf_text(&line, w->rows++ == 0 ? "[\n  " : ",\n  ");
	json_write(row, &line);
	return export_file_put(&w->file, buf_span(&line), e);
}

static bool
requests_put(struct export *x, struct writing *w, struct err *e)
{
	return export_file_open(&x->folder, "requests.json", &w->file, e) &&
	    view_rows(x->view, VIEW_OF_REQUESTS, x->from, x->to,
	    &(struct view_reader){ json_row, w }, e) &&
	    export_file_put(&w->file, span_text(w->rows > 0 ? "\n]\n" :
	    "[]\n"), e) && export_file_close(&w->file, e);
}

bool
export_tables(struct export *x, struct err *e)
{
	struct writing w = { .rows = 0 };
	bool good = requests_put(x, &w, e);

	export_file_drop(&w.file);
	x->requests = w.rows;
	for (size_t i = 0; good && i < COUNT(tables); i++)
		good = table_put(x, tables[i].name, tables[i].table, e);
	return good;
}
