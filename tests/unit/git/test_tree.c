/* tree: what is checked before anything is looked up in it. */
#include <string.h>

#include "base/limits.h"
#include "crypto/digest.h"
#include "sys/file.h"
#include "world.h"

#define ID	"\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24"
#define ENTRY(mode, name) mode " " name "\0" ID
#define RAW(text) { text, sizeof(text) - 1 }

struct raw {
	const char	*text;
	size_t		 len;
};

static bool
parse(struct raw raw, struct arena *a, struct tree *t, struct err *e)
{
	return tree_parse((struct span){ (const uint8_t *)raw.text, raw.len },
	    a, t, e);
}

static void
reads_entries_in_git_s_order(void **state)
{
	static const struct raw raw = RAW(ENTRY("100644", "a.b")
	    ENTRY("40000", "a") ENTRY("100755", "a0") ENTRY("120000", "b")
	    ENTRY("160000", "c"));
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct tree t;
	struct err e;

	(void)state;
	assert_ok(parse(raw, a, &t, &e), &e);
	assert_int_equal(t.count, 5);
	assert_int_equal(t.entries[1].mode, TREE_FOLDER);
	assert_ptr_equal(tree_find(&t, SPAN_TEXT("a0")), &t.entries[2]);
	assert_null(tree_find(&t, SPAN_TEXT("A0")));
	assert_ok(parse((struct raw)RAW(""), a, &t, &e), &e);
	assert_int_equal(t.count, 0);
}

static void
refuses_trees_that_tools_read_differently(void **state)
{
	static const struct raw bad[] = {
		RAW(ENTRY("100644", "a") ENTRY("100644", "a")),
		RAW(ENTRY("100644", "b") ENTRY("100644", "a")),
		RAW(ENTRY("100644", "a") ENTRY("40000", "a")),
		RAW(ENTRY("100644", "a") ENTRY("100644", "a.b")
		    ENTRY("40000", "a")),
		RAW(ENTRY("100644", "a") ENTRY("100644", "a-")
		    ENTRY("100644", "a.b") ENTRY("40000", "a")),
		RAW(ENTRY("40000", "a") ENTRY("100644", "a.b")),
		RAW(ENTRY("100644", "a/b")), RAW(ENTRY("100644", "")),
		RAW(ENTRY("100644", ".")), RAW(ENTRY("40000", "..")),
		RAW(ENTRY("40000", ".git")), RAW(ENTRY("40000", ".GiT")),
		RAW(ENTRY("40000", ".git .")), RAW(ENTRY("40000", "GIT~1")),
		RAW(ENTRY("100644", "a\nb")), RAW(ENTRY("100644", "a\x7f")),
		RAW(ENTRY("100664", "a")), RAW(ENTRY("040000", "a")),
		RAW(ENTRY("0100644", "a")), RAW(ENTRY("", "a")),
		RAW(ENTRY("10064x", "a")), RAW("100644 a"), RAW("100644"),
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct tree t;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (parse(bad[i], a, &t, &e))
			fail_msg("case %zu is taken", i);
		assert_err(&e, ERR_GIT_TREE_MALFORMED);
	}
}

static void
no_prefix_of_a_tree_is_the_tree(void **state)
{
	static const struct raw raw = RAW(ENTRY("100644", "a")
	    ENTRY("100644", "b"));
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct tree t;
	struct err e;

	(void)state;
	for (size_t n = 1; n < raw.len; n++) {
		uint8_t *bytes = exact((struct span){
		    (const uint8_t *)raw.text, n });

		if (tree_parse((struct span){ bytes, n }, a, &t, &e))
			assert_int_equal(n, raw.len / 2);
		free(bytes);
	}
}

static struct object_id
sample(struct world *w)
{
	struct tree_change changes[] = {
		world_change(w, "a.b", "1\n"), world_change(w, "a/c", "2\n"),
		world_change(w, "a/d/e", "3\n"), world_change(w, "f", "4\n"),
	};
	struct object_id id;
	struct err e;

	changes[3].mode = TREE_EXECUTABLE;
	assert_ok(tree_write(w->repository, NULL, changes, COUNT(changes),
	    &id, &e), &e);
	return id;
}

static void
finds_paths(void **state)
{
	static const char *const missing[] = {
		"", "a/", "/a", "a/x", "f/x", "a/../f", "A", "a//c", ".git" };
	struct world *w = *state;
	struct object_id tree = sample(w);
	struct tree_entry entry;
	struct err e;

	assert_ok(tree_lookup(w->repository, &tree, SPAN_TEXT("a/d/e"),
	    &entry, &e), &e);
	assert_int_equal(entry.mode, TREE_FILE);
	assert_ok(tree_lookup(w->repository, &tree, SPAN_TEXT("a/d"), &entry,
	    &e), &e);
	assert_int_equal(entry.mode, TREE_FOLDER);
	for (size_t i = 0; i < COUNT(missing); i++) {
		assert_false(tree_lookup(w->repository, &tree,
		    SPAN_TEXT(missing[i]), &entry, &e));
		assert_err(&e, ERR_GIT_PATH_MISSING);
	}
}

static void
tells_what_differs(void **state)
{
	static const struct {
		const char	*path;
		uint32_t	 before, after;
	} due[] = {
		{ "a", 0, TREE_FILE }, { "a/c", TREE_FILE, 0 },
		{ "a/d/e", TREE_FILE, 0 }, { "f", TREE_EXECUTABLE, TREE_FILE },
	};
	struct world *w = *state;
	struct object_id before = sample(w), after;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct tree_change changes[] = {
		world_change(w, "a/c", NULL), world_change(w, "a/d/e", NULL),
		world_change(w, "f", "4\n"),
	};
	struct tree_change file = world_change(w, "a", "5\n");
	const struct tree_difference *found;
	size_t count;
	struct err e;

	assert_ok(tree_write(w->repository, &before, changes, 3, &after, &e),
	    &e);
	assert_ok(tree_write(w->repository, &after, &file, 1, &after, &e),
	    &e);
	assert_ok(tree_compare(w->repository, &before, &after, a, &found,
	    &count, &e), &e);
	assert_int_equal(count, COUNT(due));
	for (size_t i = 0; i < COUNT(due); i++) {
		assert_true(span_is(found[i].path, due[i].path));
		assert_int_equal(found[i].old_mode, due[i].before);
		assert_int_equal(found[i].new_mode, due[i].after);
	}
	assert_ok(tree_compare(w->repository, &after, &after, a, &found,
	    &count, &e), &e);
	assert_int_equal(count, 0);
}

/* The manifest, made once more by git and sha256sum alone. */
static void
the_manifest_is_what_git_and_sha256sum_say(void **state)
{
	struct world *w = *state;
	struct object_id tree = sample(w);
	struct object_id commit = world_commit(w, &tree, NULL, "x\n");
	CLEANUP(buf_done) struct buf ours = { 0 };
	char path[128];
	struct digest d;
	struct err e;

	assert_ok(ref_update(w->repository, "refs/heads/main", NULL, &commit,
	    &e), &e);
	assert_ok(tree_manifest(w->repository, &tree, 100, &ours, &e), &e);
	snprintf(path, sizeof(path), "%s/ours", w->folder);
	assert_ok(file_replace_span(path, buf_span(&ours), FILE_PLAIN, &e),
	    &e);
	assert_int_equal(shell(w, "cd \"$R\" && git ls-tree -r main | "
	    "while read mode kind id path; do echo \"$mode $(git cat-file "
	    "blob $id | sha256sum | cut -d' ' -f1) $path\"; done | "
	    "LC_ALL=C sort -k3 > \"$W/git\" && cmp \"$W/git\" \"$W/ours\""),
	    0);
	assert_ok(tree_manifest_digest(w->repository, &tree, 100, &d, &e),
	    &e);
	struct digest due = digest_of(DIGEST_SHA256, buf_span(&ours));
	assert_true(digest_eq(&d, &due));
	assert_false(tree_manifest(w->repository, &tree, 1, &ours, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

static struct object_id
raw_tree(struct world *w, struct span raw)
{
	struct object_id id;
	struct err e;

	assert_ok(object_write(w->repository, OBJECT_TREE, raw, &id, &e), &e);
	return id;
}

static void
a_submodule_has_no_manifest(void **state)
{
	static const char raw[] = ENTRY("160000", "sub");
	struct world *w = *state;
	struct object_id tree = raw_tree(w, (struct span){
	    (const uint8_t *)raw, sizeof(raw) - 1 });
	CLEANUP(buf_done) struct buf out = { 0 };
	struct err e;

	assert_false(tree_manifest(w->repository, &tree, 100, &out, &e));
	assert_err(&e, ERR_GIT_TREE_SUBMODULE);
}

/* Each level names the one below many times: small to store, endless to walk. */
static void
bombs_and_pits_are_bounded(void **state)
{
	struct world *w = *state;
	struct object_id bomb = raw_tree(w, (struct span){ 0 });
	struct object_id pit = bomb;
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	const struct tree_file *files;
	size_t count;
	struct err e;

	for (int depth = 0; depth < 10; depth++) {
		CLEANUP(buf_done) struct buf raw = { 0 };

		for (char c = 'a'; c <= 'j'; c++) {
			buf_printf(&raw, "40000 %c", c);
			buf_u8(&raw, 0);
			buf_put(&raw, SPAN(bomb.bytes));
		}
		bomb = raw_tree(w, buf_span(&raw));
	}
	assert_false(tree_walk(w->repository, &bomb, a, &files, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
	for (int depth = 0; depth < LIMIT_TREE_DEPTH + 1; depth++) {
		CLEANUP(buf_done) struct buf raw = { 0 };

		buf_text(&raw, "40000 a");
		buf_u8(&raw, 0);
		buf_put(&raw, SPAN(pit.bytes));
		pit = raw_tree(w, buf_span(&raw));
	}
	assert_false(tree_walk(w->repository, &pit, a, &files, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_entries_in_git_s_order),
		TEST(refuses_trees_that_tools_read_differently),
		TEST(no_prefix_of_a_tree_is_the_tree),
		WORLD_TEST(finds_paths),
		WORLD_TEST(tells_what_differs),
		WORLD_TEST(the_manifest_is_what_git_and_sha256sum_say),
		WORLD_TEST(a_submodule_has_no_manifest),
		WORLD_TEST(bombs_and_pits_are_bounded),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
