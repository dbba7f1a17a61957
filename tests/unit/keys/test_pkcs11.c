/*
 * pkcs11: keys made, found and used in SoftHSM, each error by a shim that
 * stands before it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CRYPTOKI_GNU
#include <p11-kit/pkcs11.h>

#include "keys/shimmed.h"

static struct to_be_signed
plan_of(enum signature_kind kind, const char *message)
{
	struct to_be_signed t = { .kind = kind };

	if (signature_rows[kind].whole_message)
		t.message = span_text(message);
	else
		t.digest = digest_of(signature_rows[kind].digest,
		    span_text(message));
	return t;
}

static void
file_write(const char *name, struct span bytes)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", token.folder, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
	fclose(f);
}

/* OpenSSL's own command is the judge of every kind. */
static void
openssl_verifies(const struct key *k, const struct sign_job *job)
{
	const struct signature_row *row =
	    &signature_rows[job->to_be_signed.kind];
	CLEANUP(buf_done) struct buf der = { 0 };
	struct span value = buf_span(&job->value);
	char options[128] = "-rawin";

	if (row->key == KEY_EC) {
		assert_true(signature_ecdsa_to_der(value, &der));
		value = buf_span(&der);
	}
	if (!row->whole_message)
		snprintf(options, sizeof(options), "-pkeyopt digest:%s%s",
		    digest_rows[row->digest].name, row->pss ?
		    " -pkeyopt rsa_padding_mode:pss"
		    " -pkeyopt rsa_pss_saltlen:digest" : "");
	file_write("spki", key_facts_of(k)->public_key);
	file_write("value", value);
	file_write("input", row->whole_message ? job->to_be_signed.message :
	    digest_span(&job->to_be_signed.digest));
	run_ok("cd %s && openssl pkeyutl -verify -pubin -keyform DER -inkey"
	    " spki -in input -sigfile value %s >/dev/null", token.folder,
	    options);
}

static bool
sign_one(struct keystore *s, const struct key *k, enum signature_kind kind,
    struct err *e)
{
	CLEANUP(sign_job_done) struct sign_job job = { .key = k,
	    .to_be_signed = plan_of(kind, "message") };

	return keystore_sign(s, &job, 1, e) && job.value.len > 0;
}

static void
sign_and_verify(struct keystore *s, const struct key *k,
    enum signature_kind kind)
{
	CLEANUP(sign_job_done) struct sign_job job = { .key = k,
	    .to_be_signed = plan_of(kind, "message") };
	struct err e;

	assert_ok(keystore_sign(s, &job, 1, &e), &e);
	openssl_verifies(k, &job);
}

static void
every_algorithm_signs_by_every_kind(void **state)
{
	static const char *const algorithms[] = { "rsa-3072", "rsa-4096",
	    "ec-p256", "ec-p384", "ec-p521", "ed25519" };
	CLEANUP(keystore_done) struct keystore *s = opened();
	size_t good = 0;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		const struct key *k = made(s, algorithms[i], algorithms[i]);
		const struct key_facts *f = key_facts_of(k);

		assert_string_equal(f->algorithm, algorithms[i]);
		assert_ok(key_sound(f, &e), &e);
		for (enum signature_kind n = 0; n < SIGNATURE_KINDS; n++) {
			if (signature_rows[n].key == f->kind) {
				sign_and_verify(s, k, n);
				good++;
			} else {
				assert_false(sign_one(s, k, n, &e));
				assert_err(&e, ERR_SIGNATURE_UNFIT);
			}
		}
	}
	assert_int_equal(good, 2 * 6 + 3 * 3 + 1);
}

static void
keys_are_found_again_and_described(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	const struct key **keys, *k = NULL;
	size_t count;
	struct err e;

	(void)state;
	made(s, "ec-p256", "one");
	made(s, "ed25519", "two");
	assert_ok(found(s, "pkcs11:token=acme;object=two", &k, &e), &e);
	assert_string_equal(key_facts_of(k)->algorithm, "ed25519");
	assert_ok(keystore_list(s, a, &keys, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_true(k == keys[0] || k == keys[1]);
	/* A list looks for public halves in another way than a search. */
	for (size_t i = 0; i < count; i++)
		assert_string_equal(key_facts_of(keys[i])->algorithm,
		    span_is(key_facts_of(keys[i])->label, "one") ? "ec-p256" :
		    "ed25519");
	CLEANUP(json_done) struct json *v = key_describe(key_facts_of(k));
	assert_true(span_is(json_span(json_member(v, "label")), "two"));
	assert_int_equal(json_count(json_member(v, "findings")), 0);
	assert_true(json_truth(json_member(json_member(v, "attributes"),
	    "never_extractable")));
	assert_ok(found(s, (const char *)json_span(json_member(v,
	    "uri")).ptr, &k, &e), &e);
	assert_true(span_is(keystore_names(s).label, "acme"));
	assert_null(keystore_warning(s));
	run_ok("pkcs11-tool --module %s --token-label acme -l --pin " TOKEN_PIN
	    " --list-objects --type privkey 2>/dev/null >%s/list && cd %s &&"
	    " test $(grep -c '^  Usage:  *sign *$' list) = 2 && test $(grep -c"
	    " 'Access:.*sensitive, always sensitive, never extract"
	    "able, local' list) = 2", SOFTHSM, token.folder, token.folder);
}

static void
names_that_fit_none_or_two_are_errors(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = NULL;
	struct key_plan again = { SPAN_TEXT("ed25519"), SPAN_TEXT("one") };
	const struct key *k = NULL;
	struct err e;

	(void)state;
	run_ok("for id in 01 02; do pkcs11-tool --module %s --token-label acme"
	    " -l --pin " TOKEN_PIN " --keypairgen --key-type EC:prime256v1"
	    " --label twice --id $id >/dev/null 2>&1 || exit 1; done", SOFTHSM);
	s = opened();
	made(s, "ec-p256", "one");
	assert_false(found(s, "pkcs11:object=none", &k, &e));
	assert_err(&e, ERR_KEY_ABSENT);
	assert_false(found(s, "pkcs11:token=other;object=one", &k, &e));
	assert_err(&e, ERR_KEY_ABSENT);
	assert_false(found(s, "pkcs11:object=one;type=cert", &k, &e));
	assert_err(&e, ERR_KEY_ABSENT);
	assert_false(found(s, "pkcs11:object=twice", &k, &e));
	assert_err(&e, ERR_KEY_AMBIGUOUS);
	assert_ok(found(s, "pkcs11:object=twice;id=%02", &k, &e), &e);
	assert_false(key_sound(key_facts_of(k), &e));
	assert_err(&e, ERR_KEY_USAGE);
	assert_false(keystore_make(s, &again, &k, &e));
	assert_err(&e, ERR_KEY_EXISTS);
	again.algorithm = span_text("rsa-1024");
	assert_false(keystore_make(s, &again, &k, &e));
	assert_err(&e, ERR_KEY_ALGORITHM);
}

static void
a_large_batch_keeps_its_order(void **state)
{
	enum { JOBS = 200 };
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *keys[2];
	struct sign_job jobs[JOBS] = { 0 };
	char texts[JOBS][16];
	struct err e;

	(void)state;
	keys[0] = made(s, "ec-p256", "one");
	keys[1] = made(s, "ed25519", "two");
	for (size_t i = 0; i < JOBS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "message %zu", i);
		jobs[i].key = keys[i % 2];
		jobs[i].to_be_signed = plan_of(i % 2 ? SIGNATURE_ED25519 :
		    SIGNATURE_ECDSA_SHA256, texts[i]);
	}
	assert_ok(keystore_sign(s, jobs, JOBS, &e), &e);
	for (size_t i = 0; i < JOBS; i++) {
		assert_ok(signature_check(key_facts_of(keys[i % 2])->public_key,
		    &jobs[i].to_be_signed, buf_span(&jobs[i].value), &e), &e);
		sign_job_done(&jobs[i]);
	}
}

static void
one_bad_job_fails_alone(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct sign_job jobs[3] = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(jobs); i++) {
		jobs[i].key = k;
		jobs[i].to_be_signed = plan_of(SIGNATURE_ECDSA_SHA256, "m");
	}
	jobs[1].to_be_signed.digest.len = 20;
	assert_false(keystore_sign(s, jobs, COUNT(jobs), &e));
	assert_err(&e, ERR_SIGNATURE_UNFIT);
	assert_null(jobs[0].err);
	assert_non_null(jobs[1].err);
	assert_int_equal(jobs[2].value.len, 64);
	for (size_t i = 0; i < COUNT(jobs); i++)
		sign_job_done(&jobs[i]);
}

static void
a_lost_session_is_opened_again_once(void **state)
{
	static const unsigned long lost[] = { CKR_SESSION_HANDLE_INVALID,
	    CKR_SESSION_CLOSED, CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_REMOVED,
	    CKR_KEY_HANDLE_INVALID };
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(lost); i++) {
		int before = orders->logins;

		orders->answer[SHIM_SIGN_INIT] = lost[i];
		orders->times[SHIM_SIGN_INIT] = 1;
		assert_ok(sign_one(s, k, SIGNATURE_ECDSA_SHA256, &e), &e);
		assert_int_equal(orders->logins, before + 1);
	}
	orders->drop_sessions = 1;
	assert_ok(sign_one(s, k, SIGNATURE_ECDSA_SHA256, &e), &e);
	orders->answer[SHIM_SIGN_INIT] = CKR_SESSION_CLOSED;
	orders->times[SHIM_SIGN_INIT] = 2;
	assert_false(sign_one(s, k, SIGNATURE_ECDSA_SHA256, &e));
	assert_err(&e, ERR_TOKEN_SESSION);
	orders->answer[SHIM_FIND] = CKR_SESSION_HANDLE_INVALID;
	orders->times[SHIM_FIND] = 1;
	assert_ok(found(s, "pkcs11:object=one", &k, &e), &e);
}

static void
a_batch_survives_the_loss_of_all_sessions(void **state)
{
	enum { JOBS = 60 };
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct sign_job jobs[JOBS] = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < JOBS; i++) {
		jobs[i].key = k;
		jobs[i].to_be_signed = plan_of(SIGNATURE_ECDSA_SHA256, "m");
	}
	orders->drop_sessions = 1;
	assert_ok(keystore_sign(s, jobs, JOBS, &e), &e);
	for (size_t i = 0; i < JOBS; i++)
		sign_job_done(&jobs[i]);
}

static void
each_answer_of_the_token_has_its_code(void **state)
{
	static const struct {
		enum shim_call	call;
		unsigned long	answer;
		enum err_code	code;
	} cases[] = {
		{ SHIM_SIGN_INIT, CKR_MECHANISM_INVALID, ERR_TOKEN_MECHANISM },
		{ SHIM_SIGN_INIT, CKR_KEY_FUNCTION_NOT_PERMITTED,
		    ERR_KEY_USAGE },
		{ SHIM_SIGN, CKR_DEVICE_ERROR, ERR_TOKEN_DEVICE },
		{ SHIM_SIGN, CKR_DEVICE_MEMORY, ERR_TOKEN_DEVICE },
		{ SHIM_SIGN, 0x80000123, ERR_TOKEN_DEVICE },
		{ SHIM_SIGN, CKR_DEVICE_REMOVED, ERR_TOKEN_ABSENT },
	};
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = made(s, "ec-p256", "one");
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		orders->answer[cases[i].call] = cases[i].answer;
		orders->times[cases[i].call] = 9;
		assert_false(sign_one(s, k, SIGNATURE_ECDSA_SHA256, &e));
		assert_err(&e, cases[i].code);
		orders->times[cases[i].call] = 0;
	}
	orders->flip = 1;
	assert_false(sign_one(s, k, SIGNATURE_ECDSA_SHA256, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	assert_ok(sign_one(s, k, SIGNATURE_ECDSA_SHA256, &e), &e);
}

static void
refuse_open(const struct keystore_terms *t, enum err_code code)
{
	struct keystore *s = NULL;
	struct err e;

	assert_false(keystore_open(t, &s, &e));
	assert_err(&e, code);
	assert_null(s);
}

static void
what_cannot_be_opened_says_why(void **state)
{
	struct keystore_terms t = terms();

	(void)state;
	t.module = "/nonexistent.so";
	refuse_open(&t, ERR_TOKEN_MODULE);
	t.module = "libm.so.6";
	refuse_open(&t, ERR_TOKEN_MODULE);
	t = terms();
	t.kind = "kms";
	refuse_open(&t, ERR_USAGE);
	t = terms();
	t.token = span_text("other");
	refuse_open(&t, ERR_TOKEN_ABSENT);
	t = terms();
	t.serial = span_text("00");
	refuse_open(&t, ERR_TOKEN_ABSENT);
	t = terms();
	t.pin.name = "/nonexistent";
	refuse_open(&t, ERR_PIN_SOURCE);
	token_more("acme");
	t = terms();
	refuse_open(&t, ERR_TOKEN_AMBIGUOUS);
}

static void
pins_are_not_tried_in_vain(void **state)
{
	struct keystore_terms t = terms();
	CLEANUP(keystore_done) struct keystore *s = NULL;
	struct err e;

	(void)state;
	setenv("WRONG_PIN", "9999", 1);
	t.pin = (struct pin_source){ PIN_ENVIRONMENT, "WRONG_PIN", -1 };
	refuse_open(&t, ERR_TOKEN_PIN_WRONG);
	t = terms();
	orders->token_flags = CKF_USER_PIN_LOCKED;
	refuse_open(&t, ERR_TOKEN_PIN_LOCKED);
	orders->token_flags = CKF_USER_PIN_FINAL_TRY;
	refuse_open(&t, ERR_TOKEN_PIN_LOW);
	orders->token_flags = 0;
	orders->answer[SHIM_LOGIN] = CKR_PIN_LOCKED;
	orders->times[SHIM_LOGIN] = 1;
	refuse_open(&t, ERR_TOKEN_PIN_LOCKED);
	orders->answer[SHIM_LOGIN] = CKR_USER_ALREADY_LOGGED_IN;
	orders->token_flags = CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW;
	t.last_try = true;
	assert_ok(keystore_open(&t, &s, &e), &e);
	assert_err(keystore_warning(s), ERR_TOKEN_PIN_LOW);
}

static void
without_a_login_keys_stay_hidden(void **state)
{
	struct keystore_terms t = terms();
	struct keystore *first = opened();
	CLEANUP(keystore_done) struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	(void)state;
	made(first, "ec-p256", "one");
	keystore_close(first);
	t.pin.from = PIN_NONE;
	assert_ok(keystore_open(&t, &s, &e), &e);
	assert_false(found(s, "pkcs11:object=one", &k, &e));
	assert_err(&e, ERR_TOKEN_LOGIN);
}

static void
a_new_key_that_is_not_sound_is_destroyed(void **state)
{
	static const struct {
		unsigned long	attribute;
		unsigned char	value;
		enum err_code	code;
	} lies[] = {
		{ CKA_EXTRACTABLE, 1, ERR_KEY_EXPORTABLE },
		{ CKA_NEVER_EXTRACTABLE, 0, ERR_KEY_EXPORTABLE },
		{ CKA_ALWAYS_SENSITIVE, 0, ERR_KEY_EXPORTABLE },
		{ CKA_LOCAL, 0, ERR_KEY_IMPORTED },
		{ CKA_DECRYPT, 1, ERR_KEY_USAGE },
		{ CKA_SIGN, 0, ERR_KEY_USAGE },
	};
	CLEANUP(keystore_done) struct keystore *s = opened();
	struct key_plan plan = { SPAN_TEXT("ec-p256"), SPAN_TEXT("liar") };
	const struct key *k = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(lies); i++) {
		orders->lie_about = lies[i].attribute;
		orders->lie = lies[i].value;
		assert_false(keystore_make(s, &plan, &k, &e));
		assert_err(&e, lies[i].code);
		orders->lie_about = 0;
		assert_false(found(s, "pkcs11:object=liar", &k, &e));
		assert_err(&e, ERR_KEY_ABSENT);
	}
	made(s, "ec-p256", "mute");
	orders->lie_about = CKA_SIGN;
	orders->lie = 0;
	keystore_close(s);
	s = opened();
	assert_false(found(s, "pkcs11:object=mute", &k, &e));
	assert_err(&e, ERR_KEY_USAGE);
}

/* The private half alone; then with a certificate under the same id. */
static void
the_public_half_may_be_a_certificate(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	(void)state;
	run_ok("cd %s && exec 2>/dev/null && openssl req -x509 -newkey rsa:2048"
	    " -nodes -keyout k.pem -subj /CN=x -out c.pem && openssl pkcs8"
	    " -topk8 -nocrypt -in k.pem -outform DER -out k.der && openssl x509"
	    " -in c.pem -outform DER -out c.der && pkcs11-tool --module %s -l"
	    " --pin " TOKEN_PIN " --token-label acme --write-object k.der"
	    " --type privkey --id 0a --label imported >&2", token.folder,
	    SOFTHSM);
	s = opened();
	assert_false(found(s, "pkcs11:object=imported", &k, &e));
	assert_err(&e, ERR_KEY_PUBLIC);
	keystore_close(TAKE(s));
	run_ok("pkcs11-tool --module %s -l --pin " TOKEN_PIN " --token-label"
	    " acme --write-object %s/c.der --type cert --id 0a >/dev/null 2>&1",
	    SOFTHSM, token.folder);
	s = opened();
	assert_ok(found(s, "pkcs11:object=imported", &k, &e), &e);
	assert_string_equal(key_facts_of(k)->algorithm, "rsa");
	assert_ok(sign_one(s, k, SIGNATURE_RSA_PSS_SHA256, &e), &e);
	assert_false(key_sound(key_facts_of(k), &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		EACH(every_algorithm_signs_by_every_kind),
		EACH(keys_are_found_again_and_described),
		EACH(names_that_fit_none_or_two_are_errors),
		EACH(a_large_batch_keeps_its_order),
		EACH(one_bad_job_fails_alone),
		EACH(a_lost_session_is_opened_again_once),
		EACH(a_batch_survives_the_loss_of_all_sessions),
		EACH(each_answer_of_the_token_has_its_code),
		EACH(what_cannot_be_opened_says_why),
		EACH(pins_are_not_tried_in_vain),
		EACH(without_a_login_keys_stay_hidden),
		EACH(a_new_key_that_is_not_sound_is_destroyed),
		EACH(the_public_half_may_be_a_certificate),
	};
	void *shim = dlopen(SHIM, RTLD_NOW);

	orders = shim == NULL ? NULL : dlsym(shim, "shim_orders");
	if (orders == NULL)
		return 1;
	return cmocka_run_group_tests_name("pkcs11", tests, NULL, NULL);
}
