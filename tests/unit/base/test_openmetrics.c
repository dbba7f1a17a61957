/* openmetrics: the form, and values that would break it. */
#include "base/openmetrics.h"
#include "test.h"

static void
families_samples_and_the_end(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct metrics_label labels[] = {
		{ "of", SPAN_TEXT("a") }, { "is", SPAN_TEXT("") },
	};

	(void)state;
	metrics_family(&b, "size", NULL, "How large.");
	metrics_sample(&b, "size", NULL, 0, 7);
	metrics_family(&b, "left_days", "days", "How long.");
	metrics_sample(&b, "left_days", labels, 2, -3);
	metrics_end(&b);
	assert_string_equal(buf_cstr(&b),
	    "# TYPE size gauge\n# HELP size How large.\nsize 7\n"
	    "# TYPE left_days gauge\n# UNIT left_days days\n"
	    "# HELP left_days How long.\n"
	    "left_days{of=\"a\",is=\"\"} -3\n# EOF\n");
}

static void
values_are_escaped(void **state)
{
	static const struct { const char *value, *written; } cases[] = {
		{ "a\\b", "a\\\\b" }, { "say \"hi\"", "say \\\"hi\\\"" },
		{ "a\nb", "a\\nb" }, { "a\r\tb", "a??b" },
		{ "x\"} 1\n# EOF\n", "x\\\"} 1\\n# EOF\\n" },
		{ "\xc3\xa4", "\xc3\xa4" }, { "\xc3", "?" },
		{ "\xff\xfe\"", "?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 }, want = { 0 };
		const struct metrics_label l = { "l", span_text(
		    cases[i].value) };

		metrics_sample(&b, "m", &l, 1, 1);
		buf_printf(&want, "m{l=\"%s\"} 1\n", cases[i].written);
		assert_string_equal(buf_cstr(&b), buf_cstr(&want));
	}
}

static void
seconds_keep_their_sign(void **state)
{
	static const struct { int64_t ms; const char *text; } cases[] = {
		{ 0, "m 0.000\n" }, { 1, "m 0.001\n" }, { -1, "m -0.001\n" },
		{ 1767225600250, "m 1767225600.250\n" },
		{ -1500, "m -1.500\n" },
		{ INT64_MIN, "m -9223372036854775.808\n" },
		{ INT64_MAX, "m 9223372036854775.807\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		metrics_seconds(&b, "m", NULL, 0, cases[i].ms);
		assert_string_equal(buf_cstr(&b), cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(families_samples_and_the_end),
		TEST(values_are_escaped),
		TEST(seconds_keep_their_sign),
	};

	return cmocka_run_group_tests_name("openmetrics", tests, NULL, NULL);
}
