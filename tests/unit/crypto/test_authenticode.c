/* authenticode: what is written, what is judged, and in which order. */
#include <stdlib.h>
#include <string.h>

#include "crypto/authenticode.h"
#include "crypto/der.h"
#include "crypto/timestamp.h"
#include "pki.h"
#include "test.h"

static struct pki_world world;
static struct trust *roots;

static bool
file_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	(void)e;
	*out = digest_of(kind, span_text(arg));
	return true;
}

static bool
file_pages(void *arg, enum digest_kind kind, struct span table, struct err *e)
{
	(void)arg;
	if (kind == DIGEST_SHA256 && span_is(table, "the table"))
		return true;
	return err_set(e, ERR_AUTHENTICODE_PAGES, "page 0 differs");
}

static char file_text[] = "a program";
static const struct authenticode_file file = {
	.subject = AUTHENTICODE_PE, .arg = file_text,
	.digest = file_digest, .pages = file_pages,
};

static struct authenticode_terms
terms(enum digest_kind kind)
{
	return (struct authenticode_terms){
		.subject = AUTHENTICODE_PE,
		.digest = digest_of(kind, span_text(file_text)),
	};
}

static struct span
stamp(struct arena *a, const struct pki *authority, struct span value,
    int64_t time)
{
	static const uint8_t policy[] = { 0x06, 0x03, 0x2a, 0x03, 0x04 };
	struct timestamp_request q = {
		.imprint = digest_of(DIGEST_SHA256, value),
		.certificates = true,
	};
	struct timestamp_grant g = { SPAN(policy), span_text("1"), time, 0 };
	struct timestamp_terms t = { .request = &q };
	struct signing_identity id = pki_identity(authority, NULL, 0);
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span reply = { 0 }, token = { 0 };
	struct timestamp out;
	struct err e;

	assert_ok(timestamp_plan(&q, &g, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(authority->key, &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), a, &reply, &e), &e);
	assert_ok(timestamp_reply_check(reply, &t, a, &token, &out, &e), &e);
	return token;
}

static struct span
sign(struct arena *a, const struct pki *who,
    const struct authenticode_terms *t)
{
	struct signing_identity id = pki_identity(who, NULL, 0);
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span der = { 0 };
	struct err e;

	assert_ok(authenticode_plan(t, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(who->key, &what);
	assert_ok(cms_finish(draft, buf_span(&v), (struct span){ 0 }, a, &der,
	    &e), &e);
	return der;
}

static struct span
stamped(struct arena *a, struct span der, const struct pki *authority,
    int64_t time)
{
	struct authenticode s;
	struct span out = { 0 };
	struct err e;

	assert_ok(authenticode_parse(der, false, a, &s, &e), &e);
	assert_ok(authenticode_stamp(der, 0, stamp(a, authority,
	    s.cms.signers[0].value, time), a, &out, &e), &e);
	return out;
}

/* The findings of one signature; only the outermost counts here. */
static struct err
judged(struct arena *a, struct span der, int64_t now, struct finding *out)
{
	struct judge_terms t = { .roots = roots, .now = now };
	struct findings found = { NULL, 0 };
	struct err e = { .what = NULL };

	if (!authenticode_check(der, false, &file, &t, a, &found, &e))
		return e;
	assert_true(found.count > 0);
	if (out != NULL)
		*out = found.items[0];
	return found.items[0].err;
}

static void
a_signature_is_found_good(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct finding f;

	(void)state;
	t.description = span_text("Größe");
	t.description_url = span_text("https://acme.example/");
	struct err e = judged(a, sign(a, &world.code, &t), PKI_NOW, &f);
	assert_null(e.what);
	assert_true(span_is(f.subject, "CN=Test Code,O=Acme"));
	assert_true(span_is(f.issuer, "CN=Test Root,O=Acme"));
	assert_true(span_is(f.description, "Größe"));
	assert_true(span_is(f.description_url, "https://acme.example/"));
	assert_false(f.timestamped);
	assert_true(digest_eq(&f.digest, &t.digest));
	assert_int_equal(f.signature_kind, SIGNATURE_ECDSA_SHA256);
}

static void
attributes_are_those_of_signtool(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	static const enum oid want[] = { OID_SPC_OPUS_INFO, OID_CONTENT_TYPE,
	    OID_SPC_STATEMENT_TYPE, OID_MESSAGE_DIGEST };
	static const uint8_t empty[] = { 0x30, 0 };
	static const uint8_t value[] = { 0x30, 9, 3, 1, 0, 0xa0, 4, 0xa2, 2,
	    0x80, 0 };
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct authenticode s;
	struct span opus;
	struct err e;

	(void)state;
	assert_ok(authenticode_parse(sign(a, &world.code, &t), false, a, &s,
	    &e), &e);
	assert_int_equal(s.cms.version, 1);
	assert_int_equal(s.cms.signers[0].signed_attributes.count,
	    COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		assert_non_null(cms_attribute(
		    &s.cms.signers[0].signed_attributes, want[i]));
	assert_ok(cms_value(&s.cms.signers[0].signed_attributes,
	    OID_SPC_OPUS_INFO, &opus, &e), &e);
	assert_span_equal(opus, SPAN(empty));
	assert_span_equal(s.type_value, SPAN(value));
}

static void
a_changed_file_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct authenticode_terms t = terms(DIGEST_SHA256);

	(void)state;
	struct span der = sign(a, &world.code, &t);
	file_text[0] ^= 1;
	struct err e = judged(a, der, PKI_NOW, NULL);
	file_text[0] ^= 1;
	assert_err(&e, ERR_AUTHENTICODE_DIGEST);
	t.subject = AUTHENTICODE_MSI;
	e = judged(a, sign(a, &world.code, &t), PKI_NOW, NULL);
	assert_err(&e, ERR_AUTHENTICODE_MALFORMED);
}

static void
page_hashes_are_the_formats_business(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct signing_identity id = pki_identity(&world.code, NULL, 0);
	struct to_be_signed what;
	struct cms_draft *draft;
	struct err e;

	(void)state;
	t.page_kind = DIGEST_SHA256;
	t.page_hashes = span_text("the table");
	e = judged(a, sign(a, &world.code, &t), PKI_NOW, NULL);
	assert_null(e.what);
	t.page_hashes = span_text("no table");
	e = judged(a, sign(a, &world.code, &t), PKI_NOW, NULL);
	assert_err(&e, ERR_AUTHENTICODE_PAGES);
	t.subject = AUTHENTICODE_CAB;
	assert_false(authenticode_plan(&t, &id, a, &draft, &what, &e));
	assert_err(&e, ERR_AUTHENTICODE_PAGES);
}

static void
a_timestamp_carries_past_expiry(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct span der = sign(a, &world.code, &t);
	int64_t later = PKI_NOW + 1000 * PKI_DAY;
	struct finding f;

	(void)state;
	struct err e = judged(a, der, later, NULL);
	assert_err(&e, ERR_CERTIFICATE_EXPIRED);
	struct span good = stamped(a, der, &world.authority, PKI_NOW);
	e = judged(a, good, later, &f);
	assert_null(e.what);
	assert_true(f.timestamped);
	assert_int_equal(f.timestamp, PKI_NOW);
	assert_true(span_is(f.authority, "CN=Test Authority,O=Acme"));
}

static void
a_bad_timestamp_is_no_missing_one(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct span der = sign(a, &world.code, &t), out;
	struct authenticode s;
	struct err e;

	(void)state;
	assert_ok(authenticode_stamp(der, 0, stamp(a, &world.authority,
	    span_text("another value"), PKI_NOW), a, &out, &e), &e);
	e = judged(a, out, PKI_NOW, NULL);
	assert_err(&e, ERR_TIMESTAMP_IMPRINT);
	assert_ok(authenticode_stamp(der, 0, SPAN_TEXT("\x30\x03\x02\x01\x05"), a,
	    &out, &e), &e);
	e = judged(a, out, PKI_NOW, NULL);
	assert_err(&e, ERR_CMS_MALFORMED);
	struct span old = SPAN_TEXT("\x30\x03\x02\x01\x05");
	assert_ok(authenticode_parse(der, false, a, &s, &e), &e);
	assert_ok(cms_set_unsigned(&s.cms, OID_COUNTER_SIGNATURE, &old, 1, a,
	    &out, &e), &e);
	e = judged(a, out, PKI_NOW, NULL);
	assert_err(&e, ERR_CMS_MALFORMED);
}

static void
the_signer_must_be_for_code(void **state)
{
	static const struct {
		const char	*usage, *extended;
		bool		 root;
		enum err_code	 code;
	} signers[] = {
		{ NULL, NULL, true, ERR_CERTIFICATE_PURPOSE },
		{ NULL, "timeStamping", true, ERR_CERTIFICATE_PURPOSE },
		{ "critical,keyEncipherment", "codeSigning", true,
		    ERR_CERTIFICATE_USAGE },
		{ NULL, "codeSigning", false, ERR_CERTIFICATE_UNTRUSTED },
		{ NULL, "codeSigning", true, ERR_NONE },
	};
	struct authenticode_terms t = terms(DIGEST_SHA256);

	(void)state;
	for (size_t i = 0; i < COUNT(signers); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		struct pki_terms who = { .subject = "Odd",
		    .issuer = signers[i].root ? &world.root : NULL,
		    .usage = signers[i].usage,
		    .extended = signers[i].extended };
		CLEANUP(pki_done) struct pki odd;

		pki_make(&who, &odd);
		struct err e = judged(a, sign(a, &odd, &t), PKI_NOW, NULL);
		if (signers[i].code == ERR_NONE)
			assert_null(e.what);
		else
			assert_err(&e, signers[i].code);
	}
}

static void
lifetime_signing_ends_with_the_certificate(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct pki_terms who = { .subject = "Lifetime", .issuer = &world.root,
	    .extended = "codeSigning,1.3.6.1.4.1.311.10.3.13" };
	CLEANUP(pki_done) struct pki odd;

	(void)state;
	pki_make(&who, &odd);
	struct span der = stamped(a, sign(a, &odd, &t), &world.authority,
	    PKI_NOW);
	struct err e = judged(a, der, PKI_NOW + 10 * PKI_DAY, NULL);
	assert_null(e.what);
	e = judged(a, der, PKI_NOW + 1000 * PKI_DAY, NULL);
	assert_err(&e, ERR_CERTIFICATE_LIFETIME);
}

static void
nested_signatures_are_judged_each_by_itself(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct pki_terms rsa = { .subject = "Second", .issuer = &world.root,
	    .algorithm = "ec:P-384", .kind = SIGNATURE_ECDSA_SHA384,
	    .extended = "codeSigning" };
	struct pki_terms bad = { .subject = "Third",
	    .extended = "codeSigning" };
	struct authenticode_terms t256 = terms(DIGEST_SHA256),
	    t384 = terms(DIGEST_SHA384);
	struct judge_terms j = { .roots = roots, .now = PKI_NOW };
	CLEANUP(pki_done) struct pki second;
	CLEANUP(pki_done) struct pki third;
	struct findings found = { NULL, 0 };
	struct span der, out = { 0 };
	struct err e;

	(void)state;
	pki_make(&rsa, &second);
	pki_make(&bad, &third);
	der = stamped(a, sign(a, &world.code, &t256), &world.authority,
	    PKI_NOW);
	assert_ok(authenticode_nest(der, sign(a, &second, &t384), a, &out, &e),
	    &e);
	assert_ok(authenticode_nest(out, sign(a, &third, &t256), a, &out, &e),
	    &e);
	assert_ok(authenticode_check(out, false, &file, &j, a, &found, &e),
	    &e);
	assert_int_equal(found.count, 3);
	assert_null(found.items[0].err.what);
	assert_true(found.items[0].timestamped);
	size_t good = 0, untrusted = 0;
	for (unsigned i = 1; i < 3; i++) {
		assert_int_equal(found.items[i].nested, i);
		good += found.items[i].err.what == NULL &&
		    found.items[i].digest_kind == DIGEST_SHA384;
		untrusted += err_is(&found.items[i].err,
		    ERR_CERTIFICATE_UNTRUSTED);
	}
	assert_int_equal(good, 1);
	assert_int_equal(untrusted, 1);
	for (int i = 0; i < 14; i++)
		assert_ok(authenticode_nest(out, der, a, &out, &e), &e);
	assert_false(authenticode_nest(out, der, a, &out, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
}

/* The number of the nested one that is by this signer. */
static unsigned
nested_by(const struct findings *all, const struct pki *who)
{
	for (size_t i = 0; i < all->count; i++)
		if (span_eq(all->items[i].certificate, buf_span(&who->der)))
			return all->items[i].nested;
	fail();
	return 0;
}

static void
any_nested_signature_can_be_stamped(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct pki_terms who = { .subject = "Second", .issuer = &world.root,
	    .extended = "codeSigning" };
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct judge_terms j = { .roots = roots, .now = PKI_NOW };
	CLEANUP(pki_done) struct pki second, third, deep;
	const struct pki *all[] = { &second, &third, &deep };
	struct span der, inner;
	struct err e;

	(void)state;
	pki_make(&who, &second);
	pki_make(&who, &third);
	pki_make(&who, &deep);
	der = stamped(a, sign(a, &world.code, &t), &world.authority, PKI_NOW);
	assert_ok(authenticode_nest(sign(a, &third, &t), sign(a, &deep, &t),
	    a, &inner, &e), &e);
	assert_ok(authenticode_nest(der, sign(a, &second, &t), a, &der, &e),
	    &e);
	assert_ok(authenticode_nest(der, inner, a, &der, &e), &e);
	for (size_t i = 0; i < COUNT(all); i++) {
		struct findings before = { 0 }, after = { 0 };

		assert_ok(authenticode_check(der, false, &file, &j, a,
		    &before, &e), &e);
		unsigned n = nested_by(&before, all[i]);
		assert_ok(authenticode_stamp(der, n, stamp(a,
		    &world.authority, before.items[n].value, PKI_NOW), a,
		    &der, &e), &e);
		assert_ok(authenticode_check(der, false, &file, &j, a,
		    &after, &e), &e);
		assert_int_equal(after.count, 4);
		for (size_t k = 0; k < 4; k++)
			assert_null(after.items[k].err.what);
		for (size_t k = 0; k < COUNT(all); k++)
			assert_true(after.items[nested_by(&after,
			    all[k])].timestamped == (k <= i));
	}
	assert_false(authenticode_stamp(der, 4, SPAN_TEXT("\x30\x00"), a,
	    &der, &e));
	assert_err(&e, ERR_FORMAT_NOT_SIGNED);
}

/*
 * Judged when the certificate has run out, so that the timestamp counts: a
 * signature whose timestamp is taken off must fail then.
 */
static void
every_flipped_byte_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct span der = stamped(a, sign(a, &world.code, &t),
	    &world.authority, PKI_NOW);
	struct authenticode s;
	struct err e;

	(void)state;
	assert_ok(authenticode_parse(der, false, a, &s, &e), &e);
	for (size_t i = 0; i < der.len; i++) {
		CLEANUP(arena_done) struct arena *b = arena_new(1 << 20);
		uint8_t *copy = exact(der);

		copy[i] ^= 0x10;
		e = judged(b, (struct span){ copy, der.len },
		    PKI_NOW + 1000 * PKI_DAY, NULL);
		if (e.what == NULL)
			fail_msg("byte %zu of %zu", i, der.len);
		free(copy);
	}
}

static void
kinds_that_windows_lacks_are_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct pki_terms who = { .subject = "Ed", .algorithm = "ed25519",
	    .kind = SIGNATURE_ED25519 };
	struct authenticode_terms t = terms(DIGEST_SHA256);
	CLEANUP(pki_done) struct pki ed;
	struct to_be_signed what;
	struct cms_draft *draft;
	struct err e;

	(void)state;
	pki_make(&who, &ed);
	struct signing_identity id = pki_identity(&ed, NULL, 0);
	assert_false(authenticode_plan(&t, &id, a, &draft, &what, &e));
	assert_err(&e, ERR_KEY_UNFIT);
	id = pki_identity(&world.code, NULL, 0);
	t.description = span_text("\xff\xfe");
	assert_false(authenticode_plan(&t, &id, a, &draft, &what, &e));
	assert_err(&e, ERR_AUTHENTICODE_TEXT);
}

static void
every_kind_of_file_has_its_own_value(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	static const uint8_t msi[] = { 0x30, 0x24, 2, 1, 1, 4, 16, 0xf1, 0x10,
	    0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46, 2, 1, 0, 2, 1,
	    0, 2, 1, 0, 2, 1, 0, 2, 1, 0 };
	struct authenticode_terms t = terms(DIGEST_SHA256);
	struct authenticode s;
	struct err e;

	(void)state;
	t.subject = AUTHENTICODE_MSI;
	assert_ok(authenticode_parse(sign(a, &world.code, &t), false, a, &s,
	    &e), &e);
	assert_span_equal(s.type_value, SPAN(msi));
	assert_true(authenticode_subject_is(&s, AUTHENTICODE_MSI));
	assert_false(authenticode_subject_is(&s, AUTHENTICODE_WSF));
	assert_false(authenticode_subject_is(&s, AUTHENTICODE_PE));
	s.type_value = span_from(s.type_value, 1);
	assert_false(authenticode_subject_is(&s, AUTHENTICODE_MSI));
	t.subject = AUTHENTICODE_CAB;
	assert_ok(authenticode_parse(sign(a, &world.code, &t), false, a, &s,
	    &e), &e);
	assert_true(authenticode_subject_is(&s, AUTHENTICODE_CAB));
}

static int
setup(void **state)
{
	(void)state;
	pki_world_make(&world);
	roots = pki_trust(&world.root);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	trust_free(roots);
	pki_world_done(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signature_is_found_good),
		TEST(attributes_are_those_of_signtool),
		TEST(a_changed_file_is_noticed),
		TEST(page_hashes_are_the_formats_business),
		TEST(a_timestamp_carries_past_expiry),
		TEST(a_bad_timestamp_is_no_missing_one),
		TEST(the_signer_must_be_for_code),
		TEST(lifetime_signing_ends_with_the_certificate),
		TEST(nested_signatures_are_judged_each_by_itself),
		TEST(any_nested_signature_can_be_stamped),
		TEST(every_flipped_byte_is_noticed),
		TEST(kinds_that_windows_lacks_are_refused),
		TEST(every_kind_of_file_has_its_own_value),
	};

	return cmocka_run_group_tests_name("authenticode", tests, setup,
	    teardown);
}
