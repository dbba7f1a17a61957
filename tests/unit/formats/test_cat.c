/* cat: the verbs on catalogs, with keys of OpenSSL's. */
#include <stdlib.h>

#include "crypto/authenticode.h"
#include "crypto/der.h"
#include "crypto/oid.h"
#include "formats/cat.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;
static struct trust *roots;

static struct span
catalog(struct arena *a, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct catalog_file file = { .subject = CATALOG_FLAT,
	    .sha1 = digest_of(DIGEST_SHA1, span_text(text)),
	    .sha256 = digest_of(DIGEST_SHA256, span_text(text)),
	    .name = { SPAN_TEXT("File"), span_text(text) } };
	struct catalog_terms t = { .version = 2, .time = PKI_NOW,
	    .files = &file, .file_count = 1 };
	struct span out = { 0 };
	struct err e;

	assert_ok(catalog_write(&t, a, &b, &e), &e);
	assert_true(arena_copy(a, buf_span(&b), &out));
	return out;
}

static struct subject
subject_of(struct arena *a, struct span bytes)
{
	struct subject s = { .arena = a, .name = SPAN_TEXT("a.cat") };
	struct err e;

	assert_ok(rope_bytes(a, bytes, &s.file, &e), &e);
	return s;
}

static struct span
bytes_of(const struct subject *s, const struct rope *r)
{
	struct span out = { 0 };
	struct err e;

	assert_ok(rope_view(s->arena, r, 0, r->len, &out, &e), &e);
	return out;
}

static struct span
sign(struct arena *a, struct span bytes, const struct directive *d)
{
	struct signing_identity id = pki_identity(&world.code, NULL, 0);
	struct subject s = subject_of(a, bytes);
	struct plan plan = { 0 };
	struct rope out = { 0 };
	struct err e;

	assert_ok(cat_format.plan(&s, d, &id, &plan, &e), &e);
	assert_int_equal(plan.count, 1);
	CLEANUP(buf_done) struct buf v = pki_sign(world.code.key,
	    &plan.items[0].to_be_signed);
	struct sealed sealed = { .signature = buf_span(&v) };
	assert_ok(cat_format.apply(&s, d, &id, &plan, &sealed, &out, &e), &e);
	return bytes_of(&s, &out);
}

static struct findings
check(struct arena *a, struct span bytes)
{
	struct subject s = subject_of(a, bytes);
	struct check_terms t = { .judge = { .roots = roots,
	    .now = PKI_NOW } };
	struct findings found = { 0 };
	struct err e;

	assert_ok(cat_format.check(&s, &t, &found, &e), &e);
	return found;
}

static struct span
strip(struct arena *a, struct span bytes, bool *changed)
{
	struct subject s = subject_of(a, bytes);
	struct rope out = { 0 };
	struct err e;

	assert_ok(cat_format.strip(&s, &out, changed, &e), &e);
	return bytes_of(&s, &out);
}

static bool
same(struct arena *a, struct span x, struct span y, struct err *e)
{
	struct subject before = subject_of(a, x), after = subject_of(a, y);

	return cat_format.same(&before, &after, e);
}

static void
probes_by_what_is_inside(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span c = catalog(a, "x"), head;

	(void)state;
	assert_int_equal(cat_format.probe(c), 100);
	assert_int_equal(cat_format.probe(sign(a, c,
	    &(struct directive){ 0 })), 100);
	for (size_t n = 0; n < c.len; n++) {
		assert_true(span_cut(c, 0, n, &head));
		uint8_t *bytes = exact(head);
		int bid = cat_format.probe((struct span){ bytes, n });

		assert_int_equal(bid, n < 64 ? 0 : bid);
		free(bytes);
	}
	assert_int_equal(cat_format.probe(SPAN_TEXT("MZ")), 0);
}

static void
what_is_signed_comes_back_byte_by_byte(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct span c = catalog(a, "x");
	struct span s = sign(a, c, &(struct directive){ 0 });
	struct findings found = check(a, s);
	bool changed;
	struct err e;

	(void)state;
	assert_int_equal(found.count, 1);
	assert_null(found.items[0].err.what);
	assert_int_equal(check(a, c).count, 0);
	assert_span_equal(strip(a, s, &changed), c);
	assert_true(changed);
	assert_span_equal(strip(a, c, &changed), c);
	assert_false(changed);
	assert_ok(same(a, c, s, &e), &e);
	assert_false(same(a, catalog(a, "y"), s, &e));
	assert_err(&e, ERR_FORMAT_DIFFERS);
	/* A new signature replaces the old one. */
	found = check(a, sign(a, s, &(struct directive){ 0 }));
	assert_int_equal(found.count, 1);
	assert_null(found.items[0].err.what);
}

static void
the_type_of_the_content_is_signed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct span s = sign(a, catalog(a, "x"), &(struct directive){ 0 });
	struct authenticode x;
	struct span type;
	struct err e;

	(void)state;
	assert_ok(authenticode_parse(s, false, a, &x, &e), &e);
	assert_ok(cms_value(&x.cms.signers[0].signed_attributes,
	    OID_CONTENT_TYPE, &type, &e), &e);
	assert_true(oid_is(type, OID_CERT_TRUST_LIST));
	assert_true(authenticode_subject_is(&x, AUTHENTICODE_CATALOG));
	assert_false(authenticode_subject_is(&x, AUTHENTICODE_PE));
}

static void
more_signatures_are_nested(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct span c = catalog(a, "x");
	struct directive append = { .append = true };
	struct span s = sign(a, sign(a, c, &append), &append);
	struct findings found = check(a, s);
	bool changed;

	(void)state;
	assert_int_equal(found.count, 2);
	assert_null(found.items[0].err.what);
	assert_null(found.items[1].err.what);
	assert_int_equal(found.items[1].nested, 1);
	assert_span_equal(strip(a, s, &changed), c);
}

/* A nested signature holds a list of its own: it must be the same list. */
static void
a_nested_signature_over_another_list_is_bad(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct span s = sign(a, catalog(a, "x"), &(struct directive){ 0 });
	struct span other = sign(a, catalog(a, "y"),
	    &(struct directive){ 0 });
	struct err e;

	(void)state;
	assert_ok(authenticode_nest(s, other, a, &s, &e), &e);
	struct findings found = check(a, s);
	assert_int_equal(found.count, 2);
	assert_null(found.items[0].err.what);
	assert_err(&found.items[1].err, ERR_AUTHENTICODE_DIGEST);
}

/* The list exchanged, all else left. */
static void
another_list_under_a_signature_is_found(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct span c = catalog(a, "x"), d = catalog(a, "y");
	struct span s = sign(a, c, &(struct directive){ 0 });
	CLEANUP(buf_done) struct buf b = { 0 };
	struct cms_outline one, two;

	(void)state;
	assert_true(cms_outline_read(c, &one) && cms_outline_read(d, &two));
	assert_int_equal(one.content.len, two.content.len);
	size_t at = span_find(s, one.content);
	assert_true(at != SIZE_MAX);
	buf_put(&b, (struct span){ s.ptr, at });
	buf_put(&b, two.content);
	buf_put(&b, span_from(s, at + two.content.len));
	struct findings found = check(a, buf_span(&b));
	assert_int_equal(found.count, 1);
	assert_err(&found.items[0].err, ERR_CMS_DIGEST);
}

static void
other_messages_are_no_catalogs(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf b = { 0 }, tail = { 0 };
	struct subject s;
	struct facts facts = { 0 };
	struct err e;

	(void)state;
	cms_put_unsigned(&b, oid_der(OID_CONTENT_DATA), SPAN_TEXT("\4\0"));
	s = subject_of(a, buf_span(&b));
	assert_false(cat_format.facts(&s, &facts, &e));
	assert_err(&e, ERR_CATALOG_MALFORMED);
	buf_put(&tail, catalog(a, "x"));
	buf_u8(&tail, 0);
	s = subject_of(a, buf_span(&tail));
	assert_false(cat_format.facts(&s, &facts, &e));
	assert_err(&e, ERR_CATALOG_MALFORMED);
}

static void
facts_say_what_is_in_it(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct subject s = subject_of(a, catalog(a, "x"));
	struct facts facts = { 0 };
	struct err e;

	(void)state;
	assert_ok(cat_format.facts(&s, &facts, &e), &e);
	assert_true(span_is(fact_find(&facts, SPAN_TEXT("version"))->value,
	    "2"));
	assert_true(span_is(fact_find(&facts, SPAN_TEXT("members"))->value,
	    "2"));
	assert_true(span_is(fact_find(&facts, SPAN_TEXT("list-id"))->value,
	    "00000000000000000000000000000000"));
}

static void
too_large_is_too_large(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct facts facts = { 0 };
	struct err e;

	(void)state;
	buf_zero(&b, (64 << 20) + 1);
	struct subject s = subject_of(a, buf_span(&b));
	assert_false(cat_format.facts(&s, &facts, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

static int
setup(void **state)
{
	(void)state;
	pki_world_make(&world);
	roots = pki_trust(&world.root);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	trust_free(roots);
	pki_world_done(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(probes_by_what_is_inside),
		TEST(what_is_signed_comes_back_byte_by_byte),
		TEST(the_type_of_the_content_is_signed),
		TEST(more_signatures_are_nested),
		TEST(a_nested_signature_over_another_list_is_bad),
		TEST(another_list_under_a_signature_is_found),
		TEST(other_messages_are_no_catalogs),
		TEST(facts_say_what_is_in_it),
		TEST(too_large_is_too_large),
	};

	return cmocka_run_group_tests_name("cat", tests, setup, teardown);
}
