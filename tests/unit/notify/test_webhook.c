/* webhook: what is told, and what is signed of it. */
#include <string.h>

#include "notify/notify.h"
#include "test.h"

static void
render(const char *event, size_t count, struct buf *out)
{
	CLEANUP(json_done) struct json *v = NULL;
	const struct notice_person readers[] = { { SPAN_TEXT("person/alice"),
	    SPAN_TEXT("Alice \"A\" Example"),
	    SPAN_TEXT("alice@acme.example") } };
	struct err e;

	assert_ok(json_parse(SPAN_TEXT(event), &v, &e), &e);
	const struct channel_row *row = notice_channel_find(
	    SPAN_TEXT("webhook"));
	assert_non_null(row);
	assert_string_equal(row->type, "application/json");
	row->render(&(struct notice_text){ .organization = SPAN_TEXT("acme"),
	    .ledger = SPAN_TEXT("acme.example/tagseal"),
	    .id = SPAN_TEXT("00ff"), .summary = SPAN_TEXT("v1 \xc3\xbc seen"),
	    .event = v, .readers = readers, .reader_count = count }, out);
}

/* The form is a promise: docs/webhook.md. */
static void
the_body_is_as_documented(void **state)
{
	CLEANUP(buf_done) struct buf out = { 0 };

	(void)state;
	render("{\"at\":\"2026-01-31T12:00:00.000Z\",\"n\":7,"
	    "\"project\":\"app\",\"type\":\"ref.seen\",\"v\":1}", 1, &out);
	assert_string_equal(buf_cstr(&out),
	    "{\"v\":1,\"id\":\"00ff\",\"type\":\"ref.seen\","
	    "\"at\":\"2026-01-31T12:00:00.000Z\",\"n\":7,"
	    "\"organization\":\"acme\",\"ledger\":\"acme.example/tagseal\","
	    "\"summary\":\"v1 \xc3\xbc seen\",\"readers\":[{\"person\":"
	    "\"person/alice\",\"name\":\"Alice \\\"A\\\" Example\",\"email\":"
	    "\"alice@acme.example\"}],\"event\":{\"at\":"
	    "\"2026-01-31T12:00:00.000Z\",\"n\":7,\"project\":\"app\","
	    "\"type\":\"ref.seen\",\"v\":1}}");
}

/* A list that is empty is there all the same. */
static void
nobody_reads_of_what_is_no_projects(void **state)
{
	CLEANUP(buf_done) struct buf out = { 0 };

	(void)state;
	render("{\"at\":\"x\",\"n\":0,\"type\":\"ledger.created\"}", 0, &out);
	assert_non_null(strstr(buf_cstr(&out), "\"readers\":[],"));
}

static void
what_is_signed_is_as_the_standard_says(void **state)
{
	CLEANUP(buf_done) struct buf out = { 0 };

	(void)state;
	webhook_signed(SPAN_TEXT("00ff"), 1674087231, SPAN_TEXT("{}"), &out);
	assert_string_equal(buf_cstr(&out), "00ff.1674087231.{}");
}

static void
there_is_no_other_channel(void **state)
{
	static const char *const names[] = { "", "Webhook", "webhooks",
	    "command" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_null(notice_channel_find(SPAN_TEXT(names[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_body_is_as_documented),
		TEST(nobody_reads_of_what_is_no_projects),
		TEST(what_is_signed_is_as_the_standard_says),
		TEST(there_is_no_other_channel),
	};

	return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
