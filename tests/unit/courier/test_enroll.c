/* enroll: what the courier carries to EST servers. */
#include "asker.h"

static bool
enrolls(struct asker *k, const struct enroll_request *q,
    struct enrolled *got, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	enroll_write(q, &b);
	return ask(k, COURIER_ENROLL, &b, -1, COURIER_ENROLLED, &body, e) &&
	    enrolled_read(body, got, e);
}

/* Any status is an answer, but no redirect, and nothing cut. */
static void
a_server_is_asked(void **state)
{
	struct asker *k = *state;
	static const struct {
		const char	*path;
		uint32_t	 status;
		const char	*answer;
		enum err_code	 code;
	} cases[] = {
		{ "/echo", 200, "MIIB", ERR_NONE },
		{ "/status/202", 202, "an explanation", ERR_NONE },
		{ "/status/401", 401, "an explanation", ERR_NONE },
		{ "/status/500", 500, "an explanation", ERR_NONE },
		{ "/redirect", 0, NULL, ERR_NET_REDIRECT },
		{ "/cut", 0, NULL, ERR_NET_CUT },
		{ "/ocsp/1048576", 0, NULL, ERR_NET_LARGE },
	};
	struct enroll_request q = { .question = SPAN_TEXT("MIIB"),
	    .private_addresses = true };
	struct enrolled got;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		q.url = url(k, cases[i].path);
		if (cases[i].code != ERR_NONE) {
			assert_false(enrolls(k, &q, &got, &e));
			assert_err(&e, cases[i].code);
			continue;
		}
		assert_ok(enrolls(k, &q, &got, &e), &e);
		assert_int_equal(got.status, cases[i].status);
		assert_int_equal(got.retry_after, 0);
		assert_true(span_is(got.answer, cases[i].answer));
	}
}

static void
what_is_not_declared_is_refused(void **state)
{
	struct asker *k = *state;
	struct enroll_request q = { .url = url(k, "/echo"),
	    .question = SPAN_TEXT("MIIB") };
	struct enrolled got;
	struct err e;

	assert_false(enrolls(k, &q, &got, &e));
	assert_err(&e, ERR_NET_PRIVATE);
	q.private_addresses = true;
	q.credential = SPAN_TEXT("nobody");
	assert_false(enrolls(k, &q, &got, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(a_server_is_asked),
		ASKER_TEST(what_is_not_declared_is_refused),
	};

	return cmocka_run_group_tests_name("enroll", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
