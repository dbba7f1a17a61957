/*
 * tree - folders as git stores them.
 *
 *	<mode in octal> SP <name> NUL <20 bytes of id>     repeated, sorted by
 *	name, a folder's name as if it ended with '/'
 *
 * git and libgit2 read trees with names twice, out of order, with '/' or '..'
 * in them; then a lookup and a listing see different files. Here every tree is
 * checked before anything is looked up in it: modes that git writes, legal
 * names, sorted, each once.
 */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "git/id.h"
#include "git/repository.h"

enum tree_mode {
	TREE_FOLDER	= 0040000,
	TREE_FILE	= 0100644,
	TREE_EXECUTABLE	= 0100755,
	TREE_LINK	= 0120000,
	TREE_SUBMODULE	= 0160000,
};

struct tree_entry {
	uint32_t		mode;	/* one of enum tree_mode */
	struct span		name;	/* one segment */
	struct object_id	id;
};

struct tree {
	const struct tree_entry	*entries;
	size_t			 count;
};

/*
 * tree_parse checks and reads one raw tree; names point into raw. Errors:
 * GIT-TREE-MALFORMED, GIT-TOO-MANY.
 */
bool	tree_parse(struct span raw, struct arena *, struct tree *,
	    struct err *) MUST_USE;

/* tree_read reads a tree object; all of it lives in the arena. */
bool	tree_read(struct repository *, const struct object_id *,
	    struct arena *, struct tree *, struct err *) MUST_USE;

/* commit_tree gives the tree of a commit. Errors: those of commit_parse. */
bool	commit_tree(struct repository *, const struct object_id *commit,
	    struct object_id *tree, struct err *) MUST_USE;

/* tree_find gives the entry of a name, or NULL. */
const struct tree_entry *tree_find(const struct tree *, struct span name);

/* tree_name_legal: what may stand between two '/' of a path. */
bool	tree_name_legal(struct span name);

/* tree_path_legal: legal names with '/' between, at most LIMIT_TREE_DEPTH. */
bool	tree_path_legal(struct span path);

/*
 * tree_lookup finds a path below a tree. Errors: GIT-PATH-MISSING, and those
 * of the trees on the way.
 */
bool	tree_lookup(struct repository *, const struct object_id *tree,
	    struct span path, struct tree_entry *, struct err *) MUST_USE;

struct tree_file {
	struct span		path;	/* full; in the arena */
	uint32_t		mode;	/* never TREE_FOLDER */
	struct object_id	id;
};

/*
 * tree_walk lists all files below a tree (links and submodules too), sorted
 * bytewise by path. Errors: GIT-TOO-MANY (more than LIMIT_TREE_ENTRIES, or
 * deeper than LIMIT_TREE_DEPTH).
 */
bool	tree_walk(struct repository *, const struct object_id *tree,
	    struct arena *, const struct tree_file **, size_t *count,
	    struct err *) MUST_USE;

/* One path that differs. A mode of 0: the path is not there on that side. */
struct tree_difference {
	struct span		path;
	uint32_t		old_mode, new_mode;
	struct object_id	old_id, new_id;
};

/*
 * tree_compare lists the paths in which two trees differ, sorted bytewise;
 * no renames are guessed. Same folders are not read. NULL is the empty tree.
 */
bool	tree_compare(struct repository *, const struct object_id *before,
	    const struct object_id *after, struct arena *,
	    const struct tree_difference **, size_t *count,
	    struct err *) MUST_USE;

/*
 * tree_submodules lists the paths of all submodules below a tree. Errors:
 * GIT-TREE-MALFORMED, GIT-TOO-MANY.
 */
bool	tree_submodules(struct repository *, const struct object_id *tree,
	    struct arena *, const struct span **, size_t *count,
	    struct err *) MUST_USE;

/*
 * tree_changes_find is tree_compare, and counts the entries (folders too) that
 * either side has in the folders that it read: those that differ.
 */
struct tree_changes {
	const struct tree_difference	*items;
	size_t				 count;
	size_t				 entries_before, entries_after;
};
bool	tree_changes_find(struct repository *, const struct object_id *before,
	    const struct object_id *after, struct arena *,
	    struct tree_changes *, struct err *) MUST_USE;

/*
 * tree_manifest appends the lines "<mode> <sha256 of blob> <path>" LF of a
 * whole tree, sorted bytewise by path, and tree_manifest_digest gives their
 * SHA-256: the name of a state that does not rest on SHA-1. A submodule has no
 * blob: GIT-TREE-SUBMODULE. Blobs above limit bytes are LIMIT-SIZE.
 */
bool	tree_manifest(struct repository *, const struct object_id *tree,
	    uint64_t limit, struct buf *out, struct err *) MUST_USE;
bool	tree_manifest_digest(struct repository *,
	    const struct object_id *tree, uint64_t limit, struct digest *,
	    struct err *) MUST_USE;

#endif
