/*
 * cab: every prefix and every flipped bit of a cabinet is refused or gives the
 * same contents; the writer and the comparison agree; limits of the format.
 * (40-cab.sh judges cabinets of other programs.)
 */
#include "world.h"

/* A header, a folder without blocks, an empty file in it. */
static const uint8_t nothing[66] = {
	'M', 'S', 'C', 'F', [8] = 66, [16] = 44, [24] = 3, 1, 1, 0, 1, 0,
	[32] = 7, 0, 1, 0, [36] = 66, [42] = 0, [54] = 0xa6, 0x58, 5, 0x39,
	0x20, 0, 'e', 'm', 'p', 't', 'y',
};

static int
setup(void **state)
{
	static const char text[] = "name,value,name,value\n";
	static const char *const paths[] = { "a/one.txt", "two", "\xc3\xbc" };
	struct world *w = world_new("cab");
	struct change added[3];

	for (size_t i = 0; i < 3; i++)
		added[i] = new_entry(w, paths[i], (struct span){
		    (const uint8_t *)text, 14 + 4 * i });
	/* "empty", alone in a folder, and three files in another one. */
	sample_set(w, made(w, "cab", SPAN(nothing), added, 3));
	*state = w;
	return 0;
}

static struct rope
rebuilt(struct world *w, const struct change *c, size_t count)
{
	struct rope out;

	assert_ok(rebuild(w, &w->listing, c, count, &out), &w->err);
	return out;
}

/* Names and times have no checksum; contents have one. */
static void
a_flipped_bit_never_changes_contents(void **state)
{
	struct world *w = *state;

	assert_true(flips_refused(w, same_contents) > w->file.len * 4);
}

/*
 * kept sees each bit that differs, though the files of the folder with most of
 * the bytes may change.
 */
static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;
	struct change c[2] = { new_contents(w, 1, "other"),
	    new_entry(w, "new", SPAN_TEXT("more")) };
	struct rope out = rebuilt(w, c, 2);
	struct span whole = flat(w, &out);
	size_t index = 1, compared = 0;
	struct listing after;

	assert_ok(list(w, &out, &after), &w->err);
	assert_ok(kept(w, &w->listing, &after, &index, 1), &w->err);
	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);
		struct listing l;

		if (!read_all(w, (struct span){ bytes, whole.len }, &l))
			continue;
		/* The name of a new entry is for its caller to judge. */
		if (l.count == after.count && !span_eq(l.entries[4].path,
		    after.entries[4].path))
			continue;
		assert_false(kept(w, &w->listing, &l, &index, 1));
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
	struct change c = new_contents(w, 2, "name,value,name,va");
	struct rope out;
	struct listing after;
	size_t index = 2;

	out = rebuilt(w, NULL, 0);
	assert_span_equal(flat(w, &out), flat(w, &w->file));
	c.contents = rope_of(w, SPAN_TEXT("other"));
	out = rebuilt(w, &c, 1);
	assert_ok(list(w, &out, &after), &w->err);
	assert_ok(kept(w, &w->listing, &after, &index, 1), &w->err);
	assert_false(kept(w, &w->listing, &after, NULL, 0));
	assert_err(&w->err, ERR_CAB_CHANGED);
	index = 1;
	assert_false(kept(w, &w->listing, &after, &index, 1));
	assert_err(&w->err, ERR_CAB_CHANGED);
}

/* A folder that is packed again may not bring other files with it. */
static void
neighbours_are_compared_unpacked(void **state)
{
	struct world *w = *state;
	struct change c[2] = { new_contents(w, 1, "other"),
	    new_contents(w, 2, "name,value,name,vA") };
	size_t both[2] = { 1, 2 };
	struct listing after;
	struct rope out = rebuilt(w, c, 2);

	assert_ok(list(w, &out, &after), &w->err);
	assert_int_equal(after.entries[2].size, w->listing.entries[2].size);
	assert_ok(kept(w, &w->listing, &after, both, 2), &w->err);
	assert_false(kept(w, &w->listing, &after, both, 1));
	assert_err(&w->err, ERR_CAB_CHANGED);
	assert_string_equal(w->err.text,
	    "entry \"two\": its contents changed");
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
	assert_false(rebuild(w, &w->listing, &c, 1, &out));
	assert_err(&w->err, ERR_CAB_LIMIT);
	c.index = SIZE_MAX;
	c.path = SPAN_TEXT("new");
	assert_false(rebuild(w, &w->listing, &c, 1, &out));
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
		assert_ok(contents(w, &l, i, &out), &w->err);
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
	assert_false(contents(w, &l, 1, &out));
	assert_err(&w->err, ERR_LIMIT_SIZE);
}

static void
nothing_is_copied_that_does_not_change(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 0, "other");
	struct span whole = flat(w, &w->file);
	struct rope out = rebuilt(w, &c, 1);

	assert_true(borrowed(&out, whole) > 30);
	assert_int_equal(out.count, 3);
}

static void
the_same_changes_give_the_same_bytes(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 3, "other");
	struct rope a = rebuilt(w, &c, 1);
	struct rope b = rebuilt(w, &c, 1);

	assert_span_equal(flat(w, &a), flat(w, &b));
}

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
