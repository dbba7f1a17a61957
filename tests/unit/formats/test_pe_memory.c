/* pe_memory: what is remembered is what a plain reading gives, or is not. */
#include <stdlib.h>
#include <unistd.h>

#include "formats/pe.h"
#include "test.h"
#include "tiny_pe.h"

#define ASKED	(1u << DIGEST_SHA256 | 1u << DIGEST_SHA384)

struct fixture {
	struct arena	*arena;
	struct buf	 file;
	struct memory	 memory;
	struct subject	 before, after;	/* after has another table */
	struct pe	 pe, signed_pe;
	int		 fd;		/* the file that before lies in */
	struct err	 err;
};

static void
fixture_done(struct fixture *f)
{
	arena_free(f->arena);
	buf_done(&f->file);
	close(f->fd);
}

static struct rope
signed_form(struct fixture *f)
{
	CLEANUP(buf_done) struct buf table = { 0 };
	struct pe_sums sums;
	struct span kept;
	struct rope out = { 0 };

	pe_put_certificate(&table, SPAN_TEXT("no signature"));
	assert_true(arena_copy(f->arena, buf_span(&table), &kept));
	assert_ok(pe_sum(&f->before, &f->pe, 0, &sums, &f->err) &&
	    pe_rebuild(&f->before, &f->pe, sums.data_sum, kept, &out,
	    &f->err), &f->err);
	return out;
}

static void
fixture_init(struct fixture *f, size_t overlay)
{
	*f = (struct fixture){ .arena = arena_new(8 << 20),
	    .file = tiny_pe_make(&(struct tiny_pe){ .overlay = overlay }) };
	f->fd = scratch_file(buf_span(&f->file));
	f->before = (struct subject){ .arena = f->arena,
	    .memory = &f->memory };
	assert_ok(rope_file(f->arena, f->fd, 0, f->file.len, &f->before.file,
	    &f->err) && pe_parse(&f->before, &f->pe, &f->err), &f->err);
	f->after = f->before;
	f->after.file = signed_form(f);
	assert_ok(pe_parse(&f->after, &f->signed_pe, &f->err), &f->err);
}

/* Without a memory: what is really in the file. */
static void
expect_plain(struct fixture *f, const struct subject *s, const struct pe *pe,
    unsigned kinds)
{
	struct pe_sums got, want;

	assert_ok(pe_sum_known(s, pe, kinds, &got, &f->err) &&
	    pe_sum(s, pe, kinds, &want, &f->err), &f->err);
	assert_int_equal(got.data_sum, want.data_sum);
	for (size_t k = 0; k < DIGEST_KINDS; k++)
		if ((kinds & 1u << k) != 0)
			assert_true(digest_eq(&got.digests[k],
			    &want.digests[k]));
}

static void
a_file_is_remembered_as_it_is(void **state)
{
	CLEANUP(fixture_done) struct fixture f;
	struct pe_sums first, again;

	(void)state;
	fixture_init(&f, 3);
	assert_ok(pe_sum_known(&f.before, &f.pe, 1u << DIGEST_SHA256, &first,
	    &f.err), &f.err);
	expect_plain(&f, &f.before, &f.pe, 1u << DIGEST_SHA256);
	expect_plain(&f, &f.before, &f.pe, ASKED);
	expect_plain(&f, &f.before, &f.pe, 0);
	/* It is not read again: what was there is what is known. */
	assert_int_equal(pwrite(f.fd, "x", 1, (off_t)f.file.len - 1), 1);
	assert_ok(pe_sum_known(&f.before, &f.pe, 1u << DIGEST_SHA256, &again,
	    &f.err), &f.err);
	assert_true(digest_eq(&again.digests[DIGEST_SHA256],
	    &first.digests[DIGEST_SHA256]));
}

static void
the_signed_form_has_the_sums_of_the_file(void **state)
{
	(void)state;
	for (size_t overlay = 0; overlay < 9; overlay++) {
		CLEANUP(fixture_done) struct fixture f;
		struct pe_sums sums;

		fixture_init(&f, overlay);
		assert_ok(pe_sum_known(&f.before, &f.pe, ASKED, &sums,
		    &f.err) && pe_format.same(&f.before, &f.after, &f.err),
		    &f.err);
		expect_plain(&f, &f.after, &f.signed_pe, ASKED);
		expect_plain(&f, &f.after, &f.signed_pe, 1u << DIGEST_SHA512);
	}
}

/* A file that is not the same is refused, and gets no sums of the other's. */
static void
another_file_is_read_itself(void **state)
{
	(void)state;
	for (size_t overlay = 0; overlay < 9; overlay++) {
		CLEANUP(fixture_done) struct fixture f;
		struct pe_sums sums;
		struct span flat = { 0 };
		struct pe pe;

		fixture_init(&f, overlay);
		assert_ok(pe_sum_known(&f.before, &f.pe, ASKED, &sums,
		    &f.err) && rope_view(f.arena, &f.after.file, 0,
		    f.after.file.len, &flat, &f.err), &f.err);
		uint8_t *copy = exact(flat);
		copy[f.file.len - 1] ^= 1;
		struct subject other = f.before;
		assert_ok(rope_bytes(f.arena, (struct span){ copy, flat.len },
		    &other.file, &f.err) && pe_parse(&other, &pe, &f.err),
		    &f.err);
		assert_false(pe_format.same(&f.before, &other, &f.err));
		assert_err(&f.err, ERR_FORMAT_DIFFERS);
		expect_plain(&f, &other, &pe, ASKED);
		free(copy);
	}
}

/* The sums are of what was there before somebody wrote to the file. */
static void
a_change_after_the_first_reading_is_noticed(void **state)
{
	CLEANUP(fixture_done) struct fixture f;
	struct pe_sums sums;

	(void)state;
	fixture_init(&f, 5);
	assert_ok(pe_sum_known(&f.before, &f.pe, ASKED, &sums, &f.err),
	    &f.err);
	assert_int_equal(pwrite(f.fd, "x", 1, (off_t)f.file.len - 1), 1);
	assert_false(pe_format.same(&f.before, &f.after, &f.err));
	assert_err(&f.err, ERR_FILE_CHANGED);
}

/* Each subject of its own: nothing passes from one file to another. */
static void
memories_are_not_shared(void **state)
{
	CLEANUP(fixture_done) struct fixture f;
	struct memory other = { 0 };
	struct pe_sums sums;

	(void)state;
	fixture_init(&f, 5);
	f.after.memory = &other;
	assert_ok(pe_sum_known(&f.before, &f.pe, ASKED, &sums, &f.err) &&
	    pe_format.same(&f.before, &f.after, &f.err), &f.err);
	expect_plain(&f, &f.after, &f.signed_pe, ASKED);
	f.after.memory = NULL;
	assert_ok(pe_format.same(&f.before, &f.after, &f.err), &f.err);
	expect_plain(&f, &f.after, &f.signed_pe, ASKED);
}

static void
what_is_foreseen_is_what_is_asked(void **state)
{
	CLEANUP(fixture_done) struct fixture f;
	struct directive d = { .method = METHOD_AUTHENTICODE,
	    .digest = SPAN_TEXT("sha384") };

	(void)state;
	fixture_init(&f, 5);
	assert_ok(pe_format.foresee(&f.before, &d, &f.err), &f.err);
	assert_non_null(f.memory.own);
	expect_plain(&f, &f.before, &f.pe, 1u << DIGEST_SHA384);
	d.digest = SPAN_TEXT("md5");
	assert_false(pe_format.foresee(&f.before, &d, &f.err));
	f.before.memory = NULL;
	assert_ok(pe_format.foresee(&f.before, &d, &f.err), &f.err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_remembered_as_it_is),
		cmocka_unit_test(the_signed_form_has_the_sums_of_the_file),
		cmocka_unit_test(another_file_is_read_itself),
		cmocka_unit_test(a_change_after_the_first_reading_is_noticed),
		cmocka_unit_test(memories_are_not_shared),
		cmocka_unit_test(what_is_foreseen_is_what_is_asked),
	};

	return cmocka_run_group_tests_name("pe_memory", tests, NULL, NULL);
}
