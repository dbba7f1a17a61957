/*
 * attempts - what a process in a sandbox tries, by name: NAME, or "beside NAME"
 * for the thread that helps it.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

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

#include "base/helper.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "test.h"

#define UNEXPECTED	99	/* exit code: an assertion of the child failed */

/* Files that the child has before it enters its role, as a worker has. */
static int	given[2] = { -1, -1 };

/* ---- each gives 0 or an errno ---- */

static int
worked(bool yes)
{
	return yes ? 0 : errno;
}

static int
opens(const char *folder, const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	CLEANUP(fd_done) int fd = open(path, flags | O_CLOEXEC, 0600);
	return worked(fd >= 0);
}

static int
reads_outside(const char *folder)
{
	return opens(folder, "outside/file", O_RDONLY);
}

static int
writes_outside(const char *folder)
{
	return opens(folder, "outside/file", O_WRONLY);
}

static int
makes_outside(const char *folder)
{
	return opens(folder, "outside/new", O_WRONLY | O_CREAT);
}

static int
reads_given(const char *folder)
{
	return opens(folder, "given/file", O_RDONLY);
}

static int
writes_given(const char *folder)
{
	return opens(folder, "given/file", O_WRONLY);
}

static int
writes_own(const char *folder)
{
	return opens(folder, "own/new", O_WRONLY | O_CREAT | O_TRUNC);
}

/* A server listens on each kind of socket; see world_make. */
static int
connects_tcp(const char *folder)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char path[512], port[16] = "";

	snprintf(path, sizeof(path), "%s/port", folder);
	CLEANUP(fd_done) int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return errno;
	CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, port, sizeof(port) - 1) <= 0)
		return UNEXPECTED;
	to.sin_port = htons((uint16_t)atoi(port));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return worked(connect(s, (struct sockaddr *)&to, sizeof(to)) == 0);
}

static int
makes_udp(const char *folder)
{
	(void)folder;
	CLEANUP(fd_done) int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return worked(s >= 0);
}

static int
connects_unix(const char *folder)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	CLEANUP(fd_done) int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/socket", folder);
	return worked(connect(s, (struct sockaddr *)&to, sizeof(to)) == 0);
}

static int
forks(const char *folder)
{
	(void)folder;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	return worked(waitpid(pid, NULL, 0) == pid);
}

static int
execs(const char *folder)
{
	(void)folder;
	char name[] = "true";
	char *argv[] = { name, NULL };
	char *envp[] = { NULL };

	execve("/bin/true", argv, envp);
	return errno;
}

static int
traces_parent(const char *folder)
{
	(void)folder;
	return worked(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0);
}

static int
makes_namespace(const char *folder)
{
	(void)folder;
	return worked(unshare(CLONE_NEWUSER) == 0);
}

static int
maps_code(const char *folder)
{
	(void)folder;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return worked(p != MAP_FAILED);
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
starts_thread(const char *folder)
{
	pthread_t thread;

	(void)folder;
	int r = pthread_create(&thread, NULL, nothing, NULL);
	if (r == 0)
		r = pthread_join(thread, NULL);
	return r;
}

static int
signals_parent(const char *folder)
{
	(void)folder;
	return worked(kill(getppid(), 0) == 0);
}

static int
takes_memory(const char *folder)
{
	(void)folder;
	void *p = mmap(NULL, (size_t)64 << 30, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return worked(p != MAP_FAILED);
}

static int
writes_too_much(const char *folder)
{
	(void)folder;
	return worked(pwrite(given[0], "x", 1, (off_t)1 << 40) == 1);
}

static int
spins(const char *folder)
{
	volatile bool more = true;

	(void)folder;
	while (more)
		;
	return 0;
}

static int
aborts(const char *folder)
{
	(void)folder;
	abort();
}

/* What a worker does all day: descriptors, memory, clock, random bytes. */
static int
works(const char *folder)
{
	struct file_copy other = { .fd = -1 };
	int fd = given[0], copy = given[1];
	uint8_t random[16];
	char back[5] = "";
	struct stat st;
	struct err e;

	(void)folder;
	if (!descriptor_write(fd, SPAN_TEXT("hello"), &e) || fstat(fd, &st) != 0 ||
	    st.st_size != 5 || lseek(fd, 0, SEEK_SET) != 0 ||
	    getrandom(random, sizeof(random), 0) != sizeof(random) ||
	    copy_file_range(fd, NULL, copy, NULL, 5, 0) != 5 ||
	    pread(copy, back, 5, 0) != 5 || memcmp(back, "hello", 5) != 0 ||
	    ftruncate(copy, 1) != 0 || fdatasync(copy) != 0 ||
	    clock_now() < 1000000)
		return UNEXPECTED;
	CLEANUP(free_done) void *p = xmalloc((size_t)8 << 20);
	memset(p, 1, (size_t)8 << 20);
	time_t now = time(NULL);
	struct tm utc;
	if (gmtime_r(&now, &utc) == NULL || write(2, "", 0) != 0)
		return UNEXPECTED;
	fd_done(&other.fd);
	return 0;
}

/* What the judge does besides: files of its own. */
static int
keeps_files(const char *folder)
{
	CLEANUP(fd_done) int fd = -1, lock = -1;
	CLEANUP(buf_done) struct buf back = { 0 };
	struct file_copy copy = { .fd = -1 };
	char path[512], sub[512];
	struct err e;

	snprintf(path, sizeof(path), "%s/own/state", folder);
	snprintf(sub, sizeof(sub), "%s/own/a/b", folder);
	CLEANUP(free_done) char *own = strndup(path, strlen(path) - 6);
	if (!folder_make(sub, 0700, &e) ||
	    !file_replace_span(path, SPAN_TEXT("state"), FILE_PRIVATE, &e) ||
	    !file_load(path, 100, &back, &e) ||
	    !span_is(buf_span(&back), "state") ||
	    !file_scratch(own, &fd, &e) ||
	    !descriptor_write(fd, SPAN_TEXT("artifact"), &e) ||
	    !file_adopt(fd, own, 100, NULL, NULL, &copy, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return UNEXPECTED;
	}
	close(copy.fd);
	snprintf(path, sizeof(path), "%s/own/lock", folder);
	return file_lock(path, &lock, &e) && unlink(path) == 0 ? 0 :
	    UNEXPECTED;
}

static int
becomes_root(const char *folder)
{
	(void)folder;
	if (getuid() == 0 || getgid() == 0 || geteuid() == 0)
		return UNEXPECTED;
	int result = worked(syscall(SYS_setuid, 0) == 0);
	return getgroups(0, NULL) > 0 ? UNEXPECTED : result;
}

static int
runs_git(const char *folder)
{
	char command[600];

	snprintf(command, sizeof(command), "git init -q %s/own/r && "
	    "git -C %s/own/r ls-remote . >/dev/null", folder, folder);
	return system(command) == 0 ? 0 : UNEXPECTED;
}

static const struct attempt {
	const char	*name;
	int		(*run)(const char *folder);
} attempts[] = {
	{ "reads-outside", reads_outside },
	{ "writes-outside", writes_outside },
	{ "makes-outside", makes_outside },
	{ "reads-given", reads_given },
	{ "writes-given", writes_given },
	{ "writes-own", writes_own },
	{ "connects-tcp", connects_tcp },
	{ "connects-unix", connects_unix },
	{ "makes-udp", makes_udp },
	{ "forks", forks },
	{ "execs", execs },
	{ "traces-parent", traces_parent },
	{ "makes-namespace", makes_namespace },
	{ "maps-code", maps_code },
	{ "starts-thread", starts_thread },
	{ "signals-parent", signals_parent },
	{ "takes-memory", takes_memory },
	{ "writes-too-much", writes_too_much },
	{ "spins", spins },
	{ "aborts", aborts },
	{ "works", works },
	{ "keeps-files", keeps_files },
	{ "becomes-root", becomes_root },
	{ "runs-git", runs_git },
};

static int
attempt_run(const char *name, const char *folder)
{
	for (size_t i = 0; i < COUNT(attempts); i++)
		if (strcmp(attempts[i].name, name) == 0)
			return attempts[i].run(folder);
	return UNEXPECTED;
}

struct beside {
	const char	*name, *folder;
	int		 result;
};

static void
beside_run(void *arg)
{
	struct beside *b = arg;

	b->result = attempt_run(b->name, b->folder);
}

static int
attempt(const char *name, const char *folder)
{
	static const char mark[] = "beside ";
	struct beside b = { name + strlen(mark), folder, UNEXPECTED };

	if (strncmp(name, mark, strlen(mark)) != 0)
		return attempt_run(name, folder);
	if (helper_begin(beside_run, &b))
		helper_wait(&b);
	return b.result;
}

#endif
