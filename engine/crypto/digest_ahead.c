/* digest_ahead - see digest_ahead.h. */
#include <stdlib.h>

#include "base/helper.h"
#include "base/limits.h"
#include "crypto/digest_ahead.h"

/* What the helper has of a hash is its own: nothing in an arena of others. */
struct digest_ahead {
	struct hasher	*hasher;
	struct arena	*arena;		/* of the range */
	struct rope	 range;
	bool		 good;
	struct err	 err;
};

static bool
put_piece(void *arg, struct span piece, struct err *e)
{
	hasher_put(arg, piece);
	return !helper_dropped() || err_set(e, ERR_LIMIT_MEMORY,
	    "a hash was given up");
}

static void
run(void *arg)
{
	struct digest_ahead *d = arg;

	d->good = rope_each(&d->range, 0, d->range.len, put_piece, d->hasher,
	    &d->err);
}

static void
free_all(struct digest_ahead *d)
{
	hasher_free(d->hasher);
	arena_free(d->arena);
	free(d);
}

static bool
in_files(const struct rope *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->extents[i].fd < 0)
			return false;
	return true;
}

struct digest_ahead *
digest_ahead_begin(struct hasher *h, const struct rope *r, uint64_t off,
    uint64_t len)
{
	struct digest_ahead *d = xcalloc(1, sizeof(*d));
	struct err why;

	d->hasher = h;
	d->arena = arena_new(LIMIT_WORKER_ARENA);
	if (rope_slice(d->arena, r, off, len, &d->range, &why) &&
	    in_files(&d->range) && helper_begin(run, d))
		return d;
	free_all(d);
	return NULL;
}

bool
digest_ahead_end(struct digest_ahead *d, struct digest *out, struct err *e)
{
	helper_wait(d);
	bool good = d->good;
	if (good)
		*out = hasher_end(d->hasher);
	else
		*e = d->err;
	free_all(d);
	return good;
}
