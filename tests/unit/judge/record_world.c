/* record_world - see record_world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "courier/courier.h"
#include "daemon/team.h"
#include "signer/signer.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "record_world.h"
#include "test.h"
#include "wire/courier.h"

static const struct {
	const char	*label;
	const char	*algorithm;
} keys[] = {
	{ "log", "ed25519" }, { "commit", "ec-p256" },
	{ "release", "ec-p256" }, { "commit-2", "ed25519" },
	{ "commit-3", "ec-p256" },
};

/* Each engine's key of commits. */
static const char *const commit_keys[ENGINES] = {
	"pkcs11:token=acme;object=commit",
	"pkcs11:token=acme;object=commit-2",
	"pkcs11:token=acme;object=commit-3",
};

const char *const engine_ids[ENGINES] = {
	"6f1c0d2e-0000-4000-8000-000000000001",
	"6f1c0d2e-0000-4000-8000-000000000002",
	"6f1c0d2e-0000-4000-8000-000000000003",
};

/* ---- the other processes ---- */

static int
signer_main(int argc, char **argv)
{
	struct log log = { .fd = -1, .process = "signer" };
	struct keystore_terms token = { .module = SOFTHSM,
	    .token = SPAN_TEXT("acme"),
	    .pin = { .from = PIN_FILE, .name = argv[2] } };
	struct signer_terms terms = { .tokens = &token, .token_count = 1,
	    .log = &log, .peer = "test", .state = PROCESS_FIRST_FD,
	    .begins = true, .engine = span_text(argv[3]), .origin = SPAN_TEXT(ORIGIN) };
	struct err e;

	return argc == 4 && signer_run(&terms, PROCESS_CHANNEL, &e) ? 0 : 1;
}

int
process_run(const char *role, const char *const *arguments, int file,
    struct process *out)
{
	const char *keep[] = { "SOFTHSM2_CONF", NULL };
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	struct inherit give[] = { { pair[1], PROCESS_CHANNEL },
	    { file, PROCESS_FIRST_FD } };
	const struct process_plan plan = { .role = role, .inherit = give,
	    .count = 2, .arguments = arguments, .keep = keep };
	assert_ok(process_start(&plan, out, &e), &e);
	close(pair[1]);
	return pair[0];
}

static int
courier_run(struct world *w, struct engine *n)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span stores[] = { span_text(n->store) };
	struct span hosts[] = { span_text(w->token.folder) };
	const struct courier_settings s = { .where_possible = true,
	    .mirrors = span_text(n->mirrors), .stores = stores,
	    .store_count = 1, .repositories = hosts, .repository_count = 1 };

	courier_settings_write(&s, &b);
	CLEANUP(fd_done) int fd = scratch_file(buf_span(&b));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	const char *arguments[] = { "local", NULL };
	return process_run("courier", arguments, fd, &n->processes[1]);
}

/* ---- an engine ---- */

static bool
on_event(void *arg, const struct event *ev, struct err *e)
{
	struct engine *n = arg;

	(void)e;
	assert_int_equal(ev->n, n->seen);
	n->seen++;
	return true;
}

static bool
about(void *arg, struct span request, struct event_about *out)
{
	(void)arg;
	*out = (struct event_about){ SPAN_TEXT("acme-app"),
	    SPAN_TEXT("release-signing"), SPAN_TEXT("refs/tags/v1.2.3") };
	return span_is(request, REQUEST);
}

void
engine_start(struct world *w, size_t i)
{
	struct engine *n = &w->engines[i];
	const char *arguments[] = { w->token.pin, engine_ids[i], NULL };

	run_ok("mkdir -p %s", n->mirrors);
	int signer = process_run("signer", arguments, w->states[i],
	    &n->processes[0]);
	n->signer = channel_open(signer, "signer", signer_answers,
	    signer_answer_count);
	n->courier = channel_open(courier_run(w, n), "courier",
	    courier_answers, courier_answer_count);
	n->terms = (struct record_terms){
		.store = n->store, .mirror = n->mirror,
		.mirror_name = SPAN_TEXT("config"), .url = span_text(n->url),
		.ref = BRANCH,
		.signer = &n->signer, .courier = &n->courier,
		.log_key = SPAN_TEXT("pkcs11:token=acme;object=log"),
		.commit_key = span_text(commit_keys[i]),
		.engine = engine_ids[i], .reader = { on_event, n },
		.about = about,
		.patience = PATIENCE,
	};
	n->seen = 0;
}

void
engine_stop(struct engine *n)
{
	struct process_end end;
	struct err e;

	record_free(TAKE(n->record));
	channel_done(&n->signer);
	channel_done(&n->courier);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(process_wait(&n->processes[i], clock_in(PATIENCE),
		    &end, &e), &e);
		assert_int_equal(end.code, 0);
	}
}

/* engine_open starts an engine that finds a ledger. */
struct engine *
engine_open(struct world *w, size_t i)
{
	struct engine *n = &w->engines[i];
	struct err e;

	engine_start(w, i);
	assert_ok(record_open(&n->terms, &n->record, &e), &e);
	assert_int_equal(n->seen, ledger_size(record_ledger(n->record)));
	return n;
}

static void
keys_make(struct world *w)
{
	struct keystore_terms t = token_terms(&w->token, "acme");
	struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	assert_ok(keystore_open(&t, &s, &e), &e);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct key_plan plan = { span_text(keys[i].algorithm),
		    span_text(keys[i].label) };
		assert_ok(keystore_make(s, &plan, &k, &e), &e);
	}
	keystore_close(s);
}

static void
engine_name(struct world *w, size_t i)
{
	struct engine *n = &w->engines[i];
	const char *at = w->token.folder;

	snprintf(n->store, sizeof(n->store), "%s/%zu/store.git", at, i);
	snprintf(n->mirrors, sizeof(n->mirrors), "%s/%zu/mirrors", at, i);
	snprintf(n->mirror, sizeof(n->mirror), "%s/%zu/mirrors/config.git", at,
	    i);
	snprintf(n->url, sizeof(n->url), "%s/host.git", at);
	w->states[i] = scratch_file(span_text(""));
}

/* A world with a ledger of one event, and no engine at work. */
int
world_open(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e;

	token_make(&w->token, "acme");
	keys_make(w);
	w->arena = arena_new((size_t)64 << 20);
	run_ok("git init -q --bare %s/host.git", w->token.folder);
	/* What gc does on its own would be under way while git fsck looks. */
	run_ok("git -C %s/host.git config receive.autogc false",
	    w->token.folder);
	for (size_t i = 0; i < ENGINES; i++)
		engine_name(w, i);
	engine_start(w, 0);
	struct engine *n = &w->engines[0];
	n->terms.begins = true;
	assert_ok(record_open(&n->terms, &n->record, &e), &e);
	assert_ok(record_begin(n->record, SPAN_TEXT(ORIGIN), CONFIG_REPO, &e),
	    &e);
	assert_int_equal(n->seen, 1);
	assert_false(record_begin(n->record, SPAN_TEXT(ORIGIN), CONFIG_REPO,
	    &e));
	assert_err(&e, ERR_LEDGER_ORDER);
	engine_stop(n);
	*state = w;
	return 0;
}

int
world_close(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ENGINES; i++)
		close(w->states[i]);
	arena_free(w->arena);
	token_done(&w->token);
	free(w);
	return 0;
}

struct span
engine_key(struct world *w, struct engine *n, enum signer_use use,
    const char *uri)
{
	const struct open_item item = { use, span_text(uri) };
	const struct stream_question q = { SIGNER_OPEN, SIGNER_OPENED,
	    SIGNER_FAILED, SIGNER_MESSAGE_LIMIT, PATIENCE, NULL, 0 };
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	struct key_record *records;
	size_t count;
	struct err e;

	open_write(&item, 1, &body);
	assert_ok(stream_ask(&n->signer, &q, buf_span(&body), &answer, &e),
	    &e);
	assert_ok(key_records_read(buf_span(&answer), w->arena, &records,
	    &count, &e), &e);
	assert_null(records[0].err.what);
	return records[0].public_key;
}

bool
engine_says(struct engine *by, const char *type, const char *member,
    const char *id, struct span key, struct err *e)
{
	struct json *v = json_map();

	json_put_text(v, member, id);
	json_put_text(v, "commit_id",
	    "0123456789abcdef0123456789abcdef01234567");
	if (key.len > 0) {
		json_put_span(v, "commit_key", key);
		json_put_text(v, "certificate", "engine-commit");
	}
	return record_add(by->record, type, v, NULL, e) &&
	    record_commit(by->record, e);
}

struct engine *
engine_join(struct world *w, struct engine *by, size_t i)
{
	struct engine *n = &w->engines[i];
	CLEANUP(buf_done) struct buf blob = { 0 }, line = { 0 };
	struct ssh_key key;
	struct err e;

	engine_start(w, i);
	assert_false(record_open(&n->terms, &n->record, &e));
	assert_err(&e, ERR_ENGINE_UNDECLARED);
	assert_ok(ssh_key_from_spki(engine_key(w, n, SIGNER_USE_COMMIT,
	    commit_keys[i]), &blob, &e), &e);
	assert_ok(ssh_key_parse(buf_span(&blob), &key, &e), &e);
	ssh_key_line(&key, "", &line);
	record_drop(by->record);
	assert_ok(engine_says(by, "engine.declared", "declared", engine_ids[i],
	    buf_span(&line), &e), &e);
	n->seen = 0;
	assert_ok(record_open(&n->terms, &n->record, &e), &e);
	return n;
}

bool
add(struct engine *n, const char *reason, struct err *e)
{
	struct json *v = json_map();

	json_put_text(v, "reason", reason);
	return record_add(n->record, "engine.stopped", v, NULL, e);
}

bool
append(struct engine *n, const char *reason, struct err *e)
{
	return add(n, reason, e) && record_commit(n->record, e);
}

bool
world_role(int argc, char **argv, int *code)
{
	static const struct role_main roles[] = {
		{ "signer", signer_main }, { "courier", courier_main },
	};

	return team_role(roles, COUNT(roles), argc, argv, code);
}
