/* pack - see pack.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/own.h"
#include "git/libgit.h"
#include "git/pack.h"

#define FOLDERS		256	/* below objects/, by the first two digits */
#define NAME_REST	38	/* digits of an object's file */
#define LIST_MEMORY	((size_t)64 << 20)
#define AT_ONCE		50000	/* objects: more are for the next time */
#define SAMPLE		0x17	/* ids are spread evenly over the folders */

DEFINE_CLEANUP(DIR, dir_done, closedir);
DEFINE_CLEANUP(git_repository, libgit_done, git_repository_free);
DEFINE_CLEANUP(git_packbuilder, builder_done, git_packbuilder_free);
DEFINE_CLEANUP(git_odb, alone_done, git_odb_free);

/* The loose objects of a repository. */
struct loose {
	const char	*path;
	int		 objects;	/* the folder */
	struct arena	*arena;
	git_oid		*ids;
	size_t		 count;
};

static bool
loose_add(struct loose *l, unsigned folder, const char *rest, struct err *e)
{
	char hex[GIT_OID_HEXSZ + 8];
	git_oid *ids;

	if (strlen(rest) != NAME_REST)
		return true;
	snprintf(hex, sizeof(hex), "%02x%s", folder, rest);
	ids = arena_grow(l->arena, l->ids, l->count, sizeof(*ids));
	if (ids == NULL)
		return err_budget(e, l->arena);
	l->ids = ids;
	l->count += git_oid_fromstr(&ids[l->count], hex) == 0;
	return true;
}

static bool
folder_list(struct loose *l, unsigned folder, struct err *e)
{
	char name[12];
	const struct dirent *n;

	snprintf(name, sizeof(name), "%02x", folder);
	int fd = openat(l->objects, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(dir_done) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL)
		return errno == ENOENT || err_errno(e, ERR_GIT_REPOSITORY,
		    "objects of '%s'", l->path);
	while ((n = readdir(dir)) != NULL && l->count < AT_ONCE)
		if (!loose_add(l, folder, n->d_name, e))
			return false;
	return true;
}

/* Reading one folder tells that it is not worth while to read all. */
static bool
are_few(struct loose *l, size_t least, bool *few, struct err *e)
{
	if (!folder_list(l, SAMPLE, e))
		return false;
	*few = l->count < least / FOLDERS;
	l->count = 0;
	return true;
}

static bool
failed(const struct loose *l, struct err *e)
{
	return libgit_err(e, ERR_GIT_REPOSITORY, "cannot pack '%s'", l->path);
}

static bool
pack_write(const struct loose *l, git_packbuilder *b, struct err *e)
{
	git_packbuilder_set_threads(b, 1);
	for (size_t i = 0; i < l->count; i++)
		if (git_packbuilder_insert(b, &l->ids[i], NULL) < 0)
			return failed(l, e);
	return git_packbuilder_write(b, NULL, 0, NULL, NULL) == 0 ||
	    failed(l, e);
}

/* What the pack has is asked of the pack alone, as it lies there. */
static bool
pack_has_all(const struct loose *l, git_packbuilder *b, struct err *e)
{
	CLEANUP(alone_done) git_odb *alone = NULL;
	CLEANUP(buf_done) struct buf index = { 0 };
	git_odb_backend *pack;

	buf_printf(&index, "%s/objects/pack/pack-%s.idx", l->path,
	    git_packbuilder_name(b));
	if (git_odb_new(&alone) < 0 ||
	    git_odb_backend_one_pack(&pack, buf_cstr(&index)) < 0)
		return failed(l, e);
	if (git_odb_add_backend(alone, pack, 1) < 0) {
		pack->free(pack);
		return failed(l, e);
	}
	for (size_t i = 0; i < l->count; i++) {
		git_odb_object *object = NULL;

		if (git_odb_read(&object, alone, &l->ids[i]) < 0)
			return failed(l, e);
		git_odb_object_free(object);
	}
	return true;
}

/* Whatever is left of them is in the pack too: that is no error. */
static void
loose_remove(const struct loose *l)
{
	char hex[GIT_OID_HEXSZ + 1], name[GIT_OID_HEXSZ + 2];

	for (size_t i = 0; i < l->count; i++) {
		git_oid_tostr(hex, sizeof(hex), &l->ids[i]);
		snprintf(name, sizeof(name), "%.2s/%s", hex, hex + 2);
		unlinkat(l->objects, name, 0);
	}
}

static bool
loose_pack(const struct loose *l, struct err *e)
{
	CLEANUP(libgit_done) git_repository *r = NULL;
	CLEANUP(builder_done) git_packbuilder *b = NULL;

	if (git_repository_open_bare(&r, l->path) < 0 ||
	    git_packbuilder_new(&b, r) < 0)
		return failed(l, e);
	if (!pack_write(l, b, e) || !pack_has_all(l, b, e))
		return false;
	loose_remove(l);
	return true;
}

bool
repository_pack(const char *path, size_t least, size_t *packed,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIST_MEMORY);
	CLEANUP(buf_done) struct buf name = { 0 };
	struct loose l = { .path = path, .arena = a };
	bool few;

	*packed = 0;
	buf_printf(&name, "%s/objects", path);
	CLEANUP(fd_done) int fd = open(buf_cstr(&name),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || err_errno(e, ERR_GIT_REPOSITORY,
		    "%s", buf_cstr(&name));
	l.objects = fd;
	if (!libgit_start(e) || !are_few(&l, least, &few, e))
		return false;
	for (unsigned i = 0; i < FOLDERS && !few; i++)
		if (!folder_list(&l, i, e))
			return false;
	if (l.count == 0 || l.count < least)
		return true;
	*packed = l.count;
	return loose_pack(&l, e);
}
