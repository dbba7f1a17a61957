/* pe_parse: takes honest files, and no file that can be read in two ways. */
#include <stdlib.h>
#include <string.h>

#include "formats/pe.h"
#include "test.h"
#include "tiny_pe.h"

struct fixture {
	struct arena	*arena;
	struct buf	 file;
	struct pe	 pe;
	struct err	 err;
};

static void
fixture_done(struct fixture *f)
{
	arena_free(f->arena);
	buf_done(&f->file);
}

static struct fixture
fixture_init(const struct tiny_pe *t)
{
	return (struct fixture){ .arena = arena_new(8 << 20),
	    .file = tiny_pe_make(t) };
}

/* Parses a copy of the exact size, so that ASan sees the byte behind. */
static bool
parse(struct fixture *f, size_t len)
{
	uint8_t *bytes = exact((struct span){ f->file.ptr, len });
	struct subject s = { .arena = f->arena };
	bool ok;

	f->err = (struct err){ 0 };
	assert_ok(rope_bytes(f->arena, (struct span){ bytes, len }, &s.file,
	    &f->err), &f->err);
	ok = pe_parse(&s, &f->pe, &f->err);
	f->pe.head = (struct span){ 0 };
	free(bytes);
	return ok;
}

static bool
parse_all(struct fixture *f)
{
	return parse(f, f->file.len);
}

static void
add_table(struct fixture *f, bool plus, uint32_t at, uint32_t size)
{
	put_u32le(f->file.ptr + TINY_SECURITY_AT(plus), at);
	put_u32le(f->file.ptr + TINY_SECURITY_AT(plus) + 4, size);
}

static void
knows_both_widths(void **state)
{
	(void)state;
	for (int plus = 0; plus < 2; plus++) {
		CLEANUP(fixture_done) struct fixture f = fixture_init(
		    &(struct tiny_pe){ .plus = plus, .subsystem = 10 });

		assert_ok(parse_all(&f), &f.err);
		assert_int_equal(f.pe.plus, plus);
		assert_int_equal(f.pe.machine, plus ? 0x8664 : 0x14c);
		assert_true(pe_is_efi(&f.pe));
		assert_int_equal(f.pe.headers_size, 512);
		assert_int_equal(f.pe.checksum_at, TINY_CHECKSUM_AT);
		assert_int_equal(f.pe.directory_at, TINY_SECURITY_AT(plus));
		assert_int_equal(f.pe.section_count, 1);
		assert_int_equal(f.pe.sections[0].raw_at, 512);
		assert_int_equal(f.pe.sections[0].virtual_at, 0x1000);
		assert_int_equal(f.pe.end, 1024);
		assert_int_equal(f.pe.certificate_count, 0);
	}
}

static void
refuses_every_prefix(void **state)
{
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ .plus = true });

	(void)state;
	for (size_t n = 0; n < f.file.len; n++) {
		assert_false(parse(&f, n));
		assert_true(err_is(&f.err, ERR_PE_TRUNCATED) ||
		    err_is(&f.err, ERR_PE_NOT_PORTABLE));
	}
}

static void
survives_every_flipped_bit(void **state)
{
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ .plus = false });

	(void)state;
	for (size_t bit = 0; bit < 512 * 8; bit++) {
		f.file.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!parse_all(&f))
			assert_non_null(f.err.what);
		f.file.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
names_programs_that_are_not_portable(void **state)
{
	static const struct {
		const char	*magic;
		const char	*text;
	} others[] = {
		{ "NE", "16-bit Windows" }, { "LE", "VxD" }, { "LX", "OS/2" },
		{ "\1\2", "there is no PE header" },
	};
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ 0 });

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		memcpy(f.file.ptr + TINY_PE_AT, others[i].magic, 2);
		assert_false(parse_all(&f));
		assert_err(&f.err, ERR_PE_NOT_PORTABLE);
		assert_non_null(strstr(f.err.text, others[i].text));
	}
	put_u32le(f.file.ptr + 0x3c, 0xfffffffc);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_NOT_PORTABLE);
	put_u32le(f.file.ptr + 0x3c, 0);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_NOT_PORTABLE);
	f.file.ptr[0] = 'Z';
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_NOT_PORTABLE);
}

static void
refuses_odd_headers(void **state)
{
	static const struct {
		size_t		at;
		uint32_t	value;
	} odd[] = {
		{ TINY_PE_AT + 24, 0x107 },		/* magic: ROM image */
		{ TINY_PE_AT + 116, 4 },		/* four directories */
		{ TINY_PE_AT + 20, 100 },		/* optional header size */
		{ TINY_SECTIONS_AT(0) + 20, 100 },	/* in the headers */
		{ TINY_SECTIONS_AT(0) + 60, 768 },	/* in the other section */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		const struct tiny_table table = { .language = "040904b0" };
		CLEANUP(fixture_done) struct fixture f = fixture_init(
		    &(struct tiny_pe){ .tables = &table, .table_count = 1 });

		assert_ok(parse_all(&f), &f.err);
		put_u32le(f.file.ptr + odd[i].at, odd[i].value);
		assert_false(parse_all(&f));
		assert_err(&f.err, ERR_PE_MALFORMED);
	}
}

static void
refuses_sections_outside_the_file(void **state)
{
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ 0 });

	(void)state;
	put_u32le(f.file.ptr + TINY_SECTIONS_AT(0) + 16, 0xffffffff);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TRUNCATED);
	put_u16le(f.file.ptr + TINY_PE_AT + 6, 0xffff);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TRUNCATED);
}

static void
tells_where_the_table_is(void **state)
{
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ 0 });

	(void)state;
	add_table(&f, false, 0xffffffff, 0xffffffff);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TRUNCATED);
	assert_string_equal(f.err.text, "the certificate table (4294967295 "
	    "bytes at 4294967295) runs past the end of the file (1024)");
	add_table(&f, false, 1024, 8);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TRUNCATED);
}

static void
lists_the_entries_of_the_table(void **state)
{
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ .plus = true });

	(void)state;
	pe_put_certificate(&f.file, SPAN_TEXT("first"));
	pe_put_certificate(&f.file, SPAN_TEXT("second12"));
	add_table(&f, true, 1024, 32);
	assert_ok(parse_all(&f), &f.err);
	assert_int_equal(f.pe.certificate_count, 2);
	assert_int_equal(f.pe.certificates[0].type, PE_CERTIFICATE_PKCS7);
	assert_int_equal(f.pe.certificates[0].bytes.len, 8);
	assert_int_equal(f.pe.certificates[1].revision, 0x200);
	assert_int_equal(f.pe.end, 1024);
	buf_u8(&f.file, 0);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TRAILING_DATA);
}

static void
refuses_a_table_that_hides_bytes(void **state)
{
	static const struct {
		uint32_t	length;		/* of the first entry */
		uint32_t	size;		/* in the directory */
		uint32_t	at;
	} bad[] = {
		{ 0, 32, 1024 }, { 8, 32, 1024 }, { 0xffffffff, 32, 1024 },
		{ 40, 32, 1024 },		/* past the end */
		{ 13, 32, 1024 },		/* bytes in the padding */
		{ 16, 30, 1026 }, { 16, 33, 1023 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(fixture_done) struct fixture f = fixture_init(
		    &(struct tiny_pe){ 0 });

		pe_put_certificate(&f.file, SPAN_TEXT("12345678"));
		pe_put_certificate(&f.file, SPAN_TEXT("12345678"));
		put_u32le(f.file.ptr + 1024, bad[i].length);
		add_table(&f, false, bad[i].at, bad[i].size);
		assert_false(parse_all(&f));
		assert_err(&f.err, ERR_PE_TABLE);
	}
}

static void
refuses_a_table_in_the_headers_or_of_endless_entries(void **state)
{
	CLEANUP(fixture_done) struct fixture f = fixture_init(
	    &(struct tiny_pe){ 0 });

	(void)state;
	add_table(&f, false, 64, 960);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TABLE);
	for (int i = 0; i < 17; i++)
		pe_put_certificate(&f.file, SPAN_TEXT("12345678"));
	add_table(&f, false, 1024, 17 * 16);
	assert_false(parse_all(&f));
	assert_err(&f.err, ERR_PE_TABLE);
}

static void
refuses_four_gibibytes(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	int fd = scratch_file(SPAN_TEXT("MZ"));
	struct subject s = { .arena = a };
	struct pe pe;
	struct err e;

	(void)state;
	assert_ok(rope_file(a, fd, 0, (uint64_t)1 << 32, &s.file, &e), &e);
	assert_false(pe_parse(&s, &pe, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	fd_done(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(knows_both_widths),
		TEST(refuses_every_prefix),
		TEST(survives_every_flipped_bit),
		TEST(names_programs_that_are_not_portable),
		TEST(refuses_odd_headers),
		TEST(refuses_sections_outside_the_file),
		TEST(tells_where_the_table_is),
		TEST(lists_the_entries_of_the_table),
		TEST(refuses_a_table_that_hides_bytes),
		TEST(refuses_a_table_in_the_headers_or_of_endless_entries),
		TEST(refuses_four_gibibytes),
	};

	return cmocka_run_group_tests_name("pe_parse", tests, NULL, NULL);
}
