/* plan - the two halves of the command: a release ref, one artifact. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "artifact/resolved.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "config/model.h"

/*
 * plan_artifact prints the tree of the artifact as --configuration resolves
 * it. Gives the exit code, or -1: the error says what is refused and why.
 */
int	plan_artifact(const struct invocation *, struct err *);

/*
 * plan_resolve has a worker hold the artifact of a job of JOB_PLAN against the
 * configuration that was given to the job; elements is the same one. *out lies
 * in the arena of the job.
 */
bool	plan_resolve(struct cli_job *, const struct element *elements,
	    struct resolved **out, struct err *) MUST_USE;

/* What signs at a time (ms), and by which rules: for people, as JSON. */
void	plan_certificate_print(const struct certificate *, int64_t now);
struct json *plan_certificate_json(const struct certificate *, int64_t now);

#endif
