/*
 * world - a sample of a container, and what the tests of containers/ ask of
 * all of them: no prefix is taken, kept sees each bit, limits hold.
 */
#ifndef CONTAINERS_WORLD_H
#define CONTAINERS_WORLD_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/containers.h"
#include "test.h"

static const struct container_limits limits = { 1000, 64 * MIB, 200 };

struct world {
	struct arena		*arena;
	struct spool		 spool;
	const struct container	*container;
	struct rope		 file;		/* the sample, in one piece */
	struct listing		 listing;	/* of it */
	struct err		 err;
};

static inline struct world *
world_new(const char *container)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new((size_t)512 << 20);
	w->spool = (struct spool){ .fd = scratch_file(SPAN_TEXT("")),
	    .limit = 64 * MIB };
	w->container = container_find(container);
	return w;
}

static inline int
teardown(void **state)
{
	struct world *w = *state;

	fd_done(&w->spool.fd);
	arena_free(w->arena);
	free(w);
	return 0;
}

#define WORLD(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

/* ---- ropes and changes */

static inline struct rope
rope_of(struct world *w, struct span s)
{
	struct rope r;

	assert_ok(rope_bytes(w->arena, s, &r, &w->err), &w->err);
	return r;
}

static inline struct span
flat(struct world *w, const struct rope *r)
{
	struct span s;

	assert_ok(rope_view(w->arena, r, 0, r->len, &s, &w->err), &w->err);
	return s;
}

/* Bytes of r that are those of whole itself, not a copy. */
static inline uint64_t
borrowed(const struct rope *r, struct span whole)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->extents[i].ptr >= whole.ptr &&
		    r->extents[i].ptr < whole.ptr + whole.len)
			sum += r->extents[i].len;
	return sum;
}

static inline struct change
new_entry(struct world *w, const char *path, struct span contents)
{
	return (struct change){ SIZE_MAX, SPAN_TEXT(path),
	    rope_of(w, contents) };
}

static inline struct change
new_contents(struct world *w, size_t index, const char *text)
{
	return (struct change){ .index = index,
	    .contents = rope_of(w, SPAN_TEXT(text)) };
}

/* ---- the verbs of the container */

static inline bool
list_with(struct world *w, const struct rope *file,
    const struct container_limits *most, struct listing *out)
{
	return w->container->list(file, most, w->arena, &w->spool, out,
	    &w->err);
}

static inline bool
list(struct world *w, const struct rope *file, struct listing *out)
{
	return list_with(w, file, &limits, out);
}

static inline bool
contents(struct world *w, const struct listing *l, size_t index,
    struct rope *out)
{
	return l->container->contents(l, index, w->arena, &w->spool, out,
	    &w->err);
}

static inline bool
rebuild(struct world *w, const struct listing *l, const struct change *c,
    size_t count, struct rope *out)
{
	return l->container->rebuild(l, c, count, w->arena, &w->spool, out,
	    &w->err);
}

static inline bool
kept(struct world *w, const struct listing *before,
    const struct listing *after, const size_t *indices, size_t count)
{
	return before->container->kept(before, after, indices, count,
	    &w->err);
}

/* Reads all of a container; false: refused. */
static inline bool
read_all(struct world *w, struct span bytes, struct listing *out)
{
	struct rope file = rope_of(w, bytes), unpacked;

	if (!list(w, &file, out))
		return false;
	for (size_t i = 0; i < out->count; i++)
		if (!contents(w, out, i, &unpacked))
			return false;
	return true;
}

/* A container with these entries, made from one without. */
static inline struct rope
made(struct world *w, const char *container, struct span nothing,
    const struct change *added, size_t count)
{
	const struct container *c = container_find(container);
	struct rope file = rope_of(w, nothing), out;
	struct listing l;

	assert_ok(c->list(&file, &limits, w->arena, &w->spool, &l, &w->err),
	    &w->err);
	assert_ok(rebuild(w, &l, added, count, &out), &w->err);
	return rope_of(w, flat(w, &out));
}

static inline void
sample_set(struct world *w, struct rope file)
{
	w->file = file;
	assert_ok(list(w, &w->file, &w->listing), &w->err);
}

/* ---- what is asked of each */

static inline bool
refuses_prefix(struct world *w, size_t len)
{
	CLEANUP(free_done) uint8_t *cut =
	    exact((struct span){ flat(w, &w->file).ptr, len });
	struct listing l;

	if (read_all(w, (struct span){ cut, len }, &l))
		return false;
	assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
	return true;
}

static inline void
every_prefix_is_refused(void **state)
{
	struct world *w = *state;

	for (size_t n = 0; n < w->file.len; n++)
		assert_true(refuses_prefix(w, n));
}

/* A copy on the heap with another bit. */
static inline uint8_t *
flipped(struct span whole, size_t bit)
{
	uint8_t *bytes = exact(whole);

	bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	return bytes;
}

static inline void
same_contents(struct world *w, const struct listing *l, size_t i)
{
	struct rope a, b;
	bool same = false;

	assert_ok(contents(w, l, i, &a) && contents(w, &w->listing, i, &b) &&
	    rope_same(&a, &b, &same, &w->err), &w->err);
	assert_true(same);
}

/* Each flipped bit is refused, or leaves each entry the same; how many were. */
static inline size_t
flips_refused(struct world *w,
    void (*same)(struct world *, const struct listing *, size_t))
{
	struct span whole = flat(w, &w->file);
	size_t refused = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);
		struct listing l;

		if (!read_all(w, (struct span){ bytes, whole.len }, &l)) {
			assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
			refused++;
			continue;
		}
		assert_int_equal(l.count, w->listing.count);
		for (size_t k = 0; k < l.count; k++)
			same(w, &l, k);
	}
	return refused;
}

/* kept sees each bit that differs and is not refused; how many there were. */
static inline size_t
flips_seen(struct world *w)
{
	struct span whole = flat(w, &w->file);
	size_t seen = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);
		struct rope file = rope_of(w, (struct span){ bytes,
		    whole.len });
		struct listing l;

		if (!list(w, &file, &l))
			continue;
		assert_false(kept(w, &w->listing, &l, NULL, 0));
		assert_int_equal(w->err.what->kind, ERR_KIND_ALARM);
		assert_non_null(strstr(w->err.what->code, "-CHANGED"));
		seen++;
	}
	return seen;
}

/* One entry more than allowed, and one byte. */
static inline void
limits_hold(void **state)
{
	struct world *w = *state;
	struct container_limits few = limits, small = limits;
	struct listing l;

	few.entries = w->listing.count - 1;
	small.unpacked = 0;
	for (size_t i = 0; i < w->listing.count; i++)
		small.unpacked += w->listing.entries[i].size;
	small.unpacked--;
	assert_false(list_with(w, &w->file, &few, &l));
	assert_err(&w->err, ERR_LIMIT_ENTRIES);
	assert_false(list_with(w, &w->file, &small, &l));
	assert_err(&w->err, ERR_LIMIT_SIZE);
}

#endif
