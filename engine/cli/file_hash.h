/* file_hash - what commands say of a file that they do not parse. */
#ifndef CLI_FILE_HASH_H
#define CLI_FILE_HASH_H

#include "crypto/digest.h"

/*
 * file_hash gives the SHA-256 and the size of a regular file. Errors:
 * FILE-MISSING, FILE-ACCESS, FILE-KIND, SYSTEM-READ.
 */
bool	file_hash(const char *path, struct digest *out, uint64_t *size,
	    struct err *) MUST_USE;

/* file_hashes gives the digest of each kind, all in one pass. */
bool	file_hashes(const char *path, const enum digest_kind *kinds,
	    struct digest *out, size_t count, uint64_t *size, struct err *)
	    MUST_USE;

#endif
