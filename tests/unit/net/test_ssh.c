/* ssh: Git over the system's ssh, against a real sshd on loopback. */
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>

#include "../git/world.h"
#include "base/text.h"
#include "git/remote.h"
#include "net/git_ssh.h"
#include "sys/clock.h"

static void
only_plain_addresses_are_taken(void **state)
{
	static const struct {
		const char	*url;
		const char	*user, *host, *path;	/* NULL: refused */
		uint16_t	 port;
	} cases[] = {
		{ "ssh://git@host/a/b.git", "git", "host", "/a/b.git", 22 },
		{ "ssh://host/x", "git", "host", "/x", 22 },
		{ "ssh://a.b-c_d@Host:2222/~x/y+z", "a.b-c_d", "host",
		    "/~x/y+z", 2222 },
		{ "ssh://host:443/x", "git", "host", "/x", 443 },
		{ "ssh://git@[::1]:22/x", "git", "::1", "/x", 22 },
		{ .url = "ssh://-oProxyCommand@host/x" },
		{ .url = "ssh://-oProxyCommand=id@host/x" },
		{ .url = "ssh://-oProxyCommand/x" },
		{ .url = "ssh://git@-host/x" },
		{ .url = "ssh://@host/x" },
		{ .url = "ssh://a:b@host/x" },
		{ .url = "ssh://a@b@host/x" },
		{ .url = "ssh://host" },
		{ .url = "ssh://host/" },
		{ .url = "ssh:///x" },
		{ .url = "ssh://host:0/x" },
		{ .url = "ssh://host:70000/x" },
		{ .url = "ssh://host:/x" },
		{ .url = "ssh://host/../x" },
		{ .url = "ssh://host//x" },
		{ .url = "ssh://host/x'y" },
		{ .url = "ssh://host/x;id" },
		{ .url = "ssh://host/$(id)" },
		{ .url = "ssh://host/x y" },
		{ .url = "ssh://host/x%20y" },
		{ .url = "ssh://host/x\ny" },
		{ .url = "ssh://host/x?y" },
		{ .url = "ssh://host/x#y" },
		{ .url = "ssh://host/\xc3\xa4" },
		{ .url = "SSH://host/x" },
		{ .url = "host:x" },
		{ .url = "" },
	};
	struct ssh_url u;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool good = ssh_url_parse(span_text(cases[i].url), &u, &e);

		if (good != (cases[i].user != NULL))
			fail_msg("%s", cases[i].url);
		if (!good) {
			assert_err(&e, ERR_NET_URL);
			continue;
		}
		assert_string_equal(u.user, cases[i].user);
		assert_string_equal(u.at.host, cases[i].host);
		assert_span_equal(u.at.path, span_text(cases[i].path));
		assert_int_equal(u.at.port, cases[i].port);
	}
}

/* An sshd in a world, and a repository host.git there. */
struct host {
	struct world	*w;
	struct git_ssh	 ssh;
	char		 url[128];
	char		 key[128], known[128];
};

static void
host_start(struct host *h, const char *more)
{
	char command[512], port[16] = "";

	snprintf(command, sizeof(command), "%s/net/ssh-server %s %s",
	    TESTS_FOLDER, h->w->folder, more);
	FILE *f = popen(command, "re");
	assert_non_null(f);
	if (fgets(port, sizeof(port), f) == NULL)
		port[0] = '\0';
	assert_int_equal(pclose(f), 0);
	port[strcspn(port, "\n")] = '\0';
	/* Whoever runs the test is who logs in. */
	snprintf(h->url, sizeof(h->url), "ssh://%s@127.0.0.1:%s%s/host.git",
	    getpwuid(geteuid())->pw_name, port, h->w->folder);
	snprintf(h->key, sizeof(h->key), "%s/ssh/client", h->w->folder);
	snprintf(h->known, sizeof(h->known), "%s/ssh/known_hosts",
	    h->w->folder);
	h->ssh = (struct git_ssh){ .key = h->key, .known_hosts = h->known,
	    .limit = 1 << 24, .total = 60 };
}

static void
host_stop(struct host *h)
{
	char command[512];

	snprintf(command, sizeof(command), "%s/net/ssh-server %s stop",
	    TESTS_FOLDER, h->w->folder);
	assert_int_equal(system(command), 0);
}

static int
host_open(void **state)
{
	struct host *h = xcalloc(1, sizeof(*h));
	void *w;

	world_open(&w);
	h->w = w;
	assert_int_equal(shell(h->w, "git init -q --bare -b main "
	    "\"$W/host.git\""), 0);
	*state = h;
	return 0;
}

static int
host_close(void **state)
{
	struct host *h = *state;
	void *w = h->w;

	world_close(&w);
	free(h);
	return 0;
}

static bool
list(struct host *h, size_t *count, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct remote_transport t = { git_ssh_open, &h->ssh, false,
	    &h->ssh.failure };
	const struct ref *refs;

	return remote_list(h->w->repository, h->url, &t, NULL, a, &refs,
	    count, e);
}

static void
what_is_pushed_is_there(void **state)
{
	struct host *h = *state;
	struct remote_transport t = { git_ssh_open, &h->ssh, false,
	    &h->ssh.failure };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct tree_change c = world_change(h->w, "a", "x");
	const struct ref_move *moves;
	struct object_id tree, root, next;
	size_t count;
	struct err e;

	host_start(h, "");
	assert_ok(tree_write(h->w->repository, NULL, &c, 1, &tree, &e), &e);
	root = world_commit(h->w, &tree, NULL, "root\n");
	next = world_commit(h->w, &tree, &root, "next\n");
	assert_ok(remote_push(h->w->repository, h->url, &t, "refs/heads/main",
	    NULL, &root, &e), &e);
	assert_ok(remote_push(h->w->repository, h->url, &t, "refs/heads/main",
	    &root, &next, &e), &e);
	assert_false(remote_push(h->w->repository, h->url, &t,
	    "refs/heads/main", &root, &next, &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_ok(remote_fetch(h->w->repository, h->url, &t, NULL, a, &moves,
	    &count, &e), &e);
	assert_int_equal(count, 1);
	assert_memory_equal(&moves[0].after, &next, sizeof(next));
	host_stop(h);
}

static void
each_side_must_know_the_other(void **state)
{
	struct host *h = *state;
	const struct {
		const char	*before;	/* done to the files */
		const char	*key;
		enum err_code	 code;
	} cases[] = {
		{ "true", "stranger", ERR_NET_SSH },
		{ "true", "gone", ERR_NET_SSH },
		{ "true", "a%d", ERR_NET_SSH },
		{ "true", "a b", ERR_NET_SSH },
		{ "chmod 644 ssh/client", "client", ERR_NET_SSH },
		{ "chmod 600 ssh/client && sed -i \"s@ssh-.*@$(cut -d' ' -f1,2"
		    " ssh/stranger.pub)@\" ssh/known_hosts", "client",
		    ERR_NET_HOST_KEY },
		{ ": > ssh/known_hosts", "client", ERR_NET_HOST_KEY },
		{ "rm ssh/known_hosts", "client", ERR_NET_HOST_KEY },
	};
	size_t count;
	struct err e;

	host_start(h, "");
	assert_ok(list(h, &count, &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf command = { 0 };

		buf_printf(&command, "cd \"$W\" && %s", cases[i].before);
		assert_int_equal(shell(h->w, buf_cstr(&command)), 0);
		snprintf(h->key, sizeof(h->key), "%s/ssh/%s", h->w->folder,
		    cases[i].key);
		assert_false(list(h, &count, &e));
		if (!err_is(&e, cases[i].code))
			fail_msg("%zu: %s %s", i, e.what->code, e.text);
	}
	host_stop(h);
	assert_false(list(h, &count, &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
}

static void
a_host_that_is_silent_or_endless_is_left(void **state)
{
	struct host *h = *state;
	size_t count;
	struct err e;

	host_start(h, "'sleep 600'");
	h->ssh.patience = 2;
	int64_t start = clock_monotonic();
	assert_false(list(h, &count, &e));
	assert_err(&e, ERR_NET_TIMEOUT);
	h->ssh.patience = 0;
	h->ssh.total = 2;
	assert_false(list(h, &count, &e));
	assert_err(&e, ERR_NET_TIMEOUT);
	assert_true(clock_monotonic() - start < 40000);
	host_stop(h);
	host_start(h, "'while :; do printf \"003f%040d refs/heads/master"
	    "\\n\" 1; done'");
	h->ssh.limit = 100000;
	h->ssh.total = 60;
	assert_false(list(h, &count, &e));
	assert_err(&e, ERR_NET_LARGE);
	host_stop(h);
	host_start(h, "'echo no repository >&2'");
	assert_false(list(h, &count, &e));
	assert_err(&e, ERR_NET_GIT);
	assert_non_null(strstr(e.text, "no repository"));
	host_stop(h);
}

#define HOST_TEST(function) \
	cmocka_unit_test_setup_teardown(function, host_open, host_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_plain_addresses_are_taken),
		HOST_TEST(what_is_pushed_is_there),
		HOST_TEST(each_side_must_know_the_other),
		HOST_TEST(a_host_that_is_silent_or_endless_is_left),
	};

	return cmocka_run_group_tests_name("ssh", tests, NULL, NULL);
}
