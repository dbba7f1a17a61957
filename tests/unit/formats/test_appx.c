/* The format of app packages: what is remembered of them, without a key. */
#include <unistd.h>

#include "base/limits.h"
#include "fixture.h"
#include "formats/appx.h"
#include "formats/known.h"
#include "tiny_appx.h"

static const struct tiny_file files[] = {
	{ .name = "a.exe", .data = { (const uint8_t *)"first", 5 } },
	{ .name = "b/c.dll", .data = { (const uint8_t *)"second", 6 } },
};

struct package {
	struct memory	memory;
	struct spool	spool;
	struct subject	before, after;
	struct span	signed_bytes;
};

static void
package_done(struct package *p)
{
	close(p->spool.fd);
}

static struct subject
subject_of(struct fixture *f, struct package *p, struct span bytes)
{
	struct subject s = { .arena = f->arena, .scratch = &p->spool,
	    .memory = &p->memory };
	struct span copy;

	assert_true(arena_copy(f->arena, bytes, &copy));
	assert_ok(rope_bytes(f->arena, copy, &s.file, &f->err), &f->err);
	return s;
}

/* A package, and the same with what is no signature in its place. */
static void
package_make(struct fixture *f, struct package *p)
{
	CLEANUP(buf_done) struct buf b = tiny_appx_make(files, COUNT(files));
	uint64_t directory;
	struct appx x;
	struct rope r;

	*p = (struct package){ .spool = { .fd = scratch_file(SPAN_TEXT("")),
	    .limit = MIB } };
	p->before = subject_of(f, p, buf_span(&b));
	assert_ok(appx_read_usual(&p->before.file, f->arena, &p->spool, &x,
	    &f->err) && appx_write(&x, SPAN_TEXT("PKCXno"), f->arena,
	    &p->spool, &r, &directory, &f->err) && rope_view(f->arena, &r, 0,
	    r.len, &p->signed_bytes, &f->err), &f->err);
	p->after = subject_of(f, p, p->signed_bytes);
}

/* The memory has what a plain reading of the package gives, or nothing. */
static void
expect_known(struct fixture *f, const struct subject *s, bool want)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(DIGEST_SHA256);
	struct digest known, map;
	bool found = known_find(s, SPAN_TEXT("signed"), DIGEST_SHA256,
	    &known);
	uint64_t directory;
	struct appx x;
	struct rope r;

	assert_int_equal(found, want);
	assert_int_equal(known_find(s, SPAN_TEXT("blocks"), DIGEST_SHA256,
	    &map), want);
	if (!found)
		return;
	assert_ok(appx_read_usual(&s->file, f->arena, s->scratch, &x,
	    &f->err) && appx_as_signed(&x, f->arena, s->scratch, &r,
	    &directory, &f->err) && hasher_put_rope(h, &r, 0, directory,
	    &f->err) && appx_blocks_check(&x, f->arena, &f->err), &f->err);
	struct digest plain = hasher_end(h);
	assert_true(digest_eq(&plain, &known));
	plain = digest_of(DIGEST_SHA256, x.text[APPX_BLOCK_MAP]);
	assert_true(digest_eq(&plain, &map));
}

static void
what_is_foreseen_is_the_digest_of_the_signed_package(void **state)
{
	const struct directive d = { 0 };
	CLEANUP(package_done) struct package p;
	FIXTURE(f);

	package_make(&f, &p);
	assert_ok(appx_format.same(&p.before, &p.after, &f.err), &f.err);
	expect_known(&f, &p.after, false);
	assert_ok(appx_format.foresee(&p.before, &d, &f.err), &f.err);
	expect_known(&f, &p.after, false);
	assert_ok(appx_format.same(&p.before, &p.after, &f.err), &f.err);
	expect_known(&f, &p.after, true);
	p.before.memory = NULL;
	assert_ok(appx_format.foresee(&p.before, &d, &f.err), &f.err);
}

/* Each package with another bit is refused, and gets nothing of the other's. */
static void
another_package_is_not_known(void **state)
{
	const struct directive d = { 0 };
	CLEANUP(package_done) struct package p;
	FIXTURE(f);

	package_make(&f, &p);
	assert_ok(appx_format.foresee(&p.before, &d, &f.err), &f.err);
	for (size_t i = 0; i < p.signed_bytes.len * 8; i += 7) {
		CLEANUP(free_done) uint8_t *bytes = exact(p.signed_bytes);

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		struct subject other = subject_of(&f, &p, (struct span){
		    bytes, p.signed_bytes.len });
		if (appx_format.same(&p.before, &other, &f.err))
			/* Of the signature's own file check has to judge. */
			expect_known(&f, &other, true);
		else
			expect_known(&f, &other, false);
	}
}

static void
files_that_are_not_those_of_the_block_map(void **state)
{
	const struct directive d = { 0 };
	CLEANUP(package_done) struct package p;
	FIXTURE(f);
	struct digest got;

	package_make(&f, &p);
	CLEANUP(buf_done) struct buf b = tiny_appx_make(files, COUNT(files));
	size_t at = span_find(buf_span(&b), SPAN_TEXT("Hash=\""));
	assert_true(at < b.len);
	b.ptr[at + 6] ^= 1;
	struct subject s = subject_of(&f, &p, buf_span(&b));
	assert_false(appx_format.foresee(&s, &d, &f.err));
	assert_non_null(f.err.what);
	assert_false(known_find(&s, SPAN_TEXT("blocks"), DIGEST_SHA256, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_foreseen_is_the_digest_of_the_signed_package),
		TEST(another_package_is_not_known),
		TEST(files_that_are_not_those_of_the_block_map),
	};

	return cmocka_run_group_tests_name("appx", tests, NULL, NULL);
}
