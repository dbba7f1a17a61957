/*
 * repo - what commands that look into repositories share: names of commits,
 * config repos from a tree or a folder.
 */
#ifndef CLI_REPO_H
#define CLI_REPO_H

#include "cli/cli.h"
#include "config/load.h"
#include "git/repository.h"
#include "judge/chain.h"

/*
 * repo_object finds an object by 40 hex digits, "HEAD", a full ref name, a
 * branch or a tag, in this order. Nothing abbreviated is taken for an id.
 * Errors: GIT-REF-MISSING.
 */
bool	repo_object(struct repository *, const char *name,
	    struct object_id *, struct err *) MUST_USE;

/* repo_commit is repo_object, and what a tag points to. */
bool	repo_commit(struct repository *, const char *name,
	    struct object_id *, struct err *) MUST_USE;

/* repo_tree gives the tree of a commit. */
bool	repo_tree(struct repository *, const struct object_id *commit,
	    struct object_id *tree, struct err *) MUST_USE;

/*
 * repo_head opens the clone of a config repo that --repo names (or the current
 * folder is in), and gives the state that is checked out, which must be sound.
 * The caller frees repository and config, also after an error.
 */
bool	repo_head(const struct invocation *, struct repository **,
	    struct config **, struct chain_pin *, struct err *) MUST_USE;

/*
 * repo_folder makes a model of the files of a working folder, as far as they
 * lie in the known folders. It is for people who write config files: the
 * engine takes commits only. false with errors empty: *e says why.
 */
bool	repo_folder(const char *folder, struct config **,
	    struct config_errors *, struct err *) MUST_USE;

/*
 * repo_errors prints all errors in order, but for the last, which becomes the
 * command's own; it gives false.
 */
bool	repo_errors(struct config_errors *, struct err *);

#endif
