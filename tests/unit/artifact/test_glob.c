/* glob: the rules, bad patterns, and a naive matcher that must agree. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "artifact/glob.h"
#include "base/limits.h"
#include "test.h"

static bool
matches(const char *pattern, const char *path, unsigned flags)
{
	struct err e;

	assert_ok(glob_check(span_text(pattern), &e), &e);
	return glob_match(span_text(pattern), span_text(path), flags);
}

static void
patterns_match_by_the_rules(void **state)
{
	static const struct {
		const char	*pattern;
		const char	*path;
		bool		 want;
	} cases[] = {
		{ "a.exe", "a.exe", true }, { "a.exe", "a.ex", false },
		{ "a.exe", "a.exe2", false }, { "*.exe", ".exe", true },
		{ "*.exe", "bin/a.exe", false }, { "*", "a/b", false },
		{ "bin/*.exe", "bin/a.exe", true },
		{ "bin/*", "bin/", true }, { "?", "a", true },
		{ "?", "", false }, { "a?b", "a/b", false },
		{ "?", "\xc3\xa4", true }, { "[\xc3\xa4]", "\xc3\xa4", true },
		{ "[!\xc3\xa4]", "\xc3\xb6", true }, { "[abc]", "b", true },
		{ "[a-c]x", "dx", false }, { "[!a-c]x", "dx", true },
		{ "a[!b]c", "a/c", false }, { "[a-]", "-", true },
		{ "[-a]", "-", true }, { "[[]", "[", true },
		{ "a]", "a]", true }, { "**", "a", true },
		{ "**", "a/b/c", true }, { "**", "", false },
		{ "**/x", "x", true }, { "**/x", "a/b/x", true },
		{ "**/x", "a/bx", false }, { "a/**", "a", false },
		{ "a/**", "a/b/c", true }, { "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/y/b", true }, { "a/**/b", "ab", false },
		{ "**/**/x", "x", true }, { "bin/**/*.dll", "bin/a.dll", true },
		{ "bin/**/*.dll", "bin/x/y/a.dll", true },
		{ "bin/**/*.dll", "sbin/a.dll", false },
		{ "refs/tags/v[0-9]*", "refs/tags/v1.2", true },
		{ "refs/tags/v[0-9]*", "refs/tags/v1/x", false },
		{ "release/*", "release/1", true }, { "A", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (matches(cases[i].pattern, cases[i].path, 0) !=
		    cases[i].want)
			fail_msg("%s on %s", cases[i].pattern, cases[i].path);
}

static void
case_is_ignored_for_ascii_only(void **state)
{
	(void)state;
	assert_true(matches("BIN/*.EXE", "bin/A.exe", GLOB_IGNORE_CASE));
	assert_true(matches("[a-c].x", "B.x", GLOB_IGNORE_CASE));
	assert_false(matches("[!a-c].x", "B.x", GLOB_IGNORE_CASE));
	assert_false(matches("\xc3\xa4", "\xc3\x84", GLOB_IGNORE_CASE));
	assert_true(glob_same(SPAN_TEXT("Ab"), SPAN_TEXT("aB"),
	    GLOB_IGNORE_CASE));
	assert_false(glob_same(SPAN_TEXT("Ab"), SPAN_TEXT("aB"), 0));
	assert_true(glob_literal(SPAN_TEXT("a/b.exe")));
	assert_false(glob_literal(SPAN_TEXT("a/[b].exe")));
}

static void
bad_patterns_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "/a", "a/", "a//b", ".", "a/../b", "a**", "***", "a/**b/c",
		"[", "[a", "[]", "[!]", "[z-a]", "a\\b", "a\nb", "\xff",
	};
	char longer[LIMIT_GLOB + 2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(glob_check(span_text(bad[i]), &e));
		assert_err(&e, ERR_GLOB_MALFORMED);
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_false(glob_check(span_text(longer), &e));
	assert_err(&e, ERR_GLOB_MALFORMED);
	assert_false(glob_match(span_text(longer), span_text(longer), 0));
}

/* The rules once more, as plainly as they can be written. */
static bool
naive(const char *p, const char *s, bool begins)
{
	if (*p == '\0')
		return *s == '\0';
	if (begins && strncmp(p, "**", 2) == 0) {
		if (p[2] == '\0')
			return *s != '\0';
		if (naive(p + 3, s, true))
			return true;
		for (size_t n = 1; s[n - 1] != '\0'; n++)
			if (s[n - 1] == '/' && n > 1 &&
			    naive(p + 3, s + n, true))
				return true;
		return false;
	}
	if (*p == '*')
		return naive(p + 1, s, false) || (*s != '\0' && *s != '/' &&
		    naive(p, s + 1, false));
	if (*s == '\0')
		return false;
	if (*p == '?')
		return *s != '/' && naive(p + 1, s + 1, false);
	if (*p == '[') {
		bool not = p[1] == '!', in = false;
		const char *q = p + (not ? 2 : 1);

		for (; *q != ']'; q++)
			in |= *q == *s;
		return *s != '/' && in != not && naive(q + 1, s + 1, false);
	}
	return *p == *s && naive(p + 1, s + 1, *p == '/');
}

static void
a_naive_matcher_agrees(void **state)
{
	static const char *const parts[] = { "a", "b", "*", "?", "/", "**/",
	    "[a]", "[!a]", "/**", "/" };
	static const char letters[] = "ab/";
	struct err e;
	size_t tried = 0, matched = 0;

	(void)state;
	srand(4711);
	for (size_t round = 0; round < 60000; round++) {
		char pattern[64] = "", path[16];
		size_t len = (size_t)rand() % 9, end = 0;

		for (int n = rand() % 6 + 1; n > 0; n--)
			end += (size_t)snprintf(pattern + end,
			    sizeof(pattern) - end, "%s",
			    parts[(size_t)rand() % COUNT(parts)]);
		for (size_t i = 0; i < len; i++)
			path[i] = letters[(size_t)rand() % 3];
		path[len] = '\0';
		if (strstr(path, "//") != NULL || path[0] == '/' ||
		    (len > 0 && path[len - 1] == '/') ||
		    !glob_check(span_text(pattern), &e))
			continue;
		bool want = naive(pattern, path, true);
		if (glob_match(span_text(pattern), span_text(path), 0) != want)
			fail_msg("%s on %s: not %d", pattern, path, want);
		tried++;
		matched += want;
	}
	assert_true(tried > 5000 && matched > 500);
}

static void
hostile_patterns_take_little_time(void **state)
{
	char pattern[LIMIT_GLOB + 1], path[8001];
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i + 1 < LIMIT_GLOB; i += 2)
		memcpy(pattern + i, "a*", 2);
	pattern[LIMIT_GLOB - 1] = 'b';
	pattern[LIMIT_GLOB] = '\0';
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(matches(pattern, path, 0));
	assert_true((clock() - start) / CLOCKS_PER_SEC < 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(patterns_match_by_the_rules),
		TEST(case_is_ignored_for_ascii_only),
		TEST(bad_patterns_are_refused),
		TEST(a_naive_matcher_agrees),
		TEST(hostile_patterns_take_little_time),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
