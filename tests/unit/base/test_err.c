/* err: the table is sound, and text is put together as people read it. */
#include <string.h>

#include "test.h"

static void
every_row_has_a_code_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 1; i < ERR_CODES; i++) {
		const struct err_row *row = &err_rows[i];

		assert_true(row->code[0] >= 'A' && row->code[0] <= 'Z');
		assert_ptr_equal(err_find(row->code), row);
		assert_int_equal(err_code_of(row), i);
		assert_true(row->kind != ERR_KIND_NONE);
		assert_true(strlen(row->reason) > 0);
		assert_true(strlen(row->advice) > 0);
	}
	assert_null(err_find("NO-SUCH-CODE"));
}

static void
context_stands_before_the_text(void **state)
{
	struct err e;

	(void)state;
	assert_false(err_set(&e, ERR_FILE_TRUNCATED, "%d bytes are missing", 3));
	assert_false(err_at(&e, "%s", "setup.exe"));
	assert_false(err_at(&e, "data.zip"));
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_string_equal(e.text, "data.zip: setup.exe: 3 bytes are missing");
	assert_string_equal(err_advice(&e), e.what->advice);
	err_hint(&e, "upload %s again", "data.zip");
	assert_string_equal(err_advice(&e), "upload data.zip again");
}

static void
long_text_is_cut_and_not_overrun(void **state)
{
	char place[700];
	struct err e;

	(void)state;
	memset(place, 'x', sizeof(place) - 1);
	place[sizeof(place) - 1] = '\0';
	err_set(&e, ERR_USAGE, "%s", place);
	for (int i = 0; i < 5; i++)
		err_at(&e, "%s", place);
	assert_true(strlen(e.text) < sizeof(e.text));
	assert_err(&e, ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_has_a_code_of_its_own),
		TEST(context_stands_before_the_text),
		TEST(long_text_is_cut_and_not_overrun),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
