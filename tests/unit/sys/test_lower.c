/*
 * sandbox_lower: what one piece of work may take is lowered, and for good. This
 * program starts itself in the role "probe", which ends with 0 or the errno.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "test.h"

#define UNEXPECTED	99

static bool
is_now(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit limit;

	return getrlimit(resource, &limit) == 0 && limit.rlim_max == most;
}

static int
probe_main(void)
{
	struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };
	struct sandbox_terms terms = { 0 };
	CLEANUP(fd_done) int fd = -1;
	struct sandbox_report r;
	struct err e;

	signal(SIGXFSZ, SIG_IGN);
	if (!file_scratch(NULL, &fd, &e) ||
	    !sandbox_enter(SANDBOX_WORKER, &terms, &r, &e) ||
	    !sandbox_lower(1000, 4096, &e) ||
	    !sandbox_lower(2000, 8192, &e) ||
	    !is_now(RLIMIT_CPU, 1001) || !is_now(RLIMIT_FSIZE, 4096) ||
	    setrlimit(RLIMIT_FSIZE, &more) == 0 || errno != EPERM ||
	    pwrite(fd, "x", 1, 4095) != 1)
		return UNEXPECTED;
	return pwrite(fd, "x", 1, 4096) == 1 ? 0 : errno;
}

static void
limits_of_one_job_are_lowered_for_good(void **state)
{
	struct process_plan plan = { .role = "probe" };
	struct process_end end;
	struct process p;
	struct err e;

	(void)state;
	assert_ok(process_start(&plan, &p, &e), &e);
	assert_ok(process_wait(&p, clock_in(60000), &end, &e), &e);
	assert_int_equal(end.code, EFBIG);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_of_one_job_are_lowered_for_good),
	};

	if (process_role(argc, argv) != NULL)
		return probe_main();
	return cmocka_run_group_tests_name("lower", tests, NULL, NULL);
}
