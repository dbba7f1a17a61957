/* repository_memory - objects that are written nowhere: see repository.h. */
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include "base/bytes.h"
#include "git/libgit.h"
#include "git/repository.h"

#define PRIORITY	9	/* before all that are borrowed */
#define NOWHERE		"objects in memory"

static bool
store_add(struct repository *r, struct err *e)
{
	git_odb_backend *backend;

	if (git_odb_new(&r->odb) < 0 || git_mempack_new(&backend) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY, "no objects in "
		    "memory");
	if (git_odb_add_backend(r->odb, backend, PRIORITY) < 0) {
		backend->free(backend);
		return libgit_err(e, ERR_GIT_REPOSITORY, "no objects in "
		    "memory");
	}
	r->memory = backend;
	return true;
}

bool
repository_memory(struct repository **out, struct err *e)
{
	CLEANUP(repository_done) struct repository *r =
	    xcalloc(1, sizeof(*r));

	r->path = xstrdup(NOWHERE);
	if (!libgit_start(e) || !store_add(r, e))
		return false;
	if (git_repository_wrap_odb(&r->walk, r->odb) < 0)
		return libgit_err(e, ERR_GIT_REPOSITORY, "no objects in "
		    "memory");
	*out = TAKE(r);
	return true;
}

void
repository_forget(struct repository *r)
{
	int ignored = git_mempack_reset(r->memory);

	(void)ignored;
}
