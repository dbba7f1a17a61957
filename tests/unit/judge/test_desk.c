/* desk: what the judge takes from a courier's word about refs. */
#include "judge/desk.h"
#include "test.h"

#define ONE	"1111111111111111111111111111111111111111"
#define TWO	"2222222222222222222222222222222222222222"
#define GONE	"0000000000000000000000000000000000000000"

static bool
refs_of(const struct moved_ref *moved, size_t count, struct arena *a,
    struct ref_list *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	fetched_write(moved, count, &b);
	return fetch_refs(buf_span(&b), a, out, e);
}

static void
refs_are_sorted_and_those_that_are_gone_left_out(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	const struct moved_ref moved[] = {
		{ SPAN_TEXT("refs/tags/v2"), SPAN_TEXT(GONE), SPAN_TEXT(ONE) },
		{ SPAN_TEXT("refs/tags/v1"), SPAN_TEXT(ONE), SPAN_TEXT(TWO) },
		{ SPAN_TEXT("refs/tags/v0"), SPAN_TEXT(ONE), SPAN_TEXT(GONE) },
	};
	struct ref_list l;
	struct err e;

	(void)state;
	assert_ok(refs_of(moved, COUNT(moved), a, &l, &e), &e);
	assert_int_equal(l.count, 2);
	assert_span_equal(l.items[0].name, SPAN_TEXT("refs/tags/v1"));
	assert_non_null(refs_find(&l, SPAN_TEXT("refs/tags/v2")));
	assert_null(refs_find(&l, SPAN_TEXT("refs/tags/v0")));
}

/* It would be seen for the first time twice: no ledger can hold that. */
static void
a_ref_that_is_told_twice_is_no_answer(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	const struct moved_ref moved[] = {
		{ SPAN_TEXT("refs/tags/v1"), SPAN_TEXT(GONE), SPAN_TEXT(ONE) },
		{ SPAN_TEXT("refs/tags/v2"), SPAN_TEXT(GONE), SPAN_TEXT(ONE) },
		{ SPAN_TEXT("refs/tags/v1"), SPAN_TEXT(GONE), SPAN_TEXT(TWO) },
	};
	struct ref_list l;
	struct err e;

	(void)state;
	assert_false(refs_of(moved, COUNT(moved), a, &l, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refs_are_sorted_and_those_that_are_gone_left_out),
		TEST(a_ref_that_is_told_twice_is_no_answer),
	};

	return cmocka_run_group_tests_name("desk", tests, NULL, NULL);
}
