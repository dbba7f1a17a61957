/* baseline: each rule is broken by a certificate, and by the good one none. */
#include <string.h>

#include "crypto/baseline.h"
#include "pki.h"
#include "test.h"

#define MARCH	INT64_C(1772323200000)	/* 2026-03-01 */
#define POINTS	"URI:http://ca.example/list.crl"
#define ACCESS	"caIssuers;URI:http://ca.example/ca.cer"

static struct pki root;

static bool
breaks(const struct certificate *c, bool stamps, const char *says)
{
	for (size_t i = 0; i < baseline_count; i++)
		if (strcmp(baseline_rows[i].says, says) == 0)
			return baseline_rows[i].broken(c, stamps);
	fail_msg("there is no rule that says \"%s\"", says);
	return false;
}

static void
made(struct arena *a, const struct pki_terms *t, struct certificate *out)
{
	struct pki p;
	struct span kept;
	struct err e;

	pki_make(t, &p);
	assert_true(arena_copy(a, buf_span(&p.der), &kept));
	assert_ok(certificate_parse(kept, a, out, &e), &e);
	pki_done(&p);
}

static void
validity_depends_on_the_day_of_issue(void **state)
{
	static const struct { int64_t from, days; bool long_now, long_then; }
	cases[] = {
		{ MARCH, 460, false, false },
		{ MARCH, 461, true, false },
		{ MARCH - 1000, 461, false, false },
		{ MARCH - 1000, 1186, false, false },
		{ MARCH - 1000, 1210, false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		struct pki_terms t = { .subject = "x", .issuer = &root,
		    .from = cases[i].from, .to = cases[i].from +
		    cases[i].days * PKI_DAY - 1000 };
		struct certificate c;

		made(a, &t, &c);
		assert_int_equal(breaks(&c, false, "valid for more than 460 "
		    "days, and from March 2026 or later"), cases[i].long_now);
		assert_int_equal(breaks(&c, false, "valid for more than 39 "
		    "months"), cases[i].long_then);
		assert_false(breaks(&c, true, "valid for more than 460 "
		    "days, and from March 2026 or later"));
	}
}

static void
each_rule_can_be_broken(void **state)
{
	const struct pki_terms good = { .subject = "x", .issuer = &root,
	    .usage = "critical,digitalSignature", .extended = "codeSigning",
	    .points = POINTS, .access = ACCESS };
	struct pki_terms other = good, any = good, server = good, soft = good,
	    more = good, none = good, edwards = good, small = good,
	    sha1 = good, ca = good, own = good, secure = good;

	(void)state;
	other.extended = "codeSigning,clientAuth";
	any.extended = "codeSigning,2.5.29.37.0";
	server.extended = "serverAuth";
	soft.usage = "digitalSignature";
	more.usage = "critical,digitalSignature,keyEncipherment";
	none.usage = NULL;
	none.points = "URI:ldap://ca.example/";
	none.access = "OCSP;URI:http://ca.example/";
	edwards.algorithm = "ed25519";
	small.algorithm = "rsa:2048";
	sha1.hash = "sha1";
	ca.ca = true;
	own.issuer = NULL;
	secure.points = "URI:https://ca.example/list.crl";
	const struct { const struct pki_terms *t; const char *says; }
	cases[] = {
		{ &other, "other purposes in extKeyUsage than this needs" },
		{ &any, "anyExtendedKeyUsage in extKeyUsage" },
		{ &server, "serverAuth in extKeyUsage" },
		{ &server, "no code signing in extKeyUsage" },
		{ &soft, "keyUsage is not critical" },
		{ &more, "more than digitalSignature in keyUsage" },
		{ &none, "no digitalSignature in keyUsage" },
		{ &none, "no http address in cRLDistributionPoints" },
		{ &none, "no http address of the issuer's certificate in "
		    "authorityInformationAccess" },
		{ &edwards, "a key that is neither RSA nor ECDSA" },
		{ &small, "an RSA key of less than 3072 bits, or another weak "
		    "key" },
		{ &sha1, "signed by something else than RSA or ECDSA with "
		    "SHA-256 or better" },
		{ &ca, "it is a certificate authority" },
		{ &own, "self-signed: nobody vouches for it" },
		{ &secure, "no http address in cRLDistributionPoints" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		struct certificate bad, fine;

		made(a, cases[i].t, &bad);
		made(a, &good, &fine);
		if (!breaks(&bad, false, cases[i].says))
			fail_msg("%s: not found", cases[i].says);
		if (breaks(&fine, false, cases[i].says))
			fail_msg("%s: found in a good one", cases[i].says);
	}
}

/* What pki cannot make is taken off a good one. */
static void
missing_parts_are_found(void **state)
{
	struct certificate c = { .serial = span_text("12345678"),
	    .key_id = span_text("x"), .has_policies = true,
	    .has_authority = true, .extended_critical = true }, bad = c;
	static const char *const says[] = {
		"a serial number of less than 64 bits",
		"no certificatePolicies",
		"no authorityKeyIdentifier",
		"no subjectKeyIdentifier",
	};

	(void)state;
	bad.serial.len--;
	bad.has_policies = bad.has_authority = false;
	bad.key_id.len = 0;
	for (size_t i = 0; i < COUNT(says); i++) {
		assert_false(breaks(&c, false, says[i]));
		assert_true(breaks(&bad, false, says[i]));
	}
	bad.extended_critical = false;
	bad.not_after = 136 * 31 * PKI_DAY;
	assert_true(breaks(&bad, true, "extKeyUsage is not critical"));
	assert_false(breaks(&bad, false, "extKeyUsage is not critical"));
	assert_false(breaks(&c, true, "extKeyUsage is not critical"));
	assert_true(breaks(&bad, true, "valid for more than 135 months"));
	assert_false(breaks(&c, true, "valid for more than 135 months"));
}

static int
setup(void **state)
{
	(void)state;
	pki_make(&(struct pki_terms){ .subject = "Root", .ca = true,
	    .usage = "critical,keyCertSign" }, &root);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_done(&root);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(validity_depends_on_the_day_of_issue),
		TEST(each_rule_can_be_broken),
		TEST(missing_parts_are_found),
	};

	return cmocka_run_group_tests_name("baseline", tests, setup,
	    teardown);
}
