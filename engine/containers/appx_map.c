/*
 * appx_map - AppxBlockMap.xml: of each file its size, the length of its local
 * header, and of each 64 KiB of it a hash and how many packed bytes they take.
 *
 *	<BlockMap HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">
 *	  <File Name="a\b.dll" Size="70000" LfhSize="37">
 *	    <Block Hash="..." Size="20311"/>	Size only where it is packed
 *	    <Block Hash="..." Size="1200"/>
 *	  </File>
 *
 * The signature covers it, and Windows goes by it when it unpacks: what it does
 * not list, or lists otherwise, is refused.
 */
#include "base/text.h"
#include "containers/appx.h"

#define SPACE	"http://schemas.microsoft.com/appx/2010/blockmap"

static const struct {
	const char	*uri;
	enum digest_kind kind;
} hash_methods[] = {
	{ "http://www.w3.org/2001/04/xmlenc#sha256", DIGEST_SHA256 },
	{ "http://www.w3.org/2001/04/xmldsig-more#sha384", DIGEST_SHA384 },
	{ "http://www.w3.org/2001/04/xmlenc#sha512", DIGEST_SHA512 },
};

/* Files of the packaging itself, which the block map leaves out. */
static const enum appx_part unlisted[] = { APPX_CONTENT_TYPES, APPX_BLOCK_MAP,
	APPX_SIGNATURE };

static bool
malformed(const struct xml_element *x, const char *why, struct err *e)
{
	return err_set(e, ERR_APPX_BLOCK_MAP, "line %u of the block map: %s",
	    x->line, why);
}

static struct span
value_of(const struct xml_element *x, const char *name)
{
	const struct xml_attribute *found = xml_attribute(x, name);

	return found == NULL ? (struct span){ 0 } : found->value;
}

static bool
kind_read(const struct xml_element *root, enum digest_kind *out,
    struct err *e)
{
	struct span method = value_of(root, "HashMethod");

	for (size_t i = 0; i < COUNT(hash_methods); i++)
		if (span_is(method, hash_methods[i].uri)) {
			*out = hash_methods[i].kind;
			return true;
		}
	return err_set(e, ERR_APPX_BLOCK_MAP, "the block map's HashMethod "
	    "\"%s\" is none that is known", text_show(method).text);
}

static bool
blocks_read(const struct xml_element *x, struct arena *a,
    struct appx_file *f, struct err *e)
{
	uint64_t size;

	f->blocks = ARENA_ARRAY(a, struct appx_block, x->count);
	if (f->blocks == NULL)
		return err_budget(e, a);
	for (const struct xml_element *c = x->first; c != NULL; c = c->next) {
		struct appx_block *b = &f->blocks[f->block_count];

		if (!xml_is(c, SPACE, "Block")) {
			f->plain = false;
			continue;
		}
		b->hash = value_of(c, "Hash");
		b->size = value_of(c, "Size");
		f->plain = f->plain && c->attribute_count ==
		    (b->size.len > 0 ? 2u : 1u);
		if (b->size.len > 0 && !text_u64(b->size, &size))
			return malformed(c, "a Size is no number", e);
		f->block_count++;
	}
	return true;
}

static bool
file_read(const struct xml_element *x, struct arena *a, struct appx_file *f,
    struct err *e)
{
	f->name = value_of(x, "Name");
	f->plain = x->attribute_count == 3;
	if (!text_u64(value_of(x, "Size"), &f->size) ||
	    !text_u64(value_of(x, "LfhSize"), &f->local))
		return malformed(x, "a Size or LfhSize is no number", e);
	return blocks_read(x, a, f, e);
}

/* Every file of the map is an entry, and none is there twice. */
static bool
file_place(struct appx *p, size_t index, struct err *e)
{
	const struct appx_file *f = &p->files[index];
	size_t entry = appx_find(p, f->name);

	if (entry == APPX_NONE)
		return err_set(e, ERR_APPX_BLOCKS, "the block map lists "
		    "\"%s\", which is not there", text_show(f->name).text);
	if (p->mapped[entry] != APPX_NONE)
		return err_set(e, ERR_APPX_BLOCKS, "the block map lists \"%s\" "
		    "twice", text_show(f->name).text);
	for (size_t i = 0; i < COUNT(unlisted); i++)
		if (p->parts[unlisted[i]] == entry)
			return err_set(e, ERR_APPX_BLOCKS, "the block map "
			    "lists \"%s\", which it may not",
			    text_show(f->name).text);
	p->mapped[entry] = index;
	return true;
}

bool
appx_map_read(struct appx *p, struct arena *a, struct err *e)
{
	const struct xml_element **all = NULL;
	struct xml_element *root;

	p->mapped = ARENA_ARRAY(a, size_t, p->bare.count);
	p->held = ARENA_ARRAY(a, bool, p->bare.count);
	if (p->mapped == NULL || p->held == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->bare.count; i++)
		p->mapped[i] = APPX_NONE;
	if (!xml_parse("AppxBlockMap.xml", p->text[APPX_BLOCK_MAP], a, &root,
	    e))
		return false;
	if (!xml_is(root, SPACE, "BlockMap"))
		return malformed(root, "it is no BlockMap", e);
	if (!kind_read(root, &p->kind, e) ||
	    !appx_elements(root, "File", a, &all, &p->file_count, e))
		return false;
	p->files = ARENA_ARRAY(a, struct appx_file, p->file_count);
	if (p->files == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->file_count; i++) {
		if (!xml_is(all[i], SPACE, "File"))
			return malformed(all[i], "a File of another kind", e);
		if (!file_read(all[i], a, &p->files[i], e) ||
		    !file_place(p, i, e))
			return false;
	}
	return true;
}

/* ---- files against the map */

struct hashing {
	const struct appx_file	*file;
	enum digest_kind	 kind;
	struct hasher		*hasher;
	uint64_t		 left;		/* of this block */
	size_t			 block;
};

static bool
differs(const struct appx_file *f, const char *what, struct err *e)
{
	return err_set(e, ERR_APPX_BLOCKS, "\"%s\": its %s is not the one in "
	    "the block map", text_show(f->name).text, what);
}

static bool
block_end(struct hashing *h, struct err *e)
{
	CLEANUP(buf_done) struct buf ours = { 0 };
	struct digest d = hasher_end(h->hasher);

	text_base64(digest_span(&d), &ours);
	if (h->block >= h->file->block_count ||
	    !span_eq(buf_span(&ours), h->file->blocks[h->block].hash))
		return err_set(e, ERR_APPX_BLOCKS, "\"%s\": block %zu has not "
		    "the hash in the block map",
		    text_show(h->file->name).text, h->block);
	h->block++;
	h->left = APPX_BLOCK;
	return true;
}

static bool
hash_piece(void *arg, struct span piece, struct err *e)
{
	struct hashing *h = arg;
	struct span part;

	while (piece.len > 0) {
		uint64_t n = piece.len < h->left ? piece.len : h->left;

		if (!span_cut(piece, 0, n, &part))
			return false;
		hasher_put(h->hasher, part);
		h->left -= n;
		piece = span_from(piece, (size_t)n);
		if (h->left == 0 && !block_end(h, e))
			return false;
	}
	return true;
}

/* Packed blocks take no more than there is; of stored ones all is known. */
static bool
sizes_check(const struct appx_file *f, const struct zip_entry *x,
    struct err *e)
{
	uint64_t sum = 0, size = 0;

	for (size_t i = 0; i < f->block_count; i++) {
		if (f->blocks[i].size.len == 0 && x->method == ZIP_STORED)
			continue;
		if (!text_u64(f->blocks[i].size, &size) ||
		    __builtin_add_overflow(sum, size, &sum) ||
		    sum > x->numbers.packed)
			return differs(f, "packed size", e);
	}
	return true;
}

static bool
file_begin(const struct appx_file *f, const struct zip_entry *x,
    struct err *e)
{
	if (f->size != x->numbers.size)
		return differs(f, "size", e);
	if (f->local != x->local.len)
		return differs(f, "length of local header (LfhSize)", e);
	return sizes_check(f, x, e);
}

static bool
file_end(struct hashing *h, struct err *e)
{
	if (h->left < APPX_BLOCK && !block_end(h, e))
		return false;
	return h->block == h->file->block_count ||
	    differs(h->file, "number of blocks", e);
}

static bool
file_check(const struct appx *p, const struct appx_file *f,
    const struct zip_entry *x, struct arena *a, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hasher = hasher_new(p->kind);
	struct hashing h = { .file = f, .kind = p->kind, .hasher = hasher,
	    .left = APPX_BLOCK };

	if (!file_begin(f, x, e))
		return false;
	if (!zip_entry_each(&p->file, x, a, hash_piece, &h, e))
		return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	return file_end(&h, e);
}

/* A sift judges no block map: what is wrong, appx_blocks_check will say. */
struct holding {
	struct hashing	hashing;
	bool		good;
};

static bool
hold_piece(void *arg, struct span piece, struct err *e)
{
	struct holding *h = arg;
	struct err why;

	(void)e;
	h->good = h->good && hash_piece(&h->hashing, piece, &why);
	return true;
}

bool
appx_sift(const struct listing *l, size_t index, const struct sift *sift,
    struct arena *a, struct spool *spool, struct rope *out, bool *wanted,
    struct err *e)
{
	struct appx *p = l->own;
	const struct zip_entry *x = &p->bare.entries[index];
	const struct appx_file *f = p->mapped[index] == APPX_NONE ? NULL :
	    &p->files[p->mapped[index]];
	CLEANUP(hasher_done) struct hasher *hasher = hasher_new(p->kind);
	struct holding h = { .hashing = { .file = f, .kind = p->kind,
	    .hasher = hasher, .left = APPX_BLOCK } };
	struct err why;

	h.good = f != NULL && file_begin(f, x, &why);
	if (!zip_entry_sift(&p->file, x, sift, hold_piece, &h, a, spool, out,
	    wanted, e))
		return err_at(e, "entry \"%s\"", ZIP_NAME(x));
	p->held[index] = h.good && file_end(&h.hashing, &why);
	return true;
}

static bool
may_be_unlisted(const struct appx *p, size_t entry)
{
	for (size_t i = 0; i < COUNT(unlisted); i++)
		if (p->parts[unlisted[i]] == entry)
			return true;
	return p->parts[APPX_CODE_INTEGRITY] == entry ||
	    (p->is_bundle && p->inner[entry] != APPX_NONE);
}

bool
appx_blocks_check(const struct appx *p, struct arena *a, struct err *e)
{
	if (p->is_bundle && !appx_bundle_check(p, e))
		return false;
	for (size_t i = 0; i < p->bare.count; i++) {
		const struct zip_entry *x = &p->bare.entries[i];

		if (p->mapped[i] == APPX_NONE) {
			if (!may_be_unlisted(p, i))
				return err_set(e, ERR_APPX_BLOCKS, "\"%s\" is "
				    "not in the block map", ZIP_NAME(x));
			continue;
		}
		if (!file_check(p, &p->files[p->mapped[i]], x, a, e))
			return false;
	}
	return true;
}

bool
appx_blocks_held(const struct appx *p)
{
	struct err why;

	for (size_t i = 0; i < p->bare.count; i++)
		if (p->mapped[i] == APPX_NONE ? !may_be_unlisted(p, i) :
		    !p->held[i])
			return false;
	return !p->is_bundle || appx_bundle_check(p, &why);
}

/* ---- the map, written */

bool
appx_file_make(enum digest_kind kind, const struct rope *contents,
    uint64_t local, const uint64_t *sizes, struct arena *a,
    struct appx_file *out, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hasher = hasher_new(kind);
	size_t count = (size_t)(contents->len / APPX_BLOCK +
	    (contents->len % APPX_BLOCK != 0));

	*out = (struct appx_file){ .size = contents->len, .local = local,
	    .block_count = count, .plain = true,
	    .blocks = ARENA_ARRAY(a, struct appx_block, count) };
	if (out->blocks == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf hash = { 0 }, size = { 0 };
		uint64_t from = i * APPX_BLOCK, left = contents->len - from;

		if (!hasher_put_rope(hasher, contents, from,
		    left < APPX_BLOCK ? left : APPX_BLOCK, e))
			return false;
		struct digest d = hasher_end(hasher);
		text_base64(digest_span(&d), &hash);
		if (sizes != NULL)
			buf_printf(&size, "%llu",
			    (unsigned long long)sizes[i]);
		if (!arena_copy(a, buf_span(&hash), &out->blocks[i].hash) ||
		    !arena_copy(a, buf_span(&size), &out->blocks[i].size))
			return err_budget(e, a);
	}
	return true;
}

/* name: the bytes of the attribute, as they stood. */
static void
put_file(struct buf *b, struct span name, const struct appx_file *f)
{
	buf_text(b, "<File Name=\"");
	buf_put(b, name);
	buf_printf(b, "\" Size=\"%llu\" LfhSize=\"%llu\">",
	    (unsigned long long)f->size, (unsigned long long)f->local);
	for (size_t i = 0; i < f->block_count; i++) {
		buf_text(b, "<Block Hash=\"");
		buf_put(b, f->blocks[i].hash);
		if (f->blocks[i].size.len > 0) {
			buf_text(b, "\" Size=\"");
			buf_put(b, f->blocks[i].size);
		}
		buf_text(b, "\"/>");
	}
	buf_text(b, "</File>");
}

/* What is not understood cannot be written anew. */
static bool
edit_make(const struct appx *p, const struct appx_tag *tag, size_t to,
    const struct appx_file *old, const struct appx_file *f, struct arena *a,
    struct appx_edit *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span text = p->text[APPX_BLOCK_MAP], name;
	size_t from, end;

	if (!old->plain || !span_starts(span_from(text, tag->from), "<File") ||
	    !appx_value(text, tag, "Name", &from, &end) ||
	    text.ptr[end] != '"' || !span_cut(text, from, end - from, &name))
		return err_set(e, ERR_APPX_BLOCK_MAP, "what the block map says "
		    "of \"%s\" holds more than is known here",
		    text_show(old->name).text);
	put_file(&b, name, f);
	*out = (struct appx_edit){ .from = tag->from, .to = to };
	return arena_copy(a, buf_span(&b), &out->text) || err_budget(e, a);
}

bool
appx_map_write(const struct appx *p, const struct appx_file *const *files,
    struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span text = p->text[APPX_BLOCK_MAP];
	struct appx_edit *edits = ARENA_ARRAY(a, struct appx_edit,
	    p->file_count);
	size_t at = 0, count = 0, to;
	struct appx_tag tag;

	if (edits == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->file_count; i++) {
		if (!appx_element_next(text, "File", &at, &tag, &to))
			return err_set(e, ERR_APPX_BLOCK_MAP,
			    "the block map has no end");
		if (files[i] != NULL && !edit_make(p, &tag, to, &p->files[i],
		    files[i], a, &edits[count++], e))
			return false;
	}
	appx_edit(text, edits, count, &b);
	return arena_copy(a, buf_span(&b), out) || err_budget(e, a);
}
