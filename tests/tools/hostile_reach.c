/* hostile_reach - reaching for what lies outside; see hostile.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "hostile.h"

#define DESCRIPTORS	1024
#define CHANNEL_FD	3
#define JOB_FILES	3	/* input, output, scratch */

static int
worked(bool yes)
{
	return yes ? 0 : errno;
}

static int
opens(const char *path, int flags)
{
	return worked(open(path, flags, 0600) >= 0);
}

#define OPENS(name, path, flags)					\
	static int name(const struct hold *h)				\
	{								\
		(void)h;						\
		return opens(path, flags);				\
	}

OPENS(read_file, "/etc/passwd", O_RDONLY)
OPENS(read_folder, "/", O_RDONLY | O_DIRECTORY)
OPENS(write_file, "/tmp/tagseal-hostile", O_WRONLY | O_CREAT)
OPENS(temporary_file, "/tmp", O_RDWR | O_TMPFILE)
OPENS(shared_memory, "/dev/shm/tagseal-hostile", O_RDWR | O_CREAT)
OPENS(environ_file, "/proc/self/environ", O_RDONLY)
OPENS(parent_environ, "/proc/1/environ", O_RDONLY)
OPENS(own_memory, "/proc/self/mem", O_RDWR)
OPENS(terminal, "/dev/tty", O_RDWR)

/* The variables are there without a call: so what is in them? */
static int
environment(const struct hold *h)
{
	static const char *const known[] = { "PATH=", "LANG=", "LC_ALL=",
	    "TZ=", "TMPDIR=", "UBSAN_OPTIONS=", "ASAN_OPTIONS=" };

	(void)h;
	for (char **v = environ; *v != NULL; v++) {
		bool good = false;

		for (size_t i = 0; i < COUNT(known); i++)
			good |= strncmp(*v, known[i], strlen(known[i])) == 0;
		if (!good)
			return 0;
	}
	return ENOENT;
}

/* Which descriptors are open, besides those of the job? */
static int
descriptors(const struct hold *h)
{
	int more = 0;

	(void)h;
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		struct stat st;

		if (fstat(fd, &st) != 0)
			continue;
		bool null = S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
		if (fd < CHANNEL_FD && !null)
			return 0;
		more += fd > CHANNEL_FD;
	}
	return more > JOB_FILES ? 0 : ENOENT;
}

static int
input_write(const struct hold *h)
{
	(void)h;
	return worked(write(CHANNEL_FD + 1, "changed", 7) == 7);
}

/* A descriptor to read from can be opened anew by its name. */
static int
input_reopen(const struct hold *h)
{
	(void)h;
	return opens("/proc/self/fd/4", O_RDWR);
}

static int
say(const struct hold *h)
{
	(void)h;
	return write(STDERR_FILENO, "FORGED\n", 7) == 7 ? ENOENT : errno;
}

static int
push_input(const struct hold *h)
{
	(void)h;
	return worked(ioctl(STDERR_FILENO, TIOCSTI, "x") == 0);
}

static int
tcp(const struct hold *h)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons(22) };

	(void)h;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	return worked(s >= 0 &&
	    connect(s, (struct sockaddr *)&to, sizeof(to)) == 0);
}

static int
udp(const struct hold *h)
{
	(void)h;
	return worked(socket(AF_INET, SOCK_DGRAM, 0) >= 0);
}

static int
unix_socket(const struct hold *h)
{
	(void)h;
	return worked(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
}

/* The channel is a socket already: is it good for another peer? */
static int
channel_connect(const struct hold *h)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
	    .sun_path = "/run/docker.sock" };

	(void)h;
	return worked(connect(CHANNEL_FD, (struct sockaddr *)&to,
	    sizeof(to)) == 0);
}

static int
forks(const struct hold *h)
{
	(void)h;
	return worked(fork() >= 0);
}

static int
exec(const struct hold *h)
{
	char name[] = "sh";
	char *argv[] = { name, NULL };

	(void)h;
	execv("/bin/sh", argv);
	return errno;
}

static int
trace(const struct hold *h)
{
	(void)h;
	return worked(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0);
}

static int
kill_parent(const struct hold *h)
{
	(void)h;
	return worked(kill(getppid(), SIGKILL) == 0);
}

static int
kill_all(const struct hold *h)
{
	(void)h;
	return worked(kill(-1, SIGKILL) == 0);
}

static int
kill_thread(const struct hold *h)
{
	(void)h;
	return worked(syscall(SYS_tgkill, getppid(), getppid(),
	    SIGKILL) == 0);
}

static int
map_code(const struct hold *h)
{
	(void)h;
	return worked(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int
raise_limits(const struct hold *h)
{
	static const __rlimit_resource_t all[] = { RLIMIT_AS, RLIMIT_CPU,
	    RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_CORE };

	(void)h;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct rlimit l;

#ifdef TAGSEAL_SANITIZED
		if (all[i] == RLIMIT_AS)
			continue;
#endif
		if (getrlimit(all[i], &l) != 0 || l.rlim_max == RLIM_INFINITY)
			return 0;
		l.rlim_cur = ++l.rlim_max;
		if (syscall(SYS_prlimit64, 0, all[i], &l, NULL) == 0)
			return 0;
	}
	return EPERM;
}

/* Calls that nobody asks for who reads a file. */
#define CALLS(X)							\
	X(bpf) X(chroot) X(clone3) X(dup3) X(execveat) X(init_module)	\
	X(inotify_init1) X(io_setup) X(io_uring_setup) X(keyctl)	\
	X(memfd_create) X(mount) X(open_by_handle_at) X(perf_event_open)\
	X(personality) X(pidfd_getfd) X(pidfd_open) X(pidfd_send_signal)\
	X(pipe2) X(process_vm_readv) X(process_vm_writev) X(reboot)	\
	X(rt_tgsigqueueinfo) X(sched_setscheduler) X(seccomp)		\
	X(sethostname) X(setns) X(setuid) X(shmget) X(socketpair)	\
	X(swapon) X(syslog) X(unshare) X(userfaultfd) X(vfork)
#define CALL_FUNCTION(name)						\
	static int call_##name(const struct hold *h)			\
	{								\
		(void)h;						\
		return worked(syscall(SYS_##name, 0, 0, 0, 0, 0, 0) >= 0); \
	}
#define CALL_ROW(name)	{ "call-" #name, call_##name },
CALLS(CALL_FUNCTION)

const struct attempt hostile_reach[] = {
	{ "read-file", read_file },
	{ "read-folder", read_folder },
	{ "write-file", write_file },
	{ "temporary-file", temporary_file },
	{ "shared-memory", shared_memory },
	{ "environ-file", environ_file },
	{ "parent-environ", parent_environ },
	{ "own-memory", own_memory },
	{ "terminal", terminal },
	{ "environment", environment },
	{ "descriptors", descriptors },
	{ "input-write", input_write },
	{ "input-reopen", input_reopen },
	{ "say", say },
	{ "push-input", push_input },
	{ "tcp", tcp },
	{ "udp", udp },
	{ "unix-socket", unix_socket },
	{ "channel-connect", channel_connect },
	{ "fork", forks },
	{ "exec", exec },
	{ "trace", trace },
	{ "kill-parent", kill_parent },
	{ "kill-all", kill_all },
	{ "kill-thread", kill_thread },
	{ "map-code", map_code },
	{ "raise-limits", raise_limits },
	CALLS(CALL_ROW)
	{ NULL, NULL }
};
