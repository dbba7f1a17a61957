/*
 * courier: the real process against Git repositories, and a server that
 * misbehaves.
 */
#include "asker.h"
#include "git/repository.h"
#include "git/write.h"

/* ---- Git ---- */

static void
a_fetch_tells_what_moved_and_on_demand_what_is_there(void **state)
{
	struct asker *k = *state;
	struct span urls[] = { at(k, "repos/gone.git"), at(k,
	    "repos/app.git") };
	struct moved_ref *refs;
	size_t count;
	struct err e;

	assert_int_equal(shell(k, GIT_SETUP "&& git -C repos/app.git "
	    "commit-tree -m x $(git -C repos/app.git mktree </dev/null) > c "
	    "&& git -C repos/app.git update-ref refs/heads/main $(cat c) "
	    "&& git -C repos/app.git update-ref refs/tags/v1 $(cat c)"), 0);
	assert_ok(fetch(k, "app", urls, 2, false, &refs, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_span_equal(refs[0].before,
	    SPAN_TEXT("0000000000000000000000000000000000000000"));
	assert_ok(fetch(k, "app", urls, 2, false, &refs, &count, &e), &e);
	assert_int_equal(count, 0);
	assert_ok(fetch(k, "app", urls, 2, true, &refs, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_span_equal(refs[0].name, SPAN_TEXT("refs/heads/main"));
	assert_span_equal(refs[1].name, SPAN_TEXT("refs/tags/v1"));
	assert_span_equal(refs[1].before, refs[1].after);
	assert_int_equal(shell(k, "cd \"$W\" && git -C repos/app.git "
	    "update-ref -d refs/tags/v1 && git -C mirrors/app.git fsck "
	    ">/dev/null 2>&1"), 0);
	assert_ok(fetch(k, "app", urls, 2, true, &refs, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_span_equal(refs[1].name, SPAN_TEXT("refs/tags/v1"));
	assert_span_equal(refs[1].after,
	    SPAN_TEXT("0000000000000000000000000000000000000000"));
}

static void
a_fetch_that_cannot_be_says_why(void **state)
{
	struct asker *k = *state;
	const struct {
		const char	*mirror;
		struct span	 url;
		enum err_code	 code;
	} cases[] = {
		{ "app", at(k, "repos/gone.git"), ERR_NET_UNREACHABLE },
		{ "app", at(k, "store.git"), ERR_NET_PATH_OUTSIDE },
		{ "app", SPAN_TEXT("/etc"), ERR_NET_PATH_OUTSIDE },
		{ "app", SPAN_TEXT("ssh://host/x.git"), ERR_NET_SSH },
		{ "app", SPAN_TEXT("git://host/x.git"), ERR_NET_URL },
		{ "app", url(k, "/status/500"), ERR_NET_STATUS },
		{ "../app", at(k, "repos/app.git"), ERR_PROCESS_PROTOCOL },
	};
	struct moved_ref *refs;
	size_t count;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span where = cases[i].url;

		assert_false(fetch(k, cases[i].mirror, &where, 1, false,
		    &refs, &count, &e));
		assert_err(&e, cases[i].code);
	}
	assert_false(fetch(k, "app", NULL, 0, false, &refs, &count, &e));
	assert_err(&e, ERR_NET_URL);
}

static struct span
hex_of(struct asker *k, const char *name)
{
	struct span rest = file_bytes(k, name), line = { NULL, 0 };

	assert_true(span_line(&rest, &line));
	return line;
}

static bool
push(struct asker *k, struct span store, struct span before,
    struct span after, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	push_write(&(struct push_request){ store, at(k, "repos/app.git"),
	    SPAN_TEXT("refs/heads/tagseal/ledger"), before, after,
	    SPAN_TEXT("") }, &b);
	return ask(k, COURIER_PUSH, &b, -1, COURIER_PUSHED, &body, e);
}

static void
a_push_takes_objects_from_the_store_and_writes_nothing_there(void **state)
{
	struct asker *k = *state;
	struct span none =
	    SPAN_TEXT("0000000000000000000000000000000000000000");
	struct span store = at(k, "store.git");
	struct err e;

	assert_int_equal(shell(k, GIT_SETUP "&& cd store.git && "
	    "t=$(git mktree </dev/null) && git commit-tree -m 1 $t > ../one "
	    "&& git commit-tree -m 2 -p $(cat ../one) $t > ../two && "
	    "git commit-tree -m 3 -p $(cat ../one) $t > ../side && "
	    "find . -type f | sort > ../before"), 0);
	struct span one = hex_of(k, "one"), two = hex_of(k, "two");
	assert_ok(push(k, store, none, one, &e), &e);
	assert_ok(push(k, store, one, two, &e), &e);
	assert_false(push(k, store, one, hex_of(k, "side"), &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_false(push(k, store, none, one, &e));
	assert_err(&e, ERR_GIT_REF_MOVED);
	assert_false(push(k, at(k, "repos"), two, one, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
	assert_int_equal(shell(k, "cd \"$W\" && git -C repos/app.git fsck "
	    ">/dev/null 2>&1 && test $(git -C repos/app.git rev-parse "
	    "tagseal/ledger) = $(cat two) && cd store.git && find . -type f "
	    "| sort | cmp - ../before && test -z \"$(git -C ../mirrors/push "
	    "for-each-ref)\""), 0);
	assert_int_equal(shell(k, "cd \"$W/repos/app.git/hooks\" && printf "
	    "'#!/bin/sh\\nexit 1\\n' > update && chmod +x update && "
	    "git -C .. update-ref -d refs/heads/tagseal/ledger"), 0);
	assert_false(push(k, store, none, one, &e));
	assert_err(&e, ERR_GIT_PUSH_REFUSED);
}

/* ---- artifacts ---- */

static bool
download(struct asker *k, struct download_request *q, int fd,
    struct downloaded *got, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	download_write(q, &b);
	if (!ask(k, COURIER_DOWNLOAD, &b, fd, COURIER_DOWNLOADED, &body, e))
		return false;
	assert_ok(downloaded_read(body, got, e), e);
	return true;
}

static void
a_download_fills_the_descriptor(void **state)
{
	struct asker *k = *state;
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("something longer"));
	struct span prefix = url(k, "/");
	struct download_request q = { url(k, "/bytes/5"), &prefix, 1, NULL, 0,
	    1000000, true, SPAN_TEXT("git-token") };
	struct downloaded got;
	char text[32];
	struct err e;

	assert_ok(download(k, &q, fd, &got, &e), &e);
	assert_int_equal(got.size, 5);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
	assert_memory_equal(text, "xxxxx", 5);
	q.url = url(k, "/token");
	assert_ok(download(k, &q, fd, &got, &e), &e);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 15);
	assert_memory_equal(text, "Bearer secret-1", 15);
	q.credential = SPAN_TEXT("robot");
	assert_ok(download(k, &q, fd, &got, &e), &e);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 30);
	assert_memory_equal(text, "Basic YnVpbGRlcjpzZWNyZXQtMg==", 30);
	q.credential = SPAN_TEXT("");
	assert_ok(download(k, &q, fd, &got, &e), &e);
	assert_int_equal(got.size, 0);
	q.credential = SPAN_TEXT("elsewhere");
	assert_false(download(k, &q, fd, &got, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
}

static void
a_download_that_cannot_be_says_why(void **state)
{
	struct asker *k = *state;
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct span prefix = url(k, "/");
	const struct {
		const char	*path;
		uint64_t	 limit;
		enum err_code	 code;
	} cases[] = {
		{ "/bytes/11", 10, ERR_NET_LARGE },
		{ "/endless", 100000, ERR_NET_LARGE },
		{ "/cut", 10000, ERR_NET_CUT },
		{ "/status/404", 10, ERR_NET_STATUS },
		{ "/redirect", 10, ERR_NET_REDIRECT },
		{ "/a/../bytes/1", 10, ERR_NET_URL },
	};
	struct download_request q = { .prefixes = &prefix, .prefix_count = 1,
	    .private_addresses = true };
	struct downloaded got;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		q.url = url(k, cases[i].path);
		q.limit = cases[i].limit;
		assert_false(download(k, &q, fd, &got, &e));
		assert_err(&e, cases[i].code);
	}
	q.url = url(k, "/bytes/1");
	q.private_addresses = false;
	assert_false(download(k, &q, fd, &got, &e));
	assert_err(&e, ERR_NET_PRIVATE);
	q.private_addresses = true;
	prefix = url(k, "/other");
	assert_false(download(k, &q, fd, &got, &e));
	assert_err(&e, ERR_NET_URL_OUTSIDE);
	prefix = url(k, "/");
	q.credential = SPAN_TEXT("unknown");
	assert_false(download(k, &q, fd, &got, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL);
}

static void
a_full_disk_fails_one_request_only(void **state)
{
	struct asker *k = *state;
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct span prefix = url(k, "/");
	struct download_request q = { url(k, "/bytes/500000"), &prefix, 1,
	    NULL, 0, 1000000, true, SPAN_TEXT("") };
	struct downloaded got;
	struct err e;

	assert_false(download(k, &q, fd, &got, &e));
	assert_err(&e, ERR_SYSTEM_WRITE);
	q.url = url(k, "/bytes/50000");
	assert_ok(download(k, &q, fd, &got, &e), &e);
	assert_int_equal(got.size, 50000);
}

/* ---- responders ---- */

static bool
query(struct asker *k, struct query_request *q, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	query_write(q, &b);
	return ask(k, COURIER_QUERY, &b, -1, COURIER_QUERIED, out, e);
}

static void
a_responder_is_asked(void **state)
{
	struct asker *k = *state;
	static const char *const paths[] = { "/ocsp/262143", "/echo", "/no" };
	static const enum err_code codes[] = { ERR_NET_LARGE, ERR_NET_TYPE,
	    ERR_NET_STATUS };
	struct query_request q = { url(k, "/ocsp/5"), SPAN_TEXT("who?"),
	    true };
	struct span body;
	struct err e;

	assert_ok(query(k, &q, &body, &e), &e);
	assert_span_equal(body, SPAN_TEXT("who?xxxxx"));
	q.private_addresses = false;
	assert_false(query(k, &q, &body, &e));
	assert_err(&e, ERR_NET_PRIVATE);
	q.private_addresses = true;
	for (size_t i = 0; i < COUNT(paths); i++) {
		q.url = url(k, paths[i]);
		assert_false(query(k, &q, &body, &e));
		assert_err(&e, codes[i]);
	}
	q.url = SPAN_TEXT("ldap://127.0.0.1/");
	assert_false(query(k, &q, &body, &e));
	assert_err(&e, ERR_NET_URL);
}

/* ---- results ---- */

static bool
publish(struct asker *k, enum publish_kind kind, struct span target,
    const char *name, const char *contents, struct err *e)
{
	CLEANUP(fd_done) int fd = scratch_file(span_text(contents));
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	publish_write(&(struct publish_request){ kind, target,
	    span_text(name), strlen(contents), SPAN_TEXT("") }, &b);
	return ask(k, COURIER_PUBLISH, &b, fd, COURIER_PUBLISHED, &body, e);
}

static void
a_result_appears_whole_and_is_never_replaced(void **state)
{
	struct asker *k = *state;
	struct span folder = at(k, "out/acme/v1");
	struct err e;

	assert_ok(publish(k, PUBLISH_DIRECTORY, folder, "a b.exe", "signed",
	    &e), &e);
	assert_ok(publish(k, PUBLISH_DIRECTORY, folder, "a b.exe", "signed",
	    &e), &e);
	assert_false(publish(k, PUBLISH_DIRECTORY, folder, "a b.exe", "other",
	    &e));
	assert_err(&e, ERR_FILE_EXISTS);
	assert_int_equal(shell(k, "cd \"$W/out/acme/v1\" && test \"$(ls -A)\" "
	    "= 'a b.exe' && test \"$(cat 'a b.exe')\" = signed"), 0);
}

static void
a_result_stays_below_the_declared_folders(void **state)
{
	struct asker *k = *state;
	static const char *const names[] = { "", "..", ".hidden", "a/b",
	    "a\\b", "a\nb" };
	struct err e;

	assert_int_equal(shell(k, "mkdir \"$W/elsewhere\" && "
	    "ln -s ../elsewhere \"$W/out/link\""), 0);
	const struct span outside[] = { at(k, "elsewhere"), at(k, "out2"),
	    at(k, "out/../elsewhere"), at(k, "out/link"), at(k, "out//x"),
	    SPAN_TEXT("out"), SPAN_TEXT("/") };
	for (size_t i = 0; i < COUNT(outside); i++) {
		assert_false(publish(k, PUBLISH_DIRECTORY, outside[i], "x",
		    "signed", &e));
		assert_err(&e, ERR_OUTPUT_OUTSIDE);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_false(publish(k, PUBLISH_DIRECTORY, at(k, "out"),
		    names[i], "signed", &e));
		assert_err(&e, ERR_OUTPUT_NAME);
	}
	assert_int_equal(shell(k, "test -z \"$(ls -A \"$W/elsewhere\")\" && "
	    "test \"$(ls -A \"$W/out\")\" = link"), 0);
}

static void
a_result_can_be_put_to_a_server(void **state)
{
	struct asker *k = *state;
	struct err e;

	assert_ok(publish(k, PUBLISH_PUT, url(k, "/up/"), "a b.exe", "signed",
	    &e), &e);
	assert_int_equal(shell(k, "test \"$(cat \"$W/a%20b.exe\")\" = signed"),
	    0);
	assert_false(publish(k, PUBLISH_PUT, url(k, "/refuse"), "x", "signed",
	    &e));
	assert_err(&e, ERR_NET_STATUS);
}

static void
a_request_that_is_none_is_answered_too(void **state)
{
	struct asker *k = *state;
	struct span body;
	struct err e;

	for (int i = 0; i < 2; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		buf_text(&b, "junk");
		assert_false(ask(k, COURIER_FETCH, &b, -1, COURIER_FETCHED,
		    &body, &e));
		assert_err(&e, ERR_PROCESS_PROTOCOL);
	}
}

/* ---- in a team ---- */

static void
order(struct channel *c, uint8_t type, const char *text, int fd)
{
	struct err e;

	assert_ok(channel_send(c, type, span_text(text), &fd, fd < 0 ? 0 : 1,
	    LATER, &e), &e);
}

/* junk_ask asks on a channel of its own, and closes it. */
static void
junk_ask(struct channel *supervisor, const char *peer)
{
	CLEANUP(message_done) struct message m = { .type = 0 };
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	order(supervisor, TEAM_LINK, peer, pair[1]);
	close(pair[1]);
	CLEANUP(channel_done) struct channel c = channel_open(pair[0],
	    "courier", courier_answers, courier_answer_count);
	assert_ok(stream_send(&c, COURIER_PUSH, SPAN_TEXT("junk"), NULL, 0,
	    LATER, &e), &e);
	assert_ok(stream_expect(&c, COURIER_FAILED, MIB, &m, LATER, &e), &e);
}

static void
in_a_team_it_serves_whom_the_supervisor_links(void **state)
{
	struct asker *k = *state;
	struct process_end end;
	struct process p;
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	const struct inherit give = { pair[1], PROCESS_CHANNEL };
	const struct process_plan plan = { .role = "courier",
	    .inherit = &give, .count = 1 };
	assert_ok(process_start(&plan, &p, &e), &e);
	close(pair[1]);
	CLEANUP(channel_done) struct channel supervisor = channel_open(
	    pair[0], "courier", team_requests, team_request_count);
	CLEANUP(fd_done) int settings = settings_file(k);
	order(&supervisor, TEAM_SETTINGS, "", settings);
	junk_ask(&supervisor, "judge");
	junk_ask(&supervisor, "signer");
	junk_ask(&supervisor, "judge");		/* it was started again */
	order(&supervisor, TEAM_STOP, "", -1);
	assert_ok(process_wait(&p, LATER, &end, &e), &e);
	assert_int_equal(end.code, 0);
}

static void
without_settings_it_ends(void **state)
{
	CLEANUP(fd_done) int settings = scratch_file(SPAN_TEXT("junk"));
	struct asker bad = { .file_size = 0 };
	struct process_end end;
	struct err e;

	(void)state;
	assert_int_equal(lseek(settings, 0, SEEK_SET), 0);
	process_run(&bad, settings);
	assert_ok(process_wait(&bad.process, LATER, &end, &e), &e);
	assert_int_equal(end.code, 5);
	channel_done(&bad.channel);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(
		    a_fetch_tells_what_moved_and_on_demand_what_is_there),
		ASKER_TEST(a_fetch_that_cannot_be_says_why),
		ASKER_TEST(
		a_push_takes_objects_from_the_store_and_writes_nothing_there),
		ASKER_TEST(a_download_fills_the_descriptor),
		ASKER_TEST(a_download_that_cannot_be_says_why),
		ASKER_TEST(a_responder_is_asked),
		cmocka_unit_test_setup_teardown(
		    a_full_disk_fails_one_request_only, asker_open_small,
		    asker_close),
		ASKER_TEST(a_result_appears_whole_and_is_never_replaced),
		ASKER_TEST(a_result_stays_below_the_declared_folders),
		ASKER_TEST(a_result_can_be_put_to_a_server),
		ASKER_TEST(a_request_that_is_none_is_answered_too),
		ASKER_TEST(in_a_team_it_serves_whom_the_supervisor_links),
		TEST(without_settings_it_ends),
	};

	return cmocka_run_group_tests_name("courier", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
