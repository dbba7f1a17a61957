/* engine_file - see engine_file.h. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/engine_file.h"
#include "cli/repo.h"
#include "config/config.h"
#include "sys/file.h"

static bool
check_owner(int fd, const char *path, struct err *e)
{
	struct shown name = text_show(span_text(path));
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(e, ERR_FILE_ACCESS, "%s", name.text);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(e, ERR_ENGINE_EXPOSED, "%s belongs to user %u, "
		    "who is neither root nor the one that runs this", name.text,
		    (unsigned)st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	err_set(e, ERR_ENGINE_EXPOSED, "%s: mode %03o lets others change it",
	    name.text, (unsigned)st.st_mode & 0777);
	return err_hint(e, "compare it with a copy that you trust, then: "
	    "chmod go-w %s", name.text);
}

bool
engine_file_load(const char *path, struct arena *a, struct engine_file *out,
    struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(fd_done) int fd = -1;
	struct span kept;
	uint64_t size;

	if (!file_open(path, &fd, &size, e) || !check_owner(fd, path, e) ||
	    !file_load_fd(fd, path, LIMIT_YAML_SIZE, &bytes, e))
		return false;
	if (!arena_copy(a, buf_span(&bytes), &kept))
		return err_budget(e, a);
	return engine_file_parse(&(struct config_file){ path, kept }, a, out,
	    &errors) || repo_errors(&errors, e);
}

bool
engine_file_run(const struct engine_file *file,
    const struct engine_terms *terms, int *code, struct err *e)
{
	CLEANUP(engine_done) struct engine *engine = NULL;

	return engine_open(file, terms, &engine, e) &&
	    engine_run(engine, code, e);
}
