/*
 * tokens: which one is meant, PINs that are not tried in vain, tokens that go
 * and come back, and modules that tell nonsense.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CRYPTOKI_GNU
#include <p11-kit/pkcs11.h>

#include "keys/pkcs11.h"
#include "keys/shimmed.h"

enum { JOBS = 12 };

static void
plan_all(struct sign_job *jobs, size_t count, const struct key *k)
{
	for (size_t i = 0; i < count; i++)
		jobs[i] = (struct sign_job){ .key = k, .to_be_signed = {
		    .kind = SIGNATURE_ECDSA_SHA256,
		    .digest = digest_of(DIGEST_SHA256, SPAN(&i)) } };
}

static bool
signs(struct keystore *s, const struct key *k, size_t count, struct err *e)
{
	struct sign_job jobs[JOBS];

	assert_true(count <= JOBS);
	plan_all(jobs, count, k);
	bool ok = keystore_sign(s, jobs, count, e);
	for (size_t i = 0; i < count; i++) {
		if (ok)
			assert_true(signature_check(key_facts_of(k)->public_key,
			    &jobs[i].to_be_signed, buf_span(&jobs[i].value),
			    e));
		sign_job_done(&jobs[i]);
	}
	return ok;
}

static void
refuse_open(const struct keystore_terms *t, enum err_code code,
    const char *says)
{
	struct keystore *s = NULL;
	struct err e;

	assert_false(keystore_open(t, &s, &e));
	assert_err(&e, code);
	assert_null(s);
	if (strstr(e.text, says) == NULL)
		fail_msg("'%s' does not say '%s'", e.text, says);
}

/* The token of that label is not there; NULL: all are. */
static void
away(const char *label)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/softhsm2.conf-away", token.folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(label == NULL ? "" : label, f);
	fclose(f);
}

static void
the_error_names_what_is_there(void **state)
{
	struct keystore_terms t = terms();

	(void)state;
	token_more("spare");
	t.token = span_text("acmee");
	refuse_open(&t, ERR_TOKEN_ABSENT, "no token 'acmee'; there are 2: ");
	refuse_open(&t, ERR_TOKEN_ABSENT, "'acme' (");
	refuse_open(&t, ERR_TOKEN_ABSENT, "'spare' (");
	/* SoftHSM always shows one more slot, whose token is blank. */
	refuse_open(&t, ERR_TOKEN_ABSENT, "; not initialised: 1");
	t = terms();
	t.serial = span_text("0123");
	refuse_open(&t, ERR_TOKEN_ABSENT, "no token 'acme' (0123); ");
	token_more("acme");
	t = terms();
	refuse_open(&t, ERR_TOKEN_AMBIGUOUS, "2 tokens are 'acme'");
	t.token = (struct span){ NULL, 0 };
	refuse_open(&t, ERR_TOKEN_AMBIGUOUS, "3 tokens are, of these: ");
}

static void
tokens_of_one_label_are_told_apart_by_serial(void **state)
{
	struct keystore_terms t = terms();
	char serial[32] = "";

	(void)state;
	token_more("acme");
	run_ok("softhsm2-util --show-slots | sed -n '/Serial number: *./{s/.*: "
	    "*//p;q}' >%s/serial", token.folder);
	run_ok("test $(wc -c <%s/serial) = 17", token.folder);
	char path[128];
	snprintf(path, sizeof(path), "%s/serial", token.folder);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(serial, 17, f));
	fclose(f);
	t.serial = span_text(serial);
	CLEANUP(keystore_done) struct keystore *s = NULL;
	struct err e;
	assert_ok(keystore_open(&t, &s, &e), &e);
	assert_true(span_is(keystore_names(s).serial, serial));
}

static void
a_pin_that_was_wrong_is_not_given_again(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct err e;

	(void)state;
	orders->answer[SHIM_SIGN_INIT] = CKR_SESSION_CLOSED;
	orders->times[SHIM_SIGN_INIT] = 1;
	orders->answer[SHIM_LOGIN] = CKR_PIN_INCORRECT;
	orders->times[SHIM_LOGIN] = 1;
	int before = orders->logins;
	assert_false(signs(s, k, 1, &e));
	assert_err(&e, ERR_TOKEN_PIN_WRONG);
	assert_int_equal(orders->logins, before + 1);
	assert_false(signs(s, k, JOBS, &e));
	assert_false(keystore_renew(s, &e));
	assert_err(&e, ERR_TOKEN_PIN_WRONG);
	assert_false(keystore_renew(s, &e));
	assert_err(&e, ERR_TOKEN_PIN_WRONG);
	assert_int_equal(orders->logins, before + 1);
}

/* A device that goes during the login is no wrong PIN. */
static void
a_login_that_the_device_failed_is_tried_again(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct err e;

	(void)state;
	orders->answer[SHIM_LOGIN] = CKR_DEVICE_REMOVED;
	orders->times[SHIM_LOGIN] = 9;
	assert_false(keystore_renew(s, &e));
	assert_err(&e, ERR_TOKEN_ABSENT);
	orders->times[SHIM_LOGIN] = 0;
	assert_ok(keystore_renew(s, &e), &e);
	assert_ok(signs(s, k, 1, &e), &e);
}

static void
keys_that_want_the_pin_each_time_get_it(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	(void)state;
	run_ok("pkcs11-tool --module %s --token-label acme -l --pin " TOKEN_PIN
	    " --keypairgen --key-type EC:prime256v1 --always-auth --usage-sign"
	    " --label each --id 07 >/dev/null 2>&1", SOFTHSM);
	s = opened();
	assert_ok(found(s, "pkcs11:object=each", &k, &e), &e);
	assert_ok(signs(s, k, JOBS, &e), &e);
	assert_int_equal(orders->uses_logged_in, JOBS);
	/* Of many that wait, one finds out that the PIN is wrong. */
	orders->answer[SHIM_LOGIN] = CKR_PIN_INCORRECT;
	orders->times[SHIM_LOGIN] = JOBS;
	assert_false(signs(s, k, JOBS, &e));
	assert_err(&e, ERR_TOKEN_PIN_WRONG);
	assert_int_equal(orders->uses_logged_in, JOBS + 1);
}

static void
a_token_that_is_write_protected_signs_and_takes_no_keys(void **state)
{
	struct key_plan plan = { SPAN_TEXT("ec-p256"), SPAN_TEXT("new") };
	struct key_source source = { SPAN_TEXT("new"), -1, -1 };
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = NULL;
	struct err e;

	(void)state;
	made(s, "ec-p256", "one");
	keystore_close(TAKE(s));
	orders->token_flags = CKF_WRITE_PROTECTED;
	s = opened();
	assert_ok(found(s, "pkcs11:object=one", &k, &e), &e);
	assert_ok(signs(s, k, 2, &e), &e);
	assert_false(keystore_make(s, &plan, &k, &e));
	assert_err(&e, ERR_TOKEN_READ_ONLY);
	assert_false(keystore_import(s, &source, &k, &e));
	assert_err(&e, ERR_TOKEN_READ_ONLY);
}

static void
a_pin_that_is_typed_at_the_device_is_no_program_s(void **state)
{
	struct keystore_terms t = terms();
	CLEANUP(keystore_done) struct keystore *s = NULL;
	struct err e;

	(void)state;
	orders->token_flags = CKF_PROTECTED_AUTHENTICATION_PATH;
	t.pin.from = PIN_NONE;
	refuse_open(&t, ERR_TOKEN_KEYPAD, "keypad");
	assert_int_equal(orders->logins, 0);
	/* Some of them take it both ways. */
	t = terms();
	assert_ok(keystore_open(&t, &s, &e), &e);
}

static void
a_token_goes_and_comes_back(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct err e;

	(void)state;
	away("acme");
	assert_false(signs(s, k, JOBS, &e));
	assert_err(&e, ERR_TOKEN_ABSENT);
	assert_false(found(s, "pkcs11:object=one", &k, &e));
	assert_err(&e, ERR_TOKEN_ABSENT);
	assert_false(keystore_renew(s, &e));
	assert_err(&e, ERR_TOKEN_ABSENT);
	away(NULL);
	assert_ok(keystore_renew(s, &e), &e);
	assert_ok(signs(s, k, JOBS, &e), &e);
}

/* Some modules would have given its handle to another thread by then. */
static void
a_session_that_is_no_more_is_not_touched(void **state)
{
	struct keystore_terms t = terms();
	CLEANUP(keystore_done) struct keystore *s = NULL;
	const struct key *k;
	struct err e;

	(void)state;
	t.sessions = 4;
	assert_ok(keystore_open(&t, &s, &e), &e);
	k = made(s, "ec-p256", "one");
	orders->answer[SHIM_SIGN_INIT] = CKR_SESSION_CLOSED;
	for (int i = 0; i < 100; i++) {
		orders->times[SHIM_SIGN_INIT] = 1;
		assert_ok(signs(s, k, JOBS, &e), &e);
	}
	assert_int_equal(orders->stale, 0);
}

/* An engine asks for its keys again and again, for years. */
static void
a_key_that_is_asked_for_again_takes_no_more_memory(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct pkcs11 *t = (const struct pkcs11 *)(const void *)s;
	const struct key *k = made(s, "ec-p256", "one"), *again = NULL;
	struct key_plan plan = { SPAN_TEXT("ec-p256"), SPAN_TEXT("one") };
	size_t before = arena_used(t->arena);
	struct err e;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ok(found(s, "pkcs11:object=one", &again, &e), &e);
		assert_ptr_equal(again, k);
		assert_ok(keystore_renew(s, &e), &e);
		assert_ok(signs(s, k, JOBS, &e), &e);
		assert_false(keystore_make(s, &plan, &again, &e));
		assert_err(&e, ERR_KEY_EXISTS);
	}
	assert_int_equal(arena_used(t->arena), before);
	made(s, "ec-p256", "two");
	assert_true(arena_used(t->arena) > before);
}

/* The label alone would let another token take its place. */
static void
another_token_does_not_take_its_place(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	struct err e;

	(void)state;
	made(s, "ec-p256", "one");
	run_ok("softhsm2-util --delete-token --token acme >/dev/null 2>&1");
	token_more("acme");
	assert_false(keystore_renew(s, &e));
	assert_err(&e, ERR_TOKEN_ABSENT);
}

static void
tokens_of_one_module_come_and_go_alone(void **state)
{
	struct keystore_terms t = terms();
	struct keystore *first = NULL;
	CLEANUP(keystore_done) struct keystore *second = NULL;
	const struct key *k;
	struct err e;

	(void)state;
	token_more("spare");
	assert_ok(keystore_open(&t, &first, &e), &e);
	t.token = span_text("spare");
	assert_ok(keystore_new(&t, &second, &e), &e);
	away("spare");
	assert_false(keystore_renew(second, &e));
	assert_err(&e, ERR_TOKEN_ABSENT);
	/* The module did not start anew: the other one is still open. */
	k = made(first, "ec-p256", "one");
	assert_ok(signs(first, k, 1, &e), &e);
	/* In whatever order they are closed. */
	keystore_close(first);
	away(NULL);
	assert_ok(keystore_renew(second, &e), &e);
	k = made(second, "ec-p256", "two");
	assert_ok(signs(second, k, 1, &e), &e);
	t.parameters = "other";
	refuse_open(&t, ERR_USAGE, "different parameters");
}

static void
numbers_that_make_no_sense_are_errors(void **state)
{
	static const unsigned long lengths[] = { (unsigned long)-2, 1UL << 40,
	    (1UL << 20) + 1 };
	static const unsigned long attributes[] = { CKA_ID, CKA_LABEL,
	    CKA_EC_POINT, CKA_EC_PARAMS, CKA_KEY_TYPE };
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct keystore_terms t = terms();
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(attributes) * COUNT(lengths); i++) {
		orders->long_attribute = attributes[i / COUNT(lengths)];
		orders->length = lengths[i % COUNT(lengths)];
		assert_false(found(s, "pkcs11:object=one", &k, &e));
		assert_err(&e, ERR_TOKEN_DEVICE);
	}
	/* A truth value of another length counts as the worse one. */
	orders->long_attribute = CKA_SIGN;
	orders->length = (unsigned long)-1;
	assert_false(found(s, "pkcs11:object=one", &k, &e));
	assert_err(&e, ERR_KEY_USAGE);
	orders->long_attribute = 0;
	orders->found = 65;
	assert_false(found(s, "pkcs11:object=one", &k, &e));
	assert_err(&e, ERR_TOKEN_DEVICE);
	orders->found = 0;
	orders->signature = (unsigned long)-1;
	assert_ok(found(s, "pkcs11:object=one", &k, &e), &e);
	assert_false(signs(s, k, 2, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	orders->signature = 63;
	assert_false(signs(s, k, 2, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	orders->signature = 0;
	assert_ok(signs(s, k, 2, &e), &e);
	keystore_close(TAKE(s));
	orders->slots = (unsigned long)-1;
	refuse_open(&t, ERR_TOKEN_ABSENT, "more than 256 slots");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		EACH(the_error_names_what_is_there),
		EACH(tokens_of_one_label_are_told_apart_by_serial),
		EACH(a_pin_that_was_wrong_is_not_given_again),
		EACH(a_login_that_the_device_failed_is_tried_again),
		EACH(keys_that_want_the_pin_each_time_get_it),
		EACH(a_token_that_is_write_protected_signs_and_takes_no_keys),
		EACH(a_pin_that_is_typed_at_the_device_is_no_program_s),
		EACH(a_token_goes_and_comes_back),
		EACH(a_session_that_is_no_more_is_not_touched),
		EACH(a_key_that_is_asked_for_again_takes_no_more_memory),
		EACH(another_token_does_not_take_its_place),
		EACH(tokens_of_one_module_come_and_go_alone),
		EACH(numbers_that_make_no_sense_are_errors),
	};
	void *shim = dlopen(SHIM, RTLD_NOW);

	orders = shim == NULL ? NULL : dlsym(shim, "shim_orders");
	if (orders == NULL)
		return 1;
	return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
