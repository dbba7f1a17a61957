/*
 * expiring - the ledger tells of what comes to an end (config/expiry.h): once
 * at each threshold of days, and when it is over. What a successor takes over
 * in time is not told of.
 *
 * What was told is known from the ledger alone: an engine that starts again,
 * and a second one, tell nothing twice. Who was away for several thresholds
 * tells of the nearest. What was renewed ends at another time, so it is another
 * thing.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_EXPIRING_H
#define JUDGE_EXPIRING_H

#include "config/expiry.h"
#include "judge/desk.h"

/* Bytes of a list. A replay has more: what was told can be found again. */
#define EXPIRING_MEMORY	((size_t)128 << 20)

/* expiring_follow writes certificate.expiring for what is due. */
bool	expiring_follow(struct desk *, struct err *) MUST_USE;

/*
 * expiring_next is due in a list as of a time (ms): the first row from *at on
 * of which something is to be told, or NULL; *at is behind it then. *members
 * are what its event says of it, but for who says so (json_done).
 */
const struct expiry *expiring_next(const struct memory *,
	    const struct expiries *, int64_t now, size_t *at,
	    struct json **members);

/*
 * expiring_members puts what an event says of a row as of a time; a replay
 * makes them again.
 */
void	expiring_members(const struct expiry *, int64_t now, struct json *);

#endif
