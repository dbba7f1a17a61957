/*
 * notes - what git notes says of an object.
 *
 * A notes ref leads to a commit, its tree has a file for each object that is
 * annotated. The file's path is the object's id in hex, with slashes behind
 * some of the pairs of digits, as many as git found fit (git-notes(1)).
 */
#ifndef GIT_NOTES_H
#define GIT_NOTES_H

#include <stdbool.h>

#include "base/err.h"
#include "git/id.h"
#include "git/repository.h"

/* The one notes ref that mirrors fetch: attestations of builds. */
#define NOTES_ATTESTATIONS	"refs/notes/attestations"

/*
 * note_find gives the blob that is the note of an object, as the commit of a
 * notes ref has it; *there is false if there is none. Errors: those of
 * commit_tree and tree_read.
 */
bool	note_find(struct repository *, const struct object_id *notes,
	    const struct object_id *object, struct object_id *blob,
	    bool *there, struct err *) MUST_USE;

#endif
