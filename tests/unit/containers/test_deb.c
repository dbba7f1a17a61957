/*
 * deb: every prefix of a package is refused, kept sees each bit that differs,
 * md5sums follows its files. (30-deb.sh judges packages of other programs.)
 */
#include "containers/deb.h"
#include "containers/tar.h"
#include "crypto/md5.h"
#include "world.h"

/* The sums of "first", "second" and of nothing. */
static const char sums[] =
    "8b04d5e3775d298e78455efc5ca404d5  usr/a\n"
    "a9f0e61a137d86aa9db53465e0801612  ./usr/b\n"
    "d41d8cd98f00b204e9800998ecf8427e *usr/none\n";

static struct span
archive(struct world *w, const struct change *files, size_t count)
{
	static const uint8_t nothing[2 * TAR_RECORD];
	struct rope out = made(w, "tar", SPAN(nothing), files, count);

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
	struct world *w = world_new("deb");
	struct span copy;
	struct change control[] = {
		new_entry(w, "control", SPAN_TEXT("Package: acme\n")),
		new_entry(w, "md5sums", SPAN_TEXT(sums)),
	};
	struct change data[] = {
		new_entry(w, "usr/a", SPAN_TEXT("first")),
		new_entry(w, "usr/b", SPAN_TEXT("second")),
		new_entry(w, "etc/c", SPAN_TEXT("by hand")),
	};

	buf_text(&b, AR_MAGIC);
	put_member(&b, "debian-binary", SPAN_TEXT("2.0\n"));
	put_member(&b, "control.tar", archive(w, control, 2));
	put_member(&b, "data.tar", archive(w, data, 3));
	put_member(&b, "_odd", SPAN_TEXT("x"));
	assert_true(arena_copy(w->arena, buf_span(&b), &copy));
	sample_set(w, rope_of(w, copy));
	*state = w;
	return 0;
}

/* Only the last member, which is nobody's, may be missing as a whole. */
static void
every_prefix_but_one_is_refused(void **state)
{
	struct world *w = *state;

	for (size_t n = 0; n < w->file.len; n++)
		if (n != w->file.len - AR_HEADER - 2)
			assert_true(refuses_prefix(w, n));
}

static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;

	assert_true(flips_seen(w) > 1000);
}

static struct span
sums_of(struct world *w, const struct listing *l)
{
	const struct deb *d = l->own;
	struct rope text;

	assert_ok(contents(w, &d->control, d->sums.index, &text), &w->err);
	return flat(w, &text);
}

static void
sums_follow_their_files(void **state)
{
	struct world *w = *state;
	struct change changes[] = {
		new_contents(w, 1, "first"),
		new_contents(w, 2, "second"),
		new_entry(w, "usr/new", SPAN_TEXT("")),
	};
	size_t changed[] = { 1, 2 };
	struct listing l;
	struct rope out;

	assert_ok(rebuild(w, &w->listing, changes, 3, &out), &w->err);
	assert_ok(list(w, &out, &l), &w->err);
	assert_ok(kept(w, &w->listing, &l, changed, 2), &w->err);
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
	struct change change = new_contents(w, 0, "other");
	size_t at = span_find(whole, SPAN_TEXT("8b04d5"));
	struct rope file = rope_of(w, whole), out;
	struct listing l;

	bytes[at] = '9';
	assert_ok(list(w, &file, &l), &w->err);
	assert_false(contents(w, &l, 0, &out));
	assert_err(&w->err, ERR_DEB_SUM);
	assert_false(rebuild(w, &l, &change, 1, &out));
	assert_err(&w->err, ERR_DEB_SUM);
	change.index = 1;
	assert_ok(rebuild(w, &l, &change, 1, &out), &w->err);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_but_one_is_refused),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(sums_follow_their_files),
		WORLD(a_wrong_sum_is_never_mended),
		WORLD(sums_are_those_of_rfc_1321),
		WORLD(limits_hold),
	};

	return cmocka_run_group_tests_name("deb", tests, NULL, NULL);
}
