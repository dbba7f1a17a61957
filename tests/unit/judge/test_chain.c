/* chain: config repos made by git, walked from a pinned root. */
#include <string.h>

#include "base/text.h"
#include "judge/chain.h"
#include "judge/chain_walk.h"

static void
two_administrators_change_anything_by_a_signed_merge(void **state)
{
	assert_change(*state, "as cem checkout -q -b work; "
	    "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename; as cem checkout -q main; "
	    "as dea merge -q --no-ff -S -m merge work", "none", "dea");
}

static void
one_administrator_alone_is_pending(void **state)
{
	assert_change(*state, "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename", "CHAIN-PENDING", "cem");
}

static void
merging_the_own_commit_is_no_second_signature(void **state)
{
	assert_change(*state, "as cem checkout -q -b work; "
	    "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename; as cem checkout -q main; "
	    "as cem merge -q --no-ff -S -m merge work", "CHAIN-PENDING",
	    "cem");
}

static void
a_merge_that_changes_more_does_not_borrow_the_signature(void **state)
{
	assert_change(*state, "as cem checkout -q -b work; "
	    "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename; as cem checkout -q main; "
	    "as dea merge -q --no-ff --no-commit work; "
	    "sed -i 's/threshold: 2/threshold: 1/' $C/tagseal.yaml; "
	    "as dea commit -q -S -a -m merge", "CHAIN-PENDING", "dea");
}

/* Two administrators take back what cem's old commit says. */
static void
an_old_commit_cannot_be_merged_to_bring_its_files_back(void **state)
{
	struct office *o = *state;

	office_run(o, "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename; as cem branch old; "
	    "sed -i 's/Other/Third/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m again");
	assert_change(o, "t=$(git -C $C rev-parse old^{tree}); "
	    "m=$(as dea commit-tree -S -p HEAD -p old -m back $t); "
	    "as dea reset -q --hard $m", "CHAIN-PENDING", "dea");
}

static void
owners_change_descriptions_and_nothing_else(void **state)
{
	assert_change(*state, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as ann commit -q -S -a -m words",
	    "none", "ann");
	assert_change(*state, "sed -i 's/srv/tmp/' "
	    "$C/projects/app/project.yaml; as ann commit -q -S -a -m out",
	    "CHAIN-PATH", "ann");
}

static void
no_signature_or_a_strange_one_stops_the_chain(void **state)
{
	struct office *o = *state;

	office_run(o, "as ann branch start");
	assert_change(o, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as ann commit -q -a -m words",
	    "SIGNER-UNSIGNED", "");
	office_run(o, "as ann reset -q --hard start");
	assert_change(o, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as eve commit -q -S -a -m words",
	    "SIGNER-UNKNOWN", "");
}

/* Who makes herself an administrator is none by the state before. */
static void
authority_comes_from_the_parent(void **state)
{
	assert_change(*state, "cd $C; "
	    "k=\"$(cut -d' ' -f1,2 ../keys/eve.pub)\"; "
	    "printf 'name: Eve\\nemail: e@test\\nkeys: [{ssh: \"%s\"}]\\n' "
	    "\"$k\" > people/eve.yaml; "
	    "echo 'members: [person/eve, person/cem]' > groups/admins.yaml; "
	    "as eve add .; as eve commit -q -S -m eve", "SIGNER-UNKNOWN", "");
}

static void
an_unsound_state_stops_the_chain(void **state)
{
	assert_change(*state, "cd $C; as cem checkout -q -b work; "
	    "echo 'members: [person/nobody]' > groups/developers.yaml; "
	    "as cem commit -q -S -a -m oops; as cem checkout -q main; "
	    "as dea merge -q --no-ff -S -m merge work", "CHAIN-UNSOUND",
	    "dea");
}

static void
links_and_submodules_stop_the_chain(void **state)
{
	struct office *o = *state;

	assert_change(o, "cd $C; as cem checkout -q -b link; "
	    "ln -s people elsewhere; as cem add .; as cem commit -q -S -m l; "
	    "as cem checkout -q main; as dea merge -q --no-ff -S -m m link",
	    "CHAIN-UNSOUND", "dea");
	office_run(o, "as dea reset -q --hard HEAD~1");
	assert_change(o, "cd $C; as cem checkout -q -b sub; "
	    "as cem update-index --add --cacheinfo "
	    "160000,$(git rev-parse HEAD),sub; as cem commit -q -S -m s; "
	    "as cem checkout -q main; as dea merge -q --no-ff -S -m m sub",
	    "GIT-TREE-SUBMODULE", "");
}

/* What a host may show, and nobody can read, is no reason to stop. */
static void
what_cannot_be_read_is_refused(void **state)
{
	static const char *const heads[][2] = {
		{ "rm .git/objects/$(git rev-parse HEAD:x | "
		    "sed 's@^..@&/@')", "GIT-OBJECT-MISSING" },
		{ "rm .git/objects/$(git rev-parse HEAD: | "
		    "sed 's@^..@&/@')", "GIT-OBJECT-MISSING" },
		{ "raw \"$(git cat-file commit HEAD | "
		    "sed 's/^parent 0/parent f/; t; s/^parent ./parent 0/')\"",
		    "GIT-OBJECT-MISSING" },
		{ "raw \"$(git cat-file commit HEAD | "
		    "sed '/^tree/s/[a-f]/\\U&/g; s/^TREE/tree/')\"",
		    "GIT-OBJECT-MALFORMED" },
		{ "raw \"$(git cat-file commit HEAD | "
		    "sed '/^committer/d')\"", "GIT-OBJECT-MALFORMED" },
		{ "blob=$(git rev-parse HEAD:x); "
		    "echo $blob > .git/refs/heads/main",
		    "GIT-OBJECT-MISSING" },
	};
	struct office *o = *state;
	char lines[1024];

	office_run(o, "as cem branch start");
	for (size_t i = 0; i < COUNT(heads); i++) {
		office_run(o, "cd $C; git rev-parse start > "
		    ".git/refs/heads/main; git reset -q --hard");
		snprintf(lines, sizeof(lines), "cd $C; raw() { printf '%%s\\n' "
		    "\"$1\" | git hash-object --literally -w --stdin "
		    "-t commit > .git/refs/heads/main; }; date +%%N%zu > x; "
		    "as cem add x; as cem commit -q -S -m x; %s", i,
		    heads[i][0]);
		assert_change(o, lines, heads[i][1], "");
	}
}

static void
octopus_merges_are_refused(void **state)
{
	assert_change(*state, "cd $C; for b in x y; do "
	    "as cem checkout -q -b $b main; echo $b > $b; as cem add $b; "
	    "as cem commit -q -S -m $b; done; as cem checkout -q main; "
	    "as dea merge -q --no-ff -S -m both x y", "CHAIN-MERGE", "");
}

static void
a_rewind_is_an_alarm(void **state)
{
	struct office *o = *state;

	office_run(o, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as ann commit -q -S -a -m words");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);
	struct chain_look look = { .now = OFFICE_NOW };
	struct err e;

	office_run(o, "as ann reset -q --hard HEAD~1");
	look.head = office_id(o, "config", "HEAD");
	assert_false(chain_advance(c, &look, &e));
	assert_err(&e, ERR_GIT_HISTORY_APART);
	assert_int_equal(e.what->kind, ERR_KIND_ALARM);
}

static void
another_root_than_the_pinned_one_is_an_alarm(void **state)
{
	struct office *o = *state;
	struct object_id id = office_id(o, "config", "HEAD");
	struct config_errors errors = { 0 };
	struct chain_pin pin, bad;
	struct chain *c;
	struct err e;

	assert_ok(chain_pin_of(o->repository, &id, &pin, &e), &e);
	bad = pin;
	bad.payload_sha256[0] ^= 1;
	assert_false(chain_open(o->repository, &bad, NULL, &c, &errors, &e));
	assert_err(&e, ERR_CHAIN_ROOT);
	bad = pin;
	bad.manifest_sha256[31] ^= 1;
	assert_false(chain_open(o->repository, &bad, NULL, &c, &errors, &e));
	assert_err(&e, ERR_CHAIN_ROOT);
}

static const struct chain_verdict *
walk_endorsed(struct office *o, struct chain *c, const char *tag)
{
	struct object_id endorsement = office_id(o, "config", tag);
	struct chain_look look = { .head = office_id(o, "config", "HEAD"),
	    .endorsements = &endorsement, .endorsement_count = 1,
	    .now = OFFICE_NOW };
	size_t count;
	struct err e;

	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, &count);
	assert_int_equal(count, 1);
	return v;
}

static const char endorse[] = "cd $C; "
    "m=$(git ls-tree -r HEAD | while IFS='\t' read -r meta path; do "
    "set -- $meta; echo \"$1 $(git cat-file blob $3 | sha256sum | "
    "cut -c1-64) $path\"; done | LC_ALL=C sort -k3 | sha256sum | "
    "cut -c1-64); c=$(git rev-parse HEAD); "
    "e() { as $1 tag -s -m \"endorsed\n\ncommit: $3\n"
    "manifest-sha256: $4\" $2; }; e dea yes $c $m; e cem same $c $m; "
    "e eve strange $c $m; e dea other $(git rev-parse HEAD~1) $m; "
    "e dea wrong $c $(echo $m | tr 0-9a-f 1-9a-f0)";

static void
a_signed_endorsement_is_the_second_signature(void **state)
{
	static const struct { const char *tag; bool good; } cases[] = {
		{ "same", false }, { "strange", false }, { "other", false },
		{ "wrong", false }, { "HEAD", false }, { "yes", true },
	};
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	office_run(o, "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename");
	office_run(o, endorse);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct chain_verdict *v = walk_endorsed(o, c,
		    cases[i].tag);

		assert_string_equal(verdict_code(v), cases[i].good ? "none" :
		    "CHAIN-PENDING");
		assert_string_equal(chain_rule(v, 0), "administrators");
		assert_int_equal(v->endorsements.count, i == 0 ||
		    cases[i].good);
	}
}

/* Time counts from when the commit was first seen. */
static int64_t
long_ago(void *arg, const struct object_id *id)
{
	(void)arg, (void)id;
	return INT64_C(1500000000000);
}

static void
a_key_is_judged_by_the_time_when_the_commit_was_first_seen(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);
	struct chain_look look = { .now = OFFICE_NOW, .first_seen = long_ago };
	size_t count;
	struct err e;

	office_run(o, "sed -i 's/an app/the app/' "
	    "$C/projects/app/project.yaml; as ann commit -q -S -a -m words");
	look.head = office_id(o, "config", "HEAD");
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, &count);
	assert_int_equal(count, 1);
	assert_string_equal(verdict_code(v), "SIGNER-KEY-EXPIRED");
	assert_int_equal(v->first_seen, INT64_C(1500000000000));
}

/* What the ledger tells after a restart: of the merge, not of what it brings. */
static int64_t
seen_merges(void *arg, const struct object_id *id)
{
	return object_id_eq(arg, id) ? OFFICE_NOW : 0;
}

static void
what_a_merge_brings_in_was_seen_with_it(void **state)
{
	struct office *o = *state;

	office_run(o, "sed -i '/valid-from/a\\    valid-to: \"2027-02-01\"' "
	    "$C/people/cem.yaml; as cem commit -q -S -a -m 'for a year'");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);
	office_run(o, "as cem checkout -q -b work; "
	    "sed -i 's/Test/Other/' $C/tagseal.yaml; "
	    "as cem commit -q -S -a -m rename; as cem checkout -q main; "
	    "as dea merge -q --no-ff -S -m merge work");
	struct object_id merge = office_id(o, "config", "HEAD");
	struct chain_look look = { .head = merge,
	    .now = OFFICE_NOW + 1000 * HOUR, .first_seen = seen_merges,
	    .arg = &merge };
	size_t count;
	struct err e;

	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, &count);
	assert_int_equal(count, 1);
	assert_string_equal(verdict_code(v), "none");
	look.first_seen = NULL;
	CLEANUP(chain_done) struct chain *late = chain_at(o, "HEAD~1", NULL);
	assert_ok(chain_advance(late, &look, &e), &e);
	v = chain_verdicts(late, &count);
	assert_string_equal(verdict_code(v), "SIGNER-KEY-EXPIRED");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(two_administrators_change_anything_by_a_signed_merge),
		OFFICE_TEST(one_administrator_alone_is_pending),
		OFFICE_TEST(merging_the_own_commit_is_no_second_signature),
		OFFICE_TEST(a_merge_that_changes_more_does_not_borrow_the_signature),
		OFFICE_TEST(an_old_commit_cannot_be_merged_to_bring_its_files_back),
		OFFICE_TEST(owners_change_descriptions_and_nothing_else),
		OFFICE_TEST(no_signature_or_a_strange_one_stops_the_chain),
		OFFICE_TEST(authority_comes_from_the_parent),
		OFFICE_TEST(an_unsound_state_stops_the_chain),
		OFFICE_TEST(links_and_submodules_stop_the_chain),
		OFFICE_TEST(what_cannot_be_read_is_refused),
		OFFICE_TEST(octopus_merges_are_refused),
		OFFICE_TEST(a_rewind_is_an_alarm),
		OFFICE_TEST(another_root_than_the_pinned_one_is_an_alarm),
		OFFICE_TEST(a_signed_endorsement_is_the_second_signature),
		OFFICE_TEST(what_a_merge_brings_in_was_seen_with_it),
		OFFICE_TEST(a_key_is_judged_by_the_time_when_the_commit_was_first_seen),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
