/*
 * pack - loose objects of a repository of ours, put together in a pack.
 *
 * A loose object takes a file, and a block of the disk at least; what is alike
 * is stored once more each time. libgit2 never packs by itself.
 *
 * Includes: base.
 */
#ifndef GIT_PACK_H
#define GIT_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * repository_pack puts the loose objects of a bare repository into one pack, if
 * there are about so many at least; *packed tells how many it was. The pack is
 * synced and every object was read from it before the first loose one is
 * removed, so a crash at any time leaves each at least once. Only for the one
 * process that writes there, while it writes nothing; others may read. No
 * repository there is fine. Errors: GIT-REPOSITORY, LIMIT-MEMORY.
 */
bool	repository_pack(const char *path, size_t least, size_t *packed,
	    struct err *) MUST_USE;

#endif
