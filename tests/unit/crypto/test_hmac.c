/* hmac: the examples of RFC 4231. */
#include "crypto/hmac.h"
#include "test.h"

static const struct {
	const char	*key;		/* repeated as often as times says */
	int		 times;
	const char	*bytes;
	int		 again;
	enum digest_kind kind;
	const char	*want;
} cases[] = {
	{ "\x0b", 20, "Hi There", 1, DIGEST_SHA256,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "Jefe", 1, "what do ya want for nothing?", 1, DIGEST_SHA256,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "\xaa", 20, "\xdd", 50, DIGEST_SHA256,
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First",
	    1, DIGEST_SHA256,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ "", 1, "", 1, DIGEST_SHA256,
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	{ "Jefe", 1, "what do ya want for nothing?", 1, DIGEST_SHA384,
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	    "8e2240ca5e69e2c78b3239ecfab21649" },
};

static void
repeat(const char *what, int times, struct buf *out)
{
	for (int i = 0; i < times; i++)
		buf_text(out, what);
}

static void
the_examples_of_the_standard_are_met(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf key = { 0 }, bytes = { 0 };

		repeat(cases[i].key, cases[i].times, &key);
		repeat(cases[i].bytes, cases[i].again, &bytes);
		struct digest d = hmac_of(cases[i].kind, buf_span(&key),
		    buf_span(&bytes));
		assert_string_equal(digest_hex(&d).text, cases[i].want);
		buf_u8(&key, 1);
		d = hmac_of(cases[i].kind, buf_span(&key), buf_span(&bytes));
		assert_string_not_equal(digest_hex(&d).text, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_examples_of_the_standard_are_met),
	};

	return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
