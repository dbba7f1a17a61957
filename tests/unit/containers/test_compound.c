/* Compound files: what is written is read, and what is broken is refused. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/compound.h"
#include "test.h"

struct fixture {
	struct arena	*arena;
	struct err	 err;
	uint8_t		*bytes;
};

static struct fixture
fixture_new(void)
{
	return (struct fixture){ .arena = arena_new((size_t)512 << 20) };
}

static void
fixture_done(struct fixture *f)
{
	free(f->bytes);
	arena_free(f->arena);
}
#define FIXTURE(f)							\
	CLEANUP(fixture_done) struct fixture f = fixture_new();		\
	(void)state

static struct span
wide(struct fixture *f, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span out;

	assert_true(text_to_utf16(span_text(text), &b) &&
	    arena_copy(f->arena, buf_span(&b), &out));
	return out;
}

/* len bytes that differ from those of another stream. */
static struct rope
contents(struct fixture *f, size_t len, uint8_t first)
{
	uint8_t *bytes = arena_alloc(f->arena, len + 1);
	struct rope out;

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(first + i * 7 + i / 251);
	assert_ok(rope_bytes(f->arena, (struct span){ bytes, len }, &out,
	    &f->err), &f->err);
	return out;
}

/* A root with room for so many entries. */
static struct compound
compound_new(struct fixture *f, unsigned version, size_t room)
{
	struct compound c = { .version = version, .count = 1,
	    .entries = ARENA_ARRAY(f->arena, struct compound_entry,
	    room + 1) };

	assert_non_null(c.entries);
	c.entries[0] = (struct compound_entry){ .kind = COMPOUND_ROOT,
	    .name = wide(f, "Root Entry"), .class = { 1, 2, 3 },
	    .state = 7, .modified = 9, .first = 1 };
	return c;
}

static struct compound_entry *
entry_put(struct compound *c, size_t parent, enum compound_kind kind,
    struct span name)
{
	struct compound_entry *x = &c->entries[c->count++];

	*x = (struct compound_entry){ .kind = kind, .name = name,
	    .parent = parent };
	c->entries[parent].count++;
	return x;
}

static void
same_entries(struct fixture *f, const struct compound *a,
    const struct compound *b)
{
	bool same;

	assert_int_equal(a->version, b->version);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct compound_entry *x = &a->entries[i];
		const struct compound_entry *y = &b->entries[i];

		assert_int_equal(x->kind, y->kind);
		assert_span_equal(x->name, y->name);
		assert_memory_equal(x->class, y->class, sizeof(x->class));
		assert_int_equal(x->state, y->state);
		assert_int_equal(x->created, y->created);
		assert_int_equal(x->modified, y->modified);
		assert_int_equal(x->parent, y->parent);
		assert_int_equal(x->count, y->count);
		if (x->count > 0)
			assert_int_equal(x->first, y->first);
		assert_ok(rope_same(&x->contents, &y->contents, &same,
		    &f->err), &f->err);
		assert_true(same);
	}
}

static struct rope
written(struct fixture *f, const struct compound *c)
{
	struct rope out;

	assert_ok(compound_write(c, NULL, 0, f->arena, &out, &f->err),
	    &f->err);
	assert_int_equal(out.len % (c->version == 3 ? 512 : 4096), 0);
	return out;
}

/* Written, read, written again: the same bytes. */
static struct compound
round_trip(struct fixture *f, const struct compound *c)
{
	struct rope file = written(f, c), again;
	struct compound out;
	bool same;

	assert_ok(compound_read(&file, f->arena, &out, &f->err), &f->err);
	same_entries(f, c, &out);
	again = written(f, &out);
	assert_ok(rope_same(&file, &again, &same, &f->err), &f->err);
	assert_true(same);
	return out;
}

static void
streams_of_all_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 63, 64, 65, 511, 512, 513, 4095,
	    4096, 4097, 8191, 8192, 8193 };

	for (unsigned version = 3; version <= 4; version++)
		for (size_t only = 0; only <= COUNT(sizes); only++) {
			FIXTURE(f);
			struct compound c = compound_new(&f, version,
			    COUNT(sizes));

			for (size_t i = 0; i < COUNT(sizes); i++) {
				char name[] = { (char)('a' + i), 0 };
				if (only < COUNT(sizes) && only != i)
					continue;
				entry_put(&c, 0, COMPOUND_STREAM,
				    wide(&f, name))->contents =
				    contents(&f, sizes[i], (uint8_t)i);
			}
			round_trip(&f, &c);
		}
}

/* The shape of a tree and the size of a directory change with the number. */
static void
any_number_of_streams(void **state)
{
	for (size_t n = 0; n < 70; n++) {
		FIXTURE(f);
		struct compound c = compound_new(&f, 3 + n % 2, n);

		for (size_t i = 0; i < n; i++)
			entry_put(&c, 0, COMPOUND_STREAM, wide(&f,
			    arena_printf(f.arena, "s%02zu", i)))->contents =
			    contents(&f, i * 40, (uint8_t)n);
		round_trip(&f, &c);
	}
}

static void
thousands_of_streams(void **state)
{
	FIXTURE(f);
	struct compound c = compound_new(&f, 3, 9000), out;

	for (size_t i = 0; i < 9000; i++)
		entry_put(&c, 0, COMPOUND_STREAM, wide(&f, arena_printf(
		    f.arena, "s%05zu", i)))->contents =
		    contents(&f, i % 200, (uint8_t)i);
	out = round_trip(&f, &c);
	assert_int_equal(compound_find(&out, wide(&f, "s04711")), 4712);
	assert_int_equal(compound_find(&out, wide(&f, "s09000")), SIZE_MAX);
}

/* 109 sectors of the FAT are in the header: 6.8 MiB; then 127 for each. */
static void
tables_past_the_header(void **state)
{
	static const size_t edge = (size_t)109 * 128 * 512;
	const size_t sizes[] = { edge - 113 * 512, edge - 112 * 512,
	    edge - 111 * 512, edge - 110 * 512, edge + edge / 5 * 6,
	    edge * 3 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		FIXTURE(f);
		struct compound c = compound_new(&f, 3, 1), out;

		entry_put(&c, 0, COMPOUND_STREAM, wide(&f, "big"))->contents =
		    contents(&f, sizes[i], 1);
		out = round_trip(&f, &c);
		/* Sectors that follow each other are one extent. */
		assert_int_equal(out.entries[1].contents.count, 1);
		c.version = 4;
		round_trip(&f, &c);
	}
}

static struct compound
deep(struct fixture *f, size_t depth)
{
	struct compound c = compound_new(f, 3, depth + 1);

	for (size_t i = 0; i < depth; i++) {
		struct compound_entry *x = entry_put(&c, i, COMPOUND_STORAGE,
		    wide(f, "in"));

		x->class[3] = (uint8_t)i;
		x->state = (uint32_t)i;
		x->created = i * 3;
		x->modified = i * 5;
		x->first = i + 2;
	}
	entry_put(&c, depth, COMPOUND_STREAM, wide(f, "in"))->contents =
	    contents(f, 100, 1);
	return c;
}

static void
storages_in_storages(void **state)
{
	FIXTURE(f);
	struct compound c = deep(&f, LIMIT_COMPOUND_DEPTH - 1), out;
	struct rope file;

	round_trip(&f, &c);
	c = deep(&f, LIMIT_COMPOUND_DEPTH);
	file = written(&f, &c);
	assert_false(compound_read(&file, f.arena, &out, &f.err));
	assert_err(&f.err, ERR_COMPOUND_DIRECTORY);
}

static void
names_are_ordered_by_length_and_upper_case(void **state)
{
	static const char *const names[] = { "B", "c", "D", "Z_", "aA", "aab",
	    "AAC", "\xc3\xa4x1", "\xc3\x84y1" };
	FIXTURE(f);

	assert_true(compound_order(wide(&f, "Z_"), wide(&f, "aA")) > 0);
	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t k = 0; k < COUNT(names); k++) {
			int order = compound_order(wide(&f, names[i]),
			    wide(&f, names[k]));

			if (i == k || (i > 2 && i < 5 && k > 2 && k < 5))
				continue;
			assert_int_equal(order < 0, i < k);
			assert_int_equal(order > 0, i > k);
		}
	assert_int_equal(compound_order(wide(&f, "aZ"), wide(&f, "Az")), 0);
	assert_int_equal(compound_order(wide(&f, "\xc3\xa4"),
	    wide(&f, "\xc3\x84")), 0);
}

/* ---- changes */

static struct compound
three(struct fixture *f)
{
	struct compound c = compound_new(f, 3, 5);
	struct compound_entry *x;

	entry_put(&c, 0, COMPOUND_STREAM, wide(f, "b"))->contents =
	    contents(f, 5000, 1);
	x = entry_put(&c, 0, COMPOUND_STORAGE, wide(f, "d"));
	x->first = 4;
	entry_put(&c, 0, COMPOUND_STREAM, wide(f, "f"))->contents =
	    contents(f, 50, 2);
	entry_put(&c, 2, COMPOUND_STREAM, wide(f, "f"))->contents =
	    contents(f, 20, 3);
	return c;
}

static void
changes_are_made_in_order(void **state)
{
	FIXTURE(f);
	struct compound c = three(&f), out;
	const struct compound_change changes[] = {
		{ .stream = SIZE_MAX, .name = wide(&f, "g"),
		    .contents = contents(&f, 9, 4) },
		{ .stream = 1, .contents = contents(&f, 1, 5) },
		{ .stream = 3, .gone = true },
		{ .stream = SIZE_MAX, .name = wide(&f, "C"),
		    .contents = contents(&f, 8000, 6) },
		{ .stream = SIZE_MAX, .name = wide(&f, "f"),
		    .contents = contents(&f, 3, 7) },
		{ .stream = 4, .contents = contents(&f, 2, 8) },
	};
	static const struct { const char *name; size_t len; } want[] = {
		{ "Root Entry", 0 }, { "b", 1 }, { "C", 8000 }, { "d", 0 },
		{ "f", 3 }, { "g", 9 }, { "f", 2 } };
	struct rope file;

	assert_ok(compound_write(&c, changes, COUNT(changes), f.arena, &file,
	    &f.err) && compound_read(&file, f.arena, &out, &f.err), &f.err);
	assert_int_equal(compound_count(&out), COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_span_equal(compound_name(&out, i),
		    wide(&f, want[i].name));
		assert_int_equal(compound_size(&out, i), want[i].len);
		assert_int_equal(compound_contents(&out, i)->len,
		    want[i].len);
	}
	assert_int_equal(out.entries[6].parent, 3);
	assert_int_equal(out.entries[0].count, 5);
	assert_int_equal(out.entries[3].first, 6);
	assert_int_equal(compound_class(&out).ptr[2], 3);
}

static void
names_that_cannot_be_added(void **state)
{
	FIXTURE(f);
	struct compound c = three(&f);
	const struct span names[] = { wide(&f, "B"), wide(&f, "d"), { 0 },
	    { (const uint8_t *)"abc", 3 }, { (const uint8_t *)"a\0\0\0", 4 },
	    wide(&f, "12345678901234567890123456789012") };
	struct rope file;

	for (size_t i = 0; i < COUNT(names); i++) {
		struct compound_change x = { .stream = SIZE_MAX,
		    .name = names[i] };

		assert_false(compound_write(&c, &x, 1, f.arena, &file,
		    &f.err));
		assert_err(&f.err, ERR_COMPOUND_DIRECTORY);
	}
}

static void
two_gigabytes_are_the_most(void **state)
{
	FIXTURE(f);
	struct compound c = compound_new(&f, 3, 2);
	struct rope piece = contents(&f, 1 << 20, 1), file;
	struct rope *pieces = ARENA_ARRAY(f.arena, struct rope, 2048);

	for (size_t i = 0; i < 2048; i++)
		pieces[i] = piece;
	entry_put(&c, 0, COMPOUND_STREAM, wide(&f, "a"));
	assert_ok(rope_join(f.arena, pieces, 2048, &c.entries[1].contents,
	    &f.err), &f.err);
	assert_false(compound_write(&c, NULL, 0, f.arena, &file, &f.err));
	assert_err(&f.err, ERR_COMPOUND_LIMIT);
	/* The streams fit, the table of their sectors does not. */
	assert_ok(rope_join(f.arena, pieces, 2047, &c.entries[1].contents,
	    &f.err), &f.err);
	assert_false(compound_write(&c, NULL, 0, f.arena, &file, &f.err));
	assert_err(&f.err, ERR_COMPOUND_LIMIT);
	c.version = 4;
	assert_false(compound_write(&c, NULL, 0, f.arena, &file, &f.err));
	assert_err(&f.err, ERR_COMPOUND_LIMIT);
	assert_ok(rope_join(f.arena, pieces, 2030, &c.entries[1].contents,
	    &f.err), &f.err);
	assert_ok(compound_write(&c, NULL, 0, f.arena, &file, &f.err),
	    &f.err);
}

/* ---- what is broken */

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
		TEST(streams_of_all_sizes),
		TEST(any_number_of_streams),
		TEST(thousands_of_streams),
		TEST(tables_past_the_header),
		TEST(storages_in_storages),
		TEST(names_are_ordered_by_length_and_upper_case),
		TEST(changes_are_made_in_order),
		TEST(names_that_cannot_be_added),
		TEST(two_gigabytes_are_the_most),
		TEST(each_prefix_is_refused),
		TEST(damage_is_refused),
		TEST(oddities_are_read_and_not_written),
		TEST(siblings_in_any_order),
		TEST(only_zeros_may_follow),
		TEST(too_many_entries_are_refused),
		TEST(the_first_bytes_tell),
	};

	return cmocka_run_group_tests_name("compound", tests, NULL, NULL);
}
