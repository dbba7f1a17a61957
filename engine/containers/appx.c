/*
 * appx - app packages (APPX, MSIX) and bundles of them: ZIP archives that list
 * and hash their own files.
 *
 *	files				in a bundle: packages, stored
 *	AppxManifest.xml		name, publisher; or, of a bundle,
 *	AppxMetadata/AppxBundleManifest.xml
 *	AppxBlockMap.xml		hashes of all files
 *	[Content_Types].xml
 *	[AppxMetadata/CodeIntegrity.cat]
 *	[AppxSignature.p7x]		the last entry
 *
 * The signature is no entry of the listing: it is the format's. When files
 * change, the block map and the places in a bundle's manifest are told anew,
 * and the signature over the old ones goes.
 */
#include "base/text.h"
#include "containers/appx.h"

extern const struct container appx_container;

/* Names of entries that no other ZIP archive has at its beginning. */
static const char *const marks[] = { "AppxManifest.xml", "AppxBlockMap.xml",
	"AppxMetadata/AppxBundleManifest.xml" };

/*
 * Of the entries at the beginning, one may be told by its name. Mostly these
 * come last, out of sight; then the file's name decides.
 */
static int
appx_probe(struct span head)
{
	struct reader r = rd_open(head);

	if (rd_u32le(&r) != ZIP_LOCAL || !rd_ok(&r))
		return 0;
	for (size_t at = 0; at + ZIP_LOCAL_SIZE <= head.len; at++) {
		struct span name;

		rd_seek(&r, at);
		if (head.ptr[at] != 'P' || rd_u32le(&r) != ZIP_LOCAL)
			continue;
		rd_seek(&r, at + 26);
		size_t len = rd_u16le(&r);
		rd_seek(&r, at + ZIP_LOCAL_SIZE);
		name = rd_take(&r, len);
		for (size_t i = 0; rd_ok(&r) && i < COUNT(marks); i++)
			if (span_is(name, marks[i]))
				return 95;
		r = rd_open(head);
	}
	return 90;
}

static bool
appx_list(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct listing *out, struct err *e)
{
	struct appx *p = ARENA_NEW(a, struct appx);

	if (p == NULL)
		return err_budget(e, a);
	if (!appx_read(file, limits, a, spool, p, e))
		return false;
	*out = (struct listing){ .container = &appx_container, .file = *file,
	    .own = p };
	return (!p->is_signed || listing_note(out, a, "its signature goes "
	    "when a file in it changes", e)) &&
	    zip_listing(&p->bare, p->bare.count, a, out, e);
}

static bool
appx_contents(const struct listing *l, size_t index, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	const struct appx *p = l->own;
	const struct zip_entry *x = &p->bare.entries[index];

	return zip_entry_contents(&p->file, x, a, spool, out, e) ||
	    err_at(e, "entry \"%s\"", ZIP_NAME(x));
}

/* ---- rebuilding */

/* All that changes, by entry, with what is packed of it. */
struct plan {
	const struct appx	*package;
	struct arena		*arena;
	struct spool		*spool;
	bool			*changed;
	struct rope		*contents;
	struct rope		*packed;
	const struct appx_file	**files;	/* by file of the block map */
};

static bool
plan_new(struct plan *k, struct err *e)
{
	size_t count = k->package->bare.count;

	k->changed = ARENA_ARRAY(k->arena, bool, count);
	k->contents = ARENA_ARRAY(k->arena, struct rope, count);
	k->packed = ARENA_ARRAY(k->arena, struct rope, count);
	k->files = ARENA_ARRAY(k->arena, const struct appx_file *,
	    k->package->file_count);
	return (k->changed != NULL && k->contents != NULL &&
	    k->packed != NULL && k->files != NULL) ||
	    err_budget(e, k->arena);
}

/* What the writer will make of a local header: see zip_write.c. */
static bool
local_length(const struct zip_entry *x, uint64_t len, uint64_t packed,
    uint64_t *out, struct err *e)
{
	struct span extra = span_from(x->local, ZIP_LOCAL_SIZE + x->name.len);
	struct span whole, data;
	struct reader r = rd_open(extra);
	bool wide = len >= ZIP_WIDE32 || packed >= ZIP_WIDE32;
	uint16_t id;

	while (zip_extra_next(&r, &id, &whole, &data)) {
		wide |= id == ZIP_EXTRA_64;
		if (id != ZIP_EXTRA_64)
			return err_set(e, ERR_APPX_ARCHIVE, "\"%s\" has extra "
			    "fields, so that it cannot be changed",
			    ZIP_NAME(x));
	}
	*out = ZIP_LOCAL_SIZE + x->name.len + (wide ? 20 : 0);
	return rd_left(&r) == 0 || err_set(e, ERR_APPX_ARCHIVE, "\"%s\" is "
	    "aligned, so that it cannot be changed", ZIP_NAME(x));
}

static bool
pack(struct plan *k, size_t index, const uint64_t **sizes, struct err *e)
{
	const struct rope *contents = &k->contents[index];
	uint64_t *made;

	*sizes = NULL;
	k->packed[index] = *contents;
	if (k->package->bare.entries[index].method == ZIP_STORED)
		return true;
	made = ARENA_ARRAY(k->arena, uint64_t,
	    contents->len / APPX_BLOCK + 1);
	if (made == NULL)
		return err_budget(e, k->arena);
	*sizes = made;
	return zip_deflate_blocks(contents, APPX_BLOCK, made, k->arena,
	    k->spool, &k->packed[index], e);
}

/* New contents of an entry, and what the block map is to say of them. */
static bool
plan_put(struct plan *k, size_t index, struct rope contents, struct err *e)
{
	const struct appx *p = k->package;
	struct appx_file *f = ARENA_NEW(k->arena, struct appx_file);
	const uint64_t *sizes;
	uint64_t local;

	if (f == NULL)
		return err_budget(e, k->arena);
	k->changed[index] = true;
	k->contents[index] = contents;
	if (!pack(k, index, &sizes, e))
		return false;
	if (p->mapped[index] == APPX_NONE)
		return true;
	k->files[p->mapped[index]] = f;
	return local_length(&p->bare.entries[index], contents.len,
	    k->packed[index].len, &local, e) &&
	    appx_file_make(p->kind, &contents, local, sizes, k->arena, f, e);
}

static bool
plan_text(struct plan *k, enum appx_part part, struct span text,
    struct err *e)
{
	struct rope contents;

	return span_eq(text, k->package->text[part]) ||
	    (rope_bytes(k->arena, text, &contents, e) &&
	    plan_put(k, k->package->parts[part], contents, e));
}

/* Where the packages in a bundle will lie: before them, no text changes. */
static bool
places_make(struct plan *k, struct appx_package *out, struct err *e)
{
	const struct appx *p = k->package;
	uint64_t at = 0, local;

	for (size_t i = 0; i < p->bare.count; i++) {
		const struct zip_entry *x = &p->bare.entries[i];
		uint64_t size = k->changed[i] ? k->contents[i].len :
		    x->numbers.size;

		local = x->local.len;
		if (k->changed[i] && !local_length(x, size, k->packed[i].len,
		    &local, e))
			return false;
		if (p->inner[i] != APPX_NONE) {
			out[p->inner[i]].offset = at + local;
			out[p->inner[i]].size = size;
		}
		at += k->changed[i] ? local + k->packed[i].len :
		    x->end - x->at;
	}
	return true;
}

static bool
bundle_order(const struct appx *p, struct err *e)
{
	static const enum appx_part after[] = { APPX_BUNDLE_MANIFEST,
	    APPX_BLOCK_MAP, APPX_CONTENT_TYPES };

	for (size_t n = 0; n < p->package_count; n++)
		for (size_t i = 0; i < COUNT(after); i++)
			if (p->parts[after[i]] < p->packages[n].entry)
				return err_set(e, ERR_APPX_BUNDLE, "packages "
				    "lie behind what says where they lie: "
				    "such a bundle cannot be changed");
	return true;
}

static bool
plan_bundle(struct plan *k, struct err *e)
{
	const struct appx *p = k->package;
	struct appx_package *places = ARENA_ARRAY(k->arena,
	    struct appx_package, p->package_count);
	struct span text;

	if (places == NULL)
		return err_budget(e, k->arena);
	for (size_t i = 0; i < p->package_count; i++)
		places[i] = p->packages[i];
	return bundle_order(p, e) && places_make(k, places, e) &&
	    appx_bundle_write(p, places, k->arena, &text, e) &&
	    plan_text(k, APPX_BUNDLE_MANIFEST, text, e);
}

/* These say what the others are: they change with them, and only so. */
static bool
changeable(const struct appx *p, const struct change *c, struct err *e)
{
	if (c->index >= p->bare.count)
		return err_set(e, ERR_APPX_NEW, "\"%s\" cannot be put into a "
		    "package: nothing there tells its type",
		    text_show(c->path).text);
	if (p->parts[APPX_CODE_INTEGRITY] != APPX_NONE)
		return err_set(e, ERR_APPX_CODE_INTEGRITY, "the catalog "
		    "AppxMetadata/CodeIntegrity.cat would no longer be that "
		    "of the files");
	for (size_t i = 0; i < APPX_PARTS; i++)
		if (i != APPX_MANIFEST && c->index == p->parts[i])
			return err_set(e, ERR_APPX_PART, "\"%s\" follows from "
			    "the other files", ZIP_NAME(
			    &p->bare.entries[c->index]));
	return true;
}

static bool
plan_all(struct plan *k, const struct change *changes, size_t count,
    struct err *e)
{
	const struct appx *p = k->package;
	struct span text;

	for (size_t i = 0; i < count; i++)
		if (!changeable(p, &changes[i], e) ||
		    !plan_put(k, changes[i].index, changes[i].contents, e))
			return false;
	return (!p->is_bundle || plan_bundle(k, e)) &&
	    appx_map_write(p, k->files, k->arena, &text, e) &&
	    plan_text(k, APPX_BLOCK_MAP, text, e) &&
	    appx_types(p, false, k->arena, &text, e) &&
	    plan_text(k, APPX_CONTENT_TYPES, text, e);
}

static bool
appx_rebuild(const struct listing *l, const struct change *changes,
    size_t count, struct arena *a, struct spool *spool, struct rope *out,
    struct err *e)
{
	struct plan k = { .package = l->own, .arena = a, .spool = spool };
	const struct appx *p = k.package;
	struct change *all = ARENA_ARRAY(a, struct change, p->bare.count);
	struct rope *packed = ARENA_ARRAY(a, struct rope, p->bare.count);
	size_t n = 0;

	if (all == NULL || packed == NULL)
		return err_budget(e, a);
	*out = l->file;
	if (count == 0)
		return true;
	if (!appx_blocks_check(p, a, e) || !plan_new(&k, e) ||
	    !plan_all(&k, changes, count, e))
		return false;
	for (size_t i = 0; i < p->bare.count; i++)
		if (k.changed[i]) {
			packed[n] = k.packed[i];
			all[n++] = (struct change){ .index = i,
			    .contents = k.contents[i] };
		}
	return appx_rewrite(p, all, packed, n, a, spool, out, e);
}

/* ---- what a rebuild and a signature may change */

/* The packaging's own files that follow from others. */
static bool
may_list(const struct appx *p, const size_t *indices, size_t count,
    size_t *out, size_t *out_count)
{
	size_t next = 0, n = 0;

	for (size_t i = 0; i < p->bare.count; i++) {
		bool may = next < count && indices[next] == i;

		next += may;
		may |= i == p->parts[APPX_CONTENT_TYPES] || (count > 0 &&
		    (i == p->parts[APPX_BLOCK_MAP] ||
		    i == p->parts[APPX_BUNDLE_MANIFEST]));
		if (may)
			out[n++] = i;
	}
	*out_count = n;
	return next == count;
}

static bool
changed(const char *what, struct err *e)
{
	return err_set(e, ERR_APPX_CHANGED, "%s in another way than the files "
	    "that were signed", what);
}

/* The block map of after is the old one with what after's own files are. */
static bool
same_map(const struct appx *x, const struct appx *y, const size_t *may,
    size_t count, struct arena *a, struct err *e)
{
	const struct appx_file **files = ARENA_ARRAY(a,
	    const struct appx_file *, x->file_count);
	struct span text;

	if (files == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		size_t from = x->mapped[may[i]], to = y->mapped[may[i]];

		if ((from == APPX_NONE) != (to == APPX_NONE))
			return changed("the block map changed", e);
		if (from != APPX_NONE)
			files[from] = &y->files[to];
	}
	return appx_map_write(x, files, a, &text, e) &&
	    (span_eq(text, y->text[APPX_BLOCK_MAP]) ||
	    changed("the block map changed", e));
}

static bool
same_bundle(const struct appx *x, const struct appx *y, struct arena *a,
    struct err *e)
{
	struct span text;

	if (!x->is_bundle)
		return true;
	if (x->package_count != y->package_count)
		return changed("the bundle's manifest changed", e);
	return appx_bundle_write(x, y->packages, a, &text, e) &&
	    (span_eq(text, y->text[APPX_BUNDLE_MANIFEST]) ||
	    changed("the bundle's manifest changed", e));
}

static bool
same_types(const struct appx *x, const struct appx *y, struct arena *a,
    struct err *e)
{
	struct span before, after;

	return appx_types(x, false, a, &before, e) &&
	    appx_types(y, false, a, &after, e) && (span_eq(before, after) ||
	    changed("[Content_Types].xml changed", e));
}

/* The signature's entry is as we write it: no place to hide anything. */
static bool
same_signature(const struct appx *y, struct arena *a, struct err *e)
{
	uint64_t directory;
	struct rope again;
	bool same;

	if (!y->is_signed)
		return true;
	return appx_write(y, y->text[APPX_SIGNATURE], a, NULL, &again,
	    &directory, e) && rope_same(&again, &y->file, &same, e) &&
	    (same || changed("the entry of the signature is", e));
}

static bool
appx_kept(const struct listing *before, const struct listing *after,
    const size_t *indices, size_t count, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)256 << 20);
	const struct appx *x = before->own, *y = after->own;
	size_t *may = ARENA_ARRAY(a, size_t, x->bare.count), n;

	if (may == NULL)
		return err_budget(e, a);
	if (x->bare.count != y->bare.count || x->is_bundle != y->is_bundle ||
	    !may_list(x, indices, count, may, &n))
		return changed("the list of files changed", e);
	return zip_kept_as(&x->file, &x->bare, &y->file, &y->bare, may, n,
	    e) && same_types(x, y, a, e) && same_signature(y, a, e) &&
	    (count == 0 ||
	    (same_bundle(x, y, a, e) && same_map(x, y, may, n, a, e) &&
	    appx_blocks_check(y, a, e)));
}

const struct container appx_container = {
	.name		= "appx",
	.ignore_case	= true,
	.probe		= appx_probe,
	.list		= appx_list,
	.contents	= appx_contents,
	.forgets	= true,
	.sift		= appx_sift,
	.rebuild	= appx_rebuild,
	.kept		= appx_kept,
};
