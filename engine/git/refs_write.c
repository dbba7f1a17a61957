/*
 * refs_write - all refs of a repository, written at once. See write.h.
 *
 * A file for each ref, each one synced, takes minutes where a host has 100,000
 * of them. Git reads the file packed-refs as well:
 *
 *	# pack-refs with: sorted
 *	<id> SP <name> LF
 *
 * A loose file counts more than a line in there, so those go afterwards. If we
 * are killed in between, a ref is where it was before, and moves once more.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "git/write.h"

#define WRITTEN	"packed-refs"

static bool
write_failed(const struct repository *r, struct err *e)
{
	return err_errno(e, ERR_SYSTEM_WRITE, "cannot write the refs of '%s'",
	    repository_path(r));
}

static bool
bytes_write(int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.ptr, s.len);

		if (n < 0 && errno != EINTR)
			return false;
		s = span_from(s, n < 0 ? 0 : (size_t)n);
	}
	return fsync(fd) == 0;
}

static void
lines_of(const struct ref *refs, size_t count, struct buf *out)
{
	buf_text(out, "# pack-refs with: sorted \n");
	for (size_t i = 0; i < count; i++) {
		buf_text(out, object_id_hex(&refs[i].id).text);
		buf_u8(out, ' ');
		buf_put(out, refs[i].name);
		buf_u8(out, '\n');
	}
}

static int
entry_remove(const char *path, const struct stat *st, int kind,
    struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static bool
loose_remove(const struct repository *r, const char *folder, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", repository_path(r), folder);
	return nftw(buf_cstr(&path), entry_remove, 16, FTW_DEPTH | FTW_PHYS)
	    == 0 || errno == ENOENT || write_failed(r, e);
}

bool
refs_write(struct repository *r, const struct ref *refs, size_t count,
    const char *folder, struct err *e)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	CLEANUP(fd_done) int at = open(repository_path(r),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return write_failed(r, e);
	CLEANUP(fd_done) int fd = openat(at, WRITTEN ".lock",
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_GIT_REF_LOCKED, "the refs of '%s' are "
		    "locked by another process", repository_path(r));
	lines_of(refs, count, &lines);
	if (fd < 0 || !bytes_write(fd, buf_span(&lines)) ||
	    renameat(at, WRITTEN ".lock", at, WRITTEN) < 0 || fsync(at) < 0)
		return write_failed(r, e);
	return loose_remove(r, folder, e);
}
