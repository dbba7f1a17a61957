/*
 * ways: the courier's ways to Git hosts, against git behind a web server.
 */
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

static void
a_credential_opens_what_is_private(void **state)
{
	struct asker *k = *state;
	static const char *const closed[] = { "", "robot" };
	struct moved_ref *refs;
	size_t count;
	struct err e;

	/* "x-access-token:secret-1", as GitHub and the others want it. */
	assert_int_equal(shell(k, GIT_SETUP "&& git -C repos/app.git "
	    "update-ref refs/heads/main $(git -C repos/app.git commit-tree "
	    "-m x $(git -C repos/app.git mktree </dev/null)) && printf "
	    "'Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0LTE=' > authorization"), 0);
	struct span host = git_server(k, "");
	struct span where = span_text(arena_printf(k->arena,
	    "http://%.*s/repos/app.git", (int)host.len,
	    (const char *)host.ptr));
	assert_ok(fetch_as(k, "git-token", "app", &where, 1, false, &refs,
	    &count, &e), &e);
	assert_int_equal(count, 1);
	for (size_t i = 0; i < COUNT(closed); i++) {
		assert_false(fetch_as(k, closed[i], "app", &where, 1, false,
		    &refs, &count, &e));
		assert_err(&e, ERR_NET_STATUS);
		assert_null(strstr(e.text, "secret"));
	}
	assert_false(fetch_as(k, "elsewhere", "app", &where, 1, false, &refs,
	    &count, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
	assert_non_null(strstr(e.text, "'elsewhere'"));
	git_server(k, "stop");
}

/* Nobody listens there: the answer shows that nothing was tried. */
static void
a_credential_never_leaves_by_http(void **state)
{
	struct asker *k = *state;
	struct span where = SPAN_TEXT("http://git.example/app.git");
	struct moved_ref *refs;
	size_t count;
	struct err e;

	assert_false(fetch_as(k, "elsewhere", "app", &where, 1, false, &refs,
	    &count, &e));
	assert_err(&e, ERR_COURIER_CREDENTIAL_HOST);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(a_credential_opens_what_is_private),
		ASKER_TEST(a_credential_never_leaves_by_http),
	};

	return cmocka_run_group_tests_name("ways", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
