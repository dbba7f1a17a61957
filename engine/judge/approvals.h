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
 * reason why it does not count. The same bytes signed by the same key count
 * once, whatever their object ids: signatures can be written in several ways.
 * The first time that any of them was seen is the statement's. What came at the
 * same time is ordered by what it says: approvals, then what takes them back.
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
	struct object_id	signature_object;	/* detached: its blob */
	struct span		about;	/* what a name says of the request, by
					 * its id or 12 digits of it: so that
					 * one that cannot be read is told */
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
	 * first_seen tells when an object (a tag, a commit, a signature) was
	 * first seen, 0: never before; said_before when a person's statement
	 * was. NULL: nothing was.
	 */
	int64_t	(*first_seen)(void *arg, const struct object_id *);
	int64_t	(*said_before)(void *arg, const uint8_t payload_sha256[32],
		    struct span person);
	/*
	 * wanted tells whether statements about a request (its id, or 12
	 * digits of it) matter: the signatures of others are not looked at.
	 * NULL: all do.
	 */
	bool	(*wanted)(void *arg, struct span about);
	void	*arg;
};

/*
 * approvals_read gathers them all; they live in the arena. Errors: what stops
 * the machine, GIT-TOO-MANY.
 */
bool	approvals_read(struct repository *, struct signers *,
	    const struct approval_look *, struct arena *,
	    struct approval_list *, struct err *) MUST_USE;

/* What a statement says, or, where none can be read, what its name says. */
bool	approval_concerns(const struct approval *, struct span request);

/*
 * approvals_of picks the facts about one request, in order, for
 * policy/policy.h.
 */
bool	approvals_of(const struct approval_list *, struct span request,
	    struct arena *, struct request_facts *, struct err *) MUST_USE;

#endif
