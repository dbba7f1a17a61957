/* server - tests/net/http-server, started and stopped by a test. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

struct server {
	char	folder[64];
	char	at[64];		/* "http://127.0.0.1:N" */
	pid_t	pid;
};

/* script_run starts one of tests/net; its first line is a port. */
static inline pid_t
script_run(const char *name, const char *a, const char *b, const char *c,
    char port[16])
{
	char path[512];
	int out[2];

	snprintf(path, sizeof(path), "%s/net/%s", TESTS_FOLDER, name);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		execl(path, name, a, b, c, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	memset(port, 0, 16);
	assert_true(read(out[0], port, 15) > 0);
	close(out[0]);
	port[strcspn(port, "\n")] = '\0';
	return pid;
}

/* server_run starts the script; the certificate and key may be NULL. */
static inline void
server_run(struct server *s, const char *certificate, const char *key)
{
	char line[16];

	s->pid = script_run("http-server", s->folder, certificate, key, line);
	snprintf(s->at, sizeof(s->at), "%s://%s:%s",
	    certificate == NULL ? "http" : "https",
	    certificate == NULL ? "127.0.0.1" : "localhost", line);
}

static inline void
server_end(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}

static inline int
server_open(void **state)
{
	struct server *s = xcalloc(1, sizeof(*s));

	snprintf(s->folder, sizeof(s->folder), "/tmp/tagseal-net-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	server_run(s, NULL, NULL);
	*state = s;
	return 0;
}

static inline int
server_close(void **state)
{
	struct server *s = *state;
	char command[128];

	server_end(s);
	snprintf(command, sizeof(command), "rm -rf %s", s->folder);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

/* server_url gives s->at and a path; the caller frees. */
static inline char *
server_url(const struct server *s, const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%s%s", s->at, path);
	return xstrdup(buf_cstr(&b));
}

#define SERVER_TEST(function) \
	cmocka_unit_test_setup_teardown(function, server_open, server_close)

#endif
