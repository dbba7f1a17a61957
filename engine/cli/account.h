/*
 * account - what the ledger says of a request, or of a ref that was refused,
 * as one JSON value; what people read is printed from the same value.
 *
 *	id, state, project, policy, repo, ref, commit, certificate, submitter
 *	created, expires, changed	times
 *	approvals, approved_by, withdrawn, signatures
 *	missing		texts, while the request is open
 *	artifacts	name, configuration, size, sha256; files and
 *			signatures_planned once it was looked into, and tree:
 *			all files in it, as plan tells of them;
 *			signed_sha256 and published (places) in the end
 *	last_release	id, ref, commit, completed: the last one of its policy
 *	changes		what differs from that one: rules and parameters
 *			(name, before, now), certificate (before, now),
 *			artifacts (name, before: the old name; equal, or files:
 *			what, path, before, now; same: how many are;
 *			unknown: of how many nobody knows the SHA-256)
 *	commits		since the last release, if a clone was given: id,
 *			subject, claims (the author that it names), signer and
 *			reviewer where they are known; commits_verified
 *	findings	code, text, reason, advice: why it ended, if it did
 *			not end well
 *	reason, person	of who ended it
 *
 * A ref that was refused has state, repo, ref, object_id, changed, findings,
 * and the id of an earlier request if there was one.
 */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include "cli/find.h"

/* account_brief is what the fold alone knows of a request. */
struct json	*account_brief(const struct fold_request *);

/*
 * account_missing gives the list of what an open request lacks; *out is NULL
 * where nothing was said of that.
 */
bool	account_missing(struct history *, const struct fold_request *,
	    struct json **out, struct err *) MUST_USE;

/*
 * account_make tells all of a subject with a request or a refusal (*out:
 * json_done), and the events themselves in "events" if they are wanted.
 */
bool	account_make(struct history *, const struct subject *, bool events,
	    struct json **out, struct err *) MUST_USE;

/* account_print says all for people; account_outcome what became of it. */
void	account_print(const struct json *, const struct palette *);
void	account_outcome(const struct json *, const struct palette *);

#endif
