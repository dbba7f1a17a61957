/*
 * weigh - what people said of a request, and what the policy says to it now.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_WEIGH_H
#define JUDGE_WEIGH_H

#include "judge/approvals.h"
#include "judge/dossier.h"

/* All that was said, of all requests; of one pass. */
struct hearing {
	struct arena		*arena;
	struct approval_list	 list;
};

/* hearing_open reads the tags and the branch; hearing_done frees. */
bool	hearing_open(struct desk *, struct hearing *, struct err *) MUST_USE;
void	hearing_done(struct hearing *);

/* What comes out of it for one request; it lives in the hearing's arena. */
struct weighed {
	struct decision	 decision;
	int64_t		 at;		/* what it was decided for, in ms */
	enum outcome	 outcome;	/* with what is said below */
	const char	*cancels;	/* why it ends; or NULL */
	enum err_code	 code;		/* of that; ERR_NONE: the decision of
					 * the dossier has the codes */
	const char	*held;		/* what an approved one waits for; or
					 * NULL */
	bool		 stale;		/* it waits for news (fresh.h) */
	const struct approval *denial;	/* or NULL */
	struct span	 denier;	/* slug */
	uint64_t	*numbers;	/* of the events that tell what was
					 * said; weigh_record fills it */
};

bool	weigh_request(struct desk *, struct hearing *,
	    const struct fold_request *, struct dossier *, struct weighed *,
	    struct err *) MUST_USE;

/*
 * weigh_fits: one day is enough for the signatures that are to be made. Error:
 * REQUEST-SIGNATURES.
 */
bool	weigh_fits(const struct desk *, const struct dossier *, struct err *)
	    MUST_USE;

/*
 * weigh_record puts aside an event for each statement that the ledger does not
 * have yet: approval.counted, approval.withdrawn, approval.ignored. After the
 * request was authorised there is none: only open ones are spoken about.
 */
bool	weigh_record(struct desk *, const struct hearing *,
	    const struct fold_request *, struct weighed *, struct err *)
	    MUST_USE;

/* weigh_news tells whether weigh_record has anything to put aside. */
bool	weigh_news(const struct desk *, const struct hearing *,
	    const struct fold_request *, const struct weighed *);

/*
 * statement_members adds who said something, and the SHA-256 of what;
 * statement_evidence keeps the signed object.
 */
void	statement_members(struct json *, const struct approval *,
	    struct span person);
bool	statement_evidence(struct desk *, struct json *,
	    const struct approval *, struct err *) MUST_USE;

/* weigh_missing makes the list of what a request waits for, for people. */
struct json *weigh_missing(const struct decision *);

/* weigh_needed is how many approvals the policy demands. */
uint64_t weigh_needed(const struct decision *);

/*
 * weigh_statements is each statement that counts, with its event: after
 * weigh_record.
 */
struct json *weigh_statements(const struct hearing *,
	    const struct fold_request *, const struct weighed *);

/* weigh_reasons is every rule that was asked, for request.authorised. */
struct json *weigh_reasons(const struct decision *release,
	    const struct decision *approvals);

#endif
