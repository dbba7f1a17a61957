/* key_uri_parse: RFC 7512 read strictly, written again alike. */
#include <string.h>

#include "keys/uri.h"
#include "test.h"

static bool
parse(const char *text, enum key_uri_place place, struct key_uri *u,
    struct arena *a, struct err *e)
{
	CLEANUP(free_done) uint8_t *copy = exact(span_text(text));

	return key_uri_parse(a, (struct span){ copy, strlen(text) }, place, u,
	    e);
}

static void
reads_every_attribute(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	CLEANUP(buf_done) struct buf again = { 0 };
	struct key_uri u;
	struct err e;

	(void)state;
	assert_ok(parse("pkcs11:token=My%20token;id=%00%ff;object=a+b=c&d;"
	    "type=private;serial=12;model=m;manufacturer=SoftHSM",
	    KEY_URI_SHARED, &u, a, &e), &e);
	assert_true(span_is(u.token, "My token"));
	assert_true(span_is(u.object, "a+b=c&d"));
	assert_span_equal(u.id,
	    ((struct span){ (const uint8_t *)"\0\xff", 2 }));
	key_uri_write(&u, &again);
	assert_string_equal(buf_cstr(&again), "pkcs11:token=My%20token;"
	    "manufacturer=SoftHSM;model=m;serial=12;object=a%2Bb%3Dc%26d;"
	    "id=%00%FF;type=private");
	struct key_uri v;
	assert_ok(parse(buf_cstr(&again), KEY_URI_SHARED, &v, a, &e), &e);
	assert_span_equal(u.object, v.object);
	assert_span_equal(u.id, v.id);
}

static void
refuses_what_is_no_uri(void **state)
{
	static const char *const bad[] = {
		"", "pkcs11", "pkcs11:", "PKCS11:token=a", "http:token=a",
		"pkcs11:token", "pkcs11:token=", "pkcs11:=a", "pkcs11:;token=a",
		"pkcs11:token=a;", "pkcs11:token=a;;id=%01",
		"pkcs11:token=a;token=b", "pkcs11:tokens=a", "pkcs11:token=a%",
		"pkcs11:token=a%2", "pkcs11:token=a%2g", "pkcs11:token=a b",
		"pkcs11:token=a/b", "pkcs11:token=%00", "pkcs11:token=%ff",
		"pkcs11:token=a?object=b", "pkcs11:token=a?x=y",
		"pkcs11:token=a#b", "pkcs11:?pin-source=a",
		"pkcs11:token=a?pin-source=a&", "pkcs11:token=a\xc3\xa4",
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct key_uri u;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		print_message("%s\n", bad[i]);
		assert_false(parse(bad[i], KEY_URI_LOCAL, &u, a, &e));
		assert_err(&e, ERR_KEY_URI);
	}
}

static void
says_how_to_reach_a_key_only_on_a_command_line(void **state)
{
	static const char *const never[] = {
		"pkcs11:slot-id=1", "pkcs11:token=a;slot-description=x",
		"pkcs11:token=a?pin-value=1234", "pkcs11:token=a?module-name=x",
		"pkcs11:token=a;pin-value=1",
	};
	static const char *const local[] = {
		"pkcs11:token=a?pin-source=file:/etc/pin",
		"pkcs11:token=a?module-path=/usr/lib/x.so&pin-source=env:P",
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct key_uri u;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(never); i++) {
		assert_false(parse(never[i], KEY_URI_LOCAL, &u, a, &e));
		assert_err(&e, ERR_KEY_URI_LOCAL);
	}
	for (size_t i = 0; i < COUNT(local); i++) {
		assert_false(parse(local[i], KEY_URI_SHARED, &u, a, &e));
		assert_err(&e, ERR_KEY_URI_LOCAL);
		assert_ok(parse(local[i], KEY_URI_LOCAL, &u, a, &e), &e);
		assert_true(u.pin_source.len > 0);
	}
	assert_true(span_is(u.module_path, "/usr/lib/x.so"));
}

static void
names_the_token_and_the_key_that_agree_in_all(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct token_names t = { SPAN_TEXT("acme"), SPAN_TEXT("maker"),
	    SPAN_TEXT("m"), SPAN_TEXT("77"), SPAN_TEXT("1.0") };
	struct key_uri u;
	struct err e;

	(void)state;
	assert_ok(parse("pkcs11:token=acme;serial=77;object=k", KEY_URI_SHARED,
	    &u, a, &e), &e);
	assert_true(key_uri_names_token(&u, &t));
	assert_true(key_uri_names_key(&u, span_text("k"), span_text("any")));
	assert_false(key_uri_names_key(&u, span_text("K"), span_text("any")));
	t.serial = span_text("78");
	assert_false(key_uri_names_token(&u, &t));
	assert_ok(parse("pkcs11:type=cert;object=k", KEY_URI_SHARED, &u, a,
	    &e), &e);
	assert_false(key_uri_names_key(&u, span_text("k"), span_text("any")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_every_attribute),
		TEST(refuses_what_is_no_uri),
		TEST(says_how_to_reach_a_key_only_on_a_command_line),
		TEST(names_the_token_and_the_key_that_agree_in_all),
	};

	return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
