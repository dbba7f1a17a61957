/* receipt, proof: one event proven by itself; no changed byte passes. */
#include <stdlib.h>
#include <unistd.h>

#include "ledger/proof.h"
#include "ledger/receipt.h"
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
	}
}

static void
no_changed_receipt_passes(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf note = { 0 }, receipt = { 0 };
	struct receipt r;
	struct err e;

	maker_checkpoint(m, &note);
	assert_ok(receipt_write(m->ledger, 5, buf_span(&note), &receipt, &e),
	    &e);
	for (size_t n = 0; n < receipt.len; n++) {
		uint8_t *cut = exact((struct span){ receipt.ptr, n });

		assert_false(proves(m, (struct span){ cut, n }, &r, &e));
		free(cut);
		receipt.ptr[n] ^= 1;
		assert_false(proves(m, buf_span(&receipt), &r, &e));
		receipt.ptr[n] ^= 1;
	}
	assert_false(proves(m, span_text("{}"), &r, &e));
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
		TEST(no_changed_receipt_passes),
		TEST(what_a_checkpoint_does_not_cover_has_none),
		TEST(the_ledger_only_grew),
	};

	return cmocka_run_group_tests_name("receipt", tests, make, unmake);
}
