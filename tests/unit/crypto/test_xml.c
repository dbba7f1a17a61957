/* xml: what a document says comes out as a tree; all tricks are refused. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/xml.h"
#include "test.h"

static const char sample[] =
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<!-- <not/> --><?pi <not/>?>\n"
    "<a xmlns=\"urn:a\"\n"
    "   xmlns:b=\"urn:b\" b:c='1'\n"
    "   d=\"&lt;&amp;&#38;&quot;&apos;&gt; x\n  y &#xe9;\">\n"
    "  one &amp; <![CDATA[<two>]]><b:e/> three\n"
    "  <f xmlns='' g='>'><h/></f>\n"
    "</a>\n";

/* parse gives NULL where it is refused. */
static struct xml_element *
parse(struct span in, struct arena *a, struct err *e)
{
	struct xml_element *root = NULL;
	uint8_t *copy = exact(in);
	bool good = xml_parse("a.xml", (struct span){ copy, in.len }, a, &root,
	    e);

	free(copy);
	assert_true(good == (root != NULL));
	return root;
}

static struct xml_element *
good(const char *text, struct arena *a)
{
	struct err e = { 0 };
	struct xml_element *root = parse(span_text(text), a, &e);

	if (root == NULL)
		print_error("%s\n", e.text);
	assert_non_null(root);
	return root;
}

static void
bad(const char *text, enum err_code code, const char *says)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };

	assert_null(parse(span_text(text), a, &e));
	assert_err(&e, code);
	if (strstr(e.text, says) == NULL)
		print_error("%s\n", e.text);
	assert_non_null(strstr(e.text, says));
}

static void
a_document_becomes_a_tree(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct xml_element *x = good(sample, a);

	(void)state;
	assert_true(xml_is(x, "urn:a", "a"));
	assert_int_equal(x->line, 3);
	assert_int_equal(x->attribute_count, 2);
	assert_true(span_is(x->attributes[0].name, "c"));
	assert_true(span_is(x->attributes[0].space, "urn:b"));
	assert_null(xml_attribute(x, "c"));
	assert_true(span_is(xml_attribute(x, "d")->value,
	    "<&&\"'> x   y \xc3\xa9"));
	assert_true(span_is(x->text, "\n  one & <two> three\n  \n"));
	assert_false(xml_blank(x->text));
	assert_int_equal(x->count, 2);
	assert_true(xml_is(x->first, "urn:b", "e"));
	assert_int_equal(x->first->line, 7);
	assert_true(xml_is(x->first->next, "", "f"));
	assert_int_equal(x->first->next->line, 8);
	assert_true(span_is(xml_attribute(x->first->next, "g")->value, ">"));
	assert_true(xml_is(x->first->next->first, "", "h"));
	assert_null(x->first->next->next);
	assert_true(xml_blank(x->first->text));
}

static void
no_prefix_is_a_document(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(sample) - 1; n++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		struct err e = { 0 };

		assert_null(parse((struct span){ (const uint8_t *)sample, n },
		    a, &e));
		assert_non_null(e.what);
		assert_non_null(strstr(e.text, "a.xml:"));
	}
}

static void
errors_have_a_line(void **state)
{
	(void)state;
	bad("<a>\n<b>\n</a>\n", ERR_XML_MALFORMED, "a.xml:3: no XML: ");
	bad("<a>\n<b c=1/></a>", ERR_XML_MALFORMED, "a.xml:2: ");
	bad("<a c='1' c='2'/>", ERR_XML_MALFORMED, "a.xml:1: ");
	bad("<a/>\n\n<b/>", ERR_XML_MALFORMED, "a.xml:3: ");
	bad("<x:a/>", ERR_XML_MALFORMED, "x");
	bad("", ERR_XML_MALFORMED, "a.xml:1: ");
	bad("\n words", ERR_XML_MALFORMED, "a.xml:2: ");
	bad("<a b='<'/>", ERR_XML_MALFORMED, "a.xml:1: ");
	bad("<a>\x01</a>", ERR_XML_MALFORMED, "a.xml:1: ");
	bad("<a>&#0;</a>", ERR_XML_MALFORMED, "a.xml:1: ");
}

static void
a_document_says_nothing_by_others(void **state)
{
	(void)state;
	bad("<!DOCTYPE a>\n<a/>", ERR_XML_DTD, "a.xml:1: a document type");
	bad("\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", ERR_XML_DTD,
	    "a.xml:2: ");
	bad("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", ERR_XML_DTD, "\"a\"");
	bad("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1/'>%x;]><a/>",
	    ERR_XML_DTD, "\"a\"");
	bad("<a>\n&nbsp;</a>", ERR_XML_ENTITY, "a.xml:2: the entity \"&nbsp;");
	bad("<a b='&x;'/>", ERR_XML_ENTITY, "\"&x;\"");
}

static void
only_utf8(void **state)
{
	static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";
	static const char naked[] = "<\0a\0/\0>\0";
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };

	(void)state;
	bad("<a>\n\xe9</a>", ERR_XML_ENCODING, "a.xml:2: this line");
	bad("<?xml version='1.0' encoding='iso-8859-1'?>\n<a/>",
	    ERR_XML_ENCODING, "a.xml:1: ");
	bad("<?xml version='1.0' encoding='utf-16'?><a/>", ERR_XML_ENCODING,
	    "a.xml:1: ");
	bad("<?xml version='1.0' encoding='none-such'?><a/>",
	    ERR_XML_ENCODING, "a.xml:1: ");
	bad("<?xml version='1.0' encoding='utf-7'?><a/>", ERR_XML_ENCODING,
	    "a.xml:1: ");
	assert_null(parse(SPAN(utf16), a, &e));
	assert_err(&e, ERR_XML_ENCODING);
	assert_null(parse(SPAN(naked), a, &e));
	assert_err(&e, ERR_XML_ENCODING);
	bad("<?xml version='1.0' encoding='us-ascii'?><a>\xc3\xa9</a>",
	    ERR_XML_ENCODING, "a.xml:1: the file says");
	good("<?xml version='1.0' encoding='US-ASCII'?><a>&#233;</a>", a);
	good("<?xml version='1.0'?><a>\xc3\xa9</a>", a);
}

/* In 1.1 U+0085 ends a line. */
static void
only_version_1_0(void **state)
{
	(void)state;
	bad("<?xml version='1.1'?><a>\xc2\x85</a>", ERR_XML_MALFORMED,
	    "a.xml:1: no XML 1.0: the file says that its version is \"1.1\"");
	bad("<?xml version='2.0'?><a/>", ERR_XML_MALFORMED, "\"2.0\"");
	bad("<?xml version='1.00'?><a/>", ERR_XML_MALFORMED, "\"1.00\"");
	bad("<?xml encoding='utf-8'?><a/>", ERR_XML_MALFORMED, "no XML: ");
}

/* many puts count times what between head and tail; '#' is the number. */
static void
many(const char *head, const char *what, size_t count, const char *tail,
    struct buf *out)
{
	buf_text(out, head);
	for (size_t i = 0; i < count; i++)
		for (const char *c = what; *c != '\0'; c++) {
			if (*c == '#')
				buf_printf(out, "%zu", i);
			else
				buf_u8(out, (uint8_t)*c);
		}
	buf_text(out, tail);
}

static void
limit(const char *head, const char *what, size_t count, const char *tail,
    const char *says)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	many(head, what, count, tail, &b);
	bad(buf_cstr(&b), ERR_XML_LIMIT, says);
}

static void
limits_hold(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	limit("", "<a#>", LIMIT_XML_DEPTH + 1, "", "nested deeper");
	limit("<a>\n<b", " a# = \n'='", LIMIT_XML_ATTRIBUTES + 1, "/></a>",
	    "a.xml:2: an element with more");
	limit("<a>\n<b c='", "x", LIMIT_XML_VALUE, "'/></a>",
	    "a.xml:2: the value of an attribute");
	limit("<a>\n<b xmlns='", "x", LIMIT_XML_NAMESPACE + 1, "'/></a>",
	    "a.xml:2: the name of a namespace");
	limit("<a>\n<b c:d='' xmlns:c='", "x", LIMIT_XML_NAMESPACE + 1,
	    "'/></a>", "a.xml:2: the name of a namespace");
	many("<a", " a#='='", LIMIT_XML_ATTRIBUTES, ">", &b);
	many("", " = '>'", LIMIT_XML_ATTRIBUTES + 1, "</a>", &b);
	assert_int_equal(good(buf_cstr(&b), a)->attribute_count,
	    LIMIT_XML_ATTRIBUTES);
}

static void
namespaces_in_scope_are_bounded(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e = { 0 };

	(void)state;
	many("<a", " xmlns:a#='urn:a'", 200, ">", &b);
	many("<b", " xmlns:b#='urn:b'", 57, "/></a>", &b);
	assert_null(parse(buf_span(&b), a, &e));
	assert_err(&e, ERR_XML_LIMIT);
	b.len = 0;
	many("<a", " xmlns:a#='urn:a'", 200, ">", &b);
	many("", "<a0:b xmlns:b#='urn:b'/>", 1000, "</a>", &b);
	assert_int_equal(good(buf_cstr(&b), a)->count, 1000);
}

static void
size_and_memory_are_bounded(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e = { 0 };

	(void)state;
	many("<a>", "<b/>", 100000, "</a>", &b);
	assert_null(parse(buf_span(&b), a, &e));
	assert_err(&e, ERR_LIMIT_MEMORY);
	b.len = 0;
	buf_zero(&b, LIMIT_XML_SIZE + 1);
	assert_null(parse(buf_span(&b), a, &e));
	assert_err(&e, ERR_XML_LIMIT);
}

/* hostile fills a file with many of what, and has it read. */
static void
hostile(struct buf *b, const char *what, size_t count, const char *tail)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)1 << 30);
	struct err e = { 0 };

	do
		many("<a:b", what, count, "/>", b);
	while (b->len + 4096 < LIMIT_XML_SIZE);
	buf_text(b, tail);
	assert_ok(parse(buf_span(b), a, &e) != NULL, &e);
	b->len = 0;
}

/* Attributes, prefixes, and a namespace that stands before each: 8 MiB each. */
static void
a_hostile_file_takes_no_time(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	clock_t start = clock();

	(void)state;
	many("<a", " xmlns:a#='urn:a'", 250, " xmlns:a='urn:a'>", &b);
	hostile(&b, "", 0, "</a>");
	buf_text(&b, "<a xmlns:a='urn:a'>");
	hostile(&b, " a#=''", LIMIT_XML_ATTRIBUTES, "</a>");
	many("<a xmlns:a='", "x", LIMIT_XML_NAMESPACE, "'>", &b);
	hostile(&b, "", 0, "</a>");
	many("<a xmlns:a='", "x", LIMIT_XML_NAMESPACE, "'>", &b);
	hostile(&b, " a:a#=''", LIMIT_XML_ATTRIBUTES, "</a>");
	assert_true(clock() - start < 30 * CLOCKS_PER_SEC);
	print_message("hostile files: %.2f s\n",
	    (double)(clock() - start) / CLOCKS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_document_becomes_a_tree),
		TEST(no_prefix_is_a_document),
		TEST(errors_have_a_line),
		TEST(a_document_says_nothing_by_others),
		TEST(only_utf8),
		TEST(only_version_1_0),
		TEST(limits_hold),
		TEST(namespaces_in_scope_are_bounded),
		TEST(size_and_memory_are_bounded),
		TEST(a_hostile_file_takes_no_time),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
