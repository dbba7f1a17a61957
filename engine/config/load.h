/*
 * load - the config repo as it stands in a Git tree.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/config.h"
#include "git/listing.h"

/*
 * config_load reads all files below a tree. Links and submodules inside the
 * known folders are errors. false: errors holds at least one finding.
 */
bool	config_load(struct repository *, const struct object_id *tree,
	    struct config **out, struct config_errors *) MUST_USE;

/*
 * config_load_listed is config_load of a tree that is listed already. before:
 * the model of another tree, or NULL; files that are the same in both are not
 * read again, and shared by both models.
 */
bool	config_load_listed(struct repository *, const struct tree_listing *,
	    const struct config *before, struct config **out,
	    struct config_errors *) MUST_USE;

#endif
