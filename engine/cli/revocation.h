/*
 * revocation - what a verification knows of revocations: lists and OCSP
 * responses from files, and where that is asked for from where the
 * certificates say. They are bytes of strangers, which only a worker parses.
 */
#ifndef CLI_REVOCATION_H
#define CLI_REVOCATION_H

#include "base/arena.h"
#include "base/json.h"
#include "daemon/local.h"

enum revocation_kind {
	REVOCATION_LIST,	/* PEM or DER */
	REVOCATION_RESPONSE,	/* of OCSP: DER */
	REVOCATION_KINDS
};

/* What was given and fetched of one kind. */
struct revocation_files {
	bool		 fetch;		/* what certificates name */
	struct span	*items;		/* as they came */
	size_t		 count;
	struct span	*asked;		/* what was fetched: addresses, or
					 * questions (hex) */
	size_t		 asked_count;
};

struct revocations {
	struct arena		*arena;
	struct revocation_files	 of[REVOCATION_KINDS];
	struct local		 courier;	/* started when there is
						 * something to fetch */
};

#define NO_REVOCATIONS(a)	{ .arena = (a), .courier = LOCAL_NONE }

/* The options that name a file, and that have files fetched. */
struct revocation_row {
	const char	*given;		/* "crl" */
	const char	*fetched;	/* "fetch-crl" */
};
extern const struct revocation_row revocation_rows[REVOCATION_KINDS];

/* revocation_load adds a file. Errors: USAGE (too many), those of file_load. */
bool	revocation_load(struct revocations *, enum revocation_kind,
	    const char *path, struct err *) MUST_USE;

/* revocation_count tells how many there are of all kinds. */
size_t	revocation_count(const struct revocations *);

/* revocation_fetches tells whether anything is to be fetched. */
bool	revocation_fetches(const struct revocations *);

/*
 * revocation_fetch adds what the certificates of a good artifact name, by the
 * answer of a worker that judged their chains: so their addresses are words of
 * authorities that the user trusts, and may be private ones. Of one
 * certificate's addresses the first that answers counts; nothing is asked
 * twice. Errors: those of COURIER_DOWNLOAD and COURIER_QUERY; CRL-MISSING or
 * OCSP-MISSING (no certificate names one, and nothing else was given).
 */
bool	revocation_fetch(struct revocations *, const struct json *answer,
	    struct err *) MUST_USE;

/* revocation_done ends the courier; the files are the arena's. */
void	revocation_done(struct revocations *);

#endif
