/*
 * appx_read - what makes a ZIP archive a package: the files that belong to the
 * packaging, each under its one name; the directory in the order of the file
 * (Windows takes others for corrupt); the signature last of all.
 */
#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/appx.h"

static const struct {
	const char	*name;
	uint64_t	 most;		/* bytes; 0: it is not read whole */
	bool		 always;
} parts[APPX_PARTS] = {
	[APPX_CONTENT_TYPES] = { "[Content_Types].xml", LIMIT_XML_SIZE, true },
	[APPX_BLOCK_MAP] = { "AppxBlockMap.xml", LIMIT_XML_SIZE, true },
	[APPX_MANIFEST] = { "AppxManifest.xml", LIMIT_XML_SIZE, false },
	[APPX_BUNDLE_MANIFEST] = { "AppxMetadata/AppxBundleManifest.xml",
	    LIMIT_XML_SIZE, false },
	[APPX_CODE_INTEGRITY] = { "AppxMetadata/CodeIntegrity.cat", 0, false },
	[APPX_SIGNATURE] = { "AppxSignature.p7x", LIMIT_CMS_SIZE, false },
};

static const struct container_limits usual = { LIMIT_ENTRIES,
	LIMIT_ARTIFACT_SIZE, LIMIT_EXPANSION_RATIO };

/* Windows compares names without case: one that is nearly right is wrong. */
static bool
part_match(const struct zip_entry *x, enum appx_part i, bool *is,
    struct err *e)
{
	struct span name = span_text(parts[i].name);

	*is = span_eq(x->name, name);
	return *is || x->name.len != name.len || strncasecmp(
	    (const char *)x->name.ptr, parts[i].name, name.len) != 0 ||
	    err_set(e, ERR_APPX_PART, "\"%s\" should be written \"%s\"",
	    ZIP_NAME(x), parts[i].name);
}

static bool
parts_find(struct appx *p, struct err *e)
{
	bool is;

	for (size_t i = 0; i < APPX_PARTS; i++) {
		p->parts[i] = APPX_NONE;
		for (size_t k = 0; k < p->zip->count; k++) {
			if (!part_match(&p->zip->entries[k],
			    (enum appx_part)i, &is, e))
				return false;
			if (is)
				p->parts[i] = k;
		}
		if (parts[i].always && p->parts[i] == APPX_NONE)
			return err_set(e, ERR_APPX_PART, "there is no \"%s\" "
			    "in it", parts[i].name);
	}
	p->is_bundle = p->parts[APPX_BUNDLE_MANIFEST] != APPX_NONE;
	if (p->is_bundle != (p->parts[APPX_MANIFEST] == APPX_NONE))
		return err_set(e, ERR_APPX_PART, "it has %s manifest of a "
		    "package %s of a bundle", p->is_bundle ? "a" : "no",
		    p->is_bundle ? "and one" : "and none");
	p->is_signed = p->parts[APPX_SIGNATURE] != APPX_NONE;
	return true;
}

static bool
order_check(const struct appx *p, struct err *e)
{
	const struct zip *z = p->zip;

	for (size_t i = 0; i < z->count; i++) {
		if (z->order[i] != i)
			return err_set(e, ERR_APPX_ARCHIVE, "\"%s\" has "
			    "another place in the directory than in the file",
			    ZIP_NAME(&z->entries[i]));
		if (span_ends(z->entries[i].name, "/"))
			return err_set(e, ERR_APPX_ARCHIVE, "\"%s\" is a "
			    "folder: a package lists files only",
			    ZIP_NAME(&z->entries[i]));
	}
	if (z->end.shift != 0 || z->entries[0].at != 0)
		return err_set(e, ERR_APPX_ARCHIVE, "bytes stand before its "
		    "first entry");
	if (z->end.record.len != ZIP_END_SIZE)
		return err_set(e, ERR_APPX_ARCHIVE, "the archive has a "
		    "comment");
	return !p->is_signed || p->parts[APPX_SIGNATURE] == z->count - 1 ||
	    err_set(e, ERR_APPX_ARCHIVE, "its signature is not the last "
	    "entry: what follows would not be signed");
}

/* The archive as if the signature had never been put in. */
static void
bare_make(struct appx *p)
{
	p->bare = *p->zip;
	if (!p->is_signed)
		return;
	p->bare.count--;
	p->bare.end.directory = p->zip->entries[p->bare.count].at;
}

static bool
text_read(struct appx *p, enum appx_part i, struct arena *a,
    struct spool *spool, struct err *e)
{
	const struct zip_entry *x;
	struct rope contents;

	if (p->parts[i] == APPX_NONE || parts[i].most == 0)
		return true;
	x = &p->zip->entries[p->parts[i]];
	if (x->numbers.size > parts[i].most)
		return err_set(e, ERR_LIMIT_SIZE, "\"%s\" has %llu bytes",
		    parts[i].name, (unsigned long long)x->numbers.size);
	return (zip_entry_contents(&p->file, x, a, spool, &contents, e) &&
	    rope_view(a, &contents, 0, contents.len, &p->text[i], e)) ||
	    err_at(e, "entry \"%s\"", ZIP_NAME(x));
}

static int
by_name(const void *a, const void *b)
{
	const struct appx_name *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/*
 * Names of entries are those of OPC parts: what is no letter or digit may be
 * written %XX. Elsewhere they are plain, with backslashes.
 */
static bool
name_decode(struct span name, struct arena *a, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct reader r = rd_open(name);

	while (rd_left(&r) > 0) {
		uint8_t c = rd_u8(&r);
		bool coded = c == '%';

		if (coded) {
			CLEANUP(buf_done) struct buf hex = { 0 };

			buf_u8(&hex, lower(rd_u8(&r)));
			buf_u8(&hex, lower(rd_u8(&r)));
			if (!rd_ok(&r) || !text_unhex(buf_span(&hex), &c, 1) ||
			    c < 0x20 || c == '/' || c == '\\')
				return err_set(e, ERR_APPX_PART, "the name "
				    "\"%s\" holds a %% that codes nothing",
				    text_show(name).text);
		}
		buf_u8(&b, c == '/' ? '\\' : c);
	}
	if (!text_utf8(buf_span(&b)))
		return err_set(e, ERR_APPX_PART, "the name \"%s\" is no UTF-8",
		    text_show(name).text);
	return arena_copy(a, buf_span(&b), out) || err_budget(e, a);
}

static bool
names_make(struct appx *p, struct arena *a, struct err *e)
{
	size_t count = p->bare.count;

	p->names = ARENA_ARRAY(a, struct appx_name, count);
	if (p->names == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		p->names[i].entry = i;
		if (!name_decode(p->bare.entries[i].name, a,
		    &p->names[i].name, e))
			return false;
	}
	qsort(p->names, count, sizeof(*p->names), by_name);
	for (size_t i = 1; i < count; i++)
		if (by_name(&p->names[i - 1], &p->names[i]) == 0)
			return err_set(e, ERR_APPX_PART, "two entries are "
			    "named \"%s\"", text_show(p->names[i].name).text);
	return true;
}

size_t
appx_find(const struct appx *p, struct span name)
{
	struct appx_name key = { .name = name };
	const struct appx_name *found = bsearch(&key, p->names, p->bare.count,
	    sizeof(key), by_name);

	return found == NULL ? APPX_NONE : found->entry;
}

bool
appx_read(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct appx *p, struct err *e)
{
	*p = (struct appx){ .file = *file };
	if (!zip_read(file, limits, true, a, spool, &p->zip, e) ||
	    !parts_find(p, e) || !order_check(p, e))
		return false;
	bare_make(p);
	for (size_t i = 0; i < APPX_PARTS; i++)
		if (!text_read(p, (enum appx_part)i, a, spool, e))
			return false;
	return names_make(p, a, e) &&
	    (!p->is_bundle || appx_bundle_read(p, a, e)) &&
	    appx_map_read(p, a, e);
}

bool
appx_read_usual(const struct rope *file, struct arena *a, struct spool *spool,
    struct appx *p, struct err *e)
{
	return appx_read(file, &usual, a, spool, p, e);
}
