/*
 * revocation - the revocation lists of a verification: from files, and where
 * that is asked for from where the certificates say. They are bytes of
 * strangers, which only a worker parses.
 */
#ifndef CLI_REVOCATION_H
#define CLI_REVOCATION_H

#include "base/arena.h"
#include "base/json.h"
#include "daemon/local.h"

struct revocation_lists {
	struct arena	*arena;
	struct span	*items;		/* as they came: PEM or DER */
	size_t		 count;
	struct span	*urls;		/* that were fetched */
	size_t		 url_count;
	struct local	 courier;	/* started when there is one to fetch */
};

#define REVOCATION_NONE(a)	{ .arena = (a), .courier = LOCAL_NONE }

/* revocation_load adds a file. Errors: USAGE (too many), those of file_load. */
bool	revocation_load(struct revocation_lists *, const char *path,
	    struct err *) MUST_USE;

/*
 * revocation_fetch adds the lists that the certificates of a good artifact
 * name, by the answer of a worker that judged their chains: so their
 * addresses are words of authorities that the user trusts, and may be private
 * ones. Of one certificate's addresses the first that answers counts; none is
 * asked twice. Errors: those of COURIER_DOWNLOAD, CRL-MISSING (no certificate
 * names one, and there is no other).
 */
bool	revocation_fetch(struct revocation_lists *, const struct json *answer,
	    struct err *) MUST_USE;

/* revocation_done ends the courier; the lists are the arena's. */
void	revocation_done(struct revocation_lists *);

#endif
