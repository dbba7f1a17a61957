/*
 * lfs - pointers of Git LFS: the file that stands in a tree for a large one.
 *
 *	version https://git-lfs.github.com/spec/v1 LF
 *	oid sha256:<64 hex digits> LF
 *	size <decimal> LF
 *
 * Only this form is taken, which git-lfs writes: no extensions (their bytes
 * are others than those of the file), no older versions, no other order, no CR.
 *
 * Source: git-lfs, docs/spec.md.
 */
#ifndef GIT_LFS_H
#define GIT_LFS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct lfs_pointer {
	uint8_t		sha256[32];	/* of the file */
	uint64_t	size;		/* of the file, bytes */
};

/* lfs_begins tells whether a file begins as a pointer does. */
bool	lfs_begins(struct span file);

/* lfs_parse reads a whole pointer. Errors: GIT-LFS-POINTER. */
bool	lfs_parse(struct span file, struct lfs_pointer *, struct err *)
	    MUST_USE;

#endif
