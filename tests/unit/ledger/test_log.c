/*
 * log, append, audit: an honest ledger reads well, and each way to change one
 * is found and named.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/audit.h"
#include "ledger/story.h"
#include "ledger_maker.h"
#include "scratch.h"
#include "test.h"

static int
make(void **state)
{
	struct ledger_maker *m = xcalloc(1, sizeof(*m));

	maker_init(m, "ledger.git", "ed25519", "ed25519");
	maker_event(m, "engine.started", "{\"version\":\"0.1.0\","
	    MAKER_STARTED "}");
	maker_commit(m);
	*state = m;
	return 0;
}

static int
unmake(void **state)
{
	maker_done(*state);
	free(*state);
	return system("rm -rf ledger.git") != 0;
}

/* Reads all again from nothing, as another machine would. */
static bool
reads(struct ledger_maker *m, const struct object_id *head, struct err *e)
{
	CLEANUP(audit_done) struct audit a = { 0 };

	return audit_run(m->repo, head, &m->trust, NULL, &a, e);
}

static void
a_story_reads_the_same_everywhere(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(audit_done) struct audit a = { 0 };
	struct err e;

	const char *id = maker_story(m, "1");
	maker_story(m, "2");
	assert_ok(audit_run(m->repo, ledger_head(m->ledger), &m->trust, NULL,
	    &a, &e), &e);
	struct merkle_hash root = ledger_root(m->ledger,
	    ledger_size(m->ledger));
	assert_true(merkle_eq(&a.root, &root));
	assert_int_equal(a.size, ledger_size(m->ledger));
	assert_int_equal(a.commits, ledger_commits(m->ledger));
	assert_int_equal(a.key_uses, 8);
	assert_int_equal(a.open_intents, 0);
	assert_true(a.covered < a.size);
	assert_int_equal(fold_request(m->fold, span_text(id))->state,
	    REQUEST_COMPLETED);
}

static void
a_checkpoint_may_come_alone(void **state)
{
	struct ledger_maker *m = *state;
	struct err e;

	struct object_id head = maker_commit(m);
	assert_ok(reads(m, &head, &e), &e);
	assert_int_equal(ledger_checkpoint_size(m->ledger),
	    ledger_size(m->ledger));
	/* Then the next commit need not bring it again. */
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	struct ledger_transaction t = { .events = m->events,
	    .event_count = 1 };
	assert_ok(ledger_prepare(m->ledger, &t, m->at, &d, &e), &e);
}

static void
append_demands_checkpoint_order_and_time(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	CLEANUP(buf_done) struct buf note = { 0 };
	struct ledger_transaction t = { .events = m->events,
	    .event_count = 1 };
	struct err e;

	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	assert_false(ledger_prepare(m->ledger, &t, m->at, &d, &e));
	assert_err(&e, ERR_LEDGER_CHECKPOINT);
	maker_checkpoint(m, &note);
	t.checkpoint = buf_span(&note);
	assert_ok(ledger_prepare(m->ledger, &t, m->at, &d, &e), &e);
	m->at -= 10000000;
	m->event_count = 0;
	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	assert_false(ledger_prepare(m->ledger, &t, m->at, &d, &e));
	assert_err(&e, ERR_LEDGER_TIME);
	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	t.events = &m->events[1];
	assert_false(ledger_prepare(m->ledger, &t, m->at, &d, &e));
	assert_err(&e, ERR_LEDGER_EVENT);
	assert_false(ledger_prepare_genesis(m->ledger, &m->format,
	    m->events[0], m->at, &d, &e));
	assert_err(&e, ERR_LEDGER_ORDER);
}

/* A forged commit on top of the head, signed by the real commit key. */
static bool
takes_on_top(struct ledger_maker *m, const struct tree_change *changes,
    size_t count, struct err *e)
{
	const struct object_id *head = ledger_head(m->ledger);
	struct object_id tree = maker_tree(m, head);
	struct object_id id = maker_forge(m, m->commit_key, &tree, changes,
	    count, head, 1);
	uint64_t size = ledger_size(m->ledger);
	struct merkle_hash before = ledger_root(m->ledger, size);
	bool same = reads(m, &id, e);
	struct err again;

	assert_int_equal(ledger_advance(m->ledger, &id, &again), same);
	if (!same) {
		struct merkle_hash after = ledger_root(m->ledger, size);

		assert_int_equal(ledger_size(m->ledger), size);
		assert_true(merkle_eq(&before, &after));
		assert_string_equal(e->text, again.text);
	}
	return same;
}

static struct tree_change
next_checkpoint(struct ledger_maker *m)
{
	CLEANUP(buf_done) struct buf note = { 0 };

	maker_checkpoint(m, &note);
	return maker_file(m, "checkpoint", buf_span(&note));
}

static void
files_that_have_no_place(void **state)
{
	struct ledger_maker *m = *state;
	static const char *const bad[] = { "README.md", "format", "notes",
		"events/00/00/00", "events/00/00/01", "events/0", "blobs/x",
		"anchors/00/00/09/0123456789abcdef.tst", "anchors/x/y",
		"anchors/00/00/00/checkpoint", "anchors/00/00/01/notes",
		"anchors/00/00/01/a/checkpoint", "anchors/1/checkpoint",
		"anchors/00/00/0A/checkpoint",
		"checkpoint.old" };
	struct err e;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct tree_change c[] = { next_checkpoint(m),
		    maker_file(m, bad[i], span_text("x")) };

		assert_false(takes_on_top(m, c, 2, &e));
		assert_true(err_is(&e, ERR_LEDGER_LAYOUT) ||
		    err_is(&e, ERR_LEDGER_ORDER));
	}
	struct tree_change gone[] = { next_checkpoint(m),
	    { .path = span_text("events/00/00/01") } };
	assert_false(takes_on_top(m, gone, 2, &e));
	assert_err(&e, ERR_LEDGER_LAYOUT);
	struct tree_change link[] = { next_checkpoint(m),
	    maker_file(m, "events/00/00/02", span_text("x")) };
	link[1].mode = 0120000;
	assert_false(takes_on_top(m, link, 2, &e));
	assert_err(&e, ERR_LEDGER_LAYOUT);
}

/* Adds an event's bytes under a number, with a good checkpoint. */
static bool
takes_event(struct ledger_maker *m, const char *path, struct span bytes,
    struct err *e)
{
	struct tree_change c[] = { next_checkpoint(m),
	    maker_file(m, path, bytes) };

	m->event_count = 0;
	return takes_on_top(m, c, 2, e);
}

static void
events_out_of_order_or_out_of_form(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf spaced = { 0 };
	struct err e;

	maker_event(m, "engine.stopped", "{\"reason\":\"a\"}");
	struct span good = m->events[0];
	assert_false(takes_event(m, "events/00/00/03", good, &e));
	assert_err(&e, ERR_LEDGER_ORDER);
	buf_put(&spaced, good);
	buf_u8(&spaced, '\n');
	assert_false(takes_event(m, "events/00/00/02", buf_span(&spaced),
	    &e));
	assert_err(&e, ERR_CANONICAL);
	maker_event(m, "engine.stopped", "{\"reason\":\"a\"}");
	maker_event(m, "engine.stopped", "{\"reason\":\"a\"}");
	assert_false(takes_event(m, "events/00/00/02", m->events[1], &e));
	assert_err(&e, ERR_LEDGER_EVENT);
	m->at -= 1000000;
	maker_event(m, "engine.stopped", "{\"reason\":\"a\"}");
	assert_false(takes_event(m, "events/00/00/02", m->events[0], &e));
	assert_err(&e, ERR_LEDGER_TIME);
	m->at += 1000000;
	assert_true(takes_event(m, "events/00/00/02", good, &e));
}

static void
events_that_cannot_follow(void **state)
{
	struct ledger_maker *m = *state;
	struct err e;

	maker_event(m, "request.completed", "{\"request\":\"sr-0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef\","
	    "\"artifacts\":1}");
	assert_false(takes_event(m, "events/00/00/02", m->events[0], &e));
	assert_err(&e, ERR_LEDGER_STATE);
	assert_non_null(strstr(e.text, "event 2: request.completed"));
}

static void
blobs_hold_what_their_names_say(void **state)
{
	struct ledger_maker *m = *state;
	struct err e;

	struct tree_change wrong[] = { next_checkpoint(m), maker_file(m,
	    "blobs/sha256/ba/78/16bf8f01cfea414140de5dae2223b00361a396177a9cb"
	    "410ff61f20015ad", span_text("abd")) };
	assert_false(takes_on_top(m, wrong, 2, &e));
	assert_err(&e, ERR_LEDGER_BLOB);
	/* The right bytes in another folder. */
	struct tree_change flat[] = { next_checkpoint(m), maker_file(m,
	    "blobs/sha256/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb4"
	    "10ff61f20015ad", span_text("abc")) };
	assert_false(takes_on_top(m, flat, 2, &e));
	assert_err(&e, ERR_LEDGER_BLOB);
	/* Cited, but not there. */
	maker_event(m, "engine.started", "{\"version\":\"1\","
	    MAKER_STARTED ",\"evidence\":[{"
	    "\"what\":\"x\",\"raw_sha256\":\"ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad\"}]}");
	struct span citing = m->events[0];
	assert_false(takes_event(m, "events/00/00/02", citing, &e));
	assert_err(&e, ERR_LEDGER_BLOB);
	struct tree_change good[] = { next_checkpoint(m), maker_file(m,
	    "blobs/sha256/ba/78/16bf8f01cfea414140de5dae2223b00361a396177a9cb"
	    "410ff61f20015ad", span_text("abc")),
	    maker_file(m, "events/00/00/02", citing) };
	/* One more that nobody cites. */
	struct tree_change more[] = { good[0], good[1], good[2], maker_file(m,
	    "blobs/sha256/cb/83/79ac2098aa165029e3938a51da0bcecfc008fd6795f40"
	    "1178647f96c5b34", span_text("def")) };
	assert_false(takes_on_top(m, more, 4, &e));
	assert_err(&e, ERR_LEDGER_LAYOUT);
	assert_non_null(strstr(e.text, "is cited by no event of its commit"));
	assert_ok(takes_on_top(m, good, 3, &e), &e);
}

static void
a_checkpoint_must_be_right_and_of_the_log(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf note = { 0 };
	uint64_t size = ledger_size(m->ledger);
	struct merkle_hash root = ledger_root(m->ledger, size);
	struct tree_change c;
	struct err e;

	maker_event(m, "engine.stopped", "{\"reason\":\"a\"}");
	c = maker_file(m, "events/00/00/02", m->events[0]);
	assert_false(takes_on_top(m, &c, 1, &e));
	assert_err(&e, ERR_LEDGER_CHECKPOINT);
	root.bytes[0] ^= 1;
	maker_note(m, m->log_key, size, &root, &note);
	c = maker_file(m, "checkpoint", buf_span(&note));
	assert_false(takes_on_top(m, &c, 1, &e));
	assert_err(&e, ERR_LEDGER_CHECKPOINT);
	root.bytes[0] ^= 1;
	note.len = 0;
	maker_note(m, m->log_key, size + 1, &root, &note);
	c = maker_file(m, "checkpoint", buf_span(&note));
	assert_false(takes_on_top(m, &c, 1, &e));
	assert_err(&e, ERR_LEDGER_CHECKPOINT);
	note.len = 0;
	maker_note(m, other, size, &root, &note);
	c = maker_file(m, "checkpoint", buf_span(&note));
	assert_false(takes_on_top(m, &c, 1, &e));
	assert_err(&e, ERR_NOTE_UNSIGNED);
}

static void
commits_of_strangers_and_merges(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("ed25519");
	const struct object_id *head = ledger_head(m->ledger);
	struct object_id tree = maker_tree(m, head);
	struct tree_change c = next_checkpoint(m);
	struct err e;

	struct object_id id = maker_forge(m, other, &tree, &c, 1, head, 1);
	assert_false(reads(m, &id, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	struct object_id parents[] = { *head, id };
	id = maker_forge(m, m->commit_key, &tree, &c, 1, parents, 2);
	assert_false(reads(m, &id, &e));
	assert_err(&e, ERR_LEDGER_ORDER);
}

/* Who has the commit key cannot say in a message what no event says. */
static void
a_message_is_what_its_events_say(void **state)
{
	static const char *const lies[] = { "", "engine stopped: asked to",
		"engine stopped: asked to\n\nand more\n",
		"sr-0123456789ab authorised: acme-app v1.2.3\n" };
	struct ledger_maker *m = *state;
	struct err e;

	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	struct span event = m->events[0];
	for (size_t i = 0; i < COUNT(lies); i++) {
		m->message = lies[i];
		assert_false(takes_event(m, "events/00/00/02", event, &e));
		assert_err(&e, ERR_LEDGER_STORY);
	}
	m->message = "engine stopped: asked to\n";
	assert_ok(takes_event(m, "events/00/00/02", event, &e), &e);
}

/* A commit that is older than its events: one of two clocks lies. */
static void
no_event_is_newer_than_its_commit(void **state)
{
	struct ledger_maker *m = *state;
	struct err e;

	m->at += 7200000;
	maker_event(m, "engine.stopped", "{\"reason\":\"asked to\"}");
	struct span event = m->events[0];
	m->at -= 3600000;
	assert_false(takes_event(m, "events/00/00/02", event, &e));
	assert_err(&e, ERR_LEDGER_TIME);
	m->at += 3600000;
	assert_ok(takes_event(m, "events/00/00/02", event, &e), &e);
}

/* A long last line is cut in the subject only, between characters. */
static void
a_long_line_stands_in_full_below(void **state)
{
	CLEANUP(story_done) struct story s = { .count = 0 };
	CLEANUP(buf_done) struct buf out = { 0 };
	struct span line, rest;

	(void)state;
	for (size_t i = 0; i < STORY_SUBJECT; i++)
		buf_text(&s.last, "\u00e9");
	s.count = 1;
	story_write(&s, 7, &out);
	rest = buf_span(&out);
	assert_true(span_line(&rest, &line));
	assert_true(line.len <= STORY_SUBJECT && line.len > 100);
	assert_true(line.len % 2 == 1);		/* "..." and whole letters */
	assert_true(span_line(&rest, &line) && line.len == 0);
	assert_true(span_line(&rest, &line));
	assert_span_equal(line, buf_span(&s.last));
	assert_int_equal(rest.len, 0);
}

/*
 * The whole branch written anew by somebody who has the commit key, not the
 * log's: an event that a checkpoint covers is changed.
 */
static void
a_rewritten_event_is_found_by_the_checkpoint(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf first = { 0 }, bytes = { 0 };
	struct err e;

	/* Genesis again, with another time. */
	assert_ok(ledger_event(m->ledger, 0, &first, &e), &e);
	CLEANUP(buf_done) struct buf format = { 0 };
	ledger_format_write(&m->format, &format);
	first.ptr[span_find(buf_span(&first), span_text("T00:00:01")) + 8] =
	    '0';
	struct tree_change c[] = {
		maker_file(m, "format", buf_span(&format)),
		maker_file(m, "README.md", span_text("x")),
		maker_file(m, "events/00/00/00", buf_span(&first)),
	};
	struct object_id genesis = maker_forge(m, m->commit_key, NULL, c, 3,
	    NULL, 0);
	assert_ok(reads(m, &genesis, &e), &e);
	/* The old second commit's files on top of it. */
	struct object_id base = maker_tree(m, &genesis);
	assert_ok(ledger_event(m->ledger, 1, &bytes, &e), &e);
	struct tree_change second[] = {
		maker_file(m, "checkpoint", ledger_checkpoint(m->ledger)),
		maker_file(m, "events/00/00/01", buf_span(&bytes)),
	};
	struct object_id id = maker_forge(m, m->commit_key, &base, second, 2,
	    &genesis, 1);
	assert_false(reads(m, &id, &e));
	assert_err(&e, ERR_LEDGER_CHECKPOINT);
	/* Who stands on the real one does not follow. */
	assert_false(ledger_advance(m->ledger, &id, &e));
	assert_err(&e, ERR_LEDGER_REWIND);
}

static void
what_was_seen_must_stay(void **state)
{
	struct ledger_maker *m = *state;
	struct object_id early = *ledger_head(m->ledger);
	struct err e;

	maker_story(m, "1");
	struct object_id late = *ledger_head(m->ledger);
	m->trust.pin.size = ledger_size(m->ledger);
	m->trust.pin.root = ledger_root(m->ledger, m->trust.pin.size);
	assert_ok(reads(m, &late, &e), &e);
	assert_false(reads(m, &early, &e));
	assert_err(&e, ERR_LEDGER_REWIND);
	m->trust.pin.root.bytes[3] ^= 1;
	assert_false(reads(m, &late, &e));
	assert_err(&e, ERR_LEDGER_REWIND);
	assert_false(ledger_advance(m->ledger, &early, &e));
	assert_err(&e, ERR_LEDGER_REWIND);
}

static void
another_log_is_not_this_one(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(audit_done) struct audit a = { 0 };
	struct ledger_maker other;
	struct err e;

	maker_init(&other, "other.git", "p256", "p256");
	assert_false(audit_run(other.repo, ledger_head(other.ledger),
	    &m->trust, NULL, &a, &e));
	assert_err(&e, ERR_LEDGER_FORMAT);
	maker_done(&other);
	assert_int_equal(system("rm -rf other.git"), 0);
}

static void
events_and_blobs_that_are_not_there(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_false(ledger_event(m->ledger, 2, &b, &e));
	assert_err(&e, ERR_LEDGER_NO_EVENT);
	assert_false(ledger_blob(m->ledger, span_text("xyz"), &b, &e));
	assert_err(&e, ERR_LEDGER_BLOB);
	const char *hex = maker_blob(m, "evidence");
	maker_blob(m, "what no event cites");
	maker_event(m, "engine.started", arena_printf(m->arena, "{\"version\":"
	    "\"1\"," MAKER_STARTED ",\"evidence\":[{\"what\":\"x\",\"raw_sha256\":\"%s\"}]}",
	    hex));
	maker_commit(m);
	assert_ok(ledger_blob(m->ledger, span_text(hex), &b, &e), &e);
	assert_true(span_is(buf_span(&b), "evidence"));
	assert_false(ledger_blob(m->ledger, span_text(maker_blob(m,
	    "what no event cites")), &b, &e));
	assert_err(&e, ERR_LEDGER_BLOB);
}

static void
formats_that_are_none(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(buf_done) struct buf good = { 0 };
	struct ledger_format f;
	struct err e;

	ledger_format_write(&m->format, &good);
	assert_ok(ledger_format_parse(m->arena, buf_span(&good), &f, &e), &e);
	for (size_t n = 0; n < good.len; n++) {
		uint8_t *cut = exact((struct span){ good.ptr, n });

		assert_false(ledger_format_parse(m->arena,
		    (struct span){ cut, n }, &f, &e));
		free(cut);
	}
	assert_false(ledger_format_parse(m->arena, span_text(
	    "tagseal-ledger 2\n"), &f, &e));
	assert_err(&e, ERR_LEDGER_FORMAT);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, make, unmake)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_story_reads_the_same_everywhere),
		CASE(a_checkpoint_may_come_alone),
		CASE(append_demands_checkpoint_order_and_time),
		CASE(files_that_have_no_place),
		CASE(events_out_of_order_or_out_of_form),
		CASE(events_that_cannot_follow),
		CASE(blobs_hold_what_their_names_say),
		CASE(a_checkpoint_must_be_right_and_of_the_log),
		CASE(commits_of_strangers_and_merges),
		CASE(a_message_is_what_its_events_say),
		CASE(no_event_is_newer_than_its_commit),
		CASE(a_long_line_stands_in_full_below),
		CASE(a_rewritten_event_is_found_by_the_checkpoint),
		CASE(what_was_seen_must_stay),
		CASE(another_log_is_not_this_one),
		CASE(events_and_blobs_that_are_not_there),
		CASE(formats_that_are_none),
	};

	return cmocka_run_group_tests_name("ledger", tests, scratch_enter,
	    scratch_leave);
}
