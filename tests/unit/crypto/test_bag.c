/* bag: certificates in every form, and what is none of them. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/bag.h"
#include "crypto/der.h"
#include "crypto/oid.h"
#include "crypto/pem.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;

static int
setup(void **state)
{
	(void)state;
	pki_world_make(&world);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_world_done(&world);
	return 0;
}

/* A PKCS#7 message with this set of certificates and these lists. */
static struct buf
message(struct span set, struct span lists)
{
	struct buf b = { 0 };
	size_t info = der_open(&b, DER_SEQUENCE);

	buf_put(&b, oid_der(OID_SIGNED_DATA));
	size_t wrapped = der_open(&b, DER_EXPLICIT(0));
	size_t data = der_open(&b, DER_SEQUENCE);
	der_put_small(&b, 1);
	der_put(&b, DER_SET, span_text(""));
	size_t content = der_open(&b, DER_SEQUENCE);
	buf_put(&b, oid_der(OID_CONTENT_DATA));
	der_close(&b, content);
	der_put(&b, DER_EXPLICIT(0), set);
	if (lists.len > 0)
		der_put(&b, DER_EXPLICIT(1), lists);
	der_put(&b, DER_SET, span_text(""));
	der_close(&b, data);
	der_close(&b, wrapped);
	der_close(&b, info);
	return b;
}

static struct buf
three(void)
{
	struct buf b = { 0 };

	buf_put(&b, buf_span(&world.code.der));
	buf_put(&b, buf_span(&world.root.der));
	buf_put(&b, buf_span(&world.code.der));
	return b;
}

static void
reads(struct span in, size_t count, size_t lists, size_t others)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct certificate_bag bag;
	struct err e;

	assert_ok(bag_read(in, a, &bag, &e), &e);
	assert_int_equal(bag.count, count);
	assert_int_equal(bag.lists, lists);
	assert_int_equal(bag.others, others);
	assert_span_equal(bag.items[0].der, buf_span(&world.code.der));
}

static void
fails(struct span in, enum err_code code)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct certificate_bag bag;
	struct err e;

	assert_false(bag_read(in, a, &bag, &e));
	assert_err(&e, code);
}

static void
every_form_is_read(void **state)
{
	CLEANUP(buf_done) struct buf set = three(), b = { 0 }, pem = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 }, mixed = { 0 };
	CLEANUP(buf_done) struct buf p7 = message(buf_span(&set),
	    span_text("\x30\x01\x05"));

	(void)state;
	reads(buf_span(&world.code.der), 1, 0, 0);
	reads(buf_span(&p7), 2, 1, 0);
	pem_write("PKCS7", buf_span(&p7), &pem);
	reads(buf_span(&pem), 2, 1, 0);
	text_base64(buf_span(&p7), &text);
	buf_put(&text, span_text("\r\n"));
	reads(buf_span(&text), 2, 1, 0);
	buf_put(&mixed, span_text("a note\n"));
	pem_write("X509 CRL", span_text("x"), &mixed);
	pem_write("PRIVATE KEY", span_text("x"), &mixed);
	pem_write("CERTIFICATE", buf_span(&world.code.der), &mixed);
	reads(buf_span(&mixed), 1, 1, 1);
	/* Another kind in the set is counted; the outer lengths may be open. */
	buf_put(&set, span_text("\xa1\x03\x02\x01\x07"));
	CLEANUP(buf_done) struct buf odd = message(buf_span(&set),
	    span_text(""));
	reads(buf_span(&odd), 2, 0, 1);
	buf_put(&b, span_text("\x30\x80"));
	buf_put(&b, span_from(buf_span(&odd), 4));
	buf_u8(&b, 0);
	buf_u8(&b, 0);
	reads(buf_span(&b), 2, 0, 1);
}

static void
what_is_none_is_refused(void **state)
{
	CLEANUP(buf_done) struct buf set = three(), more = { 0 }, other = { 0 };
	CLEANUP(buf_done) struct buf p7 = message(buf_span(&set),
	    span_text(""));
	struct span page = span_text("\xef\xbb\xbf \r\n<html>");

	(void)state;
	fails(page, ERR_BAG_PAGE);
	fails(span_text(""), ERR_BAG_MALFORMED);
	fails(span_text("\n \n"), ERR_BAG_MALFORMED);
	fails(span_text("hello, world"), ERR_BAG_MALFORMED);
	fails(span_text("-----BEGIN CERTIFICATE-----\nAA"), ERR_PEM_MALFORMED);
	fails(span_text("-----BEGIN X509 CRL-----\nAA=="),
	    ERR_CERTIFICATE_NONE);
	buf_put(&more, buf_span(&world.code.der));
	buf_u8(&more, 0);
	fails(buf_span(&more), ERR_BAG_MALFORMED);
	buf_put(&other, buf_span(&p7));
	buf_u8(&other, 0);
	fails(buf_span(&other), ERR_BAG_MALFORMED);
	for (size_t n = 1; n < p7.len; n++) {
		CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
		struct certificate_bag bag;
		uint8_t *cut = exact((struct span){ p7.ptr, n });
		struct err e;

		assert_false(bag_read((struct span){ cut, n }, a, &bag, &e));
		free(cut);
	}
}

static void
crowds_are_refused_before_they_are_read(void **state)
{
	CLEANUP(buf_done) struct buf set = { 0 }, pem = { 0 };

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		buf_put(&set, span_text("\x30\x01\x05"));
	CLEANUP(buf_done) struct buf p7 = message(buf_span(&set),
	    span_text(""));
	fails(buf_span(&p7), ERR_LIMIT_SIZE);
	CLEANUP(buf_done) struct buf large = { 0 };
	while (large.len <= LIMIT_BAG)
		buf_put(&large, buf_span(&world.code.der));
	fails(buf_span(&large), ERR_LIMIT_SIZE);
	for (size_t i = 0; i <= LIMIT_BAG_CERTIFICATES; i++)
		pem_write("CERTIFICATE", buf_span(&world.code.der), &pem);
	reads(buf_span(&pem), 1, 0, 0);		/* one, each time */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_form_is_read),
		TEST(what_is_none_is_refused),
		TEST(crowds_are_refused_before_they_are_read),
	};

	return cmocka_run_group_tests_name("bag", tests, setup, teardown);
}
