/* file - see file.h; open(2) for O_TMPFILE, rename(2), flock(2). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "sys/file.h"

#define SPOOL_IN_MEMORY	(1 * MIB)
#define PIECE		((size_t)64 << 10)

/* The code of an error of open, rename and the like, by errno. */
static const struct {
	int		number;
	enum err_code	code;
} causes[] = {
	{ ENOENT,	ERR_FILE_MISSING },
	{ ENOTDIR,	ERR_FILE_MISSING },
	{ EACCES,	ERR_FILE_ACCESS },
	{ EPERM,	ERR_FILE_ACCESS },
	{ EROFS,	ERR_FILE_ACCESS },
	{ ELOOP,	ERR_FILE_KIND },
	{ EISDIR,	ERR_FILE_KIND },
	{ EEXIST,	ERR_FILE_EXISTS },
};

/* file_failed tells what went wrong with a path, by errno. */
static bool
file_failed(struct err *e, enum err_code otherwise, const char *verb,
    const char *path)
{
	enum err_code code = otherwise;

	for (size_t i = 0; i < COUNT(causes); i++)
		if (causes[i].number == errno)
			code = causes[i].code;
	return err_errno(e, code, "cannot %s '%s'", verb,
	    text_show(span_text(path)).text);
}

static bool
regular(int fd, const char *path, uint64_t *size, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return file_failed(e, ERR_SYSTEM_READ, "look at", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FILE_KIND, "'%s' is not a regular file",
		    text_show(span_text(path)).text);
	*size = (uint64_t)st.st_size;
	return true;
}

bool
file_open(const char *path, int *out, uint64_t *size, struct err *e)
{
	/* O_NONBLOCK: a named pipe must not stop us before we refuse it. */
	CLEANUP(fd_done) int fd =
	    open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return file_failed(e, ERR_SYSTEM_READ, "open", path);
	if (!regular(fd, path, size, e))
		return false;
	*out = fd;
	fd = -1;
	return true;
}

static ssize_t
read_some(int fd, void *out, size_t len)
{
	ssize_t n;

	do
		n = read(fd, out, len);
	while (n < 0 && errno == EINTR);
	return n;
}

bool
file_load_fd(int fd, const char *name, uint64_t limit, struct buf *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (;;) {
		buf_reserve(&b, PIECE);
		ssize_t n = read_some(fd, b.ptr + b.len, PIECE);

		if (n < 0)
			return file_failed(e, ERR_SYSTEM_READ, "read", name);
		if (n == 0)
			break;
		b.len += (size_t)n;
		if (b.len > limit)
			return err_set(e, ERR_LIMIT_SIZE, "'%s' is larger than "
			    "the %llu bytes allowed",
			    text_show(span_text(name)).text,
			    (unsigned long long)limit);
	}
	*out = b;
	b = (struct buf){ 0 };
	return true;
}

bool
file_load(const char *path, uint64_t limit, struct buf *out, struct err *e)
{
	CLEANUP(fd_done) int fd = -1;
	uint64_t size;

	return file_open(path, &fd, &size, e) &&
	    file_load_fd(fd, path, limit, out, e);
}

/* A target that is being replaced, by names within its open folder. */
struct replacement {
	char	*name;		/* of the target */
	char	*temporary;	/* NULL until it exists */
	int	 folder;
	int	 fd;
	mode_t	 mode;
};

static void
replacement_done(struct replacement *r)
{
	if (r->temporary != NULL)
		unlinkat(r->folder, r->temporary, 0);
	free(r->temporary);
	free(r->name);
	fd_done(&r->fd);
	fd_done(&r->folder);
}

/* Opens the folder of a path, so that it can't be swapped under our feet. */
static bool
replacement_place(struct replacement *r, const char *path, struct err *e)
{
	CLEANUP(free_done) char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	r->name = xstrdup(slash == NULL ? path : slash + 1);
	if (slash == folder)
		slash[1] = '\0';
	else if (slash != NULL)
		*slash = '\0';
	if (r->name[0] == '\0')
		return err_set(e, ERR_FILE_KIND, "'%s' names a folder",
		    text_show(span_text(path)).text);
	r->folder = open(slash == NULL ? "." : folder,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->folder >= 0 ||
	    file_failed(e, ERR_SYSTEM_WRITE, "open the folder of", path);
}

/* What stands at the target now must be a file, and gives its mode. */
static bool
replacement_target(struct replacement *r, const char *path, unsigned flags,
    struct err *e)
{
	struct stat st;

	r->mode = flags & FILE_PRIVATE ? 0600 : 0644;
	if (fstatat(r->folder, r->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ||
		    file_failed(e, ERR_SYSTEM_WRITE, "look at", path);
	if (flags & FILE_NEW)
		return err_set(e, ERR_FILE_EXISTS, "'%s' exists already",
		    text_show(span_text(path)).text);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FILE_KIND, "'%s' is %s, not a regular "
		    "file", text_show(span_text(path)).text,
		    S_ISLNK(st.st_mode) ? "a symbolic link" :
		    S_ISDIR(st.st_mode) ? "a folder" : "a device or socket");
	r->mode = st.st_mode & 07777;
	return true;
}

static char *
temporary_name(void)
{
	uint64_t number = 0;
	char *name = NULL;

	if (getentropy(&number, sizeof(number)) != 0 || asprintf(&name,
	    ".tagseal-%016llx", (unsigned long long)number) < 0)
		abort();
	return name;
}

static bool
replacement_open(struct replacement *r, const char *path, struct err *e)
{
	for (unsigned i = 0; i < 100; i++) {
		char *name = temporary_name();

		r->fd = openat(r->folder, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (r->fd >= 0) {
			r->temporary = name;
			return true;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	return file_failed(e, ERR_SYSTEM_WRITE, "make a file beside", path);
}

/* Gives the target the new contents: from here on it is the new file. */
static bool
replacement_rename(struct replacement *r, const char *path, unsigned flags,
    struct err *e)
{
	if (fchmod(r->fd, r->mode) != 0 || fsync(r->fd) != 0 ||
	    renameat2(r->folder, r->temporary, r->folder, r->name,
	    flags & FILE_NEW ? RENAME_NOREPLACE : 0) != 0)
		return file_failed(e, ERR_SYSTEM_WRITE, "write", path);
	free(r->temporary);
	r->temporary = NULL;
	if (fsync(r->folder) != 0)
		return file_failed(e, ERR_SYSTEM_WRITE, "sync the folder of",
		    path);
	return true;
}

/* A scratch file of the same file system gets a name; else it has none. */
static bool
link_as(int fd, int folder, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) == 0;
}

static bool
replacement_link(struct replacement *r, int fd)
{
	char *name = temporary_name();

	r->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (r->fd >= 0 && link_as(fd, r->folder, name)) {
		r->temporary = name;
		return true;
	}
	fd_done(&r->fd);
	free(name);
	return false;
}

/*
 * A new file needs no name before it is whole: then nothing is left of it
 * when we are killed. *done false: this file system cannot do that.
 */
static bool
replacement_new(struct replacement *r, const char *path,
    const struct rope *contents, bool *done, struct err *e)
{
	CLEANUP(fd_done) int fd = openat(r->folder, ".",
	    O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	*done = false;
	if (fd < 0)
		return true;
	if (!rope_write(contents, fd, e))
		return err_at(e, "%s", text_show(span_text(path)).text);
	if (fchmod(fd, r->mode) != 0 || fsync(fd) != 0)
		return file_failed(e, ERR_SYSTEM_WRITE, "write", path);
	*done = link_as(fd, r->folder, r->name);
	if (!*done)
		return errno != EEXIST ||
		    file_failed(e, ERR_SYSTEM_WRITE, "write", path);
	return fsync(r->folder) == 0 || file_failed(e, ERR_SYSTEM_WRITE,
	    "sync the folder of", path);
}

/* fd: a scratch file with these contents and no more, or -1. */
static bool
replace_at(const char *path, const struct rope *contents, int fd,
    unsigned flags, struct err *e)
{
	CLEANUP(replacement_done) struct replacement r = {
		.folder = -1, .fd = -1
	};
	bool done;

	if (!replacement_place(&r, path, e) ||
	    !replacement_target(&r, path, flags, e))
		return false;
	if (fd < 0 && (flags & FILE_NEW) != 0) {
		if (!replacement_new(&r, path, contents, &done, e))
			return false;
		if (done)
			return true;
	}
	if (fd >= 0 && replacement_link(&r, fd))
		return replacement_rename(&r, path, flags, e);
	if (!replacement_open(&r, path, e))
		return false;
	if (!rope_write(contents, r.fd, e))
		return err_at(e, "%s", text_show(span_text(path)).text);
	return replacement_rename(&r, path, flags, e);
}

bool
file_replace(const char *path, const struct rope *contents, unsigned flags,
    struct err *e)
{
	CLEANUP(free_done) char *real = NULL;

	if (flags & FILE_FOLLOW)
		real = realpath(path, NULL);
	return replace_at(real == NULL ? path : real, contents, -1, flags, e);
}

bool
file_place(const char *path, int fd, uint64_t size, unsigned flags,
    struct err *e)
{
	struct extent x = { .fd = fd, .len = size };
	struct rope r = { &x, 1, size };
	uint64_t there;

	if (!regular(fd, path, &there, e))
		return false;
	return replace_at(path, &r, there == size ? fd : -1, flags, e);
}

bool
file_replace_span(const char *path, struct span contents, unsigned flags,
    struct err *e)
{
	struct extent x = { .fd = -1, .ptr = contents.ptr,
	    .len = contents.len };
	struct rope r = { &x, 1, contents.len };

	return file_replace(path, &r, flags, e);
}

/* For file systems without O_TMPFILE: a name that is gone at once. */
static int
scratch_named(const char *folder)
{
	char *name = NULL;

	if (asprintf(&name, "%s/.tagseal-XXXXXX", folder) < 0)
		abort();
	int fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd;
}

bool
file_scratch(const char *folder, int *out, struct err *e)
{
	int fd;

	if (folder == NULL) {
		fd = memfd_create("tagseal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	} else {
		fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
			fd = scratch_named(folder);
	}
	if (fd < 0)
		return file_failed(e, ERR_SYSTEM_WRITE,
		    "make a scratch file in", folder ? folder : "memory");
	*out = fd;
	return true;
}

bool
file_scratch_beside(const char *path, int *out, struct err *e)
{
	CLEANUP(free_done) char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
	return file_scratch(slash == NULL ? "." : folder, out, e);
}

bool
file_reader(int fd, int *out, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int reader = open(path, O_RDONLY | O_CLOEXEC);
	if (reader < 0)
		return file_failed(e, ERR_SYSTEM_READ, "open", path);
	*out = reader;
	return true;
}

bool
spool_open(const char *folder, uint64_t limit, struct spool *out,
    struct err *e)
{
	int fd;

	if (!file_scratch(limit <= SPOOL_IN_MEMORY ? NULL : folder, &fd, e))
		return false;
	*out = (struct spool){ .fd = fd, .limit = limit };
	return true;
}

/* One pass: what is hashed is what is written, whatever becomes of from. */
static bool
adopt_bytes(int from, struct spool *to, void (*take)(void *, struct span),
    void *arg, struct err *e)
{
	uint8_t piece[PIECE];

	for (;;) {
		ssize_t n = pread(from, piece, sizeof(piece), (off_t)to->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_SYSTEM_READ,
			    "cannot read at %llu",
			    (unsigned long long)to->len);
		if (n == 0)
			return true;
		struct span got = { piece, (size_t)n };
		if (!spool_put(to, got, e))
			return false;
		if (take != NULL)
			take(arg, got);
	}
}

bool
file_adopt(int from, const char *folder, uint64_t limit,
    void (*take)(void *, struct span), void *arg, struct file_copy *out,
    struct err *e)
{
	CLEANUP(fd_done) int fd = -1;
	uint64_t size;
	int reader;

	if (!regular(from, "artifact", &size, e) ||
	    !file_scratch(folder, &fd, e))
		return false;
	struct spool to = { .fd = fd, .limit = limit };
	if (!adopt_bytes(from, &to, take, arg, e) ||
	    !file_reader(fd, &reader, e))
		return false;
	*out = (struct file_copy){ reader, to.len };
	return true;
}

static bool
folder_one(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return true;
	if (errno != EEXIST || stat(path, &st) != 0)
		return file_failed(e, ERR_SYSTEM_WRITE, "make the folder",
		    path);
	return S_ISDIR(st.st_mode) || err_set(e, ERR_FILE_KIND,
	    "'%s' is not a folder", text_show(span_text(path)).text);
}

bool
folder_make(const char *path, mode_t mode, struct err *e)
{
	CLEANUP(free_done) char *part = xstrdup(path);

	for (char *p = strchr(part + (part[0] != '\0'), '/'); p != NULL;
	    p = strchr(p + 1, '/')) {
		*p = '\0';
		if (!folder_one(part, mode, e))
			return false;
		*p = '/';
	}
	return folder_one(path, mode, e);
}

static bool
lock_refused(int fd, const char *path, struct err *e)
{
	char holder[32] = { 0 };

	if (errno != EWOULDBLOCK)
		return file_failed(e, ERR_SYSTEM_WRITE, "lock", path);
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);
	return err_set(e, ERR_FILE_LOCKED, "'%s' is locked by process %s",
	    text_show(span_text(path)).text, n > 0 ? holder : "(unknown)");
}

bool
file_lock(const char *path, int *out, struct err *e)
{
	CLEANUP(fd_done) int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char holder[32];

	if (fd < 0)
		return file_failed(e, ERR_SYSTEM_WRITE, "open", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return lock_refused(fd, path, e);
	int n = snprintf(holder, sizeof(holder), "%ld", (long)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, (size_t)n, 0) != n)
		return file_failed(e, ERR_SYSTEM_WRITE, "write", path);
	*out = fd;
	fd = -1;
	return true;
}
