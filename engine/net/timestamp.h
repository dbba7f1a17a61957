/*
 * timestamp - many questions to several timestamp authorities at once
 * (transport of RFC 3161, 3.4).
 *
 * Each item is a request in DER that is sent to one authority after the other,
 * in the order given, until one gives a reply that the caller takes. One that
 * has just failed a few times comes after those that have not, but before
 * anybody gives up. When all have failed, the next round begins after a pause.
 * This file does not look into requests or replies.
 */
#ifndef NET_TIMESTAMP_H
#define NET_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "net/http.h"

struct timestamp_item {
	const struct span *requests;	/* TimeStampReq, DER */
	uint32_t	passed;		/* a bit for each authority that is
					 * not asked */
	struct buf	reply;		/* TimeStampResp; the caller frees */
	size_t		authority;	/* that gave it */
	struct err	err;		/* what != NULL: none gave one */
};

/* How an authority did. */
struct timestamp_try {
	uint32_t	answered, failed;
	int64_t		time;		/* ms, of those that answered: sum */
	struct err	err;		/* the last; what NULL: none */
};

#define TIMESTAMP_AUTHORITIES	32	/* at most: bits of passed */

struct timestamp_plan {
	const struct http_rules	*rules;		/* one for each authority */
	const char *const	*authorities;	/* URLs */
	size_t			 authority_count;
	const uint32_t		*order;		/* their numbers; NULL: as
						 * they stand */
	const uint32_t		*parallel;	/* at once for each; NULL or
						 * 0: 4 */
	const uint32_t		*form;		/* which request of an item
						 * each gets; NULL: the first */
	size_t			 rounds;	/* 0 and 1: one */
	uint32_t		 pause;		/* ms before the second round,
						 * doubling */
	/* Looks at a reply; false sends the item on. NULL takes all. */
	bool	(*check)(void *arg, size_t item, struct span reply,
		    struct err *);
	void	*arg;

	struct timestamp_try	*tries;		/* filled in; NULL: nobody
						 * asks */
};

/*
 * timestamp_fetch fills in every item. It is false only when nothing could be
 * asked at all (no authority, or more than TIMESTAMP_AUTHORITIES); what became
 * of an item stands in it.
 */
bool	timestamp_fetch(const struct timestamp_plan *,
	    struct timestamp_item *, size_t count, struct err *) MUST_USE;

#endif
