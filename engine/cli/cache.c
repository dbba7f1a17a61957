/* cache - see cache.h. */
#include <stdlib.h>

#include "cli/cache.h"
#include "crypto/digest.h"
#include "sys/file.h"

#define NAME_DIGITS	16	/* of the SHA-256 of clone and branch */

static bool
folder_name(struct buf *out)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache != NULL && cache[0] == '/')
		buf_printf(out, "%s/tagseal", cache);
	else if (home != NULL && home[0] == '/')
		buf_printf(out, "%s/.cache/tagseal", home);
	return out->len > 0;
}

bool
cache_there(void)
{
	CLEANUP(buf_done) struct buf unused = { 0 };

	return folder_name(&unused);
}

bool
cache_path(const struct invocation *in, const struct history *h,
    const char *kind, const char *suffix, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	const char *branch = option_text(in, "branch");
	char *real = realpath(repository_path(h->repo), NULL);

	buf_printf(&name, "%s\n%s", real == NULL ?
	    repository_path(h->repo) : real,
	    branch == NULL ? HISTORY_BRANCH : branch);
	free(real);
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&name));
	if (!folder_name(out))
		return err_set(e, ERR_USAGE, "there is no folder for a %s: "
		    "HOME is not set; name a file with --%s", kind, kind);
	if (!folder_make(buf_cstr(out), 0700, e))
		return false;
	buf_printf(out, "/%s-%.*s.%s", kind, NAME_DIGITS, digest_hex(&d).text,
	    suffix);
	return true;
}
