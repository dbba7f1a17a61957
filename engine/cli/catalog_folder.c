/* catalog_folder - see catalog_folder.h. */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/catalog_folder.h"

DEFINE_CLEANUP(FTS, fts_done, fts_close);

struct walk {
	struct arena		*arena;
	struct folder_files	 files;
	size_t			 root;		/* length of its name, and / */
	struct stat		 besides;	/* st_ino 0: there is none */
};

static const struct {
	mode_t		 kind;
	const char	*why;
} odd_kinds[] = {
	{ S_IFLNK,	"a symbolic link" },
	{ S_IFIFO,	"a pipe" },
	{ S_IFSOCK,	"a socket" },
	{ S_IFCHR,	"a device" },
	{ S_IFBLK,	"a device" },
};

static const char *
odd(const FTSENT *f)
{
	for (size_t i = 0; i < COUNT(odd_kinds); i++)
		if ((f->fts_statp->st_mode & S_IFMT) == odd_kinds[i].kind)
			return odd_kinds[i].why;
	return NULL;
}

static const char *
left_out(const struct walk *w, const FTSENT *f)
{
	if (w->besides.st_ino != 0 &&
	    f->fts_statp->st_ino == w->besides.st_ino &&
	    f->fts_statp->st_dev == w->besides.st_dev)
		return "the catalog itself";
	return odd(f);
}

static bool
file_add(struct walk *w, const FTSENT *f, struct err *e)
{
	struct folder_file *items = arena_grow(w->arena, w->files.items,
	    w->files.count, sizeof(*items));
	char *path = arena_text(w->arena, span_text(f->fts_path));

	if (items == NULL || path == NULL)
		return err_budget(e, w->arena);
	if (w->files.count >= LIMIT_ENTRIES)
		return err_set(e, ERR_LIMIT_SIZE, "there are more than %d "
		    "files in the folder", LIMIT_ENTRIES);
	items[w->files.count++] = (struct folder_file){
		.path = path,
		.relative = span_from(span_text(path), w->root),
		.size = (uint64_t)f->fts_statp->st_size,
		.skipped = left_out(w, f),
	};
	w->files.items = items;
	return true;
}

static bool
walk_all(struct walk *w, FTS *fts, struct err *e)
{
	FTSENT *f;

	for (errno = 0; (f = fts_read(fts)) != NULL; errno = 0) {
		struct shown path = text_show(span_text(f->fts_path));

		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR ||
		    f->fts_info == FTS_NS) {
			errno = f->fts_errno;
			return err_errno(e, errno == ENOENT ?
			    ERR_FILE_MISSING : ERR_FILE_ACCESS, "%s",
			    path.text);
		}
		if (f->fts_info == FTS_D || f->fts_info == FTS_DP)
			continue;
		if (f->fts_level == 0)
			return err_set(e, ERR_USAGE, "'%s' is no folder",
			    path.text);
		if (!file_add(w, f, e))
			return false;
	}
	return errno == 0 || err_errno(e, ERR_SYSTEM_READ,
	    "cannot list the folder");
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

bool
folder_files_read(const char *folder, const char *besides, struct arena *a,
    struct folder_files *out, struct err *e)
{
	char *copy = arena_text(a, span_text(folder));
	char *roots[] = { copy, NULL };
	struct walk w = { .arena = a };

	if (copy == NULL)
		return err_budget(e, a);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	w.root = strlen(copy) + (strcmp(copy, "/") == 0 ? 0 : 1);
	if (stat(besides, &w.besides) != 0)
		w.besides = (struct stat){ 0 };
	CLEANUP(fts_done) FTS *fts = fts_open(roots, FTS_PHYSICAL |
	    FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (fts == NULL)
		return err_errno(e, ERR_FILE_MISSING, "%s", folder);
	if (!walk_all(&w, fts, e))
		return false;
	*out = w.files;
	return true;
}
