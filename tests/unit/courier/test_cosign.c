/* cosign: what the courier carries to witnesses. */
#include "asker.h"

/* Any status is an answer, but no redirect, and nothing too long. */
static void
a_witness_is_asked(void **state)
{
	struct asker *k = *state;
	static const struct {
		const char	*path;
		uint32_t	 status;
		enum err_code	 code;
	} cases[] = {
		{ "/echo", 200, ERR_NONE },
		{ "/status/409", 409, ERR_NONE },
		{ "/status/500", 500, ERR_NONE },
		{ "/redirect", 0, ERR_NET_REDIRECT },
		{ "/ocsp/16384", 0, ERR_NET_LARGE },
	};
	struct cosign_request q = { .question = SPAN_TEXT("old 0\n"),
	    .private_addresses = true };
	struct cosigned got;
	struct span body;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		q.url = url(k, cases[i].path);
		cosign_write(&q, &b);
		bool ok = ask(k, COURIER_COSIGN, &b, -1, COURIER_COSIGNED,
		    &body, &e);
		if (cases[i].code != ERR_NONE) {
			assert_false(ok);
			assert_err(&e, cases[i].code);
			continue;
		}
		assert_ok(ok && cosigned_read(body, &got, &e), &e);
		assert_int_equal(got.status, cases[i].status);
	}
	CLEANUP(buf_done) struct buf b = { 0 };
	q.private_addresses = false;
	q.url = url(k, "/echo");
	cosign_write(&q, &b);
	assert_false(ask(k, COURIER_COSIGN, &b, -1, COURIER_COSIGNED, &body,
	    &e));
	assert_err(&e, ERR_NET_PRIVATE);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(a_witness_is_asked),
	};

	return cmocka_run_group_tests_name("cosign", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
