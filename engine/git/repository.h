/*
 * repository - a Git repository as a store of objects and refs.
 *
 * Two ways to open one. repository_open_objects sees objects and nothing else:
 * no config, no refs, no alternates, no hooks; that is how a process reads a
 * mirror which another process writes. repository_open is for a store of our
 * own (and a person's clone): objects and refs.
 *
 * Every object that is read is hashed again and compared with its id. Nothing
 * of the host's or the user's Git config is looked at. One handle belongs to
 * one thread.
 */
#ifndef GIT_REPOSITORY_H
#define GIT_REPOSITORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "git/id.h"

struct repository;

/*
 * repository_open_objects opens the object database of a bare repository.
 * Errors: GIT-REPOSITORY, GIT-OBJECT-FORMAT (ids are SHA-256).
 */
bool	repository_open_objects(const char *path, struct repository **,
	    struct err *) MUST_USE;

/* repository_open opens the repository at path, bare or with a worktree. */
bool	repository_open(const char *path, struct repository **,
	    struct err *) MUST_USE;

/* repository_find opens the repository that holds a folder, as git does. */
bool	repository_find(const char *folder, struct repository **,
	    struct err *) MUST_USE;

/*
 * repository_find_environment is repository_find, and reads the objects that
 * git's environment names too: in a hook before it has accepted a push, what
 * was pushed lies in a folder of its own (GIT_OBJECT_DIRECTORY,
 * GIT_QUARANTINE_PATH, GIT_ALTERNATE_OBJECT_DIRECTORIES; see git-receive-pack,
 * "quarantine environment"). Each object is held against its id as ever. For
 * people's commands: an engine never reads by its environment.
 */
bool	repository_find_environment(const char *folder, struct repository **,
	    struct err *) MUST_USE;

/* repository_init makes a bare repository; one that is there is opened. */
bool	repository_init(const char *path, struct repository **,
	    struct err *) MUST_USE;

/*
 * repository_memory makes a repository that lies nowhere: it has the objects
 * that are written to it, as long as it lives, and those that it borrows.
 * repository_forget drops what was written.
 */
bool	repository_memory(struct repository **, struct err *) MUST_USE;
void	repository_forget(struct repository *);

void	repository_free(struct repository *);
DEFINE_CLEANUP(struct repository, repository_done, repository_free);

/*
 * repository_again opens the objects of a repository once more, for another
 * thread. Errors: those of repository_open_objects, and GIT-REPOSITORY if it
 * reads the objects of others too.
 */
bool	repository_again(const struct repository *, struct repository **,
	    struct err *) MUST_USE;

/* repository_path is where the repository lies (".git" of a clone). */
const char *repository_path(const struct repository *);

/*
 * repository_borrow lets r read the objects of the bare repository at path
 * too. Nothing is ever written there. Errors: GIT-REPOSITORY,
 * GIT-OBJECT-FORMAT.
 */
bool	repository_borrow(struct repository *r, const char *path,
	    struct err *) MUST_USE;

/*
 * repository_refresh looks again for packs that others have added since.
 */
bool	repository_refresh(struct repository *, struct err *) MUST_USE;

/* object_exists; object_stat gives kind and size without the bytes. */
bool	object_exists(struct repository *, const struct object_id *);
bool	object_stat(struct repository *, const struct object_id *,
	    enum object_kind *, uint64_t *size, struct err *) MUST_USE;

/*
 * object_read appends the raw bytes of an object of the kind wanted to out.
 * The size is known before anything is read. Errors: GIT-OBJECT-MISSING,
 * GIT-OBJECT-KIND, GIT-OBJECT-CORRUPT, LIMIT-SIZE.
 */
bool	object_read(struct repository *, const struct object_id *,
	    enum object_kind want, uint64_t limit, struct buf *out,
	    struct err *) MUST_USE;

/*
 * object_look is object_read of what anybody may have named: what is not there,
 * too large, or not what it should be is no error, but *there is false.
 */
bool	object_look(struct repository *, const struct object_id *,
	    enum object_kind want, uint64_t limit, struct buf *out,
	    bool *there, struct err *) MUST_USE;

/*
 * ref_read gives the object that a full ref name ("refs/heads/main") points
 * to; symbolic refs are followed. Errors: GIT-REF-MISSING.
 */
bool	ref_read(struct repository *, const char *name, struct object_id *,
	    struct err *) MUST_USE;

struct ref {
	struct span		name;	/* full, NUL behind it */
	struct object_id	id;
};

/*
 * refs_list lists the refs whose names begin with prefix, sorted bytewise, in
 * the arena. More than limit of them is GIT-TOO-MANY.
 */
bool	refs_list(struct repository *, const char *prefix, size_t limit,
	    struct arena *, const struct ref **, size_t *count,
	    struct err *) MUST_USE;

#endif
