/* bytes: spans are cut inside their bounds, readers stop at the end. */
#include <stdlib.h>
#include <string.h>

#include "test.h"

static void
a_span_is_cut_only_inside(void **state)
{
	struct span s = SPAN_TEXT("abcdef"), out = { NULL, 99 };
	static const struct {
		uint64_t	off, len;
		bool		good;
	} cases[] = {
		{ 0, 6, true }, { 6, 0, true }, { 2, 3, true },
		{ 0, 7, false }, { 7, 0, false }, { 6, 1, false },
		{ 1, UINT64_MAX, false }, { UINT64_MAX, 1, false },
		{ UINT64_MAX, UINT64_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(span_cut(s, cases[i].off, cases[i].len,
		    &out), cases[i].good);
	assert_true(span_cut(s, 2, 3, &out) && span_is(out, "cde"));
	assert_false(span_cut(s, 9, 9, &out));
	assert_true(span_is(out, "cde"));
	assert_true(span_is(span_from(s, 4), "ef"));
	assert_int_equal(span_from(s, 7).len, 0);
	assert_int_equal(span_from((struct span){ 0 }, 0).len, 0);
}

static void
spans_compare_bytewise(void **state)
{
	struct span none = { 0 }, a = SPAN_TEXT("ab"), b = SPAN_TEXT("abc");
	struct span high = SPAN_TEXT("\xff");
	uint8_t zeros[3] = { 0 };

	(void)state;
	assert_true(span_eq(none, SPAN_TEXT("")));
	assert_false(span_eq(a, b));
	assert_true(span_cmp(a, b) < 0 && span_cmp(b, a) > 0);
	assert_true(span_cmp(high, a) > 0 && span_cmp(none, a) < 0);
	assert_int_equal(span_cmp(none, none), 0);
	assert_true(span_starts(b, "ab") && span_starts(b, ""));
	assert_false(span_starts(a, "abc"));
	assert_true(span_ends(b, "bc") && span_ends(none, ""));
	assert_false(span_ends(a, "xab"));
	assert_true(span_zero(none) && span_zero(SPAN(zeros)));
	zeros[2] = 1;
	assert_false(span_zero(SPAN(zeros)));
}

static void
what_is_sought_is_found_once(void **state)
{
	struct span s = SPAN_TEXT("one two two");

	(void)state;
	assert_int_equal(span_find(s, SPAN_TEXT("two")), 4);
	assert_int_equal(span_find(s, SPAN_TEXT("")), 0);
	assert_true(span_find(s, SPAN_TEXT("three")) == SIZE_MAX);
	assert_true(span_find((struct span){ 0 }, s) == SIZE_MAX);
	assert_true(span_find(SPAN_TEXT("tw"), SPAN_TEXT("two")) == SIZE_MAX);
}

static void
lines_and_parts_come_one_by_one(void **state)
{
	struct span rest = SPAN_TEXT("a\n\nb"), line;

	(void)state;
	assert_true(span_line(&rest, &line) && span_is(line, "a"));
	assert_true(span_line(&rest, &line) && span_is(line, ""));
	assert_true(span_line(&rest, &line) && span_is(line, "b"));
	assert_false(span_line(&rest, &line));
	rest = SPAN_TEXT("x\n");
	assert_true(span_line(&rest, &line) && span_is(line, "x"));
	assert_false(span_line(&rest, &line));
}

static void
numbers_are_read_in_both_orders(void **state)
{
	static const uint8_t b[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct reader r = rd_open(SPAN(b));

	(void)state;
	assert_int_equal(rd_u16le(&r), 0x0201);
	assert_int_equal(rd_u16be(&r), 0x0304);
	assert_int_equal(rd_u32le(&r), 0x08070605);
	assert_true(rd_end(&r));
	rd_seek(&r, 0);
	assert_true(rd_u64be(&r) == 0x0102030405060708);
	rd_seek(&r, 0);
	assert_true(rd_u64le(&r) == 0x0807060504030201);
	rd_seek(&r, 4);
	assert_int_equal(rd_u32be(&r), 0x05060708);
	assert_int_equal(rd_left(&r), 0);
}

static void
a_read_past_the_end_is_zero_and_for_good(void **state)
{
	static const uint8_t b[] = { 0xff, 0xff, 0xff };

	(void)state;
	for (size_t n = 0; n < 4; n++) {
		CLEANUP(free_done) uint8_t *p = exact((struct span){ b, n });
		struct reader r = rd_open((struct span){ p, n });

		assert_int_equal(rd_u32le(&r), 0);
		assert_false(rd_ok(&r) || rd_end(&r));
		rd_seek(&r, 0);
		assert_int_equal(rd_u8(&r), 0);
		assert_int_equal(rd_left(&r), 0);
		assert_int_equal(rd_take(&r, 0).len, 0);
		assert_false(rd_ok(&r));
	}
	struct reader r = rd_open(SPAN(b));
	rd_seek(&r, 4);
	assert_false(rd_ok(&r));
	r = rd_open(SPAN(b));
	rd_skip(&r, UINT64_MAX);
	assert_false(rd_ok(&r));
}

static void
every_prefix_of_a_string_is_bad(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	buf_str(&b, SPAN_TEXT("acme"));
	for (size_t n = 0; n < b.len; n++) {
		CLEANUP(free_done) uint8_t *p =
		    exact((struct span){ b.ptr, n });
		struct reader r = rd_open((struct span){ p, n });

		assert_int_equal(rd_str(&r).len, 0);
		assert_false(rd_ok(&r));
	}
	struct reader r = rd_open(buf_span(&b));
	assert_true(span_is(rd_str(&r), "acme") && rd_end(&r));
}

static void
what_is_written_is_read_back(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	uint8_t fixed[8];

	(void)state;
	buf_u8(&b, 1);
	buf_u16le(&b, 0x1234);
	buf_u16be(&b, 0x1234);
	buf_u32le(&b, 0x12345678);
	buf_u32be(&b, 0x12345678);
	buf_u64le(&b, 0x123456789abcdef0);
	buf_u64be(&b, 0x123456789abcdef0);
	buf_zero(&b, 3);
	buf_printf(&b, "%d", 7);
	struct reader r = rd_open(buf_span(&b));
	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_u16le(&r), 0x1234);
	assert_int_equal(rd_u16be(&r), 0x1234);
	assert_int_equal(rd_u32le(&r), 0x12345678);
	assert_int_equal(rd_u32be(&r), 0x12345678);
	assert_true(rd_u64le(&r) == 0x123456789abcdef0);
	assert_true(rd_u64be(&r) == 0x123456789abcdef0);
	rd_skip(&r, 3);
	assert_true(span_is(rd_take(&r, 1), "7") && rd_end(&r));
	put_u16le(fixed, 0x0201);
	put_u32le(fixed + 2, 0x06050403);
	assert_memory_equal(fixed, "\1\2\3\4\5\6", 6);
	put_u64be(fixed, 0x0102030405060708);
	assert_memory_equal(fixed, "\1\2\3\4\5\6\7\10", 8);
	put_u64le(fixed, 0x0807060504030201);
	assert_memory_equal(fixed, "\1\2\3\4\5\6\7\10", 8);
	put_u32be(fixed, 0x08070605);
	assert_memory_equal(fixed, "\10\7\6\5", 4);
}

static void
a_buffer_grows_from_nothing(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_cstr(&b), "");
	assert_int_equal(b.len, 0);
	buf_put(&b, (struct span){ 0 });
	for (int i = 0; i < 1000; i++)
		buf_text(&b, "0123456789");
	assert_int_equal(b.len, 10000);
	assert_int_equal(strlen(buf_cstr(&b)), 10000);
	buf_done(&b);
	assert_null(b.ptr);
	buf_done(&b);
}

static void
words_are_summed_with_their_carry(void **state)
{
	static const uint8_t words[] = { 0xff, 0xff, 0x02, 0x00, 0x01 };

	(void)state;
	assert_int_equal(span_sum16((struct span){ 0 }), 0);
	assert_int_equal(span_sum16((struct span){ words, 2 }), 0xffff);
	assert_int_equal(span_sum16((struct span){ words, 4 }), 2);
	assert_int_equal(span_sum16(SPAN(words)), 3);
}

static void
words_are_taken_together_by_exclusive_or(void **state)
{
	static const uint8_t words[] = { 1, 2, 3, 4, 0x10, 0x20, 0x30, 0x40,
		4, 0, 0, 0x80, 9, 9, 9 };
	struct span s = SPAN(words);

	(void)state;
	assert_int_equal(span_xor32((struct span){ 0 }), 0);
	for (size_t len = 0; len <= sizeof(words); len++) {
		struct reader r = rd_open((struct span){ words, len });
		uint32_t sum = 0;

		while (rd_left(&r) >= 4)
			sum ^= rd_u32le(&r);
		assert_int_equal(span_xor32((struct span){ words, len }), sum);
	}
	assert_int_equal(span_xor32(s), 0xc4332215);
	assert_int_equal(span_xor32(span_from(s, 1)), 0x1dc43322);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_span_is_cut_only_inside),
		TEST(spans_compare_bytewise),
		TEST(what_is_sought_is_found_once),
		TEST(lines_and_parts_come_one_by_one),
		TEST(numbers_are_read_in_both_orders),
		TEST(a_read_past_the_end_is_zero_and_for_good),
		TEST(every_prefix_of_a_string_is_bad),
		TEST(what_is_written_is_read_back),
		TEST(a_buffer_grows_from_nothing),
		TEST(words_are_summed_with_their_carry),
		TEST(words_are_taken_together_by_exclusive_or),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
