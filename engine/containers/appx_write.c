/*
 * appx_write - a package with a signature, with another one, or without: the
 * last entry, and a line in [Content_Types].xml. All other bytes stay, but for
 * the end record: MakeAppx writes all ones for the number of the disk there;
 * Windows wants zeros once the package is signed.
 */
#include "base/text.h"
#include "containers/appx.h"

#define TYPES_SPACE	\
	"http://schemas.openxmlformats.org/package/2006/content-types"
#define SIGNATURE_PART	"/AppxSignature.p7x"
#define SIGNATURE_TYPE	"application/vnd.ms-appx.signature"

static bool
bad_types(const char *why, struct err *e)
{
	return err_set(e, ERR_APPX_TYPES, "[Content_Types].xml %s", why);
}

static bool
value_is(const struct xml_element *x, const char *name, const char *text)
{
	const struct xml_attribute *found = xml_attribute(x, name);

	return found != NULL && span_is(found->value, text);
}

/* Which of its Override elements is the signature's, or APPX_NONE. */
static bool
override_find(struct span text, struct arena *a, size_t *number,
    struct err *e)
{
	const struct xml_element **all = NULL;
	struct xml_element *root;
	size_t count = 0;

	*number = APPX_NONE;
	if (!xml_parse("[Content_Types].xml", text, a, &root, e))
		return false;
	if (!xml_is(root, TYPES_SPACE, "Types"))
		return bad_types("lists no types", e);
	if (!appx_elements(root, "Override", a, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!value_is(all[i], "PartName", SIGNATURE_PART))
			continue;
		if (*number != APPX_NONE ||
		    !value_is(all[i], "ContentType", SIGNATURE_TYPE))
			return bad_types("gives the signature another type",
			    e);
		*number = i;
	}
	return true;
}

/* Right before </Types>, with the prefix that it has. */
static bool
override_add(struct span text, struct buf *out, struct err *e)
{
	struct appx_tag tag, last = { 0 };
	size_t at = 0;

	while (appx_tag_next(text, &at, &tag))
		last = tag;
	if (!last.closing)
		return bad_types("lists no types", e);
	struct span prefix = span_from(text, last.from + 2);
	prefix.len = (size_t)(last.name.ptr - prefix.ptr);
	struct reader r = rd_open(text);
	buf_put(out, rd_take(&r, last.from));
	buf_u8(out, '<');
	buf_put(out, prefix);
	buf_text(out, "Override PartName=\"" SIGNATURE_PART
	    "\" ContentType=\"" SIGNATURE_TYPE "\"/>");
	buf_put(out, rd_take(&r, rd_left(&r)));
	return true;
}

static bool
override_drop(struct span text, size_t number, struct buf *out,
    struct err *e)
{
	struct appx_edit edit = { 0 };
	struct appx_tag tag;
	size_t at = 0;

	for (size_t i = 0; i <= number; i++) {
		if (!appx_element_next(text, "Override", &at, &tag, &edit.to))
			return bad_types("nests its types", e);
		edit.from = tag.from;
	}
	appx_edit(text, &edit, 1, out);
	return true;
}

bool
appx_types(const struct appx *p, bool with, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span text = p->text[APPX_CONTENT_TYPES];
	size_t number;

	*out = text;
	if (!override_find(text, a, &number, e))
		return false;
	if (with == (number != APPX_NONE))
		return true;
	if (!(with ? override_add(text, &b, e) :
	    override_drop(text, number, &b, e)))
		return false;
	if (!arena_copy(a, buf_span(&b), out))
		return err_budget(e, a);
	return override_find(*out, a, &number, e) &&
	    (with == (number != APPX_NONE) ||
	    bad_types("cannot be changed", e));
}

/* The end record as a signed package has it: of the first disk. */
static bool
first_disk(const struct appx *p, struct zip *out, struct arena *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct reader r = rd_open(p->bare.end.record);

	*out = p->bare;
	buf_put(&b, rd_take(&r, 4));
	buf_zero(&b, 4);
	rd_skip(&r, 4);
	buf_put(&b, rd_take(&r, rd_left(&r)));
	return arena_copy(a, buf_span(&b), &out->end.record) ||
	    err_budget(e, a);
}

/* In MakeAppx's archives every record has its numbers in a ZIP64 field. */
static struct zip_habit
habit_of(const struct appx *p)
{
	const struct zip_wide *w = &p->bare.entries[0].wide;
	bool wide = w->size && w->packed && w->offset;

	return (struct zip_habit){
		.made_by = ZIP_VERSION_64,
		.version = wide ? ZIP_VERSION_64 : ZIP_VERSION_DEFLATE,
		.wide = wide,
	};
}

static bool
write_with(const struct appx *p, struct span types, struct span signature,
    struct arena *a, struct spool *spool, struct rope *out,
    uint64_t *directory, struct err *e)
{
	struct zip_habit habit = habit_of(p);
	struct change changes[2];
	size_t count = 0;
	struct zip z;

	if (!span_eq(types, p->text[APPX_CONTENT_TYPES])) {
		changes[count].index = p->parts[APPX_CONTENT_TYPES];
		if (!rope_bytes(a, types, &changes[count++].contents, e))
			return false;
	}
	if (signature.len > 0) {
		changes[count].index = SIZE_MAX;
		changes[count].path = SPAN_TEXT("AppxSignature.p7x");
		if (!rope_bytes(a, signature, &changes[count++].contents, e))
			return false;
	}
	return first_disk(p, &z, a, e) && zip_write(&p->file, &z, changes,
	    count, &habit, a, spool, out, directory, e);
}

bool
appx_write(const struct appx *p, struct span signature, struct arena *a,
    struct spool *spool, struct rope *out, uint64_t *directory, struct err *e)
{
	struct span types;

	return appx_types(p, signature.len > 0, a, &types, e) &&
	    write_with(p, types, signature, a, spool, out, directory, e);
}

bool
appx_rewrite(const struct appx *p, const struct change *changes,
    const struct rope *packed, size_t count, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	struct zip_habit habit = { .packed = packed };
	uint64_t directory;
	struct zip z;

	return first_disk(p, &z, a, e) && zip_write(&p->file, &z, changes,
	    count, &habit, a, spool, out, &directory, e);
}

bool
appx_to_sign(const struct appx *p, struct arena *a, struct spool *spool,
    struct rope *out, uint64_t *directory, struct span *types, struct err *e)
{
	return appx_types(p, true, a, types, e) && write_with(p, *types,
	    (struct span){ 0 }, a, spool, out, directory, e);
}

static bool
same_range(const struct rope *x, const struct rope *y, uint64_t from,
    uint64_t to, struct arena *a, struct err *e)
{
	struct rope one, two;
	bool same;

	return rope_slice(a, x, from, to - from, &one, e) &&
	    rope_slice(a, y, from, to - from, &two, e) &&
	    rope_same(&one, &two, &same, e) && (same || err_set(e,
	    ERR_APPX_ARCHIVE, "its directory is not in the usual form"));
}

/*
 * What is written from what was read must come out as it stood: the directory
 * is hashed as it would be without the signature, and nothing of it may get
 * lost on the way there. The record of the signature itself is left out.
 */
static bool
directory_plain(const struct appx *p, struct arena *a, struct spool *spool,
    struct err *e)
{
	const struct zip_habit none = { 0 };
	uint64_t from = p->zip->end.directory, directory;
	uint64_t end = from + p->zip->end.directory_len;
	uint64_t last = p->zip->entries[p->zip->count - 1].record.len;
	struct rope again;

	if (!zip_write(&p->file, p->zip, NULL, 0, &none, a, spool, &again,
	    &directory, e))
		return false;
	if (again.len != p->file.len || directory != from)
		return err_set(e, ERR_APPX_ARCHIVE,
		    "its directory is not in the usual form");
	return same_range(&p->file, &again, from, end - last, a, e) &&
	    same_range(&p->file, &again, end, p->file.len, a, e);
}

bool
appx_as_signed(const struct appx *p, struct arena *a, struct spool *spool,
    struct rope *out, uint64_t *directory, struct err *e)
{
	const struct zip_habit none = { 0 };

	return directory_plain(p, a, spool, e) && zip_write(&p->file,
	    &p->bare, NULL, 0, &none, a, spool, out, directory, e);
}
