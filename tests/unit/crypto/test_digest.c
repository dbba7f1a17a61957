/* digest: known answers (FIPS 180-4 examples), ropes equal spans. */
#include <stdlib.h>
#include <unistd.h>

#include "base/helper.h"
#include "crypto/digest.h"
#include "crypto/digest_ahead.h"
#include "test.h"

static void
known_answers(void **state)
{
	static const struct {
		const char	*name;
		const char	*of_abc;
	} answers[] = {
		{ "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a3"
		    "96177a9cb410ff61f20015ad" },
		{ "sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
		    "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
		{ "sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
		    "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
		    "454d4423643ce80e2a9ac94fa54ca49f" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		enum digest_kind kind;

		assert_true(digest_find(span_text(answers[i].name), &kind));
		struct digest d = digest_of(kind, span_text("abc"));
		assert_string_equal(digest_hex(&d).text, answers[i].of_abc);
		assert_int_equal(d.len, digest_rows[kind].size);
	}
}

static void
a_rope_of_pieces_hashes_like_the_whole(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct rope parts[3], rope;
	struct digest d, whole = digest_of(DIGEST_SHA256, span_text("abcdef"));
	struct err e;
	int fd = scratch_file(span_text("xxcdyy"));

	(void)state;
	assert_ok(rope_bytes(a, span_text("ab"), &parts[0], &e), &e);
	assert_ok(rope_file(a, fd, 2, 2, &parts[1], &e), &e);
	assert_ok(rope_bytes(a, span_text("ef"), &parts[2], &e), &e);
	assert_ok(rope_join(a, parts, 3, &rope, &e), &e);
	assert_ok(digest_rope(DIGEST_SHA256, &rope, &d, &e), &e);
	assert_true(digest_eq(&d, &whole));
	fd_done(&fd);
}

#define LONG	((size_t)5 << 20)

struct trail_fixture {
	struct arena	*arena;
	struct span	 bytes;		/* random ones */
	int		 fd;		/* a file that holds them */
	struct rope	 whole;
	struct err	 err;
};

static void
trail_fixture_make(struct trail_fixture *f)
{
	uint8_t *p = malloc(LONG);

	*f = (struct trail_fixture){ .arena = arena_new(8 << 20),
	    .bytes = { p, LONG } };
	assert_non_null(p);
	srandom(7);
	for (size_t i = 0; i < LONG; i++)
		p[i] = (uint8_t)(random() >> 8);
	f->fd = scratch_file(f->bytes);
	assert_ok(rope_file(f->arena, f->fd, 0, LONG, &f->whole, &f->err),
	    &f->err);
}

static void
trail_fixture_done(struct trail_fixture *f)
{
	free((void *)(uintptr_t)f->bytes.ptr);
	close(f->fd);
	arena_free(f->arena);
}

/* The file in two extents up to at, then other bytes. */
static struct rope
branch(struct trail_fixture *f, uint64_t cut, uint64_t at)
{
	struct rope parts[3] = { 0 }, r = { 0 };

	assert_ok(rope_file(f->arena, f->fd, 0, cut, &parts[0], &f->err) &&
	    rope_file(f->arena, f->fd, cut, at - cut, &parts[1], &f->err) &&
	    rope_bytes(f->arena, span_text("another end"), &parts[2],
	    &f->err) && rope_join(f->arena, parts, 3, &r, &f->err), &f->err);
	assert_int_equal(rope_shared(&f->whole, &r), at);
	assert_int_equal(rope_shared(&r, &f->whole), at);
	return r;
}

static void
a_trail_gives_the_plain_hash(void **state)
{
	struct trail_fixture f;
	struct digest got, want;

	(void)state;
	trail_fixture_make(&f);
	CLEANUP(digest_trail_done) struct digest_trail *t =
	    digest_trail_new(DIGEST_SHA384);
	want = digest_of(DIGEST_SHA384, f.bytes);
	for (int i = 0; i < 2; i++) {
		assert_ok(digest_trail_rope(t, &f.whole, &got, &f.err),
		    &f.err);
		assert_true(digest_eq(&got, &want));
	}
	for (int i = 0; i < 40; i++) {
		uint64_t at = i == 0 ? 0 : i < 5 ? (uint64_t)i << 20 :
		    (uint64_t)random() % LONG;
		struct rope r = branch(&f, at / 3, at);

		assert_ok(digest_trail_rope(t, &r, &got, &f.err) &&
		    digest_rope(DIGEST_SHA384, &r, &want, &f.err), &f.err);
		assert_true(digest_eq(&got, &want));
	}
	trail_fixture_done(&f);
}

/* What was hashed is not read again: the file may have changed since. */
static void
a_trail_does_not_read_twice(void **state)
{
	struct trail_fixture f;
	struct digest got, want;

	(void)state;
	trail_fixture_make(&f);
	CLEANUP(digest_trail_done) struct digest_trail *t =
	    digest_trail_new(DIGEST_SHA256);
	struct rope r = branch(&f, 1, LONG - 9);
	assert_ok(digest_trail_rope(t, &f.whole, &got, &f.err) &&
	    digest_rope(DIGEST_SHA256, &r, &want, &f.err), &f.err);
	assert_int_equal(pwrite(f.fd, "changed", 7, 100), 7);
	assert_ok(digest_trail_rope(t, &r, &got, &f.err), &f.err);
	assert_true(digest_eq(&got, &want));
	/* Other ranges of the file, and other files, are read. */
	assert_ok(rope_file(f.arena, f.fd, 1, LONG - 1, &r, &f.err) &&
	    digest_trail_rope(t, &r, &got, &f.err) &&
	    digest_rope(DIGEST_SHA256, &r, &want, &f.err), &f.err);
	assert_true(digest_eq(&got, &want));
	assert_int_equal(ftruncate(f.fd, 0), 0);
	assert_false(digest_trail_rope(t, &r, &got, &f.err));
	assert_err(&f.err, ERR_FILE_TRUNCATED);
	want = digest_of(DIGEST_SHA256, span_text("abc"));
	assert_ok(rope_bytes(f.arena, span_text("abc"), &r, &f.err) &&
	    digest_trail_rope(t, &r, &got, &f.err), &f.err);
	assert_true(digest_eq(&got, &want));
	trail_fixture_done(&f);
}

/* ---- ahead */

static struct digest_ahead *
ahead(const struct rope *r, uint64_t off, uint64_t len)
{
	struct hasher *h = hasher_new(DIGEST_SHA384);

	hasher_put(h, SPAN_TEXT("head"));
	return digest_ahead_begin(h, r, off, len);
}

static struct digest
plain(struct trail_fixture *f, uint64_t off, uint64_t len)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(DIGEST_SHA384);

	hasher_put(h, SPAN_TEXT("head"));
	assert_ok(hasher_put_rope(h, &f->whole, off, len, &f->err), &f->err);
	return hasher_end(h);
}

static void
a_hash_ahead_is_the_plain_one(void **state)
{
	struct trail_fixture f;
	struct digest_ahead *d;
	struct digest got;
	struct rope text;

	(void)state;
	trail_fixture_make(&f);
	assert_ok(rope_bytes(f.arena, SPAN_TEXT("text"), &text, &f.err),
	    &f.err);
	assert_null(ahead(&f.whole, 0, LONG));	/* nobody helps yet */
	helper_start();
	assert_null(ahead(&text, 0, 4));	/* what is in memory may go */
	for (uint64_t off = 0; off < 3; off++) {
		struct digest want = plain(&f, off, LONG - 2 * off);

		d = ahead(&f.whole, off, LONG - 2 * off);
		assert_non_null(d);
		assert_ok(digest_ahead_end(d, &got, &f.err), &f.err);
		assert_true(digest_eq(&got, &want));
	}
	trail_fixture_done(&f);
}

static void
a_hash_ahead_tells_what_went_wrong(void **state)
{
	struct trail_fixture f;
	struct digest_ahead *d;
	struct digest got;

	(void)state;
	trail_fixture_make(&f);
	helper_start();
	assert_null(ahead(&f.whole, LONG, 1));	/* past its end */
	assert_int_equal(ftruncate(f.fd, LONG / 2), 0);
	d = ahead(&f.whole, 0, LONG);
	assert_non_null(d);
	assert_false(digest_ahead_end(d, &got, &f.err));
	assert_err(&f.err, ERR_FILE_TRUNCATED);
	trail_fixture_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_answers),
		TEST(a_rope_of_pieces_hashes_like_the_whole),
		TEST(a_trail_gives_the_plain_hash),
		TEST(a_trail_does_not_read_twice),
		TEST(a_hash_ahead_is_the_plain_one),
		TEST(a_hash_ahead_tells_what_went_wrong),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
