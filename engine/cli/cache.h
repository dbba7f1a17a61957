/*
 * cache - files that commands keep for a clone and a branch of it, in
 * ~/.cache/tagseal. Not in the clone: who gave us that could have put them
 * into it.
 */
#ifndef CLI_CACHE_H
#define CLI_CACHE_H

#include "cli/history.h"

/* There is a folder for them. */
bool	cache_there(void);

/*
 * cache_path appends "FOLDER/<kind>-<digits>.<suffix>" and makes the folder.
 * Errors: USAGE (HOME is not set), SYSTEM-WRITE.
 */
bool	cache_path(const struct invocation *, const struct history *,
	    const char *kind, const char *suffix, struct buf *out,
	    struct err *) MUST_USE;

#endif
