/* timestamp requests, from both sides, and what an authority refuses. */
#include <stdlib.h>

#include "crypto/timestamp.h"
#include "test.h"

static const char value[] = "a signature value";
static const uint8_t nonce[8] = { 0x00, 0x9a, 1, 2, 3, 4, 5, 6 };
static const uint8_t policy[] = { 0x06, 0x04, 0x2a, 0x03, 0x04, 0x01 };

static struct timestamp_request
request(void)
{
	return (struct timestamp_request){
		.imprint = digest_of(DIGEST_SHA256, span_text(value)),
		.nonce = SPAN(nonce),
		.certificates = true,
	};
}

static void
requests_go_both_ways(void **state)
{
	struct timestamp_request q = request(), got;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	q.policy = SPAN(policy);
	timestamp_request_write(&q, &b);
	assert_ok(timestamp_request_parse(buf_span(&b), &got, &e), &e);
	assert_true(digest_eq(&q.imprint, &got.imprint));
	assert_span_equal(got.nonce, span_from(SPAN(nonce), 1));
	assert_span_equal(got.policy, SPAN(policy));
	assert_true(got.certificates);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *copy = exact((struct span){ b.ptr, n });

		assert_false(timestamp_request_parse(
		    (struct span){ copy, n }, &got, &e));
		free(copy);
	}
	assert_err(&e, ERR_TIMESTAMP_REQUEST);
	q.imprint = digest_of(DIGEST_SHA1, span_text(value));
	b.len = 0;
	timestamp_request_write(&q, &b);
	assert_false(timestamp_request_parse(buf_span(&b), &got, &e));
	assert_err(&e, ERR_DIGEST_WEAK);
}

/* What an authority answers to requests that it does not take. */
static void
bad_requests_get_their_own_failure(void **state)
{
	static const uint8_t extension[] = { 0xa0, 0x0b, 0x30, 0x09, 0x06,
	    0x03, 0x2a, 0x03, 0x04, 0x04, 0x02, 0x05, 0x00 };
	static const uint8_t unknown[] = { 0x30, 0x18, 2, 1, 1, 0x30, 0x10,
	    0x30, 0x08, 0x06, 0x06, 0x2a, 3, 4, 5, 6, 7, 0x04, 0x04, 1, 2, 3,
	    4, 1, 1, 0xff };
	struct timestamp_request q = request(), got;
	CLEANUP(buf_done) struct buf good = { 0 };
	struct buf bad[6] = { 0 };
	static const struct {
		enum err_code		code;
		enum timestamp_failure	bit;
	} due[] = {
		{ ERR_TIMESTAMP_VERSION, TIMESTAMP_BAD_REQUEST },
		{ ERR_TIMESTAMP_EXTENSION, TIMESTAMP_UNACCEPTED_EXTENSION },
		{ ERR_ALGORITHM_UNKNOWN, TIMESTAMP_BAD_ALGORITHM },
		{ ERR_DIGEST_WEAK, TIMESTAMP_BAD_ALGORITHM },
		{ ERR_TIMESTAMP_REQUEST, TIMESTAMP_BAD_FORMAT },
		{ ERR_TIMESTAMP_MALFORMED, TIMESTAMP_BAD_FORMAT },
	};
	struct err e;

	(void)state;
	timestamp_request_write(&q, &good);
	buf_put(&bad[0], buf_span(&good));
	bad[0].ptr[4] = 2;
	buf_put(&bad[1], buf_span(&good));
	buf_put(&bad[1], SPAN(extension));
	bad[1].ptr[1] += (uint8_t)sizeof(extension);
	buf_put(&bad[2], SPAN(unknown));
	q.imprint = digest_of(DIGEST_SHA1, span_text(value));
	timestamp_request_write(&q, &bad[3]);
	buf_text(&bad[4], "nonsense");
	q.imprint = digest_of(DIGEST_SHA256, span_text(value));
	q.imprint.len = 20;
	timestamp_request_write(&q, &bad[5]);
	for (size_t i = 0; i < COUNT(due); i++) {
		assert_false(timestamp_request_parse(buf_span(&bad[i]), &got,
		    &e));
		assert_err(&e, due[i].code);
		assert_int_equal(timestamp_failure_of(&e), due[i].bit);
		buf_done(&bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_go_both_ways),
		TEST(bad_requests_get_their_own_failure),
	};

	return cmocka_run_group_tests_name("timestamp request", tests, NULL,
	    NULL);
}
