/* pe_facts: reads version resources, and is not fooled by broken ones. */
#include <stdlib.h>
#include <string.h>

#include "formats/pe.h"
#include "test.h"
#include "tiny_pe.h"

#define SETUP_STRINGS							\
	{ { "ProductName", "Acme App" }, { "ProductVersion", "1.2.3" },	\
	  { "LegalCopyright", "(c) Acme" }, { "Comments", "none" } }

static const struct tiny_table english = { "040904b0", SETUP_STRINGS };

static struct facts
spoken_facts(struct arena *a, struct span file, const char *language)
{
	struct subject s = { .arena = a, .language = span_text(language) };
	struct facts out = { 0 };
	struct err e;

	assert_ok(rope_bytes(a, file, &s.file, &e) && pe_facts(&s, &out, &e),
	    &e);
	return out;
}

static struct facts
facts_of(struct arena *a, struct span file)
{
	return spoken_facts(a, file, "");
}

static void
assert_fact(const struct facts *f, const char *key, const char *value)
{
	const struct fact *fact = fact_find(f, SPAN_TEXT(key));

	assert_non_null(fact);
	assert_null(fact->absent);
	assert_span_equal(fact->value, SPAN_TEXT(value));
}

static void
assert_absent(const struct facts *f, const char *key, const char *why)
{
	const struct fact *fact = fact_find(f, SPAN_TEXT(key));

	assert_non_null(fact);
	assert_non_null(fact->absent);
	assert_non_null(strstr(fact->absent, why));
}

static void
tells_what_the_version_resource_says(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
	struct buf b = tiny_pe_make(&(struct tiny_pe){ .plus = true,
	    .tables = &english, .table_count = 1 });
	struct facts f = facts_of(a, buf_span(&b));

	(void)state;
	assert_fact(&f, "machine", "x64");
	assert_fact(&f, "subsystem", "windows-console");
	assert_fact(&f, "product-name", "Acme App");
	assert_fact(&f, "product-version", "1.2.3");
	assert_fact(&f, "copyright", "(c) Acme");
	assert_absent(&f, "company-name", "no such string");
	assert_null(fact_find(&f, SPAN_TEXT("author")));
	buf_done(&b);
}

static const struct tiny_table two_languages[] = {
	{ "040904b0", SETUP_STRINGS },
	{ "040704b0", { { "productname", "Acme App" },
	    { "ProductVersion", "9.9" } } },
};

static void
languages_must_agree(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
	struct buf b = tiny_pe_make(&(struct tiny_pe){
	    .tables = two_languages, .table_count = 2 });
	struct facts f = facts_of(a, buf_span(&b));

	(void)state;
	assert_fact(&f, "product-name", "Acme App");
	assert_absent(&f, "product-version", "do not agree");
	assert_absent(&f, "copyright", "do not agree");
	buf_done(&b);
}

static void
one_language_can_be_meant(void **state)
{
	static const char *const english_names[] = { "0409", "040904B0" };
	CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
	struct buf b = tiny_pe_make(&(struct tiny_pe){
	    .tables = two_languages, .table_count = 2 });
	struct facts f;

	(void)state;
	for (size_t i = 0; i < COUNT(english_names); i++) {
		f = spoken_facts(a, buf_span(&b), english_names[i]);
		assert_fact(&f, "product-version", "1.2.3");
		assert_fact(&f, "language", english_names[i]);
	}
	f = spoken_facts(a, buf_span(&b), "0407");
	assert_fact(&f, "product-version", "9.9");
	assert_absent(&f, "copyright", "no such string");
	f = spoken_facts(a, buf_span(&b), "0411");
	assert_absent(&f, "language", "of this language");
	assert_absent(&f, "product-name", "of this language");
	f = spoken_facts(a, buf_span(&b), "04");
	assert_absent(&f, "language", "of this language");
	buf_done(&b);
}

static void
a_file_without_resources_has_no_version(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
	struct buf b = tiny_pe_make(&(struct tiny_pe){ .machine = 0x9999,
	    .subsystem = 10 });
	struct facts f = facts_of(a, buf_span(&b));

	(void)state;
	assert_fact(&f, "machine", "0x9999");
	assert_fact(&f, "subsystem", "efi-application");
	assert_absent(&f, "product-name", "no version resource");
	buf_done(&b);
}

static void
broken_resources_give_no_facts(void **state)
{
	static const struct {
		size_t		at;	/* in the resource section */
		uint32_t	value;
		const char	*why;
	} bad[] = {
		{ 12, 0xffffffff, "runs past the end" },
		{ 20, 0x80000000, "three levels" },	/* the root again */
		{ 20, 24, "three levels" },
		{ 44, 0x80ffffff, "runs past the end" },
		{ 68, 0x80000000 | 24, "three levels" },
		{ 68, 0x7fffffff, "runs past the end" },
		{ 72, 0xffffffff, "outside of the file" },
		{ 76, 0xffffffff, "outside of the file" },
		{ 76, 4, "malformed" },
		{ 94, 'X', "malformed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
		struct buf b = tiny_pe_make(&(struct tiny_pe){
		    .tables = &english, .table_count = 1 });

		put_u32le(b.ptr + 1024 + bad[i].at, bad[i].value);
		struct facts f = facts_of(a, buf_span(&b));
		assert_absent(&f, "product-name", bad[i].why);
		buf_done(&b);
	}
}

static void
endless_directories_end(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
	static struct tiny_table tables[200];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++)
		tables[i] = english;
	b = tiny_pe_make(&(struct tiny_pe){ .tables = tables,
	    .table_count = COUNT(tables) });
	put_u16le(b.ptr + 1024 + 14, 4500);
	for (size_t at = 16; at < 16 + 4500 * 8; at += 8)
		put_u32le(b.ptr + 1024 + at, 1);
	struct facts f = facts_of(a, buf_span(&b));
	assert_absent(&f, "product-name", "too many entries");
	buf_done(&b);
}

static void
survives_every_flipped_byte(void **state)
{
	struct buf b = tiny_pe_make(&(struct tiny_pe){ .tables = &english,
	    .table_count = 1 });

	(void)state;
	for (size_t i = 1024; i < b.len; i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);

		b.ptr[i] ^= 0xff;
		struct facts f = spoken_facts(a, buf_span(&b), "0409");
		assert_int_equal(f.count, 9);
		b.ptr[i] ^= 0xff;
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_what_the_version_resource_says),
		TEST(languages_must_agree),
		TEST(one_language_can_be_meant),
		TEST(a_file_without_resources_has_no_version),
		TEST(broken_resources_give_no_facts),
		TEST(endless_directories_end),
		TEST(survives_every_flipped_byte),
	};

	return cmocka_run_group_tests_name("pe_facts", tests, NULL, NULL);
}
