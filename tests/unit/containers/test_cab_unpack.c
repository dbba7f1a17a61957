/*
 * cab_unpack: blocks that stand in the cabinet as they are, and packed ones
 * that refer to what is in the block before.
 */
#include <zlib.h>

#include "world.h"

#define BLOCK	32768u

/* How one block is written. */
struct made_block {
	bool		stored;
	const char	*magic;		/* NULL: "CK" */
	unsigned	kind;		/* XOR: of the first byte, stored */
	unsigned	length;		/* XOR: of the length alone */
};

static uint8_t contents_of[4][BLOCK];	/* text, and again from its middle */

static int
setup(void **state)
{
	uint32_t x = 1;

	for (size_t i = 0; i < 2 * BLOCK; i++) {
		x = x * 1664525 + 1013904223;
		contents_of[i / BLOCK * 2][i % BLOCK] = x >> 24 & 0x3f;
	}
	for (size_t i = 0; i < BLOCK; i++) {
		size_t from = (i + BLOCK / 2) % BLOCK;

		contents_of[1][i] = contents_of[0][from];
		contents_of[3][i] = contents_of[2][from];
	}
	*state = world_new("cab");
	return 0;
}

static void
put_stored(struct buf *b, const struct made_block *m, const uint8_t *bytes)
{
	buf_u8(b, (uint8_t)(1 ^ m->kind));
	buf_u16le(b, (uint16_t)(BLOCK ^ m->length));
	buf_u16le(b, (uint16_t)~BLOCK);
	buf_put(b, (struct span){ bytes, BLOCK });
}

/* It takes the block before as its dictionary, as the format has it. */
static void
put_packed(struct buf *b, const uint8_t *bytes, const uint8_t *before)
{
	CLEANUP(free_done) uint8_t *out = xmalloc(2 * BLOCK);
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9,
	    Z_DEFAULT_STRATEGY), Z_OK);
	if (before != NULL)
		assert_int_equal(deflateSetDictionary(&z, before, BLOCK),
		    Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)bytes;
	z.avail_in = BLOCK;
	z.next_out = out;
	z.avail_out = 2 * BLOCK;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_put(b, (struct span){ out, z.total_out });
	deflateEnd(&z);
}

/* A folder of these blocks, and one file "a" that is all of it. */
static struct span
cabinet(struct world *w, const struct made_block *blocks, size_t count,
    bool mszip)
{
	CLEANUP(buf_done) struct buf b = { 0 }, data = { 0 };
	struct span out;

	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf one = { 0 };
		const struct made_block *m = &blocks[i];

		if (mszip)
			buf_text(&one, m->magic != NULL ? m->magic : "CK");
		if (!mszip)
			buf_put(&one, SPAN(contents_of[i]));
		else if (m->stored)
			put_stored(&one, m, contents_of[i]);
		else
			put_packed(&one, contents_of[i], i > 0 ?
			    contents_of[i - 1] : NULL);
		/* Half of it refers to the block before. */
		assert_true(!mszip || m->stored || one.len < (i % 2 == 1 ?
		    14000 : 27000));
		buf_u32le(&data, 0);
		buf_u16le(&data, (uint16_t)one.len);
		buf_u16le(&data, BLOCK);
		buf_put(&data, buf_span(&one));
	}
	buf_text(&b, "MSCF");
	buf_u32le(&b, 0);
	buf_u32le(&b, (uint32_t)(62 + data.len));
	buf_u32le(&b, 0);
	buf_u32le(&b, 44);
	buf_u32le(&b, 0);
	buf_u16le(&b, 0x103);
	buf_u16le(&b, 1);
	buf_u16le(&b, 1);
	buf_zero(&b, 6);
	buf_u32le(&b, 62);
	buf_u16le(&b, (uint16_t)count);
	buf_u16le(&b, mszip);
	buf_u32le(&b, (uint32_t)(count * BLOCK));
	buf_zero(&b, 12);
	buf_put(&b, (struct span){ (const uint8_t *)"a", 2 });
	buf_put(&b, buf_span(&data));
	assert_true(arena_copy(w->arena, buf_span(&b), &out));
	return out;
}

static bool
unpacked(struct world *w, const struct rope *file, struct rope *out)
{
	struct listing l;

	assert_ok(list(w, file, &l), &w->err);
	return contents(w, &l, 0, out);
}

/* What is spooled is what does not stand in the cabinet. */
static void
expect(struct world *w, const struct rope *file, size_t count, size_t spooled)
{
	uint64_t before = w->spool.len;
	struct rope got, want;
	bool same;

	assert_ok(unpacked(w, file, &got), &w->err);
	want = rope_of(w, (struct span){ contents_of[0], count * BLOCK });
	assert_ok(rope_same(&got, &want, &same, &w->err), &w->err);
	assert_true(same);
	assert_int_equal(w->spool.len - before, spooled * BLOCK);
}

static void
blocks_as_they_are_stay_in_their_place(void **state)
{
	static const struct made_block none[4];
	struct world *w = *state;
	struct rope file = rope_of(w, cabinet(w, none, 4, false));

	expect(w, &file, 4, 0);
}

/* All sixteen: packed ones find the block before wherever it is. */
static void
packed_blocks_refer_to_what_is_before(void **state)
{
	struct world *w = *state;

	for (unsigned bits = 0; bits < 16; bits++) {
		struct made_block m[4] = { 0 };
		size_t spooled = 0;

		for (unsigned i = 0; i < 4; i++) {
			m[i].stored = (bits & 1u << i) != 0;
			spooled += !m[i].stored;
		}
		struct rope file = rope_of(w, cabinet(w, m, 4, true));
		expect(w, &file, 4, spooled);
	}
}

static struct rope
scattered(struct world *w, struct span bytes, size_t piece)
{
	size_t count = (bytes.len + piece - 1) / piece;
	struct rope *parts = ARENA_ARRAY(w->arena, struct rope, count);
	struct rope out;

	for (size_t i = 0; i < count; i++) {
		struct span rest = span_from(bytes, i * piece);

		/* A copy each: no two lie beside each other. */
		if (rest.len > piece)
			rest.len = piece;
		assert_true(arena_copy(w->arena, rest, &rest));
		parts[i] = rope_of(w, rest);
	}
	assert_ok(rope_join(w->arena, parts, count, &out, &w->err), &w->err);
	return out;
}

static void
blocks_that_lie_all_about_are_put_together(void **state)
{
	static const struct made_block m[4] = { { .stored = true },
		{ .stored = true }, { .stored = true } };
	struct world *w = *state;
	struct rope far = scattered(w, cabinet(w, m, 4, true), 512);
	struct rope near = scattered(w, cabinet(w, m, 4, true), 30000);

	expect(w, &far, 4, 4);
	expect(w, &near, 4, 1);
	far = scattered(w, cabinet(w, m, 4, false), 512);
	near = scattered(w, cabinet(w, m, 4, false), 30000);
	expect(w, &far, 4, 4);
	expect(w, &near, 4, 0);
}

static void
refuses_what_no_unpacker_takes(void **state)
{
	static const struct made_block bad[] = {
		{ .stored = true, .magic = "CX" },
		{ .stored = true, .kind = 1 },		/* not the last */
		{ .stored = true, .kind = 2 },		/* of another kind */
		{ .stored = true, .kind = 6 },
		{ .stored = true, .length = 1 },
		{ .stored = true, .length = 0x8000 },
		{ .magic = "KC" },
	};
	struct world *w = *state;
	struct made_block m[2] = { { .stored = true } };
	struct rope out;

	for (size_t i = 0; i < COUNT(bad); i++)
		for (size_t at = 0; at < 2; at++) {
			m[0] = m[1] = (struct made_block){ .stored = true };
			m[at] = bad[i];
			struct rope file = rope_of(w, cabinet(w, m, 2, true));
			assert_false(unpacked(w, &file, &out));
			assert_err(&w->err, ERR_CAB_DATA);
		}
}

/* The bits of the first byte behind its kind mean nothing. */
static void
takes_any_padding(void **state)
{
	struct world *w = *state;
	struct made_block m[1] = { { .stored = true, .kind = 0xf8 } };
	struct rope file = rope_of(w, cabinet(w, m, 1, true));

	expect(w, &file, 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(blocks_as_they_are_stay_in_their_place),
		WORLD(packed_blocks_refer_to_what_is_before),
		WORLD(blocks_that_lie_all_about_are_put_together),
		WORLD(refuses_what_no_unpacker_takes),
		WORLD(takes_any_padding),
	};

	return cmocka_run_group_tests_name("cab_unpack", tests, NULL, NULL);
}
