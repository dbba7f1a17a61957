/* random: bytes differ, and a UUID looks like one. */
#include <string.h>

#include "sys/random.h"
#include "test.h"

static void
two_draws_differ(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
a_uuid_has_version_and_variant(void **state)
{
	char text[UUID_SIZE];

	(void)state;
	for (int i = 0; i < 50; i++) {
		random_uuid(text);
		assert_int_equal(strlen(text), 36);
		assert_int_equal(text[14], '4');
		assert_non_null(strchr("89ab", text[19]));
		assert_int_equal(text[8], '-');
		assert_int_equal(strspn(text, "0123456789abcdef-"), 36);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_draws_differ),
		TEST(a_uuid_has_version_and_variant),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
