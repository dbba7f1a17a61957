/* match: elements find their entries, and nothing is left to chance. */
#include <stdlib.h>
#include <string.h>

#include "artifact/match.h"
#include "test.h"

#define BUDGET	((size_t)8 << 20)

struct scene {
	struct arena		 *arena;
	struct element		  zip;
	struct element		  contents[4];
	struct span		  paths[4];
	const struct element	**got;
	struct err		  err;
};

static void
scene_add(struct scene *s, const char *kind, const char *path, uint32_t min,
    uint32_t max)
{
	size_t i = s->zip.content_count++;
	struct element *x = &s->contents[i];

	element_init(x, element_kind_find(span_text(kind)));
	s->paths[i] = span_text(path);
	x->paths = &s->paths[i];
	x->path_count = 1;
	x->min = min;
	x->max = max;
}

static int
setup(void **state)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	s->arena = arena_new(BUDGET);
	element_init(&s->zip, element_kind_find(SPAN_TEXT("zip")));
	s->zip.contents = s->contents;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	arena_free(s->arena);
	free(s);
	return 0;
}

/* Paths are separated by spaces; one that ends with '/' is a folder. */
static bool
match(struct scene *s, const char *paths)
{
	struct match_entry entries[16];
	struct span rest = span_text(paths), path;
	size_t n = 0;

	while (span_split(&rest, ' ', &path)) {
		bool folder = span_ends(path, "/");

		path.len -= folder;
		entries[n++] = (struct match_entry){ path, folder };
	}
	return match_entries(&s->zip, entries, n, s->arena, &s->got, NULL,
	    &s->err);
}

static void
each_entry_gets_its_element(void **state)
{
	struct scene *s = *state;

	scene_add(s, "pe", "bin/*.exe", 1, ELEMENT_UNBOUNDED);
	scene_add(s, "file", "readme.txt", 1, 1);
	s->zip.keep_others = true;
	assert_ok(match(s, "bin/ bin/A.EXE other README.txt bin/b.exe"),
	    &s->err);
	assert_null(s->got[0]);
	assert_ptr_equal(s->got[1], &s->contents[0]);
	assert_null(s->got[2]);
	assert_ptr_equal(s->got[3], &s->contents[1]);
	assert_ptr_equal(s->got[4], &s->contents[0]);
}

static void
unexpected_files_are_refused(void **state)
{
	struct scene *s = *state;

	scene_add(s, "pe", "*.exe", 1, 1);
	assert_false(match(s, "a.exe evil.dll"));
	assert_err(&s->err, ERR_ARTIFACT_UNEXPECTED);
	assert_non_null(strstr(s->err.text, "evil.dll"));
	assert_ok(match(s, "a.exe folder/"), &s->err);
}

static void
counts_are_checked(void **state)
{
	struct scene *s = *state;

	scene_add(s, "pe", "*.exe", 1, 1);
	assert_false(match(s, ""));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_COUNT);
	assert_string_equal(s->err.text,
	    "pe \"*.exe\": 0 match, at least 1 expected");
	assert_false(match(s, "a.exe b.exe"));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_COUNT);
	s->contents[0].min = 0;
	assert_ok(match(s, ""), &s->err);
	s->contents[0].max = 2;
	assert_ok(match(s, "a.exe b.exe"), &s->err);
}

static void
two_elements_on_one_entry_are_refused(void **state)
{
	struct scene *s = *state;

	scene_add(s, "pe", "*.exe", 0, 1);
	scene_add(s, "file", "setup*", 0, 1);
	assert_false(match(s, "setup.exe"));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_TWICE);
	assert_ok(match(s, "other.exe setup.txt"), &s->err);
}

static void
folders_have_contents_of_their_own(void **state)
{
	struct scene *s = *state;
	struct span path = SPAN_TEXT("*.dll");
	struct element inner;

	element_init(&inner, element_kind_find(SPAN_TEXT("pe")));
	inner.paths = &path;
	inner.path_count = 1;
	scene_add(s, "directory", "lib-*", 1, 2);
	s->contents[0].contents = &inner;
	s->contents[0].content_count = 1;
	assert_ok(match(s, "lib-a/x.dll lib-b/y.dll"), &s->err);
	assert_ptr_equal(s->got[0], &inner);
	assert_ptr_equal(s->got[1], &inner);
	assert_false(match(s, "lib-a/x.dll lib-a/y.dll"));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_COUNT);
	assert_false(match(s, "x.dll"));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_COUNT);
	assert_false(match(s, "lib-a/x.dll lib-a/z.txt"));
	assert_err(&s->err, ERR_ARTIFACT_UNEXPECTED);
	s->contents[0].keep_others = true;
	assert_ok(match(s, "lib-a/x.dll lib-a/z.txt"), &s->err);
	assert_false(match(s, "lib-a/x.dll z.txt"));
	assert_err(&s->err, ERR_ARTIFACT_UNEXPECTED);
	assert_false(match(s, "lib-a/x.dll lib-b/y.dll LIB-C/z.dll"));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_COUNT);
}

static void
outputs_never_replace_files(void **state)
{
	struct scene *s = *state;
	struct directive sign = { .verb = DIRECTIVE_SIGN,
	    .method = METHOD_CMS, .output = SPAN_TEXT("${file.name}.p7s") };
	struct span out;

	scene_add(s, "file", "**/*.json", 0, ELEMENT_UNBOUNDED);
	s->contents[0].directives = &sign;
	s->contents[0].directive_count = 1;
	s->zip.keep_others = true;
	assert_ok(match(s, "a/x.json b/x.json"), &s->err);
	assert_false(match(s, "a/x.json A/X.json.P7S"));
	assert_err(&s->err, ERR_ARTIFACT_OUTPUT);
	assert_ok(output_path(SPAN_TEXT("a/b/x.json"), &sign, s->arena, &out,
	    &s->err), &s->err);
	assert_true(span_is(out, "a/b/x.json.p7s"));
	sign.output = SPAN_TEXT("all.p7s");
	assert_ok(match(s, "a/x.json b/x.json"), &s->err);
	assert_false(match(s, "a/x.json a/y.json"));
	assert_err(&s->err, ERR_ARTIFACT_OUTPUT);
}

static void
the_artifact_has_the_name_that_is_due(void **state)
{
	struct scene *s = *state;
	struct span path = SPAN_TEXT("app-1.*.zip");

	assert_ok(match_root(&s->zip, SPAN_TEXT("any"), &s->err), &s->err);
	s->zip.paths = &path;
	s->zip.path_count = 1;
	assert_ok(match_root(&s->zip, SPAN_TEXT("app-1.2.zip"), &s->err),
	    &s->err);
	assert_false(match_root(&s->zip, SPAN_TEXT("app-2.zip"), &s->err));
	assert_err(&s->err, ERR_ARTIFACT_MATCH_COUNT);
}

#define SCENE(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(each_entry_gets_its_element),
		SCENE(unexpected_files_are_refused),
		SCENE(counts_are_checked),
		SCENE(two_elements_on_one_entry_are_refused),
		SCENE(folders_have_contents_of_their_own),
		SCENE(outputs_never_replace_files),
		SCENE(the_artifact_has_the_name_that_is_due),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
