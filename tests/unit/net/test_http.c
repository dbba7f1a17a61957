/* http: what arrives, what does not, and which error says so. */
#include "base/limits.h"
#include "crypto/digest.h"
#include "net/http.h"
#include "server.h"
#include "sys/file.h"

static const struct http_rules here = { .private_addresses = true,
    .total = 20 };

static bool
buffer_take(void *arg, struct span piece, struct err *e)
{
	(void)e;
	buf_put(arg, piece);
	return true;
}

static bool
get(const struct server *s, const struct http_rules *rules, const char *path,
    uint64_t limit, struct buf *out, struct err *e)
{
	CLEANUP(free_done) char *url = server_url(s, path);
	const struct http_sink sink = { .take = buffer_take, .arg = out };

	return http_get(rules, url, limit, &sink, e);
}

static void
each_failure_has_its_own_code(void **state)
{
	static const struct http_rules brief = { .private_addresses = true,
	    .total = 1 };
	static const struct http_rules stalled = { .private_addresses = true,
	    .stall = 2 };
	static const struct http_rules public_only = { .total = 5 };
	static const struct {
		const char		*path;
		const struct http_rules	*rules;
		enum err_code		 code;
	} cases[] = {
		{ "/status/404", &here, ERR_NET_STATUS },
		{ "/status/500", &here, ERR_NET_STATUS },
		{ "/redirect", &here, ERR_NET_REDIRECT },
		{ "/cut", &here, ERR_NET_CUT },
		{ "/endless", &here, ERR_NET_LARGE },
		{ "/bytes/101", &here, ERR_NET_LARGE },
		{ "/slow", &brief, ERR_NET_TIMEOUT },
		{ "/slow", &stalled, ERR_NET_TIMEOUT },
		{ "/a/../bytes/1", &here, ERR_NET_URL },
		{ "/bytes/1", &public_only, ERR_NET_PRIVATE },
	};
	struct server *s = *state;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		assert_false(get(s, cases[i].rules, cases[i].path, 100, &b,
		    &e));
		if (!err_is(&e, cases[i].code))
			fail_msg("%s: %s %s", cases[i].path, e.what->code,
			    e.text);
		assert_true(b.len <= 100);
	}
	assert_non_null(strstr(e.text, "not public"));
	const struct http_sink sink = { .take = buffer_take };
	assert_false(http_get(&here, "http://127.0.0.1:1/x", 100, &sink, &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
}

static void
a_name_that_leads_inside_is_refused(void **state)
{
	static const struct http_rules public_only = { .total = 5 };
	struct server *s = *state;
	const struct http_sink sink = { .take = buffer_take };
	char url[128];
	struct err e;

	snprintf(url, sizeof(url), "http://localhost:%s/bytes/1",
	    strrchr(s->at, ':') + 1);
	assert_false(http_get(&public_only, url, 100, &sink, &e));
	assert_err(&e, ERR_NET_PRIVATE);
}

static void
a_passing_failure_is_tried_again(void **state)
{
	static const struct http_rules patient = { .private_addresses = true,
	    .tries = 3, .pause = 10 };
	struct server *s = *state;
	CLEANUP(buf_done) struct buf b = { 0 };
	CLEANUP(buf_done) struct buf count = { 0 };
	struct err e;

	assert_ok(get(s, &patient, "/flaky/2", 100, &b, &e), &e);
	assert_true(span_is(buf_span(&b), "at last"));
	assert_false(get(s, &patient, "/flaky/9", 100, &b, &e));
	assert_err(&e, ERR_NET_STATUS);
	assert_ok(get(s, &here, "/count/9", 100, &count, &e), &e);
	assert_true(span_is(buf_span(&count), "3"));
}

static void
a_file_holds_the_last_try_only(void **state)
{
	static const struct http_rules patient = { .private_addresses = true,
	    .tries = 3, .pause = 10 };
	struct server *s = *state;
	CLEANUP(free_done) char *url = server_url(s, "/bytes/5");
	CLEANUP(free_done) char *cut = server_url(s, "/cut");
	CLEANUP(fd_done) int fd = -1;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_ok(file_scratch(NULL, &fd, &e), &e);
	assert_false(http_get_file(&patient, cut, 1000, fd, &e));
	assert_err(&e, ERR_NET_CUT);
	assert_ok(http_get_file(&patient, url, 1000, fd, &e), &e);
	lseek(fd, 0, SEEK_SET);
	assert_ok(file_load_fd(fd, "download", 1000, &b, &e), &e);
	assert_true(span_is(buf_span(&b), "xxxxx"));
}

static void
a_download_goes_on_where_it_broke(void **state)
{
	static const struct http_rules patient = { .private_addresses = true,
	    .tries = 3, .pause = 10 };
	static const struct {
		const char	*path;
		const char	*asked;		/* NULL: it fails */
	} cases[] = {
		{ "/parts/3000/whole", "- bytes=1000- bytes=2000-" },
		{ "/parts/3000/plain", "- bytes=1000- -" },
		{ "/parts/3000/changed", "- bytes=1000- -" },
		{ "/parts/3000/weak", "- - -" },
		{ "/parts/3000/none", "- - -" },
		{ "/parts/3000/lies", NULL },
	};
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct server *s = *state;
		CLEANUP(free_done) char *url = server_url(s, cases[i].path);
		CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("junk"));
		CLEANUP(buf_done) struct buf b = { 0 }, asked = { 0 };
		bool good = http_get_file(&patient, url, 3000, fd, &e);

		if (good != (cases[i].asked != NULL))
			fail_msg("%s: %s", cases[i].path, e.text);
		if (good) {
			assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
			assert_ok(file_load_fd(fd, "it", 4000, &b, &e), &e);
			assert_int_equal(b.len, 3000);
			for (size_t k = 0; k < b.len; k++)
				assert_int_equal(b.ptr[k], k * 7 % 251);
			assert_ok(get(s, &here, "/ranges", 200, &asked, &e),
			    &e);
			assert_span_equal(buf_span(&asked),
			    span_text(cases[i].asked));
		}
		server_end(s);
		server_run(s, NULL, NULL);
	}
	assert_err(&e, ERR_NET_CUT);
}

static void
posts_and_puts_arrive(void **state)
{
	struct server *s = *state;
	CLEANUP(free_done) char *echo = server_url(s, "/echo");
	CLEANUP(free_done) char *put = server_url(s, "/put/upload");
	CLEANUP(free_done) char *refuse = server_url(s, "/refuse/upload");
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf large = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct http_post post = { .type = "text/x-test",
		.body = SPAN_TEXT("some words"),
		.answer_type = "text/x-test" };
	const struct http_post other = { .type = "text/x-test",
		.body = SPAN_TEXT("some words"),
		.answer_type = "text/x-other" };
	char path[128];
	struct rope r;
	struct err e;

	assert_ok(http_post(&here, echo, &post, 100, &b, &e), &e);
	assert_true(span_is(buf_span(&b), "some words"));
	assert_false(http_post(&here, echo, &other, 100, &b, &e));
	assert_err(&e, ERR_NET_TYPE);
	assert_false(http_post(&here, echo, &post, 9, &b, &e));
	assert_err(&e, ERR_NET_LARGE);
	for (int i = 0; i < 100000; i++)
		buf_printf(&large, "%d\n", i);
	assert_ok(rope_bytes(a, buf_span(&large), &r, &e), &e);
	assert_ok(http_put(&here, put, &r, &e), &e);
	snprintf(path, sizeof(path), "%s/upload", s->folder);
	buf_done(&b);
	assert_ok(file_load(path, 1 << 24, &b, &e), &e);
	assert_span_equal(buf_span(&b), buf_span(&large));
	assert_false(http_put(&here, refuse, &r, &e));
	assert_err(&e, ERR_NET_STATUS);
}

static void
a_token_goes_to_its_hosts_only(void **state)
{
	static const char *const mine[] = { "127.0.0.1", NULL };
	static const char *const others[] = { "git.example.org", NULL };
	struct http_rules rules = here;
	struct server *s = *state;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	rules.token = "secret";
	rules.token_hosts = others;
	assert_ok(get(s, &rules, "/token", 100, &b, &e), &e);
	assert_int_equal(b.len, 0);
	rules.token_hosts = mine;
	assert_ok(get(s, &rules, "/token", 100, &b, &e), &e);
	assert_true(span_is(buf_span(&b), "Bearer secret"));
}

static void
tls_must_lead_to_a_known_root(void **state)
{
	struct server *s = *state;
	struct server tls = *s;
	struct http_rules rules = here;
	CLEANUP(buf_done) struct buf b = { 0 };
	char command[512], certificate[128], key[128];
	struct err e;

	snprintf(certificate, sizeof(certificate), "%s/c.pem", s->folder);
	snprintf(key, sizeof(key), "%s/k.pem", s->folder);
	snprintf(command, sizeof(command), "openssl req -x509 -newkey rsa:2048"
	    " -nodes -days 2 -subj /CN=localhost -addext "
	    "subjectAltName=DNS:localhost -keyout %s -out %s 2>/dev/null",
	    key, certificate);
	assert_int_equal(system(command), 0);
	server_run(&tls, certificate, key);
	assert_false(get(&tls, &rules, "/bytes/3", 100, &b, &e));
	assert_err(&e, ERR_NET_TLS);
	rules.ca_file = certificate;
	assert_ok(get(&tls, &rules, "/bytes/3", 100, &b, &e), &e);
	assert_true(span_is(buf_span(&b), "xxx"));
	/* The same server under a name that its certificate lacks. */
	snprintf(tls.at, sizeof(tls.at), "https://127.0.0.1%s",
	    strrchr(tls.at, ':'));
	assert_false(get(&tls, &rules, "/bytes/3", 100, &b, &e));
	assert_err(&e, ERR_NET_TLS);
	server_end(&tls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(each_failure_has_its_own_code),
		SERVER_TEST(a_name_that_leads_inside_is_refused),
		SERVER_TEST(a_passing_failure_is_tried_again),
		SERVER_TEST(a_file_holds_the_last_try_only),
		SERVER_TEST(a_download_goes_on_where_it_broke),
		SERVER_TEST(posts_and_puts_arrive),
		SERVER_TEST(a_token_goes_to_its_hosts_only),
		SERVER_TEST(tls_must_lead_to_a_known_root),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
