/* refs: release tags made by git, and what the policy says of them. */
#include <string.h>

#include "config/load.h"
#include "git/repository.h"
#include "judge/office.h"
#include "judge/refs.h"

/* The project's repo; "tag NAME WHO CHANGE" makes a tag whose manifest was
 * changed by sed. */
static const char project[] =
    "A=$W/app; mkdir -p $A/dist; git init -q -b main $A; "
    "printf abc > $A/dist/a.zip; by ann $A add .; "
    "by ann $A commit -q -S -m one; echo x > $A/x; by ben $A add .; "
    "by ben $A commit -q -S -m two; ";

static const char tag_maker[] = "A=$W/app; tag() { "
    "printf 'release\\n\\n---\\ntagseal: 1\\nproject: app\\n"
    "policy: release\\nartifacts:\\n  - name: a.zip\\n"
    "    sha256: \"%s\"\\n    size: 3\\n    path: dist/a.zip\\n"
    "    configuration: default\\n' "
    "$(printf abc | sha256sum | cut -c1-64) | sed \"$3\" > $W/m; "
    "by $2 $A tag -s -F $W/m --cleanup=verbatim $1 ${4:-main}; }; ";

struct scene {
	struct office		*office;
	struct repository	*app;
	struct config		*config;
	struct signers		 signers;
	struct arena		*arena;
	struct release_look	 look;
	struct release		 release;
	struct decision		 decision;
};

/* The people of the office with their real keys. */
static struct config *
load_config(struct office *o)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct object_id tree = office_id(o, "config", "HEAD^{tree}");
	struct config *c;

	assert_true(config_load(o->repository, &tree, &c, &errors));
	return c;
}

static void
scene_open(struct scene *s, void **state, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	char path[128];
	struct err e;

	*s = (struct scene){ .office = *state,
	    .arena = arena_new((size_t)64 << 20) };
	buf_printf(&b, "%s%s%s", project, tag_maker, lines);
	office_run(s->office, buf_cstr(&b));
	snprintf(path, sizeof(path), "%s/app", s->office->folder);
	assert_ok(repository_open(path, &s->app, &e), &e);
	s->config = load_config(s->office);
	signers_init(&s->signers, s->config, NULL);
	s->look = (struct release_look){ .project = SPAN_TEXT("app"),
	    .seen = OFFICE_NOW };
	assert_ok(refs_list(s->app, "refs/heads/", 100, s->arena,
	    &s->look.branches, &s->look.branch_count, &e), &e);
}

static void
scene_close(struct scene *s)
{
	signers_done(&s->signers);
	config_free(s->config);
	repository_free(s->app);
	arena_free(s->arena);
}

static void
read_ref(struct scene *s, const char *ref)
{
	struct err e;

	s->look.ref = SPAN_TEXT(ref);
	assert_ok(ref_read(s->app, ref, &s->look.object, &e), &e);
	assert_ok(release_read(s->app, &s->signers, &s->look, s->arena,
	    &s->release, &e), &e);
	assert_ok(release_decide(s->config, &s->release.facts, s->arena,
	    &s->decision, &e), &e);
}

/* All codes that speak against, in their order, with spaces between. */
static void
assert_codes(struct scene *s, const char *ref, const char *want)
{
	CLEANUP(buf_done) struct buf codes = { 0 };

	read_ref(s, ref);
	for (size_t i = 0; i < s->decision.findings.count; i++)
		if (!s->decision.findings.items[i].met)
			buf_printf(&codes, "%s%s", codes.len > 0 ? " " : "",
			    s->decision.findings.items[i].row->code);
	assert_string_equal(buf_cstr(&codes), want);
	assert_int_equal(s->decision.outcome, want[0] == '\0' ?
	    OUTCOME_WAITING : OUTCOME_REFUSED);
}

static void
a_good_tag_is_a_good_request(void **state)
{
	CLEANUP(scene_close) struct scene s;
	CLEANUP(buf_done) struct buf blob = { 0 };
	enum artifact_place place;
	struct object_id head;
	struct err e;

	scene_open(&s, state, "tag v1 ann s/x/x/");
	assert_codes(&s, "refs/tags/v1", "");
	assert_span_equal(s.decision.submitter, SPAN_TEXT("ann"));
	head = office_id(s.office, "app", "main");
	assert_true(object_id_eq(&s.release.commit, &head));
	assert_int_equal(s.release.facts.commits.count, 2);
	assert_int_equal(s.release.authors.count, 2);
	assert_span_equal(s.release.authors.items[1], SPAN_TEXT("ben"));
	assert_true(span_starts(s.release.raw, "object "));
	const struct manifest_artifact *a =
	    &s.release.manifest.artifacts.items[0];
	assert_ok(release_artifact(s.app, &s.release, a, 100, &blob, &place,
	    &e), &e);
	assert_span_equal(buf_span(&blob), SPAN_TEXT("abc"));
	assert_int_equal(place, ARTIFACT_IN_TREE);
	assert_false(release_artifact(s.app, &s.release, a, 2, &blob, &place,
	    &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	struct manifest_artifact bad = *a;
	bad.sha256[0] ^= 1;
	assert_false(release_artifact(s.app, &s.release, &bad, 100, &blob,
	    &place, &e));
	assert_err(&e, ERR_ARTIFACT_DIGEST);
	bad.path = SPAN_TEXT("dist/none");
	assert_false(release_artifact(s.app, &s.release, &bad, 100, &blob,
	    &place, &e));
	assert_err(&e, ERR_GIT_PATH_MISSING);
}

static bool
artifact_at(struct scene *s, const char *path, uint64_t limit,
    enum artifact_place *place, struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	struct manifest_artifact a = s->release.manifest.artifacts.items[0];

	a.path = span_text(path);
	return release_artifact(s->app, &s->release, &a, limit, &blob, place,
	    e);
}

/* a.zip has the three bytes "abc"; its pointer is far longer. */
static void
a_pointer_of_git_lfs_is_told_from_a_file(void **state)
{
	CLEANUP(scene_close) struct scene s;
	static const struct {
		const char	*path;
		enum err_code	 code;
	} bad[] = {
		{ "dist/other", ERR_ARTIFACT_DIGEST },
		{ "dist/size", ERR_ARTIFACT_DIGEST },
		{ "dist/extension", ERR_GIT_LFS_POINTER },
		{ "dist/version", ERR_GIT_LFS_POINTER },
		{ "dist/long", ERR_LIMIT_SIZE },
		{ "dist/text", ERR_LIMIT_SIZE },
	};
	enum artifact_place place;
	struct err e;

	scene_open(&s, state, "first='version https://git-lfs.github.com/spec/"
	    "v'; oid=$(printf abc | sha256sum | cut -c1-64); put() { printf "
	    "\"$2\" > $A/dist/$1; }; put pointer \"${first}1\\noid sha256:"
	    "$oid\\nsize 3\\n\"; put other \"${first}1\\noid sha256:$(printf "
	    "%064d 0)\\nsize 3\\n\"; put size \"${first}1\\noid sha256:"
	    "$oid\\nsize 4\\n\"; put extension \"${first}1\\next-0-x sha256:"
	    "$oid\\noid sha256:$oid\\nsize 3\\n\"; put version \"${first}2\\n"
	    "oid sha256:$oid\\nsize 3\\n\"; put long \"${first}1$(printf "
	    "%01000d 0)\"; put text 'four'; by ann $A add .; "
	    "by ann $A commit -q -S -m lfs; tag v1 ann s/x/x/");
	read_ref(&s, "refs/tags/v1");
	assert_ok(artifact_at(&s, "dist/pointer", 3, &place, &e), &e);
	assert_int_equal(place, ARTIFACT_IN_LFS);
	assert_ok(artifact_at(&s, "dist/pointer", 500, &place, &e), &e);
	assert_int_equal(place, ARTIFACT_IN_LFS);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(artifact_at(&s, bad[i].path, 3, &place, &e));
		assert_err(&e, bad[i].code);
	}
	assert_false(artifact_at(&s, "dist/long", 2000, &place, &e));
	assert_err(&e, ERR_ARTIFACT_DIGEST);
}

static void
each_rule_has_its_own_code(void **state)
{
	static const struct { const char *ref, *codes; } cases[] = {
		{ "refs/tags/v2", "REF-KIND SIGNER-UNSIGNED REF-MANIFEST" },
		{ "refs/tags/v3", "REF-KIND SIGNER-SIGNATURE REF-MANIFEST" },
		{ "refs/tags/v4", "REF-NAME" },
		{ "refs/tags/v5", "SIGNER-UNKNOWN" },
		{ "refs/tags/v6", "REF-MANIFEST" },
		{ "refs/tags/v7", "REF-PROJECT" },
		{ "refs/tags/v8", "REF-POLICY-UNKNOWN" },
		{ "refs/tags/x9", "REF-PATTERN" },
		{ "refs/tags/v10", "REF-SUBMITTER" },
		{ "refs/tags/v11", "REF-BRANCH" },
		{ "refs/tags/v12", "SIGNER-UNSIGNED" },
		{ "refs/tags/v13", "REF-CONFIGURATION" },
		{ "refs/tags/v14", "SIGNER-UNSIGNED" },
		{ "refs/tags/v15", "REF-SUBMITTER REF-CONFIGURATION" },
		{ "refs/tags/v16", "REF-KIND SIGNER-UNSIGNED REF-MANIFEST" },
		{ "refs/tags/v17", "REF-MANIFEST" },
	};
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "tag good ann s/x/x/; "
	    "by ann $A tag v2; by ann $A tag -a -m nested v3 good; "
	    "by ann $A update-ref refs/tags/v4 good; "
	    "tag v5 eve s/x/x/; tag v6 ann 's/^---/--/'; "
	    "tag v7 ann 's/project: app/project: other/'; "
	    "tag v8 ann 's/policy: release/policy: none/'; "
	    "tag x9 ann s/x/x/; tag v10 bot s/x/x/; "
	    "by ann $A checkout -q -b wild; by ann $A commit -q -S "
	    "--allow-empty -m w; tag v11 ann s/x/x/ wild; "
	    "by ann $A checkout -q -b release/1 main; by ann $A commit "
	    "-q --allow-empty -m unsigned; tag v12 ann s/x/x/ release/1; "
	    "tag v13 ann 's/: default/: nightly/'; "
	    "by ann $A tag -a -F $W/m --cleanup=verbatim v14 main; "
	    "tag v15 bot 's/: default/: nightly/'; "
	    "by ann $A update-ref refs/tags/v16 main:dist/a.zip; "
	    "tag v17 ann 's/size: 3/size: 3\\nsize: 4/'");
	/* v14 is a good message, unsigned. */
	office_run(s.office, "A=$W/app; sed -i '/^size: 4/d' $W/m; "
	    "by ann $A tag -f -a -F $W/m --cleanup=verbatim v14 main");
	/* The heads that were there before wild and release/1 are too few. */
	struct err e;
	assert_ok(refs_list(s.app, "refs/heads/", 100, s.arena,
	    &s.look.branches, &s.look.branch_count, &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_codes(&s, cases[i].ref, cases[i].codes);
}

static void
a_ref_that_was_another_object_is_an_alarm(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "tag v1 ann s/x/x/");
	s.look.seen_object = SPAN_TEXT(
	    "1234567890123456789012345678901234567890");
	assert_codes(&s, "refs/tags/v1", "REF-MOVED");
	s.look.seen_object = s.release.facts.object;
	assert_codes(&s, "refs/tags/v1", "");
}

static void
commits_before_the_last_release_do_not_count(void **state)
{
	CLEANUP(scene_close) struct scene s;
	struct object_id base;

	scene_open(&s, state, "by ann $A commit -q --allow-empty -m unsigned; "
	    "by ann $A branch base; by ben $A commit -q -S --allow-empty "
	    "-m three; tag v1 ann s/x/x/");
	assert_codes(&s, "refs/tags/v1", "SIGNER-UNSIGNED");
	base = office_id(s.office, "app", "base");
	s.look.base = &base;
	assert_codes(&s, "refs/tags/v1", "");
	assert_int_equal(s.release.facts.commits.count, 1);
	assert_int_equal(s.release.authors.count, 1);
	assert_span_equal(s.release.authors.items[0], SPAN_TEXT("ben"));
}

static void
a_signed_head_of_a_branch_is_a_release(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "tag v1 ann s/x/x/; by ann $A checkout -q -b "
	    "release/2; by ann $A commit -q -S --allow-empty -F $W/m "
	    "--cleanup=verbatim");
	struct err e;
	assert_ok(refs_list(s.app, "refs/heads/", 100, s.arena,
	    &s.look.branches, &s.look.branch_count, &e), &e);
	assert_codes(&s, "refs/heads/release/2", "REF-PATTERN");
	assert_int_equal(s.release.facts.kind, REF_SIGNED_COMMIT);
	assert_non_null(s.release.facts.manifest);
}

/* Whoever signed the tag has not signed what lies elsewhere. */
static void
a_submodule_is_seen_wherever_it_is(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "sub() { by ann $A update-index --add "
	    "--cacheinfo 160000,$(git -C $A rev-parse base),$1; "
	    "by ann $A commit -q -S -m sub; }; by ann $A branch base; "
	    "sub lib/deep/x; tag v1 ann s/x/x/; sub y; tag v2 ann s/x/x/; "
	    "by ann $A rm -q --cached y lib/deep/x; "
	    "by ann $A commit -q -S -m none; tag v3 ann s/x/x/");
	assert_codes(&s, "refs/tags/v1", "REF-SUBMODULE");
	assert_int_equal(s.release.facts.submodules.count, 1);
	assert_span_equal(s.release.facts.submodules.items[0],
	    SPAN_TEXT("lib/deep/x"));
	assert_codes(&s, "refs/tags/v2", "REF-SUBMODULE REF-SUBMODULE");
	assert_codes(&s, "refs/tags/v3", "");
}

/* The policy asks for more from now on; "base" is where it begins. */
#define ASK(what)							\
	"sed -i 's/signed-commits: true/&, " what "/' "			\
	"$C/projects/app/policies/release.yaml; "			\
	"as cem commit -q -a -m policy; "
#define REVIEWS	ASK("reviewed-by-second-person: true")			\
	"by ann $A branch base; "					\
	"work() { echo $RANDOM > $A/$3; by $1 $A add .; "		\
	"by $1 $A commit -q -S -m $2; }; on() { by ann $A switch -q $*; }; "	\
	"merge() { by $1 $A merge -q --no-ff -S -m $2 $2; }; "

/* Who merges by a signed merge has reviewed what came in. */
static void
a_change_is_reviewed_by_who_merges_it(void **state)
{
	static const struct { const char *lines, *codes; } cases[] = {
		{ "on -c w; work ann 1 w1; work ann 2 w2; on main; "
		    "merge ben w; ", "" },
		{ "on -c w; work ann 1 w1; work ben 2 w2; on main; "
		    "merge ben w; ", "ORIGIN-REVIEW" },
		{ "on -c w; work ann 1 w1; on main; merge ann w; ",
		    "ORIGIN-REVIEW" },
		/* Main has moved: merged anew, it is the same. */
		{ "on -c w; work ann 1 w1; on -c v main; work ben 2 v1; "
		    "on main; merge ben w; merge ann v; ", "" },
		{ "on -c w; work ann 1 w1; on -c v main; work ben 2 v1; "
		    "on main; merge ben w; merge ann v; echo y > $A/own; "
		    "by ann $A add .; by ann $A commit -q -S --amend -m m; ",
		    "ORIGIN-REVIEW" },
		/* Nobody but its author has seen it. */
		{ "work ben 1 direct; ", "ORIGIN-REVIEW" },
		{ "on -c w; work ann 1 w1; by ann $A switch -q main; "
		    "by ben $A merge -q --ff-only w; ", "ORIGIN-REVIEW" },
		/* Who brings a branch up to date has not reviewed the other. */
		{ "on -c w; work ann 1 w1; on main; work ben 2 direct; "
		    "on w; merge ann main; on main; merge ben w; ",
		    "ORIGIN-REVIEW" },
		{ "on -c v; work ann 1 v1; on main; merge ben v; on -c w base; "
		    "work ann 2 w1; merge ann main; work ann 3 w2; on main; "
		    "merge ben w; ", "" },
		/* A branch of branches: each with a second person. */
		{ "on -c dev; on -c w; work ann 1 w1; on dev; merge ben w; "
		    "on main; merge ann dev; ", "" },
		{ "on -c dev; on -c w; work ann 1 w1; on dev; merge ann w; "
		    "on main; merge ann dev; ", "ORIGIN-REVIEW" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(scene_close) struct scene s;
		CLEANUP(buf_done) struct buf b = { 0 };
		struct object_id base;

		if (i > 0) {
			office_close(state);
			office_open(state);
		}
		buf_printf(&b, "%s%s tag v1 ann s/x/x/", REVIEWS,
		    cases[i].lines);
		scene_open(&s, state, buf_cstr(&b));
		base = office_id(s.office, "app", "base");
		s.look.base = &base;
		assert_codes(&s, "refs/tags/v1", cases[i].codes);
	}
}

/* Before the first release commits count from where the policy says. */
static void
a_first_release_begins_where_the_policy_says(void **state)
{
	CLEANUP(scene_close) struct scene s;
	struct object_id base;

	scene_open(&s, state, "by ann $A commit -q --allow-empty -m unsigned; "
	    "by ann $A branch start; "
	    "by ben $A commit -q -S --allow-empty -m three; "
	    "tag v1 ann s/x/x/; by ben $A commit -q --allow-empty -m four; "
	    "tag v2 ann s/x/x/; "
	    ASK("since: \"'$(git -C $A rev-parse start)'\""));
	assert_codes(&s, "refs/tags/v1", "");
	assert_int_equal(s.release.facts.commits.count, 1);
	assert_codes(&s, "refs/tags/v2", "SIGNER-UNSIGNED");
	/* A release that is completed counts for more. */
	base = office_id(s.office, "app", "start~1");
	s.look.base = &base;
	assert_codes(&s, "refs/tags/v1", "SIGNER-UNSIGNED");
}

static void
a_beginning_that_is_not_there_is_none(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "by ann $A commit -q --allow-empty -m unsigned; "
	    "by ben $A commit -q -S --allow-empty -m three; "
	    "tag v1 ann s/x/x/; " ASK("since: \"0123456789abcdef0123456789"
	    "abcdef01234567\""));
	assert_codes(&s, "refs/tags/v1", "SIGNER-UNSIGNED");
}

static void
a_project_wants_the_refs_of_its_policies(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "true");
	const struct project *p = config_project(s.config, SPAN_TEXT("app"));
	assert_true(release_wanted(p, SPAN_TEXT("refs/tags/v1")));
	assert_true(release_wanted(p, SPAN_TEXT("refs/tags/a/b")));
	assert_false(release_wanted(p, SPAN_TEXT("refs/heads/main")));
	assert_false(release_wanted(p, SPAN_TEXT("refs/tags")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(a_good_tag_is_a_good_request),
		OFFICE_TEST(a_pointer_of_git_lfs_is_told_from_a_file),
		OFFICE_TEST(each_rule_has_its_own_code),
		OFFICE_TEST(a_ref_that_was_another_object_is_an_alarm),
		OFFICE_TEST(commits_before_the_last_release_do_not_count),
		OFFICE_TEST(a_signed_head_of_a_branch_is_a_release),
		OFFICE_TEST(a_submodule_is_seen_wherever_it_is),
		OFFICE_TEST(a_change_is_reviewed_by_who_merges_it),
		OFFICE_TEST(a_first_release_begins_where_the_policy_says),
		OFFICE_TEST(a_beginning_that_is_not_there_is_none),
		OFFICE_TEST(a_project_wants_the_refs_of_its_policies),
	};

	return cmocka_run_group_tests_name("refs", tests, NULL, NULL);
}
