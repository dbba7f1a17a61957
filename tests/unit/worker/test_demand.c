/*
 * demand and twins: who must have signed, what stays because it is ours
 * already, what is recorded, and equal files that are signed once.
 */
#include "base/limits.h"
#include "containers/containers.h"
#include "crypto/digest.h"
#include "sealing.h"

/* ---- a program that is signed already */

static struct rope
signed_program(struct fixture *f, bool stamped)
{
	f->directive = (struct directive){ .method = METHOD_AUTHENTICODE };
	f->identity.timestamp = stamped;
	f->identity.imprint = DIGEST_SHA256;
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 1);
	struct rope out = seal_output(s);
	f->issued_count = 0;
	return out;
}

/* One element for the whole artifact, with one directive. */
static struct element *
demanding(struct fixture *f, const struct directive *d)
{
	struct element *x = ARENA_NEW(f->arena, struct element);

	assert_non_null(x);
	element_init(x, element_kind_find(SPAN_TEXT("pe")));
	x->directives = (struct directive *)(uintptr_t)d;
	x->directive_count = 1;
	f->resolve.element = x;
	return x;
}

static bool
meets(struct fixture *f, const struct rope *file, const struct directive *d)
{
	struct part *root;

	demanding(f, d);
	return part_resolve(file, &f->resolve, &root, &f->err);
}

static void
signers_are_demanded_by_subject_and_thumbprint(void **state)
{
	struct fixture *f = *state;
	struct rope file = signed_program(f, false);
	struct digest print = digest_of(DIGEST_SHA256,
	    buf_span(&f->world.code.der));
	struct digest_hex hex = digest_hex(&print);
	const struct span subjects[] = { SPAN_TEXT("CN=nobody"),
	    SPAN_TEXT("O=Acme") }, ours = SPAN_TEXT(hex.text),
	    others = SPAN_TEXT("00");
	struct directive d = { .verb = DIRECTIVE_VERIFY };

	assert_ok(meets(f, &file, &d), &f->err);
	assert_false(meets(f, &f->input, &d));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
	d.subjects = subjects;
	d.subject_count = 2;
	assert_ok(meets(f, &file, &d), &f->err);
	d.subject_count = 1;
	assert_false(meets(f, &file, &d));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
	assert_non_null(strstr(f->err.text, hex.text));
	d.subject_count = 0;
	d.thumbprints = &ours;
	d.thumbprint_count = 1;
	assert_ok(meets(f, &file, &d), &f->err);
	d.thumbprints = &others;
	assert_false(meets(f, &file, &d));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
}

static void
roots_of_its_own_stand_in_for_the_engines(void **state)
{
	struct fixture *f = *state;
	struct rope file = signed_program(f, false);
	struct directive d = { .verb = DIRECTIVE_VERIFY,
	    .roots = buf_span(&f->world.authority.der) };

	assert_false(meets(f, &file, &d));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
	d.roots = buf_span(&f->world.root.der);
	CLEANUP(trust_done) struct trust *nobody =
	    pki_trust(&f->world.authority);
	f->resolve.judge.roots = nobody;
	assert_ok(meets(f, &file, &d), &f->err);
	d.roots.len = 0;
	assert_false(meets(f, &file, &d));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
	d.roots = SPAN_TEXT("no certificate");
	assert_false(meets(f, &file, &d));
}

static void
a_timestamp_is_demanded(void **state)
{
	struct fixture *f = *state;
	struct rope plain = signed_program(f, false);
	struct rope stamped = signed_program(f, true);
	struct directive d = { .verb = DIRECTIVE_VERIFY, .timestamped = true };

	assert_ok(meets(f, &stamped, &d), &f->err);
	assert_false(meets(f, &plain, &d));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
	assert_non_null(strstr(f->err.text, "timestamp"));
}

/* ---- existing: keep */

static enum node_state
state_of(struct fixture *f, const struct rope *file, const struct directive *d)
{
	struct part *root;

	demanding(f, d);
	assert_ok(part_resolve(file, &f->resolve, &root, &f->err), &f->err);
	return root->node->state;
}

static void
a_good_one_of_ours_is_not_made_again(void **state)
{
	struct fixture *f = *state;
	struct rope plain = signed_program(f, false);
	struct rope stamped = signed_program(f, true);
	struct directive d = { .keep = true };
	struct signing_identity other = pki_identity(&f->world.authority,
	    NULL, 0);

	f->resolve.identity = &f->identity;
	assert_int_equal(state_of(f, &stamped, &d), NODE_VERIFIED);
	assert_int_equal(state_of(f, &f->input, &d), NODE_SIGNED);
	assert_int_equal(state_of(f, &plain, &d), NODE_SIGNED);
	f->identity.timestamp = false;
	assert_int_equal(state_of(f, &plain, &d), NODE_VERIFIED);
	f->resolve.identity = &other;
	assert_int_equal(state_of(f, &plain, &d), NODE_SIGNED);
	f->resolve.identity = &f->identity;
	d.keep = false;
	assert_int_equal(state_of(f, &plain, &d), NODE_SIGNED);
}

static void
what_is_kept_is_given_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct directive d = { .keep = true };
	bool same;

	f->input = signed_program(f, false);
	f->resolve.identity = &f->identity;
	demanding(f, &d);
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 0);
	struct rope out = seal_output(s);
	assert_ok(rope_same(&f->input, &out, &same, &f->err), &f->err);
	assert_true(same);
	assert_ok(accounted(f, &out), &f->err);
}

/* ---- hash */

static void
a_digest_is_recorded(void **state)
{
	struct fixture *f = *state;
	struct directive d = { .verb = DIRECTIVE_HASH,
	    .digest = SPAN_TEXT("sha512") };
	struct digest sha512;
	struct part *root;

	demanding(f, &d);
	assert_ok(part_resolve(&f->input, &f->resolve, &root, &f->err) &&
	    digest_rope(DIGEST_SHA512, &f->input, &sha512, &f->err), &f->err);
	assert_int_equal(root->node->state, NODE_KEPT);
	assert_span_equal(root->node->directives[0].value,
	    digest_span(&sha512));
	d.digest = SPAN_TEXT("sha5");
	assert_false(meets(f, &f->input, &d));
	assert_err(&f->err, ERR_FORMAT_DIGEST);
}

/* ---- equal files */

static const char *const names[] = { "a.exe", "b/a.exe", "c.exe" };

static struct rope
archive(struct fixture *f, const struct rope contents[3])
{
	static const uint8_t nothing[22] = { 'P', 'K', 5, 6 };
	const struct container *zip = container_find("zip");
	struct change added[3];
	struct listing empty;
	struct rope file, out;

	for (size_t i = 0; i < 3; i++)
		added[i] = (struct change){ SIZE_MAX, SPAN_TEXT(names[i]),
		    contents[i] };
	assert_ok(rope_bytes(f->arena, SPAN(nothing), &file, &f->err),
	    &f->err);
	assert_ok(zip->list(&file, &f->resolve.limits, f->arena,
	    f->resolve.scratch, &empty, &f->err), &f->err);
	assert_ok(zip->rebuild(&empty, added, 3, f->arena, f->resolve.scratch,
	    &out, &f->err), &f->err);
	return out;
}

/* An archive of three equal programs, or two and another. */
static void
twins_make(struct fixture *f, struct element x[2], struct span *pattern,
    struct directive *d, bool other)
{
	struct buf b = tiny_pe_make(&(struct tiny_pe){ .overlay = 6 });
	struct rope contents[3] = { f->input, f->input, f->input };

	if (other)
		assert_ok(rope_bytes(f->arena, keep(f, buf_span(&b)),
		    &contents[2], &f->err), &f->err);
	buf_done(&b);
	element_init(&x[0], element_kind_find(SPAN_TEXT("zip")));
	element_init(&x[1], element_kind_find(SPAN_TEXT("pe")));
	x[0].contents = &x[1];
	x[0].content_count = 1;
	*pattern = SPAN_TEXT("**/*.exe");
	x[1].paths = pattern;
	x[1].path_count = 1;
	x[1].max = ELEMENT_UNBOUNDED;
	x[1].directives = d;
	x[1].directive_count = 1;
	f->resolve.element = &x[0];
	f->input = archive(f, contents);
}

/* The archive once more, with one file as it was before. */
static struct rope
without(struct fixture *f, const struct rope *signed_file, size_t index)
{
	const struct container *zip = container_find("zip");
	struct change back = { .index = index };
	struct listing before, after;
	struct rope out;

	assert_ok(zip->list(&f->input, &f->resolve.limits, f->arena,
	    f->resolve.scratch, &before, &f->err), &f->err);
	assert_ok(zip->contents(&before, index, f->arena, f->resolve.scratch,
	    &back.contents, &f->err), &f->err);
	assert_ok(zip->list(signed_file, &f->resolve.limits, f->arena,
	    f->resolve.scratch, &after, &f->err), &f->err);
	assert_ok(zip->rebuild(&after, &back, 1, f->arena,
	    f->resolve.scratch, &out, &f->err), &f->err);
	return out;
}

static void
equal_files_are_signed_once(void **state)
{
	struct fixture *f = *state;
	struct directive d = { .method = METHOD_AUTHENTICODE };
	CLEANUP(json_done) struct json *manifest = NULL;
	struct spool spool = { .fd = scratch_file(SPAN_TEXT("")),
	    .limit = MIB };
	struct element x[2];
	struct span pattern;

	f->resolve.scratch = &spool;
	twins_make(f, x, &pattern, &d, false);
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 1);
	assert_int_equal(f->issued_count, 1);
	struct rope out = seal_output(s);
	assert_ok(accounted(f, &out), &f->err);
	manifest = manifest_of(f, s);
	assert_int_equal(signature_count(manifest), 3);
	assert_span_equal(text_member(signature_row(manifest, 1), "path"),
	    SPAN_TEXT("setup.exe!/b/a.exe"));
	assert_span_equal(text_member(signature_row(manifest, 1), "same_as"),
	    SPAN_TEXT("setup.exe!/a.exe"));
	const struct json *rebuilt = json_member(manifest, "rebuilt");
	assert_int_equal(json_count(rebuilt), 1);
	struct digest after;
	assert_ok(digest_rope(DIGEST_SHA256, &out, &after, &f->err), &f->err);
	assert_span_equal(text_member(json_item(rebuilt, 0), "sha256_after"),
	    SPAN_TEXT(digest_hex(&after).text));
	for (size_t i = 0; i < 3; i++) {
		struct rope less = without(f, &out, i);

		assert_false(accounted(f, &less));
		assert_err(&f->err, ERR_CHECK_MISSING);
	}
	fd_done(&spool.fd);
}

static void
other_bytes_or_directives_are_no_twins(void **state)
{
	struct fixture *f = *state;
	struct directive d = { .method = METHOD_AUTHENTICODE,
	    .description = SPAN_TEXT("${file.name}") };
	struct spool spool = { .fd = scratch_file(SPAN_TEXT("")),
	    .limit = MIB };
	struct element x[2];
	struct span pattern;

	f->resolve.scratch = &spool;
	twins_make(f, x, &pattern, &d, true);
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 1);
	assert_int_equal(f->issued_count, 2);
	struct rope out = seal_output(s);
	assert_ok(accounted(f, &out), &f->err);
	fd_done(&spool.fd);
}

int
main(void)
{
#define STORY(test)	cmocka_unit_test_setup_teardown(test, fixture_make, \
			    fixture_end)
	const struct CMUnitTest tests[] = {
		STORY(signers_are_demanded_by_subject_and_thumbprint),
		STORY(roots_of_its_own_stand_in_for_the_engines),
		STORY(a_timestamp_is_demanded),
		STORY(a_good_one_of_ours_is_not_made_again),
		STORY(what_is_kept_is_given_back_as_it_was),
		STORY(a_digest_is_recorded),
		STORY(equal_files_are_signed_once),
		STORY(other_bytes_or_directives_are_no_twins),
	};

	return cmocka_run_group_tests_name("demand", tests, NULL, NULL);
}
