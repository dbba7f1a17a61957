/* git_program - see git_program.h. */
#include <errno.h>
#include <git2/errors.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/git_program.h"
#include "sys/clock.h"
#include "sys/file.h"

#define WORDS	4096	/* bytes of standard error that are looked at */

/* Which service answers which action of libgit2's. */
static const struct {
	git_smart_service_t	 action;
	const char		*name;
} services[] = {
	{ GIT_SERVICE_UPLOADPACK_LS,	"upload-pack" },
	{ GIT_SERVICE_UPLOADPACK,	"upload-pack" },
	{ GIT_SERVICE_RECEIVEPACK_LS,	"receive-pack" },
	{ GIT_SERVICE_RECEIVEPACK,	"receive-pack" },
};

static struct git_program *
program_of(git_smart_subtransport *base)
{
	return (struct git_program *)(void *)base;
}

/* fail leaves word for remote.c, and for libgit2 that it went wrong. */
static int
fail(struct git_program *p)
{
	git_error_set_str(GIT_ERROR_NET, p->failure->text);
	return -1;
}

static int
spawn(struct git_program *p, int theirs, char *const *arguments,
    char *const *environment)
{
	const int ends[] = { theirs, theirs, p->words };
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code != 0)
		return code;
	for (int i = 0; code == 0 && i < (int)COUNT(ends); i++)
		code = posix_spawn_file_actions_adddup2(&actions, ends[i], i);
	if (code == 0)
		code = posix_spawnp(&p->pid, arguments[0], &actions, NULL,
		    arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

bool
git_program_run(struct git_program *p, char *const *arguments,
    char *const *environment, struct err *e)
{
	CLEANUP(fd_done) int theirs = -1;
	int pair[2];

	if (!file_scratch(NULL, &p->words, e))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(e, ERR_NET_GIT, "no socket");
	p->fd = pair[0];
	theirs = pair[1];
	int code = spawn(p, theirs, arguments, environment);
	return code == 0 || err_set(e, ERR_NET_GIT, "cannot start %s: %s",
	    p->kind->name, strerror(code));
}

/* reap waits for its end, which a hook may put off, and forces it then. */
static void
reap(struct git_program *p)
{
	CLEANUP(fd_done) int ended = pidfd_open(p->pid, 0);
	struct pollfd w = { .fd = ended, .events = POLLIN };
	unsigned grace = p->kind->grace > 0 ? p->kind->grace : p->patience;

	if (poll(&w, 1, (int)grace * 1000) != 1)
		kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

static void
stop(struct git_program *p)
{
	fd_done(&p->fd);
	if (p->pid > 0)
		reap(p);
	fd_done(&p->words);
	p->fd = p->words = -1;
}

static int
ended_early(struct git_program *p)
{
	char text[WORDS];
	ssize_t n;

	/* What it says comes before its end, but maybe after the socket's. */
	shutdown(p->fd, SHUT_RDWR);
	if (p->pid > 0)
		reap(p);
	n = pread(p->words, text, sizeof(text), 0);
	p->kind->refuse((struct span){ (const uint8_t *)text,
	    n > 0 ? (size_t)n : 0 }, p->failure);
	return fail(p);
}

static bool
wait_for(const struct git_program *p, short events, struct err *e)
{
	struct pollfd w = { .fd = p->fd, .events = events };
	int64_t stall = clock_in((int64_t)p->patience * 1000);
	int n;

	do
		n = poll(&w, 1, clock_left(stall < p->deadline ? stall :
		    p->deadline));
	while (n < 0 && errno == EINTR);
	if (n == 0 && clock_left(p->deadline) == 0)
		return err_set(e, ERR_NET_TIMEOUT, "%s takes too long",
		    p->kind->name);
	if (n == 0)
		return err_set(e, ERR_NET_TIMEOUT,
		    "%s does not answer for %u seconds", p->kind->name,
		    p->patience);
	return n > 0 || err_errno(e, ERR_NET_GIT, "cannot wait for %s",
	    p->kind->name);
}

static int
on_read(git_smart_subtransport_stream *stream, char *out, size_t size,
    size_t *count)
{
	struct git_program *p = program_of(stream->subtransport);

	if (!wait_for(p, POLLIN, p->failure))
		return fail(p);
	ssize_t n = recv(p->fd, out, size, 0);
	if (n <= 0)
		return ended_early(p);
	p->taken += (uint64_t)n;
	if (p->limit > 0 && p->taken > p->limit) {
		err_set(p->failure, ERR_NET_LARGE, "%s sends more than %ju "
		    "bytes", p->kind->name, (uintmax_t)p->limit);
		return fail(p);
	}
	*count = (size_t)n;
	return 0;
}

static int
on_write(git_smart_subtransport_stream *stream, const char *bytes, size_t len)
{
	struct git_program *p = program_of(stream->subtransport);
	struct span rest = { (const uint8_t *)bytes, len };

	p->sent += len;
	if (p->sent > LIMIT_PUSH_BYTES) {
		err_set(p->failure, ERR_LIMIT_SIZE, "push is larger than "
		    "%ju bytes", (uintmax_t)LIMIT_PUSH_BYTES);
		return fail(p);
	}
	while (rest.len > 0) {
		if (!wait_for(p, POLLOUT, p->failure))
			return fail(p);
		ssize_t n = send(p->fd, rest.ptr, rest.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return ended_early(p);
		rest = span_from(rest, (size_t)n);
	}
	return 0;
}

static void
on_stream_free(git_smart_subtransport_stream *stream)
{
	(void)stream;	/* lives in its subtransport */
}

static bool
start(struct git_program *p, git_smart_service_t action, const char *url)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (services[i].action == action)
			return p->kind->start(p, services[i].name, url,
			    p->failure);
	return err_set(p->failure, ERR_NET_GIT, "no such service");
}

static int
on_action(git_smart_subtransport_stream **out, git_smart_subtransport *base,
    const char *url, git_smart_service_t action)
{
	struct git_program *p = program_of(base);

	if (p->fd < 0 && !start(p, action, url)) {
		stop(p);
		return fail(p);
	}
	*out = &p->stream;
	return 0;
}

static int
on_close(git_smart_subtransport *base)
{
	stop(program_of(base));
	return 0;
}

static void
on_free(git_smart_subtransport *base)
{
	stop(program_of(base));
	free(program_of(base));
}

int
git_program_open(git_smart_subtransport **out,
    const struct git_program *terms)
{
	struct git_program *p = xcalloc(1, sizeof(*p));

	*p = *terms;
	p->base = (git_smart_subtransport){ on_action, on_close, on_free };
	p->stream = (git_smart_subtransport_stream){ &p->base, on_read,
	    on_write, on_stream_free };
	*p->failure = (struct err){ .what = NULL };
	p->fd = p->words = -1;
	*out = &p->base;
	return 0;
}
