/*
 * pe_parse - the headers and the certificate table of a Windows executable
 * (Microsoft PE and COFF Specification, revision 11). x is 16 for PE32+, else
 * 0; all numbers are little-endian.
 *
 *	0	"MZ" ... 0x3c: P, the offset of
 *	P	"PE\0\0", machine +4, sections +6, optional header's size +20
 *	P+24	optional header: magic +0, SizeOfHeaders +60, checksum +64,
 *		subsystem +68, number of directories +92+x, then the directories
 *		(8 bytes each): resources +112+x, security +128+x
 *	...	section table: 40 bytes each
 *	...	sections, then what an installer put behind them (the overlay)
 *	end	certificate table: what the security directory names, last in
 *		the file, entries of 8 bytes of header and a PKCS#7 each
 *
 * Any file that Windows' loader and we could read in two ways is refused.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "formats/pe.h"

#define HEAD_USUAL		4096	/* bytes; most headers end before */
#define DOS_HEADER_SIZE		64
#define COFF_SIZE		24	/* with "PE\0\0" before it */
#define SECTION_SIZE		40
#define ENTRY_HEADER_SIZE	8	/* of a WIN_CERTIFICATE */
#define MAGIC_PE32		0x10b
#define MAGIC_PE32_PLUS		0x20b
#define RESOURCES		2	/* indices of data directories */
#define SECURITY		4

/* What the certificate table's directory entry says, and the like. */
struct layout {
	uint32_t	pe_at;
	uint32_t	optional_at;
	uint16_t	optional_size;
	uint16_t	section_count;
	uint32_t	table_at;
	uint32_t	table_size;
};

static bool
dos_header(struct span head, struct layout *l, struct err *e)
{
	struct reader r = rd_open(head);

	if (!span_is(rd_take(&r, 2), "MZ"))
		return err_set(e, ERR_PE_NOT_PORTABLE,
		    "the file does not begin with \"MZ\"");
	rd_seek(&r, 0x3c);
	l->pe_at = rd_u32le(&r);
	if (!rd_ok(&r))
		return err_set(e, ERR_PE_TRUNCATED, "the DOS header is cut "
		    "short: %zu of %d bytes", head.len, DOS_HEADER_SIZE);
	if (l->pe_at < DOS_HEADER_SIZE || l->pe_at % 4 != 0)
		return err_set(e, ERR_PE_NOT_PORTABLE, "the DOS header names "
		    "no PE header (offset %u)", l->pe_at);
	return true;
}

/* Older programs have another header in this place. */
static bool
other_program(struct span magic, uint32_t at, struct err *e)
{
	static const struct {
		const char	*magic;
		const char	*kind;
	} others[] = {
		{ "NE", "a 16-bit Windows or OS/2 program (NE)" },
		{ "LE", "a VxD driver or DOS extender program (LE)" },
		{ "LX", "a 32-bit OS/2 program (LX)" },
	};

	for (size_t i = 0; i < COUNT(others); i++)
		if (span_starts(magic, others[i].magic))
			return err_set(e, ERR_PE_NOT_PORTABLE,
			    "the file is %s, not a PE file", others[i].kind);
	return err_set(e, ERR_PE_NOT_PORTABLE, "there is no PE header at the "
	    "offset that the DOS header names (%u)", at);
}

static bool
coff_header(struct pe *pe, struct layout *l, uint64_t len, struct err *e)
{
	struct reader r = rd_open(pe->head);

	if (l->pe_at >= len)
		return err_set(e, ERR_PE_NOT_PORTABLE, "the DOS header names "
		    "a PE header at %u, past the end of the file (%llu)",
		    l->pe_at, (unsigned long long)len);
	rd_seek(&r, l->pe_at);
	struct span magic = rd_take(&r, 4);
	if (rd_ok(&r) && !span_eq(magic, (struct span){
	    (const uint8_t *)"PE\0", 4 }))
		return other_program(magic, l->pe_at, e);
	pe->machine = rd_u16le(&r);
	l->section_count = rd_u16le(&r);
	rd_skip(&r, 12);
	l->optional_size = rd_u16le(&r);
	if (!rd_ok(&r))
		return err_set(e, ERR_PE_TRUNCATED, "the PE header at %u is "
		    "cut short, or lies behind the first %zu bytes",
		    l->pe_at, pe->head.len);
	l->optional_at = l->pe_at + COFF_SIZE;
	return true;
}

static bool
directories(struct pe *pe, struct layout *l, struct reader *r, struct err *e)
{
	uint32_t count = rd_u32le(r);
	size_t at = r->at;

	rd_skip(r, RESOURCES * 8);
	pe->resources_at = rd_u32le(r);
	pe->resources_size = rd_u32le(r);
	rd_seek(r, at + SECURITY * 8);
	pe->directory_at = (uint32_t)r->at;
	l->table_at = rd_u32le(r);
	l->table_size = rd_u32le(r);
	if (!rd_ok(r))
		return err_set(e, ERR_PE_TRUNCATED,
		    "the optional header at %u is cut short", l->optional_at);
	if (count <= SECURITY)
		return err_set(e, ERR_PE_MALFORMED, "there is no place for a "
		    "signature: the header has %u data directories", count);
	if (r->at > l->optional_at + l->optional_size)
		return err_set(e, ERR_PE_MALFORMED, "the optional header (%u "
		    "bytes) ends before its security directory",
		    (unsigned)l->optional_size);
	return true;
}

static bool
optional_header(struct pe *pe, struct layout *l, struct err *e)
{
	struct reader r = rd_open(pe->head);

	rd_seek(&r, l->optional_at);
	uint16_t magic = rd_u16le(&r);
	if (rd_ok(&r) && magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
		return err_set(e, ERR_PE_MALFORMED, "the optional header's "
		    "magic 0x%04x is neither PE32 nor PE32+", (unsigned)magic);
	pe->plus = magic == MAGIC_PE32_PLUS;
	rd_skip(&r, 58);
	pe->headers_size = rd_u32le(&r);
	pe->checksum_at = (uint32_t)r.at;
	pe->checksum = rd_u32le(&r);
	pe->subsystem = rd_u16le(&r);
	rd_skip(&r, pe->plus ? 38 : 22);
	return directories(pe, l, &r, e);
}

static int
by_place(const void *a, const void *b)
{
	const struct pe_section *x = a, *y = b;

	return (x->raw_at > y->raw_at) - (x->raw_at < y->raw_at);
}

/* No byte of the file may belong to two sections, or to one and a header. */
static bool
sections_apart(const struct subject *s, const struct pe *pe, uint64_t from,
    struct err *e)
{
	struct pe_section *v = ARENA_ARRAY(s->arena, struct pe_section,
	    pe->section_count);
	size_t n = 0;

	if (v == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < pe->section_count; i++)
		if (pe->sections[i].raw_size > 0)
			v[n++] = pe->sections[i];
	qsort(v, n, sizeof(*v), by_place);
	for (size_t i = 0; i < n; i++) {
		uint64_t end = (uint64_t)v[i].raw_at + v[i].raw_size;

		if (v[i].raw_at < from)
			return err_set(e, ERR_PE_MALFORMED, "the section at "
			    "%u overlaps what lies before it (to %llu)",
			    v[i].raw_at, (unsigned long long)from);
		if (end > pe->end)
			return err_set(e, ERR_PE_TRUNCATED, "a section (%u "
			    "bytes at %u) runs past the end of the data "
			    "(%llu)", v[i].raw_size, v[i].raw_at,
			    (unsigned long long)pe->end);
		from = end;
	}
	return true;
}

static bool
sections(const struct subject *s, struct pe *pe, const struct layout *l,
    struct err *e)
{
	struct reader r = rd_open(pe->head);

	rd_seek(&r, (uint64_t)l->optional_at + l->optional_size);
	struct reader table = rd_open(rd_take(&r,
	    (uint64_t)l->section_count * SECTION_SIZE));
	if (!rd_ok(&r) || r.at > pe->end)
		return err_set(e, ERR_PE_TRUNCATED, "the section table (%u "
		    "sections) is cut short", (unsigned)l->section_count);
	pe->sections = ARENA_ARRAY(s->arena, struct pe_section,
	    l->section_count);
	if (pe->sections == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < l->section_count; i++) {
		struct pe_section *v = &pe->sections[i];

		rd_skip(&table, 8);
		v->virtual_size = rd_u32le(&table);
		v->virtual_at = rd_u32le(&table);
		v->raw_size = rd_u32le(&table);
		v->raw_at = rd_u32le(&table);
		rd_skip(&table, 16);
	}
	pe->section_count = l->section_count;
	return sections_apart(s, pe, r.at, e);
}

/* One WIN_CERTIFICATE: u32 length with header, u16 revision, u16 type. */
static bool
certificate(struct reader *r, struct pe_certificate *c, struct err *e)
{
	size_t at = r->at;
	uint32_t len = rd_u32le(r);

	c->revision = rd_u16le(r);
	c->type = rd_u16le(r);
	if (len <= ENTRY_HEADER_SIZE)
		return err_set(e, ERR_PE_TABLE, "the entry at %zu of the "
		    "certificate table says that it has %u bytes", at, len);
	c->bytes = rd_take(r, len - ENTRY_HEADER_SIZE);
	struct span zeros = rd_take(r, (PE_ALIGNMENT - len % PE_ALIGNMENT) %
	    PE_ALIGNMENT);
	if (!rd_ok(r))
		return err_set(e, ERR_PE_TABLE, "the entry at %zu of the "
		    "certificate table (%u bytes) runs past its end", at, len);
	for (size_t i = 0; i < zeros.len; i++)
		if (zeros.ptr[i] != 0)
			return err_set(e, ERR_PE_TABLE, "bytes are hidden "
			    "behind the entry at %zu of the certificate table",
			    at);
	return true;
}

static bool
certificates(const struct subject *s, struct pe *pe, struct err *e)
{
	struct reader r = rd_open(pe->table);

	while (rd_left(&r) > 0) {
		if (pe->certificate_count == LIMIT_NESTED_SIGNATURES)
			return err_set(e, ERR_PE_TABLE, "the certificate "
			    "table has more than %d entries",
			    LIMIT_NESTED_SIGNATURES);
		pe->certificates = arena_grow(s->arena, pe->certificates,
		    pe->certificate_count, sizeof(*pe->certificates));
		if (pe->certificates == NULL)
			return err_budget(e, s->arena);
		if (!certificate(&r,
		    &pe->certificates[pe->certificate_count], e))
			return false;
		pe->certificate_count++;
	}
	return true;
}

/* The table is the last thing in the file: nothing may hide behind it. */
static bool
table(const struct subject *s, struct pe *pe, const struct layout *l,
    struct err *e)
{
	uint64_t end = (uint64_t)l->table_at + l->table_size;

	pe->end = s->file.len;
	if (l->table_at == 0 && l->table_size == 0)
		return true;
	if (end > s->file.len)
		return err_set(e, ERR_PE_TRUNCATED, "the certificate table "
		    "(%u bytes at %u) runs past the end of the file (%llu)",
		    l->table_size, l->table_at,
		    (unsigned long long)s->file.len);
	if (end < s->file.len)
		return err_set(e, ERR_PE_TRAILING_DATA, "%llu bytes follow "
		    "the certificate table",
		    (unsigned long long)(s->file.len - end));
	if (l->table_size == 0 || l->table_at % PE_ALIGNMENT != 0 ||
	    l->table_size % PE_ALIGNMENT != 0 ||
	    l->table_at < pe->directory_at + PE_DIRECTORY_SIZE)
		return err_set(e, ERR_PE_TABLE, "the certificate table (%u "
		    "bytes at %u) is in an impossible place", l->table_size,
		    l->table_at);
	if (l->table_size > LIMIT_PE_TABLE)
		return err_set(e, ERR_LIMIT_SIZE, "a certificate table of %u "
		    "bytes is larger than %llu", l->table_size,
		    (unsigned long long)LIMIT_PE_TABLE);
	pe->end = l->table_at;
	return rope_view(s->arena, &s->file, l->table_at, l->table_size,
	    &pe->table, e) && certificates(s, pe, e);
}

/* All that is read of the headers lies in the first head bytes. */
static bool
parse_within(const struct subject *s, uint64_t head, struct pe *out,
    struct err *e)
{
	struct pe pe = { 0 };
	struct layout l = { 0 };

	if (head > s->file.len)
		head = s->file.len;
	if (!rope_view(s->arena, &s->file, 0, head, &pe.head, e) ||
	    !dos_header(pe.head, &l, e) ||
	    !coff_header(&pe, &l, s->file.len, e) ||
	    !optional_header(&pe, &l, e) || !table(s, &pe, &l, e) ||
	    !sections(s, &pe, &l, e))
		return false;
	*out = pe;
	return true;
}

/* The headers of nearly all files are short: what is long is read again. */
bool
pe_parse(const struct subject *s, struct pe *out, struct err *e)
{
	struct err cut;

	if (s->file.len > UINT32_MAX)
		return err_set(e, ERR_LIMIT_SIZE, "a PE file has less than 4 "
		    "GiB, this one has %llu bytes",
		    (unsigned long long)s->file.len);
	return parse_within(s, HEAD_USUAL, out, &cut) ||
	    parse_within(s, LIMIT_PE_HEADERS, out, e);
}

bool
pe_is_efi(const struct pe *pe)
{
	return pe->subsystem >= 10 && pe->subsystem <= 13;
}

unsigned
pe_padding(const struct pe *pe)
{
	return (unsigned)((PE_ALIGNMENT - pe->end % PE_ALIGNMENT) %
	    PE_ALIGNMENT);
}
