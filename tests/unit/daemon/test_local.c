/*
 * local: a process for the command line; its death is told in words. This
 * program starts itself in the roles below.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/local.h"
#include "daemon/team.h"
#include "sys/clock.h"
#include "test.h"

#define SAY	1
#define LATER	clock_in(20000)

static const struct message_row talk[] = {
	{ SAY, "say", CHANNEL_ANY, 0 },
};

/* ---- the roles */

static int
echo_main(int argc, char **argv)
{
	struct channel c = CHANNEL(PROCESS_CHANNEL, "test", talk);
	struct message m;
	struct err e;

	(void)argv;
	while (channel_receive(&c, &m, LATER, &e)) {
		if (!channel_send(&c, SAY, buf_span(&m.body), NULL, 0, LATER,
		    &e))
			return 1;
		message_done(&m);
	}
	return argc - 2;
}

static int
crash_main(int argc, char **argv)
{
	struct rlimit none = { 0, 0 };

	(void)argc;
	(void)argv;
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGSEGV, SIG_DFL);
	kill(getpid(), SIGSEGV);
	return 0;
}

static int
sleep_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	sleep(60);
	return 0;
}

/* ---- the tests */

static bool
begin(const char *role, const char *const *arguments, struct local *out)
{
	struct local_terms t = { .role = role, .arguments = arguments,
	    .rows = talk, .row_count = COUNT(talk) };
	struct err e;

	assert_ok(local_start(&t, out, &e), &e);
	return true;
}

static void
it_answers_and_ends(void **state)
{
	CLEANUP(local_done) struct local l = LOCAL_NONE;
	struct message m;
	struct err e;

	(void)state;
	begin("echo", NULL, &l);
	assert_ok(channel_send(&l.channel, SAY, SPAN_TEXT("hello"), NULL, 0,
	    LATER, &e) && channel_receive(&l.channel, &m, LATER, &e), &e);
	assert_span_equal(buf_span(&m.body), SPAN_TEXT("hello"));
	message_done(&m);
	assert_ok(local_end(&l, 20000, &e), &e);
}

static void
an_exit_code_is_told(void **state)
{
	static const char *const three[] = { "a", "b", "c", NULL };
	CLEANUP(local_done) struct local l = LOCAL_NONE;
	struct err e;

	(void)state;
	begin("echo", three, &l);
	assert_false(local_end(&l, 20000, &e));
	assert_err(&e, ERR_PROCESS_DIED);
	assert_string_equal(e.text,
	    "the echo ended before it was done: exit code 3");
}

static void
a_crash_is_told(void **state)
{
	CLEANUP(local_done) struct local l = LOCAL_NONE;
	struct message m;
	struct err e;

	(void)state;
	begin("crash", NULL, &l);
	assert_false(channel_receive(&l.channel, &m, LATER, &e));
	assert_err(&e, ERR_CHANNEL_CLOSED);
	assert_false(local_failed(&l, &e));
	assert_err(&e, ERR_PROCESS_DIED);
	assert_string_equal(e.text,
	    "the crash ended before it was done: crashed (signal 11)");
	/* Whatever else went wrong stays as it is. */
	err_set(&e, ERR_FILE_TRUNCATED, "cut");
	assert_false(local_failed(&l, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
}

static void
one_that_does_not_end_is_killed(void **state)
{
	CLEANUP(local_done) struct local l = LOCAL_NONE;
	struct err e;

	(void)state;
	begin("sleep", NULL, &l);
	pid_t pid = l.process.pid;
	assert_false(local_end(&l, 50, &e));
	assert_err(&e, ERR_PROCESS_SLOW);
	assert_int_equal(kill(pid, 0), -1);
}

int
main(int argc, char **argv)
{
	static const struct role_main roles[] = {
		{ "echo", echo_main },
		{ "crash", crash_main },
		{ "sleep", sleep_main },
	};
	const struct CMUnitTest tests[] = {
		TEST(it_answers_and_ends),
		TEST(an_exit_code_is_told),
		TEST(a_crash_is_told),
		TEST(one_that_does_not_end_is_killed),
	};
	int code;

	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
