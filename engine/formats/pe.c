/*
 * pe - Windows executables and EFI programs (Authenticode).
 *
 * The signature is a PKCS#7 message in the certificate table, the last thing
 * in the file (pe_parse.c has the picture). A second signature is nested in
 * the first one's unsigned attributes; EFI programs list it in the table.
 *
 * Three things of a signed file are under no signature: the checksum field,
 * the entry of the security directory, and the certificate table itself. The
 * checksum is checked by `same`; the entry must name the end of the file, and
 * each byte of the table must belong to a signature.
 */
#include "base/limits.h"
#include "crypto/der.h"
#include "formats/embedded.h"
#include "formats/pe.h"

/* What plan knows and apply needs. */
struct draft {
	struct pe	 pe;
	uint16_t	 data_sum;
};

static int
pe_probe(struct span head)
{
	struct reader r = rd_open(head);

	if (!span_is(rd_take(&r, 2), "MZ"))
		return 0;
	rd_seek(&r, 0x3c);
	rd_seek(&r, rd_u32le(&r));
	return span_eq(rd_take(&r, 4), SPAN(((const uint8_t[]){ 'P', 'E', 0,
	    0 }))) ? 100 : 50;
}

static bool
page_hashes(const struct subject *s, const struct pe *pe,
    enum digest_kind kind, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf table = { 0 };

	if (pe->end / 4096 * (4 + digest_rows[kind].size) > LIMIT_PE_PAGES)
		return err_set(e, ERR_LIMIT_SIZE, "the page hashes of a file "
		    "of %llu bytes would be too large for a signature",
		    (unsigned long long)pe->end);
	return pe_page_hashes(s, pe, kind, &table, e) &&
	    (arena_copy(s->arena, buf_span(&table), out) ||
	    err_budget(e, s->arena));
}

static bool
draft_new(const struct subject *s, const struct directive *d,
    struct draft *draft, struct authenticode_terms *terms, struct err *e)
{
	enum digest_kind kind;
	struct pe_sums sums;

	if (!embedded_terms(&pe_format, d, AUTHENTICODE_PE, terms, &kind, e) ||
	    !pe_parse(s, &draft->pe, e) ||
	    !pe_sum(s, &draft->pe, 1u << kind, &sums, e))
		return false;
	draft->data_sum = sums.data_sum;
	terms->digest = sums.digests[kind];
	return !d->page_hashes ||
	    page_hashes(s, &draft->pe, DIGEST_SHA256, &terms->page_hashes, e);
}

static bool
pe_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct draft *draft = ARENA_NEW(s->arena, struct draft);
	struct authenticode_terms terms;

	if (draft == NULL)
		return err_budget(e, s->arena);
	return draft_new(s, d, draft, &terms, e) &&
	    embedded_plan(s, id, &terms, draft, out, e);
}

/* The message without the zeros behind it. */
static struct span
certificate_der(const struct pe_certificate *c)
{
	struct der d = der_read(c->bytes);

	return der_whole(&d, DER_SEQUENCE);
}

static void
put_certificates(struct buf *table, const struct pe *pe, size_t from)
{
	for (size_t i = from; i < pe->certificate_count; i++)
		pe_put_certificate(table,
		    certificate_der(&pe->certificates[i]));
}

/*
 * A new message replaces all, or is nested in the first. An EFI program lists
 * it behind them instead.
 */
static bool
table_make(const struct subject *s, const struct draft *draft, bool append,
    const struct plan *plan, const struct sealed *sealed, struct buf *table,
    struct err *e)
{
	const struct pe *pe = &draft->pe;
	bool stamp = sealed->signature.len == 0;
	bool beside = append && !stamp && pe_is_efi(pe);
	struct span old = { 0 }, der;

	if (pe->certificate_count > 0 && !beside)
		old = certificate_der(&pe->certificates[0]);
	if (!embedded_message(s, plan, sealed, old, append, &der, e))
		return false;
	if (beside)
		put_certificates(table, pe, 0);
	pe_put_certificate(table, der);
	if (stamp || (append && !beside))
		put_certificates(table, pe, 1);
	return true;
}

static bool
pe_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	CLEANUP(buf_done) struct buf table = { 0 };
	const struct draft *draft = embedded_own(plan);
	struct span bytes;

	(void)id;
	if (!table_make(s, draft, d->append, plan, sealed, &table, e))
		return false;
	if (table.len > LIMIT_PE_TABLE)
		return err_set(e, ERR_LIMIT_SIZE, "the signatures would take "
		    "%zu bytes", table.len);
	if (!arena_copy(s->arena, buf_span(&table), &bytes))
		return err_budget(e, s->arena);
	return pe_rebuild(s, &draft->pe, draft->data_sum, bytes, out, e);
}

/* What authenticode_check asks about the file. */
struct question {
	const struct subject	*subject;
	struct pe		 pe;
	struct pe_sums		 sums;
};

static bool
answer_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	struct question *q = arg;
	struct pe_sums sums;

	if (q->sums.digests[kind].len == 0) {
		if (!pe_sum_known(q->subject, &q->pe, 1u << kind, &sums, e))
			return false;
		q->sums.digests[kind] = sums.digests[kind];
	}
	*out = q->sums.digests[kind];
	return true;
}

static bool
answer_pages(void *arg, enum digest_kind kind, struct span table,
    struct err *e)
{
	CLEANUP(buf_done) struct buf ours = { 0 };
	struct question *q = arg;

	if (!pe_page_hashes(q->subject, &q->pe, kind, &ours, e))
		return false;
	if (!span_eq(buf_span(&ours), table))
		return err_set(e, ERR_PE_PAGES, "the page hashes in the "
		    "signature are not those of the file");
	return true;
}

static bool
check_certificate(struct question *q, const struct pe_certificate *c,
    const struct check_terms *terms, struct findings *out, struct err *e)
{
	const struct authenticode_file file = {
		.subject = AUTHENTICODE_PE,
		.arg = q,
		.digest = answer_digest,
		.pages = answer_pages,
		.firmware = pe_is_efi(&q->pe),
	};
	struct err why;

	if (c->revision == PE_CERTIFICATE_REVISION &&
	    c->type == PE_CERTIFICATE_PKCS7)
		return embedded_check(q->subject, c->bytes, true, &file,
		    terms, out, e);
	err_set(&why, ERR_PE_CERTIFICATE_TYPE, "the certificate table holds "
	    "an entry of type %u, revision 0x%04x", (unsigned)c->type,
	    (unsigned)c->revision);
	return embedded_unreadable(q->subject, &why, out, e);
}

static bool
pe_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct question q = { .subject = s };

	if (!pe_parse(s, &q.pe, e))
		return false;
	for (size_t i = 0; i < q.pe.certificate_count; i++)
		if (!check_certificate(&q, &q.pe.certificates[i], terms, out,
		    e))
			return false;
	return true;
}

/*
 * The zeros that padded the file before it was first signed stay: nothing
 * tells them from the file's own.
 */
static bool
pe_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	struct pe_sums sums;
	struct pe pe;

	if (!pe_parse(s, &pe, e))
		return false;
	*changed = pe.table.len > 0;
	if (!*changed) {
		*out = s->file;
		return true;
	}
	return pe_sum(s, &pe, 0, &sums, e) &&
	    pe_rebuild(s, &pe, sums.data_sum, (struct span){ 0 }, out, e);
}

static bool
same_headers(const struct pe *a, const struct pe *b, struct err *e)
{
	static const size_t checksum_size = 4;
	struct span a1, a2, b1, b2;
	size_t from = a->checksum_at + checksum_size;

	if (a->checksum_at == b->checksum_at &&
	    a->directory_at == b->directory_at &&
	    span_cut(a->head, 0, a->checksum_at, &a1) &&
	    span_cut(b->head, 0, b->checksum_at, &b1) &&
	    span_cut(a->head, from, a->directory_at - from, &a2) &&
	    span_cut(b->head, from, b->directory_at - from, &b2) &&
	    span_eq(a1, b1) && span_eq(a2, b2))
		return true;
	return err_set(e, ERR_FORMAT_DIFFERS, "the headers were changed");
}

static void
sum_piece(void *arg, struct span equal)
{
	pe_checksum_put(arg, equal);
}

/*
 * Behind the data of before, after may have up to seven zeros. sum is over the
 * data, as it was compared.
 */
static bool
same_data(const struct subject *before, const struct pe *a,
    const struct subject *after, const struct pe *b, struct pe_checksum *sum,
    struct err *e)
{
	uint64_t from = a->directory_at + PE_DIRECTORY_SIZE;
	uint8_t pad[PE_ALIGNMENT] = { 0 };
	struct rope data[2];
	bool same;

	if (b->end != a->end && b->end != a->end + pe_padding(a))
		return err_set(e, ERR_FORMAT_DIFFERS, "there were %llu bytes "
		    "to sign, now there are %llu", (unsigned long long)a->end,
		    (unsigned long long)b->end);
	if (!rope_slice(after->arena, &before->file, from, a->end - from,
	    &data[0], e) ||
	    !rope_slice(after->arena, &after->file, from, a->end - from,
	    &data[1], e) || !rope_same_each(&data[0], &data[1], &same,
	    sum_piece, sum, e) ||
	    !rope_read(&after->file, a->end, b->end - a->end, pad, e))
		return false;
	for (size_t i = 0; i < sizeof(pad); i++)
		same = same && pad[i] == 0;
	return same || err_set(e, ERR_FORMAT_DIFFERS,
	    "bytes that the signature covers were changed");
}

/* The digest that the new signature is over will be asked for. */
static bool
pe_foresee(const struct subject *s, const struct directive *d, struct err *e)
{
	enum digest_kind kind;
	struct pe_sums sums;
	struct pe pe;

	return s->memory == NULL || (format_allows(&pe_format, d, &kind, e) &&
	    pe_parse(s, &pe, e) &&
	    pe_sum_known(s, &pe, 1u << kind, &sums, e));
}

/* A file that got another table must have the checksum that belongs to it. */
static bool
right_checksum(const struct subject *s, const struct pe *pe, struct err *e)
{
	uint64_t from = pe->directory_at + PE_DIRECTORY_SIZE;
	struct pe_sums sums;
	struct rope whole;
	struct span ours, theirs;

	if (!pe_sum_known(s, pe, 0, &sums, e) ||
	    !pe_rebuild(s, pe, sums.data_sum, pe->table, &whole, e) ||
	    !rope_view(s->arena, &whole, 0, from, &ours, e))
		return false;
	return (span_cut(pe->head, 0, from, &theirs) &&
	    span_eq(ours, theirs)) || err_set(e, ERR_FORMAT_DIFFERS,
	    "the checksum 0x%08x is not that of the file", pe->checksum);
}

static bool
pe_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	struct pe_checksum sum = { 0 };
	struct pe a, b;

	if (!pe_parse(before, &a, e) || !pe_parse(after, &b, e) ||
	    !same_headers(&a, &b, e) ||
	    !same_data(before, &a, after, &b, &sum, e) ||
	    !pe_sum_same(before, &a, after, &b, pe_checksum_sum(&sum), e))
		return false;
	return (a.checksum == b.checksum && a.end == b.end &&
	    span_eq(a.table, b.table)) || right_checksum(after, &b, e);
}

static bool
pe_member(const struct subject *s, const enum digest_kind *pages,
    struct catalog_file *out, struct err *e)
{
	struct pe_sums sums;
	struct pe pe;

	if (!pe_parse(s, &pe, e) ||
	    !pe_sum(s, &pe, 1u << DIGEST_SHA1 | 1u << DIGEST_SHA256, &sums, e))
		return false;
	out->subject = CATALOG_PE;
	out->sha1 = sums.digests[DIGEST_SHA1];
	out->sha256 = sums.digests[DIGEST_SHA256];
	return pages == NULL || page_hashes(s, &pe, *pages, &out->page_hashes,
	    e);
}

const struct format pe_format = {
	.name		= "pe",
	.title		= "Windows executable",
	.suffixes	= "exe dll sys ocx cpl scr drv acm ax mui tsp efi "
			  "winmd",
	.methods	= 1u << METHOD_AUTHENTICODE,
	.probe		= pe_probe,
	.plan		= pe_plan,
	.apply		= pe_apply,
	.check		= pe_check,
	.strip		= pe_strip,
	.foresee	= pe_foresee,
	.same		= pe_same,
	.member		= pe_member,
	.facts		= pe_facts,
};
