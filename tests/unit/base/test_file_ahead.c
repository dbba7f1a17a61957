/* file_ahead: all bytes come once and in order, or an error does. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_ahead.h"
#include "base/helper.h"
#include "base/rope.h"
#include "test.h"

#define SIZE	((size_t)9 << 20 | 4321)	/* of the file */
#define FROM	17

static struct arena	*arena;
static uint8_t		*bytes;
static int		 file;

static int
file_make(void **state)
{
	uint32_t word = 1;

	(void)state;
	arena = arena_new(1 << 20);
	bytes = malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++) {
		word = word * 1103515245 + 12345;
		bytes[i] = (uint8_t)(word >> 16);
	}
	file = scratch_file((struct span){ bytes, SIZE });
	helper_start();
	return 0;
}

static int
file_drop(void **state)
{
	(void)state;
	free(bytes);
	arena_free(arena);
	return close(file);
}

static void
all_pieces_come_in_order(void **state)
{
	struct file_ahead *h = file_ahead_begin(file, FROM, SIZE - FROM);
	struct span piece;
	size_t at = FROM;
	struct err e;

	(void)state;
	assert_non_null(h);
	for (;;) {
		assert_ok(file_ahead_next(h, &piece, &e), &e);
		if (piece.len == 0)
			break;
		assert_true(piece.len <= SIZE - at);
		assert_memory_equal(piece.ptr, bytes + at, piece.len);
		at += piece.len;
	}
	assert_int_equal(at, SIZE);
	assert_ok(file_ahead_next(h, &piece, &e), &e);
	assert_int_equal(piece.len, 0);
	file_ahead_end(h);
	assert_true(helper_idle());
}

static void
it_may_end_at_any_time(void **state)
{
	struct span piece;
	struct err e;

	(void)state;
	for (size_t asked = 0; asked < 12; asked++) {
		struct file_ahead *h = file_ahead_begin(file, 0, SIZE);

		assert_non_null(h);
		for (size_t i = 0; i < asked; i++)
			assert_ok(file_ahead_next(h, &piece, &e), &e);
		file_ahead_end(h);
	}
	assert_true(helper_idle());
}

static void
a_file_that_is_too_short_is_an_error(void **state)
{
	struct file_ahead *h = file_ahead_begin(file, 0, SIZE + 1);
	struct span piece;
	size_t got = 0;
	struct err e;

	(void)state;
	assert_non_null(h);
	while (file_ahead_next(h, &piece, &e) && piece.len > 0)
		got += piece.len;
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_true(got <= SIZE);
	file_ahead_end(h);
}

static void
a_short_range_and_a_helper_at_work_are_not_taken(void **state)
{
	struct file_ahead *h = file_ahead_begin(file, 0, SIZE);

	(void)state;
	assert_non_null(h);
	assert_null(file_ahead_begin(file, 0, SIZE));
	file_ahead_end(h);
	assert_null(file_ahead_begin(file, 0, 1000));
}

/* ---- ropes that are read so */

static bool
refuse_later(void *arg, struct span piece, struct err *e)
{
	size_t *got = arg;

	*got += piece.len;
	return *got < SIZE / 2 || err_set(e, ERR_LIMIT_SIZE, "enough");
}

static void
a_rope_is_read_ahead_until_its_reader_refuses(void **state)
{
	struct rope r;
	size_t got = 0;
	struct err e;

	(void)state;
	assert_ok(rope_file(arena, file, 0, SIZE, &r, &e), &e);
	assert_false(rope_each(&r, 0, SIZE, refuse_later, &got, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_true(got < SIZE);
	assert_true(helper_idle());
}

static void
count(void *arg, struct span piece)
{
	*(size_t *)arg += piece.len;
}

/* One byte differs, at the beginning, at a border of pieces, at the end. */
static void
ropes_are_compared_to_the_last_byte(void **state)
{
	static const size_t places[] = { 0, 65535, 65536, (1 << 20) - 1,
	    1 << 20, SIZE - 1 };
	struct rope x, y;
	size_t seen = 0;
	struct err e;
	bool same;

	(void)state;
	assert_ok(rope_file(arena, file, 0, SIZE, &x, &e), &e);
	for (size_t i = 0; i < COUNT(places); i++) {
		bytes[places[i]] ^= 1;
		int other = scratch_file((struct span){ bytes, SIZE });
		bytes[places[i]] ^= 1;
		assert_ok(rope_file(arena, other, 0, SIZE, &y, &e), &e);
		assert_ok(rope_same(&x, &y, &same, &e), &e);
		assert_false(same);
		close(other);
	}
	int other = scratch_file((struct span){ bytes, SIZE });
	assert_ok(rope_file(arena, other, 0, SIZE, &y, &e), &e);
	assert_ok(rope_same_each(&x, &y, &same, count, &seen, &e), &e);
	assert_true(same);
	assert_int_equal(seen, SIZE);
	assert_int_equal(ftruncate(other, SIZE - 1), 0);
	assert_false(rope_same(&x, &y, &same, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	close(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_pieces_come_in_order),
		TEST(it_may_end_at_any_time),
		TEST(a_file_that_is_too_short_is_an_error),
		TEST(a_short_range_and_a_helper_at_work_are_not_taken),
		TEST(a_rope_is_read_ahead_until_its_reader_refuses),
		TEST(ropes_are_compared_to_the_last_byte),
	};

	return cmocka_run_group_tests_name("file_ahead", tests, file_make,
	    file_drop);
}
