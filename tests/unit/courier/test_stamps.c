/*
 * courier: timestamps, from an authority made of openssl and from servers that
 * misbehave.
 */
#include "asker.h"

static bool
stamp(struct asker *k, const struct stamp_request *q,
    struct stamped *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	stamp_write(q, &b);
	if (!ask(k, COURIER_STAMP, &b, -1, COURIER_STAMPED, &body, e))
		return false;
	assert_ok(stamped_read(body, k->arena, out, e), e);
	assert_int_equal(out->count, q->count);
	assert_int_equal(out->try_count, q->authority_count);
	return true;
}

static void
a_timestamp_comes_from_the_first_authority_that_answers(void **state)
{
	struct asker *k = *state;
	struct stamp_authority authorities[] = { { url(k, "/broken"), 2, true, 0 },
	    { url(k, "/cut"), 2, true, 0 }, { url(k, "/hang"), 2, true, 0 },
	    { SPAN_TEXT("http://127.0.0.1:1/"), 2, true, 0 },
	    { url(k, "/ts"), 2, true, 0 } };
	static const uint32_t order[] = { 3, 0, 1, 2, 4 };
	static const enum err_code codes[] = { ERR_NET_STATUS, ERR_NET_CUT,
	    ERR_NET_TIMEOUT, ERR_NET_UNREACHABLE };
	struct span query;
	struct stamp_item items[2] = { { &query, 0 }, { &query, 15 } };
	struct stamp_request q = { authorities, order, 5, 1, 1, 2, items, 2 };
	struct stamped out;
	struct err e;

	assert_int_equal(shell(k, "cd \"$W\" && bash -ec 'pki=$W/pki; . "
	    TESTS_FOLDER "/formats/pki.sh; pki_make; echo hello > data; "
	    "openssl ts -query -data data -sha256 -cert -out q 2>/dev/null'"),
	    0);
	query = file_bytes(k, "q");
	assert_ok(stamp(k, &q, &out, &e), &e);
	for (size_t i = 0; i < 2; i++) {
		struct span path = at(k, "reply");

		assert_null(out.items[i].err.what);
		assert_int_equal(out.items[i].authority, 4);
		assert_ok(file_replace_span((const char *)path.ptr,
		    out.items[i].reply, FILE_PLAIN, &e), &e);
		assert_int_equal(shell(k, "cd \"$W\" && openssl ts -verify "
		    "-in reply -queryfile q -CAfile pki/ca.pem "
		    ">/dev/null 2>&1"), 0);
	}
	for (size_t i = 0; i < COUNT(codes); i++) {
		assert_int_equal(out.tries[i].failed, 1);
		assert_int_equal(out.tries[i].answered, 0);
		assert_err(&out.tries[i].err, codes[i]);
	}
	assert_int_equal(out.tries[4].answered, 2);
}

static void
each_item_says_why_nobody_stamped_it(void **state)
{
	struct asker *k = *state;
	const struct {
		const char	*path;
		enum err_code	 code;
	} cases[] = {
		{ "/broken", ERR_NET_STATUS },
		{ "/cut", ERR_NET_CUT },
		{ "/hang", ERR_NET_TIMEOUT },
		{ "/../x", ERR_NET_URL },
	};
	const struct span request = SPAN_TEXT("request");
	struct stamp_item item = { &request, 0 };
	static const uint32_t first = 0;
	struct stamped out;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stamp_authority authority = { url(k, cases[i].path),
		    1, true, 0 };
		struct stamp_request q = { &authority, &first, 1, 1, 2, 1, &item,
		    1 };

		assert_ok(stamp(k, &q, &out, &e), &e);
		assert_err(&out.items[0].err, cases[i].code);
		assert_int_equal(out.items[0].reply.len, 0);
	}
	/* One of a private network, which nobody declared. */
	struct stamp_authority hidden = { url(k, "/broken"), 1, false, 0 };
	struct stamp_request q = { &hidden, &first, 1, 1, 1, 1, &item, 1 };
	assert_ok(stamp(k, &q, &out, &e), &e);
	assert_err(&out.items[0].err, ERR_NET_PRIVATE);
	struct stamp_request none = { NULL, NULL, 0, 1, 1, 1, &item, 1 };
	assert_false(stamp(k, &none, &out, &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
}

#define MANY	100

/* One after the other they would take MANY times 50 ms. */
static void
many_timestamps_are_fetched_at_once(void **state)
{
	struct asker *k = *state;
	struct stamp_authority authority = { url(k, "/tsa/50/slow"), 20,
	    true, 0 };
	static const uint32_t first = 0;
	struct stamp_item items[MANY];
	struct span requests[MANY];
	struct stamp_request q = { &authority, &first, 1, 1, 1, 30, items,
	    MANY };
	struct stamped out;
	struct err e;

	for (size_t i = 0; i < MANY; i++) {
		requests[i] = span_text(arena_printf(k->arena, "item %zu", i));
		items[i] = (struct stamp_item){ &requests[i], 0 };
	}
	int64_t start = clock_monotonic();
	assert_ok(stamp(k, &q, &out, &e), &e);
	int64_t took = clock_monotonic() - start;
	for (size_t i = 0; i < MANY; i++)
		assert_true(span_is(out.items[i].reply, arena_printf(k->arena,
		    "slow:item %zu", i)));
	print_message("%d timestamps of 50 ms in %d ms\n", MANY, (int)took);
	assert_true(took < MANY * 50 / 2);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(
		    a_timestamp_comes_from_the_first_authority_that_answers),
		ASKER_TEST(each_item_says_why_nobody_stamped_it),
		ASKER_TEST(many_timestamps_are_fetched_at_once),
	};

	return cmocka_run_group_tests_name("stamps", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
