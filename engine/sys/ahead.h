/*
 * ahead - writes a file ahead of need: a thread copies what will surely be in
 * it, and sends what others write to it to the disk while they are still at
 * it. So whoever syncs the file in the end has little to wait for.
 *
 * For programs that may start threads: no sandboxed role that parses foreign
 * bytes may.
 */
#ifndef SYS_AHEAD_H
#define SYS_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/own.h"

struct ahead;

/*
 * ahead_start begins to copy the first len bytes of from to the beginning of
 * to; neither position moves. len may be 0. The descriptors outlive it.
 */
bool	ahead_start(int from, uint64_t len, int to, struct ahead **out,
	    struct err *) MUST_USE;

/* ahead_copied waits until all of it is copied. Errors: SYSTEM-WRITE... */
bool	ahead_copied(struct ahead *, struct err *) MUST_USE;

/* ahead_end stops it, done or not. ahead_end(NULL) is fine. */
void	ahead_end(struct ahead *);
DEFINE_CLEANUP(struct ahead, ahead_done, ahead_end);

#endif
