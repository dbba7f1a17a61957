/* The rule about provenance: two good attestations, and each part broken. */
#include <string.h>

#include "organization.h"
#include "policy/policy.h"
#include "test.h"

#define COMMIT	"c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"
#define OLDER	"facadefacadefacadefacadefacadefacadefaca"
#define BUILDER	"https://ci.test/runner"
#define HERE	"git+https://git.test/app@refs/heads/main"

#define POLICY								\
    "certificate: release\npurpose: release\nrefs: [\"refs/tags/*\"]\n"	\
    "submitters: [group/developers]\nartifact-configurations: [default]\n" \
    "origin:\n  provenance:\n    required: true\n"			\
    "    build-systems: [ci, other]\n"

/* RFC 8410's example: who signed is not what is tested here. */
#define KEY	"-----BEGIN PUBLIC KEY-----\n"				\
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"	\
    "-----END PUBLIC KEY-----\n"

struct world {
	struct organization_files	 files;
	struct config			*config;
	struct arena			*arena;
	struct manifest			 manifest;
	struct manifest_artifact	 artifacts[2];
	struct release_facts		 facts;
	struct decision			 decision;
	struct provenance_fact		 found[3];
	struct attestation		 said[3];
	struct attested_subject		 subjects[3];
	struct attested_source		 sources[3][2];
	struct attested_parameter	 parameters[2];
};

static struct world w;

/* An attestation that holds, of the artifact with that number. */
static void
attest(size_t n, size_t artifact)
{
	memcpy(w.subjects[n].sha256, w.artifacts[artifact].sha256, 32);
	w.sources[n][0] = (struct attested_source){ SPAN_TEXT(HERE),
	    SPAN_TEXT(COMMIT) };
	w.sources[n][1] = (struct attested_source){ SPAN_TEXT("pkg:deb/x"),
	    SPAN_TEXT("") };
	w.said[n] = (struct attestation){ .builder = SPAN_TEXT(BUILDER),
	    .build_type = SPAN_TEXT("https://ci.test/v1"),
	    .subjects = { &w.subjects[n], 1 },
	    .sources = { w.sources[n], 2 },
	    .parameters = { w.parameters, 2 } };
	w.found[n] = (struct provenance_fact){ .artifact = artifact,
	    .place = n == 2 ? SPAN_TEXT("third") : SPAN_TEXT("first"),
	    .build_system = SPAN_TEXT("ci"), .attestation = &w.said[n] };
}

static void
build(const char *rules)
{
	static const char policy[] = POLICY;
	CLEANUP(buf_done) struct buf text = { 0 };

	config_free(w.config);
	buf_text(&text, policy);
	buf_text(&text, rules);
	organization_put(&w.files, "projects/app/policies/release.yaml",
	    buf_cstr(&text));
	w.config = organization_config(&w.files);
	w.parameters[0] = (struct attested_parameter){
	    SPAN_TEXT("/workflow/path"), SPAN_TEXT("release.yml") };
	w.parameters[1] = (struct attested_parameter){
	    SPAN_TEXT("/debug"), SPAN_TEXT("false") };
	w.artifacts[0] = (struct manifest_artifact){ .name =
	    SPAN_TEXT("a.zip"), .sha256 = { 1 }, .size = 1,
	    .configuration = SPAN_TEXT("default") };
	w.artifacts[1] = (struct manifest_artifact){ .name =
	    SPAN_TEXT("b.zip"), .sha256 = { 2 }, .size = 1,
	    .configuration = SPAN_TEXT("default") };
	w.manifest = (struct manifest){ .project = SPAN_TEXT("app"),
	    .policy = SPAN_TEXT("release"), .artifacts = { w.artifacts, 2 } };
	attest(0, 0);
	attest(1, 1);
	attest(2, 1);
	w.facts = (struct release_facts){ .project = SPAN_TEXT("app"),
	    .ref = SPAN_TEXT("refs/tags/v1.2"),
	    .header_name = SPAN_TEXT("v1.2"), .size = 1000,
	    .signature = { .good = true, .first_seen = INT64_MAX / 2,
	    .key = config_person(w.config, SPAN_TEXT("ann"))->
	    keys.items[0].bytes }, .manifest = &w.manifest,
	    .commit = SPAN_TEXT(COMMIT), .object = SPAN_TEXT("0badcafe"),
	    .provenance = { w.found, 2 } };
}

static int
begin(void **state)
{
	(void)state;
	w = (struct world){ .arena = arena_new(1 << 20) };
	organization_init(&w.files);
	organization_put(&w.files, "build-systems/k.pem", KEY);
	organization_put(&w.files, "build-systems/ci.yaml",
	    "keys: [{file: k.pem}]\nbuilders: [\"" BUILDER "\"]\n"
	    "build-types: [\"https://ci.test/v1\"]\n");
	organization_put(&w.files, "build-systems/other.yaml",
	    "keys: [{file: k.pem}]\nbuilders: [\"https://other.test\"]\n");
	build("");
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

/* Refused by this rule alone, and once for this reason. */
static void
refused(enum err_code code, const char *says)
{
	size_t count = 0;

	decide(OUTCOME_REFUSED);
	for (size_t i = 0; i < w.decision.findings.count; i++) {
		const struct finding *f = &w.decision.findings.items[i];

		if (f->met)
			continue;
		assert_string_equal(f->rule, "provenance");
		assert_string_equal(f->row->code, err_rows[code].code);
		if (span_find(f->text, SPAN_TEXT(says)) == SIZE_MAX)
			fail_msg("%.*s", (int)f->text.len, f->text.ptr);
		count++;
	}
	assert_int_equal(count, 1);
}

static void
each_artifact_needs_one(void **state)
{
	(void)state;
	decide(OUTCOME_WAITING);
	w.facts.provenance.count = 1;
	refused(ERR_ORIGIN_PROVENANCE, "b.zip");
	w.facts.provenance.count = 2;
	w.found[1].artifact = 0;
	refused(ERR_ORIGIN_PROVENANCE, "b.zip");
	/* Nobody has looked yet: that is told, and judged later. */
	w.facts.provenance_later = true;
	decide(OUTCOME_WAITING);
}

static void
what_cannot_be_read_or_nobody_signed_says_nothing(void **state)
{
	struct err why;

	(void)state;
	w.found[1].attestation = NULL;
	refused(ERR_ORIGIN_PROVENANCE_FORMAT, "cannot be read");
	w.found[1].error = &why;
	err_set(&why, ERR_DSSE_MALFORMED, "cut off");
	refused(ERR_ORIGIN_PROVENANCE_FORMAT, "cut off");
	err_set(&why, ERR_DSSE_SIGNER, "not by the key");
	refused(ERR_ORIGIN_PROVENANCE_SIGNATURE, "not by the key");
	/* Beside a good one it does not matter. */
	w.facts.provenance.count = 3;
	decide(OUTCOME_WAITING);
	build("");
	w.found[1].build_system = SPAN_TEXT("third");
	refused(ERR_ORIGIN_PROVENANCE_SIGNATURE, "does not trust \"third\"");
}

static void
it_is_about_these_bytes(void **state)
{
	(void)state;
	w.subjects[1].sha256[31] = 1;
	refused(ERR_ORIGIN_PROVENANCE_SUBJECT, "b.zip");
	w.facts.provenance.count = 3;
	decide(OUTCOME_WAITING);
}

static void
builders_and_build_types_are_declared(void **state)
{
	(void)state;
	w.said[1].builder = SPAN_TEXT(BUILDER "/x");
	refused(ERR_ORIGIN_PROVENANCE_BUILDER, BUILDER "/x");
	/* Nor is it enough that another build system has it. */
	w.said[1].builder = SPAN_TEXT("https://other.test");
	refused(ERR_ORIGIN_PROVENANCE_BUILDER, "https://other.test");
	w.found[1].build_system = SPAN_TEXT("other");
	decide(OUTCOME_WAITING);
	build("");
	w.said[1].build_type = SPAN_TEXT("https://ci.test/v2");
	refused(ERR_ORIGIN_PROVENANCE_TYPE, "https://ci.test/v2");
}

static void
it_was_built_from_this_repository(void **state)
{
	static const char *const here[] = { "https://git.test/app",
	    "https://git.test/app/", "https://git.test/app.git",
	    "git+https://git.test/app.git@main", "https://git.test/app#x" };
	static const char *const elsewhere[] = { "", "https://git.test/ap",
	    "https://git.test/app2", "https://git.test/app.git/x",
	    "http://git.test/app", "https://x@git.test/app",
	    "https://git.test/app@x/y@main", "https://git.test",
	    "git@git.test:app", "https://evil.test/git.test/app" };

	(void)state;
	for (size_t i = 0; i < COUNT(here); i++) {
		w.sources[1][0].uri = SPAN_TEXT(here[i]);
		decide(OUTCOME_WAITING);
	}
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		w.sources[1][0].uri = SPAN_TEXT(elsewhere[i]);
		refused(ERR_ORIGIN_PROVENANCE_REPOSITORY, "b.zip");
	}
	/* It is not enough that the repository is among what went in. */
	w.sources[1][1] = (struct attested_source){ SPAN_TEXT(HERE),
	    SPAN_TEXT(COMMIT) };
	refused(ERR_ORIGIN_PROVENANCE_REPOSITORY, "built from");
	build("");
	w.said[1].sources.count = 0;
	refused(ERR_ORIGIN_PROVENANCE_REPOSITORY, "does not say");
}

static void
policies_name_other_spellings(void **state)
{
	(void)state;
	build("    sources: [\"git@mirror.test:app\"]\n");
	decide(OUTCOME_REFUSED);
	w.sources[0][0].uri = SPAN_TEXT("git@mirror.test:app");
	w.sources[1][0].uri = SPAN_TEXT("git@evil.test:app");
	refused(ERR_ORIGIN_PROVENANCE_REPOSITORY, "git@evil.test");
	w.sources[1][0].uri = SPAN_TEXT("git@mirror.test:app");
	decide(OUTCOME_WAITING);
}

static void
it_was_built_from_this_commit(void **state)
{
	(void)state;
	w.sources[1][0].commit = SPAN_TEXT(OLDER);
	refused(ERR_ORIGIN_PROVENANCE_COMMIT, OLDER);
	w.sources[1][0].commit = SPAN_TEXT("");
	refused(ERR_ORIGIN_PROVENANCE_COMMIT, "b.zip");
	w.sources[1][0].commit = SPAN_TEXT("c0ffee");
	refused(ERR_ORIGIN_PROVENANCE_COMMIT, "b.zip");
	/* One statement that names two. */
	w.sources[1][0].commit = SPAN_TEXT(COMMIT);
	w.sources[1][1] = (struct attested_source){ SPAN_TEXT(HERE),
	    SPAN_TEXT(OLDER) };
	refused(ERR_ORIGIN_PROVENANCE_COMMIT, OLDER);
}

static void
parameters_are_as_the_policy_says(void **state)
{
	(void)state;
	build("    parameters: [{pointer: /workflow/path, "
	    "values: [nightly.yml, release.yml]}]\n");
	decide(OUTCOME_WAITING);
	build("    parameters: [{pointer: /workflow/path, "
	    "values: [nightly.yml]}]\n");
	w.found[0].build_system = SPAN_TEXT("ci");
	decide(OUTCOME_REFUSED);
	assert_string_equal(w.decision.findings.items[
	    w.decision.findings.count - 1].rule, "certificate-state");
	build("    parameters: [{pointer: /workflow, values: [x]}]\n");
	w.manifest.artifacts.count = 1;
	w.facts.provenance.count = 1;
	refused(ERR_ORIGIN_PROVENANCE_PARAMETER, "no parameter /workflow");
	build("    parameters: [{pointer: /debug, values: [\"false\"]}]\n"
	    "    other-parameters: refuse\n");
	w.manifest.artifacts.count = 1;
	w.facts.provenance.count = 1;
	refused(ERR_ORIGIN_PROVENANCE_PARAMETER, "/workflow/path is not one");
	w.said[0].parameters.items = &w.parameters[1];
	w.said[0].parameters.count = 1;
	decide(OUTCOME_WAITING);
}

/* Two that are signed well, about the same bytes, and differ. */
static void
statements_may_not_contradict_each_other(void **state)
{
	(void)state;
	w.facts.provenance.count = 3;
	decide(OUTCOME_WAITING);
	w.sources[2][0].commit = SPAN_TEXT(OLDER);
	refused(ERR_ORIGIN_PROVENANCE_CONFLICT, "third");
	w.sources[2][0].commit = SPAN_TEXT(COMMIT);
	w.said[2].builder = SPAN_TEXT("https://elsewhere.test");
	refused(ERR_ORIGIN_PROVENANCE_CONFLICT, "third");
}

/* What cannot be a key makes the config repo unsound, not the release. */
static void
keys_must_be_keys(void **state)
{
	static const char *const bad[] = { "keys: [{file: k.pem}]\n",
	    "keys: [{roots: k.pem, names: [\"uri:a\"]}]\n" };

	(void)state;
	organization_put(&w.files, "build-systems/k.pem", "x");
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(config_errors_done) struct config_errors errors =
		    { 0 };
		CLEANUP(buf_done) struct buf text = { 0 };
		struct config *c = NULL;

		buf_text(&text, bad[i]);
		buf_text(&text, "builders: [a]\n");
		organization_put(&w.files, "build-systems/ci.yaml",
		    buf_cstr(&text));
		assert_false(config_parse(w.files.files, w.files.count, &c,
		    &errors));
		assert_true(errors.count > 0);
		assert_err(&errors.items[0].e, i == 0 ? ERR_DSSE_KEY :
		    ERR_CERTIFICATE_NONE);
	}
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(each_artifact_needs_one),
		IN_WORLD(what_cannot_be_read_or_nobody_signed_says_nothing),
		IN_WORLD(it_is_about_these_bytes),
		IN_WORLD(builders_and_build_types_are_declared),
		IN_WORLD(it_was_built_from_this_repository),
		IN_WORLD(policies_name_other_spellings),
		IN_WORLD(it_was_built_from_this_commit),
		IN_WORLD(parameters_are_as_the_policy_says),
		IN_WORLD(statements_may_not_contradict_each_other),
		IN_WORLD(keys_must_be_keys),
	};

	return cmocka_run_group_tests_name("provenance", tests, NULL, NULL);
}
