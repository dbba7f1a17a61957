/*
 * expiry - what of a config comes to an end, and when: certificates with their
 * chains, people's keys, authorities that are trusted, revocation lists. Pure:
 * the time is given.
 *
 * What is retired, revoked or disabled already is left out, and so is what has
 * no end.
 */
#ifndef CONFIG_EXPIRY_H
#define CONFIG_EXPIRY_H

#include "config/model.h"

#define EXPIRY_DAY	INT64_C(86400000)	/* ms */

/*
 * Of how many ends of one thing people are told: whoever may change a file can
 * put thousands of certificates into it.
 */
#define EXPIRY_MOST	64

/* One thing that ends. It is another thing once it ends at another time. */
struct expiry {
	const char	*what;		/* "certificate", "person", ... */
	struct span	 of;		/* slug; or empty */
	struct span	 file;		/* path in the repo; empty: not in it */
	struct span	 element;	/* "chain 2: CN=Acme CA" */
	int64_t		 ends;		/* ms: it counts up to this one */
	int64_t		 days;		/* whole ones that are left; 0 when it
					 * has ended */
	bool		 ended;
	struct span	 successor;	/* certificate, or empty */
	int64_t		 from;		/* when that one takes over */
	bool		 covered;	/* in time, and it is active */
	bool		 crowded;	/* EXPIRY_MOST others of its thing that
					 * nothing covers come before it */
	struct span	 unread;	/* why nobody knows; empty: ends is */
};

struct expiries {
	struct expiry	*items;		/* what ends first comes first; before
					 * all what cannot be read */
	size_t		 count;
};

/* What is known from elsewhere: tokens of timestamp authorities (DER). */
struct expiry_seen {
	const struct span	*tokens;
	size_t			 token_count;
};

/*
 * expiry_list gives all of it as of a time (ms). Texts lie in the arena or in
 * the config. Errors: LIMIT-MEMORY.
 */
bool	expiry_list(const struct config *, const struct expiry_seen *,
	    int64_t now, struct arena *, struct expiries *out, struct err *)
	    MUST_USE;

/* expiry_thing appends what it is of: "certificate/release", "x509-crl". */
void	expiry_thing(const struct expiry *, struct buf *out);

/*
 * Days before an end at which people are told of it: 90, 60, 30, 14, 7, 1, and
 * 0 when it is over. expiry_threshold gives the nearest one that is reached;
 * EXPIRY_FAR: none is.
 */
#define EXPIRY_FAR	UINT64_MAX
uint64_t expiry_threshold(int64_t ends, int64_t now);

/* expiry_next is when the next one is reached, ms; INT64_MAX: none is left. */
int64_t	expiry_next(int64_t ends, int64_t now);

#endif
