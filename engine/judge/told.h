/*
 * told - how far each webhook of tagseal.yaml was told of the ledger: the file
 * that keeps it over a restart, and when a try is due again.
 *
 * Only the next event is kept; what waits is in the ledger. A webhook that is
 * new begins with the event that comes next.
 *
 * Inside of judge/ only; pure but for the caller's clock and chance.
 */
#ifndef JUDGE_TOLD_H
#define JUDGE_TOLD_H

#include "base/json.h"
#include "config/model.h"

#define TOLD_TRIES	8	/* of an event that the receiver refuses */

struct told {
	char		*url;		/* its own copy */
	uint64_t	next;		/* number of the event to look at */
	uint32_t	tries;		/* in a row that failed */
	int64_t		since;		/* ms: when the first of them was */
	const struct err_row *why;	/* the last one did; or NULL */
	int64_t		due;		/* not before (a deadline): not kept */
};

/* What a status of HTTP means for the event. */
enum told_answer {
	TOLD_TAKEN,		/* 2xx */
	TOLD_LATER,		/* it may work later: 408, 429, 5xx */
	TOLD_REFUSED,		/* this request is not wanted */
};
enum told_answer told_answer(uint32_t status);

/* told_good goes on with the next event. */
void	told_good(struct told *);

/*
 * told_bad counts a try that failed at a time (ms), and gives the pause until
 * the next one in ms: longer each time, an hour at most, by chance (any
 * number) a little less, and not before the receiver wants it.
 */
int64_t	told_bad(struct told *, const struct err_row *why, int64_t now,
	    uint32_t retry_after, uint32_t chance);

/* told_hopeless: refused too often; the caller goes on with told_good. */
bool	told_hopeless(const struct told *, enum told_answer);

/*
 * told_write makes the entry of one webhook, told_file the file of their list,
 * which it takes over. told_find takes one webhook out of it, by its
 * address: false if it is not there, then *out is as it was. Errors of
 * told_read: NOTICE-STATE.
 */
struct json *told_write(const struct told *);
void	told_file(struct json *list, struct buf *out);
bool	told_read(struct span text, struct json **out, struct err *) MUST_USE;
bool	told_find(const struct json *, struct span url, struct told *out);

#endif
