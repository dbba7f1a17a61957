/* name_windows: names as Windows spells them, and back. */
#include <stdlib.h>

#include "crypto/issue.h"
#include "crypto/name.h"
#include "test.h"

/* RFC 4514 text, and the same name as Windows writes it. */
static const struct {
	const char	*text;
	const char	*windows;
} names[] = {
	{ "CN=Acme", "CN=Acme" },
	{ "CN=Acme Test,O=Acme,C=DE", "CN=Acme Test, O=Acme, C=DE" },
	{ "CN=Acme,O=Acme\\, Inc.,L=Bonn,ST=NRW,STREET=Weg 1,C=DE",
	    "CN=Acme, O=\"Acme, Inc.\", L=Bonn, S=NRW, STREET=Weg 1, C=DE" },
	{ "CN=\\\"A\\\",OU=a\\=b,OU=a\\;b",
	    "CN=\"\"\"A\"\"\", OU=\"a=b\", OU=\"a;b\"" },
	{ "CN=M\xc3\xbcller,SERIALNUMBER=1,DC=example,emailAddress=a@b.example",
	    "CN=M\xc3\xbcller, SERIALNUMBER=1, DC=example, E=a@b.example" },
};

static struct span
der_of(struct arena *a, const char *text)
{
	struct span der;
	struct err e;

	assert_ok(name_parse(span_text(text), a, &der, &e), &e);
	return der;
}

static void
writes_and_knows_names(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		struct span der = der_of(a, names[i].text);

		assert_true(name_windows(der, a, &b));
		assert_string_equal(buf_cstr(&b), names[i].windows);
		for (size_t k = 0; k < COUNT(names); k++)
			assert_int_equal(name_windows_is(
			    span_text(names[k].windows), der), i == k);
	}
}

static void
spaces_between_do_not_count(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = der_of(a, "CN=Acme Test,O=Acme");

	(void)state;
	assert_true(name_windows_is(SPAN_TEXT("CN=Acme Test,O=Acme"), der));
	assert_true(name_windows_is(SPAN_TEXT(" CN= Acme Test ; O=\"Acme\" "),
	    der));
	assert_true(name_windows_is(SPAN_TEXT("OID.2.5.4.3=Acme Test,O=Acme"),
	    der));
}

/* Order, case, number and attributes all count; what is no name is none. */
static void
other_names_are_others(void **state)
{
	static const char *const others[] = { "", "CN", "CN=", "Acme",
	    "O=Acme, CN=Acme Test", "CN=Acme test, O=Acme", "CN=Acme Test",
	    "CN=Acme Test, O=Acme, C=DE", "CN=Acme Test + O=Acme",
	    "CN=Acme Test, OU=Acme", "CN=Acme Test, O=\"Acme",
	    "CN=Acme Test, O=\"Acme\"x", "CN=Acme Test, O=Acme,",
	    "CN=Acme Test, XX=Acme", "CN=Acme Test, OID.=Acme",
	    "CN=Acme Test, OID.9.9=Acme", "=Acme Test, O=Acme" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = der_of(a, "CN=Acme Test,O=Acme");

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(name_windows_is(span_text(others[i]), der));
}

static void
cut_names_are_none(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span der = der_of(a, "CN=Acme Test,O=Acme");

	(void)state;
	for (size_t n = 0; n < der.len; n++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		CLEANUP(free_done) uint8_t *cut = exact((struct span){
		    der.ptr, n });

		assert_false(name_windows((struct span){ cut, n }, a, &b));
		assert_false(name_windows_is(SPAN_TEXT("CN=Acme Test,O=Acme"),
		    (struct span){ cut, n }));
	}
}

/* { CN=A in UTF-16, SERIALNUMBER=1 } as one set, then 2.5.4.97. */
static const uint8_t wide[] = {
	0x30, 0x24,
	0x31, 0x0a, 0x30, 0x08, 6, 3, 0x55, 4, 0x61, 0x13, 1, 'Z',
	0x31, 0x16, 0x30, 0x09, 6, 3, 0x55, 4, 3, 0x1e, 2, 0, 'A',
	0x30, 0x09, 6, 3, 0x55, 4, 5, 0x13, 2, '1', '2',
};

static void
reads_sets_of_several_and_wide_text(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	assert_true(name_windows(SPAN(wide), a, &b));
	assert_string_equal(buf_cstr(&b),
	    "CN=A + SERIALNUMBER=12, OID.2.5.4.97=Z");
	assert_true(name_windows_is(SPAN_TEXT(
	    "CN=A+SERIALNUMBER=12,OID.2.5.4.97=Z"), SPAN(wide)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_and_knows_names),
		TEST(spaces_between_do_not_count),
		TEST(other_names_are_others),
		TEST(cut_names_are_none),
		TEST(reads_sets_of_several_and_wide_text),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
