/* release_decide: a good tag, and each rule broken alone. */
#include <string.h>

#include "organization.h"
#include "policy/policy.h"
#include "test.h"

#define DAY	INT64_C(86400000)
#define NOW	(INT64_C(20000) * DAY)

struct world {
	struct organization_files	 files;
	struct config			*config;
	struct arena			*arena;
	struct manifest			 manifest;
	struct manifest_artifact	 artifacts[2];
	struct commit_fact		 commits[2];
	struct span			 branch;
	struct release_facts		 facts;
	struct decision			 decision;
};

static struct world w;

static struct signature_fact
signed_by(const char *slug)
{
	const struct person *p = config_person(w.config, SPAN_TEXT(slug));

	return (struct signature_fact){ .good = true, .key = p == NULL ?
	    SPAN_TEXT("no key of people/") : p->keys.items[0].bytes,
	    .first_seen = NOW };
}

static void
build(void)
{
	config_free(w.config);
	w.config = organization_config(&w.files);
	w.artifacts[0] = (struct manifest_artifact){ .name =
	    SPAN_TEXT("a.zip"), .sha256 = { 1 }, .size = 1,
	    .configuration = SPAN_TEXT("default") };
	w.artifacts[1] = (struct manifest_artifact){ .name =
	    SPAN_TEXT("b.zip"), .sha256 = { 2 }, .size = 1,
	    .configuration = SPAN_TEXT("default") };
	w.manifest = (struct manifest){ .project = SPAN_TEXT("app"),
	    .policy = SPAN_TEXT("release"),
	    .artifacts = { w.artifacts, 2 } };
	w.commits[0] = (struct commit_fact){ .id = SPAN_TEXT("c0ffee"),
	    .signature = signed_by("ann"), .review = signed_by("ben") };
	w.commits[1] = (struct commit_fact){ .id = SPAN_TEXT("facade"),
	    .signature = signed_by("ben"), .review = signed_by("ann") };
	w.branch = SPAN_TEXT("release/1.2");
	w.facts = (struct release_facts){ .project = SPAN_TEXT("app"),
	    .ref = SPAN_TEXT("refs/tags/v1.2"),
	    .header_name = SPAN_TEXT("v1.2"), .size = 1000,
	    .signature = signed_by("ann"), .manifest = &w.manifest,
	    .commit = SPAN_TEXT("facade"), .branches = { &w.branch, 1 },
	    .commits = { w.commits, 2 }, .object = SPAN_TEXT("0badcafe") };
}

static int
begin(void **state)
{
	(void)state;
	w = (struct world){ .arena = arena_new(1 << 20) };
	organization_init(&w.files);
	build();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	config_free(w.config);
	arena_free(w.arena);
	organization_done(&w.files);
	return 0;
}

static void
decide(enum outcome outcome)
{
	struct err e;

	assert_ok(release_decide(w.config, &w.facts, w.arena, &w.decision,
	    &e), &e);
	if (w.decision.outcome == outcome)
		return;
	CLEANUP(buf_done) struct buf b = { 0 };
	decision_print(&w.decision, &b);
	fail_msg("%s", buf_cstr(&b));
}

/* Refused for this one reason, which stands in the row of this rule. */
static void
refused(enum err_code code, const char *rule, const char *says)
{
	const struct finding *unmet = NULL;
	size_t count = 0;

	decide(OUTCOME_REFUSED);
	for (size_t i = 0; i < w.decision.findings.count; i++)
		if (!w.decision.findings.items[i].met) {
			unmet = &w.decision.findings.items[i];
			count++;
		}
	assert_int_equal(count, 1);
	assert_string_equal(unmet->row->code, err_rows[code].code);
	assert_string_equal(unmet->rule, rule);
	if (span_find(unmet->text, SPAN_TEXT(says)) == SIZE_MAX)
		fail_msg("%.*s", (int)unmet->text.len, unmet->text.ptr);
}

static const char *
cause_of(const char *rule)
{
	for (size_t i = 0; i < w.decision.findings.count; i++) {
		const struct finding *f = &w.decision.findings.items[i];

		if (!f->met && strcmp(f->rule, rule) == 0)
			return f->cause == NULL ? "none" : f->cause->code;
	}
	return "no finding";
}

static void
a_good_tag_waits_for_approval(void **state)
{
	(void)state;
	decide(OUTCOME_WAITING);
	assert_int_equal(w.decision.findings.count, 20);
	assert_true(span_is(w.decision.submitter, "ann"));
	assert_true(span_is(w.decision.policy->slug, "release"));
	w.facts.seen_object = SPAN_TEXT("0badcafe");
	decide(OUTCOME_WAITING);
}

static void
refs_must_be_signed_tags_of_their_own_name(void **state)
{
	(void)state;
	w.facts.kind = REF_LIGHTWEIGHT_TAG;
	refused(ERR_REF_KIND, "ref-kind", "a lightweight tag");
	w.facts.kind = REF_TAG_OF_TAG;
	refused(ERR_REF_KIND, "ref-kind", "a tag of another tag");
	build();
	w.facts.header_name = SPAN_TEXT("v1.1");
	refused(ERR_REF_NAME, "ref-name", "\"v1.1\" was signed");
	w.facts.header_name = SPAN_TEXT("refs/tags/v1.2");
	refused(ERR_REF_NAME, "ref-name", "was signed");
	build();
	w.facts.size = 100000000;
	refused(ERR_REF_SIZE, "ref-size", "100000000");
}

static void
signers_must_be_known_and_enabled(void **state)
{
	(void)state;
	w.facts.signature.good = false;
	w.facts.signature.why = "the payload differs";
	refused(ERR_SIGNER_SIGNATURE, "signer-known", "the payload differs");
	w.facts.signature.cause = &err_rows[ERR_GIT_SIGNATURE_BAD];
	refused(ERR_SIGNER_SIGNATURE, "signer-known", "the payload differs");
	assert_string_equal(cause_of("signer-known"), "GIT-SIGNATURE-BAD");
	w.facts.signature.cause = &err_rows[ERR_GIT_UNSIGNED];
	refused(ERR_SIGNER_UNSIGNED, "signer-known", "the payload differs");
	assert_string_equal(cause_of("signer-known"), "GIT-UNSIGNED");
	w.facts.signature.cause = &err_rows[ERR_GIT_SIGNER_UNKNOWN];
	refused(ERR_SIGNER_UNKNOWN, "signer-known", "the payload differs");
	build();
	w.facts.signature.key = SPAN_TEXT("");
	refused(ERR_SIGNER_UNKNOWN, "signer-known", "nobody");
	w.facts.signature = signed_by("mallory");
	refused(ERR_SIGNER_UNKNOWN, "signer-known", "nobody");
	build();
	w.facts.signature.first_seen = 0;
	refused(ERR_SIGNER_KEY_EXPIRED, "signer-known", "2020-01-01");
	build();
	w.commits[0].signature = signed_by("ben");
	struct person_key *key = (struct person_key *)(uintptr_t)
	    config_person(w.config, SPAN_TEXT("ann"))->keys.items;
	key->valid_to = NOW;
	refused(ERR_SIGNER_KEY_EXPIRED, "signer-known", "until");
	key->valid_to = NOW + 1;
	decide(OUTCOME_WAITING);
	key->revoked = (struct revocation){ .at = { "x", 1, 1 },
	    .when = NOW + DAY, .reason = SPAN_TEXT("lost") };
	decide(OUTCOME_WAITING);
	key->revoked.compromised_since = NOW;
	refused(ERR_SIGNER_KEY_REVOKED, "signer-known", "lost");
}

static void
disabled_people_sign_nothing(void **state)
{
	(void)state;
	struct config_file *f = w.files.files;

	while (strcmp(f->path, "people/ann.yaml") != 0)
		f++;
	char text[512];
	snprintf(text, sizeof(text), "%.*sdisabled: true\n",
	    (int)f->bytes.len, (const char *)f->bytes.ptr);
	organization_put(&w.files, "people/ann.yaml", text);
	build();
	w.commits[0].signature = signed_by("ben");
	refused(ERR_SIGNER_DISABLED, "signer-known", "ann");
}

static void
manifests_must_fit_project_and_policy(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_CONFIG_YAML, "no YAML here");
	w.facts.manifest = NULL;
	w.facts.manifest_error = &e;
	refused(ERR_REF_MANIFEST, "manifest", "no YAML here");
	build();
	w.manifest.project = SPAN_TEXT("other");
	refused(ERR_REF_PROJECT, "project", "\"other\"");
	build();
	w.facts.project = SPAN_TEXT("gone");
	refused(ERR_REF_PROJECT_UNKNOWN, "project", "\"gone\"");
	build();
	w.manifest.policy = SPAN_TEXT("relase");
	refused(ERR_REF_POLICY_UNKNOWN, "policy", "\"relase\"");
	build();
	w.facts.ref = SPAN_TEXT("refs/tags/v/1");
	w.facts.header_name = SPAN_TEXT("v/1");
	refused(ERR_REF_PATTERN, "policy", "refs/tags/v/1");
}

static void
only_submitters_submit(void **state)
{
	(void)state;
	w.facts.signature = signed_by("cem");
	refused(ERR_REF_SUBMITTER, "submitter", "cem may not");
	w.facts.signature = signed_by("bot");
	refused(ERR_REF_SUBMITTER, "submitter", "bot may not");
	w.manifest.policy = SPAN_TEXT("test");
	decide(OUTCOME_WAITING);
	organization_put(&w.files, "groups/developers.yaml",
	    "members: [person/ann, person/ben, person/bot]\n");
	organization_put(&w.files, "projects/app/project.yaml",
	    "repository: [\"https://git.test/app.git\"]\n"
	    "owners: [person/ann]\noutputs: [{directory: /srv/app}]\n");
	build();
	w.facts.signature = signed_by("bot");
	refused(ERR_REF_SUBMITTER, "submitter", "bot may not");
}

static void
the_commit_must_come_from_where_the_policy_says(void **state)
{
	(void)state;
	w.branch = SPAN_TEXT("release/a/b");
	refused(ERR_REF_BRANCH, "branch", "facade");
	w.facts.branches.count = 0;
	refused(ERR_REF_BRANCH, "branch", "facade");
	build();
	w.commits[0].signature.good = false;
	refused(ERR_SIGNER_SIGNATURE, "signed-commits", "not good");
	w.commits[0].signature = signed_by("mallory");
	refused(ERR_SIGNER_UNKNOWN, "signed-commits", "nobody");
}

static void
review_is_demanded(void **state)
{
	(void)state;
	organization_put(&w.files, "projects/app/policies/release.yaml",
	    "certificate: release\npurpose: release\n"
	    "refs: [\"refs/tags/*\"]\nsubmitters: [group/developers]\n"
	    "origin: {signed-commits: true, "
	    "reviewed-by-second-person: true}\n"
	    "artifact-configurations: [default]\n");
	build();
	decide(OUTCOME_WAITING);
	w.commits[1].review = signed_by("ben");
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person", "facade");
	w.commits[1].review = signed_by("bot");
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person", "facade");
	w.commits[1].review = (struct signature_fact){ .good = false };
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person", "facade");
}

static void
submodules_must_be_declared(void **state)
{
	struct span paths[] = { SPAN_TEXT("lib/x"), SPAN_TEXT("lib/y") };
	struct err why;

	(void)state;
	w.facts.submodules.items = paths;
	w.facts.submodules.count = 1;
	refused(ERR_REF_SUBMODULE, "submodules", "\"lib/x\" is a submodule");
	organization_put(&w.files, "projects/app/project.yaml",
	    "repository: [\"https://git.test/app.git\"]\n"
	    "submodules: [lib/x]\n"
	    "owners: [person/ann]\noutputs: [{directory: /srv/app}]\n");
	build();
	w.facts.submodules.items = paths;
	w.facts.submodules.count = 1;
	decide(OUTCOME_WAITING);
	w.facts.submodules.count = 2;
	refused(ERR_REF_SUBMODULE, "submodules", "\"lib/y\" is a submodule");
	w.facts.submodules.count = 0;
	err_set(&why, ERR_GIT_TREE_MALFORMED, "a name twice");
	w.facts.tree_error = &why;
	refused(ERR_REF_SUBMODULE, "submodules", "a name twice");
	assert_string_equal(cause_of("submodules"), "GIT-TREE-MALFORMED");
}

/* The policy of a request that is older than the loader's rule. */
static struct policy *
policy_of(const char *slug)
{
	const struct project *p = config_project(w.config, SPAN_TEXT("app"));

	return (struct policy *)(uintptr_t)project_policy(p, SPAN_TEXT(slug));
}

static void
an_author_that_nobody_knows_is_nobody_else(void **state)
{
	(void)state;
	struct origin *o = &policy_of("release")->origin;
	o->signed_commits = false;
	decide(OUTCOME_WAITING);
	w.commits[0].signature.good = false;
	refused(ERR_SIGNER_SIGNATURE, "signed-commits", "not good");
	struct policy_approvals *a = &policy_of("release")->approvals;
	a->exclude_given = true;
	a->exclude = EXCLUDE_SUBMITTER;
	decide(OUTCOME_WAITING);
	o->reviewed = true;
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person",
	    "nobody knows who made commit c0ffee");
	w.commits[0].signature = signed_by("mallory");
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person",
	    "nobody knows who made commit c0ffee");
	w.commits[0].signature = signed_by("ann");
	decide(OUTCOME_WAITING);
	/* A merge that adds nothing needs no second person, but a first. */
	w.commits[0].review.good = false;
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person", "c0ffee");
	w.commits[0].clean = true;
	decide(OUTCOME_WAITING);
	w.commits[0].signature.good = false;
	refused(ERR_ORIGIN_REVIEW, "reviewed-by-second-person", "nobody");
}

static void
what_is_signed_is_named_once_and_allowed(void **state)
{
	(void)state;
	w.facts.asked = SPAN_TEXT("sr-0123");
	refused(ERR_REF_AGAIN, "once", "before: sr-0123");
	build();
	w.facts.seen_object = SPAN_TEXT("deadbeef");
	refused(ERR_REF_MOVED, "replay", "deadbeef");
	build();
	w.artifacts[1].name = SPAN_TEXT("A.ZIP");
	refused(ERR_REF_ARTIFACT_TWICE, "artifacts", "A.ZIP");
	build();
	w.artifacts[1].sha256[0] = 1;
	refused(ERR_REF_ARTIFACT_TWICE, "artifacts", "same artifact");
	build();
	w.artifacts[1].configuration = SPAN_TEXT("nightly");
	refused(ERR_REF_CONFIGURATION, "configuration", "nightly");
}

/* What this engine cannot do is refused, and not passed over in silence. */
static void
what_cannot_be_done_is_refused(void **state)
{
	(void)state;
	w.manifest.resubmit = SPAN_TEXT("sr-0123456789ab");
	w.manifest.artifacts.count = 0;
	refused(ERR_REF_RESUBMIT, "resubmit", "sr-0123456789ab");
	organization_put(&w.files, "projects/app/policies/release.yaml",
	    "certificate: release\npurpose: release\n"
	    "refs: [\"refs/tags/*\"]\nsubmitters: [group/developers]\n"
	    "malware-scan: required\nartifact-configurations: [default]\n");
	build();
	refused(ERR_REF_SCAN, "malware-scan", "\"release\"");
}

/* The loader would not let this state in: the model is bent by hand. */
static void
the_certificate_must_serve_the_purpose(void **state)
{
	struct policy *p = (struct policy *)(uintptr_t)project_policy(
	    config_project(w.config, SPAN_TEXT("app")), SPAN_TEXT("release"));

	(void)state;
	p->certificate = SPAN_TEXT("test");
	refused(ERR_REF_PURPOSE, "purpose", "\"test\" is not for");
}

static void
all_reasons_are_told_at_once(void **state)
{
	size_t unmet = 0;

	(void)state;
	w.facts.kind = REF_LIGHTWEIGHT_TAG;
	w.facts.signature = signed_by("cem");
	w.facts.branches.count = 0;
	w.artifacts[1].configuration = SPAN_TEXT("nightly");
	decide(OUTCOME_REFUSED);
	for (size_t i = 0; i < w.decision.findings.count; i++)
		unmet += w.decision.findings.items[i].met ? 0 : 1;
	assert_int_equal(unmet, 4);

	CLEANUP(json_done) struct json *v = decision_json(&w.decision);
	assert_true(span_is(json_span(json_member(v, "outcome")), "refused"));
	const struct json *first = json_item(json_member(v, "findings"), 0);
	assert_true(span_is(json_span(json_member(first, "code")),
	    "REF-KIND"));
	CLEANUP(buf_done) struct buf b = { 0 };
	decision_print(&w.decision, &b);
	assert_true(span_starts(buf_span(&b), "refused\n  unmet  "));
	assert_true(span_find(buf_span(&b), SPAN_TEXT("do:     merge the "
	    "commit into \"main\"")) != SIZE_MAX);
}

static void
a_spent_budget_is_an_error(void **state)
{
	CLEANUP(arena_done) struct arena *small = arena_new(512);
	struct err e;

	(void)state;
	assert_false(release_decide(w.config, &w.facts, small, &w.decision,
	    &e));
	assert_err(&e, ERR_LIMIT_MEMORY);
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_good_tag_waits_for_approval),
		IN_WORLD(refs_must_be_signed_tags_of_their_own_name),
		IN_WORLD(signers_must_be_known_and_enabled),
		IN_WORLD(disabled_people_sign_nothing),
		IN_WORLD(manifests_must_fit_project_and_policy),
		IN_WORLD(only_submitters_submit),
		IN_WORLD(the_commit_must_come_from_where_the_policy_says),
		IN_WORLD(review_is_demanded),
		IN_WORLD(submodules_must_be_declared),
		IN_WORLD(an_author_that_nobody_knows_is_nobody_else),
		IN_WORLD(what_is_signed_is_named_once_and_allowed),
		IN_WORLD(what_cannot_be_done_is_refused),
		IN_WORLD(the_certificate_must_serve_the_purpose),
		IN_WORLD(all_reasons_are_told_at_once),
		IN_WORLD(a_spent_budget_is_an_error),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
