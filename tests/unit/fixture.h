/*
 * fixture - an arena, an error and a copy of input, for tests of what reads
 * bytes: FIXTURE(f) in each makes one, which the end of the test frees.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdlib.h>

#include "base/arena.h"
#include "test.h"

#ifndef FIXTURE_BUDGET
#define FIXTURE_BUDGET	((size_t)64 << 20)	/* bytes of the arena */
#endif

struct fixture {
	struct arena	*arena;
	struct err	 err;
	uint8_t		*bytes;		/* of exactly their size */
};

static inline struct fixture
fixture_new(void)
{
	return (struct fixture){ .arena = arena_new(FIXTURE_BUDGET) };
}

static inline void
fixture_done(struct fixture *f)
{
	free(f->bytes);
	arena_free(f->arena);
}

#define FIXTURE(f)							\
	CLEANUP(fixture_done) struct fixture f = fixture_new();		\
	(void)state

#endif
