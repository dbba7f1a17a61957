/*
 * sweep - see sweep.h.
 *
 * libgit2 locks a file by "<name>.lock" beside it, and never takes over a lock
 * that is there; objects and packs grow under names with "_git2_" in them, and
 * so is called the file by which it tries out what a file system can do.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"
#include "git/sweep.h"

#define DEPTH	64	/* parts of the name of a ref */

DEFINE_CLEANUP(DIR, dir_done, closedir);

/* Where it writes. Folders of loose objects have whole ones only. */
static const struct place {
	const char	*folder;
	bool		 no_refs;	/* no name here is a ref's */
	unsigned	 depth;		/* of folders below */
} places[] = {
	{ ".",			true,	0 },
	{ "refs",		false,	DEPTH },
	{ "objects",		true,	0 },
	{ "objects/pack",	true,	0 },
};

static bool
is_half_made(const struct place *p, const char *name)
{
	return span_ends(span_text(name), ".lock") ||
	    (p->no_refs && strstr(name, "_git2_") != NULL);
}

static bool
failed(const char *name, struct err *e)
{
	return errno == ENOENT || errno == ENOTDIR || err_errno(e,
	    ERR_GIT_REPOSITORY, "cannot tidy up '%s'",
	    text_show(span_text(name)).text);
}

static bool folder_sweep(const struct place *, int at, const char *name,
    unsigned depth, struct err *);

static bool
entry_sweep(const struct place *p, int folder, const struct dirent *n,
    unsigned depth, struct err *e)
{
	bool is_folder = n->d_type == DT_DIR || n->d_type == DT_UNKNOWN;

	if (n->d_type != DT_DIR && is_half_made(p, n->d_name))
		return unlinkat(folder, n->d_name, 0) == 0 ||
		    failed(n->d_name, e);
	return !is_folder || depth == 0 || strcmp(n->d_name, ".") == 0 ||
	    strcmp(n->d_name, "..") == 0 ||
	    folder_sweep(p, folder, n->d_name, depth - 1, e);
}

static bool
folder_sweep(const struct place *p, int at, const char *name, unsigned depth,
    struct err *e)
{
	int fd = openat(at, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(dir_done) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *n;

	if (dir == NULL) {
		bool missing = failed(name, e);

		fd_done(&fd);
		return missing;
	}
	while ((n = readdir(dir)) != NULL)
		if (!entry_sweep(p, fd, n, depth, e))
			return false;
	return true;
}

bool
repository_sweep(const char *path, struct err *e)
{
	CLEANUP(fd_done) int fd =
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return failed(path, e);
	for (size_t i = 0; i < COUNT(places); i++)
		if (!folder_sweep(&places[i], fd, places[i].folder,
		    places[i].depth, e))
			return false;
	return true;
}
