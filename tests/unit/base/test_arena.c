/* arena: memory within a budget, aligned, zeroed, freed at once. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "test.h"

static void
the_budget_is_exact(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(64);
	struct err e;

	(void)state;
	assert_non_null(arena_alloc(a, 32));
	assert_null(arena_alloc(a, 33));
	assert_non_null(arena_alloc(a, 32));
	assert_int_equal(arena_used(a), 64);
	assert_null(arena_alloc(a, 1));
	assert_non_null(arena_alloc(a, 0));
	assert_false(err_budget(&e, a));
	assert_err(&e, ERR_LIMIT_MEMORY);
	assert_non_null(strstr(e.text, "64 bytes"));
}

static void
memory_is_zeroed_aligned_and_apart(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	uint8_t *last = NULL;

	(void)state;
	for (size_t size = 1; size < 300; size++) {
		uint8_t *p = arena_alloc(a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		assert_true(last == NULL || last[0] == 0xff);
		last = p;
	}
	/* Larger than a block of the arena. */
	assert_non_null(arena_alloc(a, 200000));
}

static void
sizes_that_overflow_are_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(SIZE_MAX);
	struct span out = { NULL, 7 };

	(void)state;
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 7));
	assert_null(arena_array(a, SIZE_MAX / 2, 3));
	assert_null(arena_array(a, (size_t)1 << 33, (size_t)1 << 33));
	assert_null(arena_grow(a, &out, (size_t)1 << 63, 2));
	assert_null(arena_text(a, (struct span){ NULL, SIZE_MAX }));
	assert_false(arena_copy(a, (struct span){ NULL, SIZE_MAX }, &out));
	assert_int_equal(out.len, 7);
	assert_int_equal(arena_used(a), 0);
}

static void
copies_and_texts_are_the_arena_s_own(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1000);
	char source[] = "acme";
	struct span copy;

	(void)state;
	assert_true(arena_copy(a, SPAN_TEXT(source), &copy));
	char *text = arena_text(a, SPAN_TEXT(source));
	char *number = arena_printf(a, "%s-%d", source, 42);
	source[0] = 'X';
	assert_true(span_is(copy, "acme"));
	assert_string_equal(text, "acme");
	assert_string_equal(number, "acme-42");
	assert_string_equal(arena_text(a, (struct span){ 0 }), "");
	assert_true(arena_copy(a, (struct span){ 0 }, &copy));
	assert_int_equal(copy.len, 0);
	assert_null(arena_printf(a, "%2000d", 1));
}

static void
an_array_grows_and_keeps_its_items(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(100000);
	int *array = NULL;
	size_t count = 0;

	(void)state;
	for (; count < 1000; count++) {
		array = arena_grow(a, array, count, sizeof(*array));
		assert_non_null(array);
		array[count] = (int)count;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(array[i], i);
	CLEANUP(arena_done) struct arena *small = arena_new(64);
	array = arena_grow(small, NULL, 0, sizeof(*array));
	assert_non_null(array);
	assert_null(arena_grow(small, array, 8, sizeof(*array)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_budget_is_exact),
		TEST(memory_is_zeroed_aligned_and_apart),
		TEST(sizes_that_overflow_are_refused),
		TEST(copies_and_texts_are_the_arena_s_own),
		TEST(an_array_grows_and_keeps_its_items),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
