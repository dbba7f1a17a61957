/* git_local - see git_local.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/git_local.h"
#include "net/git_program.h"
#include "sys/clock.h"

#define PATIENCE	60	/* seconds */

static const char *
path_of(const char *url)
{
	static const char scheme[] = "file://";

	return strncmp(url, scheme, sizeof(scheme) - 1) == 0 ?
	    url + sizeof(scheme) - 1 : url;
}

static bool
below(const char *path, const char *folder)
{
	CLEANUP(free_done) char *real = realpath(folder, NULL);
	size_t n = real == NULL ? 0 : strlen(real);

	return n > 1 && strncmp(path, real, n) == 0 && path[n] == '/';
}

bool
git_local_allowed(const char *url, const char *const *folders, struct err *e)
{
	CLEANUP(free_done) char *real = realpath(path_of(url), NULL);
	struct shown shown = text_show(SPAN_TEXT(url));

	if (path_of(url)[0] != '/')
		return err_set(e, ERR_NET_PATH_OUTSIDE,
		    "'%s' is not an absolute path", shown.text);
	if (real == NULL)
		return err_errno(e, ERR_NET_UNREACHABLE, "'%s'", shown.text);
	for (; *folders != NULL; folders++)
		if (below(real, *folders))
			return true;
	return err_set(e, ERR_NET_PATH_OUTSIDE, "'%s' lies below none of the "
	    "folders for repositories", shown.text);
}

/*
 * The declared folders decide what may be opened, so git's check of who owns a
 * folder is switched off; nobody's settings but the repository's own count.
 */
static bool
start(struct git_program *p, const char *service, const char *url,
    struct err *e)
{
	const struct git_local *l = p->settings;
	char *const arguments[] = { (char[]){ "git" }, (char[]){ "-c" },
	    (char[]){ "safe.directory=*" }, (char *)service,
	    (char *)path_of(url), NULL };
	char search[PATH_MAX];
	char *const environment[] = { search,
	    (char[]){ "GIT_CONFIG_NOSYSTEM=1" }, (char[]){ "HOME=/" },
	    (char[]){ "GIT_CONFIG_GLOBAL=/dev/null" }, (char[]){ "LC_ALL=C" },
	    (char[]){ "GIT_NO_REPLACE_OBJECTS=1" }, NULL };
	const char *path_list = getenv("PATH");

	snprintf(search, sizeof(search), "PATH=%s",
	    path_list == NULL ? "/usr/bin:/bin" : path_list);
	return git_local_allowed(url, l->folders, e) &&
	    git_program_run(p, arguments, environment, e);
}

/* The first line that it left on its standard error says most. */
static bool
refuse(struct span words, struct err *e)
{
	struct span line;

	if (!span_line(&words, &line))
		line = SPAN_TEXT("it says nothing");
	return err_set(e, ERR_NET_GIT, "git ended early: %s",
	    text_show(line).text);
}

static const struct git_program_kind kind = { "git", start, refuse, 0 };

int
git_local_open(git_smart_subtransport **out, git_transport *owner, void *arg)
{
	struct git_local *l = arg;
	const struct git_program terms = {
		.kind = &kind, .settings = l, .failure = &l->failure,
		.patience = l->patience > 0 ? l->patience : PATIENCE,
		.deadline = clock_in((int64_t)LIMIT_FETCH_TIME * 1000),
	};

	(void)owner;
	return git_program_open(out, &terms);
}
