/* heartbeats: which count, and how old a state is by them. */
#include <string.h>

#include "base/text.h"
#include "judge/chain.h"
#include "judge/fresh.h"
#include "judge/heartbeat.h"
#include "judge/office.h"

#define DAY	INT64_C(86400000)

static void
a_state_gets_old(void **state)
{
	const struct freshness f = { .warn = 7 * 86400, .stop = 30 * 86400 };
	const struct freshness none = { .warn = 0, .stop = 0 };
	static const struct {
		int64_t			age;
		enum freshness_state	due;
	} rows[] = {
		{ 0, FRESH }, { -DAY, FRESH }, { 7 * DAY - 1, FRESH },
		{ 7 * DAY, FRESH_AGEING }, { 30 * DAY - 1, FRESH_AGEING },
		{ 30 * DAY, FRESH_STALE }, { 3000 * DAY, FRESH_STALE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(freshness_of(&f, OFFICE_NOW,
		    OFFICE_NOW + rows[i].age), rows[i].due);
		assert_int_equal(freshness_of(&none, OFFICE_NOW,
		    OFFICE_NOW + rows[i].age), FRESH);
	}
}

static void
numbers_have_one_form(void **state)
{
	static const char *const bad[] = { "refs/tags/heartbeat/",
		"refs/tags/heartbeat/0", "refs/tags/heartbeat/01",
		"refs/tags/heartbeat/-1", "refs/tags/heartbeat/1/2",
		"refs/tags/heartbeat/9007199254740992", "refs/heads/heartbeat/1",
		"refs/tags/heartbeat/1 " };
	uint64_t n;

	(void)state;
	assert_true(heartbeat_number(SPAN_TEXT("refs/tags/heartbeat/12"), &n));
	assert_int_equal(n, 12);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (heartbeat_number(span_text(bad[i]), &n))
			fail_msg("%s", bad[i]);
}

#define WORDS(config, commit, manifest, at) "Heartbeat\n\nconfig: " config \
	"\ncommit: " commit "\nmanifest-sha256: " manifest "\nat: " at "\n"
#define REPO	"0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b"
#define COMMIT	"1111111111111111111111111111111111111111"
#define SHA	"2222222222222222222222222222222222222222222222222222222222222222"
#define AT	"2026-01-31T12:00:00.000Z"

static void
a_message_says_all_of_it_once(void **state)
{
	static const char *const bad[] = {
		WORDS("0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2c", COMMIT, SHA, AT),
		WORDS(REPO, "111111111111", SHA, AT),
		WORDS(REPO, COMMIT, "22", AT),
		WORDS(REPO, COMMIT, SHA, "yesterday"),
		WORDS(REPO, COMMIT, SHA, AT) "commit: " COMMIT "\n",
		"commit: " COMMIT "\n", "",
	};
	CLEANUP(buf_done) struct buf again = { 0 };
	struct heartbeat h = { .number = 1 };

	(void)state;
	assert_true(heartbeat_parse(SPAN_TEXT(WORDS(REPO, COMMIT, SHA, AT)),
	    SPAN_TEXT(REPO), &h));
	heartbeat_write(&h, SPAN_TEXT(REPO), &again);
	assert_string_equal(buf_cstr(&again), WORDS(REPO, COMMIT, SHA, AT));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (heartbeat_parse(span_text(bad[i]), SPAN_TEXT(REPO), &h))
			fail_msg("%s", bad[i]);
}

/* ---- tags made by git ---- */

/* beat WHO NAME CONFIG COMMIT: a tag that says so of the files of HEAD. */
static const char prelude[] = "cd $C; "
    "m=$(git ls-tree -r HEAD | while IFS='\t' read -r meta path; do "
    "set -- $meta; echo \"$1 $(git cat-file blob $3 | sha256sum | "
    "cut -c1-64) $path\"; done | LC_ALL=C sort -k3 | sha256sum | "
    "cut -c1-64); "
    "beat() { as $1 tag $5 -m \"Heartbeat\n\nconfig: $3\ncommit: $4\n"
    "manifest-sha256: $m\nat: 2027-01-15T08:00:00.000Z\" heartbeat/$2; }; "
    "head=$(git rev-parse HEAD); r=" REPO "; ";

static bool
find(struct office *o, uint64_t above, struct arena *a, struct heartbeat *out)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(repository_done) struct repository *repo = NULL;
	CLEANUP(config_done) struct config *c = NULL;
	struct object_id commit = office_id(o, "config", "HEAD");
	struct object_id tree = office_id(o, "config", "HEAD^{tree}");
	struct heartbeat_look look = { .above = above, .now = OFFICE_NOW,
	    .commit = &commit };
	struct signers signers;
	struct chain_pin pin;
	char path[128];
	bool found;
	struct err e;

	snprintf(path, sizeof(path), "%s/config", o->folder);
	assert_ok(repository_find(path, &repo, &e), &e);
	assert_true(config_load(repo, &tree, &c, &errors));
	assert_ok(chain_pin_of(repo, &commit, &pin, &e), &e);
	assert_ok(refs_list(repo, "refs/tags/", 1000, a, &look.refs,
	    &look.count, &e), &e);
	signers_init(&signers, c, NULL);
	look.repository = repo;
	look.signers = &signers;
	look.manifest = pin.manifest_sha256;
	assert_ok(heartbeat_find(&look, a, out, &found, &e), &e);
	signers_done(&signers);
	return found;
}

static void
an_administrator_s_word_counts(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf lines = { 0 };
	struct heartbeat h;

	assert_false(find(*state, 0, a, &h));
	buf_text(&lines, prelude);
	buf_text(&lines, "beat cem 3 $r $head -s; beat dea 12 $r $head -s");
	office_run(*state, buf_cstr(&lines));
	assert_true(find(*state, 0, a, &h));
	assert_int_equal(h.number, 12);
	assert_span_equal(h.signer, SPAN_TEXT("dea"));
	assert_int_equal(h.said, OFFICE_NOW);
	assert_true(find(*state, 11, a, &h));
	assert_false(find(*state, 12, a, &h));
}

static void
nothing_else_counts(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf lines = { 0 };
	struct heartbeat h;

	buf_text(&lines, prelude);
	buf_text(&lines, "beat eli 1 $r $head -s; beat eve 2 $r $head -s; "
	    "beat cem 3 $r $head -a; beat cem 4 other $head -s; "
	    "beat cem 5 $r " COMMIT " -s; beat cem 06 $r $head -s; "
	    "beat cem x $r $head -s; "
	    "git update-ref refs/tags/heartbeat/9 refs/tags/heartbeat/06; "
	    "git update-ref refs/tags/heartbeat/10 HEAD; "
	    "m=" SHA "; beat cem 11 $r $head -s");
	office_run(*state, buf_cstr(&lines));
	assert_false(find(*state, 0, a, &h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_gets_old),
		cmocka_unit_test(numbers_have_one_form),
		cmocka_unit_test(a_message_says_all_of_it_once),
		OFFICE_TEST(an_administrator_s_word_counts),
		OFFICE_TEST(nothing_else_counts),
	};

	return cmocka_run_group_tests_name("heartbeat", tests, NULL, NULL);
}
