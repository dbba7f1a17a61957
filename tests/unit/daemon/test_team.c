/*
 * team: members are started, connected, started again and stopped.
 *
 * This program starts itself: see team_roles.h for what its roles do.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/team_roles.h"
#include "sys/file.h"
#include "test.h"
#include "wire/team.h"

static struct scene {
	char	folder[TEST_FOLDER];
	char	file[80];
	int	log;
} scene;

static int
scene_make(void **state)
{
	(void)state;
	test_folder(scene.folder, "team");
	snprintf(scene.file, sizeof(scene.file), "%s/file", scene.folder);
	scene.log = scratch_file(SPAN_TEXT(""));
	return 0;
}

static int
scene_remove(void **state)
{
	(void)state;
	unlink(scene.file);
	close(scene.log);
	return rmdir(scene.folder);
}

static int
play_team(const char *name, const char *side_argument, bool once)
{
	const char *lead_arguments[] = { name, scene.file, NULL };
	const char *side_arguments[] = { side_argument, NULL };
	const char *given[] = { "given", NULL };
	const char *servants[] = { "helper", "unlisted", NULL };
	const struct team_member members[] = {
		{ .role = "side", .arguments = side_arguments,
		  .settings = SPAN_TEXT("side's") },
		{ .role = "lead", .arguments = lead_arguments,
		  .servants = servants, .settings = SPAN_TEXT(name),
		  .leads = true, .once = once },
	};
	const struct team_link links[] = { { "lead", "side" } };
	const struct team_servant rows[] = { { .role = "helper",
	    .arguments = given, .settings = SPAN_TEXT("helper's") } };
	const struct log log = { .fd = scene.log, .process = "supervisor" };
	const struct team_plan plan = { members, 2, links, 1, rows, 1,
	    200, 10, &log };
	int code = -1;
	struct err e;

	assert_ok(team_run(&plan, &code, &e), &e);
	return code;
}

static int
play(const char *name, const char *side_argument)
{
	return play_team(name, side_argument, false);
}

static bool
logged(const char *what)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_int_equal(lseek(scene.log, 0, SEEK_SET), 0);
	assert_ok(file_load_fd(scene.log, "log", 1 << 20, &b, &e), &e);
	return strstr(buf_cstr(&b), what) != NULL;
}

static void
members_get_settings_and_talk(void **state)
{
	(void)state;
	assert_int_equal(play("greets", NULL), 0);
	assert_true(logged("process.started"));
}

static void
one_that_dies_is_started_and_linked_again(void **state)
{
	(void)state;
	assert_int_equal(play("sees-side-again", NULL), 0);
	assert_true(logged("exit code 3"));
}

static void
servants_are_started_and_their_end_is_told(void **state)
{
	(void)state;
	assert_int_equal(play("has-helpers", NULL), 0);
	assert_true(logged("gave up (signal 6)"));
}

static void
nobody_gets_what_its_row_does_not_name(void **state)
{
	(void)state;
	assert_int_equal(play("asks-too-much", NULL), 0);
}

static void
a_signal_stops_all_in_order(void **state)
{
	(void)state;
	assert_int_equal(play("is-told-to-stop", NULL), 0);
	assert_int_equal(access(scene.file, F_OK), 0);
	assert_true(logged("process.stopped"));
}

static void
one_that_does_not_stop_is_killed(void **state)
{
	(void)state;
	assert_int_equal(play("is-told-to-stop", "stubborn"), 0);
	assert_true(logged("process.killed"));
	assert_true(logged("PROCESS-SLOW"));
}

static void
one_with_a_wrong_pin_stays_down(void **state)
{
	(void)state;
	assert_int_equal(play("never-sees-side", "wrong-pin"), 0);
	assert_true(logged("process.stays-down"));
}

static void
a_lead_that_breaks_starts_again_without_old_servants(void **state)
{
	(void)state;
	assert_int_equal(play("breaks-once", NULL), 0);
	assert_true(logged("gave up (signal 6)"));
}

static void
one_that_breaks_the_protocol_is_killed(void **state)
{
	(void)state;
	assert_int_equal(play("talks-nonsense", NULL), 0);
	assert_true(logged("MESSAGE-UNKNOWN"));
	assert_true(logged("killed by signal 9"));
}

static void
a_lead_that_stays_down_ends_the_team(void **state)
{
	(void)state;
	assert_int_equal(play("no-such-scenario", NULL), TEAM_STAY_DOWN);
}

static void
one_that_runs_once_ends_the_team_with_its_code(void **state)
{
	(void)state;
	assert_int_equal(play_team("ends-with-seven", NULL, true), 7);
	assert_int_equal(play_team("greets", NULL, true), 0);
	assert_int_equal(play_team("no-such-scenario", NULL, true),
	    TEAM_STAY_DOWN);
}

static void
what_could_not_be_done_once_is_the_systems_fault(void **state)
{
	(void)state;
	assert_int_equal(play_team("is-killed", NULL, true), 5);
	assert_int_equal(play_team("is-interrupted", NULL, true), 5);
	assert_int_equal(play_team("waits-for-ever", "wrong-pin", true), 5);
	assert_true(logged("process.stays-down"));
}

static void
roles_are_found_by_name(void **state)
{
	static const struct role_main none[] = { { "lead", team_lead } };
	char program[] = "tagseal", role[] = "@janitor", verb[] = "sign";
	char *as_role[] = { program, role, NULL };
	char *as_command[] = { program, verb, NULL };
	int code = 0;

	(void)state;
	assert_true(team_role(none, 1, 2, as_role, &code));
	assert_int_equal(code, 2);
	assert_false(team_role(none, 1, 2, as_command, &code));
	assert_false(team_role(none, 1, 1, as_command, &code));
}

int
main(int argc, char **argv)
{
#define SCENE(f)	cmocka_unit_test_setup_teardown(f, scene_make, scene_remove)
	const struct CMUnitTest tests[] = {
		SCENE(members_get_settings_and_talk),
		SCENE(one_that_dies_is_started_and_linked_again),
		SCENE(servants_are_started_and_their_end_is_told),
		SCENE(nobody_gets_what_its_row_does_not_name),
		SCENE(a_signal_stops_all_in_order),
		SCENE(one_that_does_not_stop_is_killed),
		SCENE(one_with_a_wrong_pin_stays_down),
		SCENE(a_lead_that_breaks_starts_again_without_old_servants),
		SCENE(one_that_breaks_the_protocol_is_killed),
		SCENE(a_lead_that_stays_down_ends_the_team),
		SCENE(one_that_runs_once_ends_the_team_with_its_code),
		SCENE(what_could_not_be_done_once_is_the_systems_fault),
		TEST(roles_are_found_by_name),
	};
	int code;

	if (team_role(team_roles, TEAM_ROLES, argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
