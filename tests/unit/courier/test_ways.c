/*
 * ways: the courier's ways to Git hosts, against git behind a web server.
 */
#include <pwd.h>

#include "asker.h"

/* git_server runs nginx with git behind it; "stop" ends it. */
static struct span
git_server(struct asker *k, const char *arguments)
{
	char *command = arena_printf(k->arena, "%s/net/git-server %s %s",
	    TESTS_FOLDER, k->server.folder, arguments);
	char line[16] = "";

	assert_non_null(command);
	FILE *f = popen(command, "re");
	assert_non_null(f);
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	assert_int_equal(pclose(f), 0);
	line[strcspn(line, "\n")] = '\0';
	return span_text(arena_printf(k->arena, "127.0.0.1:%s", line));
}

#define COMMIT_IN_APP GIT_SETUP "&& git -C repos/app.git update-ref " \
	"refs/heads/main $(git -C repos/app.git commit-tree -m x " \
	"$(git -C repos/app.git mktree </dev/null))"

/* "x-access-token:secret-1", as GitHub and the others want it. */
#define AUTHORIZATION "Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0LTE="

static struct span
app_at(struct asker *k, const char *scheme, struct span host)
{
	return span_text(arena_printf(k->arena, "%s://%.*s/repos/app.git",
	    scheme, (int)host.len, (const char *)host.ptr));
}

static bool
fetch_app(struct asker *k, const char *credential, struct span where,
    struct err *e)
{
	struct moved_ref *refs;
	size_t count;

	return fetch_as(k, credential, "app", &where, 1, true, &refs, &count,
	    e);
}

static void
a_credential_opens_what_is_private(void **state)
{
	struct asker *k = *state;
	static const char *const closed[] = { "", "robot" };
	struct err e;

	assert_int_equal(shell(k, COMMIT_IN_APP " && printf '" AUTHORIZATION
	    "' > authorization"), 0);
	struct span where = app_at(k, "http", git_server(k, ""));
	assert_ok(fetch_app(k, "git-token", where, &e), &e);
	for (size_t i = 0; i < COUNT(closed); i++) {
		assert_false(fetch_app(k, closed[i], where, &e));
		assert_err(&e, ERR_NET_STATUS);
		assert_null(strstr(e.text, "secret"));
	}
	assert_false(fetch_app(k, "elsewhere", where, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
	assert_non_null(strstr(e.text, "'elsewhere'"));
	git_server(k, "stop");
}

/* Nobody listens there: the answer shows that nothing was tried. */
static void
a_credential_never_leaves_by_http(void **state)
{
	struct asker *k = *state;
	struct err e;

	assert_false(fetch_app(k, "elsewhere",
	    SPAN_TEXT("http://git.example/app.git"), &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
}

static void
tell(struct asker *k, struct span where, size_t moved)
{
	struct moved_ref *refs;
	size_t count, n = 0;
	struct err e;

	assert_ok(fetch_as(k, "", "app", &where, 1, true, &refs, &count, &e),
	    &e);
	assert_int_equal(count, 2001);
	for (size_t i = 0; i < count; i++)
		n += !span_eq(refs[i].before, refs[i].after);
	assert_int_equal(n, moved);
}

static void
each_of_many_refs_is_told_once(void **state)
{
	struct asker *k = *state;
	struct span where = at(k, "repos/app.git");

	assert_int_equal(shell(k, COMMIT_IN_APP " && c=$(git -C repos/app.git "
	    "rev-parse main) && { echo '# pack-refs with: sorted'; seq -f "
	    "\"$c refs/tags/v%06g\" 2000; } > repos/app.git/packed-refs"),
	    0);
	tell(k, where, 2001);
	tell(k, where, 0);
	assert_int_equal(shell(k, "cd \"$W\" && for tag in v000001 "
	    "v001000 v002000; do git -C repos/app.git update-ref "
	    "refs/tags/$tag main^{tree}; done"), 0);
	tell(k, where, 3);
}

/* ---- connections ---- */

#define MAKE_CA "cd \"$W\" && openssl req -x509 -newkey rsa:2048 -nodes " \
	"-days 2 -subj /CN=CA -keyout ca.key -out ca.pem 2>/dev/null && " \
	"for who in server client; do openssl req -newkey rsa:2048 -nodes " \
	"-subj /CN=$who -keyout $who.key -out $who.csr 2>/dev/null && " \
	"echo subjectAltName=IP:127.0.0.1 > extensions && openssl x509 -req " \
	"-in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 " \
	"-extfile extensions -out $who.pem 2>/dev/null || exit 1; done"

/* tls_server serves repos over TLS; more is the authority of clients. */
static struct span
tls_server(struct asker *k, const char *more)
{
	return git_server(k, arena_printf(k->arena, "%s/server.pem "
	    "%s/server.key %s", k->server.folder, k->server.folder, more));
}

static void
an_authority_of_our_own_counts_for_its_hosts(void **state)
{
	struct asker *k = *state;
	struct span mine[] = { SPAN_TEXT("127.0.0.1") };
	struct span others[] = { SPAN_TEXT("git.example"),
	    SPAN_TEXT("127.0.0.1:1") };
	struct err e;

	assert_int_equal(shell(k, MAKE_CA), 0);
	assert_int_equal(shell(k, COMMIT_IN_APP), 0);
	struct span where = app_at(k, "https", tls_server(k, ""));
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_TLS);
	courier_again(k, (struct courier_connection){ .hosts = others,
	    .host_count = 2, .ca = at(k, "ca.pem") });
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_TLS);
	courier_again(k, (struct courier_connection){ .hosts = mine,
	    .host_count = 1, .ca = at(k, "ca.pem") });
	assert_ok(fetch_app(k, "", where, &e), &e);
	courier_again(k, (struct courier_connection){ .ca = at(k, "ca.pem") });
	assert_ok(fetch_app(k, "git-token", where, &e), &e);
	courier_again(k, (struct courier_connection){ .ca = at(k, "gone") });
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_TLS);
	git_server(k, "stop");
}

static void
a_host_may_want_to_know_who_we_are(void **state)
{
	struct asker *k = *state;
	struct err e;

	assert_int_equal(shell(k, MAKE_CA), 0);
	assert_int_equal(shell(k, COMMIT_IN_APP), 0);
	struct courier_connection row = { .ca = at(k, "ca.pem") };
	struct span where = app_at(k, "https", tls_server(k, arena_printf(
	    k->arena, "%s/ca.pem", k->server.folder)));
	courier_again(k, row);
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_STATUS);
	row.certificate = at(k, "client.pem");
	row.key = at(k, "client.key");
	courier_again(k, row);
	assert_ok(fetch_app(k, "", where, &e), &e);
	row.key = at(k, "server.key");		/* of another certificate */
	courier_again(k, row);
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_TLS);
	git_server(k, "stop");
}

/* proxy_run starts tests/net/http-proxy, which writes to proxy.log. */
static pid_t
proxy_run(struct asker *k, struct courier_connection row)
{
	const char *log = arena_printf(k->arena, "%s/proxy.log",
	    k->server.folder);
	char port[16];
	pid_t pid = script_run("http-proxy", log, NULL, NULL, port);

	row.proxy = span_text(arena_printf(k->arena, "http://127.0.0.1:%s",
	    port));
	courier_again(k, row);
	return pid;
}

static void
proxy_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
a_proxy_is_used_and_never_sees_the_token(void **state)
{
	struct asker *k = *state;
	struct err e;

	assert_int_equal(shell(k, MAKE_CA), 0);
	assert_int_equal(shell(k, COMMIT_IN_APP " && printf '" AUTHORIZATION
	    "' > authorization"), 0);
	struct span host = tls_server(k, "");
	pid_t proxy = proxy_run(k, (struct courier_connection){
	    .ca = at(k, "ca.pem") });
	assert_ok(fetch_app(k, "git-token", app_at(k, "https", host), &e), &e);
	assert_int_equal(shell(k, "grep -q '^CONNECT 127.0.0.1:' "
	    "\"$W/proxy.log\" && ! grep -qi '^authorization' "
	    "\"$W/proxy.log\""), 0);
	/* Loopback is somewhere else behind a proxy: no token by http. */
	assert_false(fetch_app(k, "git-token", app_at(k, "http", host), &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
	proxy_end(proxy);
	git_server(k, "stop");
}

static void
a_proxy_is_not_asked_for_what_lies_inside(void **state)
{
	struct asker *k = *state;
	static const char *const inside[] = { "http://127.0.0.1/x",
	    "http://[::1]/x", "http://127.1/x", "http://0x7f000001/x",
	    "http://2130706433/x", "http://169.254.169.254/x",
	    "http://[::ffff:10.0.0.1]/x", "http://localhost/x",
	    "http://A.LocalHost/x" };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct span url = SPAN_TEXT("http://files.example/x"), body;
	struct download_request q = { .url = url, .prefixes = &url,
	    .prefix_count = 1, .limit = 100 };
	char text[32];
	struct err e;

	pid_t proxy = proxy_run(k, (struct courier_connection){ .host_count =
	    0 });
	for (size_t i = 0; i <= COUNT(inside); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		q.url = url = i == 0 ? SPAN_TEXT("http://files.example/x") :
		    span_text(inside[i - 1]);
		download_write(&q, &b);
		bool came = ask(k, COURIER_DOWNLOAD, &b, fd,
		    COURIER_DOWNLOADED, &body, &e);
		assert_int_equal(came, i == 0);
		if (!came)
			assert_err(&e, ERR_NET_PRIVATE);
	}
	assert_int_equal(pread(fd, text, sizeof(text), 0), 22);
	assert_memory_equal(text, "http://files.example/x", 22);
	proxy_end(proxy);
}

/* ---- redirects ---- */

/* to_hop: an address of the server that sends on to another one. */
static struct span
to_hop(struct asker *k, struct span to)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_text(&path, "/to/");
	for (size_t i = 0; i < to.len; i++)
		buf_printf(&path, "%02x", to.ptr[i]);
	return url(k, buf_cstr(&path));
}

/* other_host: the same server under another name. */
static struct span
other_host(struct asker *k, const char *path)
{
	return span_text(arena_printf(k->arena, "http://localhost%s%s",
	    strrchr(k->server.at, ':'), path));
}

static bool
get(struct asker *k, struct span where, struct span *redirects, size_t count,
    char text[64], struct err *e)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span prefix = url(k, "/to/"), body;
	const struct download_request q = { where, &prefix, 1, redirects,
	    count, 60, true, SPAN_TEXT("git-token") };

	download_write(&q, &b);
	memset(text, 0, 64);
	return ask(k, COURIER_DOWNLOAD, &b, fd, COURIER_DOWNLOADED, &body, e)
	    && pread(fd, text, 63, 0) >= 0;
}

static void
a_redirect_leads_only_where_it_was_declared(void **state)
{
	struct asker *k = *state;
	struct span to[] = { url(k, "/token"), url(k, "/to"),
	    other_host(k, "/token"), other_host(k, "/to") };
	struct span here = to_hop(k, to[0]), there = to_hop(k, to[2]);
	char text[64];
	struct err e;

	assert_ok(get(k, here, to, 4, text, &e), &e);
	assert_string_equal(text, "Bearer secret-1");
	assert_ok(get(k, there, to, 4, text, &e), &e);
	assert_string_equal(text, "");
	/* There and back: what was left behind stays so. */
	struct span back = span_text(arena_printf(k->arena, "%.*s/%s",
	    (int)to[3].len, (const char *)to[3].ptr,
	    strrchr(arena_text(k->arena, here), '/') + 1));
	assert_ok(get(k, to_hop(k, back), to, 4, text, &e), &e);
	assert_string_equal(text, "");
	assert_false(get(k, here, NULL, 0, text, &e));
	assert_err(&e, ERR_NET_REDIRECT);
	assert_false(get(k, there, to, 2, text, &e));
	assert_err(&e, ERR_NET_REDIRECT);
	assert_string_equal(text, "");
}

static void
a_redirect_that_is_a_trap_is_not_followed(void **state)
{
	struct asker *k = *state;
	static const char *const traps[] = {
		"http://169.254.169.254/latest/meta-data",
		"http://user@127.0.0.1/x", "file:///etc/passwd",
		"ftp://127.0.0.1/x", "//169.254.169.254/x",
		"http://127.0.0.1:1/x?signature=s3cret",
		"http://127.0.0.1/%2e%2e/x", "",
	};
	struct span to[] = { url(k, "/"), other_host(k, "/") };
	struct span loop = url(k, "/bytes/1");
	char text[64];
	struct err e;

	for (size_t i = 0; i < COUNT(traps); i++) {
		assert_false(get(k, to_hop(k, span_text(traps[i])), to, 2,
		    text, &e));
		assert_err(&e, ERR_NET_REDIRECT);
		assert_null(strstr(e.text, "s3cret"));
	}
	for (int i = 0; i < 5; i++)
		loop = to_hop(k, loop);
	assert_ok(get(k, loop, to, 2, text, &e), &e);
	assert_string_equal(text, "x");
	assert_false(get(k, to_hop(k, loop), to, 2, text, &e));
	assert_err(&e, ERR_NET_REDIRECT);
}

static void
a_redirect_does_not_leave_https(void **state)
{
	struct asker *k = *state;
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span to = SPAN_TEXT("http://127.0.0.1:1/"), body;
	struct err e;

	assert_int_equal(shell(k, MAKE_CA), 0);
	struct span host = tls_server(k, "");
	struct span first = span_text(arena_printf(k->arena,
	    "https://%.*s/away/", (int)host.len, (const char *)host.ptr));
	courier_again(k, (struct courier_connection){ .ca = at(k, "ca.pem") });
	const struct download_request q = { first, &first, 1, &to, 1, 60,
	    true, SPAN_TEXT("") };
	download_write(&q, &b);
	assert_false(ask(k, COURIER_DOWNLOAD, &b, fd, COURIER_DOWNLOADED,
	    &body, &e));
	assert_err(&e, ERR_NET_REDIRECT);
	assert_non_null(strstr(e.text, "away from https"));
	git_server(k, "stop");
}

/* The guard looks at each address that a name leads to, on every hop. */
static void
a_redirect_does_not_lead_inside(void **state)
{
	struct asker *k = *state;
	struct span to[] = { other_host(k, "/") };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span first, body;
	struct err e;

	/* A proxy takes the first hop, which is outside for all we know. */
	struct span mine[] = { SPAN_TEXT("files.example") };
	pid_t proxy = proxy_run(k, (struct courier_connection){
	    .hosts = mine, .host_count = 1 });
	first = span_text(arena_printf(k->arena, "http://files.example/moved?"
	    "%.*s", (int)to[0].len, (const char *)to[0].ptr));
	const struct download_request q = { first, &first, 1, to, 1, 60,
	    false, SPAN_TEXT("") };
	download_write(&q, &b);
	assert_false(ask(k, COURIER_DOWNLOAD, &b, fd, COURIER_DOWNLOADED,
	    &body, &e));
	assert_err(&e, ERR_NET_PRIVATE);
	proxy_end(proxy);
}

/* ---- SSH ---- */

/* ssh_server runs an sshd; the row has what reaches it. */
static struct span
ssh_server(struct asker *k, const char *argument)
{
	char *command = arena_printf(k->arena, "%s/net/ssh-server %s %s",
	    TESTS_FOLDER, k->server.folder, argument);
	char line[16] = "";

	assert_non_null(command);
	FILE *f = popen(command, "re");
	assert_non_null(f);
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	assert_int_equal(pclose(f), 0);
	line[strcspn(line, "\n")] = '\0';
	return span_text(arena_printf(k->arena, "ssh://%s@127.0.0.1:%s%s/"
	    "repos/app.git", getpwuid(geteuid())->pw_name, line,
	    k->server.folder));
}

static bool
push_app(struct asker *k, struct span where, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 }, id = { 0 };
	struct span rest, commit, body;
	CLEANUP(free_done) char *path = xstrdup(arena_printf(k->arena,
	    "%s/one", k->server.folder));

	assert_int_equal(shell(k, GIT_SETUP "&& git -C store.git commit-tree "
	    "-m 1 $(git -C store.git mktree </dev/null) > one"), 0);
	assert_ok(file_load(path, 100, &id, e), e);
	rest = buf_span(&id);
	assert_true(span_line(&rest, &commit));
	push_write(&(struct push_request){ at(k, "store.git"), where,
	    SPAN_TEXT("refs/heads/tagseal/ledger"),
	    SPAN_TEXT("0000000000000000000000000000000000000000"), commit,
	    SPAN_TEXT("git-token") }, &b);
	return ask(k, COURIER_PUSH, &b, -1, COURIER_PUSHED, &body, e);
}

static void
git_goes_over_ssh_from_the_sandbox(void **state)
{
	struct asker *k = *state;
	struct courier_connection row = { .ssh_key = at(k, "ssh/client"),
	    .known_hosts = at(k, "ssh/known_hosts") };
	struct span others[] = { SPAN_TEXT("git.example") };
	struct err e;

	assert_int_equal(shell(k, COMMIT_IN_APP), 0);
	struct span where = ssh_server(k, "");
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_SSH);
	courier_again(k, row);
	assert_ok(fetch_app(k, "git-token", where, &e), &e);
	assert_ok(push_app(k, where, &e), &e);
	assert_int_equal(shell(k, "cd \"$W\" && test $(git -C repos/app.git "
	    "rev-parse tagseal/ledger) = $(cat one)"), 0);
	row.ssh_key = at(k, "ssh/stranger");
	courier_again(k, row);
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_SSH);
	row.ssh_key = at(k, "ssh/client");
	row.known_hosts = at(k, "ssh/host.pub");
	courier_again(k, row);
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_HOST_KEY);
	row.hosts = others;
	row.host_count = 1;
	courier_again(k, row);
	assert_false(fetch_app(k, "", where, &e));
	assert_err(&e, ERR_NET_SSH);
	ssh_server(k, "stop");
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(a_credential_opens_what_is_private),
		ASKER_TEST(a_credential_never_leaves_by_http),
		ASKER_TEST(each_of_many_refs_is_told_once),
		ASKER_TEST(an_authority_of_our_own_counts_for_its_hosts),
		ASKER_TEST(a_host_may_want_to_know_who_we_are),
		ASKER_TEST(a_proxy_is_used_and_never_sees_the_token),
		ASKER_TEST(a_proxy_is_not_asked_for_what_lies_inside),
		ASKER_TEST(a_redirect_leads_only_where_it_was_declared),
		ASKER_TEST(a_redirect_that_is_a_trap_is_not_followed),
		ASKER_TEST(a_redirect_does_not_leave_https),
		ASKER_TEST(a_redirect_does_not_lead_inside),
		ASKER_TEST(git_goes_over_ssh_from_the_sandbox),
	};

	return cmocka_run_group_tests_name("ways", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
