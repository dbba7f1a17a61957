/* ceremony: a record is what the table says, and each change of it is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "crypto/ceremony.h"
#include "test.h"

#define ATTRIBUTES							\
	"{\"always_authenticate\":false,\"always_sensitive\":true,"	\
	"\"decrypt\":false,\"derive\":false,\"extractable\":false,"	\
	"\"local\":true,\"modifiable\":false,\"never_extractable\":true,"\
	"\"sensitive\":true,\"sign\":true,\"sign_recover\":false,"	\
	"\"unwrap\":false}"

/* Its public key is the three bytes "key". */
static const char good[] =
    "{\"at\":\"2026-11-26T15:00:00.000Z\","
    "\"attestation\":{\"bytes\":\"a2V5\",\"content_sha256\":"
    "\"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683\","
    "\"size\":3},\"by\":\"Carol\",\"exposed\":false,\"how\":\"made\","
    "\"key\":{\"algorithm\":\"ec-p256\",\"attributes\":" ATTRIBUTES ","
    "\"id\":\"01\",\"label\":\"release\",\"mechanism\":\"CKM_X\","
    "\"public_key\":\"a2V5\",\"spki_sha256\":"
    "\"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683\"},"
    "\"kind\":\"tagseal-ceremony\",\"module\":{\"cryptoki_version\":\"2.40\","
    "\"description\":\"\",\"library_version\":\"2.6\",\"manufacturer\":\"M\"},"
    "\"token\":{\"firmware_version\":\"1.0\",\"hardware_version\":\"1.0\","
    "\"label\":\"acme\",\"manufacturer\":\"M\",\"model\":\"m\","
    "\"serial\":\"77\"},\"v\":1,\"witnesses\":[\"Dave\"]}";

static bool
reads(const char *text, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	struct ceremony c;

	return ceremony_read(span_text(text), &json, &c, e);
}

static void
a_good_record_is_read_and_written_again(void **state)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf again = { 0 };
	struct ceremony c;
	struct err e;

	(void)state;
	assert_ok(ceremony_read(span_text(good), &json, &c, &e), &e);
	assert_false(c.imported);
	assert_true(span_is(c.label, "release"));
	assert_true(span_is(c.serial, "77"));
	assert_true(span_is(c.by, "Carol"));
	assert_int_equal(c.spki_sha256.len, 64);
	assert_ok(ceremony_write(json, &again, &e), &e);
	assert_span_equal(buf_span(&again), span_text(good));
}

static void
no_prefix_of_a_record_is_one(void **state)
{
	struct err e;

	(void)state;
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		struct json *json = NULL;
		struct ceremony c;
		uint8_t *bytes = exact((struct span){ (const uint8_t *)good,
		    n });

		assert_false(ceremony_read((struct span){ bytes, n }, &json,
		    &c, &e));
		assert_err(&e, ERR_CEREMONY_MALFORMED);
		free(bytes);
	}
}

/* One part of the good record replaced, wherever it stands first. */
static void
each_change_is_told(void **state)
{
	static const struct { const char *from, *to; } rows[] = {
		{ "\"v\":1", "\"v\":2" },
		{ "tagseal-ceremony", "tagseal-receipt" },
		{ "\"how\":\"made\"", "\"how\":\"found\"" },
		{ "\"exposed\":false", "\"exposed\":true" },
		{ "\"how\":\"made\"", "\"how\":\"imported\"" },
		{ "\"by\":\"Carol\"", "\"by\":\"\"" },
		{ "\"by\":\"Carol\",", "" },
		{ "\"by\":\"Carol\"", "\"by\":1" },
		{ "[\"Dave\"]", "[\"\"]" },
		{ "[\"Dave\"]", "[1]" },
		{ "[\"Dave\"]", "\"Dave\"" },
		{ "15:00:00.000Z", "25:00:00.000Z" },
		{ "15:00:00.000Z", "15:00:00Z" },
		{ "\"size\":3", "\"size\":4" },
		{ "\"bytes\":\"a2V5\"", "\"bytes\":\"a2V6\"" },
		{ "\"public_key\":\"a2V5\"", "\"public_key\":\"a2V6\"" },
		{ "\"public_key\":\"a2V5\"", "\"public_key\":\"!\"" },
		{ "\"id\":\"01\"", "\"id\":\"0\"" },
		{ "\"id\":\"01\"", "\"id\":\"0G\"" },
		{ "\"extractable\":false", "\"extractable\":true" },
		{ "\"local\":true", "\"local\":false" },
		{ "\"always_sensitive\":true", "\"always_sensitive\":false" },
		{ "\"sign\":true,", "" },
		{ "\"sign\":true", "\"sign\":1" },
		{ "\"unwrap\":false", "\"unwrap\":false,\"wrap\":false" },
		{ "\"v\":1", "\"v\":1,\"w\":1" },
		{ "{\"at\"", "{ \"at\"" },
		{ "\"serial\":\"77\"", "\"serial\":77" },
	};
	char text[4096];
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = strstr(good, rows[i].from);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good),
		    good, rows[i].to, at + strlen(rows[i].from));
		assert_false(reads(text, &e));
		assert_err(&e, ERR_CEREMONY_MALFORMED);
	}
	assert_false(reads("[]", &e));
	assert_err(&e, ERR_CEREMONY_MALFORMED);
}

static void
a_record_that_is_too_long_is_not_parsed(void **state)
{
	CLEANUP(buf_done) struct buf long_one = { 0 };
	struct json *json = NULL;
	struct ceremony c;
	struct err e;

	(void)state;
	buf_zero(&long_one, CEREMONY_SIZE + 1);
	assert_false(ceremony_read(buf_span(&long_one), &json, &c, &e));
	assert_err(&e, ERR_CEREMONY_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_record_is_read_and_written_again),
		TEST(no_prefix_of_a_record_is_one),
		TEST(each_change_is_told),
		TEST(a_record_that_is_too_long_is_not_parsed),
	};

	return cmocka_run_group_tests_name("ceremony", tests, NULL, NULL);
}
