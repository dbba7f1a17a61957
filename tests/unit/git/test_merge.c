/* merge: what git merges cleanly, path by path, and what somebody added. */
#include <string.h>

#include "git/merge.h"
#include "world.h"

/* Lines that make a repository in $W/m whose heads "ours" and "theirs" have
 * gone apart at "start"; git runs as "g". */
static const char start[] = "set -e; cd $W; rm -rf m; git init -q -b start m; "
    "cd m; g() { git -c user.name=a -c user.email=a@b "
    "-c commit.gpgsign=false \"$@\"; }; "
    "put() { mkdir -p $(dirname $2); printf '%s' $1 > $2; git add -A; }; "
    "put 1 a; put 1 b; put 1 d/e; put 1 d/f; g commit -q -m start; ";

static struct object_id
id_of(const struct world *w, const char *name)
{
	char command[200], line[100] = "";
	struct object_id id;

	snprintf(command, sizeof(command), "git -C %s/m rev-parse %s",
	    w->folder, name);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_int_equal(pclose(f), 0);
	assert_true(object_id_parse((struct span){ (uint8_t *)line, 40 },
	    &id));
	return id;
}

static struct repository *
made(struct world *w, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct repository *r;
	char path[128];
	struct err e;

	buf_printf(&b, "%s%s", start, lines);
	assert_int_equal(shell(w, buf_cstr(&b)), 0);
	snprintf(path, sizeof(path), "%s/m", w->folder);
	assert_ok(repository_open(path, &r, &e), &e);
	return r;
}

#define APART(ours, theirs)						\
	"g switch -q -c ours; " ours "; g commit -q --allow-empty -m o; "	\
	"g switch -q -c theirs start; " theirs				\
	"; g commit -q --allow-empty -m t; g switch -q ours; "
#define MERGE	"g merge -q --no-ff -m m theirs; "
#define AMEND	"g commit -q --amend --no-edit; "
/* What a merge with a conflict is made of, whatever git thinks of it. */
#define FORCE(lines)							\
	"g merge -q --no-ff --no-commit -s ours theirs; " lines		\
	"; g commit -q --allow-empty -m m; "

static void
a_merge_that_adds_nothing_is_clean(void **state)
{
	static const struct { const char *lines; bool clean; } cases[] = {
		{ APART("put 2 a", "put 2 b") MERGE, true },
		{ APART(":", "put 2 b") MERGE, true },
		{ APART("put 2 a; git rm -q d/e", "put 2 d/f; put 1 x/y")
		    MERGE, true },
		{ APART("put 2 a", "put 2 a") MERGE, true },
		{ APART("chmod +x a; git add a", "put 2 b") MERGE, true },
		{ APART("git rm -q -r d; put 1 d", "put 2 a") MERGE, true },
		/* Something of its own. */
		{ APART("put 2 a", "put 2 b") MERGE "put 3 c; " AMEND, false },
		{ APART("put 2 a", "put 2 b") MERGE "put 3 a; " AMEND, false },
		{ APART("put 2 a", "put 2 b") MERGE "git rm -q d/e; " AMEND,
		    false },
		{ APART("put 2 a", "put 2 b") MERGE "chmod +x b; git add b; "
		    AMEND, false },
		/* One side given up, or put back. */
		{ APART("put 2 a", "put 2 b") FORCE(":"), false },
		{ APART("put 2 a", "put 2 b") MERGE "put 1 a; " AMEND, false },
		/* Both changed it: somebody has decided. */
		{ APART("put 2 a", "put 3 a") FORCE(":"), false },
		{ APART("put 2 a", "put 3 a") FORCE("put 3 a"), false },
		{ APART("put 2 a", "put 3 a") FORCE("put 23 a"), false },
		{ APART("put 2 a", "git rm -q a") FORCE("git rm -q a"),
		    false },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(repository_done) struct repository *r = made(w,
		    cases[i].lines);
		struct object_id ours = id_of(w, "ours~1");
		struct object_id theirs = id_of(w, "theirs"), base;
		struct merge_trees t = { id_of(w, "start^{tree}"),
		    id_of(w, "ours~1^{tree}"), id_of(w, "theirs^{tree}"),
		    id_of(w, "ours^{tree}") };
		struct object_id due = id_of(w, "start");
		bool clean, found;
		struct err e;

		assert_ok(merge_base(r, &ours, &theirs, &base, &found, &e),
		    &e);
		assert_true(found && object_id_eq(&base, &due));
		assert_ok(merge_is_clean(r, &t, &clean, &e), &e);
		if (clean != cases[i].clean)
			fail_msg("%s", cases[i].lines);
	}
}

static void
the_base_is_the_nearest_common_one(void **state)
{
	static const struct { const char *lines, *base; } cases[] = {
		/* Nothing but a step ahead; nothing at all. */
		{ "g branch ours; g switch -q -c theirs; put 2 a; "
		    "g commit -q -m t", "start" },
		{ "g branch theirs; g switch -q -c ours; put 2 a; "
		    "g commit -q -m o", "start" },
		/* After a merge of the main branch into the side branch. */
		{ APART("put 2 a", "put 2 b") "g branch half ours; "
		    "g switch -q theirs; g merge -q --no-ff -m back ours; "
		    "put 3 b; g commit -q -m t2; g switch -q ours; put 3 a; "
		    "g commit -q -m o2", "half" },
		/* Crosswise: two of them; and none. */
		{ APART("put 2 a", "put 2 b") "g branch o ours; "
		    "g merge -q --no-ff -m m1 theirs; g switch -q theirs; "
		    "g merge -q --no-ff -m m2 o; put 9 b; g commit -q -m x",
		    NULL },
		{ "g branch ours; g switch -q --orphan theirs; put 1 z; "
		    "g commit -q -m z", NULL },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(repository_done) struct repository *r = made(w,
		    cases[i].lines);
		struct object_id ours = id_of(w, "ours");
		struct object_id theirs = id_of(w, "theirs"), base, due;
		bool found;
		struct err e;

		assert_ok(merge_base(r, &ours, &theirs, &base, &found, &e),
		    &e);
		if (found != (cases[i].base != NULL))
			fail_msg("%s", cases[i].lines);
		if (!found)
			continue;
		due = id_of(w, cases[i].base);
		assert_true(object_id_eq(&base, &due));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_merge_that_adds_nothing_is_clean),
		WORLD_TEST(the_base_is_the_nearest_common_one),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
