/*
 * pieces - a container as it is put together from runs of the old file, which
 * stay where they are, and from what is new. Private to this folder.
 */
#ifndef CONTAINERS_PIECES_H
#define CONTAINERS_PIECES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/rope.h"

struct pieces {
	struct arena		*arena;
	const struct rope	*old;
	uint64_t		 from;	/* old bytes before it are done with */
	uint64_t		 len;	/* bytes put so far */
	struct rope		*ropes;
	size_t			 count;
};

/* pieces_rope puts a rope; what it refers to must outlive the result. */
bool	pieces_rope(struct pieces *, struct rope, struct err *) MUST_USE;

/* pieces_bytes puts a copy of bytes. */
bool	pieces_bytes(struct pieces *, struct span, struct err *) MUST_USE;

/* pieces_old puts the old bytes from `from` to `to` and moves `from` there. */
bool	pieces_old(struct pieces *, uint64_t to, struct err *) MUST_USE;

/* pieces_join gives what was put, in order. */
bool	pieces_join(const struct pieces *, struct rope *out, struct err *)
	    MUST_USE;

#endif
