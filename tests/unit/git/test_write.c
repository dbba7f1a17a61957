/* write: objects, trees and refs that stock git agrees with. */
#include <string.h>
#include <sys/wait.h>

#include "git/object.h"
#include "git/sweep.h"
#include "sys/file.h"
#include "world.h"

static struct object_id
tree_of(struct world *w, const struct object_id *base,
    const struct tree_change *changes, size_t count)
{
	struct object_id id;
	struct err e;

	assert_ok(tree_write(w->repository, base, changes, count, &id, &e),
	    &e);
	return id;
}

static void
git_reads_what_is_written(void **state)
{
	struct world *w = *state;
	struct tree_change changes[] = {
		world_change(w, "b/deep/file", "three\n"),
		world_change(w, "a", "one\n"),
		world_change(w, "b.txt", "two\n"),
	};
	struct object_id tree = tree_of(w, NULL, changes, COUNT(changes));
	struct object_id first = world_commit(w, &tree, NULL, "first\n");
	struct tree_change more[] = {
		world_change(w, "b/deep/file", NULL),
		world_change(w, "b/deep/file/below", "four\n"),
		world_change(w, "not/there", NULL),
	};
	struct err e;

	tree = tree_of(w, &tree, more, COUNT(more));
	struct object_id second = world_commit(w, &tree, &first, "second\n");
	assert_ok(ref_update(w->repository, "refs/heads/main", NULL, &second,
	    &e), &e);
	assert_int_equal(shell(w, "cd \"$R\" && git fsck --strict --full && "
	    "test \"$(git ls-tree -r --name-only main | tr '\\n' ' ')\" = "
	    "'a b.txt b/deep/file/below ' && "
	    "test \"$(git show main~1:b/deep/file)\" = three && "
	    "test \"$(git log -1 --format=%an main)\" = 'Alice Example'"), 0);
}

static void
an_emptied_folder_vanishes(void **state)
{
	struct world *w = *state;
	struct tree_change add[] = {
		world_change(w, "a/b/c", "x"), world_change(w, "d", "y"),
	};
	struct tree_change remove[] = { world_change(w, "a/b/c", NULL) };
	struct object_id tree = tree_of(w, NULL, add, 2);
	struct object_id only[] = { tree_of(w, &tree, remove, 1),
	    tree_of(w, NULL, &add[1], 1) };

	assert_true(object_id_eq(&only[0], &only[1]));
}

#define TEN_DEEP	"1/2/3/4/5/6/7/8/9/0/"

static void
refuses_paths_that_cannot_stand(void **state)
{
	static const char *const bad[] = {
		"", "/a", "a/", "a//b", ".", "a/../b", ".git", "a/.GIT/x",
		".git. ", "git~1", "a\nb",
		TEN_DEEP TEN_DEEP TEN_DEEP "1/2/3",
	};
	struct world *w = *state;
	struct object_id id;
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct tree_change c = world_change(w, bad[i], "x");

		assert_false(tree_write(w->repository, NULL, &c, 1, &id, &e));
		assert_err(&e, ERR_GIT_PATH_ILLEGAL);
	}
	struct tree_change twice[] = {
		world_change(w, "a", "x"), world_change(w, "a", "y") };
	struct tree_change both[] = {
		world_change(w, "a/b", "x"), world_change(w, "a", "y") };
	assert_false(tree_write(w->repository, NULL, twice, 2, &id, &e));
	assert_err(&e, ERR_GIT_PATH_ILLEGAL);
	assert_false(tree_write(w->repository, NULL, both, 2, &id, &e));
	assert_err(&e, ERR_GIT_PATH_ILLEGAL);
}

static void
refuses_what_cannot_stand_in_a_commit(void **state)
{
	static const char *const names[] = { "", "A <b", "A\nparent x" };
	static const char *const messages[] = {
		"x\n-----BEGIN SSH SIGNATURE-----\n",
		"-----BEGIN PGP MESSAGE-----",
	};
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct new_commit c = {
		.author = { "A", "a@b", 1 }, .message = SPAN_TEXT("m\n") };
	struct new_tag t = {
		.name = "v1\ntype tree", .tagger = c.author,
		.message = c.message };
	struct err e;

	(void)state;
	assert_ok(commit_compose(&c, &raw, &e), &e);
	for (size_t i = 0; i < COUNT(names); i++) {
		c.author.name = names[i];
		assert_false(commit_compose(&c, &raw, &e));
		assert_err(&e, ERR_GIT_OBJECT_MALFORMED);
	}
	c.author.name = "A";
	for (size_t i = 0; i < COUNT(messages); i++) {
		c.message = SPAN_TEXT(messages[i]);
		assert_false(commit_compose(&c, &raw, &e));
	}
	assert_false(tag_compose(&t, &raw, &e));
	assert_err(&e, ERR_GIT_OBJECT_MALFORMED);
}

/* sign lets ssh-keygen sign a payload, as git would. */
static void
sign(struct world *w, struct span payload, struct buf *armor)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/payload", w->folder);
	assert_ok(file_replace_span(path, payload, FILE_PLAIN, &e), &e);
	assert_int_equal(shell(w, "cd \"$W\" && rm -f payload.sig && { test -e "
	    "key || ssh-keygen -q -t ed25519 -N '' -f key; } && printf 'a@b "
	    "%s\\n' \"$(cat key.pub)\" > allowed && ssh-keygen -q -Y sign -n "
	    "git -f key payload 2>/dev/null"), 0);
	snprintf(path, sizeof(path), "%s/payload.sig", w->folder);
	assert_ok(file_load(path, 65536, armor, &e), &e);
}

static void
git_verifies_what_is_put_together(void **state)
{
	struct world *w = *state;
	struct tree_change c = world_change(w, "a", "x");
	struct object_id tree = tree_of(w, NULL, &c, 1), id;
	struct new_commit commit = { .tree = tree,
	    .author = { "A", "a@b", 1700000000 },
	    .message = SPAN_TEXT("subject\n\nbody\n") };
	CLEANUP(buf_done) struct buf payload = { 0 };
	CLEANUP(buf_done) struct buf armor = { 0 };
	CLEANUP(buf_done) struct buf object = { 0 };
	struct err e;

	assert_ok(commit_compose(&commit, &payload, &e), &e);
	sign(w, buf_span(&payload), &armor);
	assert_ok(commit_attach(buf_span(&payload), buf_span(&armor), &object,
	    &e), &e);
	assert_ok(object_write(w->repository, OBJECT_COMMIT,
	    buf_span(&object), &id, &e), &e);
	assert_ok(ref_update(w->repository, "refs/heads/main", NULL, &id, &e),
	    &e);
	struct new_tag tag = { .target = id, .name = "v1",
	    .tagger = commit.author, .message = SPAN_TEXT("m\n---\na: 1\n") };
	buf_done(&payload);
	buf_done(&armor);
	buf_done(&object);
	assert_ok(tag_compose(&tag, &payload, &e), &e);
	sign(w, buf_span(&payload), &armor);
	assert_ok(tag_attach(buf_span(&payload), buf_span(&armor), &object,
	    &e), &e);
	assert_ok(object_write(w->repository, OBJECT_TAG, buf_span(&object),
	    &id, &e), &e);
	assert_ok(ref_update(w->repository, "refs/tags/v1", NULL, &id, &e),
	    &e);
	assert_int_equal(shell(w, "cd \"$R\" && git fsck --strict && v() { "
	    "git -c gpg.ssh.allowedSignersFile=\"$W/allowed\" \"$@\" 2>&1; } "
	    "&& v verify-commit main | grep -q 'Good \"git\" signature for "
	    "a@b' && v verify-tag v1 | grep -q 'Good \"git\" signature for "
	    "a@b'"), 0);
	/* A signature that is cut, or is two, is not put in. */
	CLEANUP(buf_done) struct buf twice = { 0 };
	buf_put(&twice, buf_span(&armor));
	buf_put(&twice, buf_span(&armor));
	assert_false(tag_attach(buf_span(&payload), buf_span(&twice),
	    &object, &e));
	assert_err(&e, ERR_GIT_SIGNATURE_TWICE);
	armor.len--;
	assert_false(tag_attach(buf_span(&payload), buf_span(&armor),
	    &object, &e));
	assert_err(&e, ERR_GIT_SIGNATURE_MALFORMED);
}

static void
a_ref_moves_only_from_what_was_seen(void **state)
{
	struct world *w = *state;
	struct tree_change c = world_change(w, "a", "x");
	struct object_id tree = tree_of(w, NULL, &c, 1);
	struct object_id one = world_commit(w, &tree, NULL, "one\n");
	struct object_id two = world_commit(w, &tree, &one, "two\n");
	const char *name = "refs/heads/main";
	struct object_id at;
	struct err e;

	assert_false(ref_update(w->repository, name, &one, &two, &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_ok(ref_update(w->repository, name, NULL, &one, &e), &e);
	assert_false(ref_update(w->repository, name, NULL, &two, &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_false(ref_update(w->repository, name, &two, &one, &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_ok(ref_update(w->repository, name, &one, &two, &e), &e);
	assert_ok(ref_read(w->repository, name, &at, &e), &e);
	assert_true(object_id_eq(&at, &two));
	assert_false(ref_delete(w->repository, name, &one, &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_ok(ref_delete(w->repository, name, &two, &e), &e);
	assert_false(ref_read(w->repository, name, &at, &e));
	assert_err(&e, ERR_GIT_REF_MISSING);
	assert_false(ref_update(w->repository, "refs/heads/a..b", NULL, &one,
	    &e));
	assert_err(&e, ERR_GIT_REF_NAME);
}

static void
a_lock_left_behind_is_named(void **state)
{
	struct world *w = *state;
	struct tree_change c = world_change(w, "a", "x");
	struct object_id tree = tree_of(w, NULL, &c, 1);
	struct object_id one = world_commit(w, &tree, NULL, "one\n");
	struct err e;

	assert_int_equal(shell(w, "touch \"$R/refs/heads/main.lock\""), 0);
	assert_false(ref_update(w->repository, "refs/heads/main", NULL, &one,
	    &e));
	assert_err(&e, ERR_GIT_REF_LOCKED);
}

/* increment moves a ref n times, reading it anew after each loss. */
static void
increment(const char *path, const struct object_id *tree, size_t n)
{
	struct world w = { .repository = NULL };
	struct err e;

	if (!repository_open(path, &w.repository, &e))
		_exit(1);
	while (n > 0) {
		struct object_id old, new;

		if (!ref_read(w.repository, "refs/heads/main", &old, &e))
			_exit(2);
		new = world_commit(&w, tree, &old, "step\n");
		if (ref_update(w.repository, "refs/heads/main", &old, &new,
		    &e))
			n--;
		else if (!err_is(&e, ERR_GIT_REF_MOVED))
			_exit(3);
	}
	repository_free(w.repository);
	_exit(0);
}

static void
no_step_of_two_writers_is_lost(void **state)
{
	struct world *w = *state;
	struct tree_change c = world_change(w, "a", "x");
	struct object_id tree = tree_of(w, NULL, &c, 1);
	struct object_id one = world_commit(w, &tree, NULL, "one\n");
	struct err e;
	int status;

	assert_ok(ref_update(w->repository, "refs/heads/main", NULL, &one,
	    &e), &e);
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			increment(w->path, &tree, 20);
	for (int i = 0; i < 2; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(shell(w,
	    "test $(git -C \"$R\" rev-list --count main) = 41"), 0);
}

static void
reads_only_what_fits(void **state)
{
	struct world *w = *state;
	struct object_id id = world_blob(w, "four"), none = { { 1 } };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_false(object_read(w->repository, &id, OBJECT_BLOB, 3, &b, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_false(object_read(w->repository, &id, OBJECT_TREE, 9, &b, &e));
	assert_err(&e, ERR_GIT_OBJECT_KIND);
	assert_false(object_read(w->repository, &none, OBJECT_BLOB, 9, &b,
	    &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
	assert_int_equal(b.len, 0);
	assert_ok(object_read(w->repository, &id, OBJECT_BLOB, 4, &b, &e), &e);
	assert_true(span_is(buf_span(&b), "four"));
	struct object_id named = object_id_of(OBJECT_BLOB, buf_span(&b));
	assert_true(object_id_eq(&id, &named));
}

static void
a_damaged_object_is_not_read(void **state)
{
	struct world *w = *state;
	struct object_id id = world_blob(w, "good");
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	/* Another object's bytes under this name: only its hash tells. */
	world_blob(w, "evil");
	assert_int_equal(shell(w, "cd \"$R/objects\" && g=$(printf good | "
	    "git hash-object --stdin) v=$(printf evil | git hash-object "
	    "--stdin) && cp -f $(echo $v | sed 's,^..,&/,') "
	    "$(echo $g | sed 's,^..,&/,')"), 0);
	assert_false(object_read(w->repository, &id, OBJECT_BLOB, 9, &b, &e));
	assert_err(&e, ERR_GIT_OBJECT_CORRUPT);
}

static void
an_object_store_has_no_refs_and_no_alternates(void **state)
{
	struct world *w = *state;
	struct object_id id = world_blob(w, "elsewhere");
	CLEANUP(repository_done) struct repository *objects = NULL;
	struct object_id at;
	struct err e;

	assert_int_equal(shell(w, "git init -q --bare \"$W/b.git\" && echo "
	    "\"$R/objects\" > \"$W/b.git/objects/info/alternates\" && printf "
	    "elsewhere | git hash-object --stdin | git -C \"$W/b.git\" "
	    "cat-file --batch-check | grep -q blob"), 0);
	char path[128];
	snprintf(path, sizeof(path), "%s/b.git", w->folder);
	assert_ok(repository_open_objects(path, &objects, &e), &e);
	assert_false(object_exists(objects, &id));
	assert_false(ref_read(objects, "refs/heads/main", &at, &e));
	assert_err(&e, ERR_GIT_REPOSITORY);
}

/* read_id reads the id that a shell command left in a file of the folder. */
static void
read_id(const struct world *w, const char *file, struct object_id *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", w->folder, file);
	assert_ok(file_load(path, 64, &b, &e), &e);
	assert_true(object_id_parse((struct span){ b.ptr, 40 }, out));
}

/* set_stores names folders of the repository as receive-pack does. */
static void
set_stores(const struct world *w, const char *incoming, const char *others)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", w->path, incoming);
	setenv("GIT_OBJECT_DIRECTORY", path, 1);
	setenv("GIT_QUARANTINE_PATH", path, 1);
	snprintf(path, sizeof(path), "%s/%s", w->path, others);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", path, 1);
}

static void
unset_stores(void)
{
	unsetenv("GIT_OBJECT_DIRECTORY");
	unsetenv("GIT_QUARANTINE_PATH");
	unsetenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
}

/* The ways to open a repository, and who reads what lies apart. */
static void
only_people_s_commands_read_by_git_s_environment(void **state)
{
	static bool (*const strict[])(const char *, struct repository **,
	    struct err *) = { repository_open, repository_open_objects,
	    repository_find };
	struct world *w = *state;
	struct object_id here = world_blob(w, "here\n"), apart, shared;
	struct err e;

	assert_int_equal(shell(w, "cd \"$R\" && git init -q --bare "
	    "\"$W/b.git\" && mkdir -p objects/incoming/info && "
	    "echo apart | GIT_OBJECT_DIRECTORY=\"$R/objects/incoming\" "
	    "git hash-object -w --stdin > \"$W/apart\" && "
	    "echo shared | git -C \"$W/b.git\" hash-object -w --stdin "
	    "> \"$W/shared\" && echo \"$W/b.git/objects\" > "
	    "objects/incoming/info/alternates"), 0);
	read_id(w, "apart", &apart);
	read_id(w, "shared", &shared);
	set_stores(w, "objects/incoming", "objects");
	for (size_t i = 0; i < COUNT(strict); i++) {
		CLEANUP(repository_done) struct repository *r = NULL;

		assert_ok(strict[i](w->path, &r, &e), &e);
		assert_true(object_exists(r, &here));
		assert_false(object_exists(r, &apart));
		assert_false(object_exists(r, &shared));
	}
	CLEANUP(repository_done) struct repository *r = NULL;
	assert_ok(repository_find_environment(w->path, &r, &e), &e);
	assert_true(object_exists(r, &here));
	assert_true(object_exists(r, &apart));
	assert_true(object_exists(r, &shared));
	unset_stores();
}

static void
what_git_s_environment_names_must_be_there(void **state)
{
	static const char *const bad[][2] = {
		{ "nowhere", "objects" }, { "objects", "nowhere" },
		{ "objects", "objects:\"a:b\"" },
	};
	struct world *w = *state;
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(repository_done) struct repository *r = NULL;

		set_stores(w, bad[i][0], bad[i][1]);
		assert_false(repository_find_environment(w->path, &r, &e));
		assert_err(&e, ERR_GIT_REPOSITORY);
		assert_null(r);
	}
	unset_stores();
	CLEANUP(repository_done) struct repository *r = NULL;
	assert_ok(repository_find_environment(w->path, &r, &e), &e);
}

/* Bytes that are not what the name says are refused there as well. */
static void
a_damaged_object_apart_is_not_read(void **state)
{
	struct world *w = *state;
	CLEANUP(repository_done) struct repository *r = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct object_id id;
	struct err e;

	assert_int_equal(shell(w, "cd \"$R\" && mkdir -p objects/incoming && "
	    "export GIT_OBJECT_DIRECTORY=\"$R/objects/incoming\" && "
	    "a=$(echo good | git hash-object -w --stdin) && "
	    "b=$(echo evil | git hash-object -w --stdin) && echo $a > "
	    "\"$W/apart\" && cd objects/incoming && mv -f "
	    "$(echo $b | sed 's@^..@&/@') $(echo $a | sed 's@^..@&/@')"), 0);
	read_id(w, "apart", &id);
	set_stores(w, "objects/incoming", "objects");
	assert_ok(repository_find_environment(w->path, &r, &e), &e);
	assert_false(object_read(r, &id, OBJECT_BLOB, 100, &b, &e));
	assert_err(&e, ERR_GIT_OBJECT_CORRUPT);
	unset_stores();
}

static void
refuses_what_is_no_sha1_repository(void **state)
{
	struct world *w = *state;
	CLEANUP(repository_done) struct repository *r = NULL;
	char path[128];
	struct err e;

	assert_int_equal(shell(w, "git init -q --bare --object-format=sha256 "
	    "\"$W/s.git\""), 0);
	snprintf(path, sizeof(path), "%s/s.git", w->folder);
	assert_false(repository_open_objects(path, &r, &e));
	assert_err(&e, ERR_GIT_OBJECT_FORMAT);
	assert_false(repository_open(path, &r, &e));
	assert_err(&e, ERR_GIT_OBJECT_FORMAT);
	assert_false(repository_open_objects(w->folder, &r, &e));
	assert_err(&e, ERR_GIT_REPOSITORY);
	assert_false(repository_open(w->folder, &r, &e));
	assert_err(&e, ERR_GIT_REPOSITORY);
}

static void
refs_are_listed_by_prefix_within_a_limit(void **state)
{
	static const char *const names[] = {
		"refs/heads/main", "refs/tags/v2", "refs/tags/v1" };
	struct world *w = *state;
	struct tree_change c = world_change(w, "a", "x");
	struct object_id tree = tree_of(w, NULL, &c, 1);
	struct object_id one = world_commit(w, &tree, NULL, "one\n");
	CLEANUP(arena_done) struct arena *a = arena_new(65536);
	const struct ref *refs;
	size_t count;
	struct err e;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_ok(ref_update(w->repository, names[i], NULL, &one, &e),
		    &e);
	assert_ok(refs_list(w->repository, "refs/tags/", 2, a, &refs, &count,
	    &e), &e);
	assert_int_equal(count, 2);
	assert_true(span_is(refs[0].name, "refs/tags/v1"));
	assert_true(span_is(refs[1].name, "refs/tags/v2"));
	assert_false(refs_list(w->repository, "", 2, a, &refs, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
}

static void
what_a_killed_writer_left_is_swept_away(void **state)
{
	struct world *w = *state;
	struct tree_change c = world_change(w, "a", "one\n");
	struct object_id tree = tree_of(w, NULL, &c, 1);
	struct object_id one = world_commit(w, &tree, NULL, "one\n");
	const char *path = repository_path(w->repository);
	struct err e;

	assert_ok(ref_update(w->repository, "refs/tags/a_git2_b", NULL, &one,
	    &e), &e);
	assert_int_equal(shell(w, "cd \"$R\" && find . | sort > \"$W/was\" && "
	    "mkdir -p refs/heads/deep objects/pack && touch HEAD.lock "
	    "config.lock packed-refs.lock _git2_a1b2c3 "
	    "refs/heads/main.lock "
	    "refs/heads/deep/one.lock objects/tmp_object_git2_a1b2c3 "
	    "objects/pack/pack_git2_a1b2c3 objects/pack/pack-1.idx.lock"), 0);
	assert_ok(repository_sweep(path, &e), &e);
	assert_int_equal(shell(w, "cd \"$R\" && rmdir refs/heads/deep && "
	    "find . | sort | diff - \"$W/was\""), 0);
	assert_ok(ref_update(w->repository, "refs/heads/main", NULL, &one,
	    &e), &e);
	assert_ok(repository_sweep("/nonexistent/repository", &e), &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(git_reads_what_is_written),
		WORLD_TEST(an_emptied_folder_vanishes),
		WORLD_TEST(refuses_paths_that_cannot_stand),
		TEST(refuses_what_cannot_stand_in_a_commit),
		WORLD_TEST(git_verifies_what_is_put_together),
		WORLD_TEST(a_ref_moves_only_from_what_was_seen),
		WORLD_TEST(a_lock_left_behind_is_named),
		WORLD_TEST(no_step_of_two_writers_is_lost),
		WORLD_TEST(reads_only_what_fits),
		WORLD_TEST(a_damaged_object_is_not_read),
		WORLD_TEST(an_object_store_has_no_refs_and_no_alternates),
		WORLD_TEST(only_people_s_commands_read_by_git_s_environment),
		WORLD_TEST(what_git_s_environment_names_must_be_there),
		WORLD_TEST(a_damaged_object_apart_is_not_read),
		WORLD_TEST(refuses_what_is_no_sha1_repository),
		WORLD_TEST(refs_are_listed_by_prefix_within_a_limit),
		WORLD_TEST(what_a_killed_writer_left_is_swept_away),
	};

	return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
