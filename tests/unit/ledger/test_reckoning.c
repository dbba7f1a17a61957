/* reckoning: how a signer counts from one use of a key to the next. */
#include <stdlib.h>

#include "ledger/reckoning.h"
#include "ledger_maker.h"
#include "test.h"

#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct play {
	struct ledger_maker	 maker;
	struct reckoning	*reckoning;
	const char		*ids[2];	/* of requests */
	struct ledger_fault	 fault;
};

static bool
taken(struct play *p, struct span bytes, uint64_t n)
{
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;
	struct err e;

	assert_ok(event_parse(bytes, n, &json, &ev, &e), &e);
	return reckoning_event(p->reckoning, &ev, NULL, &p->fault);
}

static int
make(void **state)
{
	struct play *p = xcalloc(1, sizeof(*p));

	maker_init(&p->maker, "reckoning.git", "ed25519", "ed25519");
	p->reckoning = reckoning_new();
	for (size_t i = 0; i < COUNT(p->ids); i++) {
		p->ids[i] = maker_request(&p->maker, i == 0 ? "1" : "2");
		assert_true(taken(p, p->maker.events[i],
		    ledger_size(p->maker.ledger) + i));
	}
	*state = p;
	return 0;
}

static int
unmake(void **state)
{
	struct play *p = *state;

	reckoning_free(p->reckoning);
	maker_done(&p->maker);
	free(p);
	return system("rm -rf reckoning.git") != 0;
}

/* An event of a request, with the signer's count and a number of signatures. */
static bool
told(struct play *p, const char *type, size_t request, int signer_count,
    const char *members)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct json *v = NULL;
	struct err e;

	assert_ok(json_parse(span_text(members), &v, &e), &e);
	json_put_text(v, "request", p->ids[request]);
	json_put_int(v, "signer_count", signer_count);
	event_about_put(type, &(struct event_about){ SPAN_TEXT("acme-app"),
	    SPAN_TEXT("release-signing"), SPAN_TEXT("refs/tags/v1.2.3") }, v);
	assert_ok(event_make(type, 9, p->maker.at, MAKER_ENGINE, v, &bytes,
	    &e), &e);
	return taken(p, buf_span(&bytes), 9);
}

/* Three signatures are intended. */
static bool
intended(struct play *p, size_t request, int before)
{
	return told(p, "keys.intended", request, before, "{\"attempt\":1,"
	    "\"level\":0,\"count\":3," MAKER_HOLDER("c") ",\"root_sha256\":\"" HEX64 "\","
	    "\"list_sha256\":\"" HEX64 "\"}");
}

static bool
used(struct play *p, size_t request, int after)
{
	return told(p, "keys.used", request, after, "{\"intended\":8,"
	    MAKER_HOLDER("c") ",\"count\":3,\"made\":3,\"failed\":0,\"uses_sha256\":\"" HEX64
	    "\"}");
}

static bool
unknown(struct play *p, size_t request, int found)
{
	return told(p, "keys.unknown", request, found, "{\"intended\":8,"
	    MAKER_HOLDER("c") ",\"count\":3,\"reason\":\"a crash\"}");
}

static void
is_wrong(struct play *p, bool good)
{
	assert_false(good);
	assert_err(&p->fault.err, ERR_LEDGER_COUNT);
}

static void
what_was_used_is_what_the_next_begins_at(void **state)
{
	struct play *p = *state;

	assert_true(intended(p, 0, 21) && used(p, 0, 24));
	assert_true(intended(p, 0, 24) && used(p, 0, 27));
	is_wrong(p, intended(p, 0, 28));
	assert_true(used(p, 0, 31));
	is_wrong(p, intended(p, 0, 30));
}

/* Its use could not be told yet: all of it was made, or a part, or nothing. */
static void
an_open_intent_may_have_been_used(void **state)
{
	struct play *p = *state;

	assert_true(intended(p, 0, 21) && intended(p, 1, 24));
	assert_true(used(p, 1, 27) && unknown(p, 0, 27));
	assert_true(intended(p, 0, 27) && intended(p, 1, 27));
	is_wrong(p, intended(p, 0, 31));
}

static void
of_an_unknown_one_the_count_is_known(void **state)
{
	struct play *p = *state;

	assert_true(intended(p, 0, 21) && unknown(p, 0, 22));
	is_wrong(p, intended(p, 1, 24));
}

static void
it_goes_on_from_bytes(void **state)
{
	struct play *p = *state;
	CLEANUP(buf_done) struct buf bytes = { 0 };

	assert_true(intended(p, 0, 21));
	reckoning_write(p->reckoning, &bytes);
	reckoning_free(TAKE(p->reckoning));
	struct reader r = rd_open(buf_span(&bytes));
	assert_true(reckoning_read(&r, &p->reckoning) && rd_end(&r));
	assert_true(intended(p, 1, 24));
	is_wrong(p, intended(p, 0, 28));
}

#define PLAY(f)	cmocka_unit_test_setup_teardown(f, make, unmake)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PLAY(what_was_used_is_what_the_next_begins_at),
		PLAY(an_open_intent_may_have_been_used),
		PLAY(of_an_unknown_one_the_count_is_known),
		PLAY(it_goes_on_from_bytes),
	};

	return cmocka_run_group_tests_name("reckoning", tests, NULL, NULL);
}
