/* arena - see arena.h. */
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

#define BLOCK_LEAST	((size_t)2 << 10)
#define BLOCK_MOST	((size_t)64 << 10)
#define ALIGNMENT	_Alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 size;
	size_t		 used;
	_Alignas(max_align_t) uint8_t bytes[];
};

struct arena {
	struct block	*blocks;	/* the one that has room comes first */
	size_t		 budget;
	size_t		 used;
};

struct arena *
arena_new(size_t budget)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->budget = budget;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->blocks != NULL) {
		struct block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	free(a);
}

static bool
add_block(struct arena *a, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL)
		return false;
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	return true;
}

/* Thousands of small arenas, one for each file, have small blocks. */
static size_t
block_size(const struct arena *a)
{
	size_t size = BLOCK_LEAST;

	while (size < BLOCK_MOST && size < a->used)
		size *= 2;
	return size;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	if (size > a->budget - a->used || size > SIZE_MAX / 2)
		return NULL;
	size_t need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (need > a->budget - a->used)
		return NULL;
	struct block *b = a->blocks;
	if (b == NULL || b->size - b->used < need) {
		size_t room = block_size(a);

		if (!add_block(a, need > room ? need : room))
			return NULL;
		b = a->blocks;
	}
	void *p = b->bytes + b->used;
	b->used += need;
	a->used += need;
	return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

bool
arena_copy(struct arena *a, struct span in, struct span *out)
{
	uint8_t *p = arena_alloc(a, in.len);

	if (p == NULL)
		return false;
	if (in.len > 0)
		memcpy(p, in.ptr, in.len);
	*out = (struct span){ p, in.len };
	return true;
}

char *
arena_text(struct arena *a, struct span in)
{
	char *p = in.len == SIZE_MAX ? NULL : arena_alloc(a, in.len + 1);

	if (p != NULL && in.len > 0)
		memcpy(p, in.ptr, in.len);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

/* An array has room until its count is a power of two (at least 8). */
void *
arena_grow(struct arena *a, void *array, size_t count, size_t size)
{
	if (count != 0 && (count < 8 || (count & (count - 1)) != 0))
		return array;
	if (count > SIZE_MAX / 2)
		return NULL;
	void *p = arena_array(a, count < 8 ? 8 : count * 2, size);
	if (p != NULL && count > 0)
		memcpy(p, array, count * size);
	return p;
}

void *
arena_regrow(struct arena *a, const void *array, size_t count, size_t size)
{
	size_t room = 8;

	while (room < count && room <= SIZE_MAX / 2)
		room *= 2;
	void *p = arena_array(a, room, size);
	if (p != NULL && count > 0)
		memcpy(p, array, count * size);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

bool
(err_budget)(struct err *e, const struct arena *a)
{
	return err_set(e, ERR_LIMIT_MEMORY,
	    "needs more than the %zu bytes of memory allowed", a->budget);
}

static void *
or_abort(void *p)
{
	static const char text[] = "tagseal: out of memory\n";

	if (p == NULL) {
		ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
		(void)ignored;
		abort();
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return or_abort(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return or_abort(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
xrealloc(void *p, size_t size)
{
	return or_abort(realloc(p, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
	return or_abort(strdup(s));
}

void
fd_done(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void
free_done(void *p)
{
	void *held;

	memcpy(&held, p, sizeof(held));
	free(held);
}
