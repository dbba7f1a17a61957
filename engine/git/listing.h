/*
 * listing - the files of a tree, each with the SHA-256 of its bytes. A listing
 * is made from that of the commit before: only what differs is read, so that a
 * long history of a large tree costs what changes in it.
 */
#ifndef GIT_LISTING_H
#define GIT_LISTING_H

#include "base/own.h"
#include "crypto/digest.h"
#include "git/tree.h"

/* Zero-initialise, then tree_listing_done. All lives in its arena. */
struct tree_listing {
	struct arena		*arena;
	struct object_id	 tree;
	const struct tree_file	*files;		/* sorted bytewise by path */
	const struct digest	*digests;	/* of the file of that index */
	size_t			 count;
	size_t			 entries;	/* folders too */
};

/*
 * tree_listing_read lists a tree. before: a listing of another tree, or NULL;
 * what is found is the same either way. Errors: those of tree_walk, and
 * GIT-TREE-SUBMODULE, LIMIT-SIZE (a blob above limit bytes).
 */
bool	tree_listing_read(struct repository *, const struct object_id *tree,
	    const struct tree_listing *before, uint64_t limit,
	    struct tree_listing *, struct err *) MUST_USE;
void	tree_listing_done(struct tree_listing *);

/* tree_listing_lines appends the lines of tree_manifest (tree.h). */
void	tree_listing_lines(const struct tree_listing *, struct buf *);

/* tree_listing_manifest gives the SHA-256 of these lines. */
struct digest tree_listing_manifest(const struct tree_listing *);

#endif
