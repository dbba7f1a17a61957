/* openpgp: what gpg exports, key by key; and files that are no public keys. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/openpgp.h"
#include "sys/file.h"
#include "scratch.h"
#include "test.h"

static const char make[] =
    "export GNUPGHOME=$PWD; g() { gpg --batch --quiet --passphrase '' "
    "--pinentry-mode loopback \"$@\" 2>/dev/null; }; set -e; "
    "g --quick-gen-key 'Alice Example <alice@x>' ed25519 sign never; "
    "g --quick-add-uid alice@x 'Alice <a@y>'; "
    "g --quick-gen-key bob@x rsa3072 sign never; "
    "for k in alice bob; do g --export $k@x > $k; "
    "g --armor --export $k@x > $k.asc; done; "
    "cat alice bob > two; cat alice.asc bob.asc > two.asc; "
    "sed 's/$/\\r/' alice.asc > windows.asc; "
    "sed '/^=/d' alice.asc > bare.asc; "
    "g --export-secret-keys bob@x > secret; cat alice secret > mixed; "
    "g --armor --export-secret-keys bob@x > secret.asc; "
    "gpgconf --kill all";

static int
begin(void **state)
{
	return scratch_enter(state) != 0 || system(make);
}

static void
finds_each_key_and_whom_it_names(void **state)
{
	static const struct { const char *file; size_t count; } cases[] = {
		{ "alice", 1 }, { "alice.asc", 1 }, { "windows.asc", 1 },
		{ "bare.asc", 1 }, { "two", 2 }, { "two.asc", 2 },
	};
	CLEANUP(buf_done) struct buf alice = file_get("alice"), bob = file_get("bob");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(buf_done) struct buf file = file_get(cases[i].file);
		struct openpgp_public *keys;
		size_t count;
		struct err e;

		assert_ok(openpgp_split(a, buf_span(&file), &keys, &count,
		    &e), &e);
		assert_int_equal(count, cases[i].count);
		assert_span_equal(keys[0].packets, buf_span(&alice));
		assert_int_equal(keys[0].name_count, 2);
		if (count == 2) {
			assert_span_equal(keys[1].packets, buf_span(&bob));
			assert_span_equal(keys[1].names[0],
			    SPAN_TEXT("bob@x"));
		}
	}
}

static void
what_we_armor_gpg_reads(void **state)
{
	CLEANUP(buf_done) struct buf bob = file_get("bob"), armor = { 0 };
	struct err e;

	(void)state;
	openpgp_armor(buf_span(&bob), &armor);
	assert_ok(file_replace_span("ours.asc", buf_span(&armor), FILE_PLAIN,
	    &e), &e);
	assert_int_equal(system("gpg --dearmor < ours.asc 2>/dev/null | "
	    "cmp - bob"), 0);
}

static enum err_code
code_of(struct span file)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	uint8_t *copy = exact(file);
	struct openpgp_public *keys;
	size_t count;
	struct err e;
	bool good = openpgp_split(a, (struct span){ copy, file.len },
	    &keys, &count, &e);

	free(copy);
	return good ? ERR_NONE : err_code_of(e.what);
}

static void
secret_keys_are_refused(void **state)
{
	static const char *const bad[] = { "secret", "mixed" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf file = file_get(bad[i]);

		assert_int_equal(code_of(buf_span(&file)),
		    ERR_OPENPGP_SECRET);
	}
	CLEANUP(buf_done) struct buf armored = file_get("secret.asc");
	assert_int_equal(code_of(buf_span(&armored)), ERR_OPENPGP_SECRET);
}

/* A prefix is a shorter key at best: never another one, never more. */
static void
prefixes_and_changed_armors(void **state)
{
	CLEANUP(buf_done) struct buf file = file_get("alice"), armor =
	    file_get("alice.asc");

	(void)state;
	assert_int_equal(code_of(SPAN_TEXT("")), ERR_OPENPGP_KEY);
	for (size_t n = 1; n < 50; n++)
		assert_int_equal(code_of((struct span){ file.ptr, n }),
		    ERR_OPENPGP_KEY);
	for (size_t n = 1; n + 1 < armor.len; n++)
		assert_int_equal(code_of((struct span){ armor.ptr, n }),
		    ERR_OPENPGP_KEY);
	size_t at = span_find(buf_span(&armor), SPAN_TEXT("\n\n")) + 10;
	armor.ptr[at] = armor.ptr[at] == 'A' ? 'B' : 'A';
	assert_int_equal(code_of(buf_span(&armor)), ERR_OPENPGP_KEY);
}

static void
packets_without_a_place_are_refused(void **state)
{
	static const struct { const char *hex; enum err_code code; } cases[] = {
		{ "c600", ERR_NONE },		/* a key, new form */
		{ "9800", ERR_NONE },		/* old form */
		{ "990000", ERR_NONE },
		{ "9a00000000", ERR_NONE },
		{ "c6ff00000000", ERR_NONE },
		{ "ca00c600", ERR_NONE },	/* a marker before it */
		{ "c600c100", ERR_OPENPGP_KEY }, /* a session key */
		{ "c600cb00", ERR_OPENPGP_KEY }, /* a message */
		{ "cd00", ERR_OPENPGP_KEY },	/* a name of nothing */
		{ "9b", ERR_OPENPGP_KEY },	/* a length up to the end */
		{ "c6e1aa", ERR_OPENPGP_KEY },	/* a length in parts */
		{ "c6ffffffffff", ERR_OPENPGP_KEY },
		{ "c602aa", ERR_OPENPGP_KEY },
		{ "4600", ERR_OPENPGP_KEY },
		{ "c600c500", ERR_OPENPGP_SECRET },
		{ "c600c700", ERR_OPENPGP_SECRET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = unhex_text(cases[i].hex);

		if (code_of(buf_span(&b)) != cases[i].code)
			fail_msg("%s", cases[i].hex);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_key_and_whom_it_names),
		cmocka_unit_test(what_we_armor_gpg_reads),
		cmocka_unit_test(secret_keys_are_refused),
		cmocka_unit_test(prefixes_and_changed_armors),
		cmocka_unit_test(packets_without_a_place_are_refused),
	};

	return cmocka_run_group_tests_name("openpgp", tests, begin,
	    scratch_leave);
}
