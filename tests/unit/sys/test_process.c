/*
 * process: a role gets what it was given, and nothing else.
 *
 * This program starts itself; the roles are the functions named in roles[].
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "test.h"

#define LATER	clock_in(20000)

static const struct message_row rows[] = {
	{ 1, "say", CHANNEL_ANY, 0 },
};

/* ---- the roles ---- */

/* Says the descriptors that are open, as a bit each. */
static int
descriptors(char **argv)
{
	struct channel c = CHANNEL(PROCESS_CHANNEL, "tester", rows);
	CLEANUP(buf_done) struct buf b = { 0 };
	uint64_t open = 0;
	struct err e;

	(void)argv;
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			open |= (uint64_t)1 << fd;
	buf_u64be(&b, open);
	return !channel_send(&c, 1, buf_span(&b), NULL, 0, LATER, &e);
}

/* Says its environment and arguments. */
static int
surroundings(char **argv)
{
	struct channel c = CHANNEL(PROCESS_CHANNEL, "tester", rows);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;
	int death = 0;

	for (size_t i = 0; environ[i] != NULL; i++)
		buf_printf(&b, "%s\n", environ[i]);
	for (size_t i = 0; argv[i] != NULL; i++)
		buf_printf(&b, "argument %s\n", argv[i]);
	prctl(PR_GET_PDEATHSIG, &death);
	buf_printf(&b, "death %d leader %d\n", death, getpgrp() == getpid());
	return !channel_send(&c, 1, buf_span(&b), NULL, 0, LATER, &e);
}

static int
ends_with(char **argv)
{
	return atoi(argv[2]);
}

static int
sleeps(char **argv)
{
	struct channel c = CHANNEL(PROCESS_CHANNEL, "tester", rows);
	struct err e;

	(void)argv;
	signal(SIGTERM, SIG_IGN);
	bool more = channel_send(&c, 1, SPAN_TEXT("asleep"), NULL, 0, LATER,
	    &e);
	while (more)
		pause();
	return 0;
}

/* Starts a sleeper, says so, and dies without a word to it. */
static int
orphans(char **argv)
{
	struct channel c = CHANNEL(PROCESS_CHANNEL, "tester", rows);
	struct inherit pass = { PROCESS_CHANNEL, PROCESS_CHANNEL };
	struct process_plan plan = { .role = "sleeps", .inherit = &pass,
	    .count = 1 };
	struct process p;
	struct err e;

	(void)argv;
	if (!process_start(&plan, &p, &e) ||
	    !channel_send(&c, 1, SPAN_TEXT("started"), NULL, 0, LATER, &e))
		return 1;
	return raise(SIGKILL);
}

static const struct {
	const char	*name;
	int		(*run)(char **argv);
} roles[] = {
	{ "descriptors", descriptors },
	{ "surroundings", surroundings },
	{ "ends-with", ends_with },
	{ "sleeps", sleeps },
	{ "orphans", orphans },
};

/* ---- the tests ---- */

struct started {
	struct process	process;
	struct channel	channel;
};

static struct started
start(const char *role, const char *const *arguments)
{
	struct started s;
	struct err e;
	int fds[2];

	assert_ok(channel_pair(fds, &e), &e);
	struct inherit pass[] = { { fds[1], PROCESS_CHANNEL } };
	struct process_plan plan = { .role = role, .inherit = pass,
	    .count = 1, .arguments = arguments };
	assert_ok(process_start(&plan, &s.process, &e), &e);
	close(fds[1]);
	s.channel = CHANNEL(fds[0], role, rows);
	return s;
}

static struct process_end
finish(struct started *s)
{
	struct process_end end;
	struct err e;

	assert_ok(process_wait(&s->process, LATER, &end, &e), &e);
	channel_done(&s->channel);
	return end;
}

static void
a_role_has_only_the_descriptors_it_was_given(void **state)
{
	CLEANUP(fd_done) int open_here = open("/dev/null", O_RDONLY);
	struct started s = start("descriptors", NULL);
	CLEANUP(message_done) struct message m = { 0 };
	struct err e;

	(void)state;
	assert_true(open_here >= 0);
	assert_ok(channel_receive(&s.channel, &m, LATER, &e), &e);
	struct reader r = rd_open(buf_span(&m.body));
	assert_int_equal(rd_u64be(&r), 0xf);
	assert_int_equal(finish(&s).code, 0);
}

static void
descriptors_may_trade_places(void **state)
{
	CLEANUP(message_done) struct message m = { 0 };
	struct err e;
	int fds[2];

	(void)state;
	assert_ok(channel_pair(fds, &e), &e);
	/* The channel goes where a lower number was, and the other way. */
	CLEANUP(fd_done) int low = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	CLEANUP(fd_done) int high = fcntl(fds[1], F_DUPFD_CLOEXEC, 20);
	close(fds[1]);
	struct inherit pass[] = {
		{ low, high }, { high, PROCESS_CHANNEL }, { low, 40 },
	};
	struct process_plan plan = { .role = "descriptors", .inherit = pass,
	    .count = 3 };
	struct started s = { .channel = CHANNEL(fds[0], "role", rows) };
	assert_ok(process_start(&plan, &s.process, &e), &e);
	assert_ok(channel_receive(&s.channel, &m, LATER, &e), &e);
	struct reader r = rd_open(buf_span(&m.body));
	assert_true(rd_u64be(&r) ==
	    (0xf | (uint64_t)1 << high | (uint64_t)1 << 40));
	assert_int_equal(finish(&s).code, 0);
}

static void
a_role_knows_little_of_its_surroundings(void **state)
{
	const char *arguments[] = { "one", "two words", NULL };
	CLEANUP(message_done) struct message m = { 0 };
	struct err e;

	(void)state;
	setenv("SECRET_TOKEN", "abc", 1);
	setenv("LD_PRELOAD_NOT", "x", 1);
	setenv("TZ", "UTC", 1);
	struct started s = start("surroundings", arguments);
	assert_ok(channel_receive(&s.channel, &m, LATER, &e), &e);
	const char *said = buf_cstr(&m.body);
	assert_null(strstr(said, "SECRET"));
	assert_null(strstr(said, "LD_PRELOAD"));
	assert_null(strstr(said, "HOME="));
	assert_non_null(strstr(said, "TZ=UTC\n"));
	assert_non_null(strstr(said, "argument tagseal\n"));
	assert_non_null(strstr(said, "argument @surroundings\n"));
	assert_non_null(strstr(said, "argument two words\n"));
	assert_non_null(strstr(said, "death 9 leader 1\n"));
	assert_int_equal(finish(&s).code, 0);
}

static void
variables_that_are_named_are_handed_on(void **state)
{
	const char *keep[] = { "SOFTHSM2_CONF", "NOT_SET", NULL };
	CLEANUP(message_done) struct message m = { 0 };
	struct err e;
	int fds[2];

	(void)state;
	setenv("SOFTHSM2_CONF", "/x", 1);
	unsetenv("NOT_SET");
	assert_ok(channel_pair(fds, &e), &e);
	struct inherit pass[] = { { fds[1], PROCESS_CHANNEL } };
	struct process_plan plan = { .role = "surroundings", .inherit = pass,
	    .count = 1, .keep = keep };
	struct started s = { .channel = CHANNEL(fds[0], "role", rows) };
	assert_ok(process_start(&plan, &s.process, &e), &e);
	close(fds[1]);
	assert_ok(channel_receive(&s.channel, &m, LATER, &e), &e);
	assert_non_null(strstr(buf_cstr(&m.body), "SOFTHSM2_CONF=/x\n"));
	assert_null(strstr(buf_cstr(&m.body), "NOT_SET"));
	assert_int_equal(finish(&s).code, 0);
}

static void
the_end_is_told_in_words(void **state)
{
	const char *three[] = { "3", NULL };
	struct started s = start("ends-with", three);
	struct process_end end = finish(&s);

	(void)state;
	assert_string_equal(process_end_text(&end).text, "exit code 3");
	end = (struct process_end){ -1, SIGSYS };
	assert_string_equal(process_end_text(&end).text,
	    "used a system call that its role may not use (signal 31)");
	end = (struct process_end){ -1, SIGKILL };
	assert_string_equal(process_end_text(&end).text,
	    "killed by signal 9 (Killed)");
}

static void
one_who_does_not_end_is_killed(void **state)
{
	struct started s = start("sleeps", NULL);
	CLEANUP(message_done) struct message m = { 0 };
	struct process_end end;
	struct err e;

	(void)state;
	assert_ok(channel_receive(&s.channel, &m, LATER, &e), &e);
	process_signal(&s.process, SIGTERM);
	assert_false(process_wait(&s.process, clock_in(50), &end, &e));
	assert_err(&e, ERR_PROCESS_SLOW);
	pid_t pid = s.process.pid;
	process_kill(&s.process);
	assert_int_equal(s.process.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	process_kill(&s.process);	/* twice does no harm */
	process_signal(&s.process, SIGTERM);
	channel_done(&s.channel);
}

static void
nobody_outlives_the_starter(void **state)
{
	struct started s = start("orphans", NULL);
	struct message m = { 0 };
	size_t said = 0;
	struct err e;

	(void)state;
	/* The sleeper holds the other end: it closes when the sleeper ends. */
	for (; channel_receive(&s.channel, &m, LATER, &e); said++)
		message_done(&m);
	assert_in_range(said, 1, 2);
	assert_err(&e, ERR_CHANNEL_CLOSED);
	assert_int_equal(finish(&s).signal, SIGKILL);
}

static void
a_descriptor_that_is_none_stops_the_start(void **state)
{
	struct inherit pass[] = { { 999, PROCESS_CHANNEL } };
	struct process_plan plan = { .role = "sleeps", .inherit = pass,
	    .count = 1 };
	struct process p;
	struct err e;

	(void)state;
	assert_false(process_start(&plan, &p, &e));
	assert_err(&e, ERR_PROCESS_START);
	assert_string_equal(e.text,
	    "sleeps: cannot run its program: Bad file descriptor");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_role_has_only_the_descriptors_it_was_given),
		TEST(descriptors_may_trade_places),
		TEST(a_role_knows_little_of_its_surroundings),
		TEST(variables_that_are_named_are_handed_on),
		TEST(the_end_is_told_in_words),
		TEST(one_who_does_not_end_is_killed),
		TEST(nobody_outlives_the_starter),
		TEST(a_descriptor_that_is_none_stops_the_start),
	};
	const char *role = process_role(argc, argv);

	for (size_t i = 0; role != NULL && i < COUNT(roles); i++)
		if (strcmp(roles[i].name, role) == 0)
			return roles[i].run(argv);
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
