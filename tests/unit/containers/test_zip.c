/*
 * zip: every prefix and every flipped byte of an archive is refused or gives
 * the same files; the writer and the comparison agree; offsets past 4 GiB.
 * (10-zip.sh judges archives of other programs.)
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/containers.h"
#include "test.h"

static const struct container_limits limits = { 1000, 64 * MIB, 200 };
#define ZIP	(all_containers[0])

struct world {
	struct arena	*arena;
	struct spool	 spool;
	struct rope	 file;		/* an archive of three entries */
	struct listing	 listing;
	struct err	 err;
};

static struct rope
rope_of(struct world *w, struct span s)
{
	struct rope r;

	assert_ok(rope_bytes(w->arena, s, &r, &w->err), &w->err);
	return r;
}

static struct span
flat(struct world *w, const struct rope *r)
{
	struct span s;

	assert_ok(rope_view(w->arena, r, 0, r->len, &s, &w->err), &w->err);
	return s;
}

/* An end record: an archive without entries. */
static const uint8_t nothing[22] = { 'P', 'K', 5, 6 };

static int
setup(void **state)
{
	static const char text[] = "name,value\n";
	struct world *w = xcalloc(1, sizeof(*w));
	struct listing empty;
	struct change added[3] = { { .index = SIZE_MAX,
	    .path = SPAN_TEXT("a/one.txt") }, { .index = SIZE_MAX,
	    .path = SPAN_TEXT("two") }, { .index = SIZE_MAX,
	    .path = SPAN_TEXT("\xc3\xbc") } };
	struct rope file;

	w->arena = arena_new((size_t)256 << 20);
	w->spool = (struct spool){ .fd = scratch_file(SPAN_TEXT("")),
	    .limit = 64 * MIB };
	for (size_t i = 0; i < 3; i++)
		added[i].contents = rope_of(w, (struct span){
		    (const uint8_t *)text, 3 + 4 * i });
	file = rope_of(w, SPAN(nothing));
	assert_ok(ZIP->list(&file, &limits, w->arena, &w->spool, &empty,
	    &w->err), &w->err);
	assert_ok(ZIP->rebuild(&empty, added, 3, w->arena, &w->spool,
	    &w->file, &w->err), &w->err);
	w->file = rope_of(w, flat(w, &w->file));
	assert_ok(ZIP->list(&w->file, &limits, w->arena, &w->spool, &w->listing,
	    &w->err), &w->err);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	fd_done(&w->spool.fd);
	arena_free(w->arena);
	free(w);
	return 0;
}

/* Reads all of an archive; false: refused, with a code of ZIP or a limit. */
static bool
read_all(struct world *w, struct span bytes, struct listing *out)
{
	struct rope file = rope_of(w, bytes), contents;

	if (!ZIP->list(&file, &limits, w->arena, &w->spool, out,
	    &w->err))
		return false;
	for (size_t i = 0; i < out->count; i++)
		if (!ZIP->contents(out, i, w->arena, &w->spool, &contents,
		    &w->err))
			return false;
	return true;
}

static void
every_prefix_is_refused(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	struct listing l;

	for (size_t n = 0; n < whole.len; n++) {
		CLEANUP(free_done) uint8_t *cut =
		    exact((struct span){ whole.ptr, n });

		assert_false(read_all(w, (struct span){ cut, n }, &l));
		assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
	}
}

/* What may change unseen: versions, times, attributes. Never a file. */
static void
a_flipped_bit_never_changes_a_file(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	size_t refused = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);
		struct listing l;
		struct rope a, b;
		bool same;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!read_all(w, (struct span){ bytes, whole.len }, &l)) {
			assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
			refused++;
			continue;
		}
		assert_int_equal(l.count, w->listing.count);
		for (size_t k = 0; k < l.count; k++) {
			assert_span_equal(l.entries[k].path,
			    w->listing.entries[k].path);
			assert_ok(ZIP->contents(&l, k, w->arena, &w->spool,
			    &a, &w->err), &w->err);
			assert_ok(ZIP->contents(&w->listing, k, w->arena,
			    &w->spool, &b, &w->err), &w->err);
			assert_ok(rope_same(&a, &b, &same, &w->err), &w->err);
			assert_true(same);
		}
	}
	assert_true(refused > whole.len * 4);
}

/* kept sees each bit that differs, whatever the reader thinks of it. */
static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	size_t compared = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);
		struct listing l;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!read_all(w, (struct span){ bytes, whole.len }, &l))
			continue;
		assert_false(ZIP->kept(&w->listing, &l, NULL, 0, &w->err));
		assert_err(&w->err, ERR_ZIP_CHANGED);
		compared++;
	}
	assert_true(compared > 100);
}

/*
 * Of a rebuilt archive every bit is what was there, follows from the contents,
 * or is fixed: in a changed entry and in a new one, in both their headers.
 */
static void
a_flipped_bit_of_a_rebuilt_one_is_never_kept(void **state)
{
	struct world *w = *state;
	struct change c[] = { { .index = 1, .contents = rope_of(w,
	    SPAN_TEXT("other")) }, { SIZE_MAX, SPAN_TEXT("new"), rope_of(w,
	    SPAN_TEXT("signature")) } };
	size_t one = 1, compared = 0;
	struct listing l;
	struct rope out;

	assert_ok(ZIP->rebuild(&w->listing, c, 2, w->arena, &w->spool, &out,
	    &w->err), &w->err);
	struct span whole = flat(w, &out);
	assert_ok(ZIP->list(&out, &limits, w->arena, &w->spool, &l, &w->err),
	    &w->err);
	assert_ok(ZIP->kept(&w->listing, &l, &one, 1, &w->err), &w->err);
	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!read_all(w, (struct span){ bytes, whole.len }, &l))
			continue;
		if (ZIP->kept(&w->listing, &l, &one, 1, &w->err))
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		compared++;
	}
	assert_true(compared > 100);
}

static void
limits_hold(void **state)
{
	struct world *w = *state;
	struct container_limits few = { 2, 64 * MIB, 200 };
	struct container_limits small = { 1000, 20, 200 };
	struct listing l;

	assert_false(ZIP->list(&w->file, &few, w->arena, &w->spool, &l,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_ENTRIES);
	assert_false(ZIP->list(&w->file, &small, w->arena, &w->spool, &l,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_SIZE);
}

static void
nothing_is_copied_that_does_not_change(void **state)
{
	struct world *w = *state;
	struct change c = { .index = 1, .contents = rope_of(w,
	    SPAN_TEXT("other")) };
	struct span whole = flat(w, &w->file);
	struct rope out;
	uint64_t borrowed = 0;

	assert_ok(ZIP->rebuild(&w->listing, &c, 1, w->arena, &w->spool, &out,
	    &w->err), &w->err);
	for (size_t i = 0; i < out.count; i++)
		if (out.extents[i].ptr >= whole.ptr &&
		    out.extents[i].ptr < whole.ptr + whole.len)
			borrowed += out.extents[i].len;
	assert_true(borrowed > 60);
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
	struct change grow = { .index = 0 }, shrink = { .index = 0,
	    .contents = rope_of(w, SPAN_TEXT("small")) };
	struct listing wide, narrow;
	struct rope out, again;
	size_t changed = 0, other = 1;

	assert_int_equal(ftruncate(fd, 5LL << 30), 0);
	assert_ok(rope_file(w->arena, fd, 0, 5 * GIB, &grow.contents,
	    &w->err), &w->err);
	assert_ok(ZIP->rebuild(&w->listing, &grow, 1, w->arena, &w->spool,
	    &out, &w->err), &w->err);
	assert_true(out.len > 5 * GIB);
	assert_ok(ZIP->list(&out, &large, w->arena, &w->spool, &wide,
	    &w->err), &w->err);
	assert_int_equal(wide.entries[0].size, 5 * GIB);
	assert_ok(ZIP->kept(&w->listing, &wide, &changed, 1, &w->err),
	    &w->err);
	assert_false(ZIP->kept(&w->listing, &wide, &other, 1, &w->err));
	assert_err(&w->err, ERR_ZIP_CHANGED);
	assert_ok(ZIP->rebuild(&wide, &shrink, 1, w->arena, &w->spool, &again,
	    &w->err), &w->err);
	assert_ok(ZIP->list(&again, &large, w->arena, &w->spool, &narrow,
	    &w->err),
	    &w->err);
	assert_ok(ZIP->kept(&wide, &narrow, &changed, 1, &w->err), &w->err);
	assert_int_equal(narrow.entries[0].size, 5);
}

#define WORLD(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_is_refused),
		WORLD(a_flipped_bit_never_changes_a_file),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(a_flipped_bit_of_a_rebuilt_one_is_never_kept),
		WORLD(limits_hold),
		WORLD(nothing_is_copied_that_does_not_change),
		WORLD(what_is_past_four_gib_becomes_wide),
	};

	return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
