/* view: the same by whatever way it was made; found fast; never believed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/json.h"
#include "ledger/view.h"
#include "ledger_maker.h"
#include "scratch.h"
#include "test.h"

#define HEX40	"0123456789abcdef0123456789abcdef01234567"
#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define RUN	"https://ci.test/runs/7"
#define INNER	"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define AFTER	"2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct world {
	struct ledger_maker	 maker;
	const char		*id;		/* of a request */
};

static void
more_events(struct world *w)
{
	struct ledger_maker *m = &w->maker;
	const char *waits = maker_waiting(m, "2");
	const char *tree = maker_blob(m, "{\"path\":\"app.zip\",\"sha256\":\""
	    HEX64 "\",\"contents\":[{\"path\":\"app.zip!/bin/a.exe\","
	    "\"sha256\":\"" INNER "\"},{\"path\":\"app.zip!/none.txt\","
	    "\"sha256\":\"0000000000000000000000000000000000000000000000000000"
	    "000000000000\"}]}");
	const char *after = maker_blob(m, "{\"signatures\":[{\"path\":"
	    "\"app.zip!/bin/a.exe\",\"sha256_before\":\"" INNER "\","
	    "\"sha256_after\":\"" AFTER "\"}],\"rebuilt\":[]}");

	maker_event(m, "artifact.retrieved", arena_printf(m->arena,
	    "{\"request\":\"%s\",\"name\":\"c.zip\",\"artifact_sha256\":\""
	    HEX64 "\",\"size\":1,\"source\":\"https://ci.test/c.zip\","
	    "\"builds\":[{\"attestation_sha256\":\"" HEX64 "\",\"builder\":"
	    "\"https://ci.test\",\"build_system\":\"ci\",\"invocation\":\""
	    RUN "\"}]}", waits));
	maker_event(m, "artifact.resolved", arena_printf(m->arena,
	    "{\"request\":\"%s\",\"name\":\"app.zip\",\"artifact_sha256\":\""
	    HEX64 "\",\"files\":2,\"signatures\":1,\"tree_sha256\":\"%s\"}",
	    waits, tree));
	maker_event(m, "artifact.resolved", arena_printf(m->arena,
	    "{\"request\":\"%s\",\"name\":\"b.zip\",\"artifact_sha256\":\""
	    HEX64 "\",\"files\":2,\"signatures\":1,\"tree_sha256\":\"%s\"}",
	    waits, after));
	maker_event(m, "approval.ignored", "{\"person\":\"person/mallory\","
	    "\"statement_sha256\":\"" HEX64 "\",\"findings\":[]}");
	maker_commit(m);
	maker_event(m, "alarm.raised", "{\"code\":\"REF-MOVED\",\"severity\":"
	    "\"alarm\",\"text\":\"it moved\"}");
	maker_commit(m);
	maker_event(m, "alarm.acknowledged", arena_printf(m->arena,
	    "{\"raised\":%u,\"by\":[\"person/dora\"],\"commit_id\":\"" HEX40
	    "\",\"reason\":\"seen\"}",
	    (unsigned)ledger_size(m->ledger) - 1));
	maker_event(m, "request.cancelled", arena_printf(m->arena,
	    "{\"request\":\"%s\",\"reason\":\"taken back\"}", waits));
	maker_commit(m);
}

static int
begin(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	if (mkdir("world", 0700) != 0 || chdir("world") != 0)
		return 1;
	maker_init(&w->maker, "ledger.git", "ed25519", "ed25519");
	w->id = maker_story(&w->maker, "1");
	more_events(w);
	*state = w;
	return 0;
}

static int
end(void **state)
{
	struct world *w = *state;

	maker_done(&w->maker);
	free(w);
	return chdir("..") != 0 || system("rm -r world") != 0;
}

static struct fold *
fold_until(struct world *w, uint64_t size)
{
	struct fold *f = fold_new();
	struct err e;

	for (uint64_t n = 0; n < size; n++) {
		CLEANUP(json_done) struct json *json = NULL;
		CLEANUP(buf_done) struct buf bytes = { 0 };
		struct event ev;

		assert_ok(ledger_event_read(w->maker.ledger, n, &bytes, &json,
		    &ev, &e) && fold_event(f, &ev, &e), &e);
	}
	return f;
}

static void
fill(struct world *w, const char *path, const char *older, uint64_t size)
{
	CLEANUP(fold_done) struct fold *f = fold_until(w, size);
	CLEANUP(view_done) struct view *v = NULL;
	struct err e;

	file_put(path, span_text(""));
	if (older != NULL) {
		assert_ok(view_open(older, &v, &e), &e);
		assert_true(view_follows(v, w->maker.ledger));
	}
	assert_ok(view_fill(path, v, w->maker.ledger, f, &w->maker.trust, &e),
	    &e);
}

static void
say_nothing(void *unused, const char *table, const char *where,
    const struct json *row)
{
	(void)unused;
	(void)table;
	(void)where;
	(void)row;
}

static void
print_difference(void *unused, const char *table, const char *where,
    const struct json *row)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)unused;
	json_write(row, &b);
	print_message("%s %s %s\n", table, where, buf_cstr(&b));
}

static uint64_t
differences(const char *a, const char *b)
{
	uint64_t count = 99;
	struct err e;

	assert_ok(view_compare(a, b, print_difference, NULL, &count, &e), &e);
	return count;
}

/* Anew, or from where any older one stood: the same rows. */
static void
goes_on_from_each_prefix(void **state)
{
	struct world *w = *state;
	uint64_t size = ledger_size(w->maker.ledger), count;
	struct err e;

	fill(w, "whole", NULL, size);
	assert_int_equal(differences("whole", "whole"), 0);
	for (uint64_t n = 0; n <= size; n++) {
		fill(w, "older", NULL, n);
		fill(w, "newer", "older", size);
		assert_int_equal(differences("whole", "newer"), 0);
		assert_ok(view_compare("whole", "older", say_nothing, NULL,
		    &count, &e), &e);
		assert_int_equal(count > 0, n < size);
	}
}

static void
says_what_it_stands_for(void **state)
{
	struct world *w = *state;
	uint64_t size = ledger_size(w->maker.ledger);
	CLEANUP(view_done) struct view *v = NULL;
	struct err e;

	fill(w, "v", NULL, size);
	assert_ok(view_open("v", &v, &e), &e);
	const struct view_state *s = view_state(v);
	struct merkle_hash root = ledger_root(w->maker.ledger, size);
	assert_int_equal(s->size, size);
	assert_true(merkle_eq(&s->root, &root));
	assert_true(object_id_eq(&s->head, ledger_head(w->maker.ledger)));
	assert_span_equal(s->log_key, w->maker.trust.log_key);
}

/* Another ledger, or a shorter one, does not go on from it. */
static void
follows_its_own_ledger_only(void **state)
{
	struct world *w = *state;
	struct ledger_maker other;
	CLEANUP(view_done) struct view *v = NULL;
	struct err e;

	fill(w, "v", NULL, 2);
	assert_ok(view_open("v", &v, &e), &e);
	maker_init(&other, "other.git", "ed25519", "ed25519");
	assert_false(view_follows(v, other.ledger));
	maker_story(&other, "1");
	assert_false(view_follows(v, other.ledger));
	maker_done(&other);
}

static void
meddle(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static bool
keep_row(void *list, const struct json *row, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct json *copy = NULL;

	json_write(row, &b);
	if (!json_parse(buf_span(&b), &copy, e))
		return false;
	json_add(list, copy);
	return true;
}

static struct json *
found(const char *path, const struct view_filter *f)
{
	CLEANUP(view_done) struct view *v = NULL;
	struct json *list = json_list();
	struct err e;

	assert_ok(view_open(path, &v, &e) && view_events(v, f,
	    &(struct view_reader){ keep_row, list }, &e), &e);
	return list;
}

static size_t
count_of(const char *path, struct view_filter f)
{
	CLEANUP(json_done) struct json *list = found(path, &f);

	return json_count(list);
}

#define ASK(member, value)	(struct view_filter){ .member =		\
	span_text(value) }

static void
answers_each_question(void **state)
{
	struct world *w = *state;
	uint64_t size = ledger_size(w->maker.ledger);

	fill(w, "v", NULL, size);
	assert_int_equal(count_of("v", (struct view_filter){ .last = 0 }),
	    size);
	assert_int_equal(count_of("v", (struct view_filter){ .last = 2 }), 2);
	assert_int_equal(count_of("v", ASK(type, "keys.used")), 2);
	assert_int_equal(count_of("v", ASK(type, "keys.use")), 0);
	assert_int_equal(count_of("v", ASK(request, w->id)), 12);
	assert_int_equal(count_of("v", ASK(request, "sr-")), 18);
	assert_int_equal(count_of("v", ASK(request, "sr-x")), 0);
	assert_int_equal(count_of("v", ASK(person, "person/alice")), 2);
	assert_int_equal(count_of("v", ASK(person, "person/mallory")), 1);
	assert_int_equal(count_of("v", ASK(person, "person/dora")), 1);
	assert_int_equal(count_of("v", ASK(person, "person/mal")), 0);
	assert_int_equal(count_of("v", ASK(key, HEX64)), 7);
	assert_int_equal(count_of("v", ASK(certificate, "acme-release")), 7);
	assert_int_equal(count_of("v", ASK(certificate, MAKER_SHA256)), 4);
	assert_int_equal(count_of("v", ASK(token, MAKER_SERIAL)), 4);
	assert_int_equal(count_of("v", ASK(token, "acme")), 0);
	assert_int_equal(count_of("v", ASK(session, MAKER_SESSION)), 4);
	assert_int_equal(count_of("v", ASK(commit, HEX40)), size - 1);
	assert_int_equal(count_of("v", ASK(commit, HEX64)), 0);
	assert_int_equal(count_of("v", ASK(build, RUN)), 1);
	assert_int_equal(count_of("v", ASK(build, HEX40)), 0);
	assert_int_equal(count_of("v", ASK(sha256, AFTER)), 1);
	assert_int_equal(count_of("v", ASK(sha256, INNER)), 2);
	assert_int_equal(count_of("v", ASK(name, "a.exe")), 3);
	assert_int_equal(count_of("v", ASK(name, "none.txt")), 0);
	assert_int_equal(count_of("v", ASK(since, "2000")), size);
	assert_int_equal(count_of("v", ASK(until, "2000")), 0);
	assert_int_equal(count_of("v", (struct view_filter){
	    .type = span_text("keys.used"), .request = span_text("sr-"),
	    .last = 1 }), 1);
}

static void
tells_of_a_file_inside(void **state)
{
	struct world *w = *state;
	const struct view_filter ask = ASK(sha256, AFTER);

	fill(w, "v", NULL, ledger_size(w->maker.ledger));
	CLEANUP(json_done) struct json *list = found("v", &ask);
	const struct json *row = json_item(list, 0);
	assert_span_equal(json_span(json_member(row, "path")),
	    span_text("app.zip!/bin/a.exe"));
	assert_span_equal(json_span(json_member(row, "role")),
	    span_text("signed"));
	assert_span_equal(json_span(json_member(row, "type")),
	    span_text("artifact.resolved"));
}

static size_t
part_count(struct view *v, enum view_part part, const char *id)
{
	CLEANUP(json_done) struct json *list = json_list();
	struct err e;

	assert_ok(view_part(v, part, span_text(id), &(struct view_reader){
	    keep_row, list }, &e), &e);
	return json_count(list);
}

static void
has_the_parts_of_a_request(void **state)
{
	struct world *w = *state;
	CLEANUP(view_done) struct view *v = NULL;
	struct err e;

	fill(w, "v", NULL, ledger_size(w->maker.ledger));
	assert_ok(view_open("v", &v, &e), &e);
	assert_int_equal(part_count(v, VIEW_REQUEST, w->id), 1);
	assert_int_equal(part_count(v, VIEW_APPROVALS, w->id), 2);
	assert_int_equal(part_count(v, VIEW_KEY_USES, w->id), 2);
	assert_int_equal(part_count(v, VIEW_ARTIFACTS, w->id), 12);
	assert_int_equal(part_count(v, VIEW_REQUEST, "sr-"), 0);
}

/* From the clone, and the one that was verified. */
static void
reads_the_event_that_it_knows(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf bytes = { 0 }, kept = { 0 };
	CLEANUP(view_done) struct view *v = NULL, *bad = NULL;
	struct err e;

	fill(w, "v", NULL, ledger_size(w->maker.ledger));
	assert_ok(view_open("v", &v, &e), &e);
	assert_ok(ledger_event(w->maker.ledger, 3, &kept, &e), &e);
	assert_ok(view_event(v, w->maker.repo, 3, &bytes, &e), &e);
	assert_span_equal(buf_span(&bytes), buf_span(&kept));
	assert_false(view_event(v, w->maker.repo, view_state(v)->size, &bytes,
	    &e));
	assert_err(&e, ERR_LEDGER_NO_EVENT);
	fill(w, "bad", NULL, ledger_size(w->maker.ledger));
	meddle("bad", "DELETE FROM events WHERE n = 4; UPDATE events SET "
	    "leaf = '" HEX64 "' WHERE n = 3");
	assert_ok(view_open("bad", &bad, &e), &e);
	for (uint64_t n = 3; n < 5; n++) {
		bytes.len = 0;
		assert_false(view_event(bad, w->maker.repo, n, &bytes, &e));
		assert_err(&e, ERR_VIEW_DAMAGED);
	}
}

/* ---- speed: every question of a name goes by an index */

static void
plan_of(sqlite3 *db, const struct view_filter *f, struct buf *out)
{
	CLEANUP(buf_done) struct buf sql = { 0 };
	sqlite3_stmt *s;

	buf_text(&sql, "EXPLAIN QUERY PLAN ");
	view_select(f, &sql);
	assert_int_equal(sqlite3_prepare_v2(db, buf_cstr(&sql), -1, &s, NULL),
	    SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW)
		buf_printf(out, "%s\n", sqlite3_column_text(s, 3));
	sqlite3_finalize(s);
}

static void
goes_by(sqlite3 *db, struct view_filter f, const char *index)
{
	CLEANUP(buf_done) struct buf plan = { 0 };

	plan_of(db, &f, &plan);
	if (strstr(buf_cstr(&plan), index) == NULL ||
	    strstr(buf_cstr(&plan), "SCAN") != NULL) {
		print_error("%s", buf_cstr(&plan));
		fail();
	}
}

static void
finds_by_index(void **state)
{
	struct world *w = *state;
	sqlite3 *db;

	fill(w, "v", NULL, ledger_size(w->maker.ledger));
	assert_int_equal(sqlite3_open("v", &db), SQLITE_OK);
	goes_by(db, ASK(sha256, HEX64), "SEARCH a USING PRIMARY KEY (sha256=");
	goes_by(db, ASK(name, "a"), "INDEX artifacts_name (name=");
	goes_by(db, ASK(type, "a"), "INDEX events_type (type=");
	goes_by(db, ASK(request, "a"), "INDEX events_request (request>");
	struct view_filter both = ASK(request, "a");
	both.type = SPAN_TEXT("a");
	goes_by(db, both, "INDEX events_request (request>");
	goes_by(db, ASK(since, "a"), "INDEX events_at (at>");
	goes_by(db, ASK(person, "a"), "PRIMARY KEY (kind=? AND value=");
	goes_by(db, ASK(key, "a"), "PRIMARY KEY (kind=? AND value=");
	goes_by(db, ASK(certificate, "a"), "PRIMARY KEY (kind=? AND value=");
	sqlite3_close(db);
}

/* ---- what was changed, foreign or damaged */

static void
names_changed_rows(void **state)
{
	struct world *w = *state;
	uint64_t size = ledger_size(w->maker.ledger);

	fill(w, "good", NULL, size);
	fill(w, "bad", NULL, size);
	meddle("bad", "DELETE FROM approvals WHERE n = (SELECT min(n) FROM "
	    "approvals); UPDATE artifacts SET path = 'x' WHERE sha256 = '"
	    AFTER "'; INSERT INTO named VALUES('key', 'x', 1)");
	assert_int_equal(differences("good", "bad"), 4);
	assert_int_equal(differences("bad", "good"), 4);
}

static void
refuses_what_is_not_ours(void **state)
{
	struct view *v = NULL;
	struct err e;

	(void)state;
	assert_false(view_open("nothing", &v, &e));
	assert_err(&e, ERR_FILE_MISSING);
	file_put("empty", span_text(""));
	assert_false(view_open("empty", &v, &e));
	assert_err(&e, ERR_FILE_MISSING);
	file_put("text", span_text("my diary"));
	assert_false(view_open("text", &v, &e));
	assert_err(&e, ERR_VIEW_FOREIGN);
	meddle("others", "CREATE TABLE state(size INTEGER)");
	assert_false(view_open("others", &v, &e));
	assert_err(&e, ERR_VIEW_FOREIGN);
	assert_false(view_open(".", &v, &e));
	assert_err(&e, ERR_FILE_KIND);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_false(view_open("fifo", &v, &e));
	assert_err(&e, ERR_FILE_KIND);
	assert_int_equal(symlink("text", "link"), 0);
	assert_false(view_open("link", &v, &e));
	assert_err(&e, ERR_FILE_KIND);
}

/* Schemas that would run code, or lead elsewhere. */
static void
runs_nothing_of_the_file(void **state)
{
	static const char *const hostile[] = {
		"CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM "
		    "events; END",
		"CREATE VIEW w AS SELECT 1",
		"CREATE TABLE more(x)",
		"DROP TABLE named; CREATE VIEW named AS SELECT 'person' kind, "
		    "'x' value, 1 n",
		"DROP INDEX artifacts_name",
		"ALTER TABLE alarms RENAME COLUMN code TO edoc",
		"DELETE FROM state",
		"UPDATE state SET root_sha256 = 'x'",
		"UPDATE state SET head = 'x'",
		"PRAGMA user_version = 2",
	};
	struct world *w = *state;
	struct view *v = NULL;
	struct err e;

	for (size_t i = 0; i < COUNT(hostile); i++) {
		fill(w, "v", NULL, 3);
		meddle("v", hostile[i]);
		assert_false(view_open("v", &v, &e));
		assert_err(&e, ERR_VIEW_DAMAGED);
	}
}

static bool
count_row(void *count, const struct json *row, struct err *e)
{
	(void)row;
	(void)e;
	return ++*(size_t *)count < 1000000;
}

/* Opens, asks, compares and goes on from it: an answer or an error. */
static void
use_all(struct world *w, const char *path)
{
	CLEANUP(view_done) struct view *v = NULL;
	const struct view_filter ask[] = { ASK(sha256, INNER), { .last = 0 } };
	uint64_t differing;
	size_t rows = 0;
	struct err e;

	if (!view_open(path, &v, &e)) {
		assert_true(err_is(&e, ERR_VIEW_DAMAGED) ||
		    err_is(&e, ERR_VIEW_FOREIGN) ||
		    err_is(&e, ERR_FILE_MISSING));
		return;
	}
	for (size_t i = 0; i < COUNT(ask); i++)
		if (!view_events(v, &ask[i], &(struct view_reader){ count_row,
		    &rows }, &e))
			assert_err(&e, ERR_VIEW_DAMAGED);
	if (!view_compare("good", path, say_nothing, NULL, &differing, &e))
		assert_err(&e, ERR_VIEW_DAMAGED);
	file_put("next", span_text(""));
	if (view_follows(v, w->maker.ledger) && !view_fill("next", v,
	    w->maker.ledger, w->maker.fold, &w->maker.trust, &e))
		assert_err(&e, ERR_VIEW_DAMAGED);
}

static void
survives_damage(void **state)
{
	struct world *w = *state;

	fill(w, "good", NULL, ledger_size(w->maker.ledger));
	fill(w, "v", NULL, 8);
	CLEANUP(buf_done) struct buf b = file_get("v");
	for (size_t at = 0; at < b.len; at += at < 100 ? 1 : 307) {
		uint8_t was = b.ptr[at];

		b.ptr[at] ^= 0xff;
		file_put("bad", buf_span(&b));
		use_all(w, "bad");
		b.ptr[at] = was;
	}
	for (size_t len = 0; len < b.len; len += 3067) {
		file_put("bad", (struct span){ b.ptr, len });
		use_all(w, "bad");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)
		IN_WORLD(goes_on_from_each_prefix),
		IN_WORLD(says_what_it_stands_for),
		IN_WORLD(follows_its_own_ledger_only),
		IN_WORLD(answers_each_question),
		IN_WORLD(tells_of_a_file_inside),
		IN_WORLD(has_the_parts_of_a_request),
		IN_WORLD(reads_the_event_that_it_knows),
		IN_WORLD(finds_by_index),
		IN_WORLD(names_changed_rows),
		IN_WORLD(refuses_what_is_not_ours),
		IN_WORLD(runs_nothing_of_the_file),
		IN_WORLD(survives_damage),
	};

	return cmocka_run_group_tests(tests, scratch_enter,
	    scratch_leave);
}
