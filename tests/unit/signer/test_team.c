/*
 * team: the real role as a member of a team: its orders, one judge after the
 * other, and what it remembers from start to start.
 *
 * This program starts itself: "@signer" is the process.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/note.h"
#include "signer/team_world.h"
#include "wire/team.h"

static void
one_judge_after_the_other_is_served(void **state)
{
	struct world *w = *state;
	struct err e;

	start(w);
	for (uint64_t i = 1; i <= 3; i++) {
		judge_begins(w);
		checkpoint(w);
		assert_int_equal(counts_of(w).checkpoints, i);
		/* Gone before its answer comes. */
		assert_ok(stream_send(&w->judge, SIGNER_COUNT,
		    (struct span){ 0 }, NULL, 0, LATER, &e), &e);
		channel_done(&w->judge);
	}
	stop(w);
}

static void
the_next_start_knows_what_was_signed(void **state)
{
	struct world *w = *state;

	start(w);
	judge_begins(w);
	checkpoint(w);
	struct signer_counts before = counts_of(w);
	stop(w);
	start(w);
	judge_begins(w);
	struct signer_counts after = counts_of(w);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(after.size, 1);
	checkpoint(w);
	stop(w);
}

static void
without_a_supervisor_it_ends(void **state)
{
	struct world *w = *state;

	start(w);
	judge_begins(w);
	channel_done(&w->supervisor);
	checkpoint(w);		/* the judge is heard to its end */
	channel_done(&w->judge);
	assert_int_equal(exit_code(w), 0);
	process_run(w);
	channel_done(&w->supervisor);
	assert_int_equal(exit_code(w), 0);
}

static void
the_state_must_be_a_file(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(w->state, 0700), 0);
	start(w);
	ended(w, 2, ERR_FILE_KIND);
}

static void
an_order_out_of_turn_ends_it(void **state)
{
	struct world *w = *state;

	process_run(w);
	settings_send(w, 1);
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	process_run(w);
	link_send(w, "judge");
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	start(w);
	settings_send(w, 0);
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	assert_true(logged(w, "settings came twice"));
	start(w);
	link_send(w, "courier");
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	assert_true(logged(w, "not the 'courier'"));
}

static void
a_request_of_the_command_line_ends_it(void **state)
{
	struct world *w = *state;
	struct err e;

	start(w);
	judge_begins(w);
	assert_ok(stream_send(&w->judge, SIGNER_KEY_LIST, SPAN_TEXT("acme"),
	    NULL, 0, LATER, &e), &e);
	ended(w, 5, ERR_MESSAGE_PHASE);
}

static void
what_the_ledger_is_pinned_to_holds(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf vkey = { 0 };
	uint8_t root[32] = { 7 };
	struct span pins[1];
	struct note_key key;
	struct err e;

	start(w);
	judge_begins(w);
	stop(w);
	assert_ok(note_key_make(w->arena, SPAN_TEXT(ORIGIN), w->log_key, &key,
	    &e), &e);
	note_key_write(&key, &vkey);
	pins[0] = buf_span(&vkey);
	w->given.log_keys = pins;
	w->given.log_key_count = 1;
	w->given.least_size = 5;
	w->given.least_root = SPAN(root);
	start(w);
	judge_begins(w);
	assert_int_equal(counts_of(w).size, 5);
	assert_memory_equal(counts_of(w).root.bytes, root, sizeof(root));
	stop(w);
	pins[0] = SPAN_TEXT("junk");
	start(w);
	ended(w, 4, ERR_NOTE_KEY);
	w->given.log_key_count = 0;
	w->given.least_root.len = 0;
	start(w);
	ended(w, 5, ERR_PROCESS_PROTOCOL);
}

/* What nobody remembers, the operator has to say; it is not tried again. */
static void
a_lost_state_file_waits_for_the_operator(void **state)
{
	struct world *w = *state;
	uint8_t root[32] = { 7 };

	start(w);
	judge_begins(w);
	checkpoint(w);
	stop(w);
	w->given.begins = false;
	start(w);
	judge_begins(w);
	assert_int_equal(counts_of(w).size, 1);
	stop(w);
	run_ok("rm %s", w->state);
	start(w);
	ended(w, 78, ERR_SIGNER_NEW);
	/* The file is there now, and still as empty. */
	start(w);
	ended(w, 78, ERR_SIGNER_NEW);
	w->given.least_size = 5;
	w->given.least_root = SPAN(root);
	start(w);
	judge_begins(w);
	assert_int_equal(counts_of(w).size, 5);
	stop(w);
}

static void
another_key_than_the_pinned_one_is_refused(void **state)
{
	struct world *w = *state;
	struct span pin = SPAN_TEXT("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbz"
	    "hKqiBfsVkmqq/LDE4izWy10TW");

	w->given.log_keys = &pin;
	w->given.log_key_count = 1;
	start(w);
	link_send(w, "judge");
	struct key_record *records = keys_open(w);
	assert_err(&records[LOG_KEY].err, ERR_SIGNER_KEY);
	assert_null(records[COMMIT_KEY].err.what);
	stop(w);
}

int
main(int argc, char **argv)
{
#define WORLD(f) cmocka_unit_test_setup_teardown(f, team_world, team_world_done)
	const struct CMUnitTest tests[] = {
		WORLD(one_judge_after_the_other_is_served),
		WORLD(the_next_start_knows_what_was_signed),
		WORLD(without_a_supervisor_it_ends),
		WORLD(the_state_must_be_a_file),
		WORLD(an_order_out_of_turn_ends_it),
		WORLD(a_request_of_the_command_line_ends_it),
		WORLD(what_the_ledger_is_pinned_to_holds),
		WORLD(a_lost_state_file_waits_for_the_operator),
		WORLD(another_key_than_the_pinned_one_is_refused),
	};
	int code;

	if (team_world_role(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
