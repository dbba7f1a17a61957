/* The cabinet format's verbs, where no key is needed. */
#include <stdlib.h>

#include "containers/cab.h"
#include "formats/cab.h"
#include "formats/known.h"
#include "fixture.h"

#define DER	"0\3\2\1\1\0\0\0"	/* what no signature looks like */

/* One folder of one file of one block; reserve: of the header, or none. */
static struct buf
cabinet(const struct span *reserve)
{
	size_t place = reserve != NULL ? CAB_RESERVES_SIZE + reserve->len : 0;
	uint32_t files_at = (uint32_t)(36 + place + 8);
	struct buf b = { 0 };

	buf_text(&b, "MSCF");
	buf_u32le(&b, 0);
	buf_u32le(&b, files_at + 18 + 12);
	buf_u32le(&b, 0);
	buf_u32le(&b, files_at);
	buf_u32le(&b, 0);
	buf_u16le(&b, 0x103);
	buf_u16le(&b, 1);
	buf_u16le(&b, 1);
	buf_u16le(&b, reserve != NULL ? CAB_FLAG_RESERVE : 0);
	buf_u32le(&b, 7);
	if (reserve != NULL) {
		buf_u16le(&b, (uint16_t)reserve->len);
		buf_u16le(&b, 0);
		buf_put(&b, *reserve);
	}
	buf_u32le(&b, files_at + 18);
	buf_u32le(&b, 1);
	buf_u32le(&b, 4);
	buf_u32le(&b, 0);
	buf_zero(&b, 8);
	buf_put(&b, (struct span){ (const uint8_t *)"a", 2 });
	buf_u32le(&b, 0);
	buf_u32le(&b, 0x00040004);
	buf_text(&b, "text");
	return b;
}

/* A subject in memory of exactly its size. */
static struct subject
subject_of(struct fixture *f, struct span bytes)
{
	struct subject s = { .arena = f->arena, .name = SPAN_TEXT("a.cab") };

	free(f->bytes);
	f->bytes = exact(bytes);
	assert_ok(rope_bytes(f->arena, (struct span){ f->bytes, bytes.len },
	    &s.file, &f->err), &f->err);
	return s;
}

/* A cabinet with eight bytes in the place of a signature. */
static struct buf
signed_cabinet(struct fixture *f)
{
	CLEANUP(buf_done) struct buf plain = cabinet(NULL), head = { 0 };
	struct subject s = subject_of(f, buf_span(&plain));
	struct buf out = { 0 };
	struct cabinet c;
	struct span all = { 0 };
	struct rope r;

	assert_ok(cabinet_parse(&s, &c, &f->err), &f->err);
	cabinet_head(&c, cabinet_room(&c), 8, &head);
	assert_ok(cabinet_join(&s, &c, &head, (struct span){
	    (const uint8_t *)DER, 8 }, &r, &f->err) &&
	    rope_view(f->arena, &r, 0, r.len, &all, &f->err), &f->err);
	buf_put(&out, all);
	return out;
}

static void
no_prefix_of_a_cabinet_is_one(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = signed_cabinet(&f);

	for (size_t n = 0; n < b.len; n++) {
		struct subject s = subject_of(&f, (struct span){ b.ptr, n });
		struct cabinet c;

		assert_false(cabinet_parse(&s, &c, &f.err));
		assert_err(&f.err, ERR_CAB_TRUNCATED);
	}
}

static void
strip_gives_back_the_very_cabinet(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf plain = cabinet(NULL);
	CLEANUP(buf_done) struct buf b = signed_cabinet(&f);
	struct subject s = subject_of(&f, buf_span(&b)), bare = s;
	struct span out = { 0 };
	bool changed;

	assert_int_equal(b.len, plain.len + 24 + 8);
	assert_ok(cab_format.strip(&s, &bare.file, &changed, &f.err) &&
	    rope_view(f.arena, &bare.file, 0, bare.file.len, &out, &f.err),
	    &f.err);
	assert_true(changed);
	assert_span_equal(out, buf_span(&plain));
	assert_ok(cab_format.same(&s, &bare, &f.err), &f.err);
}

static bool
sees(struct fixture *f, const struct buf *b, const struct digest *want)
{
	struct subject s = subject_of(f, buf_span(b));
	struct digest got;
	struct cabinet c;

	return !cabinet_parse(&s, &c, &f->err) || c.signature.len != 8 ||
	    !cabinet_digest(&s, &c, DIGEST_SHA256, &got, &f->err) ||
	    !digest_eq(want, &got);
}

static void
each_bit_before_the_signature_has_one_value(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = signed_cabinet(&f);
	struct subject s = subject_of(&f, buf_span(&b));
	struct digest want;
	struct cabinet c;

	assert_ok(cabinet_parse(&s, &c, &f.err) && cabinet_digest(&s, &c,
	    DIGEST_SHA256, &want, &f.err), &f.err);
	assert_false(sees(&f, &b, &want));
	for (size_t i = 0; i < (b.len - 8) * 8; i++) {
		b.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!sees(&f, &b, &want))
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		b.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void
what_is_no_signature_is_a_bad_finding(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = signed_cabinet(&f);
	struct subject s = subject_of(&f, buf_span(&b));
	struct findings found = { 0 };

	assert_ok(cab_format.check(&s, &(struct check_terms){ 0 }, &found,
	    &f.err), &f.err);
	assert_int_equal(found.count, 1);
	assert_non_null(found.items[0].err.what);
}

static void
a_reserve_in_use_is_left_alone(void **state)
{
	static const char *const used[] = { "reserved", "\1",
	    "\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" };
	static const size_t sizes[] = { 8, 1, 20 };
	struct signing_identity id = { 0 };
	struct plan plan;

	for (size_t i = 0; i < COUNT(used); i++) {
		FIXTURE(f);
		struct span r = { (const uint8_t *)used[i], sizes[i] };
		CLEANUP(buf_done) struct buf b = cabinet(&r);
		struct subject s = subject_of(&f, buf_span(&b));

		assert_false(cab_format.plan(&s, &(struct directive){ 0 }, &id,
		    &plan, &f.err));
		assert_err(&f.err, ERR_CAB_RESERVE);
		assert_ok(cab_format.same(&s, &s, &f.err), &f.err);
	}
}

static void
plan_refuses_what_it_cannot_do(void **state)
{
	struct signing_identity id = { 0 };
	struct plan plan;
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = cabinet(NULL);
	struct subject s = subject_of(&f, buf_span(&b));

	assert_false(cab_format.plan(&s,
	    &(struct directive){ .page_hashes = true }, &id, &plan, &f.err));
	assert_err(&f.err, ERR_AUTHENTICODE_PAGES);
	assert_false(cab_format.plan(&s,
	    &(struct directive){ .method = METHOD_CMS }, &id, &plan, &f.err));
	assert_err(&f.err, ERR_FORMAT_METHOD);
	b.ptr[30] = CAB_FLAG_NEXT;
	s = subject_of(&f, buf_span(&b));
	assert_false(cab_format.plan(&s, &(struct directive){ 0 }, &id, &plan,
	    &f.err));
	assert_err(&f.err, ERR_CAB_VOLUMES);
}

static bool
member(struct fixture *f, const struct buf *b, struct catalog_file *out)
{
	struct subject s = subject_of(f, buf_span(b));

	*out = (struct catalog_file){ 0 };
	return cab_format.member(&s, NULL, out, &f->err);
}

/* A catalog has the cabinet as it stands, without the first reserved field. */
static void
a_catalog_has_the_cabinet_as_it_stands(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = cabinet(NULL), bytes = { 0 };
	struct catalog_file out;

	buf_put(&bytes, (struct span){ b.ptr, 4 });
	buf_put(&bytes, span_from(buf_span(&b), 8));
	struct digest sha1 = digest_of(DIGEST_SHA1, buf_span(&bytes));
	struct digest sha256 = digest_of(DIGEST_SHA256, buf_span(&bytes));
	assert_ok(member(&f, &b, &out), &f.err);
	assert_int_equal(out.subject, CATALOG_CAB);
	assert_true(digest_eq(&out.sha1, &sha1));
	assert_true(digest_eq(&out.sha256, &sha256));
}

/* A reserve for a signature has a digest; one of another kind has none. */
static void
a_catalog_takes_no_reserve_of_a_builder(void **state)
{
	static const uint8_t zeros[24];

	for (size_t n = 0; n <= sizeof(zeros); n++) {
		FIXTURE(f);
		struct span r = { zeros, n };
		CLEANUP(buf_done) struct buf b = cabinet(&r);
		struct catalog_file out;
		bool ok = member(&f, &b, &out);

		assert_int_equal(ok, n >= 20);
		if (!ok)
			assert_err(&f.err, ERR_CAB_RESERVE);
	}
}

/* The memory has what a plain reading of the cabinet gives, or nothing. */
static void
expect_known(struct fixture *f, const struct subject *s, bool want)
{
	struct digest plain, known;
	struct cabinet c;
	bool found = known_find(s, SPAN_TEXT("signed"), DIGEST_SHA384, &known);

	assert_int_equal(found, want);
	assert_ok(cabinet_parse(s, &c, &f->err) && cabinet_digest(s, &c,
	    DIGEST_SHA384, &plain, &f->err), &f->err);
	if (found)
		assert_true(digest_eq(&plain, &known));
}

static struct subject
remembering(struct fixture *f, struct memory *m, const struct buf *b)
{
	struct subject s = { .arena = f->arena, .memory = m };
	struct span copy;

	assert_true(arena_copy(f->arena, buf_span(b), &copy));
	assert_ok(rope_bytes(f->arena, copy, &s.file, &f->err), &f->err);
	return s;
}

static void
what_is_foreseen_is_the_digest_of_the_signed_cabinet(void **state)
{
	struct directive d = { .digest = SPAN_TEXT("sha384") };
	FIXTURE(f);
	CLEANUP(buf_done) struct buf plain = cabinet(NULL);
	CLEANUP(buf_done) struct buf b = signed_cabinet(&f);
	struct memory m = { 0 };
	struct subject before = remembering(&f, &m, &plain);
	struct subject after = remembering(&f, &m, &b);

	expect_known(&f, &before, false);
	assert_ok(cab_format.foresee(&before, &d, &f.err), &f.err);
	expect_known(&f, &before, true);
	expect_known(&f, &after, false);
	b.ptr[b.len - 9] ^= 1;
	struct subject other = remembering(&f, &m, &b);
	assert_false(cab_format.same(&before, &other, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
	expect_known(&f, &other, false);
	assert_ok(cab_format.same(&before, &after, &f.err), &f.err);
	expect_known(&f, &after, true);
	d.digest = SPAN_TEXT("md5");
	assert_false(cab_format.foresee(&before, &d, &f.err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_prefix_of_a_cabinet_is_one),
		TEST(strip_gives_back_the_very_cabinet),
		TEST(each_bit_before_the_signature_has_one_value),
		TEST(what_is_no_signature_is_a_bad_finding),
		TEST(a_reserve_in_use_is_left_alone),
		TEST(plan_refuses_what_it_cannot_do),
		TEST(a_catalog_has_the_cabinet_as_it_stands),
		TEST(a_catalog_takes_no_reserve_of_a_builder),
		TEST(what_is_foreseen_is_the_digest_of_the_signed_cabinet),
	};

	return cmocka_run_group_tests_name("cab", tests, NULL, NULL);
}
