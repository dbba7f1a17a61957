/* rope: files and memory as one sequence, cut and joined without copies. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rope.h"
#include "test.h"

static struct arena *arena;
static int file;		/* holds "0123456789" */

static int
arena_make(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	file = scratch_file(SPAN_TEXT("0123456789"));
	return 0;
}

static int
arena_drop(void **state)
{
	(void)state;
	arena_free(arena);
	return close(file);
}

/* "abc" in memory, "345" of the file, nothing, "xyz" in memory. */
static struct rope
mixed(void)
{
	struct rope parts[4], r;
	struct err e;

	assert_ok(rope_bytes(arena, SPAN_TEXT("abc"), &parts[0], &e), &e);
	assert_ok(rope_file(arena, file, 3, 3, &parts[1], &e), &e);
	assert_ok(rope_bytes(arena, (struct span){ 0 }, &parts[2], &e), &e);
	assert_ok(rope_bytes(arena, SPAN_TEXT("xyz"), &parts[3], &e), &e);
	assert_ok(rope_join(arena, parts, 4, &r, &e), &e);
	return r;
}

static void
assert_reads(const struct rope *r, const char *want)
{
	char text[64] = "";
	struct err e;

	assert_int_equal(r->len, strlen(want));
	assert_ok(rope_read(r, 0, r->len, text, &e), &e);
	assert_string_equal(text, want);
}

static void
parts_join_and_read_as_one(void **state)
{
	struct rope r = mixed();

	(void)state;
	assert_int_equal(r.count, 3);
	assert_reads(&r, "abc345xyz");
}

static void
every_slice_is_the_same_as_of_text(void **state)
{
	static const char text[] = "abc345xyz";
	struct rope r = mixed(), cut;
	char want[16];
	struct err e;

	(void)state;
	for (uint64_t off = 0; off <= r.len; off++)
		for (uint64_t len = 0; len <= r.len - off; len++) {
			memcpy(want, &text[off], len);
			want[len] = '\0';
			assert_ok(rope_slice(arena, &r, off, len, &cut, &e),
			    &e);
			assert_reads(&cut, want);
		}
}

static void
a_range_outside_is_refused(void **state)
{
	struct rope r = mixed(), out = { .len = 77 };
	struct span view;
	char byte;
	struct err e;

	(void)state;
	assert_false(rope_slice(arena, &r, 0, 10, &out, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_false(rope_slice(arena, &r, UINT64_MAX, 2, &out, &e));
	assert_false(rope_slice(arena, &r, 1, UINT64_MAX, &out, &e));
	assert_false(rope_read(&r, 9, 1, &byte, &e));
	assert_false(rope_view(arena, &r, 4, 6, &view, &e));
	assert_int_equal(out.len, 77);
	assert_false(rope_file(arena, file, UINT64_MAX, 1, &out, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_false(rope_file(arena, file, 1, INT64_MAX, &out, &e));
}

static void
a_file_that_shrank_is_noticed(void **state)
{
	struct rope r;
	char bytes[10];
	struct err e;

	(void)state;
	assert_ok(rope_file(arena, file, 0, 10, &r, &e), &e);
	assert_int_equal(ftruncate(file, 5), 0);
	assert_false(rope_read(&r, 0, 10, bytes, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	CLEANUP(fd_done) int out = scratch_file(SPAN_TEXT(""));
	assert_false(rope_write(&r, out, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_ok(rope_file(arena, -2, 0, 10, &r, &e), &e);
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_ok(rope_file(arena, ends[0], 0, 10, &r, &e), &e);
	assert_false(rope_read(&r, 0, 10, bytes, &e));
	assert_err(&e, ERR_SYSTEM_READ);
	close(ends[0]);
	close(ends[1]);
}

static void
memory_is_viewed_and_files_are_copied(void **state)
{
	struct rope r = mixed();
	struct span s;
	struct err e;

	(void)state;
	size_t before = arena_used(arena);
	assert_ok(rope_view(arena, &r, 1, 2, &s, &e), &e);
	assert_true(span_is(s, "bc"));
	assert_int_equal(arena_used(arena), before);
	assert_ok(rope_view(arena, &r, 2, 5, &s, &e), &e);
	assert_true(span_is(s, "c345x"));
	assert_ok(rope_view(arena, &r, 9, 0, &s, &e), &e);
	assert_int_equal(s.len, 0);
	CLEANUP(arena_done) struct arena *small = arena_new(2);
	assert_false(rope_view(small, &r, 3, 3, &s, &e));
	assert_err(&e, ERR_LIMIT_MEMORY);
}

static bool
append(void *arg, struct span piece, struct err *e)
{
	struct buf *b = arg;

	buf_put(b, piece);
	return b->len < 8 || err_set(e, ERR_USAGE, "enough");
}

static void
pieces_come_in_order_until_one_is_refused(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct rope r = mixed();
	struct err e;

	(void)state;
	assert_ok(rope_each(&r, 1, 6, append, &b, &e), &e);
	assert_string_equal(buf_cstr(&b), "bc345x");
	assert_false(rope_each(&r, 0, 9, append, &b, &e));
	assert_err(&e, ERR_USAGE);
}

static void
keep_piece(void *arg, struct span equal)
{
	buf_put(arg, equal);
}

static void
ropes_are_compared_by_their_bytes(void **state)
{
	CLEANUP(buf_done) struct buf big = { 0 };
	struct rope r = mixed(), other, shorter;
	bool same;
	struct err e;

	(void)state;
	assert_ok(rope_bytes(arena, SPAN_TEXT("abc345xyz"), &other, &e), &e);
	assert_ok(rope_same(&r, &other, &same, &e), &e);
	assert_true(same);
	assert_ok(rope_bytes(arena, SPAN_TEXT("abc345xyZ"), &other, &e), &e);
	assert_ok(rope_same(&r, &other, &same, &e), &e);
	assert_false(same);
	assert_ok(rope_slice(arena, &r, 0, 8, &shorter, &e), &e);
	assert_ok(rope_same(&r, &shorter, &same, &e), &e);
	assert_false(same);
	for (uint32_t i = 0; i < 50000; i++)
		buf_u32be(&big, i);
	CLEANUP(fd_done) int fd = scratch_file(buf_span(&big));
	struct rope in_file, in_memory;
	assert_ok(rope_file(arena, fd, 0, big.len, &in_file, &e), &e);
	assert_ok(rope_bytes(arena, buf_span(&big), &in_memory, &e), &e);
	assert_ok(rope_same(&in_memory, &in_file, &same, &e), &e);
	assert_true(same);
	CLEANUP(buf_done) struct buf equal = { 0 };
	assert_ok(rope_same_each(&in_memory, &in_file, &same, keep_piece,
	    &equal, &e), &e);
	assert_true(same);
	assert_span_equal(buf_span(&equal), buf_span(&big));
	big.ptr[big.len - 1] ^= 1;
	assert_ok(rope_same(&in_file, &in_memory, &same, &e), &e);
	assert_false(same);
}

static void
pieces_of_a_range_are_counted(void **state)
{
	struct rope r = mixed();

	(void)state;
	for (uint64_t off = 0; off <= 9; off++)
		for (uint64_t len = 0; len <= 9 - off; len++)
			assert_int_equal(rope_pieces(&r, off, len), len == 0 ?
			    0 : (off + len - 1) / 3 - off / 3 + 1);
}

/* Cut in other places, and each byte in turn another one. */
static void
ropes_are_compared_across_their_cuts(void **state)
{
	struct rope r = mixed(), parts[2], other;
	struct err e;
	bool same;

	(void)state;
	for (size_t cut = 0; cut <= 9; cut++)
		for (size_t at = 0; at <= 9; at++) {
			char text[] = "abc345xyz";

			if (at < 9)
				text[at] ^= 1;
			struct span s = SPAN_TEXT(text), left;
			assert_true(span_cut(s, 0, cut, &left));
			assert_ok(rope_bytes(arena, left, &parts[0], &e), &e);
			assert_ok(rope_bytes(arena, span_from(s, cut),
			    &parts[1], &e), &e);
			assert_ok(rope_join(arena, parts, 2, &other, &e), &e);
			assert_ok(rope_same(&r, &other, &same, &e), &e);
			assert_int_equal(same, at == 9);
			assert_ok(rope_same(&other, &r, &same, &e), &e);
			assert_int_equal(same, at == 9);
		}
}

/* What has gone can only be said to be the same if nobody looks. */
static void
what_is_in_one_place_is_not_read_to_be_compared(void **state)
{
	CLEANUP(buf_done) struct buf seen = { 0 };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("0123456789"));
	struct rope parts[2], r, shifted;
	struct err e;
	bool same;

	(void)state;
	assert_ok(rope_bytes(arena, SPAN_TEXT("a"), &parts[0], &e), &e);
	assert_ok(rope_file(arena, fd, 0, 10, &parts[1], &e), &e);
	assert_ok(rope_join(arena, parts, 2, &r, &e), &e);
	assert_ok(rope_file(arena, fd, 1, 9, &parts[0], &e), &e);
	assert_ok(rope_slice(arena, &parts[1], 0, 9, &shifted, &e), &e);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_ok(rope_same(&r, &r, &same, &e), &e);
	assert_true(same);
	assert_false(rope_same(&parts[0], &shifted, &same, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_false(rope_same_each(&r, &r, &same, keep_piece, &seen, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_span_equal(buf_span(&seen), SPAN_TEXT("a"));
}

static void
a_rope_is_written_to_files_and_pipes(void **state)
{
	struct rope r = mixed();
	char back[16] = "";
	int ends[2];
	struct err e;

	(void)state;
	CLEANUP(fd_done) int out = scratch_file(SPAN_TEXT("--"));
	assert_ok(rope_write(&r, out, &e), &e);
	assert_int_equal(pread(out, back, sizeof(back), 0), 11);
	assert_string_equal(back, "--abc345xyz");
	/* A pipe takes no copy_file_range: the bytes go through us. */
	assert_int_equal(pipe(ends), 0);
	assert_ok(rope_write(&r, ends[1], &e), &e);
	close(ends[1]);
	assert_int_equal(read(ends[0], back, sizeof(back)), 9);
	assert_memory_equal(back, "abc345xyz", 9);
	close(ends[0]);
	CLEANUP(fd_done) int full = open("/dev/full", O_WRONLY);
	assert_false(rope_write(&r, full, &e));
	assert_err(&e, ERR_SYSTEM_WRITE);
}

static void
a_spool_grows_to_its_limit_and_no_further(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct spool s = { .fd = fd, .limit = 6 };
	struct rope r;
	struct err e;

	(void)state;
	assert_ok(spool_put(&s, SPAN_TEXT("abc"), &e), &e);
	assert_ok(spool_put(&s, SPAN_TEXT("de"), &e), &e);
	assert_false(spool_put(&s, SPAN_TEXT("fg"), &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_int_equal(s.len, 5);
	assert_ok(spool_put(&s, SPAN_TEXT("f"), &e), &e);
	assert_ok(spool_put(&s, (struct span){ 0 }, &e), &e);
	assert_ok(spool_rope(&s, 2, arena, &r, &e), &e);
	assert_reads(&r, "cdef");
	assert_ok(spool_rope(&s, 6, arena, &r, &e), &e);
	assert_reads(&r, "");
	assert_false(spool_rope(&s, 7, arena, &r, &e));
	struct spool closed = { .fd = -1, .limit = 9 };
	assert_false(spool_put(&closed, SPAN_TEXT("x"), &e));
	assert_err(&e, ERR_SYSTEM_WRITE);
}

/* Some extents of the file where they were, some elsewhere, some new ones. */
static struct rope
patched(unsigned seed)
{
	struct rope parts[8], r;
	uint64_t at = 0;
	struct err e;

	for (size_t i = 0; i < COUNT(parts); i++, seed /= 3) {
		uint64_t len = (seed / 7 + i) % 3;
		uint64_t off = seed % 3 == 0 ? (at + 5) % 7 : at;

		if (seed % 3 == 1 || off + len > 10)
			assert_ok(rope_bytes(arena, (struct span){
			    (const uint8_t *)"new", len }, &parts[i], &e), &e);
		else
			assert_ok(rope_file(arena, file, off, len, &parts[i],
			    &e), &e);
		at += len;
	}
	assert_ok(rope_join(arena, parts, COUNT(parts), &r, &e), &e);
	return r;
}

static void
writing_over_a_copy_gives_the_rope(void **state)
{
	struct err e;

	(void)state;
	for (unsigned seed = 0; seed < 3000; seed++) {
		int out = scratch_file(SPAN_TEXT("0123456789"));
		struct rope want = patched(seed), got;
		bool same = false;

		assert_ok(rope_write_over(&want, out, file, &e), &e);
		assert_int_equal(lseek(out, 0, SEEK_CUR), want.len);
		assert_int_equal(lseek(out, 0, SEEK_END), want.len);
		assert_ok(rope_file(arena, out, 0, want.len, &got, &e) &&
		    rope_same(&want, &got, &same, &e), &e);
		assert_true(same);
		close(out);
		if (seed % 100 == 99) {
			arena_free(arena);
			arena = arena_new(1 << 20);
		}
	}
}

int
main(void)
{
#define WITH_ARENA(f)	cmocka_unit_test_setup_teardown(f, arena_make, arena_drop)
	const struct CMUnitTest tests[] = {
		WITH_ARENA(parts_join_and_read_as_one),
		WITH_ARENA(every_slice_is_the_same_as_of_text),
		WITH_ARENA(a_range_outside_is_refused),
		WITH_ARENA(a_file_that_shrank_is_noticed),
		WITH_ARENA(memory_is_viewed_and_files_are_copied),
		WITH_ARENA(pieces_come_in_order_until_one_is_refused),
		WITH_ARENA(ropes_are_compared_by_their_bytes),
		WITH_ARENA(pieces_of_a_range_are_counted),
		WITH_ARENA(ropes_are_compared_across_their_cuts),
		WITH_ARENA(what_is_in_one_place_is_not_read_to_be_compared),
		WITH_ARENA(a_rope_is_written_to_files_and_pipes),
		WITH_ARENA(a_spool_grows_to_its_limit_and_no_further),
		WITH_ARENA(writing_over_a_copy_gives_the_rope),
	};

	return cmocka_run_group_tests_name("rope", tests, NULL, NULL);
}
