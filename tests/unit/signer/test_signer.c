/*
 * signer: a real process, started as the engine starts it. It gives nothing
 * that the ledger does not name, whatever it is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "signer/signer_world.h"
#include "sys/clock.h"

/* ---- tests ---- */

static void
signs_what_a_proven_intent_names(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	checkpoint(w);
	signs(w, n, SIGN_KEY);
	struct signer_counts c = counts_of(w);
	assert_int_equal(c.signatures, 3);
	assert_int_equal(c.checkpoints, 2);
	assert_int_equal(c.next_event, n + 1);
}

static void
signs_messages_for_ed25519(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(w->items); i++)
		w->items[i].to_be_signed = (struct to_be_signed){
		    .kind = SIGNATURE_ED25519,
		    .message = SPAN_TEXT("attributes") };
	uint64_t n = append(w, intent_of(w, OTHER_KEY, w->items, 3, 1), NULL);
	checkpoint(w);
	signs(w, n, OTHER_KEY);
}

static void
refuses_a_wrong_proof(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	/* Not yet in a checkpoint that was signed. */
	refuses_sign(w, n, w->items, 3, ERR_MERKLE_PROOF);
	checkpoint(w);
	append(w, NULL, "another");
	refuses_sign(w, n, w->items, 3, ERR_MERKLE_PROOF);
	checkpoint(w);
	/* An event that is not in the log, under the number of one that is. */
	w->events[n].ptr[w->events[n].len - 20] ^= 1;
	struct buf body = { 0 };
	sign_body(w, n, w->items, 3, &body);
	struct message m;
	struct err e;
	assert_ok(stream_send(&w->channel, SIGNER_SIGN, buf_span(&body), NULL,
	    0, clock_in(PATIENCE), &e), &e);
	assert_ok(stream_expect(&w->channel, SIGNER_FAILED,
	    SIGNER_MESSAGE_LIMIT, &m, clock_in(PATIENCE), &e), &e);
	message_done(&m);
	buf_done(&body);
	assert_int_equal(counts_of(w).signatures, 0);
}

static void
refuses_an_intent_that_was_used(void **state)
{
	struct world *w = *state;
	uint64_t first = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1),
	    NULL);
	uint64_t second = append(w, intent_of(w, SIGN_KEY, w->items, 3, 2),
	    NULL);

	checkpoint(w);
	signs(w, second, SIGN_KEY);
	refuses_sign(w, second, w->items, 3, ERR_SIGNER_REPLAY);
	refuses_sign(w, first, w->items, 3, ERR_SIGNER_REPLAY);
}

static void
refuses_a_list_that_differs(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);
	struct json *lie = intent_of(w, SIGN_KEY, w->items, 3, 2);
	struct sign_item items[3];

	json_put_int(lie, "count", 2);
	uint64_t miscounted = append(w, lie, NULL);
	lie = intent_of(w, SIGN_KEY, w->items, 3, 3);
	json_put_text(lie, "root_sha256", "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	uint64_t rooted = append(w, lie, NULL);
	checkpoint(w);
	memcpy(items, w->items, sizeof(items));
	items[1].to_be_signed.digest.bytes[0] ^= 1;
	refuses_sign(w, n, items, 3, ERR_SIGNER_LIST);
	refuses_sign(w, n, w->items, 2, ERR_SIGNER_LIST);
	refuses_sign(w, miscounted, w->items, 3, ERR_SIGNER_LIST);
	refuses_sign(w, rooted, w->items, 3, ERR_SIGNER_LIST);
	signs(w, n, SIGN_KEY);
}

static void
refuses_what_is_no_intent(void **state)
{
	struct world *w = *state;
	struct json *v = intent_of(w, SIGN_KEY, w->items, 3, 1);

	json_put_text(v, "type", "keys.used");
	uint64_t other = append(w, v, NULL);
	uint64_t spaced = append(w, NULL, "{ \"type\":\"keys.intended\"}");
	v = intent_of(w, SIGN_KEY, w->items, 3, 3);
	json_put_int(v, "v", 2);
	uint64_t later = append(w, v, NULL);
	checkpoint(w);
	refuses_sign(w, other, w->items, 3, ERR_SIGNER_EVENT);
	refuses_sign(w, spaced, w->items, 3, ERR_SIGNER_EVENT);
	refuses_sign(w, later, w->items, 3, ERR_SIGNER_EVENT);
}

/* Engines share a ledger and its keys, but no intent. */
static void
refuses_the_intents_of_other_engines(void **state)
{
	static const char *const others[] = {
		"6f1c0000-0000-4000-8000-000000000001",
		"6F1C0000-0000-4000-8000-000000000000",
	};
	struct world *w = *state;
	struct json *v;
	uint64_t n = w->log.size;

	for (size_t i = 0; i < COUNT(others); i++) {
		v = intent_of(w, SIGN_KEY, w->items, 3, n + i);
		json_put_text(v, "engine", others[i]);
		append(w, v, NULL);
	}
	v = intent_of(w, SIGN_KEY, w->items, 3, n + 2);
	json_put_text(v, "engine", "6f1c0000");
	append(w, v, NULL);
	checkpoint(w);
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_ENGINE);
	refuses_sign(w, n + 1, w->items, 3, ERR_SIGNER_ENGINE);
	refuses_sign(w, n + 2, w->items, 3, ERR_SIGNER_EVENT);
	assert_int_equal(counts_of(w).next_event, n);
}

/* What the ledger says of token and start is what is so. */
static void
refuses_the_intents_of_other_tokens_and_starts(void **state)
{
	static const char *const members[] = { "label", "serial" };
	struct world *w = *state;
	uint64_t n = w->log.size;
	struct json *v, *token;

	for (size_t i = 0; i < COUNT(members); i++) {
		token = json_map();
		v = intent_of(w, SIGN_KEY, w->items, 3, n + i);
		json_put_span(token, members[1 - i], json_span(json_member(
		    json_member(v, "token"), members[1 - i])));
		json_put_text(token, members[i], "another");
		json_put(v, "token", token);
		append(w, v, NULL);
	}
	v = intent_of(w, SIGN_KEY, w->items, 3, n + 2);
	json_put_text(v, "session", "00000000000000000000000000000000");
	append(w, v, NULL);
	v = intent_of(w, SIGN_KEY, w->items, 3, n + 3);
	json_put_text(v, "session", "00");
	append(w, v, NULL);
	append(w, intent_of(w, SIGN_KEY, w->items, 3, n + 4), NULL);
	checkpoint(w);
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_KEY);
	refuses_sign(w, n + 1, w->items, 3, ERR_SIGNER_KEY);
	refuses_sign(w, n + 2, w->items, 3, ERR_SIGNER_REPLAY);
	refuses_sign(w, n + 3, w->items, 3, ERR_SIGNER_EVENT);
	signs(w, n + 4, SIGN_KEY);
}

static void
tells_which_start_it_is_and_what_it_has(void **state)
{
	static const char *const told[] = { "module", "label", "serial",
	    "manufacturer", "model", "firmware" };
	struct world *w = *state;
	CLEANUP(json_done) struct json *one = told_of(w), *same = told_of(w);
	const struct json *process = json_member(one, "process");
	const struct json *tokens = json_member(one, "tokens");
	uint8_t raw[SIGNER_SESSION];
	struct buf body = { 0 };

	assert_true(text_unhex(json_span(json_member(one, "session")), raw,
	    sizeof(raw)));
	assert_true(span_eq(json_span(json_member(one, "session")),
	    json_span(json_member(same, "session"))));
	assert_int_equal(json_count(tokens), 1);
	for (size_t i = 0; i < COUNT(told); i++)
		assert_true(json_span(json_member(json_item(tokens, 0),
		    told[i])).len > 0);
	assert_true(span_is(json_span(json_member(process, "process")),
	    "signer"));
	buf_u8(&body, 0);
	refused(w, SIGNER_ABOUT, &body, ERR_PROCESS_PROTOCOL);
	process_kill(&w->process);
	channel_done(&w->channel);
	signer_start(w, "engine");
	CLEANUP(json_done) struct json *next = told_of(w);
	assert_false(span_eq(json_span(json_member(one, "session")),
	    json_span(json_member(next, "session"))));
}

static void
the_ledgers_keys_sign_nothing_else(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, COMMIT_KEY, w->items, 3, 1), NULL);

	append(w, intent_of(w, LOG_KEY, w->items, 3, 2), NULL);
	w->public_keys[OTHER_KEY] = SPAN_TEXT("a key that nobody opened");
	append(w, intent_of(w, OTHER_KEY, w->items, 3, 3), NULL);
	checkpoint(w);
	for (uint64_t i = n; i < n + 3; i++)
		refuses_sign(w, i, w->items, 3, ERR_SIGNER_KEY);
	struct key_record r = opened(w, "release", SIGNER_USE_COMMIT);
	assert_err(&r.err, ERR_SIGNER_KEY);
	r = opened(w, "commit", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_SIGNER_KEY);
	r = opened(w, "log", SIGNER_USE_LOG);
	assert_null(r.err.what);
	r = opened(w, "nobody", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_KEY_ABSENT);
}

static void
refuses_checkpoints_that_do_not_extend(void **state)
{
	struct world *w = *state;
	struct buf body = { 0 };
	struct merkle_tree forged = { 0 };

	append(w, NULL, "two");
	append(w, NULL, "three");
	checkpoint(w);
	/* Older, or from a state that is not the last. */
	checkpoint_body(w, 3, 2, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	checkpoint_body(w, 1, 3, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	/* Another history of the same size, then a larger one. */
	struct merkle_tree real = w->log;
	w->log = forged;
	for (int i = 0; i < 4; i++) {
		struct merkle_hash leaf = merkle_leaf(SPAN_TEXT("forged"));
		merkle_tree_append(&w->log, &leaf);
	}
	checkpoint_body(w, 3, 4, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	CLEANUP(buf_done) struct buf proof = { 0 };
	struct merkle_source source = merkle_tree_source(&w->log);
	struct merkle_proof p;
	struct err e;
	assert_ok(merkle_prove_consistency(&source, 3, 4, &p, &e), &e);
	merkle_proof_write(&p, &proof);
	struct checkpoint_request q = { 3, merkle_tree_root(&real, 3), 4,
	    merkle_tree_root(&w->log, 4), buf_span(&proof) };
	checkpoint_request_write(&q, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	merkle_tree_done(&w->log);
	w->log = real;
	/* The same once more is no harm. */
	checkpoint(w);
	assert_int_equal(counts_of(w).size, 3);
}

static void
commits_are_signed_for_git_and_nothing_else_is(void **state)
{
	static const char payload[] = "tree 0123\nauthor a\n\nsubject\n";
	struct world *w = *state;
	struct buf body = { 0 };
	struct span armor;
	struct err e;
	char path[128];

	text_body_write(span_text(payload), &body);
	assert_ok(text_body_read(ask(w, SIGNER_COMMIT, &body,
	    SIGNER_COMMITTED), &armor, &e), &e);
	snprintf(path, sizeof(path), "%s/sig", w->token.folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(armor.ptr, 1, armor.len, f);
	fclose(f);
	run_ok("printf 'tree 0123\\nauthor a\\n\\nsubject\\n' | ssh-keygen -Y"
	    " check-novalidate -n git -s %s >/dev/null", path);
	text_body_write(span_text("object 0123\ntype commit\n"), &body);
	refused(w, SIGNER_COMMIT, &body, ERR_SIGNER_EVENT);
	assert_int_equal(counts_of(w).commits, 1);
}

static void
remembers_when_it_is_killed(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	checkpoint(w);
	signs(w, n, SIGN_KEY);
	struct signer_counts before = counts_of(w);
	process_kill(&w->process);
	channel_done(&w->channel);
	signer_start(w, "engine");
	open_all(w);
	struct signer_counts after = counts_of(w);
	assert_memory_equal(&before, &after, sizeof(before));
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_REPLAY);
	n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 2), NULL);
	checkpoint(w);
	signs(w, n, SIGN_KEY);
	assert_int_equal(counts_of(w).signatures, 6);
}

/* The token has signed, and nobody knows: the count does. */
static void
counts_before_the_key_is_used(void **state)
{
	struct world *w = *state;
	struct buf body = { 0 };
	struct message m;
	struct err e;

	assert_int_equal(signer_stop(w), 0);
	setenv("SHIM_KILLS", "2", 1);	/* 1 is the checkpoint's */
	signer_start(w, "again");
	unsetenv("SHIM_KILLS");
	open_all(w);
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);
	checkpoint(w);
	sign_body(w, n, w->items, 3, &body);
	assert_ok(stream_send(&w->channel, SIGNER_SIGN, buf_span(&body), NULL,
	    0, clock_in(PATIENCE), &e), &e);
	buf_done(&body);
	assert_false(stream_receive(&w->channel, SIGNER_MESSAGE_LIMIT, &m,
	    clock_in(PATIENCE), &e));
	assert_err(&e, ERR_CHANNEL_CLOSED);
	signer_stop(w);
	signer_start(w, "again");
	open_all(w);
	assert_int_equal(counts_of(w).signatures, 3);
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_REPLAY);
}

/* One of three does not fit the key: the token was asked for all of them. */
static void
counts_what_fails_and_gives_the_others(void **state)
{
	struct world *w = *state;
	struct buf body = { 0 };
	struct signature_item *out;
	size_t count;
	struct err e;

	w->items[1].to_be_signed = (struct to_be_signed){
	    .kind = SIGNATURE_ED25519, .message = SPAN_TEXT("wrong key") };
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);
	checkpoint(w);
	sign_body(w, n, w->items, 3, &body);
	assert_ok(signed_read(ask(w, SIGNER_SIGN, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_err(&out[1].err, ERR_SIGNATURE_UNFIT);
	for (size_t i = 0; i < count; i += 2)
		assert_ok(signature_check(w->public_keys[SIGN_KEY],
		    &w->items[i].to_be_signed, out[i].value, &e), &e);
	assert_int_equal(counts_of(w).signatures, 3);
}

/* All that the ledger has by then is void, whatever the lost file knew. */
static void
honours_nothing_old_when_its_state_is_lost(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	append(w, intent_of(w, SIGN_KEY, w->items, 3, n + 1), NULL);
	checkpoint(w);
	signs(w, n, SIGN_KEY);
	assert_int_equal(signer_stop(w), 0);
	assert_int_equal(ftruncate(w->state, 0), 0);
	signer_start(w, "again");
	assert_int_equal(signer_stop(w), 1);
	signer_start(w, "at least 1");
	open_all(w);
	w->signed_size = 1;
	assert_int_equal(counts_of(w).next_event, 1);
	checkpoint(w);
	assert_int_equal(counts_of(w).next_event, n + 2);
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_REPLAY);
	refuses_sign(w, n + 1, w->items, 3, ERR_SIGNER_REPLAY);
	uint64_t next = append(w, intent_of(w, SIGN_KEY, w->items, 3, n + 2),
	    NULL);
	checkpoint(w);
	signs(w, next, SIGN_KEY);
}

static void
stops_when_its_state_is_damaged(void **state)
{
	struct world *w = *state;
	uint8_t old[4096], junk[64];

	/* One damaged slot: the other one speaks. */
	assert_int_equal(pread(w->state, old, sizeof(old), 0), 4096);
	append(w, NULL, "two");
	checkpoint(w);
	assert_int_equal(signer_stop(w), 0);
	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(pwrite(w->state, junk, sizeof(junk), 20), 64);
	signer_start(w, "engine");
	open_all(w);
	assert_int_equal(counts_of(w).size, 1);
	assert_int_equal(signer_stop(w), 0);
	assert_int_equal(pwrite(w->state, junk, sizeof(junk), 2068), 64);
	signer_start(w, "engine");
	assert_int_equal(signer_stop(w), 6);
	assert_int_equal(ftruncate(w->state, 100), 0);
	signer_start(w, "engine");
	assert_int_equal(signer_stop(w), 6);
}

/* What the table does not allow is not even read: the channel ends. */
static void
an_engine_takes_no_local_request(void **state)
{
	struct world *w = *state;
	struct message m;
	struct err e;

	assert_ok(stream_send(&w->channel, SIGNER_SIGN_LOCAL, span_text("x"),
	    NULL, 0, clock_in(PATIENCE), &e), &e);
	assert_false(stream_receive(&w->channel, SIGNER_MESSAGE_LIMIT, &m,
	    clock_in(PATIENCE), &e));
	assert_err(&e, ERR_CHANNEL_CLOSED);
	assert_int_equal(signer_stop(w), 1);
}

/* Made by others: one that was in a file and cannot leave, one that can. */
static void
a_key_that_may_leave_its_token_is_not_used(void **state)
{
	struct world *w = *state;

	run_ok("t='pkcs11-tool --module %s -l --pin " TOKEN_PIN " --token-label"
	    " acme --keypairgen --key-type EC:prime256v1'; exec >/dev/null"
	    " 2>&1; $t --label tight --id 70 && $t --label loose --id 71"
	    " --extractable", SOFTHSM);
	signer_stop(w);
	signer_start(w, "again");
	open_all(w);
	struct key_record loose = opened(w, "loose", SIGNER_USE_SIGN);
	assert_err(&loose.err, ERR_KEY_EXPORTABLE);
	struct key_record tight = opened(w, "tight", SIGNER_USE_SIGN);
	assert_null(tight.err.what);
}

static void
a_local_signer_makes_lists_checks_and_uses_keys(void **state)
{
	struct world *w = *state;
	struct key_make_request make = { SPAN_TEXT("acme"),
	    SPAN_TEXT("ec-p384"), SPAN_TEXT("new") };
	CLEANUP(buf_done) struct buf list = { 0 };
	struct buf body = { 0 };
	struct key_record *records;
	struct merkle_hash root;
	struct signature_item *out;
	size_t count;
	struct err e;

	signer_start(w, "local");
	key_make_write(&make, &body);
	assert_ok(key_records_read(ask(w, SIGNER_KEY_MAKE, &body, SIGNER_MADE),
	    w->arena, &records, &count, &e), &e);
	assert_int_equal(count, 1);
	struct span spki = records[0].public_key;
	text_body_write(span_text(""), &body);
	assert_ok(key_records_read(ask(w, SIGNER_KEY_LIST, &body,
	    SIGNER_LISTED), w->arena, &records, &count, &e), &e);
	assert_int_equal(count, KEYS + 1);
	text_body_write(span_text("pkcs11:object=new"), &body);
	assert_ok(key_records_read(ask(w, SIGNER_KEY_CHECK, &body,
	    SIGNER_CHECKED), w->arena, &records, &count, &e), &e);
	assert_null(records[0].err.what);
	assert_span_equal(records[0].public_key, spki);
	assert_ok(sign_list_write(w->items, 3, &list, &root, &e), &e);
	struct sign_local_request q = { SPAN_TEXT("pkcs11:object=new"),
	    buf_span(&list) };
	sign_local_write(&q, &body);
	assert_ok(signed_read(ask(w, SIGNER_SIGN_LOCAL, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_ok(signature_check(spki, &w->items[2].to_be_signed,
	    out[2].value, &e), &e);
	key_make_write(&make, &body);
	refused(w, SIGNER_KEY_MAKE, &body, ERR_KEY_EXISTS);
	text_body_write(span_text("pkcs11:slot-id=0"), &body);
	refused(w, SIGNER_KEY_CHECK, &body, ERR_KEY_URI_LOCAL);
	text_body_write(span_text("no such token"), &body);
	refused(w, SIGNER_KEY_LIST, &body, ERR_TOKEN_ABSENT);
}

/* A message larger than a frame, and each item with its own fate. */
static void
a_long_list_goes_in_one_message(void **state)
{
	enum { ITEMS = 500 };
	struct world *w = *state;
	CLEANUP(buf_done) struct buf list = { 0 };
	struct sign_item *items = xcalloc(ITEMS, sizeof(*items));
	struct buf body = { 0 };
	struct merkle_hash root;
	struct signature_item *out;
	size_t count;
	struct err e;

	for (size_t i = 0; i < ITEMS; i++)
		items[i] = w->items[i % 3];
	items[77].to_be_signed = (struct to_be_signed){
	    .kind = SIGNATURE_ED25519, .message = SPAN_TEXT("wrong key") };
	signer_start(w, "local");
	assert_ok(sign_list_write(items, ITEMS, &list, &root, &e), &e);
	struct sign_local_request q = { SPAN_TEXT("pkcs11:object=release"),
	    buf_span(&list) };
	sign_local_write(&q, &body);
	assert_true(body.len > 2 * LIMIT_FRAME);
	assert_ok(signed_read(ask(w, SIGNER_SIGN_LOCAL, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, ITEMS);
	for (size_t i = 0; i < ITEMS; i++)
		assert_true((out[i].err.what != NULL) == (i == 77));
	assert_err(&out[77].err, ERR_SIGNATURE_UNFIT);
	free(items);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) cmocka_unit_test_setup_teardown(f, signer_world_engine,	\
    signer_world_done)
#define LOCAL(f) cmocka_unit_test_setup_teardown(f, signer_world,	\
    signer_world_done)
		EACH(signs_what_a_proven_intent_names),
		EACH(signs_messages_for_ed25519),
		EACH(refuses_a_wrong_proof),
		EACH(refuses_an_intent_that_was_used),
		EACH(refuses_a_list_that_differs),
		EACH(refuses_what_is_no_intent),
		EACH(refuses_the_intents_of_other_engines),
		EACH(refuses_the_intents_of_other_tokens_and_starts),
		EACH(tells_which_start_it_is_and_what_it_has),
		EACH(the_ledgers_keys_sign_nothing_else),
		EACH(refuses_checkpoints_that_do_not_extend),
		EACH(commits_are_signed_for_git_and_nothing_else_is),
		EACH(remembers_when_it_is_killed),
		EACH(counts_before_the_key_is_used),
		EACH(counts_what_fails_and_gives_the_others),
		EACH(honours_nothing_old_when_its_state_is_lost),
		EACH(stops_when_its_state_is_damaged),
		EACH(an_engine_takes_no_local_request),
		EACH(a_key_that_may_leave_its_token_is_not_used),
		LOCAL(a_local_signer_makes_lists_checks_and_uses_keys),
		LOCAL(a_long_list_goes_in_one_message),
	};

	if (process_role(argc, argv) != NULL)
		return signer_world_role(argc, argv);
	return cmocka_run_group_tests_name("signer", tests, NULL, NULL);
}
