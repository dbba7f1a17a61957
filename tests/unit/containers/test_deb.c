/*
 * deb: every prefix of a package is refused, kept sees each bit that differs,
 * md5sums follows its files. (30-deb.sh judges packages of other programs.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/deb.h"
#include "containers/tar.h"
#include "crypto/md5.h"
#include "test.h"

static const struct container_limits limits = { 1000, 64 * MIB, 200 };

/* The sums of "first", "second" and of nothing. */
static const char sums[] =
    "8b04d5e3775d298e78455efc5ca404d5  usr/a\n"
    "a9f0e61a137d86aa9db53465e0801612  ./usr/b\n"
    "d41d8cd98f00b204e9800998ecf8427e *usr/none\n";

struct world {
	struct arena		*arena;
	struct spool		 spool;
	const struct container	*deb;
	struct rope		 file;
	struct listing		 listing;
	struct err		 err;
};

static struct rope
rope_of(struct world *w, struct span s)
{
	struct rope r;

	assert_ok(rope_bytes(w->arena, s, &r, &w->err), &w->err);
	return r;
}

static struct span
flat(struct world *w, const struct rope *r)
{
	struct span s;

	assert_ok(rope_view(w->arena, r, 0, r->len, &s, &w->err), &w->err);
	return s;
}

static bool
list(struct world *w, struct span bytes, struct listing *out)
{
	struct rope file = rope_of(w, bytes);

	return w->deb->list(&file, &limits, w->arena, &w->spool, out,
	    &w->err);
}

static struct change
file_of(struct world *w, size_t index, const char *path, const char *text)
{
	return (struct change){ index, SPAN_TEXT(path),
	    rope_of(w, SPAN_TEXT(text)) };
}

static struct span
archive(struct world *w, const struct change *files, size_t count)
{
	static const uint8_t nothing[2 * TAR_RECORD];
	const struct container *tar = container_find("tar");
	struct rope in = rope_of(w, SPAN(nothing)), out;
	struct listing empty;

	assert_ok(tar->list(&in, &limits, w->arena, &w->spool, &empty,
	    &w->err), &w->err);
	assert_ok(tar->rebuild(&empty, files, count, w->arena, &w->spool,
	    &out, &w->err), &w->err);
	return flat(w, &out);
}

static void
put_member(struct buf *b, const char *name, struct span data)
{
	buf_printf(b, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 1700000000, 0,
	    0, 0100644, data.len);
	buf_put(b, data);
	if (data.len % 2 != 0)
		buf_u8(b, '\n');
}

static int
setup(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct world *w = xcalloc(1, sizeof(*w));
	struct span copy;

	w->arena = arena_new((size_t)512 << 20);
	w->spool = (struct spool){ .fd = scratch_file(SPAN_TEXT("")),
	    .limit = 64 * MIB };
	w->deb = container_find("deb");
	struct change control[] = {
		file_of(w, SIZE_MAX, "control", "Package: acme\n"),
		file_of(w, SIZE_MAX, "md5sums", sums),
	};
	struct change data[] = {
		file_of(w, SIZE_MAX, "usr/a", "first"),
		file_of(w, SIZE_MAX, "usr/b", "second"),
		file_of(w, SIZE_MAX, "etc/c", "by hand"),
	};
	buf_text(&b, AR_MAGIC);
	put_member(&b, "debian-binary", SPAN_TEXT("2.0\n"));
	put_member(&b, "control.tar", archive(w, control, 2));
	put_member(&b, "data.tar", archive(w, data, 3));
	put_member(&b, "_odd", SPAN_TEXT("x"));
	assert_true(arena_copy(w->arena, buf_span(&b), &copy));
	w->file = rope_of(w, copy);
	assert_ok(list(w, copy, &w->listing), &w->err);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	fd_done(&w->spool.fd);
	arena_free(w->arena);
	free(w);
	return 0;
}

/* Only the last member, which is nobody's, may be missing as a whole. */
static void
every_prefix_is_refused(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	struct listing l;

	for (size_t n = 0; n < whole.len; n++) {
		CLEANUP(free_done) uint8_t *cut =
		    exact((struct span){ whole.ptr, n });

		if (n == whole.len - AR_HEADER - 2)
			continue;
		assert_false(list(w, (struct span){ cut, n }, &l));
		assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
	}
}

static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	size_t compared = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);
		struct listing l;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!list(w, (struct span){ bytes, whole.len }, &l))
			continue;
		assert_false(w->deb->kept(&w->listing, &l, NULL, 0, &w->err));
		assert_int_equal(w->err.what->kind, ERR_KIND_ALARM);
		compared++;
	}
	assert_true(compared > 1000);
}

static struct span
sums_of(struct world *w, const struct listing *l)
{
	const struct deb *d = l->own;
	struct rope text;

	assert_ok(d->control.container->contents(&d->control, d->sums.index,
	    w->arena, &w->spool, &text, &w->err), &w->err);
	return flat(w, &text);
}

static void
sums_follow_their_files(void **state)
{
	struct world *w = *state;
	struct change changes[] = {
		file_of(w, 1, "", "first"),
		file_of(w, 2, "", "second"),
		file_of(w, SIZE_MAX, "usr/new", ""),
	};
	size_t changed[] = { 1, 2 };
	struct listing l;
	struct rope out;

	assert_ok(w->deb->rebuild(&w->listing, changes, 3, w->arena,
	    &w->spool, &out, &w->err), &w->err);
	assert_ok(list(w, flat(w, &out), &l), &w->err);
	assert_ok(w->deb->kept(&w->listing, &l, changed, 2, &w->err),
	    &w->err);
	assert_span_equal(sums_of(w, &l), SPAN_TEXT(
	    "8b04d5e3775d298e78455efc5ca404d5  usr/a\n"
	    "8b04d5e3775d298e78455efc5ca404d5  ./usr/b\n"
	    "d41d8cd98f00b204e9800998ecf8427e *usr/none\n"
	    "d41d8cd98f00b204e9800998ecf8427e *usr/new\n"));
}

/* The old sum is looked at before a new one is told. */
static void
a_wrong_sum_is_never_mended(void **state)
{
	struct world *w = *state;
	CLEANUP(free_done) uint8_t *bytes = exact(flat(w, &w->file));
	struct span whole = { bytes, (size_t)w->file.len };
	struct change change = file_of(w, 0, "", "other");
	size_t at = span_find(whole, SPAN_TEXT("8b04d5"));
	struct listing l;
	struct rope out;

	bytes[at] = '9';
	assert_ok(list(w, whole, &l), &w->err);
	assert_false(w->deb->contents(&l, 0, w->arena, &w->spool, &out,
	    &w->err));
	assert_err(&w->err, ERR_DEB_SUM);
	assert_false(w->deb->rebuild(&l, &change, 1, w->arena, &w->spool,
	    &out, &w->err));
	assert_err(&w->err, ERR_DEB_SUM);
	change.index = 1;
	assert_ok(w->deb->rebuild(&l, &change, 1, w->arena, &w->spool, &out,
	    &w->err), &w->err);
}

static void
sums_are_those_of_rfc_1321(void **state)
{
	static const struct { const char *text, *sum; } cases[] = {
		{ "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
		{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rope r = rope_of(w, SPAN_TEXT(cases[i].text));
		struct md5_hex sum;

		assert_ok(md5_rope(&r, &sum, &w->err), &w->err);
		assert_string_equal(sum.text, cases[i].sum);
	}
}

static void
limits_hold(void **state)
{
	struct container_limits few = { 2, 64 * MIB, 200 };
	struct container_limits small = { 1000, 16, 200 };
	struct world *w = *state;
	struct listing l;

	assert_false(w->deb->list(&w->file, &few, w->arena, &w->spool, &l,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_ENTRIES);
	assert_false(w->deb->list(&w->file, &small, w->arena, &w->spool, &l,
	    &w->err));
	assert_err(&w->err, ERR_LIMIT_SIZE);
}

#define WORLD(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_is_refused),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(sums_follow_their_files),
		WORLD(a_wrong_sum_is_never_mended),
		WORLD(sums_are_those_of_rfc_1321),
		WORLD(limits_hold),
	};

	return cmocka_run_group_tests_name("deb", tests, NULL, NULL);
}
