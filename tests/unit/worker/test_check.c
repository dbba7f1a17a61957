/*
 * check: whoever shapes a signed file also words what is signed. Signatures
 * that are good, by our key and issued, but not what the configuration asks
 * for, are found; so is one that was never made.
 */
#include "formats/pe.h"
#include "sealing.h"

/* The output when all is signed as the fixture says. */
static struct rope
sealed(struct fixture *f)
{
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);

	f->issued_count = 0;
	assert_int_equal(seal_all(f, s), 1);
	return seal_output(s);
}

static void
refused(struct fixture *f, const struct rope *out, enum err_code code,
    const char *why)
{
	assert_false(accounted(f, out));
	assert_err(&f->err, code);
	assert_non_null(strstr(f->err.text, why));
}

static void
another_description_is_refused(void **state)
{
	struct fixture *f = *state;

	f->directive.description = SPAN_TEXT("Acme Setup");
	f->directive.description_url = SPAN_TEXT("https://acme.example/");
	struct rope out = sealed(f);
	assert_ok(accounted(f, &out), &f->err);
	f->directive.description = SPAN_TEXT("Acme Update");
	refused(f, &out, ERR_CHECK_SIGNATURE, "Acme Setup");
	f->directive.description.len = 0;
	refused(f, &out, ERR_CHECK_SIGNATURE, "Acme Setup");
	f->directive.description = SPAN_TEXT("Acme Setup");
	f->directive.description_url = SPAN_TEXT("https://acme.test/");
	refused(f, &out, ERR_CHECK_SIGNATURE, "acme.example");
}

static void
another_digest_is_refused(void **state)
{
	static const enum method methods[] = { METHOD_AUTHENTICODE,
	    METHOD_CMS };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(methods); i++) {
		f->directive = (struct directive){ .method = methods[i],
		    .output = SPAN_TEXT("setup.exe.p7s") };
		struct rope out = sealed(f);
		assert_ok(accounted(f, &out), &f->err);
		f->directive.digest = SPAN_TEXT("sha384");
		refused(f, &out, ERR_CHECK_SIGNATURE, "sha256, not sha384");
	}
}

static void
page_hashes_are_there_if_asked_for(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		f->directive.page_hashes = i != 0;
		struct rope out = sealed(f);
		assert_ok(accounted(f, &out), &f->err);
		f->directive.page_hashes = i == 0;
		refused(f, &out, ERR_CHECK_SIGNATURE, "page hashes");
	}
}

static void
a_timestamp_that_was_left_out_is_missed(void **state)
{
	struct fixture *f = *state;
	struct rope out = sealed(f);

	f->resolve.identity = &f->identity;
	assert_ok(accounted(f, &out), &f->err);
	f->identity.timestamp = true;
	refused(f, &out, ERR_CHECK_SIGNATURE, "no timestamp");
	out = sealed(f);
	assert_ok(accounted(f, &out), &f->err);
}

/* Nothing was asked to be signed, so nothing was issued. */
static void
a_signature_that_was_never_made_is_missed(void **state)
{
	struct fixture *f = *state;

	f->issued_count = 0;
	refused(f, &f->input, ERR_CHECK_MISSING, "asks for");
}

/* Two may be issued for one file; but the configuration asks for one. */
static void
a_signature_too_many_is_refused(void **state)
{
	struct fixture *f = *state;
	struct issued_item first;

	struct rope once = sealed(f), input = f->input;
	first = f->issued[0];
	f->input = once;
	f->directive.append = true;
	struct rope twice = sealed(f);
	assert_ok(accounted(f, &twice), &f->err);
	f->issued[f->issued_count++] = first;
	f->input = input;
	f->directive.append = false;
	refused(f, &twice, ERR_CHECK_SIGNATURE, "more new signatures");
}

/* One signature value, with and without its timestamp. */
static void
stamped_and_bare(struct fixture *f, struct rope *stamped, struct rope *bare)
{
	struct bad_timestamp *bad;
	struct sealed_item *item = NULL;
	struct level l;
	size_t count;

	for (int i = 0; i < 2; i++) {
		f->identity.timestamp = i == 0;
		CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);

		assert_ok(seal_next(s, &l, &f->err), &f->err);
		if (i == 0)
			item = sign_level(f, &l);
		else
			item->request.len = item->reply.len = 0;
		assert_ok(seal_put(s, item, 1, &bad, &count, &f->err),
		    &f->err);
		assert_int_equal(count, 0);
		*(i == 0 ? stamped : bare) = seal_output(s);
	}
}

static void
an_old_signature_keeps_its_timestamp(void **state)
{
	struct fixture *f = *state;
	struct rope stamped, bare;

	stamped_and_bare(f, &stamped, &bare);
	f->directive.append = true;
	f->input = stamped;
	struct rope good = sealed(f);
	assert_ok(accounted(f, &good), &f->err);
	f->input = bare;
	struct rope robbed = sealed(f);
	assert_ok(accounted(f, &robbed), &f->err);
	f->input = stamped;
	refused(f, &robbed, ERR_CHECK_NOT_ISSUED, "not issued");
}

/* The file with one more unsigned attribute in its signature. */
static struct rope
smuggled(struct fixture *f, const struct rope *file)
{
	CLEANUP(buf_done) struct buf table = { 0 };
	struct subject s = { .file = *file, .arena = f->arena };
	struct span payload = SPAN_TEXT("\x04\x07payload"), der;
	struct pe_sums sums;
	struct rope out;
	struct cms m;
	struct pe pe;

	assert_ok(pe_parse(&s, &pe, &f->err), &f->err);
	assert_ok(cms_parse(pe.certificates[0].bytes, true, f->arena, &m,
	    &f->err), &f->err);
	assert_ok(cms_set_unsigned(&m, OID_SIGNING_TIME, &payload, 1,
	    f->arena, &der, &f->err), &f->err);
	pe_put_certificate(&table, der);
	assert_ok(pe_sum(&s, &pe, 0, &sums, &f->err), &f->err);
	assert_ok(pe_rebuild(&s, &pe, sums.data_sum, keep(f,
	    buf_span(&table)), &out, &f->err), &f->err);
	return out;
}

static void
nothing_is_smuggled_in_with_a_signature(void **state)
{
	struct fixture *f = *state;
	struct rope good = sealed(f);
	struct rope bad = smuggled(f, &good);

	assert_ok(accounted(f, &good), &f->err);
	refused(f, &bad, ERR_CHECK_SIGNATURE, "bytes that nobody asked for");
	/* What others signed may have it, but nothing may come in or go. */
	f->directive.append = true;
	f->input = bad;
	struct rope kept = sealed(f);
	assert_ok(accounted(f, &kept), &f->err);
	f->input = good;
	refused(f, &kept, ERR_CHECK_NOT_ISSUED, "not issued");
}

static struct rope
text_rope(struct fixture *f, const struct buf *b)
{
	struct rope r;

	assert_ok(rope_bytes(f->arena, keep(f, buf_span(b)), &r, &f->err),
	    &f->err);
	return r;
}

static void
a_detached_signature_has_the_form_asked_for(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span whole;

	f->directive = (struct directive){ .method = METHOD_CMS, .pem = true,
	    .output = SPAN_TEXT("setup.exe.p7s") };
	struct rope out = sealed(f);
	assert_ok(accounted(f, &out), &f->err);
	f->directive.pem = false;
	refused(f, &out, ERR_CHECK_SIGNATURE, "form");
	f->directive.pem = true;
	assert_ok(rope_view(f->arena, &out, 0, out.len, &whole, &f->err),
	    &f->err);
	buf_put(&text, whole);
	buf_text(&text, "and a word of mine\n");
	struct rope more = text_rope(f, &text);
	refused(f, &more, ERR_CHECK_SIGNATURE, "more than");
	/* The same, as the other form. */
	f->directive.pem = false;
	out = sealed(f);
	assert_ok(accounted(f, &out), &f->err);
	f->directive.pem = true;
	refused(f, &out, ERR_CHECK_SIGNATURE, "form");
}

int
main(void)
{
#define STORY(test)	cmocka_unit_test_setup_teardown(test, fixture_make, \
			    fixture_end)
	const struct CMUnitTest tests[] = {
		STORY(another_description_is_refused),
		STORY(another_digest_is_refused),
		STORY(page_hashes_are_there_if_asked_for),
		STORY(a_timestamp_that_was_left_out_is_missed),
		STORY(a_signature_that_was_never_made_is_missed),
		STORY(a_signature_too_many_is_refused),
		STORY(an_old_signature_keeps_its_timestamp),
		STORY(nothing_is_smuggled_in_with_a_signature),
		STORY(a_detached_signature_has_the_form_asked_for),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
