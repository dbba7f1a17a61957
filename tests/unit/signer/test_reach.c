/*
 * reach: the real role in its sandbox: where its PIN comes from, and what of
 * the host it reaches.
 *
 * This program starts itself: "@signer" is the process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "signer/team_world.h"
#include "sys/file.h"
#include "wire/team.h"

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
		fail_msg("this kernel has no Landlock, which this test is of");
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
		fail_msg("run this as root, who can give itself up");
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
#define WORLD(f) cmocka_unit_test_setup_teardown(f, team_world, team_world_done)
	const struct CMUnitTest tests[] = {
		WORLD(it_signs_in_its_sandbox),
		WORLD(with_a_wrong_pin_it_stays_down),
		WORLD(with_a_token_that_is_locked_or_nearly_it_stays_down),
		WORLD(a_pin_comes_from_where_the_settings_say),
		WORLD(what_is_not_declared_cannot_be_reached),
		WORLD(a_socket_is_reached_if_one_is_declared),
		WORLD(root_is_given_up_and_the_state_file_stays),
	};
	int code;

	if (team_world_role(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
