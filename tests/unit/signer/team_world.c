/* team_world - see team_world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypto/note.h"
#include "daemon/team.h"
#include "signer/main.h"
#include "signer/team_world.h"
#include "sys/file.h"
#include "wire/team.h"

/* ---- the supervisor ---- */

void
process_run(struct world *w)
{
	static const char *const keep[] = { "SOFTHSM2_CONF", "TEST_PIN",
	    "CREDENTIALS_DIRECTORY", "SHIM_TOKEN_FLAGS", "SHIM_SOCKET", NULL };
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	struct inherit inherit = { pair[1], PROCESS_CHANNEL };
	struct process_plan plan = { .role = "signer",
	    .inherit = &inherit, .count = 1, .keep = keep };
	/* The log is of this start alone. */
	assert_int_equal(ftruncate(w->log, 0), 0);
	assert_int_equal(lseek(w->log, 0, SEEK_SET), 0);
	int standard_error = dup(STDERR_FILENO);
	dup2(w->log, STDERR_FILENO);
	bool ok = process_start(&plan, &w->process, &e);
	dup2(standard_error, STDERR_FILENO);
	close(standard_error);
	close(pair[1]);
	assert_ok(ok, &e);
	w->supervisor = channel_open(pair[0], "signer", team_requests,
	    team_request_count);
}

static void
order(struct world *w, uint8_t type, const char *text, int fd)
{
	struct err e;

	assert_ok(channel_send(&w->supervisor, type, span_text(text), &fd,
	    fd < 0 ? 0 : 1, LATER, &e), &e);
}

void
settings_send(struct world *w, size_t missing)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	signer_settings_write(&w->given, &b);
	b.len -= missing;
	CLEANUP(fd_done) int fd = scratch_file(buf_span(&b));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	order(w, TEAM_SETTINGS, "", fd);
}

void
start(struct world *w)
{
	process_run(w);
	settings_send(w, 0);
}

void
link_send(struct world *w, const char *peer)
{
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	order(w, TEAM_LINK, peer, pair[1]);
	close(pair[1]);
	w->judge = channel_open(pair[0], "signer", signer_answers,
	    signer_answer_count);
}

int
exit_code(struct world *w)
{
	struct process_end end;
	struct err e;

	assert_ok(process_wait(&w->process, LATER, &end, &e), &e);
	channel_done(&w->supervisor);
	channel_done(&w->judge);
	return end.code;
}

void
stop(struct world *w)
{
	channel_done(&w->judge);
	order(w, TEAM_STOP, "", -1);
	assert_int_equal(exit_code(w), 0);
}

bool
logged(const struct world *w, const char *what)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(fd_done) int fd = -1;
	struct err e;

	assert_ok(file_reader(w->log, &fd, &e), &e);
	assert_ok(file_load_fd(fd, "log", MIB, &b, &e), &e);
	return strstr(buf_cstr(&b), what) != NULL;
}

void
ended(struct world *w, int code, enum err_code why)
{
	assert_int_equal(exit_code(w), code);
	assert_true(logged(w, "signer.ended"));
	assert_true(logged(w, err_rows[why].code));
}

/* ---- the judge ---- */

struct span
ask(struct world *w, uint8_t type, struct span body, uint8_t want)
{
	CLEANUP(message_done) struct message m = { .fd_count = 0 };
	struct span out;
	struct err e;

	assert_ok(stream_send(&w->judge, type, body, NULL, 0, LATER, &e), &e);
	assert_ok(stream_expect(&w->judge, want, SIGNER_MESSAGE_LIMIT, &m,
	    LATER, &e), &e);
	assert_true(arena_copy(w->arena, buf_span(&m.body), &out));
	return out;
}

struct signer_counts
counts_of(struct world *w)
{
	struct signer_counts c;
	struct err e;

	assert_ok(counts_read(ask(w, SIGNER_COUNT, (struct span){ 0 },
	    SIGNER_COUNTED), &c, &e), &e);
	return c;
}

struct key_record *
keys_open(struct world *w)
{
	const struct open_item items[KEYS] = {
		{ SIGNER_USE_LOG, SPAN_TEXT("pkcs11:object=log") },
		{ SIGNER_USE_COMMIT, SPAN_TEXT("pkcs11:object=commit") },
	};
	CLEANUP(buf_done) struct buf body = { 0 };
	struct key_record *records;
	size_t count;
	struct err e;

	open_write(items, KEYS, &body);
	assert_ok(key_records_read(ask(w, SIGNER_OPEN, buf_span(&body),
	    SIGNER_OPENED), w->arena, &records, &count, &e), &e);
	assert_int_equal(count, KEYS);
	return records;
}

void
judge_begins(struct world *w)
{
	link_send(w, "judge");
	struct key_record *records = keys_open(w);
	for (size_t i = 0; i < KEYS; i++)
		if (records[i].err.what != NULL)
			fail_msg("%s", records[i].err.text);
	w->log_key = records[LOG_KEY].public_key;
}

void
checkpoint(struct world *w)
{
	CLEANUP(buf_done) struct buf proof = { 0 }, body = { 0 };
	struct merkle_source source = merkle_tree_source(&w->tree);
	struct merkle_hash leaf = merkle_leaf(SPAN_TEXT("event"));
	struct merkle_proof p = { .count = 0 };
	struct note_key key;
	struct checkpoint c;
	struct span note;
	struct err e;

	merkle_tree_append(&w->tree, &leaf);
	uint64_t old = w->signed_size, size = w->tree.size;
	assert_ok(merkle_prove_consistency(&source, old, size, &p, &e), &e);
	merkle_proof_write(&p, &proof);
	struct checkpoint_request q = { old, merkle_tree_root(&w->tree, old),
	    size, merkle_tree_root(&w->tree, size), buf_span(&proof) };
	checkpoint_request_write(&q, &body);
	assert_ok(text_body_read(ask(w, SIGNER_CHECKPOINT, buf_span(&body),
	    SIGNER_CHECKPOINTED), &note, &e), &e);
	assert_ok(note_key_make(w->arena, SPAN_TEXT(ORIGIN), w->log_key, &key,
	    &e), &e);
	assert_ok(checkpoint_verify(note, &key, &c, &e), &e);
	assert_int_equal(c.size, size);
	w->signed_size = size;
}

/* ---- the world ---- */

static void
keys_make(const struct world *w)
{
	static const char *const labels[KEYS] = { "log", "commit" };
	struct keystore_terms t = token_terms(&w->token, "acme");
	struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	assert_ok(keystore_open(&t, &s, &e), &e);
	for (size_t i = 0; i < KEYS; i++) {
		struct key_plan plan = { SPAN_TEXT("ec-p256"),
		    span_text(labels[i]) };
		assert_ok(keystore_make(s, &plan, &k, &e), &e);
	}
	keystore_close(s);
}

int
team_world(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	token_make(&w->token, "acme");
	keys_make(w);
	test_folder(w->folder, "signer");
	snprintf(w->state, sizeof(w->state), "%s/state", w->folder);
	w->access[0] = span_text(w->token.folder);
	w->given_token = (struct token_settings){
		.module = SPAN_TEXT(SOFTHSM), .token = SPAN_TEXT("acme"),
		.pin_from = PIN_PLACE_FILE,
		.pin_name = span_text(w->token.pin),
		.write = w->access, .write_count = 1 };
	w->given = (struct signer_settings){
		.role.where_possible = true, .state = span_text(w->state),
		.origin = SPAN_TEXT(ORIGIN), .begins = true,
		.tokens = &w->given_token, .token_count = 1 };
	w->arena = arena_new(64 * MIB);
	w->log = scratch_file(span_text(""));
	w->supervisor.fd = w->judge.fd = -1;
	*state = w;
	return 0;
}

int
team_world_done(void **state)
{
	struct world *w = *state;

	if (w->process.pid > 0)
		process_kill(&w->process);
	channel_done(&w->supervisor);
	channel_done(&w->judge);
	merkle_tree_done(&w->tree);
	close(w->log);
	token_done(&w->token);
	run_ok("rm -rf %s", w->folder);
	arena_free(w->arena);
	free(w);
	return 0;
}

bool
team_world_role(int argc, char **argv, int *code)
{
	static const struct role_main roles[] = {
		{ "signer", signer_main },
	};

	return team_role(roles, COUNT(roles), argc, argv, code);
}
