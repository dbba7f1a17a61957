/* process - see process.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/process.h"
#include "sys/program.h"

#define INHERIT_MAX	16
#define FD_MAX		64	/* numbers that a plan may use lie below */
#define ENVIRONMENT_MAX	32
#define ROLE_MARK	'@'

/* What every role may know of its surroundings. */
static const char *const environment[] = {
	"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "UBSAN_OPTIONS", NULL
};

/* All that the child needs, made before it: it changes nothing in here. */
struct launch {
	char	*argv[ENVIRONMENT_MAX];
	char	*envp[ENVIRONMENT_MAX];
	size_t	 envc;
	pid_t	 parent;
	int	 null;		/* /dev/null */
	int	 program;	/* if it was opened for this start, or -1 */
	int	 report;	/* a pipe: errno if exec fails */
};

static void
launch_done(struct launch *l)
{
	for (size_t i = 0; l->argv[i] != NULL; i++)
		free(l->argv[i]);
	for (size_t i = 0; i < l->envc; i++)
		free(l->envp[i]);
	fd_done(&l->null);
	fd_done(&l->program);
	fd_done(&l->report);
}

static char *
text_pair(const char *before, const char *mark, const char *after)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s%s", before, mark, after) < 0)
		abort();
	return text;
}

static void
environment_keep(struct launch *l, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++) {
		const char *value = getenv(*names);

		assert(l->envc + 2 < ENVIRONMENT_MAX);
		if (value != NULL)
			l->envp[l->envc++] = text_pair(*names, "=", value);
	}
}

static void
launch_prepare(struct launch *l, const struct process_plan *plan)
{
	size_t n = 0;

	l->argv[n++] = xstrdup("tagseal");
	l->argv[n++] = text_pair("@", "", plan->role);
	for (size_t i = 0; plan->arguments != NULL &&
	    plan->arguments[i] != NULL; i++) {
		assert(n + 1 < COUNT(l->argv));
		l->argv[n++] = xstrdup(plan->arguments[i]);
	}
	environment_keep(l, environment);
	environment_keep(l, plan->keep);
#ifdef TAGSEAL_SANITIZED
	/* The leak check stops threads by ptrace, which no sandbox allows. */
	l->envp[l->envc++] = xstrdup("ASAN_OPTIONS=detect_leaks=0");
#endif
	l->parent = getpid();
}

/* What is closed by exec, the program too, ends up above all the others. */
static bool
descriptors_place(const struct process_plan *plan, const struct launch *l,
    int *program, int *report)
{
	int high[INHERIT_MAX];
	bool used[FD_MAX] = { true, true, true };

	/* Out of the way first: from and to may overlap. */
	*report = fcntl(l->report, F_DUPFD_CLOEXEC, FD_MAX);
	*program = fcntl(*program, F_DUPFD_CLOEXEC, FD_MAX);
	if (*report < 0 || *program < 0 || dup2(l->null, STDIN_FILENO) < 0 ||
	    dup2(l->null, STDOUT_FILENO) < 0)
		return false;
	for (size_t i = 0; i < plan->count; i++) {
		high[i] = fcntl(plan->inherit[i].from, F_DUPFD_CLOEXEC,
		    FD_MAX);
		if (high[i] < 0)
			return false;
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (dup2(high[i], plan->inherit[i].to) < 0)
			return false;
		used[plan->inherit[i].to] = true;
	}
	for (int fd = 0; fd < FD_MAX; fd++)
		if (!used[fd])
			close(fd);
	return close_range(FD_MAX, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

/*
 * Runs in the child, which has our memory until it is another program: it
 * calls the kernel, and writes to its own variables only.
 */
static void
launch_child(const struct process_plan *plan, const struct launch *l)
{
	int program = plan->program > 0 ? plan->program : l->program;
	int report = l->report;
	sigset_t none;

	sigemptyset(&none);
	for (int n = 1; n < SIGRTMIN; n++)
		signal(n, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    descriptors_place(plan, l, &program, &report) &&
	    getppid() == l->parent)
		execveat(program, "", l->argv, l->envp, AT_EMPTY_PATH);
	int number = errno;
	ssize_t ignored = write(report, &number, sizeof(number));
	(void)ignored;
	_exit(127);
}

/* Reads the child's word: nothing when exec went well. */
static int
launch_outcome(int report)
{
	int number = 0;
	ssize_t n;

	do
		n = read(report, &number, sizeof(number));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(number) ? number : 0;
}

static void
process_reap(struct process *p)
{
	while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	fd_done(&p->pidfd);
	p->pid = 0;
	p->pidfd = -1;
}

/*
 * The child borrows our memory and we wait until it runs its program: nothing
 * is copied. No handler of ours may run in it.
 */
static bool
launch_fork(const struct process_plan *plan, const struct launch *l,
    pid_t *out)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		launch_child(plan, l);
	int number = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = number;
	*out = pid;
	return pid > 0;
}

static bool
launch_run(const struct process_plan *plan, struct launch *l,
    struct process *out, struct err *e)
{
	struct process p = { .pidfd = -1, .role = plan->role };
	CLEANUP(fd_done) int outcome = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_errno(e, ERR_PROCESS_START, "cannot make a pipe");
	outcome = ends[0];
	l->report = ends[1];
	if (!launch_fork(plan, l, &p.pid))
		return err_errno(e, ERR_PROCESS_START, "cannot fork");
	close(l->report);
	l->report = -1;
	setpgid(p.pid, p.pid);
	p.pidfd = pidfd_open(p.pid, 0);
	errno = p.pidfd < 0 ? errno : launch_outcome(outcome);
	if (errno != 0) {
		err_errno(e, ERR_PROCESS_START, "cannot run its program");
		process_kill(&p);
		return false;
	}
	*out = p;
	return true;
}

bool
process_start(const struct process_plan *plan, struct process *out,
    struct err *e)
{
	CLEANUP(launch_done) struct launch l = { .null = -1, .program = -1,
	    .report = -1 };

	assert(plan->count <= INHERIT_MAX);
	for (size_t i = 0; i < plan->count; i++)
		assert(plan->inherit[i].to > STDERR_FILENO &&
		    plan->inherit[i].to < FD_MAX);
	if (plan->program <= 0 && !program_open(plan->role, &l.program, e))
		return err_at(e, "%s", plan->role);
	launch_prepare(&l, plan);
	l.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (l.null < 0)
		return err_errno(e, ERR_PROCESS_START,
		    "cannot open /dev/null");
	return launch_run(plan, &l, out, e) || err_at(e, "%s", plan->role);
}

bool
process_wait(struct process *p, int64_t deadline, struct process_end *out,
    struct err *e)
{
	struct pollfd wait = { .fd = p->pidfd, .events = POLLIN };
	int status = 0, n;

	do
		n = poll(&wait, 1, clock_left(deadline));
	while ((n < 0 && errno == EINTR) ||
	    (n == 0 && clock_left(deadline) != 0));
	if (n <= 0)
		return err_set(e, ERR_PROCESS_SLOW,
		    "the %s did not end in time", p->role);
	while (waitpid(p->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(e, ERR_PROCESS_START,
			    "cannot wait for the %s", p->role);
	*out = WIFEXITED(status) ?
	    (struct process_end){ WEXITSTATUS(status), 0 } :
	    (struct process_end){ -1, WTERMSIG(status) };
	p->pid = 0;
	fd_done(&p->pidfd);
	p->pidfd = -1;
	return true;
}

void
process_signal(const struct process *p, int number)
{
	if (p->pid > 0)
		pidfd_send_signal(p->pidfd, number, NULL, 0);
}

void
process_kill(struct process *p)
{
	if (p->pid <= 0)
		return;
	kill(-p->pid, SIGKILL);
	kill(p->pid, SIGKILL);
	process_reap(p);
}

/* What the signals of our sandboxes and limits mean. */
static const struct {
	int		 number;
	const char	*meaning;
} signals[] = {
	{ SIGSYS,	"used a system call that its role may not use" },
	{ SIGXCPU,	"used up its processor time" },
	{ SIGXFSZ,	"wrote a file that is too large" },
	{ SIGSEGV,	"crashed" },
	{ SIGBUS,	"crashed" },
	{ SIGABRT,	"gave up" },
};

struct shown
process_end_text(const struct process_end *end)
{
	struct shown out;

	if (end->code >= 0) {
		snprintf(out.text, sizeof(out.text), "exit code %d",
		    end->code);
		return out;
	}
	for (size_t i = 0; i < COUNT(signals); i++)
		if (signals[i].number == end->signal) {
			snprintf(out.text, sizeof(out.text),
			    "%s (signal %d)", signals[i].meaning,
			    end->signal);
			return out;
		}
	snprintf(out.text, sizeof(out.text), "killed by signal %d (%s)",
	    end->signal, strsignal(end->signal));
	return out;
}

const char *
process_role(int argc, char *const *argv)
{
	return argc > 1 && argv[1][0] == ROLE_MARK ? argv[1] + 1 : NULL;
}
