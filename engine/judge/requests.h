/*
 * requests - what is to be done next for one request.
 *
 * Pure: the state that the ledger gives (ledger/fold.h), what the policy says
 * now, and what this process has in hand, to one step. After each step the
 * question is asked anew, so a restart is nothing special: what was in hand is
 * gone, what the ledger has is not.
 *
 *	state in the ledger	step
 *	created, waiting	retrieve, tell, authorise, or end it
 *	authorised		retrieve again after a restart, seal
 *	signing			unknown for intents that a crash left, then
 *				retrieve and authorise again, at most
 *				REQUEST_ATTEMPTS times; so too when uses are
 *				known, but nothing came of them
 *	verified, published	publish what is not, complete
 *
 * Of several engines on one ledger any may authorise a request. The one that
 * did carries it on, and the others wait for what it writes: an open intent is
 * a crash's only for the engine whose intent it is.
 *
 * For this to hold, keys.used of the last level must share a commit with
 * artifact.verified of all artifacts, and keys.used of any other level with
 * the next keys.intended: then a crash always leaves an open intent, or all
 * results. Results are on disk before they are verified in the ledger.
 *
 * While an alarm stops signing, what is authorised waits as it is; levels that
 * were signed by then are known, and the request is authorised anew.
 *
 * Each attempt begins within the hours of the certificate, and on a day that
 * has signatures left; what has begun is brought to an end.
 */
#ifndef JUDGE_REQUESTS_H
#define JUDGE_REQUESTS_H

#include <stdbool.h>

#include "ledger/fold.h"
#include "policy/policy.h"

enum request_step {
	STEP_WAIT,		/* nothing, until something changes */
	STEP_RETRIEVE,		/* fetch the inputs, have them resolved */
	STEP_TELL,		/* say what is missing */
	STEP_DENY,
	STEP_EXPIRE,
	STEP_CANCEL,		/* its files changed: a new one is made */
	STEP_AUTHORISE,
	STEP_UNKNOWN,		/* own up to the open intent */
	STEP_SEAL,
	STEP_PUBLISH,
	STEP_COMPLETE,
	STEP_FAIL,
	REQUEST_STEPS
};

/* What is so now, besides what the ledger says. */
struct request_now {
	enum outcome	outcome;	/* of request_decide */
	bool		told;		/* the ledger has what is missing */
	bool		busy;		/* a step of it is under way */
	bool		elsewhere;	/* another engine authorised it */
	bool		stopped;	/* by an alarm, or the clock */
	bool		later;		/* its certificate allows another
					 * attempt at a later time */
	bool		broken;		/* a step failed for good */
	bool		inputs;		/* all are here, resolved */
	bool		results;	/* all are here */
};

/* requests_next gives the one step that comes next. */
enum request_step requests_next(const struct fold_request *,
		    const struct request_now *);

/* request_step_name gives "authorise"; for logs. */
const char	*request_step_name(enum request_step);

/*
 * request_step_event gives the type of the event that says that the step was
 * taken; NULL: none, or those of artifacts and keys.
 */
const char	*request_step_event(enum request_step);

/* requests_failure is the code that a request fails with, for STEP_FAIL. */
enum err_code	requests_failure(const struct fold_request *,
		    const struct request_now *);

#endif
