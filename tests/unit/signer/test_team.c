/*
 * team: the real role, in its sandbox, with a token of SoftHSM. The test plays
 * the supervisor and the judge.
 *
 * This program starts itself: "@signer" is the process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypto/note.h"
#include "daemon/team.h"
#include "signer/main.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "test.h"
#include "token.h"
#include "wire/settings.h"
#include "wire/signer.h"
#include "wire/team.h"

#define ORIGIN	"acme.example/tagseal"
#define LATER	clock_in(60000)

enum { LOG_KEY, COMMIT_KEY, KEYS };

/* A token, what a signer is given, and both who speak to it. */
struct world {
	struct token		 token;
	char			 folder[64];	/* of the state: not the token's */
	char			 state[80];
	struct span		 access[1];
	struct token_settings	 given_token;
	struct signer_settings	 given;
	struct process		 process;
	struct channel		 supervisor;
	struct channel		 judge;
	int			 log;		/* its standard error */
	struct arena		*arena;
	struct span		 log_key;
	struct merkle_tree	 tree;		/* the ledger */
	uint64_t		 signed_size;
};

/* ---- the supervisor ---- */

static void
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

static void
settings_send(struct world *w, size_t missing)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	signer_settings_write(&w->given, &b);
	b.len -= missing;
	CLEANUP(fd_done) int fd = scratch_file(buf_span(&b));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	order(w, TEAM_SETTINGS, "", fd);
}

static void
start(struct world *w)
{
	process_run(w);
	settings_send(w, 0);
}

static void
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

/* exit_code waits for its end; STOP is the caller's to say. */
static int
exit_code(struct world *w)
{
	struct process_end end;
	struct err e;

	assert_ok(process_wait(&w->process, LATER, &end, &e), &e);
	channel_done(&w->supervisor);
	channel_done(&w->judge);
	return end.code;
}

static void
stop(struct world *w)
{
	channel_done(&w->judge);
	order(w, TEAM_STOP, "", -1);
	assert_int_equal(exit_code(w), 0);
}

static bool
logged(const struct world *w, const char *what)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(fd_done) int fd = -1;
	struct err e;

	assert_ok(file_reader(w->log, &fd, &e), &e);
	assert_ok(file_load_fd(fd, "log", MIB, &b, &e), &e);
	return strstr(buf_cstr(&b), what) != NULL;
}

/* It ends by itself, and says why. */
static void
ended(struct world *w, int code, enum err_code why)
{
	assert_int_equal(exit_code(w), code);
	assert_true(logged(w, "signer.ended"));
	assert_true(logged(w, err_rows[why].code));
}

/* ---- the judge ---- */

static struct span
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

static struct signer_counts
counts_of(struct world *w)
{
	struct signer_counts c;
	struct err e;

	assert_ok(counts_read(ask(w, SIGNER_COUNT, (struct span){ 0 },
	    SIGNER_COUNTED), &c, &e), &e);
	return c;
}

static struct key_record *
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

/* A judge that comes: it opens the ledger's keys before anything else. */
static void
judge_begins(struct world *w)
{
	link_send(w, "judge");
	struct key_record *records = keys_open(w);
	for (size_t i = 0; i < KEYS; i++)
		if (records[i].err.what != NULL)
			fail_msg("%s", records[i].err.text);
	w->log_key = records[LOG_KEY].public_key;
}

/* checkpoint lets the ledger grow by one, and has it signed. */
static void
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

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	token_make(&w->token, "acme");
	keys_make(w);
	strcpy(w->folder, "/tmp/tagseal-signer-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
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

static int
teardown(void **state)
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

/* ---- tests ---- */

/* Only the token's folder is declared: the state file's need not be. */
static void
it_signs_in_its_sandbox(void **state)
{
	struct world *w = *state;

	start(w);
	judge_begins(w);
	checkpoint(w);
	checkpoint(w);
	struct signer_counts c = counts_of(w);
	assert_int_equal(c.size, 2);
	assert_int_equal(c.checkpoints, 2);
	stop(w);
	assert_true(logged(w, "mode=engine"));
	assert_true(logged(w, "process.sandboxed role=signer"));
}

static void
one_judge_after_the_other_is_served(void **state)
{
	struct world *w = *state;
	struct err e;

	start(w);
	for (uint64_t i = 1; i <= 3; i++) {
		judge_begins(w);
		checkpoint(w);
		assert_int_equal(counts_of(w).checkpoints, i);
		/* Gone before its answer comes. */
		assert_ok(stream_send(&w->judge, SIGNER_COUNT,
		    (struct span){ 0 }, NULL, 0, LATER, &e), &e);
		channel_done(&w->judge);
	}
	stop(w);
}

static void
the_next_start_knows_what_was_signed(void **state)
{
	struct world *w = *state;

	start(w);
	judge_begins(w);
	checkpoint(w);
	struct signer_counts before = counts_of(w);
	stop(w);
	start(w);
	judge_begins(w);
	struct signer_counts after = counts_of(w);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(after.size, 1);
	checkpoint(w);
	stop(w);
}

static void
without_a_supervisor_it_ends(void **state)
{
	struct world *w = *state;

	start(w);
	judge_begins(w);
	channel_done(&w->supervisor);
	checkpoint(w);		/* the judge is heard to its end */
	channel_done(&w->judge);
	assert_int_equal(exit_code(w), 0);
	process_run(w);
	channel_done(&w->supervisor);
	assert_int_equal(exit_code(w), 0);
}

/* One attempt is lost, and the token can still be used. */
static void
with_a_wrong_pin_it_stays_down(void **state)
{
	struct world *w = *state;
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/wrong", w->token.folder);
	assert_ok(file_replace_span(path, SPAN_TEXT("9999\n"), FILE_PRIVATE,
	    &e), &e);
	w->given_token.pin_name = span_text(path);
	start(w);
	ended(w, TEAM_STAY_DOWN, ERR_TOKEN_PIN_WRONG);
	w->given_token.pin_name = span_text(w->token.pin);
	start(w);
	judge_begins(w);
	stop(w);
}

/* CKF_USER_PIN_FINAL_TRY and CKF_USER_PIN_LOCKED: no PIN is tried at all. */
static void
with_a_token_that_is_locked_or_nearly_it_stays_down(void **state)
{
	static const struct {
		const char	*flags;
		enum err_code	 code;
	} rows[] = {
		{ "0x20000", ERR_TOKEN_PIN_LOW },
		{ "0x40000", ERR_TOKEN_PIN_LOCKED },
	};
	struct world *w = *state;

	w->given_token.module = SPAN_TEXT(SHIM);
	for (size_t i = 0; i < COUNT(rows); i++) {
		setenv("SHIM_TOKEN_FLAGS", rows[i].flags, 1);
		start(w);
		unsetenv("SHIM_TOKEN_FLAGS");
		ended(w, TEAM_STAY_DOWN, rows[i].code);
	}
}

static void
a_pin_comes_from_where_the_settings_say(void **state)
{
	static const struct {
		enum pin_place	 from;
		const char	*name;
	} places[] = {
		{ PIN_PLACE_ENVIRONMENT, "TEST_PIN" },
		{ PIN_PLACE_CREDENTIAL, "pin" },
	};
	struct world *w = *state;

	setenv("TEST_PIN", TOKEN_PIN, 1);
	setenv("CREDENTIALS_DIRECTORY", w->token.folder, 1);
	for (size_t i = 0; i < COUNT(places); i++) {
		w->given_token.pin_from = places[i].from;
		w->given_token.pin_name = span_text(places[i].name);
		start(w);
		judge_begins(w);
		stop(w);
	}
	w->given_token.pin_from = PIN_PLACE_NONE;
	start(w);
	link_send(w, "judge");
	assert_non_null(keys_open(w)[LOG_KEY].err.what);
	stop(w);
	w->given_token.pin_from = PIN_PLACE_ENVIRONMENT;
	w->given_token.pin_name = SPAN_TEXT("TEST_NO_PIN");
	start(w);
	ended(w, 5, ERR_PIN_SOURCE);
}

static void
the_state_must_be_a_file(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(w->state, 0700), 0);
	start(w);
	ended(w, 2, ERR_FILE_KIND);
}

static void
an_order_out_of_turn_ends_it(void **state)
{
	struct world *w = *state;

	process_run(w);
	settings_send(w, 1);
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	process_run(w);
	link_send(w, "judge");
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	start(w);
	settings_send(w, 0);
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	assert_true(logged(w, "settings came twice"));
	start(w);
	link_send(w, "courier");
	ended(w, 5, ERR_PROCESS_PROTOCOL);
	assert_true(logged(w, "not the 'courier'"));
}

static void
a_request_of_the_command_line_ends_it(void **state)
{
	struct world *w = *state;
	struct err e;

	start(w);
	judge_begins(w);
	assert_ok(stream_send(&w->judge, SIGNER_KEY_LIST, SPAN_TEXT("acme"),
	    NULL, 0, LATER, &e), &e);
	ended(w, 5, ERR_MESSAGE_PHASE);
}

static void
what_the_ledger_is_pinned_to_holds(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf vkey = { 0 };
	uint8_t root[32] = { 7 };
	struct span pins[1];
	struct note_key key;
	struct err e;

	start(w);
	judge_begins(w);
	stop(w);
	assert_ok(note_key_make(w->arena, SPAN_TEXT(ORIGIN), w->log_key, &key,
	    &e), &e);
	note_key_write(&key, &vkey);
	pins[0] = buf_span(&vkey);
	w->given.log_keys = pins;
	w->given.log_key_count = 1;
	w->given.least_size = 5;
	w->given.least_root = SPAN(root);
	start(w);
	judge_begins(w);
	assert_int_equal(counts_of(w).size, 5);
	assert_memory_equal(counts_of(w).root.bytes, root, sizeof(root));
	stop(w);
	pins[0] = SPAN_TEXT("junk");
	start(w);
	ended(w, 4, ERR_NOTE_KEY);
	w->given.log_key_count = 0;
	w->given.least_root.len = 0;
	start(w);
	ended(w, 5, ERR_PROCESS_PROTOCOL);
}

/* What nobody remembers, the operator has to say; it is not tried again. */
static void
a_lost_state_file_waits_for_the_operator(void **state)
{
	struct world *w = *state;
	uint8_t root[32] = { 7 };

	start(w);
	judge_begins(w);
	checkpoint(w);
	stop(w);
	w->given.begins = false;
	start(w);
	judge_begins(w);
	assert_int_equal(counts_of(w).size, 1);
	stop(w);
	run_ok("rm %s", w->state);
	start(w);
	ended(w, 78, ERR_SIGNER_NEW);
	/* The file is there now, and still as empty. */
	start(w);
	ended(w, 78, ERR_SIGNER_NEW);
	w->given.least_size = 5;
	w->given.least_root = SPAN(root);
	start(w);
	judge_begins(w);
	assert_int_equal(counts_of(w).size, 5);
	stop(w);
}

static void
another_key_than_the_pinned_one_is_refused(void **state)
{
	struct world *w = *state;
	struct span pin = SPAN_TEXT("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbz"
	    "hKqiBfsVkmqq/LDE4izWy10TW");

	w->given.log_keys = &pin;
	w->given.log_key_count = 1;
	start(w);
	link_send(w, "judge");
	struct key_record *records = keys_open(w);
	assert_err(&records[LOG_KEY].err, ERR_SIGNER_KEY);
	assert_null(records[COMMIT_KEY].err.what);
	stop(w);
}

/* The module asks for its files at each use: without them there is no key. */
static void
what_is_not_declared_cannot_be_reached(void **state)
{
	struct world *w = *state;

	w->given_token.write_count = 0;
	w->given.role.json = true;
	start(w);
	link_send(w, "judge");
	struct key_record *records = keys_open(w);
	if (logged(w, "\"landlock\":\"no\""))
		skip();
	assert_non_null(records[LOG_KEY].err.what);
	assert_non_null(records[COMMIT_KEY].err.what);
	stop(w);
	assert_true(logged(w, "\"fact\":\"signer.opened\""));
}

static void
commit(struct world *w, uint8_t want)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	text_body_write(SPAN_TEXT("tree 0123\n\nsubject\n"), &body);
	ask(w, SIGNER_COMMIT, buf_span(&body), want);
}

/* The module connects for each signature: as one of a token far away. */
static void
a_socket_is_reached_if_one_is_declared(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	CLEANUP(fd_done) int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
	    0);
	struct world *w = *state;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", w->folder);
	assert_int_equal(bind(s, (void *)&un, sizeof(un)), 0);
	assert_int_equal(listen(s, 100), 0);
	struct span path = span_text(un.sun_path);
	setenv("SHIM_SOCKET", un.sun_path, 1);
	w->given_token.module = SPAN_TEXT(SHIM);
	w->given_token.sockets = &path;
	for (size_t count = 0; count < 2; count++) {
		w->given_token.socket_count = count;
		start(w);
		judge_begins(w);
		commit(w, count == 0 ? SIGNER_FAILED : SIGNER_COMMITTED);
		stop(w);
	}
	unsetenv("SHIM_SOCKET");
}

static void
root_is_given_up_and_the_state_file_stays(void **state)
{
	struct world *w = *state;
	struct stat st;

	if (geteuid() != 0)
		skip();
	run_ok("chown -R nobody %s", w->token.folder);
	w->given.role.user = SPAN_TEXT("nobody");
	start(w);
	judge_begins(w);
	checkpoint(w);
	assert_int_equal(counts_of(w).size, 1);
	stop(w);
	assert_true(logged(w, "user=nobody"));
	assert_int_equal(stat(w->state, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_size, 4096);
}

int
main(int argc, char **argv)
{
#define WORLD(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		WORLD(it_signs_in_its_sandbox),
		WORLD(one_judge_after_the_other_is_served),
		WORLD(the_next_start_knows_what_was_signed),
		WORLD(without_a_supervisor_it_ends),
		WORLD(with_a_wrong_pin_it_stays_down),
		WORLD(with_a_token_that_is_locked_or_nearly_it_stays_down),
		WORLD(a_pin_comes_from_where_the_settings_say),
		WORLD(the_state_must_be_a_file),
		WORLD(an_order_out_of_turn_ends_it),
		WORLD(a_request_of_the_command_line_ends_it),
		WORLD(what_the_ledger_is_pinned_to_holds),
		WORLD(a_lost_state_file_waits_for_the_operator),
		WORLD(another_key_than_the_pinned_one_is_refused),
		WORLD(what_is_not_declared_cannot_be_reached),
		WORLD(a_socket_is_reached_if_one_is_declared),
		WORLD(root_is_given_up_and_the_state_file_stays),
	};
	static const struct role_main roles[] = {
		{ "signer", signer_main },
	};
	int code;

	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
