/* der: strict in reading, canonical in writing; the table of OIDs. */
#include <openssl/objects.h>
#include <stdlib.h>

#include "crypto/der.h"
#include "crypto/oid.h"
#include "test.h"

static void
lengths_are_the_shortest(void **state)
{
	static const char *const bad[] = {
		"", "30", "3001", "308000 0000", "3081 7f", "3081 0100",
		"3082 0080", "3085 0000000001 00", "30ff", "1f 2001 00",
	};
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535,
	    65536 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf b = unhex_text(bad[i]);
		uint8_t *copy = exact(buf_span(&b));
		struct der d = der_read((struct span){ copy, b.len });

		assert_int_equal(der_whole(&d, DER_ANY).len, 0);
		assert_false(der_ok(&d));
		free(copy);
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		size_t at = der_open(&b, DER_OCTETS);

		buf_zero(&b, sizes[i]);
		der_close(&b, at);
		struct der d = der_read(buf_span(&b));
		assert_int_equal(der_value(&d, DER_OCTETS).len, sizes[i]);
		assert_true(der_end(&d));
	}
}

static void
integers_are_minimal_and_not_negative(void **state)
{
	static const struct {
		const char	*hex;
		bool		 good;
		uint32_t	 n;
	} ints[] = {
		{ "020100", true, 0 }, { "02017f", true, 127 },
		{ "02020080", true, 128 }, { "020500ffffffff", true,
		    UINT32_MAX },
		{ "0200", false, 0 }, { "0201ff", false, 0 },
		{ "0202007f", false, 0 }, { "0202ffff", false, 0 },
		{ "02050100000000", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ints); i++) {
		CLEANUP(buf_done) struct buf b = unhex_text(ints[i].hex);
		CLEANUP(buf_done) struct buf again = { 0 };
		struct der d = der_read(buf_span(&b));

		assert_int_equal(der_small(&d), ints[i].n);
		assert_int_equal(der_end(&d), ints[i].good);
		der_put_small(&again, ints[i].n);
		if (ints[i].good)
			assert_span_equal(buf_span(&again), buf_span(&b));
	}
}

static void
times_go_both_ways(void **state)
{
	static const struct { unsigned tag; const char *text; int64_t ms; }
	    times[] = {
		{ DER_UTC_TIME, "700101000000Z", 0 },
		{ DER_UTC_TIME, "491231235959Z", INT64_C(2524607999000) },
		{ DER_TIME, "20500101000000Z", INT64_C(2524608000000) },
	};
	static const char *const bad[] = {
		"20260101000000", "20260101000000+0100", "202601010000Z",
		"20261301000000Z", "20260101000000.Z", "20260101000000.10Z",
		"20260101000000,5Z", "2026010100000xZ", "20260230000000Z",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		CLEANUP(buf_done) struct buf b = { 0 }, again = { 0 };

		der_put(&b, times[i].tag, span_text(times[i].text));
		struct der d = der_read(buf_span(&b));
		assert_true(der_time(&d) == times[i].ms && der_end(&d));
		der_put_time(&again, times[i].ms);
		assert_span_equal(buf_span(&again), buf_span(&b));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		der_put(&b, DER_TIME, span_text(bad[i]));
		struct der d = der_read(buf_span(&b));
		der_time(&d);
		assert_false(der_ok(&d));
	}
	CLEANUP(buf_done) struct buf precise = { 0 };
	der_put_precise_time(&precise, 1120);
	struct der d = der_read(buf_span(&precise));
	assert_span_equal(span_from(buf_span(&precise), 2),
	    span_text("19700101000001.12Z"));
	assert_int_equal(der_time(&d), 1120);
}

static void
a_false_flag_is_not_written(void **state)
{
	CLEANUP(buf_done) struct buf no = unhex_text("010100");
	CLEANUP(buf_done) struct buf odd = unhex_text("010101");
	CLEANUP(buf_done) struct buf yes = unhex_text("0101ff");
	struct der a = der_read(buf_span(&no)), b = der_read(buf_span(&odd)),
	    c = der_read(buf_span(&yes));

	(void)state;
	assert_false(der_flag(&a) || der_ok(&a));
	assert_false(der_flag(&b) || der_ok(&b));
	assert_true(der_flag(&c) && der_end(&c));
}

static void
sets_are_sorted(void **state)
{
	struct span items[] = { SPAN_TEXT("\x04\x01" "b"),
	    SPAN_TEXT("\x02\x01\x05"), SPAN_TEXT("\x04\x01" "a") };
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	der_put_set(&b, DER_SET, items, COUNT(items));
	assert_span_equal(buf_span(&b), SPAN_TEXT("1\x09\x02\x01\x05\x04\x01"
	    "a\x04\x01" "b"));
}

static void
the_table_of_oids_is_right(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);

	(void)state;
	for (enum oid o = 0; o < OIDS; o++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		ASN1_OBJECT *object = OBJ_txt2obj(oid_rows[o].dotted, 1);
		unsigned char *der = NULL;
		int len = i2d_ASN1_OBJECT(object, &der);

		assert_span_equal(oid_der(o),
		    ((struct span){ der, (size_t)len }));
		assert_true(oid_write(span_text(oid_rows[o].dotted), &b));
		assert_span_equal(buf_span(&b), oid_der(o));
		assert_string_equal(oid_text(a, oid_der(o)),
		    oid_rows[o].dotted);
		OPENSSL_free(der);
		ASN1_OBJECT_free(object);
	}
}

static void
odd_oids_are_refused(void **state)
{
	static const char *const bad[] = { "", "1", "1.", "1.2.", "3.1",
	    "1.40", "1..2", "1.2.x", "01.2", "1.2.-1" };
	static const char *const broken[] = { "0600", "06022a80",
	    "06032a8001", "060b2affffffffffffffffff7f" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	CLEANUP(buf_done) struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(oid_write(span_text(bad[i]), &out));
	for (size_t i = 0; i < COUNT(broken); i++) {
		CLEANUP(buf_done) struct buf b = unhex_text(broken[i]);

		assert_null(oid_text(a, buf_span(&b)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lengths_are_the_shortest),
		TEST(integers_are_minimal_and_not_negative),
		TEST(times_go_both_ways),
		TEST(a_false_flag_is_not_written),
		TEST(sets_are_sorted),
		TEST(the_table_of_oids_is_right),
		TEST(odd_oids_are_refused),
	};

	return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}
