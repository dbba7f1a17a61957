/*
 * arena - many small things with one owner, freed at once, within a budget.
 *
 * What a parser makes of foreign bytes lives in an arena. A budget bounds what
 * a hostile file can make us allocate: past it, arena_alloc gives NULL and
 * the caller says so with err_budget().
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/own.h"

struct arena;

/* arena_new makes an empty arena that will hold at most budget bytes. */
struct arena	*arena_new(size_t budget);
void		 arena_free(struct arena *);
DEFINE_CLEANUP(struct arena, arena_done, arena_free);

/* arena_alloc gives zeroed memory aligned for anything, or NULL. */
void	*arena_alloc(struct arena *, size_t size) MUST_USE;

/* arena_array is arena_alloc for count things; overflow is NULL too. */
void	*arena_array(struct arena *, size_t count, size_t size) MUST_USE;
#define ARENA_NEW(a, T)		((T *)arena_alloc(a, sizeof(T)))
#define ARENA_ARRAY(a, T, n)	((T *)arena_array(a, n, sizeof(T)))

/* arena_copy copies bytes; *out is written only on success. */
bool	 arena_copy(struct arena *, struct span, struct span *out) MUST_USE;

/* arena_text copies bytes and ends them with NUL, or gives NULL. */
char	*arena_text(struct arena *, struct span) MUST_USE;

/* arena_printf formats into the arena, or gives NULL. */
char	*arena_printf(struct arena *, const char *fmt, ...) PRINTF(2, 3)
	    MUST_USE;

/*
 * arena_grow makes room for one more in an array that holds count things of
 * size bytes, doubling as needed; the new array, or NULL.
 */
void	*arena_grow(struct arena *, void *array, size_t count, size_t size)
	    MUST_USE;

/*
 * arena_regrow copies such an array from another arena, so that arena_grow can
 * go on with it here; the new array, or NULL.
 */
void	*arena_regrow(struct arena *, const void *array, size_t count,
	    size_t size) MUST_USE;

size_t	 arena_used(const struct arena *);

/* err_budget says that the arena's budget is spent. */
bool	 err_budget(struct err *, const struct arena *);
#define err_budget(...)	ERR_FALSE(err_budget(__VA_ARGS__))

#endif
