/*
 * approvals - what people say about requests, in three carriers:
 *
 *	a signed tag below approvals.ref-prefix, its message ending with the
 *	statement after "---"
 *	a signed commit on approvals.branch that only adds
 *	approvals/<request>/<anything>.yaml
 *	such a file with a detached signature beside it (<file>.sig, SSH
 *	namespace approval@tagseal, or OpenPGP); who committed it is nobody's
 *	concern
 *
 * Who approves is who signed. What cannot be read becomes a fact too, with the
 * reason why it does not count. The same signed bytes count once, whatever
 * their object ids: signatures can be written in several ways.
 */
#ifndef JUDGE_APPROVALS_H
#define JUDGE_APPROVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "git/repository.h"
#include "judge/signers.h"
#include "policy/policy.h"

enum approval_carrier {
	APPROVAL_TAG,
	APPROVAL_COMMIT,
	APPROVAL_DETACHED,
	APPROVAL_CARRIERS
};

/* approval_carrier_name gives "tag", "commit", "detached". */
const char *approval_carrier_name(enum approval_carrier);

struct approval {
	enum approval_carrier	carrier;
	struct approval_fact	fact;
	struct statement	statement;
	struct object_id	object;		/* tag, commit or blob */
	uint8_t			payload_sha256[32];
	struct span		raw;		/* signed object: evidence */
	struct span		signature;	/* detached: the armor */
};

/* In the order of arrival. */
struct approval_list {
	struct approval	*items;
	size_t		 count;
};

struct approval_look {
	const struct ref	*tags;		/* below approvals.ref-prefix */
	size_t			 tag_count;
	const struct object_id	*branch;	/* head; NULL: there is none */
	int64_t			 now;		/* milliseconds */

	/*
	 * first_seen tells when an object (a tag, a commit, a file) was first
	 * seen, 0: never before. NULL: nothing was.
	 */
	int64_t	(*first_seen)(void *arg, const struct object_id *);
	void	*arg;
};

/*
 * approvals_read gathers them all; they live in the arena. Errors: what stops
 * the machine, GIT-TOO-MANY.
 */
bool	approvals_read(struct repository *, struct signers *,
	    const struct approval_look *, struct arena *,
	    struct approval_list *, struct err *) MUST_USE;

/*
 * approvals_of picks the facts about one request, in order, for
 * policy/policy.h.
 */
bool	approvals_of(const struct approval_list *, struct span request,
	    struct arena *, struct request_facts *, struct err *) MUST_USE;

#endif
