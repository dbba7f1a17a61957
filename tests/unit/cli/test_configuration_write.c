/* configuration_write: what is written is read as the same tree again. */
#include <stdlib.h>
#include <string.h>

#include "artifact/element.h"
#include "cli/configuration_write.h"
#include "cli/yaml_scalar.h"
#include "config/config.h"
#include "test.h"

/* In the order and with the texts that the writer gives. */
static const char full[] =
    "# For people,\n"
    "#\n"
    "# in lines.\n"
    "parameters:\n"
    "  version: {required: true, pattern: \"[0-9]+(\\\\.[0-9]+)*\"}\n"
    "  channel: {default: stable}\n"
    "artifact:\n"
    "  zip:\n"
    "    path: \"a-${version}.zip\"\n"
    "    contents:\n"
    "      - directory:\n"
    "          path: bin\n"
    "          contents:\n"
    "            # one\n"
    "            # two\n"
    "            - pe:\n"
    "                paths: [\"*.exe\", a.dll]\n"
    "                matches: {min: 0, max: unbounded}\n"
    "                where: {product-name: \"1.10\", company-name: A b.}\n"
    "                verify:\n"
    "                  authenticode:\n"
    "                    subjects: [\"CN=A,O=B\", \"CN=C\"]\n"
    "                    thumbprints: "
    "[\"0000000000000000000000000000000000000000000000000000000000000000\"]\n"
    "                    timestamp: required\n"
    "                sign:\n"
    "                  - authenticode:\n"
    "                      digest: sha384\n"
    "                      description: \"A: b #c\"\n"
    "                      description-url: \"https://a.example/\"\n"
    "                      existing: keep\n"
    "                      page-hashes: true\n"
    "                  - authenticode:\n"
    "                      append: true\n"
    "                hash: [sha256, sha512]\n"
    "          other-files: keep\n"
    "      - zip:\n"
    "          paths:\n"
    "            - a.zip\n"
    "            - b.zip\n"
    "            - c.zip\n"
    "            - d.zip\n"
    "            - \"5.zip\"\n"
    "          matches: {min: 5, max: 5}\n"
    "      - pe:\n"
    "          path: b.exe\n"
    "          verify: authenticode\n"
    "          sign: authenticode\n"
    "      - file:\n"
    "          path: c\n"
    "          sign:\n"
    "            cms:\n"
    "              output: \"${file.name}.p7s\"\n"
    "              encoding: pem\n";

static bool
parse(struct span yaml, struct arena *a, struct artifact_configuration *out)
{
	const struct config_file file = { "test", yaml };
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	bool ok = artifact_file_parse(&file, NULL, 0, a, out, &errors);

	for (size_t i = 0; i < errors.count; i++)
		print_error("%s\n", errors.items[i].e.text);
	return ok;
}

static void
a_whole_file_comes_back(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct span notes[6] = { { NULL, 0 } };
	struct artifact_configuration c;

	(void)state;
	notes[2] = SPAN_TEXT("one\ntwo");
	assert_true(parse(span_text(full), a, &c));
	configuration_write(&(struct configuration_text){
	    .head = SPAN_TEXT("For people,\n\nin lines."),
	    .parameters = c.parameters.items,
	    .parameter_count = c.parameters.count, .root = c.root,
	    .notes = notes }, &out);
	assert_string_equal(buf_cstr(&out), full);
}

static void
an_element_without_members_is_an_empty_map(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct artifact_configuration c;
	struct element x;

	(void)state;
	element_init(&x, element_kind_find(SPAN_TEXT("zip")));
	configuration_write(&(struct configuration_text){ .root = &x }, &out);
	assert_string_equal(buf_cstr(&out), "artifact:\n  zip: {}\n");
	assert_true(parse(buf_span(&out), a, &c));
	assert_int_equal(configuration_length(&x, 1),
	    strlen("        zip: {}\n"));
}

/* The scalar, in a list in one line, is read as this very text. */
static void
scalar_check(const char *text)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct yaml_node *n;
	struct place at;
	struct err e;

	buf_text(&b, "[");
	yaml_scalar(span_text(text), &b);
	buf_text(&b, ", x]");
	assert_ok(yaml_parse("t", buf_span(&b), a, &n, &at, &e), &e);
	assert_int_equal(n->count, 2);
	assert_span_equal(n->first->text, span_text(text));
	assert_int_equal(yaml_resolve(n->first), YAML_WORD_TEXT);
}

static void
any_text_is_one_scalar(void **state)
{
	static const char *const texts[] = {
		"", " ", "a", "a ", " a", "1.10", "2026-01-31", "yes", "No",
		"n", "null", "Null", "~", "true", "on", "0x1f", ".5", "-",
		"- a", "-a", "?", "? a", ": a", "a: b", "a:", "a #b", "#a",
		"a, b", "[a]", "{a}", "}", "&a", "*a", "!a", "|", ">", "%a",
		"@a", "`a", "'a'", "\"a\"", "a\\b", "a\tb", "a\nb", "a\rb",
		"\x7f", "\xc2\x80", "\xc2\x85", "\xc2\xa0", "\xc2\xad",
		"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae", "a\xe2\x80\xa8",
		"\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbd", "\xc3\xa4",
		"\xe4\xb8\xad", "\xf0\x9f\x98\x80", "---", "...", "a b  c",
		"lib/a-b_c+d.dll", "${version}", "<<", "=", "1e3", "e1", "inf",
		"12:30:45", "a\x01", "\\", "\\u0041",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		scalar_check(texts[i]);
}

static void
what_cannot_be_seen_is_escaped(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	yaml_scalar(SPAN_TEXT("a\xe2\x80\xae\xef\xbb\xbf\n\xc3\xa4"), &b);
	assert_string_equal(buf_cstr(&b), "\"a\\u202e\\ufeff\\u000a\xc3\xa4\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_file_comes_back),
		TEST(an_element_without_members_is_an_empty_map),
		TEST(any_text_is_one_scalar),
		TEST(what_cannot_be_seen_is_escaped),
	};

	return cmocka_run_group_tests_name("configuration_write", tests, NULL,
	    NULL);
}
