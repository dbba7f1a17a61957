/*
 * names - what the names of entries must be in every container, so that all
 * readers see the same files: plain, and each there once.
 */
#ifndef CONTAINERS_NAMES_H
#define CONTAINERS_NAMES_H

#include "base/arena.h"
#include "base/err.h"

/*
 * name_check refuses a name that could mean two things: empty, absolute, no
 * UTF-8, with a drive letter, backslash, control character, empty part, `.` or
 * `..`. A slash at the end is allowed. The error has the code bad.
 */
bool	name_check(struct span name, enum err_code bad, struct err *)
	    MUST_USE;

struct names_terms {
	bool		ignore_case;	/* A-Z equal a-z */
	enum err_code	twice;		/* of the error */
};

/*
 * names_check refuses names that are there twice, and files that stand where
 * another name has a folder. Names of folders end with a slash.
 */
bool	names_check(const struct span *names, size_t count,
	    const struct names_terms *, struct arena *, struct err *)
	    MUST_USE;

#endif
