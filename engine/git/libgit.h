/*
 * libgit - private to git/: what the files here share of libgit2.
 */
#ifndef GIT_LIBGIT_H
#define GIT_LIBGIT_H

#include <git2.h>
#include <stdbool.h>

#include "base/err.h"
#include "git/id.h"

struct repository {
	char		*path;
	git_odb		*odb;
	git_repository	*walk;	/* the same objects, for walks */
	git_odb_backend	*memory; /* of the odb, which frees it; or NULL */
	bool		 refs;	/* false: opened for its objects only */
	bool		 borrows;	/* objects of others, too */
};

/*
 * libgit_start sets libgit2 up, once in a process: strict hashes, fsync, no
 * config of the host or user, no check of who owns a folder (the paths come
 * from our own configuration), bounds on packs.
 */
bool	libgit_start(struct err *) MUST_USE;

/* libgit_err is err_set with libgit2's own words behind the text. */
bool	libgit_err(struct err *, enum err_code, const char *fmt, ...)
	    PRINTF(3, 4);

git_oid			libgit_oid(const struct object_id *);
struct object_id	libgit_id(const git_oid *);
git_object_t		libgit_kind(enum object_kind);

#endif
