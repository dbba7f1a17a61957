/* view: a file that was found gives rows, or says what is wrong with it. */
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "ledger/view.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must_be_told(const struct err *e)
{
	if (!err_is(e, ERR_VIEW_DAMAGED) && !err_is(e, ERR_VIEW_FOREIGN) &&
	    !err_is(e, ERR_FILE_MISSING))
		abort();
}

static bool
count(void *rows, const struct json *row, struct err *e)
{
	if (json_count(row) > 13 || ++*(size_t *)rows > 10000)
		return err_set(e, ERR_VIEW_DAMAGED, "too much");
	return true;
}

static void
ask(const char *path)
{
	static const char digest[] = "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef";
	const struct view_filter filters[] = {
		{ .last = 0 },
		{ .sha256 = span_text(digest), .last = 3 },
		{ .person = span_text("person/bob"),
		    .request = span_text("sr-") },
	};
	CLEANUP(view_done) struct view *v = NULL;
	size_t rows = 0;
	struct err e;

	if (!view_open(path, &v, &e)) {
		must_be_told(&e);
		return;
	}
	const struct view_reader r = { count, &rows };
	for (size_t i = 0; i < COUNT(filters); i++)
		if (!view_events(v, &filters[i], &r, &e))
			must_be_told(&e);
	for (enum view_part part = 0; part < VIEW_PARTS; part++)
		if (!view_part(v, part, span_text("sr-"), &r, &e))
			must_be_told(&e);
}

static void
nothing(void *arg, const char *table, const char *where,
    const struct json *row)
{
	(void)arg;
	(void)table;
	(void)where;
	(void)row;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char path[] = "/tmp/tagseal-fuzz-view-XXXXXX";
	int fd = mkstemp(path);
	uint64_t differences;
	struct err e;

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) != 0)
		abort();
	ask(path);
	if (!view_compare(path, path, nothing, NULL, &differences, &e))
		must_be_told(&e);
	unlink(path);
	return 0;
}
