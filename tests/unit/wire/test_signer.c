/*
 * signer's messages: what is written is read back; no prefix of a body is
 * taken, nor one with a byte behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "test.h"
#include "wire/signer.h"

#define ARENA	((size_t)1 << 20)

/* Reads a body of one type; only whether it is taken matters here. */
typedef bool reads(struct span, struct arena *, struct err *);

static bool
reads_open(struct span s, struct arena *a, struct err *e)
{
	struct open_item *out;
	size_t count;

	return open_read(s, a, &out, &count, e);
}

static bool
reads_records(struct span s, struct arena *a, struct err *e)
{
	struct key_record *out;
	size_t count;

	return key_records_read(s, a, &out, &count, e);
}

static bool
reads_checkpoint(struct span s, struct arena *a, struct err *e)
{
	struct checkpoint_request out;

	(void)a;
	return checkpoint_request_read(s, &out, e);
}

static bool
reads_sign(struct span s, struct arena *a, struct err *e)
{
	struct sign_request out;

	(void)a;
	return sign_read(s, &out, e);
}

static bool
reads_sign_local(struct span s, struct arena *a, struct err *e)
{
	struct sign_local_request out;

	(void)a;
	return sign_local_read(s, &out, e);
}

static bool
reads_make(struct span s, struct arena *a, struct err *e)
{
	struct key_make_request out;

	(void)a;
	return key_make_read(s, &out, e);
}

static bool
reads_text(struct span s, struct arena *a, struct err *e)
{
	struct span out;

	(void)a;
	return text_body_read(s, &out, e);
}

static bool
reads_signed(struct span s, struct arena *a, struct err *e)
{
	struct signature_item *out;
	size_t count;

	return signed_read(s, a, &out, &count, e);
}

static bool
reads_counts(struct span s, struct arena *a, struct err *e)
{
	struct signer_counts out;

	(void)a;
	return counts_read(s, &out, e);
}

static void
only_whole(const struct buf *b, reads *read)
{
	CLEANUP(buf_done) struct buf more = { 0 };
	struct err e;

	for (size_t n = 0; n <= b->len; n++) {
		CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
		struct span s = { exact((struct span){ b->ptr, n }), n };

		assert_int_equal(read(s, a, &e), n == b->len);
		if (n < b->len)
			assert_err(&e, ERR_PROCESS_PROTOCOL);
		free((void *)(uintptr_t)s.ptr);
	}
	buf_put(&more, buf_span(b));
	buf_u8(&more, 0);
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	assert_false(read(buf_span(&more), a, &e));
}

static void
no_body_is_taken_in_part(void **state)
{
	struct open_item open[] = { { SIGNER_USE_SIGN, SPAN_TEXT("a") },
	    { SIGNER_USE_COMMIT, SPAN_TEXT("b") } };
	struct key_record record = { .public_key = SPAN_TEXT("k"),
	    .json = SPAN_TEXT("{}") };
	struct checkpoint_request q = { 1, merkle_empty(), 2, merkle_empty(),
	    SPAN_TEXT("proof") };
	struct signature_item items[2] = { { .value = SPAN_TEXT("v") } };
	struct signer_counts counts = { .size = 9, .signatures = 3 };
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	open_write(open, 2, &b);
	only_whole(&b, reads_open);
	b.len = 0;
	err_set(&record.err, ERR_KEY_ABSENT, "none");
	key_records_write(&record, 1, &b);
	only_whole(&b, reads_records);
	b.len = 0;
	checkpoint_request_write(&q, &b);
	only_whole(&b, reads_checkpoint);
	b.len = 0;
	sign_write(&(struct sign_request){ SPAN_TEXT("event"),
	    SPAN_TEXT("proof"), SPAN_TEXT("list") }, &b);
	only_whole(&b, reads_sign);
	b.len = 0;
	sign_local_write(&(struct sign_local_request){ SPAN_TEXT("uri"),
	    SPAN_TEXT("list") }, &b);
	only_whole(&b, reads_sign_local);
	b.len = 0;
	key_make_write(&(struct key_make_request){ SPAN_TEXT("t"),
	    SPAN_TEXT("a"), SPAN_TEXT("l") }, &b);
	only_whole(&b, reads_make);
	b.len = 0;
	text_body_write(SPAN_TEXT("text"), &b);
	only_whole(&b, reads_text);
	b.len = 0;
	err_set(&items[1].err, ERR_TOKEN_DEVICE, "broken");
	signed_write(items, 2, &b);
	only_whole(&b, reads_signed);
	b.len = 0;
	counts_write(&counts, &b);
	only_whole(&b, reads_counts);
}

static void
an_unknown_use_of_a_key_is_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	open_write(&(struct open_item){ (enum signer_use)3, SPAN_TEXT("a") },
	    1, &b);
	assert_false(reads_open(buf_span(&b), a, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
}

/* Each line with one thing wrong. */
static void
a_list_has_one_spelling(void **state)
{
#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define LINE(algorithm, digest, i)					\
	"{\"algorithm\":\"" algorithm "\",\"digest\":\"" digest "\","	\
	"\"file\":\"a\",\"i\":" i "}\n"
	static const char *const bad[] = {
		"", "\n", "{}\n", "[]\n",
		LINE("ecdsa-sha256", HASH, "1"),
		LINE("ecdsa-sha256", HASH, "\"0\""),
		LINE("ecdsa-sha512", HASH, "0"),
		LINE("ecdsa-sha1", HASH, "0"),
		LINE("ed25519", HASH, "0"),
		LINE("ecdsa-sha256", "00", "0"),
		(LINE("ecdsa-sha256", HASH, "0") "\n"),
		(LINE("ecdsa-sha256", HASH, "0")
		    LINE("ecdsa-sha256", HASH, "0")),
		(" " LINE("ecdsa-sha256", HASH, "0")),
		("{\"algorithm\":\"ecdsa-sha256\",\"digest\":\"" HASH "\",\"i\""
		    ":0}\n"),
		("{\"algorithm\":\"ecdsa-sha256\",\"digest\":\"" HASH "\","
		    "\"file\":\"a\",\"i\":0,\"x\":0}\n"),
		("{\"algorithm\":\"ed25519\",\"file\":\"a\",\"i\":0,\"message\""
		    ":\"AB\"}\n"),
	};
	static const char good[] = LINE("ecdsa-sha256", HASH, "0");
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	struct merkle_hash root, leaf;
	struct sign_item *items;
	struct err e;
	size_t count;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		print_message("%s\n", bad[i]);
		assert_false(sign_list_read(span_text(bad[i]), a, &items,
		    &count, &root, &e));
		assert_err(&e, ERR_SIGNER_LIST);
	}
	for (size_t n = 0; n < strlen(good); n++)
		assert_false(sign_list_read((struct span){
		    (const uint8_t *)good, n }, a, &items, &count, &root, &e));
	assert_ok(sign_list_read(span_text(good), a, &items, &count, &root,
	    &e), &e);
	assert_int_equal(count, 1);
	leaf = merkle_leaf((struct span){ (const uint8_t *)good,
	    strlen(good) - 1 });
	assert_true(merkle_eq(&leaf, &root));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_body_is_taken_in_part),
		TEST(an_unknown_use_of_a_key_is_refused),
		TEST(a_list_has_one_spelling),
	};

	return cmocka_run_group_tests_name("wire signer", tests, NULL, NULL);
}
