/*
 * engine: what each process is given of engine.yaml, what is made below the
 * state folder, and who may have it.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "config/config.h"
#include "daemon/engine.h"
#include "sys/file.h"
#include "sys/sandbox.h"
#include "test.h"
#include "wire/courier.h"
#include "wire/settings.h"

#define HOLDER	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJrpYLqzjkizBzxxPCLaCthy" \
	"ofRkykYK7mDLxveyCeLh holder"
#define KEY	"acme.example/tagseal+5e746bfa+Aal7JAOfzTXmmbLsw0YQkMzeB6BP7"	\
	"ImJe/nw1dJWmOUJ"
#define ROOT	"1111111111111111111111111111111111111111"
#define PAYLOAD	"22222222222222222222222222222222222222222222222222222222222222"	\
	"22"
#define MANIFEST "3333333333333333333333333333333333333333333333333333333333333"	\
	"333"
#define LEAST	"44444444444444444444444444444444444444444444444444444444444444"	\
	"44"
#define ENGINE	"6f1c0000-0000-4000-8000-000000000001"
#define REPO	"0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b"

static struct scene {
	char		 folder[TEST_FOLDER];
	struct arena	*arena;
	struct engine_file file;
	struct engine	*engine;
} scene;

/* The least that there must be; %s: the rest. */
static const char begins[] =
    "tagseal: 1\n"
    "engine: " ENGINE "\n"
    "config:\n"
    "  id: " REPO "\n"
    "  urls: [\"https://a.example/config.git\", /srv/git/config.git]\n"
    "  root: {commit: \"" ROOT "\", payload-sha256: \"" PAYLOAD "\","
    " manifest-sha256: \"" MANIFEST "\"}\n"
    "ledger: {keys: [\"" KEY "\"], at-least: {size: 7, root: \"" LEAST
    "\"}}\n";

static const char token[] =
    "tokens: [{module: /usr/lib/p11.so, token: acme, pin: {file: /pin}}]\n";

static int
scene_make(void **state)
{
	(void)state;
	test_folder(scene.folder, "engine");
	scene.arena = arena_new(LIMIT_CONFIG_ARENA);
	scene.engine = NULL;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
scene_remove(void **state)
{
	(void)state;
	engine_free(scene.engine);
	arena_free(scene.arena);
	return nftw(scene.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *
path_of(const char *name)
{
	const char *path = arena_printf(scene.arena, "%s/%s", scene.folder,
	    name);

	assert_non_null(path);
	return path;
}

static void
file_read(const char *rest)
{
	struct config_errors errors = { 0 };
	const char *text = arena_printf(scene.arena,
	    "%sstate: %s/state\n%s", begins, scene.folder, rest);
	struct config_file f = { "engine.yaml", span_text(text) };

	if (!engine_file_parse(&f, scene.arena, &scene.file, &errors))
		fail_msg("%s", errors.items[0].e.text);
	config_errors_done(&errors);
}

static bool
opens(const struct engine_terms *terms, struct err *e)
{
	return engine_open(&scene.file, terms, &scene.engine, e);
}

static void
file_open_engine(const char *rest)
{
	struct engine_terms terms = { .once = false };
	struct err e;

	file_read(rest);
	assert_ok(opens(&terms, &e), &e);
}

static const struct team_member *
member(const char *role)
{
	const struct team_plan *p = engine_plan(scene.engine);

	for (size_t i = 0; i < p->member_count; i++)
		if (strcmp(p->members[i].role, role) == 0)
			return &p->members[i];
	fail_msg("no %s", role);
	return NULL;
}

static void
assert_text(struct span s, const char *want)
{
	assert_span_equal(s, span_text(want));
}

static void
secret_write(const char *name, const char *text, mode_t mode)
{
	struct err e;

	assert_ok(file_replace_span(path_of(name), span_text(text),
	    FILE_PLAIN, &e), &e);
	assert_int_equal(chmod(path_of(name), mode), 0);
}

/* ---- the tests ---- */

static void
the_team_is_courier_signer_and_judge(void **state)
{
	(void)state;
	file_open_engine(token);
	const struct team_plan *p = engine_plan(scene.engine);
	assert_int_equal(p->member_count, 3);
	assert_string_equal(p->members[0].role, "courier");
	assert_string_equal(p->members[1].role, "signer");
	assert_string_equal(p->members[2].role, "judge");
	assert_true(p->members[2].leads);
	assert_false(p->members[2].once);
	assert_int_equal(p->link_count, 2);
	assert_int_equal(p->servant_count, 4);
	for (size_t i = 0; i < 4; i++) {
		bool errand = strcmp(p->servants[i].role, "courier") == 0;

		assert_string_equal(p->members[2].servants[i],
		    p->servants[i].role);
		assert_string_equal(p->servants[i].arguments[0],
		    errand ? "local" : "required");
		assert_true((p->servants[i].settings.len > 0) ==
		    errand);
	}
	assert_null(p->members[0].servants);
	assert_null(p->members[0].keep);
	assert_null(p->members[2].keep);
	assert_false(p->log->json);
}

static void
the_judge_gets_pins_and_places(void **state)
{
	struct engine_terms terms = { .begins = true };
	struct judge_settings j;
	uint8_t bytes[32];
	struct err e;

	(void)state;
	file_read("tokens: [{module: /m.so, token: a, pin: {file: /pin}}]\n"
	    "repositories: [/srv/git]\noutputs: [/srv/out, /srv/more]\n"
	    "poll: 5m\nlog: json\nsandbox: where-possible\n"
	    "recovery: {keys: [\"" HOLDER "\"], threshold: 1}\n");
	assert_ok(opens(&terms, &e), &e);
	assert_ok(judge_settings_read(member("judge")->settings, scene.arena,
	    &j, &e), &e);
	assert_text(j.engine, ENGINE);
	assert_text(j.config_repo, REPO);
	assert_int_equal(j.url_count, 2);
	assert_text(j.urls[1], "/srv/git/config.git");
	assert_text(j.root_commit, ROOT);
	memset(bytes, 0x22, sizeof(bytes));
	assert_span_equal(j.root_payload, SPAN(bytes));
	memset(bytes, 0x33, sizeof(bytes));
	assert_span_equal(j.root_manifest, SPAN(bytes));
	assert_int_equal(j.log_key_count, 1);
	assert_text(j.log_keys[0], KEY);
	assert_int_equal(j.least_size, 7);
	memset(bytes, 0x44, sizeof(bytes));
	assert_span_equal(j.least_root, SPAN(bytes));
	assert_int_equal(j.recovery_key_count, 1);
	assert_text(j.recovery_keys[0], HOLDER);
	assert_int_equal(j.recovery_threshold, 1);
	assert_text(j.recovery, path_of("state/recovery"));
	assert_text(j.state, path_of("state/judge"));
	assert_text(j.mirrors, path_of("state/courier"));
	assert_int_equal(j.repository_count, 1);
	assert_int_equal(j.output_count, 2);
	assert_text(j.outputs[1], "/srv/more");
	assert_int_equal(j.poll, 300);
	assert_true(j.begins && j.once && member("judge")->once);
	assert_true(j.role.json && j.role.where_possible);
	assert_string_equal(
	    engine_plan(scene.engine)->servants[0].arguments[0],
	    "where-possible");
	assert_true(engine_plan(scene.engine)->log->json);
}

static void
the_signer_gets_tokens_and_not_their_pins(void **state)
{
	struct signer_settings g;
	struct err e;

	(void)state;
	setenv("ACME_PIN", "very-secret-pin", 1);
	file_open_engine("tokens:\n"
	    "  - {module: /a.so, token: one, pin: {environment: ACME_PIN},\n"
	    "     access: {read: [/r], write: [/w1, /w2], sockets: [/s]}}\n"
	    "  - {module: /b.so, token: two, pin: {credential: pin-two}}\n"
	    "  - {module: /c.so, token: three, pin: {environment: ACME_PIN}}\n"
	    );
	const struct team_member *m = member("signer");
	assert_ok(signer_settings_read(m->settings, scene.arena, &g, &e), &e);
	assert_text(g.engine, ENGINE);
	assert_text(g.state, path_of("state/signer/state"));
	assert_text(g.origin, "acme.example/tagseal");
	assert_text(g.log_keys[0], KEY);
	assert_int_equal(g.least_size, 7);
	assert_int_equal(g.least_root.len, 32);
	assert_int_equal(g.token_count, 3);
	assert_text(g.tokens[0].module, "/a.so");
	assert_text(g.tokens[0].token, "one");
	assert_int_equal(g.tokens[0].pin_from, PIN_PLACE_ENVIRONMENT);
	assert_text(g.tokens[0].pin_name, "ACME_PIN");
	assert_text(g.tokens[0].read[0], "/r");
	assert_int_equal(g.tokens[0].write_count, 2);
	assert_text(g.tokens[0].write[1], "/w2");
	assert_text(g.tokens[0].sockets[0], "/s");
	assert_int_equal(g.tokens[1].pin_from, PIN_PLACE_CREDENTIAL);
	assert_text(g.tokens[1].pin_name, "pin-two");
	assert_int_equal(span_find(m->settings, SPAN_TEXT("very-secret-pin")),
	    SIZE_MAX);

	static const char *const kept[] = { "SOFTHSM2_CONF",
	    "P11_KIT_SERVER_ADDRESS", "OPENCRYPTOKI_CONF",
	    "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI",
	    "DBUS_SESSION_BUS_ADDRESS", "CREDENTIALS_DIRECTORY", "ACME_PIN" };
	for (size_t i = 0; i < COUNT(kept); i++)
		assert_string_equal(m->keep[i], kept[i]);
	assert_null(m->keep[COUNT(kept)]);
	unsetenv("ACME_PIN");
}

static void
the_courier_alone_gets_secrets(void **state)
{
	struct courier_settings c;
	struct err e;

	(void)state;
	secret_write("token", "secret-of-a-file\r\n", 0600);
	secret_write("hook", "secret-of-systemd", 0600);
	setenv("ACME_TOKEN", "secret-of-the-environment", 1);
	setenv("CREDENTIALS_DIRECTORY", scene.folder, 1);
	file_open_engine(arena_printf(scene.arena, "%scredentials:\n"
	    "  git: {file: %s, for: courier, hosts: [a.example, b.example]}\n"
	    "  web: {environment: ACME_TOKEN, for: courier, hosts: [c.example],"
	    " user: robot}\n"
	    "  hook: {credential: hook, for: courier, hosts: [d.example]}\n"
	    "connections:\n"
	    "  - {hosts: [a.example], ca: /etc/a.pem, client: {certificate: "
	    "/etc/c.pem, key: /etc/k.pem}}\n"
	    "  - {proxy: \"http://proxy.example:3128\", forge: gitlab, ssh: {key: "
	    "/etc/i, known-hosts: /etc/h}}\n"
	    "repositories: [/srv/git]\noutputs: [/srv/out]\n", token,
	    path_of("token")));
	struct span settings = member("courier")->settings;
	assert_ok(courier_settings_read(settings, scene.arena, &c, &e), &e);
	assert_text(c.mirrors, path_of("state/courier"));
	assert_int_equal(c.store_count, 1);
	assert_text(c.stores[0], path_of("state/judge/ledger.git"));
	assert_int_equal(c.connection_count, 2);
	assert_text(c.connections[0].hosts[0], "a.example");
	assert_text(c.connections[0].ca, "/etc/a.pem");
	assert_text(c.connections[0].certificate, "/etc/c.pem");
	assert_text(c.connections[0].key, "/etc/k.pem");
	assert_int_equal(c.connections[0].proxy.len, 0);
	assert_int_equal(c.connections[1].host_count, 0);
	assert_text(c.connections[1].forge, "gitlab");
	assert_text(c.connections[1].ssh_key, "/etc/i");
	assert_text(c.connections[1].known_hosts, "/etc/h");
	assert_text(c.connections[1].proxy, "http://proxy.example:3128");
	assert_text(c.repositories[0], "/srv/git");
	assert_text(c.outputs[0], "/srv/out");
	assert_int_equal(c.credential_count, 3);
	assert_text(c.credentials[0].name, "git");
	assert_text(c.credentials[0].token, "secret-of-a-file");
	assert_text(c.credentials[0].hosts[1], "b.example");
	assert_text(c.credentials[1].token, "secret-of-the-environment");
	assert_text(c.credentials[0].user, "");
	assert_text(c.credentials[1].user, "robot");
	assert_text(c.credentials[2].token, "secret-of-systemd");
	assert_int_not_equal(span_find(settings, SPAN_TEXT("secret-of")),
	    SIZE_MAX);
	assert_int_equal(span_find(member("judge")->settings,
	    SPAN_TEXT("secret-of")), SIZE_MAX);
	assert_int_equal(span_find(member("signer")->settings,
	    SPAN_TEXT("secret-of")), SIZE_MAX);
	unsetenv("ACME_TOKEN");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void
a_secret_that_cannot_be_had_is_named(void **state)
{
	static const struct {
		const char	*source;
		enum err_code	 code;
		const char	*text;
	} rows[] = {
		{ "file: /nonexistent/token, for: courier",
		    ERR_SECRET_SOURCE, "/nonexistent/token: No such file" },
		{ "environment: UNSET_HERE, for: courier", ERR_SECRET_SOURCE,
		    "engine.yaml:11:8: credential 'git': environment "
		    "variable UNSET_HERE is not set" },
		{ "credential: git, for: courier", ERR_SECRET_SOURCE,
		    "CREDENTIALS_DIRECTORY is not set" },
		{ "environment: TWO_LINES, for: courier", ERR_SECRET_SOURCE,
		    "TWO_LINES: more than one line" },
		{ "environment: NOTHING, for: courier", ERR_SECRET_SOURCE,
		    "NOTHING: the secret is empty" },
		{ "environment: TWO_LINES, for: judge", ERR_CONFIG_VALUE,
		    "only the courier is given secrets" },
		{ "file: SCENE/open, for: courier", ERR_SECRET_EXPOSED,
		    "open: mode 644 lets everybody in" },
		{ "file: SCENE/long, for: courier", ERR_SECRET_SOURCE,
		    "long: longer than 16383 bytes" },
	};
	struct engine_terms terms = { .once = false };
	char *big = malloc(20001);
	struct err e;

	(void)state;
	memset(big, 'x', 20000);
	big[20000] = '\0';
	secret_write("open", "x", 0644);
	secret_write("long", big, 0600);
	free(big);
	setenv("TWO_LINES", "a\nb", 1);
	setenv("NOTHING", "\n", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = strstr(rows[i].source, "SCENE");
		const char *source = at == NULL ? rows[i].source :
		    arena_printf(scene.arena, "file: %s%s", scene.folder,
		    at + 5);

		file_read(arena_printf(scene.arena, "%scredentials:\n  git: "
		    "{%s, hosts: [a.example]}\n", token, source));
		assert_false(opens(&terms, &e));
		assert_err(&e, rows[i].code);
		if (strstr(e.text, rows[i].text) == NULL)
			fail_msg("%s", e.text);
	}
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(path_of(name), &st), 0);
	return st.st_mode & 0777;
}

static void
folders_are_made_and_the_signers_is_its_own(void **state)
{
	mode_t before = umask(077);

	(void)state;
	file_open_engine(token);
	assert_int_equal(mode_of("state"), 0711);
	assert_int_equal(mode_of("state/courier"), 0755);
	assert_int_equal(mode_of("state/judge"), 0755);
	assert_int_equal(mode_of("state/signer"), 0700);
	assert_int_equal(umask(before), 022);
}

static void
a_second_engine_on_the_same_state_is_refused(void **state)
{
	struct engine_terms terms = { .once = true };
	struct engine *second = NULL;
	struct err e;

	(void)state;
	file_open_engine(token);
	assert_false(engine_open(&scene.file, &terms, &second, &e));
	assert_err(&e, ERR_FILE_LOCKED);
	engine_free(TAKE(scene.engine));
	assert_ok(engine_open(&scene.file, &terms, &second, &e), &e);
	assert_true(engine_plan(second)->members[2].once);
	engine_free(second);
}

static void
a_link_in_the_place_of_a_folder_is_refused(void **state)
{
	struct engine_terms terms = { .once = false };
	struct err e;

	(void)state;
	assert_int_equal(mkdir(path_of("state"), 0755), 0);
	assert_int_equal(symlink("/tmp", path_of("state/judge")), 0);
	file_read(token);
	assert_false(opens(&terms, &e));
	assert_err(&e, ERR_FILE_KIND);
}

static void
root_gives_each_process_its_user(void **state)
{
	struct engine_terms terms = { .once = false };
	struct courier_settings c;
	struct stat st;
	struct err e;

	(void)state;
	if (geteuid() != 0)
		skip();
	file_open_engine(arena_printf(scene.arena, "%susers: {courier: nobody, "
	    "judge: daemon, worker: nobody, signer: bin}\n", token));
	assert_int_equal(stat(path_of("state/courier"), &st), 0);
	assert_int_not_equal(st.st_uid, 0);
	assert_int_equal(stat(path_of("state/signer"), &st), 0);
	assert_int_not_equal(st.st_uid, 0);
	assert_ok(courier_settings_read(member("courier")->settings,
	    scene.arena, &c, &e), &e);
	assert_text(c.user, "nobody");
	const struct team_servant *s = engine_plan(scene.engine)->servants;
	assert_string_equal(s[1].arguments[1], "nobody");
	engine_free(TAKE(scene.engine));

	file_read(arena_printf(scene.arena, "%susers: {signer: no-such-user, "
	    "courier: nobody, judge: nobody}\n", token));
	assert_false(opens(&terms, &e));
	assert_err(&e, ERR_SANDBOX_USER);
	assert_non_null(strstr(e.text,
	    "users.signer: there is no user 'no-such-user'"));
	file_read(arena_printf(scene.arena, "%susers: {courier: root}\n",
	    token));
	assert_false(opens(&terms, &e));
	assert_err(&e, ERR_SANDBOX_USER);
}

static void
there_is_an_end_to_variables_with_pins(void **state)
{
	struct engine_terms terms = { .once = false };
	struct err e;
	char *text = arena_printf(scene.arena, "tokens:\n");

	(void)state;
	for (int i = 0; i < 17; i++)
		text = arena_printf(scene.arena, "%s  - {module: /m.so, "
		    "token: t%d, pin: {environment: PIN%d}}\n", text, i, i);
	file_read(text);
	assert_false(opens(&terms, &e));
	assert_err(&e, ERR_CONFIG_VALUE);
	assert_non_null(strstr(e.text, "more than 16 environment variables"));
}

static void
servants_are_told_what_must_hold_and_whom_to_become(void **state)
{
	char word[] = "x", lax[] = "where-possible", strict[] = "required";
	char user[] = "nobody";
	char *none[] = { word, word }, *one[] = { word, word, lax };
	char *both[] = { word, word, strict, user, word };
	char *other[] = { word, word, user };
	struct sandbox_terms t = { 0 };
	struct err e;

	(void)state;
	assert_ok(sandbox_arguments(3, one, &t, &e), &e);
	assert_true(t.where_possible);
	assert_null(t.user);
	assert_ok(sandbox_arguments(4, both, &t, &e), &e);
	assert_false(t.where_possible);
	assert_string_equal(t.user, "nobody");
	assert_ok(sandbox_arguments(2, none, &t, &e), &e);
	assert_false(t.where_possible);
	assert_null(t.user);
	assert_false(sandbox_arguments(3, other, &t, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
	assert_false(sandbox_arguments(5, both, &t, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
}

int
main(void)
{
#define SCENE(f)	cmocka_unit_test_setup_teardown(f, scene_make, scene_remove)
	const struct CMUnitTest tests[] = {
		SCENE(the_team_is_courier_signer_and_judge),
		SCENE(the_judge_gets_pins_and_places),
		SCENE(the_signer_gets_tokens_and_not_their_pins),
		SCENE(the_courier_alone_gets_secrets),
		SCENE(a_secret_that_cannot_be_had_is_named),
		SCENE(folders_are_made_and_the_signers_is_its_own),
		SCENE(a_second_engine_on_the_same_state_is_refused),
		SCENE(a_link_in_the_place_of_a_folder_is_refused),
		SCENE(root_gives_each_process_its_user),
		TEST(servants_are_told_what_must_hold_and_whom_to_become),
		SCENE(there_is_an_end_to_variables_with_pins),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
