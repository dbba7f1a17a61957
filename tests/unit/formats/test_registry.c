/* The table of formats is whole, and the right row is found for a file. */
#include "formats/formats.h"
#include "test.h"
#include "tiny_appx.h"
#include "tiny_pe.h"

static const char *
probe(struct arena *a, const char *name, struct span bytes)
{
	struct subject s = { .arena = a, .name = span_text(name) };
	const struct format *f = NULL;
	struct err e;

	assert_ok(rope_bytes(a, bytes, &s.file, &e) &&
	    format_probe(&s, &f, &e), &e);
	return f->name;
}

static void
every_row_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; all_formats[i] != NULL; i++) {
		const struct format *f = all_formats[i];

		assert_ptr_equal(format_find(span_text(f->name)), f);
		assert_non_null(f->title);
		assert_non_null(f->suffixes);
		assert_non_null(f->probe);
		assert_non_null(f->plan);
		assert_non_null(f->apply);
		assert_non_null(f->check);
		assert_non_null(f->strip);
		assert_non_null(f->same);
		assert_non_null(f->facts);
	}
	assert_null(format_find(SPAN_TEXT("exe")));
}

static void
bytes_decide_and_not_the_name(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = tiny_pe_make(&(struct tiny_pe){ 0 });

	(void)state;
	assert_string_equal(probe(a, "a.txt", buf_span(&b)), "pe");
	assert_string_equal(probe(a, "A.EXE", buf_span(&b)), "pe");
	assert_string_equal(probe(a, "a.exe", SPAN_TEXT("text")), "file");
	assert_string_equal(probe(a, "", (struct span){ 0 }), "file");
}

/* Nothing in the bytes tells a script from another text. */
static void
only_a_name_makes_a_script(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = tiny_pe_make(&(struct tiny_pe){ 0 });
	struct span text = SPAN_TEXT("x\r\n# SIG # Begin signature block\r\n");

	(void)state;
	assert_string_equal(probe(a, "a.ps1", text), "powershell");
	assert_string_equal(probe(a, "a.Ps1", (struct span){ 0 }),
	    "powershell");
	assert_string_equal(probe(a, "a.min.js", text), "windows-script");
	assert_string_equal(probe(a, "a.txt", text), "file");
	assert_string_equal(probe(a, "ps1", text), "file");
	assert_string_equal(probe(a, "a.ps1", buf_span(&b)), "pe");
	assert_string_equal(probe(a, "a.ps1", SPAN_TEXT("PK\3\4")), "zip");
	assert_span_equal(format_suffix(SPAN_TEXT("a.b.c")), SPAN_TEXT("c"));
	assert_int_equal(format_suffix(SPAN_TEXT("a")).len, 0);
	assert_int_equal(format_suffix(SPAN_TEXT("a.")).len, 0);
	assert_int_equal(format_suffix((struct span){ 0 }).len, 0);
}

/* A package hides behind its first files: then its name tells. */
static void
parts_or_a_name_make_a_package(void **state)
{
	static const struct tiny_file file = { .name = "a",
	    .data = { (const uint8_t *)"x", 1 } };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = tiny_appx_make(&file, 1);
	struct span plain = SPAN_TEXT("PK\3\4");

	(void)state;
	assert_string_equal(probe(a, "a.zip", buf_span(&b)), "appx");
	assert_string_equal(probe(a, "a", buf_span(&b)), "appx");
	assert_string_equal(probe(a, "a.zip", plain), "zip");
	assert_string_equal(probe(a, "a", plain), "zip");
	assert_string_equal(probe(a, "a.MSIX", plain), "appx");
	assert_string_equal(probe(a, "a.appxbundle", plain), "appx");
}

/* A DOS program begins as one of Windows does, and is none. */
static void
some_files_only_begin_as_a_format_does(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = tiny_pe_make(&(struct tiny_pe){ 0 });
	const struct format *pe = format_find(SPAN_TEXT("pe"));
	const struct format *cab = format_find(SPAN_TEXT("cab"));
	struct subject s = { .arena = a };
	struct err e;

	(void)state;
	assert_ok(rope_bytes(a, buf_span(&b), &s.file, &e), &e);
	assert_true(format_certain(pe, &s));
	assert_false(format_certain(cab, &s));
	assert_ok(rope_bytes(a, SPAN_TEXT("MZ"), &s.file, &e), &e);
	assert_false(format_certain(pe, &s));
	assert_ok(rope_bytes(a, SPAN_TEXT("MSCF"), &s.file, &e), &e);
	assert_true(format_certain(cab, &s));
}

static void
facts_are_found_by_key(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct facts facts = { 0 };
	struct err e;

	(void)state;
	assert_ok(facts_add(&facts, a, (struct fact){ "one",
	    SPAN_TEXT("1"), NULL }, &e), &e);
	assert_ok(facts_add(&facts, a, (struct fact){ "two",
	    { 0 }, "not there" }, &e), &e);
	assert_span_equal(fact_find(&facts, SPAN_TEXT("one"))->value,
	    SPAN_TEXT("1"));
	assert_non_null(fact_find(&facts, SPAN_TEXT("two"))->absent);
	assert_null(fact_find(&facts, SPAN_TEXT("three")));
}

static void
allows_only_what_the_row_says(void **state)
{
	const struct format *pe = format_find(SPAN_TEXT("pe"));
	struct format none = *pe;
	struct directive d = { 0 };
	enum digest_kind kind;
	struct err e;

	(void)state;
	assert_ok(format_allows(pe, &d, &kind, &e), &e);
	assert_int_equal(kind, DIGEST_SHA256);
	d.digest = SPAN_TEXT("sha512");
	assert_ok(format_allows(pe, &d, &kind, &e), &e);
	assert_int_equal(kind, DIGEST_SHA512);
	d.digest = SPAN_TEXT("md5");
	assert_false(format_allows(pe, &d, &kind, &e));
	assert_err(&e, ERR_FORMAT_DIGEST);
	none.methods = 0;
	assert_false(format_allows(&none, &d, &kind, &e));
	assert_err(&e, ERR_FORMAT_NOT_SIGNABLE);
	assert_false(format_allows(format_find(SPAN_TEXT("file")), &d, &kind,
	    &e));
	assert_err(&e, ERR_FORMAT_METHOD);
	assert_string_equal(e.text, "a file of any kind cannot carry a "
	    "signature of the kind \"authenticode\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_whole),
		TEST(bytes_decide_and_not_the_name),
		TEST(only_a_name_makes_a_script),
		TEST(parts_or_a_name_make_a_package),
		TEST(some_files_only_begin_as_a_format_does),
		TEST(facts_are_found_by_key),
		TEST(allows_only_what_the_row_says),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
