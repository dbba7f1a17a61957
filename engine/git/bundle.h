/*
 * bundle - history as one file, which `git clone` and `git fetch` take.
 *
 *	# v2 git bundle LF
 *	<40 hex> SP <ref> LF	repeated
 *	LF
 *	<pack>
 *
 * The pack has all that the refs reach, so there are no prerequisites. Source:
 * git's Documentation/gitformat-bundle.
 */
#ifndef GIT_BUNDLE_H
#define GIT_BUNDLE_H

#include "git/repository.h"

/* Takes the file's bytes in order; false stops with the error. */
struct bundle_sink {
	bool	(*put)(void *arg, struct span, struct err *);
	void	*arg;
};

/*
 * bundle_write writes the history of commits, each under a ref's name. It
 * takes memory for the ids of all objects, not for what they hold. Errors:
 * GIT-OBJECT-MISSING, GIT-REF-MISSING (there is none to write), the sink's.
 */
bool	bundle_write(struct repository *, const struct ref *, size_t count,
	    const struct bundle_sink *, struct err *) MUST_USE;

#endif
