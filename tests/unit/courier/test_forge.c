/*
 * forge: downloads from the APIs of GitHub, GitLab and Gitea, as
 * tests/net/forge-server plays them; and what is said when none comes.
 */
#include "asker.h"

#define FILE_TEXT	"the release file"

/* A forge besides the asker's own server. */
struct forge {
	struct asker	*asker;
	pid_t		 pid;
	char		 port[16];
	struct span	 hosts[1];
};

static void
forge_open(struct forge *f, void **state, const char *name)
{
	*f = (struct forge){ .asker = *state };
	f->pid = script_run("forge-server", NULL, NULL, NULL, f->port);
	f->hosts[0] = span_text(arena_printf(f->asker->arena, "127.0.0.1:%s",
	    f->port));
	courier_again(f->asker, (struct courier_connection){
	    .hosts = f->hosts, .host_count = 1, .forge = span_text(name) });
}

static void
forge_close(struct forge *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
}

static struct span
forge_url(struct forge *f, const char *host, const char *path)
{
	return span_text(arena_printf(f->asker->arena, "http://%s:%s/%s",
	    host, f->port, path));
}

/* What is asked, and what comes. */
struct fetching {
	const char	*path;
	const char	*credential;
	bool		 sent_on;	/* redirects are declared */
	uint64_t	 limit;		/* bytes; 0: enough */
	struct downloaded got;
	char		 text[64];
};

static bool
forge_get(struct forge *f, struct fetching *x, struct err *e)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span from = forge_url(f, "127.0.0.1", ""), body;
	struct span on[] = { forge_url(f, "localhost", "store/"),
	    forge_url(f, "127.0.0.1", "gitea/") };
	const struct download_request q = { forge_url(f, "127.0.0.1",
	    x->path), &from, 1, on, x->sent_on ? 2 : 0,
	    x->limit > 0 ? x->limit : 100, true, span_text(x->credential) };

	download_write(&q, &b);
	memset(x->text, 0, sizeof(x->text));
	if (!ask(f->asker, COURIER_DOWNLOAD, &b, fd, COURIER_DOWNLOADED,
	    &body, e))
		return false;
	assert_ok(downloaded_read(body, &x->got, e), e);
	return pread(fd, x->text, sizeof(x->text) - 1, 0) >= 0;
}

/* ---- the file comes ---- */

static const struct {
	const char	*forge;
	const char	*path;
	bool		 sent_on;
} files[] = {
	{ "github", "github/releases/assets/7", true },
	{ "github", "github/actions/artifacts/9/zip", true },
	{ "gitlab", "gitlab/jobs/2/artifacts/dist/app.zip", false },
	{ "gitlab", "gitlab/-/releases/v1/downloads/app.zip", false },
	{ "gitea", "gitea/releases/download/v1/app.zip", false },
	{ "gitea", "gitea/actions/artifacts/9/zip", true },
};

static void
each_forge_gives_its_files(void **state)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		CLEANUP(forge_close) struct forge f;
		struct fetching x = { .path = files[i].path,
		    .credential = "git-token", .sent_on = files[i].sent_on };
		struct err e;

		forge_open(&f, state, files[i].forge);
		assert_ok(forge_get(&f, &x, &e), &e);
		assert_string_equal(x.text, FILE_TEXT);
		assert_int_equal(x.got.size, strlen(FILE_TEXT));
		assert_int_equal(x.got.doubt.len, 0);
	}
}

/* Of a forge that nobody named, no file comes by the same addresses. */
static void
without_its_name_a_forge_gives_none(void **state)
{
	CLEANUP(forge_close) struct forge f;
	struct err e;

	forge_open(&f, state, "");
	for (size_t i = 0; i < COUNT(files); i++) {
		struct fetching x = { .path = files[i].path,
		    .credential = "git-token", .sent_on = true };

		assert_true(!forge_get(&f, &x, &e) || x.got.doubt.len > 0);
		assert_string_not_equal(x.text, FILE_TEXT);
	}
}

/* ---- what is said when it does not ---- */

static const struct {
	const char	*forge;
	struct fetching	 x;
	enum err_code	 code;
	const char	*said;
} failures[] = {
	{ "gitlab", { .path = "gitlab/jobs/2/artifacts/dist/app.zip",
	    .credential = "" }, ERR_NET_STATUS, "401: it wants a token" },
	{ "gitlab", { .path = "gitlab/jobs/2/artifacts/dist/app.zip",
	    .credential = "robot" }, ERR_NET_STATUS, "401" },
	{ "gitlab", { .path = "gitlab/jobs/3/artifacts", .credential =
	    "git-token" }, ERR_NET_STATUS, "404: there is no such file" },
	{ "gitlab", { .path = "gitlab/-/releases/v1/downloads/app.zip",
	    .credential = "" }, ERR_NET_REDIRECT, "/users/sign_in" },
	{ "gitea", { .path = "gitea/closed/x", .credential = "git-token" },
	    ERR_NET_STATUS, "403: our token may not read this" },
	{ "gitea", { .path = "gitea/releases/download/v1/app.zip",
	    .credential = "", .limit = 16 }, ERR_NET_TYPE, "a web page" },
	{ "gitea", { .path = "gitea/releases/download/v1/app.zip",
	    .credential = "git-token", .limit = 15 }, ERR_NET_LARGE,
	    "more than 15 bytes" },
	{ "", { .path = "github/releases/assets/7", .credential =
	    "git-token", .limit = 15 }, ERR_NET_LARGE, "more than 15 bytes" },
	{ "github", { .path = "github/actions/artifacts/8/zip",
	    .credential = "git-token" }, ERR_NET_STATUS,
	    "410: it was kept for a time" },
	{ "", { .path = "github/actions/artifacts/9/zip", .credential =
	    "git-token" }, ERR_NET_STATUS, "415: it wants to be asked" },
	{ "github", { .path = "github/releases/assets/7", .credential =
	    "git-token" }, ERR_NET_REDIRECT, "which nobody declared" },
};

static void
a_file_that_does_not_come_has_a_reason(void **state)
{
	for (size_t i = 0; i < COUNT(failures); i++) {
		CLEANUP(forge_close) struct forge f;
		struct fetching x = failures[i].x;
		struct err e;

		forge_open(&f, state, failures[i].forge);
		assert_false(forge_get(&f, &x, &e));
		assert_err(&e, failures[i].code);
		assert_non_null(strstr(e.text, failures[i].said));
		assert_null(strstr(e.text, "s3cret"));
		assert_null(strstr(e.text, "secret-"));
	}
}

static void
a_page_is_told_from_a_file(void **state)
{
	CLEANUP(forge_close) struct forge f;
	struct fetching login = { .path = "gitea/releases/download/v1/a",
	    .credential = "" };
	struct fetching facts = { .path = "github/releases/assets/7",
	    .credential = "git-token" };
	struct err e;

	forge_open(&f, state, "");
	assert_ok(forge_get(&f, &login, &e), &e);
	assert_true(span_starts(login.got.doubt, "a web page"));
	assert_ok(forge_get(&f, &facts, &e), &e);
	assert_true(span_starts(facts.got.doubt, "an answer of an API"));
}

/* A token goes to the hosts of its credential only, whatever the forge. */
static void
a_forge_moves_no_token_elsewhere(void **state)
{
	CLEANUP(forge_close) struct forge f;
	struct fetching x = { .path = "gitlab/jobs/2/artifacts/dist/app.zip",
	    .credential = "elsewhere" };
	struct err e;

	forge_open(&f, state, "gitlab");
	assert_false(forge_get(&f, &x, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
}

static bool
put(struct forge *f, struct err *e)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(FILE_TEXT));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	publish_write(&(struct publish_request){ PUBLISH_PUT,
	    forge_url(f, "127.0.0.1", "gitlab/packages/generic/app/1"),
	    SPAN_TEXT("app.zip"), strlen(FILE_TEXT),
	    SPAN_TEXT("git-token") }, &b);
	return ask(f->asker, COURIER_PUBLISH, &b, fd, COURIER_PUBLISHED,
	    &body, e);
}

static void
results_go_to_a_forge_as_well(void **state)
{
	static const char *const names[] = { "gitlab", "gitea", "" };
	struct err e;

	for (size_t i = 0; i < COUNT(names); i++) {
		CLEANUP(forge_close) struct forge f;

		forge_open(&f, state, names[i]);
		assert_int_equal(put(&f, &e), i == 0);
		if (i > 0)
			assert_err(&e, ERR_NET_STATUS);
	}
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(each_forge_gives_its_files),
		ASKER_TEST(without_its_name_a_forge_gives_none),
		ASKER_TEST(a_file_that_does_not_come_has_a_reason),
		ASKER_TEST(a_page_is_told_from_a_file),
		ASKER_TEST(a_forge_moves_no_token_elsewhere),
		ASKER_TEST(results_go_to_a_forge_as_well),
	};

	return cmocka_run_group_tests_name("forge", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
