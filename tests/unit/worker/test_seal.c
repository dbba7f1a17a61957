/*
 * seal and check: what was signed level by level is accounted for, and each
 * way of cheating is found.
 */
#include "sealing.h"

static void
a_lone_file_is_signed_and_accounted_for(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_done) struct json *manifest = NULL;

	f->identity.timestamp = true;
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 1);
	struct rope out = seal_output(s);
	assert_true(out.len > f->input.len);
	assert_ok(accounted(f, &out), &f->err);

	manifest = manifest_of(f, s);
	assert_int_equal(signature_count(manifest), 1);
	const struct json *row = signature_row(manifest, 0);
	assert_span_equal(text_member(row, "path"), SPAN_TEXT("setup.exe"));
	assert_span_equal(text_member(row, "method"),
	    SPAN_TEXT("authenticode"));
	assert_span_equal(text_member(row, "timestamp"),
	    SPAN_TEXT("2025-12-31T00:00:00.000Z"));
	struct digest before, after;
	assert_ok(digest_rope(DIGEST_SHA256, &f->input, &before, &f->err) &&
	    digest_rope(DIGEST_SHA256, &out, &after, &f->err), &f->err);
	assert_span_equal(text_member(row, "sha256_before"),
	    SPAN_TEXT(digest_hex(&before).text));
	assert_span_equal(text_member(row, "sha256_after"),
	    SPAN_TEXT(digest_hex(&after).text));
}

static void
no_digest_is_made_where_nobody_reads_one(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_done) struct json *manifest = NULL;

	f->undigested = f->resolve.unhashed = true;
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 1);
	struct rope out = seal_output(s);
	assert_ok(accounted(f, &out), &f->err);
	manifest = manifest_of(f, s);
	assert_int_equal(signature_count(manifest), 1);
	const struct json *row = signature_row(manifest, 0);
	assert_span_equal(text_member(row, "path"), SPAN_TEXT("setup.exe"));
	assert_true(text_member(row, "signed_digest").len > 0);
	assert_null(json_member(row, "sha256_before"));
	assert_null(json_member(row, "sha256_after"));
}

static void
a_detached_signature_is_the_output(void **state)
{
	struct fixture *f = *state;

	f->directive = (struct directive){ .method = METHOD_CMS,
	    .output = SPAN_TEXT("setup.exe.p7s") };
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_int_equal(seal_all(f, s), 1);
	struct rope out = seal_output(s);
	assert_ok(accounted(f, &out), &f->err);
	f->issued_count = 0;
	assert_false(accounted(f, &out));
	assert_err(&f->err, ERR_CHECK_NOT_ISSUED);
}

static void
bad_timestamps_are_asked_for_again(void **state)
{
	struct fixture *f = *state;
	struct bad_timestamp *bad;
	size_t count;
	struct level l;

	f->identity.timestamp = true;
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);
	assert_ok(seal_next(s, &l, &f->err), &f->err);
	struct sealed_item *good = sign_level(f, &l), lacking = *good;
	lacking.reply.len = 0;
	assert_ok(seal_put(s, &lacking, 1, &bad, &count, &f->err), &f->err);
	assert_int_equal(count, 1);
	assert_int_equal(bad[0].item, 0);
	assert_err(&bad[0].err, ERR_SEAL_TIMESTAMP);
	/* One over another signature. */
	stamp(f, SPAN(((uint8_t[64]){ 1 })), &lacking);
	assert_ok(seal_put(s, &lacking, 1, &bad, &count, &f->err), &f->err);
	assert_int_equal(count, 1);
	assert_err(&bad[0].err, ERR_TIMESTAMP_IMPRINT);
	assert_ok(seal_put(s, good, 1, &bad, &count, &f->err), &f->err);
	assert_int_equal(count, 0);
	struct rope out = seal_output(s);
	assert_ok(accounted(f, &out), &f->err);
}

static void
wrong_answers_are_refused(void **state)
{
	struct fixture *f = *state;
	struct bad_timestamp *bad;
	size_t count;
	struct level l;
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);

	assert_ok(seal_next(s, &l, &f->err), &f->err);
	struct sealed_item *good = sign_level(f, &l), two[2] = { *good, *good };
	assert_false(seal_put(s, two, 2, &bad, &count, &f->err));
	assert_err(&f->err, ERR_SEAL_COUNT);
	two[0].signature.len = 0;
	assert_false(seal_put(s, two, 1, &bad, &count, &f->err));
	assert_err(&f->err, ERR_SEAL_COUNT);
	two[0].signature = SPAN(((uint8_t[64]){ 7 }));
	assert_false(seal_put(s, two, 1, &bad, &count, &f->err));
	assert_err(&f->err, ERR_SIGNATURE_BAD);
}

static void
each_way_of_cheating_is_found(void **state)
{
	struct fixture *f = *state;
	struct span bytes;
	struct rope bad;
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);

	assert_int_equal(seal_all(f, s), 1);
	struct rope out = seal_output(s);
	assert_ok(rope_view(f->arena, &out, 0, out.len, &bytes, &f->err),
	    &f->err);
	/* The file as it came: the signature was kept back. */
	assert_false(accounted(f, &f->input));
	assert_err(&f->err, ERR_CHECK_MISSING);
	/* A signature over other bytes than the file's own. */
	uint8_t *copy = exact(bytes);
	copy[600] ^= 1;
	assert_ok(rope_bytes(f->arena, (struct span){ copy, bytes.len }, &bad,
	    &f->err), &f->err);
	assert_false(accounted(f, &bad));
	assert_err(&f->err, ERR_FORMAT_DIFFERS);
	copy[600] ^= 1;
	copy[bytes.len - 100] ^= 1;
	assert_false(accounted(f, &bad));
	free(copy);
	/* Two were issued, one is there; and one that was not issued. */
	f->issued[1] = f->issued[0];
	f->issued_count = 2;
	assert_false(accounted(f, &out));
	assert_err(&f->err, ERR_CHECK_MISSING);
	f->issued_count = 1;
	f->issued[0].path = SPAN_TEXT("other.exe");
	assert_false(accounted(f, &out));
	assert_err(&f->err, ERR_CHECK_NOT_ISSUED);
	f->issued[0] = f->issued[1];
	assert_ok(accounted(f, &out), &f->err);
	f->identity.certificate = buf_span(&f->world.authority.der);
	assert_false(accounted(f, &out));
	assert_err(&f->err, ERR_CHECK_SIGNATURE);
}

static void
appending_keeps_what_was_there(void **state)
{
	struct fixture *f = *state;
	CLEANUP(seal_done) struct seal *first = seal_begin(f, &f->input);

	seal_all(f, first);
	struct rope once = seal_output(first);
	f->directive.append = true;
	f->directive.description = SPAN_TEXT("second");
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &once);
	seal_all(f, s);
	struct rope twice = seal_output(s);
	struct rope plain = f->input;
	f->input = once;
	f->issued[0] = f->issued[1];
	f->issued_count = 1;
	assert_ok(accounted(f, &twice), &f->err);
	f->directive.append = false;
	assert_false(accounted(f, &twice));
	assert_err(&f->err, ERR_CHECK_NOT_ISSUED);
	/* The one that was there is gone, though it should have stayed. */
	f->directive.append = false;
	f->input = plain;
	f->issued_count = 0;
	CLEANUP(seal_done) struct seal *alone = seal_begin(f, &plain);
	seal_all(f, alone);
	struct rope replaced = seal_output(alone);
	f->directive.append = true;
	f->input = once;
	assert_false(accounted(f, &replaced));
	assert_err(&f->err, ERR_CHECK_CHANGED);
}

static void
an_element_judges_metadata_and_signatures(void **state)
{
	static const struct tiny_table table = { "040904b0",
	    { { "ProductName", "Acme" } } };
	struct fixture *f = *state;
	struct element x;
	struct where w = { "product-name", SPAN_TEXT("Acme") };
	struct directive verify = { .verb = DIRECTIVE_VERIFY };
	struct buf b = tiny_pe_make(&(struct tiny_pe){ .tables = &table,
	    .table_count = 1 });
	struct part *root;

	assert_ok(rope_bytes(f->arena, buf_span(&b), &f->input, &f->err),
	    &f->err);
	element_init(&x, element_kind_find(SPAN_TEXT("pe")));
	x.where = &w;
	x.where_count = 1;
	f->resolve.element = &x;
	assert_ok(part_resolve(&f->input, &f->resolve, &root, &f->err),
	    &f->err);
	assert_int_equal(root->node->state, NODE_KEPT);
	w.value = SPAN_TEXT("Other");
	assert_false(part_resolve(&f->input, &f->resolve, &root, &f->err));
	assert_err(&f->err, ERR_ARTIFACT_WHERE);
	assert_string_equal(f->err.text,
	    "setup.exe: product-name is \"Acme\", not \"Other\"");
	w.key = "company-name";
	assert_false(part_resolve(&f->input, &f->resolve, &root, &f->err));
	assert_err(&f->err, ERR_ARTIFACT_WHERE);
	x.where_count = 0;
	x.directives = &verify;
	x.directive_count = 1;
	assert_false(part_resolve(&f->input, &f->resolve, &root, &f->err));
	assert_err(&f->err, ERR_ARTIFACT_VERIFY);
	buf_done(&b);
}

int
main(void)
{
#define STORY(test)	cmocka_unit_test_setup_teardown(test, fixture_make, \
			    fixture_end)
	const struct CMUnitTest tests[] = {
		STORY(a_lone_file_is_signed_and_accounted_for),
		STORY(no_digest_is_made_where_nobody_reads_one),
		STORY(a_detached_signature_is_the_output),
		STORY(bad_timestamps_are_asked_for_again),
		STORY(wrong_answers_are_refused),
		STORY(each_way_of_cheating_is_found),
		STORY(appending_keeps_what_was_there),
		STORY(an_element_judges_metadata_and_signatures),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
