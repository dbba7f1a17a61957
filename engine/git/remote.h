/*
 * remote - fetching into a mirror, and pushing one ref by compare-and-swap.
 *
 * There is no network here: who calls brings a transport (net/git_http.h,
 * net/git_local.h) and its settings. libgit2's own transports are never used:
 * its local one runs no hooks and loses pushes that race, its HTTP one knows
 * neither time-outs nor bounds.
 *
 * A mirror keeps the host's branches as refs/remotes/h/<name>, its tags as
 * refs/remotes/t/<name>, and the notes ref of attestations (git/notes.h); what
 * the host deletes is deleted here. Replace refs and other notes are not
 * fetched.
 */
#ifndef GIT_REMOTE_H
#define GIT_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/id.h"
#include "git/repository.h"

struct git_smart_subtransport;
struct git_transport;

/* A way to a Git server. */
struct remote_transport {
	/* open is a git_smart_subtransport_cb of libgit2 (sys/transport.h). */
	int		(*open)(struct git_smart_subtransport **,
			    struct git_transport *, void *arg);
	void		*arg;
	bool		 stateless;	/* each exchange for itself: HTTP */
	struct err	*failure;	/* where open's streams say why they
					 * failed; what == NULL: they did not */
};

struct remote_limits {
	uint64_t	bytes;		/* of one pack; 0: LIMIT_FETCH_BYTES */
	uint32_t	objects;	/* in it; 0: LIMIT_FETCH_OBJECTS */
	size_t		refs;		/* at the host; 0: LIMIT_FETCH_REFS */
};

/* Where a ref was before a fetch, and where it is; a zero id: not there. */
struct ref_move {
	struct span		name;	/* as at the host: refs/heads/... */
	struct object_id	before, after;
};

/*
 * remote_fetch brings a mirror up to date and says of each such ref of the
 * host, and of those that it shows no more, where it was and is, in the
 * arena. A tag that moved is overwritten: to keep what was seen is the
 * caller's. What the mirror cannot have a ref for (objects that libgit2 does
 * not parse) is told of as new each time.
 * Errors: GIT-TOO-MANY, LIMIT-SIZE, NET-GIT, those of the transport.
 */
bool	remote_fetch(struct repository *, const char *url,
	    const struct remote_transport *, const struct remote_limits *,
	    struct arena *, const struct ref_move **, size_t *count,
	    struct err *) MUST_USE;

/* remote_list asks a host for its refs, with their ids, and fetches nothing. */
bool	remote_list(struct repository *, const char *url,
	    const struct remote_transport *, const struct remote_limits *,
	    struct arena *, const struct ref **, size_t *count,
	    struct err *) MUST_USE;

/*
 * remote_push_sweep drops what a killed process left of its pushes in r. Only
 * for the one process that pushes from there.
 */
bool	remote_push_sweep(struct repository *, struct err *) MUST_USE;

/*
 * remote_push moves a ref of the host from the id that the caller expects
 * (NULL: it must not exist) to another one, whose objects are here. Success
 * means that the host said so for this ref and, asked again, showed it.
 * Errors: GIT-REF-MOVED (somebody was faster), GIT-PUSH-REFUSED (a hook or a
 * rule, with the host's words), NET-GIT, those of the transport.
 */
bool	remote_push(struct repository *, const char *url,
	    const struct remote_transport *, const char *ref,
	    const struct object_id *expected, const struct object_id *id,
	    struct err *) MUST_USE;

#endif
