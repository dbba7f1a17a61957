/*
 * clockwatch: steps of the clock are told once, and keys are not used by a
 * clock that is behind the ledger. The linker puts clocks that can be set in
 * place of the machine's.
 */
#include <string.h>

#include "base/text.h"
#include "judge/clockwatch.h"
#include "record_world.h"
#include "sys/clock.h"
#include "test.h"

#define MINUTE	INT64_C(60000)
#define HOUR	(60 * MINUTE)

int64_t	__real_clock_now(void);
int64_t	__wrap_clock_now(void);

static int64_t ahead;		/* ms, of the machine's clock */

int64_t
__wrap_clock_now(void)
{
	return __real_clock_now() + ahead;
}

static void
a_step_is_what_the_machine_did_not_count(void **state)
{
	struct clock_watch w = { .begun = false };

	(void)state;
	assert_int_equal(clockwatch_stepped(&w, 9 * HOUR, 5), 0);
	clockwatch_set(&w, 9 * HOUR, 5);
	assert_int_equal(clockwatch_stepped(&w, 10 * HOUR, HOUR + 5), 0);
	assert_int_equal(clockwatch_stepped(&w, 9 * HOUR + CLOCK_STEP, 5), 0);
	assert_int_equal(clockwatch_stepped(&w, 9 * HOUR - CLOCK_STEP, 5), 0);
	assert_int_equal(clockwatch_stepped(&w, 9 * HOUR, HOUR + 5), -HOUR);
	assert_int_equal(clockwatch_stepped(&w, 11 * HOUR, HOUR + 5), HOUR);
	assert_int_equal(clockwatch_stepped(&w, 9 * HOUR + CLOCK_STEP + 1, 5),
	    CLOCK_STEP + 1);
}

/* How many events a look at the clock writes. */
static uint64_t
told(struct clock_watch *watch, struct record *r)
{
	uint64_t before = ledger_size(record_ledger(r));
	struct err e;

	assert_ok(clockwatch_tell(watch,
	    span_text(engine_ids[0]), r, &e), &e);
	return ledger_size(record_ledger(r)) - before;
}

static void
assert_step(struct record *r, const char *against, const char *direction,
    int64_t by)
{
	struct ledger *l = record_ledger(r);
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(fold_done) struct fold *f = fold_new();
	struct event ev;
	struct err e;

	assert_ok(ledger_event_read(l, ledger_size(l) - 1, &bytes, &json, &ev,
	    &e), &e);
	assert_string_equal(ev.type->name, "clock.step");
	assert_span_equal(event_text(&ev, "against"), span_text(against));
	assert_span_equal(event_text(&ev, "direction"), span_text(direction));
	int64_t off = (int64_t)event_integer(&ev, "milliseconds") - by;
	assert_true(off > -MINUTE && off < MINUTE);
	/* The reader's rules find it possible. */
	fold_pass(f, ev.n);
	assert_ok(fold_event(f, &ev, &e), &e);
}

static void
assert_signs(struct record *r, bool may)
{
	CLEANUP(json_done) struct json *missing = clockwatch_missing(r);
	struct err e;

	assert_int_equal(clockwatch_may_sign(r, &e), may);
	if (may) {
		assert_null(missing);
		return;
	}
	assert_err(&e, ERR_CLOCK_BEHIND);
	assert_span_equal(json_span(missing), SPAN_TEXT("CLOCK-BEHIND: the "
	    "clock is more than 5 minutes behind the last event of the "
	    "ledger"));
}

static void
steps_are_told_once_and_no_key_is_used_behind_the_ledger(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	struct clock_watch watch = { .begun = false };
	struct err e;

	ahead = 0;
	assert_int_equal(told(&watch, n->record), 0);
	assert_signs(n->record, true);
	ahead = 2 * HOUR;
	assert_int_equal(told(&watch, n->record), 1);
	assert_step(n->record, "machine", "forward", 2 * HOUR);
	assert_int_equal(told(&watch, n->record), 0);
	assert_signs(n->record, true);

	/* It is set right: what follows has the time that was. */
	ahead = 0;
	assert_int_equal(told(&watch, n->record), 2);
	assert_step(n->record, "ledger", "back", 2 * HOUR);
	assert_int_equal(told(&watch, n->record), 0);
	assert_signs(n->record, false);
	assert_ok(append(n, "still behind", &e), &e);
	assert_int_equal(told(&watch, n->record), 0);

	/* It has caught up but for less than matters. */
	ahead = 2 * HOUR - 4 * MINUTE;
	assert_int_equal(told(&watch, n->record), 1);
	assert_step(n->record, "machine", "forward", 2 * HOUR - 4 * MINUTE);
	assert_signs(n->record, true);
	ahead = 2 * HOUR;
	assert_int_equal(told(&watch, n->record), 1);
	engine_stop(n);
	ahead = 0;
}

/* Its own clock was never set: another one's is ahead, or it was, before. */
static void
an_engine_that_starts_behind_says_so(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	struct clock_watch watch = { .begun = false };
	struct err e;

	ahead = HOUR;
	assert_ok(append(n, "ahead", &e), &e);
	ahead = 0;
	assert_signs(n->record, false);
	assert_int_equal(told(&watch, n->record), 1);
	assert_step(n->record, "ledger", "back", HOUR);
	/* Started anew, with nothing between: it was said. */
	watch.begun = watch.told = false;
	assert_int_equal(told(&watch, n->record), 0);
	assert_int_equal(told(&watch, n->record), 0);
	assert_ok(append(n, "more", &e), &e);
	watch.begun = watch.told = false;
	assert_int_equal(told(&watch, n->record), 1);
	engine_stop(n);
}

/* An event as it would be at noon, for the reader's rules. */
static bool
follows(const char *direction, const char *against, int64_t by,
    int64_t before_noon)
{
	CLEANUP(fold_done) struct fold *f = fold_new();
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct json *v = json_map();
	char clock[TEXT_TIME_SIZE];
	struct event ev;
	struct err e;

	text_time(12 * HOUR - before_noon, clock);
	json_put_text(v, "against", against);
	json_put_text(v, "direction", direction);
	json_put_int(v, "milliseconds", by);
	json_put_text(v, "clock", clock);
	assert_ok(event_make("clock.step", 0, 12 * HOUR, engine_ids[0], v,
	    &bytes, &e), &e);
	assert_ok(event_parse(buf_span(&bytes), 0, &json, &ev, &e), &e);
	bool good = fold_event(f, &ev, &e);
	if (!good)
		assert_err(&e, ERR_LEDGER_STATE);
	return good;
}

static void
a_step_that_cannot_be_is_no_event(void **state)
{
	(void)state;
	assert_true(follows("back", "ledger", HOUR, HOUR));
	assert_false(follows("back", "ledger", HOUR, HOUR - 1));
	assert_false(follows("back", "ledger", HOUR, 0));
	assert_false(follows("forward", "ledger", HOUR, HOUR));
	assert_false(follows("up", "ledger", HOUR, HOUR));
	assert_true(follows("back", "machine", 2 * HOUR, HOUR));
	assert_true(follows("forward", "machine", HOUR, 0));
	assert_false(follows("forward", "machine", HOUR, -1));
	assert_false(follows("forward", "machine", 0, 0));
	assert_false(follows("forward", "sun", HOUR, 0));
	assert_false(follows("sideways", "machine", HOUR, 0));
}

#define WORLD_TEST(function) \
	cmocka_unit_test_setup_teardown(function, world_open, world_close)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_what_the_machine_did_not_count),
		cmocka_unit_test(a_step_that_cannot_be_is_no_event),
		WORLD_TEST(
		    steps_are_told_once_and_no_key_is_used_behind_the_ledger),
		WORLD_TEST(an_engine_that_starts_behind_says_so),
	};
	int code;

	if (world_role(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("clockwatch", tests, NULL, NULL);
}
