/*
 * compound_world - compound files that are put together by hand, for the tests
 * of their reader and writer.
 */
#ifndef COMPOUND_WORLD_H
#define COMPOUND_WORLD_H

#include <stdlib.h>

#include "base/text.h"
#include "containers/compound.h"
#define FIXTURE_BUDGET	((size_t)512 << 20)
#include "fixture.h"

static inline struct span
wide(struct fixture *f, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span out = { 0 };

	assert_true(text_to_utf16(span_text(text), &b) &&
	    arena_copy(f->arena, buf_span(&b), &out));
	return out;
}

/* len bytes that differ from those of another stream. */
static inline struct rope
contents(struct fixture *f, size_t len, uint8_t first)
{
	uint8_t *bytes = arena_alloc(f->arena, len + 1);
	struct rope out;

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(first + i * 7 + i / 251);
	assert_ok(rope_bytes(f->arena, (struct span){ bytes, len }, &out,
	    &f->err), &f->err);
	return out;
}

/* A root with room for so many entries. */
static inline struct compound
compound_new(struct fixture *f, unsigned version, size_t room)
{
	struct compound c = { .version = version, .count = 1,
	    .entries = ARENA_ARRAY(f->arena, struct compound_entry,
	    room + 1) };

	assert_non_null(c.entries);
	c.entries[0] = (struct compound_entry){ .kind = COMPOUND_ROOT,
	    .name = wide(f, "Root Entry"), .class = { 1, 2, 3 },
	    .state = 7, .modified = 9, .first = 1 };
	return c;
}

static inline struct compound_entry *
entry_put(struct compound *c, size_t parent, enum compound_kind kind,
    struct span name)
{
	struct compound_entry *x = &c->entries[c->count++];

	*x = (struct compound_entry){ .kind = kind, .name = name,
	    .parent = parent };
	c->entries[parent].count++;
	return x;
}

static inline void
same_entries(struct fixture *f, const struct compound *a,
    const struct compound *b)
{
	bool same;

	assert_int_equal(a->version, b->version);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct compound_entry *x = &a->entries[i];
		const struct compound_entry *y = &b->entries[i];

		assert_int_equal(x->kind, y->kind);
		assert_span_equal(x->name, y->name);
		assert_memory_equal(x->class, y->class, sizeof(x->class));
		assert_int_equal(x->state, y->state);
		assert_int_equal(x->created, y->created);
		assert_int_equal(x->modified, y->modified);
		assert_int_equal(x->parent, y->parent);
		assert_int_equal(x->count, y->count);
		if (x->count > 0)
			assert_int_equal(x->first, y->first);
		assert_ok(rope_same(&x->contents, &y->contents, &same,
		    &f->err), &f->err);
		assert_true(same);
	}
}

static inline struct rope
written(struct fixture *f, const struct compound *c)
{
	struct rope out;

	assert_ok(compound_write(c, NULL, 0, f->arena, &out, &f->err),
	    &f->err);
	assert_int_equal(out.len % (c->version == 3 ? 512 : 4096), 0);
	return out;
}

static inline struct compound
three(struct fixture *f)
{
	struct compound c = compound_new(f, 3, 5);
	struct compound_entry *x;

	entry_put(&c, 0, COMPOUND_STREAM, wide(f, "b"))->contents =
	    contents(f, 5000, 1);
	x = entry_put(&c, 0, COMPOUND_STORAGE, wide(f, "d"));
	x->first = 4;
	entry_put(&c, 0, COMPOUND_STREAM, wide(f, "f"))->contents =
	    contents(f, 50, 2);
	entry_put(&c, 2, COMPOUND_STREAM, wide(f, "f"))->contents =
	    contents(f, 20, 3);
	return c;
}

#endif
