/*
 * load - the config repo as it stands in a Git tree.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/config.h"
#include "git/tree.h"

/*
 * config_load reads all files below a tree. Links and submodules inside the
 * known folders are errors. false: errors holds at least one finding.
 */
bool	config_load(struct repository *, const struct object_id *tree,
	    struct config **out, struct config_errors *) MUST_USE;

#endif
