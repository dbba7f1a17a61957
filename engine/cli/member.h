/*
 * member - what a catalog knows a file by. Files that may be programs are read
 * by a worker, one each; of all others the bytes are hashed here.
 */
#ifndef CLI_MEMBER_H
#define CLI_MEMBER_H

#include "base/arena.h"
#include "crypto/catalog.h"

/* member_flat hashes all bytes. Errors: those of file_hash. */
bool	member_flat(const char *path, struct catalog_file *out, struct err *)
	    MUST_USE;

/*
 * member_own gives the digests that a file has by its kind, if it has such;
 * with the hashes of its pages of one kind, if pages is not NULL. *has: there
 * are some. Errors: those of a job.
 */
bool	member_own(const char *path, const enum digest_kind *pages,
	    struct arena *, struct catalog_file *out, bool *has, struct err *)
	    MUST_USE;

#endif
