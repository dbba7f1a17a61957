/* listing: the same, made anew or from another one. */
#include "base/limits.h"
#include "git/listing.h"
#include "world.h"

static struct object_id
changed(struct world *w, const struct object_id *before,
    const struct tree_change *changes, size_t count)
{
	struct object_id tree;
	struct err e;

	assert_ok(tree_write(w->repository, before, changes, count, &tree,
	    &e), &e);
	return tree;
}

static struct object_id
raw_tree(struct world *w, struct span raw)
{
	struct object_id id;
	struct err e;

	assert_ok(object_write(w->repository, OBJECT_TREE, raw, &id, &e), &e);
	return id;
}

static struct object_id
sample(struct world *w)
{
	const struct tree_change files[] = {
		world_change(w, "a/b", "1\n"), world_change(w, "a.b", "2\n"),
		world_change(w, "c/d/e", "3\n"), world_change(w, "c/d/f", ""),
		world_change(w, "g", "4\n"), world_change(w, "h/i", "1\n"),
	};

	return changed(w, NULL, files, COUNT(files));
}

/* From before and by itself: the same files, digests, count of entries. */
static void
assert_listed(struct world *w, const struct tree_listing *before,
    const struct object_id *tree)
{
	CLEANUP(tree_listing_done) struct tree_listing whole = { 0 };
	CLEANUP(tree_listing_done) struct tree_listing from = { 0 };
	struct err e;

	assert_ok(tree_listing_read(w->repository, tree, NULL, 100, &whole,
	    &e), &e);
	assert_ok(tree_listing_read(w->repository, tree, before, 100, &from,
	    &e), &e);
	assert_true(object_id_eq(&from.tree, tree));
	assert_int_equal(from.count, whole.count);
	assert_int_equal(from.entries, whole.entries);
	for (size_t i = 0; i < whole.count; i++) {
		assert_true(span_eq(from.files[i].path, whole.files[i].path));
		assert_true(object_id_eq(&from.files[i].id,
		    &whole.files[i].id));
		assert_int_equal(from.files[i].mode, whole.files[i].mode);
		assert_true(digest_eq(&from.digests[i], &whole.digests[i]));
	}
	struct digest a = tree_listing_manifest(&from), b;
	assert_ok(tree_manifest_digest(w->repository, tree, 100, &b, &e), &e);
	assert_true(digest_eq(&a, &b));
}

static void
each_change_gives_what_a_whole_walk_gives(void **state)
{
	struct world *w = *state;
	struct tree_change executable = world_change(w, "g", "4\n");
	const struct tree_change changes[] = {
		world_change(w, "a/b", "5\n"), world_change(w, "a", "6\n"),
		world_change(w, "c/d/f", NULL), world_change(w, "c", "7\n"),
		world_change(w, "zz/y/x", "8\n"), world_change(w, "g", NULL),
		world_change(w, "0", ""),
	};
	CLEANUP(tree_listing_done) struct tree_listing l = { 0 };
	struct object_id tree = sample(w), empty = changed(w, NULL, NULL, 0);
	struct err e;

	assert_ok(tree_listing_read(w->repository, &tree, NULL, 100, &l, &e),
	    &e);
	assert_int_equal(l.count, 6);
	assert_int_equal(l.entries, 10);
	assert_listed(w, &l, &tree);
	assert_listed(w, &l, &empty);
	executable.mode = TREE_EXECUTABLE;
	struct object_id next = changed(w, &tree, &executable, 1);
	assert_listed(w, &l, &next);
	const char *gone[] = { "a/b", "c/d/e", "c/d/f" };
	for (size_t i = 0; i < COUNT(gone); i++) {
		const struct tree_change g = world_change(w, gone[i], NULL);

		next = changed(w, &next, &g, 1);
		assert_listed(w, &l, &next);
	}
	for (size_t i = 0; i < COUNT(changes); i++) {
		bool bare = span_is(changes[i].path, "a") ||
		    span_is(changes[i].path, "c");
		struct object_id one = changed(w, bare ? &next : &tree,
		    &changes[i], 1);

		assert_listed(w, &l, &one);
	}
}

/* Only what is new in a tree is looked at, and what is wrong with it found. */
static void
what_is_new_is_judged(void **state)
{
	static const char sub[] = "160000 z\0aaaaaaaaaaaaaaaaaaaa";
	struct world *w = *state;
	const struct tree_change large = world_change(w, "n",
	    "more than ten bytes\n");
	CLEANUP(tree_listing_done) struct tree_listing l = { 0 }, out = { 0 };
	struct object_id tree = sample(w), next;
	struct err e;

	assert_ok(tree_listing_read(w->repository, &tree, NULL, 10, &l, &e),
	    &e);
	next = changed(w, &tree, &large, 1);
	assert_false(tree_listing_read(w->repository, &next, &l, 10, &out,
	    &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	next = raw_tree(w, (struct span){ (const uint8_t *)sub,
	    sizeof(sub) - 1 });
	assert_false(tree_listing_read(w->repository, &next, &l, 10, &out,
	    &e));
	assert_err(&e, ERR_GIT_TREE_SUBMODULE);
	assert_null(out.arena);
}

/* Folders without files count too, or small steps would pass the limit. */
static void
the_number_of_entries_is_bounded_over_all_steps(void **state)
{
	struct world *w = *state;
	struct object_id below = raw_tree(w, (struct span){ 0 }), wide, top;
	CLEANUP(tree_listing_done) struct tree_listing l = { 0 };
	CLEANUP(buf_done) struct buf many = { 0 }, tops = { 0 };
	const size_t half = LIMIT_TREE_ENTRIES / 2;
	bool ok = true;
	struct err e;

	for (size_t i = 0; i < half; i++) {
		buf_printf(&many, "40000 %06zu", i);
		buf_u8(&many, 0);
		buf_put(&many, SPAN(below.bytes));
	}
	wide = raw_tree(w, buf_span(&many));
	for (char c = 'a'; c <= 'b' && ok; c++) {
		CLEANUP(tree_listing_done) struct tree_listing next = { 0 };

		buf_printf(&tops, "40000 %c", c);
		buf_u8(&tops, 0);
		buf_put(&tops, SPAN(wide.bytes));
		top = raw_tree(w, buf_span(&tops));
		ok = tree_listing_read(w->repository, &top,
		    c == 'a' ? NULL : &l, 100, &next, &e);
		assert_true(ok == (c == 'a'));
		if (ok) {
			l = next;
			next = (struct tree_listing){ 0 };
		}
	}
	assert_err(&e, ERR_GIT_TOO_MANY);
	assert_int_equal(l.entries, half + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_change_gives_what_a_whole_walk_gives),
		WORLD_TEST(what_is_new_is_judged),
		WORLD_TEST(the_number_of_entries_is_bounded_over_all_steps),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
