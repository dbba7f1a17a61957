/* json: one value, no member twice, nothing behind it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "test.h"

static void
what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "{", "[1,]", "{} x", "{}{}", "nul", "01", "'a'",
		"{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\xff\"", "\"\xc0\x80\"",
		"\"a\nb\"", "99999999999999999999", "1e999", "[1 2]",
		"{1:2}", "\xef\xbb\xbf{}", "\"\\ud800\"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct span s = SPAN_TEXT(bad[i]);
		CLEANUP(free_done) uint8_t *p = exact(s);
		struct json *v = NULL;
		struct err e;

		if (json_parse((struct span){ p, s.len }, &v, &e))
			fail_msg("taken: %s", bad[i]);
		assert_err(&e, ERR_JSON_MALFORMED);
		assert_null(v);
	}
}

static void
depth_is_limited(void **state)
{
	(void)state;
	for (size_t depth = LIMIT_JSON_DEPTH; depth < 100000; depth *= 3) {
		CLEANUP(json_done) struct json *v = NULL;
		CLEANUP(buf_done) struct buf b = { 0 };
		struct err e;

		for (size_t i = 0; i < depth; i++)
			buf_text(&b, "[");
		for (size_t i = 0; i < depth; i++)
			buf_text(&b, "]");
		assert_int_equal(json_parse(buf_span(&b), &v, &e),
		    depth == LIMIT_JSON_DEPTH);
	}
}

static void
hostile_text_is_shown_safely(void **state)
{
	struct json *v;
	struct err e;

	(void)state;
	assert_false(json_parse(SPAN_TEXT("[\033[31mred"), &v, &e));
	assert_null(strchr(e.text, '\033'));
	assert_false(json_parse(SPAN_TEXT("{\"\xe2\x80\xae\":1,"
	    "\"\xe2\x80\xae\":2}"), &v, &e));
	assert_null(strstr(e.text, "\xe2\x80\xae"));
}

static void
values_are_told_apart(void **state)
{
	CLEANUP(json_done) struct json *v = NULL;
	static const enum json_kind kinds[] = {
		JSON_KIND_NULL, JSON_KIND_BOOL, JSON_KIND_INTEGER,
		JSON_KIND_REAL, JSON_KIND_TEXT, JSON_KIND_LIST, JSON_KIND_MAP,
	};
	struct err e;

	(void)state;
	assert_ok(json_parse(SPAN_TEXT("[null,true,9223372036854775807,1.5,"
	    "\"t\",[],{\"k\":1}]"), &v, &e), &e);
	assert_int_equal(json_count(v), COUNT(kinds));
	for (size_t i = 0; i < COUNT(kinds); i++)
		assert_int_equal(json_kind(json_item(v, i)), kinds[i]);
	assert_true(json_truth(json_item(v, 1)));
	assert_false(json_truth(json_item(v, 0)));
	assert_true(json_integer_of(json_item(v, 2)) == INT64_MAX);
	assert_true(span_is(json_span(json_item(v, 4)), "t"));
	assert_null(json_span(json_item(v, 2)).ptr);
	assert_int_equal(json_count(json_item(v, 6)), 1);
	assert_null(json_item(v, 7));
	assert_null(json_member(json_item(v, 6), "none"));
	assert_int_equal(json_kind(NULL), JSON_KIND_NULL);
	assert_int_equal(json_integer_of(NULL), 0);
}

static bool
collect(void *arg, const char *key, const struct json *v, struct err *e)
{
	buf_printf(arg, "%s=%d ", key, (int)json_integer_of(v));
	return strcmp(key, "stop") != 0 || err_set(e, ERR_USAGE, "stopped");
}

static void
members_keep_the_order_of_their_making(void **state)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf b = { 0 }, line = { 0 };
	struct err e;

	(void)state;
	json_put_int(v, "z", 1);
	json_put_int(v, "a", 2);
	json_put(v, "none", NULL);
	assert_ok(json_each(v, collect, &b, &e), &e);
	assert_string_equal(buf_cstr(&b), "z=1 a=2 ");
	json_write(v, &line);
	assert_string_equal(buf_cstr(&line), "{\"z\":1,\"a\":2}");
	json_put_int(v, "stop", 3);
	json_put_int(v, "after", 4);
	buf_done(&b);
	assert_false(json_each(v, collect, &b, &e));
	assert_string_equal(buf_cstr(&b), "z=1 a=2 stop=3 ");
}

static void
what_is_made_is_written(void **state)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf b = { 0 };
	struct json *list = json_list();
	struct err e;

	(void)state;
	json_add(list, json_bool(false));
	json_add(list, NULL);
	json_add(list, json_text((struct span){ 0 }));
	json_put(v, "list", list);
	json_put_bool(v, "yes", true);
	json_put_text(v, "text", "\"\n");
	json_put_span(v, "raw", SPAN_TEXT("a\xff"));
	json_put_hex(v, "hex", SPAN_TEXT("\x01\xab"));
	json_write(v, &b);
	assert_string_equal(buf_cstr(&b), "{\"list\":[false,\"\"],"
	    "\"yes\":true,\"text\":\"\\\"\\n\",\"raw\":\"a\\\\xff\","
	    "\"hex\":\"01ab\"}");
	err_set(&e, ERR_USAGE, "what");
	json_put_err(v, "error", &e);
	const struct json *error = json_member(v, "error");
	assert_true(span_is(json_span(json_member(error, "code")), "USAGE"));
	assert_true(span_is(json_span(json_member(error, "text")), "what"));
}

static void
people_get_lines(void **state)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(free_done) char *text = NULL;
	size_t size;

	(void)state;
	json_put_int(v, "a", 1);
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	json_print(v, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "{\n  \"a\": 1\n}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_json_is_refused),
		TEST(depth_is_limited),
		TEST(hostile_text_is_shown_safely),
		TEST(values_are_told_apart),
		TEST(members_keep_the_order_of_their_making),
		TEST(what_is_made_is_written),
		TEST(people_get_lines),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
