/*
 * making: keys that are made in a token or come from files, what a token cannot
 * do, and what it lets in that nobody should use.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CRYPTOKI_GNU
#include <p11-kit/pkcs11.h>

#include "keys/shimmed.h"

/* Both are in the token, and may sign: it does not judge them. */
static void
weak_keys_of_a_token_are_not_used(void **state)
{
	CLEANUP(keystore_done) struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	(void)state;
	run_ok("exec >/dev/null 2>&1; cd %s && t='pkcs11-tool --module %s -l"
	    " --pin " TOKEN_PIN " --token-label acme' && $t --keypairgen"
	    " --key-type rsa:1024 --label short --id 01 && openssl genpkey"
	    " -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -pkeyopt"
	    " rsa_keygen_pubexp:3 -outform DER -out k.der && openssl pkey"
	    " -inform DER -in k.der -pubout -outform DER -out p.der && $t"
	    " --write-object k.der --type privkey --label three --id 02 &&"
	    " $t --write-object p.der --type pubkey --label three --id 02",
	    token.folder, SOFTHSM);
	s = opened();
	assert_false(found(s, "pkcs11:object=short", &k, &e));
	assert_err(&e, ERR_KEY_WEAK);
	assert_false(found(s, "pkcs11:object=three", &k, &e));
	assert_err(&e, ERR_KEY_EXPONENT);
}

/* What a token cannot make, and one that nothing can be written to. */
static void
what_a_token_cannot_make_is_told(void **state)
{
	struct key_plan ed = { SPAN_TEXT("ed25519"), SPAN_TEXT("a") };
	struct key_plan rsa = { SPAN_TEXT("rsa-4096"), SPAN_TEXT("b") };
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = NULL;
	struct err e;

	(void)state;
	orders->answer[SHIM_MECHANISM] = CKR_MECHANISM_INVALID;
	orders->times[SHIM_MECHANISM] = 1;
	assert_false(keystore_make(s, &ed, &k, &e));
	assert_err(&e, ERR_TOKEN_MECHANISM);
	assert_string_equal(e.text, "token 'acme' makes no keys for "
	    "'ed25519': it lacks CKM_EC_EDWARDS_KEY_PAIR_GEN");
	orders->most_bits = 3072;
	assert_false(keystore_make(s, &rsa, &k, &e));
	assert_err(&e, ERR_TOKEN_MECHANISM);
	orders->most_bits = 0;
	keystore_close(TAKE(s));

	orders->answer[SHIM_OPEN_SESSION] = CKR_TOKEN_WRITE_PROTECTED;
	orders->times[SHIM_OPEN_SESSION] = 1;
	s = opened();
	assert_false(keystore_make(s, &ed, &k, &e));
	assert_err(&e, ERR_TOKEN_READ_ONLY);
	assert_false(found(s, "pkcs11:object=a", &k, &e));
	assert_err(&e, ERR_KEY_ABSENT);
}

static void
a_key_tells_what_made_it_and_where(void **state)
{
	static const struct { const char *algorithm, *mechanism; } rows[] = {
		{ "rsa-3072", "CKM_RSA_PKCS_KEY_PAIR_GEN" },
		{ "ec-p256", "CKM_EC_KEY_PAIR_GEN" },
		{ "ed25519", "CKM_EC_EDWARDS_KEY_PAIR_GEN" },
	};
	CLEANUP(keystore_done) struct keystore *s = opened();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct key *k = made(s, rows[i].algorithm,
		    rows[i].algorithm);
		const struct key_facts *f = key_facts_of(k);
		CLEANUP(json_done) struct json *v = key_describe(f);

		assert_true(span_is(f->mechanism, rows[i].mechanism));
		assert_true(span_is(f->token.model, "SoftHSM v2"));
		assert_true(f->about->library.major > 0);
		assert_true(span_is(json_span(json_member(json_member(v,
		    "module"), "manufacturer")), "SoftHSM"));
	}
}

/* openssl makes a key and a passphrase; both are opened. */
static struct key_source
source_of(const char *label, const char *make)
{
	struct key_source out = { span_text(label), -1, -1 };
	char path[128];

	run_ok("cd %s && umask 077 && echo secret > pass && %s 2>/dev/null",
	    token.folder, make);
	snprintf(path, sizeof(path), "%s/key", token.folder);
	out.file = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "%s/pass", token.folder);
	out.passphrase = open(path, O_RDONLY);
	assert_true(out.file >= 0 && out.passphrase >= 0);
	return out;
}

#define GENPKEY	"openssl genpkey -out key -algorithm "

static void
keys_come_from_files_and_are_told_apart(void **state)
{
	static const struct { const char *name, *make; } rows[] = {
		{ "rsa", GENPKEY "rsa -pkeyopt rsa_keygen_bits:2048" },
		{ "ec-p256", GENPKEY "ec -pkeyopt ec_paramgen_curve:P-256" },
		{ "ec-p521", GENPKEY "ec -pkeyopt ec_paramgen_curve:P-521"
		    " -aes256 -pass file:pass" },
		{ "ed25519", GENPKEY "ed25519 -aes256 -pass file:pass" },
	};
	CLEANUP(keystore_done) struct keystore *s = opened();
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key_source source = source_of(rows[i].name,
		    rows[i].make);
		const struct key *k = NULL;

		assert_ok(keystore_import(s, &source, &k, &e), &e);
		assert_string_equal(key_facts_of(k)->algorithm, rows[i].name);
		assert_int_equal(key_facts_of(k)->attributes,
		    1U << KEY_ATTRIBUTE_SENSITIVE | 1U << KEY_ATTRIBUTE_SIGN);
		assert_false(key_sound(key_facts_of(k), &e));
		assert_false(keystore_import(s, &source, &k, &e));
		assert_err(&e, ERR_KEY_EXISTS);
		close(source.file);
		close(source.passphrase);
	}
}

/* Nothing is left of a key that could not be imported as it should. */
static void
an_import_that_is_not_sound_is_undone(void **state)
{
	static const struct {
		unsigned long	about;
		unsigned char	lie;
		enum err_code	code;
	} lies[] = {
		{ CKA_LOCAL, 1, ERR_TOKEN_DEVICE },
		{ CKA_EXTRACTABLE, 1, ERR_KEY_EXPORTABLE },
		{ CKA_SENSITIVE, 0, ERR_KEY_EXPORTABLE },
		{ CKA_DECRYPT, 1, ERR_KEY_USAGE },
	};
	CLEANUP(keystore_done) struct keystore *s = opened();
	const struct key *k = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(lies); i++) {
		struct key_source source = source_of("a", GENPKEY
		    "ec -pkeyopt ec_paramgen_curve:P-256");

		orders->lie_about = lies[i].about;
		orders->lie = lies[i].lie;
		assert_false(keystore_import(s, &source, &k, &e));
		assert_err(&e, lies[i].code);
		orders->lie_about = 0;
		assert_false(found(s, "pkcs11:object=a", &k, &e));
		assert_err(&e, ERR_KEY_ABSENT);
		close(source.file);
		close(source.passphrase);
	}
	struct key_source source = source_of("a", GENPKEY
	    "ec -pkeyopt ec_paramgen_curve:P-256");
	orders->answer[SHIM_SIGN] = CKR_FUNCTION_FAILED;
	orders->times[SHIM_SIGN] = 2;
	assert_false(keystore_import(s, &source, &k, &e));
	orders->times[SHIM_SIGN] = 0;
	assert_false(found(s, "pkcs11:object=a", &k, &e));
	assert_err(&e, ERR_KEY_ABSENT);
	close(source.file);
	close(source.passphrase);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		EACH(weak_keys_of_a_token_are_not_used),
		EACH(what_a_token_cannot_make_is_told),
		EACH(a_key_tells_what_made_it_and_where),
		EACH(keys_come_from_files_and_are_told_apart),
		EACH(an_import_that_is_not_sound_is_undone),
	};
	void *shim = dlopen(SHIM, RTLD_NOW);

	orders = shim == NULL ? NULL : dlsym(shim, "shim_orders");
	if (orders == NULL)
		return 1;
	return cmocka_run_group_tests_name("making", tests, NULL, NULL);
}
