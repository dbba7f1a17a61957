/* yaml_parse: what it takes, what it refuses, and where. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "config/yaml.h"
#include "test.h"

struct result {
	struct arena		*arena;
	struct yaml_node	*root;
	struct place		 where;
	struct err		 e;
	bool			 good;
};

static struct result
parse_span(struct span in)
{
	struct result r = { .arena = arena_new(64 << 20) };
	uint8_t *copy = exact(in);

	r.good = yaml_parse("f.yaml", (struct span){ copy, in.len }, r.arena,
	    &r.root, &r.where, &r.e);
	free(copy);
	return r;
}

static void
refuses(const char *text, enum err_code code, unsigned line, unsigned column)
{
	struct result r = parse_span(SPAN_TEXT(text));

	if (r.good)
		fail_msg("taken: %s", text);
	assert_err(&r.e, code);
	assert_int_equal(r.where.line, line);
	assert_int_equal(r.where.column, column);
	arena_free(r.arena);
}

static void
keeps_values_places_and_quotes(void **state)
{
	struct result r = parse_span(SPAN_TEXT(
	    "name: Alice\nlist:\n  - \"1.10\"\n  - {a: b}\n"));

	(void)state;
	assert_true(r.good);
	assert_int_equal(r.root->kind, YAML_MAP);
	assert_int_equal(r.root->count, 2);
	const struct yaml_node *name = yaml_member(r.root, "name");
	assert_true(span_is(name->text, "Alice"));
	assert_true(name->plain);
	assert_int_equal(name->at.line, 1);
	assert_int_equal(name->at.column, 7);
	const struct yaml_node *list = yaml_member(r.root, "list");
	assert_int_equal(list->count, 2);
	assert_false(list->first->plain);
	assert_int_equal(list->first->at.line, 3);
	assert_true(span_is(list->first->next->first->key->text, "a"));
	assert_null(yaml_member(r.root, "none"));
	arena_free(r.arena);
}

static void
refuses_what_reviewers_do_not_see(void **state)
{
	(void)state;
	refuses("a: &x 1\nb: *x\n", ERR_CONFIG_ALIAS, 1, 4);
	refuses("a: 1\nb: *x\n", ERR_CONFIG_ALIAS, 2, 4);
	refuses("a: &x [1]\n", ERR_CONFIG_ALIAS, 1, 4);
	refuses("a: !!str 1\n", ERR_CONFIG_TAG, 1, 4);
	refuses("a: !x {b: c}\n", ERR_CONFIG_TAG, 1, 4);
	refuses("%YAML 1.2\n---\na: 1\n", ERR_CONFIG_DIRECTIVE, 1, 1);
	refuses("%TAG ! x:\n---\na: 1\n", ERR_CONFIG_DIRECTIVE, 1, 1);
	refuses("a: 1\n---\nb: 2\n", ERR_CONFIG_DOCUMENTS, 2, 1);
	refuses("a: 1\nb: 2\na: 3\n", ERR_CONFIG_KEY_TWICE, 3, 1);
	refuses("x: {b: 1, \"b\": 2}\n", ERR_CONFIG_KEY_TWICE, 1, 11);
	refuses("? [a]\n: 1\n", ERR_CONFIG_TYPE, 1, 3);
	refuses("", ERR_CONFIG_TYPE, 1, 1);
	refuses("# only a comment\n", ERR_CONFIG_TYPE, 1, 1);
	refuses("a: [1\n", ERR_CONFIG_YAML, 2, 1);
	refuses("a: \"x\\0y\"\n", ERR_CONFIG_ENCODING, 1, 4);
	refuses("a: 1\nb: \xff\n", ERR_CONFIG_ENCODING, 2, 1);
	refuses("\xef\xbb\xbf""a: 1\n", ERR_CONFIG_ENCODING, 1, 1);
	refuses("\xff\xfe""a\0:\0", ERR_CONFIG_ENCODING, 1, 1);
}

/* libyaml alone needs seconds for a tenth of this. */
static void
refuses_deep_nesting_fast(void **state)
{
	static const char *const opening[] = { "[", "{a: ", "- ", "[{a: " };

	(void)state;
	for (size_t i = 0; i < COUNT(opening); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		clock_t begin = clock();

		while (b.len + 8 < LIMIT_YAML_SIZE)
			buf_text(&b, opening[i]);
		struct result r = parse_span(buf_span(&b));
		assert_false(r.good);
		assert_err(&r.e, ERR_CONFIG_DEPTH);
		arena_free(r.arena);
		assert_true((clock() - begin) / CLOCKS_PER_SEC < 5);
	}
}

static void
refuses_large_files_and_large_trees(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	while (b.len <= LIMIT_YAML_SIZE)
		buf_text(&b, "# comment\n");
	struct result r = parse_span(buf_span(&b));
	assert_err(&r.e, ERR_CONFIG_SIZE);
	arena_free(r.arena);

	struct yaml_node *root;
	struct place where;
	struct err e;
	CLEANUP(arena_done) struct arena *small = arena_new(256);
	assert_false(yaml_parse("f", SPAN_TEXT("[a, b, c, d, e, f]"), small,
	    &root, &where, &e));
	assert_err(&e, ERR_LIMIT_MEMORY);
}

static enum yaml_word
word(const char *text)
{
	struct yaml_node n = { .text = SPAN_TEXT(text), .plain = true };

	return yaml_resolve(&n);
}

static void
tells_words_apart(void **state)
{
	static const struct {
		enum yaml_word	 word;
		const char	*text;
	} words[] = {
		{ YAML_WORD_NULL, "" }, { YAML_WORD_NULL, "~" },
		{ YAML_WORD_NULL, "Null" }, { YAML_WORD_BOOLEAN, "TRUE" },
		{ YAML_WORD_INTEGER, "12" }, { YAML_WORD_INTEGER, "-12" },
		{ YAML_WORD_INTEGER, "010" }, { YAML_WORD_INTEGER, "0x1F" },
		{ YAML_WORD_INTEGER, "0o17" }, { YAML_WORD_REAL, "1.10" },
		{ YAML_WORD_REAL, ".5" }, { YAML_WORD_REAL, "1e3" },
		{ YAML_WORD_REAL, "12e34" }, { YAML_WORD_REAL, "-1.5E-7" },
		{ YAML_WORD_REAL, ".inf" }, { YAML_WORD_REAL, ".NaN" },
		{ YAML_WORD_OTHER_READERS, "yes" },
		{ YAML_WORD_OTHER_READERS, "No" },
		{ YAML_WORD_OTHER_READERS, "on" },
		{ YAML_WORD_OTHER_READERS, "n" },
		{ YAML_WORD_OTHER_READERS, "2026-01-01" },
		{ YAML_WORD_OTHER_READERS, "2026-1-1T00:00:00Z" },
		{ YAML_WORD_OTHER_READERS, "1_000" },
		{ YAML_WORD_OTHER_READERS, "1:30" },
		{ YAML_WORD_OTHER_READERS, "1.2.3" },
		{ YAML_WORD_OTHER_READERS, "0b101" },
		{ YAML_WORD_TEXT, "7d" }, { YAML_WORD_TEXT, "4GiB" },
		{ YAML_WORD_TEXT, "v1.10" }, { YAML_WORD_TEXT, "main" },
		{ YAML_WORD_TEXT, "1.2.3-rc1" }, { YAML_WORD_TEXT, "." },
		{ YAML_WORD_TEXT, "-" }, { YAML_WORD_TEXT, "+x" },
		{ YAML_WORD_TEXT, "3b0c" }, { YAML_WORD_TEXT, "0x" },
		{ YAML_WORD_TEXT, "2026-01-01-beta" },
		{ YAML_WORD_TEXT, "yesterday" }, { YAML_WORD_TEXT, "1e" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		if (word(words[i].text) != words[i].word)
			fail_msg("\"%s\" is %s", words[i].text,
			    yaml_word_name(word(words[i].text)));
	struct yaml_node quoted = { .text = SPAN_TEXT("yes") };
	assert_int_equal(yaml_resolve(&quoted), YAML_WORD_TEXT);
}

static void
takes_every_prefix_without_harm(void **state)
{
	struct span all = SPAN_TEXT("a: {b: [c, \"d\\x41\"], e: 'f'}\n"
	    "g:\n  - |\n    h\n  - >-\n    i\n");

	(void)state;
	for (size_t n = 0; n <= all.len; n++) {
		struct result r = parse_span((struct span){ all.ptr, n });

		if (!r.good)
			assert_non_null(r.e.what);
		arena_free(r.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_values_places_and_quotes),
		TEST(refuses_what_reviewers_do_not_see),
		TEST(refuses_deep_nesting_fast),
		TEST(refuses_large_files_and_large_trees),
		TEST(tells_words_apart),
		TEST(takes_every_prefix_without_harm),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
