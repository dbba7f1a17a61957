/*
 * cab: every prefix and every flipped bit of a cabinet is refused or gives the
 * same contents; the writer and the comparison agree; limits of the format.
 * (40-cab.sh judges cabinets of other programs.)
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
static const struct container *cab;

struct world {
	struct arena	*arena;
	struct spool	 spool;
	struct rope	 file;		/* "empty", alone in a folder, and */
	struct listing	 listing;	/* three files in another one */
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

static bool
list(struct world *w, const struct rope *file, struct listing *out)
{
	return cab->list(file, &limits, w->arena, &w->spool, out, &w->err);
}

/* A header, a folder without blocks, an empty file in it. */
static const uint8_t nothing[66] = {
	'M', 'S', 'C', 'F', [8] = 66, [16] = 44, [24] = 3, 1, 1, 0, 1, 0,
	[32] = 7, 0, 1, 0, [36] = 66, [42] = 0, [54] = 0xa6, 0x58, 5, 0x39,
	0x20, 0, 'e', 'm', 'p', 't', 'y',
};

static struct rope
rebuilt(struct world *w, const struct listing *l, const struct change *c,
    size_t count)
{
	struct rope out;

	assert_ok(cab->rebuild(l, c, count, w->arena, &w->spool, &out,
	    &w->err), &w->err);
	return rope_of(w, flat(w, &out));
}

static int
setup(void **state)
{
	static const char text[] = "name,value,name,value\n";
	struct world *w = xcalloc(1, sizeof(*w));
	struct change added[3] = { { .index = SIZE_MAX,
	    .path = SPAN_TEXT("a/one.txt") }, { .index = SIZE_MAX,
	    .path = SPAN_TEXT("two") }, { .index = SIZE_MAX,
	    .path = SPAN_TEXT("\xc3\xbc") } };
	struct listing empty;
	struct rope file;

	cab = container_find("cab");
	w->arena = arena_new((size_t)512 << 20);
	w->spool = (struct spool){ .fd = scratch_file(SPAN_TEXT("")),
	    .limit = 64 * MIB };
	for (size_t i = 0; i < 3; i++)
		added[i].contents = rope_of(w, (struct span){
		    (const uint8_t *)text, 14 + 4 * i });
	file = rope_of(w, SPAN(nothing));
	assert_ok(list(w, &file, &empty), &w->err);
	w->file = rebuilt(w, &empty, added, 3);
	assert_ok(list(w, &w->file, &w->listing), &w->err);
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

/* Reads all of a cabinet; false: refused. */
static bool
read_all(struct world *w, struct span bytes, struct listing *out)
{
	struct rope file = rope_of(w, bytes), contents;

	if (!list(w, &file, out))
		return false;
	for (size_t i = 0; i < out->count; i++)
		if (!cab->contents(out, i, w->arena, &w->spool, &contents,
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

static void
same_contents(struct world *w, const struct listing *l, size_t i)
{
	struct rope a, b;
	bool same = false;

	assert_ok(cab->contents(l, i, w->arena, &w->spool, &a, &w->err) &&
	    cab->contents(&w->listing, i, w->arena, &w->spool, &b, &w->err) &&
	    rope_same(&a, &b, &same, &w->err), &w->err);
	assert_true(same);
}

/* Names and times have no checksum; contents have one. */
static void
a_flipped_bit_never_changes_contents(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	size_t refused = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);
		struct listing l;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!read_all(w, (struct span){ bytes, whole.len }, &l)) {
			assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
			refused++;
			continue;
		}
		assert_int_equal(l.count, w->listing.count);
		for (size_t k = 0; k < l.count; k++)
			same_contents(w, &l, k);
	}
	assert_true(refused > whole.len * 4);
}

/*
 * kept sees each bit that differs, though the files of the folder with most of
 * the bytes may change.
 */
static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;
	struct change c[2] = { { .index = 1, .contents = rope_of(w,
	    SPAN_TEXT("other")) }, { .index = SIZE_MAX, .path =
	    SPAN_TEXT("new"), .contents = rope_of(w, SPAN_TEXT("more")) } };
	struct rope out = rebuilt(w, &w->listing, c, 2);
	struct span whole = flat(w, &out);
	size_t index = 1, compared = 0;
	struct listing after;

	assert_ok(list(w, &out, &after), &w->err);
	assert_ok(cab->kept(&w->listing, &after, &index, 1, &w->err),
	    &w->err);
	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);
		struct listing l;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!read_all(w, (struct span){ bytes, whole.len }, &l))
			continue;
		/* The name of a new entry is for its caller to judge. */
		if (l.count == after.count && !span_eq(l.entries[4].path,
		    after.entries[4].path))
			continue;
		assert_false(cab->kept(&w->listing, &l, &index, 1, &w->err));
		assert_err(&w->err, ERR_CAB_CHANGED);
		compared++;
	}
	assert_true(compared > 400);
}

/* Without a change, no byte may differ. */
static void
what_nobody_changed_is_the_same(void **state)
{
	struct world *w = *state;
	struct change c = { .index = 2, .contents = rope_of(w,
	    SPAN_TEXT("name,value,name,va")) };
	struct rope out;
	struct listing after;
	size_t index = 2;

	out = rebuilt(w, &w->listing, NULL, 0);
	assert_span_equal(flat(w, &out), flat(w, &w->file));
	c.contents = rope_of(w, SPAN_TEXT("other"));
	out = rebuilt(w, &w->listing, &c, 1);
	assert_ok(list(w, &out, &after), &w->err);
	assert_ok(cab->kept(&w->listing, &after, &index, 1, &w->err),
	    &w->err);
	assert_false(cab->kept(&w->listing, &after, NULL, 0, &w->err));
	assert_err(&w->err, ERR_CAB_CHANGED);
	index = 1;
	assert_false(cab->kept(&w->listing, &after, &index, 1, &w->err));
	assert_err(&w->err, ERR_CAB_CHANGED);
}

/* A folder that is packed again may not bring other files with it. */
static void
neighbours_are_compared_unpacked(void **state)
{
	struct world *w = *state;
	struct change c[2] = { { .index = 1, .contents = rope_of(w,
	    SPAN_TEXT("other")) }, { .index = 2, .contents = rope_of(w,
	    SPAN_TEXT("name,value,name,vA")) } };
	size_t both[2] = { 1, 2 };
	struct listing after;
	struct rope out = rebuilt(w, &w->listing, c, 2);

	assert_ok(list(w, &out, &after), &w->err);
	assert_int_equal(after.entries[2].size, w->listing.entries[2].size);
	assert_ok(cab->kept(&w->listing, &after, both, 2, &w->err), &w->err);
	assert_false(cab->kept(&w->listing, &after, both, 1, &w->err));
	assert_err(&w->err, ERR_CAB_CHANGED);
	assert_string_equal(w->err.text,
	    "entry \"two\": its contents changed");
}

static void
limits_hold(void **state)
{
	struct world *w = *state;
	struct container_limits few = { 2, 64 * MIB, 200 };
	struct container_limits small = { 1000, 20, 200 };
	struct listing l;

	assert_false(cab->list(&w->file, &few, w->arena, &w->spool, &l,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_ENTRIES);
	assert_false(cab->list(&w->file, &small, w->arena, &w->spool, &l,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_SIZE);
}

/* Two gibibytes are more than 65,535 blocks hold; a hole has that many. */
static void
a_folder_has_a_limit(void **state)
{
	struct world *w = *state;
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct change c = { .index = 1 };
	struct rope out;

	assert_int_equal(ftruncate(fd, 2LL << 30), 0);
	assert_ok(rope_file(w->arena, fd, 0, 2 * GIB, &c.contents, &w->err),
	    &w->err);
	assert_false(cab->rebuild(&w->listing, &c, 1, w->arena, &w->spool,
	    &out, &w->err));
	assert_err(&w->err, ERR_CAB_LIMIT);
	c.index = SIZE_MAX;
	c.path = SPAN_TEXT("new");
	assert_false(cab->rebuild(&w->listing, &c, 1, w->arena, &w->spool,
	    &out, &w->err));
	assert_err(&w->err, ERR_CAB_LIMIT);
}

static void
a_folder_is_unpacked_once(void **state)
{
	struct world *w = *state;
	struct rope out;
	struct listing l;

	assert_ok(list(w, &w->file, &l), &w->err);
	uint64_t before = w->spool.len;
	for (size_t i = 0; i < l.count; i++)
		assert_ok(cab->contents(&l, i, w->arena, &w->spool, &out,
		    &w->err), &w->err);
	assert_int_equal(w->spool.len - before, 14 + 18 + 22);
}

/* The spool's limit is an error of its own, not one of the cabinet. */
static void
a_full_spool_is_told(void **state)
{
	struct world *w = *state;
	struct rope out;
	struct listing l;

	assert_ok(list(w, &w->file, &l), &w->err);
	w->spool.limit = w->spool.len + 10;
	assert_false(cab->contents(&l, 1, w->arena, &w->spool, &out,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_SIZE);
}

static void
nothing_is_copied_that_does_not_change(void **state)
{
	struct world *w = *state;
	struct change c = { .index = 0, .contents = rope_of(w,
	    SPAN_TEXT("other")) };
	struct span whole = flat(w, &w->file);
	struct rope out;
	uint64_t borrowed = 0;

	assert_ok(cab->rebuild(&w->listing, &c, 1, w->arena, &w->spool, &out,
	    &w->err), &w->err);
	for (size_t i = 0; i < out.count; i++)
		if (out.extents[i].ptr >= whole.ptr &&
		    out.extents[i].ptr < whole.ptr + whole.len)
			borrowed += out.extents[i].len;
	assert_true(borrowed > 30);
	assert_int_equal(out.count, 3);
}

static void
the_same_changes_give_the_same_bytes(void **state)
{
	struct world *w = *state;
	struct change c = { .index = 3, .contents = rope_of(w,
	    SPAN_TEXT("other")) };
	struct rope a = rebuilt(w, &w->listing, &c, 1);
	struct rope b = rebuilt(w, &w->listing, &c, 1);

	assert_span_equal(flat(w, &a), flat(w, &b));
}

#define WORLD(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_is_refused),
		WORLD(a_flipped_bit_never_changes_contents),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(what_nobody_changed_is_the_same),
		WORLD(neighbours_are_compared_unpacked),
		WORLD(limits_hold),
		WORLD(a_folder_has_a_limit),
		WORLD(a_folder_is_unpacked_once),
		WORLD(a_full_spool_is_told),
		WORLD(nothing_is_copied_that_does_not_change),
		WORLD(the_same_changes_give_the_same_bytes),
	};

	return cmocka_run_group_tests_name("cab", tests, NULL, NULL);
}
