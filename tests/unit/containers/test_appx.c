/*
 * appx: every prefix of a package is refused; what a rebuild makes has a right
 * block map, and right places in a bundle; kept sees each bit that differs.
 */
#include "containers/appx.h"
#include "tiny_appx.h"
#include "world.h"

static char large[70000];	/* two blocks */

static const struct tiny_file files[] = {
	{ .name = "a.exe", .data = { (const uint8_t *)"first", 5 } },
	{ .name = "b/c.dll", .data = { (const uint8_t *)"second", 6 } },
	{ .name = "none.txt", .data = { (const uint8_t *)"", 0 } },
};

static struct rope
package(struct world *w, const struct tiny_file *of, size_t count)
{
	CLEANUP(buf_done) struct buf b = tiny_appx_make(of, count);
	struct span copy;

	assert_true(arena_copy(w->arena, buf_span(&b), &copy));
	return rope_of(w, copy);
}

static int
setup(void **state)
{
	struct world *w = world_new("appx");

	memset(large, 'x', sizeof(large) - 1);
	sample_set(w, package(w, files, COUNT(files)));
	*state = w;
	return 0;
}

static int
setup_bundle(void **state)
{
	struct world *w = world_new("appx");
	struct rope inner = package(w, files, 1);
	struct tiny_file in[] = {
		{ .name = "x64.appx", .data = flat(w, &inner), .inner = true },
		{ .name = "x86.appx", .data = flat(w, &inner), .inner = true },
		{ .name = "a.txt", .data = { (const uint8_t *)"text", 4 } },
	};

	sample_set(w, package(w, in, COUNT(in)));
	*state = w;
	return 0;
}

/* Changes one entry, and reads what comes of it. */
static struct listing
changed(struct world *w, size_t index, const char *text)
{
	struct change c = new_contents(w, index, text);
	struct listing l;
	struct rope out;

	assert_ok(rebuild(w, &w->listing, &c, 1, &out), &w->err);
	out = rope_of(w, flat(w, &out));
	assert_ok(list(w, &out, &l), &w->err);
	assert_ok(appx_blocks_check(l.own, w->arena, &w->err), &w->err);
	assert_ok(kept(w, &w->listing, &l, &index, 1), &w->err);
	assert_true(w->listing.entries[index].size == strlen(text) ||
	    (!kept(w, &w->listing, &l, NULL, 0) &&
	    err_is(&w->err, ERR_ZIP_CHANGED)));
	return l;
}

static void
the_block_map_follows_a_change(void **state)
{
	static const char *const texts[] = { "", "other", large };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t k = 0; k < COUNT(files); k++) {
			struct listing l = changed(w, k, texts[i]);
			const struct appx *p = l.own;

			assert_int_equal(l.count, w->listing.count);
			assert_int_equal(p->files[k].size,
			    strlen(texts[i]));
			assert_span_equal(p->files[k].name,
			    ((const struct appx *)w->listing.own)->files[k]
			    .name);
		}
}

static void
places_in_a_bundle_follow_a_change(void **state)
{
	struct world *w = *state;

	for (size_t k = 0; k < 3; k++) {
		struct listing l = changed(w, k, "other than it was");
		const struct appx *p = l.own;

		assert_int_equal(p->package_count, 2);
		assert_int_equal(p->packages[1].offset,
		    p->bare.entries[1].data);
		assert_int_equal(p->packages[k % 2].size,
		    p->bare.entries[k % 2].numbers.size);
	}
}

/* Of what a rebuild made, every other bit is seen: it is told in one way. */
static void
a_flipped_bit_of_a_change_is_never_kept(void **state)
{
	static const size_t index = 1;
	struct world *w = *state;
	struct listing l = changed(w, index, "other"), flip;
	struct span whole = flat(w, &l.file);

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);

		if (read_all(w, (struct span){ bytes, whole.len }, &flip))
			assert_false(kept(w, &w->listing, &flip, &index, 1));
	}
}

static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;

	assert_true(flips_seen(w) > 500);
}

static void
refuses_change(struct world *w, struct change c, enum err_code why)
{
	struct rope out;

	assert_false(rebuild(w, &w->listing, &c, 1, &out));
	assert_err(&w->err, why);
}

static void
refuses_what_a_package_cannot_carry(void **state)
{
	struct world *w = *state;
	size_t map = ((const struct appx *)w->listing.own)
	    ->parts[APPX_BLOCK_MAP];
	struct tiny_file with[] = { files[0], { .unlisted = true,
	    .name = "AppxMetadata/CodeIntegrity.cat", .data = files[1].data } };

	refuses_change(w, new_entry(w, "new", SPAN_TEXT("new")),
	    ERR_APPX_NEW);
	refuses_change(w, new_contents(w, map, "new"), ERR_APPX_PART);
	sample_set(w, package(w, with, COUNT(with)));
	refuses_change(w, new_contents(w, 0, "new"),
	    ERR_APPX_CODE_INTEGRITY);
}

static void
refuses_what_the_block_map_leaves_out(void **state)
{
	struct world *w = *state;
	struct tiny_file of[] = { files[0], files[1] };

	of[1].unlisted = true;
	sample_set(w, package(w, of, COUNT(of)));
	refuses_change(w, new_contents(w, 0, "new"), ERR_APPX_BLOCKS);
	assert_string_equal(w->err.text,
	    "\"b/c.dll\" is not in the block map");
}

/* The list of files is another, though each file is right. */
static void
sees_another_list_of_files(void **state)
{
	struct world *w = *state;
	struct rope fewer = package(w, files, 2);
	struct listing l;

	assert_ok(list(w, &fewer, &l), &w->err);
	assert_false(kept(w, &w->listing, &l, NULL, 0));
	assert_err(&w->err, ERR_APPX_CHANGED);
}

/* ---- text */

static const char text[] = "<?x <a> ?><!-- <a n='1'> --><r:root>"
    "<a n = '>' m=\"2\" /><![CDATA[<a>]]><p:a n=\"3\"><b><a n='4'/></b></p:a>"
    "</r:root>";

static void
finds_tags_and_no_others(void **state)
{
	static const char *const names[] = { "root", "a", "a", "b", "a", "b",
	    "a", "root" };
	struct span s = SPAN_TEXT(text);
	struct appx_tag tag;
	size_t at = 0, n = 0;

	(void)state;
	for (; appx_tag_next(s, &at, &tag); n++)
		assert_true(span_is(tag.name, names[n]));
	assert_int_equal(n, COUNT(names));
	for (size_t len = 0; len < s.len; len++) {
		CLEANUP(free_done) uint8_t *cut = exact((struct span){ s.ptr,
		    len });

		for (at = 0; appx_tag_next((struct span){ cut, len }, &at,
		    &tag); )
			assert_true(tag.to <= len);
	}
}

static void
finds_values_and_whole_elements(void **state)
{
	static const char *const wants[] = { ">", "3", NULL };
	struct span s = SPAN_TEXT(text), value;
	size_t at = 0, to, from, end;
	struct appx_tag tag;

	(void)state;
	for (size_t i = 0; wants[i] != NULL; i++) {
		assert_true(appx_element_next(s, "a", &at, &tag, &to));
		assert_true(appx_value(s, &tag, "n", &from, &end));
		assert_true(span_cut(s, from, end - from, &value));
		assert_true(span_is(value, wants[i]));
		assert_false(appx_value(s, &tag, "o", &from, &end));
		assert_int_equal(at, to);
	}
	assert_false(appx_element_next(s, "a", &at, &tag, &to));
}

static void
edits_nothing_else(void **state)
{
	static const struct appx_edit edits[] = {
		{ 0, 0, { (const uint8_t *)"<", 1 } },
		{ 2, 4, { (const uint8_t *)"", 0 } },
		{ 6, 6, { (const uint8_t *)">", 1 } },
	};
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	appx_edit(SPAN_TEXT("abcdef"), edits, COUNT(edits), &b);
	assert_string_equal(buf_cstr(&b), "<abef>");
}

/* ---- a sift */

static bool
wants_nothing(void *arg, struct span head)
{
	(void)arg;
	(void)head;
	return false;
}

static bool
sift_all(struct world *w, const struct listing *l)
{
	static const struct sift sift = { wants_nothing, NULL };
	struct rope out;
	bool wanted;

	for (size_t i = 0; i < l->count; i++)
		if (!l->container->sift(l, i, &sift, w->arena, &w->spool, &out,
		    &wanted, &w->err))
			return false;
	return true;
}

static void
a_sift_holds_files_against_the_block_map(void **state)
{
	struct world *w = *state;
	struct listing l = changed(w, 1, large);

	assert_false(appx_blocks_held(l.own));
	assert_ok(sift_all(w, &l), &w->err);
	assert_true(appx_blocks_held(l.own));
	/* One that was not looked at is not held. */
	((struct appx *)l.own)->held[0] = false;
	assert_false(appx_blocks_held(l.own));
}

/* ---- block maps that say something else of a file */

static void
other_size(struct appx_file *f)
{
	f->size++;
}

static void
other_header(struct appx_file *f)
{
	f->local++;
}

static void
other_hash(struct appx_file *f)
{
	f->blocks[0].hash = f->blocks[1].hash;
}

static void
other_last_hash(struct appx_file *f)
{
	f->blocks[1].hash = f->blocks[0].hash;
}

static void
fewer_blocks(struct appx_file *f)
{
	f->block_count--;
}

static void
a_sift_holds_nothing_that_the_check_refuses(void **state)
{
	static void (*const others[])(struct appx_file *) = { other_size,
	    other_header, other_hash, other_last_hash, fewer_blocks };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(others); i++) {
		struct listing l = changed(w, 1, large);
		struct appx *p = l.own;

		others[i](&p->files[1]);
		assert_ok(sift_all(w, &l), &w->err);
		assert_false(appx_blocks_held(p));
		assert_false(appx_blocks_check(p, w->arena, &w->err));
		assert_int_equal(w->err.what - err_rows, ERR_APPX_BLOCKS);
		assert_true(p->held[0] && !p->held[1]);
	}
}

static void
a_sift_holds_no_file_that_the_map_leaves_out(void **state)
{
	struct world *w = *state;
	struct listing l = changed(w, 1, large);
	struct appx *p = l.own;

	p->mapped[0] = APPX_NONE;
	assert_ok(sift_all(w, &l), &w->err);
	assert_false(appx_blocks_held(p));
	assert_false(appx_blocks_check(p, w->arena, &w->err));
}

/* The place of a package in a bundle is not a matter of its bytes. */
static void
a_sift_holds_no_bundle_with_another_place(void **state)
{
	struct world *w = *state;
	struct listing l = changed(w, 2, "other");
	struct appx *p = l.own;

	assert_ok(sift_all(w, &l), &w->err);
	assert_true(appx_blocks_held(p));
	p->packages[0].offset++;
	assert_false(appx_blocks_held(p));
	assert_false(appx_blocks_check(p, w->arena, &w->err));
}

static void
a_package_is_known_by_its_parts(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	size_t mark = span_find(whole, SPAN_TEXT("AppxManifest.xml"));

	assert_int_equal(w->container->probe(whole), 95);
	assert_int_equal(w->container->probe((struct span){ whole.ptr,
	    mark }), 90);
	assert_int_equal(w->container->probe(span_from(whole, 1)), 0);
	assert_int_equal(w->container->probe((struct span){ 0 }), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_is_refused),
		WORLD(the_block_map_follows_a_change),
		WORLD(a_flipped_bit_of_a_change_is_never_kept),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(refuses_what_a_package_cannot_carry),
		WORLD(refuses_what_the_block_map_leaves_out),
		WORLD(sees_another_list_of_files),
		WORLD(a_package_is_known_by_its_parts),
		WORLD(a_sift_holds_files_against_the_block_map),
		WORLD(a_sift_holds_nothing_that_the_check_refuses),
		WORLD(a_sift_holds_no_file_that_the_map_leaves_out),
		cmocka_unit_test_setup_teardown(
		    a_sift_holds_no_bundle_with_another_place, setup_bundle,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    places_in_a_bundle_follow_a_change, setup_bundle,
		    teardown),
		cmocka_unit_test_setup_teardown(a_flipped_bit_is_never_kept,
		    setup_bundle, teardown),
		cmocka_unit_test_setup_teardown(
		    a_flipped_bit_of_a_change_is_never_kept, setup_bundle,
		    teardown),
		TEST(finds_tags_and_no_others),
		TEST(finds_values_and_whole_elements),
		TEST(edits_nothing_else),
	};

	return cmocka_run_group_tests_name("appx", tests, NULL, NULL);
}
