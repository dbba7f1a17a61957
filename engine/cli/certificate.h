/* certificate - what the commands about certificates share. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "cli/cli.h"
#include "cli/token.h"
#include "crypto/bag.h"
#include "crypto/issue.h"
#include "crypto/path.h"

#define CERTIFICATE_ARENA	((size_t)64 << 20)
#define CERTIFICATE_DAY		INT64_C(86400000)	/* ms */
#define CERTIFICATE_SERIAL	16	/* random bytes: never to meet again */

/* certificate_use_read reads --use, else code signing. Errors: USAGE. */
bool	certificate_use_read(const struct invocation *,
	    enum certificate_use *out, struct err *) MUST_USE;

/*
 * certificate_dates_read gives terms their dates by --days, from a minute ago
 * on, so that a clock a little behind accepts it at once. Errors: USAGE.
 */
bool	certificate_dates_read(const struct invocation *,
	    struct certificate_terms *, struct err *) MUST_USE;

/* certificate_load reads a file as bag_read does. */
bool	certificate_load(const char *path, struct arena *,
	    struct certificate_bag *out, struct err *) MUST_USE;

/*
 * certificate_declared is the file that certificates/SLUG.yaml of a config repo
 * names; config is its folder. An argument with a dot or a slash is no slug: a
 * .yaml file is read the same, and any other is the file itself. Errors:
 * CERTIFICATE-NONE (the file names none), those of the file.
 */
bool	certificate_declared(const char *config, const char *argument,
	    struct arena *, const char **path, struct err *) MUST_USE;

/* certificate_days is how many whole days are left; below 0: it is over. */
int64_t	certificate_days(const struct certificate *, int64_t now);

/* A certificate as JSON, and as a line for people. */
struct json	*certificate_json(const struct certificate *, int64_t now);
void		 certificate_line(const struct certificate *, int64_t now);

/*
 * certificate_places is where the certificates of issuers are looked for.
 * A folder: each file in it that has the suffix of one. Addresses: those that
 * certificates name for their issuer's (RFC 5280 4.2.2.1), from the leaf on, as
 * long as an issuer is missing; at most PLACES_FETCHED are asked.
 */
bool	certificate_folder_add(const char *folder, struct arena *,
	    struct certificate_bag *, struct err *) MUST_USE;

#define PLACES_FETCHED	8

struct fetched {
	struct span	urls[PLACES_FETCHED];
	size_t		count;
};
bool	certificate_fetch_add(const struct certificate *leaf, struct arena *,
	    struct certificate_bag *, struct fetched *, struct err *)
	    MUST_USE;

/* A certificate of one's own on its way into a file. */
struct import {
	struct arena		*arena;
	struct certificate_bag	 bag;
	struct certificate	 leaf;
	struct fetched		 fetched;
	struct path_terms	 terms;
	struct chain		 chain;
	int64_t			 now;	/* ms */
};

/* import_purpose reads --use; no authority's. Errors: USAGE. */
bool	import_purpose(const struct invocation *, enum purpose *out,
	    struct err *) MUST_USE;

/*
 * import_finish builds the chain of the leaf from the bag and from what
 * --chain-from and --fetch add to it, writes the file and tells of it; from is
 * where it came from, for errors. The exit code, or -1.
 */
int	import_finish(const struct invocation *, struct import *,
	    const char *from, const char *output, struct err *);

/* import_request reads a request, whose certificate is wanted. */
bool	import_request(const char *path, struct arena *,
	    struct certificate *out, struct err *) MUST_USE;

#endif
