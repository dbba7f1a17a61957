/* canonical: one spelling per value, and nothing that could have two. */
#include "crypto/canonical.h"
#include "test.h"

static void
writes_sorted_and_tight(void **state)
{
	static const struct {
		const char	*in;
		const char	*out;
	} cases[] = {
		{ " { \"b\" : 1 , \"a_2\" : [ true , false , \"x\" ] } ",
		    "{\"a_2\":[true,false,\"x\"],\"b\":1}" },
		{ "{\"s\":\"\\u0041\\/\\u20ac\\b\\f\\n\\r\\t\\u001F\\\"\\\\\"}",
		    "{\"s\":\"A/\xe2\x82\xac\\b\\f\\n\\r\\t\\u001f\\\"\\\\\"}" },
		{ "{\"n\":-9007199254740991,\"m\":9007199254740991}",
		    "{\"m\":9007199254740991,\"n\":-9007199254740991}" },
		{ "{\"files\":{\"p/b.yaml\":\"2\",\"p/B c\":\"1\"}}",
		    "{\"files\":{\"p/B c\":\"1\",\"p/b.yaml\":\"2\"}}" },
		{ "{\"a\":{},\"aa\":[],\"a_\":\"\"}",
		    "{\"a\":{},\"a_\":\"\",\"aa\":[]}" },
		{ "[]", "[]" }, { "\"\\u007f\"", "\"\x7f\"" },
		{ "-0", "0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(json_done) struct json *v = NULL, *again = NULL;
		CLEANUP(buf_done) struct buf b = { 0 };
		struct err e;

		assert_ok(json_parse(span_text(cases[i].in), &v, &e), &e);
		assert_ok(canonical_write(v, &b, &e), &e);
		assert_string_equal(buf_cstr(&b), cases[i].out);
		assert_ok(canonical_parse(buf_span(&b), &again, &e), &e);
	}
}

static void
refuses_what_has_two_spellings(void **state)
{
	static const char *const bad[] = {
		"{\"a\":null}", "{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":1.0}",
		"{\"A\":1}", "{\"a-b\":1}", "{\"\":1}", "{\"\xc3\xa9\":1}",
		"{\"a\":9007199254740992}", "{\"a\":-9007199254740992}",
		"{\"files\":{\"a\":1}}", "{\"files\":{\"\":\"x\"}}",
		"{\"files\":{\"\xc3\xa9\":\"x\"}}",
		"{\"parameters\":{\"a\\\"b\":\"x\"}}",
		"{\"parameters\":{\"a\":{\"b\":\"x\"}}}",
		"{\"files\":[{\"A\":\"x\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(json_done) struct json *v = NULL;
		CLEANUP(buf_done) struct buf b = { 0 };
		struct err e;

		assert_ok(json_parse(span_text(bad[i]), &v, &e), &e);
		assert_false(canonical_write(v, &b, &e));
		assert_err(&e, ERR_CANONICAL);
	}
}

static void
takes_only_the_canonical_bytes(void **state)
{
	static const char *const bad[] = {
		"{\"b\":1,\"a\":2}", "{\"a\": 1}", "{\"a\":1} ", "{\"a\":1}\n",
		"{\"a\":\"\\u0041\"}", "{\"a\":\"\\/\"}", "{\"a\":-0}",
		"{\"a\":\"\\u000a\"}", "{\"a\":\"\\u001F\"}",
	};
	CLEANUP(json_done) struct json *none = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(canonical_parse(span_text(bad[i]), &none, &e));
		assert_err(&e, ERR_CANONICAL);
		assert_null(none);
	}
	assert_false(canonical_parse(span_text("{\"a\":1,\"a\":1}"), &none,
	    &e));
	assert_err(&e, ERR_JSON_MALFORMED);
}

static void
says_where(void **state)
{
	CLEANUP(json_done) struct json *v = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_ok(json_parse(span_text("{\"a\":{\"b\":[1,null]}}"), &v, &e),
	    &e);
	assert_false(canonical_write(v, &b, &e));
	assert_string_equal(e.text, "a: b: [1]: a null");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_sorted_and_tight),
		TEST(refuses_what_has_two_spellings),
		TEST(takes_only_the_canonical_bytes),
		TEST(says_where),
	};

	return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
