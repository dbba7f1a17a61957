/* text: strict conversions. */
#include <string.h>

#include "base/text.h"
#include "test.h"

static void
utf16_becomes_utf8(void **state)
{
	static const struct {
		const char	*hex;
		const char	*utf8;	/* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "4100e400ac20", "A\xc3\xa4\xe2\x82\xac" },
		{ "3dd800de", "\xf0\x9f\x98\x80" },
		{ "ffdbffdf", "\xf4\x8f\xbf\xbf" },
		{ "41", NULL },			/* half a unit */
		{ "3dd8", NULL },		/* high surrogate, end */
		{ "3dd84100", NULL },		/* and no low one */
		{ "00de", NULL },		/* low surrogate alone */
		{ "41000000", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf in = unhex_text(cases[i].hex);
		CLEANUP(buf_done) struct buf out = { 0 };

		assert_int_equal(text_utf16(buf_span(&in), &out),
		    cases[i].utf8 != NULL);
		if (cases[i].utf8 != NULL)
			assert_span_equal(buf_span(&out),
			    span_text(cases[i].utf8));
	}
}

static void
parts_of_a_url_are_percent_encoded(void **state)
{
	static const struct {
		struct span	 in;
		const char	*plain, *out;
	} cases[] = {
		{ { (const uint8_t *)"v1.2-3_~", 8 }, "", "v1.2-3_~" },
		{ { (const uint8_t *)"a/b", 3 }, "/", "a/b" },
		{ { (const uint8_t *)"a/b", 3 }, "", "a%2Fb" },
		{ { (const uint8_t *)"100% #?", 7 }, "/", "100%25%20%23%3F" },
		{ { (const uint8_t *)"\0\xc3\xa4", 3 }, "/", "%00%C3%A4" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf out = { 0 };

		text_percent(cases[i].in, cases[i].plain, &out);
		assert_string_equal(buf_cstr(&out), cases[i].out);
	}
}

static void
numbers_are_digits_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		"", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1.0",
		"18446744073709551616", "99999999999999999999", "\xd9\xa1",
	};
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_u64(SPAN_TEXT(bad[i]), &n));
	assert_int_equal(n, 7);
	assert_true(text_u64(SPAN_TEXT("0"), &n) && n == 0);
	assert_true(text_u64(SPAN_TEXT("18446744073709551615"), &n) &&
	    n == UINT64_MAX);
}

static void
durations_and_sizes_have_units(void **state)
{
	static const char *const bad[] = {
		"", "s", "1", "1S", "1 s", "1.5h", "-1d", "1w", "01s",
		"213503982334602d",
	};
	static const char *const bad_sizes[] = {
		"", "KiB", "1kib", "1KB", "1 KiB", "-1", "1.5GiB",
		"17179869184GiB",
	};
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_duration(SPAN_TEXT(bad[i]), &n));
	for (size_t i = 0; i < COUNT(bad_sizes); i++)
		assert_false(text_size(SPAN_TEXT(bad_sizes[i]), &n));
	assert_true(text_duration(SPAN_TEXT("90s"), &n) && n == 90);
	assert_true(text_duration(SPAN_TEXT("15m"), &n) && n == 900);
	assert_true(text_duration(SPAN_TEXT("72h"), &n) && n == 259200);
	assert_true(text_duration(SPAN_TEXT("7d"), &n) && n == 604800);
	assert_true(text_size(SPAN_TEXT("512"), &n) && n == 512);
	assert_true(text_size(SPAN_TEXT("64KiB"), &n) && n == 65536);
	assert_true(text_size(SPAN_TEXT("4GiB"), &n) &&
	    n == (uint64_t)4 << 30);
	assert_true(text_size(SPAN_TEXT("17179869183GiB"), &n));
}

static void
hex_is_lower_case_and_whole(void **state)
{
	static const char *const bad[] = { "", "0", "00a", "0g00", "00AA",
	    "000000", " 0aa" };
	CLEANUP(buf_done) struct buf b = { 0 };
	uint8_t out[2];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_unhex(SPAN_TEXT(bad[i]), out, 2));
	assert_true(text_unhex(SPAN_TEXT("0aff"), out, 2));
	assert_memory_equal(out, "\x0a\xff", 2);
	text_hex(SPAN(out), &b);
	assert_string_equal(buf_cstr(&b), "0aff");
	assert_true(text_unhex((struct span){ 0 }, out, 0));
}

static void
base64_is_canonical(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const good[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfb", "//77" },
	};
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "=", "==",
		"====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm9-", "Zm=v", "Z===",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		CLEANUP(buf_done) struct buf in = { 0 }, out = { 0 };

		text_base64(SPAN_TEXT(good[i][0]), &in);
		assert_string_equal(buf_cstr(&in), good[i][1]);
		assert_true(text_unbase64(SPAN_TEXT(good[i][1]), &out));
		assert_string_equal(buf_cstr(&out), good[i][0]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct span s = SPAN_TEXT(bad[i]);
		CLEANUP(free_done) uint8_t *p = exact(s);
		CLEANUP(buf_done) struct buf out = { 0 };

		if (text_unbase64((struct span){ p, s.len }, &out))
			fail_msg("taken: %s", bad[i]);
	}
}

static void
utf8_is_well_formed(void **state)
{
	static const char *const good[] = {
		"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2g",
		"\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xfe",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(text_utf8(SPAN_TEXT(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct span s = SPAN_TEXT(bad[i]);
		CLEANUP(free_done) uint8_t *p = exact(s);

		assert_false(text_utf8((struct span){ p, s.len }));
	}
}

static void
what_cannot_be_seen_is_escaped(void **state)
{
	static const char *const cases[][2] = {
		{ "plain \xc3\xa4 \xf0\x9f\x98\x80", NULL },
		{ "\033[31m", "\\u{1b}[31m" },
		{ "a\nb\t\x7f", "a\\u{a}b\\u{9}\\u{7f}" },
		{ "\xc2\x85", "\\u{85}" },		/* next line */
		{ "\xe2\x80\xaeok", "\\u{202e}ok" },
		{ "\xe2\x81\xa6", "\\u{2066}" },	/* isolate */
		{ "\xe2\x80\x8b", "\\u{200b}" },	/* no width */
		{ "\xef\xbb\xbf", "\\u{feff}" },
		{ "\xf3\xa0\x81\x81", "\\u{e0041}" },	/* tag */
		{ "\xff\xc3", "\\xff\\xc3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		text_visible(SPAN_TEXT(cases[i][0]), &b);
		assert_string_equal(buf_cstr(&b), cases[i][1] == NULL ?
		    cases[i][0] : cases[i][1]);
	}
}

static void
what_is_shown_is_cut_at_a_character(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct shown s;

	(void)state;
	for (int i = 0; i < 159; i++)
		buf_text(&b, "x");
	s = text_show(buf_span(&b));
	assert_string_equal(s.text, buf_cstr(&b));
	buf_text(&b, "y");
	s = text_show(buf_span(&b));
	assert_int_equal(strlen(s.text), 159);
	assert_string_equal(s.text + 153, "xxx...");
	for (size_t shift = 0; shift < 4; shift++) {
		buf_done(&b);
		for (size_t i = 0; i < shift; i++)
			buf_text(&b, "a");
		for (int i = 0; i < 100; i++)
			buf_text(&b, "\xf0\x9f\x98\x80");
		s = text_show(buf_span(&b));
		assert_true(text_utf8(SPAN_TEXT(s.text)));
		assert_true(span_ends(SPAN_TEXT(s.text), "..."));
	}
	assert_string_equal(text_show((struct span){ 0 }).text, "");
}

static void
slugs_are_short_and_plain(void **state)
{
	static const char *const bad[] = { "", "-", "-a", "a-", "A", "a_b",
	    "a.b", "a/b", "\xc3\xa4",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_slug(SPAN_TEXT(bad[i])));
	assert_true(text_slug(SPAN_TEXT("a")) && text_slug(SPAN_TEXT("a-1")));
	assert_true(text_slug(SPAN_TEXT(bad[9] + 1)));
}

static void
the_nearest_name_is_near(void **state)
{
	static const char *const names[] = { "path", "paths", "matches", NULL };

	(void)state;
	assert_string_equal(text_nearest(SPAN_TEXT("pth"), names), "path");
	assert_string_equal(text_nearest(SPAN_TEXT("matchs"), names),
	    "matches");
	assert_null(text_nearest(SPAN_TEXT("certificate"), names));
	CLEANUP(buf_done) struct buf b = { 0 };
	buf_zero(&b, 10000);
	assert_null(text_nearest(buf_span(&b), names));
}

static void
times_go_both_ways(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 ms;
	} cases[] = {
		{ "1970-01-01T00:00:00.000Z", 0 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2000-02-29T12:34:56.789Z", 951827696789 },
		{ "2024-02-29T00:00:00.000Z", 1709164800000 },
		{ "2026-11-24T01:20:00.000Z", 1795483200000 },
		{ "2100-03-01T00:00:00.000Z", 4107542400000 },
		{ "9999-12-31T23:59:59.999Z", 253402300799999 },
		{ "0001-01-01T00:00:00.000Z", -62135596800000 },
	};
	char text[TEXT_TIME_SIZE];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		text_time(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
		assert_true(text_untime(SPAN_TEXT(text), &ms));
		assert_true(ms == cases[i].ms);
	}
	text_time(INT64_MAX, text);
	text_time(INT64_MIN, text);
	assert_true(text_untime(SPAN_TEXT("2024-02-29"), &ms) &&
	    ms == 1709164800000);
	assert_true(text_untime(SPAN_TEXT("2024-02-29T00:00:01Z"), &ms) &&
	    ms == 1709164801000);
}

static void
dates_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "2023-02-29", "1900-02-29", "2100-02-29", "2024-13-01",
		"2024-00-10", "2024-01-00", "2024-01-32", "2024-04-31",
		"2024-1-1", "24-01-01", "2024-01-01T", "2024-01-01T00:00Z",
		"2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
		"2024-01-01T00:00:60Z", "2024-01-01T00:00:00",
		"2024-01-01T00:00:00z", "2024-01-01t00:00:00Z",
		"2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1Z",
		"2024-01-01T00:00:00.0001Z", "2024-01-01T00:00:00+00:00",
		"2024-01-01T00:00:00Z ", "2024-01-01 00:00:00Z", "-024-01-01",
	};
	static const char good[] = "2024-01-01T00:00:00.000Z";
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (text_untime(SPAN_TEXT(bad[i]), &ms))
			fail_msg("taken: %s", bad[i]);
	for (size_t n = 0; n + 1 < sizeof(good); n++) {
		CLEANUP(free_done) uint8_t *p =
		    exact((struct span){ (const uint8_t *)good, n });

		assert_int_equal(text_untime((struct span){ p, n }, &ms),
		    n == 10);
	}
}

static void
sizes_and_durations_read_well(void **state)
{
	(void)state;
	assert_string_equal(text_show_size(0).text, "0 bytes");
	assert_string_equal(text_show_size(1023).text, "1023 bytes");
	assert_string_equal(text_show_size(1536).text, "1.5 KiB");
	assert_string_equal(text_show_size((uint64_t)4 << 30).text, "4.0 GiB");
	assert_string_equal(text_show_duration(59).text, "59 s");
	assert_string_equal(text_show_duration(61).text, "1 min 1 s");
	assert_string_equal(text_show_duration(7260).text, "2 h 1 min");
	assert_string_equal(text_show_duration(86400).text, "1 day 0 h");
	assert_string_equal(text_show_duration(183600).text, "2 days 3 h");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(utf16_becomes_utf8),
		TEST(numbers_are_digits_and_nothing_else),
		TEST(durations_and_sizes_have_units),
		TEST(hex_is_lower_case_and_whole),
		TEST(base64_is_canonical),
		TEST(utf8_is_well_formed),
		TEST(what_cannot_be_seen_is_escaped),
		TEST(what_is_shown_is_cut_at_a_character),
		TEST(slugs_are_short_and_plain),
		TEST(parts_of_a_url_are_percent_encoded),
		TEST(the_nearest_name_is_near),
		TEST(times_go_both_ways),
		TEST(dates_that_are_none_are_refused),
		TEST(sizes_and_durations_read_well),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
