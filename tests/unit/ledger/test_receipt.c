/* receipt, proof: one event proven by itself; no changed byte passes. */
#include <stdlib.h>
#include <unistd.h>

#include "crypto/canonical.h"
#include "ledger/proof.h"
#include "ledger/tlog_proof.h"
#include "ledger_maker.h"
#include "scratch.h"
#include "test.h"

static int
make(void **state)
{
	struct ledger_maker *m = xcalloc(1, sizeof(*m));

	if (scratch_enter(state) != 0)
		return 1;
	maker_init(m, "ledger.git", "p256", "p256");
	maker_story(m, "1");
	*state = m;
	return 0;
}

static int
unmake(void **state)
{
	maker_done(*state);
	free(*state);
	return scratch_leave(state);
}

static bool
proves(struct ledger_maker *m, struct span receipt, struct receipt *out,
    struct err *e)
{
	return receipt_check(m->arena, receipt, &m->format.log, out, e);
}

/* What events of a kind name by tree_sha256 goes with their receipts. */
static void
assert_tree(struct ledger_maker *m, const struct receipt *r)
{
	CLEANUP(buf_done) struct buf bytes = { 0 }, tree = { 0 };
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;
	struct err e;

	assert_ok(ledger_event_read(m->ledger, r->n, &bytes, &json, &ev, &e),
	    &e);
	struct span hex = event_text(&ev, "tree_sha256");
	if (hex.len > 0)
		assert_ok(ledger_blob(m->ledger, hex, &tree, &e), &e);
	assert_span_equal(r->tree, buf_span(&tree));
}

static void
every_event_has_a_receipt(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf note = { 0 };
	struct err e;

	maker_checkpoint(m, &note);
	for (uint64_t n = 0; n < ledger_size(m->ledger); n++) {
		CLEANUP(buf_done) struct buf receipt = { 0 }, event = { 0 };
		struct receipt r;

		assert_ok(receipt_write(m->ledger, n, buf_span(&note),
		    &receipt, &e), &e);
		assert_ok(proves(m, buf_span(&receipt), &r, &e), &e);
		assert_ok(ledger_event(m->ledger, n, &event, &e), &e);
		assert_span_equal(r.event, buf_span(&event));
		assert_int_equal(r.n, n);
		assert_tree(m, &r);
	}
}

static void
every_event_has_a_tlog_proof(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf note = { 0 };
	struct err e;

	maker_checkpoint(m, &note);
	for (uint64_t n = 0; n < ledger_size(m->ledger); n++) {
		CLEANUP(buf_done) struct buf proof = { 0 }, event = { 0 };
		struct receipt r;

		assert_ok(tlog_proof_write(m->ledger, n, buf_span(&note),
		    &proof, &e), &e);
		assert_ok(proves(m, buf_span(&proof), &r, &e), &e);
		assert_ok(ledger_event(m->ledger, n, &event, &e), &e);
		assert_span_equal(r.event, buf_span(&event));
		assert_int_equal(r.n, n);
		assert_int_equal(r.tree.len, 0);
	}
}

/* No byte may be another, none may be missing, none may follow. */
static void
refuses_all_changes(struct ledger_maker *m, struct buf *receipt)
{
	struct receipt r;
	struct err e;

	for (size_t n = 0; n < receipt->len; n++) {
		uint8_t *cut = exact((struct span){ receipt->ptr, n });

		assert_false(proves(m, (struct span){ cut, n }, &r, &e));
		free(cut);
		receipt->ptr[n] ^= 1;
		assert_false(proves(m, buf_span(receipt), &r, &e));
		receipt->ptr[n] ^= 1;
	}
	assert_ok(proves(m, buf_span(receipt), &r, &e), &e);
	buf_u8(receipt, 'x');
	assert_false(proves(m, buf_span(receipt), &r, &e));
}

/* The number of the first event that names a tree. */
static uint64_t
vouching(struct ledger_maker *m)
{
	return fold_request_at(m->fold, 0)->artifacts[0].verified;
}

static void
no_changed_receipt_passes(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf note = { 0 }, receipt = { 0 };
	CLEANUP(buf_done) struct buf proof = { 0 };
	struct receipt r;
	struct err e;

	maker_checkpoint(m, &note);
	assert_ok(receipt_write(m->ledger, vouching(m), buf_span(&note),
	    &receipt, &e), &e);
	refuses_all_changes(m, &receipt);
	assert_ok(tlog_proof_write(m->ledger, vouching(m), buf_span(&note),
	    &proof, &e), &e);
	refuses_all_changes(m, &proof);
	assert_false(proves(m, span_text("{}"), &r, &e));
	assert_err(&e, ERR_RECEIPT);
	assert_false(proves(m, span_text("c2sp.org/tlog-proof@v1\nindex 0\n"
	    "\n"), &r, &e));
	assert_err(&e, ERR_RECEIPT);
}

/* Another tree than the one that the event names, in a receipt good else. */
static void
no_other_tree_passes(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf note = { 0 }, receipt = { 0 };
	CLEANUP(buf_done) struct buf changed = { 0 };
	CLEANUP(json_done) struct json *v = NULL;
	struct receipt r;
	struct err e;

	maker_checkpoint(m, &note);
	assert_ok(receipt_write(m->ledger, vouching(m), buf_span(&note),
	    &receipt, &e), &e);
	assert_ok(canonical_parse(buf_span(&receipt), &v, &e), &e);
	json_put_text(v, "tree", "YW5vdGhlciB0cmVl");
	assert_ok(canonical_write(v, &changed, &e), &e);
	assert_false(proves(m, buf_span(&changed), &r, &e));
	assert_err(&e, ERR_RECEIPT);
}

static void
what_a_checkpoint_does_not_cover_has_none(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf receipt = { 0 };
	uint64_t covered = ledger_checkpoint_size(m->ledger);
	struct err e;

	assert_ok(receipt_write(m->ledger, covered - 1,
	    ledger_checkpoint(m->ledger), &receipt, &e), &e);
	assert_false(receipt_write(m->ledger, covered,
	    ledger_checkpoint(m->ledger), &receipt, &e));
	assert_err(&e, ERR_MERKLE_PROOF);
	assert_false(receipt_write(m->ledger, ledger_size(m->ledger),
	    ledger_checkpoint(m->ledger), &receipt, &e));
	assert_err(&e, ERR_LEDGER_NO_EVENT);
}

static void
the_ledger_only_grew(void **state)
{
	struct ledger_maker *m = *state;
	uint64_t size = ledger_size(m->ledger);
	struct merkle_hash root = ledger_root(m->ledger, size);
	struct merkle_proof p;
	struct err e;

	for (uint64_t old = 0; old <= size; old++) {
		struct merkle_hash before = ledger_root(m->ledger, old);

		assert_ok(ledger_prove_consistency(m->ledger, old, size, &p,
		    &e), &e);
		assert_ok(merkle_check_consistency(old, &before, size, &root,
		    &p, &e), &e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_event_has_a_receipt),
		TEST(every_event_has_a_tlog_proof),
		TEST(no_changed_receipt_passes),
		TEST(no_other_tree_passes),
		TEST(what_a_checkpoint_does_not_cover_has_none),
		TEST(the_ledger_only_grew),
	};

	return cmocka_run_group_tests_name("receipt", tests, make, unmake);
}
