/*
 * mirror - private to git/: the refs of a mirror.
 *
 * A mirror keeps the host's branches as refs/remotes/h/<name>, its tags as
 * refs/remotes/t/<name>, and its notes of attestations (git/notes.h) as
 * refs/remotes/n/attestations. Before a fetch libgit2 walks over all that its
 * refs lead to, to tell the host what is here, and breaks off at the first
 * object that it cannot parse. Whoever may push a tag could so stop all
 * fetches. So only what libgit2 can walk over gets a ref here; the objects of
 * the others are kept without one (nothing ever removes objects of a mirror),
 * and each fetch tells of them as if they were new.
 */
#ifndef GIT_MIRROR_H
#define GIT_MIRROR_H

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/remote.h"
#include "git/repository.h"

#define MIRROR_PLACES	3

/* mirror_refspecs names what is fetched; the strings are constants. */
git_strarray mirror_refspecs(char *room[MIRROR_PLACES]);

/*
 * mirror_update moves the refs to what a host shows, once the objects are here,
 * and says in the arena where each ref of the host was and is, and which are
 * there no more. Other refs of the host are passed over.
 */
bool	mirror_update(struct repository *, const struct ref *heads,
	    size_t count, struct arena *, const struct ref_move **,
	    size_t *moves, struct err *) MUST_USE;

#endif
