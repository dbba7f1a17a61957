/* Compound files that are broken are refused, odd ones are read. */
#include <string.h>

#include "base/limits.h"
#include "compound_world.h"

/*
 * three() as bytes: b in sectors 0 to 9, the mini stream in 10, mini FAT 11,
 * directory 12 and 13, FAT 14.
 */
enum { STREAM = 512, MINI_FAT = 512 * 12, DIRECTORY = 512 * 13,
    FAT = 512 * 15, END = 512 * 16 };

static struct buf
three_bytes(struct fixture *f)
{
	struct compound c = three(f);
	struct rope file = written(f, &c);
	struct buf out = { 0 };
	struct span all;

	assert_int_equal(file.len, END);
	assert_ok(rope_view(f->arena, &file, 0, file.len, &all, &f->err),
	    &f->err);
	buf_put(&out, all);
	return out;
}

static bool
read_bytes(struct fixture *f, struct span bytes, struct compound *out)
{
	struct rope file;

	free(f->bytes);
	f->bytes = exact(bytes);
	assert_ok(rope_bytes(f->arena, (struct span){ f->bytes, bytes.len },
	    &file, &f->err), &f->err);
	return compound_read(&file, f->arena, out, &f->err);
}

static void
each_prefix_is_refused(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = three_bytes(&f);
	struct compound out;

	for (size_t n = 0; n < b.len; n++) {
		assert_false(read_bytes(&f, (struct span){ b.ptr, n }, &out));
		if (n % 512 == 0)
			assert_true(err_is(&f.err, ERR_COMPOUND_TRUNCATED) ||
			    err_is(&f.err, ERR_COMPOUND_CHAIN));
	}
}

/* Directory entries: 0 root, 1 "b", 2 "d", 3 "f", 4 "f" of "d". */
#define ENTRY(n, at)	(DIRECTORY + 128 * (n) + (at))

static const struct {
	size_t		at;
	uint32_t	value;
	enum err_code	want;
} damage[] = {
	{ 0, 0x12345678, ERR_COMPOUND_HEADER },
	{ 26, 0xfffe0005, ERR_COMPOUND_HEADER },
	{ 26, 0xfffe0004, ERR_COMPOUND_HEADER },	/* sectors of 512 */
	{ 28, 0x0009feff, ERR_COMPOUND_HEADER },
	{ 30, 0x0006000c, ERR_COMPOUND_HEADER },
	{ 32, 7, ERR_COMPOUND_HEADER },
	{ 56, 512, ERR_COMPOUND_HEADER },
	{ 44, 0xffffffff, ERR_COMPOUND_TRUNCATED },
	{ 44, 0, ERR_COMPOUND_CHAIN },
	{ 44, 2, ERR_COMPOUND_TRUNCATED },
	{ 48, 99, ERR_COMPOUND_CHAIN },
	{ 48, 0xfffffffe, ERR_COMPOUND_DIRECTORY },
	{ 48, 14, ERR_COMPOUND_CHAIN },		/* the FAT is taken */
	{ 60, 12, ERR_COMPOUND_CHAIN },
	{ 76, 99, ERR_COMPOUND_TRUNCATED },
	{ 76, 0, ERR_COMPOUND_CHAIN },
	/* A chain that goes round, ends early or joins another. */
	{ FAT + 4 * 9, 0, ERR_COMPOUND_CHAIN },
	{ FAT + 4 * 9, 9, ERR_COMPOUND_CHAIN },
	{ FAT + 4 * 9, 10, ERR_COMPOUND_CHAIN },
	{ FAT + 4 * 8, 0xfffffffe, ERR_COMPOUND_CHAIN },
	{ FAT + 4 * 8, 0xffffffff, ERR_COMPOUND_CHAIN },
	{ FAT + 4 * 13, 12, ERR_COMPOUND_CHAIN },
	{ FAT + 4 * 12, 0xfffffffe, ERR_COMPOUND_DIRECTORY },
	{ MINI_FAT, 0, ERR_COMPOUND_CHAIN },
	{ MINI_FAT, 1, ERR_COMPOUND_CHAIN },
	{ MINI_FAT, 0xffffffff, ERR_COMPOUND_CHAIN },
	/* Contents. */
	{ ENTRY(1, 120), 6000, ERR_COMPOUND_CHAIN },
	{ ENTRY(1, 120), 3000, ERR_COMPOUND_CHAIN },
	{ ENTRY(1, 116), 10, ERR_COMPOUND_CHAIN },
	{ ENTRY(3, 116), 1, ERR_COMPOUND_CHAIN },
	{ ENTRY(3, 120), 65, ERR_COMPOUND_CHAIN },
	{ ENTRY(0, 120), 1024, ERR_COMPOUND_CHAIN },
	{ ENTRY(0, 120), 64, ERR_COMPOUND_CHAIN },
	{ ENTRY(0, 120), 0, ERR_COMPOUND_CHAIN },
	/* Names and kinds. */
	{ ENTRY(0, 64), 0x01020016, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01050004, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01000004, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01020003, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01020002, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01020000, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01020044, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 64), 0x01020006, ERR_COMPOUND_DIRECTORY },	/* NUL */
	{ ENTRY(1, 0), 'F', ERR_COMPOUND_DIRECTORY },	/* twice */
	/* The tree. */
	{ ENTRY(0, 76), 0, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(0, 76), 99, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(0, 76), 6, ERR_COMPOUND_DIRECTORY },	/* not in use */
	{ ENTRY(2, 76), 2, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(2, 76), 0, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 68), 1, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 68), 3, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(1, 72), 2, ERR_COMPOUND_DIRECTORY },
	{ ENTRY(3, 72), 1, ERR_COMPOUND_DIRECTORY },
};

static void
damage_is_refused(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = three_bytes(&f);
	struct compound out;

	for (size_t i = 0; i < COUNT(damage); i++) {
		uint8_t old[4];

		memcpy(old, b.ptr + damage[i].at, 4);
		put_u32le(b.ptr + damage[i].at, damage[i].value);
		if (read_bytes(&f, buf_span(&b), &out))
			fail_msg("damage %zu passes", i);
		if (!err_is(&f.err, damage[i].want))
			fail_msg("damage %zu: %s: %s", i, f.err.what->code,
			    f.err.text);
		memcpy(b.ptr + damage[i].at, old, 4);
	}
	assert_ok(read_bytes(&f, buf_span(&b), &out), &f.err);
}

/* What real writers leave: it is read, and gone when written. */
static const struct {
	size_t		at;
	uint32_t	value;
} oddity[] = {
	{ 24, 0x00030021 },			/* another minor version */
	{ 40, 2 },				/* sectors of the directory */
	{ 52, 77 },				/* transaction */
	{ MINI_FAT - 8, 0x11111111 },		/* behind the mini stream */
	{ STREAM + 5000, 0x11111111 },		/* behind a stream */
	{ FAT + 512 - 4, 0xfffffffe },		/* past the end of the file */
	{ ENTRY(0, 100), 5 },			/* creation of the root */
	{ ENTRY(1, 124), 0x11111111 },		/* half of a size */
	{ ENTRY(1, 76), 0 },			/* child of a stream */
	{ ENTRY(5, 0), 0x11111111 },		/* not in use */
	{ ENTRY(2, 64), 0x00010004 },		/* colour */
};

static void
oddities_are_read_and_not_written(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = three_bytes(&f);
	struct compound want = three(&f), out;
	struct rope first = written(&f, &want), now;
	bool same;

	for (size_t i = 0; i < COUNT(oddity); i++) {
		put_u32le(b.ptr + oddity[i].at, oddity[i].value);
		assert_ok(read_bytes(&f, buf_span(&b), &out), &f.err);
		same_entries(&f, &want, &out);
		now = written(&f, &out);
		assert_ok(rope_same(&first, &now, &same, &f.err), &f.err);
		assert_true(same);
	}
}

/* A tree that is a list, in any order, is put in order. */
static void
siblings_in_any_order(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = three_bytes(&f);
	struct compound want = three(&f), out;

	put_u32le(b.ptr + ENTRY(0, 76), 3);
	put_u32le(b.ptr + ENTRY(3, 72), 1);
	put_u32le(b.ptr + ENTRY(1, 72), 2);
	put_u32le(b.ptr + ENTRY(2, 68), 0xffffffff);
	put_u32le(b.ptr + ENTRY(2, 72), 0xffffffff);
	assert_ok(read_bytes(&f, buf_span(&b), &out), &f.err);
	same_entries(&f, &want, &out);
}

static void
only_zeros_may_follow(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = three_bytes(&f);
	struct compound want = three(&f), out;

	buf_zero(&b, 700);
	assert_ok(read_bytes(&f, buf_span(&b), &out), &f.err);
	same_entries(&f, &want, &out);
	buf_u8(&b, 1);
	assert_false(read_bytes(&f, buf_span(&b), &out));
	assert_err(&f.err, ERR_COMPOUND_TRAILING);
}

static void
too_many_entries_are_refused(void **state)
{
	FIXTURE(f);
	struct compound c = compound_new(&f, 4, LIMIT_ENTRIES), out;
	struct rope file;

	for (size_t i = 0; i < LIMIT_ENTRIES; i++)
		entry_put(&c, 0, COMPOUND_STREAM, wide(&f, arena_printf(
		    f.arena, "s%06zu", i)));
	file = written(&f, &c);
	assert_false(compound_read(&file, f.arena, &out, &f.err));
	assert_err(&f.err, ERR_LIMIT_ENTRIES);
}

static void
the_first_bytes_tell(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = three_bytes(&f);
	struct span class;

	assert_true(compound_probe(buf_span(&b)));
	assert_false(compound_probe((struct span){ b.ptr, 7 }));
	assert_true(compound_root_class(buf_span(&b), &class));
	assert_span_equal(class, SPAN(((uint8_t[16]){ 1, 2, 3 })));
	for (size_t n = 0; n < ENTRY(0, 96); n++)
		assert_false(compound_root_class((struct span){ b.ptr, n },
		    &class));
	b.ptr[0] = 0;
	assert_false(compound_probe(buf_span(&b)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_prefix_is_refused),
		TEST(damage_is_refused),
		TEST(oddities_are_read_and_not_written),
		TEST(siblings_in_any_order),
		TEST(only_zeros_may_follow),
		TEST(too_many_entries_are_refused),
		TEST(the_first_bytes_tell),
	};

	return cmocka_run_group_tests_name("compound_read", tests, NULL,
	    NULL);
}
