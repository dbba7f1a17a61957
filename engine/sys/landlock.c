/*
 * landlock - paths and TCP ports (landlock(7); kernel: userspace-api/landlock).
 *
 * Debian 12's header knows ABI 2; the constants of later ABIs stand here, and
 * the kernel is asked which it has. A right that it does not know is left out:
 * it could not be enforced.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/confine.h"

/* ABI 3 to 6 (kernels 6.2, 6.7, 6.10, 6.12). */
#define RIGHT_TRUNCATE		(UINT64_C(1) << 14)
#define RIGHT_IOCTL_DEV		(UINT64_C(1) << 15)
#define NET_BIND_TCP		(UINT64_C(1) << 0)
#define NET_CONNECT_TCP		(UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_SOCKET	(UINT64_C(1) << 0)
#define SCOPE_SIGNAL		(UINT64_C(1) << 1)
#define RULE_NET_PORT		2

/* struct landlock_ruleset_attr as of ABI 6; shorter for older kernels. */
struct rule_set {
	uint64_t	files;
	uint64_t	net;
	uint64_t	scoped;
};

struct port_rule {
	uint64_t	allowed;
	uint64_t	port;
};

#define RIGHTS_READ							\
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_RUN	(RIGHTS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define RIGHTS_WRITE							\
	(RIGHTS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |			\
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |\
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |	\
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |	\
	LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |	\
	RIGHT_TRUNCATE | RIGHT_IOCTL_DEV)
/* What makes sense for a path that is no folder. */
#define RIGHTS_OF_FILE							\
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |	\
	LANDLOCK_ACCESS_FS_EXECUTE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV)
#define RIGHTS_ALL							\
	(RIGHTS_RUN | RIGHTS_WRITE | LANDLOCK_ACCESS_FS_MAKE_CHAR |	\
	LANDLOCK_ACCESS_FS_MAKE_BLOCK)

/* What every role with files may use. */
static const char *const devices_read[] = {
	"/dev/urandom", "/dev/random", "/dev/zero", NULL
};
static const char *const devices_write[] = { "/dev/null", NULL };

int
landlock_version(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* File rights of an ABI. */
static uint64_t
rights_known(int abi)
{
	uint64_t rights = RIGHTS_ALL;

	if (abi < 2)
		rights &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (abi < 3)
		rights &= ~RIGHT_TRUNCATE;
	if (abi < 5)
		rights &= ~RIGHT_IOCTL_DEV;
	return rights;
}

static bool
path_allow(int rules, const char *path, uint64_t rights, struct err *e)
{
	CLEANUP(fd_done) int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, ERR_SANDBOX_FAILED, "cannot open '%s'",
		    path);
	if (!S_ISDIR(st.st_mode))
		rights &= RIGHTS_OF_FILE;
	struct landlock_path_beneath_attr rule = { rights, fd };
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0) != 0)
		return err_errno(e, ERR_SANDBOX_FAILED, "cannot allow '%s'",
		    path);
	return true;
}

static bool
paths_allow(int rules, const char *const *paths, uint64_t rights,
    struct err *e)
{
	for (; paths != NULL && *paths != NULL; paths++)
		if (!path_allow(rules, *paths, rights, e))
			return false;
	return true;
}

static bool
ports_allow(int rules, const uint16_t *ports, struct err *e)
{
	for (; ports != NULL && *ports != 0; ports++) {
		struct port_rule rule = { NET_CONNECT_TCP, *ports };

		if (syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT,
		    &rule, 0) != 0)
			return err_errno(e, ERR_SANDBOX_FAILED,
			    "cannot allow TCP port %u", *ports);
	}
	return true;
}

bool
landlock_prepare(const struct sandbox_row *row,
    const struct sandbox_terms *terms, int *out, struct err *e)
{
	int abi = landlock_version();
	uint64_t known = rights_known(abi);
	struct rule_set set = { .files = known };
	size_t size = offsetof(struct rule_set, net);

	if (abi >= 4) {
		set.net = row->network ? 0 : NET_BIND_TCP | NET_CONNECT_TCP;
		size = offsetof(struct rule_set, scoped);
	}
	if (abi >= 6) {
		set.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
		size = sizeof(set);
	}
	CLEANUP(fd_done) int rules = (int)syscall(SYS_landlock_create_ruleset,
	    &set, size, 0);
	if (rules < 0)
		return err_errno(e, ERR_SANDBOX_UNSUPPORTED,
		    "the kernel has no Landlock");
	if (row->files && (
	    !paths_allow(rules, row->programs, RIGHTS_RUN & known, e) ||
	    !paths_allow(rules, row->reads, RIGHTS_READ & known, e) ||
	    !paths_allow(rules, devices_read, RIGHTS_READ & known, e) ||
	    !paths_allow(rules, devices_write, RIGHTS_WRITE & known, e) ||
	    !paths_allow(rules, terms->read, RIGHTS_READ & known, e) ||
	    !paths_allow(rules, terms->write, RIGHTS_WRITE & known, e)))
		return false;
	if (set.net != 0 && !ports_allow(rules, terms->connect, e))
		return false;
	*out = rules;
	rules = -1;
	return true;
}

bool
landlock_enter(int rules, struct err *e)
{
	if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		return err_errno(e, ERR_SANDBOX_FAILED,
		    "cannot enter the Landlock rules");
	return true;
}
