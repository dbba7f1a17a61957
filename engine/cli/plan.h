/* plan - the two halves of the command: a release ref, one artifact. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli/cli.h"

/*
 * plan_artifact prints the tree of the artifact as --configuration resolves
 * it. Gives the exit code, or -1: the error says what is refused and why.
 */
int	plan_artifact(const struct invocation *, struct err *);

#endif
