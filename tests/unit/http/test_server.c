/* http: routes answer, limits hold; curl is the client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/server.h"
#include "test.h"

static void
on_echo(void *arg, const struct http_request *q, struct http_reply *r)
{
	++*(int *)arg;
	r->status = 201;
	r->content_type = q->content_type[0] != '\0' ? "application/echo" :
	    "text/plain";
	buf_put(&r->body, q->body);
}

static const struct http_route routes[] = {
	{ "POST", "/echo", 100000, on_echo },
	{ NULL, NULL, 0, NULL },
};

/* Runs curl beside the server and gives "body status type" that it printed. */
static void
curl(struct http_server *s, const char *options, char *out, size_t size)
{
	char line[512];
	struct err e;
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		snprintf(line, sizeof(line), "curl -s -m 10 -w ' %%{http_code} "
		    "%%{content_type}' http://127.0.0.1:%u%s", http_port(s),
		    options);
		dup2(fds[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while (waitpid(child, &status, WNOHANG) == 0)
		assert_ok(http_wait(s, -1, 5, &e), &e);
	ssize_t n = read(fds[0], out, size - 1);
	close(fds[0]);
	assert_true(n >= 0);
	out[n] = '\0';
}

static void
a_route_answers_and_others_are_not_found(void **state)
{
	CLEANUP(http_done) struct http_server *s = NULL;
	char out[1024];
	struct err e;
	int calls = 0;

	(void)state;
	assert_ok(http_listen("127.0.0.1:0", routes, &calls, &s, &e), &e);
	curl(s, "/echo --data-binary hello -H 'Content-Type: x/y'", out,
	    sizeof(out));
	assert_string_equal(out, "hello 201 application/echo");
	curl(s, "/nothing", out, sizeof(out));
	assert_non_null(strstr(out, " 404 "));
	curl(s, "/echo", out, sizeof(out));
	assert_non_null(strstr(out, " 405 "));
	assert_int_equal(calls, 1);
	curl(s, "/echo -H 'Expect:' --data-binary @/bin/bash", out,
	    sizeof(out));
	assert_non_null(strstr(out, " 413 "));
	assert_int_equal(calls, 1);
}

static void
bad_addresses_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "8460", "localhost:80", "127.0.0.1:", "127.0.0.1:70000",
		"127.0.0.1:-1", "::1:80", "[::1:80", "1.2.3.4.5:6",
	};
	struct http_server *s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(http_listen(bad[i], routes, NULL, &s, &e));
		assert_err(&e, ERR_HTTP_ADDRESS);
	}
	/* An address of nobody here (RFC 5737). */
	assert_false(http_listen("192.0.2.1:80", routes, NULL, &s, &e));
	assert_err(&e, ERR_HTTP_LISTEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_route_answers_and_others_are_not_found),
		TEST(bad_addresses_are_refused),
	};

	return cmocka_run_group_tests_name("http server", tests, NULL, NULL);
}
