/* requests: every state with every combination of facts. */
#include <string.h>

#include "judge/requests.h"
#include "ledger/events.h"
#include "test.h"

/* A request with one intent and one artifact, as the fold would have it. */
struct case_of {
	struct fold_request	q;
	struct fold_intent	intent;
	struct fold_artifact	artifact;
	struct request_now	now;
};

static void
case_init(struct case_of *c, enum request_state state, enum outcome outcome)
{
	memset(c, 0, sizeof(*c));
	c->q.state = state;
	c->q.intents = &c->intent;
	c->q.artifacts = &c->artifact;
	c->q.artifact_count = 1;
	c->q.attempt = 1;
	c->now = (struct request_now){ .outcome = outcome };
}

#define BITS	10	/* of combination: see case_fill */

static void
case_fill(struct case_of *c, unsigned bits)
{
	c->now.told = (bits & 1) != 0;
	c->now.busy = (bits & 2) != 0;
	c->now.broken = (bits & 4) != 0;
	c->now.inputs = (bits & 8) != 0;
	c->now.results = (bits & 16) != 0;
	c->q.attempt = (bits & 32) != 0 ? REQUEST_ATTEMPTS : 1;
	c->artifact.published = (bits & 64) != 0;
	c->q.intent_count = (bits >> 7 & 3) != 0 ? 1 : 0;
	c->intent.state = (bits >> 7 & 3) == 1 ? INTENT_OPEN :
	    (bits >> 7 & 3) == 2 ? INTENT_UNKNOWN : INTENT_USED;
	c->now.later = (bits & 512) != 0;
}

static bool
is_open(enum request_state s)
{
	return s == REQUEST_CREATED || s == REQUEST_WAITING;
}

/* What the ledger would not take, or what would be wrong to do. */
static void
assert_possible(const struct case_of *c, enum request_step step)
{
	enum request_state s = c->q.state;
	bool intent = c->q.intent_count == 1 &&
	    c->intent.state == INTENT_OPEN;

	switch (step) {
	case STEP_WAIT:
		assert_true(request_state_final(s) || c->now.busy ||
		    (is_open(s) && c->now.told && c->now.inputs) ||
		    (s == REQUEST_SIGNING && !intent && c->now.later &&
		    c->q.attempt < REQUEST_ATTEMPTS));
		break;
	case STEP_RETRIEVE:
		assert_true((is_open(s) || s == REQUEST_AUTHORISED ||
		    (s == REQUEST_SIGNING && !intent)) && !c->now.inputs);
		break;
	case STEP_TELL:
		assert_true(is_open(s) && !c->now.told &&
		    c->now.outcome == OUTCOME_WAITING);
		break;
	case STEP_DENY:
		assert_true(is_open(s) && c->now.outcome == OUTCOME_DENIED);
		break;
	case STEP_EXPIRE:
		assert_true(is_open(s) && c->now.outcome == OUTCOME_EXPIRED);
		break;
	case STEP_CANCEL:
		assert_true(is_open(s) && c->now.outcome == OUTCOME_REFUSED);
		break;
	case STEP_AUTHORISE:
		assert_true((is_open(s) && c->now.inputs &&
		    c->now.outcome == OUTCOME_AUTHORISED) ||
		    (s == REQUEST_SIGNING && !intent && !c->now.later &&
		    c->q.attempt < REQUEST_ATTEMPTS &&
		    c->now.outcome != OUTCOME_DENIED &&
		    c->now.outcome != OUTCOME_REFUSED));
		break;
	case STEP_UNKNOWN:
		assert_true(s == REQUEST_SIGNING && intent);
		break;
	case STEP_SEAL:
		assert_true(s == REQUEST_AUTHORISED && c->now.inputs &&
		    c->now.outcome != OUTCOME_DENIED &&
		    c->now.outcome != OUTCOME_REFUSED);
		break;
	case STEP_PUBLISH:
		assert_true((s == REQUEST_VERIFIED || s == REQUEST_PUBLISHED)
		    && c->now.results);
		break;
	case STEP_COMPLETE:
		assert_true(s == REQUEST_PUBLISHED && c->artifact.published);
		break;
	case STEP_FAIL:
		assert_false(request_state_final(s));
		assert_false(s == REQUEST_SIGNING && intent);
		break;
	case REQUEST_STEPS:
		fail();
	}
	if (c->now.busy)
		assert_int_equal(step, STEP_WAIT);
}

static void
no_state_and_facts_lead_to_a_step_that_must_not_be(void **state)
{
	struct case_of c;

	(void)state;
	for (unsigned s = 0; s < REQUEST_STATES; s++)
		for (unsigned o = 0; o <= OUTCOME_AUTHORISED; o++)
			for (unsigned bits = 0; bits < 1u << BITS; bits++) {
				case_init(&c, (enum request_state)s,
				    (enum outcome)o);
				case_fill(&c, bits);
				assert_possible(&c, requests_next(&c.q,
				    &c.now));
			}
}

static void
a_request_goes_its_way(void **state)
{
	struct case_of c;

	(void)state;
	case_init(&c, REQUEST_CREATED, OUTCOME_WAITING);
	assert_int_equal(requests_next(&c.q, &c.now), STEP_RETRIEVE);
	c.now.inputs = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_TELL);
	c.q.state = REQUEST_WAITING;
	c.now.told = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_WAIT);
	c.now.outcome = OUTCOME_AUTHORISED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_AUTHORISE);
	c.q.state = REQUEST_AUTHORISED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_SEAL);
	c.now.busy = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_WAIT);
	c.now.busy = false;
	c.q.state = REQUEST_VERIFIED;
	c.now.results = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_PUBLISH);
	c.q.state = REQUEST_PUBLISHED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_PUBLISH);
	c.artifact.published = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_COMPLETE);
	c.q.state = REQUEST_COMPLETED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_WAIT);
}

/* After a crash nothing is in hand. */
static void
a_restart_goes_on_from_the_ledger(void **state)
{
	struct case_of c;

	(void)state;
	case_init(&c, REQUEST_AUTHORISED, OUTCOME_AUTHORISED);
	assert_int_equal(requests_next(&c.q, &c.now), STEP_RETRIEVE);
	c.q.state = REQUEST_SIGNING;
	c.q.intent_count = 1;
	c.intent.state = INTENT_OPEN;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_UNKNOWN);
	c.intent.state = INTENT_UNKNOWN;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_RETRIEVE);
	c.now.inputs = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_AUTHORISE);
	c.intent.state = INTENT_USED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_AUTHORISE);
	c.q.attempt = REQUEST_ATTEMPTS;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_FAIL);
	assert_int_equal(requests_failure(&c.q, &c.now),
	    ERR_REQUEST_ATTEMPTS);
	c.q.state = REQUEST_VERIFIED;
	c.q.attempt = 1;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_FAIL);
	assert_int_equal(requests_failure(&c.q, &c.now), ERR_REQUEST_LOST);
	c.q.state = REQUEST_PUBLISHED;
	c.artifact.published = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_COMPLETE);
}

/* What is in hand is had before, and what has no attempt left ends. */
static void
another_attempt_waits_for_the_time_of_its_certificate(void **state)
{
	struct case_of c;

	(void)state;
	case_init(&c, REQUEST_SIGNING, OUTCOME_WAITING);
	c.q.intent_count = 1;
	c.intent.state = INTENT_UNKNOWN;
	c.now.later = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_RETRIEVE);
	c.now.inputs = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_WAIT);
	c.now.outcome = OUTCOME_DENIED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_FAIL);
	c.now.outcome = OUTCOME_WAITING;
	c.q.attempt = REQUEST_ATTEMPTS;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_FAIL);
}

static void
who_authorised_it_carries_it_on(void **state)
{
	struct case_of c;

	(void)state;
	for (unsigned s = REQUEST_AUTHORISED; s <= REQUEST_PUBLISHED; s++) {
		case_init(&c, (enum request_state)s, OUTCOME_DENIED);
		c.q.intent_count = 1;
		c.intent.state = INTENT_OPEN;
		c.now.elsewhere = true;
		assert_int_equal(requests_next(&c.q, &c.now), STEP_WAIT);
	}
	case_init(&c, REQUEST_WAITING, OUTCOME_DENIED);
	assert_int_equal(requests_next(&c.q, &c.now), STEP_DENY);
}

static void
a_denial_ends_it_even_after_the_decision(void **state)
{
	struct case_of c;

	(void)state;
	case_init(&c, REQUEST_WAITING, OUTCOME_DENIED);
	assert_int_equal(requests_next(&c.q, &c.now), STEP_DENY);
	c.q.state = REQUEST_AUTHORISED;
	c.now.inputs = true;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_FAIL);
	assert_int_equal(requests_failure(&c.q, &c.now), ERR_REQUEST_DENIED);
	c.now.outcome = OUTCOME_REFUSED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_FAIL);
	assert_int_equal(requests_failure(&c.q, &c.now),
	    ERR_REQUEST_CONFIG_CHANGED);
	c.q.state = REQUEST_WAITING;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_CANCEL);
	c.now.outcome = OUTCOME_EXPIRED;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_EXPIRE);
}

/* It still ends what has to end, owns up to intents, gives out results. */
static void
an_alarm_stops_what_would_use_a_key(void **state)
{
	static const struct {
		enum request_state	state;
		enum outcome		outcome;
		enum request_step	step;
	} cases[] = {
		{ REQUEST_WAITING, OUTCOME_AUTHORISED, STEP_TELL },
		{ REQUEST_WAITING, OUTCOME_DENIED, STEP_DENY },
		{ REQUEST_AUTHORISED, OUTCOME_AUTHORISED, STEP_WAIT },
		{ REQUEST_AUTHORISED, OUTCOME_REFUSED, STEP_FAIL },
		{ REQUEST_SIGNING, OUTCOME_AUTHORISED, STEP_WAIT },
		{ REQUEST_VERIFIED, OUTCOME_AUTHORISED, STEP_PUBLISH },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct case_of c;

		case_init(&c, cases[i].state, cases[i].outcome);
		c.now.inputs = c.now.results = c.now.stopped = true;
		assert_int_equal(requests_next(&c.q, &c.now), cases[i].step);
	}
	struct case_of c;
	case_init(&c, REQUEST_SIGNING, OUTCOME_AUTHORISED);
	c.now.stopped = true;
	c.q.intent_count = 1;
	c.intent.state = INTENT_OPEN;
	assert_int_equal(requests_next(&c.q, &c.now), STEP_UNKNOWN);
}

static void
each_step_has_a_name_and_an_event_that_there_is(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REQUEST_STEPS; i++) {
		const char *event = request_step_event((enum request_step)i);

		assert_non_null(request_step_name((enum request_step)i));
		if (event != NULL)
			assert_non_null(event_type_find(SPAN_TEXT(event)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_state_and_facts_lead_to_a_step_that_must_not_be),
		TEST(a_request_goes_its_way),
		TEST(a_restart_goes_on_from_the_ledger),
		TEST(another_attempt_waits_for_the_time_of_its_certificate),
		TEST(who_authorised_it_carries_it_on),
		TEST(a_denial_ends_it_even_after_the_decision),
		TEST(an_alarm_stops_what_would_use_a_key),
		TEST(each_step_has_a_name_and_an_event_that_there_is),
	};

	return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
