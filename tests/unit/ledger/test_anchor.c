/* anchor: what others say of checkpoints, good ones and their bad siblings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/timestamp.h"
#include "ledger/anchor.h"
#include "ledger_maker.h"
#include "pki.h"
#include "scratch.h"
#include "test.h"

#define TIME	1764155580

static const uint8_t policy[] = { 0x06, 0x04, 0x2a, 0x03, 0x04, 0x01 };

struct world {
	struct ledger_maker	 maker;
	struct pki_world	 pki;
	struct soft_key		*keys[2];
	struct note_key		 witnesses[2];
	struct soft_key		*stranger;
};

static int
make(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e;

	maker_init(&w->maker, "ledger.git", "ed25519", "p256");
	maker_story(&w->maker, "1");
	pki_world_make(&w->pki);
	w->stranger = soft_key_new("ed25519");
	for (size_t i = 0; i < COUNT(w->keys); i++) {
		char name[] = "w.example/0";

		name[sizeof(name) - 2] = (char)('0' + i);
		w->keys[i] = soft_key_new("ed25519");
		assert_ok(cosigner_make(w->maker.arena, span_text(name),
		    soft_key_spki(w->keys[i]), &w->witnesses[i], &e), &e);
	}
	*state = w;
	return 0;
}

static int
unmake(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(w->keys); i++)
		soft_key_free(w->keys[i]);
	soft_key_free(w->stranger);
	pki_world_done(&w->pki);
	maker_done(&w->maker);
	free(w);
	return system("rm -rf ledger.git") != 0;
}

/* ---- what others say */

/* The text of the checkpoint of a size. */
static void
text_of(struct world *w, uint64_t size, struct buf *out)
{
	struct checkpoint c = { w->maker.format.origin, size,
	    ledger_root(w->maker.ledger, size) };

	checkpoint_write(&c, out);
}

static void
note_of(struct world *w, uint64_t size, struct buf *out)
{
	struct merkle_hash root = ledger_root(w->maker.ledger, size);

	maker_note(&w->maker, w->maker.log_key, size, &root, out);
}

static void
cosign(const struct soft_key *soft, const struct note_key *k,
    struct span text, struct buf *line)
{
	CLEANUP(buf_done) struct buf message = { 0 }, value = { 0 };
	struct to_be_signed t;
	struct err e;

	cosignature_plan(text, TIME, &message, &t);
	soft_key_sign(soft, &t, &value);
	assert_ok(cosignature_finish(k, text, TIME, buf_span(&value), line,
	    &e), &e);
}

static struct span
stamp(struct world *w, struct span note)
{
	struct arena *a = w->maker.arena;
	struct timestamp_request q = { .certificates = true,
	    .imprint = digest_of(DIGEST_SHA256, note) };
	struct timestamp_grant g = { SPAN(policy), SPAN_TEXT("\x12"),
	    PKI_NOW, 0 };
	struct signing_identity id = pki_identity(&w->pki.authority, NULL, 0);
	CLEANUP(trust_done) struct trust *roots = pki_trust(&w->pki.root);
	struct timestamp_terms terms = { .roots = roots, .request = &q,
	    .now = PKI_NOW, .skew = 60000 };
	struct timestamp out;
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span reply, token;
	struct err e;

	assert_ok(timestamp_plan(&q, &g, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(w->pki.authority.key, &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), a, &reply, &e), &e);
	assert_ok(timestamp_reply_check(reply, &terms, a, &token, &out, &e),
	    &e);
	return token;
}

/* ---- the ledger with them */

static void
commit_anchor(struct world *w, const struct ledger_anchor *anchor)
{
	struct ledger_maker *m = &w->maker;
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	CLEANUP(buf_done) struct buf note = { 0 };
	struct err e;

	maker_checkpoint(m, &note);
	struct ledger_transaction t = { .anchors = anchor, .anchor_count = 1,
	    .checkpoint = buf_span(&note) };
	assert_ok(ledger_prepare(m->ledger, &t, m->at, &d, &e), &e);
	maker_take(m, &d);
}

/* What a reader says who declared so many witnesses. */
static struct ledger_anchored
read_with(struct world *w, size_t witnesses, size_t quorum)
{
	struct ledger_trust trust = w->maker.trust;
	struct err e;

	trust.witnesses = w->witnesses;
	trust.witness_count = witnesses;
	trust.quorum = quorum;
	CLEANUP(ledger_done) struct ledger *l = ledger_new(w->maker.repo,
	    &trust, NULL);
	assert_ok(ledger_advance(l, ledger_head(w->maker.ledger), &e), &e);
	return ledger_anchored(l);
}

static void
what_was_anchored_is_read_again(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf note = { 0 }, text = { 0 };
	uint64_t size = ledger_size(w->maker.ledger);
	struct anchored got;
	struct note n;
	struct err e;
	size_t good;

	note_of(w, size, &note);
	struct span token = stamp(w, buf_span(&note));
	text_of(w, size, &text);
	for (size_t i = 0; i < COUNT(w->keys); i++)
		cosign(w->keys[i], &w->witnesses[i], buf_span(&text), &note);
	struct ledger_anchor anchor = { buf_span(&note), &token, 1 };
	commit_anchor(w, &anchor);
	/* Once more changes nothing. */
	commit_anchor(w, &anchor);
	assert_int_equal(read_with(w, 2, 2).cosigned, size);
	assert_int_equal(read_with(w, 1, 1).cosigned, size);
	assert_int_equal(read_with(w, 1, 2).cosigned, 0);
	assert_int_equal(read_with(w, 0, 0).cosigned, 0);
	struct ledger_anchored said = ledger_anchored(w->maker.ledger);
	assert_int_equal(said.size, size);
	assert_int_equal(said.stamped, size);
	assert_int_equal(said.time, PKI_NOW);
	assert_ok(ledger_anchor_read(w->maker.ledger, size, a, &got, &e), &e);
	assert_int_equal(got.token_count, 1);
	assert_span_equal(got.tokens[0], token);
	assert_ok(note_parse(a, got.note, &n, &e), &e);
	assert_ok(note_check(&n, &w->maker.format.log, &e), &e);
	assert_ok(cosignature_count(&n, w->witnesses, 2, &good, &e), &e);
	assert_int_equal(good, 2);
	assert_false(ledger_anchor_read(w->maker.ledger, 1, a, &got, &e));
	assert_err(&e, ERR_LEDGER_ANCHOR);
}

/* Each file, with its size, into the text that is its list. */
static bool
list_file(void *out, uint64_t size, struct span name, struct span bytes,
    struct err *e)
{
	(void)e;
	buf_printf(out, "%llu %.*s %zu\n", (unsigned long long)size,
	    (int)name.len, (const char *)name.ptr, bytes.len);
	return true;
}

static bool
list_none(void *arg, uint64_t size, struct span name, struct span bytes,
    struct err *e)
{
	(void)arg, (void)size, (void)name, (void)bytes;
	return err_set(e, ERR_SYSTEM_WRITE, "no room");
}

static void
anchors_are_listed_and_the_best_is_found(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf note = { 0 }, got = { 0 }, want = { 0 };
	char name[LEDGER_PATH_SIZE];
	struct ledger *l = w->maker.ledger;
	uint64_t size = ledger_size(l);
	struct anchored best;
	struct err e;

	assert_ok(ledger_anchors_each(l, 0, list_none, NULL, &e), &e);
	note_of(w, size, &note);
	struct span token = stamp(w, buf_span(&note));
	struct ledger_anchor anchor = { buf_span(&note), &token, 1 };
	commit_anchor(w, &anchor);
	assert_ok(ledger_anchors_each(l, size - 1, list_file, &got, &e), &e);
	anchor_token_name(token, name);
	buf_printf(&want, "%llu checkpoint %zu\n", (unsigned long long)size,
	    note.len);
	assert_non_null(strstr(buf_cstr(&got), buf_cstr(&want)));
	want.len = 0;
	buf_printf(&want, "%llu %s %zu\n", (unsigned long long)size, name,
	    token.len);
	assert_non_null(strstr(buf_cstr(&got), buf_cstr(&want)));
	got.len = 0;
	assert_ok(ledger_anchors_each(l, size, list_file, &got, &e), &e);
	assert_int_equal(got.len, 0);
	assert_false(ledger_anchors_each(l, 0, list_none, NULL, &e));
	assert_err(&e, ERR_SYSTEM_WRITE);
	/* An event of before is under the stamp; a later one is not. */
	assert_ok(ledger_anchor_best(l, size - 1, a, &best, &e), &e);
	assert_int_equal(best.token_count, 1);
	assert_ok(ledger_anchor_best(l, size, a, &best, &e), &e);
	assert_int_equal(best.token_count, 0);
	assert_span_equal(best.note, ledger_checkpoint(l));
}

/* A token over the same checkpoint, signed once more (ECDSA), has no place. */
static void
a_token_over_another_note_is_left_out(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf one = { 0 }, other = { 0 };
	uint64_t size = ledger_size(w->maker.ledger);

	note_of(w, size, &one);
	note_of(w, size, &other);
	struct span token = stamp(w, buf_span(&other));
	struct ledger_anchor anchor = { buf_span(&one), &token, 1 };
	commit_anchor(w, &anchor);
	struct ledger_anchored said = ledger_anchored(w->maker.ledger);
	assert_int_equal(said.size, size);
	assert_int_equal(said.stamped, 0);
}

/* ---- what is none */

/* A commit that the engine's own key signed, with these files. */
static bool
takes(struct world *w, struct tree_change *c, size_t count, struct err *e)
{
	struct ledger_maker *m = &w->maker;
	CLEANUP(buf_done) struct buf note = { 0 };
	struct object_id tree = maker_tree(m, ledger_head(m->ledger));
	struct ledger_anchored before = ledger_anchored(m->ledger);

	maker_checkpoint(m, &note);
	c[count++] = maker_file(m, "checkpoint", buf_span(&note));
	struct object_id id = maker_forge(m, m->commit_key, &tree, c, count,
	    ledger_head(m->ledger), 1);
	if (ledger_advance(m->ledger, &id, e))
		return true;
	struct ledger_anchored after = ledger_anchored(m->ledger);
	assert_memory_equal(&before, &after, sizeof(after));
	return false;
}

/* A file beside the good checkpoint of that size. */
static bool
takes_beside(struct world *w, uint64_t size, const char *name,
    struct span bytes, struct span note, struct err *e)
{
	struct ledger_maker *m = &w->maker;
	char path[LEDGER_PATH_SIZE], beside[LEDGER_PATH_SIZE];

	assert_true(anchor_path(size, "checkpoint", path));
	assert_true(anchor_path(size, name, beside));
	struct tree_change c[3] = { maker_file(m, path, note),
	    maker_file(m, beside, bytes) };
	return takes(w, c, 2, e);
}

static void
checkpoints_that_are_none(void **state)
{
	struct world *w = *state;
	struct ledger_maker *m = &w->maker;
	CLEANUP(buf_done) struct buf other = { 0 }, text = { 0 };
	CLEANUP(buf_done) struct buf foreign = { 0 }, lines = { 0 };
	struct merkle_hash empty = merkle_empty(), root;
	char path[LEDGER_PATH_SIZE];
	struct err e;

	assert_true(anchor_path(3, "checkpoint", path));
	note_of(w, 2, &other);			/* of another size */
	maker_note(m, m->log_key, 3, &empty, &text);	/* of another root */
	root = ledger_root(m->ledger, 3);
	maker_note(m, w->stranger, 3, &root, &foreign);
	note_of(w, 3, &lines);
	text_of(w, 3, &lines);
	struct span bad[] = { buf_span(&other), buf_span(&text),
	    buf_span(&foreign), buf_span(&lines), span_text("x") };
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct tree_change c[2] = { maker_file(m, path, bad[i]) };

		assert_false(takes(w, c, 1, &e));
		assert_err(&e, ERR_LEDGER_ANCHOR);
		assert_non_null(strstr(e.text, path));
	}
	/* More events than there were. */
	assert_true(anchor_path(ledger_size(m->ledger) + 1, "checkpoint",
	    path));
	struct tree_change c[2] = { maker_file(m, path, buf_span(&other)) };
	assert_false(takes(w, c, 1, &e));
	assert_err(&e, ERR_LEDGER_LAYOUT);
}

static void
tokens_that_are_none(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf note = { 0 }, other = { 0 };
	CLEANUP(buf_done) struct buf flipped = { 0 };
	char name[LEDGER_PATH_SIZE], path[LEDGER_PATH_SIZE];
	struct err e;

	note_of(w, 3, &note);
	note_of(w, 2, &other);
	struct span good = stamp(w, buf_span(&note));
	struct span wrong = stamp(w, buf_span(&other));
	buf_put(&flipped, good);
	flipped.ptr[flipped.len - 1] ^= 1;
	struct span bad[] = { wrong, buf_span(&flipped), span_text("x") };
	for (size_t i = 0; i < COUNT(bad); i++) {
		anchor_token_name(bad[i], name);
		assert_false(takes_beside(w, 3, name, bad[i],
		    buf_span(&note), &e));
		assert_err(&e, ERR_LEDGER_ANCHOR);
	}
	/* Under another's name, and with no checkpoint beside it. */
	anchor_token_name(wrong, name);
	assert_false(takes_beside(w, 3, name, good, buf_span(&note), &e));
	assert_err(&e, ERR_LEDGER_ANCHOR);
	anchor_token_name(good, name);
	assert_true(anchor_path(3, name, path));
	struct tree_change c[2] = { maker_file(&w->maker, path, good) };
	assert_false(takes(w, c, 1, &e));
	assert_err(&e, ERR_LEDGER_ANCHOR);
	assert_ok(takes_beside(w, 3, name, good, buf_span(&note), &e), &e);
	assert_int_equal(ledger_anchored(w->maker.ledger).stamped, 3);
}

/* It proves that an event was there before the time that the event says. */
static void
a_token_of_before_its_last_event_is_named(void **state)
{
	struct world *w = *state;
	struct ledger_maker *m = &w->maker;
	CLEANUP(buf_done) struct buf note = { 0 };
	char name[LEDGER_PATH_SIZE], text[80];
	struct err e;

	/* The token is of the hour at which the ledger began. */
	m->at = PKI_NOW + LIMIT_CLOCK_APART + 1000;
	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	maker_commit(m);
	uint64_t size = ledger_size(m->ledger);
	note_of(w, size, &note);
	struct span token = stamp(w, buf_span(&note));
	anchor_token_name(token, name);
	assert_false(takes_beside(w, size, name, token, buf_span(&note), &e));
	assert_err(&e, ERR_LEDGER_TIME);
	snprintf(text, sizeof(text), "event %llu says "
	    "2026-01-01T00:10:02.000Z", (unsigned long long)size - 1);
	assert_non_null(strstr(e.text, text));
	assert_non_null(strstr(e.text, "there at 2026-01-01T00:00:00.000Z"));
	/* Who writes leaves it out; of the events before, it says the truth. */
	struct ledger_anchor anchor = { buf_span(&note), &token, 1 };
	commit_anchor(w, &anchor);
	assert_int_equal(ledger_anchored(m->ledger).size, size);
	assert_int_equal(ledger_anchored(m->ledger).stamped, 0);
	note.len = 0;
	note_of(w, size - 1, &note);
	token = stamp(w, buf_span(&note));
	anchor.note = buf_span(&note);
	commit_anchor(w, &anchor);
	assert_int_equal(ledger_anchored(m->ledger).stamped, size - 1);
}

/* Puts a line beside the checkpoint of three events, for a reader who knows. */
static bool
takes_line(struct world *w, const struct note_key *as, struct span line,
    struct err *e)
{
	CLEANUP(buf_done) struct buf note = { 0 };
	struct note_line by = { .id = as->id };
	char name[LEDGER_PATH_SIZE];

	note_of(w, 3, &note);
	anchor_line_name(&by, name);
	return takes_beside(w, 3, name, line, buf_span(&note), e);
}

static void
cosignatures_that_are_none(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf text = { 0 }, old = { 0 };
	CLEANUP(buf_done) struct buf good = { 0 }, wrong = { 0 };
	CLEANUP(buf_done) struct buf stranger = { 0 }, twice = { 0 };
	struct ledger_trust trust = w->maker.trust;
	struct note_key *k = w->witnesses, unknown;
	struct err e;

	trust.witnesses = k;
	trust.witness_count = 2;
	trust.quorum = 1;
	maker_trust(&w->maker, &trust);
	text_of(w, 3, &text);
	text_of(w, 2, &old);
	cosign(w->keys[0], &k[0], buf_span(&text), &good);
	cosign(w->keys[0], &k[0], buf_span(&old), &wrong);
	assert_ok(cosigner_make(w->maker.arena, SPAN_TEXT("x.example"),
	    soft_key_spki(w->stranger), &unknown, &e), &e);
	cosign(w->stranger, &unknown, buf_span(&text), &stranger);
	buf_put(&twice, buf_span(&good));
	buf_put(&twice, buf_span(&good));
	struct span bad[] = { buf_span(&wrong), buf_span(&twice),
	    buf_span(&stranger), span_text("x\n"),
	    { good.ptr, good.len - 1 } };
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(takes_line(w, &k[0], bad[i], &e));
		assert_err(&e, ERR_LEDGER_ANCHOR);
	}
	for (size_t i = good.len / 2; i < good.len; i++) {
		good.ptr[i] ^= 1;
		assert_false(takes_line(w, &k[0], buf_span(&good), &e));
		assert_err(&e, ERR_LEDGER_ANCHOR);
		good.ptr[i] ^= 1;
	}
	/* A witness that nobody declared is kept, and says nothing. */
	assert_ok(takes_line(w, &unknown, buf_span(&stranger), &e), &e);
	assert_int_equal(ledger_anchored(w->maker.ledger).cosigned, 0);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, make, unmake)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_anchored_is_read_again),
		CASE(anchors_are_listed_and_the_best_is_found),
		CASE(a_token_over_another_note_is_left_out),
		CASE(checkpoints_that_are_none),
		CASE(tokens_that_are_none),
		CASE(a_token_of_before_its_last_event_is_named),
		CASE(cosignatures_that_are_none),
	};

	return cmocka_run_group_tests_name("anchor", tests, scratch_enter,
	    scratch_leave);
}
