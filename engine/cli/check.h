/* check - the two halves of the command: one state, a range of commits. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/cli.h"
#include "config/config.h"
#include "git/repository.h"
#include "judge/heartbeat.h"

/*
 * check_range judges the commits of a range "A..B" one by one. Gives the exit
 * code, or -1 with the error set.
 */
int	check_range(const struct invocation *, struct repository *,
	    const char *range, struct err *);

/*
 * check_state prints whether the files of one state are sound; c NULL: no.
 * Its last heartbeat is shown, if the state can have one (not NULL).
 */
int	check_state(const struct invocation *, const char *what,
	    const struct config *c, const struct config_errors *,
	    const struct heartbeat *);

/* check_errors is the list of all errors, as JSON. */
struct json	*check_errors(const struct config_errors *);

#endif
