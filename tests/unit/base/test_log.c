/* log: one line per fact, and nobody's value can forge another. */
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "test.h"

static char lines[4096];

/* What was logged since the last call. */
static const char *
logged(const struct log *log)
{
	ssize_t n = pread(log->fd, lines, sizeof(lines) - 1, 0);

	assert_true(n >= 0);
	lines[n] = '\0';
	assert_int_equal(ftruncate(log->fd, 0), 0);
	assert_int_equal(lseek(log->fd, 0, SEEK_SET), 0);
	return lines;
}

static int64_t
noon(void)
{
	return INT64_C(1767225600000) + 12 * 3600000;
}

static void
a_fact_is_one_line(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct log log = { .fd = fd, .process = "judge", .now = noon };

	(void)state;
	LOG(&log, LOG_LEVEL_INFO, "request.completed", { "request", "sr-1" },
	    { "none", NULL }, { "reason", "two words" }, { "empty", "" });
	assert_string_equal(logged(&log), "2026-01-01T12:00:00.000Z info  "
	    "judge request.completed request=sr-1 reason=\"two words\" "
	    "empty=\"\"\n");
	log.now = NULL;
	LOG(&log, LOG_LEVEL_ERROR, "bare");
	assert_string_equal(logged(&log), "error judge bare\n");
}

static void
levels_below_the_least_are_dropped(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct log log = { .fd = fd, .process = "x",
	    .least = LOG_LEVEL_WARN };
	struct log nowhere = { .fd = -1, .process = "x" };

	(void)state;
	LOG(&log, LOG_LEVEL_INFO, "dropped");
	LOG(&nowhere, LOG_LEVEL_ERROR, "dropped");
	LOG(&log, LOG_LEVEL_WARN, "kept");
	assert_string_equal(logged(&log), "warn  x kept\n");
}

static void
a_value_cannot_forge_lines_or_fields(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct log log = { .fd = fd, .process = "x" };

	(void)state;
	LOG(&log, LOG_LEVEL_INFO, "f", { "k", "a\nerror x forged" });
	assert_string_equal(logged(&log),
	    "info  x f k=\"a\\u{a}error x forged\"\n");
	LOG(&log, LOG_LEVEL_INFO, "f", { "k", "a\" code=\"OK" });
	assert_string_equal(logged(&log),
	    "info  x f k=\"a\\\" code=\\\"OK\"\n");
	LOG(&log, LOG_LEVEL_INFO, "f", { "k", "a \\" }, { "l", "b" });
	assert_string_equal(logged(&log),
	    "info  x f k=\"a \\\\\" l=b\n");
	LOG(&log, LOG_LEVEL_INFO, "f", { "k", "\xe2\x80\xae\xff" });
	assert_string_equal(logged(&log), "info  x f k=\\u{202e}\\xff\n");
}

static void
json_lines_are_json(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct log log = { .fd = fd, .process = "x", .json = true,
	    .now = noon };
	CLEANUP(json_done) struct json *v = NULL;
	struct err e;

	(void)state;
	LOG(&log, LOG_LEVEL_INFO, "f", { "k", "a\"\n\xff" });
	struct span rest = SPAN_TEXT(logged(&log)), line;
	assert_true(span_line(&rest, &line));
	assert_int_equal(rest.len, 0);
	assert_ok(json_parse(line, &v, &e), &e);
	assert_true(span_is(json_span(json_member(v, "time")),
	    "2026-01-01T12:00:00.000Z"));
	assert_true(span_is(json_span(json_member(v, "level")), "info"));
}

static void
an_error_is_logged_with_code_and_advice(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct log log = { .fd = fd, .process = "x" };
	struct err e;

	(void)state;
	err_set(&e, ERR_USAGE, "no");
	err_hint(&e, "do");
	log_err(&log, "f", &e);
	assert_string_equal(logged(&log),
	    "error x f code=USAGE text=no advice=do\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fact_is_one_line),
		TEST(levels_below_the_least_are_dropped),
		TEST(a_value_cannot_forge_lines_or_fields),
		TEST(json_lines_are_json),
		TEST(an_error_is_logged_with_code_and_advice),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
