/*
 * policy - what may be signed: (model, request, facts) -> decision.
 *
 * Pure: no files, no clock, no keys. Everything that was seen comes in as a
 * fact, with the time at which it was seen; the same facts give the same
 * decision years later. A decision lists every reason, met and unmet.
 *
 * Includes: base, config, artifact.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "config/model.h"
#include "config/statement.h"
#include "policy/attestation.h"

/* Times are milliseconds since 1970. */

/*
 * What became of a signature, as the judge saw it. The key decides the person,
 * by the state in force when the decision is made: a key that was taken out of
 * people/ counts no more, so old keys stay there with a valid-to.
 */
struct signature_fact {
	bool		good;		/* the bytes verify under some key */
	const char	*why;		/* if not: what was wrong; or NULL */
	const struct err_row *cause;	/* and its code; or NULL */
	bool		dated;		/* by a certificate: so at first_seen,
					 * maybe not at another time */
	struct span	key;		/* as in person_key.bytes; or empty */
	int64_t		first_seen;
};

/* A commit between the last released one and the tagged one. */
struct commit_fact {
	struct span		id;	/* hex */
	struct signature_fact	signature;
	struct signature_fact	review;	/* of the merge that brought it in;
					 * or none */
	bool			clean;	/* a merge that adds nothing */
};

/*
 * An attestation that was found for an artifact of the manifest: what it says,
 * and whose key signed it; or what is wrong with the file or its signature.
 */
struct provenance_fact {
	size_t				 artifact;	/* in the manifest */
	struct span			 place;		/* where it was */
	uint8_t				 sha256[32];	/* of the file */
	struct span			 build_system;	/* slug */
	const struct attestation	*attestation;	/* NULL: see error */
	const struct err		*error;
};

enum ref_kind {
	REF_ANNOTATED_TAG,
	REF_SIGNED_COMMIT,	/* a release branch */
	REF_LIGHTWEIGHT_TAG,
	REF_TAG_OF_TAG,
};

/* All that was found about a release ref. */
struct release_facts {
	struct span		 project;	/* slug: whose repo it is in */
	struct span		 ref;		/* full name */
	struct span		 header_name;	/* what the tag calls itself */
	enum ref_kind		 kind;
	uint64_t		 size;		/* bytes of the tag object */
	struct signature_fact	 signature;
	const struct manifest	*manifest;	/* NULL: see manifest_error */
	const struct err	*manifest_error;
	struct span		 commit;	/* hex */
	struct text_list	 branches;	/* short names that reach it */
	struct text_list	 submodules;	/* paths in the commit's tree */
	const struct err	*tree_error;	/* it cannot be read; or NULL */
	LIST_OF(struct commit_fact) commits;	/* since the last release */
	LIST_OF(struct provenance_fact) provenance;
	bool			 provenance_later; /* nobody looked yet: it is
						 * judged with the artifacts */
	int64_t			 now;		/* which certificate signs */
	struct span		 object;	/* hex id of the tag */
	struct span		 seen_object;	/* seen before; or empty */
	struct span		 asked;		/* what the same payload was
						 * judged as before; or empty */
};

/* One reason. Unmet ones have a row of the table of errors. */
struct finding {
	const char		*rule;		/* "signer-submits" */
	bool			 met;
	const struct err_row	*row;		/* NULL if met */
	const struct err_row	*cause;		/* a finer code; or NULL */
	struct span		 text;		/* sentence with the names */
	struct span		 hint;		/* or empty */
};

enum outcome {
	OUTCOME_REFUSED,
	OUTCOME_WAITING,
	OUTCOME_DENIED,
	OUTCOME_EXPIRED,
	OUTCOME_AUTHORISED,
};

/* What a row of the quorum still lacks. */
struct wanted {
	uint64_t		count;
	uint64_t		missing;
	struct text_list	of;		/* as the policy says */
	struct text_list	people;		/* slugs of who could approve */
};

/* What became of one statement about a request. */
enum said {
	SAID_COUNTED,		/* an approval that counts now */
	SAID_WITHDRAWN,		/* takes an approval back */
	SAID_DENIED,
	SAID_IGNORED,		/* the finding says why */
};

struct said_fact {
	enum said	said;
	struct span	person;		/* slug; empty: nobody known */
	size_t		finding;	/* of IGNORED: index in findings */
	int64_t		expires;	/* of COUNTED: milliseconds */
};

struct decision {
	enum outcome		 outcome;
	const struct project	*project;	/* NULL: none found */
	const struct policy	*policy;
	struct span		 submitter;	/* slug, or empty */
	LIST_OF(struct finding)	 findings;
	LIST_OF(struct wanted)	 wanted;
	LIST_OF(struct said_fact) said;	/* in the order of the approvals */
	int64_t			 not_before;	/* waits only for time; or 0 */
	struct span		 until;		/* and for what, until then */
	int64_t			 quorum_at;	/* when it was reached; or 0 */
};

/*
 * release_decide judges a release ref by all rules, in their order; the
 * outcome is REFUSED, or WAITING when all are met. It lives in the arena.
 */
bool	release_decide(const struct config *, const struct release_facts *,
	    struct arena *, struct decision *, struct err *) MUST_USE;

/* A statement of somebody about a request, in the order of its arrival. */
struct approval_fact {
	struct signature_fact	 signature;
	const struct statement	*statement;	/* NULL: error says why */
	const struct err	*error;
	int64_t			 seen;
	struct span		 carrier;	/* "refs/tags/approve/..." */
};

/* A request that was accepted, and what came since. */
struct request_facts {
	struct span		 id;		/* "sr-" and 64 hex digits */
	struct span		 project, policy; /* slugs */
	struct span		 submitter;	/* slug */
	struct text_list	 authors;	/* slugs: signers of commits */
	int64_t			 created;
	int64_t			 now;
	bool			 authorised;	/* withdrawing is too late */
	bool			 again;		/* for another attempt, on the
						 * approvals of the first */
	bool			 config_changed; /* a file that it rests on */
	struct span		 certificate;	/* slug, that it names */
	uint64_t		 signatures;	/* that it needs */
	uint64_t		 used;		/* with that certificate, on
						 * the day (UTC) of `now` */
	LIST_OF(struct approval_fact) approvals;
};

/* request_decide judges a request by the policy that is in force now. */
bool	request_decide(const struct config *, const struct request_facts *,
	    struct arena *, struct decision *, struct err *) MUST_USE;

/* policy_day gives when the day of a time began (UTC): days of rules. */
int64_t	policy_day(int64_t at);

/* outcome_name gives "refused", "waiting", ... */
const char *outcome_name(enum outcome);

/* decision_json is the form for the ledger and for --json. */
struct json *decision_json(const struct decision *);

/* decision_print is the form for people: first the outcome, then why. */
void	decision_print(const struct decision *, struct buf *out);

#endif
