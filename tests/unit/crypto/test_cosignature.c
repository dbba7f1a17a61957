/* cosignature: what witnesses say, from a known answer and back. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/cosignature.h"
#include "softkey.h"
#include "test.h"

/*
 * Made with the key of RFC 8032, 7.1, test 1, by a program in Python after
 * C2SP tlog-cosignature. The text is that page's example.
 */
#define TEXT	"example.com/behind-the-sofa\n20852163\n"		\
	"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define VKEY	"witness.example/w1+eb762cc2+"				\
	"BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
#define LINE	"\xe2\x80\x94 witness.example/w1 "				\
	"63YswgAAAABkGFDL+TPmh4BYuAjsYRoqMJCWb/gWJaeRF/kmm5tlCr9s"	\
	"J57DLErur7K0yDXc2ArN+TIuotuB/HbuL3AJsp3bv/aNCQ=="
#define TIME	1679315147

static struct note_key
cosigner(struct arena *a, const struct soft_key *soft, const char *name)
{
	struct note_key k;
	struct err e;

	assert_ok(cosigner_make(a, span_text(name), soft_key_spki(soft), &k,
	    &e), &e);
	return k;
}

static void
cosign(const struct note_key *k, const struct soft_key *soft, const char *text,
    struct buf *line)
{
	CLEANUP(buf_done) struct buf message = { 0 }, value = { 0 };
	struct to_be_signed t;
	struct err e;

	cosignature_plan(span_text(text), TIME, &message, &t);
	soft_key_sign(soft, &t, &value);
	assert_ok(cosignature_finish(k, span_text(text), TIME,
	    buf_span(&value), line, &e), &e);
}

static void
the_known_answer(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf again = { 0 };
	struct note_line line;
	struct note_key k;
	struct err e;
	uint64_t time;

	(void)state;
	assert_ok(cosigner_parse(a, span_text(VKEY), &k, &e), &e);
	assert_int_equal(k.type, 4);
	note_key_write(&k, &again);
	assert_span_equal(buf_span(&again), span_text(VKEY));
	assert_ok(note_line_parse(a, span_text(LINE), &line, &e), &e);
	assert_ok(cosignature_line_check(&line, span_text(TEXT), &k, &time,
	    &e), &e);
	assert_int_equal(time, TIME);
	assert_false(cosignature_line_check(&line, span_text("x" TEXT), &k,
	    &time, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
}

static void
no_flipped_byte_and_no_prefix(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct note_line line;
	struct note_key k;
	struct err e;

	(void)state;
	assert_ok(cosigner_parse(a, span_text(VKEY), &k, &e), &e);
	buf_text(&b, LINE);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = exact((struct span){ b.ptr, n });

		assert_false(note_line_parse(a, (struct span){ cut, n }, &line,
		    &e) && cosignature_line_check(&line, span_text(TEXT), &k,
		    NULL, &e));
		free(cut);
		b.ptr[n] ^= 1;
		assert_false(note_line_parse(a, buf_span(&b), &line, &e) &&
		    cosignature_line_check(&line, span_text(TEXT), &k, NULL,
		    &e));
		b.ptr[n] ^= 1;
	}
}

static void
a_line_that_we_made(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	CLEANUP(soft_key_done) struct soft_key *other =
	    soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf note = { 0 }, bad = { 0 };
	struct note_key keys[] = { cosigner(a, soft, "w.example/1"),
	    cosigner(a, other, "w.example/2") };
	struct note n;
	struct err e;
	size_t good;

	(void)state;
	buf_text(&note, TEXT "\n");
	cosign(&keys[0], soft, TEXT, &note);
	buf_text(&note, LINE "\n");
	assert_ok(note_parse(a, buf_span(&note), &n, &e), &e);
	assert_ok(cosignature_count(&n, keys, 2, &good, &e), &e);
	assert_int_equal(good, 1);
	/* Twice by the same is once. */
	cosign(&keys[0], soft, TEXT, &note);
	assert_ok(note_parse(a, buf_span(&note), &n, &e), &e);
	assert_ok(cosignature_count(&n, keys, 2, &good, &e), &e);
	assert_int_equal(good, 1);
	/* The second one signed another text. */
	cosign(&keys[1], other, "other\n1\n" "AAAA\n", &note);
	assert_ok(note_parse(a, buf_span(&note), &n, &e), &e);
	assert_false(cosignature_count(&n, keys, 2, &good, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	assert_false(cosignature_finish(&keys[0], span_text(TEXT), TIME,
	    SPAN_TEXT("nothing"), &bad, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	assert_int_equal(bad.len, 0);
}

/* A log's signature is not a witness's, nor the other way round. */
static void
the_two_kinds_are_kept_apart(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	CLEANUP(soft_key_done) struct soft_key *p256 = soft_key_new("p256");
	CLEANUP(buf_done) struct buf vkey = { 0 }, value = { 0 };
	CLEANUP(buf_done) struct buf note = { 0 };
	struct note_key log, witness = cosigner(a, soft, "w.example"), again;
	struct to_be_signed t;
	struct note n;
	struct err e;
	size_t good;

	(void)state;
	assert_ok(note_key_make(a, span_text("w.example"),
	    soft_key_spki(soft), &log, &e), &e);
	note_key_write(&log, &vkey);
	assert_false(cosigner_parse(a, buf_span(&vkey), &again, &e));
	assert_err(&e, ERR_NOTE_KEY);
	assert_false(note_key_parse(a, span_text(VKEY), &again, &e));
	assert_err(&e, ERR_NOTE_KEY);
	assert_false(cosigner_make(a, span_text("w"), soft_key_spki(p256),
	    &again, &e));
	assert_err(&e, ERR_NOTE_KEY);
	note_plan(&log, span_text(TEXT), &t);
	soft_key_sign(soft, &t, &value);
	assert_ok(note_finish(&log, span_text(TEXT), buf_span(&value), &note,
	    &e), &e);
	assert_ok(note_parse(a, buf_span(&note), &n, &e), &e);
	assert_ok(cosignature_count(&n, &witness, 1, &good, &e), &e);
	assert_int_equal(good, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_known_answer),
		TEST(no_flipped_byte_and_no_prefix),
		TEST(a_line_that_we_made),
		TEST(the_two_kinds_are_kept_apart),
	};

	return cmocka_run_group_tests_name("cosignature", tests, NULL, NULL);
}
