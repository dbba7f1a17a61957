/*
 * events: the table takes what it says and nothing else; schemas/events/ is
 * printed from it (TAGSEAL_WRITE_SCHEMAS=1 writes the files anew).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "ledger/story.h"
#include "ledger_maker.h"
#include "test.h"

#define ENGINE	MAKER_ENGINE
#define AT	1767225600000
#define HEX40	"0123456789abcdef0123456789abcdef01234567"
#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool
makes(const char *type, const char *members, struct buf *out, struct err *e)
{
	const struct event_about about = { SPAN_TEXT("acme-app"),
	    SPAN_TEXT("release-signing"), SPAN_TEXT("refs/tags/v1.2.3") };
	struct json *v = NULL;

	assert_ok(json_parse(span_text(members), &v, e), e);
	if (json_member(v, "request") != NULL)
		event_about_put(type, &about, v);
	return event_make(type, 7, AT, ENGINE, v, out, e);
}

static bool
reads(struct span s, uint64_t n, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct event ev;

	return event_parse(s, n, &v, &ev, e);
}

static void
an_event_has_one_form(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_ok(makes("engine.stopped", "{\"reason\":\"asked to\"}", &b, &e),
	    &e);
	assert_string_equal(buf_cstr(&b), "{\"at\":\"2026-01-01T00:00:00.000Z\","
	    "\"engine\":\"" ENGINE "\",\"n\":7,\"reason\":\"asked to\","
	    "\"type\":\"engine.stopped\",\"v\":1}");
	assert_ok(reads(buf_span(&b), 7, &e), &e);
	assert_false(reads(buf_span(&b), 8, &e));
	assert_err(&e, ERR_LEDGER_EVENT);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = exact((struct span){ b.ptr, n });

		assert_false(reads((struct span){ cut, n }, 7, &e));
		free(cut);
	}
}

static void
members_of_the_wrong_kind(void **state)
{
	static const struct {
		const char	*type;
		const char	*members;
	} bad[] = {
		{ "engine.dreamt", "{}" },
		{ "engine.stopped", "{}" },
		{ "engine.stopped", "{\"reason\":1}" },
		{ "engine.stopped", "{\"reason\":[]}" },
		{ "engine.stopped", "{\"reason\":\"x\",\"actor\":2}" },
		{ "engine.stopped", "{\"reason\":\"x\",\"evidence\":[{}]}" },
		{ "engine.stopped", "{\"reason\":\"x\",\"evidence\":{}}" },
		{ "engine.stopped", "{\"reason\":\"x\",\"config\":"
		    "{\"commit_id\":\"abc\",\"manifest_sha256\":\"" HEX64
		    "\"}}" },
		{ "request.completed", "{\"request\":\"sr-12\",\"artifacts\":"
		    "1}" },
		{ "request.completed", "{\"request\":\"sr-" HEX64 "\","
		    "\"artifacts\":-1}" },
		{ "request.completed", "{\"request\":\"sr-" HEX64 "\","
		    "\"artifacts\":\"1\"}" },
		{ "request.completed", "{\"request\":\"sr-" HEX64 "\","
		    "\"artifacts\":1,\"more\":1}" },
		{ "request.waiting", "{\"request\":\"sr-" HEX64 "\","
		    "\"missing\":[1]}" },
		{ "approval.counted", "{\"request\":\"sr-" HEX64 "\","
		    "\"person\":\"person/a\",\"statement_sha256\":\"" HEX64
		    "\",\"carrier\":\"tag\",\"rule\":\"x\",\"expires\":"
		    "\"2026-01-01\"}" },
		{ "approval.counted", "{\"request\":\"sr-" HEX64 "\","
		    "\"person\":\"person/a\",\"statement_sha256\":\"ABCDEF\","
		    "\"carrier\":\"tag\",\"rule\":\"x\"}" },
		{ "request.created", "{\"request\":\"sr-" HEX64 "\","
		    "\"body\":{}}" },
		{ "request.authorised", "{\"request\":\"sr-" HEX64 "\","
		    "\"attempt\":1,\"reasons\":[{\"rule\":\"a\",\"met\":1,"
		    "\"text\":\"\"}],\"approvals\":[],\"approvals_needed\":0,\"certificate\":"
		    "\"c\","
		    "\"decided\":\"2026-01-01T00:00:00.000Z\","
		    "\"spki_sha256\":\"" HEX64 "\",\"signatures_max\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		struct err e;

		assert_false(makes(bad[i].type, bad[i].members, &b, &e));
		assert_err(&e, ERR_LEDGER_EVENT);
		assert_int_equal(b.len, 0);
	}
}

static void
open_types_take_more_members(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_ok(makes("engine.started", "{\"version\":\"1\","
	    MAKER_STARTED ",\"more\":1}", &b, &e), &e);
	assert_false(makes("engine.started", "{\"version\":\"1\","
	    MAKER_STARTED ",\"more\":null}", &b, &e));
	assert_err(&e, ERR_CANONICAL);
}

static void
a_request_bears_the_name_of_its_bytes(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct ledger_maker m;
	struct err e;

	(void)state;
	maker_init(&m, "/tmp/tagseal-events.git", "ed25519", "ed25519");
	maker_request(&m, "aa");
	buf_put(&b, m.events[0]);
	assert_ok(reads(buf_span(&b), 1, &e), &e);
	size_t at = span_find(buf_span(&b), span_text("\"nonce\":\"aa"));
	assert_true(at != SIZE_MAX);
	b.ptr[at + 9] = 'b';
	assert_false(reads(buf_span(&b), 1, &e));
	assert_err(&e, ERR_LEDGER_EVENT);
	maker_done(&m);
	assert_int_equal(system("rm -rf /tmp/tagseal-events.git"), 0);
}

static void
large_things_go_into_blobs(void **state)
{
	CLEANUP(buf_done) struct buf text = { 0 }, b = { 0 };
	struct json *v = json_map();
	struct err e;

	(void)state;
	for (size_t i = 0; i < LIMIT_EVENT; i++)
		buf_u8(&text, 'x');
	json_put_span(v, "reason", buf_span(&text));
	assert_false(event_make("engine.stopped", 0, AT, ENGINE, v, &b, &e));
	assert_err(&e, ERR_LEDGER_EVENT_SIZE);
}

#define SAID	"{\"event\":1,\"statement_sha256\":\"" HEX64 "\"}"

static void
summaries_read_well(void **state)
{
	static const struct {
		const char	*type, *members, *summary;
	} cases[] = {
		{ "request.denied", "{\"request\":\"sr-" HEX64 "\",\"person\":"
		    "\"person/bob\",\"statement_sha256\":\"" HEX64 "\","
		    "\"reason\":\"not \\u0007yet\"}",
		    "sr-0123456789ab denied: acme-app v1.2.3 release-signing "
		    "(by person/bob: not \\u{7}yet)" },
		{ "request.waiting", "{\"request\":\"sr-" HEX64 "\","
		    "\"missing\":[\"bob\",\"carol\"]}",
		    "sr-0123456789ab waiting: acme-app v1.2.3 release-signing "
		    "(for bob (and 1 more))" },
		{ "request.authorised", "{\"request\":\"sr-" HEX64 "\","
		    "\"attempt\":1,\"reasons\":[],\"approvals\":["
		    SAID "," SAID "],"
		    "\"approvals_needed\":2,\"certificate\":\"c\","
		    "\"decided\":\"2026-01-01T00:00:00.000Z\","
		    "\"spki_sha256\":\"" HEX64 "\",\"signatures_max\":1}",
		    "sr-0123456789ab authorised: acme-app v1.2.3 "
		    "release-signing (2/2 approvals)" },
		{ "request.failed", "{\"request\":\"sr-" HEX64 "\","
		    "\"findings\":[{\"code\":\"PE-TRUNCATED\",\"text\":\"x\"}]}",
		    "sr-0123456789ab failed: acme-app v1.2.3 release-signing "
		    "(PE-TRUNCATED)" },
		{ "ref.moved", "{\"project\":\"app\",\"repo\":\"x\",\"ref\":"
		    "\"refs/heads/main\",\"old_id\":\"" HEX40 "\","
		    "\"object_id\":\"" HEX40 "\"}",
		    "app main moved from 0123456789ab to 0123456789ab" },
		{ "approval.ignored", "{\"statement_sha256\":\"" HEX64 "\","
		    "\"findings\":[]}", "approval by somebody ignored: somebody" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 }, line = { 0 };
		CLEANUP(json_done) struct json *v = NULL;
		struct event ev;
		struct err e;

		assert_ok(makes(cases[i].type, cases[i].members, &b, &e), &e);
		assert_ok(event_parse(buf_span(&b), 7, &v, &ev, &e), &e);
		event_summary(&ev, &line);
		assert_string_equal(buf_cstr(&line), cases[i].summary);
	}
}

static void
schemas_are_those_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_type_count; i++) {
		char path[512], command[1200];
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		event_schema(&event_types[i], f);
		assert_int_equal(fclose(f), 0);
		snprintf(path, sizeof(path), "%s/schemas/events/%s.json",
		    getenv("SOURCE"), event_types[i].name);
		if (getenv("TAGSEAL_WRITE_SCHEMAS") != NULL) {
			f = fopen(path, "w");
			assert_non_null(f);
			fputs(text, f);
			assert_int_equal(fclose(f), 0);
		}
		snprintf(command, sizeof(command), "cmp -s - '%s'", path);
		f = popen(command, "w");
		assert_non_null(f);
		fputs(text, f);
		if (pclose(f) != 0)
			fail_msg("%s is not what the table says", path);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_has_one_form),
		TEST(members_of_the_wrong_kind),
		TEST(open_types_take_more_members),
		TEST(a_request_bears_the_name_of_its_bytes),
		TEST(large_things_go_into_blobs),
		TEST(summaries_read_well),
		TEST(schemas_are_those_of_the_table),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
