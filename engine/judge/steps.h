/*
 * steps - takes all open requests as far as they can go.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_STEPS_H
#define JUDGE_STEPS_H

#include "judge/desk.h"

/*
 * requests_advance takes step after step of each open request
 * (judge/requests.h) until it has to wait. What stops one request does not
 * stop the others; *failed counts those that a system error holds up. Errors:
 * an alarm of the ledger, a peer that does not answer.
 */
bool	requests_advance(struct desk *, size_t *failed, struct err *)
	    MUST_USE;

#endif
