/* pack: what was loose is in a pack, and at no moment nowhere. */
#include <string.h>
#include <sys/wait.h>

#include "git/object.h"
#include "git/pack.h"
#include "git/sweep.h"
#include "world.h"

#define COMMITS	60

static const char whole[] = "cd \"$R\" && git fsck --strict --full "
    "--no-dangling 2>&1 | grep -v '^notice' | { ! grep . ; } && "
    "test $(git rev-list --count main) = 60";

/* A history of commits with a file more each. */
static void
history(struct world *w)
{
	struct object_id tree, commit;
	char name[32], text[64];
	struct err e;

	for (unsigned i = 0; i < COMMITS; i++) {
		snprintf(name, sizeof(name), "a/file-%u", i);
		snprintf(text, sizeof(text), "text of %u\n", i);
		struct tree_change change = world_change(w, name, text);
		assert_ok(tree_write(w->repository, i == 0 ? NULL : &tree,
		    &change, 1, &tree, &e), &e);
		struct object_id next = world_commit(w, &tree, i == 0 ? NULL :
		    &commit, "more\n");
		assert_ok(ref_update(w->repository, "refs/heads/main",
		    i == 0 ? NULL : &commit, &next, &e), &e);
		commit = next;
	}
}

static size_t
pack(struct world *w, size_t least)
{
	size_t packed;
	struct err e;

	assert_ok(repository_pack(w->path, least, &packed, &e), &e);
	return packed;
}

/* Whoever has it open goes on reading, and writes. */
static void
what_was_loose_is_packed(void **state)
{
	struct world *w = *state;
	struct object_id before = world_blob(w, "before\n");
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_int_equal(pack(w, 100000), 0);
	history(w);
	size_t all = pack(w, 1);
	assert_true(all >= 4 * COMMITS);
	assert_int_equal(shell(w, "cd \"$R\" && test -z \"$(find objects "
	    "-type f -path 'objects/[0-9a-f]*/*' ! -path '*/pack/*')\" && test $(ls "
	    "objects/pack/*.pack | wc -l) = 1"), 0);
	assert_int_equal(shell(w, whole), 0);
	assert_ok(object_read(w->repository, &before, OBJECT_BLOB, 100, &b,
	    &e), &e);
	assert_int_equal(pack(w, 1), 0);
	struct object_id after = world_blob(w, "after\n");
	assert_int_equal(pack(w, 300), 0);
	assert_int_equal(pack(w, 1), 1);
	assert_ok(object_read(w->repository, &after, OBJECT_BLOB, 100, &b,
	    &e), &e);
	assert_int_equal(shell(w, whole), 0);
}

static void
where_nothing_is_there_is_nothing_to_pack(void **state)
{
	struct world *w = *state;
	size_t packed = 7;
	struct err e;

	(void)w;
	assert_ok(repository_pack("/nowhere/at/all.git", 1, &packed, &e), &e);
	assert_int_equal(packed, 0);
}

/* One that is damaged stays where it is, and all others with it. */
static void
what_cannot_be_read_is_not_packed(void **state)
{
	struct world *w = *state;
	size_t packed;
	struct err e;

	history(w);
	world_blob(w, "to be damaged\n");
	assert_int_equal(shell(w, "cd \"$R\" && id=$(echo to be damaged | git "
	    "hash-object --stdin) && f=objects/$(echo $id | cut -c1-2)/$(echo "
	    "$id | cut -c3-) && chmod u+w $f && echo junk > $f && find objects "
	    "-type f -path 'objects/[0-9a-f]*/*' ! -path '*/pack/*' | sort > ../before"), 0);
	assert_false(repository_pack(w->path, 1, &packed, &e));
	assert_err(&e, ERR_GIT_REPOSITORY);
	assert_int_equal(shell(w, "cd \"$R\" && find objects -type f -path "
	    "'objects/[0-9a-f]*/*' ! -path '*/pack/*' | sort | cmp - ../before"), 0);
}

/* At any moment: in the middle of the pack, of its index, of the removing. */
static void
a_kill_loses_nothing(void **state)
{
	struct world *w = *state;
	unsigned killed = 0;
	struct err e;

	history(w);
	for (unsigned at = 0; at < 60; at++) {
		size_t packed;
		int status;

		/* All loose again. */
		assert_int_equal(shell(w, "cd \"$R\" && mkdir -p ../packs && "
		    "{ mv objects/pack/*.pack ../packs/ 2>/dev/null || true; } "
		    "&& rm -f objects/pack/* && for p in ../packs/*.pack; do "
		    "[ ! -e $p ] || git unpack-objects -q < $p; done && "
		    "rm -rf ../packs"), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(repository_pack(w->path, 1, &packed, &e) ? 0 :
			    1);
		usleep(at * 400);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed += WIFSIGNALED(status);
		assert_ok(repository_sweep(w->path, &e), &e);
		assert_int_equal(shell(w, whole), 0);
	}
	print_message("killed %u times\n", killed);
	assert_true(killed > 0);
	pack(w, 1);
	assert_int_equal(shell(w, whole), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_was_loose_is_packed),
		WORLD_TEST(where_nothing_is_there_is_nothing_to_pack),
		WORLD_TEST(what_cannot_be_read_is_not_packed),
		WORLD_TEST(a_kill_loses_nothing),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
