/* lfs: one form of a pointer is taken, and no other. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/lfs.h"
#include "test.h"

#define HEX	"4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
#define FIRST	"version https://git-lfs.github.com/spec/v1\n"
#define SECOND	"oid sha256:" HEX "\n"
#define THIRD	"size 12345\n"

static void
a_pointer_is_read(void **state)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	struct lfs_pointer p;
	struct err e;

	(void)state;
	assert_true(lfs_begins(SPAN_TEXT(FIRST SECOND THIRD)));
	assert_ok(lfs_parse(SPAN_TEXT(FIRST SECOND THIRD), &p, &e), &e);
	text_hex(SPAN(p.sha256), &hex);
	assert_string_equal(buf_cstr(&hex), HEX);
	assert_int_equal(p.size, 12345);
	assert_ok(lfs_parse(SPAN_TEXT(FIRST SECOND "size 0\n"), &p, &e), &e);
	assert_int_equal(p.size, 0);
}

static const struct {
	const char	*text;
	const char	*said;
} bad[] = {
	{ "", "version 1" },
	{ "version https://git-lfs.github.com/spec/v1", "version 1" },
	{ "version https://git-lfs.github.com/spec/v2\n" SECOND THIRD,
	    "version 1" },
	{ "version https://git-lfs.github.com/spec/v1 \n" SECOND THIRD,
	    "version 1" },
	{ "version https://hawser.github.com/spec/v1\n" SECOND THIRD,
	    "version 1" },
	{ "VERSION https://git-lfs.github.com/spec/v1\n" SECOND THIRD,
	    "version 1" },
	{ "version https://git-lfs.github.com/spec/v1\r\n" SECOND THIRD,
	    "version 1" },
	{ "\n" FIRST SECOND THIRD, "version 1" },
	{ FIRST THIRD SECOND, "second line" },
	{ FIRST "oid sha256:" HEX "0\n" THIRD, "second line" },
	{ FIRST "oid sha256: " HEX "\n" THIRD, "second line" },
	{ FIRST "oid sha256:4D" THIRD, "second line" },
	{ FIRST "oid sha512:" HEX "\n" THIRD, "second line" },
	{ FIRST "oid " HEX "\n" THIRD, "second line" },
	{ FIRST SECOND, "third line" },
	{ FIRST SECOND SECOND THIRD, "third line" },
	{ FIRST SECOND "size 12345", "third line" },
	{ FIRST SECOND "size -1\n", "third line" },
	{ FIRST SECOND "size 012\n", "third line" },
	{ FIRST SECOND "size 1e3\n", "third line" },
	{ FIRST SECOND "size 9223372036854775808\n", "third line" },
	{ FIRST SECOND "size 12345 \n", "third line" },
	{ FIRST SECOND THIRD "x y\n", "three lines" },
	{ FIRST SECOND THIRD "\n", "three lines" },
	{ FIRST "ext-0-case sha256:" HEX "\n" SECOND THIRD, "extension" },
};

static void
what_git_lfs_does_not_write_is_refused(void **state)
{
	CLEANUP(buf_done) struct buf more = { 0 };
	struct lfs_pointer p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(lfs_parse(SPAN_TEXT(bad[i].text), &p, &e));
		assert_err(&e, ERR_GIT_LFS_POINTER);
		assert_non_null(strstr(e.text, bad[i].said));
	}
	buf_text(&more, FIRST SECOND THIRD);
	while (more.len <= LIMIT_LFS_POINTER)
		buf_text(&more, "x");
	assert_false(lfs_begins(buf_span(&more)));
	assert_false(lfs_parse(buf_span(&more), &p, &e));
	assert_non_null(strstr(e.text, "too long"));
}

static void
what_begins_as_one_is_told(void **state)
{
	(void)state;
	assert_true(lfs_begins(SPAN_TEXT(FIRST)));
	assert_true(lfs_begins(SPAN_TEXT(
	    "version https://git-lfs.github.com/spec/v9\n")));
	assert_false(lfs_begins(SPAN_TEXT("")));
	assert_false(lfs_begins(SPAN_TEXT("version https://git-lfs")));
	assert_false(lfs_begins(SPAN_TEXT(" " FIRST)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pointer_is_read),
		TEST(what_git_lfs_does_not_write_is_refused),
		TEST(what_begins_as_one_is_told),
	};

	return cmocka_run_group_tests_name("lfs", tests, NULL, NULL);
}
