/*
 * ref - refs move by compare-and-swap only. See write.h.
 *
 * libgit2 locks a ref by a file beside it. Whoever holds the lock has it for
 * milliseconds, so a taken lock is worth a few more tries, spread out so that
 * two writers do not meet again and again.
 */
#include <sys/random.h>
#include <time.h>

#include "base/text.h"
#include "git/libgit.h"
#include "git/write.h"

#define LOCK_TRIES	50
#define LOCK_WAIT	20000	/* microseconds at most between two tries */

DEFINE_CLEANUP(git_reference, reference_done, git_reference_free);

static void
wait_a_little(void)
{
	unsigned int noise = LOCK_WAIT / 2;

	if (getrandom(&noise, sizeof(noise), GRND_NONBLOCK) < 0)
		noise = LOCK_WAIT / 2;
	struct timespec pause = { 0, (long)(noise % LOCK_WAIT) * 1000 };
	nanosleep(&pause, NULL);
}

/* ref_failed says what a code of libgit2 means for the one who moves a ref. */
static bool
ref_failed(int code, const char *name, struct err *e)
{
	struct shown shown = text_show(SPAN_TEXT(name));

	switch (code) {
	case GIT_EMODIFIED:
	case GIT_ENOTFOUND:
	case GIT_EEXISTS:
		return err_set(e, ERR_GIT_REF_MOVED,
		    "ref '%s' has moved in the meantime", shown.text);
	case GIT_ELOCKED:
		return err_set(e, ERR_GIT_REF_LOCKED,
		    "ref '%s' stays locked by another process", shown.text);
	case GIT_EINVALIDSPEC:
		return err_set(e, ERR_GIT_REF_NAME,
		    "'%s' is no legal name of a ref", shown.text);
	}
	return libgit_err(e, ERR_SYSTEM_WRITE, "cannot write the ref '%s'",
	    shown.text);
}

bool
ref_update(struct repository *r, const char *name,
    const struct object_id *expected, const struct object_id *id,
    struct err *e)
{
	static const struct object_id nothing;
	git_oid old = libgit_oid(expected == NULL ? &nothing : expected);
	git_oid new = libgit_oid(id);
	int code = GIT_ELOCKED;

	for (int i = 0; i < LOCK_TRIES && code == GIT_ELOCKED; i++) {
		CLEANUP(reference_done) git_reference *made = NULL;

		if (i > 0)
			wait_a_little();
		code = git_reference_create_matching(&made, r->walk, name,
		    &new, 1, &old, NULL);
	}
	return code == 0 ? true : ref_failed(code, name, e);
}

bool
ref_delete(struct repository *r, const char *name,
    const struct object_id *expected, struct err *e)
{
	git_oid old = libgit_oid(expected);
	int code = GIT_ELOCKED;

	for (int i = 0; i < LOCK_TRIES && code == GIT_ELOCKED; i++) {
		CLEANUP(reference_done) git_reference *found = NULL;

		if (i > 0)
			wait_a_little();
		code = git_reference_lookup(&found, r->walk, name);
		if (code == 0 && (git_reference_target(found) == NULL ||
		    git_oid_cmp(git_reference_target(found), &old) != 0))
			code = GIT_EMODIFIED;
		if (code == 0)
			code = git_reference_delete(found);
	}
	return code == 0 ? true : ref_failed(code, name, e);
}
