/*
 * status - how an organization's engines are doing, and what ends soon, as the
 * ledger and the config repo in force tell it. One value; status_print and
 * status_metrics write it.
 *
 *	at		the time that it is as of
 *	ledger		origin, events, at and type of the last one
 *	config		commit
 *	engines		id, seen, version, stopped (reason), retired
 *	requests	of each state, how many there are
 *	waiting		requests as account_brief, with missing
 *	alarms		that are open: n, at, code, text, stops
 *	ends		what ends, soonest first: thing, file, element, ends,
 *			days, ended; successor, takes_over, covered. Without
 *			--all only what ends within 90 days, or else the first;
 *			missing where there is no clone of the config repo
 *	unread		thing, file, why: of which nobody knows the end
 *	attention	something has ended, or an alarm is open
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include "cli/history.h"
#include "config/expiry.h"

/* What an engine was last heard of. */
struct status_engine {
	struct span	id;
	int64_t		seen;		/* ms; 0: never */
	struct span	version;	/* of its last start, or empty */
	struct span	stopped;	/* why, if it said so since */
};

struct status {
	struct history		 h;
	struct arena		*arena;
	int64_t			 now;
	int64_t			 last_at;	/* of the last event */
	struct span		 last_type;
	struct status_engine	*engines;
	size_t			 engine_count;
	struct repository	*config_repo;
	struct config		*config;	/* NULL: nobody knows ends */
	struct expiries		 ends;
};

/* status_attention: something has ended, or an alarm is open. */
bool	status_attention(const struct status *);

/* status_print says for people what the value holds. */
void	status_print(const struct json *, const struct palette *);

/* status_metrics appends it as OpenMetrics: all that ends. */
void	status_metrics(const struct status *, struct buf *out);

#endif
