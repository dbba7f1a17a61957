/* history: chains, reachability, and what lies between two commits. */
#include <string.h>

#include "git/history.h"
#include "world.h"

/*
 *	root - one - two - merge	(first parents)
 *	    \_ side ________/
 */
struct family {
	struct object_id root, one, two, side, merge, stranger;
};

static struct family
family_of(struct world *w)
{
	struct tree_change c = world_change(w, "a", "x");
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct object_id tree;
	struct family f;
	struct err e;

	assert_ok(tree_write(w->repository, NULL, &c, 1, &tree, &e), &e);
	f.root = world_commit(w, &tree, NULL, "root\n");
	f.one = world_commit(w, &tree, &f.root, "one\n");
	f.two = world_commit(w, &tree, &f.one, "two\n");
	f.side = world_commit(w, &tree, &f.root, "side\n");
	f.stranger = world_commit(w, &tree, NULL, "stranger\n");
	struct object_id parents[] = { f.two, f.side };
	struct new_commit m = { .tree = tree, .parents = parents,
	    .parent_count = 2, .author = { "A", "a@b", 1 },
	    .message = SPAN_TEXT("merge\n") };
	assert_ok(commit_compose(&m, &raw, &e), &e);
	assert_ok(object_write(w->repository, OBJECT_COMMIT, buf_span(&raw),
	    &f.merge, &e), &e);
	return f;
}

static void
a_chain_follows_first_parents(void **state)
{
	struct world *w = *state;
	struct family f = family_of(w);
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	const struct object_id *ids;
	size_t count;
	struct err e;

	assert_ok(history_chain(w->repository, &f.root, &f.merge, 3, a, &ids,
	    &count, &e), &e);
	assert_int_equal(count, 3);
	assert_true(object_id_eq(&ids[0], &f.one));
	assert_true(object_id_eq(&ids[2], &f.merge));
	assert_ok(history_chain(w->repository, &f.one, &f.one, 3, a, &ids,
	    &count, &e), &e);
	assert_int_equal(count, 0);
	assert_false(history_chain(w->repository, &f.root, &f.merge, 2, a,
	    &ids, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
	/* A rewind, a side step, and another root. */
	assert_false(history_chain(w->repository, &f.two, &f.one, 9, a, &ids,
	    &count, &e));
	assert_err(&e, ERR_GIT_HISTORY_APART);
	assert_false(history_chain(w->repository, &f.side, &f.merge, 9, a,
	    &ids, &count, &e));
	assert_err(&e, ERR_GIT_HISTORY_APART);
	assert_false(history_chain(w->repository, &f.root, &f.stranger, 9, a,
	    &ids, &count, &e));
	assert_err(&e, ERR_GIT_HISTORY_APART);
}

static void
reaches_all_ancestors_and_no_others(void **state)
{
	struct world *w = *state;
	struct family f = family_of(w);
	const struct {
		struct object_id tip, commit;
		bool		 due;
	} cases[] = {
		{ f.merge, f.side, true }, { f.merge, f.root, true },
		{ f.merge, f.merge, true }, { f.two, f.side, false },
		{ f.root, f.merge, false }, { f.merge, f.stranger, false },
	};
	CLEANUP(repository_done) struct repository *objects = NULL;
	struct object_id none = { { 9 } };
	bool reaches;
	struct err e;

	/* A store without refs walks as well. */
	assert_ok(repository_open_objects(w->path, &objects, &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(history_reaches(objects, &cases[i].tip,
		    &cases[i].commit, &reaches, &e), &e);
		assert_int_equal(reaches, cases[i].due);
	}
	assert_false(history_reaches(objects, &none, &f.root, &reaches, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
	assert_false(history_reaches(objects, &none, &none, &reaches, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
}

static void
lists_what_lies_between(void **state)
{
	struct world *w = *state;
	struct family f = family_of(w);
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	const struct object_id *ids;
	size_t count;
	struct err e;

	assert_ok(history_between(w->repository, &f.one, &f.merge, 9, a, &ids,
	    &count, &e), &e);
	assert_int_equal(count, 3);
	assert_true(object_id_eq(&ids[2], &f.merge));
	for (size_t i = 0; i < count; i++)
		assert_false(object_id_eq(&ids[i], &f.root));
	assert_ok(history_between(w->repository, NULL, &f.merge, 9, a, &ids,
	    &count, &e), &e);
	assert_int_equal(count, 5);
	assert_true(object_id_eq(&ids[0], &f.root));
	assert_false(history_between(w->repository, NULL, &f.merge, 4, a,
	    &ids, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
}

/* A commit whose parent the host holds back is not the end of history. */
static void
a_missing_parent_is_an_error(void **state)
{
	struct world *w = *state;
	struct family f = family_of(w);
	struct object_id none = { { 9 } }, tree;
	struct tree_change c = world_change(w, "a", "x");
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	const struct object_id *ids;
	size_t count;
	bool reaches;
	struct err e;

	assert_ok(tree_write(w->repository, NULL, &c, 1, &tree, &e), &e);
	struct object_id orphan = world_commit(w, &tree, &none, "orphan\n");
	assert_false(history_chain(w->repository, &f.root, &orphan, 9, a,
	    &ids, &count, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
	assert_false(history_between(w->repository, NULL, &orphan, 9, a, &ids,
	    &count, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
	assert_false(history_reaches(w->repository, &orphan, &f.root,
	    &reaches, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_chain_follows_first_parents),
		WORLD_TEST(reaches_all_ancestors_and_no_others),
		WORLD_TEST(lists_what_lies_between),
		WORLD_TEST(a_missing_parent_is_an_error),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
