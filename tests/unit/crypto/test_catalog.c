/* catalog: what is written, byte by byte, and what is read of it. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/catalog.h"
#include "crypto/cms.h"
#include "crypto/oid.h"
#include "test.h"

/* 2026-01-01T00:00:00Z */
#define TIME	INT64_C(1767225600000)

/* One file with the bytes "text", its name "b": made by another program. */
static const char golden[] =
    "3082015806092a864886f70d010702a08201493082014502010131003082"
    "013a06092b0601040182370a01a082012b30820127300c060a2b06010401"
    "82370c01010410000102030405060708090a0b0c0d0e0f170d3236303130"
    "313030303030305a300e060a2b0601040182370c010305003081e5302a04"
    "14372ea08cab33e71c02c651dbc83a474d32c676ea31123010060a2b0601"
    "040182370c0203310282003081b60420982d9e3eb996f559e633f4d194de"
    "f3761d909f5a3b647d1a851fead67c32c9d13181913010060a2b06010401"
    "82370c0203310282003026060a2b0601040182370c0201311830161e0800"
    "460069006c00650204100100010404620000003055060a2b060104018237"
    "020104314730453010060a2b060104018237020119a20280003031300d06"
    "0960864801650304020105000420982d9e3eb996f559e633f4d194def376"
    "1d909f5a3b647d1a851fead67c32c9d13100";

/* The SHA-256 of larger ones, made by the same program. */
static const char *const golden_sha256[] = {
	"531e32b8943668303cee1f2964983ca10152db317007e66f859915b5106337fe",
	"acf08f2ef82b6361991fc1e862f311762f9cdbfdc32f1fdbf01d95c27d0c01fd",
};

static struct catalog_file
file(enum catalog_subject subject, const char *text, const char *name)
{
	return (struct catalog_file){ .subject = subject,
	    .sha1 = digest_of(DIGEST_SHA1, span_text(text)),
	    .sha256 = digest_of(DIGEST_SHA256, span_text(text)),
	    .name = { SPAN_TEXT("File"), span_text(name) } };
}

static struct catalog_terms
terms(unsigned version, const struct catalog_file *files, size_t count)
{
	struct catalog_terms t = { .version = version, .time = TIME,
	    .files = files, .file_count = count };

	for (unsigned i = 0; i < CATALOG_LIST_ID; i++)
		t.list_id[i] = (uint8_t)i;
	return t;
}

/* The list inside a message that was just made. */
static struct catalog
parsed(const struct buf *b)
{
	struct cms_outline m;
	struct catalog c = { 0 };
	struct err e;

	assert_true(cms_outline_read(buf_span(b), &m));
	assert_true(oid_is(m.content_type, OID_CERT_TRUST_LIST));
	assert_false(m.is_signed);
	assert_ok(catalog_parse(m.content, &c, &e), &e);
	return c;
}

static void
one_file_is_written_as_makecat_does(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf want = unhex_text(golden);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct catalog_file one = file(CATALOG_FLAT, "text", "b");
	struct catalog_terms t = terms(2, &one, 1);
	struct err e;

	(void)state;
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	assert_span_equal(buf_span(&b), buf_span(&want));
}

static void
each_version_kind_and_name_is_written(void **state)
{
	const struct catalog_file files[] = {
		file(CATALOG_FLAT, "text", "b.txt"),
		file(CATALOG_CAB, "cabinet", "c.cab"),
		file(CATALOG_PE, "program", "a.exe"),
		file(CATALOG_FLAT, "text", "d/e.txt"),
	};
	const struct catalog_name names[] = {
		{ SPAN_TEXT("OS"), SPAN_TEXT("7:X64") },
		{ SPAN_TEXT("HWID1"), SPAN_TEXT("usb\\vid_1") },
	};

	(void)state;
	for (unsigned v = 1; v <= 2; v++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(buf_done) struct buf b = { 0 };
		struct catalog_terms t = terms(v, files, COUNT(files));
		struct err e;

		t.names = names;
		t.name_count = COUNT(names);
		assert_ok(catalog_write(&t, a, &b, &e), &e);
		struct digest d = digest_of(DIGEST_SHA256, buf_span(&b));
		assert_string_equal(digest_hex(&d).text, golden_sha256[v - 1]);
		struct catalog c = parsed(&b);
		assert_int_equal(c.version, v);
		assert_int_equal(c.time, TIME);
		assert_span_equal(c.list_id, SPAN(t.list_id));
		assert_int_equal(c.member_count, v == 1 ? 3 : 6);
		assert_true(c.extensions.rest.len > 0);
	}
}

/* Members of 32 and of 20 bytes stand in one order. */
static void
tags_are_in_order_across_lengths(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(64 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	enum { FILES = 2000 };
	struct catalog_file *files = ARENA_ARRAY(a, struct catalog_file,
	    FILES);
	struct catalog_terms t = terms(2, files, FILES);
	struct span last = { 0 };
	struct catalog_member m;
	size_t changes = 0, count = 0;
	struct err e;

	(void)state;
	for (unsigned i = 0; i < FILES; i++)
		files[i] = file(CATALOG_FLAT, arena_printf(a, "%u", i), "x");
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	struct catalog c = parsed(&b);
	while (catalog_next(&c.members, &m)) {
		assert_true(span_cmp(last, m.tag) < 0);
		changes += last.len != m.tag.len;
		last = m.tag;
		count++;
	}
	assert_int_equal(count, 2 * FILES);
	assert_true(changes > FILES / 2);
}

/* Files that are alike are one member with the names of all. */
static void
equal_files_are_one_member(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct catalog_file files[] = { file(CATALOG_FLAT, "x", "one"),
	    file(CATALOG_FLAT, "x", "two"), file(CATALOG_FLAT, "x", "two") };
	struct catalog_terms t = terms(1, files, COUNT(files));
	struct catalog_member m;
	struct err e;

	(void)state;
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	struct catalog c = parsed(&b);
	assert_int_equal(c.member_count, 1);
	assert_true(catalog_next(&c.members, &m));
	size_t attributes = 0;
	for (; m.attributes.rest.len > 0; attributes++)
		der_whole(&m.attributes, DER_SEQUENCE);
	assert_true(der_end(&m.attributes));
	assert_int_equal(attributes, 2 + COUNT(files));
}

static void
a_large_catalog_takes_no_square_of_time(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)256 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	enum { FILES = 50000 };
	struct catalog_file *files = ARENA_ARRAY(a, struct catalog_file,
	    FILES);
	struct catalog_terms t = terms(2, files, FILES);
	struct err e;

	(void)state;
	for (uint32_t i = 0; i < FILES; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%u", i);
		files[i] = file(CATALOG_PE, text, "some/path/to/a/file.exe");
	}
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	assert_true(b.len > 10 << 20);
	assert_int_equal(parsed(&b).member_count, 2 * FILES);
}

static void
a_catalog_of_nothing_is_one(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct catalog_terms t = terms(2, NULL, 0);
	struct catalog_member m;
	struct err e;

	(void)state;
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	struct catalog c = parsed(&b);
	assert_int_equal(c.member_count, 0);
	assert_false(catalog_next(&c.members, &m));
}

static void
names_are_unicode(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 }, c = { 0 };
	struct catalog_file one = file(CATALOG_FLAT, "x", "Gr\xc3\xb6\xc3\x9f"
	    "e \xf0\x9f\x94\x91"), bad = file(CATALOG_FLAT, "x", "Gr\xf6");
	static const uint8_t wide[] = { 'G', 0, 'r', 0, 0xf6, 0, 0xdf, 0,
	    'e', 0, ' ', 0, 0x3d, 0xd8, 0x11, 0xdd, 0, 0 };
	struct catalog_terms t = terms(2, &one, 1);
	struct err e;

	(void)state;
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	assert_true(span_find(buf_span(&b), SPAN(wide)) != SIZE_MAX);
	t.files = &bad;
	assert_false(catalog_write(&t, a, &c, &e));
	assert_err(&e, ERR_CATALOG_NAME);
}

static void
only_programs_have_page_hashes(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 }, c = { 0 };
	struct catalog_file one = file(CATALOG_PE, "x", "a.exe");
	struct catalog_terms t = terms(1, &one, 1);
	struct catalog_member m;
	struct digest d;
	struct err e;

	(void)state;
	one.page_hashes = SPAN_TEXT("the table");
	assert_ok(catalog_write(&t, a, &b, &e), &e);
	assert_true(span_find(buf_span(&b), one.page_hashes) != SIZE_MAX);
	struct catalog read = parsed(&b);
	assert_true(catalog_next(&read.members, &m));
	assert_true(catalog_digest(&m, &d) && digest_eq(&d, &one.sha1));
	one.subject = CATALOG_FLAT;
	assert_false(catalog_write(&t, a, &c, &e));
	assert_err(&e, ERR_AUTHENTICODE_PAGES);
}

/* ---- reading */

static struct buf
sample(void)
{
	CLEANUP(buf_done) struct buf whole = unhex_text(golden);
	struct buf out = { 0 };
	struct cms_outline m;

	assert_true(cms_outline_read(buf_span(&whole), &m));
	buf_put(&out, m.content);
	return out;
}

static void
the_digest_of_a_member_is_found(void **state)
{
	CLEANUP(buf_done) struct buf b = sample();
	struct catalog_file want = file(CATALOG_FLAT, "text", "");
	struct catalog_member m;
	struct catalog c;
	struct digest d;
	struct err e;

	(void)state;
	assert_ok(catalog_parse(buf_span(&b), &c, &e), &e);
	assert_true(catalog_next(&c.members, &m));
	assert_true(catalog_digest(&m, &d) && digest_eq(&d, &want.sha1));
	assert_true(catalog_next(&c.members, &m));
	assert_true(catalog_digest(&m, &d) && digest_eq(&d, &want.sha256));
	/* Where tag and attribute disagree, the attribute counts. */
	m.tag = SPAN_TEXT("a tag of another kind");
	assert_true(catalog_digest(&m, &d) && digest_eq(&d, &want.sha256));
	m.attributes = der_read((struct span){ 0 });
	assert_false(catalog_digest(&m, &d));
	m.tag = digest_span(&want.sha256);
	assert_true(catalog_digest(&m, &d) && digest_eq(&d, &want.sha256));
}

static void
a_tag_is_a_digest_in_two_forms(void **state)
{
	struct digest want = digest_of(DIGEST_SHA1, SPAN_TEXT("x")), d;
	struct digest_hex hex = digest_hex(&want);
	uint8_t wide[82] = { 0 };
	struct catalog_member m = { .tag = SPAN(wide) };

	(void)state;
	for (size_t i = 0; i < 40; i++)
		wide[2 * i] = (uint8_t)(hex.text[i] >= 'a' ?
		    hex.text[i] - 32 : hex.text[i]);
	assert_true(catalog_digest(&m, &d) && digest_eq(&d, &want));
	for (size_t i = 0; i < sizeof(wide); i++) {
		uint8_t old = wide[i];

		wide[i] = i % 2 == 0 && i < 80 ? 'g' : 1;
		assert_false(catalog_digest(&m, &d));
		wide[i] = old;
	}
	m.tag.len -= 2;		/* without the NUL */
	assert_false(catalog_digest(&m, &d));
}

static bool
parses(const struct buf *b, size_t len, struct err *e)
{
	uint8_t *bytes = exact((struct span){ b->ptr, len });
	struct catalog c;
	bool ok = catalog_parse((struct span){ bytes, len }, &c, e);

	free(bytes);
	return ok;
}

static void
no_prefix_is_a_catalog(void **state)
{
	CLEANUP(buf_done) struct buf b = sample();
	struct err e;

	(void)state;
	assert_ok(parses(&b, b.len, &e), &e);
	for (size_t n = 0; n < b.len; n++) {
		assert_false(parses(&b, n, &e));
		assert_err(&e, ERR_CATALOG_MALFORMED);
	}
	buf_u8(&b, 0);
	assert_false(parses(&b, b.len, &e));
	assert_err(&e, ERR_CATALOG_MALFORMED);
}

/* One byte of the sample's structure changed: where, from, to. */
static void
broken_structure_is_refused(void **state)
{
	static const struct {
		const char	*find;	/* hex; the byte behind it changes */
		uint8_t		 to;
	} rows[] = {
		{ "060a2b0601040182370c01", 2 },	/* another purpose */
		{ "300e060a2b0601040182370c01", 4 },	/* version 3 */
		{ "170d3236303130313030303030", 'x' },	/* the time */
		{ "05003081", 0xe4 },			/* list cut short */
		{ "302a04", 0 },			/* empty tag */
		{ "3112", 0x31 },			/* attribute is a SET */
		{ "82370c0203", 0x30 },		/* values no SET */
		{ "0c02033102", 0x9f },			/* tags of two bytes */
		{ "3081", 0x80 },			/* indefinite length */
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(buf_done) struct buf b = sample();
		CLEANUP(buf_done) struct buf find = unhex_text(rows[i].find);
		size_t at = span_find(buf_span(&b), buf_span(&find));

		assert_true(at != SIZE_MAX);
		assert_true(b.ptr[at + find.len] != rows[i].to);
		b.ptr[at + find.len] = rows[i].to;
		if (parses(&b, b.len, &e))
			fail_msg("row %zu is taken", i);
		assert_err(&e, ERR_CATALOG_MALFORMED);
	}
}

/* What lists of other makers may have besides. */
static void
a_list_may_have_a_number_and_a_second_time(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct catalog c;
	struct err e;

	(void)state;
	size_t list = der_open(&b, DER_SEQUENCE);
	der_put(&b, DER_SEQUENCE, oid_der(OID_CATALOG_LIST));
	der_put_small(&b, 7);
	der_put_time(&b, TIME);
	der_put_time(&b, TIME);
	der_put_algorithm(&b, oid_der(OID_CATALOG_MEMBER), true);
	der_close(&b, list);
	assert_ok(catalog_parse(buf_span(&b), &c, &e), &e);
	assert_int_equal(c.version, 1);
	assert_int_equal(c.list_id.len, 0);
	assert_int_equal(c.member_count, 0);
}

static void
two_digests_in_a_member_are_none(void **state)
{
	CLEANUP(buf_done) struct buf b = sample(), twice = { 0 };
	struct catalog_member m;
	struct catalog c;
	struct digest d;
	struct err e;

	(void)state;
	assert_ok(catalog_parse(buf_span(&b), &c, &e), &e);
	assert_true(catalog_next(&c.members, &m));
	assert_true(catalog_next(&c.members, &m));
	buf_put(&twice, m.attributes.rest);
	buf_put(&twice, m.attributes.rest);
	m.attributes = der_read(buf_span(&twice));
	assert_false(catalog_digest(&m, &d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_file_is_written_as_makecat_does),
		TEST(each_version_kind_and_name_is_written),
		TEST(tags_are_in_order_across_lengths),
		TEST(equal_files_are_one_member),
		TEST(a_large_catalog_takes_no_square_of_time),
		TEST(a_catalog_of_nothing_is_one),
		TEST(names_are_unicode),
		TEST(only_programs_have_page_hashes),
		TEST(the_digest_of_a_member_is_found),
		TEST(a_tag_is_a_digest_in_two_forms),
		TEST(no_prefix_is_a_catalog),
		TEST(broken_structure_is_refused),
		TEST(a_list_may_have_a_number_and_a_second_time),
		TEST(two_digests_in_a_member_are_none),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
