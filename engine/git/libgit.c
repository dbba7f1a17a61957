/* libgit - see libgit.h. */
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/libgit.h"

static const git_object_t kinds[OBJECT_KINDS] = {
	[OBJECT_COMMIT]	= GIT_OBJECT_COMMIT,
	[OBJECT_TREE]	= GIT_OBJECT_TREE,
	[OBJECT_BLOB]	= GIT_OBJECT_BLOB,
	[OBJECT_TAG]	= GIT_OBJECT_TAG,
};

static const git_config_level_t host_levels[] = {
	GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
	GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
};

/* libgit2's options are its own globals; they are set before any thread. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool started;

static void
start(void)
{
	bool ok = git_libgit2_init() > 0;

	for (size_t i = 0; i < COUNT(host_levels); i++)
		ok = ok && git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH,
		    host_levels[i], "") == 0;
	started = ok &&
	    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0) == 0 &&
	    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1) == 0 &&
	    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) == 0 &&
	    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS,
	    (size_t)LIMIT_FETCH_OBJECTS) == 0;
}

bool
libgit_start(struct err *e)
{
	if (pthread_once(&once, start) != 0 || !started)
		return libgit_err(e, ERR_GIT_REPOSITORY,
		    "libgit2 does not start");
	return true;
}

bool
libgit_err(struct err *e, enum err_code code, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	char text[sizeof(e->text) / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (last == NULL || last->message == NULL)
		return err_set(e, code, "%s", text);
	return err_set(e, code, "%s: %s", text,
	    text_show(SPAN_TEXT(last->message)).text);
}

git_oid
libgit_oid(const struct object_id *id)
{
	git_oid oid;

	git_oid_fromraw(&oid, id->bytes);
	return oid;
}

struct object_id
libgit_id(const git_oid *oid)
{
	struct object_id id;

	memcpy(id.bytes, oid->id, sizeof(id.bytes));
	return id;
}

git_object_t
libgit_kind(enum object_kind kind)
{
	return kinds[kind];
}
