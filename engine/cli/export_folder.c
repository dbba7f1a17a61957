/* export_folder - see export_folder.h. */
#include "cli/export_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define SUMS		"SHA256SUMS"
#define FOLDER_MODE	0755
#define WALK_DEPTH	8	/* folders open at once while removing */

static void
path_of(const struct export_folder *f, const char *name, struct buf *out)
{
	buf_put(out, buf_span(&f->path));
	buf_printf(out, "/%s", name);
}

static bool
not_written(const struct export_folder *f, struct err *e)
{
	return err_errno(e, ERR_SYSTEM_WRITE, "cannot write '%s'",
	    text_show(span_text(f->target)).text);
}

static bool
is_there(const struct export_folder *f, struct err *e)
{
	return err_set(e, ERR_FILE_EXISTS, "'%s' exists already",
	    text_show(span_text(f->target)).text);
}

/* ".NAME.XXXXXX" in the folder that will hold the target. */
static bool
make_beside(struct export_folder *f, struct err *e)
{
	const char *slash = strrchr(f->target, '/');
	const char *name = slash == NULL ? f->target : slash + 1;

	buf_printf(&f->path, "%.*s.%s.XXXXXX", (int)(name - f->target),
	    f->target, name);
	buf_cstr(&f->path);
	if (mkdtemp((char *)f->path.ptr) != NULL)
		return true;
	f->path.len = 0;
	return err_errno(e, errno == ENOENT ? ERR_FILE_MISSING :
	    ERR_FILE_ACCESS, "cannot make a folder beside '%s'",
	    text_show(span_text(f->target)).text);
}

bool
export_folder_begin(const char *target, struct export_folder *f,
    struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	struct stat st;

	*f = (struct export_folder){ .target = target };
	if (target[0] == '\0' || target[strlen(target) - 1] == '/')
		return err_set(e, ERR_USAGE, "'%s' is no name of a folder to "
		    "make: write it without a '/' at its end",
		    text_show(span_text(target)).text);
	if (lstat(target, &st) == 0)
		return is_there(f, e);
	if (!make_beside(f, e))
		return false;
	path_of(f, SUMS, &name);
	f->sums = fopen(buf_cstr(&name), "wxe");
	return f->sums != NULL || not_written(f, e);
}

static bool
sums_end(struct export_folder *f, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	CLEANUP(hasher_done) struct hasher *h = hasher_new(DIGEST_SHA256);
	uint8_t part[4096];
	size_t got;

	if (fclose(TAKE(f->sums)) != 0)
		return not_written(f, e);
	path_of(f, SUMS, &name);
	FILE *in = fopen(buf_cstr(&name), "re");
	if (in == NULL)
		return not_written(f, e);
	while ((got = fread(part, 1, sizeof(part), in)) > 0)
		hasher_put(h, (struct span){ part, got });
	bool good = ferror(in) == 0;
	fclose(in);
	f->all = hasher_end(h);
	return good || not_written(f, e);
}

static bool
sync_parent(const struct export_folder *f, struct err *e)
{
	const char *slash = strrchr(f->target, '/');
	CLEANUP(buf_done) struct buf parent = { 0 };

	buf_printf(&parent, "%.*s", slash == NULL ? 1 :
	    (int)(slash - f->target) + 1, slash == NULL ? "." : f->target);
	int fd = open(buf_cstr(&parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good || not_written(f, e);
}

/* One sync of the file system: there may be a million files. */
bool
export_folder_end(struct export_folder *f, struct err *e)
{
	if (!sums_end(f, e))
		return false;
	int fd = open(buf_cstr(&f->path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fchmod(fd, FOLDER_MODE) == 0 &&
	    syncfs(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!good)
		return not_written(f, e);
	if (renameat2(AT_FDCWD, buf_cstr(&f->path), AT_FDCWD, f->target,
	    RENAME_NOREPLACE) != 0)
		return errno == EEXIST ? is_there(f, e) : not_written(f, e);
	f->path.len = 0;
	return sync_parent(f, e);
}

static int
entry_remove(const char *path, const struct stat *st, int kind,
    struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

void
export_folder_done(struct export_folder *f)
{
	if (f->sums != NULL)
		fclose(f->sums);
	if (f->path.len > 0)
		nftw(buf_cstr(&f->path), entry_remove, WALK_DEPTH,
		    FTW_DEPTH | FTW_PHYS);
	buf_done(&f->path);
}

/* ---- files in it */

/* Names have one '/' or none, but anchors have two. */
static bool
make_folders(const struct export_folder *f, struct buf *path, struct err *e)
{
	for (size_t i = f->path.len + 1; i < path->len; i++) {
		if (path->ptr[i] != '/')
			continue;
		path->ptr[i] = '\0';
		bool good = mkdir((const char *)path->ptr, FOLDER_MODE) == 0 ||
		    errno == EEXIST;
		path->ptr[i] = '/';
		if (!good)
			return not_written(f, e);
	}
	return true;
}

bool
export_file_open(struct export_folder *f, const char *name,
    struct export_file *out, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	path_of(f, name, &path);
	buf_cstr(&path);
	if (!make_folders(f, &path, e))
		return false;
	FILE *file = fopen(buf_cstr(&path), "wxe");
	if (file == NULL)
		return not_written(f, e);
	*out = (struct export_file){ f, name, file,
	    hasher_new(DIGEST_SHA256) };
	return true;
}

bool
export_file_put(void *export_file, struct span s, struct err *e)
{
	struct export_file *file = export_file;

	hasher_put(file->hasher, s);
	return fwrite(s.ptr, 1, s.len, file->out) == s.len ||
	    not_written(file->folder, e);
}

bool
export_file_close(struct export_file *file, struct err *e)
{
	struct digest d = hasher_end(file->hasher);

	hasher_free(TAKE(file->hasher));
	return (fclose(TAKE(file->out)) == 0 && fprintf(file->folder->sums,
	    "%s  %s\n", digest_hex(&d).text, file->name) > 0) ||
	    not_written(file->folder, e);
}

void
export_file_drop(struct export_file *file)
{
	if (file->out != NULL)
		fclose(file->out);
	hasher_free(file->hasher);
}

bool
export_file_write(struct export_folder *f, const char *name, struct span s,
    struct err *e)
{
	CLEANUP(export_file_drop) struct export_file file = { 0 };

	return export_file_open(f, name, &file, e) &&
	    export_file_put(&file, s, e) && export_file_close(&file, e);
}

bool
export_file_there(const struct export_folder *f, const char *name)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	path_of(f, name, &path);
	return access(buf_cstr(&path), F_OK) == 0;
}
