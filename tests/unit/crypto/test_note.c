/* note: notes we make are read again, and changed ones are refused. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/note.h"
#include "softkey.h"
#include "test.h"

static struct note_key
key_for(struct arena *a, const struct soft_key *soft, const char *name)
{
	struct note_key k;
	struct err e;

	assert_ok(note_key_make(a, span_text(name), soft_key_spki(soft), &k,
	    &e), &e);
	return k;
}

static void
make_note(const struct note_key *k, const struct soft_key *soft,
    struct span text, struct buf *out)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct to_be_signed t;
	struct err e;

	note_plan(k, text, &t);
	soft_key_sign(soft, &t, &value);
	assert_ok(note_finish(k, text, buf_span(&value), out, &e), &e);
}

static void
make_checkpoint(const struct note_key *k, const struct soft_key *soft,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct checkpoint c = { k->name, 42, merkle_empty() };

	checkpoint_write(&c, &text);
	make_note(k, soft, buf_span(&text), out);
}

static const char *const kinds[] = { "ed25519", "p256" };

static void
a_checkpoint_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(soft_key_done) struct soft_key *soft =
		    soft_key_new(kinds[i]);
		CLEANUP(buf_done) struct buf note = { 0 };
		struct note_key k = key_for(a, soft, "example.com/log");
		struct merkle_hash empty = merkle_empty();
		struct checkpoint c;
		struct err e;

		make_checkpoint(&k, soft, &note);
		assert_ok(checkpoint_verify(buf_span(&note), &k, &c, &e), &e);
		assert_true(span_is(c.origin, "example.com/log"));
		assert_int_equal(c.size, 42);
		assert_true(merkle_eq(&c.root, &empty));
	}
}

static void
no_flipped_byte_and_no_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(soft_key_done) struct soft_key *soft =
		    soft_key_new(kinds[i]);
		CLEANUP(buf_done) struct buf note = { 0 };
		struct note_key k = key_for(a, soft, "example.com/log");
		struct checkpoint c;
		struct err e;

		make_checkpoint(&k, soft, &note);
		for (size_t n = 0; n < note.len; n++) {
			uint8_t *cut = exact((struct span){ note.ptr, n });

			assert_false(checkpoint_verify((struct span){ cut, n },
			    &k, &c, &e));
			free(cut);
			note.ptr[n] ^= 1;
			assert_false(checkpoint_verify(buf_span(&note), &k,
			    &c, &e));
			note.ptr[n] ^= 1;
		}
	}
}

static void
a_verifier_key_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(soft_key_done) struct soft_key *soft =
		    soft_key_new(kinds[i]);
		CLEANUP(buf_done) struct buf vkey = { 0 };
		struct note_key k = key_for(a, soft, "example.com/log"), again;
		struct err e;

		note_key_write(&k, &vkey);
		assert_ok(note_key_parse(a, buf_span(&vkey), &again, &e), &e);
		assert_span_equal(again.public_key, soft_key_spki(soft));
		assert_span_equal(again.name, k.name);
		assert_int_equal(again.id, k.id);
		/* The id of an ECDSA key does not cover its name. */
		for (size_t n = k.type == 2 ? k.name.len : 0; n < vkey.len;
		    n++) {
			vkey.ptr[n] ^= 1;
			assert_false(note_key_parse(a, buf_span(&vkey), &again,
			    &e));
			assert_err(&e, ERR_NOTE_KEY);
			vkey.ptr[n] ^= 1;
		}
	}
}

/* RFC 8032, 7.1, test 1's public key; the id by the rule of C2SP. */
static void
the_key_id_covers_name_and_type(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf spki = unhex_text("302a300506032b6570032100"
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
	CLEANUP(buf_done) struct buf covered = { 0 };
	struct note_key k;
	struct err e;

	(void)state;
	assert_ok(note_key_make(a, span_text("example.com/log"),
	    buf_span(&spki), &k, &e), &e);
	buf_text(&covered, "example.com/log\n\x01");
	buf_put(&covered, span_from(buf_span(&spki), 12));
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&covered));
	struct reader r = rd_open(digest_span(&d));
	assert_int_equal(k.id, rd_u32be(&r));
}

static void
names_that_no_key_can_have(void **state)
{
	static const char *const bad[] = { "", "a b", "a+b", "a\nb", "a\tb",
		"a\xc2\xa0z", "a\xe3\x80\x80", "a\xff", "a\x7f" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	CLEANUP(soft_key_done) struct soft_key *odd = soft_key_new("p384");
	struct note_key k;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(note_key_make(a, span_text(bad[i]),
		    soft_key_spki(soft), &k, &e));
		assert_err(&e, ERR_NOTE_KEY);
	}
	assert_false(note_key_make(a, span_text("a"), soft_key_spki(odd), &k,
	    &e));
	assert_err(&e, ERR_NOTE_KEY);
}

static void
lines_of_strangers_are_kept_and_ignored(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("p256");
	CLEANUP(buf_done) struct buf note = { 0 };
	struct note_key keys[] = { key_for(a, soft, "log"),
	    key_for(a, other, "witness") };
	struct note n;
	struct err e;
	size_t good;

	(void)state;
	make_note(&keys[0], soft, span_text("one\n\ntwo\n"), &note);
	buf_text(&note, "\xe2\x80\x94 stranger AAAAAAAA\n");
	assert_ok(note_parse(a, buf_span(&note), &n, &e), &e);
	assert_true(span_is(n.text, "one\n\ntwo\n"));
	assert_int_equal(n.count, 2);
	assert_ok(note_verify(&n, keys, 2, &good, &e), &e);
	assert_int_equal(good, 1);
	assert_false(note_check(&n, &keys[1], &e));
	assert_err(&e, ERR_NOTE_UNSIGNED);
	/* A known key's bad line spoils the note, whoever else signed. */
	buf_text(&note, "\xe2\x80\x94 witness ");
	CLEANUP(buf_done) struct buf bad = { 0 };
	buf_u32be(&bad, keys[1].id);
	buf_zero(&bad, 70);
	text_base64(buf_span(&bad), &note);
	buf_u8(&note, '\n');
	assert_ok(note_parse(a, buf_span(&note), &n, &e), &e);
	assert_false(note_verify(&n, keys, 2, &good, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
}

static void
texts_that_are_no_notes(void **state)
{
	static const char *const bad[] = { "", "\n\n", "text\n\n",
		"text\n\xe2\x80\x94 a AAAAAAAA\n",
		"text\n\n\xe2\x80\x94 a AAAAAAAA",
		"text\n\n- a AAAAAAAA\n", "text\n\n\xe2\x80\x94 a AAAA\n",
		"text\n\n\xe2\x80\x94 a AAAAAAAA \n",
		"text\n\n\xe2\x80\x94 AAAAAAAA\n",
		"te\txt\n\n\xe2\x80\x94 a AAAAAAAA\n",
		"te\xffxt\n\n\xe2\x80\x94 a AAAAAAAA\n" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct note n;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(note_parse(a, span_text(bad[i]), &n, &e));
		assert_err(&e, ERR_NOTE);
	}
}

static void
texts_that_are_no_checkpoints(void **state)
{
#define ROOT	"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	static const char *const bad[] = { "", "log\n", "log\n1\n",
		"log\n01\n" ROOT "\n", "log\n-1\n" ROOT "\n",
		"log\n9223372036854775808\n" ROOT "\n", "log\n1\n" ROOT,
		"log\n1\n" ROOT "\nmore\n", "log\n1\nAAAA\n",
		"\n1\n" ROOT "\n", "log\n 1\n" ROOT "\n" };
	struct checkpoint c;
	struct err e;

	(void)state;
	assert_ok(checkpoint_parse(span_text("log\n0\n" ROOT "\n"), &c, &e),
	    &e);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(checkpoint_parse(span_text(bad[i]), &c, &e));
		assert_err(&e, ERR_NOTE);
	}
}

static void
a_checkpoint_of_another_origin(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf note = { 0 };
	struct note_key k = key_for(a, soft, "log");
	struct checkpoint c;
	struct err e;

	(void)state;
	make_note(&k, soft, span_text("golf\n0\n" ROOT "\n"), &note);
	assert_false(checkpoint_verify(buf_span(&note), &k, &c, &e));
	assert_err(&e, ERR_NOTE_UNSIGNED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_checkpoint_comes_back),
		TEST(no_flipped_byte_and_no_prefix),
		TEST(a_verifier_key_comes_back),
		TEST(the_key_id_covers_name_and_type),
		TEST(names_that_no_key_can_have),
		TEST(lines_of_strangers_are_kept_and_ignored),
		TEST(texts_that_are_no_notes),
		TEST(texts_that_are_no_checkpoints),
		TEST(a_checkpoint_of_another_origin),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
