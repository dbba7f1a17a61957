/*
 * zip_kind - what an entry becomes when it is unpacked: a file, a folder, or a
 * link. Unix programs take the kind from the upper half of the external
 * attributes (stat's st_mode), DOS programs from a bit of the lower half,
 * others from a slash at the end of the name alone.
 *
 * A link may point to places below the archive's root only. Nothing can stand
 * below a link, for names_check leaves no room below what is no folder; so the
 * folders of a link are folders. Its target goes up first, then only down: a
 * `..` behind a name could start from wherever another link leads to.
 */
#include <string.h>

#include "base/text.h"
#include "containers/zip.h"

#define TARGET_MAX	4095	/* bytes: Linux' PATH_MAX, less the NUL */

/* st_mode, as inode(7) has it. */
enum {
	MODE_KIND	= 0170000,
	MODE_PIPE	= 0010000,	/* Info-ZIP: a file read from a pipe */
	MODE_FILE	= 0100000,
	MODE_FOLDER	= 0040000,
	MODE_LINK	= 0120000,
	DOS_FOLDER	= 0x10,
};

static bool
bad_link(struct span target, const char *why, struct err *e)
{
	return err_set(e, ERR_ZIP_LINK, "it is a link to \"%s\", which %s",
	    text_show(target).text, why);
}

static bool
target_plain(struct span t, struct err *e)
{
	if (t.len == 0)
		return bad_link(t, "is empty", e);
	if (!text_utf8(t))
		return bad_link(t, "is no UTF-8", e);
	if (t.ptr[0] == '/' || (t.len >= 2 && t.ptr[1] == ':'))
		return bad_link(t, "is absolute", e);
	for (size_t i = 0; i < t.len; i++)
		if (t.ptr[i] < 0x20 || t.ptr[i] == 0x7f || t.ptr[i] == '\\')
			return bad_link(t, "holds a control character or a "
			    "backslash", e);
	return true;
}

static bool
target_inside(struct span name, struct span target, struct err *e)
{
	struct span rest = target, part;
	size_t depth = 0;
	bool down = false;

	for (size_t i = 0; i < name.len; i++)
		depth += name.ptr[i] == '/';
	while (span_split(&rest, '/', &part)) {
		if (!span_is(part, "..")) {
			down |= part.len > 0 && !span_is(part, ".");
			continue;
		}
		if (down)
			return bad_link(target, "goes up behind a name", e);
		if (depth-- == 0)
			return bad_link(target, "leads out of the archive", e);
	}
	return true;
}

static bool
link_check(const struct rope *file, const struct zip_entry *x,
    struct arena *a, struct spool *spool, struct err *e)
{
	struct rope contents;
	struct span target;

	if (x->numbers.size > TARGET_MAX)
		return err_set(e, ERR_ZIP_LINK, "it is a link to a name of "
		    "%llu bytes", (unsigned long long)x->numbers.size);
	return zip_entry_contents(file, x, a, spool, &contents, e) &&
	    rope_view(a, &contents, 0, contents.len, &target, e) &&
	    target_plain(target, e) && target_inside(x->name, target, e);
}

bool
zip_kind_check(const struct rope *file, const struct zip_entry *x,
    struct arena *a, struct spool *spool, struct err *e)
{
	struct reader r = rd_open(x->record);

	rd_seek(&r, 38);
	uint32_t attributes = rd_u32le(&r);
	unsigned kind = attributes >> 16 & MODE_KIND;
	bool slash = span_ends(x->name, "/");

	if (kind == MODE_LINK && !slash)
		return link_check(file, x, a, spool, e);
	if (kind != 0 && kind != MODE_FILE && kind != MODE_PIPE &&
	    kind != MODE_FOLDER)
		return err_set(e, ERR_ZIP_LINK, "it is of the kind 0%o: no "
		    "file, no folder, and no link", kind);
	if (!slash && (kind == MODE_FOLDER || (attributes & DOS_FOLDER) != 0))
		return err_set(e, ERR_ZIP_LINK, "it is a folder for some "
		    "programs, and a file by its name");
	return true;
}
