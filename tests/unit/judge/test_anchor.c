/* anchor: when a ledger asks by itself. */
#include "judge/anchor.h"
#include "test.h"

#define HOUR	INT64_C(3600000)
#define START	INT64_C(1767225600000)

static void
within_a_day_of_the_first_event_and_of_each_token(void **state)
{
	struct ledger_anchored s = { .size = 0 };

	(void)state;
	assert_false(anchor_due(&s, 5, START, START + 23 * HOUR));
	assert_true(anchor_due(&s, 5, START, START + 24 * HOUR));
	s.stamped = s.size = 5;
	s.time = START + 24 * HOUR;
	/* Nothing is new. */
	assert_false(anchor_due(&s, 5, START, START + 96 * HOUR));
	assert_false(anchor_due(&s, 6, START, START + 47 * HOUR));
	assert_true(anchor_due(&s, 6, START, START + 48 * HOUR));
	/* A clock that went back asks for nothing. */
	assert_false(anchor_due(&s, 6, START, START));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(within_a_day_of_the_first_event_and_of_each_token),
	};

	return cmocka_run_group_tests_name("anchor", tests, NULL, NULL);
}
