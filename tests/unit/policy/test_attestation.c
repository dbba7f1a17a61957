/* attestation_parse: what statements of both versions say, and broken ones. */
#include <stdlib.h>
#include <string.h>

#include "policy/attestation.h"
#include "test.h"

#define SHA	"3b0c3b0c3b0c3b0c3b0c3b0c3b0c3b0c"			\
	"3b0c3b0c3b0c3b0c3b0c3b0c3b0c3b0c"
#define COMMIT	"c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"

static const char v1[] = "{\"_type\": \"https://in-toto.io/Statement/v1\","
    "\"subject\": [{\"name\": \"a.zip\", \"digest\": {\"sha256\": \"" SHA
    "\"}}, {\"digest\": {\"sha512\": \"00\"}}],"
    "\"predicateType\": \"https://slsa.dev/provenance/v1\","
    "\"predicate\": {\"buildDefinition\": {\"buildType\": \"t\","
    "\"externalParameters\": {\"workflow\": {\"a/b~\": \"x\"},"
    "\"list\": [1, true, {}]},"
    "\"resolvedDependencies\": [{\"uri\": \"git+https://git.test/a@main\","
    "\"digest\": {\"gitCommit\": \"" COMMIT "\"}}, {\"name\": \"n\"}]},"
    "\"runDetails\": {\"builder\": {\"id\": \"https://ci.test/r\"},"
    "\"metadata\": {\"invocationId\": \"https://ci.test/runs/7\"}}}}";

static const char v02[] = "{\"_type\": \"https://in-toto.io/Statement/v0.1\","
    "\"subject\": [{\"digest\": {\"sha256\": \"" SHA "\"}}],"
    "\"predicateType\": \"https://slsa.dev/provenance/v0.2\","
    "\"predicate\": {\"builder\": {\"id\": \"https://ci.test/r\"},"
    "\"buildType\": \"t\", \"invocation\": {\"configSource\": {"
    "\"uri\": \"git+https://git.test/a\", \"digest\": {\"sha1\": \"" COMMIT
    "\"}, \"entryPoint\": \"a.yml\"}, \"parameters\": {\"debug\": false}},"
    "\"metadata\": {\"buildInvocationId\": \"run 8\"},"
    "\"materials\": [{\"uri\": \"pkg:deb/x\"}]}}";

static struct arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
has(const struct attestation *s, const char *pointer, const char *value)
{
	for (size_t i = 0; i < s->parameters.count; i++)
		if (span_is(s->parameters.items[i].pointer, pointer) &&
		    span_is(s->parameters.items[i].value, value))
			return;
	fail_msg("there is no %s = %s", pointer, value);
}

static void
reads_version_1(void **state)
{
	struct attestation s;
	struct err e;

	(void)state;
	assert_ok(attestation_parse(SPAN_TEXT(v1), arena, &s, &e), &e);
	assert_int_equal(s.subjects.count, 1);
	assert_int_equal(s.subjects.items[0].sha256[31], 0x0c);
	assert_true(span_is(s.builder, "https://ci.test/r"));
	assert_true(span_is(s.invocation, "https://ci.test/runs/7"));
	assert_true(span_is(s.build_type, "t"));
	assert_int_equal(s.sources.count, 2);
	assert_true(span_is(s.sources.items[0].uri,
	    "git+https://git.test/a@main"));
	assert_true(span_is(s.sources.items[0].commit, COMMIT));
	assert_int_equal(s.sources.items[1].commit.len, 0);
	assert_int_equal(s.parameters.count, 4);
	has(&s, "/workflow/a~1b~0", "x");
	has(&s, "/list/0", "1");
	has(&s, "/list/1", "true");
	has(&s, "/list/2", "{}");
}

static void
reads_version_0_2(void **state)
{
	struct attestation s;
	struct err e;

	(void)state;
	assert_ok(attestation_parse(SPAN_TEXT(v02), arena, &s, &e), &e);
	assert_true(span_is(s.invocation, "run 8"));
	assert_int_equal(s.sources.count, 2);
	assert_true(span_is(s.sources.items[0].uri, "git+https://git.test/a"));
	assert_true(span_is(s.sources.items[0].commit, COMMIT));
	assert_int_equal(s.parameters.count, 2);
	has(&s, "/entryPoint", "a.yml");
	has(&s, "/parameters/debug", "false");
}

/* One text put in for another makes it one that is not taken. */
static void
refused(const char *text, const char *old, const char *new,
    enum err_code code)
{
	const char *at = strstr(text, old);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct attestation s;
	struct err e;

	assert_non_null(at);
	buf_put(&b, (struct span){ (const uint8_t *)text,
	    (size_t)(at - text) });
	buf_text(&b, new);
	buf_text(&b, at + strlen(old));
	if (attestation_parse(buf_span(&b), arena, &s, &e))
		fail_msg("taken: %s", buf_cstr(&b));
	assert_err(&e, code);
}

static void
each_part_must_be_there(void **state)
{
	static const struct {
		const char	*old;
		const char	*new;
		enum err_code	 code;
	} rows[] = {
		{ "Statement/v1", "Statement/v2", ERR_ATTESTATION_TYPE },
		{ "_type", "type", ERR_ATTESTATION_TYPE },
		{ "provenance/v1", "provenance/v1.1", ERR_ATTESTATION_TYPE },
		{ "predicateType", "predicatetype", ERR_ATTESTATION_TYPE },
		{ "\"subject\"", "\"s\"", ERR_ATTESTATION_MALFORMED },
		{ "\"sha256\"", "\"SHA256\"", ERR_ATTESTATION_MALFORMED },
		{ "\"" SHA, "\"3B" SHA, ERR_ATTESTATION_MALFORMED },
		{ "\"3b0c3b0c", "\"3B0C3b0c", ERR_ATTESTATION_MALFORMED },
		{ "{\"sha512\": \"00\"}", "7", ERR_ATTESTATION_MALFORMED },
		{ "\"predicate\":", "\"p\":", ERR_ATTESTATION_MALFORMED },
		{ "buildDefinition", "b", ERR_ATTESTATION_MALFORMED },
		{ "\"buildType\": \"t\"", "\"buildType\": \"\"",
		    ERR_ATTESTATION_MALFORMED },
		{ "externalParameters", "p", ERR_ATTESTATION_MALFORMED },
		{ "[{\"uri\"", "[7, {\"uri\"", ERR_ATTESTATION_MALFORMED },
		{ "{\"gitCommit\": \"" COMMIT "\"}", "[]",
		    ERR_ATTESTATION_MALFORMED },
		{ "runDetails", "r", ERR_ATTESTATION_MALFORMED },
		{ "\"builder\": {", "\"builder\": [], \"b\": {",
		    ERR_ATTESTATION_MALFORMED },
		{ "\"id\"", "\"ID\"", ERR_ATTESTATION_MALFORMED },
		{ "\"id\"", "\"id\": \"x\", \"id\"", ERR_JSON_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		refused(v1, rows[i].old, rows[i].new, rows[i].code);
	refused(v02, "\"builder\"", "\"b\"", ERR_ATTESTATION_MALFORMED);
	refused(v02, "\"buildType\"", "\"b\"", ERR_ATTESTATION_MALFORMED);
	refused(v02, "{\"configSource\"", "[], \"x\": {\"configSource\"",
	    ERR_ATTESTATION_MALFORMED);
	refused(v02, "{\"debug\": false}", "[]", ERR_ATTESTATION_MALFORMED);
	refused(v02, "[{\"uri\"", "{}, \"x\": [{\"uri\"",
	    ERR_ATTESTATION_MALFORMED);
}

static void
no_prefix_of_one_is_taken(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(v1) - 1; n++) {
		uint8_t *part = exact((struct span){ (const uint8_t *)v1, n });
		struct attestation s;
		struct err e;

		assert_false(attestation_parse((struct span){ part, n },
		    arena, &s, &e));
		free(part);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_version_1),
		TEST(reads_version_0_2),
		TEST(each_part_must_be_there),
		TEST(no_prefix_of_one_is_taken),
	};

	return cmocka_run_group_tests_name("attestation", tests, begin, end);
}
