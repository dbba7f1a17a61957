/*
 * authorities - the timestamp authorities of an option, and a courier of our
 * own that asks them.
 */
#ifndef CLI_AUTHORITIES_H
#define CLI_AUTHORITIES_H

#include "cli/cli.h"
#include "cli/job.h"
#include "daemon/local_job.h"
#include "judge/seal.h"

struct authorities {
	struct stamp_authority all[STAMP_AUTHORITIES];	/* in order */
	size_t		count;
	uint32_t	told;			/* a bit for each that was
						 * passed over */
	bool		quiet;			/* --json tells it */
	struct stamp_memory *memory;
	struct local	courier;		/* of none: not started */
};

#define AUTHORITIES_NONE	{ .courier = LOCAL_NONE }

/*
 * authorities_read takes the addresses of a repeatable option, and the roots
 * of --tsa-roots into the job. Errors: USAGE, those of cli_roots.
 */
bool	authorities_read(const struct invocation *, const char *option,
	    struct authorities *, struct cli_job *, struct err *) MUST_USE;

/* courier_start starts a courier that may reach every address. */
bool	courier_start(struct local *, struct err *) MUST_USE;

/* courier_start_with does so by settings: its connections and credentials. */
struct courier_settings;
bool	courier_start_with(const struct courier_settings *, struct local *,
	    struct err *) MUST_USE;

/*
 * courier_load downloads one thing of limit bytes at most; what says so in
 * errors. The courier is started if it was not, and may go to private
 * addresses. Errors: those of COURIER_DOWNLOAD.
 */
bool	courier_load(struct local *, struct span url, uint64_t limit,
	    const char *what, struct buf *out, struct err *) MUST_USE;

/* authorities_start starts the courier, if there is anybody to ask. */
bool	authorities_start(struct authorities *, struct err *) MUST_USE;

/*
 * authorities_passed tells of one that was passed over: in a list for --json
 * (NULL: it is made), or on standard error, once for each.
 */
void	authorities_passed(struct authorities *, struct json **list,
	    struct span url, const struct err *);

/* authorities_terms has seal_run ask them. */
void	authorities_terms(struct authorities *, struct seal_terms *);

/* authorities_done ends the courier. */
void	authorities_done(struct authorities *);

#endif
