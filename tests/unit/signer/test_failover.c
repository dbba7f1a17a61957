/*
 * failover: the same keys in two tokens, one of which goes and comes back. What
 * the ledger names is where a signature is made, and nowhere else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "signer/signer_world.h"
#include "sys/clock.h"

/* The tokens of that label are not there; "": all are. */
static void
away(struct world *w, const char *label)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/softhsm2.conf-away", w->token.folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(label, f);
	fclose(f);
}

static void
is_in(struct world *w, const char *token)
{
	struct key_record r = opened(w, "release", SIGNER_USE_SIGN);
	CLEANUP(json_done) struct json *v = NULL;
	struct err e;

	assert_null(r.err.what);
	assert_ok(json_parse(r.json, &v, &e), &e);
	assert_span_equal(json_span(json_member(v, "token")),
	    span_text(token));
}

/* An intent as the judge writes it now, for a token of that label. */
static uint64_t
intends(struct world *w, const char *token)
{
	struct json *v = intent_of(w, SIGN_KEY, w->items, 3, w->log.size);

	assert_span_equal(json_span(json_member(json_member(v, "token"),
	    "label")), span_text(token));
	uint64_t n = append(w, v, NULL);
	checkpoint(w);
	return n;
}

/* SIGN is answered, and each item has the error. */
static void
signs_nothing(struct world *w, uint64_t n, enum err_code code)
{
	const struct signature_item *out = sign_all(w, n);

	for (size_t i = 0; i < COUNT(w->items); i++) {
		assert_int_equal(out[i].value.len, 0);
		assert_err(&out[i].err, code);
	}
}

static int
begin(void **state)
{
	signer_world_two(state);
	signer_start(*state, "two engine");
	open_all(*state);
	append(*state, NULL, "genesis");
	checkpoint(*state);
	return 0;
}

static void
a_token_that_fails_is_followed_by_the_other_by_a_new_intent(void **state)
{
	struct world *w = *state;

	is_in(w, "acme");
	uint64_t first = intends(w, "acme");
	away(w, "acme");
	signs_nothing(w, first, ERR_TOKEN_ABSENT);
	assert_int_equal(counts_of(w).signatures, 3);
	/* The intent is used up, and never was one for the other token. */
	refuses_sign(w, first, w->items, 3, ERR_TOKEN_ABSENT);
	/* Checkpoints went on by the ledger's keys in the other one. */
	is_in(w, "spare");
	uint64_t second = intends(w, "spare");
	signs(w, second, SIGN_KEY);
	assert_int_equal(counts_of(w).signatures, 6);
	away(w, "");
	refuses_sign(w, first, w->items, 3, ERR_SIGNER_REPLAY);
	refuses_sign(w, second, w->items, 3, ERR_SIGNER_REPLAY);
}

static void
a_token_that_came_back_is_used_again(void **state)
{
	struct world *w = *state;

	uint64_t n = intends(w, "acme");
	away(w, "acme");
	signs_nothing(w, n, ERR_TOKEN_ABSENT);
	is_in(w, "spare");
	away(w, "");
	/* The pause is not over: the other one will do. */
	is_in(w, "spare");
	usleep(1100000);
	is_in(w, "acme");
	signs(w, intends(w, "acme"), SIGN_KEY);
	/* The only one that is left is asked at once. */
	n = intends(w, "acme");
	away(w, "acme");
	signs_nothing(w, n, ERR_TOKEN_ABSENT);
	away(w, "*");
	struct key_record r = opened(w, "release", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_TOKEN_ABSENT);
	away(w, "");
	is_in(w, "acme");
	is_in(w, "acme");
}

static void
commits_are_signed_by_whichever_is_there(void **state)
{
	struct world *w = *state;
	static const char *const turns[] = { "acme", "spare", "" };

	for (size_t i = 0; i < COUNT(turns); i++) {
		struct buf body = { 0 };
		struct span armor;
		struct err e;

		away(w, turns[i]);
		text_body_write(SPAN_TEXT("tree 0"), &body);
		assert_ok(text_body_read(ask(w, SIGNER_COMMIT, &body,
		    SIGNER_COMMITTED), &armor, &e), &e);
		assert_true(span_starts(armor, "-----BEGIN SSH SIGNATURE"));
	}
	assert_int_equal(counts_of(w).commits, COUNT(turns));
}

static void
a_signer_starts_with_the_token_that_is_there(void **state)
{
	struct world *w;

	signer_world_two(state);
	w = *state;
	away(w, "acme");
	signer_start(w, "two engine");
	open_all(w);
	append(w, NULL, "genesis");
	checkpoint(w);
	is_in(w, "spare");
	signs(w, intends(w, "spare"), SIGN_KEY);
	away(w, "");
	usleep(1100000);
	is_in(w, "acme");
}

static void
keys_that_differ_are_no_copies(void **state)
{
	struct world *w;

	signer_world_two(state);
	w = *state;
	run_ok("exec >/dev/null 2>&1; t='pkcs11-tool --module %s -l --pin "
	    TOKEN_PIN " --token-label spare' && $t --delete-object --type "
	    "privkey --label release && $t --delete-object --type pubkey "
	    "--label release && $t --keypairgen --key-type EC:prime256v1 "
	    "--label release --usage-sign", SOFTHSM);
	signer_start(w, "two engine");
	struct key_record r = opened(w, "release", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_KEY_AMBIGUOUS);
}

/* A copy that can be carried away is no spare. */
static void
each_copy_must_be_confined(void **state)
{
	struct world *w;

	signer_world_two(state);
	w = *state;
	run_ok("exec >/dev/null 2>&1; cd %s && t='pkcs11-tool --module %s -l "
	    "--pin " TOKEN_PIN " --token-label spare' && openssl pkey -in "
	    "release.pem -outform DER -out k.der && openssl pkey -in "
	    "release.pem -pubout -outform DER -out p.der && $t --delete-object "
	    "--type privkey --label release && $t --delete-object --type "
	    "pubkey --label release && $t --write-object k.der --type privkey "
	    "--label release --id 09 --extractable --usage-sign && $t "
	    "--write-object p.der --type pubkey --label release --id 09",
	    w->token.folder, SOFTHSM);
	signer_start(w, "two engine");
	struct key_record r = opened(w, "release", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_KEY_EXPORTABLE);
}

static void
a_command_goes_over_within_one_request(void **state)
{
	struct world *w;
	CLEANUP(buf_done) struct buf list = { 0 };
	struct merkle_hash root;
	struct signature_item *out;
	struct err e;
	size_t count;

	signer_world_two(state);
	w = *state;
	signer_start(w, "two local");
	assert_ok(sign_list_write(w->items, 3, &list, &root, &e), &e);
	for (int turn = 0; turn < 2; turn++) {
		struct buf body = { 0 };

		away(w, turn == 0 ? "acme" : "spare");
		sign_local_write(&(struct sign_local_request){
		    SPAN_TEXT("pkcs11:object=release"), buf_span(&list) },
		    &body);
		assert_ok(signed_read(ask(w, SIGNER_SIGN_LOCAL, &body,
		    SIGNER_SIGNED), w->arena, &out, &count, &e), &e);
		assert_int_equal(count, 3);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(out[i].value.len, 64);
	}
}

static void
order_hang(struct world *w, const char *call)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/softhsm2.conf-hangs",
	    w->token.folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(call, f);
	fclose(f);
}

/* The intent is spent, as its signatures may have been made. */
static void
sign_hangs(void **state, const char *call)
{
	struct world *w;
	struct buf body = { 0 };

	signer_world(state);
	w = *state;
	signer_start(w, "brief engine");
	open_all(w);
	append(w, NULL, "genesis");
	checkpoint(w);
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);
	checkpoint(w);
	order_hang(w, call);
	sign_body(w, n, w->items, COUNT(w->items), &body);
	refused(w, SIGNER_SIGN, &body, ERR_TOKEN_HANGS);
	assert_int_equal(signer_stop(w), 5);
	order_hang(w, "");
	signer_start(w, "again");
	open_all(w);
	assert_int_equal(counts_of(w).signatures, 3);
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_REPLAY);
}

static void
a_call_that_hangs_is_told_and_ends_the_signer(void **state)
{
	sign_hangs(state, "sign");
}

static void
a_login_that_hangs_within_a_batch_ends_the_signer(void **state)
{
	sign_hangs(state, "login");
}

static void
a_token_that_hangs_when_it_is_opened_ends_the_signer(void **state)
{
	static const char *const calls[] = { "load", "open" };
	struct world *w;

	signer_world(state);
	w = *state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		order_hang(w, calls[i]);
		signer_start(w, "brief engine");
		assert_int_equal(signer_stop(w), 5);
	}
	order_hang(w, "");
	signer_start(w, "brief engine");
	open_all(w);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define ALL(f) cmocka_unit_test_setup_teardown(f, begin, signer_world_done)
#define ONE(f) cmocka_unit_test_teardown(f, signer_world_done)
		ALL(a_token_that_fails_is_followed_by_the_other_by_a_new_intent),
		ALL(a_token_that_came_back_is_used_again),
		ALL(commits_are_signed_by_whichever_is_there),
		ONE(a_signer_starts_with_the_token_that_is_there),
		ONE(keys_that_differ_are_no_copies),
		ONE(each_copy_must_be_confined),
		ONE(a_command_goes_over_within_one_request),
		ONE(a_call_that_hangs_is_told_and_ends_the_signer),
		ONE(a_login_that_hangs_within_a_batch_ends_the_signer),
		ONE(a_token_that_hangs_when_it_is_opened_ends_the_signer),
	};

	if (process_role(argc, argv) != NULL)
		return signer_world_role(argc, argv);
	return cmocka_run_group_tests_name("failover", tests, NULL, NULL);
}
