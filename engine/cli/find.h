/*
 * find - what the ledger has under the name that a person gives: the id of a
 * request or its beginning, a tag, a branch, or a full ref name.
 */
#ifndef CLI_FIND_H
#define CLI_FIND_H

#include "cli/history.h"

/*
 * What a name stands for now. A ref stands for its newest request, unless the
 * ref was refused since that was made: then the refusal counts, so that a tag
 * which was moved is never taken for the one that was signed.
 */
struct subject {
	const struct fold_request	*request;	/* NULL: none counts */
	const struct fold_ref		*ref;	/* NULL: never seen, or an id
						 * was given */
	bool				 refused; /* the ref; request is NULL */
	const struct fold_request	*earlier; /* than that, or NULL */
};

/*
 * find_subject finds it; project narrows refs, or is NULL. A ref of which the
 * ledger knows nothing yet is an empty subject. Errors: REQUEST-UNKNOWN (no
 * such id, or several projects have the ref).
 */
bool	find_subject(struct history *, const char *name, const char *project,
	    struct subject *out, struct err *) MUST_USE;

/* find_known is find_subject; nothing to tell is REQUEST-UNKNOWN too. */
bool	find_known(struct history *, const char *name, const char *project,
	    struct subject *out, struct err *) MUST_USE;

#endif
