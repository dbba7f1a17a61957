/*
 * appx_bundle - AppxMetadata/AppxBundleManifest.xml: which packages lie in the
 * bundle, and where. Windows reads them right there, so they are stored, and
 * Offset counts bytes of the bundle up to their data.
 *
 *	<Package Type="application" Version="1.0.0.0" Architecture="x64"
 *	    FileName="app_x64.appx" Offset="49" Size="83021"/>
 *
 * Packages that are named without a place lie elsewhere.
 */
#include "base/text.h"
#include "containers/appx.h"

#define SPACE	"http://schemas.microsoft.com/appx/2013/bundle"

static bool
bad_package(struct span name, const char *why, struct err *e)
{
	return err_set(e, ERR_APPX_BUNDLE, "the bundle's manifest says of "
	    "\"%s\" %s", text_show(name).text, why);
}

static bool
package_read(const struct appx *p, const struct xml_element *x,
    struct appx_package *out, bool *here, struct err *e)
{
	const struct xml_attribute *name = xml_attribute(x, "FileName");
	const struct xml_attribute *offset = xml_attribute(x, "Offset");
	const struct xml_attribute *size = xml_attribute(x, "Size");

	*here = false;
	if (name == NULL)
		return bad_package(x->name, "no FileName", e);
	out->entry = appx_find(p, name->value);
	*here = out->entry != APPX_NONE;
	if (!*here && offset == NULL)
		return true;
	if (!*here)
		return bad_package(name->value, "a place, but it is not "
		    "there", e);
	for (size_t i = 0; i < APPX_PARTS; i++)
		if (p->parts[i] == out->entry)
			return bad_package(name->value, "that it is a package",
			    e);
	return (offset != NULL && size != NULL &&
	    text_u64(offset->value, &out->offset) &&
	    text_u64(size->value, &out->size)) ||
	    bad_package(name->value, "no Offset and Size", e);
}

bool
appx_bundle_read(struct appx *p, struct arena *a, struct err *e)
{
	const struct xml_element **all = NULL;
	struct xml_element *root;
	size_t count = 0;
	bool here;

	if (!xml_parse("AppxBundleManifest.xml",
	    p->text[APPX_BUNDLE_MANIFEST], a, &root, e))
		return false;
	if (!xml_is(root, SPACE, "Bundle"))
		return err_set(e, ERR_APPX_BUNDLE, "the bundle's manifest is "
		    "none");
	if (!appx_elements(root, "Package", a, &all, &count, e))
		return false;
	p->packages = ARENA_ARRAY(a, struct appx_package, count);
	p->inner = ARENA_ARRAY(a, size_t, p->bare.count);
	if (p->packages == NULL || p->inner == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->bare.count; i++)
		p->inner[i] = APPX_NONE;
	for (size_t i = 0; i < count; i++) {
		struct appx_package *x = &p->packages[p->package_count];

		x->tag = i;
		if (!package_read(p, all[i], x, &here, e))
			return false;
		if (!here)
			continue;
		if (p->inner[x->entry] != APPX_NONE)
			return bad_package(p->bare.entries[x->entry].name,
			    "two things", e);
		p->inner[x->entry] = p->package_count++;
	}
	return true;
}

bool
appx_bundle_check(const struct appx *p, struct err *e)
{
	for (size_t i = 0; i < p->package_count; i++) {
		const struct appx_package *x = &p->packages[i];
		const struct zip_entry *at = &p->bare.entries[x->entry];

		if (at->method != ZIP_STORED)
			return err_set(e, ERR_APPX_BUNDLE, "the package "
			    "\"%s\" is not stored as it is", ZIP_NAME(at));
		if (x->offset != at->data || x->size != at->numbers.size)
			return err_set(e, ERR_APPX_BUNDLE, "the package "
			    "\"%s\" has %llu bytes at %llu, the bundle's "
			    "manifest says %llu at %llu", ZIP_NAME(at),
			    (unsigned long long)at->numbers.size,
			    (unsigned long long)at->data,
			    (unsigned long long)x->size,
			    (unsigned long long)x->offset);
	}
	return true;
}

static bool
number_edit(struct span text, const struct appx_tag *tag, const char *name,
    uint64_t value, struct arena *a, struct appx_edit *out, struct err *e)
{
	const char *digits = arena_printf(a, "%llu",
	    (unsigned long long)value);

	if (digits == NULL)
		return err_budget(e, a);
	out->text = span_text(digits);
	return appx_value(text, tag, name, &out->from, &out->to) ||
	    err_set(e, ERR_APPX_BUNDLE, "the bundle's manifest lost an %s",
	    name);
}

/* Offset and Size of one package, whichever comes first. */
static bool
package_edit(struct span text, const struct appx_tag *tag,
    const struct appx_package *x, struct arena *a, struct appx_edit *edits,
    struct err *e)
{
	struct appx_edit first;

	if (!number_edit(text, tag, "Offset", x->offset, a, &edits[0], e) ||
	    !number_edit(text, tag, "Size", x->size, a, &edits[1], e))
		return false;
	if (edits[1].from < edits[0].from) {
		first = edits[1];
		edits[1] = edits[0];
		edits[0] = first;
	}
	return true;
}

bool
appx_bundle_write(const struct appx *p, const struct appx_package *packages,
    struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span text = p->text[APPX_BUNDLE_MANIFEST];
	struct appx_edit *edits = ARENA_ARRAY(a, struct appx_edit,
	    2 * p->package_count);
	size_t at = 0, tags = 0, count = 0, to;
	struct appx_tag tag;

	if (edits == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->package_count; tags++) {
		if (!appx_element_next(text, "Package", &at, &tag, &to))
			return err_set(e, ERR_APPX_BUNDLE, "the bundle's "
			    "manifest has no end");
		at = tag.to;
		if (tags != p->packages[i].tag)
			continue;
		if (!package_edit(text, &tag, &packages[i], a, &edits[count],
		    e))
			return false;
		count += 2;
		i++;
	}
	appx_edit(text, edits, count, &b);
	return arena_copy(a, buf_span(&b), out) || err_budget(e, a);
}
