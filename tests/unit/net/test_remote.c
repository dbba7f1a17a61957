/*
 * remote: fetch and push against git's own servers: over HTTP (nginx, fcgiwrap,
 * git http-backend) and by git upload-pack and receive-pack on this machine.
 */
#include <string.h>
#include <sys/wait.h>

#include "../git/world.h"
#include "git/history.h"
#include "git/remote.h"
#include "net/git_http.h"
#include "net/git_local.h"

/* A walk of libgit2 loses some bytes of a commit that it cannot parse. */
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions(void)
{
	return "leak:git_revwalk_next";
}

/* A host with one repository, and a store that talks to it. */
struct host {
	struct world		*w;
	struct git_http		 http;
	struct git_local	 local;
	const char		*folders[2];
	struct remote_transport	 over_http, over_local;
	char			 http_url[96], local_url[96];
	char			 server[64];	/* "http://127.0.0.1:N" */
	struct object_id	 tree, root;
};

static void
transports_set(struct host *h)
{
	h->folders[0] = h->w->folder;
	h->folders[1] = NULL;
	h->http = (struct git_http){ .limit = 1 << 24,
	    .rules = { .private_addresses = true, .total = 30 } };
	h->local = (struct git_local){ .folders = h->folders };
	h->over_http = (struct remote_transport){ git_http_open, &h->http,
	    true, &h->http.failure };
	h->over_local = (struct remote_transport){ git_local_open, &h->local,
	    false, &h->local.failure };
}

static void
server_start(struct host *h)
{
	char command[512], port[16] = "";

	snprintf(command, sizeof(command), "%s/net/git-server %s",
	    TESTS_FOLDER, h->w->folder);
	FILE *f = popen(command, "re");
	assert_non_null(f);
	assert_non_null(fgets(port, sizeof(port), f));
	pclose(f);
	port[strcspn(port, "\n")] = '\0';
	snprintf(h->server, sizeof(h->server), "http://127.0.0.1:%s", port);
	snprintf(h->http_url, sizeof(h->http_url), "%s/host.git", h->server);
	snprintf(h->local_url, sizeof(h->local_url), "%s/host.git",
	    h->w->folder);
}

static int
host_open(void **state)
{
	struct host *h = xcalloc(1, sizeof(*h));
	void *w;

	world_open(&w);
	h->w = w;
	transports_set(h);
	assert_int_equal(shell(h->w, "git init -q --bare -b main "
	    "\"$W/host.git\" && git -C \"$W/host.git\" config "
	    "http.receivepack true"), 0);
	server_start(h);
	struct tree_change c = world_change(h->w, "a", "x");
	struct err e;
	assert_ok(tree_write(h->w->repository, NULL, &c, 1, &h->tree, &e), &e);
	h->root = world_commit(h->w, &h->tree, NULL, "root\n");
	*state = h;
	return 0;
}

static int
host_close(void **state)
{
	struct host *h = *state;
	char command[512];
	void *w = h->w;

	snprintf(command, sizeof(command), "%s/net/git-server %s stop",
	    TESTS_FOLDER, h->w->folder);
	assert_int_equal(system(command), 0);
	world_close(&w);
	free(h);
	return 0;
}

static bool
push(struct host *h, bool http, const struct object_id *expected,
    const struct object_id *id, struct err *e)
{
	return remote_push(h->w->repository, http ? h->http_url :
	    h->local_url, http ? &h->over_http : &h->over_local,
	    "refs/heads/main", expected, id, e);
}

static struct object_id
host_main(struct host *h)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	const struct ref *refs;
	size_t count;
	struct err e;

	assert_ok(remote_list(h->w->repository, h->http_url, &h->over_http,
	    NULL, a, &refs, &count, &e), &e);
	for (size_t i = 0; i < count; i++)
		if (span_is(refs[i].name, "refs/heads/main"))
			return refs[i].id;
	return (struct object_id){ { 0 } };
}

static void
a_push_moves_a_ref_only_from_what_was_seen(void **state)
{
	struct host *h = *state;
	struct err e;

	for (int http = 0; http <= 1; http++) {
		struct object_id two = world_commit(h->w, &h->tree, &h->root,
		    http ? "two\n" : "zwei\n");
		struct object_id three = world_commit(h->w, &h->tree, &two,
		    "three\n");
		struct object_id side = world_commit(h->w, &h->tree, &h->root,
		    "side\n");

		assert_false(push(h, http, &h->root, &two, &e));
		assert_err(&e, ERR_GIT_REF_MOVED);
		assert_ok(push(h, http, NULL, &h->root, &e), &e);
		assert_false(push(h, http, NULL, &two, &e));
		assert_err(&e, ERR_GIT_REF_MOVED);
		assert_ok(push(h, http, &h->root, &two, &e), &e);
		assert_false(push(h, http, &h->root, &side, &e));
		assert_err(&e, ERR_GIT_REF_MOVED);
		assert_ok(push(h, http, &two, &three, &e), &e);
		struct object_id now = host_main(h);
		assert_true(object_id_eq(&now, &three));
		assert_int_equal(shell(h->w, "git -C \"$W/host.git\" fsck "
		    "--strict && git -C \"$W/host.git\" update-ref -d "
		    "refs/heads/main && test -z \"$(git -C \"$R\" "
		    "for-each-ref refs/engine)\""), 0);
	}
}

static void
a_hook_s_refusal_is_seen(void **state)
{
	struct host *h = *state;
	struct err e;

	assert_int_equal(shell(h->w, "cd \"$W/host.git/hooks\" && printf "
	    "'#!/bin/sh\\nexit 1\\n' > update && chmod +x update"), 0);
	for (int http = 0; http <= 1; http++) {
		assert_false(push(h, http, NULL, &h->root, &e));
		assert_err(&e, ERR_GIT_PUSH_REFUSED);
		assert_non_null(strstr(e.text, "hook declined"));
	}
}

/* race pushes commits of its own until one wins; its exit code counts wins. */
static void
race(struct host *h, const struct object_id *from, const char *message,
    bool http)
{
	struct world w = { .repository = NULL };
	struct err e;

	if (!repository_open(h->w->path, &w.repository, &e))
		_exit(100);
	struct host mine = *h;
	mine.w = &w;
	transports_set(&mine);
	mine.folders[0] = h->w->folder;
	struct object_id id = world_commit(&w, &h->tree, from, message);
	bool won = push(&mine, http, from, &id, &e);
	if (!won && !err_is(&e, ERR_GIT_REF_MOVED) &&
	    !err_is(&e, ERR_GIT_PUSH_REFUSED))
		_exit(101);
	repository_free(w.repository);
	_exit(won ? 1 : 0);
}

static void
of_two_pushers_exactly_one_wins(void **state)
{
	struct host *h = *state;
	struct object_id at = h->root;
	struct err e;

	assert_ok(push(h, true, NULL, &at, &e), &e);
	for (int round = 0; round < 20; round++) {
		int wins = 0, status;

		fflush(NULL);
		for (int i = 0; i < 2; i++)
			if (fork() == 0)
				race(h, &at, i == 0 ? "one\n" : "two\n",
				    round % 4 != 0);
		for (int i = 0; i < 2; i++) {
			assert_true(wait(&status) > 0);
			assert_true(WIFEXITED(status));
			assert_true(WEXITSTATUS(status) < 2);
			wins += WEXITSTATUS(status);
		}
		assert_int_equal(wins, 1);
		struct object_id now = host_main(h);
		assert_false(object_id_eq(&now, &at));
		at = now;
	}
	assert_int_equal(shell(h->w, "test $(git -C \"$W/host.git\" rev-list "
	    "--count main) = 21"), 0);
}

static const struct ref_move *
move_of(const struct ref_move *moves, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(moves[i].name, name))
			return &moves[i];
	fail_msg("%s did not move", name);
	return NULL;
}

static size_t
moved(const struct ref_move *moves, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!object_id_eq(&moves[i].before, &moves[i].after))
			n++;
	return n;
}

static void
a_fetch_tells_what_moved(void **state)
{
	struct host *h = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(repository_done) struct repository *mirror = NULL;
	struct object_id two = world_commit(h->w, &h->tree, &h->root, "2\n");
	const struct ref_move *moves;
	struct object_id id;
	char path[128];
	size_t count;
	struct err e;

	assert_ok(push(h, true, NULL, &h->root, &e), &e);
	assert_int_equal(shell(h->w, "cd \"$W/host.git\" && git tag v1 main && "
	    "git tag v2 main && git update-ref refs/replace/x main && "
	    "git update-ref refs/notes/x main && "
	    "git update-ref refs/notes/attestations main && "
	    "git update-ref refs/notes/attestations-x main"), 0);
	for (int http = 0; http <= 1; http++) {
		const struct remote_transport *t = http ? &h->over_http :
		    &h->over_local;
		const char *url = http ? h->http_url : h->local_url;

		snprintf(path, sizeof(path), "%s/mirror%d.git", h->w->folder,
		    http);
		repository_free(TAKE(mirror));
		assert_ok(repository_init(path, &mirror, &e), &e);
		assert_ok(remote_fetch(mirror, url, t, NULL, a, &moves,
		    &count, &e), &e);
		assert_int_equal(count, 4);
		assert_int_equal(moved(moves, count), 4);
		const struct ref_move *m = move_of(moves, count,
		    "refs/heads/main");
		assert_true(object_id_zero(&m->before));
		assert_true(object_id_eq(&m->after, &h->root));
		assert_ok(ref_read(mirror, "refs/remotes/t/v1", &id, &e), &e);
		assert_ok(ref_read(mirror, "refs/remotes/n/attestations", &id,
		    &e), &e);
		assert_false(ref_read(mirror, "refs/replace/x", &id, &e));
		assert_ok(remote_fetch(mirror, url, t, NULL, a, &moves,
		    &count, &e), &e);
		assert_int_equal(count, 4);
		assert_int_equal(moved(moves, count), 0);
	}
	/* A tag moves, another vanishes, a branch goes on. */
	assert_ok(push(h, true, &h->root, &two, &e), &e);
	assert_int_equal(shell(h->w, "cd \"$W/host.git\" && git tag -f v1 main "
	    ">/dev/null && git tag -d v2 >/dev/null && "
	    "git update-ref -d refs/notes/attestations"), 0);
	assert_ok(remote_fetch(mirror, h->http_url, &h->over_http, NULL, a,
	    &moves, &count, &e), &e);
	assert_int_equal(moved(moves, count), 4);
	const struct ref_move *m = move_of(moves, count, "refs/tags/v1");
	assert_true(object_id_eq(&m->before, &h->root));
	assert_true(object_id_eq(&m->after, &two));
	m = move_of(moves, count, "refs/tags/v2");
	assert_true(object_id_zero(&m->after));
	assert_false(ref_read(mirror, "refs/remotes/t/v2", &id, &e));
	m = move_of(moves, count, "refs/notes/attestations");
	assert_true(object_id_zero(&m->after));
	assert_false(ref_read(mirror, "refs/remotes/n/attestations", &id, &e));
}

static struct repository *
mirror_make(struct host *h)
{
	struct repository *mirror;
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/mirror.git", h->w->folder);
	assert_ok(repository_init(path, &mirror, &e), &e);
	return mirror;
}

static void
fetch(struct host *h, struct repository *mirror, struct arena *a,
    const struct ref_move **moves, size_t *count)
{
	struct err e;

	assert_ok(remote_fetch(mirror, h->http_url, &h->over_http, NULL, a,
	    moves, count, &e), &e);
}

/*
 * Objects that git serves and libgit2 cannot walk over. A fetch tells the host
 * what the mirror has; whatever lies there must not break that.
 */
static void
strange_refs_make(struct host *h)
{
	assert_int_equal(shell(h->w, "cd \"$W/host.git\" && "
	    "raw() { git hash-object --literally -w --stdin -t $1; } && "
	    "commit=$(git rev-parse main) && "
	    "tree=$(git rev-parse main^{tree}) && "
	    "tag=$(printf 'object %s\\ntype commit\\ntag t\\ntagger x\\n\\nx\\n' $commit | "
	    "raw tag) && "
	    "outer=$(printf 'object %s\\ntype tag\\ntag o\\n\\nx\\n' $tag | "
	    "raw tag) && "
	    "old=$(printf 'tree %s\\nauthor x <x> 1 +0000\\n\\nx\\n' $tree | "
	    "raw commit) && "
	    "new=$(git -c user.name=x -c user.email=x commit-tree -p $old "
	    "-m new $tree) && "
	    "git update-ref refs/tags/undated $tag && "
	    "git update-ref refs/tags/outer $outer && "
	    "git update-ref refs/heads/deep $new && "
	    "git update-ref refs/tags/of-a-tree $tree"), 0);
}

static void
what_cannot_be_walked_does_not_stop_a_fetch(void **state)
{
	struct host *h = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(repository_done) struct repository *mirror = mirror_make(h);
	struct object_id two = world_commit(h->w, &h->tree, &h->root, "2\n");
	static const char *const strange[] = { "refs/tags/undated",
	    "refs/tags/outer", "refs/heads/deep" };
	const struct ref_move *moves;
	size_t count;
	struct err e;

	assert_ok(push(h, true, NULL, &h->root, &e), &e);
	strange_refs_make(h);
	for (int round = 0; round < 3; round++) {
		fetch(h, mirror, a, &moves, &count);
		assert_int_equal(count, 5);
		for (size_t i = 0; i < COUNT(strange); i++) {
			const struct ref_move *m = move_of(moves, count,
			    strange[i]);

			assert_true(object_id_zero(&m->before));
			assert_true(object_exists(mirror, &m->after));
		}
		if (round == 0)
			assert_ok(push(h, true, &h->root, &two, &e), &e);
	}
	const struct ref_move *m = move_of(moves, count, "refs/heads/main");
	assert_true(object_id_eq(&m->before, &two));
	assert_true(object_id_eq(&m->after, &two));
	m = move_of(moves, count, "refs/tags/of-a-tree");
	assert_true(object_id_eq(&m->before, &m->after));
}

/* A host may turn a branch into a folder of branches, and show both at once. */
static void
a_name_becomes_a_folder(void **state)
{
	struct host *h = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(repository_done) struct repository *mirror = mirror_make(h);
	const struct ref_move *moves;
	struct object_id id;
	size_t count;
	struct err e;

	assert_ok(push(h, true, NULL, &h->root, &e), &e);
	assert_int_equal(shell(h->w, "git -C \"$W/host.git\" branch a main"),
	    0);
	fetch(h, mirror, a, &moves, &count);
	assert_int_equal(shell(h->w, "cd \"$W/host.git\" && git branch -m a "
	    "a/b"), 0);
	fetch(h, mirror, a, &moves, &count);
	assert_int_equal(count, 3);
	assert_ok(ref_read(mirror, "refs/remotes/h/a/b", &id, &e), &e);
	assert_int_equal(shell(h->w, "cd \"$W/host.git\" && git pack-refs "
	    "--all && sed -i 's#refs/heads/a/b$#&\\n'$(git rev-parse main)"
	    "' refs/heads/a/b/c#' packed-refs"), 0);
	for (int round = 0; round < 2; round++) {
		fetch(h, mirror, a, &moves, &count);
		assert_int_equal(count, 3);
		const struct ref_move *m = move_of(moves, count,
		    "refs/heads/a/b/c");
		assert_true(object_id_eq(&m->before, round == 0 ?
		    &(struct object_id){ { 0 } } : &h->root));
		assert_true(object_id_eq(&m->after, &h->root));
	}
}

static void
a_fetch_has_bounds(void **state)
{
	struct host *h = *state;
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(repository_done) struct repository *mirror = mirror_make(h);
	static const struct remote_limits few_refs = { .refs = 1 };
	static const struct remote_limits few_objects = { .objects = 2 };
	static const struct remote_limits few_bytes = { .bytes = 100 };
	const struct ref_move *moves;
	size_t count;
	struct err e;

	assert_ok(push(h, true, NULL, &h->root, &e), &e);
	assert_int_equal(shell(h->w, "git -C \"$W/host.git\" tag v1 main"), 0);
	assert_false(remote_fetch(mirror, h->local_url, &h->over_local,
	    &few_refs, a, &moves, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
	assert_false(remote_fetch(mirror, h->local_url, &h->over_local,
	    &few_objects, a, &moves, &count, &e));
	assert_err(&e, ERR_GIT_TOO_MANY);
	assert_false(remote_fetch(mirror, h->local_url, &h->over_local,
	    &few_bytes, a, &moves, &count, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	h->http.limit = 100;
	assert_false(remote_fetch(mirror, h->http_url, &h->over_http, NULL, a,
	    &moves, &count, &e));
	assert_err(&e, ERR_NET_LARGE);
}

static void
each_failure_has_its_own_code(void **state)
{
	struct host *h = *state;
	struct {
		const char	*path;	/* below the server, or a whole URL */
		bool		 http;
		enum err_code	 code;
	} cases[] = {
		{ "/broken/x.git", true, ERR_NET_STATUS },
		{ "/not-there.git", true, ERR_NET_STATUS },
		{ "/plain/x.git", true, ERR_NET_TYPE },
		{ "/../x.git", true, ERR_NET_URL },
		{ "/not-there.git", false, ERR_NET_UNREACHABLE },
		{ "/server", false, ERR_NET_GIT },
		{ "/..", false, ERR_NET_PATH_OUTSIDE },
		{ "/../../etc", false, ERR_NET_PATH_OUTSIDE },
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	const struct ref *refs;
	size_t count;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char url[256];

		snprintf(url, sizeof(url), "%s%s", cases[i].http ?
		    h->server : h->w->folder, cases[i].path);
		assert_false(remote_list(h->w->repository, url,
		    cases[i].http ? &h->over_http : &h->over_local, NULL, a,
		    &refs, &count, &e));
		if (!err_is(&e, cases[i].code))
			fail_msg("%s: %s %s", url, e.what->code, e.text);
	}
	h->http.rules.private_addresses = false;
	assert_false(remote_list(h->w->repository, h->http_url,
	    &h->over_http, NULL, a, &refs, &count, &e));
	assert_err(&e, ERR_NET_PRIVATE);
}

#define HOST_TEST(function) \
	cmocka_unit_test_setup_teardown(function, host_open, host_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_push_moves_a_ref_only_from_what_was_seen),
		HOST_TEST(a_hook_s_refusal_is_seen),
		HOST_TEST(of_two_pushers_exactly_one_wins),
		HOST_TEST(a_fetch_tells_what_moved),
		HOST_TEST(what_cannot_be_walked_does_not_stop_a_fetch),
		HOST_TEST(a_name_becomes_a_folder),
		HOST_TEST(a_fetch_has_bounds),
		HOST_TEST(each_failure_has_its_own_code),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
