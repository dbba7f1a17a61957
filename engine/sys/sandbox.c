/* sandbox - see sandbox.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/limits.h"
#include "base/text.h"
#include "sys/confine.h"
#include "sys/build.h"
#include "sys/sandbox.h"

static const char *const programs[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", NULL
};

/* Names, certificates and libraries: what a program reads to talk to others. */
static const char *const system_files[] = {
	"/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/run/systemd",
	"/sys/devices/system/cpu", NULL
};
static const char *const libraries[] = {
	"/usr/lib", "/usr/lib64", "/usr/share/p11-kit", "/lib", "/lib64",
	"/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/localtime",
	"/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
	"/sys/devices/system/cpu", "/proc/self", NULL
};

#define CALLS_SERVANT	(CALLS_CORE | CALLS_QUIET)

/* What each role may do. Reasons: docs of the processes, and their headers. */
static const struct sandbox_row role_rows[SANDBOX_ROLES] = {
	/* Starts the others, as other users: narrowed no further. */
	[SANDBOX_SUPERVISOR] = { .name = "supervisor" },
	/* Runs git for local repositories, whose hooks run anything. */
	[SANDBOX_COURIER] = {
		.name = "courier",
		.calls = CALLS_CORE | CALLS_FILES | CALLS_LOAD |
		    CALLS_THREADS | CALLS_PROCESSES | CALLS_NETWORK,
		.files = true, .network = true,
		.programs = programs, .reads = system_files,
		.descriptors = 4096,
	},
	/* Parses Git objects and manifests; has files, and nothing else. */
	[SANDBOX_JUDGE] = {
		.name = "judge",
		.calls = CALLS_CORE | CALLS_FILES, .kills = true,
		.files = true, .powerless = true, .alone = true,
		.descriptors = 4096,
	},
	/* Runs gpg over keys and signatures of strangers. */
	[SANDBOX_VERIFIER] = {
		.name = "verifier",
		.calls = CALLS_CORE | CALLS_FILES | CALLS_LOAD |
		    CALLS_PROCESSES,
		.files = true,
		.programs = programs, .reads = system_files,
		.memory = 2 * GIB, .file_size = 64 * MIB, .cpu = 60,
		.descriptors = 256,
	},
	/*
	 * Parses artifacts: descriptors that it was given, and memory. Whoever
	 * took it over could write lines into the engine's log.
	 */
	[SANDBOX_WORKER] = {
		.name = "worker",
		.calls = CALLS_SERVANT, .kills = true,
		.powerless = true, .alone = true, .silent = true,
		.helped = true,
		.memory = 2 * LIMIT_WORKER_ARENA,
		.file_size = 2 * LIMIT_ARTIFACT_SIZE,
		.cpu = LIMIT_JOB_CPU(2 * LIMIT_ARTIFACT_SIZE),
		.descriptors = 1024,
	},
	[SANDBOX_CHECKER] = {
		.name = "checker",
		.calls = CALLS_SERVANT, .kills = true,
		.powerless = true, .alone = true, .silent = true,
		.helped = true,
		.memory = 2 * LIMIT_WORKER_ARENA,
		.file_size = 2 * LIMIT_ARTIFACT_SIZE,
		.cpu = LIMIT_JOB_CPU(2 * LIMIT_ARTIFACT_SIZE),
		.descriptors = 1024,
	},
	/* Loads the token's module, which is foreign code; no kill, so that
	 * the module's own error handling tells what it wanted. */
	[SANDBOX_SIGNER] = {
		.name = "signer",
		.calls = CALLS_CORE | CALLS_FILES | CALLS_LOAD |
		    CALLS_THREADS,
		.files = true, .reads = libraries,
		.memory = 4 * GIB, .descriptors = 1024,
	},
	/* A person's own command line, with the person's own rights. */
	[SANDBOX_COMMAND] = { .name = "command" },
};

const char *
sandbox_name(enum sandbox_role role)
{
	return role_rows[role].name;
}

bool
sandbox_find(const char *name, enum sandbox_role *out)
{
	for (size_t i = 0; i < SANDBOX_ROLES; i++)
		if (strcmp(role_rows[i].name, name) == 0) {
			*out = (enum sandbox_role)i;
			return true;
		}
	return false;
}

bool
sandbox_arguments(int argc, char *const *argv, struct sandbox_terms *terms,
    struct err *e)
{
	enum { DEMAND = 2, USER, MOST };
	bool lax = argc > DEMAND && strcmp(argv[DEMAND], "where-possible") == 0;

	if (argc > MOST || (argc > DEMAND && !lax &&
	    strcmp(argv[DEMAND], "required") != 0))
		return err_set(e, ERR_PROCESS_PROTOCOL, "a process was started "
		    "with '%s', which is neither 'required' nor "
		    "'where-possible' and a user",
		    text_show(span_text(argv[DEMAND])).text);
	terms->where_possible = lax;
	terms->user = argc > USER ? argv[USER] : NULL;
	return true;
}

static bool
failed(struct err *e, const char *what)
{
	return err_errno(e, ERR_SANDBOX_FAILED, "cannot %s", what);
}

/*
 * Lowers a limit for good; one that is lower already stays. The second that
 * the hard limit of processor time is later makes the kernel say SIGXCPU first.
 */
static bool
limit_set(__rlimit_resource_t resource, uint64_t value, struct err *e)
{
	uint64_t hard = resource == RLIMIT_CPU ? value + 1 : value;
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0)
		return failed(e, "read a resource limit");
	if (hard < limit.rlim_max)
		limit.rlim_max = hard;
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	if (setrlimit(resource, &limit) != 0)
		return failed(e, "set a resource limit");
	return true;
}

static bool
limits_set(const struct sandbox_row *row, struct sandbox_report *r,
    struct err *e)
{
#ifdef TAGSEAL_SANITIZED
	/* The sanitizer reserves terabytes of address space. */
	r->memory = 0;
#endif
	const struct {
		__rlimit_resource_t	resource;
		bool			set;
		uint64_t		value;
	} limits[] = {
		{ RLIMIT_CORE,	 true,			0 },
		{ RLIMIT_AS,	 r->memory > 0,		r->memory },
		{ RLIMIT_FSIZE,	 r->file_size > 0,	r->file_size },
		{ RLIMIT_CPU,	 r->cpu > 0,		r->cpu },
		{ RLIMIT_NOFILE, row->descriptors > 0,	row->descriptors },
		{ RLIMIT_NPROC,	 row->alone,		0 },
	};

	for (size_t i = 0; i < COUNT(limits); i++)
		if (limits[i].set &&
		    !limit_set(limits[i].resource, limits[i].value, e))
			return false;
	return true;
}

bool
sandbox_lower(uint64_t cpu, uint64_t file_size, struct err *e)
{
	return limit_set(RLIMIT_CPU, cpu, e) &&
	    limit_set(RLIMIT_FSIZE, file_size, e);
}

/* A sanitizer's report would be lost; there it stays. */
static bool
silence(const struct sandbox_row *row, struct err *e)
{
#ifdef TAGSEAL_SANITIZED
	(void)row;
	(void)e;
	return true;
#else
	CLEANUP(fd_done) int null = row->silent ?
	    open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

	return !row->silent ||
	    (null >= 0 && dup2(null, STDERR_FILENO) >= 0) ||
	    failed(e, "turn standard error off");
#endif
}

/* Becomes another user, without a way back. */
static bool
user_drop(const char *name, struct err *e)
{
	if (name == NULL || geteuid() != 0)
		return true;
	errno = 0;
	const struct passwd *user = getpwnam(name);
	if (user == NULL || user->pw_uid == 0)
		return err_set(e, ERR_SANDBOX_USER, user == NULL ?
		    "there is no user '%s'" : "the user '%s' is root",
		    text_show(span_text(name)).text);
	if (setgroups(0, NULL) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return failed(e, "change the user");
	if (setresuid(0, 0, 0) == 0)
		return err_set(e, ERR_SANDBOX_FAILED,
		    "the user '%s' can become root again", name);
	return true;
}

/* Only those that write a log tell it. */
static void
user_name(const struct sandbox_row *row, struct sandbox_report *r)
{
	if (row->silent)
		return;
	const struct passwd *user = getpwuid(geteuid());
	snprintf(r->user, sizeof(r->user), "%s",
	    user == NULL ? "(without a name)" : user->pw_name);
}

/* A change of user forgets the parent-death signal that process.c set. */
static bool
user_enter(const struct sandbox_terms *terms, struct err *e)
{
	pid_t parent = getppid();
	int number = 0;

	if (prctl(PR_GET_PDEATHSIG, &number) != 0)
		return failed(e, "read a setting");
	if (!user_drop(terms->user, e))
		return false;
	if (number != 0 && prctl(PR_SET_PDEATHSIG, number) != 0)
		return failed(e, "die with the parent");
	if (getppid() != parent)
		return err_set(e, ERR_SANDBOX_FAILED, "the parent has ended");
	return true;
}

static bool
capabilities_drop(struct err *e)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
		{ 0 }
	};

	if (syscall(SYS_capset, &head, none) != 0)
		return failed(e, "give up capabilities");
	return true;
}

static bool
landlock_begin(const struct sandbox_row *row,
    const struct sandbox_terms *terms, struct sandbox_report *r, int *rules,
    struct err *e)
{
	if (row->calls == 0)
		return true;
	r->landlock = landlock_version();
	if (r->landlock == 0 && terms->where_possible)
		return true;
	return landlock_prepare(row, terms, rules, e);
}

static bool
calls_enter(const struct sandbox_row *row, const struct sandbox_terms *terms,
    struct sandbox_report *r, struct err *e)
{
	unsigned groups = row->calls;

	if (groups == 0)
		return true;
	if (row->files && terms->unix_sockets)
		groups |= CALLS_UNIX;
	if (row->files && terms->connect != NULL)
		groups |= CALLS_TCP;
	r->seccomp = seccomp_enter(groups, row->kills, row->helped, e);
	r->kills = r->seccomp && row->kills;
	return r->seccomp || (terms->where_possible &&
	    err_is(e, ERR_SANDBOX_UNSUPPORTED));
}

static bool
role_enter(const struct sandbox_row *row, const struct sandbox_terms *terms,
    struct sandbox_report *r, struct err *e)
{
	CLEANUP(fd_done) int rules = -1;

	tzset();
	if (!silence(row, e) || !landlock_begin(row, terms, r, &rules, e) ||
	    !user_enter(terms, e))
		return false;
	user_name(row, r);
	if (row->calls != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed(e, "give up new privileges");
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return failed(e, "hide the memory of this process");
	if ((rules >= 0 && !landlock_enter(rules, e)) ||
	    (row->powerless && !capabilities_drop(e)))
		return false;
	/* It inherits all of this; the rest is of the process. */
	if (row->helped)
		helper_start();
	return limits_set(row, r, e) && calls_enter(row, terms, r, e);
}

bool
sandbox_enter(enum sandbox_role role, const struct sandbox_terms *terms,
    struct sandbox_report *out, struct err *e)
{
	const struct sandbox_row *row = &role_rows[role];
	struct sandbox_report r = {
		.role = role,
		.memory = terms->memory ? terms->memory : row->memory,
		.file_size = terms->file_size ? terms->file_size :
		    row->file_size,
		.cpu = terms->cpu ? terms->cpu : row->cpu,
	};

	if (!role_enter(row, terms, &r, e))
		return err_at(e, "sandbox of the %s", row->name);
	*out = r;
	return true;
}

void
sandbox_log(const struct log *log, const struct sandbox_report *r)
{
	char landlock[16];

	snprintf(landlock, sizeof(landlock), "%d", r->landlock);
	LOG(log, LOG_LEVEL_INFO, "process.sandboxed",
	    { "role", sandbox_name(r->role) },
	    { "landlock", r->landlock ? landlock : "no" },
	    { "seccomp", r->kills ? "kills" : r->seccomp ? "refuses" : "no" },
	    { "user", r->user },
	    { "memory", r->memory ? text_show_size(r->memory).text : NULL },
	    { "file-size", r->file_size ?
	    text_show_size(r->file_size).text : NULL },
	    { "cpu", r->cpu ? text_show_duration(r->cpu).text : NULL });
}

struct json *
sandbox_describe(const struct sandbox_report *r)
{
	struct json *v = json_map();

	json_put_text(v, "process", sandbox_name(r->role));
	if (build_id()[0] != '\0')
		json_put_text(v, "build", build_id());
	json_put_int(v, "landlock", r->landlock);
	json_put_text(v, "seccomp", r->kills ? "kills" : r->seccomp ?
	    "refuses" : "none");
	return v;
}
