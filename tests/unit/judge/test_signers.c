/*
 * signers: security keys and X.509 certificates, by git and the programs that
 * it calls, in commits of the config repo and in releases.
 */
#include "judge/signing.h"
#include "sys/file.h"

/* What the administrators demand of security keys, and what comes of it. */
static void
a_security_key_shows_what_the_config_demands(void **state)
{
	static const struct {
		const char	*organization;	/* more of tagseal.yaml */
		const char	*person;	/* more of people/ann.yaml */
		const char	*codes[4];	/* by flags 00, 01, 04, 05 */
	} cases[] = {
		{ "", "", { "SIGNER-PRESENCE", "none", "SIGNER-PRESENCE",
		    "none" } },
		{ "", "require-user-verification: true\\n",
		    { "SIGNER-PRESENCE", "SIGNER-VERIFICATION",
		    "SIGNER-PRESENCE", "none" } },
		{ "security-keys: {require-user-verification: true}\\n", "",
		    { "SIGNER-PRESENCE", "SIGNER-VERIFICATION",
		    "SIGNER-PRESENCE", "none" } },
		{ "security-keys: {require-user-verification: true}\\n",
		    "require-user-verification: false\\n",
		    { "SIGNER-PRESENCE", "none", "SIGNER-PRESENCE",
		    "none" } },
		{ "security-keys: {require-user-presence: false}\\n", "",
		    { "none", "none", "none", "none" } },
		{ "security-keys: {require-user-presence: false}\\n",
		    "require-user-presence: true\\n",
		    { "SIGNER-PRESENCE", "none", "SIGNER-PRESENCE",
		    "none" } },
		{ "", "require-user-presence: false\\n"
		    "require-user-verification: true\\n",
		    { "SIGNER-VERIFICATION", "SIGNER-VERIFICATION", "none",
		    "none" } },
	};
	static const char *const flags[] = { "00", "01", "04", "05" };
	struct office *o = *state;
	char line[256];

	begin(o, "$SECURITY_KEY make $W/keys/soft; "
	    "people ann \"  - ssh: \\\"$(cat $W/keys/soft.pub)\\\"\\n\"; "
	    "as cem branch start; "
	    "for f in 00 01 04 05; do soft $f tag v1-$f ann; done");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct desk d;

		snprintf(line, sizeof(line), "as cem reset -q --hard start; "
		    "printf '%s' >> $C/tagseal.yaml; people ann '%s'",
		    cases[i].organization, cases[i].person);
		run(o, line);
		desk_open(&d, o);
		for (size_t k = 0; k < COUNT(flags); k++) {
			assert_release(&d, flags[k], OFFICE_NOW,
			    cases[i].codes[k], "ann");
			snprintf(line, sizeof(line), "soft %s word ann",
			    flags[k]);
			commit_comes_to(o, line, OFFICE_NOW,
			    cases[i].codes[k]);
		}
		desk_close(&d);
	}
}

/*
 * An authority of people (and another one), with one below it. "issue NAME
 * ISSUER SUBJECTALTNAME [USE]" makes a certificate; "cms NAME OPTION..." goes
 * before "tag" or "word" and has git sign by openssl cms; "lists" makes a
 * revocation list, "revoke NAME" puts a certificate on the next one.
 */
static const char authority[] =
    "X=$W/x; export X; mkdir -p $X; conf() { printf '%s\\n' '[req]' "
    "distinguished_name=n '[n]' '[ext]' \"$@\" > $X/conf; }; "
    "root() { conf basicConstraints=critical,CA:true "
    "keyUsage=keyCertSign,cRLSign subjectKeyIdentifier=hash; "
    "openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
    "-nodes -keyout $X/$1.key -out $X/$1.pem -subj /CN=$1 -days 60 "
    "-config $X/conf -extensions ext; }; "
    "issue() { local n=$1 by=$2 san=$3; shift 3; conf \"${@:-"
    "extendedKeyUsage=emailProtection}\" subjectAltName=$san; "
    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
    "-keyout $X/$n.key -out $X/csr -subj /CN=$n -config $X/conf; "
    "openssl x509 -req -in $X/csr -CA $X/$by.pem -CAkey $X/$by.key "
    "-CAcreateserial -days ${DAYS:-30} -out $X/$n.pem -extfile $X/conf "
    "-extensions ext; }; "
    "cms() { CMS=\"-signer $X/$1.pem -inkey $X/$1.key $2\"; shift 2; "
    "CMS=\"$CMS\" \"$@\" -c gpg.format=x509 -c gpg.x509.program=$X/cms "
    "-c user.signingkey=x; }; "
    "printf '%s\\n' '#!/bin/sh' 'printf \"\\n[GNUPG:] SIG_CREATED \\n\" >&2' "
    "'openssl cms -sign -binary -outform PEM $CMS | "
    "sed \"s/ CMS-/ SIGNED MESSAGE-/\"' > $X/cms; chmod +x $X/cms; "
    "list() { printf '%s\\n' '[ca]' default_ca=d '[d]' database=$X/index "
    "crlnumber=$X/number default_md=sha256 > $X/ca.conf; touch $X/index; "
    "[ -s $X/number ] || echo 01 > $X/number; "
    "openssl ca \"$@\" -config $X/ca.conf -cert $X/root.pem "
    "-keyfile $X/root.key; }; ";

static void
run_x509(struct office *o, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%s%s", authority, lines);
	run(o, buf_cstr(&b));
}

/* ann is who has her address in a certificate, ben has one that is declared. */
static const char make_certificates[] =
    "root root; root other; issue ann root email:ann@acme.test; "
    "issue ben root email:ben@acme.test; "
    "issue uri root URI:https://id.test/ann; "
    "issue eve root email:eve@acme.test; "
    "issue forged other email:ann@acme.test; "
    "issue case root email:Ann@acme.test; "
    "issue dns root DNS:ann.acme.test; "
    "issue both root email:ann@acme.test,email:ben.2@acme.test; "
    "issue tls root email:ann@acme.test extendedKeyUsage=serverAuth; "
    "issue any root email:ann@acme.test keyUsage=digitalSignature; "
    "issue sealing root email:ann@acme.test keyUsage=keyEncipherment; "
    "DAYS=1 issue short root email:ann@acme.test; "
    "issue middle root email:m@acme.test basicConstraints=critical,CA:true "
    "keyUsage=keyCertSign,cRLSign; issue deep middle email:ann@acme.test; "
    "issue mock ann email:ann@acme.test; "
    "cp $X/root.pem $X/self.pem; cp $X/root.key $X/self.key; "
    "mkdir -p $C/trust $C/people/ben; cp $X/root.pem $C/trust/people.pem; "
    "cp $X/ben.pem $C/people/ben/cert.pem; "
    "echo 'x509-roots: trust/people.pem' >> $C/tagseal.yaml; "
    "people ann '  - x509-name: \"email:ann@acme.test\"\\n"
    "  - x509-name: \"uri:https://id.test/ann\"\\n'; "
    "people ben '  - x509: ben/cert.pem\\n"
    "  - x509-name: \"email:ben.2@acme.test\"\\n'; ";

static const struct signed_case x509_cases[] = {
	{ "ann", "cms ann ''", "none", "ann" },
	{ "uri", "cms uri ''", "none", "ann" },
	{ "any", "cms any ''", "none", "ann" },
	{ "ben", "cms ben ''", "none", "ben" },
	{ "keyid", "cms ann -keyid", "none", "ann" },
	{ "left-out", "cms ben -nocerts", "none", "ben" },
	{ "sha512", "cms ann '-md sha512'", "none", "ann" },
	{ "deep", "cms deep \"-certfile $X/middle.pem\"", "none", "ann" },
	{ "gap", "cms deep ''", "SIGNER-UNKNOWN", "" },
	{ "eve", "cms eve ''", "SIGNER-UNKNOWN", "" },
	{ "case", "cms case ''", "SIGNER-UNKNOWN", "" },
	{ "dns", "cms dns ''", "SIGNER-UNKNOWN", "" },
	{ "forged", "cms forged ''", "SIGNER-UNKNOWN", "" },
	{ "root", "cms forged \"-certfile $X/other.pem\"",
	    "SIGNER-UNKNOWN", "" },
	{ "mock", "cms mock \"-certfile $X/ann.pem\"",
	    "SIGNER-SIGNATURE", "" },
	{ "both", "cms both ''", "SIGNER-SIGNATURE", "" },
	{ "tls", "cms tls ''", "SIGNER-SIGNATURE", "" },
	{ "sealing", "cms sealing ''", "SIGNER-SIGNATURE", "" },
	{ "bare", "cms ann -noattr", "SIGNER-SIGNATURE", "" },
	{ "attached", "cms ann -nodetach", "SIGNER-SIGNATURE", "" },
	{ "sha1", "cms ann '-md sha1'", "SIGNER-SIGNATURE", "" },
	{ "stripped", "cms ann -nocerts", "SIGNER-SIGNATURE", "" },
	{ "two", "cms ann \"-signer $X/ben.pem -inkey $X/ben.key\"",
	    "SIGNER-SIGNATURE", "" },
	{ "short", "cms short ''", "none", "ann" },
};

static void
certificates_are_judged_by_what_is_declared(void **state)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	struct office *o = *state;
	struct desk d;

	begin(o, "true");
	run_x509(o, make_certificates);
	int64_t now = clock_now() + 1000;
	for (size_t i = 0; i < COUNT(x509_cases); i++)
		buf_printf(&lines, "%s tag v1-%s ann; ", x509_cases[i].how,
		    x509_cases[i].name);
	buf_text(&lines, "by ann $A cat-file tag v1-ann | sed "
	    "'s/^release$/Release/; s/^tag .*/&-2/' > $W/raw; by ann $A update-ref "
	    "refs/tags/v1-ann-2 $(by ann $A hash-object -t tag -w --stdin "
	    "< $W/raw)");
	run_x509(o, buf_cstr(&lines));
	desk_open(&d, o);
	for (size_t i = 0; i < COUNT(x509_cases); i++) {
		const struct signed_case *c = &x509_cases[i];

		assert_release(&d, c->name, now, c->code, c->person);
	}
	assert_release(&d, "ann-2", now, "SIGNER-SIGNATURE", "");
	assert_release(&d, "short", now + 2 * DAY, "SIGNER-KEY-EXPIRED", "");
	assert_release(&d, "ben", now + 31 * DAY, "SIGNER-KEY-EXPIRED", "");
	assert_release(&d, "ann", now - DAY, "SIGNER-KEY-EXPIRED", "");
	desk_close(&d);
}

static void
commits_are_signed_with_certificates_too(void **state)
{
	static const struct { const char *how, *code; } cases[] = {
		{ "cms ann '' word ann", "none" },
		{ "cms ben '' word eve", "none" },
		{ "cms eve '' word ann", "SIGNER-UNKNOWN" },
		{ "cms forged '' word ann", "SIGNER-UNKNOWN" },
		{ "cms ann -noattr word ann", "SIGNER-SIGNATURE" },
	};
	struct office *o = *state;

	begin(o, "true");
	run_x509(o, make_certificates);
	int64_t now = clock_now() + 1000;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		buf_printf(&b, "%s%s", authority, cases[i].how);
		commit_comes_to(o, buf_cstr(&b), now, cases[i].code);
	}
}

/* Who has a revoked certificate takes no name that may stand in it, alone. */
static void
a_revoked_certificate_does_not_come_back_as_a_name(void **state)
{
	static const char add[] = "printf '  - x509-name: "
	    "\"email:ben@acme.test\"\\n' >> $C/people/ben.yaml; "
	    "as ben commit -q -S -a -m name";
	struct office *o = *state;

	begin(o, "true");
	run_x509(o, make_certificates);
	commit_comes_to(o, add, clock_now() + 1000, "none");
	run(o, "sed -i 's@cert.pem@&\\n    revoked: {at: \"2026-01-01\", "
	    "reason: lost}@' $C/people/ben.yaml; people ben ''");
	commit_comes_to(o, add, clock_now() + 1000, "CHAIN-OWN-KEYS");
}

/* The state of the config repo with this list in it, and what it makes of
 * three tags at a time. */
static void
assert_listed(struct office *o, const char *lines, int64_t seen,
    const char *ann, const char *ben, const char *deep)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct desk d;

	buf_printf(&b, "%s; cp $X/crl $C/trust/people.crl; people ann ''",
	    lines);
	run_x509(o, buf_cstr(&b));
	desk_open(&d, o);
	assert_release(&d, "ann", seen, ann, "ann");
	assert_release(&d, "ben", seen, ben, "ben");
	assert_release(&d, "deep", seen, deep, "ann");
	desk_close(&d);
}

static void
lists_of_the_config_repo_revoke_certificates(void **state)
{
	struct office *o = *state;

	begin(o, "true");
	run_x509(o, make_certificates);
	run_x509(o, "cms ann '' tag v1-ann ann; cms ben '' tag v1-ben ben; "
	    "cms deep \"-certfile $X/middle.pem\" tag v1-deep ann; "
	    "printf 'x509-crls: [{file: trust/people.crl}]\n' "
	    ">> $C/tagseal.yaml");
	int64_t before = clock_now() + 1000;
	/* Issued after the tags were seen: it counts. */
	assert_listed(o, "sleep 2.1; list -gencrl -crldays 5 -out $X/crl",
	    before, "none", "none", "SIGNER-CRL");
	int64_t now = clock_now() + 1000;
	assert_listed(o, "true", now, "none", "none", "SIGNER-CRL");
	assert_listed(o, "true", now + 6 * DAY, "SIGNER-CRL", "SIGNER-CRL",
	    "SIGNER-CRL");
	/* What was signed before a revocation stays good... */
	assert_listed(o, "list -revoke $X/ann.pem; "
	    "list -gencrl -crldays 5 -out $X/crl", before, "none", "none",
	    "SIGNER-CRL");
	now = clock_now() + 1000;
	assert_listed(o, "true", now, "SIGNER-KEY-REVOKED", "none",
	    "SIGNER-CRL");
	/* ...but not if nobody knows who signed. */
	assert_listed(o, "list -revoke $X/ben.pem -crl_reason keyCompromise; "
	    "list -gencrl -crldays 5 -out $X/crl", before, "none",
	    "SIGNER-KEY-REVOKED", "SIGNER-CRL");
	/* One by another issuer clears nobody. */
	assert_listed(o, "sed -i s/root/other/g $X/ca.conf; "
	    "openssl ca -gencrl -crldays 5 -out $X/crl -config $X/ca.conf "
	    "-cert $X/other.pem -keyfile $X/other.key", now, "SIGNER-CRL",
	    "SIGNER-CRL", "SIGNER-CRL");
}

/* As approvals carry them: a text, and a signature in a file beside it. */
static void
a_statement_may_be_signed_with_a_certificate(void **state)
{
	static const struct { const char *payload; bool good; } cases[] = {
		{ "decision: approve\n", true },
		{ "decision: deny\n", false },
	};
	CLEANUP(buf_done) struct buf armor = { 0 };
	struct office *o = *state;
	char path[128];
	struct desk d;
	struct err e;

	begin(o, "true");
	run_x509(o, make_certificates);
	run_x509(o, "echo 'decision: approve' | CMS=\"-signer $X/ben.pem "
	    "-inkey $X/ben.key\" $X/cms > $W/sig");
	desk_open(&d, o);
	snprintf(path, sizeof(path), "%s/sig", o->folder);
	assert_ok(file_load(path, 1 << 16, &armor, &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct object_signature s;
		struct signature_fact f;

		assert_ok(signature_detached(SPAN_TEXT(cases[i].payload),
		    buf_span(&armor), &s, &e), &e);
		assert_ok(signers_look(&d.signers, &s, "approval@tagseal",
		    clock_now() + 1000, d.arena, &f, &e), &e);
		assert_int_equal(f.good, cases[i].good);
		if (f.good)
			assert_ptr_equal(config_key_holder(d.config, f.key,
			    NULL), config_person(d.config, SPAN_TEXT("ben")));
	}
	desk_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(a_security_key_shows_what_the_config_demands),
		OFFICE_TEST(certificates_are_judged_by_what_is_declared),
		OFFICE_TEST(a_statement_may_be_signed_with_a_certificate),
		OFFICE_TEST(commits_are_signed_with_certificates_too),
		OFFICE_TEST(a_revoked_certificate_does_not_come_back_as_a_name),
		OFFICE_TEST(lists_of_the_config_repo_revoke_certificates),
	};

	return cmocka_run_group_tests_name("signers", tests, NULL, NULL);
}
