/*
 * seccomp - the system calls of each group, and the filter made of them.
 *
 * The filter can look at numbers, not at what pointers point to: so files are
 * Landlock's matter, and what matters here is which kinds of call exist at
 * all. clone3 hides its flags behind a pointer; it answers ENOSYS, upon which
 * libraries use clone.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/confine.h"

/* Bits of one argument that must have a value. */
struct argument {
	unsigned	index;
	uint64_t	mask;		/* 0: no condition */
	uint64_t	value;
};

struct call {
	const char	*name;
	struct argument	 is[2];
};

#define WORD		UINT64_C(0xffffffff)
#define WHEN(n, mask, value)	{ { (n), (mask), (value) } }
#define WHEN2(n, m, v, n2, m2, v2)					\
	{ { (n), (m), (v) }, { (n2), (m2), (v2) } }
#define CALL(name)	{ #name, WHEN(0, 0, 0) }
#define END		{ NULL, WHEN(0, 0, 0) }
#define NAMESPACES							\
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |	\
	CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)
#define TYPE_MASK	0xf	/* a socket's type less its flags */

static const struct call core[] = {
	/* descriptors that were given, and scratch memory */
	CALL(read), CALL(readv), CALL(pread64), CALL(preadv), CALL(preadv2),
	CALL(write), CALL(writev), CALL(pwrite64), CALL(pwritev),
	CALL(pwritev2), CALL(close), CALL(lseek), CALL(ftruncate),
	CALL(fallocate), CALL(fadvise64), CALL(fsync), CALL(fdatasync),
	CALL(copy_file_range), CALL(fstat),
	{ "newfstatat", WHEN(3, AT_EMPTY_PATH, AT_EMPTY_PATH) },
	CALL(dup), CALL(poll), CALL(ppoll),
	{ "fcntl", WHEN(1, WORD, F_GETFD) },
	{ "fcntl", WHEN(1, WORD, F_SETFD) },
	{ "fcntl", WHEN(1, WORD, F_GETFL) },
	{ "fcntl", WHEN(1, WORD, F_SETFL) },
	{ "fcntl", WHEN(1, WORD, F_DUPFD_CLOEXEC) },
	{ "fcntl", WHEN(1, WORD, F_ADD_SEALS) },
	{ "fcntl", WHEN(1, WORD, F_GET_SEALS) },
	CALL(sendmsg), CALL(recvmsg), CALL(sendto), CALL(recvfrom),
	CALL(shutdown),
	/* memory, none of it executable */
	{ "mmap", WHEN(2, PROT_EXEC, 0) },
	{ "mprotect", WHEN(2, PROT_EXEC, 0) },
	CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk), CALL(mlock),
	CALL(munlock),
	/* time */
	CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday), CALL(time),
	CALL(nanosleep), CALL(clock_nanosleep),
	/* the process itself */
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
	CALL(sigaltstack), CALL(restart_syscall), CALL(exit), CALL(exit_group),
	CALL(futex), CALL(set_robust_list), CALL(rseq), CALL(membarrier),
	CALL(sched_yield), CALL(sched_getaffinity), CALL(getrandom),
	CALL(getpid), CALL(gettid), CALL(getppid), CALL(getuid), CALL(geteuid),
	CALL(getgid), CALL(getegid), CALL(getrusage), CALL(getrlimit),
	CALL(sysinfo), CALL(uname), CALL(getcpu),
	{ "prlimit64", WHEN(0, WORD, 0) },
	{ "prctl", WHEN(0, WORD, PR_SET_NAME) },
	{ "prctl", WHEN(0, WORD, PR_GET_DUMPABLE) },
	END
};

static const struct call files[] = {
	CALL(memfd_create), CALL(open), CALL(openat), CALL(creat),
	CALL(stat), CALL(lstat),
	CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat),
	CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getdents64),
	CALL(getcwd), CALL(chdir), CALL(fchdir), CALL(mkdir), CALL(mkdirat),
	CALL(rmdir), CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat),
	CALL(renameat2), CALL(link), CALL(linkat), CALL(symlink),
	CALL(symlinkat), CALL(chmod), CALL(fchmod), CALL(fchmodat),
	CALL(fchown), CALL(truncate), CALL(utimensat), CALL(utimes),
	CALL(futimesat), CALL(flock), CALL(statfs), CALL(fstatfs), CALL(umask),
	CALL(msync), CALL(fcntl), CALL(dup2), CALL(dup3), CALL(select),
	CALL(pselect6), CALL(pipe), CALL(pipe2), CALL(epoll_create),
	CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait),
	CALL(epoll_pwait), CALL(eventfd2), CALL(sendfile),
	{ "ioctl", WHEN(1, WORD, TCGETS) },
	{ "ioctl", WHEN(1, WORD, FIONREAD) },
	{ "ioctl", WHEN(1, WORD, FIONBIO) },
	{ "ioctl", WHEN(1, WORD, FIOCLEX) },
	{ "ioctl", WHEN(1, WORD, FICLONE) },
	{ "ioctl", WHEN(1, WORD, FICLONERANGE) },
	END
};

static const struct call load[] = {
	CALL(mmap), CALL(mprotect), END
};

static const struct call threads[] = {
	{ "clone", WHEN(0, CLONE_THREAD, CLONE_THREAD) },
	CALL(set_tid_address), CALL(sched_getparam), CALL(sched_getscheduler),
	CALL(sched_get_priority_max), CALL(sched_get_priority_min),
	CALL(sched_setaffinity), CALL(mlock2), CALL(rt_sigtimedwait), END
};

static const struct call processes[] = {
	{ "clone", WHEN(0, NAMESPACES, 0) },
	CALL(fork), CALL(vfork), CALL(execve), CALL(wait4), CALL(waitid),
	CALL(kill), CALL(tkill), CALL(tgkill), CALL(setpgid), CALL(getpgid),
	CALL(getpgrp), CALL(setsid), CALL(getsid), CALL(arch_prctl),
	CALL(set_tid_address), CALL(setrlimit), CALL(getgroups),
	CALL(getresuid), CALL(getresgid), CALL(setitimer), CALL(getitimer),
	CALL(alarm), CALL(pause), CALL(rt_sigsuspend), CALL(rt_sigpending),
	CALL(rt_sigtimedwait), CALL(times), CALL(getpriority),
	CALL(setpriority), CALL(pidfd_open), CALL(pidfd_send_signal),
	CALL(close_range), CALL(signalfd4), CALL(timerfd_create),
	CALL(timerfd_settime), CALL(timerfd_gettime), CALL(inotify_init1),
	CALL(inotify_add_watch), CALL(inotify_rm_watch), CALL(splice),
	CALL(tee), CALL(sync_file_range), CALL(syncfs), CALL(chown),
	CALL(lchown), CALL(fchownat), CALL(getxattr), CALL(lgetxattr),
	CALL(fgetxattr), CALL(listxattr), CALL(llistxattr), CALL(flistxattr),
	CALL(readahead), CALL(getdents),
	{ "prctl", WHEN(0, WORD, PR_SET_PDEATHSIG) },
	{ "prctl", WHEN(0, WORD, PR_SET_DUMPABLE) },
	{ "prctl", WHEN(0, WORD, PR_SET_NO_NEW_PRIVS) },
	END
};

static const struct call network[] = {
	CALL(socket), CALL(socketpair), CALL(connect), CALL(bind), CALL(listen),
	CALL(accept), CALL(accept4), CALL(getsockname), CALL(getpeername),
	CALL(setsockopt), CALL(getsockopt), CALL(sendmmsg), CALL(recvmmsg), END
};

#define SOCKET(domain)							\
	{ "socket", WHEN2(0, WORD, domain, 1, TYPE_MASK, SOCK_STREAM) }
#define CONNECTED							\
	CALL(connect), CALL(getsockname), CALL(getpeername),		\
	CALL(setsockopt), CALL(getsockopt)

static const struct call unix_sockets[] = {
	SOCKET(AF_UNIX), CONNECTED, END
};

static const struct call tcp[] = {
	SOCKET(AF_INET), SOCKET(AF_INET6), CONNECTED, END
};

/* Libraries ask for optional files; being told no is an answer for them. */
static const struct call quiet[] = {
	CALL(open), CALL(openat), CALL(stat), CALL(lstat), CALL(statx),
	{ "newfstatat", WHEN(3, AT_EMPTY_PATH, 0) },
	CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink),
	CALL(readlinkat), CALL(getcwd), CALL(statfs),
	{ "ioctl", WHEN(1, WORD, TCGETS) },
	END
};

static const struct {
	unsigned		 group;
	const struct call	*calls;
	uint32_t		 action;
} groups[] = {
	{ CALLS_CORE,		core,		SCMP_ACT_ALLOW },
	{ CALLS_FILES,		files,		SCMP_ACT_ALLOW },
	{ CALLS_LOAD,		load,		SCMP_ACT_ALLOW },
	{ CALLS_THREADS,	threads,	SCMP_ACT_ALLOW },
	{ CALLS_PROCESSES,	processes,	SCMP_ACT_ALLOW },
	{ CALLS_NETWORK,	network,	SCMP_ACT_ALLOW },
	{ CALLS_UNIX,		unix_sockets,	SCMP_ACT_ALLOW },
	{ CALLS_TCP,		tcp,		SCMP_ACT_ALLOW },
	{ CALLS_QUIET,		quiet,		SCMP_ACT_ERRNO(EACCES) },
};

const char *
seccomp_unknown_call(void)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		for (const struct call *c = groups[i].calls; c->name; c++)
			if (seccomp_syscall_resolve_name(c->name) ==
			    __NR_SCMP_ERROR)
				return c->name;
	return NULL;
}

static void
context_done(scmp_filter_ctx *context)
{
	if (*context != NULL)
		seccomp_release(*context);
}

static bool
failed(struct err *e, const char *what, int result)
{
	errno = -result;
	return err_errno(e, ERR_SANDBOX_FAILED, "cannot filter '%s'", what);
}

static bool
call_add(scmp_filter_ctx context, uint32_t action, const struct call *c,
    struct err *e)
{
	struct scmp_arg_cmp is[COUNT(c->is)];
	unsigned count = 0;

	for (size_t i = 0; i < COUNT(c->is); i++)
		if (c->is[i].mask != 0)
			is[count++] = (struct scmp_arg_cmp){
			    c->is[i].index, SCMP_CMP_MASKED_EQ,
			    c->is[i].mask, c->is[i].value };
	int r = seccomp_rule_add_array(context, action,
	    seccomp_syscall_resolve_name(c->name), count, is);
	return r == 0 || failed(e, c->name, r);
}

static bool
group_add(scmp_filter_ctx context, uint32_t action, const struct call *calls,
    struct err *e)
{
	for (; calls->name != NULL; calls++)
		if (!call_add(context, action, calls, e))
			return false;
	return true;
}

/* abort() sends a signal to its own process, and only there. */
static bool
special_add(scmp_filter_ctx context, struct err *e)
{
	struct call raise = { "tgkill", WHEN(0, WORD, (uint64_t)getpid()) };
	struct call clone3 = CALL(clone3);

	return call_add(context, SCMP_ACT_ALLOW, &raise, e) &&
	    call_add(context, SCMP_ACT_ERRNO(ENOSYS), &clone3, e);
}

bool
seccomp_enter(unsigned wanted, bool kills, bool every, struct err *e)
{
	CLEANUP(context_done) scmp_filter_ctx context = seccomp_init(
	    kills ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EACCES));

	if (context == NULL)
		return err_set(e, ERR_SANDBOX_UNSUPPORTED,
		    "the kernel has no seccomp filters");
	for (size_t i = 0; i < COUNT(groups); i++)
		if ((groups[i].group & wanted) != 0 && !group_add(context,
		    groups[i].action, groups[i].calls, e))
			return false;
	if (!special_add(context, e))
		return false;
	int r = seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, every);
	if (r == 0)
		r = seccomp_load(context);
	if (r == 0)
		return true;
	errno = -r;
	return err_errno(e, ERR_SANDBOX_UNSUPPORTED,
	    "the kernel takes no seccomp filter");
}
