/*
 * pe_digest - the sums over a PE file: Authenticode digest, page hashes and
 * header checksum.
 *
 *	[0, checksum)  4 bytes of checksum  [.., D)  8 bytes of security
 *	directory at D  [D+8, end)  zeros to a multiple of 8
 *
 * The digest covers all of it but the checksum and the directory entry
 * ("Windows Authenticode Portable Executable Signature Format", 2008); end is
 * where the certificate table begins.
 */
#include <string.h>

#include "base/limits.h"
#include "formats/pe.h"

#define CHECKSUM_SIZE	4

static const uint8_t zeros[PE_ALIGNMENT];

void
pe_checksum_put(struct pe_checksum *c, struct span s)
{
	pe_checksum_add(c, span_sum16(s), s.len);
}

/* At an odd offset the bytes of every word are the other way round. */
void
pe_checksum_add(struct pe_checksum *c, uint16_t sum, uint64_t len)
{
	if (c->at % 2 != 0)
		sum = (uint16_t)(sum >> 8 | sum << 8);
	c->sum += sum;
	c->at += len;
}

uint16_t
pe_checksum_sum(const struct pe_checksum *c)
{
	uint64_t sum = c->sum;

	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

uint32_t
pe_checksum_end(const struct pe_checksum *c)
{
	return (uint32_t)(pe_checksum_sum(c) + c->at);
}

struct pass {
	struct hasher		*hashers[DIGEST_KINDS];	/* NULL: not asked */
	struct pe_checksum	 data;
};

static void
pass_done(struct pass *p)
{
	for (size_t k = 0; k < DIGEST_KINDS; k++)
		hasher_free(p->hashers[k]);
}

static void
pass_hash(struct pass *p, struct span s)
{
	for (size_t k = 0; k < DIGEST_KINDS; k++)
		if (p->hashers[k] != NULL)
			hasher_put(p->hashers[k], s);
}

static bool
pass_data(void *arg, struct span piece, struct err *e)
{
	struct pass *p = arg;

	(void)e;
	pass_hash(p, piece);
	pe_checksum_put(&p->data, piece);
	return true;
}

/* The headers but for the checksum and the security directory. */
static bool
header_parts(const struct pe *pe, struct span *before, struct span *between)
{
	uint32_t from = pe->checksum_at + CHECKSUM_SIZE;

	return span_cut(pe->head, 0, pe->checksum_at, before) &&
	    span_cut(pe->head, from, pe->directory_at - from, between);
}

bool
pe_sum(const struct subject *s, const struct pe *pe, unsigned kinds,
    struct pe_sums *out, struct err *e)
{
	CLEANUP(pass_done) struct pass p = { 0 };
	struct span before, between;
	uint64_t from = pe->directory_at + PE_DIRECTORY_SIZE;

	for (size_t k = 0; k < DIGEST_KINDS; k++)
		if ((kinds & 1u << k) != 0)
			p.hashers[k] = hasher_new((enum digest_kind)k);
	if (!header_parts(pe, &before, &between))
		return err_set(e, ERR_PE_TRUNCATED, "the headers are cut "
		    "short");
	pass_hash(&p, before);
	pass_hash(&p, between);
	if (!rope_each(&s->file, from, pe->end - from, pass_data, &p, e))
		return false;
	pass_hash(&p, (struct span){ zeros, pe_padding(pe) });
	*out = (struct pe_sums){ .data_sum = pe_checksum_sum(&p.data) };
	for (size_t k = 0; k < DIGEST_KINDS; k++)
		if (p.hashers[k] != NULL)
			out->digests[k] = hasher_end(p.hashers[k]);
	return true;
}

/* Alpha, Alpha64 and Itanium have pages of 8 KiB. */
static uint32_t
page_size(const struct pe *pe)
{
	static const uint16_t large[] = { 0x184, 0x284, 0x200 };

	for (size_t i = 0; i < COUNT(large); i++)
		if (pe->machine == large[i])
			return 8192;
	return 4096;
}

/* Pages fill up as the bytes of a section come in pieces of any size. */
struct pages {
	struct hasher	*hasher;
	struct buf	*out;
	uint32_t	 size;	/* of a page */
	uint32_t	 at;	/* where this page begins in the file */
	uint32_t	 used;	/* bytes of it so far */
};

static void
pages_done(struct pages *p)
{
	hasher_free(p->hasher);
}

static void
page_end(struct pages *p)
{
	static const uint8_t blank[8192];

	if (p->used == 0)
		return;
	hasher_put(p->hasher, (struct span){ blank, p->size - p->used });
	struct digest d = hasher_end(p->hasher);
	buf_u32le(p->out, p->at);
	buf_put(p->out, digest_span(&d));
	p->at += p->size;
	p->used = 0;
}

static bool
page_piece(void *arg, struct span piece, struct err *e)
{
	struct pages *p = arg;

	(void)e;
	while (piece.len > 0) {
		size_t n = p->size - p->used;
		struct span part = { piece.ptr, piece.len < n ? piece.len : n };

		hasher_put(p->hasher, part);
		p->used += (uint32_t)part.len;
		if (p->used == p->size)
			page_end(p);
		piece = span_from(piece, part.len);
	}
	return true;
}

/* The block of the headers lacks the 12 bytes that signing changes. */
static bool
header_page(const struct subject *s, const struct pe *pe, struct pages *p,
    struct err *e)
{
	struct span before, between;
	uint64_t from = pe->directory_at + PE_DIRECTORY_SIZE;

	if (pe->headers_size > p->size || pe->headers_size < from ||
	    pe->headers_size > pe->end || !header_parts(pe, &before, &between))
		return err_set(e, ERR_PE_PAGES, "headers of %u bytes do not "
		    "fit a page of %u", pe->headers_size, p->size);
	hasher_put(p->hasher, before);
	hasher_put(p->hasher, between);
	if (!hasher_put_rope(p->hasher, &s->file, from,
	    pe->headers_size - from, e))
		return false;
	p->used = pe->headers_size;
	page_end(p);
	p->at = 0;
	return true;
}

bool
pe_page_hashes(const struct subject *s, const struct pe *pe,
    enum digest_kind kind, struct buf *out, struct err *e)
{
	CLEANUP(pages_done) struct pages p = {
		.hasher = hasher_new(kind), .out = out, .size = page_size(pe),
	};
	uint32_t end = 0;

	if (!header_page(s, pe, &p, e))
		return false;
	for (size_t i = 0; i < pe->section_count; i++) {
		const struct pe_section *v = &pe->sections[i];

		if (v->raw_size == 0)
			continue;
		p.at = v->raw_at;
		if (!rope_each(&s->file, v->raw_at, v->raw_size, page_piece,
		    &p, e))
			return false;
		page_end(&p);
		end = v->raw_at + v->raw_size;
	}
	buf_u32le(out, end);
	buf_zero(out, digest_rows[kind].size);
	return true;
}

void
pe_put_certificate(struct buf *table, struct span pkcs7)
{
	size_t pad = (PE_ALIGNMENT - pkcs7.len % PE_ALIGNMENT) % PE_ALIGNMENT;

	buf_u32le(table, (uint32_t)(8 + pkcs7.len + pad));
	buf_u16le(table, PE_CERTIFICATE_REVISION);
	buf_u16le(table, PE_CERTIFICATE_PKCS7);
	buf_put(table, pkcs7);
	buf_zero(table, pad);
}

/* The headers up to the data, with a new directory entry and checksum. */
static bool
new_headers(const struct subject *s, const struct pe *pe, uint16_t data_sum,
    struct span table, struct span *out, struct err *e)
{
	uint32_t from = pe->directory_at + PE_DIRECTORY_SIZE;
	uint64_t end = pe->end + (table.len > 0 ? pe_padding(pe) : 0);
	struct pe_checksum c = { 0 };
	struct span head;

	if (table.len > UINT32_MAX - end)
		return err_set(e, ERR_LIMIT_SIZE, "the signed file would not "
		    "be smaller than 4 GiB");
	uint8_t *p = arena_alloc(s->arena, from);
	if (p == NULL)
		return err_budget(e, s->arena);
	memcpy(p, pe->head.ptr, from);
	put_u32le(p + pe->checksum_at, 0);
	put_u32le(p + pe->directory_at, table.len > 0 ? (uint32_t)end : 0);
	put_u32le(p + pe->directory_at + 4, (uint32_t)table.len);
	head = (struct span){ p, from };
	pe_checksum_put(&c, head);
	pe_checksum_add(&c, data_sum, pe->end - from);
	pe_checksum_add(&c, 0, end - pe->end);
	pe_checksum_put(&c, table);
	put_u32le(p + pe->checksum_at, pe_checksum_end(&c));
	*out = head;
	return true;
}

bool
pe_rebuild(const struct subject *s, const struct pe *pe, uint16_t data_sum,
    struct span table, struct rope *out, struct err *e)
{
	uint64_t from = pe->directory_at + PE_DIRECTORY_SIZE;
	struct span head;
	struct rope parts[4];

	return new_headers(s, pe, data_sum, table, &head, e) &&
	    rope_bytes(s->arena, head, &parts[0], e) &&
	    rope_slice(s->arena, &s->file, from, pe->end - from, &parts[1],
	    e) &&
	    rope_bytes(s->arena, (struct span){ zeros,
	    table.len > 0 ? pe_padding(pe) : 0 }, &parts[2], e) &&
	    rope_bytes(s->arena, table, &parts[3], e) &&
	    rope_join(s->arena, parts, COUNT(parts), out, e);
}
