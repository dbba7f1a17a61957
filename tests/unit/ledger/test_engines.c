/* engines: who may write a ledger, by which key, and in whose name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/audit.h"
#include "ledger_maker.h"
#include "test.h"

#define OTHER	"6f1c0d2e-0000-4000-8000-000000000002"
#define HEX40	"0123456789abcdef0123456789abcdef01234567"

static int
make(void **state)
{
	struct ledger_maker *m = xcalloc(1, sizeof(*m));

	maker_init(m, "engines.git", "ed25519", "ed25519");
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
	return system("rm -rf engines.git") != 0;
}

static void
accept_config(struct ledger_maker *m)
{
	maker_event(m, "config.accepted", "{\"commit_id\":\"" HEX40 "\","
	    "\"payload_sha256\":\"" HEX40 "000000000000000000000000\","
	    "\"manifest_sha256\":\"" HEX40 "000000000000000000000000\","
	    "\"signer\":\"person/carol\",\"first_seen\":"
	    "\"2026-01-01T00:00:00.000Z\"}");
	maker_commit(m);
}

static void
declare(struct ledger_maker *m, const char *id, const struct soft_key *key)
{
	CLEANUP(buf_done) struct buf blob = { 0 }, line = { 0 };
	struct ssh_key k;
	struct err e;

	assert_ok(ssh_key_from_spki(soft_key_spki(key), &blob, &e), &e);
	assert_ok(ssh_key_parse(buf_span(&blob), &k, &e), &e);
	ssh_key_line(&k, "", &line);
	m->event_count = 0;
	maker_event(m, "engine.declared", arena_printf(m->arena,
	    "{\"declared\":\"%s\",\"commit_key\":\"%s\",\"certificate\":"
	    "\"engine-b\",\"commit_id\":\"" HEX40 "\"}", id,
	    buf_cstr(&line)));
}

/* The next event, by the key of an engine. */
static bool
takes_by(struct ledger_maker *m, const struct soft_key *key,
    struct span bytes, struct err *e)
{
	CLEANUP(buf_done) struct buf note = { 0 };
	struct object_id before = *ledger_head(m->ledger);
	struct object_id tree = maker_tree(m, &before);
	char path[LEDGER_PATH_SIZE];

	maker_checkpoint(m, &note);
	assert_true(ledger_event_path(ledger_size(m->ledger), path));
	struct tree_change c[] = { maker_file(m, "checkpoint",
	    buf_span(&note)), maker_file(m, path, bytes) };
	struct object_id id = maker_forge(m, key, &tree, c, 2, &before, 1);
	if (!ledger_advance(m->ledger, &id, e))
		return false;
	assert_ok(ref_update(m->repo, MAKER_REF, &before, &id, e), e);
	return true;
}

static bool
takes(struct ledger_maker *m, struct span bytes, struct err *e)
{
	m->event_count = 0;
	return takes_by(m, m->commit_key, bytes, e);
}

/* The same, in the name of an engine. */
static bool
takes_from(struct ledger_maker *m, const char *engine,
    const struct soft_key *key, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct json *v = json_map();

	json_put_text(v, "reason", "asked to");
	assert_ok(event_make("engine.stopped", ledger_size(m->ledger), m->at,
	    engine, v, &bytes, e), e);
	return takes_by(m, key, buf_span(&bytes), e);
}

static void
engines_write_in_their_own_name(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("p256");
	struct err e;

	accept_config(m);
	assert_false(takes_from(m, OTHER, other, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	assert_false(takes_from(m, OTHER, m->commit_key, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	assert_non_null(strstr(e.text, "in the name of '" OTHER "'"));
	declare(m, OTHER, other);
	maker_commit(m);
	assert_false(takes_from(m, MAKER_ENGINE, other, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	assert_ok(takes_from(m, OTHER, other, &e), &e);
	assert_ok(takes_from(m, MAKER_ENGINE, m->commit_key, &e), &e);
	maker_event(m, "engine.retired", "{\"retired\":\"" OTHER "\","
	    "\"commit_id\":\"" HEX40 "\"}");
	maker_commit(m);
	assert_false(takes_from(m, OTHER, other, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	assert_non_null(strstr(e.text, "which event 6 retired"));
}

/* Each is refused, and the ledger knows the same engines as before. */
static void
engines_that_cannot_be_declared(void **state)
{
	static const char *const last = "{\"retired\":\"" MAKER_ENGINE "\","
	    "\"commit_id\":\"" HEX40 "\"}";
	static const char *const nobody = "{\"retired\":\"" OTHER "\","
	    "\"commit_id\":\"" HEX40 "\"}";
	struct ledger_maker *m = *state;
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("p256");
	struct err e;

	/* No config is in force that could say so. */
	declare(m, OTHER, other);
	assert_false(takes(m, m->events[0], &e));
	assert_err(&e, ERR_LEDGER_STATE);
	accept_config(m);
	declare(m, MAKER_ENGINE, other);
	assert_false(takes(m, m->events[0], &e));
	assert_err(&e, ERR_LEDGER_STATE);
	declare(m, OTHER, m->commit_key);
	assert_false(takes(m, m->events[0], &e));
	assert_err(&e, ERR_LEDGER_STATE);
	maker_event(m, "engine.retired", last);
	assert_false(takes(m, m->events[0], &e));
	assert_err(&e, ERR_LEDGER_STATE);
	maker_event(m, "engine.retired", nobody);
	assert_false(takes(m, m->events[0], &e));
	assert_err(&e, ERR_LEDGER_STATE);
	assert_int_equal(ledger_engines(m->ledger)->count, 1);
	declare(m, OTHER, other);
	assert_ok(takes(m, m->events[0], &e), &e);
}

/* An event in the name of an engine, in a commit that nobody has read yet. */
static struct object_id
forged(struct ledger_maker *m, const char *engine, const struct soft_key *key)
{
	CLEANUP(buf_done) struct buf note = { 0 }, bytes = { 0 };
	struct object_id before = *ledger_head(m->ledger);
	struct object_id tree = maker_tree(m, &before);
	struct json *v = json_map();
	char path[LEDGER_PATH_SIZE];
	struct err e;

	json_put_text(v, "reason", "asked to");
	assert_ok(event_make("engine.stopped", ledger_size(m->ledger), m->at,
	    engine, v, &bytes, &e), &e);
	maker_checkpoint(m, &note);
	assert_true(ledger_event_path(ledger_size(m->ledger), path));
	struct tree_change c[] = { maker_file(m, "checkpoint",
	    buf_span(&note)), maker_file(m, path, buf_span(&bytes)) };
	return maker_forge(m, key, &tree, c, 2, &before, 1);
}

/* audit_on goes on from what was kept; it keeps what is good. */
static bool
audit_on(struct ledger_maker *m, const struct object_id *head,
    struct buf *kept, uint64_t resumed, struct err *e)
{
	struct audit_memory memory = { .before = buf_span(kept) };
	CLEANUP(audit_done) struct audit a = { 0 };
	bool good = audit_run(m->repo, head, &m->trust, &memory, &a, e);

	assert_int_equal(a.resumed, resumed);
	assert_int_equal(memory.after.len > 0, good);
	if (good) {
		kept->len = 0;
		buf_put(kept, buf_span(&memory.after));
	}
	buf_done(&memory.after);
	return good;
}

/* What is kept of an audit knows who may write since, and who may no more. */
static void
an_audit_that_goes_on_knows_the_engines(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("p256");
	CLEANUP(soft_key_done) struct soft_key *third = soft_key_new("p256");
	CLEANUP(buf_done) struct buf kept = { 0 };
	struct object_id bad;
	struct err e;

	accept_config(m);
	assert_ok(audit_on(m, ledger_head(m->ledger), &kept, 0, &e), &e);
	bad = forged(m, OTHER, other);
	assert_false(audit_on(m, &bad, &kept, 3, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	declare(m, OTHER, other);
	maker_commit(m);
	assert_ok(audit_on(m, ledger_head(m->ledger), &kept, 3, &e), &e);
	bad = forged(m, OTHER, third);
	assert_false(audit_on(m, &bad, &kept, 4, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	bad = forged(m, OTHER, m->commit_key);
	assert_false(audit_on(m, &bad, &kept, 4, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	bad = forged(m, MAKER_ENGINE, other);
	assert_false(audit_on(m, &bad, &kept, 4, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	assert_ok(takes_from(m, OTHER, other, &e), &e);
	assert_ok(audit_on(m, ledger_head(m->ledger), &kept, 4, &e), &e);
	maker_event(m, "engine.retired", "{\"retired\":\"" OTHER "\","
	    "\"commit_id\":\"" HEX40 "\"}");
	maker_commit(m);
	assert_ok(audit_on(m, ledger_head(m->ledger), &kept, 5, &e), &e);
	bad = forged(m, OTHER, other);
	assert_false(audit_on(m, &bad, &kept, 6, &e));
	assert_err(&e, ERR_LEDGER_SIGNER);
	assert_non_null(strstr(e.text, "which event 5 retired"));
}

/* Engines as bytes: those of a ledger come back, and no others. */
static void
bytes_that_are_no_engines(void **state)
{
	struct ledger_maker *m = *state;
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("p256");
	CLEANUP(buf_done) struct buf good = { 0 }, again = { 0 };
	struct engines *all = xcalloc(1, sizeof(*all));
	struct span cut;

	accept_config(m);
	declare(m, OTHER, other);
	maker_commit(m);
	engines_write(ledger_engines(m->ledger), &good);
	assert_true(engines_read(buf_span(&good), m->arena, all));
	assert_int_equal(all->count, 2);
	engines_write(all, &again);
	assert_true(span_eq(buf_span(&good), buf_span(&again)));
	for (size_t n = 0; n < good.len; n++) {
		assert_true(span_cut(buf_span(&good), 0, n, &cut));
		assert_false(engines_read(cut, m->arena, all));
	}
	buf_u8(&good, 0);
	assert_false(engines_read(buf_span(&good), m->arena, all));
	/* The same one twice, none, and more than there can be. */
	again.len = 0;
	buf_u64be(&again, 2);
	for (int i = 0; i < 2; i++) {
		buf_str(&again, span_text(OTHER));
		buf_str(&again, m->format.commits.blob);
		buf_u64be(&again, 1);
		buf_u64be(&again, 0);
	}
	assert_false(engines_read(buf_span(&again), m->arena, all));
	for (uint64_t count = 0; count <= LEDGER_ENGINES + 1;
	    count += LEDGER_ENGINES + 1) {
		again.len = 0;
		buf_u64be(&again, count);
		assert_false(engines_read(buf_span(&again), m->arena, all));
	}
	free(all);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, make, unmake)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(engines_write_in_their_own_name),
		CASE(engines_that_cannot_be_declared),
		CASE(an_audit_that_goes_on_knows_the_engines),
		CASE(bytes_that_are_no_engines),
	};

	return cmocka_run_group_tests_name("engines", tests, NULL, NULL);
}
