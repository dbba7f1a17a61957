/* rows - see rows.h. */
#include <string.h>

#include "cli/rows.h"

bool
rows_begin(const struct rows *r, struct err *e)
{
	return !r->in->json || !option_given(r->in, "csv") ||
	    err_set(e, ERR_USAGE, "--csv and --json exclude each other");
}

/* A spreadsheet runs what begins so. */
static bool
is_formula(struct span s)
{
	return s.len > 0 && memchr("=+-@\t\r", s.ptr[0], 6) != NULL;
}

static void
csv_text(struct span s, struct buf *out)
{
	buf_u8(out, '"');
	if (is_formula(s))
		buf_u8(out, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			buf_u8(out, '"');
		buf_u8(out, s.ptr[i]);
	}
	buf_u8(out, '"');
}

static void
csv_cell(const struct json *v, struct buf *out)
{
	if (json_kind(v) == JSON_KIND_INTEGER)
		buf_printf(out, "%lld", (long long)json_integer_of(v));
	else if (json_kind(v) == JSON_KIND_TEXT)
		csv_text(json_span(v), out);
}

void
rows_csv_names(const char *const *columns, struct buf *out)
{
	for (size_t i = 0; columns[i] != NULL; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ",", columns[i]);
	buf_text(out, "\r\n");
}

void
rows_csv(const char *const *columns, const struct json *row, struct buf *out)
{
	for (size_t i = 0; columns[i] != NULL; i++) {
		buf_text(out, i == 0 ? "" : ",");
		csv_cell(json_member(row, columns[i]), out);
	}
	buf_text(out, "\r\n");
}

bool
rows_tell(void *rows, const struct json *row, struct err *e)
{
	struct rows *r = rows;
	CLEANUP(buf_done) struct buf text = { 0 };
	struct palette p = palette_for(r->in->colour);
	bool first = r->count++ == 0;

	if (!r->in->json && !option_given(r->in, "csv")) {
		r->print(row, &p);
		return true;
	}
	if (r->in->json) {
		buf_text(&text, first ? "[\n  " : ",\n  ");
		json_write(row, &text);
	} else {
		if (first)
			rows_csv_names(r->columns, &text);
		rows_csv(r->columns, row, &text);
	}
	return fwrite(text.ptr, 1, text.len, stdout) == text.len ||
	    err_errno(e, ERR_SYSTEM_WRITE, "standard output");
}

int
rows_end(struct rows *r)
{
	CLEANUP(buf_done) struct buf names = { 0 };

	if (r->in->json)
		printf(r->count > 0 ? "\n]\n" : "[]\n");
	else if (option_given(r->in, "csv") && r->count == 0) {
		rows_csv_names(r->columns, &names);
		fwrite(names.ptr, 1, names.len, stdout);
	}
	return r->count > 0 ? EXIT_YES : EXIT_NOTHING;
}
