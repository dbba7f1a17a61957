/* The script formats' verbs, where no key is needed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/script.h"
#include "fixture.h"

/* What no signature looks like: 3 bytes over one line of base64. */
static const uint8_t der[51] = { 0x30, 0x31, 0x04, 0x2f };

static const char *const names[] = { "a.ps1", "a.PSM1", "a.b.psd1",
	"a.ps1xml", "a.psc1", "a.cdxml", "a.mof", "a.js", "a.vbs", "a.wsf" };

static const struct {
	const char	*mark;		/* byte order mark */
	bool		 wide;
} encodings[] = { { "", false }, { "\xef\xbb\xbf", false },
	{ "\xff\xfe", true } };

static const char *const texts[] = { "", "x", "one\r\ntwo\r\n", "one\ntwo\n",
	"\r\n", "\n", "x\r", "# SIG # Begin signature block of another\n",
	"</job>", "<job>\r\n</job>\r\n</package>\r\n", "<job></job> </job\n>" };

/* A subject in memory of exactly its size. */
static struct subject
subject_of(struct fixture *f, const char *name, struct span bytes)
{
	struct subject s = { .arena = f->arena, .name = span_text(name) };

	free(f->bytes);
	f->bytes = exact(bytes);
	assert_ok(rope_bytes(f->arena, (struct span){ f->bytes, bytes.len },
	    &s.file, &f->err), &f->err);
	return s;
}

static void
put_text(struct buf *b, bool wide, struct span ascii)
{
	script_widen(wide ? SCRIPT_UTF16LE : SCRIPT_UTF8, ascii, b);
}

/* What stands in front of a block, and behind it. */
static struct span
text_head(const struct script_style *style, const char *text)
{
	struct span all = span_text(text), head = all;

	while (style->inside != NULL && head.len > 0 &&
	    !span_starts(span_from(all, head.len), style->inside))
		head.len--;
	return head;
}

static const struct script_style *
style_of(const char *name)
{
	const struct script_style *style;
	struct err e;

	assert_ok(script_style_find(span_text(name), &style, &e), &e);
	return style;
}

/* A text with a block in it; without CR if lf. */
static struct buf
signed_text(const char *name, size_t encoding, const char *text, bool lf)
{
	CLEANUP(buf_done) struct buf block = { 0 }, lines = { 0 };
	const struct script_style *style = style_of(name);
	struct span head = text_head(style, text);
	struct buf out = { 0 };

	script_put_block(style, SPAN(der), &block);
	for (size_t i = 0; i < block.len; i++)
		if (!lf || block.ptr[i] != '\r')
			buf_u8(&lines, block.ptr[i]);
	buf_text(&out, encodings[encoding].mark);
	put_text(&out, encodings[encoding].wide, head);
	put_text(&out, encodings[encoding].wide, buf_span(&lines));
	put_text(&out, encodings[encoding].wide,
	    span_from(span_text(text), head.len));
	return out;
}

static bool
parses(struct fixture *f, const char *name, const struct buf *b,
    struct script *x)
{
	struct subject s = subject_of(f, name, buf_span(b));

	*x = (struct script){ 0 };
	return script_parse(&s, x, &f->err);
}

static void
text_one(struct fixture *f, const char *name, size_t encoding,
    const char *text, bool lf)
{
	CLEANUP(buf_done) struct buf plain = { 0 };
	CLEANUP(buf_done) struct buf b = signed_text(name, encoding, text, lf);
	struct subject s, bare;
	struct span out = { 0 };
	struct script x;
	bool changed;

	buf_text(&plain, encodings[encoding].mark);
	put_text(&plain, encodings[encoding].wide, span_text(text));
	assert_ok(parses(f, name, &b, &x), &f->err);
	assert_true(x.is_signed);
	assert_span_equal(x.der, SPAN(der));
	s = subject_of(f, name, buf_span(&b));
	bare = s;
	assert_ok(x.style->format->strip(&s, &bare.file, &changed, &f->err) &&
	    rope_view(f->arena, &bare.file, 0, bare.file.len, &out, &f->err),
	    &f->err);
	assert_true(changed);
	assert_span_equal(out, buf_span(&plain));
	assert_ok(x.style->format->same(&s, &bare, &f->err), &f->err);
	assert_ok(script_parse(&bare, &x, &f->err), &f->err);
	assert_false(x.is_signed);
	assert_ok(x.style->format->strip(&bare, &s.file, &changed, &f->err),
	    &f->err);
	assert_false(changed);
}

static void
strip_gives_back_the_very_text(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t c = 0; c < COUNT(encodings); c++)
			for (size_t t = 0; t < COUNT(texts); t++) {
				FIXTURE(f);

				if (style_of(names[n])->inside != NULL &&
				    strstr(texts[t], "</job>") == NULL)
					continue;
				text_one(&f, names[n], c, texts[t], false);
				if (!span_ends(span_text(texts[t]), "\r"))
					text_one(&f, names[n], c, texts[t],
					    true);
			}
}

/* Only the last line break may be gone. */
static void
no_other_cut_leaves_a_signature(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t c = 0; c < COUNT(encodings); c++) {
			const char *text = style_of(names[n])->inside != NULL ?
			    "<job>\r\n</job>" : "x\r\n";
			CLEANUP(buf_done) struct buf b = signed_text(names[n],
			    c, text, false);
			size_t whole = b.len, eol = encodings[c].wide ? 4 : 2;

			for (b.len = 0; b.len < whole; b.len++) {
				FIXTURE(f);
				struct script x;

				assert_true(!parses(&f, names[n], &b, &x) ||
				    !x.is_signed || (b.len == whole - eol &&
				    x.style->inside == NULL));
			}
			b.len = whole;
		}
}

static void
each_byte_of_a_block_has_one_value(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t c = 0; c < COUNT(encodings); c++) {
			const char *text = style_of(names[n])->inside != NULL ?
			    "x</job>" : "x";
			CLEANUP(buf_done) struct buf b = signed_text(names[n],
			    c, text, false);

			for (size_t i = 5; i < b.len * 8; i++) {
				FIXTURE(f);
				uint8_t bit = (uint8_t)(1 << i % 8);
				struct script x;

				b.ptr[i / 8] ^= bit;
				assert_true(!parses(&f, names[n], &b, &x) ||
				    !x.is_signed || x.der.len != sizeof(der) ||
				    memcmp(x.der.ptr, der, sizeof(der)) != 0 ||
				    i / 8 < 4);
				b.ptr[i / 8] ^= bit;
			}
		}
}

#define BEGIN	"# SIG # Begin signature block"
#define END	"# SIG # End signature block"
#define DER	"# MAMCAQE="
#define LONG	"# MDEEL0FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"

static void
refuses_what_is_no_whole_block(void **state)
{
	static const struct {
		const char	*text;
		enum err_code	 code;
	} bad[] = {
		{ "x\r\n" BEGIN "\r\n" DER "\r\n" END "\r\nmore",
		    ERR_SCRIPT_TRAILING_DATA },
		{ "x\r\n" BEGIN "\r\n" DER "\r\n" END "\r\n\r\n",
		    ERR_SCRIPT_TRAILING_DATA },
		{ "x\r\n" BEGIN "\r\n" DER "\r\n" END " \r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" DER "\r\n" END "\r",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" DER "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" DER "\r\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" END "\r\n" DER "\r\n" BEGIN "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ BEGIN "\r\n" DER "\r\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\n" BEGIN "\r\n" DER "\r\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\n" DER "\n" END "\n", ERR_SCRIPT_BLOCK },
		{ "x\r" BEGIN "\r" DER "\r" END "\r", ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" DER "\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" LONG "\n" DER "\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\n" BEGIN "\n" LONG "\r\n" DER "\n" END "\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" DER "\r\n" END "\r\nx\r\n" BEGIN "\r\n"
		    DER "\r\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r" BEGIN "\r\n" DER "\r\n" BEGIN "\r\n" DER "\r\n" END
		    "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" DER "\r\n" DER "\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n# MAMC*QE=\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n# MAMCAQF=\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n# MAMC\xc3\xa9QE=\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n#\r\n" END "\r\n", ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\nwhoami\r\n" DER "\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
		{ "x\r\n" BEGIN "\r\n" LONG "A\r\n" END "\r\n",
		    ERR_SCRIPT_BLOCK },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		FIXTURE(f);
		struct subject s = subject_of(&f, "a.ps1",
		    span_text(bad[i].text));
		struct findings found = { 0 };
		struct script x;

		if (script_parse(&s, &x, &f.err))
			fail_msg("%s", bad[i].text);
		assert_err(&f.err, bad[i].code);
		assert_false(powershell_format.check(&s,
		    &(struct check_terms){ 0 }, &found, &f.err));
	}
}

static void
a_line_that_only_looks_so_is_text(void **state)
{
	static const char *const good[] = { " " BEGIN "\n", BEGIN " \n",
		"'" BEGIN "'\n'" END "'\n", "# sig # begin signature block\n",
		"// SIG // Begin signature block\n", "<signature>\n", "",
		"# SIG # Begin signature bloc\xc3\xab\n" };

	for (size_t i = 0; i < COUNT(good); i++) {
		FIXTURE(f);
		struct subject s = subject_of(&f, "a.ps1", span_text(good[i]));
		struct script x;

		assert_ok(script_parse(&s, &x, &f.err), &f.err);
		assert_false(x.is_signed);
		assert_int_equal(x.end, s.file.len);
	}
}

static void
half_a_character_behind_a_block_is_text_behind_it(void **state)
{
	CLEANUP(buf_done) struct buf b = signed_text("a.ps1", 2, "x", false);
	struct script x;
	FIXTURE(f);

	for (size_t cut = 0; cut < 5; cut += 4) {
		b.len -= cut;
		buf_u8(&b, 0);
		assert_false(parses(&f, "a.ps1", &b, &x));
		assert_err(&f.err, ERR_SCRIPT_TRAILING_DATA);
		b.len--;
	}
}

static void
finds_a_block_in_swapped_utf16_but_hashes_nothing(void **state)
{
	CLEANUP(buf_done) struct buf b = signed_text("a.ps1", 2, "x", false);
	struct script x;
	struct digest d;
	FIXTURE(f);

	for (size_t i = 0; i + 1 < b.len; i += 2) {
		uint8_t low = b.ptr[i];

		b.ptr[i] = b.ptr[i + 1];
		b.ptr[i + 1] = low;
	}
	assert_ok(parses(&f, "a.ps1", &b, &x), &f.err);
	assert_true(x.is_signed);
	assert_span_equal(x.der, SPAN(der));
	struct subject s = subject_of(&f, "a.ps1", buf_span(&b));
	assert_false(script_digest(&s, &x, DIGEST_SHA256, &d, &f.err));
	assert_err(&f.err, ERR_SCRIPT_ENCODING);
}

/* ---- verbs */

static void
what_is_no_signature_is_a_bad_finding(void **state)
{
	CLEANUP(buf_done) struct buf b = signed_text("a.js", 0, "x", false);
	struct findings found = { 0 };
	FIXTURE(f);
	struct subject s = subject_of(&f, "a.js", buf_span(&b));

	assert_ok(windows_script_format.check(&s, &(struct check_terms){ 0 },
	    &found, &f.err), &f.err);
	assert_int_equal(found.count, 1);
	assert_non_null(found.items[0].err.what);
}

static void
same_minds_every_byte_but_the_block(void **state)
{
	static const struct { const char *name, *before, *after; } rows[] = {
		{ "a.ps1", "one\ntwo", "one\ntoo" },
		{ "a.ps1", "one", "one\n" },
		{ "a.ps1", "", "x" },
		{ "a.wsf", "x</job>1", "x</job>2" },
		{ "a.wsf", "x</job>1", "y</job>1" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(buf_done) struct buf b = signed_text(rows[i].name, 0,
		    rows[i].after, false);
		FIXTURE(f);
		FIXTURE(g);
		struct subject s = subject_of(&f, rows[i].name,
		    span_text(rows[i].before));
		struct subject after = subject_of(&g, rows[i].name,
		    buf_span(&b));

		assert_false(powershell_format.same(&s, &after, &f.err));
		assert_err(&f.err, ERR_FORMAT_DIFFERS);
	}
}

static void
plan_refuses_what_it_cannot_do(void **state)
{
	struct signing_identity id = { 0 };
	struct plan plan;
	FIXTURE(f);
	struct subject s = subject_of(&f, "a.ps1", SPAN_TEXT("x"));

	assert_false(powershell_format.plan(&s,
	    &(struct directive){ .append = true }, &id, &plan, &f.err));
	assert_err(&f.err, ERR_FORMAT_APPEND);
	assert_false(powershell_format.plan(&s,
	    &(struct directive){ .page_hashes = true }, &id, &plan, &f.err));
	assert_err(&f.err, ERR_AUTHENTICODE_PAGES);
	assert_false(powershell_format.plan(&s,
	    &(struct directive){ .method = METHOD_CMS }, &id, &plan, &f.err));
	assert_err(&f.err, ERR_FORMAT_METHOD);
	s.name = SPAN_TEXT("ps1");
	assert_false(powershell_format.plan(&s, &(struct directive){ 0 }, &id,
	    &plan, &f.err));
	assert_err(&f.err, ERR_SCRIPT_NAME);
	int fd = scratch_file((struct span){ 0 });
	assert_int_equal(ftruncate(fd, (off_t)5 << 30), 0);
	s.name = SPAN_TEXT("a.ps1");
	assert_ok(rope_file(f.arena, fd, 0, (uint64_t)5 << 30, &s.file,
	    &f.err), &f.err);
	assert_false(powershell_format.plan(&s, &(struct directive){ 0 }, &id,
	    &plan, &f.err));
	assert_err(&f.err, ERR_LIMIT_SIZE);
	fd_done(&fd);
}

static void
a_block_may_not_be_endless(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct script x;
	FIXTURE(f);

	buf_text(&b, "\n" BEGIN "\n");
	for (size_t i = 0; i < 64000; i++)
		buf_text(&b, LONG "\n");
	buf_text(&b, END "\n");
	assert_false(parses(&f, "a.ps1", &b, &x));
	assert_err(&f.err, ERR_LIMIT_SIZE);
}

static void
a_file_is_what_its_name_says(void **state)
{
	static const struct {
		const char		*name;
		const struct format	*format;
		bool			 good;
	} rows[] = {
		{ "a.ps1", &powershell_format, true },
		{ "a.MOF", &powershell_format, true },
		{ "a.js", &powershell_format, false },
		{ "a.js", &windows_script_format, true },
		{ "a.ps1", &windows_script_format, false },
		{ "js", &windows_script_format, false },
		{ "a.ps", &powershell_format, false },
		{ "", &powershell_format, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct facts facts = { 0 };
		FIXTURE(f);
		struct subject s = subject_of(&f, rows[i].name,
		    (struct span){ 0 });

		assert_int_equal(rows[i].format->facts(&s, &facts, &f.err),
		    rows[i].good);
		if (!rows[i].good)
			assert_err(&f.err, ERR_SCRIPT_NAME);
		assert_int_equal(facts.count, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(strip_gives_back_the_very_text),
		TEST(no_other_cut_leaves_a_signature),
		TEST(each_byte_of_a_block_has_one_value),
		TEST(refuses_what_is_no_whole_block),
		TEST(a_line_that_only_looks_so_is_text),
		TEST(half_a_character_behind_a_block_is_text_behind_it),
		TEST(finds_a_block_in_swapped_utf16_but_hashes_nothing),
		TEST(what_is_no_signature_is_a_bad_finding),
		TEST(same_minds_every_byte_but_the_block),
		TEST(plan_refuses_what_it_cannot_do),
		TEST(a_block_may_not_be_endless),
		TEST(a_file_is_what_its_name_says),
	};

	return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}
