/* program - see program.h. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "sys/program.h"

#define SELF	"/proc/self/exe"
#define NAME	"tagseal"

/* Opens the folder that our own program lies in; *ours: it is no test. */
static bool
folder_open(int *fd, bool *ours, struct err *e)
{
	char path[PATH_MAX];
	ssize_t n = readlink(SELF, path, sizeof(path) - 1);

	if (n <= 0)
		return err_errno(e, ERR_PROCESS_START, "cannot read " SELF);
	path[n] = '\0';
	char *name = strrchr(path, '/');
	*ours = strncmp(name + 1, NAME, strlen(NAME)) == 0;
	*name = '\0';
	*fd = open(*path != '\0' ? path : "/",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd >= 0 || err_errno(e, ERR_PROCESS_START,
	    "cannot open the folder '%s' of this program", path);
}

bool
program_open(const char *role, int *fd, struct err *e)
{
	CLEANUP(fd_done) int folder = -1;
	char name[NAME_MAX + 1];
	bool ours;

	if (!folder_open(&folder, &ours, e))
		return false;
	snprintf(name, sizeof(name), NAME "-%s", role);
	*fd = ours ? openat(folder, name, O_PATH | O_CLOEXEC) :
	    open(SELF, O_PATH | O_CLOEXEC);
	return *fd >= 0 || err_errno(e, ERR_PROCESS_START, "cannot open the "
	    "program '%s' beside this one", name);
}

void
program_begin(void)
{
	signal(SIGXFSZ, SIG_IGN);
}

bool
program_become(const char *name, char **argv, struct err *e)
{
	CLEANUP(fd_done) int folder = -1;
	CLEANUP(fd_done) int fd = -1;
	bool ours;

	if (!folder_open(&folder, &ours, e))
		return false;
	fd = openat(folder, name, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	return err_errno(e, ERR_PROCESS_START, "cannot run the program '%s' "
	    "beside this one", name);
}
