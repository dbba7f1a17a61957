/*
 * wrap: each kind keeps what its header says, gives the same bytes each time,
 * and refuses what is cut, damaged, longer or too greedy. (20-tar.sh judges
 * files of other programs.)
 */
#include <lzma.h>
#include <zlib.h>

#include "containers/wrap.h"
#include "world.h"

/* A header of gzip with all its fields; its CRC-16 is put in by setup. */
static uint8_t full[] = { 0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 2, 7,
    3, 0, 'x', 'y', 'z', 'a', '.', 't', 0, 'n', 'o', 't', 'e', 0, 0, 0 };
static const uint8_t least[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3 };

#define SAMPLES	8

static struct wrap
sample(size_t i)
{
	const struct wrap all[SAMPLES] = {
		{ &wrap_kinds[0], SPAN(full), .level = 9 },
		{ &wrap_kinds[0], SPAN(least), .level = 1 },
		{ &wrap_kinds[1], .check = LZMA_CHECK_CRC64 },
		{ &wrap_kinds[1], .check = LZMA_CHECK_SHA256 },
		{ &wrap_kinds[2], .check = 1, .sized = true },
		{ &wrap_kinds[2], .check = 1 },
		{ &wrap_kinds[3], .level = 1 },
		{ &wrap_kinds[3], .level = 9 },
	};

	return all[i];
}

static int
setup(void **state)
{
	struct world *w = world_new("tar");

	w->spool.limit = 4 * GIB;
	put_u16le(full + sizeof(full) - 2, (uint16_t)crc32(0, full,
	    sizeof(full) - 2));
	*state = w;
	return 0;
}

static struct span
packed(struct world *w, size_t i, struct span plain)
{
	struct wrap wrap = sample(i);
	struct rope in = rope_of(w, plain), out;

	assert_ok(wrap_close(&wrap, &in, w->arena, &w->spool, &out, &w->err),
	    &w->err);
	return flat(w, &out);
}

static bool
unpack(struct world *w, struct span bytes, struct wrap *wrap,
    struct span *out)
{
	struct rope in = rope_of(w, bytes), plain;

	if (!wrap_open(&in, &limits, w->arena, &w->spool, wrap, &plain,
	    &w->err))
		return false;
	*out = flat(w, &plain);
	return true;
}

static struct span
text(struct world *w, size_t lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span s;

	for (size_t i = 0; i < lines; i++)
		buf_printf(&b, "line %zu of a file\n", i * i);
	assert_true(arena_copy(w->arena, buf_span(&b), &s));
	return s;
}

static void
headers_and_contents_come_back(void **state)
{
	struct world *w = *state;
	size_t lines[] = { 0, 1, 50000 };

	for (size_t k = 0; k < SAMPLES * COUNT(lines); k++) {
		struct span in = text(w, lines[k / SAMPLES]), out;
		struct wrap was = sample(k % SAMPLES), is;
		struct span file = packed(w, k % SAMPLES, in);

		assert_ok(unpack(w, file, &is, &out), &w->err);
		assert_span_equal(in, out);
		assert_ok(wrap_kept(&was, &is, &w->err), &w->err);
		assert_span_equal(file, packed(w, k % SAMPLES, in));
	}
}

static void
what_is_not_packed_stays(void **state)
{
	struct world *w = *state;
	struct wrap wrap;
	struct span out;

	assert_ok(unpack(w, SPAN_TEXT("text"), &wrap, &out), &w->err);
	assert_null(wrap.kind);
	assert_span_equal(out, SPAN_TEXT("text"));
}

static void
headers_that_differ_are_not_kept(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t k = 0; k < SAMPLES; k++) {
			struct wrap a = sample(i), b = sample(k);

			if (i == k)
				continue;
			assert_false(wrap_kept(&a, &b, &w->err));
			assert_err(&w->err, ERR_WRAP_CHANGED);
		}
}

static void
cut_longer_and_double_files_are_refused(void **state)
{
	struct world *w = *state;
	struct wrap wrap;
	struct span out;

	for (size_t i = 0; i < SAMPLES; i++) {
		struct span file = packed(w, i, text(w, 30));
		CLEANUP(buf_done) struct buf twice = { 0 };

		for (size_t n = 8; n < file.len; n++) {
			CLEANUP(free_done) uint8_t *cut =
			    exact((struct span){ file.ptr, n });

			assert_false(unpack(w, (struct span){ cut, n }, &wrap,
			    &out));
			assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
			if (n + 1 == file.len)
				assert_err(&w->err, ERR_WRAP_DATA);
		}
		buf_put(&twice, file);
		buf_put(&twice, file);
		assert_false(unpack(w, buf_span(&twice), &wrap, &out));
		assert_err(&w->err, ERR_WRAP_TRAILING);
		twice.len = file.len + 1;
		twice.ptr[file.len] = 0;
		assert_false(unpack(w, buf_span(&twice), &wrap, &out));
		assert_err(&w->err, ERR_WRAP_TRAILING);
	}
}

static void
a_flipped_bit_never_changes_the_contents(void **state)
{
	struct world *w = *state;
	struct span in = text(w, 30), out;
	size_t refused = 0;
	struct wrap wrap;

	for (size_t i = 0; i < SAMPLES; i++) {
		struct span file = packed(w, i, in);

		for (size_t bit = 0; bit < file.len * 8; bit++) {
			CLEANUP(free_done) uint8_t *bytes =
			    flipped(file, bit);

			if (!unpack(w, (struct span){ bytes, file.len }, &wrap,
			    &out))
				refused++;
			else if (wrap.kind != NULL)
				assert_span_equal(in, out);
		}
	}
	assert_true(refused > 5000);
}

/* An xz file whose header asks for a dictionary of 4 GiB. */
static void
greedy_files_are_refused(void **state)
{
	static const uint8_t window[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 1,
	    0, 0 };
	struct world *w = *state;
	struct span file = packed(w, 2, text(w, 30)), out;
	CLEANUP(free_done) uint8_t *bytes = exact(file);
	uint8_t *block = bytes + LZMA_STREAM_HEADER_SIZE;
	size_t size = (size_t)(block[0] + 1) * 4 - 4;
	struct wrap wrap;

	assert_int_equal(block[2], 0x21);
	block[4] = 40;
	put_u32le(block + size, lzma_crc32(block, size, 0));
	assert_false(unpack(w, (struct span){ bytes, file.len }, &wrap,
	    &out));
	assert_err(&w->err, ERR_WRAP_MEMORY);
	assert_false(unpack(w, SPAN(window), &wrap, &out));
	assert_err(&w->err, ERR_WRAP_MEMORY);
}

static void
bad_headers_are_refused(void **state)
{
	static const struct { const char *bytes; size_t len; } bad[] = {
		{ "\x1f\x8b\x08\x20\0\0\0\0\0\x03", 10 },
		{ "\x1f\x8b\x07\0\0\0\0\0\0\x03", 10 },
		{ "\x1f\x8b\x08\x08\0\0\0\0\0\x03name", 14 },
		{ "\xfd\x37zXZ\0\0\x03\0\0\0\0", 12 },
		{ "\xfd\x37zXZ\0\0\x04\xe6\xd6", 10 },
		{ "\x28\xb5\x2f\xfd\x21\x01\x01\x01\0\0", 10 },
		{ "\x28\xb5\x2f\xfd\x28\x01\x01\0\0", 9 },
		{ "\x28\xb5\x2f\xfd", 4 },
		{ "BZh0", 4 },
		{ "BZh", 3 },
	};
	struct world *w = *state;
	struct wrap wrap;
	struct span out;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(unpack(w, (struct span){
		    (const uint8_t *)bad[i].bytes, bad[i].len }, &wrap,
		    &out));
		assert_err(&w->err, ERR_WRAP_HEADER);
	}
}

/* The spool never gets more than the limits allow. */
static void
bombs_are_stopped_on_the_way(void **state)
{
	static const uint8_t zeros[8 << 20];
	struct container_limits small = { 1000, 3 * MIB, 1000000 };
	struct world *w = *state;

	for (size_t i = 0; i < SAMPLES; i++) {
		struct rope in = rope_of(w, packed(w, i, SPAN(zeros))), out;
		uint64_t before = w->spool.len;
		struct wrap wrap;

		assert_false(wrap_open(&in, &limits, w->arena, &w->spool,
		    &wrap, &out, &w->err));
		assert_err(&w->err, ERR_LIMIT_RATIO);
		assert_true(w->spool.len - before <= 8 * MIB);
		before = w->spool.len;
		assert_false(wrap_open(&in, &small, w->arena, &w->spool,
		    &wrap, &out, &w->err));
		assert_err(&w->err, ERR_LIMIT_SIZE);
		assert_true(w->spool.len - before <= 3 * MIB);
	}
}

static void
a_peek_sees_the_beginning(void **state)
{
	struct world *w = *state;
	struct span in = text(w, 100), start;
	uint8_t out[64];

	for (size_t i = 0; i < SAMPLES; i++) {
		struct span file = packed(w, i, in);

		assert_int_equal(wrap_peek(file, out, sizeof(out)), 64);
		assert_true(span_cut(in, 0, 64, &start));
		assert_span_equal(start, SPAN(out));
		assert_true(span_cut(file, 0, 6, &start));
		assert_int_equal(wrap_peek(start, out, sizeof(out)), 0);
	}
	assert_int_equal(wrap_peek(SPAN_TEXT("text"), out, sizeof(out)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(headers_and_contents_come_back),
		WORLD(what_is_not_packed_stays),
		WORLD(headers_that_differ_are_not_kept),
		WORLD(cut_longer_and_double_files_are_refused),
		WORLD(a_flipped_bit_never_changes_the_contents),
		WORLD(greedy_files_are_refused),
		WORLD(bad_headers_are_refused),
		WORLD(bombs_are_stopped_on_the_way),
		WORLD(a_peek_sees_the_beginning),
	};

	return cmocka_run_group_tests_name("wrap", tests, NULL, NULL);
}
