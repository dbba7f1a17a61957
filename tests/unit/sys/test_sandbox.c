/*
 * sandbox: each role is started for real and tries what it may and may not do.
 *
 * This program starts itself as "@probe ROLE ATTEMPT FOLDER": the child enters
 * the role, makes the attempt, and ends with 0 (it worked) or the errno.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/confine.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "attempts.h"
#include "test.h"

/* Makes a call fail, as a kernel without it would. */
static bool
kernel_lacks(const char *name)
{
	static const struct scmp_arg_cmp is_filter = { 0, SCMP_CMP_EQ,
	    PR_SET_SECCOMP, 0 };
	bool filter = strcmp(name, "seccomp") == 0;
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	bool done = c != NULL && seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS),
	    filter ? SCMP_SYS(seccomp) : SCMP_SYS(landlock_create_ruleset),
	    0) == 0 && (!filter || seccomp_rule_add_array(c,
	    SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &is_filter) == 0) &&
	    seccomp_load(c) == 0;

	seccomp_release(c);
	return done;
}

/* Enters the worker's role where the kernel lacks something. */
static int
lacking(const char *what, bool where_possible)
{
	struct sandbox_terms terms = { .where_possible = where_possible };
	struct sandbox_report r = { 0 };
	struct err e = { 0 };

	if (!kernel_lacks(what))
		return UNEXPECTED;
	bool entered = sandbox_enter(SANDBOX_WORKER, &terms, &r, &e);
	if (!where_possible)
		return !entered && err_is(&e, ERR_SANDBOX_UNSUPPORTED) &&
		    strstr(err_advice(&e), "where-possible") != NULL ? 0 :
		    UNEXPECTED;
	bool filter = strcmp(what, "seccomp") == 0;
	return entered && r.seccomp == !filter &&
	    (r.landlock == 0) == !filter ? 0 : UNEXPECTED;
}

static int
child(const char *role, const char *name, const char *folder)
{
	char readable[512], own[512];
	const char *read[] = { readable, "/nonexistent/path", NULL };
	const char *write[] = { own, NULL };
	struct sandbox_terms terms = { .read = read, .write = write };
	struct sandbox_report r;
	enum sandbox_role which;
	struct err e = { 0 };

	snprintf(readable, sizeof(readable), "%s/given", folder);
	snprintf(own, sizeof(own), "%s/own", folder);
	if (strcmp(name, "spins") == 0)
		terms.cpu = 1;
	if (strcmp(name, "becomes-root") == 0)
		terms.user = "nobody";
	if (!file_scratch(NULL, &given[0], &e) ||
	    !file_scratch(NULL, &given[1], &e) ||
	    !sandbox_find(role, &which) ||
	    !sandbox_enter(which, &terms, &r, &e)) {
		fprintf(stderr, "%s: %s\n", role, e.text);
		return UNEXPECTED;
	}
	return attempt(name, folder);
}

/* ---- the tests ---- */

/* A folder with files inside and outside, and two servers. */
static struct world {
	char	folder[TEST_FOLDER];
	int	tcp;
	int	local;
} world;

static void
world_file(const char *name, const char *text)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", world.folder, name);
	assert_ok(file_replace_span(path, SPAN_TEXT(text), FILE_PLAIN, &e),
	    &e);
	chmod(path, 0666);
}

static void
world_listen(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(in);
	char port[16];

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	world.tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	world.local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", world.folder);
	assert_int_equal(bind(world.tcp, (void *)&in, sizeof(in)), 0);
	assert_int_equal(bind(world.local, (void *)&un, sizeof(un)), 0);
	assert_int_equal(listen(world.tcp, 100), 0);
	assert_int_equal(listen(world.local, 100), 0);
	assert_int_equal(getsockname(world.tcp, (void *)&in, &len), 0);
	snprintf(port, sizeof(port), "%u", ntohs(in.sin_port));
	world_file("port", port);
}

static int
world_make(void **state)
{
	static const char *const folders[] = { "outside", "given", "own" };
	struct err e;

	(void)state;
	test_folder(world.folder, "sandbox");
	chmod(world.folder, 0755);
	for (size_t i = 0; i < COUNT(folders); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", world.folder,
		    folders[i]);
		assert_ok(folder_make(path, 0755, &e), &e);
		chmod(path, 0777);
	}
	world_file("outside/file", "secret");
	world_file("given/file", "given");
	world_listen();
	return 0;
}

static int
world_remove(void **state)
{
	char command[128];

	(void)state;
	close(world.tcp);
	close(world.local);
	snprintf(command, sizeof(command), "rm -rf '%s'", world.folder);
	return system(command);
}

static struct process_end
probe(const char *role, const char *attempt)
{
	const char *arguments[] = { role, attempt, world.folder, NULL };
	struct process_plan plan = { .role = "probe", .arguments = arguments };
	struct process_end end;
	struct process p;
	struct err e;

	assert_ok(process_start(&plan, &p, &e), &e);
	assert_ok(process_wait(&p, clock_in(60000), &end, &e), &e);
	return end;
}

enum outcome { DONE, REFUSED, KILLED };

/* Each role's row: what its attempts come to. */
static const struct {
	const char	*role;
	const char	*attempt;
	enum outcome	 outcome;
} matrix[] = {
	{ "supervisor", "reads-outside", DONE },
	{ "supervisor", "forks", DONE },
	{ "command", "connects-tcp", DONE },
	{ "command", "execs", DONE },

	{ "courier", "works", DONE },
	{ "courier", "keeps-files", DONE },
	{ "courier", "runs-git", DONE },
	{ "courier", "starts-thread", DONE },
	{ "courier", "connects-unix", DONE },
	{ "courier", "reads-given", DONE },
	{ "courier", "writes-given", REFUSED },
	{ "courier", "writes-own", DONE },
	{ "courier", "reads-outside", REFUSED },
	{ "courier", "makes-outside", REFUSED },
	{ "courier", "traces-parent", REFUSED },
	{ "courier", "makes-namespace", REFUSED },

	{ "judge", "works", DONE },
	{ "judge", "keeps-files", DONE },
	{ "judge", "reads-given", DONE },
	{ "judge", "writes-given", REFUSED },
	{ "judge", "reads-outside", REFUSED },
	{ "judge", "writes-outside", REFUSED },
	{ "judge", "connects-tcp", KILLED },
	{ "judge", "connects-unix", KILLED },
	{ "judge", "makes-udp", KILLED },
	{ "judge", "forks", KILLED },
	{ "judge", "execs", KILLED },
	{ "judge", "traces-parent", KILLED },
	{ "judge", "maps-code", KILLED },
	{ "judge", "signals-parent", KILLED },

	{ "verifier", "works", DONE },
	{ "verifier", "keeps-files", DONE },
	{ "verifier", "execs", DONE },
	{ "verifier", "connects-tcp", REFUSED },
	{ "verifier", "connects-unix", REFUSED },
	{ "verifier", "reads-outside", REFUSED },
	{ "verifier", "traces-parent", REFUSED },

	{ "worker", "works", DONE },
	{ "worker", "reads-outside", REFUSED },
	{ "worker", "reads-given", REFUSED },
	{ "worker", "writes-own", REFUSED },
	{ "worker", "connects-tcp", KILLED },
	{ "worker", "connects-unix", KILLED },
	{ "worker", "makes-udp", KILLED },
	{ "worker", "forks", KILLED },
	{ "worker", "execs", KILLED },
	{ "worker", "traces-parent", KILLED },
	{ "worker", "makes-namespace", KILLED },
	{ "worker", "maps-code", KILLED },
	{ "worker", "signals-parent", KILLED },
	{ "worker", "starts-thread", KILLED },
	{ "worker", "beside works", DONE },
	{ "worker", "beside reads-outside", REFUSED },
	{ "worker", "beside connects-tcp", KILLED },
	{ "worker", "beside forks", KILLED },
	{ "worker", "beside starts-thread", KILLED },
	{ "worker", "beside traces-parent", KILLED },

	{ "checker", "works", DONE },
	{ "checker", "reads-outside", REFUSED },
	{ "checker", "connects-tcp", KILLED },
	{ "checker", "forks", KILLED },
	{ "checker", "execs", KILLED },
	{ "checker", "traces-parent", KILLED },
	{ "checker", "starts-thread", KILLED },
	{ "checker", "beside works", DONE },
	{ "checker", "beside reads-outside", REFUSED },
	{ "checker", "beside connects-tcp", KILLED },
	{ "checker", "beside forks", KILLED },
	{ "checker", "beside starts-thread", KILLED },
	{ "checker", "beside traces-parent", KILLED },

	{ "signer", "works", DONE },
	{ "signer", "keeps-files", DONE },
	{ "signer", "starts-thread", DONE },
	{ "signer", "maps-code", DONE },
	{ "signer", "writes-given", REFUSED },
	{ "signer", "reads-outside", REFUSED },
	{ "signer", "connects-tcp", REFUSED },
	{ "signer", "connects-unix", REFUSED },
	{ "signer", "makes-udp", REFUSED },
	{ "signer", "forks", REFUSED },
	{ "signer", "execs", REFUSED },
	{ "signer", "traces-parent", REFUSED },
	{ "signer", "signals-parent", REFUSED },
};

static bool
as_expected(enum outcome want, const struct process_end *end)
{
	switch (want) {
	case DONE:
		return end->code == 0;
	case REFUSED:
		return end->code == EACCES || end->code == EPERM;
	case KILLED:
		return end->code < 0 && end->signal == SIGSYS;
	}
	return false;
}

static void
each_role_may_do_its_work_and_nothing_else(void **state)
{
	static const char *const names[] = { "done", "refused", "killed" };
	bool good = true;

	(void)state;
	for (size_t i = 0; i < COUNT(matrix); i++) {
		struct process_end end = probe(matrix[i].role,
		    matrix[i].attempt);

		if (as_expected(matrix[i].outcome, &end))
			continue;
		print_error("%s %s: %s, not %s\n", matrix[i].role,
		    matrix[i].attempt, process_end_text(&end).text,
		    names[matrix[i].outcome]);
		good = false;
	}
	assert_true(good);
}

static void
a_loop_ends_when_the_processor_time_is_used_up(void **state)
{
	struct process_end end = probe("worker", "spins");

	(void)state;
	assert_int_equal(end.code, -1);
	assert_int_equal(end.signal, SIGXCPU);
	assert_string_equal(process_end_text(&end).text,
	    "used up its processor time (signal 24)");
}

static void
a_file_may_not_grow_past_the_limit(void **state)
{
	struct process_end end = probe("worker", "writes-too-much");

	(void)state;
	assert_int_equal(end.code, -1);
	assert_int_equal(end.signal, SIGXFSZ);
}

static void
a_failed_assertion_is_told_from_a_forbidden_call(void **state)
{
	struct process_end end = probe("worker", "aborts");

	(void)state;
	assert_int_equal(end.code, -1);
	assert_int_equal(end.signal, SIGABRT);
}

#ifndef TAGSEAL_SANITIZED
static void
memory_is_limited(void **state)
{
	struct process_end end = probe("worker", "takes-memory");

	(void)state;
	assert_int_equal(end.code, ENOMEM);
}
#endif

static void
root_becomes_the_user_and_stays_it(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct process_end end = probe("judge", "becomes-root");
	assert_int_equal(end.signal, SIGSYS);
	end = probe("signer", "becomes-root");
	assert_int_equal(end.code, EACCES);
	end = probe("command", "becomes-root");
	assert_int_equal(end.code, EPERM);
}

static void
a_kernel_without_support_is_an_error_unless_allowed(void **state)
{
	static const char *const whats[] = { "landlock", "seccomp" };

	(void)state;
	for (size_t i = 0; i < COUNT(whats); i++) {
		const char *arguments[] = { whats[i], "required", NULL };
		struct process_plan plan = { .role = "lacking",
		    .arguments = arguments };
		struct process_end end;
		struct process p;
		struct err e;

		assert_ok(process_start(&plan, &p, &e), &e);
		assert_ok(process_wait(&p, clock_in(60000), &end, &e), &e);
		assert_int_equal(end.code, 0);
		arguments[1] = "where-possible";
		assert_ok(process_start(&plan, &p, &e), &e);
		assert_ok(process_wait(&p, clock_in(60000), &end, &e), &e);
		assert_int_equal(end.code, 0);
	}
}

/* These fail before anything is narrowed, so they can run here. */
static void
what_cannot_be_given_is_named(void **state)
{
	const char *bad[] = { "/dev/null/below", NULL };
	struct sandbox_terms path = { .read = bad };
	struct sandbox_terms user = { .user = "no such user" };
	struct sandbox_terms root = { .user = "root" };
	struct sandbox_report r;
	struct err e;

	(void)state;
	assert_false(sandbox_enter(SANDBOX_JUDGE, &path, &r, &e));
	assert_err(&e, ERR_SANDBOX_FAILED);
	assert_non_null(strstr(e.text, "/dev/null/below"));
	if (geteuid() != 0)
		skip();
	assert_false(sandbox_enter(SANDBOX_WORKER, &user, &r, &e));
	assert_err(&e, ERR_SANDBOX_USER);
	assert_string_equal(e.text,
	    "sandbox of the worker: there is no user 'no such user'");
	assert_false(sandbox_enter(SANDBOX_WORKER, &root, &r, &e));
	assert_err(&e, ERR_SANDBOX_USER);
}

static void
every_role_has_a_name_and_every_call_a_number(void **state)
{
	enum sandbox_role role;

	(void)state;
	for (int i = 0; i < SANDBOX_ROLES; i++) {
		assert_true(sandbox_find(sandbox_name((enum sandbox_role)i),
		    &role));
		assert_int_equal(role, i);
	}
	assert_false(sandbox_find("janitor", &role));
	assert_null(seccomp_unknown_call());
}

static void
the_log_says_what_is_in_force(void **state)
{
	struct sandbox_report r = { .role = SANDBOX_WORKER, .landlock = 7,
	    .seccomp = true, .kills = true, .user = "tagseal-work",
	    .memory = (uint64_t)1 << 30, .cpu = 90 };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf line = { 0 };
	struct log log = { .fd = fd, .process = "worker" };
	struct err e;

	(void)state;
	sandbox_log(&log, &r);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_ok(file_load_fd(fd, "log", 1000, &line, &e), &e);
	assert_non_null(strstr(buf_cstr(&line), "process.sandboxed"));
	assert_non_null(strstr(buf_cstr(&line), "landlock=7"));
	assert_non_null(strstr(buf_cstr(&line), "seccomp=kills"));
	assert_non_null(strstr(buf_cstr(&line), "tagseal-work"));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(each_role_may_do_its_work_and_nothing_else),
		TEST(a_loop_ends_when_the_processor_time_is_used_up),
		TEST(a_file_may_not_grow_past_the_limit),
		TEST(a_failed_assertion_is_told_from_a_forbidden_call),
#ifndef TAGSEAL_SANITIZED
		TEST(memory_is_limited),
#endif
		TEST(root_becomes_the_user_and_stays_it),
		TEST(a_kernel_without_support_is_an_error_unless_allowed),
		TEST(what_cannot_be_given_is_named),
		TEST(every_role_has_a_name_and_every_call_a_number),
		TEST(the_log_says_what_is_in_force),
	};
	const char *role = process_role(argc, argv);

	if (role != NULL && strcmp(role, "probe") == 0 && argc == 5)
		return child(argv[2], argv[3], argv[4]);
	if (role != NULL && strcmp(role, "lacking") == 0 && argc == 4)
		return lacking(argv[2],
		    strcmp(argv[3], "where-possible") == 0);
	return cmocka_run_group_tests_name("sandbox", tests, world_make,
	    world_remove);
}
