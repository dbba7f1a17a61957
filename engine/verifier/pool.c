/* pool - see pool.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "verifier/pool.h"

void
pool_outcome_done(struct pool_outcome *o)
{
	buf_done(&o->said);
}

bool
pool_place(const struct pool *p, size_t *place)
{
	for (size_t i = 0; i < POOL_JOBS; i++)
		if (p->jobs[i].pid == 0) {
			*place = i;
			return true;
		}
	return false;
}

/* ---- in the job ---- */

/* A pipe takes so few bytes at once or not at all: none are half said. */
static void
job_run(int out, pid_t parent, void (*work)(void *arg, struct buf *),
    void *arg)
{
	CLEANUP(buf_done) struct buf said = { 0 };

	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	work(arg, &said);
	assert(said.len > 0 && said.len <= POOL_SAID);
	_exit(write(out, said.ptr, said.len) == (ssize_t)said.len ? 0 : 1);
}

/* ---- outside ---- */

bool
pool_start(struct pool *p, size_t place, uint32_t number,
    void (*work)(void *arg, struct buf *), void *arg, struct err *e)
{
	pid_t parent = getpid();
	int ends[2];

	assert(p->jobs[place].pid == 0);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_errno(e, ERR_GIT_VERIFIER, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0)
		job_run(ends[1], parent, work, arg);
	close(ends[1]);
	if (pid < 0) {
		err_errno(e, ERR_GIT_VERIFIER, "cannot start a process");
		close(ends[0]);
		return false;
	}
	setpgid(pid, pid);
	p->jobs[place] = (struct pool_job){ .pid = pid, .fd = ends[0],
	    .deadline = clock_in(p->patience), .number = number };
	return true;
}

/*
 * Ends a job, and with it what it started: the group is its own. One that had
 * ended by itself is still there to tell how.
 */
static void
job_end(struct pool_job *j, struct process_end *end)
{
	int status = 0;

	kill(-j->pid, SIGKILL);
	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		;
	fd_done(&j->fd);
	j->pid = 0;
	*end = WIFEXITED(status) ?
	    (struct process_end){ WEXITSTATUS(status), 0 } :
	    (struct process_end){ -1, WTERMSIG(status) };
}

bool
pool_wait(struct pool *p, int fd, bool *readable, struct err *e)
{
	struct watch watches[POOL_JOBS + 1] = { { .fd = fd } };
	int64_t deadline = CLOCK_NEVER;
	size_t ready;

	for (size_t i = 0; i < POOL_JOBS; i++) {
		const struct pool_job *j = &p->jobs[i];

		watches[i + 1].fd = j->pid == 0 ? -1 : j->fd;
		if (j->pid != 0 && j->deadline < deadline)
			deadline = j->deadline;
	}
	if (!watch_wait(watches, COUNT(watches), deadline, &ready, e))
		return false;
	*readable = watches[0].ready;
	return true;
}

static bool
can_be_read(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Where it is at its end instead, the job broke off. */
static bool
job_read(const struct pool_job *j, struct buf *said)
{
	uint8_t bytes[POOL_SAID];
	ssize_t n;

	do
		n = read(j->fd, bytes, sizeof(bytes));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		buf_put(said, (struct span){ bytes, (size_t)n });
	return n > 0;
}

static void
job_failed(const struct pool *p, bool late, const struct process_end *end,
    struct err *why)
{
	if (late)
		err_set(why, ERR_GIT_VERIFIER, "gpg did not check a signature "
		    "within %" PRId64 " ms", p->patience);
	else
		err_set(why, ERR_GIT_VERIFIER, "what checks a signature broke "
		    "off: %s", process_end_text(end).text);
}

bool
pool_take(struct pool *p, struct pool_outcome *out)
{
	for (size_t i = 0; i < POOL_JOBS; i++) {
		struct pool_job *j = &p->jobs[i];
		struct pool_outcome o = { .number = j->number };
		struct process_end end;
		bool says = j->pid != 0 && can_be_read(j->fd);

		if (j->pid == 0 || (!says && clock_left(j->deadline) != 0))
			continue;
		o.good = says && job_read(j, &o.said);
		job_end(j, &end);
		if (!o.good)
			job_failed(p, !says, &end, &o.why);
		*out = o;
		return true;
	}
	return false;
}

void
pool_done(struct pool *p)
{
	struct process_end end;

	for (size_t i = 0; i < POOL_JOBS; i++)
		if (p->jobs[i].pid != 0)
			job_end(&p->jobs[i], &end);
}
