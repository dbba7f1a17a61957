/*
 * lfs: files beside a repository, from tests/net/lfs-server, which answers as
 * the repository's name says.
 */
#include "asker.h"
#include "crypto/digest.h"

#define BYTES	"what git-lfs keeps"

/* An LFS server besides the asker's own server. */
struct keeper {
	struct asker	*asker;
	pid_t		 pid;
	char		 port[16];
	const char	*scheme;
	struct digest	 sha256;
};

static void
keeper_open(struct keeper *l, void **state)
{
	struct digest_hex hex;
	char *command;

	*l = (struct keeper){ .asker = *state, .scheme = "http",
	    .sha256 = digest_of(DIGEST_SHA256, SPAN_TEXT(BYTES)) };
	hex = digest_hex(&l->sha256);
	command = arena_printf(l->asker->arena, "printf '%%s' '" BYTES
	    "' > \"$W/%s\"", hex.text);
	assert_non_null(command);
	assert_int_equal(shell(l->asker, command), 0);
	l->pid = script_run("lfs-server", l->asker->server.folder, NULL, NULL,
	    l->port);
}

static void
keeper_close(struct keeper *l)
{
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
}

static struct span
keeper_url(struct keeper *l, const char *host, const char *path)
{
	return span_text(arena_printf(l->asker->arena, "%s://%s:%s/%s",
	    l->scheme, host, l->port, path));
}

/* keeper_again starts it anew over TLS, with a certificate of its own. */
static void
keeper_again(struct keeper *l)
{
	struct asker *k = l->asker;
	struct span certificate = at(k, "host.pem"), key = at(k, "host.key");

	keeper_close(l);
	assert_int_equal(shell(k, "openssl req -x509 -newkey rsa:2048 -nodes "
	    "-days 2 -subj /CN=host -addext "
	    "subjectAltName=IP:127.0.0.1,DNS:localhost -keyout "
	    "\"$W/host.key\" -out \"$W/host.pem\" 2>/dev/null"), 0);
	l->scheme = "https";
	l->pid = script_run("lfs-server", k->server.folder,
	    arena_text(k->arena, certificate), arena_text(k->arena, key),
	    l->port);
	courier_again(k, (struct courier_connection){ .ca = certificate });
}

/* What is asked for, and what comes. */
struct fetching {
	const char	*repository;
	const char	*credential;
	bool		 declared;	/* the other host, to download from */
	bool		 sent_on;	/* both hosts, to be sent on to */
	bool		 outside;	/* no inner address but the
					 * repository's own host */
	struct downloaded got;
	char		 text[64];
};

static bool
keeper_get(struct keeper *l, struct fetching *x, struct err *e)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("before"));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span other = keeper_url(l, "localhost", ""), body;
	struct span both[] = { other, keeper_url(l, "127.0.0.1", "") };
	const struct lfs_request q = {
		.repository = keeper_url(l, "127.0.0.1", x->repository),
		.sha256 = digest_span(&l->sha256), .size = strlen(BYTES),
		.prefixes = &other, .prefix_count = x->declared,
		.redirects = both, .redirect_count = x->sent_on ? 2 : 0,
		.private_addresses = !x->outside,
		.credential = span_text(x->credential),
	};

	lfs_write(&q, &b);
	memset(x->text, 0, sizeof(x->text));
	if (!ask(l->asker, COURIER_LFS, &b, fd, COURIER_DOWNLOADED, &body, e))
		return false;
	assert_ok(downloaded_read(body, &x->got, e), e);
	return pread(fd, x->text, sizeof(x->text) - 1, 0) >= 0;
}

/* ---- the file comes ---- */

static const struct fetching good[] = {
	{ .repository = "good/app.git", .credential = "git-token" },
	{ .repository = "good/app", .credential = "git-token" },
	{ .repository = "good/app.git/", .credential = "git-token" },
	{ .repository = "good/app.git", .credential = "" },
	{ .repository = "good/app.git", .credential = "", .outside = true },
	{ .repository = "header/app.git", .credential = "git-token",
	    .declared = true },
	{ .repository = "header/app.git", .credential = "git-token",
	    .sent_on = true },
	{ .repository = "away/app.git", .credential = "git-token",
	    .declared = true },
	{ .repository = "moved/app.git", .credential = "git-token",
	    .sent_on = true },
};

static void
a_file_comes_by_its_pointer(void **state)
{
	CLEANUP(keeper_close) struct keeper l;
	struct err e;

	keeper_open(&l, state);
	for (size_t i = 0; i < COUNT(good); i++) {
		struct fetching x = good[i];

		assert_ok(keeper_get(&l, &x, &e), &e);
		assert_string_equal(x.text, BYTES);
		assert_int_equal(x.got.size, strlen(BYTES));
	}
}

/* The server is free to send other bytes: the judge compares them. */
static void
other_bytes_are_only_carried(void **state)
{
	CLEANUP(keeper_close) struct keeper l;
	struct fetching x = { .repository = "other/app.git",
	    .credential = "git-token" };
	struct err e;

	keeper_open(&l, state);
	assert_ok(keeper_get(&l, &x, &e), &e);
	assert_string_equal(x.text, "other bytes");
}

/* ---- it does not ---- */

static const struct {
	struct fetching	 x;
	enum err_code	 code;
} bad[] = {
	/* addresses that nobody declared */
	{ { .repository = "metadata/app.git", .declared = true,
	    .sent_on = true }, ERR_NET_URL_OUTSIDE },
	{ { .repository = "port/app.git", .declared = true, .sent_on = false
	    }, ERR_NET_URL_OUTSIDE },
	{ { .repository = "away/app.git" }, ERR_NET_URL_OUTSIDE },
	{ { .repository = "user/app.git", .sent_on = true }, ERR_NET_URL },
	{ { .repository = "file/app.git", .sent_on = true }, ERR_NET_URL },
	/* a declared one that leads inside */
	{ { .repository = "away/app.git", .declared = true, .outside = true },
	    ERR_NET_PRIVATE },
	{ { .repository = "moved/app.git", .sent_on = true, .outside = true },
	    ERR_NET_PRIVATE },
	{ { .repository = "moved/app.git", .declared = true },
	    ERR_NET_REDIRECT },
	/* what is asked for another host does not come back with us */
	{ { .repository = "sent-on/app.git", .declared = true,
	    .sent_on = true }, ERR_NET_REDIRECT },
	/* answers that are none */
	{ { .repository = "html/app.git" }, ERR_NET_TYPE },
	{ { .repository = "text/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "large/app.git" }, ERR_NET_LARGE },
	{ { .repository = "oid/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "size/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "sizeless/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "two/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "none/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "actionless/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "transfer/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "missing/app.git" }, ERR_LFS_MISSING },
	{ { .repository = "closed/app.git" }, ERR_NET_STATUS },
	{ { .repository = "gone/app.git/more" }, ERR_NET_STATUS },
	/* headers that would make another exchange of it */
	{ { .repository = "host/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "lines/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "range/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "name/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "number/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "list/app.git" }, ERR_LFS_ANSWER },
	{ { .repository = "many/app.git" }, ERR_LFS_ANSWER },
	/* more than the pointer says */
	{ { .repository = "longer/app.git" }, ERR_NET_LARGE },
	{ { .repository = "page/app.git" }, ERR_NET_TYPE },
};

static void
what_the_server_should_not_say_is_refused(void **state)
{
	CLEANUP(keeper_close) struct keeper l;
	struct err e;

	keeper_open(&l, state);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fetching x = bad[i].x;

		x.credential = "git-token";
		assert_false(keeper_get(&l, &x, &e));
		assert_err(&e, bad[i].code);
		assert_null(strstr(e.text, "secret-"));
	}
}

static void
a_file_does_not_come_outside_of_tls(void **state)
{
	CLEANUP(keeper_close) struct keeper l;
	struct fetching x = { .repository = "away/app.git",
	    .credential = "git-token", .sent_on = true };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span open, body;
	struct err e;

	keeper_open(&l, state);
	keeper_again(&l);
	assert_ok(keeper_get(&l, &x, &e), &e);
	open = span_text(arena_printf(l.asker->arena, "http://localhost:%s/",
	    l.port));
	lfs_write(&(struct lfs_request){ keeper_url(&l, "127.0.0.1",
	    "open/app.git"), digest_span(&l.sha256), strlen(BYTES), &open, 1,
	    &open, 1, true, SPAN_TEXT("git-token") }, &b);
	assert_false(ask(l.asker, COURIER_LFS, &b, fd, COURIER_DOWNLOADED,
	    &body, &e));
	assert_err(&e, ERR_NET_URL_OUTSIDE);
	assert_non_null(strstr(e.text, "away from https"));
}

/* The other host hears what the server said for it, and nothing of ours. */
static void
each_host_hears_its_own_secret(void **state)
{
	CLEANUP(keeper_close) struct keeper l;
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct fetching cases[] = { good[5], good[7], good[8],
	    { .repository = "remoted/app.git", .credential = "git-token",
	    .sent_on = true } };
	struct span from, body;
	char told[256] = "";
	struct err e;

	keeper_open(&l, state);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_ok(keeper_get(&l, &cases[i], &e), &e);
	from = keeper_url(&l, "127.0.0.1", "asked");
	download_write(&(struct download_request){ from, &from, 1, NULL, 0,
	    sizeof(told) - 1, true, SPAN_TEXT("") }, &b);
	assert_true(ask(l.asker, COURIER_DOWNLOAD, &b, fd,
	    COURIER_DOWNLOADED, &body, &e));
	assert_true(pread(fd, told, sizeof(told) - 1, 0) > 0);
	assert_string_equal(told, "header told:RemoteAuth once away moved "
	    "remoted told:RemoteAuth once");
}

static void
a_credential_is_for_its_hosts(void **state)
{
	CLEANUP(keeper_close) struct keeper l;
	struct fetching x = { .repository = "good/app.git",
	    .credential = "elsewhere" };
	struct err e;

	keeper_open(&l, state);
	assert_false(keeper_get(&l, &x, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
	x.credential = "robot";		/* another user's */
	assert_false(keeper_get(&l, &x, &e));
	assert_err(&e, ERR_NET_STATUS);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(a_file_comes_by_its_pointer),
		ASKER_TEST(other_bytes_are_only_carried),
		ASKER_TEST(what_the_server_should_not_say_is_refused),
		ASKER_TEST(a_file_does_not_come_outside_of_tls),
		ASKER_TEST(each_host_hears_its_own_secret),
		ASKER_TEST(a_credential_is_for_its_hosts),
	};

	return cmocka_run_group_tests_name("lfs", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
