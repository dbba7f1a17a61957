/* tiny_pe - see tiny_pe.h. */
#include <string.h>

#include "tiny_pe.h"

#define ALIGNMENT	512	/* FileAlignment, and SizeOfHeaders */
#define CODE_RVA	0x1000
#define RESOURCE_RVA	0x2000

static void
pad_to(struct buf *b, size_t alignment)
{
	buf_zero(b, (alignment - b->len % alignment) % alignment);
}

static void
put_wide(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_u16le(b, (uint8_t)*text);
	buf_u16le(b, 0);
}

/* A block of a version resource; its size is filled in by block_close. */
static size_t
block_open(struct buf *b, size_t value_size, bool text, const char *key)
{
	pad_to(b, 4);
	size_t at = b->len;

	buf_u16le(b, 0);
	buf_u16le(b, (uint16_t)value_size);
	buf_u16le(b, text);
	put_wide(b, key);
	pad_to(b, 4);
	return at;
}

static void
block_close(struct buf *b, size_t at)
{
	put_u16le(b->ptr + at, (uint16_t)(b->len - at));
}

static void
put_strings(struct buf *b, const struct tiny_table *t)
{
	size_t table = block_open(b, 0, true, t->language);

	for (size_t i = 0; t->strings[i].name != NULL; i++) {
		const struct tiny_string *s = &t->strings[i];
		size_t at = block_open(b, strlen(s->value) + 1, true, s->name);

		put_wide(b, s->value);
		block_close(b, at);
	}
	block_close(b, table);
}

static void
put_version(struct buf *b, const struct tiny_pe *t)
{
	size_t root = block_open(b, 52, false, "VS_VERSION_INFO");

	buf_u32le(b, 0xfeef04bd);
	buf_zero(b, 48);
	size_t info = block_open(b, 0, true, "StringFileInfo");
	for (size_t i = 0; i < t->table_count; i++)
		put_strings(b, &t->tables[i]);
	block_close(b, info);
	block_close(b, root);
}

static void
put_directory(struct buf *b, uint32_t id, uint32_t to)
{
	buf_zero(b, 14);
	buf_u16le(b, 1);
	buf_u32le(b, id);
	buf_u32le(b, to);
}

/* Three directories of one entry each (24 bytes), a data entry, the data. */
static void
put_resources(struct buf *b, const struct tiny_pe *t)
{
	struct buf version = { 0 };

	put_version(&version, t);
	put_directory(b, 16, 0x80000000U | 24);
	put_directory(b, 1, 0x80000000U | 48);
	put_directory(b, 0x409, 72);
	buf_u32le(b, RESOURCE_RVA + 88);
	buf_u32le(b, (uint32_t)version.len);
	buf_zero(b, 8);
	buf_put(b, buf_span(&version));
	pad_to(b, ALIGNMENT);
	buf_done(&version);
}

static void
put_coff(struct buf *b, const struct tiny_pe *t, size_t sections)
{
	uint16_t machine = t->machine != 0 ? t->machine :
	    t->plus ? 0x8664 : 0x14c;

	buf_put(b, SPAN(((const uint8_t[]){ 'P', 'E', 0, 0 })));
	buf_u16le(b, machine);
	buf_u16le(b, (uint16_t)sections);
	buf_zero(b, 12);
	buf_u16le(b, t->plus ? 240 : 224);
	buf_u16le(b, 0x0102);
}

static void
put_optional(struct buf *b, const struct tiny_pe *t, size_t resources)
{
	size_t at = b->len;

	buf_u16le(b, t->plus ? 0x20b : 0x10b);
	buf_zero(b, 30);
	buf_u32le(b, 4096);		/* SectionAlignment */
	buf_u32le(b, ALIGNMENT);
	buf_zero(b, 16);
	buf_u32le(b, 0x3000);		/* SizeOfImage */
	buf_u32le(b, ALIGNMENT);	/* SizeOfHeaders */
	buf_u32le(b, 0);
	buf_u16le(b, t->subsystem != 0 ? t->subsystem : 3);
	buf_zero(b, at + (t->plus ? 108 : 92) - b->len);
	buf_u32le(b, 16);
	buf_zero(b, 16);
	buf_u32le(b, resources > 0 ? RESOURCE_RVA : 0);
	buf_u32le(b, (uint32_t)resources);
	buf_zero(b, 13 * 8);
}

static void
put_section(struct buf *b, const char *name, size_t rva, size_t at, size_t len)
{
	uint8_t padded[8] = { 0 };

	memcpy(padded, name, strlen(name));
	buf_put(b, SPAN(padded));
	buf_u32le(b, (uint32_t)len);
	buf_u32le(b, (uint32_t)rva);
	buf_u32le(b, (uint32_t)len);
	buf_u32le(b, (uint32_t)at);
	buf_zero(b, 16);
}

struct buf
tiny_pe_make(const struct tiny_pe *t)
{
	struct buf b = { 0 }, resources = { 0 };

	if (t->tables != NULL)
		put_resources(&resources, t);
	buf_text(&b, "MZ");
	buf_zero(&b, 58);
	buf_u32le(&b, TINY_PE_AT);
	put_coff(&b, t, t->tables != NULL ? 2 : 1);
	put_optional(&b, t, resources.len);
	put_section(&b, ".text", CODE_RVA, ALIGNMENT, ALIGNMENT);
	if (t->tables != NULL)
		put_section(&b, ".rsrc", RESOURCE_RVA, 2 * ALIGNMENT,
		    resources.len);
	pad_to(&b, ALIGNMENT);
	for (size_t i = 0; i < ALIGNMENT; i++)
		buf_u8(&b, (uint8_t)(i * 7 + 1));
	buf_put(&b, buf_span(&resources));
	buf_done(&resources);
	for (size_t i = 0; i < t->overlay; i++)
		buf_u8(&b, (uint8_t)('a' + i % 26));
	return b;
}
