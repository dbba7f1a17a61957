/* The verbs of Business Central apps, where no key is needed. */
#include <stdlib.h>

#include "base/limits.h"
#include "formats/navx.h"
#include "test.h"

/* Header, three bytes of contents, a block with a message of five bytes. */
#define BARE	"4e415658 28000000 02000000 "			\
		"000102030405060708090a0b0c0d0e0f "			\
		"0300000000000000 4e415658 50 4b 05 "
#define BLOCK	"4e585342 3003020101 2b000000 4e585342"
#define BARE_SIZE	43

struct fixture {
	struct arena	*arena;
	struct err	 err;
	struct buf	 bytes;
	uint8_t		*copy;
};

static struct fixture
fixture_new(void)
{
	return (struct fixture){ .arena = arena_new(8 << 20) };
}

static void
fixture_done(struct fixture *f)
{
	free(f->copy);
	buf_done(&f->bytes);
	arena_free(f->arena);
}
#define FIXTURE(f)							\
	CLEANUP(fixture_done) struct fixture f = fixture_new();		\
	(void)state

/* A subject in memory of exactly its size. */
static struct subject
subject_of(struct fixture *f, struct span bytes)
{
	struct subject s = { .arena = f->arena, .name = SPAN_TEXT("a.app") };

	free(f->copy);
	f->copy = exact(bytes);
	assert_ok(rope_bytes(f->arena, (struct span){ f->copy, bytes.len },
	    &s.file, &f->err), &f->err);
	return s;
}

static struct subject
subject_hex(struct fixture *f, const char *hex)
{
	buf_done(&f->bytes);
	f->bytes = unhex_text(hex);
	return subject_of(f, buf_span(&f->bytes));
}

static void
reads_an_app_without_and_with_a_signature(void **state)
{
	FIXTURE(f);
	struct subject s = subject_hex(&f, BARE);
	struct subject bare = s;
	struct span out;
	struct navx x;
	bool changed;

	assert_ok(navx_parse(&s, &x, &f.err), &f.err);
	assert_int_equal(x.end, BARE_SIZE);
	assert_int_equal(x.der.len, 0);
	assert_ok(navx_format.strip(&s, &bare.file, &changed, &f.err), &f.err);
	assert_false(changed);
	assert_int_equal(bare.file.len, BARE_SIZE);
	s = subject_hex(&f, BARE BLOCK);
	assert_ok(navx_parse(&s, &x, &f.err), &f.err);
	assert_int_equal(x.end, BARE_SIZE);
	assert_span_equal(x.der, SPAN_TEXT("0\3\2\1\1"));
	assert_ok(navx_format.strip(&s, &bare.file, &changed, &f.err), &f.err);
	assert_true(changed);
	assert_ok(navx_format.same(&bare, &s, &f.err), &f.err);
	assert_ok(rope_view(f.arena, &bare.file, 0, bare.file.len, &out,
	    &f.err), &f.err);
	assert_int_equal(out.len, BARE_SIZE);
	assert_memory_equal(out.ptr, f.copy, BARE_SIZE);
}

/* A cut file is whole only where the signature would begin. */
static void
refuses_every_prefix(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf all = unhex_text(BARE BLOCK);
	struct navx x;

	for (size_t n = 0; n < all.len; n++) {
		struct subject s = subject_of(&f, (struct span){ all.ptr, n });

		assert_int_equal(navx_parse(&s, &x, &f.err), n == BARE_SIZE);
		if (n != BARE_SIZE)
			assert_err(&f.err, n < BARE_SIZE ?
			    ERR_NAVX_TRUNCATED : ERR_NAVX_TRAILING_DATA);
	}
}

/* A bit more or less: only the GUID, contents and message may have it. */
static void
every_field_has_one_value(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf all = unhex_text(BARE BLOCK);
	struct navx x;

	for (size_t i = 0; i < all.len * 8; i++) {
		size_t at = i / 8;
		bool free_byte = (at >= 12 && at < 28) ||
		    (at >= 40 && at < BARE_SIZE) ||
		    (at >= BARE_SIZE + 6 && at < BARE_SIZE + 9);

		all.ptr[at] = (uint8_t)(all.ptr[at] ^ 1u << i % 8);
		struct subject s = subject_of(&f, buf_span(&all));

		assert_int_equal(navx_parse(&s, &x, &f.err), free_byte);
		all.ptr[at] = (uint8_t)(all.ptr[at] ^ 1u << i % 8);
	}
}

static void
tells_what_is_wrong(void **state)
{
	static const struct {
		const char	*hex;
		enum err_code	 code;
		const char	*text;
	} rows[] = {
		{ "4e415659", ERR_NAVX_TRUNCATED, "the header is cut off" },
		{ "4e415658 28000000 03000000 "
		  "00000000000000000000000000000000 "
		  "0000000000000000 4e415658", ERR_NAVX_MALFORMED,
		  "a header of 40 bytes and version 3 is not known" },
		{ "4e415658 28000000 02000000 "
		  "00000000000000000000000000000000 "
		  "0000000000000000 4e415659", ERR_NAVX_MALFORMED,
		  "the header does not end where it should" },
		{ "4e415658 28000000 02000000 "
		  "00000000000000000000000000000000 "
		  "ffffffffffffffff 4e415658", ERR_NAVX_TRUNCATED,
		  "the contents have 18446744073709551615 bytes, but the file "
		  "ends 0 bytes behind the header" },
		{ BARE BLOCK "00", ERR_NAVX_TRAILING_DATA, "what stands behind "
		  "the contents, at 43, is not just one signature" },
		{ BARE BLOCK BLOCK, ERR_NAVX_TRAILING_DATA, "what stands "
		  "behind the contents, at 43, is not just one signature" },
		{ BARE "4e585342 2b000000 4e585342", ERR_NAVX_TRAILING_DATA,
		  "what stands behind the contents, at 43, is not just one "
		  "signature" },
	};
	FIXTURE(f);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct subject s = subject_hex(&f, rows[i].hex);
		struct facts facts = { 0 };

		assert_false(navx_format.facts(&s, &facts, &f.err));
		assert_err(&f.err, rows[i].code);
		assert_string_equal(f.err.text, rows[i].text);
	}
}

static void
refuses_a_signature_without_measure(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf all = unhex_text(BARE);
	struct navx x;

	buf_zero(&all, LIMIT_CMS_SIZE + 13);
	struct subject s = subject_of(&f, buf_span(&all));

	assert_false(navx_parse(&s, &x, &f.err));
	assert_err(&f.err, ERR_LIMIT_SIZE);
}

/* The place of a signature has 32 bits; contents are not read for that. */
static void
refuses_to_sign_what_is_too_large(void **state)
{
	static const uint64_t len = (uint64_t)1 << 32;
	FIXTURE(f);
	CLEANUP(buf_done) struct buf head = unhex_text(BARE);
	struct extent parts[2] = { { .fd = -1, .len = 40 },
	    { .fd = scratch_file((struct span){ 0 }), .len = len,
	    .at = 40 } };
	struct subject s = { .arena = f.arena, .file = { .extents = parts,
	    .count = COUNT(parts), .len = 40 + len } };
	struct directive d = { .method = METHOD_AUTHENTICODE };
	struct signing_identity id = { 0 };
	struct plan plan;
	struct navx x;

	put_u64le(head.ptr + 28, len);
	parts[0].ptr = head.ptr;
	assert_ok(navx_parse(&s, &x, &f.err), &f.err);
	assert_int_equal(x.end, 40 + len);
	assert_false(navx_format.plan(&s, &d, &id, &plan, &f.err));
	assert_err(&f.err, ERR_LIMIT_SIZE);
}

static void
is_known_by_both_marks(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = unhex_text(BARE);

	(void)f;
	assert_int_equal(navx_format.probe(buf_span(&b)), 100);
	assert_int_equal(navx_format.probe((struct span){ b.ptr, 39 }), 0);
	b.ptr[36] ^= 1;
	assert_int_equal(navx_format.probe(buf_span(&b)), 0);
	assert_int_equal(navx_format.probe((struct span){ 0 }), 0);
}

static void
another_app_is_not_the_same(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf other = unhex_text(BARE BLOCK);
	struct subject s = subject_hex(&f, BARE BLOCK), t = s;

	for (size_t at = 12; at < BARE_SIZE; at += 28) {
		other.ptr[at] ^= 1;
		assert_ok(rope_bytes(f.arena, buf_span(&other), &t.file,
		    &f.err), &f.err);
		assert_false(navx_format.same(&s, &t, &f.err));
		assert_err(&f.err, ERR_FORMAT_DIFFERS);
		other.ptr[at] ^= 1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_an_app_without_and_with_a_signature),
		TEST(refuses_every_prefix),
		TEST(every_field_has_one_value),
		TEST(tells_what_is_wrong),
		TEST(refuses_a_signature_without_measure),
		TEST(refuses_to_sign_what_is_too_large),
		TEST(is_known_by_both_marks),
		TEST(another_app_is_not_the_same),
	};

	return cmocka_run_group_tests_name("navx", tests, NULL, NULL);
}
