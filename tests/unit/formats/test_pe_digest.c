/* pe_digest: the digest, page hashes and checksum, against a slow reading. */
#include <stdlib.h>
#include <string.h>

#include "formats/pe.h"
#include "test.h"
#include "tiny_pe.h"

struct fixture {
	struct arena	*arena;
	struct buf	 file;
	struct subject	 subject;
	struct pe	 pe;
	struct err	 err;
};

static void
fixture_done(struct fixture *f)
{
	arena_free(f->arena);
	buf_done(&f->file);
}

static void
fixture_init(struct fixture *f, const struct tiny_pe *t)
{
	*f = (struct fixture){ .arena = arena_new(8 << 20),
	    .file = tiny_pe_make(t) };
	f->subject.arena = f->arena;
	assert_ok(rope_bytes(f->arena, buf_span(&f->file), &f->subject.file,
	    &f->err), &f->err);
	assert_ok(pe_parse(&f->subject, &f->pe, &f->err), &f->err);
}

/* The specification, word by word. */
static uint32_t
slow_checksum(struct span file, size_t field)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < file.len; i += 2) {
		uint32_t low = i - field < 4 ? 0 : file.ptr[i];
		uint32_t high = i + 1 == file.len || i + 1 - field < 4 ? 0 :
		    file.ptr[i + 1];

		sum += low | high << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum + (uint32_t)file.len;
}

static void
digest_leaves_out_checksum_and_directory(void **state)
{
	(void)state;
	for (size_t overlay = 0; overlay < 9; overlay++) {
		CLEANUP(fixture_done) struct fixture f;
		CLEANUP(buf_done) struct buf covered = { 0 };
		struct pe_sums sums;

		fixture_init(&f, &(struct tiny_pe){ .plus = true,
		    .overlay = overlay });
		struct span all = buf_span(&f.file), part;
		assert_true(span_cut(all, 0, TINY_CHECKSUM_AT, &part));
		buf_put(&covered, part);
		assert_true(span_cut(all, TINY_CHECKSUM_AT + 4,
		    TINY_SECURITY_AT(1) - TINY_CHECKSUM_AT - 4, &part));
		buf_put(&covered, part);
		buf_put(&covered, span_from(all, TINY_SECURITY_AT(1) + 8));
		buf_zero(&covered, (8 - overlay % 8) % 8);
		assert_ok(pe_sum(&f.subject, &f.pe, 1u << DIGEST_SHA256 |
		    1u << DIGEST_SHA512, &sums, &f.err), &f.err);
		struct digest want = digest_of(DIGEST_SHA256,
		    buf_span(&covered));
		assert_true(digest_eq(&sums.digests[DIGEST_SHA256], &want));
		want = digest_of(DIGEST_SHA512, buf_span(&covered));
		assert_true(digest_eq(&sums.digests[DIGEST_SHA512], &want));
		assert_int_equal(sums.digests[DIGEST_SHA1].len, 0);
	}
}

static void
rebuild_changes_only_what_it_must(void **state)
{
	(void)state;
	for (size_t overlay = 0; overlay < 9; overlay++) {
		CLEANUP(fixture_done) struct fixture f;
		CLEANUP(buf_done) struct buf table = { 0 };
		struct pe_sums sums;
		struct rope out;
		struct span bytes = { 0 };

		fixture_init(&f, &(struct tiny_pe){ .overlay = overlay });
		pe_put_certificate(&table, SPAN_TEXT("no signature"));
		assert_ok(pe_sum(&f.subject, &f.pe, 0, &sums, &f.err) &&
		    pe_rebuild(&f.subject, &f.pe, sums.data_sum,
		    buf_span(&table), &out, &f.err) && rope_view(f.arena, &out,
		    0, out.len, &bytes, &f.err), &f.err);
		size_t end = (f.file.len + 7) / 8 * 8;
		CLEANUP(buf_done) struct buf want = { 0 };
		buf_put(&want, buf_span(&f.file));
		buf_zero(&want, end - f.file.len);
		buf_put(&want, buf_span(&table));
		put_u32le(want.ptr + TINY_SECURITY_AT(0), (uint32_t)end);
		put_u32le(want.ptr + TINY_SECURITY_AT(0) + 4, 24);
		put_u32le(want.ptr + TINY_CHECKSUM_AT, slow_checksum(
		    buf_span(&want), TINY_CHECKSUM_AT));
		assert_span_equal(bytes, buf_span(&want));
	}
}

static void
checksum_does_not_mind_the_pieces(void **state)
{
	uint8_t bytes[301];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	uint32_t want = slow_checksum(SPAN(bytes), sizeof(bytes));
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		struct pe_checksum c = { 0 };
		struct span rest = span_from(SPAN(bytes), cut);

		pe_checksum_put(&c, (struct span){ bytes, cut });
		pe_checksum_add(&c, span_sum16(rest), rest.len);
		assert_int_equal(pe_checksum_end(&c), want);
	}
}

static void
checksum_carries_around(void **state)
{
	uint8_t bytes[64];
	struct pe_checksum c = { 0 };

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	pe_checksum_put(&c, SPAN(bytes));
	assert_int_equal(pe_checksum_end(&c),
	    slow_checksum(SPAN(bytes), sizeof(bytes)));
	memset(bytes, 0, sizeof(bytes));
	c = (struct pe_checksum){ 0 };
	pe_checksum_put(&c, SPAN(bytes));
	assert_int_equal(pe_checksum_end(&c), 64);
}

/* One row of the table: where, and the hash of a block with zeros behind. */
static void
expect_page(struct reader *r, uint32_t at, struct span block, size_t size)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_put(&b, block);
	buf_zero(&b, size - block.len);
	struct digest want = digest_of(DIGEST_SHA256, buf_span(&b));
	assert_int_equal(rd_u32le(r), at);
	assert_span_equal(rd_take(r, 32), digest_span(&want));
}

static void
page_hashes_cover_headers_and_sections(void **state)
{
	static const struct {
		uint16_t	machine;
		size_t		page;
	} pages[] = { { 0x14c, 4096 }, { 0x200, 8192 } };

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		CLEANUP(fixture_done) struct fixture f;
		CLEANUP(buf_done) struct buf table = { 0 }, head = { 0 };
		struct span part;

		fixture_init(&f, &(struct tiny_pe){ .overlay = 40,
		    .machine = pages[i].machine });
		assert_ok(pe_page_hashes(&f.subject, &f.pe, DIGEST_SHA256,
		    &table, &f.err), &f.err);
		struct reader r = rd_open(buf_span(&table));
		struct span all = buf_span(&f.file);
		assert_true(span_cut(all, 0, TINY_CHECKSUM_AT, &part));
		buf_put(&head, part);
		assert_true(span_cut(all, TINY_CHECKSUM_AT + 4,
		    TINY_SECURITY_AT(0) - TINY_CHECKSUM_AT - 4, &part));
		buf_put(&head, part);
		assert_true(span_cut(all, TINY_SECURITY_AT(0) + 8,
		    512 - TINY_SECURITY_AT(0) - 8, &part));
		buf_put(&head, part);
		expect_page(&r, 0, buf_span(&head), pages[i].page - 12);
		assert_true(span_cut(all, 512, 512, &part));
		expect_page(&r, 512, part, pages[i].page);
		assert_int_equal(rd_u32le(&r), 1024);
		rd_skip(&r, 32);
		assert_true(rd_end(&r));
	}
}

static void
page_hashes_need_small_headers(void **state)
{
	CLEANUP(fixture_done) struct fixture f;
	CLEANUP(buf_done) struct buf table = { 0 };

	(void)state;
	fixture_init(&f, &(struct tiny_pe){ .overlay = 4096 });
	f.pe.headers_size = 4097;
	assert_false(pe_page_hashes(&f.subject, &f.pe, DIGEST_SHA256, &table,
	    &f.err));
	assert_err(&f.err, ERR_PE_PAGES);
	f.pe.headers_size = 100;
	assert_false(pe_page_hashes(&f.subject, &f.pe, DIGEST_SHA256, &table,
	    &f.err));
	assert_err(&f.err, ERR_PE_PAGES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digest_leaves_out_checksum_and_directory),
		TEST(rebuild_changes_only_what_it_must),
		TEST(checksum_does_not_mind_the_pieces),
		TEST(checksum_carries_around),
		TEST(page_hashes_cover_headers_and_sections),
		TEST(page_hashes_need_small_headers),
	};

	return cmocka_run_group_tests_name("pe_digest", tests, NULL, NULL);
}
