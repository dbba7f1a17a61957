/* lfs - see lfs.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/lfs.h"

#define BEGINNING	"version https://git-lfs.github.com/spec/"
#define VERSION		BEGINNING "v1"
#define HASH		"oid sha256:"
#define SIZE		"size "

bool
lfs_begins(struct span file)
{
	return file.len <= LIMIT_LFS_POINTER && span_starts(file, BEGINNING);
}

static bool
malformed(const char *why, struct err *e)
{
	return err_set(e, ERR_GIT_LFS_POINTER, "the pointer of Git LFS %s",
	    why);
}

/* line_take gives what follows a beginning on the next line. */
static bool
line_take(struct span *rest, const char *beginning, struct span *value)
{
	struct span all = *rest, line;

	if (!span_line(rest, &line) || !span_starts(line, beginning) ||
	    line.len == all.len)
		return false;	/* the last line has no LF */
	*value = span_from(line, strlen(beginning));
	return true;
}

bool
lfs_parse(struct span file, struct lfs_pointer *out, struct err *e)
{
	struct lfs_pointer p = { .size = 0 };
	struct span rest = file, value;

	if (file.len > LIMIT_LFS_POINTER)
		return malformed("is too long", e);
	if (!line_take(&rest, VERSION, &value) || value.len > 0)
		return malformed("is not of version 1", e);
	if (span_starts(rest, "ext-"))
		return malformed("has an extension: its file is made from "
		    "other bytes than those that are stored", e);
	if (!line_take(&rest, HASH, &value) ||
	    !text_unhex(value, p.sha256, sizeof(p.sha256)))
		return malformed("has no 'oid sha256:' and 64 hex digits in "
		    "its second line", e);
	if (!line_take(&rest, SIZE, &value) || !text_u64(value, &p.size) ||
	    p.size > INT64_MAX)
		return malformed("has no size in its third line", e);
	if (rest.len > 0)
		return malformed("has more than three lines", e);
	*out = p;
	return true;
}
