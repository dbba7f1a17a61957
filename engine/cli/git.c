/* git - see git.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/git.h"
#include "sys/clock.h"
#include "sys/file.h"

#define WORDS_MAX	24	/* of one call */
#define TOLD_SIZE	4096	/* bytes of standard error that are read */
#define MERCY_MS	2000	/* to end by itself */

extern char **environ;

static bool
compose(const struct git_call *c, const char *words[WORDS_MAX], struct err *e)
{
	size_t n = 0;

	words[n++] = "git";
	words[n++] = "-C";
	words[n++] = c->folder == NULL ? "." : c->folder;
	for (size_t i = 0; c->words[i] != NULL; i++) {
		if (n + 1 >= WORDS_MAX)
			return err_set(e, ERR_PROCESS_START, "git: too many "
			    "words");
		words[n++] = c->words[i];
	}
	words[n] = NULL;
	return true;
}

static void
redirect(const struct git_call *c, int told, posix_spawn_file_actions_t *to)
{
	if (c->input >= 0)
		posix_spawn_file_actions_adddup2(to, c->input, STDIN_FILENO);
	else if (c->told != NULL)
		posix_spawn_file_actions_addopen(to, STDIN_FILENO,
		    "/dev/null", O_RDONLY, 0);
	if (c->told == NULL)
		return;
	posix_spawn_file_actions_addopen(to, STDOUT_FILENO, "/dev/null",
	    O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(to, told, STDERR_FILENO);
}

static bool
start(const struct git_call *c, int told, pid_t *pid, struct err *e)
{
	const char *words[WORDS_MAX];
	posix_spawn_file_actions_t to;
	posix_spawnattr_t how;

	if (!compose(c, words, e))
		return false;
	posix_spawn_file_actions_init(&to);
	posix_spawnattr_init(&how);
	redirect(c, told, &to);
	if (c->told != NULL)
		posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID);
	errno = posix_spawnp(pid, "git", &to, &how, (char *const *)words,
	    environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&to);
	return errno == 0 || err_errno(e, ERR_PROCESS_START, "git");
}

/* Without a descriptor of the process there is no deadline. */
static bool
ended_by(int process, int64_t deadline)
{
	struct pollfd p = { .fd = process, .events = POLLIN };
	int n = 1;

	while (process >= 0 && (n = poll(&p, 1, clock_left(deadline))) < 0 &&
	    errno == EINTR)
		continue;
	return n != 0;
}

/* Of a session of its own, all are meant: ssh, and what else git started. */
static bool
wait_for(const struct git_call *c, pid_t pid, int *status, struct err *e)
{
	CLEANUP(fd_done) int process = pidfd_open(pid, 0);
	pid_t all = c->told != NULL ? -pid : pid;
	bool slow = !ended_by(process, c->deadline);

	if (slow) {
		kill(all, SIGTERM);
		if (!ended_by(process, clock_in(MERCY_MS)))
			kill(all, SIGKILL);
	}
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_errno(e, ERR_PROCESS_START, "git");
	return !slow || err_set(e, ERR_PROCESS_SLOW, "git did not end in "
	    "time");
}

static void
read_told(int told, struct buf *out)
{
	char text[TOLD_SIZE];
	ssize_t n = pread(told, text, sizeof(text), 0);

	if (n > 0)
		buf_put(out, (struct span){ (const uint8_t *)text, (size_t)n });
}

bool
git_run(const struct git_call *c, int *code, struct err *e)
{
	CLEANUP(fd_done) int told = -1;
	int status = 0;
	pid_t pid;

	if (c->told != NULL && !file_scratch(NULL, &told, e))
		return false;
	if (!start(c, told, &pid, e) || !wait_for(c, pid, &status, e))
		return false;
	*code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (c->told != NULL)
		read_told(told, c->told);
	return true;
}

void
git_told(struct span told, struct buf *out)
{
	struct span line;

	while (span_line(&told, &line)) {
		if (line.len == 0)
			continue;
		if (out->len > 0)
			buf_text(out, "; ");
		text_visible(line, out);
	}
}
