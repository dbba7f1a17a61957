/*
 * asker - whoever asks a real courier: the process, in its sandbox, its
 * folders, and a server that misbehaves.
 *
 * A test that includes this starts itself: "@courier" and "@courier local" are
 * the process. So its main calls asker_main with its tests.
 */
#ifndef COURIER_ASKER_H
#define COURIER_ASKER_H

#include <sys/resource.h>

#include "../net/server.h"
#include "base/limits.h"
#include "base/text.h"
#include "courier/courier.h"
#include "daemon/team.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "wire/courier.h"
#include "wire/team.h"

#define MEMORY	((size_t)64 << 20)
#define LATER	clock_in(60000)

/* A courier, whoever asks it, and a server (state is a struct server). */
struct asker {
	struct server	 server;	/* first: SERVER_TEST */
	struct arena	*arena;
	struct process	 process;
	struct channel	 channel;
	uint64_t	 file_size;	/* the most that it may write, 0: any */
	struct courier_connection connection;	/* its only one */
	size_t		 connections;	/* 1: there is one */
};

static inline struct span
at(struct asker *k, const char *name)
{
	char *text = arena_printf(k->arena, "%s/%s", k->server.folder, name);

	assert_non_null(text);
	return span_text(text);
}

static inline struct span
url(struct asker *k, const char *path)
{
	char *text = arena_printf(k->arena, "%s%s", k->server.at, path);

	assert_non_null(text);
	return span_text(text);
}

/* shell runs a command with $W, the folder of the test. */
static inline int
shell(const struct asker *k, const char *command)
{
	setenv("W", k->server.folder, 1);
	return system(command);
}

static inline void
process_run(struct asker *k, int settings)
{
	static const char *const local[] = { "local", NULL };
	struct inherit give[] = { { -1, PROCESS_CHANNEL },
	    { settings, PROCESS_FIRST_FD } };
	const struct process_plan plan = { .role = "courier",
	    .inherit = give, .count = 2, .arguments = local };
	struct rlimit before, limit;
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	give[0].from = pair[1];
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	if (k->file_size > 0)
		limit.rlim_cur = k->file_size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_ok(process_start(&plan, &k->process, &e), &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	close(pair[1]);
	k->channel = channel_open(pair[0], "courier", courier_answers,
	    courier_answer_count);
}

/* settings_file gives the settings of the test's folders. */
static inline int
settings_file(struct asker *k)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span hosts[] = { SPAN_TEXT("127.0.0.1") };
	struct span others[] = { SPAN_TEXT("127.0.0.1:1"),
	    SPAN_TEXT("git.example") };
	struct span none = SPAN_TEXT("");
	struct courier_credential tokens[] = {
		{ SPAN_TEXT("git-token"), SPAN_TEXT("secret-1"), none, hosts,
		    1 },
		{ SPAN_TEXT("robot"), SPAN_TEXT("secret-2"),
		    SPAN_TEXT("builder"), hosts, 1 },
		{ SPAN_TEXT("elsewhere"), SPAN_TEXT("secret-3"), none, others,
		    2 },
	};
	struct span stores[] = { at(k, "store.git") };
	struct span repositories[] = { at(k, "repos") };
	struct span outputs[] = { at(k, "out") };
	const struct courier_settings s = {
		.mirrors = at(k, "mirrors"), .where_possible = true,
		.stores = stores, .store_count = 1,
		.repositories = repositories, .repository_count = 1,
		.outputs = outputs, .output_count = 1,
		.credentials = tokens, .credential_count = COUNT(tokens),
		.connections = &k->connection,
		.connection_count = k->connections,
	};

	courier_settings_write(&s, &b);
	int fd = scratch_file(buf_span(&b));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline void
courier_start(struct asker *k)
{
	CLEANUP(fd_done) int fd = settings_file(k);

	process_run(k, fd);
}

static inline int
asker_prepare(void **state, uint64_t file_size)
{
	struct asker *k = xcalloc(1, sizeof(*k));

	k->file_size = file_size;
	snprintf(k->server.folder, sizeof(k->server.folder),
	    "/tmp/tagseal-courier-XXXXXX");
	assert_non_null(mkdtemp(k->server.folder));
	server_run(&k->server, NULL, NULL);
	k->arena = arena_new(MEMORY);
	assert_int_equal(shell(k, "cd \"$W\" && mkdir mirrors out repos && "
	    "git init -q --bare store.git && "
	    "git init -q --bare -b main repos/app.git"), 0);
	courier_start(k);
	*state = k;
	return 0;
}

static inline int
asker_open(void **state)
{
	return asker_prepare(state, 0);
}

static inline int
asker_open_small(void **state)
{
	return asker_prepare(state, 100000);
}

/* The courier ends by itself when nobody is left to ask. */
static inline void
courier_end(struct asker *k)
{
	struct process_end end;
	struct err e;

	channel_done(&k->channel);
	assert_ok(process_wait(&k->process, LATER, &end, &e), &e);
	assert_int_equal(end.code, 0);
}

/* courier_again starts it anew, with this row of connections. */
static inline void
courier_again(struct asker *k, struct courier_connection row)
{
	courier_end(k);
	k->connection = row;
	k->connections = 1;
	courier_start(k);
}

static inline int
asker_close(void **state)
{
	struct asker *k = *state;

	courier_end(k);
	arena_free(k->arena);
	return server_close(state);
}

/* ask sends a request and gives the body of the answer that is due. */
static inline bool
ask(struct asker *k, enum courier_message request, struct buf *body, int fd,
    enum courier_message due, struct span *out, struct err *e)
{
	CLEANUP(message_done) struct message m = { .type = 0 };
	struct err problem;

	assert_ok(stream_send(&k->channel, (uint8_t)request, buf_span(body),
	    &fd, fd < 0 ? 0 : 1, LATER, &problem), &problem);
	body->len = 0;
	assert_ok(stream_receive(&k->channel, COURIER_MESSAGE_LIMIT, &m,
	    LATER, &problem), &problem);
	if (m.type == COURIER_FAILED) {
		struct reader r = rd_open(buf_span(&m.body));

		assert_true(wire_get_err(&r, e) && rd_end(&r));
		return false;
	}
	assert_int_equal(m.type, due);
	assert_true(arena_copy(k->arena, buf_span(&m.body), out));
	return true;
}

static inline bool
fetch_as(struct asker *k, const char *credential, const char *mirror,
    struct span *urls, size_t n, bool all, struct moved_ref **out,
    size_t *count, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	fetch_write(&(struct fetch_request){ span_text(mirror), urls, n,
	    span_text(credential), all }, &b);
	if (!ask(k, COURIER_FETCH, &b, -1, COURIER_FETCHED, &body, e))
		return false;
	assert_ok(fetched_read(body, k->arena, out, count, e), e);
	return true;
}

static inline bool
fetch(struct asker *k, const char *mirror, struct span *urls, size_t n,
    bool all, struct moved_ref **out, size_t *count, struct err *e)
{
	return fetch_as(k, "git-token", mirror, urls, n, all, out, count, e);
}

/* A small file of the world, in the arena. */
static inline struct span
file_bytes(struct asker *k, const char *name)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span path = at(k, name), out;
	struct err e;

	assert_ok(file_load((const char *)path.ptr, MIB, &b, &e), &e);
	assert_true(arena_copy(k->arena, buf_span(&b), &out));
	return out;
}

#define GIT_SETUP "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org " \
	"GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org && cd \"$W\" "

#define ASKER_TEST(function) \
	cmocka_unit_test_setup_teardown(function, asker_open, asker_close)

static inline int
asker_main(int argc, char **argv, int (*tests_run)(void))
{
	static const struct role_main roles[] = {
		{ "courier", courier_main },
	};
	int code;

	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return tests_run();
}

#endif
