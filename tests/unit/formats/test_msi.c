/* The installer format's verbs, where no key is needed. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/installer.h"
#include "formats/known.h"
#include "formats/msi.h"
#include "test.h"

static const uint8_t package[COMPOUND_CLASS_SIZE] = { 0x84, 0x10, 0x0c, 0, 0,
	0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

struct fixture {
	struct arena	*arena;
	struct err	 err;
	struct compound	 c;
};

/*
 * root: "b" (5000 bytes), "d" { "a", "b" }, "f" (50 bytes); with room for
 * streams of the root that come by compound_change_all.
 */
static struct fixture
fixture_new(void)
{
	static struct compound_entry entries[] = {
		{ .kind = COMPOUND_ROOT, .name = { (const uint8_t *)
		    "R\0", 2 }, .modified = 9, .first = 1, .count = 3 },
		{ .kind = COMPOUND_STREAM, .name = { (const uint8_t *)
		    "b\0", 2 } },
		{ .kind = COMPOUND_STORAGE, .name = { (const uint8_t *)
		    "d\0", 2 }, .class = { 7 }, .first = 4, .count = 2 },
		{ .kind = COMPOUND_STREAM, .name = { (const uint8_t *)
		    "f\0", 2 } },
		{ .kind = COMPOUND_STREAM, .parent = 2,
		    .name = { (const uint8_t *)"a\0", 2 } },
		{ .kind = COMPOUND_STREAM, .parent = 2,
		    .name = { (const uint8_t *)"b\0", 2 } },
	};
	static const uint8_t bytes[5000] = { 1, 2, 3 };
	struct fixture f = { .arena = arena_new((size_t)64 << 20),
	    .c = { .version = 3, .count = COUNT(entries) } };
	struct span copy;

	assert_true(arena_copy(f.arena, SPAN(entries), &copy));
	f.c.entries = ARENA_ARRAY(f.arena, struct compound_entry,
	    COUNT(entries));
	memcpy(f.c.entries, entries, sizeof(entries));
	memcpy(f.c.entries[0].class, package, sizeof(package));
	for (size_t i = 1; i < COUNT(entries); i++)
		if (i != 2)
			assert_true(rope_bytes(f.arena, (struct span){ bytes,
			    i == 1 ? 5000 : 40 + i }, &f.c.entries[i].contents,
			    &f.err));
	return f;
}

static void
fixture_done(struct fixture *f)
{
	arena_free(f->arena);
}
#define FIXTURE(f)							\
	CLEANUP(fixture_done) struct fixture f = fixture_new();		\
	(void)state

/* The file with one more stream of the root, unless name is NULL. */
static struct subject
subject_with(struct fixture *f, const char *name, struct span contents)
{
	CLEANUP(buf_done) struct buf wide = { 0 };
	struct compound_change x = { .stream = SIZE_MAX };
	struct subject s = { .arena = f->arena, .name = SPAN_TEXT("a.msi") };
	struct span copy;

	if (name != NULL)
		assert_true(text_to_utf16(span_text(name), &wide) &&
		    arena_copy(f->arena, buf_span(&wide), &x.name) &&
		    arena_copy(f->arena, contents, &copy) &&
		    rope_bytes(f->arena, copy, &x.contents, &f->err));
	assert_ok(compound_write(&f->c, &x, name != NULL, f->arena, &s.file,
	    &f->err), &f->err);
	return s;
}

static struct subject
subject_of(struct fixture *f)
{
	return subject_with(f, NULL, (struct span){ 0 });
}

/* ---- which files are ours */

static int
bid(struct fixture *f, size_t head)
{
	struct subject s = subject_of(f);
	struct span view;

	assert_ok(rope_view(f->arena, &s.file, 0, head, &view, &f->err),
	    &f->err);
	return msi_format.probe(view);
}

static void
the_class_of_the_root_decides(void **state)
{
	static const uint8_t kinds[] = { 0x84, 0x82, 0x86 };
	FIXTURE(f);

	assert_int_equal(bid(&f, 8192), 100);
	assert_in_range(bid(&f, 4096), 1, 9);	/* the directory is behind */
	assert_int_equal(bid(&f, 7), 0);
	for (unsigned i = 0; i < 256; i++) {
		f.c.entries[0].class[0] = (uint8_t)i;
		assert_int_equal(bid(&f, 8192) == 100,
		    memchr(kinds, (int)i, sizeof(kinds)) != NULL);
		assert_true(bid(&f, 8192) == 100 || bid(&f, 8192) == 0);
	}
	assert_int_equal(installer_kind((struct span){ package, 15 }),
	    INSTALLER_NONE);
}

static void
documents_carry_nothing(void **state)
{
	FIXTURE(f);
	struct findings found = { 0 };
	struct facts facts = { 0 };
	struct plan plan;
	struct directive d = { 0 };
	struct signing_identity id = { 0 };
	struct rope out;
	bool changed;

	f.c.entries[0].class[0] = 1;
	struct subject s = subject_with(&f, INSTALLER_SIGNATURE, SPAN_TEXT("x"));
	assert_ok(msi_format.check(&s, &(struct check_terms){ 0 }, &found,
	    &f.err), &f.err);
	assert_int_equal(found.count, 0);
	assert_ok(msi_format.strip(&s, &out, &changed, &f.err), &f.err);
	assert_false(changed);
	assert_false(msi_format.facts(&s, &facts, &f.err));
	assert_err(&f.err, ERR_MSI_KIND);
	assert_false(msi_format.plan(&s, &d, &id, &plan, &f.err));
	assert_err(&f.err, ERR_MSI_KIND);
}

static void
a_signature_has_a_size_and_a_form(void **state)
{
	static uint8_t large[LIMIT_CMS_SIZE + 1];
	FIXTURE(f);
	struct subject s = subject_with(&f, INSTALLER_SIGNATURE, SPAN(large));
	struct findings found = { 0 };
	struct check_terms terms = { 0 };

	assert_false(msi_format.check(&s, &terms, &found, &f.err));
	assert_err(&f.err, ERR_LIMIT_SIZE);
	s = subject_with(&f, INSTALLER_SIGNATURE, SPAN_TEXT("x"));
	assert_ok(msi_format.check(&s, &terms, &found, &f.err), &f.err);
	assert_int_equal(found.count, 1);
	assert_non_null(found.items[0].err.what);
	s = subject_with(&f, INSTALLER_SIGNATURE, (struct span){ 0 });
	assert_ok(msi_format.check(&s, &terms, &found, &f.err), &f.err);
	assert_int_equal(found.count, 2);
	assert_non_null(found.items[1].err.what);
	/* The other stream alone is no signature. */
	s = subject_with(&f, INSTALLER_EXTENDED, SPAN_TEXT("x"));
	assert_ok(msi_format.check(&s, &terms, &found, &f.err), &f.err);
	assert_int_equal(found.count, 2);
}

/* ---- what a signature is over */

static void
digests(struct fixture *f, struct digest *metadata, struct digest *contents)
{
	struct subject s = subject_of(f);
	struct msi_file m;

	assert_ok(msi_parse(&s, &m, &f->err), &f->err);
	msi_metadata(&m, DIGEST_SHA256, metadata);
	assert_ok(msi_digest(&m, DIGEST_SHA256, NULL, contents, &f->err),
	    &f->err);
}

/* Changes one thing, and tells which digest minds. */
#define CHANGED(field, value, in_metadata, in_contents)			\
	do {								\
		FIXTURE(x);						\
		struct digest m_, c_;					\
		x.c.entries field = (value);				\
		digests(&x, &m_, &c_);					\
		assert_int_equal(!digest_eq(&m_, &metadata), in_metadata); \
		assert_int_equal(!digest_eq(&c_, &contents), in_contents); \
		struct subject after_ = subject_of(&x);			\
		assert_false(msi_format.same(&before, &after_, &x.err)); \
		assert_err(&x.err, ERR_FORMAT_DIFFERS);			\
	} while (0)

static void
everything_of_an_entry_counts(void **state)
{
	FIXTURE(f);
	struct subject before = subject_of(&f);
	struct digest metadata, contents;

	digests(&f, &metadata, &contents);
	CHANGED([0].class[0], 0x86, true, true);
	CHANGED([0].state, 1, true, false);
	CHANGED([0].modified, 1, false, false);
	CHANGED([1].contents, f.c.entries[3].contents, true, true);
	CHANGED([1].state, 1, true, false);
	CHANGED([1].created, 1, true, false);
	CHANGED([1].modified, 1, true, false);
	CHANGED([1].class[0], 1, false, false);
	CHANGED([1].name.ptr, (const uint8_t *)"c\0", true, false);
	CHANGED([2].class[0], 8, true, true);
	CHANGED([2].created, 1, true, false);
	CHANGED([2].state, 1, true, false);
	CHANGED([2].name.ptr, (const uint8_t *)"e\0", true, false);
	CHANGED([4].contents, f.c.entries[5].contents, true, true);
	CHANGED([4].modified, 1, true, false);
}

static void
streams_come_and_go(void **state)
{
	FIXTURE(f);
	struct subject before = subject_of(&f), after;

	assert_ok(msi_format.same(&before, &before, &f.err), &f.err);
	after = subject_with(&f, INSTALLER_SIGNATURE, SPAN_TEXT("x"));
	assert_ok(msi_format.same(&before, &after, &f.err), &f.err);
	assert_ok(msi_format.same(&after, &before, &f.err), &f.err);
	after = subject_with(&f, "x", SPAN_TEXT("x"));
	assert_false(msi_format.same(&before, &after, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
	assert_false(msi_format.same(&after, &before, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
	f.c.version = 4;
	after = subject_of(&f);
	assert_false(msi_format.same(&before, &after, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
}

/* ---- facts */

struct property {
	uint32_t	name, type;
	const char	*text;		/* or a number of 16 bits */
	uint16_t	number;
};

static struct buf
summary(const struct property *v, uint32_t count)
{
	struct buf b = { 0 }, values = { 0 };
	uint32_t from = 8 + 8 * count;

	buf_u16le(&b, 0xfffe);
	buf_zero(&b, 22);
	buf_u32le(&b, 1);
	buf_zero(&b, 16);
	buf_u32le(&b, 48);
	buf_u32le(&b, 0);
	buf_u32le(&b, count);
	for (uint32_t i = 0; i < count; i++) {
		buf_u32le(&b, v[i].name);
		buf_u32le(&b, from + (uint32_t)values.len);
		buf_u32le(&values, v[i].type);
		if (v[i].text == NULL) {
			buf_u32le(&values, v[i].number);
			continue;
		}
		buf_u32le(&values, (uint32_t)strlen(v[i].text) + 1);
		buf_put(&values, (struct span){ (const uint8_t *)v[i].text,
		    strlen(v[i].text) + 1 });
	}
	buf_put(&b, buf_span(&values));
	buf_done(&values);
	return b;
}

/* The fact, or why there is none. */
static const char *
fact(struct fixture *f, struct span bytes, const char *key)
{
	struct subject s = subject_with(f, "\5SummaryInformation", bytes);
	struct facts facts = { 0 };
	const struct fact *x;

	assert_ok(msi_format.facts(&s, &facts, &f->err), &f->err);
	assert_int_equal(facts.count, 5);
	x = fact_find(&facts, span_text(key));
	assert_non_null(x);
	return x->absent != NULL ? x->absent : arena_text(f->arena, x->value);
}

static void
facts_are_in_the_summary(void **state)
{
	static const struct property v[] = { { 1, 2, NULL, 65001 },
		{ 3, 30, "Ac\xc3\xa9me", 0 }, { 2, 30, "T", 0 },
		{ 4, 30, "one", 0 }, { 4, 30, "two", 0 }, { 5, 3, NULL, 1 } };
	FIXTURE(f);
	CLEANUP(buf_done) struct buf b = summary(v, COUNT(v));
	CLEANUP(buf_done) struct buf other = summary(v + 1, 2);
	static uint8_t large[1024 * 1024 + 1];

	assert_string_equal(fact(&f, buf_span(&b), "title"), "T");
	assert_string_equal(fact(&f, buf_span(&b), "subject"),
	    "Ac\xc3\xa9me");
	assert_string_equal(fact(&f, buf_span(&b), "author"),
	    "its summary information does not say");	/* or twice */
	assert_string_equal(fact(&f, buf_span(&b), "keywords"),
	    "it is no text in its summary information");
	assert_string_equal(fact(&f, buf_span(&other), "subject"),
	    "its letters are of a code page that is not read");
	assert_string_equal(fact(&f, SPAN(large), "title"),
	    "its summary information is too large");
	for (size_t n = 0; n < b.len; n++)
		(void)fact(&f, (struct span){ b.ptr, n }, "subject");
	assert_string_equal(fact(&f, (struct span){ b.ptr, 50 }, "title"),
	    "its summary information is malformed");
	assert_string_equal(fact(&f, (struct span){ b.ptr, b.len - 40 },
	    "author"), "its summary information does not say");
}

static void
facts_are_in_the_code_page_of_the_summary(void **state)
{
	static const struct {
		uint16_t	 code_page;
		const char	*text, *fact;
	} rows[] = {
		{ 1252, "Caf\xe9 \x80", "Caf\xc3\xa9 \xe2\x82\xac" },
		{ 65001, "Caf\xc3\xa9", "Caf\xc3\xa9" },
		{ 65001, "Caf\xe9", NULL },
		{ 1250, "Caf\xe9", NULL },
		{ 932, "Cafe", "Cafe" },
	};
	FIXTURE(f);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct property v[] = { { 1, 2, NULL,
		    rows[i].code_page }, { 2, 30, rows[i].text, 0 } };
		CLEANUP(buf_done) struct buf b = summary(v, COUNT(v));

		assert_string_equal(fact(&f, buf_span(&b), "title"),
		    rows[i].fact != NULL ? rows[i].fact : "its letters are "
		    "of a code page that is not read");
	}
}

/* The memory has what a plain reading of the file gives, or nothing. */
static void
expect_known(struct fixture *f, const struct subject *s, bool want)
{
	struct digest metadata, plain, known;
	struct msi_file m;

	assert_ok(msi_parse(s, &m, &f->err), &f->err);
	msi_metadata(&m, DIGEST_SHA384, &metadata);
	assert_ok(msi_digest(&m, DIGEST_SHA384, &metadata, &plain, &f->err),
	    &f->err);
	bool found = known_find(s, digest_span(&metadata), DIGEST_SHA384,
	    &known);
	assert_int_equal(found, want);
	if (found)
		assert_true(digest_eq(&plain, &known));
}

static void
what_is_foreseen_is_the_digest_of_the_signed_file(void **state)
{
	struct directive d = { .digest = SPAN_TEXT("sha384") };
	struct memory memory = { 0 };
	FIXTURE(f);
	struct subject before = subject_of(&f);
	struct subject after = subject_with(&f, INSTALLER_SIGNATURE,
	    SPAN_TEXT("x"));

	assert_true(rope_bytes(f.arena, SPAN_TEXT("other"),
	    &f.c.entries[5].contents, &f.err));
	struct subject other = subject_with(&f, INSTALLER_SIGNATURE,
	    SPAN_TEXT("x"));
	before.memory = after.memory = other.memory = &memory;
	expect_known(&f, &before, false);
	assert_ok(msi_format.foresee(&before, &d, &f.err), &f.err);
	expect_known(&f, &before, true);
	assert_false(msi_format.same(&before, &other, &f.err));
	assert_err(&f.err, ERR_FORMAT_DIFFERS);
	expect_known(&f, &other, false);
	expect_known(&f, &after, false);
	assert_ok(msi_format.same(&before, &after, &f.err), &f.err);
	expect_known(&f, &after, true);
	d.digest = SPAN_TEXT("md5");
	assert_false(msi_format.foresee(&before, &d, &f.err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_class_of_the_root_decides),
		TEST(documents_carry_nothing),
		TEST(a_signature_has_a_size_and_a_form),
		TEST(everything_of_an_entry_counts),
		TEST(streams_come_and_go),
		TEST(facts_are_in_the_summary),
		TEST(facts_are_in_the_code_page_of_the_summary),
		TEST(what_is_foreseen_is_the_digest_of_the_signed_file),
	};

	return cmocka_run_group_tests_name("msi", tests, NULL, NULL);
}
