/*
 * story - what a ledger says to people: one line for each event, and the
 * message of each commit.
 *
 * A message is made of nothing but the events of its commit. So who reads the
 * log by `git log` alone reads what is in the Merkle tree, and a message that
 * tells another story is found (LEDGER-STORY).
 *
 *	sr-3f9a01b2c3d4 authorised: acme-app v1.2.3 release-signing (2/2 ...)
 *
 *	the lines of the events before the last one
 *
 * The subject is the line of the last event: the ones before it lead there. One
 * of more than STORY_SUBJECT bytes is cut, and stands in full at the end.
 */
#ifndef LEDGER_STORY_H
#define LEDGER_STORY_H

#include "ledger/events.h"

#define STORY_SUBJECT	120	/* bytes, with what says that it was cut */

/* Where the engine's name stands in commits; dates are the events'. */
#define STORY_AUTHOR	"Tagseal engine"
#define STORY_EMAIL	"engine@tagseal.invalid"	/* nobody reads it */

/* One line for people, no LF. */
void	event_summary(const struct event *, struct buf *out);

/* The events of one commit; zero-initialise it. */
struct story {
	struct buf	others;		/* lines of all but the last */
	struct buf	last;
	size_t		count;
};
void	story_done(struct story *);
void	story_add(struct story *, const struct event *);
/* story_write appends the message; size is the number of events before. */
void	story_write(const struct story *, uint64_t size, struct buf *out);

/*
 * story_check compares a commit's message, author and dates with its events;
 * last is the time of the newest event by then, in milliseconds. Errors:
 * LEDGER-STORY, LEDGER-TIME (an event from after the commit).
 */
struct commit_object;
bool	story_check(const struct story *, const struct commit_object *,
	    uint64_t size, int64_t last, struct err *) MUST_USE;

#endif
