/* repository - see repository.h. */
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/libgit.h"
#include "git/repository.h"

DEFINE_CLEANUP(git_odb, odb_done, git_odb_free);
DEFINE_CLEANUP(git_odb_object, odb_object_done, git_odb_object_free);
DEFINE_CLEANUP(git_reference, reference_done, git_reference_free);
DEFINE_CLEANUP(git_reference_iterator, iterator_done,
    git_reference_iterator_free);
DEFINE_CLEANUP(FILE, file_done, fclose);

enum {
	PRIORITY_LOOSE	= 1,
	PRIORITY_PACKED	= 2,
};

/*
 * format_check reads the config of a repository for the one line that says
 * that its ids are not SHA-1. libgit2 1.5 would stop at it with words that
 * help nobody, or not look at it at all.
 */
static bool
format_check(const char *path, struct err *e)
{
	char name[4096], line[512];

	snprintf(name, sizeof(name), "%s/config", path);
	CLEANUP(file_done) FILE *f = fopen(name, "re");
	if (f == NULL)
		return true;
	while (fgets(line, sizeof(line), f) != NULL) {
		char *key = line + strspn(line, " \t");

		if (strncasecmp(key, "objectformat", 12) == 0 &&
		    strcasestr(key, "sha256") != NULL)
			return err_set(e, ERR_GIT_OBJECT_FORMAT,
			    "repository '%s' names its objects by SHA-256",
			    path);
	}
	return true;
}

/* Both git_odb_add_backend and git_odb_add_alternate are of this kind. */
typedef int adds_backend(git_odb *, git_odb_backend *, int priority);

static bool
backend_add(git_odb *odb, adds_backend *add, git_odb_backend *backend,
    int made, int priority, const char *path, struct err *e)
{
	if (made < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot open the objects of '%s'", path);
	if (add(odb, backend, priority) < 0) {
		backend->free(backend);
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot use the objects of '%s'", path);
	}
	return true;
}

static bool
backends_add(git_odb *odb, adds_backend *add, const char *path, struct err *e)
{
	git_odb_backend *backend = NULL;
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/objects", path);
	int made = git_odb_backend_loose(&backend, folder, -1, 1, 0, 0);
	if (!backend_add(odb, add, backend, made, PRIORITY_LOOSE, path, e))
		return false;
	made = git_odb_backend_pack(&backend, folder);
	return backend_add(odb, add, backend, made, PRIORITY_PACKED, path, e);
}

/*
 * The two stores of objects by hand: git_odb_open would follow
 * objects/info/alternates to wherever that points.
 */
static bool
odb_open(const char *path, git_odb **out, struct err *e)
{
	CLEANUP(odb_done) git_odb *odb = NULL;

	if (git_odb_new(&odb) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY, "no object database");
	if (!backends_add(odb, git_odb_add_backend, path, e))
		return false;
	*out = TAKE(odb);
	return true;
}

/* folder_check: libgit2 would take any path for an empty repository. */
static bool
folder_check(const char *path, struct err *e)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s/objects", path);
	CLEANUP(file_done) FILE *f = fopen(name, "re");
	if (f == NULL)
		return err_errno(e, ERR_GIT_REPOSITORY,
		    "'%s' is no Git repository", path);
	return format_check(path, e);
}

bool
repository_open_objects(const char *path, struct repository **out,
    struct err *e)
{
	CLEANUP(odb_done) git_odb *odb = NULL;

	if (!libgit_start(e) || !folder_check(path, e) ||
	    !odb_open(path, &odb, e))
		return false;
	struct repository *r = xcalloc(1, sizeof(*r));
	r->path = xstrdup(path);
	r->odb = TAKE(odb);
	if (git_repository_wrap_odb(&r->walk, r->odb) < 0) {
		repository_free(r);
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot use the objects of '%s'", path);
	}
	*out = r;
	return true;
}

/* repository_adopt wraps what libgit2 opened, with our own object stores. */
static bool
repository_adopt(git_repository *refs, struct repository **out, struct err *e)
{
	CLEANUP(repository_done) struct repository *r =
	    xcalloc(1, sizeof(*r));

	r->walk = refs;
	r->refs = true;
	r->path = xstrdup(git_repository_commondir(refs));
	if (!folder_check(r->path, e) || !odb_open(r->path, &r->odb, e))
		return false;
	if (git_repository_set_odb(refs, r->odb) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot use the objects of '%s'", r->path);
	*out = TAKE(r);
	return true;
}

static bool
repository_open_with(const char *path, unsigned int flags,
    struct repository **out, struct err *e)
{
	git_repository *refs = NULL;

	if (!libgit_start(e) || !format_check(path, e))
		return false;
	if (git_repository_open_ext(&refs, path, flags, NULL) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot open the repository '%s'", path);
	return repository_adopt(refs, out, e);
}

bool
repository_open(const char *path, struct repository **out, struct err *e)
{
	return repository_open_with(path, GIT_REPOSITORY_OPEN_NO_SEARCH, out,
	    e);
}

bool
repository_find(const char *folder, struct repository **out, struct err *e)
{
	return repository_open_with(folder, 0, out, e);
}

/* ---- what git's environment names besides ---- */

/* An objects folder, as git reads it: with what info/alternates names. */
static bool
store_add(struct repository *r, const char *variable, struct span folder,
    struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_put(&path, folder);
	CLEANUP(file_done) FILE *f = fopen(buf_cstr(&path), "re");
	if (f == NULL)
		return err_errno(e, ERR_GIT_REPOSITORY, "%s: '%s'", variable,
		    text_show(folder).text);
	r->borrows = true;
	if (git_odb_add_disk_alternate(r->odb, buf_cstr(&path)) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "%s: cannot use the objects of '%s'", variable,
		    text_show(folder).text);
	return true;
}

/* Git quotes a path that has a colon; nobody's server has such a one. */
static bool
stores_add(struct repository *r, const char *variable, bool several,
    struct err *e)
{
	const char *value = getenv(variable);
	struct span rest = span_text(value == NULL ? "" : value);
	struct span folder = rest;

	if (!several)
		return rest.len == 0 || store_add(r, variable, rest, e);
	while (span_split(&rest, ':', &folder)) {
		if (span_starts(folder, "\""))
			return err_set(e, ERR_GIT_REPOSITORY, "%s: a path in "
			    "quotes is not understood", variable);
		if (folder.len > 0 && !store_add(r, variable, folder, e))
			return false;
	}
	return true;
}

bool
repository_find_environment(const char *folder, struct repository **out,
    struct err *e)
{
	static const struct {
		const char	*variable;
		bool		 several;
	} stores[] = {
		{ "GIT_OBJECT_DIRECTORY", false },
		{ "GIT_QUARANTINE_PATH", false },
		{ "GIT_ALTERNATE_OBJECT_DIRECTORIES", true },
	};
	CLEANUP(repository_done) struct repository *r = NULL;

	if (!repository_find(folder, &r, e))
		return false;
	for (size_t i = 0; i < COUNT(stores); i++)
		if (!stores_add(r, stores[i].variable, stores[i].several, e))
			return false;
	*out = TAKE(r);
	return true;
}

bool
repository_init(const char *path, struct repository **out, struct err *e)
{
	git_repository_init_options options = {
		.version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
		.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH,
		.initial_head = "main",
	};
	git_repository *refs = NULL;

	if (!libgit_start(e) || !format_check(path, e))
		return false;
	if (git_repository_init_ext(&refs, path, &options) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot make a repository at '%s'", path);
	return repository_adopt(refs, out, e);
}

bool
repository_again(const struct repository *r, struct repository **out,
    struct err *e)
{
	if (r->borrows)
		return err_set(e, ERR_GIT_REPOSITORY,
		    "'%s' reads the objects of others", r->path);
	return repository_open_objects(r->path, out, e);
}

bool
repository_borrow(struct repository *r, const char *path, struct err *e)
{
	r->borrows = true;
	return folder_check(path, e) &&
	    backends_add(r->odb, git_odb_add_alternate, path, e);
}

void
repository_free(struct repository *r)
{
	if (r == NULL)
		return;
	git_odb_free(r->odb);
	git_repository_free(r->walk);
	free(r->path);
	free(r);
}

const char *
repository_path(const struct repository *r)
{
	return r->path;
}

bool
repository_refresh(struct repository *r, struct err *e)
{
	if (git_odb_refresh(r->odb) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot look for new objects in '%s'", r->path);
	return true;
}

bool
object_exists(struct repository *r, const struct object_id *id)
{
	git_oid oid = libgit_oid(id);

	return git_odb_exists(r->odb, &oid) == 1;
}

static bool
kind_of(git_object_t type, enum object_kind *out)
{
	for (enum object_kind k = 0; k < OBJECT_KINDS; k++)
		if (libgit_kind(k) == type) {
			*out = k;
			return true;
		}
	return false;
}

/* read_failed tells what is missing from what is damaged. */
static bool
read_failed(int code, const struct object_id *id, struct err *e)
{
	if (code == GIT_ENOTFOUND)
		return err_set(e, ERR_GIT_OBJECT_MISSING,
		    "object %s is not there", object_id_hex(id).text);
	return libgit_err(e, ERR_GIT_OBJECT_CORRUPT,
	    "object %s cannot be read", object_id_hex(id).text);
}

bool
object_stat(struct repository *r, const struct object_id *id,
    enum object_kind *kind, uint64_t *size, struct err *e)
{
	git_object_t type = GIT_OBJECT_INVALID;
	git_oid oid = libgit_oid(id);
	size_t len = 0;

	int code = git_odb_read_header(&len, &type, r->odb, &oid);
	if (code < 0)
		return read_failed(code, id, e);
	if (!kind_of(type, kind))
		return err_set(e, ERR_GIT_OBJECT_CORRUPT,
		    "object %s is of no known kind", object_id_hex(id).text);
	*size = len;
	return true;
}

bool
object_read(struct repository *r, const struct object_id *id,
    enum object_kind want, uint64_t limit, struct buf *out, struct err *e)
{
	CLEANUP(odb_object_done) git_odb_object *object = NULL;
	git_oid oid = libgit_oid(id);
	enum object_kind kind;
	uint64_t size;

	if (!object_stat(r, id, &kind, &size, e))
		return false;
	if (kind != want)
		return err_set(e, ERR_GIT_OBJECT_KIND,
		    "object %s is a %s, not a %s", object_id_hex(id).text,
		    object_kind_names[kind], object_kind_names[want]);
	if (size > limit)
		return err_set(e, ERR_LIMIT_SIZE, "%s %s of %ju bytes is "
		    "larger than %ju bytes", object_kind_names[kind],
		    object_id_hex(id).text, (uintmax_t)size,
		    (uintmax_t)limit);
	int code = git_odb_read(&object, r->odb, &oid);
	if (code < 0)
		return read_failed(code, id, e);
	if (git_odb_object_size(object) != size ||
	    git_odb_object_type(object) != libgit_kind(want))
		return err_set(e, ERR_GIT_OBJECT_CORRUPT, "object %s is not "
		    "what its header says", object_id_hex(id).text);
	buf_put(out, (struct span){ git_odb_object_data(object),
	    git_odb_object_size(object) });
	return true;
}

bool
object_look(struct repository *r, const struct object_id *id,
    enum object_kind want, uint64_t limit, struct buf *out, bool *there,
    struct err *e)
{
	struct err why = { 0 };

	*there = object_read(r, id, want, limit, out, &why);
	if (*there || why.what->kind != ERR_KIND_SYSTEM ||
	    err_is(&why, ERR_GIT_OBJECT_MISSING))
		return true;
	*e = why;
	return false;
}

/* refs_check: a store that was opened for its objects has no refs. */
static bool
refs_check(const struct repository *r, struct err *e)
{
	if (!r->refs)
		return err_set(e, ERR_GIT_REPOSITORY,
		    "'%s' was opened for its objects only", r->path);
	return true;
}

bool
ref_read(struct repository *r, const char *name, struct object_id *out,
    struct err *e)
{
	git_oid oid;

	if (!refs_check(r, e))
		return false;
	int code = git_reference_name_to_id(&oid, r->walk, name);
	if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC)
		return err_set(e, ERR_GIT_REF_MISSING,
		    "'%s' has no ref '%s'", r->path,
		    text_show(SPAN_TEXT(name)).text);
	if (code < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot read the ref '%s'",
		    text_show(SPAN_TEXT(name)).text);
	*out = libgit_id(&oid);
	return true;
}

static int
ref_order(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

struct listing {
	struct arena	*arena;
	struct ref	*refs;
	size_t		 count;
};

static bool
listing_add(struct listing *l, git_reference *reference, struct err *e)
{
	const git_oid *oid = git_reference_target(reference);
	const char *name = git_reference_name(reference);

	if (oid == NULL)
		return true;	/* symbolic: what it names is listed itself */
	l->refs = arena_grow(l->arena, l->refs, l->count, sizeof(*l->refs));
	const char *copy = arena_text(l->arena, SPAN_TEXT(name));
	if (l->refs == NULL || copy == NULL)
		return err_budget(e, l->arena);
	l->refs[l->count++] = (struct ref){ SPAN_TEXT(copy), libgit_id(oid) };
	return true;
}

bool
refs_list(struct repository *r, const char *prefix, size_t limit,
    struct arena *a, const struct ref **out, size_t *count, struct err *e)
{
	CLEANUP(iterator_done) git_reference_iterator *it = NULL;
	struct listing l = { .arena = a };
	git_reference *next = NULL;
	int code;

	if (!refs_check(r, e))
		return false;
	if (git_reference_iterator_new(&it, r->walk) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot list the refs of '%s'", r->path);
	while ((code = git_reference_next(&next, it)) == 0) {
		CLEANUP(reference_done) git_reference *reference = next;

		if (!span_starts(SPAN_TEXT(git_reference_name(reference)),
		    prefix))
			continue;
		if (l.count == limit)
			return err_set(e, ERR_GIT_TOO_MANY, "'%s' has more "
			    "than %zu refs", r->path, limit);
		if (!listing_add(&l, reference, e))
			return false;
	}
	if (code != GIT_ITEROVER)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "cannot list the refs of '%s'", r->path);
	if (l.count > 0)
		qsort(l.refs, l.count, sizeof(*l.refs), ref_order);
	*out = l.refs;
	*count = l.count;
	return true;
}
