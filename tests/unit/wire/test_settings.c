/* settings: what is written is read back, whole or not at all. */
#include "test.h"
#include "wire/settings.h"

#define ARENA	((size_t)4 << 20)

static uint8_t hash[32] = { 1, 2, 3 };

static void
those_of_the_judge_are_read_back(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span urls[] = { SPAN_TEXT("/a"), SPAN_TEXT("/b") };
	const struct judge_settings s = {
		.role = { SPAN_TEXT("tagseal"), true, false },
		.engine = SPAN_TEXT("6f1c"), .urls = urls, .url_count = 2,
		.recovery_keys = urls, .recovery_key_count = 1,
		.recovery_threshold = 3, .recovery = SPAN_TEXT("/r"),
		.config_credential = SPAN_TEXT("git"),
		.ledger_credential = SPAN_TEXT("log"),
		.root_payload = SPAN(hash), .root_manifest = SPAN(hash),
		.least_size = 7, .poll = 60, .once = true,
	};
	struct judge_settings out;
	struct span cut;
	struct err e;

	(void)state;
	judge_settings_write(&s, &b);
	assert_ok(judge_settings_read(buf_span(&b), a, &out, &e), &e);
	assert_span_equal(out.role.user, SPAN_TEXT("tagseal"));
	assert_true(out.role.where_possible && !out.role.json && out.once);
	assert_int_equal(out.url_count, 2);
	assert_span_equal(out.urls[1], SPAN_TEXT("/b"));
	assert_int_equal(out.recovery_key_count, 1);
	assert_span_equal(out.recovery_keys[0], SPAN_TEXT("/a"));
	assert_int_equal(out.recovery_threshold, 3);
	assert_span_equal(out.recovery, SPAN_TEXT("/r"));
	assert_span_equal(out.config_credential, SPAN_TEXT("git"));
	assert_span_equal(out.ledger_credential, SPAN_TEXT("log"));
	assert_span_equal(out.root_manifest, SPAN(hash));
	assert_int_equal(out.least_size, 7);
	assert_int_equal(out.poll, 60);
	for (size_t n = 0; n < b.len; n++) {
		assert_true(span_cut(buf_span(&b), 0, n, &cut));
		assert_false(judge_settings_read(cut, a, &out, &e));
	}
	buf_u8(&b, 0);
	assert_false(judge_settings_read(buf_span(&b), a, &out, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
}

static void
a_pin_of_another_length_is_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct judge_settings s = { .root_payload = SPAN_TEXT("short"),
	    .root_manifest = SPAN(hash) };
	struct judge_settings out;
	struct err e;

	(void)state;
	judge_settings_write(&s, &b);
	assert_false(judge_settings_read(buf_span(&b), a, &out, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
}

static void
those_of_the_signer_are_read_back(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span folders[] = { SPAN_TEXT("/var/lib/softhsm") };
	struct token_settings tokens[] = { { .module = SPAN_TEXT("/m.so"),
	    .token = SPAN_TEXT("acme"), .serial = SPAN_TEXT("17"),
	    .parameters = SPAN_TEXT("x=1"), .sessions = 3, .call_limit = 5,
	    .pin_from = PIN_PLACE_FILE,
	    .pin_name = SPAN_TEXT("/pin"), .write = folders,
	    .write_count = 1 } };
	const struct signer_settings s = { .state = SPAN_TEXT("/s"),
	    .engine = SPAN_TEXT("6f1c0d2e-0000-4000-8000-000000000001"),
	    .origin = SPAN_TEXT("acme.example/tagseal"),
	    .tokens = tokens, .token_count = 1 };
	struct signer_settings out;
	struct span cut;
	struct err e;

	(void)state;
	signer_settings_write(&s, &b);
	assert_ok(signer_settings_read(buf_span(&b), a, &out, &e), &e);
	assert_span_equal(out.origin, SPAN_TEXT("acme.example/tagseal"));
	assert_span_equal(out.engine, s.engine);
	assert_int_equal(out.token_count, 1);
	assert_int_equal(out.tokens[0].pin_from, PIN_PLACE_FILE);
	assert_span_equal(out.tokens[0].serial, SPAN_TEXT("17"));
	assert_span_equal(out.tokens[0].parameters, SPAN_TEXT("x=1"));
	assert_int_equal(out.tokens[0].sessions, 3);
	assert_int_equal(out.tokens[0].call_limit, 5);
	assert_span_equal(out.tokens[0].pin_name, SPAN_TEXT("/pin"));
	assert_span_equal(out.tokens[0].write[0],
	    SPAN_TEXT("/var/lib/softhsm"));
	assert_int_equal(out.tokens[0].socket_count, 0);
	for (size_t n = 0; n < b.len; n++) {
		assert_true(span_cut(buf_span(&b), 0, n, &cut));
		assert_false(signer_settings_read(cut, a, &out, &e));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_of_the_judge_are_read_back),
		TEST(a_pin_of_another_length_is_refused),
		TEST(those_of_the_signer_are_read_back),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
