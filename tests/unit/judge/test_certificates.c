/* certificates: what the ledger is told of an OpenPGP certificate. */
#include "base/text.h"
#include "config/config.h"
#include "crypto/openpgp_make.h"
#include "judge/certificates.h"
#include "softkey.h"
#include "test.h"

#define BORN	INT64_C(1767225600000)	/* 2026-01-01 */
#define ENDS	INT64_C(1798761600000)	/* 2027-01-01 */

/* One key, one user id, armor left out. */
static void
make(const struct soft_key *key, struct arena *a, struct buf *out)
{
	const struct openpgp_terms t = { .at = BORN, .ends = ENDS,
	    .flags = OPENPGP_MAY_CERTIFY | OPENPGP_MAY_SIGN };
	CLEANUP(buf_done) struct buf value = { 0 };
	struct openpgp_certificate c;
	struct openpgp_draft d;
	struct openpgp_v4_key k;
	size_t part;
	struct err e;

	assert_ok(openpgp_key_make(soft_key_spki(key), BORN, a, &k, &e), &e);
	openpgp_make_begin(&k, &c);
	assert_ok(openpgp_make_name(&c, SPAN_TEXT("Acme <a@acme.example>"), a,
	    &part, &e), &e);
	assert_ok(openpgp_make_self(&c, part, &t, a, &d, &e), &e);
	soft_key_sign(key, &d.what, &value);
	assert_ok(openpgp_make_put(&c, part, &d, buf_span(&value), a, &e),
	    &e);
	openpgp_certificate_write(&c, out);
}

static struct json *
told(struct span file, struct arena *a)
{
	const struct certificate x = { .slug = SPAN_TEXT("release"),
	    .kind = CERTIFICATE_OPENPGP, .purpose = PURPOSE_RELEASE,
	    .bytes = file };
	struct json *v = json_map();

	assert_true(certificate_members("certificate.added", &x, a, v));
	return v;
}

static void
openpgp_is_told_by_its_primary_key(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *key = soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf file = { 0 };
	struct digest spki = digest_of(DIGEST_SHA256, soft_key_spki(key));

	(void)state;
	make(key, a, &file);
	CLEANUP(json_done) struct json *v = told(buf_span(&file), a);
	assert_span_equal(json_span(json_member(v, "spki_sha256")),
	    span_text(digest_hex(&spki).text));
	assert_span_equal(json_span(json_member(v, "not_before")),
	    SPAN_TEXT("2026-01-01T00:00:00.000Z"));
	assert_span_equal(json_span(json_member(v, "not_after")),
	    SPAN_TEXT("2027-01-01T00:00:00.000Z"));
	/* Of what is broken nothing is told but its SHA-256. */
	file.ptr[file.len - 1] ^= 1;
	CLEANUP(json_done) struct json *broken = told(buf_span(&file), a);
	assert_null(json_member(broken, "spki_sha256"));
	assert_null(json_member(broken, "not_after"));
	assert_non_null(json_member(broken, "certificate_sha256"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(openpgp_is_told_by_its_primary_key),
	};

	return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
