/*
 * pe_facts - what a Windows executable says about itself: machine, subsystem
 * and the strings of its version resource.
 *
 *	resource directory: 16 bytes, number of named entries +12, of numbered
 *	ones +14, then 8 bytes for each: name or number, and where it leads
 *	(top bit: to another directory; else to a data entry)
 *	level 1: type (16: version)   level 2: name   level 3: language
 *	data entry: RVA, size, code page, 0
 *
 *	version resource: blocks that hold blocks, each aligned to 4: u16 size,
 *	u16 size of the value, u16 1 if that is text, key in UTF-16 with a NUL,
 *	value, further blocks: VS_VERSION_INFO > StringFileInfo > one table for
 *	each language > strings
 *
 * A file whose resources are broken can still be signed; it has no facts.
 */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "formats/pe.h"

#define TYPE_VERSION		16
#define SUBDIRECTORY		0x80000000U
#define DIRECTORY_SIZE		16
#define ENTRY_SIZE		8
#define BLOCK_ALIGNMENT		4
#define LANGUAGE_LEN		4	/* hex digits */

static const struct {
	const char	*key;
	const char	*name;		/* in the version resource */
} version_strings[] = {
	{ "product-name", "ProductName" },
	{ "product-version", "ProductVersion" },
	{ "file-version", "FileVersion" },
	{ "company-name", "CompanyName" },
	{ "copyright", "LegalCopyright" },
	{ "original-filename", "OriginalFilename" },
};

struct version {
	struct arena	*arena;
	struct span	 values[COUNT(version_strings)];
	unsigned	 seen[COUNT(version_strings)];
	bool		 differ[COUNT(version_strings)];
	struct span	 language;	/* hex digits; empty: all count */
	unsigned	 tables;	/* languages that count */
	const char	*broken;	/* why nothing can be said */
};

struct block {
	struct span	key;		/* UTF-16LE */
	struct span	value;		/* text: up to its NUL */
	struct span	children;
};

static bool
broken(struct version *v, const char *why)
{
	v->broken = why;
	return false;
}

/* UTF-16 text ends at a NUL or with the span. */
static struct span
wide_text(struct reader *r)
{
	size_t from = r->at;
	struct span out = { 0 };

	while (rd_left(r) >= 2)
		if (rd_u16le(r) == 0) {
			if (!span_cut(r->in, from, r->at - from - 2, &out))
				break;
			return out;
		}
	if (!span_cut(r->in, from, r->at - from, &out))
		out.len = 0;
	return out;
}

static void
align(struct reader *r)
{
	size_t over = r->at % BLOCK_ALIGNMENT;

	if (over > 0 && rd_left(r) > 0)
		rd_skip(r, rd_left(r) < BLOCK_ALIGNMENT - over ? rd_left(r) :
		    BLOCK_ALIGNMENT - over);
}

/* Text sizes are in characters, though some compilers count bytes. */
static struct span
block_value(struct reader *r, size_t size, bool text)
{
	struct span raw;

	if (text)
		size = size * 2;
	raw = rd_take(r, size < rd_left(r) ? size : rd_left(r));
	struct reader inner = rd_open(raw);
	return text ? wide_text(&inner) : raw;
}

/* false: no block is left. A size of 0 is padding. */
static bool
block_next(struct reader *r, struct block *out)
{
	align(r);
	size_t at = r->at;
	uint16_t size = rd_u16le(r);
	if (!rd_ok(r) || size < 6)
		return false;
	rd_seek(r, at);
	struct reader b = rd_open(rd_take(r, size));
	rd_skip(&b, 2);
	uint16_t value_size = rd_u16le(&b);
	bool text = rd_u16le(&b) == 1;
	out->key = wide_text(&b);
	align(&b);
	out->value = block_value(&b, value_size, text);
	align(&b);
	out->children = rd_take(&b, rd_left(&b));
	return rd_ok(r) && rd_ok(&b);
}

static bool
key_is(struct span key, const char *want)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	return text_utf16(key, &text) && text.len == strlen(want) &&
	    strncasecmp((const char *)text.ptr, want, text.len) == 0;
}

static bool
version_string(struct version *v, const struct block *b)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	size_t i = 0;

	while (i < COUNT(version_strings) &&
	    !key_is(b->key, version_strings[i].name))
		i++;
	if (i == COUNT(version_strings))
		return true;
	if (!text_utf16(b->value, &text))
		return broken(v, "the version resource is no UTF-16");
	if (v->seen[i]++ > 0) {
		if (!span_eq(v->values[i], buf_span(&text)))
			v->differ[i] = true;
		return true;
	}
	return arena_copy(v->arena, buf_span(&text), &v->values[i]) ||
	    broken(v, "the version resource is too large");
}

/* A table is called by its language, or by that and its code page. */
static bool
language_counts(const struct version *v, struct span key)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	size_t len = v->language.len;

	return len == 0 || ((len == LANGUAGE_LEN || len == 2 * LANGUAGE_LEN) &&
	    text_utf16(key, &text) && text.len >= len &&
	    strncasecmp((const char *)text.ptr,
	    (const char *)v->language.ptr, len) == 0);
}

static bool
string_table(struct version *v, const struct block *table)
{
	struct reader r = rd_open(table->children);
	struct block b;

	if (!language_counts(v, table->key))
		return true;
	v->tables++;
	while (block_next(&r, &b))
		if (!version_string(v, &b))
			return false;
	return true;
}

static bool
version_info(struct version *v, struct span bytes)
{
	struct reader r = rd_open(bytes);
	struct block root, info, table;

	if (!block_next(&r, &root) || !key_is(root.key, "VS_VERSION_INFO"))
		return broken(v, "the version resource is malformed");
	r = rd_open(root.children);
	while (block_next(&r, &info)) {
		if (!key_is(info.key, "StringFileInfo"))
			continue;
		struct reader tables = rd_open(info.children);
		while (block_next(&tables, &table))
			if (!string_table(v, &table))
				return false;
	}
	return true;
}

/* The bytes of the file from an RVA to the end of its section. */
static bool
section_at(const struct pe *pe, uint32_t rva, uint64_t *at, uint64_t *len)
{
	for (size_t i = 0; i < pe->section_count; i++) {
		const struct pe_section *s = &pe->sections[i];

		if (rva < s->virtual_at || rva - s->virtual_at >= s->raw_size)
			continue;
		uint32_t in = rva - s->virtual_at;
		*at = (uint64_t)s->raw_at + in;
		*len = s->raw_size - in;
		return true;
	}
	return false;
}

struct resources {
	const struct subject	*subject;
	const struct pe		*pe;
	uint64_t		 at;	/* of the root directory */
	uint64_t		 len;
	unsigned		 visited;	/* entries so far */
	struct version		*version;
};

static bool
resource_view(struct resources *rs, uint64_t off, uint64_t len,
    struct reader *out)
{
	struct span s;
	struct err e;

	if (off > rs->len || len > rs->len - off ||
	    !rope_view(rs->subject->arena, &rs->subject->file, rs->at + off,
	    len, &s, &e))
		return broken(rs->version, "the resource directory runs past "
		    "the end of its section");
	*out = rd_open(s);
	return true;
}

static bool
resource_data(struct resources *rs, uint32_t off)
{
	uint64_t at, len;
	struct reader r;
	struct span bytes;
	struct err e;

	if (!resource_view(rs, off, 16, &r))
		return false;
	uint32_t rva = rd_u32le(&r), size = rd_u32le(&r);
	if (size > LIMIT_PE_VERSION || !section_at(rs->pe, rva, &at, &len) ||
	    size > len || !rope_view(rs->subject->arena, &rs->subject->file,
	    at, size, &bytes, &e))
		return broken(rs->version, "the version resource lies outside "
		    "of the file, or is too large");
	return version_info(rs->version, bytes);
}

static bool	resource_directory(struct resources *, uint32_t off,
		    unsigned level);

/* Level 1 goes on with one type only, and level 3 holds the data. */
static bool
resource_entry(struct resources *rs, uint32_t id, uint32_t to, unsigned level)
{
	bool directory = (to & SUBDIRECTORY) != 0;

	if (++rs->visited > LIMIT_PE_RESOURCES)
		return broken(rs->version,
		    "the resource directory has too many entries");
	if (level == 1 && id != TYPE_VERSION)
		return true;
	if (directory != (level < 3))
		return broken(rs->version,
		    "the resource directory has not three levels");
	return directory ?
	    resource_directory(rs, to & ~SUBDIRECTORY, level + 1) :
	    resource_data(rs, to);
}

static bool
resource_directory(struct resources *rs, uint32_t off, unsigned level)
{
	struct reader r;

	if (!resource_view(rs, off, DIRECTORY_SIZE, &r))
		return false;
	rd_skip(&r, 12);
	uint32_t count = rd_u16le(&r);
	count += rd_u16le(&r);
	if (!resource_view(rs, (uint64_t)off + DIRECTORY_SIZE,
	    (uint64_t)count * ENTRY_SIZE, &r))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = rd_u32le(&r), to = rd_u32le(&r);

		if (!resource_entry(rs, id, to, level))
			return false;
	}
	return true;
}

static void
version_read(const struct subject *s, const struct pe *pe, struct version *v)
{
	struct resources rs = { .subject = s, .pe = pe, .version = v };

	if (pe->resources_at == 0)
		return;
	if (!section_at(pe, pe->resources_at, &rs.at, &rs.len)) {
		v->broken = "the resource directory lies outside of the file";
		return;
	}
	/* What broke says so in v->broken. */
	(void)resource_directory(&rs, 0, 1);
}

static const char *
absent(const struct version *v, size_t i)
{
	if (v->broken != NULL)
		return v->broken;
	if (v->tables == 0)
		return v->language.len > 0 ? "the file has no version "
		    "resource of this language" :
		    "the file has no version resource";
	if (v->seen[i] == 0)
		return "the version resource has no such string";
	if (v->differ[i] || v->seen[i] != v->tables)
		return "the languages of the version resource do not agree";
	return NULL;
}

/* Microsoft PE and COFF Specification: 3.3.1 and 3.4.2 "Windows Subsystem". */
static const struct number_name {
	uint16_t	 number;
	const char	*name;
} machines[] = {
	{ 0x14c, "x86" }, { 0x8664, "x64" }, { 0xaa64, "arm64" },
	{ 0x1c4, "arm" }, { 0x1c0, "arm" }, { 0x200, "ia64" },
	{ 0x5032, "riscv32" }, { 0x5064, "riscv64" },
	{ 0x6264, "loongarch64" }, { 0, NULL },
}, subsystems[] = {
	{ 1, "native" }, { 2, "windows-gui" }, { 3, "windows-console" },
	{ 9, "windows-ce" }, { 10, "efi-application" },
	{ 11, "efi-boot-driver" }, { 12, "efi-runtime-driver" },
	{ 13, "efi-rom" }, { 16, "windows-boot-application" }, { 0, NULL },
};

static bool
add_number(struct facts *out, const struct subject *s, const char *key,
    const struct number_name *names, uint16_t number, struct err *e)
{
	const char *name = NULL;

	for (; names->name != NULL; names++)
		if (names->number == number)
			name = names->name;
	if (name == NULL)
		name = arena_printf(s->arena, "0x%04x", (unsigned)number);
	if (name == NULL)
		return err_budget(e, s->arena);
	return facts_add(out, s->arena, (struct fact){ .key = key,
	    .value = SPAN_TEXT(name) }, e);
}

bool
pe_facts(const struct subject *s, struct facts *out, struct err *e)
{
	struct version v = { .arena = s->arena, .language = s->language };
	struct pe pe;

	if (!pe_parse(s, &pe, e) ||
	    !add_number(out, s, "machine", machines, pe.machine, e) ||
	    !add_number(out, s, "subsystem", subsystems, pe.subsystem, e))
		return false;
	version_read(s, &pe, &v);
	for (size_t i = 0; i < COUNT(version_strings); i++)
		if (!facts_add(out, s->arena, (struct fact){
		    .key = version_strings[i].key, .value = v.values[i],
		    .absent = absent(&v, i) }, e))
			return false;
	return s->language.len == 0 || facts_add(out, s->arena,
	    (struct fact){ .key = "language", .value = s->language,
	    .absent = v.broken != NULL ? v.broken : v.tables == 0 ?
	    "the file has no version resource of this language" : NULL }, e);
}
