/*
 * wire: what is written is read back; no prefix of a message is taken, nor one
 * with a byte behind it.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sys/clock.h"
#include "test.h"
#include "wire/courier.h"
#include "wire/worker.h"

#define ARENA	((size_t)4 << 20)

/* Reads a body of one type; only whether it is taken matters here. */
typedef bool reads(struct span, struct arena *, struct err *);

static bool
reads_job(struct span s, struct arena *a, struct err *e)
{
	struct job out;

	return job_read(s, a, &out, e);
}

static bool
reads_level(struct span s, struct arena *a, struct err *e)
{
	struct level out;

	return level_read(s, a, &out, e);
}

static bool
reads_sealed(struct span s, struct arena *a, struct err *e)
{
	struct sealed_item *out;
	size_t count;

	return sealed_read(s, a, &out, &count, e);
}

static bool
reads_issued(struct span s, struct arena *a, struct err *e)
{
	struct issued_item *out;
	size_t count;

	return issued_read(s, a, &out, &count, e);
}

static bool
reads_timestamps(struct span s, struct arena *a, struct err *e)
{
	struct bad_timestamp *out;
	size_t count;

	return timestamps_read(s, a, &out, &count, e);
}

static bool
reads_result(struct span s, struct arena *a, struct err *e)
{
	struct job_result out;

	return result_read(s, a, &out, e);
}

static bool
reads_stamp(struct span s, struct arena *a, struct err *e)
{
	struct stamp_request out;

	return stamp_read(s, a, &out, e);
}

static bool
reads_stamped(struct span s, struct arena *a, struct err *e)
{
	struct stamped out;

	return stamped_read(s, a, &out, e);
}

static bool
reads_fetch(struct span s, struct arena *a, struct err *e)
{
	struct fetch_request out;

	return fetch_read(s, a, &out, e);
}

static bool
reads_fetched(struct span s, struct arena *a, struct err *e)
{
	struct moved_ref *out;
	size_t count;

	return fetched_read(s, a, &out, &count, e);
}

static bool
reads_push(struct span s, struct arena *a, struct err *e)
{
	struct push_request out;

	return push_read(s, a, &out, e);
}

static bool
reads_download(struct span s, struct arena *a, struct err *e)
{
	struct download_request out;

	return download_read(s, a, &out, e);
}

static bool
reads_downloaded(struct span s, struct arena *a, struct err *e)
{
	struct downloaded out;

	(void)a;
	return downloaded_read(s, &out, e);
}

static bool
reads_lfs(struct span s, struct arena *a, struct err *e)
{
	struct lfs_request out;

	return lfs_read(s, a, &out, e);
}

static bool
reads_publish(struct span s, struct arena *a, struct err *e)
{
	struct publish_request out;

	return publish_read(s, a, &out, e);
}

static bool
reads_query(struct span s, struct arena *a, struct err *e)
{
	struct query_request out;

	return query_read(s, a, &out, e);
}

static bool
reads_cosign(struct span s, struct arena *a, struct err *e)
{
	struct cosign_request out;

	return cosign_read(s, a, &out, e);
}

static bool
reads_cosigned(struct span s, struct arena *a, struct err *e)
{
	struct cosigned out;

	(void)a;
	return cosigned_read(s, &out, e);
}

static bool
reads_enroll(struct span s, struct arena *a, struct err *e)
{
	struct enroll_request out;

	return enroll_read(s, a, &out, e);
}

static bool
reads_enrolled(struct span s, struct arena *a, struct err *e)
{
	struct enrolled out;

	(void)a;
	return enrolled_read(s, &out, e);
}

static bool
reads_settings(struct span s, struct arena *a, struct err *e)
{
	struct courier_settings out;

	return courier_settings_read(s, a, &out, e);
}

static void
only_the_whole_is_taken(struct buf *b, reads *read)
{
	struct err e;

	for (size_t n = 0; n <= b->len + 1; n++) {
		CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
		CLEANUP(buf_done) struct buf copy = { 0 };

		buf_put(&copy, buf_span(b));
		buf_u8(&copy, 0);
		copy.len = n;
		uint8_t *heap = exact(buf_span(&copy));
		bool taken = read((struct span){ heap, n }, a, &e);
		if (taken != (n == b->len))
			print_error("at %zu of %zu\n", n, b->len);
		assert_true(taken == (n == b->len));
		if (!taken)
			assert_err(&e, ERR_PROCESS_PROTOCOL);
		free(heap);
	}
}

static struct to_be_signed
some_digest(void)
{
	return (struct to_be_signed){ .kind = SIGNATURE_RSA_PKCS1_SHA256,
	    .digest = digest_of(DIGEST_SHA256, span_text("x")) };
}

static void
a_job_is_read_back(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span lists[] = { SPAN_TEXT("one"), SPAN_TEXT("two") };
	struct issued_item issued = { SPAN_TEXT("a.zip!/b.exe"), some_digest(),
	    digest_of(DIGEST_SHA256, span_text("y")) };
	struct digest wanted[] = { digest_of(DIGEST_SHA1, span_text("a")),
	    digest_of(DIGEST_SHA256, span_text("b")) };
	struct job j = {
		.verb = JOB_CHECK, .name = SPAN_TEXT("a.zip"), .now = -5,
		.limit_entries = 1, .limit_unpacked = 2, .limit_ratio = 3,
		.limit_depth = 4, .configuration = SPAN_TEXT("conf"),
		.identity = { SPAN_TEXT("cert"), lists, 2,
		    SIGNATURE_ECDSA_SHA384, true, DIGEST_SHA512 },
		.roots = lists, .root_count = 2,
		.revocations = lists, .revocation_count = 1,
		.responses = lists, .response_count = 2,
		.nested = 3, .undigested = true, .early = true, .copied = true,
		.issued = &issued, .issued_count = 1,
		.wanted = wanted, .wanted_count = COUNT(wanted),
	}, out;
	struct err e;

	(void)state;
	job_write(&j, &b);
	assert_ok(job_read(buf_span(&b), a, &out, &e), &e);
	assert_int_equal(out.verb, JOB_CHECK);
	assert_int_equal(out.now, -5);
	assert_int_equal(out.identity.chain_count, 2);
	assert_span_equal(out.identity.chain[1], SPAN_TEXT("two"));
	assert_int_equal(out.identity.imprint, DIGEST_SHA512);
	assert_int_equal(out.revocation_count, 1);
	assert_int_equal(out.response_count, 2);
	assert_int_equal(out.nested, 3);
	assert_span_equal(out.responses[1], SPAN_TEXT("two"));
	assert_true(out.undigested && out.early && out.copied);
	assert_span_equal(out.issued[0].path, SPAN_TEXT("a.zip!/b.exe"));
	assert_true(digest_eq(&out.issued[0].to_be_signed.digest,
	    &issued.to_be_signed.digest));
	assert_int_equal(out.wanted_count, COUNT(wanted));
	assert_true(digest_eq(&out.wanted[0], &wanted[0]) &&
	    digest_eq(&out.wanted[1], &wanted[1]));
	only_the_whole_is_taken(&b, reads_job);
	buf_done(&b);
	issued_write(&issued, 1, &b);
	only_the_whole_is_taken(&b, reads_issued);
}

static void
worker_answers_are_read_back(void **state)
{
	CLEANUP(buf_done) struct buf level = { 0 }, sealed = { 0 };
	CLEANUP(buf_done) struct buf bad = { 0 }, result = { 0 };
	struct level_item items[] = {
		{ SPAN_TEXT("a"), some_digest(), true, DIGEST_SHA256,
		    SPAN_TEXT("v") },
		{ SPAN_TEXT("b"), { .kind = SIGNATURE_ED25519,
		    .message = SPAN_TEXT("whole") }, false, DIGEST_SHA384,
		    { 0 } },
	};
	struct sealed_item values[] = { { SPAN_TEXT("s"),
	    SPAN_TEXT("q"), SPAN_TEXT("t") } };
	struct bad_timestamp stamps[] = { { .item = 7 } };
	struct job_result d = { 9, digest_of(DIGEST_SHA256, span_text("")),
	    true, false, SPAN_TEXT("{}") };

	(void)state;
	level_write(&(struct level){ 2, items, 2 }, &level);
	only_the_whole_is_taken(&level, reads_level);
	sealed_write(values, 1, &sealed);
	only_the_whole_is_taken(&sealed, reads_sealed);
	err_set(&stamps[0].err, ERR_FILE_TRUNCATED, "cut");
	timestamps_write(stamps, 1, &bad);
	only_the_whole_is_taken(&bad, reads_timestamps);
	result_write(&d, &result);
	only_the_whole_is_taken(&result, reads_result);
}

/* Whom to try is asked for once each. */
static void
an_order_names_each_authority_once(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct stamp_authority who[] = { { SPAN_TEXT("http://a"), 0,
	    true, 0 }, { SPAN_TEXT("http://b"), 9, false, 1 } };
	static const struct {
		uint32_t	order[2];
		bool		good;
		uint32_t	forms;
	} cases[] = {
		{ { 0, 1 }, true, 2 }, { { 1, 0 }, true, 32 },
		{ { 0, 0 }, false, 2 }, { { 1, 1 }, false, 2 },
		{ { 0, 2 }, false, 2 }, { { 0, UINT32_MAX }, false, 2 },
		/* No request of the form that one is to get; too many. */
		{ { 0, 1 }, false, 1 }, { { 0, 1 }, false, 33 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		struct stamp_request q;
		struct err e;

		stamp_write(&(struct stamp_request){ who, cases[i].order, 2,
		    cases[i].forms, 1, 1, NULL, 0 }, &b);
		assert_int_equal(stamp_read(buf_span(&b), a, &q, &e),
		    cases[i].good);
		if (cases[i].good) {
			assert_int_equal(q.authorities[1].at_once, 9);
			assert_true(q.authorities[0].private_addresses);
			assert_false(q.authorities[1].private_addresses);
			continue;
		}
		assert_err(&e, ERR_PROCESS_PROTOCOL);
	}
}

static void
courier_messages_are_read_back(void **state)
{
	struct span urls[] = { SPAN_TEXT("http://a"), SPAN_TEXT("http://b") };
	struct stamp_authority who[] = { { urls[0], 4, true, 1 },
	    { urls[1], 0, false, 0 } };
	uint32_t order[] = { 1, 0 };
	struct span requests[] = { SPAN_TEXT("request"), SPAN_TEXT("other") };
	struct stamp_item items[] = { { requests, 1 } };
	struct stamped_item stamped[] = { { .reply = SPAN_TEXT("r") } };
	struct stamped_try tries[] = { { 1, 2, 30, { 0 } } };
	struct moved_ref moved[] = { { SPAN_TEXT("refs/tags/v1"),
	    SPAN_TEXT("00"), SPAN_TEXT("11") } };
	struct buf b[14] = { 0 };

	(void)state;
	stamp_write(&(struct stamp_request){ who, order, 2, 2, 2, 9, items, 1 },
	    &b[0]);
	only_the_whole_is_taken(&b[0], reads_stamp);
	stamped_write(&(struct stamped){ stamped, 1, tries, 1 }, &b[1]);
	only_the_whole_is_taken(&b[1], reads_stamped);
	fetch_write(&(struct fetch_request){ SPAN_TEXT("app"), urls, 2,
	    SPAN_TEXT("token"), true }, &b[2]);
	only_the_whole_is_taken(&b[2], reads_fetch);
	fetched_write(moved, 1, &b[3]);
	only_the_whole_is_taken(&b[3], reads_fetched);
	push_write(&(struct push_request){ SPAN_TEXT("/l"), urls[0],
	    SPAN_TEXT("refs/heads/x"), SPAN_TEXT("00"), SPAN_TEXT("11"),
	    SPAN_TEXT("") }, &b[4]);
	only_the_whole_is_taken(&b[4], reads_push);
	download_write(&(struct download_request){ urls[0], urls, 2, urls, 1, 5, true,
	    SPAN_TEXT("") }, &b[5]);
	only_the_whole_is_taken(&b[5], reads_download);
	publish_write(&(struct publish_request){ PUBLISH_PUT, urls[0],
	    SPAN_TEXT("n"), 3, SPAN_TEXT("") }, &b[6]);
	only_the_whole_is_taken(&b[6], reads_publish);
	query_write(&(struct query_request){ urls[0], SPAN_TEXT("q"), true },
	    &b[7]);
	only_the_whole_is_taken(&b[7], reads_query);
	lfs_write(&(struct lfs_request){ urls[0],
	    SPAN_TEXT("01234567890123456789012345678901"), 9, urls, 1, urls, 2,
	    true, SPAN_TEXT("token") }, &b[9]);
	only_the_whole_is_taken(&b[9], reads_lfs);
	downloaded_write(&(struct downloaded){ 7, SPAN_TEXT("a page") },
	    &b[8]);
	only_the_whole_is_taken(&b[8], reads_downloaded);
	cosign_write(&(struct cosign_request){ urls[0], SPAN_TEXT("q"), true },
	    &b[10]);
	only_the_whole_is_taken(&b[10], reads_cosign);
	cosigned_write(&(struct cosigned){ 409, SPAN_TEXT("7\n") }, &b[11]);
	only_the_whole_is_taken(&b[11], reads_cosigned);
	enroll_write(&(struct enroll_request){ urls[0], SPAN_TEXT("q"),
	    SPAN_TEXT("est"), true }, &b[12]);
	only_the_whole_is_taken(&b[12], reads_enroll);
	enrolled_write(&(struct enrolled){ 202, 60, SPAN_TEXT("later") },
	    &b[13]);
	only_the_whole_is_taken(&b[13], reads_enrolled);
	for (size_t i = 0; i < COUNT(b); i++)
		buf_done(&b[i]);
}

static void
settings_of_the_courier_are_read_back(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span folders[] = { SPAN_TEXT("/a"), SPAN_TEXT("/b") };
	struct courier_credential tokens[] = { { SPAN_TEXT("git-token"),
	    SPAN_TEXT("secret"), SPAN_TEXT("robot"), folders, 1 } };
	struct courier_connection ways[] = { { .hosts = folders,
	    .host_count = 2, .ca = SPAN_TEXT("/ca"),
	    .proxy = SPAN_TEXT("http://p"), .forge = SPAN_TEXT("gitea"),
	    .ssh_key = SPAN_TEXT("/k"),
	    .known_hosts = SPAN_TEXT("/h") } };
	struct courier_settings s = {
		.mirrors = SPAN_TEXT("/var/m"),
		.connections = ways, .connection_count = 1,
		.user = SPAN_TEXT("tagseal-net"), .where_possible = true,
		.stores = folders, .store_count = 1,
		.repositories = folders, .repository_count = 2,
		.outputs = folders, .output_count = 0,
		.credentials = tokens, .credential_count = 1,
	}, out;
	struct err e;

	(void)state;
	courier_settings_write(&s, &b);
	assert_ok(courier_settings_read(buf_span(&b), a, &out, &e), &e);
	assert_span_equal(out.user, SPAN_TEXT("tagseal-net"));
	assert_true(out.where_possible && !out.json);
	assert_int_equal(out.repository_count, 2);
	assert_span_equal(out.repositories[1], SPAN_TEXT("/b"));
	assert_span_equal(out.credentials[0].token, SPAN_TEXT("secret"));
	assert_span_equal(out.credentials[0].user, SPAN_TEXT("robot"));
	assert_int_equal(out.connections[0].host_count, 2);
	assert_span_equal(out.connections[0].ca, SPAN_TEXT("/ca"));
	assert_span_equal(out.connections[0].proxy, SPAN_TEXT("http://p"));
	assert_span_equal(out.connections[0].forge, SPAN_TEXT("gitea"));
	assert_span_equal(out.connections[0].known_hosts, SPAN_TEXT("/h"));
	assert_int_equal(out.credentials[0].host_count, 1);
	only_the_whole_is_taken(&b, reads_settings);
}

static void
a_long_message_goes_in_parts(void **state)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct message m;
	struct err e;
	int fds[2];

	(void)state;
	assert_ok(channel_pair(fds, &e), &e);
	struct channel a = channel_open(fds[0], "a", worker_answers,
	    worker_answer_count);
	struct channel b = channel_open(fds[1], "b", worker_answers,
	    worker_answer_count);
	for (size_t i = 0; i < LIMIT_FRAME + 5; i++)
		buf_u8(&body, (uint8_t)(i * 7));
	assert_ok(stream_send(&a, WORKER_TREE, buf_span(&body), NULL, 0,
	    clock_in(5000), &e), &e);
	assert_ok(stream_expect(&b, WORKER_TREE, body.len, &m, clock_in(5000),
	    &e), &e);
	assert_span_equal(buf_span(&m.body), buf_span(&body));
	message_done(&m);
	assert_ok(stream_send(&a, WORKER_TREE, buf_span(&body), NULL, 0,
	    clock_in(5000), &e), &e);
	assert_false(stream_receive(&b, body.len - 1, &m, clock_in(5000), &e));
	assert_err(&e, ERR_MESSAGE_LONG);
	channel_done(&a);
	channel_done(&b);
}

static void
an_unexpected_type_is_refused(void **state)
{
	struct message m;
	struct err e;
	int fds[2];

	(void)state;
	assert_ok(channel_pair(fds, &e), &e);
	struct channel a = channel_open(fds[0], "a", worker_answers,
	    worker_answer_count);
	struct channel b = channel_open(fds[1], "b", worker_answers,
	    worker_answer_count);
	assert_ok(stream_send(&a, WORKER_DONE, SPAN_TEXT("x"), NULL, 0,
	    clock_in(5000), &e), &e);
	assert_false(stream_expect(&b, WORKER_TREE, 100, &m, clock_in(5000),
	    &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
	channel_done(&a);
	channel_done(&b);
}

static void
an_error_keeps_code_text_and_hint(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e, out;

	(void)state;
	err_set(&e, ERR_FILE_TRUNCATED, "cut at %d", 5);
	err_hint(&e, "fetch it");
	wire_put_err(&b, &e);
	struct reader r = rd_open(buf_span(&b));
	assert_true(wire_get_err(&r, &out));
	assert_err(&out, ERR_FILE_TRUNCATED);
	assert_string_equal(out.text, "cut at 5");
	assert_string_equal(err_advice(&out), "fetch it");
	b.len = 0;
	buf_str(&b, SPAN_TEXT("NO-SUCH-CODE"));
	buf_str(&b, SPAN_TEXT("text"));
	buf_str(&b, SPAN_TEXT(""));
	r = rd_open(buf_span(&b));
	assert_true(wire_get_err(&r, &out));
	assert_err(&out, ERR_PROCESS_PROTOCOL);
}

static void
a_death_is_blamed_on_the_artifact_or_on_the_machine(void **state)
{
	const struct process_end crash = { -1, SIGSEGV }, killed = { -1,
	    SIGKILL }, silent = { 0, 0 };
	struct err e;

	(void)state;
	assert_false(worker_died("worker", &crash, &e));
	assert_err(&e, ERR_WORKER_DIED);
	assert_string_equal(e.text,
	    "the worker ended before it was done: crashed (signal 11)");
	assert_false(worker_died("checker", &silent, &e));
	assert_err(&e, ERR_WORKER_DIED);
	assert_false(worker_died("checker", &killed, &e));
	assert_err(&e, ERR_WORKER_LOST);
	assert_false(worker_died("courier", &crash, &e));
	assert_err(&e, ERR_PROCESS_DIED);
}

static void
what_a_job_may_take_follows_from_its_size(void **state)
{
	struct job j = { .limit_ratio = 200 };

	(void)state;
	assert_int_equal(job_cpu(0), 30);
	assert_int_equal(job_cpu(4 * GIB), 30 + 4096);
	assert_int_equal(job_wait(0), 210000);
	assert_int_equal(job_file(&j, 10), 256 * MIB + 2020);
	j.limit_ratio = UINT64_MAX - 1;
	assert_int_equal(job_file(&j, 10), UINT64_MAX);
	j.limit_ratio = UINT64_MAX / 4;
	assert_int_equal(job_file(&j, 10), UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_is_read_back),
		TEST(worker_answers_are_read_back),
		TEST(an_order_names_each_authority_once),
		TEST(courier_messages_are_read_back),
		TEST(settings_of_the_courier_are_read_back),
		TEST(a_long_message_goes_in_parts),
		TEST(an_unexpected_type_is_refused),
		TEST(an_error_keeps_code_text_and_hint),
		TEST(a_death_is_blamed_on_the_artifact_or_on_the_machine),
		TEST(what_a_job_may_take_follows_from_its_size),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
