/*
 * configuration - an artifact configuration from a file, with the parameters
 * of the command line: what plan and sign share.
 */
#ifndef CLI_CONFIGURATION_H
#define CLI_CONFIGURATION_H

#include "artifact/element.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "config/parameters.h"

#define CONFIGURATION_OPTIONS						\
	{ "configuration", 0, "FILE", "artifact configuration: which files "\
	    "inside are signed how", false },				\
	{ "parameter", 0, "NAME=VALUE", "a parameter of the configuration",\
	    true }

/*
 * configuration_load reads the file of --configuration, replaces each
 * parameter by the value of --parameter and gives the tree to the job. What is
 * in *tree lies in the arena of the job. Errors: those of the file, of
 * parameters_apply and of element_expand, USAGE. Of several errors in the file
 * all but the last are printed to standard error.
 */
bool	configuration_load(const struct invocation *, struct cli_job *,
	    struct element **tree, struct err *) MUST_USE;

/*
 * configuration_apply does so with a configuration that was read and values
 * that are at hand.
 */
bool	configuration_apply(const struct artifact_configuration *,
	    const struct named_text *given, size_t count,
	    const struct release_names *, struct cli_job *,
	    struct element **tree, struct err *) MUST_USE;

#endif
