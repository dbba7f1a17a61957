/* git_local - see git_local.h. */
#include <errno.h>
#include <fcntl.h>
#include <git2/errors.h>
#include <git2/sys/transport.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "net/git_local.h"
#include "sys/clock.h"
#include "sys/file.h"

#define PATIENCE	60	/* seconds */

struct local {
	git_smart_subtransport		 base;	/* first: libgit2 casts */
	git_smart_subtransport_stream	 stream;
	struct git_local		*settings;
	int				 fd;	/* -1: nothing runs */
	int				 words;	/* what git says on stderr */
	pid_t				 pid;
};

/* Which program answers which action of libgit2's. */
static const struct {
	git_smart_service_t	 action;
	const char		*program;
} services[] = {
	{ GIT_SERVICE_UPLOADPACK_LS,	"upload-pack" },
	{ GIT_SERVICE_UPLOADPACK,	"upload-pack" },
	{ GIT_SERVICE_RECEIVEPACK_LS,	"receive-pack" },
	{ GIT_SERVICE_RECEIVEPACK,	"receive-pack" },
};

static struct local *
local_of(git_smart_subtransport *base)
{
	return (struct local *)(void *)base;
}

/* fail leaves word for remote.c, and for libgit2 that it went wrong. */
static int
fail(struct local *l)
{
	git_error_set_str(GIT_ERROR_NET, l->settings->failure.text);
	return -1;
}

static const char *
path_of(const char *url)
{
	static const char scheme[] = "file://";

	return strncmp(url, scheme, sizeof(scheme) - 1) == 0 ?
	    url + sizeof(scheme) - 1 : url;
}

static bool
below(const char *path, const char *folder)
{
	CLEANUP(free_done) char *real = realpath(folder, NULL);
	size_t n = real == NULL ? 0 : strlen(real);

	return n > 1 && strncmp(path, real, n) == 0 && path[n] == '/';
}

bool
git_local_allowed(const char *url, const char *const *folders, struct err *e)
{
	CLEANUP(free_done) char *real = realpath(path_of(url), NULL);
	struct shown shown = text_show(SPAN_TEXT(url));

	if (path_of(url)[0] != '/')
		return err_set(e, ERR_NET_PATH_OUTSIDE,
		    "'%s' is not an absolute path", shown.text);
	if (real == NULL)
		return err_errno(e, ERR_NET_UNREACHABLE, "'%s'", shown.text);
	for (; *folders != NULL; folders++)
		if (below(real, *folders))
			return true;
	return err_set(e, ERR_NET_PATH_OUTSIDE, "'%s' lies below none of the "
	    "folders for repositories", shown.text);
}

/*
 * program_start runs git on one end of a socket. The declared folders decide
 * what may be opened, so git's check of who owns a folder is switched off;
 * nobody's settings but the repository's own count.
 */
static bool
program_start(struct local *l, const char *program, const char *path,
    int fd, struct err *e)
{
	char *const arguments[] = { (char[]){ "git" }, (char[]){ "-c" },
	    (char[]){ "safe.directory=*" }, (char *)program, (char *)path,
	    NULL };
	char search[PATH_MAX];
	char *const environment[] = { search,
	    (char[]){ "GIT_CONFIG_NOSYSTEM=1" }, (char[]){ "HOME=/" },
	    (char[]){ "GIT_CONFIG_GLOBAL=/dev/null" }, (char[]){ "LC_ALL=C" },
	    (char[]){ "GIT_NO_REPLACE_OBJECTS=1" }, NULL };
	const char *path_list = getenv("PATH");
	posix_spawn_file_actions_t actions;

	snprintf(search, sizeof(search), "PATH=%s",
	    path_list == NULL ? "/usr/bin:/bin" : path_list);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return err_set(e, ERR_NET_GIT, "cannot start git");
	int code = posix_spawn_file_actions_adddup2(&actions, fd, 0);
	if (code == 0)
		code = posix_spawn_file_actions_adddup2(&actions, fd, 1);
	if (code == 0)
		code = posix_spawn_file_actions_adddup2(&actions, l->words,
		    2);
	if (code == 0)
		code = posix_spawnp(&l->pid, "git", &actions, NULL,
		    arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (code != 0)
		return err_set(e, ERR_NET_GIT, "cannot start git: %s",
		    strerror(code));
	return true;
}

static unsigned
patience_of(const struct local *l)
{
	return l->settings->patience > 0 ? l->settings->patience : PATIENCE;
}

/* reap waits for git's end, which a hook may put off, and forces it then. */
static void
reap(struct local *l)
{
	CLEANUP(fd_done) int ended = pidfd_open(l->pid, 0);
	struct pollfd p = { .fd = ended, .events = POLLIN };

	if (poll(&p, 1, (int)patience_of(l) * 1000) != 1)
		kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	l->pid = 0;
}

static void
stop(struct local *l)
{
	fd_done(&l->fd);
	if (l->pid > 0)
		reap(l);
	fd_done(&l->words);
	l->fd = l->words = -1;
}

static bool
start(struct local *l, git_smart_service_t action, const char *url,
    struct err *e)
{
	CLEANUP(fd_done) int theirs = -1;
	const char *program = NULL;
	int pair[2];

	for (size_t i = 0; i < COUNT(services); i++)
		if (services[i].action == action)
			program = services[i].program;
	if (program == NULL ||
	    !git_local_allowed(url, l->settings->folders, e) ||
	    !file_scratch(NULL, &l->words, e))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(e, ERR_NET_GIT, "no socket");
	l->fd = pair[0];
	theirs = pair[1];
	return program_start(l, program, path_of(url), theirs, e);
}

/* words_read: the first line that git left on its standard error. */
static struct shown
words_read(const struct local *l)
{
	char text[256];
	ssize_t n = pread(l->words, text, sizeof(text), 0);
	struct span rest = { (const uint8_t *)text, n > 0 ? (size_t)n : 0 };
	struct span line = { 0 };

	if (!span_line(&rest, &line))
		line = SPAN_TEXT("it says nothing");
	return text_show(line);
}

static bool
wait_for(const struct local *l, short events, struct err *e)
{
	unsigned seconds = patience_of(l);
	struct pollfd p = { .fd = l->fd, .events = events };
	int64_t deadline = clock_in((int64_t)seconds * 1000);
	int n;

	do
		n = poll(&p, 1, clock_left(deadline));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return err_set(e, ERR_NET_TIMEOUT,
		    "git does not answer for %u seconds", seconds);
	return n > 0 || err_errno(e, ERR_NET_GIT, "cannot wait for git");
}

static int
on_read(git_smart_subtransport_stream *stream, char *out, size_t size,
    size_t *count)
{
	struct local *l = local_of(stream->subtransport);
	struct err *e = &l->settings->failure;

	if (!wait_for(l, POLLIN, e))
		return fail(l);
	ssize_t n = recv(l->fd, out, size, 0);
	if (n <= 0) {
		err_set(e, ERR_NET_GIT, "git ended early: %s",
		    words_read(l).text);
		return fail(l);
	}
	*count = (size_t)n;
	return 0;
}

static int
on_write(git_smart_subtransport_stream *stream, const char *bytes, size_t len)
{
	struct local *l = local_of(stream->subtransport);
	struct span rest = { (const uint8_t *)bytes, len };

	while (rest.len > 0) {
		if (!wait_for(l, POLLOUT, &l->settings->failure))
			return fail(l);
		ssize_t n = send(l->fd, rest.ptr, rest.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0) {
			err_set(&l->settings->failure, ERR_NET_GIT,
			    "git ended early: %s", words_read(l).text);
			return fail(l);
		}
		rest = span_from(rest, (size_t)n);
	}
	return 0;
}

static void
on_stream_free(git_smart_subtransport_stream *stream)
{
	(void)stream;	/* lives in its subtransport */
}

static int
on_action(git_smart_subtransport_stream **out, git_smart_subtransport *base,
    const char *url, git_smart_service_t action)
{
	struct local *l = local_of(base);

	/* What follows a listing goes on in the same conversation. */
	if (l->fd < 0 && !start(l, action, url, &l->settings->failure)) {
		stop(l);
		return fail(l);
	}
	*out = &l->stream;
	return 0;
}

static int
on_close(git_smart_subtransport *base)
{
	stop(local_of(base));
	return 0;
}

static void
on_free(git_smart_subtransport *base)
{
	stop(local_of(base));
	free(local_of(base));
}

int
git_local_open(git_smart_subtransport **out, git_transport *owner, void *arg)
{
	struct local *l = xcalloc(1, sizeof(*l));

	(void)owner;
	l->base = (git_smart_subtransport){ on_action, on_close, on_free };
	l->stream = (git_smart_subtransport_stream){ &l->base, on_read,
	    on_write, on_stream_free };
	l->settings = arg;
	l->settings->failure = (struct err){ .what = NULL };
	l->fd = l->words = -1;
	*out = &l->base;
	return 0;
}
