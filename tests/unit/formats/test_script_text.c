/* What is hashed of a script, by its encoding and its ending. */
#include <stdlib.h>

#include "formats/script.h"
#include "fixture.h"

static bool
digest_made(struct fixture *f, const char *name, struct span text,
    struct digest *out)
{
	struct subject s = { .arena = f->arena, .name = span_text(name) };
	struct script x;

	free(f->bytes);
	f->bytes = exact(text);
	assert_ok(rope_bytes(f->arena, (struct span){ f->bytes, text.len },
	    &s.file, &f->err), &f->err);
	return script_parse(&s, &x, &f->err) &&
	    script_digest(&s, &x, DIGEST_SHA256, out, &f->err);
}

static void
hashes_characters_as_utf16(void **state)
{
	static const struct {
		const char	*name, *text, *hashed;	/* hex */
	} rows[] = {
		{ "a.ps1", "", "" },
		{ "a.ps1", "x\n", "7800 0a00" },
		{ "a.ps1", "\xef\xbb\xbfx", "fffe 7800" },
		{ "a.ps1", "\xff\xfex\1", "fffe 7801" },
		{ "a.ps1", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82",
		    "e900 ac20 3dd8 42de" },
		{ "a.psc1", "\xc3\xa9", "e900" },
		{ "a.ps1xml", "\xc3\xa9\x80\x81\x9f\xff",
		    "c300 a900 ac20 8100 7801 ff00" },
		{ "a.ps1xml", "\xef\xbb\xbf\xc3\xa9", "fffe e900" },
		{ "a.js", "", "00000000" },
		{ "a.js", "\xc3\xa9", "c300 a900 02000000" },
		{ "a.js", "\xef\xbb\xbf\xc3\xa9", "e900 01000000" },
		{ "a.vbs", "\xff\xfex\1y\1", "7801 7901 02000000" },
		{ "a.wsf", "\xf0\x9f\x99\x82</job>1", "3dd8 42de 3c00 2f00 "
		    "6a00 6f00 6200 3e00 3100 02000000" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		FIXTURE(f);
		CLEANUP(buf_done) struct buf want = unhex_text(rows[i].hashed);
		struct digest d = digest_of(DIGEST_SHA256, buf_span(&want));
		struct digest got;

		assert_ok(digest_made(&f, rows[i].name,
		    span_text(rows[i].text), &got), &f.err);
		if (!digest_eq(&d, &got))
			fail_msg("row %zu", i);
	}
}

static void
hashes_more_than_it_holds_at_once(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 }, want = { 0 };
	struct digest d, got;
	FIXTURE(f);

	for (size_t i = 0; i < 100000; i++) {
		buf_text(&b, "\xe2\x82\xac.");
		buf_u16le(&want, 0x20ac);
		buf_u16le(&want, '.');
	}
	d = digest_of(DIGEST_SHA256, buf_span(&want));
	assert_ok(digest_made(&f, "a.ps1", buf_span(&b), &got), &f.err);
	assert_true(digest_eq(&d, &got));
}

static void
refuses_what_is_no_text(void **state)
{
	static const struct {
		const char	*name;
		struct span	 text;
	} bad[] = {
#define BAD(name, text)	{ name, { (const uint8_t *)(text), sizeof(text) - 1 } }
		BAD("a.ps1", "\x80"), BAD("a.ps1", "\xc0\x80"),
		BAD("a.ps1", "\xc1\xbf"), BAD("a.ps1", "\xe0\x9f\xbf"),
		BAD("a.ps1", "\xed\xa0\x80"), BAD("a.ps1", "\xf0\x8f\xbf\xbf"),
		BAD("a.ps1", "\xf4\x90\x80\x80"), BAD("a.ps1", "\xf8\x88"),
		BAD("a.ps1", "\xff"), BAD("a.ps1", "\xc3"),
		BAD("a.ps1", "\xe2\x82"), BAD("a.ps1", "\xc3x"),
		BAD("a.ps1", "x\0"), BAD("a.js", "x\0"),
		BAD("a.ps1", "\xff\xfex"), BAD("a.ps1", "\xff\xfe\0\0"),
		BAD("a.ps1", "\xfe\xff\0x"), BAD("a.js", "\xfe\xff\0x"),
		BAD("a.wsf", "\xc3</job>"),
#undef BAD
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		FIXTURE(f);
		struct digest d;

		if (digest_made(&f, bad[i].name, bad[i].text, &d))
			fail_msg("row %zu", i);
		assert_err(&f.err, ERR_SCRIPT_ENCODING);
	}
}

static void
a_windows_script_file_needs_a_job(void **state)
{
	struct digest d;
	FIXTURE(f);

	assert_false(digest_made(&f, "a.wsf", SPAN_TEXT("<job>"), &d));
	assert_err(&f.err, ERR_SCRIPT_JOB);
	assert_false(digest_made(&f, "a.wsf", SPAN_TEXT("<job>x\r\n"
	    "<signature>\r\n** SIG ** MAMCAQE=\r\n</signature>\r\n"
	    "y</job>"), &d));
	assert_err(&f.err, ERR_SCRIPT_TRAILING_DATA);
	assert_false(digest_made(&f, "a.wsf", SPAN_TEXT("<job>x\r\n"
	    "<signature>\r\n** SIG ** MAMCAQE=\r\n</signature>\r\n"
	    "</job><job>y</job>"), &d));
	assert_err(&f.err, ERR_SCRIPT_TRAILING_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hashes_characters_as_utf16),
		TEST(hashes_more_than_it_holds_at_once),
		TEST(refuses_what_is_no_text),
		TEST(a_windows_script_file_needs_a_job),
	};

	return cmocka_run_group_tests_name("script_text", tests, NULL, NULL);
}
