/*
 * zip: every prefix and every flipped byte of an archive is refused or gives
 * the same files; the writer and the comparison agree; offsets past 4 GiB.
 * (10-zip.sh judges archives of other programs.)
 */
#include "containers/zip.h"
#include "world.h"

/* An end record: an archive without entries. */
static const uint8_t nothing[22] = { 'P', 'K', 5, 6 };

static int
setup(void **state)
{
	static const char text[] = "name,value\n";
	static const char *const paths[] = { "a/one.txt", "two", "\xc3\xbc" };
	struct world *w = world_new("zip");
	struct change added[3];

	for (size_t i = 0; i < 3; i++)
		added[i] = new_entry(w, paths[i], (struct span){
		    (const uint8_t *)text, 3 + 4 * i });
	sample_set(w, made(w, "zip", SPAN(nothing), added, 3));
	*state = w;
	return 0;
}

static void
same_file(struct world *w, const struct listing *l, size_t i)
{
	assert_span_equal(l->entries[i].path, w->listing.entries[i].path);
	same_contents(w, l, i);
}

/* What may change unseen: versions, times, attributes. Never a file. */
static void
a_flipped_bit_never_changes_a_file(void **state)
{
	struct world *w = *state;

	assert_true(flips_refused(w, same_file) > w->file.len * 4);
}

static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;

	assert_true(flips_seen(w) > 100);
}

/*
 * Of a rebuilt archive every bit is what was there, follows from the contents,
 * or is fixed: in a changed entry and in a new one, in both their headers.
 */
static void
a_flipped_bit_of_a_rebuilt_one_is_never_kept(void **state)
{
	struct world *w = *state;
	struct change c[] = { new_contents(w, 1, "other"),
	    new_entry(w, "new", SPAN_TEXT("signature")) };
	size_t one = 1, compared = 0;
	struct listing l;
	struct rope out;

	assert_ok(rebuild(w, &w->listing, c, 2, &out), &w->err);
	struct span whole = flat(w, &out);
	assert_ok(list(w, &out, &l), &w->err);
	assert_ok(kept(w, &w->listing, &l, &one, 1), &w->err);
	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);

		if (!read_all(w, (struct span){ bytes, whole.len }, &l))
			continue;
		if (kept(w, &w->listing, &l, &one, 1))
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		compared++;
	}
	assert_true(compared > 100);
}

static void
nothing_is_copied_that_does_not_change(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 1, "other");
	struct span whole = flat(w, &w->file);
	struct rope out;

	assert_ok(rebuild(w, &w->listing, &c, 1, &out), &w->err);
	assert_true(borrowed(&out, whole) > 60);
	assert_true(out.count < 8);
}

/*
 * A stored entry of 5 GiB, in the middle: its sizes and the offsets behind it
 * need ZIP64, and keep the form with small contents. The data is a hole in a
 * file; CRC-32 of that many zeros is worked out once, by the writer.
 */
static void
what_is_past_four_gib_becomes_wide(void **state)
{
	struct world *w = *state;
	struct container_limits large = { 1000, 64 * GIB, 200 };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct change grow = { .index = 0 };
	struct change shrink = new_contents(w, 0, "small");
	struct listing wide, narrow;
	struct rope out, again;
	size_t changed = 0, other = 1;

	assert_int_equal(ftruncate(fd, 5LL << 30), 0);
	assert_ok(rope_file(w->arena, fd, 0, 5 * GIB, &grow.contents,
	    &w->err), &w->err);
	assert_ok(rebuild(w, &w->listing, &grow, 1, &out), &w->err);
	assert_true(out.len > 5 * GIB);
	assert_ok(list_with(w, &out, &large, &wide), &w->err);
	assert_int_equal(wide.entries[0].size, 5 * GIB);
	assert_ok(kept(w, &w->listing, &wide, &changed, 1), &w->err);
	assert_false(kept(w, &w->listing, &wide, &other, 1));
	assert_err(&w->err, ERR_ZIP_CHANGED);
	assert_ok(rebuild(w, &wide, &shrink, 1, &again), &w->err);
	assert_ok(list_with(w, &again, &large, &narrow), &w->err);
	assert_ok(kept(w, &wide, &narrow, &changed, 1), &w->err);
	assert_int_equal(narrow.entries[0].size, 5);
}

/* ---- a sift */

struct taste {
	bool	wants;
	size_t	seen;		/* bytes of the first look */
	size_t	looks;
};

static bool
taste(void *arg, struct span head)
{
	struct taste *t = arg;

	t->seen = head.len;
	t->looks++;
	return t->wants;
}

static bool
sift(struct world *w, const struct listing *l, size_t index, struct taste *t,
    struct rope *out, bool *wanted)
{
	const struct sift sift = { taste, t };

	return w->container->sift(l, index, &sift, w->arena, &w->spool, out,
	    wanted, &w->err);
}

#define LARGE	((size_t)70000)

static void
put_numbers(struct buf *b, uint32_t crc, size_t packed_size)
{
	buf_u16le(b, 20);			/* version, flags, method */
	buf_u16le(b, 0);
	buf_u16le(b, ZIP_DEFLATED);
	buf_u32le(b, 0x21);			/* 1980-01-01 */
	buf_u32le(b, crc);
	buf_u32le(b, (uint32_t)packed_size);
	buf_u32le(b, (uint32_t)LARGE);
	buf_u16le(b, 1);			/* name, extra field */
	buf_u16le(b, 0);
}

static void
put_directory(struct buf *b, uint32_t crc, size_t packed_size)
{
	size_t at = b->len;

	buf_text(b, "PK\1\2");
	buf_u16le(b, 20);
	put_numbers(b, crc, packed_size);
	buf_zero(b, 14);
	buf_u8(b, 'a');
	buf_text(b, "PK\5\6");
	buf_zero(b, 4);
	buf_u16le(b, 1);
	buf_u16le(b, 1);
	buf_u32le(b, 47);
	buf_u32le(b, (uint32_t)at);
	buf_u16le(b, 0);
}

/* An archive of one file that is packed, more than a first look sees. */
static struct listing
packed(struct world *w)
{
	CLEANUP(buf_done) struct buf b = { 0 }, large = { 0 };
	struct span bytes, copy;
	struct rope plain, out;
	struct listing l;
	uint32_t crc;

	for (size_t i = 0; i < LARGE; i++)
		buf_u8(&large, (uint8_t)('a' + i % 23));
	plain = rope_of(w, buf_span(&large));
	assert_ok(zip_crc(&plain, &crc, &w->err) && zip_deflate(&plain,
	    w->arena, &w->spool, &out, &w->err), &w->err);
	bytes = flat(w, &out);
	buf_text(&b, "PK\3\4");
	put_numbers(&b, crc, bytes.len);
	buf_u8(&b, 'a');
	buf_put(&b, bytes);
	put_directory(&b, crc, bytes.len);
	assert_true(arena_copy(w->arena, buf_span(&b), &copy));
	out = rope_of(w, copy);
	assert_ok(list(w, &out, &l), &w->err);
	return l;
}

static void
a_sift_keeps_what_is_wanted_and_nothing_else(void **state)
{
	struct world *w = *state;
	struct listing l = packed(w);
	struct rope plain, out;

	assert_ok(contents(w, &l, 0, &plain), &w->err);
	uint64_t before = w->spool.len;
	for (int wants = 0; wants < 2; wants++) {
		struct taste t = { .wants = wants };
		bool wanted, same;

		assert_ok(sift(w, &l, 0, &t, &out, &wanted), &w->err);
		assert_int_equal(t.looks, 1);
		assert_true(t.seen >= SIFT_HEAD);
		assert_int_equal(wanted, wants);
		assert_int_equal(w->spool.len - before, wants ? plain.len :
		    0);
		assert_int_equal(out.len, wants ? plain.len : 0);
		assert_ok(!wants || rope_same(&plain, &out, &same, &w->err),
		    &w->err);
		assert_true(!wants || same);
	}
}

/* Each bit of packed data that contents refuses is refused unwanted too. */
static void
a_sift_judges_what_is_not_wanted(void **state)
{
	struct world *w = *state;
	struct listing good = packed(w), l;
	struct span whole = flat(w, &good.file);
	size_t refused = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);
		struct rope file = rope_of(w, (struct span){ bytes,
		    whole.len }), out;
		struct taste t = { .wants = false };
		bool wanted;

		w->spool.len = 0;
		if (!list(w, &file, &l))
			continue;
		for (size_t k = 0; k < l.count; k++) {
			bool plain = contents(w, &l, k, &out);

			assert_int_equal(sift(w, &l, k, &t, &out, &wanted),
			    plain);
			refused += !plain;
		}
	}
	assert_true(refused > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_is_refused),
		WORLD(a_flipped_bit_never_changes_a_file),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(a_sift_keeps_what_is_wanted_and_nothing_else),
		WORLD(a_sift_judges_what_is_not_wanted),
		WORLD(a_flipped_bit_of_a_rebuilt_one_is_never_kept),
		WORLD(limits_hold),
		WORLD(nothing_is_copied_that_does_not_change),
		WORLD(what_is_past_four_gib_becomes_wide),
	};

	return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
