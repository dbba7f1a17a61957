/*
 * report: timestamps of the kind before RFC 3161, what rests on SHA-1, and
 * what firmware takes.
 */
#include "crypto/timestamp.h"
#include "old_message.h"

/* 2010-01-01T00:00:00Z and 2018-01-01T00:00:00Z, in milliseconds. */
#define OLD	INT64_C(1262304000000)
#define LATE	INT64_C(1514764800000)

static struct pki_world world;
static struct pki old_root, old_code, old_authority;	/* SHA-1, RSA */
static struct trust *roots;

static bool
file_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	(void)e;
	*out = digest_of(kind, span_text(arg));
	return true;
}

static struct err
judged(struct arena *a, struct span der, const struct judge_terms *t,
    bool firmware, struct finding *out)
{
	const struct authenticode_file file = { .subject = AUTHENTICODE_PE,
	    .arg = file_text, .digest = file_digest, .firmware = firmware };
	struct findings found = { NULL, 0 };
	struct err e = { .what = NULL };

	if (!authenticode_check(der, false, &file, t, a, &found, &e))
		return e;
	assert_int_equal(found.count, 1);
	*out = found.items[0];
	return found.items[0].err;
}

static struct judge_terms
terms(bool old)
{
	return (struct judge_terms){ .roots = roots,
	    .now = PKI_NOW + 1000 * PKI_DAY, .old = old };
}

static struct info
counter(struct arena *a, const struct pki *by, struct span der, int64_t time,
    enum digest_kind kind)
{
	return (struct info){ .by = by, .kind = kind,
	    .over = value_of(a, der), .type = OID_CONTENT_DATA,
	    .time = time };
}

/* ---- what it comes to */

static void
a_countersignature_is_a_timestamp(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct span der = message(a, &world.code, &world.authority,
	    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
	struct info c = counter(a, &world.authority, der, PKI_NOW,
	    DIGEST_SHA256);
	struct judge_terms t = terms(false);
	struct finding f;
	struct err e;

	(void)state;
	e = judged(a, der, &t, false, &f);
	assert_err(&e, ERR_CERTIFICATE_EXPIRED);
	assert_true(f.remarks & 1U << REMARK_EXPIRED);
	e = judged(a, countered(a, der, &c, 1), &t, false, &f);
	assert_null(e.what);
	assert_true(f.timestamped && f.timestamp_counter);
	assert_false(f.timestamp_weak);
	assert_int_equal(f.timestamp, PKI_NOW);
	assert_true(span_is(f.authority, "CN=Test Authority,O=Acme"));
	assert_int_equal(f.timestamp_chain_count, 2);
	assert_int_equal(f.chain_count, 2);
	assert_true(f.remarks & 1U << REMARK_TIMESTAMP_OLD);
	c.type = OIDS;
	e = judged(a, countered(a, der, &c, 1), &t, false, &f);
	assert_null(e.what);
}

/* A token of RFC 3161 over a value. */
static struct span
token(struct arena *a, struct span value, int64_t time)
{
	struct timestamp_request q = {
		.imprint = digest_of(DIGEST_SHA256, value),
		.certificates = true };
	struct timestamp_grant g = { oid_der(OID_COMMON_NAME),
	    span_text("1"), time, 0 };
	struct signing_identity id = pki_identity(&world.authority, NULL, 0);
	struct timestamp_terms t = { .request = &q };
	struct span reply = { 0 }, out = { 0 };
	struct to_be_signed what;
	struct timestamp stamp;
	struct cms_draft *draft;
	struct err e;

	assert_ok(timestamp_plan(&q, &g, &id, a, &draft, &what, &e), &e);
	CLEANUP(buf_done) struct buf v = pki_sign(world.authority.key, &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), a, &reply, &e), &e);
	assert_ok(timestamp_reply_check(reply, &t, a, &out, &stamp, &e), &e);
	return out;
}

static struct span
with_token(struct arena *a, struct span der, struct span value)
{
	struct span one = token(a, value, PKI_NOW - PKI_DAY), out = { 0 };
	struct authenticode s;
	struct err e;

	assert_ok(authenticode_parse(der, false, a, &s, &e), &e);
	assert_ok(cms_set_unsigned(&s.cms, OID_SPC_TIMESTAMP, &one, 1, a,
	    &out, &e), &e);
	return out;
}

static void
where_both_kinds_are_both_count(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct span der = message(a, &world.code, &world.authority,
	    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
	const struct info good = counter(a, &world.authority, der, PKI_NOW,
	    DIGEST_SHA256);
	struct span old = countered(a, der, &good, 1);
	struct info bad = good;
	struct judge_terms t = terms(false);
	struct finding f;
	struct err e;

	(void)state;
	e = judged(a, with_token(a, old, value_of(a, der)), &t, false, &f);
	assert_null(e.what);
	assert_true(f.timestamped && f.countered);
	assert_false(f.timestamp_counter);
	assert_int_equal(f.timestamp, PKI_NOW - PKI_DAY);
	assert_int_equal(f.counter_time, PKI_NOW);
	e = judged(a, with_token(a, old, span_text("another")), &t, false,
	    &f);
	assert_err(&e, ERR_TIMESTAMP_IMPRINT);
	bad.over = span_text("another value");
	e = judged(a, with_token(a, countered(a, der, &bad, 1),
	    value_of(a, der)), &t, false, &f);
	assert_err(&e, ERR_CMS_DIGEST);
}

static void
a_bad_countersignature_is_an_error(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 23);
	struct span der = message(a, &world.code, &world.authority,
	    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
	const struct info good = counter(a, &world.authority, der, PKI_NOW,
	    DIGEST_SHA256);
	struct pki_terms other = { .subject = "Other",
	    .extended = "timeStamping" };
	CLEANUP(pki_done) struct pki stranger;
	struct info bad[6] = { good, good, good, good, good, good };
	static const enum err_code codes[] = { ERR_CMS_DIGEST,
	    ERR_TIMESTAMP_MALFORMED, ERR_CMS_CONTENT_TYPE,
	    ERR_CERTIFICATE_PURPOSE, ERR_CMS_SIGNER_MISSING,
	    ERR_TIMESTAMP_FUTURE };
	struct judge_terms t = terms(true);
	struct finding f;
	struct err e;

	(void)state;
	pki_make(&other, &stranger);
	bad[0].over = span_text("another value");
	bad[1].time = 0;
	bad[2].type = OID_SPC_INDIRECT_DATA;
	bad[3].by = &world.code;
	bad[4].by = &stranger;
	bad[5].time = t.now + 2 * PKI_DAY;
	t.roots = NULL;
	for (size_t i = 0; i < COUNT(bad); i++) {
		e = judged(a, countered(a, der, &bad[i], 1), &t, false, &f);
		assert_err(&e, codes[i]);
		assert_false(f.timestamped);
	}
	/* Which of two would count nobody could tell. */
	bad[0] = good;
	bad[1] = good;
	bad[1].time = PKI_NOW - PKI_DAY;
	e = judged(a, countered(a, der, bad, 2), &t, false, &f);
	assert_err(&e, ERR_CMS_ATTRIBUTE);
	/* Its chain counts at its own time. */
	t = terms(true);
	bad[0].time = PKI_NOW + 400 * PKI_DAY;
	e = judged(a, countered(a, der, bad, 1), &t, false, &f);
	assert_err(&e, ERR_CERTIFICATE_EXPIRED);
}

static void
each_flipped_byte_of_a_countersignature_is_noticed(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct span der = message(a, &world.code, &world.authority,
	    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
	struct info c = counter(a, &world.authority, der, PKI_NOW,
	    DIGEST_SHA256);
	struct span both = countered(a, der, &c, 1);
	struct judge_terms t = terms(true);
	size_t seen = 0;

	(void)state;
	/* What was added stands at the end, behind the signature value. */
	for (size_t i = der.len; i < both.len; i++) {
		CLEANUP(arena_done) struct arena *b = arena_new(1 << 21);
		CLEANUP(buf_done) struct buf copy = { 0 };
		struct finding f = { .err = { .what = NULL } };
		struct err e;

		buf_put(&copy, both);
		copy.ptr[i] ^= 1;
		e = judged(b, buf_span(&copy), &t, false, &f);
		seen += e.what != NULL;
	}
	assert_int_equal(seen, both.len - der.len);
}

static void
sha1_counts_from_before_it_could_be_forged(void **state)
{
	static const struct {
		int64_t		time;	/* of the timestamp; 0: none */
		bool		old;
		enum err_code	code;
	} cases[] = {
		{ OLD, true, ERR_NONE },
		{ OLD, false, ERR_DIGEST_WEAK },
		{ LATE, true, ERR_DIGEST_WEAK },
		{ 0, true, ERR_DIGEST_WEAK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
		struct span der = message(a, &old_code, &old_authority,
		    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA1);
		struct info c = counter(a, &old_authority, der,
		    cases[i].time, DIGEST_SHA1);
		struct judge_terms t = terms(cases[i].old);
		struct finding f;

		if (cases[i].time != 0)
			der = countered(a, der, &c, 1);
		struct err e = judged(a, der, &t, false, &f);
		if (cases[i].code != ERR_NONE) {
			assert_err(&e, cases[i].code);
			continue;
		}
		assert_null(e.what);
		assert_true(f.weak && f.timestamp_weak);
		assert_true(f.remarks & 1U << REMARK_SHA1);
		assert_true(f.remarks & 1U << REMARK_TIMESTAMP_SHA1);
	}
}

static void
a_timestamp_over_sha1_is_told(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct span der = message(a, &world.code, &old_authority,
	    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
	struct info c = counter(a, &old_authority, der, PKI_NOW, DIGEST_SHA1);
	struct judge_terms t = terms(true);
	struct finding f;
	struct err e;

	(void)state;
	der = countered(a, der, &c, 1);
	e = judged(a, der, &t, false, &f);
	assert_null(e.what);
	assert_true(f.timestamp_weak);
	assert_false(f.weak);
	t.old = false;
	e = judged(a, der, &t, false, &f);
	assert_err(&e, ERR_DIGEST_WEAK);
}

/* A certificate over SHA-1 counts then, over MD5 never. */
static void
a_chain_over_sha1_counts_then(void **state)
{
	static const struct {
		const char	*hash;
		int64_t		 time;
		bool		 old;
		enum err_code	 code;
	} cases[] = {
		{ "sha1", OLD, true, ERR_NONE },
		{ "sha1", OLD, false, ERR_CERTIFICATE_WEAK },
		{ "sha1", LATE, true, ERR_CERTIFICATE_WEAK },
		{ "md5", OLD, true, ERR_CERTIFICATE_WEAK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
		struct pki_terms who = { .subject = "Then",
		    .issuer = &old_root, .extended = "codeSigning",
		    .hash = cases[i].hash, .from = OLD - PKI_DAY,
		    .to = LATE + PKI_DAY };
		struct pki_terms by = { .subject = "Then too",
		    .issuer = &old_root, .extended = "timeStamping",
		    .from = OLD - PKI_DAY, .to = LATE + PKI_DAY };
		CLEANUP(pki_done) struct pki then;
		CLEANUP(pki_done) struct pki stamper;
		struct judge_terms t = terms(cases[i].old);
		struct finding f;

		pki_make(&who, &then);
		pki_make(&by, &stamper);
		struct span der = message(a, &then, &stamper,
		    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
		struct info c = counter(a, &stamper, der, cases[i].time,
		    DIGEST_SHA256);
		struct err e = judged(a, countered(a, der, &c, 1), &t, false,
		    &f);
		if (cases[i].code != ERR_NONE) {
			assert_err(&e, cases[i].code);
			continue;
		}
		assert_null(e.what);
		assert_true(f.weak);
		assert_false(f.timestamp_weak);
	}
}

static void
firmware_asks_for_less(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
	struct pki_terms who = { .subject = "Boot", .issuer = &world.root };
	struct judge_terms t = { .roots = roots, .now = PKI_NOW };
	CLEANUP(pki_done) struct pki boot;
	struct finding f;
	struct err e;

	(void)state;
	pki_make(&who, &boot);
	struct span der = message(a, &boot, &world.authority,
	    OID_SPC_INDIVIDUAL, DIGEST_SHA256);
	e = judged(a, der, &t, true, &f);
	assert_null(e.what);
	assert_true(f.remarks & 1U << REMARK_NO_PURPOSE);
	assert_true(f.remarks & 1U << REMARK_OTHER_TYPE);
	e = judged(a, der, &t, false, &f);
	assert_err(&e, ERR_AUTHENTICODE_MALFORMED);
	der = message(a, &boot, &world.authority, OID_SPC_PE_IMAGE_DATA,
	    DIGEST_SHA256);
	e = judged(a, der, &t, false, &f);
	assert_err(&e, ERR_CERTIFICATE_PURPOSE);
	/* Who says what it is for must say that it is for code. */
	der = message(a, &world.authority, &world.authority,
	    OID_SPC_PE_IMAGE_DATA, DIGEST_SHA256);
	e = judged(a, der, &t, true, &f);
	assert_err(&e, ERR_CERTIFICATE_PURPOSE);
}

static void
an_obsolete_name_is_told_where_windows_minds(void **state)
{
	static const struct {
		enum digest_kind	digest;
		enum signature_kind	kind;
		bool			obsolete, told;
	} cases[] = {
		{ DIGEST_SHA512, SIGNATURE_ECDSA_SHA512, true, true },
		{ DIGEST_SHA512, SIGNATURE_ECDSA_SHA512, false, false },
		{ DIGEST_SHA384, SIGNATURE_ECDSA_SHA384, true, false },
	};
	struct judge_terms t = { .roots = roots, .now = PKI_NOW };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 21);
		struct pki_terms who = { .subject = "Long",
		    .issuer = &world.root, .algorithm = "ec:P-521",
		    .kind = cases[i].kind,
		    .extended = "codeSigning,1.3.6.1.4.1.311.10.3.13" };
		CLEANUP(pki_done) struct pki by;
		struct finding f;
		struct err e;

		pki_make(&who, &by);
		obsolete = cases[i].obsolete;
		e = judged(a, message(a, &by, &world.authority,
		    OID_SPC_PE_IMAGE_DATA, cases[i].digest), &t, false, &f);
		obsolete = false;
		assert_null(e.what);
		assert_int_equal((f.remarks >> REMARK_OBSOLETE) & 1,
		    cases[i].told);
		assert_true(f.remarks & 1U << REMARK_LIFETIME);
	}
}

static void
old_make(const char *subject, const char *extended, struct pki *out)
{
	struct pki_terms t = { .subject = subject,
	    .issuer = extended == NULL ? NULL : &old_root,
	    .algorithm = "rsa:2048",
	    .hash = extended == NULL ? NULL : "sha1",
	    .extended = extended, .ca = extended == NULL,
	    .from = OLD - 100 * PKI_DAY, .to = PKI_NOW + 3000 * PKI_DAY };

	pki_make(&t, out);
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	pki_world_make(&world);
	old_make("Old Root", NULL, &old_root);
	old_make("Old Code", "codeSigning", &old_code);
	old_make("Old Authority", "timeStamping", &old_authority);
	roots = pki_trust(&world.root);
	assert_ok(trust_add(roots, buf_span(&old_root.der), &e), &e);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	trust_free(roots);
	pki_done(&old_authority);
	pki_done(&old_code);
	pki_done(&old_root);
	pki_world_done(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_countersignature_is_a_timestamp),
		TEST(where_both_kinds_are_both_count),
		TEST(a_bad_countersignature_is_an_error),
		TEST(each_flipped_byte_of_a_countersignature_is_noticed),
		TEST(sha1_counts_from_before_it_could_be_forged),
		TEST(a_timestamp_over_sha1_is_told),
		TEST(a_chain_over_sha1_counts_then),
		TEST(firmware_asks_for_less),
		TEST(an_obsolete_name_is_told_where_windows_minds),
	};

	return cmocka_run_group_tests_name("report", tests, setup, teardown);
}
