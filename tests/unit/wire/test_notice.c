/* notice: what the courier is asked to tell, over the wire. */
#include "base/limits.h"
#include "test.h"
#include "wire/courier.h"

#define ARENA	((size_t)4 << 20)

struct world {
	struct arena		*arena;
	struct notice_reader	 readers[NOTICE_READERS + 1];
	struct notice_request	 q;
	struct buf		 large;		/* NOTICE_LIMIT bytes */
};

static int
world_open(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new(ARENA);
	for (size_t i = 0; i < COUNT(w->readers); i++)
		w->readers[i] = (struct notice_reader){ SPAN_TEXT("person/a"),
		    SPAN_TEXT("A"), SPAN_TEXT("a@a.example") };
	w->q = (struct notice_request){ SPAN_TEXT("webhook"),
	    SPAN_TEXT("https://a.example/"), SPAN_TEXT("hook"),
	    SPAN_TEXT("acme"), SPAN_TEXT("acme.example/l"),
	    SPAN_TEXT("a line"), SPAN_TEXT("{}"), w->readers, 2, true };
	while (w->large.len < NOTICE_LIMIT)
		buf_u8(&w->large, 'x');
	*state = w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	arena_free(w->arena);
	buf_done(&w->large);
	free_done(&w);
	return 0;
}

static bool
passes(struct world *w, struct notice_request *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	notice_write(&w->q, &b);
	if (notice_read(buf_span(&b), w->arena, out, &e))
		return true;
	assert_err(&e, ERR_PROCESS_PROTOCOL);
	return false;
}

static void
a_notice_is_read_back(void **state)
{
	struct world *w = *state;
	struct notice_request out;

	assert_true(passes(w, &out));
	assert_true(out.private_addresses && out.reader_count == 2);
	assert_span_equal(out.channel, w->q.channel);
	assert_span_equal(out.url, w->q.url);
	assert_span_equal(out.credential, w->q.credential);
	assert_span_equal(out.organization, w->q.organization);
	assert_span_equal(out.ledger, w->q.ledger);
	assert_span_equal(out.summary, w->q.summary);
	assert_span_equal(out.event, w->q.event);
	assert_span_equal(out.readers[1].person, w->readers[1].person);
	assert_span_equal(out.readers[1].name, w->readers[1].name);
	assert_span_equal(out.readers[1].email, w->readers[1].email);
	w->q.reader_count = NOTICE_READERS;
	w->q.event = (struct span){ w->large.ptr, LIMIT_EVENT };
	assert_true(passes(w, &out));
}

/* Its bad siblings. */
static void
a_notice_has_bounds(void **state)
{
	struct world *w = *state;
	const struct notice_request good = w->q;
	struct notice_request out;

	w->q.reader_count = NOTICE_READERS + 1;
	assert_false(passes(w, &out));
	w->q = good;
	w->q.event = (struct span){ w->large.ptr, LIMIT_EVENT + 1 };
	assert_false(passes(w, &out));
	w->q = good;
	w->q.summary = buf_span(&w->large);
	assert_false(passes(w, &out));
	w->q = good;
	w->q.organization = SPAN_TEXT("\xff");
	assert_false(passes(w, &out));
	w->readers[1].name = SPAN_TEXT("\xc3");
	w->q = good;
	assert_false(passes(w, &out));
}

/* Neither a part of it, nor one with something behind it. */
static void
only_the_whole_is_taken(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf b = { 0 }, n = { 0 };
	struct notice_request out;
	struct noticed said;
	struct err e;

	notice_write(&w->q, &b);
	noticed_write(&(struct noticed){ 503, 70 }, &n);
	assert_ok(noticed_read(buf_span(&n), &said, &e), &e);
	assert_int_equal(said.status, 503);
	assert_int_equal(said.retry_after, 70);
	for (size_t i = 0; i < b.len; i++)
		assert_false(notice_read((struct span){ b.ptr, i }, w->arena,
		    &out, &e));
	for (size_t i = 0; i < n.len; i++)
		assert_false(noticed_read((struct span){ n.ptr, i }, &said,
		    &e));
	buf_u8(&b, 0);
	buf_u8(&n, 0);
	assert_false(notice_read(buf_span(&b), w->arena, &out, &e));
	assert_false(noticed_read(buf_span(&n), &said, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_notice_is_read_back,
		    world_open, world_close),
		cmocka_unit_test_setup_teardown(a_notice_has_bounds,
		    world_open, world_close),
		cmocka_unit_test_setup_teardown(only_the_whole_is_taken,
		    world_open, world_close),
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
