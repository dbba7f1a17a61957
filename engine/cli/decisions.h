/*
 * decisions - the engine's decisions, made again: what `audit decisions` and
 * `audit verify --decisions` share.
 */
#ifndef CLI_DECISIONS_H
#define CLI_DECISIONS_H

#include "cli/cli.h"

/* Besides HISTORY_OPTIONS. */
#define DECISION_OPTIONS						\
	{ "config", 0, "DIR", "a clone of the config repo (default: the "\
	    "ledger's, if it is a branch of that)", false },		\
	{ "source", 0, "DIR", "a clone of a project's repository, for "	\
	    "rules about the history behind its releases", true },	\
	{ "trust", 0, "FILE", "pins (default: "				\
	    "~/.config/tagseal/trust.yaml)", false }

/*
 * decisions_make verifies the ledger, makes the decisions again, and prints
 * those that are not the same, with --all also those that are, and how many of
 * each there were. With --json it prints nothing: *answer is the same, which
 * the caller releases. *open: some could not be made again, or only in part.
 * Errors: AUDIT-DECISION (*answer is set), those of clones and ledger.
 */
bool	decisions_make(const struct invocation *, struct json **answer,
	    bool *open, struct err *) MUST_USE;

#endif
