/* text: strict conversions. */
#include "base/text.h"
#include "test.h"

static void
utf16_becomes_utf8(void **state)
{
	static const struct {
		const char	*hex;
		const char	*utf8;	/* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "4100e400ac20", "A\xc3\xa4\xe2\x82\xac" },
		{ "3dd800de", "\xf0\x9f\x98\x80" },
		{ "ffdbffdf", "\xf4\x8f\xbf\xbf" },
		{ "41", NULL },			/* half a unit */
		{ "3dd8", NULL },		/* high surrogate, end */
		{ "3dd84100", NULL },		/* and no low one */
		{ "00de", NULL },		/* low surrogate alone */
		{ "41000000", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf in = unhex_text(cases[i].hex);
		CLEANUP(buf_done) struct buf out = { 0 };

		assert_int_equal(text_utf16(buf_span(&in), &out),
		    cases[i].utf8 != NULL);
		if (cases[i].utf8 != NULL)
			assert_span_equal(buf_span(&out),
			    span_text(cases[i].utf8));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(utf16_becomes_utf8),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
