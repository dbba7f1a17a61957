/* request_decide: who counts, who does not, and when. */
#include <string.h>

#include "organization.h"
#include "policy/policy.h"
#include "test.h"

#define HOUR	INT64_C(3600000)
#define DAY	(24 * HOUR)
#define NOW	(INT64_C(20000) * DAY)
#define ID	"sr-00000000000000000000000000000000" \
		"00000000000000000000000000000001"
#define OTHER	"sr-00000000000000000000000000000000" \
		"00000000000000000000000000000002"

struct world {
	struct organization_files	 files;
	struct config			*config;
	struct arena			*arena;
	struct statement		 statements[16];
	struct approval_fact		 approvals[16];
	struct span			 author;
	struct request_facts		 facts;
	struct decision			 decision;
};

static struct world w;

static void
build(void)
{
	config_free(w.config);
	w.config = organization_config(&w.files);
	w.author = SPAN_TEXT("ben");
	w.facts = (struct request_facts){ .id = SPAN_TEXT(ID),
	    .project = SPAN_TEXT("app"), .policy = SPAN_TEXT("release"),
	    .submitter = SPAN_TEXT("ann"), .authors = { &w.author, 1 },
	    .created = NOW - DAY, .now = NOW,
	    .approvals = { w.approvals, 0 } };
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

static struct approval_fact *
say(const char *slug, enum decision_word word, int64_t seen)
{
	size_t n = w.facts.approvals.count++;
	const struct person *p = config_person(w.config, SPAN_TEXT(slug));

	w.statements[n] = (struct statement){ .version = 1,
	    .request = SPAN_TEXT(ID), .decision = word };
	w.approvals[n] = (struct approval_fact){ .seen = seen,
	    .statement = &w.statements[n], .signature = { .good = true,
	    .key = p == NULL ? SPAN_TEXT("none") : p->keys.items[0].bytes,
	    .first_seen = seen } };
	return &w.approvals[n];
}

static void
decide(enum outcome outcome)
{
	struct err e;

	assert_ok(request_decide(w.config, &w.facts, w.arena, &w.decision,
	    &e), &e);
	if (w.decision.outcome == outcome)
		return;
	CLEANUP(buf_done) struct buf b = { 0 };
	decision_print(&w.decision, &b);
	fail_msg("%s", buf_cstr(&b));
}

static void
has(enum err_code code, const char *says)
{
	for (size_t i = 0; i < w.decision.findings.count; i++) {
		const struct finding *f = &w.decision.findings.items[i];

		if (!f->met && strcmp(f->row->code, err_rows[code].code) == 0
		    && span_find(f->text, SPAN_TEXT(says)) != SIZE_MAX)
			return;
	}
	fail_msg("no %s: %s", err_rows[code].code, says);
}

static void
a_request_tells_whom_it_waits_for(void **state)
{
	(void)state;
	decide(OUTCOME_WAITING);
	assert_int_equal(w.decision.wanted.count, 2);
	const struct wanted *managers = &w.decision.wanted.items[0];
	assert_int_equal(managers->missing, 1);
	assert_true(span_is(managers->of.items[0], "group/managers"));
	assert_int_equal(managers->people.count, 2);
	assert_true(span_is(managers->people.items[0], "cem"));
	has(ERR_QUORUM_WAITING, "1 of 1");
}

/* dea may sit in either row: who comes first must not matter. */
static void
overlapping_groups_fill_in_any_order(void **state)
{
	static const char *const orders[][2] = {
		{ "dea", "eli" }, { "eli", "dea" }, { "dea", "cem" },
		{ "cem", "dea" }, { "cem", "eli" }, { "eli", "cem" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		w.facts.approvals.count = 0;
		say(orders[i][0], WORD_APPROVE, NOW - 3 * HOUR);
		decide(OUTCOME_WAITING);
		assert_int_equal(w.decision.wanted.count, 1);
		say(orders[i][1], WORD_APPROVE, NOW - 2 * HOUR);
		decide(OUTCOME_AUTHORISED);
		assert_true(w.decision.quorum_at == NOW - 2 * HOUR);
	}
}

static void
what_became_of_each_statement_is_told(void **state)
{
	static const struct {
		const char		*who;
		enum decision_word	 word;
		enum said		 said;
	} rows[] = {
		{ "ann", WORD_APPROVE, SAID_IGNORED },
		{ "cem", WORD_APPROVE, SAID_COUNTED },
		{ "cem", WORD_APPROVE, SAID_IGNORED },
		{ "cem", WORD_WITHDRAW, SAID_WITHDRAWN },
		{ "cem", WORD_WITHDRAW, SAID_IGNORED },
		{ "dea", WORD_APPROVE, SAID_COUNTED },
		{ "eli", WORD_DENY, SAID_DENIED },
		{ "nobody", WORD_APPROVE, SAID_IGNORED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		say(rows[i].who, rows[i].word, NOW - 2 * HOUR);
	decide(OUTCOME_DENIED);
	assert_int_equal(w.decision.said.count, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct said_fact *s = &w.decision.said.items[i];

		assert_int_equal(s->said, rows[i].said);
		if (i + 1 < COUNT(rows))
			assert_true(span_is(s->person, rows[i].who));
	}
	assert_int_equal(w.decision.said.items[7].person.len, 0);
	assert_true(w.decision.said.items[1].expires == NOW - 2 * HOUR +
	    7 * DAY);
	const struct finding *why = &w.decision.findings.items[
	    w.decision.said.items[0].finding];
	assert_string_equal(why->row->code, "APPROVAL-NOT-APPROVER");
}

static void
one_person_fills_one_place(void **state)
{
	(void)state;
	say("dea", WORD_APPROVE, NOW - 3 * HOUR);
	say("dea", WORD_APPROVE, NOW - 2 * HOUR);
	decide(OUTCOME_WAITING);
	assert_int_equal(w.decision.wanted.count, 1);
}

/* Greedy seating fails here: three rows, each person fits in two. */
static void
long_chains_of_moves_are_found(void **state)
{
	(void)state;
	organization_put(&w.files, "projects/app/policies/release.yaml",
	    "certificate: release\npurpose: release\n"
	    "refs: [\"refs/tags/*\"]\nsubmitters: [person/ann]\n"
	    "approvals: {quorum: ["
	    "{count: 1, of: [person/cem, person/dea]}, "
	    "{count: 1, of: [person/dea, person/eli]}, "
	    "{count: 1, of: [person/cem, person/ben]}], exclude: []}\n"
	    "artifact-configurations: [default]\n");
	build();
	say("dea", WORD_APPROVE, NOW - 3 * HOUR);
	say("cem", WORD_APPROVE, NOW - 3 * HOUR);
	decide(OUTCOME_WAITING);
	say("eli", WORD_APPROVE, NOW - 3 * HOUR);
	decide(OUTCOME_AUTHORISED);
}

static void
the_policy_waits_after_the_quorum(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 5 * HOUR);
	say("eli", WORD_APPROVE, NOW - HOUR + 1);
	decide(OUTCOME_WAITING);
	has(ERR_REQUEST_WAIT, "1 s");
	assert_true(w.decision.not_before == NOW + 1);
	w.facts.now = NOW + 1;
	decide(OUTCOME_AUTHORISED);
}

static void
submitter_and_authors_do_not_approve(void **state)
{
	(void)state;
	w.facts.submitter = SPAN_TEXT("cem");
	w.author = SPAN_TEXT("eli");
	say("cem", WORD_APPROVE, NOW);
	say("eli", WORD_APPROVE, NOW);
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_EXCLUDED, "cem is the submitter");
	has(ERR_APPROVAL_EXCLUDED, "eli is an author");
	assert_int_equal(w.decision.wanted.items[1].people.count, 1);
}

static void
strangers_and_machines_do_not_approve(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_CONFIG_YAML, "no YAML");
	say("ann", WORD_APPROVE, NOW);
	say("bot", WORD_APPROVE, NOW);
	say("mallory", WORD_APPROVE, NOW);
	say("cem", WORD_APPROVE, NOW)->signature.good = false;
	struct approval_fact *unread = say("eli", WORD_APPROVE, NOW);
	unread->statement = NULL;
	unread->error = &e;
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_NOT_APPROVER, "ann");
	has(ERR_APPROVAL_MACHINE, "bot");
	has(ERR_SIGNER_UNKNOWN, "nobody");
	has(ERR_SIGNER_SIGNATURE, "not good");
	has(ERR_APPROVAL_STATEMENT, "eli: no YAML");
	assert_int_equal(w.decision.wanted.count, 2);
}

static void
an_approval_counts_for_its_request_only(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 2 * HOUR);
	say("eli", WORD_APPROVE, NOW - 2 * HOUR);
	w.statements[1].request = SPAN_TEXT(OTHER);
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_REQUEST, "eli");
	w.statements[1].request = SPAN_TEXT("sr-000000000000");
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_REQUEST, "eli");
}

static void
approvals_and_requests_expire(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 7 * DAY);
	say("eli", WORD_APPROVE, NOW - 2 * HOUR);
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_EXPIRED, "cem");
	say("cem", WORD_APPROVE, NOW - HOUR);
	decide(OUTCOME_AUTHORISED);
	w.facts.created = NOW - 30 * DAY;
	decide(OUTCOME_EXPIRED);
	has(ERR_REQUEST_EXPIRED, "30 days");
	w.facts.authorised = true;
	decide(OUTCOME_AUTHORISED);
}

/* Those that counted for the first attempt have expired by now. */
static void
another_attempt_rests_on_the_approvals_of_the_first(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 8 * DAY);
	say("eli", WORD_APPROVE, NOW - 8 * DAY);
	w.facts.authorised = true;
	decide(OUTCOME_WAITING);
	w.facts.again = true;
	decide(OUTCOME_AUTHORISED);
	assert_int_equal(w.decision.said.items[0].said, SAID_COUNTED);
	assert_int_equal(w.decision.said.items[1].said, SAID_COUNTED);
	w.facts.config_changed = true;
	decide(OUTCOME_REFUSED);
	say("dea", WORD_DENY, NOW)->statement = &w.statements[2];
	decide(OUTCOME_DENIED);
}

static void
one_denial_ends_it(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 3 * HOUR);
	say("eli", WORD_APPROVE, NOW - 3 * HOUR);
	say("dea", WORD_DENY, NOW - 2 * HOUR)->statement = &w.statements[2];
	w.statements[2].reason = SPAN_TEXT("wrong build");
	decide(OUTCOME_DENIED);
	has(ERR_REQUEST_DENIED, "wrong build");
	say("dea", WORD_APPROVE, NOW - HOUR);
	decide(OUTCOME_DENIED);
}

static void
strangers_cannot_deny(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 3 * HOUR);
	say("eli", WORD_APPROVE, NOW - 3 * HOUR);
	say("ann", WORD_DENY, NOW - 2 * HOUR);
	decide(OUTCOME_AUTHORISED);
	has(ERR_APPROVAL_NOT_APPROVER, "ann");
}

static void
approvals_can_be_withdrawn_in_time(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 3 * HOUR);
	say("eli", WORD_APPROVE, NOW - 3 * HOUR);
	say("eli", WORD_WITHDRAW, NOW - 2 * HOUR);
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_WITHDRAWN, "eli has withdrawn");
	assert_int_equal(w.decision.wanted.count, 1);
	w.facts.authorised = true;
	decide(OUTCOME_AUTHORISED);
	has(ERR_APPROVAL_WITHDRAWN, "after the request was authorised");
	w.facts.authorised = false;
	say("eli", WORD_APPROVE, NOW - HOUR);
	decide(OUTCOME_AUTHORISED);
	say("dea", WORD_WITHDRAW, NOW);
	decide(OUTCOME_AUTHORISED);
	has(ERR_APPROVAL_WITHDRAWN, "had not approved");
}

static void
the_policy_in_force_decides(void **state)
{
	(void)state;
	say("cem", WORD_APPROVE, NOW - 3 * HOUR);
	say("eli", WORD_APPROVE, NOW - 3 * HOUR);
	w.facts.config_changed = true;
	decide(OUTCOME_REFUSED);
	has(ERR_REQUEST_CONFIG_CHANGED, "has changed");
	w.facts.config_changed = false;
	organization_put(&w.files, "groups/security.yaml",
	    "members: [person/dea]\n");
	build();
	say("cem", WORD_APPROVE, NOW - 3 * HOUR);
	say("eli", WORD_APPROVE, NOW - 3 * HOUR);
	decide(OUTCOME_WAITING);
	has(ERR_APPROVAL_NOT_APPROVER, "eli");
	w.facts.policy = SPAN_TEXT("gone");
	decide(OUTCOME_REFUSED);
	has(ERR_REF_POLICY_UNKNOWN, "any more");
}

static void
a_policy_without_quorum_asks_nobody(void **state)
{
	(void)state;
	w.facts.policy = SPAN_TEXT("test");
	decide(OUTCOME_AUTHORISED);
	assert_true(w.decision.quorum_at == w.facts.created);
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_request_tells_whom_it_waits_for),
		IN_WORLD(overlapping_groups_fill_in_any_order),
		IN_WORLD(what_became_of_each_statement_is_told),
		IN_WORLD(one_person_fills_one_place),
		IN_WORLD(long_chains_of_moves_are_found),
		IN_WORLD(the_policy_waits_after_the_quorum),
		IN_WORLD(submitter_and_authors_do_not_approve),
		IN_WORLD(strangers_and_machines_do_not_approve),
		IN_WORLD(an_approval_counts_for_its_request_only),
		IN_WORLD(approvals_and_requests_expire),
		IN_WORLD(another_attempt_rests_on_the_approvals_of_the_first),
		IN_WORLD(one_denial_ends_it),
		IN_WORLD(strangers_cannot_deny),
		IN_WORLD(approvals_can_be_withdrawn_in_time),
		IN_WORLD(the_policy_in_force_decides),
		IN_WORLD(a_policy_without_quorum_asks_nobody),
	};

	return cmocka_run_group_tests_name("approvals", tests, NULL, NULL);
}
