/*
 * msi: names of streams, the string pool, tables; every prefix of a package is
 * refused, kept sees each bit; sizes and sums follow the contents. (60-msi.sh
 * judges packages of other programs, and hostile ones.)
 */
#include "containers/msi.h"
#include "crypto/md5.h"
#include "world.h"

/* ---- names of streams */

static struct buf
encoded(const char *name, bool table)
{
	struct buf out = { 0 };
	struct err e;

	assert_ok(msi_name_encode(SPAN_TEXT(name), table, &out, &e), &e);
	return out;
}

static void
names_are_packed_in_pairs(void **state)
{
	static const uint16_t pool[] = { 0x4840, 0x3f3f, 0x4577, 0x446c,
		0x3e6a, 0x44b2, 0x482f };
	CLEANUP(buf_done) struct buf name = encoded("_StringPool", true);
	CLEANUP(buf_done) struct buf mixed = encoded("a b", false);
	struct reader r = rd_open(buf_span(&name));

	(void)state;
	for (size_t i = 0; i < COUNT(pool); i++)
		assert_int_equal(rd_u16le(&r), pool[i]);
	assert_true(rd_end(&r));
	r = rd_open(buf_span(&mixed));
	assert_int_equal(rd_u16le(&r), 0x4800 + 36);
	assert_int_equal(rd_u16le(&r), ' ');
	assert_int_equal(rd_u16le(&r), 0x4800 + 37);
	assert_true(rd_end(&r));
}

static void
names_come_back(void **state)
{
	static const char *const names[] = { "0", "zz", "app.cab", "a-b-c",
		"Binary.Custom_Action", "\xc3\xa4\xe2\x82\xac", "x y z" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		CLEANUP(buf_done) struct buf name = encoded(names[i], false);
		CLEANUP(buf_done) struct buf table = encoded(names[i], true);
		CLEANUP(buf_done) struct buf back = { 0 };
		CLEANUP(buf_done) struct buf marked = { 0 };

		msi_name_decode(buf_span(&name), &back);
		assert_string_equal(buf_cstr(&back), names[i]);
		msi_name_decode(buf_span(&table), &marked);
		assert_string_equal(buf_cstr(&marked) + 1, names[i]);
		assert_int_equal(marked.ptr[0], '!');
	}
}

static void
names_that_read_back_otherwise_are_refused(void **state)
{
	static const char *const names[] = { "", "\x01", "\xff",
		"\xe3\xa0\x80" /* U+3800 */, "\xe4\xa1\x80" /* U+4840 */,
		"\xe4\x9f\xbf" /* U+47FF */,
		/* 32 units; 31 fit. */
		"--------------------------------" };
	CLEANUP(buf_done) struct buf out = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		out.len = 0;
		assert_false(msi_name_encode(SPAN_TEXT(names[i]), false,
		    &out, &e));
		assert_err(&e, ERR_MSI_NAME);
	}
	out.len = 0;
	assert_ok(msi_name_encode(SPAN_TEXT("-------------------------------"),
	    false, &out, &e), &e);
	assert_int_equal(out.len, 62);
}

/* ---- the string pool */

static bool
pool_read(struct arena *a, const char *pool, const char *data,
    struct msi_strings *out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = unhex_text(pool);
	CLEANUP(free_done) uint8_t *p = exact(buf_span(&bytes));
	struct span kept = { 0 };

	assert_true(arena_copy(a, SPAN_TEXT(data), &kept));
	return msi_strings_read((struct span){ p, bytes.len }, kept, a, out,
	    e);
}

static void
strings_have_numbers(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct msi_strings s;
	struct err e;

	(void)state;
	/* Number 2 is not used; 4 is number 1 once more. */
	assert_ok(pool_read(a, "e9fd0080 03000200 00000000 04000700 03000100",
	    "FooQuuxFoo", &s, &e), &e);
	assert_int_equal(s.code_page, 65001);
	assert_int_equal(s.width, 3);
	assert_int_equal(s.count, 5);
	assert_true(span_is(s.items[1], "Foo"));
	assert_true(span_is(s.items[2], ""));
	assert_true(span_is(s.items[3], "Quux"));
	assert_true(span_is(s.items[4], "Foo"));
	assert_int_equal(s.first[1], 1);
	assert_int_equal(s.first[4], 1);
	assert_int_equal(s.first[3], 3);
	assert_ok(pool_read(a, "00000000", "", &s, &e), &e);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.width, 2);
}

static void
pools_that_lie_are_refused(void **state)
{
	static const struct { const char *pool, *data; } rows[] = {
		{ "e9fd00", "" }, { "", "" },
		{ "e9fd0000 0300", "Foo" },		/* half a record */
		{ "e9fd0000 04000100", "Foo" },		/* too long */
		{ "e9fd0000 02000100", "Foo" },		/* too short */
		{ "e9fd0000 00000100", "" },		/* long, cut */
		{ "e9fd0000 00000100 ffffffff", "Foo" },
		{ "e9fd0000", "Foo" },
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct msi_strings s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(pool_read(a, rows[i].pool, rows[i].data, &s,
		    &e));
		assert_err(&e, ERR_MSI_STRINGS);
	}
}

/* "x" * 65539, "yz": both orders of the words of a long string are read. */
static void
long_strings_are_read_either_way(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(free_done) char *data = xcalloc(1, 65539 + 3);
	struct msi_strings s;
	struct err e;

	(void)state;
	memset(data, 'x', 65539);
	memcpy(data + 65539, "yz", 2);
	assert_ok(pool_read(a, "00000000 00000700 03000100 02000100", data,
	    &s, &e), &e);
	assert_int_equal(s.items[1].len, 65539);
	assert_true(span_is(s.items[2], "yz"));
	assert_ok(pool_read(a, "00000000 00000100 03000700 02000100", data,
	    &s, &e), &e);
	assert_int_equal(s.items[1].len, 65539);
	/* Both words are 1: either order gives the same sum. */
	assert_false(pool_read(a, "00000000 00000100 03000100 02000100", data,
	    &s, &e));
	assert_err(&e, ERR_MSI_STRINGS);
}

static void
text_becomes_utf8(void **state)
{
	static const struct {
		unsigned code_page;
		const char *stored, *utf8;
	} rows[] = {
		{ 0, "plain", "plain" }, { 932, "plain", "plain" },
		{ 1252, "\xe4\x80", "\xc3\xa4\xe2\x82\xac" },
		{ 65001, "\xc3\xa4", "\xc3\xa4" },
		{ 65001, "\xe4", NULL }, { 0, "\xe4", NULL },
		{ 932, "\x93\xfa", NULL },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct msi_strings s = { .code_page = rows[i].code_page };
		CLEANUP(buf_done) struct buf out = { 0 };
		bool good = msi_utf8(&s, SPAN_TEXT(rows[i].stored), &out, &e);

		assert_int_equal(good, rows[i].utf8 != NULL);
		if (good)
			assert_string_equal(buf_cstr(&out), rows[i].utf8);
		else
			assert_err(&e, ERR_MSI_CODE_PAGE);
	}
}

/* ---- a whole package: a seed of the fuzzer */

static int
setup(void **state)
{
	struct world *w = world_new("msi");
	char path[1024];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/msi_container/plain",
	    getenv("SOURCE"));
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	uint8_t *bytes = arena_alloc(w->arena, 64 * KIB);
	size_t len = fread(bytes, 1, 64 * KIB, f);
	fclose(f);
	sample_set(w, rope_of(w, (struct span){ bytes, len }));
	*state = w;
	return 0;
}

/* The contents of an entry after it was changed, and what the table says. */
static void
sizes_and_sums_follow(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 0, "other contents");
	struct md5_hex sum;
	struct listing after;
	struct rope out, now;
	uint8_t bytes[16];
	size_t index = 0;

	assert_ok(rebuild(w, &w->listing, &c, 1, &out) &&
	    list(w, &out, &after) && contents(w, &after, 0, &now) &&
	    md5_rope(&now, &sum, &w->err), &w->err);
	assert_true(span_is(flat(w, &now), "other contents"));
	const struct msi *m = after.own;
	assert_int_equal(msi_number(&m->file, 0, m->in.size), 14);
	assert_true(text_unhex(SPAN_TEXT(sum.text), bytes, 16));
	struct reader r = rd_open(SPAN(bytes));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(msi_number(&m->hash, m->sources[0].hash,
		    m->hash_parts[i]), (int32_t)rd_u32le(&r));
	assert_ok(kept(w, &w->listing, &after, &index, 1), &w->err);
	assert_false(kept(w, &w->listing, &after, NULL, 0));
	assert_err(&w->err, ERR_MSI_CHANGED);
}

/* What the writer would have to get wrong for kept to see it. */
static void
a_wrong_size_or_sum_is_not_kept(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 0, "other contents");
	struct listing after;
	struct rope out;
	size_t index = 0;

	assert_ok(rebuild(w, &w->listing, &c, 1, &out) &&
	    list(w, &out, &after), &w->err);
	struct msi *m = after.own;
	const struct { struct msi_table *t; size_t row, column; } cells[] = {
		{ &m->file, 0, m->in.size }, { &m->file, 1, m->in.size },
		{ &m->file, 0, m->in.sequence }, { &m->file, 0, m->in.name },
		{ &m->hash, m->sources[0].hash, m->hash_parts[0] },
		{ &m->hash, m->sources[0].hash, m->hash_parts[3] },
		{ &m->hash, m->sources[0].hash == 0, m->hash_parts[0] },
		{ &m->hash, m->sources[0].hash, 0 },
	};
	for (size_t i = 0; i < COUNT(cells); i++) {
		struct span was = cells[i].t->bytes;
		CLEANUP(free_done) uint8_t *bytes = exact(was);

		bytes[msi_cell_at(cells[i].t, cells[i].row,
		    cells[i].column)] ^= 1;
		cells[i].t->bytes.ptr = bytes;
		assert_false(kept(w, &w->listing, &after, &index, 1));
		assert_err(&w->err, ERR_MSI_CHANGED);
		cells[i].t->bytes = was;
	}
	assert_ok(kept(w, &w->listing, &after, &index, 1), &w->err);
}

/* Whether a bit that differs is taken by the reader, but not by kept. */
static bool
flip_is_seen(struct world *w, size_t bit)
{
	CLEANUP(free_done) uint8_t *bytes = flipped(flat(w, &w->file), bit);
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	struct world v = *w;
	struct listing l;

	v.arena = a;
	struct rope file = rope_of(&v, (struct span){ bytes, w->file.len });
	if (!list(&v, &file, &l))
		return false;
	assert_false(kept(&v, &w->listing, &l, NULL, 0));
	assert_int_equal(v.err.what->kind, ERR_KIND_ALARM);
	return true;
}

static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;
	size_t seen = 0;

	for (size_t i = 0; i < w->file.len * 8; i++)
		seen += flip_is_seen(w, i);
	assert_true(seen > w->file.len);
}

static void
nothing_new_finds_a_place(void **state)
{
	struct world *w = *state;
	struct change c = new_entry(w, "new.p7s", SPAN_TEXT("x"));
	struct rope out;

	assert_false(rebuild(w, &w->listing, &c, 1, &out));
	assert_err(&w->err, ERR_MSI_NEW);
}

/* A rope of one byte, over and over: more than two bytes can say. */
static void
a_narrow_column_has_its_limit(void **state)
{
	struct world *w = *state;
	struct msi *m = w->listing.own;
	struct msi_column *size = &m->file.columns[m->in.size];
	struct change c = { .index = 0 };
	struct rope out;

	uint8_t *bytes = arena_alloc(w->arena, 40000);
	c.contents = rope_of(w, (struct span){ bytes, 40000 });
	size->width = 2;
	assert_false(rebuild(w, &w->listing, &c, 1, &out));
	assert_err(&w->err, ERR_MSI_LIMIT);
	size->width = 4;
	assert_ok(rebuild(w, &w->listing, &c, 1, &out), &w->err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_packed_in_pairs),
		TEST(names_come_back),
		TEST(names_that_read_back_otherwise_are_refused),
		TEST(strings_have_numbers),
		TEST(pools_that_lie_are_refused),
		TEST(long_strings_are_read_either_way),
		TEST(text_becomes_utf8),
		WORLD(every_prefix_is_refused),
		WORLD(sizes_and_sums_follow),
		WORLD(a_wrong_size_or_sum_is_not_kept),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(nothing_new_finds_a_place),
		WORLD(a_narrow_column_has_its_limit),
		WORLD(limits_hold),
	};

	return cmocka_run_group_tests_name("msi", tests, NULL, NULL);
}
