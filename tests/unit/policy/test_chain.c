/* chain_decide: who may change which file; and the canonical request. */
#include <string.h>

#include "crypto/canonical.h"
#include "organization.h"
#include "policy/chain.h"
#include "policy/request.h"
#include "test.h"

#define NOW	(INT64_C(20000) * 86400000)

struct world {
	struct organization_files	 files;
	struct config			*config;
	struct arena			*arena;
	struct chain_decision		 decision;
};

static struct world w;

static int
begin(void **state)
{
	(void)state;
	w = (struct world){ .arena = arena_new(1 << 20) };
	organization_init(&w.files);
	w.config = organization_config(&w.files);
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

static struct signature_fact
signed_by(const char *slug)
{
	const struct person *p = config_person(w.config, SPAN_TEXT(slug));

	return (struct signature_fact){ .good = true, .key = p == NULL ?
	    SPAN_TEXT("none") : p->keys.items[0].bytes, .first_seen = NOW };
}

/* One path (with one changed key, or none), a signer, another or NULL. */
static void
decide(enum chain_outcome outcome, const char *path, const char *key,
    const char *signer, const char *other)
{
	struct span keys = SPAN_TEXT(key == NULL ? "" : key);
	struct changed_path changed = { SPAN_TEXT(path),
	    { &keys, key == NULL ? 0 : 1 } };
	struct signature_fact others = signed_by(other == NULL ? "" : other);
	struct chain_facts f = { .paths = { &changed, 1 },
	    .signature = signed_by(signer),
	    .others = { &others, other == NULL ? 0 : 1 } };
	struct err e;

	assert_ok(chain_decide(w.config, &f, w.arena, &w.decision, &e), &e);
	if (w.decision.outcome != outcome)
		fail_msg("%s by %s: %s", path, signer,
		    chain_outcome_name(w.decision.outcome));
}

static void
has(enum err_code code)
{
	const struct finding *f = &w.decision.findings.items[
	    w.decision.findings.count - 1];

	assert_false(f->met);
	assert_string_equal(f->row->code, err_rows[code].code);
}

static void
administrators_change_anything_together(void **state)
{
	static const char *const paths[] = { "tagseal.yaml", "people/x.yaml",
		"groups/admins.yaml", "projects/app/policies/release.yaml",
		"projects/new/project.yaml", "certificates/release.pem",
		"projects/app/artifacts/default.yaml", "README.md" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		decide(CHAIN_ALLOWED, paths[i], NULL, "cem", "dea");
		decide(CHAIN_PENDING, paths[i], NULL, "cem", NULL);
		has(ERR_CHAIN_PENDING);
		decide(CHAIN_PENDING, paths[i], NULL, "cem", "cem");
		decide(CHAIN_PENDING, paths[i], NULL, "cem", "eli");
		decide(CHAIN_REFUSED, paths[i], NULL, "eli", "cem");
		has(ERR_CHAIN_PATH);
	}
}

static void
owners_change_description_and_artifacts_only(void **state)
{
	(void)state;
	decide(CHAIN_ALLOWED, "projects/app/project.yaml", "description",
	    "ann", NULL);
	decide(CHAIN_REFUSED, "projects/app/project.yaml", "owners", "ann",
	    "ben");
	decide(CHAIN_REFUSED, "projects/app/project.yaml", NULL, "ann",
	    "ben");
	decide(CHAIN_ALLOWED, "projects/app/artifacts/nightly.yaml", NULL,
	    "ann", NULL);
	decide(CHAIN_REFUSED, "projects/app/artifacts/nightly.yaml", NULL,
	    "eli", NULL);
	decide(CHAIN_REFUSED, "projects/app/policies/test.yaml", NULL, "ann",
	    "ben");
	decide(CHAIN_REFUSED, "projects/other/artifacts/a.yaml", NULL, "ann",
	    "ben");
}

static void
artifacts_of_releases_need_two(void **state)
{
	const char *path = "projects/app/artifacts/default.yaml";

	(void)state;
	decide(CHAIN_PENDING, path, NULL, "ann", NULL);
	decide(CHAIN_PENDING, path, NULL, "ann", "ann");
	decide(CHAIN_PENDING, path, NULL, "ann", "eli");
	decide(CHAIN_ALLOWED, path, NULL, "ann", "ben");
	decide(CHAIN_ALLOWED, path, NULL, "ann", "cem");
	decide(CHAIN_ALLOWED, path, NULL, "cem", "ann");
}

/* Whether they may is judged by what becomes of them: see test_own_keys. */
static void
keys_are_looked_at_if_their_owner_changes_them(void **state)
{
	(void)state;
	decide(CHAIN_REFUSED, "people/ann.yaml", "keys", "ann", NULL);
	assert_true(w.decision.wants_next);
	decide(CHAIN_REFUSED, "people/ann/new.asc", NULL, "ann", NULL);
	assert_true(w.decision.wants_next);
	decide(CHAIN_PENDING, "people/ann.yaml", "keys", "cem", NULL);
	assert_true(w.decision.wants_next);
	decide(CHAIN_REFUSED, "people/ann.yaml", "email", "ann", NULL);
	assert_false(w.decision.wants_next);
	decide(CHAIN_REFUSED, "people/ben.yaml", "keys", "ann", NULL);
	assert_false(w.decision.wants_next);
	decide(CHAIN_REFUSED, "people/anna.yaml", "keys", "ann", NULL);
	decide(CHAIN_REFUSED, "people/ann", NULL, "ann", NULL);
	decide(CHAIN_REFUSED, "people/bot.yaml", "keys", "bot", NULL);
	assert_false(w.decision.wants_next);
	decide(CHAIN_ALLOWED, "people/cem.yaml", "keys", "cem", "dea");
	assert_false(w.decision.delayed);
}

static void
unknown_signers_change_nothing(void **state)
{
	struct chain_facts f = { .signature = { .good = false } };
	struct err e;

	(void)state;
	decide(CHAIN_REFUSED, "README.md", NULL, "mallory", "cem");
	has(ERR_SIGNER_UNKNOWN);
	assert_ok(chain_decide(w.config, &f, w.arena, &w.decision, &e), &e);
	assert_int_equal(w.decision.outcome, CHAIN_REFUSED);
	has(ERR_SIGNER_SIGNATURE);
}

static void
changed_keys_are_found(void **state)
{
	static const char before[] = "a: 1\nb: [x, {y: z}]\nc: q\n";
	struct text_list keys;
	struct err e;

	(void)state;
	assert_ok(config_changed_keys("p", SPAN_TEXT(before), SPAN_TEXT(
	    "c: q\nb:\n - x\n - y: z\na: 1\n"), w.arena, &keys, &e), &e);
	assert_int_equal(keys.count, 0);
	assert_ok(config_changed_keys("p", SPAN_TEXT(before), SPAN_TEXT(
	    "a: \"1\"\nb: [x, {y: w}]\nd: 1\n"), w.arena, &keys, &e), &e);
	assert_int_equal(keys.count, 4);
	assert_true(span_is(keys.items[2], "d"));
	assert_true(span_is(keys.items[3], "c"));
	assert_ok(config_changed_keys("p", (struct span){ NULL, 0 },
	    SPAN_TEXT("a: 1\n"), w.arena, &keys, &e), &e);
	assert_int_equal(keys.count, 1);
	assert_false(config_changed_keys("p", SPAN_TEXT("[a]"),
	    SPAN_TEXT("a: 1"), w.arena, &keys, &e));
	assert_err(&e, ERR_CONFIG_TYPE);
}

static void
requests_have_one_canonical_form(void **state)
{
	struct manifest_artifact a = { .name = SPAN_TEXT("a.zip"),
	    .configuration = SPAN_TEXT("default"), .size = 7 };
	struct named_text version = { .name = SPAN_TEXT("version"),
	    .value = SPAN_TEXT("1.2") };
	struct manifest m = { .project = SPAN_TEXT("app"),
	    .policy = SPAN_TEXT("release"), .artifacts = { &a, 1 },
	    .parameters = { &version, 1 } };
	struct request_file file = { SPAN_TEXT("projects/app/project.yaml"),
	    { 0 } };
	struct request_parts p = { .manifest = &m, .files = { &file, 1 },
	    .created = NOW, .expires = NOW };
	CLEANUP(json_done) struct json *v = request_json(&p);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_ok(canonical_write(v, &b, &e), &e);
	assert_true(span_starts(buf_span(&b), "{\"artifacts\":[{"
	    "\"configuration\":\"default\",\"name\":\"a.zip\",\"sha256\":\""));
	assert_true(span_find(buf_span(&b), SPAN_TEXT(
	    "\"parameters\":{\"version\":\"1.2\"},\"policy\":\"release\"")) !=
	    SIZE_MAX);
	assert_true(span_ends(buf_span(&b), ",\"v\":1}"));
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(administrators_change_anything_together),
		IN_WORLD(owners_change_description_and_artifacts_only),
		IN_WORLD(artifacts_of_releases_need_two),
		IN_WORLD(keys_are_looked_at_if_their_owner_changes_them),
		IN_WORLD(unknown_signers_change_nothing),
		IN_WORLD(changed_keys_are_found),
		IN_WORLD(requests_have_one_canonical_form),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
