/* digest: known answers (FIPS 180-4 examples), ropes equal spans. */
#include "crypto/digest.h"
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_answers),
		TEST(a_rope_of_pieces_hashes_like_the_whole),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
