/* The PE format's verbs, where no key is needed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/pe.h"
#include "test.h"
#include "tiny_pe.h"

struct fixture {
	struct arena	*arena;
	struct err	 err;
};

static void
fixture_done(struct fixture *f)
{
	arena_free(f->arena);
}

static struct subject
subject_of(struct fixture *f, const struct buf *b)
{
	struct subject s = { .arena = f->arena };
	struct span copy;

	assert_true(arena_copy(f->arena, buf_span(b), &copy));
	assert_ok(rope_bytes(f->arena, copy, &s.file, &f->err), &f->err);
	return s;
}

/* A file with a certificate table that holds what no signature looks like. */
static struct subject
with_table(struct fixture *f, const struct tiny_pe *t)
{
	CLEANUP(buf_done) struct buf b = tiny_pe_make(t), table = { 0 };
	struct subject s = subject_of(f, &b);
	struct pe_sums sums;
	struct pe pe;
	struct span der;

	pe_put_certificate(&table, SPAN_TEXT("\x30\x03\x02\x01\x01"));
	assert_true(arena_copy(f->arena, buf_span(&table), &der));
	assert_ok(pe_parse(&s, &pe, &f->err) &&
	    pe_sum(&s, &pe, 0, &sums, &f->err) &&
	    pe_rebuild(&s, &pe, sums.data_sum, der, &s.file, &f->err),
	    &f->err);
	return s;
}

static struct buf
bytes_of(struct fixture *f, const struct subject *s)
{
	struct buf out = { 0 };
	struct span bytes;

	assert_ok(rope_view(f->arena, &s->file, 0, s->file.len, &bytes,
	    &f->err), &f->err);
	buf_put(&out, bytes);
	return out;
}

static void
bids_high_for_pe_and_lower_for_any_dos_header(void **state)
{
	CLEANUP(buf_done) struct buf b = tiny_pe_make(&(struct tiny_pe){ 0 });

	(void)state;
	assert_int_equal(pe_format.probe(buf_span(&b)), 100);
	assert_int_equal(pe_format.probe(SPAN_TEXT("MZ")), 50);
	assert_int_equal(pe_format.probe(SPAN_TEXT("PK\3\4")), 0);
	assert_int_equal(pe_format.probe((struct span){ 0 }), 0);
}

static void
what_is_no_signature_is_a_bad_finding(void **state)
{
	CLEANUP(fixture_done) struct fixture f = { .arena = arena_new(8 << 20) };
	struct subject s = with_table(&f, &(struct tiny_pe){ 0 });
	CLEANUP(buf_done) struct buf b = bytes_of(&f, &s);
	struct check_terms terms = { 0 };
	struct findings found = { 0 };

	(void)state;
	assert_ok(pe_format.check(&s, &terms, &found, &f.err), &f.err);
	assert_int_equal(found.count, 1);
	assert_non_null(found.items[0].err.what);
	put_u16le(b.ptr + 1024 + 6, 0x0001);	/* type: X.509 */
	s = subject_of(&f, &b);
	assert_ok(pe_format.check(&s, &terms, &found, &f.err), &f.err);
	assert_int_equal(found.count, 2);
	assert_err(&found.items[1].err, ERR_PE_CERTIFICATE_TYPE);
}

static void
strip_gives_back_all_but_padding(void **state)
{
	(void)state;
	for (size_t overlay = 0; overlay < 9; overlay++) {
		const struct tiny_pe t = { .plus = true, .overlay = overlay };
		CLEANUP(fixture_done) struct fixture f = {
		    .arena = arena_new(8 << 20) };
		CLEANUP(buf_done) struct buf want = tiny_pe_make(&t);
		struct subject s = with_table(&f, &t), bare = s;
		bool changed;

		buf_zero(&want, (8 - overlay % 8) % 8);
		assert_ok(pe_format.strip(&s, &bare.file, &changed, &f.err),
		    &f.err);
		assert_true(changed);
		CLEANUP(buf_done) struct buf got = bytes_of(&f, &bare);
		assert_int_not_equal(got.ptr[TINY_CHECKSUM_AT], 0);
		put_u32le(got.ptr + TINY_CHECKSUM_AT, 0);
		assert_span_equal(buf_span(&got), buf_span(&want));
		assert_ok(pe_format.same(&s, &bare, &f.err), &f.err);
		assert_ok(pe_format.strip(&bare, &s.file, &changed, &f.err),
		    &f.err);
		assert_false(changed);
	}
}

static void
same_minds_every_byte_but_the_signature(void **state)
{
	const struct tiny_pe t = { .overlay = 3 };
	CLEANUP(fixture_done) struct fixture f = { .arena = arena_new(64 << 20) };
	CLEANUP(buf_done) struct buf plain = tiny_pe_make(&t);
	struct subject before = subject_of(&f, &plain);
	struct subject after = with_table(&f, &t);
	CLEANUP(buf_done) struct buf b = bytes_of(&f, &after);

	(void)state;
	assert_ok(pe_format.same(&before, &after, &f.err), &f.err);
	assert_ok(pe_format.same(&before, &before, &f.err), &f.err);
	for (size_t i = 0; i < 1024 + 8; i++) {
		b.ptr[i] ^= 0x10;
		after = subject_of(&f, &b);
		assert_false(pe_format.same(&before, &after, &f.err));
		b.ptr[i] ^= 0x10;
	}
	put_u32le(b.ptr + TINY_CHECKSUM_AT, 0);
	after = subject_of(&f, &b);
	assert_false(pe_format.same(&before, &after, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
	buf_u8(&plain, 0);
	buf_zero(&plain, 8);
	before = subject_of(&f, &plain);
	assert_false(pe_format.same(&before, &after, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
}

static void
plan_refuses_what_it_cannot_do(void **state)
{
	CLEANUP(fixture_done) struct fixture f = { .arena = arena_new(8 << 20) };
	CLEANUP(buf_done) struct buf b = tiny_pe_make(&(struct tiny_pe){ 0 });
	struct subject s = subject_of(&f, &b);
	struct directive d = { .method = METHOD_CMS };
	struct signing_identity id = { 0 };
	struct plan plan;

	(void)state;
	assert_false(pe_format.plan(&s, &d, &id, &plan, &f.err));
	assert_err(&f.err, ERR_FORMAT_METHOD);
	d = (struct directive){ .digest = SPAN_TEXT("sha1") };
	assert_false(pe_format.plan(&s, &d, &id, &plan, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIGEST);
	d = (struct directive){ .page_hashes = true };
	int fd = scratch_file(buf_span(&b));
	assert_int_equal(ftruncate(fd, 200 << 20), 0);
	assert_ok(rope_file(f.arena, fd, 0, 200 << 20, &s.file, &f.err),
	    &f.err);
	assert_false(pe_format.plan(&s, &d, &id, &plan, &f.err));
	assert_err(&f.err, ERR_LIMIT_SIZE);
	fd_done(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bids_high_for_pe_and_lower_for_any_dos_header),
		TEST(what_is_no_signature_is_a_bad_finding),
		TEST(strip_gives_back_all_but_padding),
		TEST(same_minds_every_byte_but_the_signature),
		TEST(plan_refuses_what_it_cannot_do),
	};

	return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
