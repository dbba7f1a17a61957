/*
 * quorum - can these people fill all places of a quorum, one place each?
 */
#ifndef CONFIG_QUORUM_H
#define CONFIG_QUORUM_H

#include "config/model.h"

#define QUORUM_PLACES	64	/* in all rows; more is an error */

/* How far a set of people fills a quorum. */
struct quorum_result {
	size_t	places;			/* that are to be filled */
	size_t	filled;
	size_t	row_filled[QUORUM_PLACES];	/* by row */
};

/*
 * quorum_match seats people so that as many places as possible are filled; it
 * changes seats until no better seating exists, so the order of people does
 * not matter. true: all places are filled.
 */
bool	quorum_match(const struct config *, const struct policy_approvals *,
	    const struct person *const *people, size_t count,
	    struct quorum_result *) MUST_USE;

#endif
