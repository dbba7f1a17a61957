/* Compound files: what is written is read, and what is written has one form. */
#include "base/limits.h"
#include "compound_world.h"

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
	};

	return cmocka_run_group_tests_name("compound", tests, NULL, NULL);
}
