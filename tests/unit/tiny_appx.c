/* tiny_appx - see tiny_appx.h. */
#include <stdlib.h>

#include "base/text.h"
#include "containers/zip.h"
#include "crypto/digest.h"
#include "test.h"
#include "tiny_appx.h"

#define BLOCK	65536

struct making {
	struct buf	out;
	struct buf	directory;
	struct buf	map;
	struct buf	packages;
	unsigned	count;
};

static uint32_t
crc_of(struct span s)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct rope r;
	uint32_t crc = 0;
	struct err e;

	assert_ok(rope_bytes(a, s, &r, &e) && zip_crc(&r, &crc, &e), &e);
	return crc;
}

/* What both headers say, from the version needed to the extra field. */
static void
put_common(struct buf *b, struct span name, struct span data)
{
	buf_u16le(b, ZIP_VERSION_DEFLATE);
	buf_u16le(b, 0);
	buf_u16le(b, ZIP_STORED);
	buf_u32le(b, (uint32_t)ZIP_NO_DATE << 16);
	buf_u32le(b, crc_of(data));
	buf_u32le(b, (uint32_t)data.len);
	buf_u32le(b, (uint32_t)data.len);
	buf_u16le(b, (uint16_t)name.len);
	buf_u16le(b, 0);
}

static void
put_entry(struct making *m, const char *text, struct span data)
{
	struct span name = span_text(text);
	size_t at = m->out.len;

	buf_u32le(&m->out, ZIP_LOCAL);
	put_common(&m->out, name, data);
	buf_put(&m->out, name);
	buf_put(&m->out, data);
	buf_u32le(&m->directory, ZIP_CENTRAL);
	buf_u16le(&m->directory, ZIP_VERSION_64);
	put_common(&m->directory, name, data);
	buf_zero(&m->directory, 10);
	buf_u32le(&m->directory, (uint32_t)at);
	buf_put(&m->directory, name);
	m->count++;
}

static void
map_file(struct making *m, const char *name, struct span data)
{
	buf_text(&m->map, "<File Name=\"");
	for (const char *c = name; *c != 0; c++)
		buf_u8(&m->map, *c == '/' ? '\\' : (uint8_t)*c);
	buf_printf(&m->map, "\" Size=\"%zu\" LfhSize=\"%zu\">", data.len,
	    ZIP_LOCAL_SIZE + span_text(name).len);
	for (size_t at = 0; at < data.len; at += BLOCK) {
		struct span block = span_from(data, at);

		block.len = block.len < BLOCK ? block.len : BLOCK;
		struct digest d = digest_of(DIGEST_SHA256, block);
		buf_text(&m->map, "<Block Hash=\"");
		text_base64(digest_span(&d), &m->map);
		buf_text(&m->map, "\"/>");
	}
	buf_text(&m->map, "</File>");
}

static void
put_file(struct making *m, const struct tiny_file *f)
{
	if (f->inner)
		buf_printf(&m->packages, "<Package FileName=\"%s\" "
		    "Size=\"%zu\" Offset='%zu'/>", f->name, f->data.len,
		    m->out.len + ZIP_LOCAL_SIZE + span_text(f->name).len);
	else if (!f->unlisted)
		map_file(m, f->name, f->data);
	put_entry(m, f->name, f->data);
}

static void
put_text(struct making *m, const char *name, bool listed,
    const struct buf *text)
{
	if (listed)
		map_file(m, name, buf_span(text));
	put_entry(m, name, buf_span(text));
}

static void
put_manifest(struct making *m, bool bundle)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *root = bundle ? "Bundle" : "Package";

	buf_printf(&b, "<%s xmlns=\"http://schemas.microsoft.com/appx/%s\">"
	    "<Identity Name=\"Acme.App\" Publisher=\"" TINY_PUBLISHER
	    "\" Version=\"1.0.0.0\"/><Packages>", root, bundle ?
	    "2013/bundle" : "manifest/foundation/windows10");
	buf_put(&b, buf_span(&m->packages));
	buf_printf(&b, "</Packages></%s>", root);
	put_text(m, bundle ? "AppxMetadata/AppxBundleManifest.xml" :
	    "AppxManifest.xml", true, &b);
}

static void
put_map(struct making *m)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_text(&b, "<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010"
	    "/blockmap\" HashMethod=\"http://www.w3.org/2001/04/xmlenc"
	    "#sha256\">");
	buf_put(&b, buf_span(&m->map));
	buf_text(&b, "</BlockMap>");
	put_text(m, "AppxBlockMap.xml", false, &b);
}

struct buf
tiny_appx_make(const struct tiny_file *files, size_t count)
{
	CLEANUP(buf_done) struct buf types = { 0 };
	struct making m = { .count = 0 };
	bool bundle = false;

	for (size_t i = 0; i < count; i++) {
		put_file(&m, &files[i]);
		bundle |= files[i].inner;
	}
	put_manifest(&m, bundle);
	put_map(&m);
	buf_text(&types, "<Types xmlns=\"http://schemas.openxmlformats.org/"
	    "package/2006/content-types\"><Default Extension=\"xml\" "
	    "ContentType=\"text/xml\"/></Types>");
	put_text(&m, "[Content_Types].xml", false, &types);
	size_t at = m.out.len;
	buf_put(&m.out, buf_span(&m.directory));
	buf_u32le(&m.out, ZIP_END);
	buf_zero(&m.out, 4);
	buf_u16le(&m.out, (uint16_t)m.count);
	buf_u16le(&m.out, (uint16_t)m.count);
	buf_u32le(&m.out, (uint32_t)m.directory.len);
	buf_u32le(&m.out, (uint32_t)at);
	buf_u16le(&m.out, 0);
	buf_done(&m.directory);
	buf_done(&m.map);
	buf_done(&m.packages);
	return m.out;
}
