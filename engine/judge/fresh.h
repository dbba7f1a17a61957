/*
 * fresh - how old the state of the config repo is, and what follows from it.
 *
 * A host that shows nothing new keeps revocations from the engine. A commit
 * that is accepted and a heartbeat (heartbeat.h) renew the state; one that is
 * older than freshness.stop signs no release any more.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_FRESH_H
#define JUDGE_FRESH_H

#include "judge/desk.h"

enum freshness_state {
	FRESH,
	FRESH_AGEING,		/* older than freshness.warn */
	FRESH_STALE,		/* older than freshness.stop */
};

/* freshness_of is pure; times in milliseconds. A limit of 0 is none. */
enum freshness_state freshness_of(const struct freshness *, int64_t renewed,
	    int64_t now);

/*
 * fresh_follow takes the heartbeats of the last fetch, and tells of a state
 * that gets old: in the log and, once each, in the ledger.
 */
bool	fresh_follow(struct desk *, struct err *) MUST_USE;

/* fresh_stops tells whether a policy's requests have to wait for news. */
bool	fresh_stops(const struct desk *, const struct policy *);

/* fresh_missing is what they wait for, in words that stay the same. */
struct json *fresh_missing(const struct desk *);

#endif
